// ftpclient.hpp without exceptions and without RTTI: every call tells its error in a std::error_code.

#include "cpp.hpp"

#include <string>
#include <vector>

#include <poll.h>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this test is for programs without exceptions and RTTI"
#endif

namespace {

void does_a_bit_of_all(struct session *s)
{
    lets_in(s);
    answers(s, "CWD x", "550 no");
    answers(s, "PWD", "257 \"/here\"");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "hello, world");
    data_ends(s);
    says(s, "226 done");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "one two");
    data_ends(s);
    says(s, "226 done");
    begins(s, "RETR f", "150 here it comes (100 bytes)");
    data_sends(s, "short");
    data_ends(s);
    says(s, "226 done");
    begins(s, "STOR f", "150 send it");
    data_receives(s, "one 2");
    says(s, "226 done");
    answers(s, "TYPE A", "200 ok");
    begins(s, "STOR t", "150 send it");
    data_receives(s, "a\r\nb\r\n");
    says(s, "226 done");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    is_aborted(s);
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;\r\n211 End\r\n");
    begins(s, "MLSD", "150 here it comes");
    data_sends(s, "type=file; a\r\ntype=file; b\r\n");
    data_ends(s);
    says(s, "226 done");
    /* Was that about the aborted one? */
    answers(s, "PWD", "257 \"/here\"");
    goes_on(s);
}

void a_session_without_exceptions()
{
    struct server *server = serve(does_a_bit_of_all, nullptr);
    std::error_code code;
    ftp::client client(code);
    CHECK(!code && client.handle() != nullptr);
    client.connect("127.0.0.1", server_port(server), code);
    client.login(code);
    CHECK(!code);
    client.cwd("x", code);
    CHECK(code == FTP_ERR_PERM);
    CHECK_HAS(std::string(client.last_error()).c_str(), "550 no");
    CHECK_VIEW(client.pwd(code), "/here");
    CHECK(!code);
    std::string all;
    client.retrbinary("RETR f", [&](std::string_view data) { all += data; }, code);
    CHECK(!code);
    CHECK_VIEW(all, "hello, world");

    std::string first, second;
    ftp::istream in = client.open_read("f", code);
    in >> first >> second;
    in.close(code);
    CHECK(!code && first == "one" && second == "two");
    in = client.open_read("f", code);
    in >> first;
    CHECK(first == "short" && in.eof());
    in.close(code);
    CHECK(code == FTP_ERR_INTEGRITY);
    ftp::ostream out = client.open_write("f", code);
    out << "one " << 2;
    out.close(code);
    CHECK(!code);
    std::string rest = "a\nb", sent;
    const auto source = [&](char *buffer, std::size_t capacity) {
        const std::size_t size = rest.copy(buffer, capacity);
        rest.erase(0, size);
        return size;
    };
    client.storlines("STOR t", source, [&](std::string_view line) { sent.append(line).append("."); }, code);
    CHECK(!code);
    CHECK_VIEW(sent, "a\r\n.b\r\n.");
    client.retrbinary("RETR f", [](std::string_view) { return false; }, code);
    CHECK(code == FTP_ERR_CALLBACK);

    int count = 0;
    ftp::listing listing = client.list("", code);
    for (const ftp::entry &entry : listing) {
        CHECK(entry.is_file());
        count++;
    }
    CHECK(count == 2 && !listing.error());
    client.voidcmd("NOOP", code);
    client.quit(code);
    CHECK(!code);
    server_ends(server);

    client.connect("127.0.0.1", 1, code);
    CHECK(code == FTP_ERR_IO);
    client.cwd(std::string_view("a\0b", 3), code);
    CHECK(code == FTP_ERR_INVALID_ARGUMENT);
    const ftp::client moved = std::move(client);
    client.close(code);
    CHECK(code == FTP_ERR_INVALID_ARGUMENT);
    CHECK(ftp::parse150("226 done", code) == std::nullopt && code == FTP_ERR_REPLY);
    ftp::batch().run(code);
    CHECK(code == FTP_ERR_STATE);
    ftp::pool().run(code);
    CHECK(code == FTP_ERR_INVALID_ARGUMENT);
}

void answers_slowly(struct session *s)
{
    says(s, "220 ready");
    hears(s, "PWD");
    says_when_it_is_waited_for(s, "257 \"/here\"");
    hears_goodbye(s);
}

void an_operation_without_exceptions()
{
    struct server *server = serve(answers_slowly, nullptr);
    std::error_code code;
    ftp::client client(code);
    client.connect("127.0.0.1", server_port(server), code);
    client.set_blocking(false, code);
    ftp::operation pwd([&](ftp::errors to) { return client.pwd(to); });
    int waits = 0;
    while (!pwd.step(code)) {
        CHECK(!code);
        std::vector<struct pollfd> polled;
        for (const ftp_pollfd &fd : client.pollfds(code))
            polled.push_back({ fd.fd, fd.events, 0 });
        client_waits = true;
        CHECK(poll(polled.data(), polled.size(), 1000) >= 0);
        client_waits = false;
        waits++;
    }
    CHECK(!code && waits > 0);
    CHECK_VIEW(pwd.get(), "/here");
    client.close(code);
    server_ends(server);
}

} // namespace

int main()
{
    RUN(a_session_without_exceptions);
    RUN(an_operation_without_exceptions);
    return summary();
}
