/* The session with a server, and what went wrong in it. */
#ifndef FTPC_SESSION_H
#define FTPC_SESSION_H

#include <stdbool.h>

#include <ftpclient.h>

#include "arguments.h"
#include "status.h"

struct session {
    ftp_handle *ftp;
    const struct arguments *arguments;
    const ftp_url *url; /* what session_open() was given last, or NULL */
};

/* Makes the handle and applies the options. Returns an exit status. */
int session_begin(struct session *session, const struct arguments *arguments);

/* Says goodbye, and frees all. */
void session_end(struct session *session);

/*
 * Takes a URL apart, and logs in to its server, unless the last session was with the same one. session->url has the parts. Returns an exit
 * status; what is wrong has been told.
 */
int session_open(struct session *session, const char *url);

/* Whether the session that is open is the one for this URL. */
bool session_is_for(struct session *session, const char *url);

/* Tells that a call has failed. path is what it was about, or NULL. Returns the exit status. */
int session_failed(const struct session *session, ftp_status status, const char *path);

/* Tells what went wrong without the library, and returns the exit status. */
int session_problem(const struct session *session, int exit_status, const char *path, const char *message);

/*
 * As session_failed(), with the exit status and a message. The status is FTP_OK if it was not the library that failed. reply is that of the
 * server, or NULL.
 */
int session_tell(const struct session *session, int exit_status, ftp_status status, const char *reply, const char *path,
                 const char *message);

/* Whether the next argument is to be tried after this exit status of the one before. */
bool session_goes_on(int exit_status);

/* Does the same with each URL among the arguments from this one on. Returns the exit status of the first that failed. */
int session_for_each(struct session *session, int first, int (*job)(struct session *session));

#endif
