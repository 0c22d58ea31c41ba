#include "status.h"

#include "stop.h"

int exit_status_of(ftp_status status)
{
    switch (status) {
    case FTP_OK:
    case FTP_END:
        return EXIT_DONE;
    case FTP_ERR_FILE:
        return EXIT_LOCAL;
    case FTP_ERR_RESOLVE:
    case FTP_ERR_IO:
    case FTP_ERR_TIMEOUT:
    case FTP_ERR_EOF:
        return EXIT_CONNECTION;
    case FTP_ERR_TLS:
    case FTP_ERR_CERTIFICATE:
        return EXIT_TLS;
    case FTP_ERR_NOT_FOUND:
        return EXIT_NOT_FOUND;
    case FTP_ERR_EXISTS:
        return EXIT_EXISTS;
    case FTP_ERR_PERM:
        return EXIT_REFUSED;
    case FTP_ERR_TEMP:
        return EXIT_LATER;
    case FTP_ERR_REPLY:
    case FTP_ERR_PROTO:
    case FTP_ERR_LIMIT:
        return EXIT_SERVER;
    case FTP_ERR_INTEGRITY:
    case FTP_ERR_UNVERIFIED:
        return EXIT_NOT_WHOLE;
    case FTP_ERR_UNSUPPORTED:
        return EXIT_UNSUPPORTED;
    case FTP_ERR_PARTIAL:
        return EXIT_PARTIAL;
    case FTP_ERR_INVALID_ARGUMENT:
        return EXIT_USAGE;
    case FTP_ERR_ABORTED:
    case FTP_ERR_CALLBACK:
        return stop_signal() != 0 ? EXIT_SIGNAL + stop_signal() : EXIT_INTERNAL;
    default:
        return EXIT_INTERNAL;
    }
}
