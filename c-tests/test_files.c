/* Whole files. */

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char target[128];

static void make_target_name(void)
{
    const char *directory = getenv("TMPDIR");
    snprintf(target, sizeof target, "%s/ftpclient-files-%ld", directory != NULL ? directory : "/tmp", (long)getpid());
    unlink(target);
}

static void check_target(const char *expected)
{
    char content[64] = "";
    FILE *file = fopen(target, "rb");
    if (expected == NULL) {
        CHECK(file == NULL);
        return;
    }
    CHECK(file != NULL);
    size_t length = fread(content, 1, sizeof content - 1, file);
    CHECK_INT(fclose(file), 0);
    CHECK_INT(length, strlen(expected));
    CHECK_TEXT(content, expected);
}

static void sends_a_file_and_then_none(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 sent");
    opens_passive(s);
    answers(s, "RETR g", "550 no such file");
    says_goodbye(s);
}

static void a_file_is_there_when_it_is_whole(int blocking)
{
    make_target_name();
    struct server *server = serve(sends_a_file_and_then_none, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_set_blocking(ftp, blocking));
    ftp_status status;
    /* The texts may move between the calls. */
    char remote[] = "f", other[] = "f";
    char *names[] = { remote, other };
    int calls = 0;
    while ((status = ftp_get(ftp, names[calls++ % 2], target, 0)) == FTP_AGAIN)
        CHECK_FAILS(ftp, ftp_get(ftp, "f", "elsewhere", 0), FTP_ERR_BUSY, "ftp_get() has not ended");
    CHECK_OK(ftp, status);
    check_target("hello");
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    CHECK_FAILS(ftp, ftp_get(ftp, "g", target, 0), FTP_ERR_NOT_FOUND, "RETR g: 550 no such file");
    check_target("hello");
    CHECK_FAILS(ftp, ftp_get(ftp, "f", target, FTP_NO_REPLACE), FTP_ERR_FILE, target);
    CHECK_INT(ftp_last_os_error(ftp), EEXIST);
    CHECK_INT(unlink(target), 0);
    part(ftp, server);
}

static void blocking(void)
{
    a_file_is_there_when_it_is_whole(1);
}

static void not_blocking(void)
{
    a_file_is_there_when_it_is_whole(0);
}

static void takes_a_file(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "STOR f", "150 go on");
    data_receives(s, "hello");
    says(s, "226 taken");
    answers(s, "SIZE f", "213 5");
    says_goodbye(s);
}

static void a_file_is_sent(void)
{
    make_target_name();
    FILE *file = fopen(target, "wb");
    CHECK(file != NULL);
    fputs("hello", file);
    CHECK_INT(fclose(file), 0);
    struct server *server = serve(takes_a_file, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_put(ftp, target, "f", 0));
    CHECK_FAILS(ftp, ftp_put(ftp, "/dev/null", "f", 0), FTP_ERR_FILE, "/dev/null");
    CHECK_FAILS(ftp, ftp_put(ftp, NULL, "f", 0), FTP_ERR_INVALID_ARGUMENT, "local is NULL");
    CHECK_FAILS(ftp, ftp_put(ftp, target, NULL, 0), FTP_ERR_INVALID_ARGUMENT, "remote is NULL");
    CHECK_FAILS(ftp, ftp_put(ftp, target, "f", FTP_IN_PLACE), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_INT(unlink(target), 0);
    part(ftp, server);
}

static void closes_the_fifo(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes (5 bytes)");
    CHECK_INT(close(*(int *)user_of(s)), 0);
    data_sends(s, "hello");
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    says_goodbye(s);
}

static void a_fifo_that_nobody_reads_any_more_is_an_error_and_no_signal(void)
{
    make_target_name();
    CHECK_INT(mkfifo(target, 0600), 0);
    int reader = open(target, O_RDONLY | O_NONBLOCK);
    CHECK(reader >= 0);
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    struct server *server = serve(closes_the_fifo, &reader);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_FAILS(ftp, ftp_get(ftp, "f", target, FTP_IN_PLACE), FTP_ERR_FILE, target);
    CHECK_INT(ftp_last_os_error(ftp), EPIPE);
    CHECK_INT(unlink(target), 0);
    part(ftp, server);
}

static void wrong_arguments_are_refused_before_anything_is_made(void)
{
    make_target_name();
    ftp_handle *ftp = ftp_new();
    CHECK_FAILS(ftp, ftp_get(ftp, NULL, target, 0), FTP_ERR_INVALID_ARGUMENT, "remote is NULL");
    CHECK_FAILS(ftp, ftp_get(ftp, "f", NULL, 0), FTP_ERR_INVALID_ARGUMENT, "local is NULL");
    CHECK_FAILS(ftp, ftp_get(ftp, "f", "", 0), FTP_ERR_INVALID_ARGUMENT, "local is empty");
    CHECK_FAILS(ftp, ftp_put(ftp, "", "f", 0), FTP_ERR_INVALID_ARGUMENT, "local is empty");
    CHECK_FAILS(ftp, ftp_get(ftp, "", target, 0), FTP_ERR_INVALID_ARGUMENT, "the name is empty");
    CHECK_FAILS(ftp, ftp_get(ftp, "a\r\nb", target, 0), FTP_ERR_INVALID_ARGUMENT, "RETR a…: a carriage return at byte 6");
    CHECK_FAILS(ftp, ftp_get(ftp, "f", target, 1 << 30), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_get(ftp, "f", target, FTP_RESUME | FTP_IN_PLACE), FTP_ERR_INVALID_ARGUMENT, "FTP_IN_PLACE");
    CHECK_FAILS(ftp, ftp_get(ftp, "f", target, 0), FTP_ERR_STATE, "not connected");
    CHECK_INT(ftp_get(NULL, "f", target, 0), FTP_ERR_INVALID_ARGUMENT);
    check_target(NULL);
    CHECK_FAILS(ftp, ftp_set_retries(ftp, -1, 0), FTP_ERR_INVALID_ARGUMENT, "0 or more");
    CHECK_FAILS(ftp, ftp_set_retries(ftp, 1, -1), FTP_ERR_INVALID_ARGUMENT, "0 or more");
    CHECK_OK(ftp, ftp_set_retries(ftp, 3, 1000));
    ftp_free(ftp);
}

int main(void)
{
    RUN(blocking);
    RUN(not_blocking);
    RUN(a_file_is_sent);
    RUN(a_fifo_that_nobody_reads_any_more_is_an_error_and_no_signal);
    RUN(wrong_arguments_are_refused_before_anything_is_made);
    return summary();
}
