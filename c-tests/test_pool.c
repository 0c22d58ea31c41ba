/* Pools of sessions: what only C can break. */

#include "client.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "opened.h"

static char target[128];

static void make_target_name(void)
{
    const char *directory = getenv("TMPDIR");
    snprintf(target, sizeof target, "%s/ftpclient-pool-%ld", directory != NULL ? directory : "/tmp", (long)getpid());
}

struct witness {
    ftp_handle *ftp;
    ftp_pool *pool;
    /* What the callback returns for this job. */
    int64_t job;
    int answer;
    /* A command to add when the first job is told. */
    const char *more;
    char text[500];
};

static int tell(const ftp_pool_result *result, void *user)
{
    struct witness *witness = user;
    const ftp_entry *entry;
    size_t end = strlen(witness->text);
    CHECK_INT(ftp_voidcmd(witness->ftp, "NOOP"), FTP_ERR_BUSY);
    CHECK_INT(ftp_pool_run(witness->pool, tell, witness), FTP_ERR_BUSY);
    /* It does nothing in a callback. */
    ftp_pool_free(witness->pool);
    if (witness->more != NULL) {
        int64_t job = 0;
        CHECK_INT(ftp_pool_command(witness->pool, witness->more, &job), FTP_OK);
        CHECK(job > result->job);
        CHECK_INT(ftp_pool_command(witness->pool, "CWD /", &job), FTP_ERR_INVALID_ARGUMENT);
        witness->more = NULL;
    }
    CHECK((result->status == FTP_OK) == (result->message == NULL));
    CHECK((result->local != NULL) == (result->kind <= FTP_POOL_PUT));
    if (result->list != NULL) {
        ftp_list_free(result->list);
        CHECK_INT(ftp_list_next(result->list, &entry), FTP_OK);
        CHECK_TEXT(entry->name, "f");
        ftp_list_free(result->list);
        CHECK_INT(ftp_list_next(result->list, &entry), FTP_END);
    }
    snprintf(witness->text + end, sizeof witness->text - end, "%d%s:%d:%ld:%.3s ", result->kind, result->remote,
        (int)result->status, result->report != NULL ? (long)result->report->bytes : -1L,
        result->reply != NULL ? result->reply : "-");
    return result->job == witness->job ? witness->answer : 0;
}

static void does_each(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    begins(s, "STOR g", "150 go on");
    data_receives(s, "hello");
    says(s, "226 taken");
    answers(s, "SIZE g", "213 5");
    answers(s, "FEAT", "502 no");
    answers(s, "SYST", "500 no");
    answers(s, "TYPE A", "200 fine");
    begins(s, "LIST", "150 here it comes");
    data_sends(s, "-rw-r--r-- 1 u g 5 Jan  1  2026 f\r\n");
    data_ends(s);
    says(s, "226 done");
    answers(s, "DELE f", "550 no such file");
    answers(s, "SITE A", "200 fine");
    answers(s, "SITE B", "200 fine");
    goes_on(s);
}

static void each_job_is_told(int blocking)
{
    make_target_name();
    struct server *server = serve(does_each, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp, .more = "SITE B" };
    int64_t job = 0;
    CHECK_OK(ftp, ftp_pool_new(ftp, 1, &witness.pool));
    CHECK_OK(ftp, ftp_pool_run(witness.pool, tell, &witness));
    CHECK_OK(ftp, ftp_pool_get(witness.pool, "f", target, 0, &job));
    CHECK_INT(job, 1);
    CHECK_OK(ftp, ftp_pool_put(witness.pool, target, "g", 0, NULL));
    CHECK_OK(ftp, ftp_pool_list(witness.pool, NULL, 0, NULL));
    CHECK_OK(ftp, ftp_pool_remove(witness.pool, "f", NULL));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE A", &job));
    CHECK_INT(job, 5);
    if (blocking) {
        CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_ERR_PARTIAL);
    } else {
        struct loop loop = loop_of(ftp);
        ftp_status status;
        DRIVE(&loop, status, ftp_pool_run(witness.pool, tell, &witness));
        CHECK_INT(status, FTP_ERR_PARTIAL);
    }
    CHECK(strstr(ftp_last_error(ftp), "1 of 6 jobs failed, the first: ") != NULL);
    CHECK(strstr(ftp_last_error(ftp), "DELE f: 550 no such file") != NULL);
    CHECK_TEXT(witness.text, "1f:0:5:226 2g:0:5:226 3:0:-1:226 4f:-22:-1:550 5SITE A:0:-1:200 5SITE B:0:-1:200 ");
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    check_goes_on(ftp, server);
    ftp_pool_free(witness.pool);
    CHECK_INT(unlink(target), 0);
}

static void blocking(void)
{
    each_job_is_told(1);
}

static void not_blocking(void)
{
    each_job_is_told(0);
}

static void answers_two(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE A", "200 fine");
    answers(s, "SITE B", "200 fine");
    goes_on(s);
}

static void the_callback_stops_it_and_the_rest_stays(void)
{
    struct server *server = serve(answers_two, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp, .job = 1, .answer = -7 };
    CHECK_OK(ftp, ftp_pool_new(ftp, 1, &witness.pool));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE A", NULL));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE B", NULL));
    CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_ERR_CALLBACK);
    CHECK_INT(ftp_last_callback_result(ftp), -7);
    CHECK_TEXT(witness.text, "5SITE A:0:-1:200 ");
    CHECK_OK(ftp, ftp_pool_run(witness.pool, NULL, NULL));
    check_goes_on(ftp, server);
    ftp_pool_free(witness.pool);
}

static void never_answers(struct session *s)
{
    says(s, "220 ready");
    hears(s, "SITE A");
    holds(s);
}

static void a_pool_that_is_freed_gives_up_its_call(void)
{
    struct server *server = serve(never_answers, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp }, other = { .ftp = ftp };
    ftp_pool *second = NULL;
    CHECK_OK(ftp, ftp_pool_new(ftp, 1, &witness.pool));
    CHECK_OK(ftp, ftp_pool_new(ftp, 1, &second));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE A", NULL));
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_AGAIN);
    CHECK_INT(ftp_pool_run(witness.pool, tell, &other), FTP_ERR_BUSY);
    CHECK_INT(ftp_pool_run(witness.pool, NULL, &witness), FTP_ERR_BUSY);
    CHECK_INT(ftp_pool_run(second, tell, &witness), FTP_ERR_BUSY);
    /* Jobs can be added all the while. */
    CHECK_INT(ftp_pool_command(second, "NOOP", NULL), FTP_OK);
    ftp_pool_free(second);
    CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_AGAIN);
    ftp_pool_free(witness.pool);
    CHECK_TEXT(witness.text, "");
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    CHECK_OK(ftp, ftp_close(ftp));
    server_ends(server);
    ftp_free(ftp);
}

static void never_answers_and_meets_another(struct session *s)
{
    const char *command = user_of(s);
    says(s, "220 ready");
    hears(s, command);
    hears_goodbye(s);
    meets_next_client(s);
    says(s, "220 ready");
    if (strcmp(command, "SIZE f") == 0)
        answers(s, command, "213 5");
    answers(s, "SITE B", "200 fine");
    goes_on(s);
}

/* ftp_close() gives up the call at once. The next run does again what may be done twice, and tells of what may not. */
static void a_run_that_was_given_up_loses_no_job(void)
{
    static char commands[][8] = { "SIZE f", "SITE A" };
    for (int at = 0; at < 2; at++) {
        struct server *server = serve(never_answers_and_meets_another, commands[at]);
        ftp_handle *ftp = client_of(server);
        struct witness witness = { .ftp = ftp };
        char expected[100];
        CHECK_OK(ftp, ftp_pool_new(ftp, 1, &witness.pool));
        CHECK_OK(ftp, ftp_pool_command(witness.pool, commands[at], NULL));
        CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE B", NULL));
        CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
        CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_AGAIN);
        CHECK_OK(ftp, ftp_close(ftp));
        CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
        CHECK_TEXT(witness.text, "");
        CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), at == 0 ? FTP_OK : FTP_ERR_PARTIAL);
        if (at == 0)
            snprintf(expected, sizeof expected, "5SIZE f:0:-1:213 5SITE B:0:-1:200 ");
        else
            snprintf(expected, sizeof expected, "5SITE A:%d:-1:- 5SITE B:0:-1:200 ", (int)FTP_ERR_ABORTED);
        CHECK_TEXT(witness.text, expected);
        check_goes_on(ftp, server);
        ftp_pool_free(witness.pool);
    }
}

/* The server's thread uses the pool and its handle while the client waits for a reply. */
static void is_in_the_way(struct session *s)
{
    struct witness *witness = user_of(s);
    says(s, "220 ready");
    hears(s, "SITE A");
    CHECK_INT(ftp_pool_run(witness->pool, tell, witness), FTP_ERR_BUSY);
    CHECK_INT(ftp_pool_run(witness->pool, NULL, NULL), FTP_ERR_BUSY);
    CHECK_INT(ftp_voidcmd(witness->ftp, "NOOP"), FTP_ERR_BUSY);
    /* A mistake that is caught: the job goes on. */
    ftp_pool_free(witness->pool);
    ftp_free(witness->ftp);
    says(s, "200 fine");
    goes_on(s);
}

static void a_second_thread_is_told_that_the_pool_is_busy(void)
{
    struct witness witness = { .text = "" };
    struct server *server = serve(is_in_the_way, &witness);
    ftp_handle *ftp = witness.ftp = new_client();
    CHECK_OK(ftp, ftp_pool_new(ftp, 4, &witness.pool));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE A", NULL));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_pool_run(witness.pool, tell, &witness));
    CHECK_TEXT(witness.text, "5SITE A:0:-1:200 ");
    check_goes_on(ftp, server);
    ftp_pool_free(witness.pool);
}

static void leaves_in_the_middle_of_a_reply(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE A", "200 fine");
    hears(s, "SITE B");
    sends(s, "200 fi");
    hangs_up(s);
    meets_next_client(s);
    says(s, "220 ready again");
    answers(s, "SIZE f", "213 5");
    goes_on(s);
}

/* Nobody knows whether SITE B was carried out: it is not sent again. What was not sent is, in a new session. */
static void a_server_that_leaves_in_the_middle_of_a_reply_costs_one_command(void)
{
    struct server *server = serve(leaves_in_the_middle_of_a_reply, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp };
    char expected[100];
    CHECK_OK(ftp, ftp_pool_new(ftp, 1, &witness.pool));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE A", NULL));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SITE B", NULL));
    CHECK_OK(ftp, ftp_pool_command(witness.pool, "SIZE f", NULL));
    CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_ERR_PARTIAL);
    snprintf(expected, sizeof expected, "5SITE A:0:-1:200 5SITE B:%d:-1:- 5SIZE f:0:-1:213 ", (int)FTP_ERR_EOF);
    CHECK_TEXT(witness.text, expected);
    check_goes_on(ftp, server);
    ftp_pool_free(witness.pool);
}

static void never_ends_its_data(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes (500 bytes)");
    data_sends(s, "hello");
    holds(s);
}

/* The part of the file that has come does not get the name. */
static void a_pool_and_a_handle_that_are_freed_in_the_middle_of_a_file_leave_nothing(void)
{
    make_target_name();
    for (int handle_first = 0; handle_first < 2; handle_first++) {
        struct server *server = serve(never_ends_its_data, NULL);
        ftp_handle *ftp = client_of(server);
        struct witness witness = { .ftp = ftp };
        CHECK_OK(ftp, ftp_pool_new(ftp, 1, &witness.pool));
        CHECK_OK(ftp, ftp_pool_get(witness.pool, "f", target, 0, NULL));
        CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
        for (int turn = 0; turn < 20; turn++) {
            CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_AGAIN);
            pause_ms(5);
        }
        if (!handle_first)
            ftp_pool_free(witness.pool);
        ftp_free(ftp);
        if (handle_first) {
            CHECK_INT(ftp_pool_run(witness.pool, tell, &witness), FTP_ERR_STATE);
            ftp_pool_free(witness.pool);
        }
        CHECK_TEXT(witness.text, "");
        server_ends(server);
        CHECK_INT(access(target, F_OK), -1);
    }
}

static void is_owed_a_reply(struct session *s)
{
    lets_in(s);
    hears(s, "SITE A");
    says(s, "200 fine");
    answers(s, "SITE B", "200 fine");
    says_goodbye(s);
}

static void what_is_under_way_is_named(void)
{
    struct server *server = serve(is_owed_a_reply, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_pool *pool = NULL;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_pool_new(ftp, 2, &pool));
    CHECK_OK(ftp, ftp_pool_command(pool, "SITE B", NULL));
    CHECK_OK(ftp, ftp_putcmd(ftp, "SITE A"));
    CHECK_FAILS(ftp, ftp_pool_run(pool, NULL, NULL), FTP_ERR_STATE, "still owes a reply to SITE A");
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_OK(ftp, ftp_pool_run(pool, NULL, NULL));
    ftp_pool_free(pool);
    part(ftp, server);
}

static void wrong_arguments_are_refused(void)
{
    ftp_handle *ftp = ftp_new();
    ftp_pool *pool = NULL;
    int64_t job = 77;
    static const int sessions[] = { 0, -1, FTP_POOL_MAX_SESSIONS + 1 };
    CHECK_INT(ftp_pool_new(NULL, 1, &pool), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_pool_new(ftp, 1, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++)
        CHECK_FAILS(ftp, ftp_pool_new(ftp, sessions[i], &pool), FTP_ERR_INVALID_ARGUMENT, "sessions");
    CHECK(pool == NULL);
    CHECK_INT(ftp_pool_run(NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_pool_get(NULL, "a", "b", 0, &job), FTP_ERR_INVALID_ARGUMENT);
    ftp_pool_free(NULL);
    CHECK_OK(ftp, ftp_pool_new(ftp, FTP_POOL_MAX_SESSIONS, &pool));
    CHECK_FAILS(ftp, ftp_pool_get(pool, NULL, "b", 0, &job), FTP_ERR_INVALID_ARGUMENT, "remote is NULL");
    CHECK_FAILS(ftp, ftp_pool_get(pool, "a", NULL, 0, &job), FTP_ERR_INVALID_ARGUMENT, "local is NULL");
    CHECK_FAILS(ftp, ftp_pool_get(pool, "a", "b", FTP_ATOMIC, &job), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_get(ftp, "a", "b", FTP_SEGMENTED), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_pool_put(pool, "a", NULL, 0, &job), FTP_ERR_INVALID_ARGUMENT, "remote is NULL");
    CHECK_FAILS(ftp, ftp_pool_put(pool, "a", "b\n", 0, &job), FTP_ERR_INVALID_ARGUMENT, "");
    CHECK_FAILS(ftp, ftp_pool_list(pool, "a", FTP_LIST_STREAM, &job), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_pool_remove(pool, NULL, &job), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_pool_command(pool, "PASS x", &job), FTP_ERR_INVALID_ARGUMENT, "a session remembers");
    CHECK_FAILS(ftp, ftp_pool_command(pool, "LANG en", &job), FTP_ERR_INVALID_ARGUMENT, "a session remembers");
    CHECK_INT(job, 77);
    CHECK_OK(ftp, ftp_pool_run(pool, NULL, NULL));
    CHECK_OK(ftp, ftp_pool_command(pool, "NOOP", &job));
    CHECK_FAILS(ftp, ftp_pool_run(pool, NULL, NULL), FTP_ERR_STATE, "not connected");
    /* The pool outlives its handle. */
    ftp_free(ftp);
    CHECK_INT(ftp_pool_command(pool, "NOOP", &job), FTP_OK);
    CHECK_INT(ftp_pool_run(pool, NULL, NULL), FTP_ERR_STATE);
    ftp_pool_free(pool);
}

int main(void)
{
    RUN(blocking);
    RUN(not_blocking);
    RUN(the_callback_stops_it_and_the_rest_stays);
    RUN(a_pool_that_is_freed_gives_up_its_call);
    RUN(a_run_that_was_given_up_loses_no_job);
    RUN(a_second_thread_is_told_that_the_pool_is_busy);
    RUN(a_server_that_leaves_in_the_middle_of_a_reply_costs_one_command);
    RUN(a_pool_and_a_handle_that_are_freed_in_the_middle_of_a_file_leave_nothing);
    RUN(what_is_under_way_is_named);
    RUN(wrong_arguments_are_refused);
    return summary();
}
