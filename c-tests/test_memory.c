/* Whole files in memory, and from and to descriptors; how far a transfer has got, and how fast it may go. */

#include "client.h"
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void sends_hello(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 sent");
    says_goodbye(s);
}

static void takes_hello(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "STOR f", "150 go on");
    data_receives(s, "hello");
    says(s, "226 stored");
    says_goodbye(s);
}

static ftp_handle *logged_in(struct server *server)
{
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    return ftp;
}

static void a_buffer_outlives_its_handle(void)
{
    struct server *server = serve(sends_hello, NULL);
    ftp_handle *ftp = logged_in(server);
    void *data = NULL;
    size_t len = 0;
    CHECK_OK(ftp, ftp_get_data(ftp, "f", 5, &data, &len));
    part(ftp, server);
    CHECK_INT(len, 5);
    CHECK_TEXT(data, "hello");
    ftp_buffer_free(data);
    ftp_buffer_free(NULL);
}

static void what_cannot_be_had_is_refused_and_nothing_is_stored(void)
{
    ftp_handle *ftp = new_client();
    char memory[1] = "";
    void *data = memory;
    size_t len = 7;
    CHECK_FAILS(ftp, ftp_get_data(ftp, NULL, 5, &data, &len), FTP_ERR_INVALID_ARGUMENT, "remote");
    CHECK_FAILS(ftp, ftp_get_data(ftp, "f", 5, NULL, &len), FTP_ERR_INVALID_ARGUMENT, "data");
    CHECK_FAILS(ftp, ftp_get_data(ftp, "f", 5, &data, NULL), FTP_ERR_INVALID_ARGUMENT, "len");
    CHECK_FAILS(ftp, ftp_get_data(ftp, "f", 5, &data, &len), FTP_ERR_STATE, "");
    CHECK_INT(ftp_get_data(NULL, "f", 5, &data, &len), FTP_ERR_INVALID_ARGUMENT);
    CHECK(data == memory && len == 7);
    CHECK_FAILS(ftp, ftp_put_data(ftp, NULL, "x", 1), FTP_ERR_INVALID_ARGUMENT, "remote");
    CHECK_FAILS(ftp, ftp_put_data(ftp, "f", NULL, 1), FTP_ERR_INVALID_ARGUMENT, "data");
    CHECK_FAILS(ftp, ftp_put_data(ftp, "f", "x", (size_t)-1), FTP_ERR_INVALID_ARGUMENT, "memory");
    CHECK_INT(ftp_put_data(NULL, "f", "x", 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_retrfd(ftp, "RETR f", -1, -1), FTP_ERR_INVALID_ARGUMENT, "negative");
    CHECK_FAILS(ftp, ftp_retrfd(ftp, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, "cmd");
    CHECK_FAILS(ftp, ftp_retrfd(ftp, "RETR f", 0, -2), FTP_ERR_INVALID_ARGUMENT, "rest");
    CHECK_FAILS(ftp, ftp_storfd(ftp, "STOR f", 9999, -1), FTP_ERR_INVALID_ARGUMENT, "Bad file descriptor");
    CHECK_INT(ftp_retrfd(NULL, "RETR f", 0, -1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_storfd(NULL, "STOR f", 0, -1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_set_rate_limit(ftp, 0, -1), FTP_ERR_INVALID_ARGUMENT, "rate");
    CHECK_FAILS(ftp, ftp_set_rate_limit(ftp, -1, 0), FTP_ERR_INVALID_ARGUMENT, "rate");
    CHECK_FAILS(ftp, ftp_set_rate_limit(ftp, -2, 1), FTP_ERR_INVALID_ARGUMENT, "rate");
    CHECK_OK(ftp, ftp_set_rate_limit(ftp, INT64_MAX, 1));
    CHECK_INT(ftp_set_rate_limit(NULL, 1, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_progress_callback(NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    ftp_free(ftp);
}

static void memory_is_sent(void)
{
    struct server *server = serve(takes_hello, NULL);
    ftp_handle *ftp = logged_in(server);
    CHECK_OK(ftp, ftp_put_data(ftp, "f", "hello", 5));
    part(ftp, server);
}

static void a_descriptor_stays_the_programs(void)
{
    char text[6] = "";
    int ends[2];
    struct server *server = serve(sends_hello, NULL);
    ftp_handle *ftp = logged_in(server);
    CHECK_INT(pipe(ends), 0);
    int flags = fcntl(ends[1], F_GETFL);
    CHECK_OK(ftp, ftp_retrfd(ftp, "RETR f", ends[1], -1));
    CHECK_INT(fcntl(ends[1], F_GETFL), flags);
    CHECK_INT(read(ends[0], text, 5), 5);
    CHECK_TEXT(text, "hello");
    part(ftp, server);

    server = serve(takes_hello, NULL);
    ftp = logged_in(server);
    CHECK_INT(write(ends[1], "hello", 5), 5);
    close(ends[1]);
    CHECK_OK(ftp, ftp_storfd(ftp, "STOR f", ends[0], -1));
    part(ftp, server);
    close(ends[0]);
}

static void sends_to_nobody(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    answers(s, "ABOR", "426 stopped\r\n226 aborted");
    says_goodbye(s);
}

static void a_broken_pipe_is_a_status_and_no_signal(void)
{
    int ends[2];
    struct server *server = serve(sends_to_nobody, NULL);
    ftp_handle *ftp = logged_in(server);
    sigset_t pending;
    CHECK_INT(pipe(ends), 0);
    close(ends[0]);
    signal(SIGPIPE, SIG_DFL);
    CHECK_FAILS(ftp, ftp_retrfd(ftp, "RETR f", ends[1], -1), FTP_ERR_FILE, "RETR f: cannot write to the descriptor");
    CHECK_INT(ftp_last_os_error(ftp), EPIPE);
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGPIPE));
    signal(SIGPIPE, SIG_IGN);
    close(ends[1]);
    part(ftp, server);
}

/* What a progress callback has seen. */
struct seen {
    ftp_handle *ftp;
    int calls;
    int64_t bytes;
    int ended;
    int stop;
};

static int watch(const struct ftp_progress *progress, void *user)
{
    struct seen *seen = user;
    CHECK_TEXT(progress->name, "f");
    CHECK_INT(progress->offset, 0);
    CHECK_INT(progress->total, 5);
    CHECK_INT(progress->is_upload, 0);
    CHECK(progress->rate >= 0 && progress->seconds_left >= -1);
    CHECK_INT(ftp_voidcmd(seen->ftp, "NOOP"), FTP_ERR_BUSY);
    seen->calls++;
    seen->bytes = progress->bytes;
    seen->ended += progress->has_ended;
    return seen->stop;
}

static void a_quick_transfer_is_told_of_at_its_end(void)
{
    struct server *server = serve(sends_hello, NULL);
    ftp_handle *ftp = logged_in(server);
    struct seen seen = { .ftp = ftp, .stop = 0 };
    struct taken data = { .calls = 0 };
    CHECK_OK(ftp, ftp_set_progress_callback(ftp, watch, &seen));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK(seen.calls >= 1);
    CHECK_INT(seen.ended, 1);
    CHECK_INT(seen.bytes, 5);
    CHECK_OK(ftp, ftp_set_progress_callback(ftp, NULL, NULL));
    part(ftp, server);
}

static void an_event_loop_is_woken_for_progress_and_for_a_rate(void)
{
    struct server *server = serve(sends_hello, NULL);
    ftp_handle *ftp = logged_in(server);
    struct seen seen = { .ftp = ftp, .stop = 0 };
    void *data = NULL;
    size_t len = 0;
    CHECK_OK(ftp, ftp_set_progress_callback(ftp, watch, &seen));
    CHECK_OK(ftp, ftp_set_rate_limit(ftp, 5, -1));
    struct loop loop = loop_of(ftp);
    DRIVE_OK(&loop, ftp_get_data(ftp, "f", 100, &data, &len));
    CHECK_INT(len, 5);
    CHECK_TEXT(data, "hello");
    ftp_buffer_free(data);
    /* Four bytes are waited for, 200 ms each. */
    CHECK(seen.calls >= 4 && seen.calls <= 12);
    CHECK_INT(seen.ended, 1);
    CHECK_OK(ftp, ftp_set_progress_callback(ftp, NULL, NULL));
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    part(ftp, server);
}

static void stalls(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "he");
    answers(s, "ABOR", "426 stopped\r\n226 aborted");
    says_goodbye(s);
}

static void a_progress_callback_stops_a_transfer(void)
{
    struct server *server = serve(stalls, NULL);
    ftp_handle *ftp = logged_in(server);
    struct seen seen = { .ftp = ftp, .stop = 42 };
    struct taken data = { .calls = 0 };
    CHECK_OK(ftp, ftp_set_progress_callback(ftp, watch, &seen));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_CALLBACK, "42");
    CHECK_INT(ftp_last_callback_result(ftp), 42);
    CHECK_INT(seen.calls, 1);
    CHECK_OK(ftp, ftp_set_progress_callback(ftp, NULL, NULL));
    part(ftp, server);
}

int main(void)
{
    RUN(a_buffer_outlives_its_handle);
    RUN(what_cannot_be_had_is_refused_and_nothing_is_stored);
    RUN(memory_is_sent);
    RUN(a_descriptor_stays_the_programs);
    RUN(a_broken_pipe_is_a_status_and_no_signal);
    RUN(a_quick_transfer_is_told_of_at_its_end);
    RUN(an_event_loop_is_woken_for_progress_and_for_a_rate);
    RUN(a_progress_callback_stops_a_transfer);
    return summary();
}
