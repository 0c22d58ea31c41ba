/* The limits of the phases, and of whole calls: one case for each, with the words of the error. */

#include "client.h"
#include "dead_ends.h"

/* The second is for limits that the server has to keep. */
enum { SHORT = 200, LONG = 1500 };

static const int phases[] = {
    FTP_PHASE_CONNECT, FTP_PHASE_GREETING, FTP_PHASE_REPLY, FTP_PHASE_DATA,
    FTP_PHASE_ACCEPT,  FTP_PHASE_FINAL,    FTP_PHASE_TOTAL,
};
enum { PHASES = sizeof phases / sizeof *phases };

static void is_silent(struct session *s)
{
    holds(s);
}

static void never_answers(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    holds(s);
}

/* Takes the ABOR of a transfer that was given up, and goes on. */
static void takes_abort(struct session *s)
{
    hears(s, "ABOR");
    says(s, "426 stopped");
    says(s, "226 aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void stops_in_mid_file(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    hears(s, "RETR f");
    /* It is there when the client begins to wait for it. */
    data_sends(s, "hello");
    says(s, "150 here it comes");
    takes_abort(s);
}

static void never_connects(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    takes_port(s);
    answers(s, "RETR f", "150 I shall call you");
    takes_abort(s);
}

static void never_confirms(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "STOR f", "150 go");
    data_receives(s, "hello");
    holds(s);
}

/* Connects to a server of the script, with one limit that is short. */
static ftp_handle *impatient_client(struct server **server, void (*script)(struct session *), int phase)
{
    *server = serve(script, NULL);
    ftp_handle *ftp = client_of(*server);
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, phase, SHORT));
    return ftp;
}

/* The session is in step after a transfer that was given up. */
static void check_in_step(ftp_handle *ftp, struct server *server)
{
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_TOTAL, -1));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

static void connecting(void)
{
    struct dead_end port = unanswering_port();
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_CONNECT, SHORT));
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", port.port), FTP_ERR_TIMEOUT,
                "timed out after 0.2 s waiting for a connection to 127.0.0.1 (phase: connect)");
    ftp_free(ftp);
    dead_end_close(&port);
}

static void the_greeting(void)
{
    struct server *server = serve(is_silent, NULL);
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_GREETING, SHORT));
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)), FTP_ERR_TIMEOUT,
                "timed out after 0.2 s waiting for the greeting (phase: greeting; ");
    ftp_free(ftp);
    server_ends(server);
}

static void a_reply(void)
{
    struct server *server;
    ftp_handle *ftp = impatient_client(&server, never_answers, FTP_PHASE_REPLY);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_TIMEOUT,
                "timed out after 0.2 s waiting for the reply to NOOP (phase: reply)");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "(phase: reply)");
    ftp_free(ftp);
    server_ends(server);
}

static void data(void)
{
    struct taken taken = { .calls = 0 };
    struct server *server;
    ftp_handle *ftp = impatient_client(&server, stops_in_mid_file, FTP_PHASE_DATA);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1), FTP_ERR_TIMEOUT,
                "timed out after 0.2 s waiting for data (phase: data; RETR f, after 5 bytes)");
    CHECK_TEXT(taken.text, "hello");
    check_in_step(ftp, server);
}

static void a_data_connection_of_the_server(void)
{
    struct taken taken = { .calls = 0 };
    struct server *server;
    ftp_handle *ftp = impatient_client(&server, never_connects, FTP_PHASE_ACCEPT);
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1), FTP_ERR_TIMEOUT,
                "timed out after 0.2 s waiting for the server's data connection (phase: accept)");
    CHECK_INT(taken.calls, 0);
    check_in_step(ftp, server);
}

static void the_final_reply(void)
{
    struct given given = { .text = "hello", .step = 100 };
    struct server *server;
    ftp_handle *ftp = impatient_client(&server, never_confirms, FTP_PHASE_FINAL);
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give, NULL, &given, 0, -1), FTP_ERR_TIMEOUT,
                "timed out after 0.2 s waiting for the reply to STOR f "
                "(phase: final; all 5 bytes were sent, the server did not confirm)");
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "(phase: final");
    ftp_free(ftp);
    server_ends(server);
}

static void the_whole_call(void)
{
    struct taken taken = { .calls = 0 };
    struct server *server;
    ftp_handle *ftp = impatient_client(&server, stops_in_mid_file, FTP_PHASE_TOTAL);
    /* It counts from the first command on, and the server has to send its data before. */
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_TOTAL, LONG));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1), FTP_ERR_TIMEOUT,
                "timed out after 1.5 s in RETR f (phase: total; 5 bytes were received)");
    check_in_step(ftp, server);
}

static int take_slowly(const void *data, size_t len, void *taken)
{
    pause_ms(LONG + SHORT);
    return take_data(data, len, taken);
}

static void sends_a_file(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    hears(s, "RETR f");
    /* It is there when the client begins to wait for it. */
    data_sends(s, "hello");
    says(s, "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void the_time_of_callbacks_is_not_the_servers(void)
{
    struct taken taken = { .calls = 0 };
    struct server *server;
    ftp_handle *ftp = impatient_client(&server, sends_a_file, FTP_PHASE_DATA);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_slowly, &taken, 0, -1));
    CHECK_TEXT(taken.text, "hello");
    check_in_step(ftp, server);
}

/* ftp_set_timeout() sets all of them but that of the whole call. */
static void all_at_once(void)
{
    struct taken taken = { .calls = 0 };
    struct server *server = serve(sends_a_file, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_timeout(ftp, LONG));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_slowly, &taken, 0, -1));
    CHECK_OK(ftp, ftp_set_timeout(ftp, 20000));
    check_in_step(ftp, server);
}

static void what_is_no_limit_is_refused(void)
{
    static const int64_t good[] = { 1, 1000, INT64_MAX, -1 };
    static const int64_t bad[] = { 0, -2, INT64_MIN };
    static const int nothing[] = { 0, 8, -1 };
    ftp_handle *ftp = ftp_new();
    for (size_t phase = 0; phase < PHASES; phase++) {
        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
            CHECK_OK(ftp, ftp_set_phase_timeout(ftp, phases[phase], good[i]));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            CHECK_FAILS(ftp, ftp_set_phase_timeout(ftp, phases[phase], bad[i]), FTP_ERR_INVALID_ARGUMENT, "1 ms or more");
    }
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        CHECK_FAILS(ftp, ftp_set_phase_timeout(ftp, nothing[i], 1000), FTP_ERR_INVALID_ARGUMENT, "FTP_PHASE_");
    CHECK_INT(ftp_set_phase_timeout(NULL, FTP_PHASE_REPLY, 1000), FTP_ERR_INVALID_ARGUMENT);
    ftp_free(ftp);
}

int main(void)
{
    RUN(connecting);
    RUN(the_greeting);
    RUN(a_reply);
    RUN(data);
    RUN(a_data_connection_of_the_server);
    RUN(the_final_reply);
    RUN(the_whole_call);
    RUN(the_time_of_callbacks_is_not_the_servers);
    RUN(all_at_once);
    RUN(what_is_no_limit_is_refused);
    return summary();
}
