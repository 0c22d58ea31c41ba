/* What the last call was about: its command, its phase, its replies; what there is of the session, and whether to try again. */

#include "client.h"
#include "dead_ends.h"
#include "flag.h"

static void check_about(ftp_handle *ftp, const char *command, int phase)
{
    CHECK_TEXT(ftp_last_command(ftp), command);
    CHECK_INT(ftp_last_phase(ftp), phase);
}

static void check_replies(ftp_handle *ftp, const char *const *replies, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_TEXT(ftp_last_replies(ftp, i), replies[i]);
    CHECK_TEXT(ftp_last_replies(ftp, count), NULL);
    CHECK_TEXT(ftp_last_replies(ftp, (size_t)-1), NULL);
}
#define CHECK_REPLIES(ftp, ...)                                                                                        \
    do {                                                                                                               \
        const char *const expected[] = { __VA_ARGS__ };                                                                \
        check_replies(ftp, expected, sizeof expected / sizeof *expected);                                              \
    } while (0)

static void talks(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER me", "331 and?");
    answers(s, "PASS secret", "230-in\r\n230 welcome");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "550 no such file");
    answers(s, "SITE x", "450 not now");
    says_goodbye(s);
}

static void the_command_the_replies_and_the_state_of_a_session(void)
{
    struct taken data = { .calls = 0 };
    ftp_handle *ftp = new_client();
    struct server *server = serve(talks, NULL);
    CHECK_INT(ftp_state(ftp), FTP_STATE_NOT_CONNECTED);
    check_about(ftp, "", 0);
    CHECK_TEXT(ftp_last_replies(ftp, 0), NULL);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_INT(ftp_state(ftp), FTP_STATE_CONNECTED);
    check_about(ftp, "", 0);
    CHECK_REPLIES(ftp, "220 ready");
    CHECK_OK(ftp, ftp_login(ftp, "me", "secret", NULL));
    CHECK_INT(ftp_state(ftp), FTP_STATE_LOGGED_IN);
    check_about(ftp, "PASS ****", 0);
    CHECK_REPLIES(ftp, "331 and?", "230-in\n230 welcome");
    /* A getter is no call, and a setting is none that can wait. */
    CHECK_OK(ftp, ftp_set_timeout(ftp, 20000));
    check_about(ftp, "PASS ****", 0);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_PERM, "550");
    check_about(ftp, "RETR f", FTP_PHASE_REPLY);
    CHECK_TEXT(ftp_last_replies(ftp, 0), "200 ok");
    CHECK_HAS(ftp_last_replies(ftp, 1), "227 ");
    CHECK_TEXT(ftp_last_replies(ftp, 2), "550 no such file");
    CHECK_TEXT(ftp_last_replies(ftp, 3), NULL);
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_PERM), 0);
    CHECK_INT(ftp_state(ftp), FTP_STATE_LOGGED_IN);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "SITE x"), FTP_ERR_TEMP, "450");
    check_about(ftp, "SITE x", FTP_PHASE_REPLY);
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_TEMP), 1);
    CHECK_FAILS(ftp, ftp_cwd(ftp, "a\r\nb"), FTP_ERR_INVALID_ARGUMENT, "");
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_INVALID_ARGUMENT), 0);
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_INT(ftp_state(ftp), FTP_STATE_NOT_CONNECTED);
    check_about(ftp, "QUIT", 0);
    CHECK_FAILS(ftp, ftp_pwd(ftp, &(const char *){ NULL }), FTP_ERR_STATE, "QUIT");
    check_about(ftp, "QUIT", 0);
    server_ends(server);
    ftp_free(ftp);
}

static void refuses_logins(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER me", "331 and?");
    answers(s, "PASS wrong", "430 Invalid username or password");
    answers(s, "USER me", "530 Sorry, too many connections");
    answers(s, "USER me", "331 and?");
    answers(s, "PASS wrong", "530 Login incorrect");
    hears_goodbye(s);
}

static void a_wrong_password_is_not_to_be_tried_again(void)
{
    struct server *server = serve(refuses_logins, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_login(ftp, "me", "wrong", NULL), FTP_ERR_TEMP, "430");
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_TEMP), 0);
    CHECK_INT(ftp_is_transient(NULL, FTP_ERR_TEMP), 1);
    CHECK_INT(ftp_state(ftp), FTP_STATE_CONNECTED);
    CHECK_FAILS(ftp, ftp_login(ftp, "me", "wrong", NULL), FTP_ERR_PERM, "530");
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_PERM), 1);
    CHECK_FAILS(ftp, ftp_login(ftp, "me", "wrong", NULL), FTP_ERR_PERM, "530");
    check_about(ftp, "PASS ****", FTP_PHASE_REPLY);
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_PERM), 0);
    CHECK_OK(ftp, ftp_close(ftp));
    CHECK_INT(ftp_state(ftp), FTP_STATE_NOT_CONNECTED);
    server_ends(server);
    ftp_free(ftp);
}

static void never_greets(struct session *s)
{
    holds(s);
}

static void sends_half_and_stops(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    hears(s, "RETR f");
    /* It is there when the client begins to wait for it. */
    data_sends(s, "half");
    says(s, "150 here it comes");
    hears(s, "ABOR");
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    hears(s, "NOOP");
    hangs_up(s);
}

static void the_phase_of_a_failure(void)
{
    struct taken data = { .calls = 0 };
    struct dead_end port = refusing_port();
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", port.port), FTP_ERR_IO, "");
    check_about(ftp, "", FTP_PHASE_CONNECT);
    CHECK_INT(ftp_state(ftp), FTP_STATE_LOST);
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_IO), 1);
    dead_end_close(&port);

    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_GREETING, 100));
    struct server *server = serve(never_greets, NULL);
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)), FTP_ERR_TIMEOUT, "greeting");
    check_about(ftp, "", FTP_PHASE_GREETING);
    server_ends(server);

    server = serve(sends_half_and_stops, NULL);
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_GREETING, 20000));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_DATA, 100));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_TIMEOUT, "data");
    /* And not the ABOR that follows, although its replies are there. */
    check_about(ftp, "RETR f", FTP_PHASE_DATA);
    CHECK_TEXT(ftp_last_replies(ftp, 3), "426 it is cut");
    CHECK_TEXT(ftp_last_replies(ftp, 4), "226 it is aborted");
    CHECK_INT(ftp_is_transient(ftp, FTP_ERR_TIMEOUT), 1);
    CHECK_INT(ftp_state(ftp), FTP_STATE_LOGGED_IN);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_EOF, "NOOP");
    check_about(ftp, "NOOP", FTP_PHASE_REPLY);
    CHECK_INT(ftp_state(ftp), FTP_STATE_LOST);
    server_ends(server);
    ftp_free(ftp);
}

static void owes_replies_and_sends_a_file(struct session *s)
{
    says(s, "220 ready");
    hears(s, "SITE A");
    hears(s, "SITE B");
    says(s, "200 a");
    says(s, "502 b");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    data_ends(s);
    says(s, "226 done");
    hears(s, "NOOP");
    wait_for(user_of(s));
    says(s, "200 fine");
    says_goodbye(s);
}

static void a_session_in_the_middle_of_something(void)
{
    char buffer[16];
    size_t count = 0;
    ftp_transfer *transfer = NULL;
    struct flag is_seen_busy = UNSET;
    struct server *server = serve(owes_replies_and_sends_a_file, &is_seen_busy);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_putcmd(ftp, "SITE A"));
    CHECK_OK(ftp, ftp_putcmd(ftp, "SITE B"));
    check_about(ftp, "SITE B", 0);
    CHECK_INT(ftp_state(ftp), FTP_STATE_REPLY_OWED);
    CHECK_OK(ftp, ftp_getresp(ftp));
    check_about(ftp, "SITE A", 0);
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_PERM, "502");
    check_about(ftp, "SITE B", FTP_PHASE_REPLY);
    CHECK_INT(ftp_state(ftp), FTP_STATE_CONNECTED);
    CHECK_OK(ftp, ftp_transfercmd(ftp, "RETR f", -1, &transfer));
    CHECK_INT(ftp_state(ftp), FTP_STATE_TRANSFER);
    do
        CHECK_OK(ftp, ftp_transfer_read(transfer, buffer, sizeof buffer, &count));
    while (count > 0);
    CHECK_INT(ftp_state(ftp), FTP_STATE_TRANSFER);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_INT(ftp_state(ftp), FTP_STATE_CONNECTED);
    check_about(ftp, "RETR f", 0);
    ftp_transfer_free(transfer);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_AGAIN);
    CHECK_INT(ftp_state(ftp), FTP_STATE_BUSY);
    CHECK_TEXT(ftp_last_command(ftp), "RETR f");
    set(&is_seen_busy);
    ftp_status status;
    while ((status = ftp_voidcmd(ftp, "NOOP")) == FTP_AGAIN)
        pause_ms(10);
    CHECK_OK(ftp, status);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    part(ftp, server);
}

static void sends_many_replies(struct session *s)
{
    says(s, "220 ready");
    for (int i = 0; i < 40; i++)
        says(s, "200 unasked");
    pause_ms(100);
    hears(s, "NOOP");
    for (int i = 0; i < 40; i++)
        says(s, "150 wait");
    says(s, "200 fine");
    says_goodbye(s);
}

/* The last one is known all the same. */
static void no_more_replies_are_kept_than_make_sense(void)
{
    struct server *server = serve(sends_many_replies, NULL);
    ftp_handle *ftp = client_of(server);
    pause_ms(50);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_replies(ftp, 0), "200 unasked");
    CHECK_TEXT(ftp_last_replies(ftp, 63), "150 wait");
    CHECK_TEXT(ftp_last_replies(ftp, 64), NULL);
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

static void without_a_handle(void)
{
    CHECK_INT(ftp_state(NULL), FTP_STATE_NOT_CONNECTED);
    CHECK_TEXT(ftp_last_command(NULL), NULL);
    CHECK_TEXT(ftp_last_replies(NULL, 0), NULL);
    CHECK_INT(ftp_last_phase(NULL), 0);
    const int transient[] = { FTP_ERR_IO, FTP_ERR_TIMEOUT, FTP_ERR_EOF, FTP_ERR_TEMP, FTP_ERR_INTEGRITY };
    for (size_t i = 0; i < sizeof transient / sizeof *transient; i++)
        CHECK_INT(ftp_is_transient(NULL, transient[i]), 1);
    const int lasting[] = { FTP_OK, FTP_AGAIN, FTP_ERR_PERM, FTP_ERR_CERTIFICATE, FTP_ERR_STATE, FTP_ERR_ABORTED, -9999 };
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
        CHECK_INT(ftp_is_transient(NULL, lasting[i]), 0);
}

int main(void)
{
    RUN(the_command_the_replies_and_the_state_of_a_session);
    RUN(a_wrong_password_is_not_to_be_tried_again);
    RUN(the_phase_of_a_failure);
    RUN(a_session_in_the_middle_of_something);
    RUN(no_more_replies_are_kept_than_make_sense);
    RUN(without_a_handle);
    return summary();
}
