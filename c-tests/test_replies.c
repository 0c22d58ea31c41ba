/* Whose a reply is, and what the end of a transfer proves. */

#include <stdlib.h>

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

int main(void)
{
    RUN(resync_drops_what_is_owed);
    RUN(the_data_connection_can_be_closed_before_the_reply_is_waited_for);
    return summary();
}
