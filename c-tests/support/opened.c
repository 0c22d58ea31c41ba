#include "opened.h"

ftp_transfer *open_transfer(ftp_handle *ftp, const char *cmd, int64_t rest)
{
    ftp_transfer *transfer = NULL;
    CHECK_OK(ftp, ftp_transfercmd(ftp, cmd, rest, &transfer));
    CHECK(transfer != NULL);
    return transfer;
}

void check_data(ftp_handle *ftp, ftp_transfer *transfer, size_t step, const char *expected)
{
    char text[256] = "";
    size_t len = 0, count = 1;
    while (count > 0 && len + step < sizeof text) {
        count = 0;
        CHECK_OK(ftp, ftp_transfer_read(transfer, text + len, step, &count));
        CHECK(count <= step);
        len += count;
    }
    CHECK_TEXT(text, expected);
}

void check_ended(ftp_transfer *transfer)
{
    char buffer[8] = "before";
    size_t count = 7;
    CHECK_INT(ftp_transfer_read(transfer, buffer, sizeof buffer, &count), FTP_ERR_STATE);
    CHECK_INT(ftp_transfer_write(transfer, "x", 1), FTP_ERR_STATE);
    CHECK_INT(ftp_transfer_finish(transfer), FTP_ERR_STATE);
    CHECK_INT(ftp_transfer_size(transfer), -1);
    CHECK_INT(ftp_transfer_fd(transfer), -1);
    CHECK_INT(ftp_transfer_take_fd(transfer), -1);
    CHECK_INT(count, 7);
    CHECK_TEXT(buffer, "before");
}

void check_goes_on(ftp_handle *ftp, struct server *server)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

void goes_on(struct session *s)
{
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

void is_aborted(struct session *s)
{
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
}

void begins(struct session *s, const char *command, const char *reply)
{
    opens_passive(s);
    answers(s, command, reply);
}

void sends_hello(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes (12 bytes)");
    data_sends(s, "hello, ");
    pause_ms(20);
    data_sends(s, "world");
    data_ends(s);
    says(s, "226 done");
    begins(s, "RETR g", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

void sees_its_client_go(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes");
    data_opens(s);
    data_is_closed(s);
    hears_goodbye(s);
}
