/* Batches: who owns what, what is told when, and which calls fit between. */

#include "client.h"
#include "loop.h"
#include "opened.h"

#include <stdio.h>

/* What was told. */
struct told {
    int calls;
    int stop_at;
    ftp_status status[8];
    int fate[8];
    int64_t size[8];
    char message[8][200];
    char entry[100];
    char path[100];
    char reply[100];
    int64_t modified;
    ftp_handle *ftp;
};

static int tell(const struct ftp_batch_result *result, void *user)
{
    struct told *told = user;
    int at = told->calls++;
    if (at < 8) {
        CHECK_INT(result->index, at);
        told->status[at] = result->status;
        told->fate[at] = result->fate;
        told->size[at] = result->size;
        snprintf(told->message[at], sizeof told->message[at], "%s", result->message == NULL ? "none" : result->message);
    }
    if (result->entry != NULL)
        snprintf(told->entry, sizeof told->entry, "%s", result->entry->name);
    if (result->path != NULL)
        snprintf(told->path, sizeof told->path, "%s", result->path);
    if (result->reply != NULL)
        snprintf(told->reply, sizeof told->reply, "%s", result->reply);
    if (result->modified != FTP_NO_TIME)
        told->modified = result->modified;
    if (told->ftp != NULL)
        CHECK_INT(ftp_voidcmd(told->ftp, "NOOP"), FTP_ERR_BUSY);
    return told->calls == told->stop_at ? 42 : 0;
}

static void does_all_at_once(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    hears(s, "FEAT");
    sends(s, "211-x\r\n MLST type*;size*;modify*;\r\n211 x\r\n");
    answers(s, "PWD", "257 \"/\"");
    hears(s, "SIZE f");
    hears(s, "MDTM f");
    hears(s, "MLST f");
    hears(s, "PWD");
    sends(s, "213 4294967297\r\n213 20260115123000\r\n250-x\r\n type=file;size=5; f\r\n250 x\r\n257 \"/\"\r\n");
    hears(s, "DELE g");
    hears(s, "MKD d");
    hears(s, "RMD e");
    hears(s, "RNFR a");
    sends(s, "550 no\r\n257 \"/d\" is made\r\n250 ok\r\n350 to?\r\n");
    hears(s, "RNTO b");
    hears(s, "SITE IDLE");
    hears(s, "PWD");
    sends(s, "250 ok\r\n200 fine\r\n257 \"/\"\r\n");
    says_goodbye(s);
}

static void each_command_is_told_by_its_number(void)
{
    struct told told = { .calls = 0 };
    struct server *server = serve(does_all_at_once, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch = NULL;
    told.ftp = ftp;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_batch_new(ftp, &batch));
    CHECK_OK(ftp, ftp_batch_size(batch, "f"));
    CHECK_OK(ftp, ftp_batch_modified(batch, "f"));
    CHECK_OK(ftp, ftp_batch_stat(batch, "f"));
    CHECK_OK(ftp, ftp_batch_delete(batch, "g"));
    CHECK_OK(ftp, ftp_batch_mkdir(batch, "d"));
    CHECK_OK(ftp, ftp_batch_rmdir(batch, "e"));
    CHECK_OK(ftp, ftp_batch_rename(batch, "a", "b"));
    CHECK_OK(ftp, ftp_batch_command(batch, "SITE IDLE"));
    CHECK_FAILS(ftp, ftp_batch_run(batch, tell, &told), FTP_ERR_PARTIAL, "1 of 8 commands has failed: DELE g: 550 no");
    CHECK_INT(told.calls, 8);
    CHECK_INT(told.size[0], 4294967297);
    CHECK_INT(told.size[1], -1);
    CHECK_INT(told.modified, 1768480200000000000);
    CHECK_TEXT(told.entry, "f");
    CHECK_INT(told.status[3], FTP_ERR_PERM);
    CHECK_INT(told.fate[3], FTP_BATCH_ANSWERED);
    CHECK_TEXT(told.message[3], "DELE g: 550 no");
    CHECK_TEXT(told.message[4], "none");
    CHECK_TEXT(told.path, "/d");
    CHECK_TEXT(told.reply, "200 fine");
    for (int at = 4; at < 8; at++)
        CHECK_INT(told.status[at], FTP_OK);
    /* It is empty then. */
    told.calls = 0;
    CHECK_OK(ftp, ftp_batch_run(batch, tell, &told));
    CHECK_INT(told.calls, 0);
    ftp_batch_free(batch);
    part(ftp, server);
}

static void leaves_in_the_middle(struct session *s)
{
    lets_in(s);
    answers(s, "PWD", "257 \"/\"");
    hears(s, "DELE a");
    hears(s, "RNFR b");
    sends(s, "250 ok\r\n");
    hangs_up(s);
}

static void what_nobody_knows_is_told_before_the_call_returns(void)
{
    struct told told = { .calls = 0, .stop_at = 1 };
    struct server *server = serve(leaves_in_the_middle, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch = NULL;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_batch_new(ftp, &batch));
    CHECK_OK(ftp, ftp_batch_delete(batch, "a"));
    CHECK_OK(ftp, ftp_batch_rename(batch, "b", "c"));
    CHECK_OK(ftp, ftp_batch_delete(batch, "d"));
    /* Nor can it be stopped any more. */
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_ERR_EOF);
    CHECK_INT(told.calls, 3);
    CHECK_INT(told.fate[0], FTP_BATCH_UNKNOWN);
    CHECK_INT(told.fate[1], FTP_BATCH_UNKNOWN);
    CHECK_INT(told.fate[2], FTP_BATCH_NOT_SENT);
    CHECK_HAS(told.message[1], "RNFR b: it was sent, and what came of it is not known: ");
    CHECK_HAS(told.message[1], ": the server closed the connection");
    CHECK_HAS(told.message[2], "DELE d: it was not sent: ");
    CHECK_INT(told.status[2], FTP_ERR_EOF);
    CHECK_HAS(ftp_last_error(ftp), "the server closed the connection");
    /* What was refused as a whole stays for the next time. */
    told.calls = 0;
    CHECK_OK(ftp, ftp_batch_delete(batch, "e"));
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_ERR_STATE);
    CHECK_INT(told.calls, 0);
    ftp_batch_free(batch);
    ftp_free(ftp);
    server_ends(server);
}

static void answers_three(struct session *s)
{
    lets_in(s);
    answers(s, "PWD", "257 \"/\"");
    hears(s, "DELE a");
    hears(s, "DELE b");
    hears(s, "DELE c");
    hears(s, "PWD");
    sends(s, "250 ok\r\n250 ok\r\n250 ok\r\n257 \"/\"\r\n");
    says_goodbye(s);
}

static ftp_batch *three_deletions(ftp_handle *ftp)
{
    ftp_batch *batch = NULL;
    CHECK_OK(ftp, ftp_batch_new(ftp, &batch));
    CHECK_OK(ftp, ftp_batch_delete(batch, "a"));
    CHECK_OK(ftp, ftp_batch_delete(batch, "b"));
    CHECK_OK(ftp, ftp_batch_delete(batch, "c"));
    return batch;
}

static void a_callback_stops_it_in_an_orderly_way(void)
{
    struct told told = { .stop_at = 2 };
    struct server *server = serve(answers_three, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    batch = three_deletions(ftp);
    CHECK_FAILS(ftp, ftp_batch_run(batch, tell, &told), FTP_ERR_CALLBACK, "DELE b");
    CHECK_INT(ftp_last_callback_result(ftp), 42);
    CHECK_INT(told.calls, 2);
    ftp_batch_free(batch);
    part(ftp, server);
}

static void an_event_loop_repeats_the_call(void)
{
    struct told told = { .calls = 0 };
    struct server *server = serve(answers_three, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch;
    ftp_status status;
    struct loop loop;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    batch = three_deletions(ftp);
    loop = loop_of(ftp);
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_AGAIN);
    CHECK_INT(ftp_batch_delete(batch, "d"), FTP_ERR_BUSY);
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_ERR_BUSY);
    DRIVE(&loop, status, ftp_batch_run(batch, tell, &told));
    CHECK_INT(status, FTP_OK);
    CHECK_INT(told.calls, 3);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    ftp_batch_free(batch);
    part(ftp, server);
}

static void hears_three(struct session *s)
{
    lets_in(s);
    answers(s, "PWD", "257 \"/\"");
    hears(s, "DELE a");
    hears(s, "DELE b");
    hears(s, "DELE c");
    hears(s, "PWD");
    hears_goodbye(s);
}

static void a_cancelled_batch_tells_what_is_not_known(void)
{
    struct told told = { .calls = 0 };
    struct server *server = serve(hears_three, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    batch = three_deletions(ftp);
    CHECK_OK(ftp, ftp_set_timeout(ftp, 3000));
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_ERR_TIMEOUT);
    CHECK_INT(told.calls, 3);
    for (int at = 0; at < 3; at++)
        CHECK_INT(told.fate[at], FTP_BATCH_UNKNOWN);
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE);
    ftp_batch_free(batch);
    ftp_free(ftp);
    server_ends(server);
}

static int gives_up(void *user)
{
    int *waits = user;
    return ++*waits > 10 ? 9 : 0;
}

/* A wait callback has not seen the results: each is still told. */
static void a_wait_callback_that_stops_it_cancels_it(void)
{
    struct told told = { .calls = 0 };
    int waits = 0;
    struct server *server = serve(hears_three, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    batch = three_deletions(ftp);
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, gives_up, &waits));
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_ERR_CALLBACK);
    CHECK_INT(ftp_last_callback_result(ftp), 9);
    CHECK_INT(told.calls, 3);
    for (int at = 0; at < 3; at++) {
        CHECK_INT(told.status[at], FTP_ERR_CALLBACK);
        CHECK_INT(told.fate[at], FTP_BATCH_UNKNOWN);
    }
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, NULL, NULL));
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE);
    ftp_batch_free(batch);
    ftp_free(ftp);
    server_ends(server);
}

static void answers_one_and_leaves(struct session *s)
{
    lets_in(s);
    answers(s, "PWD", "257 \"/\"");
    for (int piece = 0; piece < 2; piece++) {
        for (int at = 0; at < 31; at++)
            hears(s, "DELE a");
        hears(s, "PWD");
    }
    for (int at = 0; at < 31; at++)
        sends(s, "250 ok\r\n");
    sends(s, "257 \"/\"\r\n");
    hangs_up(s);
}

/* What was on its way when the callback has stopped it is not told, even if it is lost. */
static void what_stops_it_is_told_no_more(void)
{
    struct told told = { .stop_at = 1 };
    struct server *server = serve(answers_one_and_leaves, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_batch_new(ftp, &batch));
    for (int at = 0; at < 70; at++)
        CHECK_OK(ftp, ftp_batch_delete(batch, "a"));
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_ERR_EOF);
    CHECK_INT(told.calls, 1);
    ftp_batch_free(batch);
    ftp_free(ftp);
    server_ends(server);
}

static void hears_the_beginning(struct session *s)
{
    lets_in(s);
    hears(s, "PWD");
    hears_goodbye(s);
}

/* A batch outlives its handle, and is freed in the middle of its call. */
static void a_batch_is_freed_at_any_time(void)
{
    struct told told = { .calls = 0 };
    struct server *server = serve(hears_the_beginning, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch, *other = NULL;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    batch = three_deletions(ftp);
    CHECK_OK(ftp, ftp_batch_new(ftp, &other));
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    CHECK_INT(ftp_batch_run(batch, NULL, NULL), FTP_AGAIN);
    CHECK_INT(ftp_batch_run(other, tell, &told), FTP_ERR_BUSY);
    ftp_batch_free(batch);
    ftp_free(ftp);
    CHECK_INT(ftp_batch_delete(other, "a"), FTP_ERR_STATE);
    CHECK_INT(ftp_batch_run(other, tell, &told), FTP_ERR_STATE);
    CHECK_INT(told.calls, 0);
    ftp_batch_free(other);
    ftp_batch_free(NULL);
    server_ends(server);
}

static void hears_the_beginning_and_meets_another(struct session *s)
{
    lets_in(s);
    hears(s, "PWD");
    hears_goodbye(s);
    meets_next_client(s);
    lets_in(s);
    answers(s, "DELE d", "250 gone");
    goes_on(s);
}

/* ftp_close() gives up the call at once. What became of its commands is told by the next run, and nothing else. */
static void a_run_that_was_given_up_is_told_by_the_next_one(void)
{
    struct told told = { .calls = 0 }, second = { .calls = 0 };
    struct server *server = serve(hears_the_beginning_and_meets_another, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_batch *batch;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    batch = three_deletions(ftp);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_AGAIN);
    CHECK_OK(ftp, ftp_close(ftp));
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    CHECK_INT(told.calls, 0);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_batch_delete(batch, "d"));
    CHECK_INT(ftp_batch_run(batch, tell, &told), FTP_ERR_ABORTED);
    CHECK_INT(told.calls, 3);
    for (int at = 0; at < 3; at++) {
        CHECK_INT(told.status[at], FTP_ERR_ABORTED);
        CHECK_INT(told.fate[at], FTP_BATCH_NOT_SENT);
    }
    CHECK_OK(ftp, ftp_batch_run(batch, tell, &second));
    CHECK_INT(second.calls, 1);
    check_goes_on(ftp, server);
    ftp_batch_free(batch);
}

static void arguments_are_checked_when_they_are_added(void)
{
    ftp_handle *ftp = ftp_new();
    ftp_batch *batch = NULL;
    CHECK_INT(ftp_batch_new(NULL, &batch), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_batch_new(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_OK(ftp, ftp_batch_new(ftp, &batch));
    CHECK_FAILS(ftp, ftp_batch_size(batch, NULL), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_batch_delete(batch, "a\r\nDELE b"), FTP_ERR_INVALID_ARGUMENT, "");
    CHECK_FAILS(ftp, ftp_batch_mkdir(batch, ""), FTP_ERR_INVALID_ARGUMENT, "the name is empty");
    CHECK_FAILS(ftp, ftp_batch_rename(batch, "a", NULL), FTP_ERR_INVALID_ARGUMENT, "to is NULL");
    CHECK_FAILS(ftp, ftp_batch_chmod(batch, "a", 010000), FTP_ERR_INVALID_ARGUMENT, "mode");
    CHECK_FAILS(ftp, ftp_batch_chmod(batch, "a", -1), FTP_ERR_INVALID_ARGUMENT, "mode");
    CHECK_OK(ftp, ftp_batch_chmod(batch, "a", 07777));
    CHECK_FAILS(ftp, ftp_batch_command(batch, "RETR f"), FTP_ERR_INVALID_ARGUMENT, "belongs to a transfer");
    CHECK_FAILS(ftp, ftp_batch_command(batch, "PASS x"), FTP_ERR_INVALID_ARGUMENT, "PASS ****: a batch cannot send");
    CHECK_INT(ftp_batch_stat(NULL, "a"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_batch_modified(NULL, "a"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_batch_rmdir(NULL, "a"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_batch_run(NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    ftp_batch_free(batch);
    ftp_free(ftp);
}

int main(void)
{
    RUN(each_command_is_told_by_its_number);
    RUN(what_nobody_knows_is_told_before_the_call_returns);
    RUN(a_callback_stops_it_in_an_orderly_way);
    RUN(what_stops_it_is_told_no_more);
    RUN(a_wait_callback_that_stops_it_cancels_it);
    RUN(an_event_loop_repeats_the_call);
    RUN(a_cancelled_batch_tells_what_is_not_known);
    RUN(a_batch_is_freed_at_any_time);
    RUN(a_run_that_was_given_up_is_told_by_the_next_one);
    RUN(arguments_are_checked_when_they_are_added);
    return summary();
}
