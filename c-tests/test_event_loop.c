/* Calls that do not wait: FTP_AGAIN, ftp_pollfds(), ftp_timeout_ms(), and what may be called in between. */

#include <poll.h>
#include <stddef.h>

#include "dead_ends.h"
#include "loop.h"

/* --- every call, and a server that takes its time --- */

static void stalls_everywhere(struct session *s)
{
    pause_ms(STALL);
    says(s, "220 ready");
    slowly(s, "USER me", "331 more");
    slowly(s, "PASS secret", "230 in");
    slowly(s, "NOOP", "200 fine");
    slowly(s, "STAT", "211 fine");
    slowly(s, "PWD", "257 \"/here\"");
    slowly(s, "CWD there", "250 fine");
    slowly(s, "PWD", "257 \"/here/there\"");
    slowly(s, "MKD new", "257 \"/new\"");
    slowly(s, "RMD new", "250 fine");
    slowly(s, "RNFR a", "350 fine");
    slowly(s, "RNTO b", "250 fine");
    slowly(s, "DELE b", "250 fine");
    slowly(s, "ACCT x", "230 fine");
    slowly(s, "TYPE I", "200 fine");
    slowly(s, "SIZE f", "213 12345");
    hears(s, "HELP");
    slowly(s, "HELP", "214 one");
    pause_ms(STALL);
    says(s, "214 two");
    opens_passive(s);
    slowly(s, "TYPE A", "200 fine");
    for (int i = 0; i < 2; i++) {
        opens_passive(s);
        slowly(s, i == 0 ? "LIST" : "NLST", "150 go");
        pause_ms(STALL);
        data_sends(s, "one\r\ntw");
        pause_ms(STALL);
        data_sends(s, "o\r\n");
        data_ends(s);
        pause_ms(STALL);
        says(s, "226 done");
    }
    slowly(s, "TYPE I", "200 fine");
    opens_passive(s);
    slowly(s, "STOR f", "150 go");
    data_opens(s);
    pause_ms(STALL);
    data_receives_pattern(s, 3000000);
    pause_ms(STALL);
    says(s, "226 done");
    opens_passive(s);
    slowly(s, "RETR f", "150 go");
    pause_ms(STALL);
    data_sends(s, "some");
    slowly(s, "ABOR", "426 stopped");
    pause_ms(STALL / 4);
    says(s, "226 aborted");
    slowly(s, "QUIT", "221 bye");
    hears_goodbye(s);
}

struct upload {
    size_t position;
};

static int64_t give_pattern(void *buffer, size_t capacity, void *user)
{
    struct upload *upload = user;
    unsigned char *bytes = buffer;
    size_t len = 3000000 - upload->position;
    if (len > capacity)
        len = capacity;
    for (size_t i = 0; i < len; i++)
        bytes[i] = pattern_byte(upload->position + i);
    upload->position += len;
    return (int64_t)len;
}

static void no_call_waits_for_the_server(void)
{
    struct server *server = serve(stalls_everywhere, NULL);
    struct loop loop = loop_of(new_client());
    ftp_handle *ftp = loop.ftp;
    DRIVE_OK(&loop, ftp_connect(ftp, "localhost", server_port(server)));
    CHECK_TEXT(ftp_getwelcome(ftp), "220 ready");
    DRIVE_OK(&loop, ftp_login(ftp, "me", "secret", NULL));
    DRIVE_OK(&loop, ftp_voidcmd(ftp, "NOOP"));
    DRIVE_OK(&loop, ftp_sendcmd(ftp, "STAT"));
    CHECK_TEXT(ftp_last_reply(ftp), "211 fine");
    const char *path = NULL;
    DRIVE_OK(&loop, ftp_pwd(ftp, &path));
    CHECK_TEXT(path, "/here");
    DRIVE_OK(&loop, ftp_cwd(ftp, "there"));
    DRIVE_OK(&loop, ftp_mkd(ftp, "new", &path));
    CHECK_TEXT(path, "/new");
    DRIVE_OK(&loop, ftp_rmd(ftp, "new"));
    DRIVE_OK(&loop, ftp_rename(ftp, "a", "b"));
    DRIVE_OK(&loop, ftp_delete(ftp, "b"));
    DRIVE_OK(&loop, ftp_acct(ftp, "x"));
    int64_t size = 0;
    DRIVE_OK(&loop, ftp_size(ftp, "f", &size));
    CHECK_INT(size, 12345);
    DRIVE_OK(&loop, ftp_putcmd(ftp, "HELP"));
    DRIVE_OK(&loop, ftp_putcmd(ftp, "HELP"));
    DRIVE_OK(&loop, ftp_getresp(ftp));
    DRIVE_OK(&loop, ftp_voidresp(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "214 two");
    char host[46];
    uint16_t port = 0;
    DRIVE_OK(&loop, ftp_makepasv(ftp, host, sizeof host, &port));
    CHECK_TEXT(host, "127.0.0.1");
    struct taken lines = { 0 };
    DRIVE_OK(&loop, ftp_dir(ftp, NULL, take_line, &lines));
    DRIVE_OK(&loop, ftp_nlst(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "one\ntwo\none\ntwo\n");
    struct upload upload = { 0 };
    DRIVE_OK(&loop, ftp_storbinary(ftp, "STOR f", give_pattern, NULL, &upload, 0, -1));
    ftp_transfer *transfer = NULL;
    DRIVE_OK(&loop, ftp_transfercmd(ftp, "RETR f", -1, &transfer));
    char buffer[64];
    size_t len = 0;
    DRIVE_OK(&loop, ftp_transfer_read(transfer, buffer, sizeof buffer, &len));
    CHECK_INT(len, 4);
    DRIVE_OK(&loop, ftp_abort(ftp));
    ftp_transfer_free(transfer);
    DRIVE_OK(&loop, ftp_quit(ftp));
    server_ends(server);
    ftp_free(ftp);
    CHECK(loop.again > 30);
    CHECK(loop.longest_sleep < LONGEST_SLEEP || !sleep_can_be_told());
}

static void floods(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_floods(s);
    hears(s, "ABOR");
    says(s, "426 stopped");
    says(s, "226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

/* Slow enough for the server: whenever it returns there is more. */
static int enough(const void *data, size_t len, void *user)
{
    int *blocks = user;
    (void)data;
    (void)len;
    pause_ms(4);
    return ++*blocks == 60;
}

static void a_transfer_that_never_has_to_wait_lets_the_loop_have_its_turns(void)
{
    struct server *server = serve(floods, NULL);
    struct loop loop = loop_of(new_client());
    DRIVE_OK(&loop, ftp_connect(loop.ftp, "127.0.0.1", server_port(server)));
    DRIVE_OK(&loop, ftp_login(loop.ftp, NULL, NULL, NULL));
    int blocks = 0;
    ftp_status status;
    DRIVE(&loop, status, ftp_retrbinary(loop.ftp, "RETR f", enough, &blocks, 4096, -1));
    CHECK_INT(status, FTP_ERR_CALLBACK);
    CHECK(loop.at_once > 3);
    CHECK(loop.longest_sleep < LONGEST_SLEEP || !sleep_can_be_told());
    DRIVE_OK(&loop, ftp_voidcmd(loop.ftp, "NOOP"));
    DRIVE_OK(&loop, ftp_quit(loop.ftp));
    server_ends(server);
    ftp_free(loop.ftp);
}

static void a_connection_that_never_comes_ends_at_the_time_limit(void)
{
    struct dead_end port = unanswering_port();
    struct loop loop = loop_of(new_client());
    CHECK_OK(loop.ftp, ftp_set_timeout(loop.ftp, 300));
    CHECK_INT(ftp_connect(loop.ftp, "127.0.0.1", port.port), FTP_AGAIN);
    int64_t left = ftp_timeout_ms(loop.ftp);
    CHECK(left > 0 && left <= 300);
    ftp_status status;
    DRIVE(&loop, status, ftp_connect(loop.ftp, "127.0.0.1", port.port));
    CHECK_FAILS(loop.ftp, status, FTP_ERR_TIMEOUT, "timed out");
    CHECK(loop.longest_sleep < LONGEST_SLEEP || !sleep_can_be_told());
    dead_end_close(&port);
    ftp_free(loop.ftp);
}

/* --- what may be called meanwhile --- */

static void another_call_is_refused_until_the_first_has_ended(void)
{
    struct server *server = serve(answers_when_told, NULL);
    struct loop loop = logged_in_loop(server);
    ftp_handle *ftp = loop.ftp;
    CHECK_INT(ftp_cwd(ftp, "a"), FTP_AGAIN);
    CHECK_TEXT(ftp_last_error(ftp), "");
    const char *waits = "ftp_cwd() has not ended";
    CHECK_FAILS(ftp, ftp_cwd(ftp, "b"), FTP_ERR_BUSY, waits);
    CHECK_FAILS(ftp, ftp_rmd(ftp, "a"), FTP_ERR_BUSY, waits);
    CHECK_FAILS(ftp, ftp_set_pasv(ftp, 0), FTP_ERR_BUSY, waits);
    CHECK_FAILS(ftp, ftp_set_blocking(ftp, 1), FTP_ERR_BUSY, waits);
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", 1), FTP_ERR_BUSY, waits);
    CHECK_FAILS(ftp, ftp_quit(ftp), FTP_ERR_BUSY, waits);
    CHECK_INT(ftp_cwd(ftp, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_INT(ftp_last_reply_code(ftp), 230);
    /* The text is compared, and not where it stands. */
    char same[] = "a";
    DRIVE_OK(&loop, ftp_cwd(ftp, same));
    /* The result goes where the call that ends wants it. */
    const char *first = NULL, *last = NULL;
    CHECK_INT(ftp_pwd(ftp, &first), FTP_AGAIN);
    DRIVE_OK(&loop, ftp_pwd(ftp, &last));
    CHECK_TEXT(first, NULL);
    CHECK_TEXT(last, "/a");
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    part(ftp, server);
}

static void tells_what_to_wait_for(void)
{
    struct server *server = serve(answers_when_told, NULL);
    struct loop loop = logged_in_loop(server);
    ftp_handle *ftp = loop.ftp;
    struct ftp_pollfd fds[MOST_FDS];
    size_t count = 99;
    CHECK_OK(ftp, ftp_pollfds(ftp, fds, MOST_FDS, &count));
    CHECK_INT(count, 0);
    CHECK_INT(ftp_timeout_ms(ftp), -1);
    int control = ftp_control_fd(ftp);
    CHECK_INT(ftp_cwd(ftp, "a"), FTP_AGAIN);
    CHECK_OK(ftp, ftp_pollfds(ftp, NULL, 0, &count));
    CHECK_INT(count, 2);
    CHECK_OK(ftp, ftp_pollfds(ftp, fds, MOST_FDS, &count));
    CHECK_INT(count, 2);
    CHECK_INT(fds[0].events, POLLIN);
    CHECK_INT(fds[1].fd, control);
    CHECK_INT(fds[1].events, POLLIN);
    CHECK_INT(fds[1].revents, 0);
    CHECK(ftp_timeout_ms(ftp) > 0);
    count = 99;
    CHECK_FAILS(ftp, ftp_pollfds(ftp, fds, 1, &count), FTP_ERR_INVALID_ARGUMENT, "there are 2 descriptors");
    CHECK_FAILS(ftp, ftp_pollfds(ftp, NULL, 2, &count), FTP_ERR_INVALID_ARGUMENT, "fds is NULL");
    CHECK_FAILS(ftp, ftp_pollfds(ftp, fds, 2, NULL), FTP_ERR_INVALID_ARGUMENT, "count is NULL");
    CHECK_INT(ftp_pollfds(NULL, fds, 2, &count), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_timeout_ms(NULL), -1);
    CHECK_INT(ftp_set_blocking(NULL, 0), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(count, 99);
    DRIVE_OK(&loop, ftp_cwd(ftp, "a"));
    CHECK_OK(ftp, ftp_pollfds(ftp, fds, MOST_FDS, &count));
    CHECK_INT(count, 0);
    const char *path;
    DRIVE_OK(&loop, ftp_pwd(ftp, &path));
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    part(ftp, server);
}

static void sends_a_little(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_sends(s, "some");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

struct inside {
    ftp_handle *ftp;
    struct taken data;
};

static int repeat_inside(const void *data, size_t len, void *user)
{
    struct inside *inside = user;
    size_t count;
    CHECK_INT(ftp_retrbinary(inside->ftp, "RETR f", repeat_inside, inside, 0, -1), FTP_ERR_BUSY);
    CHECK_INT(ftp_pollfds(inside->ftp, NULL, 0, &count), FTP_ERR_BUSY);
    CHECK_INT(ftp_timeout_ms(inside->ftp), -1);
    CHECK_INT(ftp_close(inside->ftp), FTP_ERR_BUSY);
    return take_data(data, len, &inside->data);
}

static void a_callback_cannot_repeat_its_own_call(void)
{
    struct server *server = serve(sends_a_little, NULL);
    struct loop loop = logged_in_loop(server);
    struct inside inside = { .ftp = loop.ftp };
    DRIVE_OK(&loop, ftp_retrbinary(loop.ftp, "RETR f", repeat_inside, &inside, 0, -1));
    CHECK_TEXT(inside.data.text, "some");
    CHECK_OK(loop.ftp, ftp_set_blocking(loop.ftp, 1));
    part(loop.ftp, server);
}

int main(void)
{
    /* What makes an array of them one for poll(). */
    CHECK_INT(sizeof(struct ftp_pollfd), sizeof(struct pollfd));
    CHECK_INT(offsetof(struct ftp_pollfd, fd), offsetof(struct pollfd, fd));
    CHECK_INT(offsetof(struct ftp_pollfd, events), offsetof(struct pollfd, events));
    CHECK_INT(offsetof(struct ftp_pollfd, revents), offsetof(struct pollfd, revents));
    RUN(no_call_waits_for_the_server);
    RUN(a_transfer_that_never_has_to_wait_lets_the_loop_have_its_turns);
    RUN(a_connection_that_never_comes_ends_at_the_time_limit);
    RUN(another_call_is_refused_until_the_first_has_ended);
    RUN(tells_what_to_wait_for);
    RUN(a_callback_cannot_repeat_its_own_call);
    return summary();
}
