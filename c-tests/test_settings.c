/* Settings, and what each changes on the wire. */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "client.h"

/* --- how long a line may be --- */

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
    CHECK_FAILS(ftp, ftp_set_maxline(ftp, 0), FTP_ERR_INVALID_ARGUMENT, "1 byte");
    CHECK_OK(ftp, ftp_set_maxline(ftp, SIZE_MAX));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_INT(strlen(ftp_getwelcome(ftp)), LONG_LINE);
    part(ftp, server);
}

/* --- the encoding of names and text --- */

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
    CHECK_OK(ftp, ftp_set_utf8(ftp, 0));
    CHECK_OK(ftp, ftp_set_utf8(ftp, 1));
    CHECK_OK(ftp, ftp_cwd(ftp, "\xff"));
    CHECK_TEXT(ftp_last_reply(ftp), "250 \xff");
    part(ftp, server);
}

/* --- what the server runs on --- */

static void runs_on_vms(struct session *s)
{
    says(s, "220 ready");
    answers(s, "FEAT", "500 what?");
    answers(s, "PWD", "257 \"D:[ME]\"");
    answers(s, "CWD [.SUB]", "250 ok");
    answers(s, "CWD D:[ME]", "250 ok");
    answers(s, "MDTM [.SUB]", "550 no");
    says_goodbye(s);
}

static void the_program_can_say_what_the_server_runs_on(void)
{
    static const int bad[] = { -1, FTP_SYSTEM_GUARDIAN + 1, INT_MAX };
    struct server *server = serve(runs_on_vms, NULL);
    ftp_handle *ftp = client_of(server);
    const ftp_entry *entry = NULL;
    for (int system = FTP_SYSTEM_AUTO; system <= FTP_SYSTEM_GUARDIAN; system++)
        CHECK_OK(ftp, ftp_set_system(ftp, system));
    CHECK_OK(ftp, ftp_set_system(ftp, FTP_SYSTEM_VMS));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ftp, ftp_set_system(ftp, bad[i]), FTP_ERR_INVALID_ARGUMENT, "FTP_SYSTEM_");
    CHECK_OK(ftp, ftp_stat(ftp, "[.SUB]", &entry));
    CHECK_TEXT(entry->name, "SUB");
    CHECK_INT(entry->type, FTP_ENTRY_DIRECTORY);
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
    RUN(the_limit_can_be_raised_before_connecting);
    RUN(the_encoding_can_change_at_any_time);
    RUN(the_program_can_say_what_the_server_runs_on);
    RUN(the_audit_callback_sees_everything_and_can_refuse);
    RUN(a_connection_can_be_refused_before_it_is_made);
    RUN(a_refused_connection_leaves_none);
    RUN(an_urgent_abort_is_announced);
    RUN(every_kind_of_record_is_logged);
    return summary();
}
