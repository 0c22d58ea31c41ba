/* Text: its lines end as on this machine here, and with CRLF on the way. */
#ifndef FTPC_ASCII_H
#define FTPC_ASCII_H

#include <ftpclient.h>

/* Writes the text that the command RETR asks for to standard output. */
ftp_status ascii_print(ftp_handle *ftp, const char *command);

/*
 * Writes it to a file, which gets its name only when all is there. If this machine fails, the status is FTP_ERR_CALLBACK, and *error the
 * errno.
 */
ftp_status ascii_get(ftp_handle *ftp, const char *command, const char *local, int *error);

/* Sends a file with the command STOR. If this machine fails, that is as in ascii_get(). */
ftp_status ascii_put(ftp_handle *ftp, const char *command, const char *local, int *error);

#endif
