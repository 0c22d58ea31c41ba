/*
 * Descriptors and signals: what the library takes from its process, it gives back, and a broken connection is an error
 * and no SIGPIPE.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client.h"
#include "dead_ends.h"

/* A handle without a connection has this many: the one that ftp_cancel() writes to. */
enum { HANDLE = 1 };

/* --- a broken session keeps nothing open, also before the handle is freed --- */

static void leaves(struct session *s)
{
    says(s, "220 ready");
    hears(s, "TYPE I");
    hangs_up(s);
}

static void says_nonsense(struct session *s)
{
    says(s, "who are you?");
    hears_goodbye(s);
}

static void leaves_in_transfer(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "half");
    hangs_up(s);
    data_is_closed(s);
}

static void is_never_heard_of_again(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "half");
    holds(s);
}

static void never_calls(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    takes_port(s);
    answers(s, "RETR f", "150 I shall call you");
    holds(s);
}

static void cancels(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    hears(s, "PASV");
    ftp_cancel(user_of(s));
    hears_goodbye(s);
}

static void sends_one_byte(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "x");
    hears(s, "ABOR");
    hangs_up(s);
    data_is_closed(s);
}

static int stop(const void *data, size_t len, void *unused)
{
    (void)data, (void)len, (void)unused;
    return 1;
}

static int go_on(const void *data, size_t len, void *unused)
{
    (void)data, (void)len, (void)unused;
    return 0;
}

static void a_session_that_breaks_keeps_nothing_open(void)
{
    static const struct {
        void (*script)(struct session *);
        ftp_data_fn callback;
        int active;
        ftp_status status;
        /* The phase of the time that runs out, or 0. */
        int phase;
    } breaks[] = {
        { leaves, go_on, 0, FTP_ERR_EOF, 0 },
        { says_nonsense, go_on, 0, FTP_ERR_STATE, 0 },
        { leaves_in_transfer, go_on, 0, FTP_ERR_EOF, 0 },
        { is_never_heard_of_again, go_on, 0, FTP_ERR_TIMEOUT, FTP_PHASE_DATA },
        { never_calls, go_on, 1, FTP_ERR_TIMEOUT, FTP_PHASE_ACCEPT },
        { cancels, go_on, 0, FTP_ERR_ABORTED, 0 },
        { sends_one_byte, stop, 0, FTP_ERR_CALLBACK, 0 },
    };
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        int before = open_descriptors();
        ftp_handle *ftp = new_client();
        CHECK_INT(open_descriptors(), before + HANDLE);
        struct server *server = serve(breaks[i].script, ftp);
        CHECK_OK(ftp, ftp_set_pasv(ftp, !breaks[i].active));
        /* Some of the scripts break already here. */
        IGNORE(ftp_connect(ftp, "127.0.0.1", server_port(server)));
        if (breaks[i].phase != 0)
            CHECK_OK(ftp, ftp_set_phase_timeout(ftp, breaks[i].phase, 100));
        CHECK_INT(ftp_retrbinary(ftp, "RETR f", breaks[i].callback, NULL, 0, -1), breaks[i].status);
        server_ends(server);
        CHECK_INT(open_descriptors(), before + HANDLE);
        ftp_free(ftp);
        CHECK_INT(open_descriptors(), before);
    }
}

static void answers_noop(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    hears_goodbye(s);
}

static void a_handle_that_is_freed_in_use_keeps_nothing_open(void)
{
    int before = open_descriptors();
    for (int i = 0; i < 5; i++) {
        struct server *server = serve(answers_noop, NULL);
        ftp_handle *ftp = client_of(server);
        CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
        ftp_free(ftp);
        server_ends(server);
        CHECK_INT(open_descriptors(), before);
    }
}

static void connecting_in_vain_keeps_nothing_open(void)
{
    /* A label of more than 63 characters: no resolver has to ask anybody. */
    char name[80] = "";
    memset(name, 'x', 70);
    struct dead_end refusing = refusing_port(), silent = unanswering_port();
    int before = open_descriptors();
    ftp_handle *ftp = new_client();
    for (int i = 0; i < 3; i++) {
        CHECK_INT(ftp_connect(ftp, "127.0.0.1", refusing.port), FTP_ERR_IO);
        CHECK_INT(ftp_connect(ftp, name, 21), FTP_ERR_RESOLVE);
        CHECK_OK(ftp, ftp_set_timeout(ftp, 50));
        CHECK_INT(ftp_connect(ftp, "127.0.0.1", silent.port), FTP_ERR_TIMEOUT);
        CHECK_OK(ftp, ftp_set_timeout(ftp, 10000));
        CHECK_INT(open_descriptors(), before + HANDLE);
    }
    ftp_free(ftp);
    CHECK_INT(open_descriptors(), before);
    dead_end_close(&silent);
    dead_end_close(&refusing);
}

static void hundred_handles(void)
{
    ftp_handle *handles[100];
    int before = open_descriptors();
    for (int i = 0; i < 100; i++)
        CHECK((handles[i] = ftp_new()) != NULL);
    CHECK_INT(open_descriptors(), before + 100 * HANDLE);
    for (int i = 0; i < 100; i++)
        ftp_free(handles[i]);
    CHECK_INT(open_descriptors(), before);
}

/* --- descriptors are short --- */

/* Lets no more descriptors be opened, until allow_descriptors(). */
static struct rlimit forbid_descriptors(void)
{
    struct rlimit usual, none;
    int lowest_free = dup(STDIN_FILENO);
    close(lowest_free);
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = usual;
    none.rlim_cur = (rlim_t)lowest_free;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    return usual;
}

static void allow_descriptors(struct rlimit usual)
{
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &usual), 0);
}

static void without_descriptors_there_is_no_handle(void)
{
    struct rlimit usual = forbid_descriptors();
    ftp_handle *ftp = ftp_new();
    allow_descriptors(usual);
    CHECK(ftp == NULL);
    ftp_free(ftp);
}

static void without_descriptors_there_is_no_connection(void)
{
    ftp_handle *ftp = new_client();
    struct rlimit usual = forbid_descriptors();
    ftp_status status = ftp_connect(ftp, "127.0.0.1", 21);
    allow_descriptors(usual);
    CHECK_INT(status, FTP_ERR_IO);
    CHECK_INT(ftp_last_os_error(ftp), EMFILE);
    ftp_free(ftp);
}

static struct rlimit usual_limit;

static void takes_the_last_descriptor(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    hears(s, "PASV");
    usual_limit = forbid_descriptors();
    says(s, "227 (127,0,0,1,1,1)");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void without_descriptors_there_is_no_transfer_but_a_session(void)
{
    struct server *server = serve(takes_the_last_descriptor, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_status status = ftp_retrbinary(ftp, "RETR f", go_on, NULL, 0, -1);
    allow_descriptors(usual_limit);
    CHECK_INT(status, FTP_ERR_IO);
    CHECK_INT(ftp_last_os_error(ftp), EMFILE);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- other programs --- */

/* A program that the user starts must not inherit a connection: it would keep it open. */
static void no_descriptor_is_inherited(void)
{
    int first = dup(STDIN_FILENO);
    close(first);
    ftp_handle *ftp = new_client();
    CHECK(fcntl(first, F_GETFD) & FD_CLOEXEC);
    struct server *server = serve(answers_noop, NULL);
    int second = dup(STDIN_FILENO);
    close(second);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK(fcntl(second, F_GETFD) & FD_CLOEXEC);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    ftp_free(ftp);
    server_ends(server);
}

/* --- SIGPIPE --- */

static void default_sigpipe(void)
{
    sigset_t set;
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

static void breaks_the_upload(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "STOR f", "150 send it");
    data_receives_some(s);
    data_resets(s);
    pause_ms(100);
    resets(s);
}

static int64_t give_slowly(void *buffer, size_t capacity, void *unused)
{
    (void)unused;
    memset(buffer, 'x', capacity);
    pause_ms(10);
    return (int64_t)capacity;
}

static void writing_to_a_dead_server_is_an_error_and_no_signal(void)
{
    struct server *server = serve(breaks_the_upload, NULL);
    ftp_handle *ftp = client_of(server);
    default_sigpipe();
    CHECK_INT(ftp_storbinary(ftp, "STOR f", give_slowly, NULL, NULL, 1000, -1), FTP_ERR_IO);
    server_ends(server);
    CHECK_INT(ftp_quit(ftp), FTP_ERR_STATE);
    ftp_free(ftp);
    struct sigaction now;
    CHECK_INT(sigaction(SIGPIPE, NULL, &now), 0);
    CHECK(now.sa_handler == SIG_DFL);
}

/* The server is gone before ABOR is sent. */
static void is_dead_before_abor(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "x");
    pause_ms(50);
    resets(s);
    data_is_closed(s);
}

static int stop_late(const void *data, size_t len, void *unused)
{
    (void)data, (void)len, (void)unused;
    pause_ms(200);
    return 1;
}

static void aborting_at_a_dead_server_is_no_signal(void)
{
    struct server *server = serve(is_dead_before_abor, NULL);
    ftp_handle *ftp = client_of(server);
    default_sigpipe();
    CHECK_INT(ftp_retrbinary(ftp, "RETR f", stop_late, NULL, 0, -1), FTP_ERR_CALLBACK);
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE);
    server_ends(server);
    ftp_free(ftp);
}

int main(void)
{
    RUN(a_session_that_breaks_keeps_nothing_open);
    RUN(a_handle_that_is_freed_in_use_keeps_nothing_open);
    RUN(connecting_in_vain_keeps_nothing_open);
    RUN(hundred_handles);
    RUN(without_descriptors_there_is_no_handle);
    RUN(without_descriptors_there_is_no_connection);
    RUN(without_descriptors_there_is_no_transfer_but_a_session);
    RUN(no_descriptor_is_inherited);
    RUN(writing_to_a_dead_server_is_an_error_and_no_signal);
    RUN(aborting_at_a_dead_server_is_no_signal);
    return summary();
}
