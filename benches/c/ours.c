/* The benchmark's work, done with libftpclient. See measured.h. */
#include <ftpclient.h>

#include "measured.h"

static int take_block(const void *data, size_t len, void *user)
{
    return take(user, data, len);
}

static void must(ftp_handle *ftp, ftp_status status)
{
    if (status != FTP_OK)
        fail("libftpclient", ftp_last_error(ftp));
}

int main(int argc, char **argv)
{
    struct job job;
    begin(&job, argc, argv);

    ftp_handle *ftp = ftp_new();
    if (job.ca != NULL) {
        must(ftp, ftp_set_tls(ftp, FTP_TLS_EXPLICIT));
        must(ftp, ftp_set_tls_ca(ftp, job.ca));
    }
    must(ftp, ftp_connect(ftp, job.host, (uint16_t)strtoul(job.port, NULL, 10)));
    must(ftp, ftp_login(ftp, job.user, job.password, NULL));
    for (unsigned i = 0; i < job.count; i++) {
        char command[256];
        snprintf(command, sizeof command, "%s %s%u", job.is_upload ? "STOR" : "RETR", job.name, i);
        open_file(&job, i);
        if (job.file < 0) {
            must(ftp, ftp_retrbinary(ftp, command, take_block, &job, job.block, -1));
        } else {
            must(ftp, (job.is_upload ? ftp_storfd : ftp_retrfd)(ftp, command, job.file, -1));
            count_file(&job);
        }
        close_file(&job);
    }
    must(ftp, ftp_quit(ftp));
    ftp_free(ftp);

    end(&job);
    return EXIT_SUCCESS;
}
