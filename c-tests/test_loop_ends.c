/* Calls that do not wait and are not repeated to their end: cancelled, aborted, closed, freed. */

#include <pthread.h>
#include <stdatomic.h>

#include "loop.h"

/* --- ends before the end --- */

static void says_nothing_much(struct session *s)
{
    says(s, "220 ready");
    says_goodbye(s);
}

static atomic_int command_was_heard;

/* Makes a call as far as its command, which is not answered. That takes more than one turn if the machine is busy. */
#define BEGIN(call) \
    do { \
        ftp_status begun; \
        do { \
            begun = (call); \
            pause_ms(1); \
        } while (begun == FTP_AGAIN && !command_was_heard); \
        CHECK_INT(begun, FTP_AGAIN); \
    } while (0)

static void does_not_answer(struct session *s, const char *command)
{
    command_was_heard = 0;
    lets_in(s);
    hears(s, command);
    command_was_heard = 1;
    hears_goodbye(s);
}

static void never_answers(struct session *s)
{
    does_not_answer(s, "NOOP");
}

static void *cancel_soon(void *ftp)
{
    pause_ms(50);
    ftp_cancel(ftp);
    return NULL;
}

static void cancel_wakes_the_loop(void)
{
    struct server *server = serve(never_answers, NULL);
    struct loop loop = logged_in_loop(server);
    pthread_t thread;
    CHECK_INT(ftp_voidcmd(loop.ftp, "NOOP"), FTP_AGAIN);
    CHECK_INT(pthread_create(&thread, NULL, cancel_soon, loop.ftp), 0);
    ftp_status status;
    DRIVE(&loop, status, ftp_voidcmd(loop.ftp, "NOOP"));
    CHECK_FAILS(loop.ftp, status, FTP_ERR_ABORTED, "NOOP: cancelled");
    pthread_join(thread, NULL);
    CHECK_FAILS(loop.ftp, ftp_voidcmd(loop.ftp, "NOOP"), FTP_ERR_STATE, "cancelled");
    server_ends(server);
    ftp_free(loop.ftp);
}

/* What is told of the last call is still told while another one is under way; what that has is not. */
static void getters_tell_the_last_call_until_the_next_has_ended(void)
{
    struct server *server = serve(never_answers, NULL);
    struct loop loop = logged_in_loop(server);
    CHECK_INT(ftp_mkd(loop.ftp, "", NULL), FTP_ERR_INVALID_ARGUMENT);
    const char *reply = ftp_last_reply(loop.ftp), *welcome = ftp_getwelcome(loop.ftp);
    BEGIN(ftp_voidcmd(loop.ftp, "NOOP"));
    CHECK_TEXT(ftp_last_error(loop.ftp), "");
    CHECK_TEXT(ftp_last_reply(loop.ftp), "230 welcome");
    CHECK_INT(ftp_last_reply_code(loop.ftp), 230);
    CHECK_TEXT(ftp_last_command(loop.ftp), "PASS ****");
    CHECK_INT(ftp_state(loop.ftp), FTP_STATE_BUSY);
    CHECK_INT(ftp_control_fd(loop.ftp), -1);
    struct ftp_pollfd fds[8];
    size_t count;
    CHECK_INT(ftp_pollfds(loop.ftp, fds, 8, &count), FTP_OK);
    CHECK(ftp_last_reply(loop.ftp) == reply && ftp_getwelcome(loop.ftp) == welcome);
    CHECK_TEXT(reply, "230 welcome");
    CHECK_INT(ftp_pollfds(loop.ftp, fds, 8, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK(ftp_last_reply(loop.ftp) == reply);
    ftp_free(loop.ftp);
    server_ends(server);
}

static void is_aborted(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    hears(s, "RETR f");
    /* It is there when the client begins to wait for it. */
    data_sends(s, "some");
    says(s, "150 go");
    hears(s, "ABOR");
    pause_ms(STALL);
    data_is_closed(s);
    sends_bytewise(s, "426 stopped");
    /* Together: behind the first reply the client waits a moment only, and on a busy machine the server may as well. */
    says(s, "\r\n226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void end_in_step(struct loop *loop, struct server *server)
{
    DRIVE_OK(loop, ftp_voidcmd(loop->ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(loop->ftp), "200 fine");
    DRIVE_OK(loop, ftp_quit(loop->ftp));
    server_ends(server);
    ftp_free(loop->ftp);
}

static void abort_ends_a_call_in_an_orderly_way(void)
{
    struct server *server = serve(is_aborted, NULL);
    struct loop loop = logged_in_loop(server);
    struct taken data = { 0 };
    ftp_status status;
    do {
        status = ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1);
        if (status == FTP_AGAIN && data.len == 0)
            loop_waits(loop.ftp);
    } while (status == FTP_AGAIN && data.len == 0);
    CHECK_OK(loop.ftp, ftp_abort(loop.ftp));
    DRIVE(&loop, status, ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_FAILS(loop.ftp, status, FTP_ERR_ABORTED, "RETR f: cancelled");
    CHECK(loop.again > 1);
    end_in_step(&loop, server);
}

static void *aborts(void *ftp)
{
    CHECK_INT(ftp_abort(ftp), FTP_OK);
    return NULL;
}

static void abort_in_another_thread(ftp_handle *ftp)
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, aborts, ftp), 0);
    pthread_join(thread, NULL);
}

static void an_abort_of_another_thread_ends_what_is_under_way(void)
{
    struct server *server = serve(is_aborted, NULL);
    struct loop loop = logged_in_loop(server);
    struct taken data = { 0 };
    ftp_status status;
    CHECK_INT(ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1), FTP_AGAIN);
    while (data.len == 0) {
        loop_waits(loop.ftp);
        CHECK_INT(ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1), FTP_AGAIN);
    }
    abort_in_another_thread(loop.ftp);
    DRIVE(&loop, status, ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_FAILS(loop.ftp, status, FTP_ERR_ABORTED, "RETR f: cancelled");
    /* Nothing is under way: it does nothing. */
    abort_in_another_thread(loop.ftp);
    CHECK_HAS(ftp_last_error(loop.ftp), "RETR f: cancelled");
    end_in_step(&loop, server);
}

static void a_connection_that_is_closed_is_told_no_more(void)
{
    struct server *server = serve(is_aborted, NULL);
    struct loop loop = logged_in_loop(server);
    CHECK_OK(loop.ftp, ftp_set_phase_timeout(loop.ftp, FTP_PHASE_DATA, 200));
    struct taken data = { 0 };
    ftp_status status;
    DRIVE(&loop, status, ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_FAILS(loop.ftp, status, FTP_ERR_TIMEOUT, "waiting for data (phase: data; RETR f, after 4 bytes)");
    end_in_step(&loop, server);
}

static void a_transfer_that_is_freed_is_aborted_by_the_next_call(void)
{
    struct server *server = serve(is_aborted, NULL);
    struct loop loop = logged_in_loop(server);
    ftp_transfer *transfer = NULL;
    DRIVE_OK(&loop, ftp_voidcmd(loop.ftp, "TYPE I"));
    DRIVE_OK(&loop, ftp_transfercmd(loop.ftp, "RETR f", -1, &transfer));
    loop_begins(&loop);
    ftp_transfer_free(transfer);
    CHECK_INT(loop_goes_on(&loop, FTP_OK), 0);
    end_in_step(&loop, server);
    CHECK(loop.longest_sleep < LONGEST_SLEEP || !sleep_can_be_told());
}

static void is_aborted_in_silence(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_opens(s);
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 stopped\r\n226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_read_that_waits_is_given_up_with_its_transfer(void)
{
    struct server *server = serve(is_aborted_in_silence, NULL);
    struct loop loop = logged_in_loop(server);
    ftp_transfer *transfer = NULL;
    DRIVE_OK(&loop, ftp_voidcmd(loop.ftp, "TYPE I"));
    DRIVE_OK(&loop, ftp_transfercmd(loop.ftp, "RETR f", -1, &transfer));
    char buffer[16], other[16];
    size_t len = 99;
    CHECK_INT(ftp_transfer_read(transfer, buffer, sizeof buffer, &len), FTP_AGAIN);
    CHECK_INT(ftp_transfer_read(transfer, other, sizeof other, &len), FTP_ERR_BUSY);
    CHECK_INT(ftp_transfer_finish(transfer), FTP_ERR_BUSY);
    CHECK_INT(ftp_transfer_size(transfer), -1);
    CHECK_INT(ftp_transfer_fd(transfer), -1);
    CHECK_INT(len, 99);
    ftp_transfer_free(transfer);
    end_in_step(&loop, server);
}

static void is_left_in_a_transfer(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_opens(s);
    /* And no ABOR. */
    hears_goodbye(s);
}

static void who_connects_anew_does_not_wait_for_the_transfer_that_was_freed(void)
{
    struct server *server = serve(is_left_in_a_transfer, NULL), *next = serve(says_nothing_much, NULL);
    struct loop loop = logged_in_loop(server);
    ftp_transfer *transfer = NULL;
    DRIVE_OK(&loop, ftp_voidcmd(loop.ftp, "TYPE I"));
    DRIVE_OK(&loop, ftp_transfercmd(loop.ftp, "RETR f", -1, &transfer));
    ftp_transfer_free(transfer);
    DRIVE_OK(&loop, ftp_connect(loop.ftp, "127.0.0.1", server_port(next)));
    server_ends(server);
    DRIVE_OK(&loop, ftp_quit(loop.ftp));
    server_ends(next);
    ftp_free(loop.ftp);
}

static void confirms_nothing(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "STOR f", "150 go");
    data_receives(s, "some");
    hears_goodbye(s);
}

static void a_transfer_that_is_freed_while_it_is_confirmed_costs_the_connection(void)
{
    struct server *server = serve(confirms_nothing, NULL);
    struct loop loop = logged_in_loop(server);
    ftp_transfer *transfer = NULL;
    DRIVE_OK(&loop, ftp_voidcmd(loop.ftp, "TYPE I"));
    DRIVE_OK(&loop, ftp_transfercmd(loop.ftp, "STOR f", -1, &transfer));
    DRIVE_OK(&loop, ftp_transfer_write(transfer, "some", 4));
    CHECK_INT(ftp_transfer_finish(transfer), FTP_AGAIN);
    ftp_transfer_free(transfer);
    CHECK_FAILS(loop.ftp, ftp_voidcmd(loop.ftp, "NOOP"), FTP_ERR_STATE, "STOR f: given up");
    server_ends(server);
    ftp_free(loop.ftp);
}

static void close_gives_a_call_up_and_the_handle_can_connect_again(void)
{
    struct server *server = serve(never_answers, NULL);
    struct loop loop = logged_in_loop(server);
    BEGIN(ftp_voidcmd(loop.ftp, "NOOP"));
    CHECK_OK(loop.ftp, ftp_close(loop.ftp));
    server_ends(server);
    size_t count = 99;
    CHECK_OK(loop.ftp, ftp_pollfds(loop.ftp, NULL, 0, &count));
    CHECK_INT(count, 0);
    CHECK_FAILS(loop.ftp, ftp_voidcmd(loop.ftp, "NOOP"), FTP_ERR_STATE, "closed");
    server = serve(answers_when_told, NULL);
    DRIVE_OK(&loop, ftp_connect(loop.ftp, "127.0.0.1", server_port(server)));
    DRIVE_OK(&loop, ftp_login(loop.ftp, NULL, NULL, NULL));
    DRIVE_OK(&loop, ftp_cwd(loop.ftp, "a"));
    const char *path;
    DRIVE_OK(&loop, ftp_pwd(loop.ftp, &path));
    CHECK_OK(loop.ftp, ftp_set_blocking(loop.ftp, 1));
    part(loop.ftp, server);
}

static void free_gives_a_call_up(void)
{
    struct server *server = serve(never_answers, NULL);
    struct loop loop = logged_in_loop(server);
    BEGIN(ftp_voidcmd(loop.ftp, "NOOP"));
    ftp_free(loop.ftp);
    server_ends(server);
}

/* --- copies: two handles, one call --- */

static void sends_elsewhere(struct session *s)
{
    lets_in(s);
    slowly(s, "TYPE I", "200 fine");
    slowly(s, "PASV", "227 Entering Passive Mode (127,0,0,1,200,1)");
    slowly(s, "RETR f", "150 go");
    pause_ms(STALL);
    says(s, "226 sent");
    says_goodbye(s);
}

static void receives_from_elsewhere(struct session *s)
{
    lets_in(s);
    slowly(s, "TYPE I", "200 fine");
    slowly(s, "PORT 127,0,0,1,200,1", "200 fine");
    slowly(s, "STOR f", "150 go");
    pause_ms(STALL);
    says(s, "226 received");
    says_goodbye(s);
}

static void a_copy_does_not_wait_either(void)
{
    struct server *from_server = serve(sends_elsewhere, NULL), *to_server = serve(receives_from_elsewhere, NULL);
    struct loop from = logged_in_loop(from_server), to = logged_in_loop(to_server);
    CHECK_INT(ftp_copy(from.ftp, "f", to.ftp, NULL, 'I'), FTP_AGAIN);
    CHECK_FAILS(to.ftp, ftp_voidcmd(to.ftp, "NOOP"), FTP_ERR_BUSY, "ftp_copy()");
    CHECK_FAILS(from.ftp, ftp_copy(from.ftp, "g", to.ftp, NULL, 'I'), FTP_ERR_BUSY, "ftp_copy() has not ended");
    CHECK_INT(ftp_copy(to.ftp, "f", from.ftp, NULL, 'I'), FTP_ERR_BUSY);
    DRIVE_OK(&from, ftp_copy(from.ftp, "f", to.ftp, NULL, 'I'));
    CHECK_TEXT(ftp_last_reply(from.ftp), "226 sent");
    CHECK_TEXT(ftp_last_reply(to.ftp), "226 received");
    CHECK(from.again > 3);
    CHECK(from.longest_sleep < LONGEST_SLEEP || !sleep_can_be_told());
    DRIVE_OK(&from, ftp_quit(from.ftp));
    DRIVE_OK(&to, ftp_quit(to.ftp));
    server_ends(from_server);
    server_ends(to_server);
    ftp_free(from.ftp);
    ftp_free(to.ftp);
}

static void never_sets_the_type(struct session *s)
{
    does_not_answer(s, "TYPE I");
}

static void is_left(struct session *s)
{
    lets_in(s);
    hears_goodbye(s);
}

static void the_target_of_a_copy_is_not_freed_before_its_end(void)
{
    for (int target_first = 0; target_first < 2; target_first++) {
        struct server *from_server = serve(never_sets_the_type, NULL), *to_server = serve(is_left, NULL);
        struct loop from = logged_in_loop(from_server), to = logged_in_loop(to_server);
        BEGIN(ftp_copy(from.ftp, "f", to.ftp, NULL, 'I'));
        /* The target is in use until the copy has ended: this does nothing. */
        if (target_first)
            ftp_free(to.ftp);
        ftp_free(from.ftp);
        ftp_free(to.ftp);
        server_ends(from_server);
        server_ends(to_server);
    }
}

int main(void)
{
    RUN(cancel_wakes_the_loop);
    RUN(getters_tell_the_last_call_until_the_next_has_ended);
    RUN(abort_ends_a_call_in_an_orderly_way);
    RUN(an_abort_of_another_thread_ends_what_is_under_way);
    RUN(a_connection_that_is_closed_is_told_no_more);
    RUN(a_transfer_that_is_freed_is_aborted_by_the_next_call);
    RUN(a_read_that_waits_is_given_up_with_its_transfer);
    RUN(who_connects_anew_does_not_wait_for_the_transfer_that_was_freed);
    RUN(a_transfer_that_is_freed_while_it_is_confirmed_costs_the_connection);
    RUN(close_gives_a_call_up_and_the_handle_can_connect_again);
    RUN(free_gives_a_call_up);
    RUN(a_copy_does_not_wait_either);
    RUN(the_target_of_a_copy_is_not_freed_before_its_end);
    return summary();
}
