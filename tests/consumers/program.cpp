// The same program as a C++ user would write it.
#include <ftpclient.hpp>
#include <iostream>

int main() {
    ftp::client client;
    try {
        // Nobody listens at port 1.
        client.connect("127.0.0.1", 1);
    } catch (const ftp::error &error) {
        const auto tls = ftp::tls_backend();
        std::cout << ftp::version() << ", " << (tls.empty() ? "no TLS" : tls) << ": " << error.what() << std::endl;
        return error.code() == FTP_ERR_IO ? 0 : 1;
    }
    return 1;
}
