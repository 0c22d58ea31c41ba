/* Servers that send without end: limits and ftp_cancel() end the call, and no call of an event loop is long. */

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
        struct ftp_pollfd fds[MOST_FDS];
        size_t count = 0;
        CHECK_INT(ftp_pollfds(ftp, fds, MOST_FDS, &count), FTP_OK);
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

/* --- a greeting that is only announced, again and again --- */

static void announces_its_greeting(struct session *s)
{
    while (tries_to_say(s, "120 soon"))
        pause_ms(20);
}

static void test_all_announcements_of_a_greeting_share_one_limit(void)
{
    struct server *server = serve(announces_its_greeting, NULL);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_GREETING, LIMIT));
    ftp_status status = ftp_connect(ftp, "127.0.0.1", server_port(server));
    CHECK_INT(status, FTP_ERR_TIMEOUT);
    CHECK_HAS(ftp_last_error(ftp), "waiting for the greeting (phase: greeting");
    ftp_free(ftp);
    server_ends(server);
}

/* --- large replies that nobody has asked for --- */

enum { LINES = 4000, LONGEST = 900 };

static void replies_unasked(struct session *s)
{
    static char line[LONGEST + 1];
    memset(line, 'x', LONGEST);
    says(s, "220 ready");
    for (;;) {
        if (!tries_to_say(s, "211-lines follow"))
            return;
        for (int i = 0; i < LINES; i++)
            if (!tries_to_say(s, line))
                return;
        if (!tries_to_say(s, "211 end"))
            return;
    }
}

/* The most memory that the process has had, in KiB. */
static int64_t most_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void test_large_replies_that_came_unasked_are_not_kept(void)
{
    struct server *server = serve(replies_unasked, NULL);
    ftp_handle *ftp = client_of(server);
    pause_ms(100);
    int64_t before = most_memory();
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_LIMIT, "");
    if (time_can_be_told())
        CHECK(most_memory() - before < 12 * 1024);
    ftp_free(ftp);
    server_ends(server);
}

int main(void)
{
    RUN(test_large_replies_that_came_unasked_are_not_kept);
    RUN(test_all_announcements_of_a_greeting_share_one_limit);
    RUN(test_empty_lines_without_end);
    RUN(test_short_lines_without_end);
    return summary();
}
