/* Sessions that are idle: what is told when they were ended, how they come back, and what keeps them. */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"

/* --- ended while idle, and brought back --- */

static void logs_in(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER ann", "331 password");
    answers(s, "PASS secret", "332 account");
    answers(s, "ACCT billing", "230 welcome");
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
    RUN(without_a_connection_there_is_nothing_to_bring_back);
    RUN(a_session_that_is_open_is_left_and_its_transfer_has_ended);
    RUN(keepalive_is_on_and_can_be_set);
    RUN(keepalive_that_is_off_stays_off);
    RUN(times_that_no_system_has_change_nothing);
    RUN(the_replies_to_noop_are_nobody_elses);
    RUN(intervals);
    return summary();
}
