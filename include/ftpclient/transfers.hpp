// The calls of ftp::client that move files and other data.
//
// A callback is any callable, and is called while the call runs. It returns nothing, or a bool: false stops the transfer with
// FTP_ERR_CALLBACK. An exception stops it as well, and comes out of the call unchanged.

#ifndef FTPCLIENT_TRANSFERS_HPP
#define FTPCLIENT_TRANSFERS_HPP

#include "commands.hpp"
#include "stream.hpp"

#include <vector>

namespace ftp {

// How retrbinary() and storbinary() move data.
struct transfer_options {
    // Where in the file to begin (REST). -1 sends no REST.
    std::int64_t offset = -1;
    // The most bytes that a callback gets, or is asked for, at once. 0 is the choice of the library.
    std::size_t blocksize = 0;
};

namespace detail {

// A callable without what it was passed as.
template <class Callable>
using bare = std::remove_reference_t<Callable>;

class transfers : public commands {
public:
    // With callbacks.

    // Downloads: `sink(std::string_view data)`, or with a std::span<const std::byte>.
    template <class Sink>
    void retrbinary(std::string_view command, Sink &&sink, transfer_options options, errors to FTP_OR_THROW)
    {
        with(sink);
        call(to, ftp_retrbinary, command, on_data<bare<Sink>>, user(), options.blocksize, options.offset);
    }

    template <class Sink>
    void retrbinary(std::string_view command, Sink &&sink, errors to FTP_OR_THROW)
    {
        retrbinary(command, sink, transfer_options(), to);
    }

    // Uploads: `source(char *buffer, std::size_t capacity)`, or with a std::span<std::byte>. It returns how many bytes it has put
    // there; 0 is the end.
    template <class Source>
    void storbinary(std::string_view command, Source &&source, transfer_options options, errors to FTP_OR_THROW)
    {
        with(source);
        call(to, ftp_storbinary, command, on_read<bare<Source>>, nullptr, user(), options.blocksize, options.offset);
    }

    template <class Source>
    void storbinary(std::string_view command, Source &&source, errors to FTP_OR_THROW)
    {
        storbinary(command, source, transfer_options(), to);
    }

    // `sent` learns of each block, as a sink does.
    template <class Source, class Sent>
    void storbinary(std::string_view command, Source &&source, Sent &&sent, transfer_options options, errors to FTP_OR_THROW)
    {
        with(source, sent);
        call(to, ftp_storbinary, command, on_read<bare<Source>>, on_sent<bare<Sent>>, user(), options.blocksize,
            options.offset);
    }

    // Uploads text in ASCII type.
    template <class Source>
    void storlines(std::string_view command, Source &&source, errors to FTP_OR_THROW)
    {
        with(source);
        call(to, ftp_storlines, command, on_read<bare<Source>>, nullptr, user());
    }

    // `sent` learns of each line, with its CRLF.
    template <class Source, class Sent, class = if_callback<Sent>>
    void storlines(std::string_view command, Source &&source, Sent &&sent, errors to FTP_OR_THROW)
    {
        with(source, sent);
        call(to, ftp_storlines, command, on_read<bare<Source>>, on_sent<bare<Sent>>, user());
    }

    // Downloads text in ASCII type: `take(std::string_view line)`.
    template <class Take, class = if_callback<Take>>
    void retrlines(std::string_view command, Take &&take, errors to FTP_OR_THROW)
    {
        with(take);
        call(to, ftp_retrlines, command, on_line<bare<Take>>, user());
    }

    // Prints the lines on standard output.
    void retrlines(std::string_view command, errors to FTP_OR_THROW)
    {
        call(to, ftp_retrlines, command, nullptr, nullptr);
    }

    // Adds to the end of a file.
    template <class Source>
    void append(std::string_view remote, Source &&source, errors to FTP_OR_THROW)
    {
        with(source);
        call(to, ftp_append, remote, on_read<bare<Source>>, user());
    }

    // Stores a file whose name the server makes. Returns the name; "" if the server does not tell it.
    template <class Source>
    std::string store_unique(Source &&source, errors to FTP_OR_THROW)
    {
        with(source);
        return text(to, ftp_store_unique, on_read<bare<Source>>, user());
    }

    // Whole files. A local file has its name when it is whole, and not before. `flags` is 0, or FTP_RESUME and its neighbours,
    // added up.

    void get(std::string_view remote, const local_path &local, int flags, errors to FTP_OR_THROW)
    {
        call(to, ftp_get, remote, local, flags);
    }

    void get(std::string_view remote, const local_path &local, errors to FTP_OR_THROW) { get(remote, local, 0, to); }

    void put(const local_path &local, std::string_view remote, int flags, errors to FTP_OR_THROW)
    {
        call(to, ftp_put, local, remote, flags);
    }

    void put(const local_path &local, std::string_view remote, errors to FTP_OR_THROW) { put(local, remote, 0, to); }

    // Memory and descriptors.

    // Downloads a file of at most `limit` bytes. A longer one is FTP_ERR_LIMIT.
    [[nodiscard]] buffer get_data(std::string_view remote, std::size_t limit, errors to FTP_OR_THROW)
    {
        buffer got;
        call(to, ftp_get_data, remote, limit, out(got.data_).address(), &got.size_);
        return got;
    }

    [[nodiscard]] buffer get_data(std::string_view remote, errors to FTP_OR_THROW)
    {
        return get_data(remote, SIZE_MAX, to);
    }

    void put_data(std::string_view remote, std::string_view data, errors to FTP_OR_THROW)
    {
        call(to, ftp_put_data, remote, static_cast<const void *>(data.data()), data.size());
    }

#if defined(__cpp_lib_span)
    void put_data(std::string_view remote, std::span<const std::byte> data, errors to FTP_OR_THROW)
    {
        call(to, ftp_put_data, remote, static_cast<const void *>(data.data()), data.size());
    }
#endif

    // From the server to a descriptor, or from that to the server. An offset of -1 sends no REST.
    void retrfd(std::string_view command, int descriptor, std::int64_t offset, errors to FTP_OR_THROW)
    {
        call(to, ftp_retrfd, command, descriptor, offset);
    }

    void storfd(std::string_view command, int descriptor, std::int64_t offset, errors to FTP_OR_THROW)
    {
        call(to, ftp_storfd, command, descriptor, offset);
    }

    // Step by step, and as streams. The client can do nothing else until the transfer has ended.

    // An offset of -1 sends no REST.
    [[nodiscard]] transfer transfercmd(std::string_view command, std::int64_t offset, errors to FTP_OR_THROW)
    {
        transfer begun;
        begun.transfer_.get_deleter().on = session_;
        call(to, ftp_transfercmd, command, offset, out(begun.transfer_).address());
        return begun;
    }

    [[nodiscard]] transfer transfercmd(std::string_view command, errors to FTP_OR_THROW)
    {
        return transfercmd(command, -1, to);
    }

    // A file to read, from an offset on.
    [[nodiscard]] istream open_read(std::string_view file, std::int64_t offset, errors to FTP_OR_THROW)
    {
        return istream(transfercmd(std::string("RETR ").append(file), offset, to));
    }

    [[nodiscard]] istream open_read(std::string_view file, errors to FTP_OR_THROW) { return open_read(file, -1, to); }

    // A file to write. What is there is replaced.
    [[nodiscard]] ostream open_write(std::string_view file, errors to FTP_OR_THROW)
    {
        return ostream(transfercmd(std::string("STOR ").append(file), -1, to));
    }

    // A file to write at its end.
    [[nodiscard]] ostream open_append(std::string_view file, errors to FTP_OR_THROW)
    {
        return ostream(transfercmd(std::string("APPE ").append(file), -1, to));
    }

protected:
    using commands::commands;

    // The callables of the next call. A call that is refused because another one is running must not change them.
    template <class First>
    void with(First &first)
    {
        if (session_ && !session_->is_running)
            session_->callable = address_of(first);
    }

    template <class First, class Second>
    void with(First &first, Second &second)
    {
        with(first);
        if (session_ && !session_->is_running)
            session_->second_callable = address_of(second);
    }

    // What callbacks get to find their callable.
    void *user() const noexcept { return session_.get(); }
};

} // namespace detail

} // namespace ftp

#endif
