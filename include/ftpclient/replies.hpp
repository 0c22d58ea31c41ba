// What needs no client: the version of the library, and the parsers of single replies.

#ifndef FTPCLIENT_REPLIES_HPP
#define FTPCLIENT_REPLIES_HPP

#include "commands.hpp"

namespace ftp {

// The version of the library that the program runs with, as in "0.1.0", and as 0xXXYYZZ.
inline std::string_view version() noexcept { return ftp_version(); }
inline std::uint32_t version_number() noexcept { return ftp_version_number(); }

// Whether the library has a feature that a build can leave out: "tls".
inline bool has_feature(std::string_view name)
{
    return !detail::has_nul(name) && ftp_has_feature(detail::c_text(name)) != 0;
}

// The TLS library in use; empty in a build without TLS.
inline std::string_view tls_backend() noexcept { return detail::view(ftp_tls_backend()); }

namespace detail {

// Calls a parser. A reply with a NUL is none.
template <class Function, class... Outputs>
bool parse(errors to, Function *function, std::string_view reply, Outputs... outputs)
{
    const ftp_status status = has_nul(reply) ? FTP_ERR_REPLY : function(c_text(reply), outputs...);
    return to.tell(status, [&] { return failure_without_client(status); });
}

} // namespace detail

// The size in a 150 reply; nothing if the reply does not contain it.
[[nodiscard]] inline std::optional<std::int64_t> parse150(std::string_view reply, errors to FTP_OR_THROW)
{
    std::int64_t size = -1;
    detail::parse(to, ftp_parse150, reply, &size);
    return size < 0 ? std::nullopt : std::optional(size);
}

// The address in a 227 reply.
[[nodiscard]] inline address parse227(std::string_view reply, errors to FTP_OR_THROW)
{
    char host[16] = "";
    std::uint16_t port = 0;
    if (!detail::parse(to, ftp_parse227, reply, static_cast<char *>(host), sizeof host, &port))
        return {};
    return { host, port };
}

// The port in a 229 reply.
[[nodiscard]] inline std::uint16_t parse229(std::string_view reply, errors to FTP_OR_THROW)
{
    std::uint16_t port = 0;
    detail::parse(to, ftp_parse229, reply, &port);
    return port;
}

// The path in a 257 reply.
[[nodiscard]] inline std::string parse257(std::string_view reply, errors to FTP_OR_THROW)
{
    std::string path(reply.size() + 1, '\0');
    if (!detail::parse(to, ftp_parse257, reply, path.data(), path.size()))
        return {};
    path.resize(std::strlen(path.c_str()));
    return path;
}

} // namespace ftp

#endif
