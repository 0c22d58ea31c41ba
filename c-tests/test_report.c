/* What is known of the last transfer. */

#include "client.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "loop.h"
#include "opened.h"

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

/* --- which call it is about --- */

/* How often the test below fetches a file. */
enum { FETCHED = 31 };

static void sends_f(struct session *s)
{
    begins(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 sent");
}

static void sends_f_often(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    for (int i = 0; i < FETCHED; i++)
        sends_f(s);
    goes_on(s);
}

static void check_bytes(ftp_handle *ftp, int64_t bytes)
{
    struct ftp_report report = empty_report();
    CHECK_INT(ftp_last_report(ftp, &report), FTP_OK);
    CHECK_INT(report.bytes, bytes);
}

static void get_f(ftp_handle *ftp)
{
    struct taken data = { .calls = 0 };
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    check_bytes(ftp, 5);
}

/* After a transfer, a call is refused that would have begun another one. */
#define CHECK_NO_REPORT_AFTER(call)                             \
    do {                                                        \
        get_f(ftp);                                             \
        CHECK((call) != FTP_OK);                                \
        CHECK_INT(ftp_last_report(ftp, &report), FTP_ERR_STATE); \
    } while (0)

static void a_call_that_is_refused_has_not_the_report_of_another(void)
{
    static const char two[] = "RETR f\nDELE f", nowhere[] = "/no/such/directory/x";
    struct ftp_report report = empty_report();
    struct given given = { .text = "x", .step = 1 };
    ftp_transfer *transfer = NULL;
    ftp_list *list = NULL;
    void *data = NULL;
    size_t len = 0;
    struct server *server = serve(sends_f_often, NULL);
    ftp_handle *ftp = client_of(server), *other = new_client();
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_NO_REPORT_AFTER(ftp_get(ftp, NULL, nowhere, 0));
    CHECK_NO_REPORT_AFTER(ftp_get(ftp, "f", "", 0));
    CHECK_NO_REPORT_AFTER(ftp_get(ftp, "f", nowhere, FTP_ATOMIC));
    CHECK_NO_REPORT_AFTER(ftp_get(ftp, "f", nowhere, 0));
    CHECK_NO_REPORT_AFTER(ftp_get(ftp, two, nowhere, 0));
    CHECK_NO_REPORT_AFTER(ftp_put(ftp, nowhere, "f", 0));
    CHECK_NO_REPORT_AFTER(ftp_put(ftp, "/dev/null", "f", 0));
    CHECK_NO_REPORT_AFTER(ftp_put(ftp, NULL, "f", 0));
    CHECK_NO_REPORT_AFTER(ftp_get_data(ftp, NULL, SIZE_MAX, &data, &len));
    CHECK_NO_REPORT_AFTER(ftp_get_data(ftp, two, SIZE_MAX, &data, &len));
    CHECK_NO_REPORT_AFTER(ftp_put_data(ftp, NULL, "x", 1));
    CHECK_NO_REPORT_AFTER(ftp_retrbinary(ftp, two, take_data, NULL, 0, -1));
    CHECK_NO_REPORT_AFTER(ftp_storbinary(ftp, two, give, NULL, &given, 0, -1));
    CHECK_NO_REPORT_AFTER(ftp_storlines(ftp, two, give, NULL, &given));
    CHECK_NO_REPORT_AFTER(ftp_retrlines(ftp, two, take_line, NULL));
    CHECK_NO_REPORT_AFTER(ftp_nlst(ftp, two, take_line, NULL));
    CHECK_NO_REPORT_AFTER(ftp_dir(ftp, two, take_line, NULL));
    CHECK_NO_REPORT_AFTER(ftp_mlsd(ftp, two, NULL, take_no_entry, NULL));
    CHECK_NO_REPORT_AFTER(ftp_append(ftp, two, give, &given));
    CHECK_NO_REPORT_AFTER(ftp_store_unique(ftp, NULL, NULL, NULL));
    CHECK_NO_REPORT_AFTER(ftp_retrfd(ftp, two, 1, -1));
    CHECK_NO_REPORT_AFTER(ftp_storfd(ftp, two, 0, -1));
    CHECK_NO_REPORT_AFTER(ftp_transfercmd(ftp, two, -1, &transfer));
    CHECK_NO_REPORT_AFTER(ftp_list_open(ftp, two, 0, &list));
    CHECK_NO_REPORT_AFTER(ftp_walk(ftp, NULL, 0, NULL, NULL));
    CHECK_NO_REPORT_AFTER(ftp_glob(ftp, NULL, 0, &list));
    CHECK_NO_REPORT_AFTER(ftp_mirror_get(ftp, NULL, NULL, NULL));
    CHECK_NO_REPORT_AFTER(ftp_mirror_put(ftp, nowhere, "x", NULL));
    CHECK_NO_REPORT_AFTER(ftp_copy(ftp, NULL, other, "g", FTP_TYPE_IMAGE));
    CHECK_NO_REPORT_AFTER(ftp_copy(other, NULL, ftp, "g", FTP_TYPE_IMAGE));
    CHECK_NO_REPORT_AFTER(ftp_copy(other, "f", ftp, "g", FTP_TYPE_IMAGE));
    ftp_free(other);
    check_goes_on(ftp, server);
    CHECK_INT(given.position, 0);
}

static void sends_f_and_loses_its_client(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    sends_f(s);
    hears_goodbye(s);
}

static void without_a_session_there_was_no_transfer(void)
{
    struct ftp_report report = empty_report();
    struct server *server = serve(sends_f_and_loses_its_client, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    get_f(ftp);
    CHECK_OK(ftp, ftp_close(ftp));
    check_bytes(ftp, 5);
    CHECK_FAILS(ftp, ftp_put(ftp, __FILE__, "f", 0), FTP_ERR_STATE, "");
    CHECK_INT(ftp_last_report(ftp, &report), FTP_ERR_STATE);
    CHECK_FAILS(ftp, ftp_get(ftp, "f", "/dev/null", FTP_IN_PLACE), FTP_ERR_STATE, "");
    CHECK_INT(ftp_last_report(ftp, &report), FTP_ERR_STATE);
    ftp_free(ftp);
    server_ends(server);
}

static void sends_f_to_the_user(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    sends_f(s);
    goes_on(s);
}

static void an_open_transfer_keeps_its_report(void)
{
    struct ftp_report report = empty_report();
    struct server *server = serve(sends_f_to_the_user, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    check_data(ftp, transfer, 3, "hello");
    CHECK_FAILS(ftp, ftp_put(ftp, __FILE__, "f", 0), FTP_ERR_STATE, "");
    check_bytes(ftp, 5);
    CHECK_FAILS(ftp, ftp_get(ftp, NULL, "x", 0), FTP_ERR_INVALID_ARGUMENT, "");
    check_bytes(ftp, 5);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_INT(ftp_last_report(ftp, &report), FTP_OK);
    CHECK_INT(report.bytes, 5);
    CHECK_INT(report.verified, FTP_VERIFIED_ANNOUNCED);
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

static void answers_a_command_between_two_transfers(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    sends_f(s);
    slowly(s, "NOOP", "200 fine");
    sends_f(s);
    says_goodbye(s);
}

/* A call that has to be repeated has no report until it has ended. What is refused meanwhile changes nothing. */
static void a_call_that_goes_on_keeps_what_it_has(void)
{
    struct ftp_report report = empty_report();
    struct taken data = { .calls = 0 };
    struct server *server = serve(answers_a_command_between_two_transfers, NULL);
    struct loop loop = logged_in_loop(server);
    int pending = 0;
    ftp_status status;
    DRIVE_OK(&loop, ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1));
    check_bytes(loop.ftp, 5);
    do {
        loop_begins(&loop);
        status = ftp_voidcmd(loop.ftp, "NOOP");
        if (status == FTP_AGAIN && pending++ == 0) {
            CHECK_INT(ftp_get(loop.ftp, "f", "x", 0), FTP_ERR_BUSY);
            CHECK_INT(ftp_get(loop.ftp, NULL, "x", 0), FTP_ERR_INVALID_ARGUMENT);
            check_bytes(loop.ftp, 5);
        }
    } while (loop_goes_on(&loop, status));
    CHECK_OK(loop.ftp, status);
    CHECK(pending > 0);
    check_bytes(loop.ftp, 5);
    pending = 0;
    do {
        loop_begins(&loop);
        status = ftp_retrbinary(loop.ftp, "RETR f", take_data, &data, 0, -1);
        if (status == FTP_AGAIN) {
            pending++;
            CHECK_INT(ftp_last_report(loop.ftp, &report), FTP_ERR_STATE);
        }
    } while (loop_goes_on(&loop, status));
    CHECK_OK(loop.ftp, status);
    CHECK(pending > 0);
    check_bytes(loop.ftp, 5);
    CHECK_TEXT(data.text, "hellohello");
    DRIVE_OK(&loop, ftp_quit(loop.ftp));
    ftp_free(loop.ftp);
    server_ends(server);
}

int main(void)
{
    RUN(tells_of_the_transfer_and_of_nothing_before_it);
    RUN(a_struct_is_filled_as_far_as_it_goes);
    RUN(a_call_that_is_refused_has_not_the_report_of_another);
    RUN(without_a_session_there_was_no_transfer);
    RUN(an_open_transfer_keeps_its_report);
    RUN(a_call_that_goes_on_keeps_what_it_has);
    return summary();
}
