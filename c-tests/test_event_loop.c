/* Calls that do not wait: FTP_AGAIN, ftp_pollfds(), ftp_timeout_ms(), and what may be called in between. */

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "client.h"
#include "dead_ends.h"

/* The server stalls for this long before everything it says. */
enum { STALL = 120 };
/* For how long a call may sleep, less than any stall; that it sleeps at all is because the machine is busy with other tests. */
enum { LONGEST_SLEEP = 100 };

/* Valgrind lets one thread run at a time: what the server works is sleep for the client. */
static int sleep_can_be_told(void)
{
    return getenv("UNDER_VALGRIND") == NULL;
}

/* The time that this thread has not worked: so a slow machine does not count. */
static int64_t slept(void)
{
    struct timespec time, worked;
    clock_gettime(CLOCK_MONOTONIC, &time);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worked);
    return (int64_t)(time.tv_sec - worked.tv_sec) * 1000 + (time.tv_nsec - worked.tv_nsec) / 1000000;
}

/* An event loop for one handle, and what it has seen. */
struct loop {
    ftp_handle *ftp;
    int again;
    int at_once;
    int64_t started;
    int64_t longest_sleep;
};

static struct loop loop_of(ftp_handle *ftp)
{
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    return (struct loop){ .ftp = ftp };
}

static void before(struct loop *loop)
{
    loop->started = slept();
}

static struct ftp_pollfd *wanted(ftp_handle *ftp, size_t *count)
{
    static struct ftp_pollfd fds[MOST_FDS];
    CHECK_INT(ftp_pollfds(ftp, fds, MOST_FDS, count), FTP_OK);
    return fds;
}

static void wait_for(ftp_handle *ftp)
{
    size_t count = 0;
    struct ftp_pollfd *fds = wanted(ftp, &count);
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++) {
        /* They are open and the handle's: its descriptors do not block, those of the scripted server do. */
        int flags = fcntl(fds[i].fd, F_GETFL);
        CHECK(flags != -1 && flags & O_NONBLOCK);
    }
    poll((struct pollfd *)(void *)fds, (nfds_t)count, (int)ftp_timeout_ms(ftp));
}

/* Waits if the call has not ended, and returns whether it is to be repeated. */
static int after(struct loop *loop, ftp_status status)
{
    int64_t sleep = slept() - loop->started;
    if (sleep > loop->longest_sleep)
        loop->longest_sleep = sleep;
    if (status != FTP_AGAIN)
        return 0;
    loop->again++;
    if (ftp_timeout_ms(loop->ftp) == 0)
        loop->at_once++;
    wait_for(loop->ftp);
    return 1;
}

/* Makes a call as an event loop does, until it has ended. */
#define DRIVE(loop, status, call) \
    do { \
        before(loop); \
        (status) = (call); \
    } while (after(loop, status))

#define DRIVE_OK(loop, call) \
    do { \
        ftp_status driven; \
        DRIVE(loop, driven, call); \
        CHECK_OK((loop)->ftp, driven); \
    } while (0)

/* --- every call, and a server that takes its time --- */

static void slowly(struct session *s, const char *command, const char *reply)
{
    hears(s, command);
    pause_ms(STALL);
    sends_bytewise(s, reply);
    sends(s, "\r\n");
}

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

static void answers_when_told(struct session *s)
{
    lets_in(s);
    hears(s, "CWD a");
    /* The test has tried everything else by now, or will have: nothing of it may be heard. */
    pause_ms(STALL);
    says(s, "250 fine");
    slowly(s, "PWD", "257 \"/a\"");
    says_goodbye(s);
}

/* A handle that is logged in and does not wait. */
static struct loop logged_in(struct server *server)
{
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    return loop_of(ftp);
}

static void another_call_is_refused_until_the_first_has_ended(void)
{
    struct server *server = serve(answers_when_told, NULL);
    struct loop loop = logged_in(server);
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
    struct loop loop = logged_in(server);
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
    struct loop loop = logged_in(server);
    struct inside inside = { .ftp = loop.ftp };
    DRIVE_OK(&loop, ftp_retrbinary(loop.ftp, "RETR f", repeat_inside, &inside, 0, -1));
    CHECK_TEXT(inside.data.text, "some");
    CHECK_OK(loop.ftp, ftp_set_blocking(loop.ftp, 1));
    part(loop.ftp, server);
}

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
    struct loop loop = logged_in(server);
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

static void is_aborted(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_sends(s, "some");
    slowly(s, "ABOR", "426 stopped");
    data_is_closed(s);
    says(s, "226 aborted");
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
    struct loop loop = logged_in(server);
    struct taken data = { 0 };
    ftp_status status;
    do {
        status = ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1);
        if (status == FTP_AGAIN && data.len == 0)
            wait_for(loop.ftp);
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
    struct loop loop = logged_in(server);
    struct taken data = { 0 };
    ftp_status status;
    CHECK_INT(ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1), FTP_AGAIN);
    while (data.len == 0) {
        wait_for(loop.ftp);
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
    struct loop loop = logged_in(server);
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
    struct loop loop = logged_in(server);
    ftp_transfer *transfer = NULL;
    DRIVE_OK(&loop, ftp_voidcmd(loop.ftp, "TYPE I"));
    DRIVE_OK(&loop, ftp_transfercmd(loop.ftp, "RETR f", -1, &transfer));
    before(&loop);
    ftp_transfer_free(transfer);
    CHECK_INT(after(&loop, FTP_OK), 0);
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
    answers(s, "ABOR", "426 stopped");
    data_is_closed(s);
    says(s, "226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_read_that_waits_is_given_up_with_its_transfer(void)
{
    struct server *server = serve(is_aborted_in_silence, NULL);
    struct loop loop = logged_in(server);
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
    struct loop loop = logged_in(server);
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
    struct loop loop = logged_in(server);
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
    struct loop loop = logged_in(server);
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
    struct loop loop = logged_in(server);
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
    struct loop from = logged_in(from_server), to = logged_in(to_server);
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
        struct loop from = logged_in(from_server), to = logged_in(to_server);
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
    RUN(cancel_wakes_the_loop);
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
