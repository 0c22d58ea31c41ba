/* One session's commands: what the server says, and what the client makes of it. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

/* --- the greeting --- */

static void greets_at_length(struct session *s)
{
    sends(s, "120 wait a minute\r\n");
    sends(s, "220-This is\r\n220-  a server\r\n 220 not the end\r\n220 ready\r\n");
    says_goodbye(s);
}

static void the_greeting_is_kept_whole(void)
{
    struct server *server = serve(greets_at_length, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_TEXT(ftp_getwelcome(ftp), "220-This is\n220-  a server\n 220 not the end\n220 ready");
    CHECK_TEXT(ftp_last_reply(ftp), ftp_getwelcome(ftp));
    CHECK_INT(ftp_last_reply_code(ftp), 220);
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_HAS(ftp_getwelcome(ftp), "220 ready");
    ftp_free(ftp);
    server_ends(server);
}

/* --- secrets --- */

static void hears_secrets(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER alice", "331 password");
    answers(s, "PASS hunter2 and more", "332 account");
    answers(s, "ACCT hunter3", "530 no");
    answers(s, "PASS hunter4", "503 no");
    answers(s, "pass\thunter5", "503 no");
    answers(s, "  AccT   hunter6", "503 no");
    hears(s, "PASS hunter7");
    hangs_up(s);
}

/* Says every secret to the server; afterwards none may be known to anybody else. */
static void tell_secrets(ftp_handle *ftp)
{
    static const char *const commands[] = { "PASS hunter4", "pass\thunter5", "  AccT   hunter6" };
    CHECK_FAILS(ftp, ftp_login(ftp, "alice", "hunter2 and more", "hunter3"), FTP_ERR_PERM, "ACCT ****: 530 no");
    CHECK_LACKS(ftp_last_error(ftp), "hunter");
    for (int i = 0; i < 3; i++) {
        CHECK_FAILS(ftp, ftp_sendcmd(ftp, commands[i]), FTP_ERR_PERM, "****: 503 no");
        CHECK_LACKS(ftp_last_error(ftp), "hunter");
    }
    CHECK_FAILS(ftp, ftp_login(ftp, "bob", "hunter8\r\n", NULL), FTP_ERR_INVALID_ARGUMENT, "carriage return");
    CHECK_LACKS(ftp_last_error(ftp), "hunter");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "PASS hunter7"), FTP_ERR_EOF, "PASS ****");
    CHECK_LACKS(ftp_last_error(ftp), "hunter");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "PASS ****");
    CHECK_LACKS(ftp_last_error(ftp), "hunter");
}

static void no_password_is_in_the_log_or_in_an_error(void)
{
    struct taken log = { .calls = 0 };
    struct server *server = serve(hears_secrets, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, take_log, &log));
    tell_secrets(ftp);
    CHECK_HAS(log.text, "1 USER alice\n2 331 password\n1 PASS ****\n2 332 account\n1 ACCT ****\n2 530 no\n");
    CHECK_LACKS(log.text, "hunter");
    ftp_free(ftp);
    server_ends(server);
}

/* Sends standard error to a file; returns the descriptor that brings it back. */
static int divert_stderr(FILE *file)
{
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    CHECK(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    return kept;
}

static void restore_stderr(int kept)
{
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static void no_password_is_printed(void)
{
    static char printed[8192];
    for (int level = 0; level <= 3; level++) {
        FILE *file = tmpfile();
        struct server *server = serve(hears_secrets, NULL);
        ftp_handle *ftp = new_client();
        CHECK_OK(ftp, ftp_set_debuglevel(ftp, level));
        int kept = divert_stderr(file);
        CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
        tell_secrets(ftp);
        restore_stderr(kept);
        ftp_free(ftp);
        server_ends(server);
        rewind(file);
        printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
        fclose(file);
        CHECK_LACKS(printed, "hunter");
        CHECK_INT(strstr(printed, "*cmd* 'PASS ****'\n") != NULL, level >= 1);
        CHECK_INT(strstr(printed, "*resp* '331 password'\n") != NULL, level >= 1);
        CHECK_INT(strstr(printed, "*put* 'PASS ****\\r\\n'\n") != NULL, level >= 2);
        CHECK_INT(strstr(printed, "*get* '331 password'\n") != NULL, level >= 2);
        CHECK_INT(printed[0] != '\0', level >= 1);
    }
}

/* Standard error is a pipe whose reader has gone. SIGPIPE would end the program. */
static void a_log_that_nobody_reads_is_no_signal(void)
{
    int ends[2];
    struct server *server = serve(hears_secrets, NULL);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_debuglevel(ftp, 2));
    CHECK_INT(pipe(ends), 0);
    FILE *unread = fdopen(ends[1], "w");
    CHECK(unread != NULL && close(ends[0]) == 0);
    void (*before)(int) = signal(SIGPIPE, SIG_DFL);
    int kept = divert_stderr(unread);
    ftp_status status = ftp_connect(ftp, "127.0.0.1", server_port(server));
    restore_stderr(kept);
    CHECK_INT(status, FTP_OK);
    CHECK_OK(ftp, ftp_set_debuglevel(ftp, 0));
    tell_secrets(ftp);
    signal(SIGPIPE, before);
    fclose(unread);
    ftp_free(ftp);
    server_ends(server);
}

/* --- the log --- */

static void answers_once(struct session *s)
{
    says(s, "220 ready");
    hears(s, "STAT");
    sends(s, "211-one\r\n two\r\n211 end\r\n");
    hears_goodbye(s);
}

static void the_log_tells_the_whole_dialogue(void)
{
    struct taken log = { .calls = 0 };
    char whole[400];
    struct server *server = serve(answers_once, NULL);
    unsigned port = server_port(server);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_log_callback(ftp, take_log, &log));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_sendcmd(ftp, "STAT"));
    CHECK_OK(ftp, ftp_close(ftp));
    snprintf(whole, sizeof whole,
             "3 connected to 127.0.0.1:%u (127.0.0.1:%u)\n2 220 ready\n1 STAT\n2 211-one\n two\n211 end\n"
             "3 closed the connection to 127.0.0.1:%u\n",
             port, port, port);
    CHECK_TEXT(log.text, whole);
    CHECK_INT(FTP_LOG_COMMAND * 100 + FTP_LOG_REPLY * 10 + FTP_LOG_STATE, 123);
    server_ends(server);
    ftp_free(ftp);
}

static void a_removed_log_callback_hears_nothing_more(void)
{
    struct taken log = { .calls = 0 };
    struct server *server = serve(answers_once, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, take_log, &log));
    CHECK_OK(ftp, ftp_set_log_callback(ftp, NULL, NULL));
    CHECK_OK(ftp, ftp_sendcmd(ftp, "STAT"));
    CHECK_INT(log.calls, 0);
    ftp_free(ftp);
    server_ends(server);
}

/* --- commands --- */

static void answers_any_class(struct session *s)
{
    says(s, "220 ready");
    for (int i = 0; i < 2; i++) {
        answers(s, "SITE A", "150 class one");
        says(s, "250 and then class two");
        answers(s, "SITE B", "250 class two");
        answers(s, "SITE C", "350 class three");
        answers(s, "SITE D", "450 class four");
        answers(s, "SITE E", "550 class five");
        answers(s, "SITE F", "650 class six");
        /* It is no reply: the real one may follow. */
        answers(s, "PWD", "257 \"/\"");
    }
    says_goodbye(s);
}

static void the_class_of_the_reply_is_the_status(void)
{
    struct server *server = serve(answers_any_class, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_sendcmd(ftp, "SITE A"));
    CHECK_OK(ftp, ftp_voidresp(ftp));
    CHECK_OK(ftp, ftp_sendcmd(ftp, "SITE B"));
    CHECK_OK(ftp, ftp_sendcmd(ftp, "SITE C"));
    CHECK_TEXT(ftp_last_reply(ftp), "350 class three");
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "SITE D"), FTP_ERR_TEMP, "SITE D: 450 class four");
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "SITE E"), FTP_ERR_PERM, "SITE E: 550 class five");
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "SITE F"), FTP_ERR_PROTO, "650 class six");
    /* Which waits for the final reply by itself. */
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE A"));
    CHECK_TEXT(ftp_last_reply(ftp), "250 and then class two");
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_STATE, "no reply is owed");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE B"));
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "SITE C"), FTP_ERR_REPLY, "350 class three");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "SITE D"), FTP_ERR_TEMP, "450 class four");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "SITE E"), FTP_ERR_PERM, "550 class five");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "SITE F"), FTP_ERR_PROTO, "650 class six");
    CHECK_TEXT(ftp_last_reply(ftp), "650 class six");
    CHECK_INT(ftp_last_reply_code(ftp), 650);
    part(ftp, server);
}

static void answers_with_many_lines(struct session *s)
{
    says(s, "220 ready");
    hears(s, "DELE f");
    sends(s, "550-no\r\n\x1b[2J and\r\n550 never\r\n");
    hears(s, "NOOP");
    sends_bytes(s, "200 a\0b\r\n", 9);
    says_goodbye(s);
}

static void a_reply_of_many_lines_is_an_error_of_one(void)
{
    struct server *server = serve(answers_with_many_lines, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_delete(ftp, "f"), FTP_ERR_PERM, "DELE f: 550-no");
    CHECK_LACKS(ftp_last_error(ftp), "\n");
    CHECK_LACKS(ftp_last_error(ftp), "\x1b");
    CHECK_TEXT(ftp_last_reply(ftp), "550-no\n\x1b[2J and\n550 never");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 a?b");
    part(ftp, server);
}

static void tells_the_directory(struct session *s)
{
    says(s, "220 ready");
    answers(s, "PWD", "257 \"/home/a \"\"b\"\" c\" is where you are");
    answers(s, "PWD", "257 no name");
    answers(s, "PWD", "250 \"/not/a/257\"");
    answers(s, "PWD", "550 who knows");
    hears(s, "PWD");
    sends_bytes(s, "257 \"/a\0b\"\r\n", 12);
    says_goodbye(s);
}

static void pwd_tells_the_directory(void)
{
    struct server *server = serve(tells_the_directory, NULL);
    ftp_handle *ftp = client_of(server);
    const char *path = "untouched";
    CHECK_OK(ftp, ftp_pwd(ftp, &path));
    CHECK_INT(ftp_last_reply_code(ftp), 257);
    CHECK_TEXT(path, "/home/a \"b\" c");
    CHECK_OK(ftp, ftp_pwd(ftp, &path));
    CHECK_TEXT(path, "");
    CHECK_OK(ftp, ftp_pwd(ftp, &path));
    CHECK_TEXT(path, "");
    path = "untouched";
    CHECK_FAILS(ftp, ftp_pwd(ftp, &path), FTP_ERR_PERM, "550 who knows");
    CHECK_TEXT(path, "untouched");
    CHECK_FAILS(ftp, ftp_pwd(ftp, &path), FTP_ERR_PROTO, "zero byte");
    CHECK_TEXT(path, "untouched");
    part(ftp, server);
}

static void tells_sizes(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    answers(s, "SIZE a", "213 0");
    answers(s, "SIZE b", "213 9223372036854775807");
    answers(s, "SIZE c", "550 no such file");
    answers(s, "SIZE d", "213 many");
    answers(s, "SIZE e", "200 no idea");
    answers(s, "SIZE g", "213 3.");
    answers(s, "SITE x", "200 ok");
    answers(s, "TYPE I", "504 no");
    answers(s, "SIZE f", "213 5");
    says_goodbye(s);
}

static void size_tells_the_size(void)
{
    struct server *server = serve(tells_sizes, NULL);
    ftp_handle *ftp = client_of(server);
    int64_t size = 7;
    CHECK_OK(ftp, ftp_size(ftp, "a", &size));
    CHECK_INT(size, 0);
    CHECK_OK(ftp, ftp_size(ftp, "b", &size));
    CHECK_INT(size, INT64_MAX);
    CHECK_FAILS(ftp, ftp_size(ftp, "c", &size), FTP_ERR_PERM, "550 no such file");
    CHECK_INT(size, INT64_MAX);
    CHECK_OK(ftp, ftp_size(ftp, "d", &size));
    CHECK_INT(size, -1);
    size = 7;
    CHECK_OK(ftp, ftp_size(ftp, "e", &size));
    CHECK_INT(size, -1);
    CHECK_OK(ftp, ftp_size(ftp, "g", &size));
    CHECK_INT(size, 3);
    /* Nobody knows what this does to the type, which is only a help. */
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE x"));
    CHECK_OK(ftp, ftp_size(ftp, "f", &size));
    CHECK_INT(size, 5);
    CHECK_FAILS(ftp, ftp_size(ftp, "", &size), FTP_ERR_INVALID_ARGUMENT, "SIZE: the name is empty");
    CHECK_INT(size, 5);
    part(ftp, server);
}

int main(void)
{
    RUN(the_greeting_is_kept_whole);
    RUN(no_password_is_in_the_log_or_in_an_error);
    RUN(no_password_is_printed);
    RUN(a_log_that_nobody_reads_is_no_signal);
    RUN(the_log_tells_the_whole_dialogue);
    RUN(a_removed_log_callback_hears_nothing_more);
    RUN(the_class_of_the_reply_is_the_status);
    RUN(a_reply_of_many_lines_is_an_error_of_one);
    RUN(pwd_tells_the_directory);
    RUN(size_tells_the_size);
    return summary();
}
