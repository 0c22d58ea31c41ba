/*
 * Signals: the library leaves them as the program has set them, and they do not disturb it.
 *
 * What a signal handler can cancel is in test_cancel.c, and what becomes of connections that break in test_fds.c.
 */

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "client.h"

enum { SIZE = 300000, HIGHEST_SIGNAL = 64 };

/* --- the data that goes both ways --- */

struct pattern {
    size_t position;
    size_t wrong;
};

static int take_pattern(const void *data, size_t len, void *user)
{
    struct pattern *pattern = user;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        pattern->wrong += bytes[i] != pattern_byte(pattern->position++);
    return 0;
}

static int64_t give_pattern(void *buffer, size_t capacity, void *user)
{
    struct pattern *pattern = user;
    unsigned char *bytes = buffer;
    size_t len = 0;
    while (len < capacity && pattern->position < SIZE)
        bytes[len++] = pattern_byte(pattern->position++);
    return (int64_t)len;
}

/* The server takes its time at each step, so that the client waits everywhere. */
static void serves_slowly(struct session *s)
{
    pause_ms(20);
    sends_bytewise(s, "220 ready\r\n");
    answers(s, "USER anonymous", "331 your address, please");
    answers(s, "PASS anonymous@", "230 welcome");
    hears(s, "TYPE I");
    sends_bytewise(s, "200 ok\r\n");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    pause_ms(20);
    data_sends_pattern(s, SIZE);
    pause_ms(20);
    data_ends(s);
    sends_bytewise(s, "226 done\r\n");
    opens_passive(s);
    answers(s, "STOR f", "150 send it");
    pause_ms(20);
    data_receives_pattern(s, SIZE);
    sends_bytewise(s, "226 done\r\n");
    takes_port(s);
    answers(s, "RETR f", "150 I shall call you");
    pause_ms(20);
    data_sends_pattern(s, SIZE);
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

/* All of a session, by the host's name. The log's callback is called between its steps. */
static void have_a_session(ftp_log_fn log)
{
    struct pattern down = { 0, 0 }, up = { 0, 0 }, active = { 0, 0 };
    struct server *server = serve(serves_slowly, NULL);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_log_callback(ftp, log, NULL));
    CHECK_OK(ftp, ftp_connect(ftp, "localhost", server_port(server)));
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_pattern, &down, 0, -1));
    CHECK_OK(ftp, ftp_storbinary(ftp, "STOR f", give_pattern, NULL, &up, 0, -1));
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_pattern, &active, 0, -1));
    part(ftp, server);
    CHECK(down.position == SIZE && down.wrong == 0 && up.position == SIZE);
    CHECK(active.position == SIZE && active.wrong == 0);
}

/* --- signals that come all the time --- */

static volatile sig_atomic_t ticks;

static void count_tick(int number)
{
    (void)number;
    ticks++;
}

/* A thread that signals another one every millisecond. */
struct ticker {
    pthread_t thread, target;
    pthread_mutex_t lock;
    int is_done;
};

static int is_done(struct ticker *ticker)
{
    pthread_mutex_lock(&ticker->lock);
    int done = ticker->is_done;
    pthread_mutex_unlock(&ticker->lock);
    return done;
}

static void *tick(void *argument)
{
    struct ticker *ticker = argument;
    while (!is_done(ticker)) {
        CHECK_INT(pthread_kill(ticker->target, SIGUSR1), 0);
        pause_ms(1);
    }
    return NULL;
}

static void stop(struct ticker *ticker)
{
    pthread_mutex_lock(&ticker->lock);
    ticker->is_done = 1;
    pthread_mutex_unlock(&ticker->lock);
    pthread_join(ticker->thread, NULL);
}

static void signals_at_any_moment_change_no_result(void)
{
    struct ticker ticker = { .target = pthread_self(), .lock = PTHREAD_MUTEX_INITIALIZER };
    struct sigaction action, usual;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_tick;
    /* No SA_RESTART: system calls are interrupted. */
    sigemptyset(&action.sa_mask);
    CHECK_INT(sigaction(SIGUSR1, &action, &usual), 0);
    CHECK_INT(pthread_create(&ticker.thread, NULL, tick, &ticker), 0);
    have_a_session(NULL);
    stop(&ticker);
    CHECK(ticks > 20);
    CHECK_INT(sigaction(SIGUSR1, &usual, NULL), 0);
}

/* --- what the program does when a signal comes --- */

static void never_answers(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    holds(s);
}

/* As a program does that leaves at Ctrl-C: its handler only notes the signal. */
static int stop_at_the_hundredth(void *calls)
{
    ++*(int *)calls;
    return ticks >= 100 ? 130 : 0;
}

static void a_signal_is_seen_while_a_call_waits(void)
{
    struct server *server = serve(never_answers, NULL);
    ftp_handle *ftp = client_of(server);
    struct ticker ticker = { .target = pthread_self(), .lock = PTHREAD_MUTEX_INITIALIZER };
    struct sigaction action, usual;
    int calls = 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_tick;
    /* poll() is interrupted all the same. */
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ticks = 0;
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, stop_at_the_hundredth, &calls));
    CHECK_INT(sigaction(SIGUSR1, &action, &usual), 0);
    CHECK_INT(pthread_create(&ticker.thread, NULL, tick, &ticker), 0);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_CALLBACK, "NOOP: ");
    CHECK_INT(ftp_last_callback_result(ftp), 130);
    stop(&ticker);
    CHECK_INT(sigaction(SIGUSR1, &usual, NULL), 0);
    /* Without the signals it would have come ten times a second. */
    CHECK(calls > 20);
    server_ends(server);
    ftp_free(ftp);
}

/* --- what the process has set --- */

struct signal_state {
    struct sigaction actions[HIGHEST_SIGNAL + 1];
    sigset_t blocked;
};

static void read_signals(struct signal_state *state)
{
    memset(state, 0, sizeof *state);
    /* Those that the system keeps to itself are refused, and stay 0. */
    for (int number = 1; number <= HIGHEST_SIGNAL; number++)
        (void)sigaction(number, NULL, &state->actions[number]);
    CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &state->blocked), 0);
}

static struct signal_state at_first;

static void check_signals(void)
{
    struct signal_state now;
    read_signals(&now);
    for (int number = 1; number <= HIGHEST_SIGNAL; number++) {
        const struct sigaction *before = &at_first.actions[number], *after = &now.actions[number];
        /* As bytes: a handler may be of either of two types. */
        if (memcmp(&before->sa_handler, &after->sa_handler, sizeof before->sa_handler) != 0 ||
            before->sa_flags != after->sa_flags)
            check_failed(__FILE__, __LINE__, "the disposition of signal %d has changed", number);
        CHECK_INT(sigismember(&now.blocked, number), sigismember(&at_first.blocked, number));
    }
}

static void check_signals_at_log(int32_t kind, const char *text, size_t len, void *unused)
{
    (void)kind, (void)text, (void)len, (void)unused;
    check_signals();
}

static void no_disposition_and_no_mask_is_changed(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    /* Something that is not as the system makes it. */
    CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    read_signals(&at_first);
    have_a_session(check_signals_at_log);
    check_signals();

    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_connect(ftp, "no-such-host.invalid", 21), FTP_ERR_RESOLVE, "no-such-host.invalid");
    ftp_free(ftp);
    check_signals();
    CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

int main(void)
{
    RUN(signals_at_any_moment_change_no_result);
    RUN(a_signal_is_seen_while_a_call_waits);
    RUN(no_disposition_and_no_mask_is_changed);
    return summary();
}
