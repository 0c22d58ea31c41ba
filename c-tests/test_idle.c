/* Sessions that are idle: what is told when they were ended, how they come back, and what keeps them. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"

/* --- ended while idle, and brought back --- */

struct end {
    void (*how)(struct session *);
    ftp_status status;
    const char *text;
    int reply_code;
    int os_error;
};

static void with_421(struct session *s)
{
    says(s, "421 idle for too long");
    hangs_up(s);
}

static void logs_in(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER ann", "331 password");
    answers(s, "PASS secret", "332 account");
    answers(s, "ACCT billing", "230 welcome");
}

static void goes_to_work(struct session *s)
{
    answers(s, "CWD /pub", "250 ok");
    answers(s, "CWD sub dir", "250 ok");
    answers(s, "PWD", "257 \"/pub/sub dir\"");
    answers(s, "CDUP", "250 ok");
    answers(s, "PWD", "257 \"/pub\"");
    answers(s, "TYPE A", "200 ok");
}

static void goes_back_to_work(struct session *s)
{
    answers(s, "CWD /pub", "250 ok");
    answers(s, "PWD", "257 \"/pub\"");
    answers(s, "TYPE A", "200 ok");
}

static void ends_while_idle(struct session *s)
{
    const struct end *end = user_of(s);
    logs_in(s);
    goes_to_work(s);
    end->how(s);
    meets_next_client(s);
    logs_in(s);
    goes_back_to_work(s);
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void what_ended_an_idle_session_is_told_and_it_comes_back(void)
{
    static struct end ends[] = {
        { with_421, FTP_ERR_TEMP, "the server ended the idle session: 421 idle for too long", 421, 0 },
        { hangs_up, FTP_ERR_EOF, "the server closed the connection while the session was idle", 200, 0 },
        { resets, FTP_ERR_IO, "the control connection failed while idle", 200, ECONNRESET },
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct server *server = serve(ends_while_idle, &ends[i]);
        ftp_handle *ftp = client_of(server);
        CHECK_OK(ftp, ftp_login(ftp, "ann", "secret", "billing"));
        CHECK_OK(ftp, ftp_cwd(ftp, "/pub"));
        CHECK_OK(ftp, ftp_cwd(ftp, "sub dir"));
        CHECK_OK(ftp, ftp_cwd(ftp, ".."));
        CHECK_OK(ftp, ftp_voidcmd(ftp, "TYPE A"));
        /* What the server does to the idle session arrives. */
        struct pollfd control = { .fd = ftp_control_fd(ftp), .events = POLLIN };
        CHECK_INT(poll(&control, 1, 10000), 1);
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), ends[i].status, ends[i].text);
        CHECK_INT(ftp_last_reply_code(ftp), ends[i].reply_code);
        CHECK_INT(ftp_control_fd(ftp), -1);
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, ends[i].text);
        CHECK_OK(ftp, ftp_reconnect(ftp));
        CHECK_TEXT(ftp_getwelcome(ftp), "220 ready");
        CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
        part(ftp, server);
    }
}

static void begins_to_say_something(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    sends(s, "200 fine\r\n250 by");
    pause_ms(50);
    sends(s, " the way\r\n");
    answers(s, "DELE f", "550 no such file");
    says_goodbye(s);
}

static void the_beginning_of_a_reply_is_not_that_of_the_next(void)
{
    struct server *server = serve(begins_to_say_something, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_FAILS(ftp, ftp_delete(ftp, "f"), FTP_ERR_PERM, "DELE f: 550 no such file");
    part(ftp, server);
}

static void without_a_connection_there_is_nothing_to_bring_back(void)
{
    ftp_handle *ftp = new_client();
    CHECK_INT(ftp_reconnect(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_reconnect(ftp), FTP_ERR_STATE, "connect first");
    CHECK_OK(ftp, ftp_close(ftp));
    CHECK_FAILS(ftp, ftp_reconnect(ftp), FTP_ERR_STATE, "not connected");
    ftp_free(ftp);
}

static void has_another_directory_at_the_end_of_the_way(struct session *s)
{
    logs_in(s);
    answers(s, "CWD link", "250 ok");
    answers(s, "PWD", "257 \"/link\"");
    answers(s, "CDUP", "250 ok");
    hangs_up(s);
    meets_next_client(s);
    logs_in(s);
    answers(s, "CWD /link", "250 ok");
    answers(s, "PWD", "257 \"/keep/sub\"");
    hears_goodbye(s);
    meets_next_client(s);
    logs_in(s);
    answers(s, "CWD /link", "250 ok");
    answers(s, "PWD", "257 \"/link\"");
    answers(s, "CDUP", "250 ok");
    says_goodbye(s);
}

static void it_is_the_same_directory_or_an_error(void)
{
    struct server *server = serve(has_another_directory_at_the_end_of_the_way, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, "ann", "secret", "billing"));
    CHECK_OK(ftp, ftp_cwd(ftp, "link"));
    CHECK_OK(ftp, ftp_cwd(ftp, ".."));
    CHECK_OK(ftp, ftp_close(ftp));
    CHECK_FAILS(ftp, ftp_reconnect(ftp), FTP_ERR_REPLY, "the way back to \"/link/..\" leads elsewhere: 257 \"/keep/sub\"");
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_OK(ftp, ftp_reconnect(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "230 welcome");
    part(ftp, server);
}

static void lets_in_at_the_second_try(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER ann", "331 password");
    answers(s, "PASS secret", "430 not now, or never");
    hears_goodbye(s);
    meets_next_client(s);
    says(s, "220 ready");
    answers(s, "USER ann", "331 password");
    answers(s, "PASS secret", "230 welcome");
    answers(s, "CWD pub", "250 ok");
    answers(s, "PWD", "257 \"/pub\"");
    answers(s, "STAT", "211 fine");
    says_goodbye(s);
}

static void what_a_url_says_is_tried_again(void)
{
    char url[64];
    struct server *server = serve(lets_in_at_the_second_try, NULL);
    ftp_handle *ftp = new_client();
    snprintf(url, sizeof url, "ftp://ann:secret@127.0.0.1:%d/pub", server_port(server));
    CHECK_FAILS(ftp, ftp_open(ftp, url), FTP_ERR_TEMP, "PASS ****: 430 not now, or never");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "STAT"), FTP_ERR_STATE, "opening failed");
    CHECK_OK(ftp, ftp_reconnect(ftp));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "STAT"));
    CHECK_TEXT(ftp_last_reply(ftp), "211 fine");
    part(ftp, server);
}

static void is_full_for_a_while(struct session *s)
{
    logs_in(s);
    answers(s, "CWD gone", "250 ok");
    says_goodbye(s);
    meets_next_client(s);
    says(s, "421 too many users");
    hears_goodbye(s);
    meets_next_client(s);
    logs_in(s);
    answers(s, "CWD gone", "550 no such directory");
    hears_goodbye(s);
    meets_next_client(s);
    logs_in(s);
    answers(s, "CWD gone", "250 it is there again");
    says_goodbye(s);
}

static void it_can_be_tried_again(void)
{
    struct server *server = serve(is_full_for_a_while, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, "ann", "secret", "billing"));
    CHECK_OK(ftp, ftp_cwd(ftp, "gone"));
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_FAILS(ftp, ftp_reconnect(ftp), FTP_ERR_TEMP, "421 too many users");
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_FAILS(ftp, ftp_reconnect(ftp), FTP_ERR_PERM, "CWD gone: 550 no such directory");
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "reconnecting failed (CWD gone: 550 no such directory)");
    CHECK_OK(ftp, ftp_reconnect(ftp));
    part(ftp, server);
}

static void is_left_in_a_transfer(struct session *s)
{
    logs_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_sends(s, "hello");
    data_is_closed(s);
    hears_goodbye(s);
    meets_next_client(s);
    logs_in(s);
    answers(s, "TYPE I", "200 ok");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_session_that_is_open_is_left_and_its_transfer_has_ended(void)
{
    struct server *server = serve(is_left_in_a_transfer, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer;
    char block[16];
    size_t len;
    CHECK_OK(ftp, ftp_login(ftp, "ann", "secret", "billing"));
    CHECK_OK(ftp, ftp_transfercmd(ftp, "RETR f", -1, &transfer));
    CHECK_OK(ftp, ftp_reconnect(ftp));
    CHECK_FAILS(ftp, ftp_transfer_read(transfer, block, sizeof block, &len), FTP_ERR_STATE, "has ended");
    ftp_transfer_free(transfer);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- TCP keepalive --- */

static int option(const ftp_handle *ftp, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    CHECK_INT(getsockopt(ftp_control_fd(ftp), level, name, &value, &size), 0);
    return value;
}

static void check_keepalive(const ftp_handle *ftp, int idle, int interval, int probes)
{
    CHECK(option(ftp, SOL_SOCKET, SO_KEEPALIVE) != 0);
#if defined(TCP_KEEPIDLE) && defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
    CHECK_INT(option(ftp, IPPROTO_TCP, TCP_KEEPIDLE), idle);
    CHECK_INT(option(ftp, IPPROTO_TCP, TCP_KEEPINTVL), interval);
    CHECK_INT(option(ftp, IPPROTO_TCP, TCP_KEEPCNT), probes);
#else
    (void)idle, (void)interval, (void)probes;
#endif
}

static void greets_twice(struct session *s)
{
    says(s, "220 ready");
    says_goodbye(s);
    meets_next_client(s);
    says(s, "220 ready");
    says_goodbye(s);
}

static void keepalive_is_on_and_can_be_set(void)
{
    struct server *server = serve(greets_twice, NULL);
    ftp_handle *ftp = client_of(server);
    check_keepalive(ftp, 60, 20, 5);
    /* The system counts seconds: rounded up. */
    CHECK_OK(ftp, ftp_set_keepalive(ftp, 30001, 1, 3));
    check_keepalive(ftp, 31, 1, 3);
    CHECK_OK(ftp, ftp_set_keepalive(ftp, 32767000, 32767000, 127));
    check_keepalive(ftp, 32767, 32767, 127);
    CHECK_OK(ftp, ftp_set_keepalive(ftp, -1, 0, 0));
    CHECK_INT(option(ftp, SOL_SOCKET, SO_KEEPALIVE), 0);
    CHECK_OK(ftp, ftp_set_keepalive(ftp, 10000, 2000, 4));
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_OK(ftp, ftp_reconnect(ftp));
    check_keepalive(ftp, 10, 2, 4);
    part(ftp, server);
}

static void keepalive_that_is_off_stays_off(void)
{
    struct server *server = serve(greets_twice, NULL);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_keepalive(ftp, -1, -1, -1));
    for (int i = 0; i < 2; i++) {
        CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
        CHECK_INT(option(ftp, SOL_SOCKET, SO_KEEPALIVE), 0);
        CHECK_OK(ftp, ftp_quit(ftp));
    }
    ftp_free(ftp);
    server_ends(server);
}

static void times_that_no_system_has_change_nothing(void)
{
    static const struct { int64_t idle, interval; int probes; } bad[] = {
        { 0, 1000, 1 }, { -2, 1000, 1 }, { 1000, 0, 1 }, { 1000, -1, 1 }, { 1000, 1000, 0 }, { 1000, 1000, -1 },
        { 1000, 1000, 128 }, { 32767001, 1000, 1 }, { 1000, 32767001, 1 }, { INT64_MAX, INT64_MAX, 1 },
        { INT64_MIN, 1000, 1 },
    };
    struct server *server = serve(greets_twice, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_INT(ftp_set_keepalive(NULL, -1, 0, 0), FTP_ERR_INVALID_ARGUMENT);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ftp, ftp_set_keepalive(ftp, bad[i].idle, bad[i].interval, bad[i].probes), FTP_ERR_INVALID_ARGUMENT,
                    "keepalive");
    check_keepalive(ftp, 60, 20, 5);
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    check_keepalive(ftp, 60, 20, 5);
    part(ftp, server);
}

/* --- NOOP while data moves --- */

static void answers_noop_after_the_transfer(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_sends(s, "hel");
    hears(s, "NOOP");
    hears(s, "NOOP");
    data_sends(s, "lo");
    data_ends(s);
    says(s, "226 done");
    says(s, "200 noop");
    says(s, "200 noop");
    for (;;) {
        char line[32];
        if (!hears_anything(s, line, sizeof line))
            return;
        /* A third NOOP may have been due, and PWD tells the client where it is. */
        says(s, strcmp(line, "NOOP") == 0 ? "200 noop" : strcmp(line, "PWD") == 0 ? "257 \"/\"" : "215 UNIX");
    }
}

static void the_replies_to_noop_are_nobody_elses(void)
{
    struct server *server = serve(answers_noop_after_the_transfer, NULL);
    struct taken data = { .calls = 0 };
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_noop_interval(ftp, 20));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    CHECK_TEXT(data.text, "hello");
    for (int i = 0; i < 3; i++) {
        CHECK_OK(ftp, ftp_voidcmd(ftp, "SYST"));
        CHECK_TEXT(ftp_last_reply(ftp), "215 UNIX");
    }
    ftp_free(ftp);
    server_ends(server);
}

static void intervals(void)
{
    static const int64_t good[] = { 1, 60000, INT64_MAX, -1 };
    static const int64_t bad[] = { 0, -2, INT64_MIN };
    ftp_handle *ftp = new_client();
    CHECK_INT(ftp_set_noop_interval(NULL, 1000), FTP_ERR_INVALID_ARGUMENT);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK_OK(ftp, ftp_set_noop_interval(ftp, good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ftp, ftp_set_noop_interval(ftp, bad[i]), FTP_ERR_INVALID_ARGUMENT, "interval");
    ftp_free(ftp);
}

int main(void)
{
    RUN(what_ended_an_idle_session_is_told_and_it_comes_back);
    RUN(the_beginning_of_a_reply_is_not_that_of_the_next);
    RUN(without_a_connection_there_is_nothing_to_bring_back);
    RUN(it_is_the_same_directory_or_an_error);
    RUN(what_a_url_says_is_tried_again);
    RUN(it_can_be_tried_again);
    RUN(a_session_that_is_open_is_left_and_its_transfer_has_ended);
    RUN(keepalive_is_on_and_can_be_set);
    RUN(keepalive_that_is_off_stays_off);
    RUN(times_that_no_system_has_change_nothing);
    RUN(the_replies_to_noop_are_nobody_elses);
    RUN(intervals);
    return summary();
}
