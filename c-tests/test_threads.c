/* Handles and threads: one handle for one thread at a time, many handles in many threads. */

#include <pthread.h>
#include <stdio.h>
#include <string.h>

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
    RUN(handles_in_many_threads_are_independent);
    return summary();
}
