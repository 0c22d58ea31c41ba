/* Files whose sizes and offsets have more than 32 bits, which is not a matter of course on machines with 32 bits. */

#define _FILE_OFFSET_BITS 64

#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 5 GiB. */
#define LARGE 5368709120LL

static char path[128];

/* A file with a hole of 5 GiB, and a text behind it. It takes one block of the disk. */
static int open_large(const char *text)
{
    const char *directory = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/ftpclient-large-%ld", directory != NULL ? directory : "/tmp", (long)getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_INT(ftruncate(fd, LARGE), 0);
    CHECK_INT(lseek(fd, LARGE, SEEK_SET), LARGE);
    CHECK_INT(write(fd, text, strlen(text)), strlen(text));
    CHECK_INT(lseek(fd, LARGE, SEEK_SET), LARGE);
    return fd;
}

static void check_tail(int fd, const char *expected)
{
    char tail[16] = "";
    struct stat status;
    CHECK_INT(fstat(fd, &status), 0);
    CHECK_INT(status.st_size, LARGE + (off_t)strlen(expected));
    CHECK_INT(pread(fd, tail, sizeof tail - 1, LARGE), strlen(expected));
    CHECK_TEXT(tail, expected);
    CHECK_INT(close(fd), 0);
    CHECK_INT(unlink(path), 0);
}

static void takes_the_rest(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "REST 5368709120", "350 from there");
    answers(s, "STOR f", "150 go on");
    data_receives(s, "hello");
    says(s, "226 taken");
    says_goodbye(s);
}

static void a_descriptor_behind_4_gib_is_sent(void)
{
    int fd = open_large("hello");
    struct server *server = serve(takes_the_rest, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_storfd(ftp, "STOR f", fd, LARGE));
    CHECK_INT(lseek(fd, 0, SEEK_CUR), LARGE + 5);
    part(ftp, server);
    check_tail(fd, "hello");
}

static void sends_the_rest(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "REST 5368709120", "350 from there");
    answers(s, "RETR f", "150 here it comes (5368709125 bytes)");
    data_sends(s, "world");
    data_ends(s);
    says(s, "226 sent");
    says_goodbye(s);
}

static void a_descriptor_behind_4_gib_receives(void)
{
    int fd = open_large("");
    struct server *server = serve(sends_the_rest, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_retrfd(ftp, "RETR f", fd, LARGE));
    CHECK_INT(lseek(fd, 0, SEEK_CUR), LARGE + 5);
    part(ftp, server);
    check_tail(fd, "world");
}

static void has_all_but_the_end(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    answers(s, "SIZE f", "213 5368709120");
    answers(s, "MDTM f", "213 20350101000000");
    /* The end of what it has is compared. */
    static const char nothing[65536];
    opens_passive(s);
    answers(s, "REST 5368643584", "350 from there");
    answers(s, "RETR f", "150 here it comes");
    data_sends_bytes(s, nothing, sizeof nothing);
    data_ends(s);
    says(s, "226 sent");
    opens_passive(s);
    answers(s, "APPE f", "150 go on");
    data_receives(s, "hello");
    says(s, "226 taken");
    answers(s, "SIZE f", "213 5368709125");
    says_goodbye(s);
}

static void an_upload_goes_on_behind_4_gib(void)
{
    int fd = open_large("hello");
    struct server *server = serve(has_all_but_the_end, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_put(ftp, path, "f", FTP_RESUME));
    part(ftp, server);
    check_tail(fd, "hello");
}

static void sends_it_whole(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "short");
    data_ends(s);
    says(s, "226 sent");
    says_goodbye(s);
}

static void a_large_file_is_replaced(int flags)
{
    int fd = open_large("hello");
    struct server *server = serve(sends_it_whole, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_get(ftp, "f", path, flags));
    struct stat status;
    CHECK_INT(stat(path, &status), 0);
    CHECK_INT(status.st_size, 5);
    CHECK_INT(close(fd), 0);
    CHECK_INT(unlink(path), 0);
    part(ftp, server);
}

static void a_large_file_is_replaced_by_a_new_one(void)
{
    a_large_file_is_replaced(0);
}

static void a_large_file_is_replaced_in_place(void)
{
    a_large_file_is_replaced(FTP_IN_PLACE);
}

int main(void)
{
    RUN(a_descriptor_behind_4_gib_is_sent);
    RUN(a_descriptor_behind_4_gib_receives);
    RUN(an_upload_goes_on_behind_4_gib);
    RUN(a_large_file_is_replaced_by_a_new_one);
    RUN(a_large_file_is_replaced_in_place);
    return summary();
}
