/*
 * The job that the examples in this directory do, each in its own event loop: log in, download a file, quit.
 */
#ifndef JOB_H
#define JOB_H

#include <stdint.h>

#include <ftpclient.h>

#ifdef __cplusplus
extern "C" {
#endif

struct job {
    ftp_handle *ftp;
    const char *host, *user, *password;
    uint16_t port;
    char retr[256];
    /* How many of the job's calls have succeeded. */
    int step;
    int64_t bytes;
    /* Room for what job_wants() returns. */
    struct ftp_pollfd *fds;
    size_t room;
};

/* Prepares a job from HOST PORT USER PASSWORD FILE. Returns 0, or -1 when it cannot be done. */
int job_begin(struct job *job, char **arguments);

/*
 * Does as much of the job as can be done without waiting.
 *
 * - FTP_AGAIN: call this function again when a descriptor of job_wants() is ready, or after ftp_timeout_ms().
 * - FTP_OK: the job is done.
 * - Any other status is an error, which this function has printed.
 */
ftp_status job_go_on(struct job *job);

/*
 * What ftp_pollfds() tells, in memory that grows as needed. A later version of the library may wait for more descriptors than this
 * one. The array is valid until the next call.
 */
const struct ftp_pollfd *job_wants(struct job *job, size_t *count);

void job_end(struct job *job);

#ifdef __cplusplus
}
#endif

#endif
