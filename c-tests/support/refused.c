#include "refused.h"

#include "client.h"

void check_all_refused(ftp_handle *ftp, const char *why)
{
    const char *path = "untouched";
    char host[46] = "untouched";
    uint16_t port = 7;
    int64_t size = 7;
    int fd = -7;
    ftp_transfer *other = NULL;
    struct taken taken = { .calls = 0 };
    struct given given = { .text = "x", .step = 1 };
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_login(ftp, NULL, NULL, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_acct(ftp, "a"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_cwd(ftp, "/"), FTP_ERR_STATE, why);
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
    CHECK_FAILS(ftp, ftp_mlsd(ftp, NULL, NULL, take_no_entry, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_mlsd(ftp, NULL, "type", take_no_entry, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give, take_sent, &given, 0, -1), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_storlines(ftp, "STOR f", give, take_sent, &given), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "RETR f", -1, &other), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, &port), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_makeport(ftp, &fd), FTP_ERR_STATE, why);
    CHECK_TEXT(path, "untouched");
    CHECK_TEXT(host, "untouched");
    CHECK_INT(port, 7);
    CHECK_INT(size, 7);
    CHECK_INT(fd, -7);
    CHECK(other == NULL);
    CHECK_INT(taken.calls + given.sent.calls, 0);
    CHECK_INT(given.position, 0);
}
