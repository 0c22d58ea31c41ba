/* Transfers whose data the caller moves, and data connections of one's own. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "refused.h"

/* --- helpers --- */

/* Starts the transfer; NULL on failure, which all functions bear. */
static ftp_transfer *open_transfer(ftp_handle *ftp, const char *cmd, int64_t rest)
{
    ftp_transfer *transfer = NULL;
    CHECK_OK(ftp, ftp_transfercmd(ftp, cmd, rest, &transfer));
    CHECK(transfer != NULL);
    return transfer;
}

/* Reads to the end of the data, at most `step` bytes at a time. */
static void check_data(ftp_handle *ftp, ftp_transfer *transfer, size_t step, const char *expected)
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

/* A transfer that has ended says so, whatever it is asked. */
static void check_ended(ftp_transfer *transfer)
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

static void is_aborted(struct session *s)
{
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
}

static void begins(struct session *s, const char *command, const char *reply)
{
    opens_passive(s);
    answers(s, command, reply);
}

/* --- down --- */

static void sends_hello(struct session *s)
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

static void sees_its_client_go(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes");
    data_opens(s);
    data_is_closed(s);
    hears_goodbye(s);
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
    CHECK_FAILS(ftp, ftp_connect(ftp, "a b", 21), FTP_ERR_INVALID_ARGUMENT, "the host is");
    CHECK_INT(ftp_last_reply_code(ftp), 150);
    check_data(ftp, transfer, 3, "helloagain");
    /* Also when nothing is left but the reply. */
    check_refused(ftp, "a transfer is open (RETR f)");
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
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

/* --- descriptors --- */

static int is_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

static void check_reads(int fd, const char *expected)
{
    char text[64] = "";
    size_t len = 0;
    ssize_t got;
    while ((got = read(fd, text + len, sizeof text - 1 - len)) > 0)
        len += (size_t)got;
    CHECK_INT(got, 0);
    CHECK_TEXT(text, expected);
}

static void the_descriptor_is_the_librarys(void)
{
    struct server *server = serve(sends_hello, NULL);
    ftp_handle *ftp = client_of(server);
    for (int i = 0; i < 2; i++) {
        ftp_transfer *transfer = open_transfer(ftp, i == 0 ? "RETR f" : "RETR g", -1);
        int fd = ftp_transfer_fd(transfer);
        CHECK(fd >= 0);
        CHECK(!is_blocking(fd));
        CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        CHECK_INT(ftp_transfer_fd(transfer), fd);
        CHECK(fd != ftp_control_fd(ftp));
        check_data(ftp, transfer, 100, i == 0 ? "hello, world" : "");
        CHECK_OK(ftp, ftp_transfer_finish(transfer));
        CHECK_INT(ftp_transfer_fd(transfer), -1);
        CHECK_INT(fcntl(fd, F_GETFD), -1);
        ftp_transfer_free(transfer);
    }
    check_goes_on(ftp, server);
}

static void gives_and_takes(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes (5 bytes)");
    pause_ms(20);
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    begins(s, "STOR f", "150 send it");
    data_receives(s, "hello");
    says(s, "226 got it");
    goes_on(s);
}

static void the_descriptor_can_be_taken(void)
{
    struct server *server = serve(gives_and_takes, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    int fd = ftp_transfer_take_fd(transfer);
    CHECK(is_blocking(fd));
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK_INT(ftp_transfer_fd(transfer), -1);
    CHECK_INT(ftp_transfer_take_fd(transfer), -1);
    CHECK_INT(ftp_transfer_size(transfer), 5);
    check_reads(fd, "hello");
    CHECK_INT(close(fd), 0);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    ftp_transfer_free(transfer);

    transfer = open_transfer(ftp, "STOR f", -1);
    fd = ftp_transfer_take_fd(transfer);
    CHECK_INT(write(fd, "hello", 5), 5);
    CHECK_INT(close(fd), 0);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    CHECK_TEXT(ftp_last_reply(ftp), "226 got it");
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

/* Without its connection a transfer can be neither read nor written; "0 bytes" would be a false end of the data. */
static void what_was_taken_cannot_be_read_or_written(void)
{
    char byte = 'b';
    size_t count = 7;
    struct server *server = serve(gives_and_takes, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    int fd = ftp_transfer_take_fd(transfer);
    CHECK_FAILS(ftp, ftp_transfer_read(transfer, &byte, 1, &count), FTP_ERR_STATE, "given away");
    CHECK_INT(count, 7);
    check_reads(fd, "hello");
    close(fd);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);

    transfer = open_transfer(ftp, "STOR f", -1);
    fd = ftp_transfer_take_fd(transfer);
    CHECK_FAILS(ftp, ftp_transfer_write(transfer, "x", 1), FTP_ERR_STATE, "given away");
    CHECK_INT(write(fd, "hello", 5), 5);
    close(fd);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
    check_goes_on(ftp, server);
}

static void the_taken_descriptor_outlives_everything(void)
{
    struct server *server = serve(sees_its_client_go, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_transfer *transfer = open_transfer(ftp, "RETR f", -1);
    int fd = ftp_transfer_take_fd(transfer);
    ftp_free(ftp);
    ftp_transfer_free(transfer);
    CHECK(is_blocking(fd));
    CHECK_INT(close(fd), 0);
    server_ends(server);
}

static uint16_t port_of_peer(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char *bytes = (char *)&address;
    memset(&address, 0, sizeof address);
    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0 || address.ss_family != AF_INET)
        return 0;
    /* The port of a sockaddr_in, in network order. */
    return (uint16_t)((unsigned char)bytes[2] << 8 | (unsigned char)bytes[3]);
}

static void is_asked_once(struct session *s)
{
    says(s, "220 ready");
    goes_on(s);
}

static void the_descriptor_of_the_control_connection(void)
{
    struct server *server = serve(is_asked_once, NULL);
    ftp_handle *ftp = new_client();
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    int fd = ftp_control_fd(ftp);
    CHECK_INT(port_of_peer(fd), server_port(server));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_INT(ftp_control_fd(ftp), fd);
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_INT(ftp_control_fd(NULL), -1);
    ftp_free(ftp);
    server_ends(server);
}

/* --- dialogues of one's own --- */

static void names_addresses(struct session *s)
{
    says(s, "220 ready");
    answers(s, "PASV", "227 Entering Passive Mode (192,0,2,1,4,5)");
    answers(s, "PASV", "227 Entering Passive Mode (192,0,2,1,4,5)");
    answers(s, "PASV", "229 Entering Extended Passive Mode (|||1029|)");
    answers(s, "PASV", "227 somewhere");
    answers(s, "EPSV", "500 what?");
    answers(s, "PASV", "227 (192,0,2,1,4,256)");
    answers(s, "PASV", "502 what is that?");
    goes_on(s);
}

static void asking_for_an_address(void)
{
    char host[46] = "untouched";
    uint16_t port = 7;
    struct server *server = serve(names_addresses, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_makepasv(ftp, NULL, sizeof host, &port), FTP_ERR_INVALID_ARGUMENT, "host is NULL");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, NULL), FTP_ERR_INVALID_ARGUMENT, "port is NULL");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, 45, &port), FTP_ERR_INVALID_ARGUMENT, "46 bytes");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, 0, &port), FTP_ERR_INVALID_ARGUMENT, "46 bytes");
    CHECK_TEXT(host, "untouched");
    CHECK_INT(port, 7);
    CHECK_OK(ftp, ftp_makepasv(ftp, host, sizeof host, &port));
    CHECK_TEXT(host, "127.0.0.1");
    CHECK_INT(port, 1029);
    CHECK_OK(ftp, ftp_set_trust_server_pasv_ipv4_address(ftp, 1));
    CHECK_OK(ftp, ftp_makepasv(ftp, host, sizeof host, &port));
    CHECK_TEXT(host, "192.0.2.1");
    CHECK_OK(ftp, ftp_makepasv(ftp, host, sizeof host, &port));
    CHECK_TEXT(host, "127.0.0.1");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, &port), FTP_ERR_PROTO, "227 somewhere");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, &port), FTP_ERR_PROTO, "4,256");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, &port), FTP_ERR_PERM, "PASV: 502");
    CHECK_TEXT(host, "127.0.0.1");
    CHECK_INT(port, 1029);
    check_goes_on(ftp, server);
}

static void calls_its_client(struct session *s)
{
    says(s, "220 ready");
    takes_port(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    hears(s, "PORT 1,2,3,4,5,6");
    says(s, "200 if you say so");
    goes_on(s);
}

static void listening_for_the_server(void)
{
    int listener = -7;
    struct server *server = serve(calls_its_client, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_makeport(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_OK(ftp, ftp_makeport(ftp, &listener));
    CHECK(is_blocking(listener));
    CHECK_OK(ftp, ftp_sendcmd(ftp, "RETR f"));
    CHECK_INT(ftp_last_reply_code(ftp), 150);
    int data = accept(listener, NULL, NULL);
    check_reads(data, "hello");
    CHECK_INT(close(data), 0);
    CHECK_INT(close(listener), 0);
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "PORT 1,2,3,4,5,6"));
    check_goes_on(ftp, server);
}

static void refuses_to_call(struct session *s)
{
    char line[64];
    says(s, "220 ready");
    hears_anything(s, line, sizeof line);
    says(s, "500 no PORT here");
    goes_on(s);
}

static void a_refused_port_gives_no_descriptor(void)
{
    int listener = -7;
    struct server *server = serve(refuses_to_call, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_makeport(ftp, &listener), FTP_ERR_PERM, "500 no PORT here");
    CHECK_INT(listener, -7);
    check_goes_on(ftp, server);
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
    RUN(the_descriptor_is_the_librarys);
    RUN(the_descriptor_can_be_taken);
    RUN(what_was_taken_cannot_be_read_or_written);
    RUN(the_taken_descriptor_outlives_everything);
    RUN(the_descriptor_of_the_control_connection);
    RUN(asking_for_an_address);
    RUN(listening_for_the_server);
    RUN(a_refused_port_gives_no_descriptor);
    return summary();
}
