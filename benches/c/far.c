/*
 * What a far server costs: the works of benches/far.py with this library.
 *
 *     far HOST PORT USER PASSWORD WORK COUNT
 *
 * WORK is sizes (one SIZE after the other), batch (all of them at once), files (one after the other), armed (with
 * ftp_set_prearm()), together (with FTP_PREARM_TOGETHER), or a number: so many sessions of a pool. The files are f0, f1 and so on. Prints what was counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftpclient.h>

static long done;

static int count_size(const ftp_batch_result *result, void *user)
{
    (void)user;
    done += result->status == FTP_OK && result->size >= 0;
    return 0;
}

static int count_file(const ftp_pool_result *result, void *user)
{
    (void)user;
    done += result->status == FTP_OK;
    return 0;
}

static const char *name_of(long number)
{
    static char name[32];
    snprintf(name, sizeof name, "f%ld", number);
    return name;
}

static ftp_status sizes(ftp_handle *ftp, long count)
{
    ftp_status status = FTP_OK;
    int64_t size;
    for (; status == FTP_OK && done < count; done += status == FTP_OK)
        status = ftp_size(ftp, name_of(done), &size);
    return status;
}

static ftp_status batch(ftp_handle *ftp, long count)
{
    ftp_batch *batch = NULL;
    ftp_status status = ftp_batch_new(ftp, &batch);
    for (long at = 0; status == FTP_OK && at < count; at++)
        status = ftp_batch_size(batch, name_of(at));
    if (status == FTP_OK)
        status = ftp_batch_run(batch, count_size, NULL);
    ftp_batch_free(batch);
    return status;
}

static ftp_status files(ftp_handle *ftp, long count)
{
    ftp_status status = FTP_OK;
    for (; status == FTP_OK && done < count; done += status == FTP_OK)
        status = ftp_get(ftp, name_of(done), name_of(done), 0);
    return status;
}

static ftp_status pool(ftp_handle *ftp, int sessions, long count)
{
    ftp_pool *pool = NULL;
    ftp_status status = ftp_pool_new(ftp, sessions, &pool);
    for (long at = 0; status == FTP_OK && at < count; at++)
        status = ftp_pool_get(pool, name_of(at), name_of(at), 0, NULL);
    if (status == FTP_OK)
        status = ftp_pool_run(pool, count_file, NULL);
    ftp_pool_free(pool);
    return status;
}

static ftp_status work(ftp_handle *ftp, const char *what, long count)
{
    if (strcmp(what, "sizes") == 0)
        return sizes(ftp, count);
    if (strcmp(what, "batch") == 0)
        return batch(ftp, count);
    if (strcmp(what, "files") == 0)
        return files(ftp, count);
    int is_armed = strcmp(what, "armed") == 0;
    if (!is_armed && strcmp(what, "together") != 0)
        return pool(ftp, atoi(what), count);
    ftp_status status = ftp_set_prearm(ftp, is_armed ? 1 : FTP_PREARM_TOGETHER);
    return status == FTP_OK ? files(ftp, count) : status;
}

int main(int argc, char **argv)
{
    ftp_handle *ftp = argc == 7 ? ftp_new() : NULL;
    if (ftp == NULL)
        return EXIT_FAILURE;
    ftp_status status = ftp_connect(ftp, argv[1], (uint16_t)atoi(argv[2]));
    if (status == FTP_OK)
        status = ftp_login(ftp, argv[3], argv[4], NULL);
    if (status == FTP_OK)
        status = work(ftp, argv[5], atol(argv[6]));
    if (status == FTP_OK)
        status = ftp_quit(ftp);
    if (status != FTP_OK)
        fprintf(stderr, "%s\n", ftp_last_error(ftp));
    ftp_free(ftp);
    printf("%ld\n", done);
    return status == FTP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
