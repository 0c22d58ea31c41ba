// The calls of ftp::client that set something. A setting belongs to the client and outlives its sessions.
//
// Each is the C function of the same name, whose comment says what it means.

#ifndef FTPCLIENT_SETTINGS_HPP
#define FTPCLIENT_SETTINGS_HPP

#include "callback.hpp"

#include <chrono>

namespace ftp {

// For time limits and intervals: none.
inline constexpr std::chrono::milliseconds no_limit{ -1 };

namespace detail {

using std::chrono::milliseconds;
using local_path = std::filesystem::path;

class settings : public session_owner {
public:
    // Time limits and waits.

    void set_timeout(milliseconds limit, errors to FTP_OR_THROW) { call(to, ftp_set_timeout, count(limit)); }

    // `phase` is one of FTP_PHASE_CONNECT to FTP_PHASE_TOTAL.
    void set_phase_timeout(int phase, milliseconds limit, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_phase_timeout, phase, count(limit));
    }

    // `no_limit` as the idle time turns keepalive off.
    void set_keepalive(milliseconds idle, milliseconds interval, int probes, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_keepalive, count(idle), count(interval), probes);
    }

    void set_noop_interval(milliseconds interval, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_noop_interval, count(interval));
    }

    void set_retries(int retries, milliseconds first_wait, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_retries, retries, count(first_wait));
    }

    // Off, calls tell FTP_AGAIN instead of waiting: see ftp::operation.
    void set_blocking(bool on, errors to FTP_OR_THROW) { call(to, ftp_set_blocking, int{ on }); }

    // Data connections.

    void set_pasv(bool on, errors to FTP_OR_THROW) { call(to, ftp_set_pasv, int{ on }); }
    void set_epsv(bool on, errors to FTP_OR_THROW) { call(to, ftp_set_epsv, int{ on }); }
    // 0, 1 or FTP_PREARM_TOGETHER.
    void set_prearm(int on, errors to FTP_OR_THROW) { call(to, ftp_set_prearm, on); }

    // An empty address is the default.
    void set_active_address(std::string_view bind, std::string_view external, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_active_address, or_null{ bind }, or_null{ external });
    }

    // "*" admits everybody; "" is the default and admits nobody else.
    void set_active_peer(std::string_view address, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_active_peer, or_null{ address });
    }

    void set_active_ports(std::uint16_t first, std::uint16_t last, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_active_ports, first, last);
    }

    // "" leaves the choice to the system.
    void set_source_address(std::string_view host, std::uint16_t port, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_source_address, or_null{ host }, port);
    }

    void set_trust_server_pasv_ipv4_address(bool on, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_trust_server_pasv_ipv4_address, int{ on });
    }

    // Bytes per second; -1 is no limit.
    void set_rate_limit(std::int64_t receive, std::int64_t send, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_rate_limit, receive, send);
    }

    // Texts and commands.

    // FTP_TYPE_IMAGE, FTP_TYPE_ASCII or FTP_TYPE_AS_IS, for transfercmd() and the streams.
    void set_type(int type, errors to FTP_OR_THROW) { call(to, ftp_set_type, type); }
    void set_maxline(std::size_t bytes, errors to FTP_OR_THROW) { call(to, ftp_set_maxline, bytes); }
    void set_encoding(std::string_view label, errors to FTP_OR_THROW) { call(to, ftp_set_encoding, label); }
    void set_utf8(bool on, errors to FTP_OR_THROW) { call(to, ftp_set_utf8, int{ on }); }
    void set_urgent_abort(bool on, errors to FTP_OR_THROW) { call(to, ftp_set_urgent_abort, int{ on }); }
    // One of FTP_SYSTEM_*.
    void set_system(int system, errors to FTP_OR_THROW) { call(to, ftp_set_system, system); }
    void set_debuglevel(int level, errors to FTP_OR_THROW) { call(to, ftp_set_debuglevel, level); }

    // TLS.

    // FTP_TLS_OFF, FTP_TLS_EXPLICIT or FTP_TLS_IMPLICIT.
    void set_tls(int mode, errors to FTP_OR_THROW) { call(to, ftp_set_tls, mode); }
    // FTP_TLS_VERIFY_FULL or one of its neighbours.
    void set_tls_verify(int verify, errors to FTP_OR_THROW) { call(to, ftp_set_tls_verify, verify); }
    void set_tls_common_name(bool on, errors to FTP_OR_THROW) { call(to, ftp_set_tls_common_name, int{ on }); }
    // "" restores the authorities of the system.
    void set_tls_ca(const local_path &file, errors to FTP_OR_THROW) { call(to, ftp_set_tls_ca, or_null{ file.native() }); }

    // Certificates in memory; "" restores the authorities of the system.
    void set_tls_ca_pem(std::string_view pem, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_tls_ca_pem, pem.empty() ? nullptr : static_cast<const void *>(pem.data()), pem.size());
    }

    // "" is none. The key may be in the same file.
    void set_tls_client_cert(
        const local_path &certificate, const local_path &key, std::string_view password, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_tls_client_cert, or_null{ certificate.native() }, or_null{ key.native() }, or_null{ password });
    }

    // FTP_TLS_1_0 to FTP_TLS_1_3; 0 is the default.
    void set_tls_versions(int min, int max, errors to FTP_OR_THROW) { call(to, ftp_set_tls_versions, min, max); }

    // "" is the choice of the provider.
    void set_tls_ciphers(std::string_view ciphers, std::string_view ciphersuites, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_tls_ciphers, or_null{ ciphers }, or_null{ ciphersuites });
    }

    // "" is none.
    void set_tls_pin(std::string_view pins, errors to FTP_OR_THROW) { call(to, ftp_set_tls_pin, or_null{ pins }); }

    // "" is the host of connect().
    void set_tls_server_name(std::string_view name, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_tls_server_name, or_null{ name });
    }

    // "" is none.
    void set_tls_keylog(const local_path &file, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_tls_keylog, or_null{ file.native() });
    }

    void set_tls_resume(bool on, errors to FTP_OR_THROW) { call(to, ftp_set_tls_resume, int{ on }); }
    // FTP_TLS_END_CHECKED, FTP_TLS_END_STRICT or FTP_TLS_END_TRUSTED.
    void set_tls_end(int end, errors to FTP_OR_THROW) { call(to, ftp_set_tls_end, end); }

    // Callbacks that stay. The client keeps the callable, which may be one that can only be moved. nullptr removes it.

    // Called as `log(ftp_log_kind kind, std::string_view text)` for every record.
    template <class Callable>
    void set_log_callback(Callable log, errors to FTP_OR_THROW)
    {
        keep(to, ftp_set_log_callback, &session::log, on_log<Callable>, std::move(log));
    }

    void set_log_callback(std::nullptr_t, errors to FTP_OR_THROW) { drop(to, ftp_set_log_callback, &session::log); }

    // Called as `audit(const ftp::audit_request &)`. false refuses it.
    template <class Callable>
    void set_audit_callback(Callable audit, errors to FTP_OR_THROW)
    {
        keep(to, ftp_set_audit_callback, &session::audit, on_audit<Callable>, std::move(audit));
    }

    void set_audit_callback(std::nullptr_t, errors to FTP_OR_THROW)
    {
        drop(to, ftp_set_audit_callback, &session::audit);
    }

    // Called as `progress(const ftp_progress &)`. false stops the transfer.
    template <class Callable>
    void set_progress_callback(Callable progress, errors to FTP_OR_THROW)
    {
        keep(to, ftp_set_progress_callback, &session::progress, on_progress<Callable>, std::move(progress));
    }

    void set_progress_callback(std::nullptr_t, errors to FTP_OR_THROW)
    {
        drop(to, ftp_set_progress_callback, &session::progress);
    }

    // Called as `wait()` while a call waits. false ends the call. It may also return an int, with the meaning that it has in C.
    template <class Callable>
    void set_wait_callback(Callable wait, errors to FTP_OR_THROW)
    {
        keep(to, ftp_set_wait_callback, &session::wait, on_wait<Callable>, std::move(wait));
    }

    void set_wait_callback(std::nullptr_t, errors to FTP_OR_THROW) { drop(to, ftp_set_wait_callback, &session::wait); }

protected:
    using session_owner::session_owner;

    static std::int64_t count(milliseconds time) { return time.count(); }

private:
    using place = std::shared_ptr<void> session::*;

    // C gets the new callable before the old one goes.
    template <class Function, class Callback, class Callable>
    void keep(errors to, Function *function, place where, Callback *callback, Callable callable)
    {
        std::shared_ptr<kept<Callable>> made;
        if (session_)
            made.reset(new kept<Callable>{ *session_, std::move(callable) });
        if (call(to, function, callback, static_cast<void *>(made.get())))
            (*session_).*where = std::move(made);
    }

    template <class Function>
    void drop(errors to, Function *function, place where)
    {
        if (call(to, function, nullptr, nullptr))
            (*session_).*where = nullptr;
    }
};

} // namespace detail

} // namespace ftp

#endif
