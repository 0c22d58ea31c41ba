// The same program as a C++ user would write it.
#include <ftpclient.h>
#include <iostream>
#include <memory>

int main() {
    std::unique_ptr<ftp_handle, decltype(&ftp_free)> ftp(ftp_new(), ftp_free);
    if (!ftp) {
        return 1;
    }
    // Nobody listens at port 1.
    ftp_status status = ftp_connect(ftp.get(), "127.0.0.1", 1);
    const char *tls = ftp_tls_backend();
    std::cout << ftp_version() << ", " << (tls ? tls : "no TLS") << ": " << ftp_last_error(ftp.get()) << std::endl;
    return status == FTP_ERR_IO ? 0 : 1;
}
