// A whole session with an FTP server: log in, look around, upload a file, download it again, delete it.
//
//     quickstart HOST PORT USER PASSWORD
//
// It does what examples/c/quickstart.c does.

#include <ftpclient.hpp>

#include <cstdint>
#include <iostream>
#include <iterator>
#include <string>

namespace {

const char name[] = "quickstart.bin";

void tour(ftp::client &client, const std::string &host, std::uint16_t port, const std::string &user, const char *password)
{
    client.connect(host, port);
    std::cout << "Connected to " << host << ", port " << port << ". The server says:\n    " << client.getwelcome() << '\n';

    client.login(user, password);
    std::cout << "Logged in as " << user << ".\n";

    std::cout << "The working directory is " << client.pwd() << ", and this is in it:\n";
    for (const ftp::entry &entry : client.list(""))
        std::cout << "    " << entry.name() << (entry.is_directory() ? "/\n" : "\n");

    std::string file(100000, '\0');
    for (std::size_t i = 0; i < file.size(); i++)
        file[i] = static_cast<char>(i * i >> 8);

    ftp::ostream upload = client.open_write(name);
    upload << file;
    upload.close();
    std::cout << "Uploaded " << file.size() << " bytes as " << name << ".\n";

    ftp::istream download = client.open_read(name);
    const std::string copy{ std::istreambuf_iterator<char>(download), {} };
    // Only the server's final reply tells that this is all.
    download.close();
    std::cout << "Downloaded them again: " << (copy == file ? "every byte is the same" : "THEY DIFFER") << ".\n";

    client.remove(name);
    std::cout << "Deleted " << name << ".\n";

    client.quit();
    std::cout << "Goodbye. The server says:\n    " << client.last_reply() << '\n';
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 5) {
        std::cerr << "usage: quickstart HOST PORT USER PASSWORD\n";
        return 1;
    }
    try {
        ftp::client client;
        tour(client, argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])), argv[3], argv[4]);
    } catch (const std::exception &error) {
        std::cerr << "quickstart: " << error.what() << '\n';
        return 1;
    }
}
