/* Arguments that cannot be used: a status, a text, nothing sent, and a session that goes on. */

#include <stdlib.h>
#include <string.h>

#include "client.h"

static int allow(const char *event, const char *host, uint16_t port, const char *command, void *unused)
{
    (void)event, (void)host, (void)port, (void)command, (void)unused;
    return 0;
}

static void a_null_handle_is_an_invalid_argument(void)
{
    const char *path = "untouched";
    char host[46] = "untouched";
    ftp_transfer *transfer = NULL;
    int64_t size = 7;
    uint16_t port = 7;
    int fd = -7;
    CHECK_INT(ftp_set_timeout(NULL, 1000), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_pasv(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_epsv(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_active_address(NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_active_ports(NULL, 0, 0), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_active_peer(NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_source_address(NULL, "127.0.0.1", 0), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_maxline(NULL, 8192), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_encoding(NULL, "utf-8"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_utf8(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_system(NULL, FTP_SYSTEM_AUTO), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_trust_server_pasv_ipv4_address(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_urgent_abort(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_audit_callback(NULL, allow, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_debuglevel(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_log_callback(NULL, take_log, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_connect(NULL, "127.0.0.1", 21), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_login(NULL, NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_quit(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_close(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_sendcmd(NULL, "NOOP"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_voidcmd(NULL, "NOOP"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_cwd(NULL, "/"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_pwd(NULL, &path), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_size(NULL, "file", &size), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_rename(NULL, "a", "b"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_mkd(NULL, "dir", &path), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_rmd(NULL, "dir"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_acct(NULL, "a"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_delete(NULL, "file"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_putcmd(NULL, "NOOP"), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_getresp(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_voidresp(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_retrlines(NULL, "LIST", take_line, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_nlst(NULL, NULL, take_line, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_dir(NULL, NULL, take_line, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_mlsd(NULL, NULL, NULL, take_no_entry, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_retrbinary(NULL, "RETR file", take_data, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_storbinary(NULL, "STOR file", give, NULL, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_storlines(NULL, "STOR file", give, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_transfercmd(NULL, "RETR file", -1, &transfer), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_makepasv(NULL, host, sizeof host, &port), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_makeport(NULL, &fd), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_copy(NULL, "a", NULL, "b", 'I'), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_abort(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_TEXT(path, "untouched");
    CHECK_TEXT(host, "untouched");
    CHECK(transfer == NULL);
    CHECK_INT(size, 7);
    CHECK_INT(port, 7);
    CHECK_INT(fd, -7);
}

static void a_null_transfer_is_an_invalid_argument(void)
{
    char byte = 'b';
    size_t count = 7;
    CHECK_INT(ftp_transfer_read(NULL, &byte, 1, &count), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_transfer_write(NULL, &byte, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_transfer_finish(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_transfer_size(NULL), -1);
    CHECK_INT(ftp_transfer_fd(NULL), -1);
    CHECK_INT(ftp_transfer_take_fd(NULL), -1);
    ftp_transfer_free(NULL);
    CHECK_INT(byte, 'b');
    CHECK_INT(count, 7);
}

static void a_null_handle_has_nothing_to_tell_and_nothing_to_end(void)
{
    CHECK_TEXT(ftp_last_error(NULL), NULL);
    CHECK_TEXT(ftp_last_reply(NULL), NULL);
    CHECK_TEXT(ftp_getwelcome(NULL), NULL);
    CHECK_INT(ftp_last_reply_code(NULL), 0);
    CHECK_INT(ftp_last_os_error(NULL), 0);
    CHECK_INT(ftp_last_callback_result(NULL), 0);
    CHECK_INT(ftp_control_fd(NULL), -1);
    ftp_cancel(NULL);
    ftp_free(NULL);
}

static void only_greets(struct session *s)
{
    says(s, "220 ready");
    says_goodbye(s);
}

/* The script of this server has no command between greeting and QUIT: whatever is sent fails the test. */
static ftp_handle *client_that_sends_nothing(struct server **server)
{
    *server = serve(only_greets, NULL);
    return client_of(*server);
}

static void null_where_a_value_is_needed(void)
{
    struct server *server;
    ftp_handle *ftp = client_that_sends_nothing(&server);
    char host[46] = "untouched";
    ftp_transfer *transfer = NULL;
    int64_t size = 7;
    uint16_t port = 7;
    CHECK_FAILS(ftp, ftp_set_encoding(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "label is NULL");
    CHECK_FAILS(ftp, ftp_connect(ftp, NULL, 21), FTP_ERR_INVALID_ARGUMENT, "host is NULL");
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_cwd(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_pwd(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_size(ftp, NULL, &size), FTP_ERR_INVALID_ARGUMENT, "file is NULL");
    CHECK_FAILS(ftp, ftp_size(ftp, "file", NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_rename(ftp, NULL, "b"), FTP_ERR_INVALID_ARGUMENT, "from is NULL");
    CHECK_FAILS(ftp, ftp_rename(ftp, "a", NULL), FTP_ERR_INVALID_ARGUMENT, "to is NULL");
    CHECK_FAILS(ftp, ftp_mkd(ftp, NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_rmd(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_acct(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "password is NULL");
    CHECK_FAILS(ftp, ftp_delete(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "file is NULL");
    CHECK_FAILS(ftp, ftp_putcmd(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_mlsd(ftp, "dir", "type", NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "fact_cb is NULL");
    CHECK_FAILS(ftp, ftp_retrlines(ftp, NULL, take_line, NULL), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, NULL, take_data, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR file", NULL, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, "data_cb is NULL");
    CHECK_FAILS(ftp, ftp_storbinary(ftp, NULL, give, NULL, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", NULL, NULL, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, "read_cb is");
    CHECK_FAILS(ftp, ftp_storlines(ftp, NULL, give, NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_storlines(ftp, "STOR f", NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "read_cb is NULL");
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, NULL, -1, &transfer), FTP_ERR_INVALID_ARGUMENT, "cmd is NULL");
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "RETR f", -1, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, NULL, sizeof host, &port), FTP_ERR_INVALID_ARGUMENT, "host is NULL");
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, NULL), FTP_ERR_INVALID_ARGUMENT, "port is NULL");
    CHECK_FAILS(ftp, ftp_makeport(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_TEXT(host, "untouched");
    CHECK(transfer == NULL);
    CHECK_INT(size, 7);
    CHECK_INT(port, 7);
    CHECK_INT(ftp_last_os_error(ftp), 0);
    CHECK_TEXT(ftp_last_reply(ftp), "220 ready");
    part(ftp, server);
}

/* Would be two commands, the second of the attacker's choice. */
static const char *const two_lines[] = { "a\r\nDELE b", "a\nDELE b", "a\rDELE b", "\r\n", "a\n" };

static void a_line_end_in_a_text_is_refused_before_anything_is_sent(void)
{
    struct server *server;
    ftp_handle *ftp = client_that_sends_nothing(&server);
    ftp_handle *other = new_client();
    ftp_transfer *transfer = NULL;
    int64_t size = 7;
    for (size_t i = 0; i < sizeof two_lines / sizeof *two_lines; i++) {
        const char *text = two_lines[i];
        CHECK_FAILS(ftp, ftp_sendcmd(ftp, text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_login(ftp, text, "b", "c"), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_login(ftp, "a", text, "c"), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_login(ftp, "a", "b", text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_cwd(ftp, text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_size(ftp, text, &size), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_rename(ftp, text, "b"), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_rename(ftp, "a", text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_mkd(ftp, text, NULL), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_rmd(ftp, text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_acct(ftp, text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_delete(ftp, text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_putcmd(ftp, text), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_mlsd(ftp, text, "type", take_no_entry, NULL), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_mlsd(ftp, "dir", text, take_no_entry, NULL), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_transfercmd(ftp, text, -1, &transfer), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_copy(ftp, text, other, "b", 'I'), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_copy(ftp, "a", other, text, 'I'), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_retrlines(ftp, text, take_line, NULL), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_nlst(ftp, text, take_line, NULL), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_dir(ftp, text, take_line, NULL), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_retrbinary(ftp, text, take_data, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_storbinary(ftp, text, give, NULL, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, " at byte ");
        CHECK_FAILS(ftp, ftp_storlines(ftp, text, give, NULL, NULL), FTP_ERR_INVALID_ARGUMENT, " at byte ");
    }
    CHECK(transfer == NULL);
    CHECK_INT(size, 7);
    ftp_free(other);
    part(ftp, server);
}

static void an_empty_command_is_refused(void)
{
    struct server *server;
    ftp_handle *ftp = client_that_sends_nothing(&server);
    ftp_transfer *transfer = NULL;
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, ""), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_putcmd(ftp, ""), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_putcmd(ftp, " "), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "", -1, &transfer), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK(transfer == NULL);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, " \t"), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_retrlines(ftp, "", take_line, NULL), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "", take_data, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "", give, NULL, NULL, 0, -1), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_storlines(ftp, "", give, NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "empty");
    part(ftp, server);
}

static void a_negative_offset_is_refused_unless_it_is_minus_one(void)
{
    struct server *server;
    ftp_handle *ftp = client_that_sends_nothing(&server);
    ftp_transfer *transfer = NULL;
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "RETR f", -2, &transfer), FTP_ERR_INVALID_ARGUMENT, "rest");
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "RETR f", INT64_MIN, &transfer), FTP_ERR_INVALID_ARGUMENT, "rest");
    CHECK(transfer == NULL);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, NULL, 0, -2), FTP_ERR_INVALID_ARGUMENT, "rest");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, NULL, 0, INT64_MIN), FTP_ERR_INVALID_ARGUMENT, "rest");
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give, NULL, NULL, 0, -2), FTP_ERR_INVALID_ARGUMENT, "rest");
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give, NULL, NULL, 0, INT64_MIN), FTP_ERR_INVALID_ARGUMENT, "rest");
    part(ftp, server);
}

static void a_timeout_is_one_millisecond_or_more_or_none(void)
{
    static const int64_t bad[] = { 0, -2, -1000, INT64_MIN }, good[] = { 1, 60000, INT64_MAX, -1 };
    ftp_handle *ftp = ftp_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ftp, ftp_set_timeout(ftp, bad[i]), FTP_ERR_INVALID_ARGUMENT, "timeout");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK_OK(ftp, ftp_set_timeout(ftp, good[i]));
    ftp_free(ftp);
}

static void says_one_thing(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void the_longest_timeouts_work(void)
{
    static const int64_t timeouts[] = { INT64_MAX, INT64_MAX / 1000, 2147483648LL, -1 };
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        struct server *server = serve(says_one_thing, NULL);
        ftp_handle *ftp = ftp_new();
        CHECK_OK(ftp, ftp_set_timeout(ftp, timeouts[i]));
        CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
        CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
        part(ftp, server);
    }
}

static void settings_take_any_number(void)
{
    static const int numbers[] = { 0, 1, -1, 2, 99, -2147483647 - 1, 2147483647 };
    ftp_handle *ftp = ftp_new();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        CHECK_OK(ftp, ftp_set_pasv(ftp, numbers[i]));
        CHECK_OK(ftp, ftp_set_debuglevel(ftp, numbers[i]));
        CHECK_OK(ftp, ftp_set_trust_server_pasv_ipv4_address(ftp, numbers[i]));
        CHECK_OK(ftp, ftp_set_urgent_abort(ftp, numbers[i]));
    }
    CHECK_OK(ftp, ftp_set_maxline(ftp, 1));
    CHECK_OK(ftp, ftp_set_maxline(ftp, SIZE_MAX));
    CHECK_OK(ftp, ftp_set_source_address(ftp, "localhost", 65535));
    CHECK_OK(ftp, ftp_set_source_address(ftp, NULL, 65535));
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, allow, NULL));
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, NULL, NULL));
    CHECK_OK(ftp, ftp_set_log_callback(ftp, NULL, NULL));
    ftp_free(ftp);
}

/* Far longer than any name; the limit on lines is one on what servers send. */
enum { LONG = 10000 };

static void hears_long_name(struct session *s)
{
    char line[LONG + 6] = "DELE ";
    memset(line + 5, 'x', LONG);
    says(s, "220 ready");
    answers(s, line, "550 that is too long");
    says_goodbye(s);
}

static void a_long_argument_is_sent_whole_and_shown_in_part(void)
{
    char name[LONG + 1] = "";
    memset(name, 'x', LONG);
    struct server *server = serve(hears_long_name, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_delete(ftp, name), FTP_ERR_PERM, "550 that is too long");
    CHECK(strlen(ftp_last_error(ftp)) < 1000);
    part(ftp, server);
}

int main(void)
{
    RUN(a_null_handle_is_an_invalid_argument);
    RUN(a_null_transfer_is_an_invalid_argument);
    RUN(a_null_handle_has_nothing_to_tell_and_nothing_to_end);
    RUN(null_where_a_value_is_needed);
    RUN(a_line_end_in_a_text_is_refused_before_anything_is_sent);
    RUN(an_empty_command_is_refused);
    RUN(a_negative_offset_is_refused_unless_it_is_minus_one);
    RUN(a_timeout_is_one_millisecond_or_more_or_none);
    RUN(the_longest_timeouts_work);
    RUN(settings_take_any_number);
    RUN(a_long_argument_is_sent_whole_and_shown_in_part);
    return summary();
}
