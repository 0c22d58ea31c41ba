// Coroutines of C++20 over calls that do not wait. The event loop is the program's, and so is the type of its coroutines.
//
//     const auto run = [&](auto call) { return ftp::drive<asio::awaitable>(client, wait, std::move(call)); };
//     client.set_blocking(false);
//     co_await run([&](ftp::errors to) { client.connect("ftp.example.org", to); });
//     const auto size = co_await run([&](ftp::errors to) { return client.size("file", to); });
//
// examples/cpp/asio.cpp is a whole program.

#ifndef FTPCLIENT_CORO_HPP
#define FTPCLIENT_CORO_HPP

#include "ftpclient.hpp"

#if !defined(__cpp_impl_coroutine) || !FTPCLIENT_EXCEPTIONS
#error "ftpclient_coro.hpp needs a compiler with the coroutines of C++20, and exceptions"
#endif

#include <coroutine>

namespace ftp {

namespace detail {

// A coroutine that is destroyed while it waits, or whose wait throws, leaves a call that nobody repeats.
struct giving_up {
    client &on;
    bool is_waiting = false;

    ~giving_up()
    {
        // What a callback throws meanwhile, it throws to nobody.
        try {
            std::error_code ignored;
            if (is_waiting)
                on.close(ignored);
        } catch (...) {
        }
    }
};

} // namespace detail

// Makes a call on a client with set_blocking(false), and lets others run while it waits. It returns what the call returns, and
// throws what the call throws.
//
// - `Task` is a coroutine type, such as asio::awaitable, that can be created with a result.
// - `wait` is called as `wait(const std::vector<ftp_pollfd> &, std::optional<std::chrono::milliseconds>)`. What it returns is
//   awaited: it is done when one of the descriptors is ready, or the time is over.
// - `call` is that of an ftp::operation: it makes one call and passes on its parameter.
// - The client must live, and stay where it is, until the coroutine has ended or was destroyed.
// - If the wait throws, or the coroutine is destroyed meanwhile, the call is given up, and the connection is closed.
template <template <class...> class Task, class Wait, class Call>
Task<std::invoke_result_t<Call &, errors>> drive(client &on, Wait wait, Call call)
{
    operation<Call> running(std::move(call));
    detail::giving_up guard{ on };
    std::vector<ftp_pollfd> fds;
    while (!running.step()) {
        guard.is_waiting = true;
        on.pollfds(fds);
        co_await wait(std::as_const(fds), on.timeout());
        guard.is_waiting = false;
    }
    co_return running.get();
}

} // namespace ftp

#endif
