// libftpclient for C++17 and later: the API of ftpclient.h with classes, exceptions and ranges. There is nothing to link
// but the library.
//
//     ftp::client client;
//     client.connect("ftp.example.org");
//     client.login();
//     for (const ftp::entry &entry : client.list("pub"))
//         std::cout << entry.name() << '\n';
//     client.get("pub/README", "README");
//     client.quit();
//
// These rules hold for every call:
//
// - It is the C function of the same name, without `ftp_`. Its comment in ftpclient.h says what it does and how it fails.
// - Constants and flags are those of ftpclient.h.
// - An error is thrown as ftp::error. With a std::error_code as the last argument, the call sets that instead. Its values are
//   those of ftp_status.
// - Without exceptions, only the form with the std::error_code is there.
// - A callback is any callable. An exception inside it stops the call, in an orderly way, and comes out of the call unchanged: in
//   both forms, and never through C.
// - A text that is passed may contain anything but CR, LF and NUL. The call copies it.
// - Of a local file, the path is a std::filesystem::path. Times and time limits are those of std::chrono.
// - With set_blocking(false), a call that would have to wait tells FTP_AGAIN: see ftp::operation, and ftpclient_coro.hpp.

#ifndef FTPCLIENT_HPP
#define FTPCLIENT_HPP

#include "ftpclient/client.hpp"
#include "ftpclient/replies.hpp"

#endif
