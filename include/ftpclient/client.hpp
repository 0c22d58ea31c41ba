// ftp::client: a session with one FTP server, or the place for one.

#ifndef FTPCLIENT_CLIENT_HPP
#define FTPCLIENT_CLIENT_HPP

#include "pool.hpp"
#include "url.hpp"

namespace ftp {

// A session with one FTP server, or the place for one. The destructor closes the connection without QUIT.
//
// - The calls are the C functions of the same names, in the files that this one includes.
// - A client can be moved and not copied. One that was moved from can be assigned to; other calls fail with
//   FTP_ERR_INVALID_ARGUMENT.
// - A client belongs to one thread at a time. While a call is running, any thread may call cancel() and abort(). Other calls
//   fail with FTP_ERR_BUSY, also those of a callback.
// - A callback may destroy its client: the session ends with the call.
class client : public detail::pools {
public:
    // Without exceptions, ask handle() whether there was memory for it.
    explicit client(errors to FTP_OR_THROW) : pools(to) {}
    client(client &&) noexcept = default;
    client &operator=(client &&) noexcept = default;

    // Sessions.

    // A port of 0 is 21, or 990 with FTP_TLS_IMPLICIT.
    void connect(std::string_view host, std::uint16_t port, errors to FTP_OR_THROW) { call(to, ftp_connect, host, port); }
    void connect(std::string_view host, errors to FTP_OR_THROW) { connect(host, 0, to); }

    // A user of "" is "anonymous".
    void login(std::string_view user, std::string_view password, std::string_view account, errors to FTP_OR_THROW)
    {
        call(to, ftp_login, user, password, account);
    }

    void login(std::string_view user, std::string_view password, errors to FTP_OR_THROW) { login(user, password, "", to); }
    void login(errors to FTP_OR_THROW) { login("", "", "", to); }

    // Connects, logs in and changes to a directory.
    void open(std::string_view url, errors to FTP_OR_THROW) { call(to, ftp_open, url); }
    // The same for the URL of a file. Returns the name of the file.
    [[nodiscard]] std::string open_file(std::string_view url, errors to FTP_OR_THROW) { return text(to, ftp_open_file, url); }

    // Takes a URL apart and sends nothing. The parts do not need the client.
    [[nodiscard]] url url_parse(std::string_view text_of_url, errors to FTP_OR_THROW)
    {
        url parts;
        call(to, ftp_url_parse, text_of_url, detail::out(parts.parts_).address());
        return parts;
    }

    void reconnect(errors to FTP_OR_THROW) { call(to, ftp_reconnect); }
    void quit(errors to FTP_OR_THROW) { call(to, ftp_quit); }

    // Closes the connection, and gives up a call that has told FTP_AGAIN with what its callback has thrown.
    void close(errors to FTP_OR_THROW)
    {
        if (session_ && !session_->is_running)
            session_->is_pending = false;
        call(to, ftp_close);
    }

    // Copies a file from this client's server to that of another one, which the same thread owns. `type` is FTP_TYPE_IMAGE or
    // FTP_TYPE_ASCII.
    //
    // A callback may destroy either client: its session ends with the call. Until then, other calls on both fail with
    // FTP_ERR_BUSY. In an event loop this holds for the time between two steps as well. A copy is given up if this client is
    // closed or destroyed. If the target is destroyed, nobody can repeat the call: close() gives it up.
    void copy(std::string_view name, client &target, std::string_view target_name, int type, errors to FTP_OR_THROW)
    {
        // A callback may destroy either client, or move it.
        const auto own = session_, other = target.session_;
        const auto copy_once = [&](ftp_handle *source, const char *from, ftp_handle *into, const char *as, int kind) {
            return detail::run_with_target(*own, other, [&] { return ftp_copy(source, from, into, as, kind); });
        };
        call(to, &copy_once, name, target.handle(), detail::or_null{ target_name }, type);
    }

    // Stopping a call. Any thread may call these while the client is neither moved nor destroyed, and signal handlers cancel().

    void cancel() const noexcept { ftp_cancel(handle()); }

    // Does the same while a call is running or has told FTP_AGAIN, and for another thread. Otherwise it sends ABOR.
    void abort(errors to FTP_OR_THROW)
    {
        const ftp_status status = ftp_abort(handle());
        to.tell(status, [&] { return session_ ? session_->failure_of(status) : detail::failure_without_client(status); });
    }

    // Event loops: what a call that has told FTP_AGAIN waits for.

    // `fds` gets the descriptors. The vector can be used again, and then takes no new memory.
    void pollfds(std::vector<ftp_pollfd> &fds, errors to FTP_OR_THROW)
    {
        std::size_t count = 0;
        ftp_status status = ftp_pollfds(handle(), nullptr, 0, &count);
        if (status == FTP_OK) {
            fds.resize(count);
            status = count == 0 ? FTP_OK : ftp_pollfds(handle(), fds.data(), fds.size(), &count);
        }
        to.tell(status, [&] { return detail::failure_without_client(status); });
    }

    [[nodiscard]] std::vector<ftp_pollfd> pollfds(errors to FTP_OR_THROW)
    {
        std::vector<ftp_pollfd> fds;
        pollfds(fds, to);
        return fds;
    }

    // How long to wait for them at most. Nothing is no limit.
    [[nodiscard]] std::optional<std::chrono::milliseconds> timeout() const noexcept
    {
        const std::chrono::milliseconds left(ftp_timeout_ms(handle()));
        return left < left.zero() ? std::nullopt : std::optional(left);
    }
};

// A call that does not wait, on a client with set_blocking(false):
//
//     ftp::operation size([&](ftp::errors to) { return client.size("file", to); });
//     while (!size.step())
//         /* wait for client.pollfds(), for client.timeout() at most */;
//     use(size.get());
//
// The function makes one call, and passes on its parameter. All that it refers to must live until the call has ended, and the
// arguments must stay the same. After that, another step() would make the call anew. To give up a call, call cancel() and go on,
// or close the client.
template <class Call>
class operation {
public:
    using result = std::invoke_result_t<Call &, errors>;

    explicit operation(Call call) : call_(std::move(call)) {}

    // Goes on with the call. Returns whether it has ended; an error is told here.
    bool step(errors to FTP_OR_THROW)
    {
        bool again = false;
        if constexpr (std::is_void_v<result>)
            call_(to.with(again));
        else
            result_.emplace(call_(to.with(again)));
        return !again;
    }

    // What the call has returned. Only after a step() that has ended the call, and told no error.
    result get()
    {
        if constexpr (!std::is_void_v<result>)
            return std::move(*result_);
    }

private:
    struct nothing {};

    Call call_;
    std::optional<std::conditional_t<std::is_void_v<result>, nothing, result>> result_;
};

} // namespace ftp

#endif
