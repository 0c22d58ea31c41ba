/*
 * Many idle sessions in one thread: what each takes of memory, and what all take of the processor.
 *
 *     sessions HOST PORT USER PASSWORD SESSIONS [tls]
 */
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ftpclient.h>

enum {
    IDLE_SECONDS = 3,
    /* So many at once, lest the server's queue of new connections overflows. */
    AT_ONCE = 50,
    /* More than this version of the library asks for in one session; it refuses if that changes. */
    MOST_FDS = 16
};

static int count;
static ftp_handle **sessions;

static long resident(void)
{
    long pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &ignored, &pages) != 2)
        abort();
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static double cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int discard(const char *line, size_t len, void *user)
{
    (void)line;
    (void)len;
    (void)user;
    return 0;
}

static ftp_handle *new_session(int tls)
{
    ftp_handle *ftp = ftp_new();
    if (ftp == NULL)
        abort();
    if (ftp_set_blocking(ftp, 0) != FTP_OK)
        abort();
    if (tls && (ftp_set_tls(ftp, FTP_TLS_EXPLICIT) != FTP_OK || ftp_set_tls_verify(ftp, FTP_TLS_VERIFY_NONE) != FTP_OK))
        abort();
    return ftp;
}

static ftp_status call(int step, ftp_handle *ftp, char **arguments)
{
    switch (step) {
    case 0:
        return ftp_connect(ftp, arguments[0], (uint16_t)atoi(arguments[1]));
    case 1:
        return ftp_login(ftp, arguments[2], arguments[3], NULL);
    /* A session that has never done anything would not tell what one that has keeps. */
    case 2:
        return ftp_nlst(ftp, NULL, discard, NULL);
    default:
        return ftp_quit(ftp);
    }
}

/* Makes one call on some of the sessions, all at the same time. */
static void on_some(int step, char **arguments, int begin, int end)
{
    struct pollfd fds[AT_ONCE * MOST_FDS];
    char done[AT_ONCE] = { 0 };
    for (int left = end - begin; left > 0;) {
        nfds_t wanted = 0;
        int64_t patience = -1;
        for (int i = begin; i < end; i++) {
            if (done[i - begin])
                continue;
            ftp_status status = call(step, sessions[i], arguments);
            if (status == FTP_AGAIN) {
                size_t more = 0;
                if (ftp_pollfds(sessions[i], (struct ftp_pollfd *)(void *)&fds[wanted], MOST_FDS, &more) != FTP_OK)
                    abort();
                wanted += (nfds_t)more;
                int64_t timeout = ftp_timeout_ms(sessions[i]);
                if (timeout != -1 && (patience == -1 || timeout < patience))
                    patience = timeout;
                continue;
            }
            if (status != FTP_OK) {
                fprintf(stderr, "%s\n", ftp_last_error(sessions[i]));
                exit(1);
            }
            done[i - begin] = 1;
            left--;
        }
        if (left > 0)
            poll(fds, wanted, (int)patience);
    }
}

static void on_all(int step, char **arguments)
{
    for (int begin = 0; begin < count; begin += AT_ONCE)
        on_some(step, arguments, begin, begin + AT_ONCE < count ? begin + AT_ONCE : count);
}

int main(int argc, char **argv)
{
    if (argc != 6 && argc != 7)
        return 2;
    int tls = argc == 7;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    /* What the first session brings with it is not counted. */
    count = 1;
    ftp_handle *first = new_session(tls);
    sessions = &first;
    for (int step = 0; step < 4; step++)
        on_all(step, argv + 1);

    count = atoi(argv[5]);
    sessions = calloc((size_t)count, sizeof *sessions);
    size_t heap = mallinfo2().uordblks;
    long memory = resident();
    for (int i = 0; i < count; i++)
        sessions[i] = new_session(tls);
    for (int step = 0; step < 3; step++)
        on_all(step, argv + 1);
    malloc_trim(0);
    double heap_each = (double)(mallinfo2().uordblks - heap) / count;
    double memory_each = (double)(resident() - memory) / count;

    double before = cpu();
    sleep(IDLE_SECONDS);
    double idle = cpu() - before;
    on_all(3, argv + 1);
    printf("%d %.0f %.0f %.6f\n", count, heap_each, memory_each, idle);
    for (int i = 0; i < count; i++)
        ftp_free(sessions[i]);
    free(sessions);
    ftp_free(first);
    return 0;
}
