#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int job_begin(struct job *job, char **arguments)
{
    memset(job, 0, sizeof *job);
    job->host = arguments[0];
    job->port = (uint16_t)atoi(arguments[1]);
    job->user = arguments[2];
    job->password = arguments[3];
    snprintf(job->retr, sizeof job->retr, "RETR %s", arguments[4]);
    job->ftp = ftp_new();
    if (job->ftp == NULL)
        return -1;
    return ftp_set_blocking(job->ftp, 0) == FTP_OK ? 0 : -1;
}

static int count_bytes(const void *data, size_t len, void *user)
{
    struct job *job = user;
    (void)data;
    job->bytes += (int64_t)len;
    return 0;
}

enum { STEPS = 4 };

/* Makes the call that is due. After FTP_AGAIN, that is the same call with the same arguments. */
static ftp_status call(struct job *job)
{
    switch (job->step) {
    case 0:
        return ftp_connect(job->ftp, job->host, job->port);
    case 1:
        return ftp_login(job->ftp, job->user, job->password, NULL);
    case 2:
        return ftp_retrbinary(job->ftp, job->retr, count_bytes, job, 0, -1);
    default:
        return ftp_quit(job->ftp);
    }
}

ftp_status job_go_on(struct job *job)
{
    while (job->step < STEPS) {
        ftp_status status = call(job);
        if (status == FTP_AGAIN)
            return status;
        if (status != FTP_OK) {
            fprintf(stderr, "%s\n", ftp_last_error(job->ftp));
            return status;
        }
        job->step++;
    }
    return FTP_OK;
}

const struct ftp_pollfd *job_wants(struct job *job, size_t *count)
{
    if (ftp_pollfds(job->ftp, NULL, 0, count) != FTP_OK)
        abort();
    if (*count > job->room) {
        job->fds = realloc(job->fds, *count * sizeof *job->fds);
        if (job->fds == NULL)
            abort();
        job->room = *count;
    }
    if (ftp_pollfds(job->ftp, job->fds, job->room, count) != FTP_OK)
        abort();
    return job->fds;
}

void job_end(struct job *job)
{
    free(job->fds);
    ftp_free(job->ftp);
}
