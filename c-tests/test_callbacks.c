/* What callbacks may do: stop the call, and call back into the library. */

#include <limits.h>
#include <string.h>

#include "client.h"

/* --- stopping --- */

/* What stops a transfer: the library hands it to both callbacks of an upload. */
struct stop {
    /* Which call of the callback stops, from 1 on; 0 for none. */
    int at;
    int64_t value;
    int calls;
    /* The same for the other callback. */
    int sent_at;
    int sent_value;
    int sent_calls;
};

static int stop_data(const void *data, size_t len, void *stop)
{
    struct stop *plan = stop;
    (void)data;
    CHECK(len > 0);
    return ++plan->calls == plan->at ? (int)plan->value : 0;
}

static int stop_line(const char *line, size_t len, void *stop)
{
    struct stop *plan = stop;
    CHECK_INT(strlen(line), len);
    return ++plan->calls == plan->at ? (int)plan->value : 0;
}

static int64_t stop_read(void *buffer, size_t capacity, void *stop)
{
    struct stop *plan = stop;
    CHECK(capacity >= 2);
    memcpy(buffer, "x\n", 2);
    return ++plan->calls == plan->at ? plan->value : 2;
}

static int stop_sent(const void *data, size_t len, void *stop)
{
    struct stop *plan = stop;
    (void)data;
    CHECK(len > 0);
    return ++plan->sent_calls == plan->sent_at ? plan->sent_value : 0;
}

/* The same end for every transfer here: two replies, then the session goes on. */
static void is_aborted(struct session *s)
{
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

struct transfer {
    const char *type;
    const char *command;
    /* NULL for an upload. */
    const char *data;
};

static void is_stopped(struct session *s)
{
    const struct transfer *transfer = user_of(s);
    says(s, "220 ready");
    answers(s, transfer->type, "200 ok");
    opens_passive(s);
    answers(s, transfer->command, "150 here we go");
    if (transfer->data != NULL)
        data_sends(s, transfer->data);
    else
        data_opens(s);
    is_aborted(s);
}

static void check_stopped(ftp_handle *ftp, struct server *server, ftp_status status, int64_t value)
{
    CHECK_INT(status, FTP_ERR_CALLBACK);
    CHECK_INT(ftp_last_callback_result(ftp), value);
    CHECK_HAS(ftp_last_error(ftp), "stopped by the callback");
    CHECK_INT(ftp_last_os_error(ftp), 0);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    CHECK_INT(ftp_last_callback_result(ftp), 0);
    part(ftp, server);
}

static void downloads_stop(void)
{
    static const int values[] = { 1, -1, INT_MAX, INT_MIN };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct stop stop = { .at = 2, .value = values[i] };
        struct transfer transfer = { "TYPE I", "RETR f", "some data" };
        struct server *server = serve(is_stopped, &transfer);
        ftp_handle *ftp = client_of(server);
        check_stopped(ftp, server, ftp_retrbinary(ftp, "RETR f", stop_data, &stop, 4, -1), values[i]);
        CHECK_INT(stop.calls, 2);
    }
}

static void listings_stop(void)
{
    static const char *const commands[] = { "RETR f", "NLST", "LIST" };
    for (int i = 0; i < 3; i++) {
        struct stop stop = { .at = 1, .value = 7 + i };
        struct transfer transfer = { "TYPE A", commands[i], "one\r\ntwo\r\n" };
        struct server *server = serve(is_stopped, &transfer);
        ftp_handle *ftp = client_of(server);
        ftp_status status = i == 0   ? ftp_retrlines(ftp, "RETR f", stop_line, &stop)
                            : i == 1 ? ftp_nlst(ftp, NULL, stop_line, &stop)
                                     : ftp_dir(ftp, NULL, stop_line, &stop);
        check_stopped(ftp, server, status, 7 + i);
        CHECK_INT(stop.calls, 1);
    }
}

/* Stops an upload of either kind. */
static void upload_stops(int is_text, struct stop stop, int64_t value)
{
    struct transfer transfer = { is_text ? "TYPE A" : "TYPE I", "STOR f", NULL };
    struct server *server = serve(is_stopped, &transfer);
    ftp_handle *ftp = client_of(server);
    ftp_status status = is_text ? ftp_storlines(ftp, "STOR f", stop_read, stop_sent, &stop)
                                : ftp_storbinary(ftp, "STOR f", stop_read, stop_sent, &stop, 100, -1);
    check_stopped(ftp, server, status, value);
}

static void uploads_stop(void)
{
    for (int is_text = 0; is_text < 2; is_text++) {
        upload_stops(is_text, (struct stop){ .at = 1, .value = -1 }, -1);
        upload_stops(is_text, (struct stop){ .at = 3, .value = INT64_MIN }, INT64_MIN);
        /* More than fits cannot be true. */
        upload_stops(is_text, (struct stop){ .at = 2, .value = 1 << 24 }, 1 << 24);
        upload_stops(is_text, (struct stop){ .at = 2, .value = INT64_MAX }, INT64_MAX);
        upload_stops(is_text, (struct stop){ .sent_at = 1, .sent_value = 5 }, 5);
        upload_stops(is_text, (struct stop){ .sent_at = 4, .sent_value = INT_MIN }, INT_MIN);
    }
}

/* --- calling back in --- */

/* Tries all that a callback must not do; nothing of it may have any effect. */
static void call_everything(ftp_handle *ftp)
{
    const char *path = "untouched";
    int64_t size = 7;
    struct taken taken = { .calls = 0 };
    struct given given = { .text = "x", .step = 1 };
    CHECK_INT(ftp_set_timeout(ftp, 1), FTP_ERR_BUSY);
    CHECK_INT(ftp_set_pasv(ftp, 0), FTP_ERR_BUSY);
    CHECK_INT(ftp_set_debuglevel(ftp, 2), FTP_ERR_BUSY);
    CHECK_INT(ftp_set_log_callback(ftp, NULL, NULL), FTP_ERR_BUSY);
    CHECK_INT(ftp_connect(ftp, "127.0.0.1", 1), FTP_ERR_BUSY);
    CHECK_INT(ftp_connect(ftp, NULL, 1), FTP_ERR_BUSY);
    CHECK_INT(ftp_login(ftp, NULL, NULL, NULL), FTP_ERR_BUSY);
    CHECK_INT(ftp_quit(ftp), FTP_ERR_BUSY);
    CHECK_INT(ftp_close(ftp), FTP_ERR_BUSY);
    CHECK_INT(ftp_sendcmd(ftp, "NOOP"), FTP_ERR_BUSY);
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_ERR_BUSY);
    CHECK_INT(ftp_cwd(ftp, "/"), FTP_ERR_BUSY);
    CHECK_INT(ftp_pwd(ftp, &path), FTP_ERR_BUSY);
    CHECK_INT(ftp_size(ftp, "f", &size), FTP_ERR_BUSY);
    CHECK_INT(ftp_delete(ftp, "f"), FTP_ERR_BUSY);
    CHECK_INT(ftp_retrlines(ftp, "LIST", take_line, &taken), FTP_ERR_BUSY);
    CHECK_INT(ftp_nlst(ftp, NULL, take_line, &taken), FTP_ERR_BUSY);
    CHECK_INT(ftp_dir(ftp, NULL, take_line, &taken), FTP_ERR_BUSY);
    CHECK_INT(ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1), FTP_ERR_BUSY);
    CHECK_INT(ftp_storbinary(ftp, "STOR f", give, NULL, &given, 0, -1), FTP_ERR_BUSY);
    CHECK_INT(ftp_storlines(ftp, "STOR f", give, NULL, &given), FTP_ERR_BUSY);
    ftp_free(ftp);
    CHECK_TEXT(ftp_last_error(ftp), "another call is running on this handle");
    CHECK_TEXT(ftp_last_reply(ftp), NULL);
    CHECK_TEXT(ftp_getwelcome(ftp), NULL);
    CHECK_INT(ftp_last_reply_code(ftp), 0);
    CHECK_INT(ftp_last_os_error(ftp), 0);
    CHECK_INT(ftp_last_callback_result(ftp), 0);
    CHECK_TEXT(path, "untouched");
    CHECK_INT(size, 7);
    CHECK_INT(taken.calls, 0);
    CHECK_INT(given.position, 0);
}

static int call_everything_on_data(const void *data, size_t len, void *ftp)
{
    (void)data, (void)len;
    call_everything(ftp);
    return 0;
}

static int call_everything_on_line(const char *line, size_t len, void *ftp)
{
    (void)line, (void)len;
    call_everything(ftp);
    return 0;
}

static int64_t call_everything_on_read(void *buffer, size_t capacity, void *ftp)
{
    (void)buffer, (void)capacity;
    call_everything(ftp);
    return 0;
}

static void call_everything_on_log(int32_t kind, const char *text, size_t len, void *ftp)
{
    (void)kind, (void)text, (void)len;
    call_everything(ftp);
}

static void does_all_transfers(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "LIST", "150 here it comes");
    data_sends(s, "one\r\ntwo");
    data_ends(s);
    says(s, "226 done");
    opens_passive(s);
    answers(s, "STOR f", "150 send it");
    data_receives(s, "");
    says(s, "226 done");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "x");
    data_ends(s);
    says(s, "226 done");
    opens_passive(s);
    answers(s, "STOR f", "150 send it");
    data_receives(s, "");
    says(s, "226 done");
    says_goodbye(s);
}

static void a_callback_that_calls_back_in_is_busy(void)
{
    struct server *server = serve(does_all_transfers, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, call_everything_on_log, ftp));
    CHECK_OK(ftp, ftp_dir(ftp, NULL, call_everything_on_line, ftp));
    CHECK_OK(ftp, ftp_storlines(ftp, "STOR f", call_everything_on_read, NULL, ftp));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", call_everything_on_data, ftp, 0, -1));
    CHECK_OK(ftp, ftp_storbinary(ftp, "STOR f", call_everything_on_read, NULL, ftp, 0, -1));
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    part(ftp, server);
}

static void downloads_once(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "x");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

/* A whole session on another handle, inside a callback. */
static int use_another_handle(const void *data, size_t len, void *unused)
{
    struct taken taken = { .calls = 0 };
    struct server *server = serve(downloads_once, NULL);
    ftp_handle *ftp = client_of(server);
    (void)data, (void)len, (void)unused;
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1));
    CHECK_TEXT(taken.text, "x");
    part(ftp, server);
    return 0;
}

static void a_callback_may_use_another_handle(void)
{
    struct server *server = serve(downloads_once, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", use_another_handle, NULL, 0, -1));
    part(ftp, server);
}

/* --- cancelling from inside --- */

static int cancel_on_data(const void *data, size_t len, void *ftp)
{
    (void)data, (void)len;
    ftp_cancel(ftp);
    return 0;
}

static int abort_on_line(const char *line, size_t len, void *ftp)
{
    (void)line, (void)len;
    CHECK_INT(ftp_abort(ftp), FTP_OK);
    CHECK_INT(ftp_abort(ftp), FTP_OK);
    return 0;
}

static int64_t abort_on_read(void *buffer, size_t capacity, void *ftp)
{
    CHECK(capacity >= 1);
    memcpy(buffer, "x", 1);
    CHECK_INT(ftp_abort(ftp), FTP_OK);
    return 1;
}

static int cancel_and_stop(const void *data, size_t len, void *ftp)
{
    (void)data, (void)len;
    ftp_cancel(ftp);
    return 9;
}

static void check_aborted(ftp_handle *ftp, struct server *server, ftp_status status)
{
    CHECK_INT(status, FTP_ERR_ABORTED);
    CHECK_HAS(ftp_last_error(ftp), "cancelled");
    CHECK_INT(ftp_last_callback_result(ftp), 0);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

static void a_callback_may_cancel_a_download(void)
{
    struct transfer transfer = { "TYPE I", "RETR f", "some data" };
    struct server *server = serve(is_stopped, &transfer);
    ftp_handle *ftp = client_of(server);
    check_aborted(ftp, server, ftp_retrbinary(ftp, "RETR f", cancel_on_data, ftp, 0, -1));
}

static void a_callback_may_abort_a_listing(void)
{
    struct transfer transfer = { "TYPE A", "LIST", "one\r\ntwo\r\n" };
    struct server *server = serve(is_stopped, &transfer);
    ftp_handle *ftp = client_of(server);
    check_aborted(ftp, server, ftp_dir(ftp, NULL, abort_on_line, ftp));
}

static void a_callback_may_abort_an_upload(void)
{
    struct transfer binary = { "TYPE I", "STOR f", NULL }, text = { "TYPE A", "STOR f", NULL };
    struct server *server = serve(is_stopped, &binary);
    ftp_handle *ftp = client_of(server);
    check_aborted(ftp, server, ftp_storbinary(ftp, "STOR f", abort_on_read, NULL, ftp, 0, -1));
    server = serve(is_stopped, &text);
    ftp = client_of(server);
    check_aborted(ftp, server, ftp_storlines(ftp, "STOR f", abort_on_read, NULL, ftp));
}

static void a_callback_that_cancels_and_stops_has_stopped(void)
{
    struct transfer transfer = { "TYPE I", "RETR f", "some data" };
    struct server *server = serve(is_stopped, &transfer);
    ftp_handle *ftp = client_of(server);
    check_stopped(ftp, server, ftp_retrbinary(ftp, "RETR f", cancel_and_stop, ftp, 0, -1), 9);
}

static void cancel_on_log(int32_t kind, const char *text, size_t len, void *ftp)
{
    (void)len;
    if (kind == FTP_LOG_COMMAND && strcmp(text, "STAT") == 0)
        ftp_cancel(ftp);
}

static void hears_stat_and_is_left(struct session *s)
{
    says(s, "220 ready");
    holds(s);
}

static void a_log_callback_may_cancel(void)
{
    struct server *server = serve(hears_stat_and_is_left, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, cancel_on_log, ftp));
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "STAT"), FTP_ERR_ABORTED, "STAT: cancelled");
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "STAT"), FTP_ERR_STATE, "cancelled");
    server_ends(server);
    ftp_free(ftp);
}

static void a_log_callback_that_cancels_a_close_changes_nothing(void)
{
    struct server *server = serve(downloads_once, NULL), *first = serve(hears_stat_and_is_left, NULL);
    struct taken taken = { .calls = 0 };
    ftp_handle *ftp = client_of(first);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, call_everything_on_log, ftp));
    CHECK_OK(ftp, ftp_close(ftp));
    CHECK_OK(ftp, ftp_set_log_callback(ftp, cancel_on_log, ftp));
    ftp_cancel(ftp);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1));
    CHECK_TEXT(taken.text, "x");
    server_ends(first);
    part(ftp, server);
}

int main(void)
{
    RUN(downloads_stop);
    RUN(listings_stop);
    RUN(uploads_stop);
    RUN(a_callback_that_calls_back_in_is_busy);
    RUN(a_callback_may_use_another_handle);
    RUN(a_callback_may_cancel_a_download);
    RUN(a_callback_may_abort_a_listing);
    RUN(a_callback_may_abort_an_upload);
    RUN(a_callback_that_cancels_and_stops_has_stopped);
    RUN(a_log_callback_may_cancel);
    RUN(a_log_callback_that_cancels_a_close_changes_nothing);
    return summary();
}
