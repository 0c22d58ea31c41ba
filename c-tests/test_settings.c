/* Settings, and what each changes on the wire. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "dead_ends.h"

/* --- where connections come from --- */

static void is_called_from_elsewhere(struct session *s)
{
    comes_from(s, "127.0.0.3", *(uint16_t *)user_of(s));
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    for (int i = 0; i < 2; i++) {
        opens_passive(s);
        answers(s, "RETR f", "150 here it comes");
        data_comes_from(s, i == 0 ? "127.0.0.3" : "127.0.0.1");
        data_sends(s, "hello");
        data_ends(s);
        says(s, "226 done");
    }
    says_goodbye(s);
    meets_next_client(s);
    comes_from(s, "127.0.0.1", 0);
    says(s, "220 ready");
    says_goodbye(s);
}

static void check_source(uint16_t port)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(is_called_from_elsewhere, &port);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_source_address(ftp, "127.0.0.3", port));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    /* It counts from the next connection on, for data as well. */
    CHECK_OK(ftp, ftp_set_source_address(ftp, NULL, 0));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hellohello");
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    part(ftp, server);
}

static void connections_come_from_the_source_address(void)
{
    /* A port that was free just now. */
    struct dead_end end = refusing_port();
    dead_end_close(&end);
    check_source(0);
    check_source(end.port);
}

static void a_source_address_that_is_not_ours(void)
{
    struct dead_end end = refusing_port();
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_source_address(ftp, "192.0.2.1", 0));
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", end.port), FTP_ERR_IO, "127.0.0.1");
    CHECK_INT(ftp_last_os_error(ftp), EADDRNOTAVAIL);
    CHECK_OK(ftp, ftp_set_source_address(ftp, "[::1]", 0));
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", end.port), FTP_ERR_IO, "source address");
    CHECK_OK(ftp, ftp_set_source_address(ftp, NULL, 0));
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", end.port), FTP_ERR_IO, "refused");
    ftp_free(ftp);
    dead_end_close(&end);
}

static void a_source_address_that_cannot_be_one_changes_nothing(void)
{
    static const char *const hosts[] = { "", "a b", "a\n", "\xff" };
    uint16_t any_port = 0;
    struct server *server = serve(is_called_from_elsewhere, &any_port);
    struct taken data = { .calls = 0 };
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_source_address(ftp, "127.0.0.3", 0));
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        CHECK_FAILS(ftp, ftp_set_source_address(ftp, hosts[i], 0), FTP_ERR_INVALID_ARGUMENT, "the host is");
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_set_source_address(ftp, NULL, 0));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    part(ftp, server);
}

/* --- how long a line may be --- */

static void says_longer_and_longer_lines(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "LIST", "150 go");
    data_sends(s, "12345678901234567890123456789012345678901234567890123456\r\nnext\r\n");
    data_ends(s);
    says(s, "226 done");
    opens_passive(s);
    answers(s, "LIST", "150 go");
    data_sends(s, "12345678901234567890123456789012345678901234567890123456789\r\nnext\r\n");
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    opens_passive(s);
    answers(s, "STOR f", "150 send it");
    data_opens(s);
    hears(s, "ABOR");
    data_receives(s, "short\r\n");
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    answers(s, "NOOP", "200 12345678901234567890123456789012345678901234567890123456789");
    hears_goodbye(s);
}

static void the_limit_of_a_line_holds_for_replies_and_for_text(void)
{
    struct taken lines = { .calls = 0 };
    struct given given = { .text = "short\n12345678901234567890123456789012345678901234567890123456789\n",
                           .step = 100 };
    struct server *server = serve(says_longer_and_longer_lines, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_set_maxline(ftp, 0), FTP_ERR_INVALID_ARGUMENT, "1 byte");
    CHECK_OK(ftp, ftp_set_maxline(ftp, 58));
    CHECK_OK(ftp, ftp_retrlines(ftp, "LIST", take_line, &lines));
    CHECK_INT(lines.len, 56 + 1 + 4 + 1);
    CHECK_FAILS(ftp, ftp_retrlines(ftp, "LIST", take_line, &lines), FTP_ERR_LIMIT, "58 bytes");
    CHECK_INT(lines.calls, 2);
    CHECK_FAILS(ftp, ftp_storlines(ftp, "STOR f", give, NULL, &given), FTP_ERR_LIMIT, "58 bytes");
    /* Where the next reply begins is lost for good. */
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_LIMIT, "58 bytes");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "58 bytes");
    ftp_free(ftp);
    server_ends(server);
}

enum { LONG_LINE = 12000 };

static void says_a_very_long_line(struct session *s)
{
    char line[LONG_LINE + 1] = "220 ";
    memset(line + 4, 'x', LONG_LINE - 4);
    says(s, line);
    says_goodbye(s);
}

static void the_limit_can_be_raised_before_connecting(void)
{
    struct server *server = serve(says_a_very_long_line, NULL);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_maxline(ftp, SIZE_MAX));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_INT(strlen(ftp_getwelcome(ftp)), LONG_LINE);
    part(ftp, server);
}

/* --- the encoding of names and text --- */

static void speaks_latin_1(struct session *s)
{
    says(s, "220 caf\xe9");
    answers(s, "CWD caf\xe9", "250 it is caf\xe9 now");
    answers(s, "PWD", "257 \"/caf\xe9\"");
    answers(s, "STRU \xff\xfc\x01" "F", "504 no");
    answers(s, "STRU F", "200 ok");
    answers(s, "DELE \xff", "550 no \xff");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "NLST", "150 go");
    data_sends(s, "\xe9t\xe9\r\n\x80\r\n");
    data_ends(s);
    says(s, "226 done");
    opens_passive(s);
    answers(s, "STOR \xe9", "150 go");
    data_receives(s, "caf\xc3\xa9\r\n");
    says(s, "226 done");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR \xe9", "150 go");
    data_sends(s, "caf\xe9");
    data_ends(s);
    says(s, "226 done");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void names_and_text_are_encoded_and_files_are_not(void)
{
    const char *path = "untouched";
    struct taken names = { .calls = 0 }, data = { .calls = 0 };
    struct given given = { .text = "caf\xc3\xa9\n", .step = 100 };
    struct server *server = serve(speaks_latin_1, NULL);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_encoding(ftp, "latin-1"));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_TEXT(ftp_getwelcome(ftp), "220 caf\xc3\xa9");
    CHECK_OK(ftp, ftp_cwd(ftp, "caf\xc3\xa9"));
    CHECK_TEXT(ftp_last_reply(ftp), "250 it is caf\xc3\xa9 now");
    CHECK_OK(ftp, ftp_pwd(ftp, &path));
    CHECK_TEXT(path, "/caf\xc3\xa9");
    CHECK_FAILS(ftp, ftp_delete(ftp, "\xc3\xbf"), FTP_ERR_PERM, "550 no \xc3\xbf");
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &names));
    CHECK_TEXT(names.text, "\xc3\xa9t\xc3\xa9\n\xc2\x80\n");
    CHECK_OK(ftp, ftp_storlines(ftp, "STOR \xc3\xa9", give, NULL, &given));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR \xc3\xa9", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "caf\xe9");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

static void hears_nothing(struct session *s)
{
    says(s, "220 ready");
    says_goodbye(s);
}

static void what_cannot_be_expressed_is_refused_before_anything_is_sent(void)
{
    /* The euro sign, a character from beyond the first 65536, and two texts that are no UTF-8. */
    static const char *const names[] = { "\xe2\x82\xac", "\xf0\x9f\x98\x80", "caf\xe9", "\xc3" };
    struct server *server = serve(hears_nothing, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_encoding(ftp, "ISO-8859-1"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *name = names[i];
        char command[16];
        snprintf(command, sizeof command, "STOR %s", name);
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, command), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_putcmd(ftp, command), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_login(ftp, name, NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_cwd(ftp, name), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_mkd(ftp, name, NULL), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_rmd(ftp, name), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_delete(ftp, name), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        /* The name is in the second command. */
        CHECK_FAILS(ftp, ftp_rename(ftp, "old", name), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_login(ftp, "me", name, NULL), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
        CHECK_FAILS(ftp, ftp_mlsd(ftp, name, "type", take_no_entry, NULL), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    }
    part(ftp, server);
}

/* No TYPE, no PASV, no REST either. */
static void a_transfer_that_cannot_be_expressed_sends_nothing(void)
{
    static const char euro[] = "\xe2\x82\xac", retr[] = "RETR \xe2\x82\xac", stor[] = "STOR \xe2\x82\xac";
    struct taken taken = { .calls = 0 };
    struct given given = { .text = "x", .step = 1 };
    ftp_transfer *transfer = NULL;
    int64_t size = 7;
    struct server *server = serve(hears_nothing, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_encoding(ftp, "latin-1"));
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, retr, 0, &transfer), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_FAILS(ftp, ftp_size(ftp, euro, &size), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_FAILS(ftp, ftp_nlst(ftp, euro, take_line, &taken), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_FAILS(ftp, ftp_dir(ftp, euro, take_line, &taken), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_FAILS(ftp, ftp_retrlines(ftp, retr, take_line, &taken), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, retr, take_data, &taken, 0, 0), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_FAILS(ftp, ftp_storbinary(ftp, stor, give, NULL, &given, 0, 0), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_FAILS(ftp, ftp_storlines(ftp, stor, give, NULL, &given), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK(transfer == NULL);
    CHECK_INT(size, 7);
    CHECK_INT(taken.calls, 0);
    CHECK_INT(given.position, 0);
    part(ftp, server);
}

static void speaks_shift_jis(struct session *s)
{
    says(s, "220 ready");
    answers(s, "CWD \x93\xfa\x96\x7b", "250 \x93\xfa\x96\x7b");
    /* Half a character. */
    answers(s, "NOOP", "200 a\x93");
    answers(s, "PWD", "257 \"/\x93\xfa\x96\x7b\"");
    answers(s, "STRU \xff\xfc\x01" "F", "504 no");
    answers(s, "STRU F", "200 ok");
    answers(s, "CWD \xff", "250 \xff");
    says_goodbye(s);
}

static void the_encoding_can_change_at_any_time(void)
{
    static const char *const bad[] = { "", "klingon", "utf-16", "utf-16be" };
    struct server *server = serve(speaks_shift_jis, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_encoding(ftp, "Shift_JIS"));
    CHECK_OK(ftp, ftp_cwd(ftp, "\xe6\x97\xa5\xe6\x9c\xac"));
    CHECK_TEXT(ftp_last_reply(ftp), "250 \xe6\x97\xa5\xe6\x9c\xac");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ftp, ftp_set_encoding(ftp, bad[i]), FTP_ERR_INVALID_ARGUMENT, bad[i]);
    CHECK_FAILS(ftp, ftp_set_encoding(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "label is NULL");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 a\xef\xbf\xbd");
    CHECK_OK(ftp, ftp_set_encoding(ftp, "utf-8"));
    CHECK_OK(ftp, ftp_cwd(ftp, "\xff"));
    CHECK_TEXT(ftp_last_reply(ftp), "250 \xff");
    part(ftp, server);
}

/* --- the address in the reply to PASV --- */

static void names_another_host(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive_as(s, "127,0,0,2");
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    opens_passive_as(s, "127,0,0,2");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void the_address_of_a_pasv_reply_is_used_only_if_it_is_trusted(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(names_another_host, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hello");
    CHECK_OK(ftp, ftp_set_trust_server_pasv_ipv4_address(ftp, 1));
    /* Nobody listens there. */
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_IO, "127.0.0.2");
    CHECK_INT(ftp_last_os_error(ftp), ECONNREFUSED);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- asking before anything is done --- */

struct audit {
    /* "event host command\n" for each call, "-" for NULL. */
    char text[2048];
    uint16_t port;
    /* The event or command that is refused; NULL is none. */
    const char *refused;
    /* The handle, which is busy while it asks. */
    ftp_handle *ftp;
};

static int allow(const char *event, const char *host, uint16_t port, const char *command, void *user)
{
    struct audit *audit = user;
    size_t used = strlen(audit->text);
    snprintf(audit->text + used, sizeof audit->text - used, "%s %s %s\n", event, host, command ? command : "-");
    CHECK_INT(port, audit->port);
    CHECK_INT(ftp_close(audit->ftp), FTP_ERR_BUSY);
    const char *what = command != NULL ? command : event;
    return audit->refused != NULL && strcmp(what, audit->refused) == 0 ? -1 : 0;
}

static void is_audited(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER me", "331 who are you?");
    answers(s, "PASS s3cret", "332 and your account?");
    answers(s, "ACCT acc0unt", "230 welcome");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    data_opens(s);
    data_is_closed(s);
    opens_passive(s);
    answers(s, "RETR good", "150 here it comes");
    data_sends(s, "hello");
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static int stop(const void *data, size_t len, void *unused)
{
    (void)data, (void)len, (void)unused;
    return 7;
}

static void the_audit_callback_sees_everything_and_can_refuse(void)
{
    struct server *server = serve(is_audited, NULL);
    ftp_handle *ftp = new_client();
    struct audit audit = { .port = server_port(server), .refused = "RETR bad", .ftp = ftp };
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, allow, &audit));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_login(ftp, "me", "s3cret", "acc0unt"));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR bad", stop, NULL, 0, -1), FTP_ERR_DENIED, "RETR bad");
    CHECK_INT(ftp_last_callback_result(ftp), 0);
    /* The ABOR that cleans up is not asked for. */
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR good", stop, NULL, 0, -1), FTP_ERR_CALLBACK, "RETR good");
    CHECK_TEXT(audit.text, "ftplib.connect 127.0.0.1 -\n"
                           "ftplib.sendcmd 127.0.0.1 USER me\n"
                           "ftplib.sendcmd 127.0.0.1 PASS ****\n"
                           "ftplib.sendcmd 127.0.0.1 ACCT ****\n"
                           "ftplib.sendcmd 127.0.0.1 TYPE I\n"
                           "ftplib.sendcmd 127.0.0.1 PASV\n"
                           "ftplib.sendcmd 127.0.0.1 RETR bad\n"
                           "ftplib.sendcmd 127.0.0.1 PASV\n"
                           "ftplib.sendcmd 127.0.0.1 RETR good\n");
    audit.text[0] = '\0';
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, NULL, NULL));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(audit.text, "");
    part(ftp, server);
}

static void is_told_little(struct session *s)
{
    says(s, "220 ready");
    answers(s, "RNFR a", "350 to what?");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void of_a_refused_command_nothing_is_sent(void)
{
    struct server *server = serve(is_told_little, NULL);
    ftp_handle *ftp = client_of(server);
    struct audit audit = { .port = server_port(server), .ftp = ftp };
    const char *path = "untouched";
    char host[46] = "untouched";
    uint16_t port = 7;
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, allow, &audit));
    audit.refused = "SYST";
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "SYST"), FTP_ERR_DENIED, "SYST");
    CHECK_FAILS(ftp, ftp_putcmd(ftp, "SYST"), FTP_ERR_DENIED, "SYST");
    audit.refused = "CWD d";
    CHECK_FAILS(ftp, ftp_cwd(ftp, "d"), FTP_ERR_DENIED, "CWD d");
    audit.refused = "MKD d";
    CHECK_FAILS(ftp, ftp_mkd(ftp, "d", &path), FTP_ERR_DENIED, "MKD d");
    audit.refused = "ACCT ****";
    CHECK_FAILS(ftp, ftp_acct(ftp, "acc0unt"), FTP_ERR_DENIED, "ACCT ****");
    audit.refused = "TYPE I";
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", stop, NULL, 0, -1), FTP_ERR_DENIED, "TYPE I");
    audit.refused = "PASV";
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, &port), FTP_ERR_DENIED, "PASV");
    audit.refused = "ABOR";
    CHECK_FAILS(ftp, ftp_abort(ftp), FTP_ERR_DENIED, "ABOR");
    /* A refusal between two commands. */
    audit.refused = "RNTO b";
    CHECK_FAILS(ftp, ftp_rename(ftp, "a", "b"), FTP_ERR_DENIED, "RNTO b");
    CHECK_TEXT(host, "untouched");
    CHECK_INT(port, 7);
    CHECK_TEXT(path, "untouched");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

static void a_connection_can_be_refused_before_it_is_made(void)
{
    ftp_handle *ftp = new_client();
    struct audit audit = { .port = 2121, .refused = "ftplib.connect", .ftp = ftp };
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, allow, &audit));
    /* It is not even looked up. */
    CHECK_FAILS(ftp, ftp_connect(ftp, "no-such-host.invalid", 2121), FTP_ERR_DENIED, "connecting");
    CHECK_TEXT(audit.text, "ftplib.connect no-such-host.invalid -\n");
    audit.port = 21;
    CHECK_FAILS(ftp, ftp_connect(ftp, "no-such-host.invalid", 0), FTP_ERR_DENIED, "connecting");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "");
    ftp_free(ftp);
}

static void is_left_for_another(struct session *s)
{
    char line[32];
    says(s, "220 ready");
    if (hears_anything(s, line, sizeof line))
        says(s, "200 fine");
    hears_goodbye(s);
}

/* After any error but FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT, ftp_connect() leaves no connection. */
static void a_refused_connection_leaves_none(void)
{
    struct server *server = serve(is_left_for_another, NULL);
    ftp_handle *ftp = client_of(server);
    struct audit audit = { .port = 2121, .refused = "ftplib.connect", .ftp = ftp };
    CHECK_OK(ftp, ftp_set_audit_callback(ftp, allow, &audit));
    CHECK_FAILS(ftp, ftp_connect(ftp, "elsewhere.invalid", 2121), FTP_ERR_DENIED, "connecting");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "");
    ftp_free(ftp);
    server_ends(server);
}

/* --- urgent data before ABOR --- */

static void is_interrupted(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    /* Telnet's "data mark". */
    hears_urgently(s, 0xf2);
    hears(s, "\xff\xf4\xff" "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void an_urgent_abort_is_announced(void)
{
    struct server *server = serve(is_interrupted, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_urgent_abort(ftp, 1));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", stop, NULL, 0, -1), FTP_ERR_CALLBACK, "RETR f");
    CHECK_OK(ftp, ftp_set_urgent_abort(ftp, 0));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", stop, NULL, 0, -1), FTP_ERR_CALLBACK, "RETR f");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- the log --- */

static void is_logged(struct session *s)
{
    says(s, "220-ready\r\n220 now");
    answers(s, "TYPE I", "200 ok");
    opens_nothing(s);
    answers(s, "PASS s3cret", "230 welcome");
    hears_goodbye(s);
    meets_next_client(s);
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    takes_port(s);
    answers(s, "STOR f", "150 send it");
    data_receives(s, "hello");
    says(s, "226 done");
    says_goodbye(s);
}

/* The kinds of the records in their order, without repetition. */
static void kinds_of(const char *log, char *kinds)
{
    char last = '\0';
    for (const char *line = log; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (line[1] == ' ' && *line != last)
            *kinds++ = last = *line;
    }
    *kinds = '\0';
}

static void every_kind_of_record_is_logged(void)
{
    struct taken log = { .calls = 0 }, data = { .calls = 0 };
    struct given given = { .text = "hello", .step = 5 };
    char kinds[256];
    struct server *server = serve(is_logged, NULL);
    ftp_handle *ftp = new_client();
    CHECK_INT(FTP_LOG_COMMAND, 1);
    CHECK_INT(FTP_LOG_REPLY, 2);
    CHECK_INT(FTP_LOG_STATE, 3);
    CHECK_INT(FTP_LOG_DATA, 4);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, take_log, &log));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_IO, "data connection");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "PASS s3cret"));
    CHECK_OK(ftp, ftp_close(ftp));
    kinds_of(log.text, kinds);
    CHECK_TEXT(kinds, "321212123");
    CHECK_HAS(log.text, "2 220-ready\n220 now\n");
    CHECK_HAS(log.text, "1 PASS ****\n2 230 welcome\n");
    CHECK_LACKS(log.text, "s3cret");

    log.len = 0;
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_OK(ftp, ftp_storbinary(ftp, "STOR f", give, NULL, &given, 0, -1));
    CHECK_OK(ftp, ftp_quit(ftp));
    kinds_of(log.text, kinds);
    CHECK_TEXT(kinds, "3212121242123");
    CHECK_HAS(log.text, "\n4 STOR f: 5 bytes");
    ftp_free(ftp);
    server_ends(server);
}

int main(void)
{
    RUN(connections_come_from_the_source_address);
    RUN(a_source_address_that_is_not_ours);
    RUN(a_source_address_that_cannot_be_one_changes_nothing);
    RUN(the_limit_of_a_line_holds_for_replies_and_for_text);
    RUN(the_limit_can_be_raised_before_connecting);
    RUN(names_and_text_are_encoded_and_files_are_not);
    RUN(what_cannot_be_expressed_is_refused_before_anything_is_sent);
    RUN(a_transfer_that_cannot_be_expressed_sends_nothing);
    RUN(the_encoding_can_change_at_any_time);
    RUN(the_address_of_a_pasv_reply_is_used_only_if_it_is_trusted);
    RUN(the_audit_callback_sees_everything_and_can_refuse);
    RUN(of_a_refused_command_nothing_is_sent);
    RUN(a_connection_can_be_refused_before_it_is_made);
    RUN(a_refused_connection_leaves_none);
    RUN(an_urgent_abort_is_announced);
    RUN(every_kind_of_record_is_logged);
    return summary();
}
