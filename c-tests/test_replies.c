/* Whose a reply is, and what the end of a transfer proves. */

#include <stdlib.h>
#include <string.h>

#include "client.h"

static void check_goes_on(ftp_handle *ftp, struct server *server)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

static void goes_on(struct session *s)
{
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

/* The client asks where the session is. */
static void is_found_again(struct session *s)
{
    answers(s, "PWD", "257 \"/\" it is");
}

/* --- replies --- */

static void announces_each_reply(struct session *s)
{
    says(s, "220 ready");
    answers(s, "DELE f", "150 deleting");
    says(s, "250 gone");
    answers(s, "CWD d", "150 going");
    says(s, "550 there is no such directory");
    goes_on(s);
}

static void a_1yz_reply_is_not_the_last(void)
{
    struct server *server = serve(announces_each_reply, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_delete(ftp, "f"));
    CHECK_TEXT(ftp_last_reply(ftp), "250 gone");
    CHECK_FAILS(ftp, ftp_cwd(ftp, "d"), FTP_ERR_PERM, "550 there is no such directory");
    check_goes_on(ftp, server);
}

static void answers_late_and_oddly(struct session *s)
{
    says(s, "220 ready");
    answers(s, "STAT", "no reply");
    hears(s, "PWD");
    says(s, "211 the reply after all");
    says(s, "257 \"/\" it is");
    answers(s, "CWD nosuch", "550 no");
    goes_on(s);
}

static void a_reply_that_comes_after_a_line_that_is_none_is_nobodys(void)
{
    struct server *server = serve(answers_late_and_oddly, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "STAT"), FTP_ERR_PROTO, "no reply");
    CHECK_FAILS(ftp, ftp_cwd(ftp, "nosuch"), FTP_ERR_PERM, "550 no");
    check_goes_on(ftp, server);
}

static void owes_replies(struct session *s)
{
    says(s, "220 ready");
    answers(s, "ECHO", "199 and nothing more");
    is_found_again(s);
    hears(s, "NOOP");
    hears(s, "STAT");
    is_found_again(s);
    goes_on(s);
}

static void resync_drops_what_is_owed(void)
{
    struct server *server = serve(owes_replies, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_sendcmd(ftp, "ECHO"));
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "read it first");
    CHECK_OK(ftp, ftp_resync(ftp));
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "no reply is owed");
    CHECK_OK(ftp, ftp_putcmd(ftp, "NOOP"));
    CHECK_OK(ftp, ftp_putcmd(ftp, "STAT"));
    CHECK_OK(ftp, ftp_resync(ftp));
    check_goes_on(ftp, server);
    CHECK_INT(ftp_resync(NULL), FTP_ERR_INVALID_ARGUMENT);
    ftp = new_client();
    CHECK_FAILS(ftp, ftp_resync(ftp), FTP_ERR_STATE, "not connected");
    ftp_free(ftp);
}

static void refuses_greeting(struct session *s)
{
    says(s, "221 busy, goodbye");
    hangs_up(s);
}

static void a_goodbye_is_no_greeting(void)
{
    struct server *server = serve(refuses_greeting, NULL);
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)), FTP_ERR_REPLY, "221 busy, goodbye");
    server_ends(server);
    ftp_free(ftp);
}

/* --- during a transfer --- */

static void begins(struct session *s, const char *command, const char *reply)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, command, reply);
}

static ftp_transfer *open_transfer(ftp_handle *ftp, const char *command)
{
    ftp_transfer *transfer = NULL;
    CHECK_OK(ftp, ftp_transfercmd(ftp, command, -1, &transfer));
    return transfer;
}

static void check_data(ftp_handle *ftp, ftp_transfer *transfer, const char *expected)
{
    char text[64] = "";
    size_t len = 0, count = 1;
    while (count > 0 && len + 1 < sizeof text) {
        count = 0;
        CHECK_OK(ftp, ftp_transfer_read(transfer, text + len, sizeof text - 1 - len, &count));
        len += count;
    }
    CHECK_TEXT(text, expected);
}

static void answers_meanwhile(struct session *s)
{
    begins(s, "RETR f", "150 go");
    data_sends(s, "hello");
    answers(s, "STAT", "211 it goes on");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

static void a_server_can_be_asked_while_a_transfer_is_open(void)
{
    struct server *server = serve(answers_meanwhile, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f");
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "no reply is owed");
    CHECK_OK(ftp, ftp_putcmd(ftp, "STAT"));
    check_data(ftp, transfer, "hello");
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    CHECK_OK(ftp, ftp_getresp(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "211 it goes on");
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

static void takes_upload(struct session *s)
{
    begins(s, "STOR f", "150 go");
    data_receives(s, "hello");
    pause_ms(20);
    says(s, "226 stored");
    goes_on(s);
}

static void the_data_connection_can_be_closed_before_the_reply_is_waited_for(void)
{
    struct server *server = serve(takes_upload, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "STOR f");
    CHECK_OK(ftp, ftp_transfer_write(transfer, "hello", 5));
    CHECK_OK(ftp, ftp_transfer_close_data(transfer));
    CHECK_FAILS(ftp, ftp_transfer_close_data(transfer), FTP_ERR_STATE, "no data connection");
    CHECK_FAILS(ftp, ftp_transfer_write(transfer, "x", 1), FTP_ERR_STATE, "no data connection");
    CHECK_INT(ftp_transfer_fd(transfer), -1);
    pause_ms(60);
    CHECK_FAILS(ftp, ftp_transfer_write(transfer, "x", 1), FTP_ERR_STATE, "no data connection");
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_TEXT(ftp_last_reply(ftp), "226 stored");
    CHECK_FAILS(ftp, ftp_transfer_close_data(transfer), FTP_ERR_STATE, "has ended");
    ftp_transfer_free(transfer);
    CHECK_INT(ftp_transfer_close_data(NULL), FTP_ERR_INVALID_ARGUMENT);
    check_goes_on(ftp, server);
}

/* --- what the end of a transfer proves --- */

static void confirms_at_once(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 fine");
    opens_passive(s);
    answers(s, "LIST", "226 there is nothing");
    is_found_again(s);
    goes_on(s);
}

static void a_listing_that_is_confirmed_at_once_is_empty(void)
{
    struct taken lines = { .calls = 0 };
    struct server *server = serve(confirms_at_once, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_retrlines(ftp, "LIST", take_line, &lines));
    CHECK_INT(lines.calls, 0);
    CHECK_TEXT(ftp_last_reply(ftp), "226 there is nothing");
    check_goes_on(ftp, server);
}

static void is_denied_after_rest(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "REST 40", "350 from there");
    answers(s, "REST 0", "350 from the start");
    goes_on(s);
}

static int denies_retr(const char *event, const char *host, uint16_t port, const char *command, void *unused)
{
    (void)event, (void)host, (void)port, (void)unused;
    return command != NULL && strncmp(command, "RETR", 4) == 0;
}

static void an_offset_that_no_transfer_has_used_is_taken_back(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(is_denied_after_rest, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, denies_retr, NULL));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, 40), FTP_ERR_DENIED, "RETR f");
    check_goes_on(ftp, server);
}

static void sends_too_little(struct session *s)
{
    begins(s, "REST 40", "350 from there");
    answers(s, "RETR f", "150 go (100 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

static void a_file_that_is_short_after_an_offset_is_no_success(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(sends_too_little, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, 40), FTP_ERR_INTEGRITY, "100 bytes");
    CHECK_TEXT(data.text, "hello");
    check_goes_on(ftp, server);
}

static void takes_the_first_half(struct session *s)
{
    begins(s, "STOR f", "150 go");
    data_receives_some(s);
    says(s, "226 that will do");
    data_is_closed(s);
    goes_on(s);
}

static int wait_a_moment(const void *data, size_t len, void *unused)
{
    (void)data, (void)len, (void)unused;
    pause_ms(100);
    return 0;
}

static void an_upload_that_is_confirmed_before_its_end_is_no_success(void)
{
    struct given text = { .text = "hello", .step = 1 };
    struct server *server = serve(takes_the_first_half, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give, wait_a_moment, &text, 1, -1), FTP_ERR_INTEGRITY,
                "before all 5 bytes were sent");
    check_goes_on(ftp, server);
}

int main(void)
{
    RUN(a_1yz_reply_is_not_the_last);
    RUN(a_reply_that_comes_after_a_line_that_is_none_is_nobodys);
    RUN(resync_drops_what_is_owed);
    RUN(a_goodbye_is_no_greeting);
    RUN(a_server_can_be_asked_while_a_transfer_is_open);
    RUN(the_data_connection_can_be_closed_before_the_reply_is_waited_for);
    RUN(a_listing_that_is_confirmed_at_once_is_empty);
    RUN(an_offset_that_no_transfer_has_used_is_taken_back);
    RUN(a_file_that_is_short_after_an_offset_is_no_success);
    RUN(an_upload_that_is_confirmed_before_its_end_is_no_success);
    return summary();
}
