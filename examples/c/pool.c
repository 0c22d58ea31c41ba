/*
 * Downloads files with several sessions at the same time.
 *
 *     pool URL SESSIONS FILE...
 *
 * The URL is that of a directory, and the files go to the working directory. Sessions that have no file left help with a large one.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ftpclient.h>

static int tell(const ftp_pool_result *result, void *user)
{
    (void)user;
    if (result->status == FTP_OK)
        printf("%s: %lld bytes\n", result->remote, (long long)result->report->bytes);
    else
        fprintf(stderr, "pool: %s\n", result->message);
    return 0;
}

static ftp_status download(ftp_handle *ftp, const char *url, int sessions, char **files)
{
    ftp_pool *pool = NULL;
    ftp_status status = ftp_open(ftp, url);
    if (status == FTP_OK)
        status = ftp_pool_new(ftp, sessions, &pool);
    for (; status == FTP_OK && *files != NULL; files++)
        status = ftp_pool_get(pool, *files, *files, FTP_SEGMENTED, NULL);
    if (status == FTP_OK)
        status = ftp_pool_run(pool, tell, NULL);
    if (status != FTP_OK)
        fprintf(stderr, "pool: %s\n", ftp_last_error(ftp));
    ftp_pool_free(pool);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: pool URL SESSIONS FILE...\n");
        return EXIT_FAILURE;
    }
    ftp_handle *ftp = ftp_new();
    if (ftp == NULL)
        return EXIT_FAILURE;
    ftp_status status = download(ftp, argv[1], atoi(argv[2]), argv + 3);
    if (status == FTP_OK)
        ftp_quit(ftp);
    ftp_free(ftp);
    return status == FTP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
