/* Calls in any order: before connecting, after the end, and again. */

#include "client.h"

/* Every function that needs a connection, on a handle that has none; `why` is what the error must say. */
static void check_not_connected(ftp_handle *ftp, const char *why)
{
    const char *path = "untouched";
    char host[46] = "untouched";
    ftp_transfer *transfer = NULL;
    ftp_handle *other = new_client();
    int64_t size = 7;
    uint16_t port = 7;
    int fd = -7;
    struct taken taken = { .calls = 0 };
    struct given given = { .text = "text", .step = 4 };
    CHECK_FAILS(ftp, ftp_login(ftp, NULL, NULL, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_sendcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_cwd(ftp, "/"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_cwd(ftp, ".."), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_pwd(ftp, &path), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_size(ftp, "file", &size), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_rename(ftp, "a", "b"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_mkd(ftp, "dir", &path), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_rmd(ftp, "dir"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_acct(ftp, "a"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_delete(ftp, "file"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_putcmd(ftp, "NOOP"), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_getresp(ftp), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_voidresp(ftp), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_retrlines(ftp, "LIST", take_line, &taken), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_nlst(ftp, NULL, take_line, &taken), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_dir(ftp, NULL, take_line, &taken), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_mlsd(ftp, NULL, NULL, take_no_entry, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_mlsd(ftp, NULL, "type", take_no_entry, NULL), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &taken, 0, -1), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_storbinary(ftp, "STOR f", give, take_sent, &given, 0, -1), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_storlines(ftp, "STOR f", give, take_sent, &given), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_transfercmd(ftp, "RETR f", -1, &transfer), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_makepasv(ftp, host, sizeof host, &port), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_makeport(ftp, &fd), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_copy(ftp, "a", other, "b", 'I'), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_abort(ftp), FTP_ERR_STATE, why);
    CHECK_FAILS(ftp, ftp_quit(ftp), FTP_ERR_STATE, "not connected");
    CHECK_INT(ftp_control_fd(ftp), -1);
    ftp_free(other);
    CHECK_TEXT(path, "untouched");
    CHECK_TEXT(host, "untouched");
    CHECK(transfer == NULL);
    CHECK_INT(size, 7);
    CHECK_INT(port, 7);
    CHECK_INT(fd, -7);
    CHECK_INT(taken.calls + given.sent.calls, 0);
    CHECK_INT(given.position, 0);
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

static void connecting_again_closes_the_first_connection(void)
{
    struct server *first = serve(is_closed, NULL), *second = serve(is_quit, NULL);
    ftp_handle *ftp = client_of(first);
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(second)));
    server_ends(first);
    CHECK_TEXT(ftp_getwelcome(ftp), "220 first");
    part(ftp, second);
}

static void three_sessions(struct session *s)
{
    is_quit(s);
    meets_next_client(s);
    says(s, "220 second");
    hears_goodbye(s);
    meets_next_client(s);
    says(s, "220 third");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "NLST", "150 here");
    data_sends(s, "a\r\n");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void a_handle_serves_one_session_after_another(void)
{
    struct server *server = serve(three_sessions, NULL);
    struct taken names = { .calls = 0 };
    ftp_handle *ftp = client_of(server);
    CHECK_TEXT(ftp_getwelcome(ftp), "220 first");
    CHECK_OK(ftp, ftp_quit(ftp));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_TEXT(ftp_getwelcome(ftp), "220 second");
    CHECK_TEXT(ftp_last_reply(ftp), "220 second");
    CHECK_OK(ftp, ftp_close(ftp));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_TEXT(ftp_getwelcome(ftp), "220 third");
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &names));
    CHECK_TEXT(names.text, "a\n");
    part(ftp, server);
}

static void a_second_login(struct session *s)
{
    lets_in(s);
    answers(s, "USER anonymous", "503 you are in already");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void logging_in_twice_is_the_servers_business(void)
{
    struct server *server = serve(a_second_login, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_FAILS(ftp, ftp_login(ftp, NULL, NULL, NULL), FTP_ERR_PERM, "503 you are in already");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
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
    RUN(connecting_again_closes_the_first_connection);
    RUN(a_handle_serves_one_session_after_another);
    RUN(logging_in_twice_is_the_servers_business);
    RUN(settings_survive_a_new_connection);
    return summary();
}
