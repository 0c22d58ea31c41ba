/* ftp_cancel() and ftp_abort() from elsewhere: another thread, a signal handler, and when nothing is running. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "client.h"
#include "dead_ends.h"
#include "flag.h"

/* The server of a test is the other thread: when it has heard the client, it cancels what the client waits for. */

static void check_cancelled(ftp_handle *ftp, ftp_status status)
{
    CHECK_INT(status, FTP_ERR_ABORTED);
    CHECK_HAS(ftp_last_error(ftp), "cancelled");
    CHECK_INT(ftp_last_os_error(ftp), 0);
}

/* A call that is cancelled while a reply is due leaves no session. */
static void check_closed(ftp_handle *ftp, struct server *server)
{
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "cancelled");
    server_ends(server);
    ftp_free(ftp);
}

/* --- from another thread --- */

static void cancels_before_the_greeting(struct session *s)
{
    ftp_cancel(user_of(s));
    hears_goodbye(s);
}

static void while_the_greeting_is_due(void)
{
    ftp_handle *ftp = new_client();
    struct server *server = serve(cancels_before_the_greeting, ftp);
    check_cancelled(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    check_closed(ftp, server);
}

/* Cancels until it is told to stop: for what gives no sign of being under way. */
struct canceller {
    pthread_t thread;
    ftp_handle *ftp;
    pthread_mutex_t lock;
    int pause; /* in milliseconds; 0 is the end */
};

static int pause_of(struct canceller *canceller)
{
    pthread_mutex_lock(&canceller->lock);
    int pause = canceller->pause;
    pthread_mutex_unlock(&canceller->lock);
    return pause;
}

static void set_pause(struct canceller *canceller, int pause)
{
    pthread_mutex_lock(&canceller->lock);
    canceller->pause = pause;
    pthread_mutex_unlock(&canceller->lock);
}

static void *cancel_again_and_again(void *argument)
{
    struct canceller *canceller = argument;
    int pause;
    while ((pause = pause_of(canceller)) != 0) {
        pause_ms(pause);
        ftp_cancel(canceller->ftp);
    }
    return NULL;
}

static void start_cancelling(struct canceller *canceller, ftp_handle *ftp)
{
    canceller->ftp = ftp;
    canceller->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    canceller->pause = 3;
    CHECK_INT(pthread_create(&canceller->thread, NULL, cancel_again_and_again, canceller), 0);
}

static void stop_cancelling(struct canceller *canceller)
{
    set_pause(canceller, 0);
    pthread_join(canceller->thread, NULL);
}

static void while_connecting(void)
{
    struct canceller canceller;
    struct dead_end port = unanswering_port();
    ftp_handle *ftp = new_client();
    start_cancelling(&canceller, ftp);
    check_cancelled(ftp, ftp_connect(ftp, "127.0.0.1", port.port));
    stop_cancelling(&canceller);
    dead_end_close(&port);
    ftp_free(ftp);
}

static void cancels_noop(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    sends(s, "20");
    ftp_cancel(user_of(s));
    hears_goodbye(s);
}

static void while_a_reply_is_due(void)
{
    ftp_handle *ftp = new_client();
    struct server *server = serve(cancels_noop, ftp);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    check_cancelled(ftp, ftp_voidcmd(ftp, "NOOP"));
    check_closed(ftp, server);
}

/* The ABOR of a transfer that had begun, and a session that goes on. */
static void is_aborted(struct session *s)
{
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void check_goes_on(ftp_handle *ftp, struct server *server)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

struct download {
    ftp_handle *ftp;
    struct taken data;
    struct flag has_come;
};

static int take_and_tell(const void *data, size_t len, void *user)
{
    struct download *download = user;
    int outcome = take_data(data, len, &download->data);
    set(&download->has_come);
    return outcome;
}

static void cancels_a_download(struct session *s)
{
    struct download *download = user_of(s);
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "the first half");
    wait_for(&download->has_come);
    /* The callback returns, and more is waited for. */
    pause_ms(30);
    ftp_cancel(download->ftp);
    is_aborted(s);
}

static void while_data_is_due(void)
{
    ftp_handle *ftp = new_client();
    struct download download = { .ftp = ftp, .has_come = UNSET };
    struct server *server = serve(cancels_a_download, &download);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    check_cancelled(ftp, ftp_retrbinary(ftp, "RETR f", take_and_tell, &download, 0, -1));
    CHECK_TEXT(download.data.text, "the first half");
    check_goes_on(ftp, server);
}

static void aborts_a_download(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "x");
    CHECK_INT(ftp_abort(user_of(s)), FTP_OK);
    is_aborted(s);
}

static void abort_is_cancel_while_a_call_is_running(void)
{
    struct taken data = { .calls = 0 };
    ftp_handle *ftp = new_client();
    struct server *server = serve(aborts_a_download, ftp);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    check_cancelled(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    check_goes_on(ftp, server);
}

/* --- from a signal handler --- */

static ftp_handle *volatile handle_of_handler;
static volatile sig_atomic_t signals;

static void cancel_on_signal(int number)
{
    (void)number;
    signals++;
    ftp_cancel(handle_of_handler);
}

static void count_signal(int number)
{
    (void)number;
    signals++;
}

/* System calls are interrupted, not restarted. */
static void handle_signal(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    CHECK_INT(sigaction(number, &action, NULL), 0);
    signals = 0;
}

static void signals_during_a_reply(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    pause_ms(20);
    CHECK_INT(pthread_kill(*(pthread_t *)user_of(s), SIGUSR1), 0);
    hears_goodbye(s);
}

static void a_signal_handler_cancels_a_command(void)
{
    pthread_t caller = pthread_self();
    struct server *server = serve(signals_during_a_reply, &caller);
    ftp_handle *ftp = client_of(server);
    handle_of_handler = ftp;
    handle_signal(SIGUSR1, cancel_on_signal);
    check_cancelled(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_INT(signals, 1);
    check_closed(ftp, server);
}

static void signals_during_a_download(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "x");
    CHECK_INT(pthread_kill(*(pthread_t *)user_of(s), SIGUSR1), 0);
    is_aborted(s);
}

static void a_signal_handler_cancels_a_transfer(void)
{
    struct taken data = { .calls = 0 };
    pthread_t caller = pthread_self();
    struct server *server = serve(signals_during_a_download, &caller);
    ftp_handle *ftp = client_of(server);
    handle_of_handler = ftp;
    handle_signal(SIGUSR1, cancel_on_signal);
    check_cancelled(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_INT(signals, 1);
    check_goes_on(ftp, server);
}

static void signals_all_the_time(struct session *s)
{
    pthread_t *caller = user_of(s);
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    for (int i = 0; i < 20; i++) {
        data_sends(s, "0123456789");
        CHECK_INT(pthread_kill(*caller, SIGUSR1), 0);
        pause_ms(1);
    }
    data_ends(s);
    CHECK_INT(pthread_kill(*caller, SIGUSR1), 0);
    says(s, "226 done");
    says_goodbye(s);
}

static void signals_alone_disturb_nothing(void)
{
    struct taken data = { .calls = 0 };
    pthread_t caller = pthread_self();
    struct server *server = serve(signals_all_the_time, &caller);
    ftp_handle *ftp = client_of(server);
    handle_signal(SIGUSR1, count_signal);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_INT(data.len, 200);
    CHECK(signals > 0);
    part(ftp, server);
}

static void hears_and_is_silent(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    hears_goodbye(s);
}

/* A signal every 5 ms of the clock, whatever other threads there are: the kernel sends it. */
static void signal_by_the_clock(int microseconds)
{
    struct itimerval every = { { 0, microseconds }, { 0, microseconds } };
    CHECK_INT(setitimer(ITIMER_REAL, &every, NULL), 0);
}

/* A wait that began anew after each signal would last as long as there are signals. */
static void signals_do_not_prolong_a_timeout(void)
{
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    /* The server's thread is not the one that they interrupt. */
    CHECK_INT(pthread_sigmask(SIG_BLOCK, &alarms, NULL), 0);
    struct server *server = serve(hears_and_is_silent, NULL);
    CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &alarms, NULL), 0);
    ftp_handle *ftp = client_of(server);
    handle_signal(SIGALRM, count_signal);
    CHECK_OK(ftp, ftp_set_timeout(ftp, 100));
    signal_by_the_clock(5000);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_TIMEOUT, "timed out after 0.1 s");
    signal_by_the_clock(0);
    CHECK(signals > 0);
    server_ends(server);
    ftp_free(ftp);
}

/* --- when nothing is running --- */

static void answers_noops(struct session *s)
{
    says(s, "220 ready");
    for (int i = 0; i < 10; i++)
        answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_cancel_between_calls_is_forgotten(void)
{
    ftp_handle *ftp = new_client();
    struct server *server = serve(answers_noops, NULL);
    ftp_cancel(ftp);
    CHECK_TEXT(ftp_last_error(ftp), "");
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    for (int i = 0; i < 10; i++) {
        ftp_cancel(ftp);
        ftp_cancel(ftp);
        CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    }
    ftp_cancel(ftp);
    part(ftp, server);
}

/* --- at any moment --- */

enum { ECHOES = 300 };

static void echoes(struct session *s)
{
    char command[64], reply[80];
    for (;;) {
        int is_there = tries_to_say(s, "220 ready");
        while (is_there && hears_anything(s, command, sizeof command)) {
            if (strcmp(command, "QUIT") == 0) {
                says(s, "221 goodbye");
                return;
            }
            snprintf(reply, sizeof reply, "200 %s", command);
            is_there = tries_to_say(s, reply);
        }
        meets_next_client(s);
    }
}

/* Whatever the moment of a cancel, a reply is never taken for that to another command. */
static void a_storm_of_cancels_leaves_no_session_out_of_step(void)
{
    struct canceller canceller;
    struct server *server = serve(echoes, NULL);
    ftp_handle *ftp = client_of(server);
    start_cancelling(&canceller, ftp);
    int answered = 0, cancelled = 0;
    for (int i = 0; answered < ECHOES || cancelled == 0; i++) {
        char command[64], reply[80];
        snprintf(command, sizeof command, "ECHO %d", i);
        snprintf(reply, sizeof reply, "200 %s", command);
        ftp_status status = ftp_voidcmd(ftp, command);
        if (status == FTP_OK) {
            CHECK_TEXT(ftp_last_reply(ftp), reply);
            answered++;
            continue;
        }
        CHECK_INT(status, FTP_ERR_ABORTED);
        cancelled++;
        /* A machine on which this takes longer than the pause would never get to the end. */
        while ((status = ftp_connect(ftp, "127.0.0.1", server_port(server))) == FTP_ERR_ABORTED)
            set_pause(&canceller, pause_of(&canceller) + 1);
        CHECK_OK(ftp, status);
    }
    stop_cancelling(&canceller);
    part(ftp, server);
}

int main(void)
{
    RUN(while_the_greeting_is_due);
    RUN(while_connecting);
    RUN(while_a_reply_is_due);
    RUN(while_data_is_due);
    RUN(abort_is_cancel_while_a_call_is_running);
    RUN(a_signal_handler_cancels_a_command);
    RUN(a_signal_handler_cancels_a_transfer);
    RUN(signals_alone_disturb_nothing);
    RUN(signals_do_not_prolong_a_timeout);
    RUN(a_cancel_between_calls_is_forgotten);
    RUN(a_storm_of_cancels_leaves_no_session_out_of_step);
    return summary();
}
