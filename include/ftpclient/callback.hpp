// Callbacks: any callable, behind the functions and pointers that C knows.
//
// An exception does not pass through C. The callback keeps it in the session and stops the call, and run() throws it.

#ifndef FTPCLIENT_CALLBACK_HPP
#define FTPCLIENT_CALLBACK_HPP

#include "entry.hpp"
#include "session.hpp"

#include <cstdint>

#if defined(__cpp_lib_span)
#include <span>
#endif

namespace ftp {

// What a callback of walk() may return, beside a bool and nothing.
enum class walk_step { go_on, skip_directory, stop };

// What the audit callback is asked: whether the library may do this. The texts are valid while the callback runs.
struct audit_request {
    // "ftplib.connect" or "ftplib.sendcmd". Allow or refuse events that you do not know.
    std::string_view event;
    // The host as connect() got it, and the port.
    std::string_view host;
    std::uint16_t port;
    // Without the line end, and without a password. Empty for a connection.
    std::string_view command;
};

namespace detail {

// A callable as a pointer, and back. It may be a function.
template <class Callable>
void *address_of(Callable &callable) noexcept
{
    if constexpr (std::is_function_v<Callable>)
        return reinterpret_cast<void *>(&callable);
    else
        return const_cast<void *>(static_cast<const volatile void *>(std::addressof(callable)));
}

template <class Callable>
Callable &callable_at(void *address) noexcept
{
    return *reinterpret_cast<Callable *>(address);
}

template <class>
inline constexpr bool is_wrong = false;

// Where a callback can be left out, a std::error_code is none.
template <class Callable>
using if_callback = std::enable_if_t<!std::is_convertible_v<Callable, errors>>;

// Calls it, and returns 0 to go on.
template <class Callable, class... Arguments>
int goes_on(Callable &callable, Arguments &&...arguments)
{
    using result = std::invoke_result_t<Callable &, Arguments...>;
    if constexpr (std::is_void_v<result>) {
        std::invoke(callable, std::forward<Arguments>(arguments)...);
        return 0;
    } else if constexpr (std::is_same_v<result, walk_step>) {
        switch (std::invoke(callable, std::forward<Arguments>(arguments)...)) {
        case walk_step::go_on: return 0;
        case walk_step::skip_directory: return FTP_WALK_SKIP;
        default: return 1;
        }
    } else {
        static_assert(std::is_same_v<result, bool>, "a callback returns nothing, or a bool of which false stops the call");
        return std::invoke(callable, std::forward<Arguments>(arguments)...) ? 0 : 1;
    }
}

// Gives it bytes in the form that it takes.
template <class Callable>
int give(Callable &callable, const void *data, std::size_t size)
{
    const auto *bytes = static_cast<const char *>(data);
    if constexpr (std::is_invocable_v<Callable &, std::string_view>)
        return goes_on(callable, std::string_view(bytes, size));
#if defined(__cpp_lib_span)
    else if constexpr (std::is_invocable_v<Callable &, std::span<const std::byte>>)
        return goes_on(callable, std::as_bytes(std::span(bytes, size)));
#endif
    else if constexpr (std::is_invocable_v<Callable &, const char *, std::size_t>)
        return goes_on(callable, bytes, size);
    else
        static_assert(is_wrong<Callable>, "a callback for data takes a std::string_view, or a span of const std::byte");
}

// Lets it fill a buffer. Returns how much it has put there.
template <class Callable>
std::int64_t take(Callable &callable, void *buffer, std::size_t capacity)
{
    auto *bytes = static_cast<char *>(buffer);
    if constexpr (std::is_invocable_v<Callable &, char *, std::size_t>)
        return static_cast<std::int64_t>(std::invoke(callable, bytes, capacity));
#if defined(__cpp_lib_span)
    else if constexpr (std::is_invocable_v<Callable &, std::span<std::byte>>)
        return static_cast<std::int64_t>(std::invoke(callable, std::as_writable_bytes(std::span(bytes, capacity))));
    else if constexpr (std::is_invocable_v<Callable &, std::span<char>>)
        return static_cast<std::int64_t>(std::invoke(callable, std::span(bytes, capacity)));
#endif
    else
        static_assert(is_wrong<Callable>, "a callback that supplies data takes a char * and a size, or a span");
}

// Runs a callback. An exception becomes `stop`, which C understands.
template <class Result, class Callback>
Result guarded(session &on, Result stop, Callback callback) noexcept
{
#if FTPCLIENT_EXCEPTIONS
    try {
        return callback();
    } catch (...) {
        if (!on.thrown)
            on.thrown = std::current_exception();
        return stop;
    }
#else
    (void)on;
    (void)stop;
    return callback();
#endif
}

// The callables of one call: `user` is the session.

template <class Callable>
int on_data(const void *data, std::size_t size, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, 1, [&] { return give(callable_at<Callable>(on.callable), data, size); });
}

template <class Callable>
int on_sent(const void *data, std::size_t size, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, 1, [&] { return give(callable_at<Callable>(on.second_callable), data, size); });
}

template <class Callable>
std::int64_t on_read(void *buffer, std::size_t capacity, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, std::int64_t{ -1 }, [&] { return take(callable_at<Callable>(on.callable), buffer, capacity); });
}

template <class Callable>
int on_line(const char *line, std::size_t size, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, 1, [&] { return goes_on(callable_at<Callable>(on.callable), std::string_view(line, size)); });
}

template <class Callable>
int on_facts(const char *name, std::size_t size, const ftp_fact *all, std::size_t count, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, 1, [&] {
        return goes_on(callable_at<Callable>(on.callable), std::string_view(name, size), facts(all, count));
    });
}

template <class Callable>
int on_entry(const char *path, std::size_t size, const ftp_entry *found, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, 1, [&] {
        const entry_at here(found);
        return goes_on(callable_at<Callable>(on.callable), std::string_view(path, size), static_cast<const entry &>(here));
    });
}

template <class Callable>
int on_result(const ftp_batch_result *result, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, 1, [&] { return goes_on(callable_at<Callable>(on.callable), *result); });
}

// The callables that stay: `user` is one of these, which the session keeps.
template <class Callable>
struct kept {
    session &on;
    Callable callable;
};

template <class Callable>
void on_log(std::int32_t kind, const char *text, std::size_t size, void *user) noexcept
{
    auto &own = *static_cast<kept<Callable> *>(user);
    const auto record = [&] {
        std::invoke(own.callable, static_cast<ftp_log_kind>(kind), std::string_view(text, size));
        return true;
    };
    // A log cannot stop a call by what it returns.
    if (!guarded(own.on, false, record))
        ftp_cancel(own.on.handle);
}

template <class Callable>
int on_audit(const char *event, const char *host, std::uint16_t port, const char *command, void *user) noexcept
{
    auto &own = *static_cast<kept<Callable> *>(user);
    return guarded(own.on, 1, [&] {
        const audit_request request{ view(event), view(host), port, view(command) };
        return goes_on(own.callable, request);
    });
}

template <class Callable>
int on_progress(const ftp_progress *progress, void *user) noexcept
{
    auto &own = *static_cast<kept<Callable> *>(user);
    return guarded(own.on, 1, [&] { return goes_on(own.callable, *progress); });
}

template <class Callable>
int on_wait(void *user) noexcept
{
    auto &own = *static_cast<kept<Callable> *>(user);
    return guarded(own.on, 1, [&] {
        if constexpr (std::is_same_v<std::invoke_result_t<Callable &>, int>)
            return std::invoke(own.callable);
        else
            return goes_on(own.callable);
    });
}

} // namespace detail

} // namespace ftp

#endif
