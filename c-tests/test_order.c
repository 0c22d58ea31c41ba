/* Calls in any order: before connecting, after the end, and again. */

#include "client.h"
#include "refused.h"

/* Every function that needs a connection, on a handle that has none; `why` is what the error must say. */
static void check_not_connected(ftp_handle *ftp, const char *why)
{
    ftp_handle *other = new_client();
    check_all_refused(ftp, why);
    CHECK_FAILS(ftp, ftp_putcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_copy(ftp, "a", other, "b", 'I'), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_abort(ftp), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_quit(ftp), FTP_ERR_STATE, "not connected");
    CHECK_INT(ftp_control_fd(ftp), -1);
    ftp_free(other);
    CHECK_INT(ftp_last_os_error(ftp), 0);
    CHECK_INT(ftp_last_callback_result(ftp), 0);
}

static void a_new_handle_knows_nothing(void)
{
    ftp_handle *ftp = ftp_new();
    CHECK_TEXT(ftp_last_error(ftp), "");
    CHECK_TEXT(ftp_last_reply(ftp), "");
    CHECK_INT(ftp_last_reply_code(ftp), 0);
    CHECK_INT(ftp_last_os_error(ftp), 0);
    CHECK_INT(ftp_last_callback_result(ftp), 0);
    CHECK_INT(ftp_control_fd(ftp), -1);
    CHECK_TEXT(ftp_getwelcome(ftp), NULL);
    ftp_free(ftp);
}

static void before_connecting(void)
{
    ftp_handle *ftp = new_client();
    check_not_connected(ftp, "connect first");
    CHECK_OK(ftp, ftp_close(ftp));
    ftp_cancel(ftp);
    ftp_free(ftp);
}

static void is_quit(struct session *s)
{
    says(s, "220 first");
    says_goodbye(s);
}

static void after_quit(void)
{
    struct server *server = serve(is_quit, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_TEXT(ftp_last_reply(ftp), "221 goodbye");
    CHECK_INT(ftp_last_reply_code(ftp), 221);
    check_not_connected(ftp, "QUIT");
    CHECK_TEXT(ftp_getwelcome(ftp), "220 first");
    CHECK_OK(ftp, ftp_close(ftp));
    ftp_free(ftp);
    server_ends(server);
}

static void is_closed(struct session *s)
{
    says(s, "220 ready");
    hears_goodbye(s);
}

static void after_close(void)
{
    struct server *server = serve(is_closed, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_close(ftp));
    check_not_connected(ftp, "closed");
    CHECK_OK(ftp, ftp_close(ftp));
    server_ends(server);
    ftp_free(ftp);
}

static void freeing_closes_without_quit(void)
{
    struct server *server = serve(is_closed, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_free(ftp);
    server_ends(server);
}

static void refuses_everybody(struct session *s)
{
    says(s, "421 too many users");
    hears_goodbye(s);
}

static void after_connecting_failed(void)
{
    struct server *server = serve(refuses_everybody, NULL);
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)), FTP_ERR_TEMP, "421 too many users");
    CHECK_INT(ftp_last_reply_code(ftp), 421);
    CHECK_TEXT(ftp_getwelcome(ftp), NULL);
    check_not_connected(ftp, "421 too many users");
    server_ends(server);
    ftp_free(ftp);
}

static void settings_survive_a_new_connection(void)
{
    struct server *server = serve(is_quit, NULL);
    struct taken log = { .calls = 0 };
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_log_callback(ftp, take_log, &log));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_HAS(log.text, "2 220 first\n");
    part(ftp, server);
    CHECK_HAS(log.text, "1 QUIT\n2 221 goodbye\n");
}

int main(void)
{
    RUN(a_new_handle_knows_nothing);
    RUN(before_connecting);
    RUN(after_quit);
    RUN(after_close);
    RUN(freeing_closes_without_quit);
    RUN(after_connecting_failed);
    RUN(settings_survive_a_new_connection);
    return summary();
}
