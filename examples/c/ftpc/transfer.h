/* Files that are moved, one after the other or by several sessions. */
#ifndef FTPC_TRANSFER_H
#define FTPC_TRANSFER_H

#include <stdint.h>

#include <ftpclient.h>

#include "session.h"

enum { PATH_SIZE = 4096 };

/* The flags of ftp_get() and ftp_put() for the options. */
int flags_of_transfer(const struct arguments *arguments);

/* Tells of a file that was moved. */
void tell_transfer(const struct session *session, const ftp_report *report, const char *path, const char *local);

/* Files of one server that several sessions move at the same time. Begins as {0}. The functions return an exit status. */
struct together {
    struct session *session;
    ftp_pool *pool;    /* NULL if nothing waits */
    int64_t first;     /* the first job that failed, or 0 */
    int outcome;       /* the exit status for that */
};

/* Makes ready for files of the server of this session. */
int together_begin(struct together *together, struct session *session);

/* Adds a file, with flags of ftp_get() or ftp_put(). */
int together_get(struct together *together, const char *path, const char *local, int flags);
int together_put(struct together *together, const char *local, const char *path, int flags);

/* Moves the files that wait, and tells of each. Returns the exit status of the first that failed. */
int together_run(struct together *together);

/* Moves the files that wait, unless what came before has ended all. NULL does nothing. Returns the exit status of all. */
int together_end(struct together *together, int before);

#endif
