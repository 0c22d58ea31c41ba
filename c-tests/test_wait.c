/* ftp_set_wait_callback(): what the program does while a call waits. */

#include <time.h>

#include "client.h"
#include "dead_ends.h"
#include "flag.h"

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A callback that stops the call from the n-th time on, leaves the server at another, and tells the server at a third; 0 is never. Calls
   before the data do not count. */
struct watch {
    int calls;
    int stop_at;
    const struct taken *data;
    int leave_at;
    int tell_at;
    struct flag told;
};

enum { STOPPED = -17, LEFT = -18 };

static int look(void *user)
{
    struct watch *watch = user;
    if (watch->data != NULL && watch->data->len == 0)
        return 0;
    watch->calls++;
    if (watch->calls == watch->tell_at)
        set(&watch->told);
    if (watch->calls == watch->leave_at)
        return LEFT;
    return watch->stop_at != 0 && watch->calls >= watch->stop_at ? STOPPED : 0;
}

static void check_stopped(ftp_handle *ftp, ftp_status status, const char *text)
{
    CHECK_FAILS(ftp, status, FTP_ERR_CALLBACK, text);
    CHECK_HAS(ftp_last_error(ftp), "stopped by the callback, which returned -17");
    CHECK_INT(ftp_last_callback_result(ftp), STOPPED);
}

/* --- while it waits --- */

static void is_slow(struct session *s)
{
    hears(s, "NOOP");
    pause_ms(600);
    says(s, "200 fine");
}

/* It answers the first time when the callback was called often enough. */
static void takes_its_time(struct session *s)
{
    struct watch *watch = user_of(s);
    says(s, "220 ready");
    hears(s, "NOOP");
    wait_for(&watch->told);
    says(s, "200 fine");
    is_slow(s);
    answers(s, "NOOP", "200 at once");
    says_goodbye(s);
}

static void is_slow_twice(struct session *s)
{
    says(s, "220 ready");
    is_slow(s);
    is_slow(s);
    answers(s, "NOOP", "200 at once");
    says_goodbye(s);
}

static void it_is_called_ten_times_a_second_at_the_most(void)
{
    struct watch watch = { .tell_at = 2, .told = UNSET };
    struct server *server = serve(takes_its_time, &watch);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, look, &watch));
    int64_t start = now_ms();
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK(watch.calls >= 2 && watch.calls <= (now_ms() - start) / 100);
    int calls = watch.calls;
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, NULL, NULL));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_INT(watch.calls, calls);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_INT(ftp_set_wait_callback(NULL, look, &watch), FTP_ERR_INVALID_ARGUMENT);
    part(ftp, server);
}

static void event_loops_wait_by_themselves(void)
{
    struct server *server = serve(is_slow_twice, NULL);
    ftp_handle *ftp = client_of(server);
    struct watch watch = { .calls = 0 };
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, look, &watch));
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    for (int i = 0; i < 2; i++) {
        ftp_status status;
        while ((status = ftp_voidcmd(ftp, "NOOP")) == FTP_AGAIN)
            pause_ms(10);
        CHECK_OK(ftp, status);
    }
    CHECK_INT(watch.calls, 0);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- what it stops --- */

static void is_silent(struct session *s)
{
    holds(s);
}

static void connecting_stops(void)
{
    struct dead_end unanswering = unanswering_port();
    struct server *server = serve(is_silent, NULL);
    /* The name's address, the connection, the greeting. */
    const char *hosts[] = { "localhost", "127.0.0.1" };
    uint16_t ports[] = { unanswering.port, server_port(server) };
    for (int i = 0; i < 2; i++) {
        ftp_handle *ftp = new_client();
        struct watch watch = { .stop_at = 2 };
        CHECK_OK(ftp, ftp_set_wait_callback(ftp, look, &watch));
        check_stopped(ftp, ftp_connect(ftp, hosts[i], ports[i]), hosts[i]);
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "not connected");
        ftp_free(ftp);
    }
    server_ends(server);
    dead_end_close(&unanswering);
}

static void never_answers(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    holds(s);
}

static void a_reply_that_is_not_waited_for_any_more_costs_the_connection(void)
{
    struct server *server = serve(never_answers, NULL);
    ftp_handle *ftp = client_of(server);
    struct watch watch = { .stop_at = 1 };
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, look, &watch));
    check_stopped(ftp, ftp_voidcmd(ftp, "NOOP"), "NOOP: ");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "NOOP");
    CHECK_INT(ftp_last_callback_result(ftp), 0);
    server_ends(server);
    ftp_free(ftp);
}

/* The server takes its time for ABOR. The callback is called meanwhile, and says the same. */
static void stops_in_mid_file(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    hears(s, "ABOR");
    wait_for(&((struct watch *)user_of(s))->told);
    says(s, "426 stopped");
    says(s, "226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_transfer_is_ended_in_an_orderly_way(void)
{
    struct taken data = { 0 };
    struct watch watch = { .stop_at = 2, .data = &data, .tell_at = 3, .told = UNSET };
    struct server *server = serve(stops_in_mid_file, &watch);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, look, &watch));
    check_stopped(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), "RETR f: ");
    CHECK_TEXT(data.text, "hello");
    CHECK(watch.calls > watch.stop_at);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

static void never_aborts(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    hears(s, "ABOR");
    holds(s);
}

/* If it waited for the reply to ABOR, the callback would be called 50 times. */
static void a_second_value_does_not_wait_for_the_orderly_end(void)
{
    struct server *server = serve(never_aborts, NULL);
    ftp_handle *ftp = client_of(server);
    struct taken data = { 0 };
    struct watch watch = { .stop_at = 1, .data = &data, .leave_at = 3 };
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, look, &watch));
    check_stopped(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), "RETR f: ");
    CHECK_INT(watch.calls, watch.leave_at);
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "RETR f: cancelled");
    server_ends(server);
    ftp_free(ftp);
}

static void aborts_slowly(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_opens(s);
    hears(s, "ABOR");
    wait_for(&((struct watch *)user_of(s))->told);
    says(s, "426 stopped");
    says(s, "226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_transfer_that_is_freed_waits_as_well(void)
{
    struct watch watch = { .tell_at = 1, .told = UNSET };
    struct server *server = serve(aborts_slowly, &watch);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = NULL;
    CHECK_OK(ftp, ftp_voidcmd(ftp, "TYPE I"));
    CHECK_OK(ftp, ftp_transfercmd(ftp, "RETR f", -1, &transfer));
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, look, &watch));
    ftp_transfer_free(transfer);
    CHECK(watch.calls > 0);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- what it may do --- */

static int tries_everything(void *user)
{
    ftp_handle *ftp = *(ftp_handle **)user;
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_ERR_BUSY);
    CHECK_INT(ftp_set_wait_callback(ftp, NULL, NULL), FTP_ERR_BUSY);
    CHECK_INT(ftp_close(ftp), FTP_ERR_BUSY);
    ftp_free(ftp);
    ftp_cancel(ftp);
    return 0;
}

static void inside_of_it_the_handle_is_busy_and_can_be_cancelled(void)
{
    struct server *server = serve(never_answers, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_wait_callback(ftp, tries_everything, &ftp));
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_ABORTED, "NOOP: cancelled");
    CHECK_INT(ftp_last_callback_result(ftp), 0);
    server_ends(server);
    ftp_free(ftp);
}

int main(void)
{
    RUN(it_is_called_ten_times_a_second_at_the_most);
    RUN(event_loops_wait_by_themselves);
    RUN(connecting_stops);
    RUN(a_reply_that_is_not_waited_for_any_more_costs_the_connection);
    RUN(a_transfer_is_ended_in_an_orderly_way);
    RUN(a_second_value_does_not_wait_for_the_orderly_end);
    RUN(a_transfer_that_is_freed_waits_as_well);
    RUN(inside_of_it_the_handle_is_busy_and_can_be_cancelled);
    return summary();
}
