/* Handles and threads: one handle for one thread at a time, many handles in many threads. */

#include <pthread.h>
#include <stdio.h>

#include "client.h"

/* --- two threads and one handle --- */

/* The server's thread tries to use the handle while the client waits for a reply. */
static void calls_while_the_client_waits(struct session *s)
{
    ftp_handle *ftp = user_of(s);
    const char *path = "untouched";
    int64_t size = 7;
    says(s, "220 ready");
    hears(s, "NOOP");
    CHECK_INT(ftp_set_timeout(ftp, 1), FTP_ERR_BUSY);
    CHECK_INT(ftp_connect(ftp, "127.0.0.1", 1), FTP_ERR_BUSY);
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_ERR_BUSY);
    CHECK_INT(ftp_pwd(ftp, &path), FTP_ERR_BUSY);
    CHECK_INT(ftp_size(ftp, "f", &size), FTP_ERR_BUSY);
    CHECK_INT(ftp_dir(ftp, NULL, NULL, NULL), FTP_ERR_BUSY);
    CHECK_INT(ftp_close(ftp), FTP_ERR_BUSY);
    CHECK_INT(ftp_quit(ftp), FTP_ERR_BUSY);
    /* A mistake that is caught: the handle is as good as before. */
    ftp_free(ftp);
    CHECK_TEXT(ftp_last_error(ftp), "another call is running on this handle");
    CHECK_TEXT(ftp_last_reply(ftp), NULL);
    CHECK_TEXT(ftp_getwelcome(ftp), NULL);
    CHECK_INT(ftp_last_reply_code(ftp), 0);
    CHECK_TEXT(path, "untouched");
    CHECK_INT(size, 7);
    says(s, "200 fine");
    says_goodbye(s);
}

static void a_second_thread_is_told_that_the_handle_is_busy(void)
{
    ftp_handle *ftp = new_client();
    struct server *server = serve(calls_while_the_client_waits, ftp);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

/* --- a handle that moves --- */

static void answers_three(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE ONE", "200 one");
    answers(s, "SITE TWO", "502 two");
    answers(s, "SITE THREE", "200 three");
    says_goodbye(s);
}

static void *says_two(void *ftp)
{
    CHECK_TEXT(ftp_last_reply(ftp), "200 one");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "SITE TWO"), FTP_ERR_PERM, "502 two");
    return NULL;
}

static void *says_three_and_frees(void *ftp)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE THREE"));
    CHECK_OK(ftp, ftp_quit(ftp));
    ftp_free(ftp);
    return NULL;
}

static void run_in_thread(void *(*function)(void *), ftp_handle *ftp)
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, function, ftp), 0);
    pthread_join(thread, NULL);
}

static void a_handle_may_move_from_thread_to_thread(void)
{
    struct server *server = serve(answers_three, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE ONE"));
    run_in_thread(says_two, ftp);
    /* The error is the handle's, not the thread's. */
    CHECK_HAS(ftp_last_error(ftp), "502 two");
    run_in_thread(says_three_and_frees, ftp);
    server_ends(server);
}

/* --- an abort that comes a moment late --- */

struct abort {
    ftp_handle *ftp;
    ftp_status status;
};

static void *aborts(void *argument)
{
    struct abort *abort = argument;
    abort->status = ftp_abort(abort->ftp);
    return NULL;
}

static ftp_status abort_in_thread(ftp_handle *ftp)
{
    struct abort abort = { ftp, FTP_ERR_INTERNAL };
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, aborts, &abort), 0);
    pthread_join(thread, NULL);
    return abort.status;
}

static void refuses_one_and_answers_another(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE ONE", "502 one");
    answers(s, "SITE TWO", "200 two");
    says_goodbye(s);
}

/* No ABOR, and what the owner was told is still there: another thread does not even look. */
static void an_abort_of_another_thread_without_a_call_does_nothing(void)
{
    struct server *server = serve(refuses_one_and_answers_another, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "SITE ONE"), FTP_ERR_PERM, "502 one");
    const char *error = ftp_last_error(ftp), *reply = ftp_last_reply(ftp);
    CHECK_INT(abort_in_thread(ftp), FTP_OK);
    CHECK_HAS(error, "502 one");
    CHECK(ftp_last_error(ftp) == error && ftp_last_reply(ftp) == reply);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE TWO"));
    part(ftp, server);
}

static void an_abort_of_another_thread_before_the_first_call_does_nothing(void)
{
    ftp_handle *ftp = new_client();
    CHECK_INT(abort_in_thread(ftp), FTP_OK);
    CHECK_TEXT(ftp_last_error(ftp), "");
    CHECK_FAILS(ftp, ftp_abort(ftp), FTP_ERR_STATE, "not connected");
    ftp_free(ftp);
}

static void *says_one(void *ftp)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE ONE"));
    return NULL;
}

static void *aborts_without_a_call(void *ftp)
{
    /* A getter is no call. */
    CHECK_TEXT(ftp_last_reply(ftp), "200 two");
    CHECK_INT(ftp_abort(ftp), FTP_OK);
    return NULL;
}

static void *says_three_and_aborts(void *ftp)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE THREE"));
    CHECK_OK(ftp, ftp_abort(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "226 nothing to abort");
    return NULL;
}

static void hears_one_abort(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE ONE", "200 one");
    answers(s, "SITE TWO", "200 two");
    answers(s, "SITE THREE", "200 three");
    answers(s, "ABOR", "226 nothing to abort");
    says_goodbye(s);
}

/* The system gives the numbers of threads that have ended to new ones: nobody is mistaken for a former owner. */
static void the_thread_of_the_last_call_is_the_one_that_sends_abor(void)
{
    struct server *server = serve(hears_one_abort, NULL);
    ftp_handle *ftp = client_of(server);
    run_in_thread(says_one, ftp);
    CHECK_INT(abort_in_thread(ftp), FTP_OK);
    CHECK_INT(ftp_abort(ftp), FTP_OK);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE TWO"));
    run_in_thread(aborts_without_a_call, ftp);
    run_in_thread(says_three_and_aborts, ftp);
    part(ftp, server);
}

struct aborter {
    pthread_t thread;
    ftp_handle *ftp;
    pthread_mutex_t lock;
    int is_done;
};

static int is_done(struct aborter *aborter)
{
    pthread_mutex_lock(&aborter->lock);
    int value = aborter->is_done;
    pthread_mutex_unlock(&aborter->lock);
    return value;
}

static void *aborts_again_and_again(void *argument)
{
    struct aborter *aborter = argument;
    while (!is_done(aborter))
        CHECK_INT(ftp_abort(aborter->ftp), FTP_OK);
    return NULL;
}

/* Settings wait for nothing: an abort never hits them, and never makes them wait or fail. */
static void aborts_of_another_thread_never_make_the_owner_busy(void)
{
    struct aborter aborter = { .ftp = new_client(), .lock = PTHREAD_MUTEX_INITIALIZER };
    CHECK_INT(pthread_create(&aborter.thread, NULL, aborts_again_and_again, &aborter), 0);
    for (int i = 0; i < 20000; i++) {
        ftp_status status = ftp_set_pasv(aborter.ftp, i % 2);
        if (status != FTP_OK)
            CHECK_INT(status, FTP_OK);
    }
    pthread_mutex_lock(&aborter.lock);
    aborter.is_done = 1;
    pthread_mutex_unlock(&aborter.lock);
    pthread_join(aborter.thread, NULL);
    ftp_free(aborter.ftp);
}

/* --- threads that are cancelled --- */

struct cancelled {
    pthread_t thread;
    ftp_handle *ftp;
    ftp_status status;
    int is_cancellable;
};

static void *calls_and_is_cancelled(void *argument)
{
    struct cancelled *self = argument;
    int before;
    self->status = ftp_voidcmd(self->ftp, "NOOP");
    /* As it was before the call. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    self->is_cancellable = before == PTHREAD_CANCEL_ENABLE;
    pthread_setcancelstate(before, NULL);
    pthread_testcancel();
    return NULL;
}

static void is_cancelled_while_it_waits(struct session *s)
{
    struct cancelled *client = user_of(s);
    says(s, "220 ready");
    hears(s, "NOOP");
    pause_ms(20);
    CHECK_INT(pthread_cancel(client->thread), 0);
    pause_ms(20);
    says(s, "200 fine");
    says_goodbye(s);
}

/* The call goes on to its end, and the thread ends after it. */
static void a_thread_is_not_cancelled_inside_a_call(void)
{
    void *result = NULL;
    struct cancelled client = { .status = FTP_ERR_INTERNAL };
    struct server *server = serve(is_cancelled_while_it_waits, &client);
    client.ftp = client_of(server);
    CHECK_INT(pthread_create(&client.thread, NULL, calls_and_is_cancelled, &client), 0);
    CHECK_INT(pthread_join(client.thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_INT(client.status, FTP_OK);
    CHECK_INT(client.is_cancellable, 1);
    CHECK_TEXT(ftp_last_reply(client.ftp), "200 fine");
    part(client.ftp, server);
}

static int is_cancelled_in_the_callback(const char *line, size_t len, void *lines)
{
    (void)line, (void)len;
    CHECK_INT(pthread_cancel(pthread_self()), 0);
    pthread_testcancel();
    ++*(int *)lines;
    return 0;
}

static void *lists_and_is_cancelled(void *ftp)
{
    int lines = 0;
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, is_cancelled_in_the_callback, &lines));
    CHECK_INT(lines, 2);
    /* A write is what a thread is cancelled at. */
    ftp_cancel(ftp);
    pthread_testcancel();
    CHECK(!"the thread was to end");
    return NULL;
}

static void sends_two_names(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "NLST", "150 here it comes");
    data_sends(s, "a\r\nb\r\n");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void nor_in_its_callbacks(void)
{
    struct server *server = serve(sends_two_names, NULL);
    ftp_handle *ftp = client_of(server);
    run_in_thread(lists_and_is_cancelled, ftp);
    part(ftp, server);
}

/* --- many at once --- */

enum { THREADS = 8, SESSIONS = 3 };

struct worker {
    pthread_t thread;
    int number;
};

static void answers_a_worker(struct session *s)
{
    char command[32], reply[64];
    lets_in(s);
    for (int i = 0; i < 10; i++) {
        CHECK(hears_anything(s, command, sizeof command));
        snprintf(reply, sizeof reply, "200 %s", command);
        says(s, reply);
    }
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "some data");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < SESSIONS; i++) {
        struct taken data = { .calls = 0 };
        struct server *server = serve(answers_a_worker, NULL);
        ftp_handle *ftp = client_of(server);
        CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
        for (int j = 0; j < 10; j++) {
            char command[32], reply[64];
            snprintf(command, sizeof command, "SITE %d %d", worker->number, j);
            snprintf(reply, sizeof reply, "200 %s", command);
            CHECK_OK(ftp, ftp_voidcmd(ftp, command));
            CHECK_TEXT(ftp_last_reply(ftp), reply);
        }
        CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
        CHECK_TEXT(data.text, "some data");
        part(ftp, server);
    }
    return NULL;
}

static void handles_in_many_threads_are_independent(void)
{
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i].number = i;
        CHECK_INT(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
}

int main(void)
{
    RUN(a_second_thread_is_told_that_the_handle_is_busy);
    RUN(a_handle_may_move_from_thread_to_thread);
    RUN(an_abort_of_another_thread_without_a_call_does_nothing);
    RUN(an_abort_of_another_thread_before_the_first_call_does_nothing);
    RUN(the_thread_of_the_last_call_is_the_one_that_sends_abor);
    RUN(aborts_of_another_thread_never_make_the_owner_busy);
    RUN(a_thread_is_not_cancelled_inside_a_call);
    RUN(nor_in_its_callbacks);
    RUN(handles_in_many_threads_are_independent);
    return summary();
}
