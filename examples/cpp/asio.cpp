// Downloads a file in several sessions at once, in one thread, with coroutines on Asio.
//
//     asio HOST PORT USER PASSWORD FILE SESSIONS

#include <ftpclient_coro.hpp>

#define ASIO_STANDALONE
#include <asio.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace {

struct job {
    std::string host;
    std::uint16_t port;
    std::string user, password, file;
};

// Waits until one of the descriptors is ready, or the time is over.
asio::awaitable<void> wait_for(const std::vector<ftp_pollfd> &fds, std::optional<std::chrono::milliseconds> limit)
{
    const auto executor = co_await asio::this_coro::executor;
    // The handlers of the others may run after this function.
    const auto timer = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
    if (limit)
        timer->expires_after(*limit);
    const auto wake = [timer](std::error_code) { timer->cancel(); };

    std::vector<asio::posix::stream_descriptor> watched;
    for (const ftp_pollfd &fd : fds) {
        // Asio closes what it watches; the library keeps its own descriptor.
        auto &descriptor = watched.emplace_back(executor, dup(fd.fd));
        if (fd.events & POLLIN)
            descriptor.async_wait(asio::posix::stream_descriptor::wait_read, wake);
        if (fd.events & POLLOUT)
            descriptor.async_wait(asio::posix::stream_descriptor::wait_write, wake);
    }
    std::error_code ended;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

asio::awaitable<void> download(const job &what, std::size_t &bytes)
{
    ftp::client client;
    client.set_blocking(false);
    const auto run = [&client](auto call) { return ftp::drive<asio::awaitable>(client, wait_for, std::move(call)); };

    co_await run([&](ftp::errors to) { client.connect(what.host, what.port, to); });
    co_await run([&](ftp::errors to) { client.login(what.user, what.password, to); });
    std::size_t received = 0;
    const auto count = [&](std::string_view data) { received += data.size(); };
    co_await run([&](ftp::errors to) { client.retrbinary("RETR " + what.file, count, to); });
    co_await run([&](ftp::errors to) { client.quit(to); });
    bytes += received;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 7) {
        std::cerr << "usage: asio HOST PORT USER PASSWORD FILE SESSIONS\n";
        return 1;
    }
    const job what{ argv[1], static_cast<std::uint16_t>(std::stoi(argv[2])), argv[3], argv[4], argv[5] };
    const int sessions = std::stoi(argv[6]);
    std::size_t bytes = 0;
    int failed = 0;

    asio::io_context loop;
    for (int i = 0; i < sessions; i++)
        asio::co_spawn(loop, download(what, bytes), [&failed](std::exception_ptr thrown) {
            try {
                if (thrown)
                    std::rethrow_exception(thrown);
            } catch (const std::exception &error) {
                std::cerr << "asio: " << error.what() << '\n';
                failed++;
            }
        });
    loop.run();
    std::cout << sessions << " sessions, " << bytes << " bytes, " << failed << " failed\n";
    return failed == 0 ? 0 : 1;
}
