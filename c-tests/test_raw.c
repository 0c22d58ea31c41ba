/* Commands and replies one by one: putting commands, reading replies, and what is refused in between. */

#include "client.h"
#include "refused.h"

enum { MANY = 200 };

/* --- while a reply is unread --- */

static void check_refused(ftp_handle *ftp, const char *why)
{
    check_all_refused(ftp, why);
    CHECK_FAILS(ftp, ftp_abort(ftp), FTP_ERR_STATE, why);
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

int main(void)
{
    RUN(calls_that_wait_for_a_reply_of_their_own_are_refused);
    RUN(quit_closes_without_a_word);
    return summary();
}
