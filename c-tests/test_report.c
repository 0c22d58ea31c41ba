/* What is known of the last transfer. */

#include "client.h"

#include <stddef.h>
#include <string.h>

static struct ftp_report empty_report(void)
{
    struct ftp_report report;
    memset(&report, 0x55, sizeof report);
    report.struct_size = sizeof report;
    return report;
}

static void sends_a_file(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "REST 3", "350 go on");
    answers(s, "RETR f", "150 here it comes (8 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 sent");
    says_goodbye(s);
}

static void tells_of_the_transfer_and_of_nothing_before_it(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(sends_a_file, NULL);
    ftp_handle *ftp = client_of(server);
    struct ftp_report report = empty_report();
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_INT(ftp_last_report(ftp, &report), FTP_ERR_STATE);
    CHECK_TEXT(ftp_last_error(ftp), "");
    CHECK_INT(report.bytes, 0x5555555555555555);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, 3));
    CHECK_FAILS(ftp, ftp_cwd(ftp, "a\r\nb"), FTP_ERR_INVALID_ARGUMENT, "");
    CHECK_INT(ftp_last_report(ftp, &report), FTP_OK);
    CHECK(ftp_last_error(ftp)[0] != '\0');
    CHECK_INT(report.struct_size, sizeof report);
    CHECK_INT(report.bytes, 5);
    CHECK_INT(report.offset, 3);
    CHECK_INT(report.announced, 8);
    CHECK(report.milliseconds >= 0 && report.milliseconds < 10000);
    CHECK_INT(report.attempts, 1);
    CHECK_INT(report.verified, FTP_VERIFIED_ANNOUNCED);
    CHECK_INT(report.resumed, 0);
    CHECK_INT(report.reserved, 0);
    part(ftp, server);
}

/* A struct of another version, with memory of somebody else's behind it. */
static void a_struct_is_filled_as_far_as_it_goes(void)
{
    struct {
        struct ftp_report report;
        int64_t behind;
    } other;
    struct taken data = { .calls = 0 };
    struct server *server = serve(sends_a_file, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, 3));

    other.report = empty_report();
    other.behind = 7;
    other.report.struct_size = sizeof other;
    CHECK_INT(ftp_last_report(ftp, &other.report), FTP_OK);
    CHECK_INT(other.behind, 0);

    other.report = empty_report();
    other.report.struct_size = offsetof(struct ftp_report, reserved);
    CHECK_INT(ftp_last_report(ftp, &other.report), FTP_OK);
    CHECK_INT(other.report.bytes, 5);
    CHECK_INT(other.report.resumed, 0);
    CHECK_INT(other.report.reserved, 0x55555555);

    const size_t impossible[] = { 0, 8, offsetof(struct ftp_report, reserved) - 1, 4097, (size_t)-1 };
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        other.report = empty_report();
        other.report.struct_size = impossible[i];
        CHECK_INT(ftp_last_report(ftp, &other.report), FTP_ERR_INVALID_ARGUMENT);
        CHECK_INT(other.report.bytes, 0x5555555555555555);
    }
    CHECK_INT(ftp_last_report(ftp, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_last_report(NULL, &other.report), FTP_ERR_INVALID_ARGUMENT);
    part(ftp, server);
}

int main(void)
{
    RUN(tells_of_the_transfer_and_of_nothing_before_it);
    RUN(a_struct_is_filled_as_far_as_it_goes);
    return summary();
}
