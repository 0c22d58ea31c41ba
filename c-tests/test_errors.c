/* Networks that break and servers that do wrong, at each point of a session: the status, the text, and what is left. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "dead_ends.h"

/* --- no connection --- */

static void nobody_listens(void)
{
    struct dead_end port = refusing_port();
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", port.port), FTP_ERR_IO, "cannot connect to 127.0.0.1: ");
    CHECK_INT(ftp_last_os_error(ftp), ECONNREFUSED);
    CHECK_TEXT(ftp_last_reply(ftp), "");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "cannot connect to 127.0.0.1");
    CHECK_INT(ftp_last_os_error(ftp), 0);
    ftp_free(ftp);
    dead_end_close(&port);
}

static void nobody_answers(void)
{
    struct dead_end port = unanswering_port();
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_timeout(ftp, 100));
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", port.port), FTP_ERR_TIMEOUT, "timed out after 0.1 s");
    CHECK_HAS(ftp_last_error(ftp), "127.0.0.1");
    ftp_free(ftp);
    dead_end_close(&port);
}

static void the_name_cannot_be_one(void)
{
    /* A label of more than 63 characters: no resolver has to ask anybody. */
    char name[80] = "";
    memset(name, 'x', 70);
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_connect(ftp, name, 2121), FTP_ERR_RESOLVE, "xxx:2121: cannot resolve");
    CHECK_FAILS(ftp, ftp_connect(ftp, name, 0), FTP_ERR_RESOLVE, "xxx:21: cannot resolve");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "resolve");
    ftp_free(ftp);
}

/* --- no greeting --- */

struct greeting {
    void (*script)(struct session *);
    ftp_status status;
    const char *error;
};

static void leaves_at_once(struct session *s)
{
    hangs_up(s);
}

static void leaves_in_mid_word(struct session *s)
{
    sends(s, "220 re");
    hangs_up(s);
}

static void leaves_between_lines(struct session *s)
{
    sends(s, "220-welcome\r\n");
    hangs_up(s);
}

static void resets_soon(struct session *s)
{
    /* A reset that comes before the client has looked at its new connection is a failure to connect. */
    pause_ms(50);
    resets(s);
}

static void is_silent(struct session *s)
{
    holds(s);
}

static void stops_in_mid_word(struct session *s)
{
    sends(s, "220 re");
    holds(s);
}

static void is_full(struct session *s)
{
    says(s, "421 too many users");
    hears_goodbye(s);
}

static void is_private(struct session *s)
{
    says(s, "530 members only");
    hears_goodbye(s);
}

static void speaks_ssh(struct session *s)
{
    says(s, "SSH-2.0-OpenSSH_9.2");
    hears_goodbye(s);
}

static void speaks_http(struct session *s)
{
    says(s, "HTTP/1.1 400 Bad Request");
    hears_goodbye(s);
}

static void speaks_tls(struct session *s)
{
    sends_bytes(s, "\x15\x03\x01\0\2\2\x16", 7);
    hangs_up(s);
}

static void speaks_smtp_of_sorts(struct session *s)
{
    says(s, "hello, who are you?");
    hears_goodbye(s);
}

/* Says the line with a long tail until the client leaves. */
static void repeats(struct session *s, const char *line)
{
    char text[5000] = "";
    memset(text, 'x', sizeof text - 1);
    memcpy(text, line, strlen(line));
    while (tries_to_say(s, text))
        ;
}

static void never_ends_its_line(struct session *s)
{
    char text[5000] = "220 ";
    memset(text + 4, 'x', sizeof text - 5);
    sends(s, text);
    sends(s, text + 4);
    hears_goodbye(s);
}

static void never_ends_its_greeting(struct session *s)
{
    repeats(s, "220-welcome, ");
}

static void is_never_ready(struct session *s)
{
    repeats(s, "120 in a minute, ");
}

static void every_bad_greeting_has_its_error(void)
{
    static const struct greeting greetings[] = {
        { leaves_at_once, FTP_ERR_EOF, "before its greeting" },
        { leaves_in_mid_word, FTP_ERR_EOF, "greeting" },
        { leaves_between_lines, FTP_ERR_EOF, "greeting" },
        { resets_soon, FTP_ERR_IO, "connection reset by peer" },
        { is_silent, FTP_ERR_TIMEOUT, "after 0.1 s waiting for the greeting" },
        { stops_in_mid_word, FTP_ERR_TIMEOUT, "after 0.1 s waiting for the " },
        { is_full, FTP_ERR_TEMP, "421 too many users" },
        { is_private, FTP_ERR_PERM, "530 members only" },
        { speaks_ssh, FTP_ERR_PROTO, "SSH server" },
        { speaks_http, FTP_ERR_PROTO, "HTTP server" },
        { speaks_tls, FTP_ERR_PROTO, "TLS" },
        { speaks_smtp_of_sorts, FTP_ERR_PROTO, "hello, who are you?" },
        { never_ends_its_line, FTP_ERR_LIMIT, "8192" },
        { never_ends_its_greeting, FTP_ERR_LIMIT, "" },
        { is_never_ready, FTP_ERR_LIMIT, "120" },
    };
    for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++) {
        char name[32];
        struct server *server = serve(greetings[i].script, NULL);
        ftp_handle *ftp = new_client();
        if (greetings[i].status == FTP_ERR_TIMEOUT)
            CHECK_OK(ftp, ftp_set_timeout(ftp, 100));
        snprintf(name, sizeof name, "127.0.0.1:%d: ", (int)server_port(server));
        CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)), greetings[i].status, greetings[i].error);
        CHECK_HAS(ftp_last_error(ftp), name);
        CHECK_LACKS(ftp_last_error(ftp), "\n");
        CHECK_INT(ftp_last_os_error(ftp), greetings[i].status == FTP_ERR_IO ? ECONNRESET : 0);
        CHECK_TEXT(ftp_getwelcome(ftp), NULL);
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, greetings[i].error);
        server_ends(server);
        ftp_free(ftp);
    }
}

/* --- no reply --- */

/* Each of these has heard NOOP. */

static void closes_the_service(struct session *s)
{
    says(s, "421 closing");
    hears_goodbye(s);
}

static void stops_between_lines(struct session *s)
{
    sends(s, "200-fine\r\n 200 as it is\r\n");
    holds(s);
}

static void answers_without_end(struct session *s)
{
    repeats(s, "200-and more, ");
}

struct reply {
    void (*script)(struct session *);
    ftp_status status;
    const char *error;
};

static void hears_noop(struct session *s)
{
    const struct reply *reply = user_of(s);
    says(s, "220 ready");
    hears(s, "NOOP");
    reply->script(s);
}

static void every_missing_reply_has_its_error(void)
{
    static const struct reply replies[] = {
        { leaves_at_once, FTP_ERR_EOF, "without a reply to NOOP" },
        { leaves_in_mid_word, FTP_ERR_EOF, "in the middle of its reply to NOOP" },
        { leaves_between_lines, FTP_ERR_EOF, "in the middle of its reply to NOOP" },
        { resets_soon, FTP_ERR_IO, "waiting for the reply to NOOP" },
        { is_silent, FTP_ERR_TIMEOUT, "timed out after 0.1 s waiting for the reply to NOOP" },
        { stops_in_mid_word, FTP_ERR_TIMEOUT, "waiting for the reply to NOOP" },
        { stops_between_lines, FTP_ERR_TIMEOUT, "waiting for the reply to NOOP" },
        { closes_the_service, FTP_ERR_TEMP, "NOOP: 421 closing" },
        { never_ends_its_line, FTP_ERR_LIMIT, "8192" },
        { answers_without_end, FTP_ERR_LIMIT, "" },
    };
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct reply reply = replies[i];
        struct server *server = serve(hears_noop, &reply);
        ftp_handle *ftp = client_of(server);
        if (reply.status == FTP_ERR_TIMEOUT)
            CHECK_OK(ftp, ftp_set_timeout(ftp, 100));
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), reply.status, reply.error);
        CHECK_INT(ftp_last_os_error(ftp), reply.status == FTP_ERR_IO ? ECONNRESET : 0);
        server_ends(server);
        /* Closed: nothing can be taken for the reply to another command. The error says why. */
        CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, reply.error);
        CHECK_TEXT(ftp_getwelcome(ftp), "220 ready");
        ftp_free(ftp);
    }
}

static void is_not_there_any_more(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    hangs_up(s);
}

static void ends_an_idle_session(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    says(s, "421 you are asleep");
    hangs_up(s);
}

static void says_too_much(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    sends(s, "200 fine\r\n200 really\r\n");
    answers(s, "NOOP", "200 again");
    says_goodbye(s);
}

static void what_happens_while_idle_is_told_by_the_next_call(void)
{
    struct server *server = serve(is_not_there_any_more, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    server_ends(server);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_EOF, "idle");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "idle");
    server = serve(ends_an_idle_session, NULL);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    server_ends(server);
    CHECK_FAILS(ftp, ftp_cwd(ftp, "/"), FTP_ERR_TEMP, "421 you are asleep");
    CHECK_INT(ftp_last_reply_code(ftp), 421);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "421 you are asleep");
    ftp_free(ftp);
}

static void a_reply_too_many_is_not_taken_for_the_next_one(void)
{
    struct server *server = serve(says_too_much, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 again");
    part(ftp, server);
}

/* --- no data connection --- */

static void offers_no_data_connection(struct session *s)
{
    struct dead_end *silent = user_of(s);
    char reply[80];
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_nothing(s);
    answers(s, "PASV", "227 wherever you like");
    /* Asked once in a session. */
    answers(s, "EPSV", "500 what?");
    answers(s, "PASV", "425 not now");
    answers(s, "PASV", "500 not ever");
    answers(s, "PASV", "227 (127,0,0,1,0,0)");
    snprintf(reply, sizeof reply, "227 (127,0,0,1,%d,%d)", silent->port >> 8, silent->port & 255);
    answers(s, "PASV", reply);
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void no_data_connection_is_no_end_of_the_session(void)
{
    struct taken data = { .calls = 0 };
    struct dead_end silent = unanswering_port();
    struct server *server = serve(offers_no_data_connection, &silent);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_IO, "data connection to 127.0.0.1:");
    CHECK_INT(ftp_last_os_error(ftp), ECONNREFUSED);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_PROTO, "227 wherever you like");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_TEMP, "PASV: 425 not now");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_PERM, "PASV: 500 not ever");
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_PROTO, "127,0,0,1,0,0");
    CHECK_OK(ftp, ftp_set_timeout(ftp, 100));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_TIMEOUT, "the data connection to");
    CHECK_OK(ftp, ftp_set_timeout(ftp, 10000));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    CHECK_INT(data.calls, 0);
    part(ftp, server);
    dead_end_close(&silent);
}

/* --- transfers that break --- */

/* Each of these sends a part of the file, breaks, and goes on to NOOP if it can. */

static void begins(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "half a f");
}

static void goes_on(struct session *s)
{
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void disk_fails(struct session *s)
{
    begins(s);
    says(s, "451 the disk fails");
    data_is_closed(s);
    goes_on(s);
}

static void disk_fails_after_the_end(struct session *s)
{
    begins(s);
    data_ends(s);
    says(s, "451 the disk fails");
    goes_on(s);
}

static void shuts_down(struct session *s)
{
    begins(s);
    says(s, "421 shutting down");
    hears_goodbye(s);
}

static void cuts_the_data(struct session *s)
{
    begins(s);
    data_resets(s);
    says(s, "426 it broke");
    goes_on(s);
}

static void cuts_all(struct session *s)
{
    begins(s);
    hangs_up(s);
    data_ends(s);
}

static void cuts_control(struct session *s)
{
    begins(s);
    hangs_up(s);
    data_is_closed(s);
}

static void resets_control(struct session *s)
{
    begins(s);
    resets(s);
    data_is_closed(s);
}

static void is_stuck(struct session *s)
{
    begins(s);
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 you were impatient");
    says(s, "226 it is aborted");
    goes_on(s);
}

static void confirms_nothing(struct session *s)
{
    begins(s);
    data_ends(s);
    hears_goodbye(s);
}

static void confirms_with_nonsense(struct session *s)
{
    begins(s);
    data_ends(s);
    says(s, "pardon?");
    answers(s, "PWD", "257 \"/\"");
    goes_on(s);
}

static void confirms_after_nonsense(struct session *s)
{
    begins(s);
    data_ends(s);
    says(s, "pardon?");
    hears(s, "PWD");
    says(s, "226 done");
    says(s, "257 \"/\"");
    goes_on(s);
}

static void asks_back(struct session *s)
{
    begins(s);
    data_ends(s);
    says(s, "350 and now?");
    goes_on(s);
}

static void dies_in_its_confirmation(struct session *s)
{
    begins(s);
    data_ends(s);
    sends(s, "226 do");
    hangs_up(s);
}

static void every_broken_download_has_its_error(void)
{
    static const struct {
        void (*script)(struct session *);
        ftp_status status;
        const char *error;
        int goes_on;
    } breaks[] = {
        { disk_fails, FTP_ERR_TEMP, "RETR f: 451 the disk fails", 1 },
        { disk_fails_after_the_end, FTP_ERR_TEMP, "RETR f: 451 the disk fails", 1 },
        { shuts_down, FTP_ERR_TEMP, "421 shutting down", 0 },
        { cuts_the_data, FTP_ERR_TEMP, "RETR f: 426 it broke", 1 },
        { cuts_all, FTP_ERR_EOF, "RETR f", 0 },
        { cuts_control, FTP_ERR_EOF, "RETR f", 0 },
        { resets_control, FTP_ERR_IO, "RETR f", 0 },
        { is_stuck, FTP_ERR_TIMEOUT, "waiting for data (phase: data; RETR f, after 8 bytes)", 1 },
        { confirms_nothing, FTP_ERR_TIMEOUT, "8 bytes were received, the server did not confirm", 0 },
        { confirms_with_nonsense, FTP_ERR_PROTO, "pardon?", 1 },
        { confirms_after_nonsense, FTP_ERR_PROTO, "pardon?", 1 },
        { asks_back, FTP_ERR_REPLY, "350 and now?", 1 },
        { dies_in_its_confirmation, FTP_ERR_EOF, "in the middle of its reply to RETR f", 0 },
    };
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        struct taken data = { .calls = 0 };
        struct server *server = serve(breaks[i].script, NULL);
        ftp_handle *ftp = client_of(server);
        if (breaks[i].status == FTP_ERR_TIMEOUT)
            CHECK_OK(ftp, ftp_set_timeout(ftp, 200));
        CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), breaks[i].status, breaks[i].error);
        CHECK_OK(ftp, ftp_set_timeout(ftp, 10000));
        if (breaks[i].goes_on) {
            CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
            CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
            part(ftp, server);
        } else {
            server_ends(server);
            CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, breaks[i].error);
            ftp_free(ftp);
        }
    }
}

static void takes_a_part(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "STOR f", "150 send it");
    data_receives_some(s);
}

static void has_no_room(struct session *s)
{
    takes_a_part(s);
    data_resets(s);
    says(s, "552 no room");
    goes_on(s);
}

static void has_no_room_and_says_so_first(struct session *s)
{
    takes_a_part(s);
    says(s, "552 no room");
    data_is_closed(s);
    goes_on(s);
}

static void cuts_the_upload_and_all(struct session *s)
{
    takes_a_part(s);
    data_resets(s);
    resets(s);
}

static void reads_no_more(struct session *s)
{
    takes_a_part(s);
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 as you wish");
    says(s, "226 it is aborted");
    goes_on(s);
}

static int64_t give_without_end(void *buffer, size_t capacity, void *unused)
{
    (void)unused;
    memset(buffer, 'x', capacity);
    return (int64_t)capacity;
}

static void every_broken_upload_has_its_error(void)
{
    static const struct {
        void (*script)(struct session *);
        ftp_status status;
        const char *error;
        int goes_on;
    } breaks[] = {
        { has_no_room, FTP_ERR_PERM, "STOR f: 552 no room", 1 },
        { has_no_room_and_says_so_first, FTP_ERR_PERM, "STOR f: 552 no room", 1 },
        { cuts_the_upload_and_all, FTP_ERR_IO, "STOR f", 0 },
        { reads_no_more, FTP_ERR_TIMEOUT, "waiting for the server to take data (phase: data; STOR f, after ", 1 },
    };
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        struct server *server = serve(breaks[i].script, NULL);
        ftp_handle *ftp = client_of(server);
        if (breaks[i].status == FTP_ERR_TIMEOUT)
            CHECK_OK(ftp, ftp_set_timeout(ftp, 200));
        CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give_without_end, NULL, NULL, 0, -1), breaks[i].status,
                    breaks[i].error);
        CHECK_INT(ftp_last_os_error(ftp) != 0, breaks[i].status == FTP_ERR_IO);
        CHECK_OK(ftp, ftp_set_timeout(ftp, 10000));
        if (breaks[i].goes_on) {
            CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
            CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
            part(ftp, server);
        } else {
            server_ends(server);
            CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "STOR f");
            ftp_free(ftp);
        }
    }
}

static void never_calls(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    takes_port(s);
    answers(s, "RETR f", "150 I shall call you");
    hears(s, "ABOR");
    says(s, "426 you were impatient");
    says(s, "226 it is aborted");
    takes_port(s);
    answers(s, "RETR f", "150 I try to call you");
    says(s, "425 I cannot reach you");
    answers(s, "PORT", "500 no");
    goes_on(s);
}

static void a_server_that_cannot_connect(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(never_calls, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_OK(ftp, ftp_set_timeout(ftp, 200));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_TIMEOUT, "data connection");
    CHECK_OK(ftp, ftp_set_timeout(ftp, 10000));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_TEMP, "425 I cannot reach you");
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "PORT"), FTP_ERR_PERM, "500 no");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

int main(void)
{
    RUN(nobody_listens);
    RUN(nobody_answers);
    RUN(the_name_cannot_be_one);
    RUN(every_bad_greeting_has_its_error);
    RUN(every_missing_reply_has_its_error);
    RUN(what_happens_while_idle_is_told_by_the_next_call);
    RUN(a_reply_too_many_is_not_taken_for_the_next_one);
    RUN(no_data_connection_is_no_end_of_the_session);
    RUN(every_broken_download_has_its_error);
    RUN(every_broken_upload_has_its_error);
    RUN(a_server_that_cannot_connect);
    return summary();
}
