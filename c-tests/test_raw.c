/* Commands and replies one by one: putting commands, reading replies, and what is refused in between. */

#include <stdio.h>
#include <string.h>

#include "client.h"

enum { MANY = 200 };

static void answers_late(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    hears(s, "SYST");
    hears(s, "SITE NOTHING");
    says(s, "200 noop");
    says(s, "215 UNIX");
    says(s, "502 no");
    for (int i = 0; i < MANY; i++) {
        char command[32];
        snprintf(command, sizeof command, "ECHO %d", i);
        hears(s, command);
    }
    for (int i = 0; i < MANY; i++) {
        char reply[32];
        snprintf(reply, sizeof reply, "200 %d", i);
        says(s, reply);
    }
    says_goodbye(s);
}

static void replies_come_in_the_order_of_the_commands(void)
{
    struct server *server = serve(answers_late, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_OK(ftp, ftp_putcmd(ftp, "SYST"));
    CHECK_OK(ftp, ftp_putcmd(ftp, "SITE NOTHING"));
    CHECK_TEXT(ftp_last_reply(ftp), "220 ready");
    CHECK_OK(ftp, ftp_getresp(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "200 noop");
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "215 UNIX");
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_PERM, "502 no");
    CHECK_INT(ftp_last_reply_code(ftp), 502);
    for (int i = 0; i < MANY; i++) {
        char command[32];
        snprintf(command, sizeof command, "ECHO %d", i);
        CHECK_OK(ftp, ftp_putcmd(ftp, command));
    }
    for (int i = 0; i < MANY; i++) {
        char reply[32];
        snprintf(reply, sizeof reply, "200 %d", i);
        CHECK_OK(ftp, ftp_voidresp(ftp));
        CHECK_TEXT(ftp_last_reply(ftp), reply);
    }
    part(ftp, server);
}

static void answers_any_class(struct session *s)
{
    says(s, "220 ready");
    for (int i = 0; i < 2; i++) {
        answers(s, "A", "125 more to come");
        says(s, "226 and here it is");
        answers(s, "B", "350 go on");
        answers(s, "C", "450 later");
        answers(s, "D", "550 never");
        answers(s, "E", "650 whatever");
        /* It may be followed by the reply: the client finds out. */
        answers(s, "PWD", "257 \"/\"");
    }
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void the_class_of_the_reply_is_the_status(void)
{
    struct server *server = serve(answers_any_class, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "A"));
    CHECK_OK(ftp, ftp_getresp(ftp));
    CHECK_INT(ftp_last_reply_code(ftp), 125);
    CHECK_OK(ftp, ftp_getresp(ftp));
    CHECK_INT(ftp_last_reply_code(ftp), 226);
    CHECK_OK(ftp, ftp_putcmd(ftp, "B"));
    CHECK_OK(ftp, ftp_getresp(ftp));
    CHECK_OK(ftp, ftp_putcmd(ftp, "C"));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_TEMP, "C: 450 later");
    CHECK_OK(ftp, ftp_putcmd(ftp, "D"));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_PERM, "D: 550 never");
    CHECK_OK(ftp, ftp_putcmd(ftp, "E"));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_PROTO, "650 whatever");

    CHECK_OK(ftp, ftp_putcmd(ftp, "A"));
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_REPLY, "125 more to come");
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_OK(ftp, ftp_putcmd(ftp, "B"));
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_REPLY, "350 go on");
    CHECK_OK(ftp, ftp_putcmd(ftp, "C"));
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_TEMP, "450 later");
    CHECK_OK(ftp, ftp_putcmd(ftp, "D"));
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_PERM, "550 never");
    CHECK_OK(ftp, ftp_putcmd(ftp, "E"));
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_PROTO, "650 whatever");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- while a reply is unread --- */

/* Every function that waits for a reply of its own, but for ftp_quit(), which also closes, and ftp_connect(). */
static void check_refused(ftp_handle *ftp, const char *why)
{
    const char *path = "untouched";
    char host[46] = "untouched";
    uint16_t port = 7;
    int64_t size = 7;
    int fd = -7;
    ftp_transfer *transfer = NULL;
    struct taken taken = { .calls = 0 };
    struct given given = { .text = "x", .step = 1 };
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_login(ftp, NULL, NULL, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_acct(ftp, "a"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_cwd(ftp, ".."), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_pwd(ftp, &path), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_size(ftp, "f", &size), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_rename(ftp, "a", "b"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_mkd(ftp, "d", &path), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_rmd(ftp, "d"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_delete(ftp, "f"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_retrlines(ftp, "LIST", take_line, &taken), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_nlst(ftp, NULL, take_line, &taken), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_dir(ftp, NULL, take_line, &taken), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_mlsd(ftp, NULL, "type", take_no_entry, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give, NULL, &given, 0, -1), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_storlines(ftp, "STOR f", give, NULL, &given), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "RETR f", -1, &transfer), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, &port), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_makeport(ftp, &fd), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_abort(ftp), FTP_ERR_STATE, why);
    CHECK_TEXT(path, "untouched");
    CHECK_TEXT(host, "untouched");
    CHECK_INT(port, 7);
    CHECK_INT(size, 7);
    CHECK_INT(fd, -7);
    CHECK(transfer == NULL);
    CHECK_INT(taken.calls, 0);
    CHECK_INT(given.position, 0);
}

static void waits_with_its_reply(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE SLOW", "200 at last");
    answers(s, "SITE BOTH", "150 first");
    says(s, "250 second");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void calls_that_wait_for_a_reply_of_their_own_are_refused(void)
{
    struct server *server = serve(waits_with_its_reply, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "SITE SLOW"));
    check_refused(ftp, "SITE SLOW");
    check_refused(ftp, "read it first");
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "200 at last");
    CHECK_OK(ftp, ftp_sendcmd(ftp, "SITE BOTH"));
    check_refused(ftp, "read it first");
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "250 second");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

static void is_left_alone(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    hears_goodbye(s);
}

static void quit_closes_without_a_word(void)
{
    struct server *server = serve(is_left_alone, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_FAILS(ftp, ftp_quit(ftp), FTP_ERR_STATE, "read it first");
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "not connected");
    CHECK_INT(ftp_control_fd(ftp), -1);
    ftp_free(ftp);
    server_ends(server);
}

static void is_left_for_another_session(struct session *s)
{
    is_left_alone(s);
    meets_next_client(s);
    says(s, "220 again");
    says_goodbye(s);
}

static void a_new_connection_owes_nothing(void)
{
    struct server *server = serve(is_left_for_another_session, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_TEXT(ftp_last_reply(ftp), "220 again");
    part(ftp, server);
}

/* --- replies that do not come --- */

static void says_nothing_more(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    hears(s, "NOOP");
    holds(s);
}

static void only_a_reply_that_is_owed_is_waited_for(void)
{
    struct server *server = serve(says_nothing_more, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_timeout(ftp, 50));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "no reply is owed");
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_STATE, "no reply is owed");
    CHECK_OK(ftp, ftp_set_timeout(ftp, 20000));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_OK(ftp, ftp_set_timeout(ftp, 50));
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_TIMEOUT, "the reply to NOOP");
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "the reply to NOOP");
    ftp_free(ftp);
    server_ends(server);
}

static void hangs_up_instead(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    hangs_up(s);
}

static void a_server_that_hangs_up(void)
{
    struct server *server = serve(hangs_up_instead, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_EOF, "without a reply to NOOP");
    CHECK_FAILS(ftp, ftp_putcmd(ftp, "NOOP"), FTP_ERR_STATE, "without a reply to NOOP");
    ftp_free(ftp);
    server_ends(server);
}

static void has_had_enough(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "421 I have had enough");
    hears_goodbye(s);
    meets_next_client(s);
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    says(s, "421 idle for too long");
    hangs_up(s);
}

static void a_server_that_ends_the_session(void)
{
    struct server *server = serve(has_had_enough, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_TEMP, "421 I have had enough");
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "421 I have had enough");
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    server_ends(server);
    CHECK_FAILS(ftp, ftp_putcmd(ftp, "NOOP"), FTP_ERR_TEMP, "421 idle for too long");
    CHECK_FAILS(ftp, ftp_putcmd(ftp, "NOOP"), FTP_ERR_STATE, "421 idle for too long");
    ftp_free(ftp);
}

static void cancels_what_waits(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    pause_ms(20);
    ftp_cancel(user_of(s));
    hears_goodbye(s);
}

static void waiting_can_be_cancelled(void)
{
    ftp_handle *ftp = new_client();
    struct server *server = serve(cancels_what_waits, ftp);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_ABORTED, "cancelled");
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "cancelled");
    server_ends(server);
    ftp_free(ftp);
}

/* --- what the library remembers --- */

static void is_sent_types(struct session *s)
{
    says(s, "220 ready");
    for (int i = 0; i < 2; i++) {
        answers(s, "TYPE I", "200 binary");
        opens_passive(s);
        answers(s, "RETR f", "150 here it comes");
        data_sends(s, "x");
        data_ends(s);
        says(s, "226 done");
        if (i == 0)
            answers(s, "TYPE A", "200 text");
    }
    answers(s, "PASS s3cret", "230 welcome");
    says_goodbye(s);
}

static void a_command_may_have_changed_the_type_and_a_password_stays_secret(void)
{
    struct taken data = { .calls = 0 }, log = { .calls = 0 };
    struct server *server = serve(is_sent_types, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_putcmd(ftp, "TYPE A"));
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "xx");
    CHECK_OK(ftp, ftp_set_log_callback(ftp, take_log, &log));
    CHECK_OK(ftp, ftp_putcmd(ftp, "PASS s3cret"));
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "PASS ****");
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_TEXT(log.text, "1 PASS ****\n2 230 welcome\n");
    CHECK_OK(ftp, ftp_set_log_callback(ftp, NULL, NULL));
    part(ftp, server);
}

int main(void)
{
    RUN(replies_come_in_the_order_of_the_commands);
    RUN(the_class_of_the_reply_is_the_status);
    RUN(calls_that_wait_for_a_reply_of_their_own_are_refused);
    RUN(quit_closes_without_a_word);
    RUN(a_new_connection_owes_nothing);
    RUN(only_a_reply_that_is_owed_is_waited_for);
    RUN(a_server_that_hangs_up);
    RUN(a_server_that_ends_the_session);
    RUN(waiting_can_be_cancelled);
    RUN(a_command_may_have_changed_the_type_and_a_password_stays_secret);
    return summary();
}
