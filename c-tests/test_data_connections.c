/* How data connections are opened: EPSV and EPRT on IPv4, and what is told of active mode. */

#include <stdio.h>

#include "client.h"
#include "dead_ends.h"

static void sends_hello(struct session *s)
{
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
}

static void refuses_epsv(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    answers(s, "EPSV", "500 what?");
    opens_passive(s);
    sends_hello(s);
    opens_passive(s);
    sends_hello(s);
    says_goodbye(s);
}

static void epsv_is_tried_and_given_up(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(refuses_epsv, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_epsv(ftp, 1));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hellohello");
    part(ftp, server);
}

static void sends_two_files_made_ahead(struct session *s)
{
    says(s, "220 ready");
    opens_passive(s);
    answers(s, "TYPE I", "200 ok");
    sends_hello(s);
    opens_passive(s);
    answers(s, "SIZE f", "213 5");
    opens_passive(s);
    sends_hello(s);
    says_goodbye(s);
}

static void a_connection_is_made_ahead(void)
{
    struct taken data = { .calls = 0 };
    int64_t size = -1;
    struct server *server = serve(sends_two_files_made_ahead, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_prearm(ftp));
    CHECK_OK(ftp, ftp_set_prearm(ftp, 1));
    CHECK_OK(ftp, ftp_prearm(ftp));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(ftp_last_command(ftp), "RETR f");
    CHECK_OK(ftp, ftp_size(ftp, "f", &size));
    CHECK_OK(ftp, ftp_set_prearm(ftp, 0));
    CHECK_OK(ftp, ftp_prearm(ftp));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hellohello");
    part(ftp, server);
}

static void takes_one_command_after_the_other(struct session *s)
{
    says(s, "220 (vsFTPd 3.0.3)");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    sends_hello(s);
    opens_passive(s);
    sends_hello(s);
    opens_passive(s);
    /* It is asked for before anybody knows that there is no file. */
    answers(s, "RETR f", "550 no such file");
    opens_passive(s);
    says_goodbye(s);
}

static void the_next_address_is_asked_for_with_a_file(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(takes_one_command_after_the_other, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_prearm(ftp, FTP_PREARM_TOGETHER));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_INT(ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_PERM);
    CHECK_TEXT(ftp_last_reply(ftp), "550 no such file");
    CHECK_TEXT(data.text, "hellohello");
    part(ftp, server);
}

static void hears_of_another_address(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    answers(s, user_of(s), "500 no");
    takes_port(s);
    sends_hello(s);
    says_goodbye(s);
}

static void the_address_and_the_port_that_are_told_can_be_set(void)
{
    struct taken data = { .calls = 0 };
    char command[64];
    /* A port that was free just now. */
    struct dead_end end = refusing_port();
    dead_end_close(&end);
    snprintf(command, sizeof command, "PORT 192,0,2,7,%d,%d", end.port >> 8, end.port & 255);
    struct server *server = serve(hears_of_another_address, command);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_OK(ftp, ftp_set_active_address(ftp, "127.0.0.5", "192.0.2.7"));
    CHECK_OK(ftp, ftp_set_active_ports(ftp, end.port, end.port));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_PERM, "PORT");
    CHECK_OK(ftp, ftp_set_active_address(ftp, NULL, NULL));
    CHECK_OK(ftp, ftp_set_active_ports(ftp, 0, 0));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hello");
    part(ftp, server);
}

static void connects_from_another_address(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    for (int i = 0; i < 4; i++) {
        takes_port(s);
        hears(s, "RETR f");
        data_opens_from(s, "127.0.0.2");
        data_sends(s, "hello");
        data_ends(s);
        says(s, "150 here it comes");
        says(s, "226 done");
    }
    says_goodbye(s);
}

static void only_who_is_let_in_brings_data(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(connects_from_another_address, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_INTEGRITY,
                "RETR f: the server confirmed it, but a data connection from 127.0.0.2 was refused");
    CHECK_TEXT(data.text, "");
    CHECK_OK(ftp, ftp_set_active_peer(ftp, "127.0.0.2"));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_set_active_peer(ftp, "*"));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hellohello");
    CHECK_OK(ftp, ftp_set_active_peer(ftp, NULL));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_INTEGRITY, "127.0.0.2");
    part(ftp, server);
}

static void sends_two_files(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    sends_hello(s);
    takes_port(s);
    answers(s, "RETR g", "150 here it comes");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void check_address(const char *host, uint16_t port, const char *expected)
{
    CHECK_TEXT(host, expected);
    CHECK(port != 0);
}

static void both_connections_tell_their_addresses(void)
{
    struct taken data = { .calls = 0 };
    char host[46] = "";
    uint16_t port = 0, other = 0;
    struct server *server = serve(sends_two_files, NULL);
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_local_address(ftp, FTP_CONTROL_CONNECTION, host, sizeof host, &port), FTP_ERR_STATE, "not connected");
    CHECK_OK(ftp, ftp_set_source_address(ftp, "127.0.0.3", 0));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_local_address(ftp, FTP_CONTROL_CONNECTION, host, sizeof host, &port));
    check_address(host, port, "127.0.0.3");
    CHECK_OK(ftp, ftp_peer_address(ftp, FTP_CONTROL_CONNECTION, host, sizeof host, &other));
    check_address(host, other, "127.0.0.1");
    CHECK_INT(other, server_port(server));
    CHECK_FAILS(ftp, ftp_peer_address(ftp, FTP_DATA_CONNECTION, host, sizeof host, &other), FTP_ERR_STATE, "no data connection");

    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_local_address(ftp, FTP_DATA_CONNECTION, host, sizeof host, &other));
    check_address(host, other, "127.0.0.3");
    CHECK(other != port);
    CHECK_OK(ftp, ftp_peer_address(ftp, FTP_DATA_CONNECTION, host, sizeof host, &port));
    check_address(host, port, "127.0.0.1");

    ftp_transfer *transfer = NULL;
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_OK(ftp, ftp_set_active_address(ftp, "127.0.0.1", NULL));
    CHECK_OK(ftp, ftp_transfercmd(ftp, "RETR g", -1, &transfer));
    CHECK_OK(ftp, ftp_local_address(ftp, FTP_DATA_CONNECTION, host, sizeof host, &port));
    check_address(host, port, "127.0.0.1");
    CHECK(port != other);
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);

    CHECK_FAILS(ftp, ftp_local_address(ftp, 2, host, sizeof host, &port), FTP_ERR_INVALID_ARGUMENT, "no connection 2");
    CHECK_FAILS(ftp, ftp_local_address(ftp, 0, host, 45, &port), FTP_ERR_INVALID_ARGUMENT, "46 bytes");
    CHECK_FAILS(ftp, ftp_local_address(ftp, 0, NULL, 46, &port), FTP_ERR_INVALID_ARGUMENT, "host is NULL");
    CHECK_FAILS(ftp, ftp_peer_address(ftp, 0, host, 46, NULL), FTP_ERR_INVALID_ARGUMENT, "port is NULL");
    part(ftp, server);
}

static void what_cannot_be_an_address_or_a_range_is_refused(void)
{
    static const char *const hosts[] = { "", "localhost", "127.0.0.1:21", "[::1]", "\xff" };
    ftp_handle *ftp = new_client();
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        CHECK_FAILS(ftp, ftp_set_active_address(ftp, hosts[i], NULL), FTP_ERR_INVALID_ARGUMENT, "bind is no address");
        CHECK_FAILS(ftp, ftp_set_active_address(ftp, NULL, hosts[i]), FTP_ERR_INVALID_ARGUMENT, "external is no");
        CHECK_FAILS(ftp, ftp_set_active_peer(ftp, hosts[i]), FTP_ERR_INVALID_ARGUMENT, "address is no address");
    }
    CHECK_FAILS(ftp, ftp_set_active_ports(ftp, 0, 1), FTP_ERR_INVALID_ARGUMENT, "1 to 65535");
    CHECK_FAILS(ftp, ftp_set_active_ports(ftp, 2, 1), FTP_ERR_INVALID_ARGUMENT, "1 to 65535");
    CHECK_FAILS(ftp, ftp_set_active_ports(ftp, 1, 0), FTP_ERR_INVALID_ARGUMENT, "1 to 65535");
    CHECK_OK(ftp, ftp_set_active_ports(ftp, 1, 65535));
    ftp_free(ftp);
}

int main(void)
{
    RUN(epsv_is_tried_and_given_up);
    RUN(a_connection_is_made_ahead);
    RUN(the_next_address_is_asked_for_with_a_file);
    RUN(the_address_and_the_port_that_are_told_can_be_set);
    RUN(only_who_is_let_in_brings_data);
    RUN(both_connections_tell_their_addresses);
    RUN(what_cannot_be_an_address_or_a_range_is_refused);
    return summary();
}
