// The header in C++: RAII, strings, lambdas, and exceptions on the user's side of the boundary.

#include <ftpclient.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "server.h"

namespace {

struct Free {
    void operator()(ftp_handle *ftp) const { ftp_free(ftp); }
};

using Handle = std::unique_ptr<ftp_handle, Free>;

// The types are what the contract says.
static_assert(std::is_enum_v<ftp_status>);
static_assert(FTP_OK == 0 && FTP_ERR_INVALID_ARGUMENT == -1 && FTP_ERR_INTEGRITY == -51);
static_assert(std::is_same_v<decltype(ftp_last_callback_result(nullptr)), std::int64_t>);
static_assert(std::is_same_v<decltype(ftp_version_number()), std::uint32_t>);
static_assert(FTP_VERSION_NUMBER == FTP_VERSION_MAJOR * 65536 + FTP_VERSION_MINOR * 256 + FTP_VERSION_PATCH);

void check(ftp_handle *ftp, ftp_status status)
{
    if (status != FTP_OK)
        throw std::runtime_error(ftp_last_error(ftp));
}

void sends_two_names(struct session *s)
{
    lets_in(s);
    answers(s, "PWD", "257 \"/home\"");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "NLST", "150 here it comes");
    data_sends(s, "a\r\nb c\r\n");
    data_ends(s);
    says(s, "226 done");
    answers(s, "TYPE I", "200 ok");
    answers(s, "SIZE a", "213 5");
    answers(s, "DELE a", "550 not yours");
    says_goodbye(s);
}

void a_session_in_cpp()
{
    struct server *server = serve(sends_two_names, nullptr);
    {
        Handle ftp(ftp_new());
        check(ftp.get(), ftp_connect(ftp.get(), "127.0.0.1", server_port(server)));
        check(ftp.get(), ftp_login(ftp.get(), nullptr, nullptr, nullptr));

        const char *path = nullptr;
        check(ftp.get(), ftp_pwd(ftp.get(), &path));
        CHECK_TEXT(path, "/home");

        std::vector<std::string> names;
        // A lambda without captures is a function pointer.
        const ftp_line_fn keep = [](const char *line, std::size_t len, void *user) -> int {
            static_cast<std::vector<std::string> *>(user)->emplace_back(line, len);
            return 0;
        };
        check(ftp.get(), ftp_nlst(ftp.get(), nullptr, keep, &names));
        CHECK(names == (std::vector<std::string>{ "a", "b c" }));

        std::int64_t size = 0;
        check(ftp.get(), ftp_size(ftp.get(), "a", &size));
        CHECK_INT(size, 5);

        std::string error;
        try {
            check(ftp.get(), ftp_delete(ftp.get(), "a"));
        } catch (const std::runtime_error &refusal) {
            error = refusal.what();
        }
        CHECK_HAS(error.c_str(), "DELE a: 550 not yours");
        check(ftp.get(), ftp_quit(ftp.get()));
    }
    server_ends(server);
}

void is_left(struct session *s)
{
    says(s, "220 ready");
    hears_goodbye(s);
}

void an_exception_frees_the_handle()
{
    struct server *server = serve(is_left, nullptr);
    std::string error;
    try {
        Handle ftp(ftp_new());
        check(ftp.get(), ftp_connect(ftp.get(), "127.0.0.1", server_port(server)));
        check(ftp.get(), ftp_voidcmd(ftp.get(), "NOOP\r\nDELE a"));
    } catch (const std::runtime_error &refusal) {
        error = refusal.what();
    }
    CHECK_HAS(error.c_str(), "carriage return");
    server_ends(server);
}

void sends_two_lines(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "LIST", "150 here it comes");
    data_sends(s, "a\r\nb\r\n");
    data_ends(s);
    holds(s);
}

[[noreturn]] int throws(const char *, std::size_t, void *)
{
    throw std::runtime_error("thrown by a callback");
}

// It cannot pass through the library. The process ends; nothing is caught, and nothing goes on in a state that nobody knows.
void an_exception_that_leaves_a_callback_ends_the_process()
{
    struct server *server = serve(sends_two_lines, nullptr);
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = { 0, 0 };
        setrlimit(RLIMIT_CORE, &no_core);
        if (std::freopen("/dev/null", "w", stderr) == nullptr)
            _exit(3);
        try {
            Handle ftp(ftp_new());
            check(ftp.get(), ftp_connect(ftp.get(), "127.0.0.1", server_port(server)));
            check(ftp.get(), ftp_login(ftp.get(), nullptr, nullptr, nullptr));
            /* It does not return. */
            (void)ftp_dir(ftp.get(), nullptr, throws, nullptr);
        } catch (...) {
            _exit(2);
        }
        _exit(1);
    }
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGABRT);
    server_ends(server);
}

} // namespace

int main()
{
    RUN(a_session_in_cpp);
    RUN(an_exception_frees_the_handle);
    RUN(an_exception_that_leaves_a_callback_ends_the_process);
    return summary();
}
