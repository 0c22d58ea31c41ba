// The parts of a URL.

#ifndef FTPCLIENT_URL_HPP
#define FTPCLIENT_URL_HPP

#include "session.hpp"

#include <cstdint>
#include <memory>

namespace ftp {

class client;

// The parts of a URL, decoded. The destructor overwrites the password. A url that was moved from has no parts.
class url {
public:
    url() = default;

    explicit operator bool() const noexcept { return parts_ != nullptr; }

    // What the URL does not name is empty.
    std::string_view host() const noexcept { return text(&ftp_url::host); }
    std::string_view user() const noexcept { return text(&ftp_url::user); }
    std::string_view password() const noexcept { return text(&ftp_url::password); }
    // In the form that commands take.
    std::string_view path() const noexcept { return text(&ftp_url::path); }
    // 0 if the URL names none.
    std::uint16_t port() const noexcept { return parts_ ? parts_->port : std::uint16_t{ 0 }; }
    // What set_tls() takes.
    int tls() const noexcept { return parts_ ? parts_->tls : FTP_TLS_OFF; }
    // FTP_TYPE_IMAGE, FTP_TYPE_ASCII or FTP_TYPE_AS_IS.
    int type() const noexcept { return parts_ ? parts_->type : FTP_TYPE_AS_IS; }
    // Whether it can only name a directory.
    bool is_directory() const noexcept { return parts_ && parts_->is_directory != 0; }

private:
    friend class client;

    struct free {
        void operator()(const ftp_url *parts) const noexcept { ftp_url_free(parts); }
    };

    std::string_view text(const char *ftp_url::*part) const noexcept
    {
        return parts_ ? detail::view((*parts_).*part) : std::string_view();
    }

    std::unique_ptr<const ftp_url, free> parts_;
};

} // namespace ftp

#endif
