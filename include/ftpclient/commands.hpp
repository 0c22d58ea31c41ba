// The calls of ftp::client that are commands, and what the last call has left.
//
// Each is the C function of the same name, whose comment says what it does and how it fails.

#ifndef FTPCLIENT_COMMANDS_HPP
#define FTPCLIENT_COMMANDS_HPP

#include "entry.hpp"
#include "settings.hpp"

#include <optional>
#include <string>

namespace ftp {

// An address and a port.
struct address {
    std::string host;
    std::uint16_t port = 0;
};

namespace detail {

class commands : public settings {
public:
    // Single commands and replies. last_reply() has the reply.

    void sendcmd(std::string_view command, errors to FTP_OR_THROW) { call(to, ftp_sendcmd, command); }
    void voidcmd(std::string_view command, errors to FTP_OR_THROW) { call(to, ftp_voidcmd, command); }
    void putcmd(std::string_view command, errors to FTP_OR_THROW) { call(to, ftp_putcmd, command); }
    void getresp(errors to FTP_OR_THROW) { call(to, ftp_getresp); }
    void voidresp(errors to FTP_OR_THROW) { call(to, ftp_voidresp); }
    void resync(errors to FTP_OR_THROW) { call(to, ftp_resync); }
    void site(std::string_view text, errors to FTP_OR_THROW) { call(to, ftp_site, text); }
    void acct(std::string_view account, errors to FTP_OR_THROW) { call(to, ftp_acct, account); }

    [[nodiscard]] std::string syst(errors to FTP_OR_THROW) { return text(to, ftp_syst); }

    // What stands behind the name of the feature; nothing if the server does not name it.
    [[nodiscard]] std::optional<std::string> feature(std::string_view name, errors to FTP_OR_THROW)
    {
        std::optional<std::string> text;
        call_and_copy<char>(to, [&](const char *found) { text = found; }, ftp_feature, name);
        return text;
    }

    // Files and directories.

    void cwd(std::string_view directory, errors to FTP_OR_THROW) { call(to, ftp_cwd, directory); }
    [[nodiscard]] std::string pwd(errors to FTP_OR_THROW) { return text(to, ftp_pwd); }

    // Returns the path as the server names it, or "".
    std::string mkd(std::string_view directory, errors to FTP_OR_THROW) { return text(to, ftp_mkd, directory); }
    void rmd(std::string_view directory, errors to FTP_OR_THROW) { call(to, ftp_rmd, directory); }
    void makedirs(std::string_view directory, errors to FTP_OR_THROW) { call(to, ftp_makedirs, directory); }
    // A directory with all that is in it. `flags` is 0, as in C: later versions may have some.
    void remove_tree(std::string_view path, int flags, errors to FTP_OR_THROW) { call(to, ftp_remove_tree, path, flags); }
    void remove_tree(std::string_view path, errors to FTP_OR_THROW) { remove_tree(path, 0, to); }
    void rename(std::string_view from, std::string_view into, errors to FTP_OR_THROW) { call(to, ftp_rename, from, into); }
    // ftp_delete(): C++ has that word for itself.
    void remove(std::string_view file, errors to FTP_OR_THROW) { call(to, ftp_delete, file); }

    [[nodiscard]] bool exists(std::string_view path, errors to FTP_OR_THROW)
    {
        int found = 0;
        call(to, ftp_exists, path, &found);
        return found != 0;
    }

    // What a server knows of a file.

    // Nothing if the server confirms the command and tells no size.
    [[nodiscard]] std::optional<std::int64_t> size(std::string_view file, errors to FTP_OR_THROW)
    {
        std::int64_t bytes = -1;
        call(to, ftp_size, file, &bytes);
        return bytes < 0 ? std::nullopt : std::optional(bytes);
    }

    // Nothing if the server tells no time, or an impossible one.
    [[nodiscard]] std::optional<time_point> modified(std::string_view path, errors to FTP_OR_THROW)
    {
        std::int64_t when = FTP_NO_TIME;
        call(to, ftp_modified, path, &when);
        return to_time(when);
    }

    void set_modified(std::string_view path, time_point when, errors to FTP_OR_THROW)
    {
        call(to, ftp_set_modified, path, from_time(when));
    }

    void chmod(std::string_view path, std::filesystem::perms mode, errors to FTP_OR_THROW)
    {
        call(to, ftp_chmod, path, static_cast<int>(mode));
    }

    // In hexadecimal digits. An algorithm of "" is the best that the server offers.
    [[nodiscard]] std::string hash(std::string_view path, std::string_view algorithm, errors to FTP_OR_THROW)
    {
        return text(to, ftp_hash, path, or_null{ algorithm });
    }

    // The protection of a session.

    void auth(errors to FTP_OR_THROW) { call(to, ftp_auth); }
    void prot_p(errors to FTP_OR_THROW) { call(to, ftp_prot_p); }
    void prot_c(errors to FTP_OR_THROW) { call(to, ftp_prot_c); }
    void ccc(errors to FTP_OR_THROW) { call(to, ftp_ccc); }
    [[nodiscard]] bool is_tls() const noexcept { return ftp_is_tls(handle()) != 0; }

    // Its strings belong to the client, and are valid until its next call.
    [[nodiscard]] ftp_tls_info tls_get_info(errors to FTP_OR_THROW)
    {
        ftp_tls_info info{};
        info.struct_size = sizeof info;
        call(to, ftp_tls_get_info, &info);
        return info;
    }

    // After a call. Strings are valid until the next call. They are empty while a call is running, and if there is nothing to
    // tell.

    [[nodiscard]] std::string_view last_error() const noexcept
    {
        const bool was_refused = session_ && !session_->is_running && session_->refusal != nullptr;
        return was_refused ? session_->refusal : view(ftp_last_error(handle()));
    }

    [[nodiscard]] std::string_view last_reply() const noexcept { return view(ftp_last_reply(handle())); }
    [[nodiscard]] int last_reply_code() const noexcept { return ftp_last_reply_code(handle()); }
    [[nodiscard]] int last_os_error() const noexcept { return ftp_last_os_error(handle()); }
    [[nodiscard]] std::int64_t last_callback_result() const noexcept { return ftp_last_callback_result(handle()); }
    [[nodiscard]] std::string_view last_command() const noexcept { return view(ftp_last_command(handle())); }
    // FTP_PHASE_CONNECT or one of its neighbours, or 0.
    [[nodiscard]] int last_phase() const noexcept { return ftp_last_phase(handle()); }

    // One of the replies that arrived during the last call; empty past the last one.
    [[nodiscard]] std::string_view last_replies(std::size_t index) const noexcept
    {
        return view(ftp_last_replies(handle(), index));
    }

    // What is known of the last transfer.
    [[nodiscard]] ftp_report last_report(errors to FTP_OR_THROW) const
    {
        ftp_report report{};
        report.struct_size = sizeof report;
        const ftp_status status = ftp_last_report(handle(), &report);
        to.tell(status, [&] { return failure_without_client(status); });
        return report;
    }

    // Whether the call that failed with this code may succeed later.
    [[nodiscard]] bool is_transient(std::error_code code) const noexcept
    {
        return code.category() == category() && ftp_is_transient(handle(), code.value()) != 0;
    }

    // FTP_STATE_LOGGED_IN or one of its neighbours.
    [[nodiscard]] int state() const noexcept { return ftp_state(handle()); }
    [[nodiscard]] std::string_view getwelcome() const noexcept { return view(ftp_getwelcome(handle())); }

    // Addresses and descriptors, for dialogues that the program leads itself.

    // Makes the data connection of the next transfer.
    void prearm(errors to FTP_OR_THROW) { call(to, ftp_prearm); }

    [[nodiscard]] address makepasv(errors to FTP_OR_THROW) { return address_of_call(to, ftp_makepasv); }

    // Returns a listening descriptor that the program closes, or -1.
    [[nodiscard]] int makeport(errors to FTP_OR_THROW)
    {
        int descriptor = -1;
        call(to, ftp_makeport, &descriptor);
        return descriptor;
    }

    // `which` is FTP_CONTROL_CONNECTION or FTP_DATA_CONNECTION.
    [[nodiscard]] address local_address(int which, errors to FTP_OR_THROW)
    {
        return address_of_call(to, ftp_local_address, which);
    }

    [[nodiscard]] address peer_address(int which, errors to FTP_OR_THROW)
    {
        return address_of_call(to, ftp_peer_address, which);
    }

    // It belongs to the library. -1 if the client is not connected.
    [[nodiscard]] int control_fd() const noexcept { return ftp_control_fd(handle()); }

protected:
    using settings::settings;

    // A call whose last output belongs to the client. A callback may have destroyed that: `copy` gets the output before the call
    // has ended.
    template <class Output, class Copy, class Function, class... Arguments>
    void call_and_copy(errors to, Copy copy, Function *function, const Arguments &...arguments)
    {
        const auto call_once = [&](ftp_handle *on, const auto &...given) {
            const Output *found = nullptr;
            const ftp_status status = (*function)(on, given..., &found);
            if (status == FTP_OK && found != nullptr)
                copy(found);
            return status;
        };
        call(to, &call_once, arguments...);
    }

    // A call whose last output is a string.
    template <class Function, class... Arguments>
    std::string text(errors to, Function *function, const Arguments &...arguments)
    {
        std::string result;
        call_and_copy<char>(to, [&](const char *found) { result = found; }, function, arguments...);
        return result;
    }

private:
    template <class Function, class... Arguments>
    address address_of_call(errors to, Function *function, const Arguments &...arguments)
    {
        char host[64] = "";
        std::uint16_t port = 0;
        if (!call(to, function, arguments..., static_cast<char *>(host), sizeof host, &port))
            return {};
        return { host, port };
    }
};

} // namespace detail

} // namespace ftp

#endif
