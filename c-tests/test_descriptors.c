/* Descriptors that programs get: those of the library, those that they take, and data connections of their own. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "opened.h"

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

/* --- a process without standard streams --- */

enum { MOVED_SIZE = 600000 };

static void works_without_streams(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    begins(s, "RETR g", "150 here it comes");
    data_sends_pattern(s, MOVED_SIZE);
    data_ends(s);
    says(s, "226 done");
    answers(s, "SIZE g", "213 600000");
    takes_port(s);
    answers(s, "STOR h", "150 send it");
    data_opens(s);
    data_receives(s, "hello");
    says(s, "226 done");
    says_goodbye(s);
}

/* What the program prints must go nowhere, and least of all to the server or into a file. */
static int are_closed(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            return 0;
    }
    return 1;
}

static int look_whether_they_are_closed(const void *data, size_t len, void *user)
{
    (void)data;
    (void)len;
    (void)user;
    return are_closed() ? 0 : 1;
}

static int64_t give_hello(void *buffer, size_t capacity, void *user)
{
    int *calls = user;
    if (!are_closed() || capacity < 5)
        return -1;
    memcpy(buffer, "hello", 5);
    return (*calls)++ == 0 ? 5 : 0;
}

/* Returns 0, or at which step it is not as it should be. */
static int use_everything(uint16_t port, const char *target, const char *keylog)
{
    int calls = 0;
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    ftp_handle *ftp = ftp_new();
    if (ftp == NULL || !are_closed())
        return 1;
    if (ftp_set_tls_keylog(ftp, keylog) == FTP_OK && !are_closed())
        return 2;
    if (ftp_connect(ftp, "127.0.0.1", port) != FTP_OK || ftp_login(ftp, NULL, NULL, NULL) != FTP_OK || !are_closed())
        return 3;
    if (ftp_retrbinary(ftp, "RETR f", look_whether_they_are_closed, NULL, 0, -1) != FTP_OK || !are_closed())
        return 4;
    if (ftp_get(ftp, "g", target, 0) != FTP_OK || !are_closed())
        return 5;
    if (ftp_set_pasv(ftp, 0) != FTP_OK || ftp_storbinary(ftp, "STOR h", give_hello, NULL, &calls, 0, -1) != FTP_OK || !are_closed())
        return 6;
    if (ftp_quit(ftp) != FTP_OK)
        return 7;
    ftp_free(ftp);
    return are_closed() ? 0 : 8;
}

static void no_descriptor_is_that_of_a_standard_stream(void)
{
    char target[128], keylog[160];
    int status = -1;
    /* To valgrind, what the child has of its parent's memory is lost. */
    if (getenv("UNDER_VALGRIND") != NULL)
        return;
    const char *directory = getenv("TMPDIR");
    snprintf(target, sizeof target, "%s/ftpclient-streams-%ld", directory != NULL ? directory : "/tmp", (long)getpid());
    snprintf(keylog, sizeof keylog, "%s-keys", target);
    struct server *server = serve(works_without_streams, NULL);
    pid_t child = fork();
    if (child == 0)
        exit(use_everything(server_port(server), target, keylog));
    CHECK(child > 0);
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK_INT(unlink(target), 0);
    unlink(keylog);
    server_ends(server);
}

int main(void)
{
    RUN(the_descriptor_is_the_librarys);
    RUN(the_descriptor_can_be_taken);
    RUN(what_was_taken_cannot_be_read_or_written);
    RUN(the_taken_descriptor_outlives_everything);
    RUN(the_descriptor_of_the_control_connection);
    RUN(asking_for_an_address);
    RUN(listening_for_the_server);
    RUN(a_refused_port_gives_no_descriptor);
    RUN(no_descriptor_is_that_of_a_standard_stream);
    return summary();
}
