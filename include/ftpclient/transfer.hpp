// Transfers whose data the program moves, and memory that a download fills.

#ifndef FTPCLIENT_TRANSFER_HPP
#define FTPCLIENT_TRANSFER_HPP

#include "session.hpp"

#include <cstdint>
#include <optional>

#if defined(__cpp_lib_span)
#include <span>
#endif

namespace ftp {

namespace detail {
class transfers;
}

// A transfer of transfercmd(). Its destructor aborts what was not finished, which takes at most 5 seconds, and never throws.
//
// The functions are calls on the client, and it may be destroyed before the transfer. They then fail with FTP_ERR_STATE.
class transfer {
public:
    transfer() = default;

    // Reads data as it arrives. 0 is the end of the data: finish() then tells whether the server confirms it.
    std::size_t read(void *buffer, std::size_t capacity, errors to FTP_OR_THROW)
    {
        std::size_t size = 0;
        call(to, [&] { return ftp_transfer_read(transfer_.get(), buffer, capacity, &size); });
        return size;
    }

    // Sends all of the data.
    void write(std::string_view data, errors to FTP_OR_THROW)
    {
        call(to, [&] { return ftp_transfer_write(transfer_.get(), data.data(), data.size()); });
    }

#if defined(__cpp_lib_span)
    std::size_t read(std::span<std::byte> buffer, errors to FTP_OR_THROW)
    {
        return read(buffer.data(), buffer.size(), to);
    }

    void write(std::span<const std::byte> data, errors to FTP_OR_THROW)
    {
        call(to, [&] { return ftp_transfer_write(transfer_.get(), data.data(), data.size()); });
    }
#endif

    // Closes the data connection and waits for the final reply. For an upload, this is the end of the data.
    void finish(errors to FTP_OR_THROW)
    {
        call(to, [&] { return ftp_transfer_finish(transfer_.get()); });
    }

    // Closes the data connection and does not wait: finish() does so later.
    void close_data(errors to FTP_OR_THROW)
    {
        call(to, [&] { return ftp_transfer_close_data(transfer_.get()); });
    }

    // Ends it as the destructor does.
    void abort() noexcept { transfer_.reset(); }

    // The size that the server announced.
    std::optional<std::int64_t> size() const noexcept
    {
        const std::int64_t size = ftp_transfer_size(transfer_.get());
        return size < 0 ? std::nullopt : std::optional(size);
    }

    // The descriptor of the data connection, which the library keeps; -1 if there is none.
    int fd() const noexcept { return ftp_transfer_fd(transfer_.get()); }
    // The same, taken out of the transfer: the program closes it, and calls finish().
    int take_fd() noexcept { return ftp_transfer_take_fd(transfer_.get()); }

    explicit operator bool() const noexcept { return transfer_ != nullptr; }

    // The transfer, for calls of the C API.
    ftp_transfer *handle() const noexcept { return transfer_.get(); }

private:
    friend class detail::transfers;

    template <class Call>
    void call(errors to, Call call)
    {
        const auto &on = transfer_.get_deleter().on;
        if (on && on->handle != nullptr)
            detail::run(on, to, call, transfer_.get());
        else
            to.tell(FTP_ERR_STATE, [] {
                return detail::failure_without_client(FTP_ERR_STATE, "the transfer has no client");
            });
    }

    std::unique_ptr<ftp_transfer, detail::freeing<ftp_transfer, ftp_transfer_free>> transfer_;
};

// The bytes of get_data(), as the library has put them into memory. A buffer that was moved from is empty.
class buffer {
public:
    buffer() = default;
    buffer(buffer &&other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

    buffer &operator=(buffer &&other) noexcept
    {
        if (this != &other) {
            data_ = std::move(other.data_);
            size_ = std::exchange(other.size_, 0);
        }
        return *this;
    }

    const char *data() const noexcept { return static_cast<const char *>(data_.get()); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    const char *begin() const noexcept { return data(); }
    const char *end() const noexcept { return data() + size_; }

    // Valid as long as the buffer.
    std::string_view view() const noexcept { return { data(), size_ }; }
    operator std::string_view() const noexcept { return view(); }

#if defined(__cpp_lib_span)
    std::span<const std::byte> bytes() const noexcept { return std::as_bytes(std::span(data(), size_)); }
#endif

private:
    friend class detail::transfers;

    struct free {
        void operator()(void *data) const noexcept { ftp_buffer_free(data); }
    };

    std::unique_ptr<void, free> data_;
    std::size_t size_ = 0;
};

} // namespace ftp

#endif
