// ftpclient_coro.hpp, with the smallest coroutines and the smallest loop: results, errors, and coroutines that are given up.

#include <ftpclient_coro.hpp>

#include "cpp.hpp"

#include <exception>
#include <optional>
#include <vector>

#include <poll.h>

namespace {

struct own_exception {};

// What the coroutine that runs waits for, and how to go on with it.
std::vector<struct pollfd> waits_for;
int waits_milliseconds = -1;
std::coroutine_handle<> waiting;

template <class Result>
struct outcome {
    std::optional<Result> value;
    void return_value(Result result) { value = std::move(result); }
    Result get() { return std::move(*value); }
};

template <>
struct outcome<void> {
    void return_void() {}
    void get() {}
};

// A coroutine that begins when it is awaited or resumed, and goes back to who awaits it.
template <class Result>
struct task {
    struct promise_type : outcome<Result> {
        std::exception_ptr thrown;
        std::coroutine_handle<> caller = std::noop_coroutine();

        struct back {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept
            {
                return ended.promise().caller;
            }
            void await_resume() noexcept {}
        };

        task get_return_object() { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        back final_suspend() noexcept { return {}; }
        void unhandled_exception() { thrown = std::current_exception(); }
    };

    explicit task(std::coroutine_handle<promise_type> made) : coroutine(made) {}
    task(task &&other) noexcept : coroutine(std::exchange(other.coroutine, nullptr)) {}
    task(const task &) = delete;
    task &operator=(const task &) = delete;

    ~task()
    {
        if (coroutine)
            coroutine.destroy();
    }

    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller)
    {
        coroutine.promise().caller = caller;
        return coroutine;
    }
    Result await_resume() { return get(); }

    Result get()
    {
        if (coroutine.promise().thrown)
            std::rethrow_exception(coroutine.promise().thrown);
        return coroutine.promise().get();
    }

    std::coroutine_handle<promise_type> coroutine;
};

struct waits {
    bool throws = false;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> caller) { waiting = caller; }
    void await_resume()
    {
        if (throws)
            throw own_exception();
    }
};

waits wait_for(const std::vector<ftp_pollfd> &fds, std::optional<std::chrono::milliseconds> limit)
{
    waits_for.clear();
    for (const ftp_pollfd &fd : fds)
        waits_for.push_back({ fd.fd, fd.events, 0 });
    waits_milliseconds = limit ? static_cast<int>(limit->count()) : -1;
    return {};
}

// The loop. Returns how often it had to wait.
template <class Result>
int run(task<Result> &job)
{
    int count = 0;
    job.coroutine.resume();
    for (; !job.coroutine.done(); count++) {
        client_waits = true;
        CHECK(poll(waits_for.data(), waits_for.size(), waits_milliseconds) >= 0);
        client_waits = false;
        waiting.resume();
    }
    return count;
}

void takes_its_time(struct session *s)
{
    says_when_it_is_waited_for(s, "220 ready");
    hears(s, "PWD");
    says_when_it_is_waited_for(s, "257 \"/here\"");
    hears(s, "DELE f");
    says_when_it_is_waited_for(s, "550 no");
    goes_on(s);
}

task<std::string> session(ftp::client &client, const struct server *server)
{
    const auto run = [&](auto call) { return ftp::drive<task>(client, wait_for, std::move(call)); };
    co_await run([&](ftp::errors to) { client.connect("127.0.0.1", server_port(server), to); });
    std::string directory = co_await run([&](ftp::errors to) { return client.pwd(to); });
    bool is_refused = false;
    try {
        co_await run([&](ftp::errors to) { client.remove("f", to); });
    } catch (const ftp::error &refusal) {
        is_refused = refusal.status() == FTP_ERR_PERM;
    }
    CHECK(is_refused);
    co_return directory;
}

void a_coroutine_gets_results_and_errors()
{
    struct server *server = serve(takes_its_time, nullptr);
    ftp::client client;
    client.set_blocking(false);
    task<std::string> job = session(client, server);
    // For the greeting and for each reply, at least once.
    CHECK(run(job) >= 3);
    CHECK_VIEW(job.get(), "/here");
    client.set_blocking(true);
    quits(client, server);
}

void is_left(struct session *s)
{
    says(s, "220 ready");
    holds(s);
}

void a_coroutine_that_is_destroyed_gives_up_its_call()
{
    struct server *server = serve(is_left, nullptr);
    ftp::client client = connected(server);
    client.set_blocking(false);
    {
        auto job = ftp::drive<task>(client, wait_for, [&](ftp::errors to) { client.sendcmd("STAT", to); });
        job.coroutine.resume();
        CHECK(!job.coroutine.done());
    }
    CHECK_INT(client.state(), FTP_STATE_NOT_CONNECTED);
    server_ends(server);
}

// There is nobody to throw to.
void what_a_log_throws_is_lost_when_a_call_is_given_up()
{
    struct server *server = serve(is_left, nullptr);
    ftp::client client = connected(server);
    client.set_blocking(false);
    bool throws = false;
    int told = 0;
    client.set_log_callback([&](ftp_log_kind, std::string_view) {
        if (throws && ++told)
            throw own_exception();
    });
    {
        auto job = ftp::drive<task>(client, wait_for, [&](ftp::errors to) { client.sendcmd("STAT", to); });
        job.coroutine.resume();
        throws = true;
    }
    throws = false;
    CHECK(told > 0);
    CHECK_INT(client.state(), FTP_STATE_NOT_CONNECTED);
    server_ends(server);
}

void a_wait_that_throws_gives_up_the_call()
{
    struct server *server = serve(is_left, nullptr);
    ftp::client client = connected(server);
    client.set_blocking(false);
    const auto throws = [](const auto &, auto) { return waits{ true }; };
    auto job = ftp::drive<task>(client, throws, [&](ftp::errors to) { client.sendcmd("STAT", to); });
    job.coroutine.resume();
    waiting.resume();
    bool came_out = false;
    try {
        job.get();
    } catch (const own_exception &) {
        came_out = true;
    }
    CHECK(came_out);
    CHECK_INT(client.state(), FTP_STATE_NOT_CONNECTED);
    server_ends(server);
}

} // namespace

int main()
{
    RUN(a_coroutine_gets_results_and_errors);
    RUN(a_coroutine_that_is_destroyed_gives_up_its_call);
    RUN(what_a_log_throws_is_lost_when_a_call_is_given_up);
    RUN(a_wait_that_throws_gives_up_the_call);
    return summary();
}
