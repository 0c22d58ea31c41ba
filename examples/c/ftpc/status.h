/* What the program returns to the shell. The manual page has the same list. */
#ifndef FTPC_STATUS_H
#define FTPC_STATUS_H

#include <ftpclient.h>

enum exit_status {
    EXIT_DONE = 0,
    EXIT_USAGE = 1,
    EXIT_LOCAL = 2,        /* a file of this machine, or standard output */
    EXIT_CONNECTION = 3,   /* the server cannot be reached, is silent, or the connection was lost */
    EXIT_LOGIN = 4,        /* the server refuses the login, or there is no password */
    EXIT_TLS = 5,          /* TLS failed, or the certificate is not accepted */
    EXIT_NOT_FOUND = 6,    /* there is no such file or directory */
    EXIT_EXISTS = 7,       /* something is there that was not to be replaced */
    EXIT_REFUSED = 8,      /* the server refuses: 5yz */
    EXIT_LATER = 9,        /* the server refuses for now: 4yz */
    EXIT_SERVER = 10,      /* the server breaks the protocol, or a limit */
    EXIT_NOT_WHOLE = 11,   /* the file is not whole, or not known to be */
    EXIT_UNSUPPORTED = 12, /* this server, or this build, cannot do it */
    EXIT_PARTIAL = 13,     /* mirror and sync: some entries were not done */
    EXIT_INTERNAL = 70,    /* no memory, or a bug */
    EXIT_SIGNAL = 128      /* and the number of the signal */
};

/* The exit status for what a call of the library returned. */
int exit_status_of(ftp_status status);

#endif
