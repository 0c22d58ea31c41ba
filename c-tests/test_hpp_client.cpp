// ftpclient.hpp: sessions, errors in both forms, what goes in and out, moves, and threads.

#include "cpp.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

static_assert(!std::is_copy_constructible_v<ftp::client> && !std::is_copy_assignable_v<ftp::client>);
static_assert(std::is_nothrow_move_constructible_v<ftp::client> && std::is_nothrow_move_assignable_v<ftp::client>);
static_assert(std::is_base_of_v<std::system_error, ftp::error> && std::is_nothrow_copy_constructible_v<ftp::error>);
static_assert(std::is_error_code_enum_v<ftp_status>);

void answers_commands(struct session *s)
{
    lets_in(s);
    answers(s, "PWD", "257 \"/a \"\"b\"\"\"");
    answers(s, "TYPE I", "200 ok");
    answers(s, "SIZE f", "213 5");
    answers(s, "SIZE g", "213 unknown");
    answers(s, "MKD new", "257 \"/new\"");
    answers(s, "SYST", "215 UNIX Type: L8");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MDTM\r\n REST STREAM\r\n211 End\r\n");
    answers(s, "MDTM f", "213 20260115123000.25");
    answers(s, "MDTM g", "213 soon");
    answers(s, "DELE f", "550 not yours");
    answers(s, "DELE f", "450 not now");
    goes_on(s);
}

void calls_return_what_the_server_tells()
{
    struct server *server = serve(answers_commands, nullptr);
    ftp::client client = connected(server);
    CHECK_VIEW(client.getwelcome(), "220 ready");
    client.login();
    CHECK_INT(client.state(), FTP_STATE_LOGGED_IN);
    CHECK_VIEW(client.pwd(), "/a \"b\"");
    CHECK_INT(client.size("f").value(), 5);
    CHECK(!client.size("g"));
    CHECK_VIEW(client.mkd("new"), "/new");
    CHECK_VIEW(client.syst(), "UNIX Type: L8");
    CHECK_VIEW(client.feature("REST").value(), "STREAM");
    CHECK_VIEW(client.feature("MDTM").value(), "");
    CHECK(!client.feature("HASH"));
    const auto when = client.modified("f");
    CHECK(when && when->time_since_epoch() == std::chrono::milliseconds(1768480200250));
    CHECK(!client.modified("g"));

    // Thrown, with all that is known.
    try {
        client.remove("f");
        CHECK(!"it threw nothing");
    } catch (const std::system_error &caught) {
        const auto &refusal = static_cast<const ftp::error &>(caught);
        CHECK(refusal.code() == FTP_ERR_PERM && refusal.status() == FTP_ERR_PERM);
        CHECK_TEXT(refusal.code().category().name(), "ftp");
        CHECK_HAS(refusal.what(), "DELE f: 550 not yours");
        CHECK_INT(refusal.reply_code(), 550);
        CHECK_VIEW(refusal.reply(), "550 not yours");
        CHECK_INT(refusal.os_error(), 0);
        CHECK(!refusal.is_transient());
    }
    // Told, and asked for afterwards.
    std::error_code code;
    client.remove("f", code);
    CHECK(code == FTP_ERR_TEMP && client.is_transient(code));
    CHECK_VIEW(code.message(), ftp_strerror(FTP_ERR_TEMP));
    CHECK_HAS(std::string(client.last_error()).c_str(), "450 not now");
    CHECK_INT(client.last_reply_code(), 450);
    // A success clears it.
    client.voidcmd("NOOP", code);
    CHECK(!code);
    CHECK_VIEW(client.last_error(), "");
    client.quit(code);
    CHECK(!code);
    server_ends(server);
}

void refuses_or_lists(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR nope", "550 no such file");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;\r\n211 End\r\n");
    answers(s, "MLST nope", "550 not here");
    hears(s, "MLST f");
    sends(s, "250-Listing\r\n type=file;size=5; f\r\n250 End\r\n");
    answers(s, "SITE CHMOD 644 f", "502 no");
    says_goodbye(s);
}

// Behind a status that has other reasons as well, the last reply counts if it is a refusal.
void a_refusal_is_told_with_its_reply()
{
    struct server *server = serve(refuses_or_lists, nullptr);
    ftp::client client = connected(server);
    const auto local = std::filesystem::temp_directory_path() / "ftpclient-hpp-nope";
    const auto reply_of = [](ftp_status expected, auto call) {
        try {
            call();
        } catch (const ftp::error &error) {
            CHECK_INT(error.status(), expected);
            CHECK_INT(error.reply_code(), std::atoi(error.reply().c_str()));
            return error.reply();
        }
        return std::string("it threw nothing");
    };
    CHECK_VIEW(reply_of(FTP_ERR_NOT_FOUND, [&] { client.get("nope", local); }), "550 no such file");
    CHECK_VIEW(reply_of(FTP_ERR_NOT_FOUND, [&] { (void)client.stat("nope"); }), "550 not here");
    CHECK_VIEW(reply_of(FTP_ERR_EXISTS, [&] { client.put("/proc/self/exe", "f", FTP_NO_REPLACE); }), "");
    CHECK_VIEW(reply_of(FTP_ERR_UNSUPPORTED, [&] { client.chmod("f", std::filesystem::perms(0644)); }), "502 no");
    // Nothing was asked.
    CHECK_VIEW(reply_of(FTP_ERR_INVALID_ARGUMENT, [&] { client.cwd("a\nb"); }), "");
    client.quit();
    server_ends(server);
}

void a_url_is_taken_apart()
{
    ftp::client client;
    ftp::url url = client.url_parse("ftpes://me:se%40cret@example.org:2121/%2Fpub/f;type=a");
    const ftp::url parts = std::move(url);
    CHECK(parts && !url);
    CHECK_VIEW(parts.host(), "example.org");
    CHECK_VIEW(parts.user(), "me");
    CHECK_VIEW(parts.password(), "se@cret");
    CHECK_VIEW(parts.path(), "/pub/f");
    CHECK_INT(parts.port(), 2121);
    CHECK_INT(parts.tls(), FTP_TLS_EXPLICIT);
    CHECK_INT(parts.type(), FTP_TYPE_ASCII);
    CHECK(!parts.is_directory());
    CHECK_VIEW(url.host(), "");
    CHECK_THROWS((void)client.url_parse("http://example.org/"), FTP_ERR_INVALID_ARGUMENT, "");
}

void errors_are_conditions_of_the_system()
{
    CHECK(make_error_code(FTP_ERR_TIMEOUT) == std::errc::timed_out);
    CHECK(make_error_code(FTP_ERR_NOT_FOUND) == std::errc::no_such_file_or_directory);
    CHECK(make_error_code(FTP_ERR_EXISTS) == std::errc::file_exists);
    CHECK(make_error_code(FTP_ERR_ABORTED) == std::errc::operation_canceled);
    CHECK(make_error_code(FTP_ERR_PERM) != std::errc::operation_not_permitted);
    CHECK(make_error_code(FTP_AGAIN) == std::errc::operation_would_block);
    CHECK(!make_error_code(FTP_OK));
}

void an_error_without_a_reply_has_none()
{
    ftp::client client;
    try {
        client.connect("127.0.0.1", 1);
        CHECK(!"it threw nothing");
    } catch (const ftp::error &refusal) {
        CHECK_INT(refusal.status(), FTP_ERR_IO);
        CHECK_INT(refusal.os_error(), ECONNREFUSED);
        CHECK_INT(refusal.reply_code(), 0);
        CHECK_VIEW(refusal.reply(), "");
        CHECK_HAS(refusal.what(), "127.0.0.1:1: ");
    }
    CHECK_THROWS(client.cwd("x"), FTP_ERR_STATE, "");
    CHECK_THROWS((void)client.last_report(), FTP_ERR_STATE, "");
}

void hears_long_texts(struct session *s)
{
    says(s, "220 ready");
    char command[1100] = "CWD ";
    std::memset(command + 4, 'x', 1000);
    answers(s, command, "250 ok");
    answers(s, "CWD part", "250 ok");
    goes_on(s);
}

void texts_of_any_length_go_in_and_a_nul_does_not()
{
    struct server *server = serve(hears_long_texts, nullptr);
    ftp::client client = connected(server);
    client.cwd(std::string(1000, 'x'));
    // A view of a part, with no NUL behind it.
    client.cwd(std::string_view("a part of it").substr(2, 4));
    using namespace std::string_view_literals;
    CHECK_THROWS(client.cwd("a\0b"sv), FTP_ERR_INVALID_ARGUMENT, "NUL");
    CHECK_THROWS(client.set_tls_ca(std::string("a\0b", 3)), FTP_ERR_INVALID_ARGUMENT, "NUL");
    CHECK_THROWS(client.get("f", std::string("a\0b", 3)), FTP_ERR_INVALID_ARGUMENT, "NUL");
    CHECK_THROWS(client.set_active_peer("*\0"sv), FTP_ERR_INVALID_ARGUMENT, "NUL");
    CHECK_THROWS(client.cwd("a\nb"), FTP_ERR_INVALID_ARGUMENT, "line feed");
    std::error_code code;
    client.cwd("\0"sv, code);
    CHECK(code == FTP_ERR_INVALID_ARGUMENT);
    CHECK_VIEW(client.last_error(), "a string contains a NUL");
    quits(client, server);
    CHECK_VIEW(client.last_error(), "");
}

void greets(struct session *s)
{
    says(s, "220 ready");
    goes_on(s);
}

void is_left(struct session *s)
{
    says(s, "220 ready");
    hears_goodbye(s);
}

void a_client_moves()
{
    struct server *server = serve(greets, nullptr);
    ftp::client first = connected(server);
    ftp_handle *handle = first.handle();
    ftp::client second(std::move(first));
    CHECK(second.handle() == handle && first.handle() == nullptr);
    CHECK_THROWS(first.cwd("x"), FTP_ERR_INVALID_ARGUMENT, "moved from");
    CHECK_INT(first.state(), FTP_STATE_NOT_CONNECTED);
    CHECK_VIEW(first.last_error(), "");
    first.cancel();
    // To itself, by a way that the compiler does not see.
    ftp::client &same = second;
    second = std::move(same);
    CHECK(second.handle() == handle);
    first = std::move(second);
    quits(first, server);
}

void assignment_ends_the_session_that_was_there()
{
    struct server *server = serve(is_left, nullptr);
    ftp::client client = connected(server);
    client = ftp::client();
    server_ends(server);
    CHECK_INT(client.state(), FTP_STATE_NOT_CONNECTED);
}

void an_exception_ends_the_session()
{
    struct server *server = serve(is_left, nullptr);
    try {
        ftp::client client = connected(server);
        throw std::runtime_error("of the program");
    } catch (const std::runtime_error &) {
    }
    server_ends(server);
}

void stalls(struct session *s)
{
    says(s, "220 ready");
    hears(s, "STAT");
    holds(s);
}

// While a call is running, another thread may cancel it; all else is refused, and changes nothing.
void another_thread_can_only_cancel()
{
    struct server *server = serve(stalls, nullptr);
    ftp::client client = connected(server);
    std::atomic<bool> waits{ false };
    client.set_wait_callback([&] { waits = true; });
    std::thread other([&] {
        while (!waits)
            pause_ms(1);
        CHECK_THROWS(client.cwd("x"), FTP_ERR_BUSY, "");
        CHECK_THROWS(client.retrbinary("RETR f", [](std::string_view) {}), FTP_ERR_BUSY, "");
        CHECK_THROWS(client.set_wait_callback(nullptr), FTP_ERR_BUSY, "");
        CHECK_HAS(std::string(client.last_error()).c_str(), "another call is running");
        client.cancel();
    });
    CHECK_THROWS(client.sendcmd("STAT"), FTP_ERR_ABORTED, "cancelled");
    other.join();
    server_ends(server);
    // What the callback returns comes to C as it is.
    server = serve(stalls, nullptr);
    client = connected(server);
    client.set_wait_callback([] { return 7; });
    CHECK_THROWS(client.sendcmd("STAT"), FTP_ERR_CALLBACK, "returned 7");
    server_ends(server);
}

void the_library_and_single_replies_need_no_client()
{
    CHECK_VIEW(ftp::version(), ftp_version());
    CHECK_INT(ftp::version_number(), ftp_version_number());
    CHECK_INT(ftp::has_feature("tls"), ftp_has_feature("tls"));
    CHECK(!ftp::has_feature(std::string_view("tls\0", 4)));
    CHECK(ftp::tls_backend().empty() == (ftp_tls_backend() == nullptr));
    CHECK_INT(ftp::parse150("150 Opening (12 bytes)").value(), 12);
    CHECK(!ftp::parse150("150 Opening"));
    CHECK_THROWS((void)ftp::parse150("226 done"), FTP_ERR_REPLY, "");
    const ftp::address address = ftp::parse227("227 it is (127,0,0,1,1,2)");
    CHECK_VIEW(address.host, "127.0.0.1");
    CHECK_INT(address.port, 258);
    CHECK_INT(ftp::parse229("229 it is (|||4000|)"), 4000);
    CHECK_VIEW(ftp::parse257("257 \"/a \"\"b\"\"\""), "/a \"b\"");
    std::error_code code;
    CHECK_VIEW(ftp::parse257("250 \"/a\"", code), "");
    CHECK(code == FTP_ERR_REPLY);
}

// The command that is heard, and the reply.
using words = const char *[2];

void answers_once(struct session *s)
{
    const auto &expected = *static_cast<const words *>(user_of(s));
    says(s, "220 ready");
    hears(s, expected[0]);
    sends(s, expected[1]);
    hears_goodbye(s);
}

// What a call returns is a copy, also if the log destroys the client when the reply has come.
template <class Call>
void check_outlives(words dialogue, Call call)
{
    struct server *server = serve(answers_once, dialogue);
    auto client = std::make_unique<ftp::client>(connected(server));
    client->set_log_callback([&, is_first = true](ftp_log_kind kind, std::string_view) mutable {
        if (kind == FTP_LOG_REPLY && std::exchange(is_first, false))
            client.reset();
    });
    call(*client);
    CHECK(client == nullptr);
    server_ends(server);
}

void what_a_call_returns_outlives_its_client()
{
    words pwd = { "PWD", "257 \"/a directory with a name that is not short\"\r\n" };
    check_outlives(pwd, [](ftp::client &client) { CHECK_VIEW(client.pwd(), "/a directory with a name that is not short"); });
    words feat = { "FEAT", "211-x\r\n REST and a parameter that is not short\r\n211 x\r\n" };
    check_outlives(feat, [](ftp::client &client) {
        CHECK_VIEW(client.feature("REST").value_or(""), "and a parameter that is not short");
    });
}

#if defined(__cpp_lib_expected)
void an_attempt_has_a_value_or_an_error()
{
    ftp::client client;
    const std::expected<std::string, std::error_code> directory = ftp::attempt(&ftp::client::pwd, client);
    CHECK(!directory && directory.error() == FTP_ERR_STATE);
    const std::expected<void, std::error_code> closed = ftp::attempt(&ftp::client::close, client);
    CHECK(closed.has_value());
    CHECK_INT(ftp::attempt(ftp::parse229, "229 (|||4|)").value(), 4);
}
#endif

} // namespace

int main()
{
    RUN(calls_return_what_the_server_tells);
    RUN(a_refusal_is_told_with_its_reply);
    RUN(a_url_is_taken_apart);
    RUN(errors_are_conditions_of_the_system);
    RUN(an_error_without_a_reply_has_none);
    RUN(texts_of_any_length_go_in_and_a_nul_does_not);
    RUN(a_client_moves);
    RUN(assignment_ends_the_session_that_was_there);
    RUN(an_exception_ends_the_session);
    RUN(another_thread_can_only_cancel);
    RUN(the_library_and_single_replies_need_no_client);
    RUN(what_a_call_returns_outlives_its_client);
#if defined(__cpp_lib_expected)
    RUN(an_attempt_has_a_value_or_an_error);
#endif
    return summary();
}
