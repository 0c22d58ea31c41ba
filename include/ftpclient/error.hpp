// Errors: ftp_status as a std::error_code, and the exception that says all about a call that failed.

#ifndef FTPCLIENT_ERROR_HPP
#define FTPCLIENT_ERROR_HPP

#include "../ftpclient.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_expected)
#include <expected>
#endif

#if defined(__cpp_exceptions)
#define FTPCLIENT_EXCEPTIONS 1
// Behind the last parameter of a call. Without exceptions, nothing stands in for the error_code.
#define FTP_OR_THROW = {}
#else
#define FTPCLIENT_EXCEPTIONS 0
#define FTP_OR_THROW
#endif

namespace ftp {

namespace detail {

class FTP_API status_category final : public std::error_category {
public:
    const char *name() const noexcept override { return "ftp"; }

    std::string message(int status) const override { return ftp_strerror(status); }

    std::error_condition default_error_condition(int status) const noexcept override
    {
        switch (status) {
        case FTP_AGAIN: return std::errc::operation_would_block;
        case FTP_ERR_INVALID_ARGUMENT: return std::errc::invalid_argument;
        case FTP_ERR_BUSY: return std::errc::device_or_resource_busy;
        case FTP_ERR_UNSUPPORTED: return std::errc::not_supported;
        case FTP_ERR_TIMEOUT: return std::errc::timed_out;
        case FTP_ERR_NOT_FOUND: return std::errc::no_such_file_or_directory;
        case FTP_ERR_EXISTS: return std::errc::file_exists;
        case FTP_ERR_ABORTED: return std::errc::operation_canceled;
        case FTP_ERR_DENIED: return std::errc::operation_not_permitted;
        default: return std::error_condition(status, *this);
        }
    }
};

} // namespace detail

// The category of all error codes of this library. Their values are those of ftp_status.
FTP_API inline const std::error_category &category() noexcept
{
    static const detail::status_category instance;
    return instance;
}

} // namespace ftp

// Lets a program write `if (code == FTP_ERR_NOT_FOUND)`. It must stand where ftp_status does.
inline std::error_code make_error_code(ftp_status status) noexcept
{
    return std::error_code(static_cast<int>(status), ftp::category());
}

template <>
struct std::is_error_code_enum<ftp_status> : std::true_type {};

namespace ftp {

// What is known about a call that failed.
struct failure {
    // What was tried, why it failed, and with which server: ftp_last_error().
    std::string text;
    // The reply of the server that was the reason, with its code. 0 and "" if there was none, as when a listing lacks the
    // name. After an error that may have other reasons too, as FTP_ERR_NOT_FOUND, it is the last reply if that is a refusal.
    int reply_code = 0;
    std::string reply;
    // The errno behind it, or 0.
    int os_error = 0;
    // Whether the same call may succeed later: ftp_is_transient().
    bool is_transient = false;
};

namespace detail {

// Whether the last reply is why a call failed. It may have nothing to do with it, unless it is a refusal that fits the status.
inline bool is_reason(int code, ftp_status status)
{
    switch (status) {
    case FTP_ERR_REPLY:
    case FTP_ERR_TEMP:
    case FTP_ERR_PERM:
    case FTP_ERR_PROTO: return true;
    case FTP_ERR_NOT_FOUND:
    case FTP_ERR_EXISTS:
    case FTP_ERR_PARTIAL: return code >= 400 && code < 600;
    case FTP_ERR_UNSUPPORTED: return code >= 500 && code <= 504;
    case FTP_ERR_TLS:
        return (code >= 500 && code <= 504) || code == 431 || code == 521 || code == 522 || code == 533 || code == 534 ||
            code == 536;
    case FTP_ERR_EOF: return code == 421;
    default: return false;
    }
}

} // namespace detail

// Thrown by a call that failed.
class FTP_API error : public std::system_error {
public:
    error(ftp_status status, failure what)
        : std::system_error(make_error_code(status)), what_(std::make_shared<const failure>(std::move(what)))
    {
    }

    // The text, and the rest of what ftp::failure tells.
    const char *what() const noexcept override { return what_->text.c_str(); }
    ftp_status status() const noexcept { return static_cast<ftp_status>(code().value()); }
    int reply_code() const noexcept { return what_->reply_code; }
    const std::string &reply() const noexcept { return what_->reply; }
    int os_error() const noexcept { return what_->os_error; }
    bool is_transient() const noexcept { return what_->is_transient; }

private:
    std::shared_ptr<const failure> what_;
};

// Where a call tells its outcome. It is the last parameter of every call that can fail.
//
// - If it is left out, an error is thrown as ftp::error. Without exceptions it cannot be left out.
// - If it is a std::error_code, the call sets it, and clears it after a success.
//
// So `client.cwd("pub")` throws, and `client.cwd("pub", code)` does not. A callback's own exception is thrown in
// both forms.
class errors {
public:
#if FTPCLIENT_EXCEPTIONS
    errors() noexcept = default;
#endif
    errors(std::error_code &code) noexcept : code_(&code) {}

    // The same, for a call that is made again until it has ended: FTP_AGAIN sets `again` and is not an error.
    errors with(bool &again) const noexcept
    {
        errors copy = *this;
        copy.again_ = &again;
        return copy;
    }

    bool throws() const noexcept { return code_ == nullptr; }

    // Tells the outcome; `what` makes the failure for an exception. Returns whether it is FTP_OK.
    template <class What>
    bool tell(ftp_status status, What what) const
    {
        if (again_ != nullptr)
            *again_ = status == FTP_AGAIN;
        const bool goes_on = again_ != nullptr && *again_;
        if (code_ != nullptr)
            *code_ = make_error_code(goes_on ? FTP_OK : status);
#if FTPCLIENT_EXCEPTIONS
        else if (status != FTP_OK && !goes_on)
            throw error(status, what());
#else
        (void)what;
#endif
        return status == FTP_OK;
    }

private:
    std::error_code *code_ = nullptr;
    bool *again_ = nullptr;
};

#if defined(__cpp_lib_expected)
// Makes a call and returns what it returns, or the error: `ftp::attempt(&ftp::client::size, client, "file")`.
template <class Call, class... Arguments>
auto attempt(Call &&call, Arguments &&...arguments)
    -> std::expected<std::invoke_result_t<Call, Arguments..., std::error_code &>, std::error_code>
{
    std::error_code code;
    using result = std::invoke_result_t<Call, Arguments..., std::error_code &>;
    if constexpr (std::is_void_v<result>) {
        std::invoke(std::forward<Call>(call), std::forward<Arguments>(arguments)..., code);
        if (!code)
            return {};
    } else {
        result value = std::invoke(std::forward<Call>(call), std::forward<Arguments>(arguments)..., code);
        if (!code)
            return value;
    }
    return std::unexpected(code);
}
#endif

} // namespace ftp

#endif
