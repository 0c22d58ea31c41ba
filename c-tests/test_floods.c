/* Servers that send without end: limits and ftp_cancel() end the call, and no call of an event loop is long. */

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "client.h"

/* When the call is to end, and how much later it may be when the machine is busy; milliseconds. */
enum { LIMIT = 200, GRACE = 3000 };
/* The longest that one call of an event loop may work. */
enum { LONGEST_TURN = 20 };

/* Valgrind and sanitizers make everything slow. */
static int time_can_be_told(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    return getenv("UNDER_VALGRIND") == NULL;
#endif
}

static int64_t milliseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* What is to end the call, and how it is made. */
struct way {
    int blocking;
    int cancels;
};

static const struct way ways[] = { { 1, 0 }, { 0, 0 }, { 1, 1 }, { 0, 1 } };
enum { WAYS = sizeof ways / sizeof *ways };

static void *cancels_later(void *ftp)
{
    pause_ms(LIMIT);
    ftp_cancel(ftp);
    return NULL;
}

/* Makes a call that must be ended, and returns what became of it. */
static ftp_status ended(ftp_handle *ftp, struct way way, ftp_status (*call)(ftp_handle *))
{
    pthread_t canceller;
    if (way.cancels)
        pthread_create(&canceller, NULL, cancels_later, ftp);
    else
        CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_TOTAL, LIMIT));
    CHECK_OK(ftp, ftp_set_blocking(ftp, way.blocking));

    int64_t start = milliseconds(CLOCK_MONOTONIC), longest = 0;
    ftp_status status;
    for (;;) {
        int64_t before = milliseconds(CLOCK_THREAD_CPUTIME_ID);
        status = call(ftp);
        int64_t turn = milliseconds(CLOCK_THREAD_CPUTIME_ID) - before;
        if (turn > longest)
            longest = turn;
        if (status != FTP_AGAIN)
            break;
        struct ftp_pollfd fds[FTP_MAX_POLLFDS];
        size_t count = 0;
        CHECK_INT(ftp_pollfds(ftp, fds, FTP_MAX_POLLFDS, &count), FTP_OK);
        poll((struct pollfd *)(void *)fds, (nfds_t)count, (int)ftp_timeout_ms(ftp));
    }
    int64_t took = milliseconds(CLOCK_MONOTONIC) - start;
    if (way.cancels)
        pthread_join(canceller, NULL);
    if (time_can_be_told()) {
        if (took >= LIMIT + GRACE)
            check_failed(__FILE__, __LINE__, "the call took %d ms", (int)took);
        if (!way.blocking && longest > LONGEST_TURN)
            check_failed(__FILE__, __LINE__, "a turn worked for %d ms", (int)longest);
    }
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    return status;
}

/* --- a server that says nothing, without end --- */

static void says_nothing_without_end(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    control_floods(s, "\r\n");
}

static ftp_status asks(ftp_handle *ftp)
{
    return ftp_voidcmd(ftp, "NOOP");
}

static void test_empty_lines_without_end(void)
{
    for (int i = 0; i < WAYS; i++) {
        struct server *server = serve(says_nothing_without_end, NULL);
        ftp_handle *ftp = client_of(server);
        /* There is a limit of bytes as well, and it may be reached before. */
        ftp_status status = ended(ftp, ways[i], asks);
        CHECK(status == FTP_ERR_LIMIT || status == (ways[i].cancels ? FTP_ERR_ABORTED : FTP_ERR_TIMEOUT));
        ftp_free(ftp);
        server_ends(server);
    }
}

/* --- a listing of short lines, without end --- */

static void lists_without_end(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "MLSD", "150 here it comes");
    data_floods_with(s, "a=b; f\n");
    hears(s, "ABOR");
    says(s, "426 stopped");
    says(s, "226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static int takes_entry(const char *name, size_t len, const ftp_fact *facts, size_t count, void *entries)
{
    (void)name, (void)len, (void)facts, (void)count;
    ++*(int *)entries;
    return 0;
}

static int entries;

static ftp_status lists(ftp_handle *ftp)
{
    return ftp_mlsd(ftp, NULL, NULL, takes_entry, &entries);
}

static void test_short_lines_without_end(void)
{
    for (int i = 0; i < WAYS; i++) {
        struct server *server = serve(lists_without_end, NULL);
        ftp_handle *ftp = client_of(server);
        entries = 0;
        CHECK_INT(ended(ftp, ways[i], lists), ways[i].cancels ? FTP_ERR_ABORTED : FTP_ERR_TIMEOUT);
        CHECK(entries > 0);
        /* The session is in step. */
        CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_TOTAL, -1));
        CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
        part(ftp, server);
    }
}

int main(void)
{
    RUN(test_empty_lines_without_end);
    RUN(test_short_lines_without_end);
    return summary();
}
