/*
 * Transfers whose data the caller moves: what the tests of them have in common.
 */
#ifndef OPENED_H
#define OPENED_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts the transfer; NULL on failure, which all functions bear. */
ftp_transfer *open_transfer(ftp_handle *ftp, const char *cmd, int64_t rest);
/* Reads to the end of the data, at most `step` bytes at a time. */
void check_data(ftp_handle *ftp, ftp_transfer *transfer, size_t step, const char *expected);
/* A transfer that has ended says so, whatever it is asked. */
void check_ended(ftp_transfer *transfer);
/* The session is in step, and ends: goes_on() is its server. */
void check_goes_on(ftp_handle *ftp, struct server *server);
void goes_on(struct session *s);
/* ABOR, whose two replies come when the client has closed the data connection. */
void is_aborted(struct session *s);
/* A passive data connection, and the reply to the command. */
void begins(struct session *s, const char *command, const char *reply);
/* A script: RETR f brings "hello, world", RETR g nothing. */
void sends_hello(struct session *s);
/* A script: in the middle of RETR f the client leaves. */
void sees_its_client_go(struct session *s);

#ifdef __cplusplus
}
#endif

#endif
