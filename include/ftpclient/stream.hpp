// Transfers as streams of the standard library.

#ifndef FTPCLIENT_STREAM_HPP
#define FTPCLIENT_STREAM_HPP

#include "transfer.hpp"

#include <algorithm>
#include <cstring>
#include <istream>
#include <memory>
#include <ostream>
#include <streambuf>

namespace ftp {

namespace detail {

// What both directions share: the transfer, a block of memory, and how it failed.
class transfer_buffer : public std::streambuf {
public:
    bool is_open() const noexcept { return static_cast<bool>(transfer_); }
    std::error_code error() const noexcept { return code_; }
    const transfer &of() const noexcept { return transfer_; }

protected:
    static constexpr std::size_t block_size = 65536;

    explicit transfer_buffer(transfer of) : transfer_(std::move(of)), block_(std::make_unique<char[]>(block_size)) {}

    // The block stays where it is, so that what points into it stays right.
    transfer_buffer(transfer_buffer &&other) noexcept
        : std::streambuf(other), transfer_(std::move(other.transfer_)), block_(std::move(other.block_)),
          code_(other.code_), thrown_(std::move(other.thrown_))
    {
        other.setg(nullptr, nullptr, nullptr);
        other.setp(nullptr, nullptr);
    }

    transfer_buffer &operator=(transfer_buffer &&other) noexcept
    {
        if (this == &other)
            return *this;
        // A transfer that this one had open is aborted.
        transfer_ = std::move(other.transfer_);
        std::streambuf::operator=(other);
        block_ = std::move(other.block_);
        code_ = other.code_;
        thrown_ = std::move(other.thrown_);
        other.setg(nullptr, nullptr, nullptr);
        other.setp(nullptr, nullptr);
        return *this;
    }

    ~transfer_buffer() override = default;

    bool has_failed() const noexcept { return code_ || thrown_; }

    // Makes a call on the transfer, and keeps what it fails with. Returns whether it has succeeded.
    template <class Call>
    bool keep(Call call)
    {
#if FTPCLIENT_EXCEPTIONS
        try {
            call(errors());
        } catch (const ftp::error &failed) {
            code_ = failed.code();
            thrown_ = std::current_exception();
        } catch (...) {
            thrown_ = std::current_exception();
        }
#else
        call(errors(code_));
#endif
        return !has_failed();
    }

    // After keep(): a stream learns of an exception that it is bad, and not at its end.
    void rethrow() const
    {
#if FTPCLIENT_EXCEPTIONS
        if (thrown_)
            std::rethrow_exception(thrown_);
#endif
    }

    void fail(ftp_status status, const char *text)
    {
        keep([&](errors to) { to.tell(status, [&] { return failure_without_client(status, text); }); });
    }

    // Ends the transfer, and tells how all of it has gone.
    void finish(errors to)
    {
        if (!has_failed())
            keep([&](errors each) { transfer_.finish(each); });
        transfer_.abort();
        const bool is_ours = static_cast<bool>(code_);
        if (to.throws() || !is_ours)
            rethrow();
        to.tell(static_cast<ftp_status>(code_.value()), [&] { return failure_without_client(FTP_ERR_STATE); });
    }

    // A stream is closed once.
    bool check_open(errors to) const
    {
        return is_open() ||
            (to.tell(FTP_ERR_STATE, [] { return failure_without_client(FTP_ERR_STATE, "the stream is not open"); }), false);
    }

    transfer transfer_;
    std::unique_ptr<char[]> block_;

private:
    std::error_code code_;
    std::exception_ptr thrown_;
};

class download_buffer final : public transfer_buffer {
public:
    explicit download_buffer(transfer of) : transfer_buffer(std::move(of)) {}
    download_buffer(download_buffer &&) noexcept = default;
    download_buffer &operator=(download_buffer &&) noexcept = default;

    void close(errors to)
    {
        if (!check_open(to))
            return;
        if (gptr() != egptr() || (!has_failed() && read(block_.get(), block_size) != 0)) {
            transfer_.abort();
            fail(FTP_ERR_ABORTED, "the stream was closed before the end of its data");
        }
        finish(to);
    }

protected:
    int_type underflow() override
    {
        const std::size_t size = read(block_.get(), block_size);
        rethrow();
        setg(block_.get(), block_.get(), block_.get() + size);
        return size == 0 ? traits_type::eof() : traits_type::to_int_type(*gptr());
    }

    // As that of the standard library, but a large piece goes past the block.
    std::streamsize xsgetn(char *data, std::streamsize wanted) override
    {
        std::streamsize got = 0;
        while (got < wanted) {
            const std::streamsize rest = wanted - got;
            if (gptr() == egptr() && static_cast<std::size_t>(rest) >= block_size) {
                // What the block has comes before this piece: unget() must not find it.
                setg(block_.get(), block_.get(), block_.get());
                const std::size_t size = read(data + got, static_cast<std::size_t>(rest));
                rethrow();
                if (size == 0)
                    break;
                got += static_cast<std::streamsize>(size);
                continue;
            }
            if (gptr() == egptr() && traits_type::eq_int_type(underflow(), traits_type::eof()))
                break;
            const std::streamsize size = std::min<std::streamsize>(egptr() - gptr(), rest);
            std::memcpy(data + got, gptr(), static_cast<std::size_t>(size));
            setg(eback(), gptr() + size, egptr());
            got += size;
        }
        return got;
    }

private:
    std::size_t read(char *data, std::size_t capacity)
    {
        std::size_t size = 0;
        if (is_open() && !has_ended_ && !has_failed())
            keep([&](errors to) { size = transfer_.read(data, capacity, to); });
        has_ended_ = size == 0;
        return size;
    }

    bool has_ended_ = false;
};

class upload_buffer final : public transfer_buffer {
public:
    explicit upload_buffer(transfer of) : transfer_buffer(std::move(of)) { empty(); }
    upload_buffer(upload_buffer &&) noexcept = default;
    upload_buffer &operator=(upload_buffer &&) noexcept = default;

    void close(errors to)
    {
        if (!check_open(to))
            return;
        send_block();
        finish(to);
    }

protected:
    int_type overflow(int_type character) override
    {
        if (!flush())
            return traits_type::eof();
        if (!traits_type::eq_int_type(character, traits_type::eof())) {
            *pptr() = traits_type::to_char_type(character);
            pbump(1);
        }
        return traits_type::not_eof(character);
    }

    // As that of the standard library, but a large piece goes past the block.
    std::streamsize xsputn(const char *data, std::streamsize size) override
    {
        if (static_cast<std::size_t>(size) < block_size)
            return std::streambuf::xsputn(data, size);
        if (!flush())
            return 0;
        const bool sent = send({ data, static_cast<std::size_t>(size) });
        rethrow();
        return sent ? size : 0;
    }

    int sync() override { return flush() ? 0 : -1; }

private:
    void empty() { setp(block_.get(), block_.get() + block_size); }

    bool send(std::string_view data)
    {
        return keep([&](errors to) { transfer_.write(data, to); });
    }

    // Sends what stands in the block, if the transfer is open and all went well so far.
    bool send_block()
    {
        if (!is_open() || has_failed())
            return false;
        const std::string_view data(pbase(), static_cast<std::size_t>(pptr() - pbase()));
        empty();
        return data.empty() || send(data);
    }

    bool flush()
    {
        const bool sent = send_block();
        rethrow();
        return sent;
    }
};

} // namespace detail

// A download as a stream. An error makes the stream bad, as with a file.
//
// - Only close() tells whether the data is whole: the end of the data can also be that of a connection that was cut.
// - The destructor aborts a stream that was not closed. It takes at most 5 seconds and never throws.
// - The client must wait in its calls, as it does by default, and can do nothing else until the stream is closed.
class istream : public std::istream {
public:
    // Of a download that client.transfercmd() has begun. client.open_read() does both.
    explicit istream(transfer of) : std::istream(nullptr), buffer_(std::move(of)) { attach(); }

    istream(istream &&other) noexcept : std::istream(std::move(other)), buffer_(std::move(other.buffer_))
    {
        set_rdbuf(&buffer_);
    }

    istream &operator=(istream &&other) noexcept
    {
        std::istream::operator=(std::move(other));
        buffer_ = std::move(other.buffer_);
        return *this;
    }

    // Ends the transfer: the stream was read to its end, and the server confirms that this is all. Otherwise it is an
    // error, also the one that has made the stream bad.
    void close(errors to FTP_OR_THROW) { buffer_.close(to); }
    // Whether it has a transfer: one was begun, and close() was not called.
    bool is_open() const noexcept { return buffer_.is_open(); }
    // The error that has made the stream bad. A callback's own exception has no code; close() throws it.
    std::error_code error() const noexcept { return buffer_.error(); }
    // The size that the server announced.
    std::optional<std::int64_t> size() const noexcept { return buffer_.of().size(); }

private:
    void attach()
    {
        rdbuf(&buffer_);
        if (!buffer_.is_open())
            setstate(std::ios_base::failbit);
    }

    detail::download_buffer buffer_;
};

// An upload as a stream. What istream says of errors, of the destructor and of the client holds here as well.
//
// Only close() is the end of the data, and only after it does the server confirm that it has the file. A stream that is
// destroyed before, as by an exception, is aborted. Most servers then keep a part of the file.
class ostream : public std::ostream {
public:
    // Of an upload that client.transfercmd() has begun. client.open_write() does both.
    explicit ostream(transfer of) : std::ostream(nullptr), buffer_(std::move(of)) { attach(); }

    ostream(ostream &&other) noexcept : std::ostream(std::move(other)), buffer_(std::move(other.buffer_))
    {
        set_rdbuf(&buffer_);
    }

    ostream &operator=(ostream &&other) noexcept
    {
        std::ostream::operator=(std::move(other));
        buffer_ = std::move(other.buffer_);
        return *this;
    }

    // Sends the rest, ends the data, and waits for the server to confirm it. An error that has made the stream bad is told
    // again.
    void close(errors to FTP_OR_THROW) { buffer_.close(to); }
    // As of istream.
    bool is_open() const noexcept { return buffer_.is_open(); }
    std::error_code error() const noexcept { return buffer_.error(); }

private:
    void attach()
    {
        rdbuf(&buffer_);
        if (!buffer_.is_open())
            setstate(std::ios_base::failbit);
    }

    detail::upload_buffer buffer_;
};

} // namespace ftp

#endif
