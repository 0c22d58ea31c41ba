/* Transfers whose data the caller moves. */

#include <stdlib.h>

#include "opened.h"
#include "refused.h"

/* --- down --- */

static void a_download(void)
{
    struct server *server = serve(sends_hello, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    CHECK_INT(ftp_last_reply_code(ftp), 150);
    CHECK_INT(ftp_transfer_size(transfer), 12);
    CHECK_FAILS(ftp, ftp_transfer_write(transfer, "x", 1), FTP_ERR_STATE, "RETR f only receives data");
    check_data(ftp, transfer, 5, "hello, world");
    CHECK_INT(ftp_transfer_size(transfer), 12);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    check_ended(transfer);
    ftp_transfer_free(transfer);

    transfer = open_transfer(ftp, "RETR g", -1);
    CHECK_INT(ftp_transfer_size(transfer), -1);
    check_data(ftp, transfer, 100, "");
    /* The end stays the end. */
    check_data(ftp, transfer, 100, "");
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

enum { BIG = 1000003, STEP = 4001 };

/* --- up --- */

static void takes_pattern(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "REST 3", "350 from there");
    answers(s, "STOR f", "150 send it");
    data_receives_pattern(s, BIG);
    says(s, "226 got it");
    begins(s, "STOR empty", "150 send it");
    data_receives(s, "");
    says(s, "226 got it");
    goes_on(s);
}

static void an_upload(void)
{
    struct server *server = serve(takes_pattern, NULL);
    ftp_handle *ftp = client_of(server);
    unsigned char *data = malloc(BIG);
    for (size_t i = 0; i < BIG; i++)
        data[i] = pattern_byte(i);
    ftp_transfer *transfer = open_transfer(ftp, "STOR f", 3);
    size_t count;
    CHECK_FAILS(ftp, ftp_transfer_read(transfer, data, 1, &count), FTP_ERR_STATE, "STOR f only sends data");
    CHECK_OK(ftp, ftp_transfer_write(transfer, data, 1));
    CHECK_OK(ftp, ftp_transfer_write(transfer, NULL, 0));
    CHECK_OK(ftp, ftp_transfer_write(transfer, data + 1, 0));
    CHECK_OK(ftp, ftp_transfer_write(transfer, data + 1, BIG - 1));
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_TEXT(ftp_last_reply(ftp), "226 got it");
    check_ended(transfer);
    ftp_transfer_free(transfer);
    free(data);

    transfer = open_transfer(ftp, "STOR empty", -1);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

/* --- refusals and failures --- */

static void moves_files(struct session *s, int listings, const char *type)
{
    if (listings)
        answers(s, "TYPE A", "200 text");
    begins(s, "LIST", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    if (type != NULL)
        answers(s, type, "200 fine");
    begins(s, "RETR f", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
}

static void moves_files_after_listings(struct session *s)
{
    says(s, "220 ready");
    moves_files(s, 1, "TYPE I");
    moves_files(s, 1, NULL);
    moves_files(s, 0, NULL);
    answers(s, "TYPE I", "200 fine");
    moves_files(s, 1, "TYPE I");
    goes_on(s);
}

static void list_and_fetch(ftp_handle *ftp)
{
    CHECK_OK(ftp, ftp_dir(ftp, NULL, NULL, NULL));
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
}

static void the_type_is_image_whatever_a_listing_has_left(void)
{
    struct server *server = serve(moves_files_after_listings, NULL);
    ftp_handle *ftp = client_of(server);
    list_and_fetch(ftp);
    CHECK_OK(ftp, ftp_set_type(ftp, FTP_TYPE_ASCII));
    list_and_fetch(ftp);
    CHECK_OK(ftp, ftp_set_type(ftp, FTP_TYPE_AS_IS));
    list_and_fetch(ftp);
    CHECK_FAILS(ftp, ftp_set_type(ftp, 'E'), FTP_ERR_INVALID_ARGUMENT, "FTP_TYPE_");
    CHECK_INT(ftp_set_type(NULL, FTP_TYPE_IMAGE), FTP_ERR_INVALID_ARGUMENT);
    /* What was asked for last counts. */
    CHECK_OK(ftp, ftp_voidcmd(ftp, "TYPE I"));
    list_and_fetch(ftp);
    check_goes_on(ftp, server);
}

/* --- the end before the end --- */

static void is_freed_early(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    is_aborted(s);
    begins(s, "STOR f", "150 send it");
    data_receives_some(s);
    is_aborted(s);
    goes_on(s);
}

static void freeing_without_finishing_aborts(void)
{
    struct server *server = serve(is_freed_early, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer_free(open_transfer(ftp, "RETR f", -1));
    ftp_transfer *transfer = open_transfer(ftp, "STOR f", -1);
    CHECK_OK(ftp, ftp_transfer_write(transfer, "x", 1));
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

static void the_handle_may_be_freed_first(void)
{
    struct server *server = serve(sees_its_client_go, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    ftp_free(ftp);
    server_ends(server);
    check_ended(transfer);
    ftp_transfer_free(transfer);
}

static void the_connection_may_be_closed_first(void)
{
    struct server *server = serve(sees_its_client_go, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    CHECK_OK(ftp, ftp_close(ftp));
    server_ends(server);
    check_ended(transfer);
    CHECK_HAS(ftp_last_error(ftp), "closed");
    ftp_transfer_free(transfer);
    ftp_free(ftp);
}

static void meets_its_client_again(struct session *s)
{
    sees_its_client_go(s);
    meets_next_client(s);
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    for (int i = 0; i < 2; i++) {
        begins(s, "RETR g", "150 here it comes (5 bytes)");
        data_sends(s, "hello");
        data_ends(s);
        says(s, "226 done");
    }
    goes_on(s);
}

/* A transfer that has ended has no power over those that follow. */
static void an_old_transfer_leaves_a_new_one_alone(void)
{
    struct server *server = serve(meets_its_client_again, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *of_old_session = open_transfer(ftp, "RETR f", -1);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    ftp_transfer *finished = open_transfer(ftp, "RETR g", -1);
    check_ended(of_old_session);
    check_data(ftp, finished, 100, "hello");
    CHECK_OK(ftp, ftp_transfer_finish(finished));
    ftp_transfer *open = open_transfer(ftp, "RETR g", -1);
    check_ended(of_old_session);
    check_ended(finished);
    ftp_transfer_free(of_old_session);
    ftp_transfer_free(finished);
    CHECK_INT(ftp_transfer_size(open), 5);
    check_data(ftp, open, 100, "hello");
    CHECK_OK(ftp, ftp_transfer_finish(open));
    ftp_transfer_free(open);
    check_goes_on(ftp, server);
}

/* --- while it is open --- */

static void check_refused(ftp_handle *ftp, const char *why)
{
    check_all_refused(ftp, why);
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, "no reply is owed");
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_STATE, "no reply is owed");
}

static void sends_hello_twice(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    for (int i = 0; i < 2; i++) {
        begins(s, "RETR f", "150 here it comes (10 bytes)");
        data_sends(s, "hello");
        pause_ms(10);
        data_sends(s, "again");
        data_ends(s);
        says(s, "226 done");
    }
    goes_on(s);
}

static void other_calls_are_refused_and_disturb_nothing(void)
{
    struct server *server = serve(sends_hello_twice, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    check_refused(ftp, "a transfer is open (RETR f)");
    CHECK_FAILS(ftp, ftp_cwd(ftp, "a\nb"), FTP_ERR_INVALID_ARGUMENT, " at byte ");
    CHECK_FAILS(ftp, ftp_connect(ftp, "a b", 21), FTP_ERR_INVALID_ARGUMENT, "the host holds");
    CHECK_INT(ftp_last_reply_code(ftp), 150);
    check_data(ftp, transfer, 3, "helloagain");
    /* Also when nothing is left but the reply. */
    check_refused(ftp, "a transfer is open (RETR f)");
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
    transfer = NULL;
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "NOOP", -1, &transfer), FTP_ERR_INVALID_ARGUMENT, "NOOP: the command moves no data");
    CHECK(transfer == NULL);
    transfer = open_transfer(ftp, "RETR f", -1);
    check_data(ftp, transfer, 100, "helloagain");
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

static void arguments_that_cannot_be_used_disturb_nothing(void)
{
    char byte = 'b';
    size_t count = 7;
    struct server *server = serve(sends_hello_twice, NULL);
    ftp_handle *ftp = client_of(server);
    for (int i = 0; i < 2; i++) {
        ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
        CHECK_FAILS(ftp, ftp_transfer_read(transfer, NULL, 1, &count), FTP_ERR_INVALID_ARGUMENT, "buffer is NULL");
        CHECK_FAILS(ftp, ftp_transfer_read(transfer, &byte, 1, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
        CHECK_FAILS(ftp, ftp_transfer_read(transfer, &byte, 0, &count), FTP_ERR_INVALID_ARGUMENT, "capacity");
        CHECK_FAILS(ftp, ftp_transfer_read(transfer, &byte, SIZE_MAX, &count), FTP_ERR_INVALID_ARGUMENT, "capacity");
        CHECK_FAILS(ftp, ftp_transfer_write(transfer, NULL, 1), FTP_ERR_INVALID_ARGUMENT, "data is NULL");
        CHECK_FAILS(ftp, ftp_transfer_write(transfer, &byte, SIZE_MAX), FTP_ERR_INVALID_ARGUMENT, "length");
        CHECK_INT(byte, 'b');
        CHECK_INT(count, 7);
        check_data(ftp, transfer, 100, "helloagain");
        CHECK_OK(ftp, ftp_transfer_finish(transfer));
        ftp_transfer_free(transfer);
    }
    check_goes_on(ftp, server);
}

/* --- from a callback --- */

struct inner {
    ftp_handle *ftp;
    /* A transfer that has ended. */
    ftp_transfer *transfer;
    int calls;
};

static int use_everything(const void *data, size_t len, void *inner)
{
    struct inner *all = inner;
    ftp_transfer *other = NULL;
    char byte;
    size_t count = 7;
    (void)data, (void)len;
    CHECK_INT(ftp_transfercmd(all->ftp, "RETR g", -1, &other), FTP_ERR_BUSY);
    CHECK_INT(ftp_transfer_read(all->transfer, &byte, 1, &count), FTP_ERR_BUSY);
    CHECK_INT(ftp_transfer_write(all->transfer, "x", 1), FTP_ERR_BUSY);
    CHECK_INT(ftp_transfer_finish(all->transfer), FTP_ERR_BUSY);
    CHECK_INT(ftp_transfer_size(all->transfer), -1);
    CHECK_INT(ftp_transfer_fd(all->transfer), -1);
    CHECK_INT(ftp_transfer_take_fd(all->transfer), -1);
    CHECK_INT(ftp_control_fd(all->ftp), -1);
    ftp_transfer_free(all->transfer);
    CHECK(other == NULL);
    CHECK_INT(count, 7);
    all->calls++;
    return 0;
}

static void serves_a_callback(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

static void a_callback_can_do_nothing_with_a_transfer(void)
{
    struct server *server = serve(serves_a_callback, NULL);
    ftp_handle *ftp = client_of(server);
    struct inner inner = { ftp, open_transfer(ftp, "RETR f", -1), 0 };
    CHECK_OK(ftp, ftp_transfer_finish(inner.transfer));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", use_everything, &inner, 0, -1));
    CHECK(inner.calls > 0);
    /* It was not freed by the callback. */
    check_ended(inner.transfer);
    ftp_transfer_free(inner.transfer);
    check_goes_on(ftp, server);
}

/* --- what the server may keep --- */

static void keeps_a_transfer(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR old", "150 about to open the data connection");
    answers(s, "ABOR", "225 data channel closed");
    answers(s, "PWD", "257 \"/\"");
    hears_goodbye(s);
    meets_next_client(s);
    says(s, "220 ready");
    answers(s, "RETR old", "150 about to open the data connection");
    answers(s, "PWD", "257 \"/\"");
    hears_goodbye(s);
}

static void an_abort_without_an_end_costs_the_session(void)
{
    const char *why = "the server has told no end of a transfer, and may keep it for the next one";
    struct server *server = serve(keeps_a_transfer, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR old", -1);
    CHECK_FAILS(ftp, ftp_abort(ftp), FTP_ERR_PROTO, why);
    check_ended(transfer);
    ftp_transfer_free(transfer);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    /* One that the program plays by hand. */
    CHECK_OK(ftp, ftp_sendcmd(ftp, "RETR old"));
    CHECK_FAILS(ftp, ftp_resync(ftp), FTP_ERR_PROTO, why);
    CHECK_INT(ftp_control_fd(ftp), -1);
    ftp_free(ftp);
    server_ends(server);
}

int main(void)
{
    RUN(a_download);
    RUN(an_upload);
    RUN(the_type_is_image_whatever_a_listing_has_left);
    RUN(freeing_without_finishing_aborts);
    RUN(the_handle_may_be_freed_first);
    RUN(the_connection_may_be_closed_first);
    RUN(an_old_transfer_leaves_a_new_one_alone);
    RUN(other_calls_are_refused_and_disturb_nothing);
    RUN(arguments_that_cannot_be_used_disturb_nothing);
    RUN(a_callback_can_do_nothing_with_a_transfer);
    RUN(an_abort_without_an_end_costs_the_session);
    return summary();
}
