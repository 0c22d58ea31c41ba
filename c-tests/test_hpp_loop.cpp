// ftpclient.hpp in an event loop: calls that do not wait, what comes out of them, and how they are given up.

#include "cpp.hpp"

#include <string>
#include <vector>

#include <poll.h>

namespace {

struct own_exception {};

// Waits as a loop does.
void wait_for(ftp::client &client, std::vector<ftp_pollfd> &fds)
{
    client.pollfds(fds);
    CHECK(!fds.empty());
    std::vector<struct pollfd> polled;
    for (const ftp_pollfd &fd : fds)
        polled.push_back({ fd.fd, fd.events, 0 });
    const auto timeout = client.timeout();
    client_waits = true;
    CHECK(poll(polled.data(), polled.size(), timeout ? static_cast<int>(timeout->count()) : -1) >= 0);
    client_waits = false;
}

// Goes on with the operation until it has ended. Returns how often it had to wait.
template <class Call>
int drive(ftp::client &client, ftp::operation<Call> &operation)
{
    std::vector<ftp_pollfd> fds;
    int waits = 0;
    while (!operation.step()) {
        wait_for(client, fds);
        waits++;
    }
    return waits;
}

ftp::client in_loop(const struct server *server)
{
    ftp::client client = connected(server);
    client.set_blocking(false);
    return client;
}

// quits() for a client that waits.
void leaves(ftp::client &client, struct server *server)
{
    client.set_blocking(true);
    quits(client, server);
}

void takes_its_time(struct session *s)
{
    says(s, "220 ready");
    hears(s, "PWD");
    says_when_it_is_waited_for(s, "257 \"/here\"");
    hears(s, "TYPE I");
    says_when_it_is_waited_for(s, "200 ok");
    begins(s, "RETR f", "150 here it comes");
    for (int i = 0; i < 3; i++) {
        data_sends(s, "data");
        pause_ms(50);
    }
    data_ends(s);
    says(s, "226 done");
    hears(s, "DELE f");
    pause_ms(50);
    says(s, "550 no");
    goes_on(s);
}

void an_operation_has_its_result_at_its_end()
{
    struct server *server = serve(takes_its_time, nullptr);
    ftp::client client = in_loop(server);
    ftp::operation pwd([&](ftp::errors to) { return client.pwd(to); });
    CHECK(drive(client, pwd) > 0);
    CHECK_VIEW(pwd.get(), "/here");

    // The callable may be another one each time, as its type is the same.
    std::string all;
    ftp::operation download([&](ftp::errors to) {
        client.retrbinary("RETR f", [&](std::string_view data) { all += data; }, to);
    });
    CHECK(drive(client, download) > 0);
    download.get();
    CHECK_VIEW(all, "datadatadata");

    ftp::operation refused([&](ftp::errors to) { client.remove("f", to); });
    CHECK_THROWS(drive(client, refused), FTP_ERR_PERM, "DELE f: 550 no");
    leaves(client, server);
}

void answers_slowly(struct session *s)
{
    says(s, "220 ready");
    hears(s, "STAT");
    says_when_it_is_waited_for(s, "211 fine");
    goes_on(s);
}

void without_an_operation_again_is_a_code()
{
    struct server *server = serve(answers_slowly, nullptr);
    ftp::client client = in_loop(server);
    std::error_code code;
    std::vector<ftp_pollfd> fds;
    CHECK_THROWS(client.sendcmd("STAT"), FTP_AGAIN, "");
    // Another call is refused, and changes nothing.
    client.cwd("x", code);
    CHECK(code == FTP_ERR_BUSY);
    client.sendcmd("STAT", code);
    while (code == FTP_AGAIN) {
        wait_for(client, fds);
        client.sendcmd("STAT", code);
    }
    CHECK(!code);
    CHECK(client.pollfds().empty() && !client.timeout());
    leaves(client, server);
}

void is_cancelled_slowly(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    hears(s, "ABOR");
    says_when_it_is_waited_for(s, "426 it is cut");
    says(s, "226 it is aborted");
    goes_on(s);
}

// The call takes some more turns until the session is in step. Only then does the exception come out.
void an_exception_comes_out_when_the_call_has_ended()
{
    struct server *server = serve(is_cancelled_slowly, nullptr);
    ftp::client client = in_loop(server);
    int turns_after = -1;
    ftp::operation download([&](ftp::errors to) {
        if (turns_after >= 0)
            turns_after++;
        client.retrbinary(
            "RETR f",
            [&](std::string_view) {
                turns_after = 0;
                throw own_exception();
            },
            to);
    });
    bool came_out = false;
    try {
        drive(client, download);
    } catch (const own_exception &) {
        came_out = true;
    }
    CHECK(came_out && turns_after > 0);
    leaves(client, server);
}

void is_left(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    holds(s);
}

// Who closes the client gives up the call, with what its callback has thrown.
void a_call_can_be_given_up()
{
    struct server *server = serve(is_left, nullptr);
    ftp::client client = in_loop(server);
    bool has_thrown = false;
    ftp::operation download([&](ftp::errors to) {
        client.retrbinary(
            "RETR f",
            [&](std::string_view) {
                has_thrown = true;
                throw own_exception();
            },
            to);
    });
    std::vector<ftp_pollfd> fds;
    while (!has_thrown) {
        CHECK(!download.step());
        wait_for(client, fds);
    }
    CHECK(!download.step());
    client.close();
    CHECK_INT(client.state(), FTP_STATE_NOT_CONNECTED);
    CHECK_THROWS(client.voidcmd("NOOP"), FTP_ERR_STATE, "");
    server_ends(server);
}

void sends_a_piece(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    is_aborted(s);
    goes_on(s);
}

// A transfer that is freed gives up its call; the next call is one of its own.
void a_transfer_can_be_given_up()
{
    struct server *server = serve(sends_a_piece, nullptr);
    ftp::client client = in_loop(server);
    ftp::operation open([&](ftp::errors to) { return client.transfercmd("RETR f", to); });
    drive(client, open);
    ftp::transfer transfer = open.get();
    char buffer[4];
    ftp::operation read([&](ftp::errors to) { return transfer.read(buffer, sizeof buffer, to); });
    drive(client, read);
    CHECK_INT(read.get(), 4);
    std::error_code code;
    transfer.read(buffer, sizeof buffer, code);
    CHECK(code == FTP_AGAIN);
    transfer.abort();
    CHECK(!transfer);
    leaves(client, server);
}

void is_cancelled(struct session *s)
{
    says(s, "220 ready");
    holds(s);
}

void a_call_can_be_cancelled()
{
    struct server *server = serve(is_cancelled, nullptr);
    ftp::client client = in_loop(server);
    ftp::operation status([&](ftp::errors to) { client.sendcmd("STAT", to); });
    CHECK(!status.step());
    client.cancel();
    CHECK_THROWS(drive(client, status), FTP_ERR_ABORTED, "cancelled");
    server_ends(server);
}

} // namespace

int main()
{
    RUN(an_operation_has_its_result_at_its_end);
    RUN(without_an_operation_again_is_a_code);
    RUN(an_exception_comes_out_when_the_call_has_ended);
    RUN(a_call_can_be_given_up);
    RUN(a_transfer_can_be_given_up);
    RUN(a_call_can_be_cancelled);
    return summary();
}
