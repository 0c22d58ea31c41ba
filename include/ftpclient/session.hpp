// What a client, its transfers and its listings share: the handle, and the call that is running on it.

#ifndef FTPCLIENT_SESSION_HPP
#define FTPCLIENT_SESSION_HPP

#include "error.hpp"

#include <atomic>
#include <cstddef>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace ftp::detail {

// A text for C, which wants a NUL behind it. Most are short and stay on the stack.
class c_text {
public:
    explicit c_text(std::string_view text)
    {
        if (text.size() >= sizeof short_) {
            long_ = text;
            text_ = long_.c_str();
            return;
        }
        if (!text.empty())
            std::memcpy(short_, text.data(), text.size());
        short_[text.size()] = '\0';
        text_ = short_;
    }

    c_text(const c_text &) = delete;
    c_text &operator=(const c_text &) = delete;

    operator const char *() const noexcept { return text_; }

private:
    const char *text_;
    char short_[200];
    std::string long_;
};

// A text that is NULL in C if it is empty.
struct or_null {
    std::string_view text;
};

class c_text_or_null {
public:
    explicit c_text_or_null(std::string_view text) : text_(text), is_null_(text.empty()) {}

    operator const char *() const noexcept { return is_null_ ? nullptr : static_cast<const char *>(text_); }

private:
    c_text text_;
    bool is_null_;
};

// How an argument is passed to C. The copies live until the call returns.
inline c_text to_c(std::string_view text) { return c_text(text); }
inline c_text to_c(const std::filesystem::path &path) { return c_text(path.native()); }
inline c_text_or_null to_c(or_null optional) { return c_text_or_null(optional.text); }

template <class Value, class = std::enable_if_t<std::is_scalar_v<Value>>>
Value to_c(Value value)
{
    return value;
}

// C would see the end of the string at its first NUL.
inline bool has_nul(std::string_view text) { return text.find('\0') != text.npos; }
inline bool has_nul(const std::filesystem::path &path) { return has_nul(std::string_view(path.native())); }
inline bool has_nul(or_null optional) { return has_nul(optional.text); }

template <class Value, class = std::enable_if_t<std::is_scalar_v<Value>>>
bool has_nul(Value)
{
    return false;
}

inline std::string_view view(const char *text) noexcept { return text == nullptr ? std::string_view() : text; }

// What is known of an error when there is no client to ask.
inline failure failure_without_client(ftp_status status, const char *text = nullptr)
{
    return { text != nullptr ? text : ftp_strerror(status), 0, {}, 0, ftp_is_transient(nullptr, status) != 0 };
}

// Where a C function stores what it makes. It has an owner then, whatever is thrown.
template <class Pointer, class Free>
class out {
public:
    explicit out(std::unique_ptr<Pointer, Free> &owner) noexcept : owner_(owner) {}
    out(const out &) = delete;
    out &operator=(const out &) = delete;
    ~out() { owner_.reset(made_); }

    Pointer **address() noexcept { return &made_; }

private:
    std::unique_ptr<Pointer, Free> &owner_;
    Pointer *made_ = nullptr;
};

// What was destroyed while a call was running, as by its own callback: the library does not free it then.
class left_behind {
public:
    left_behind() = default;
    left_behind(const left_behind &) = delete;
    left_behind &operator=(const left_behind &) = delete;
    ~left_behind() { free_all(); }

    void add(void *made, void (*free)(void *)) noexcept
    {
        // Without memory for it, what it is about is leaked.
        if (auto *one = new (std::nothrow) item{ made, free, nullptr }) {
            one->next = first_.load();
            while (!first_.compare_exchange_weak(one->next, one)) {
            }
        }
    }

    void free_all() noexcept
    {
        for (auto *one = first_.exchange(nullptr); one != nullptr;) {
            const std::unique_ptr<item> owner(one);
            one->free(one->made);
            one = one->next;
        }
    }

private:
    struct item {
        void *made;
        void (*free)(void *);
        item *next;
    };
    std::atomic<item *> first_{ nullptr };
};

// The state of one handle. It stays where it is when its client moves, since callbacks point to it.
struct session {
    ftp_handle *handle = ftp_new();
    // The call that is running has this session to itself; all others are FTP_ERR_BUSY.
    std::atomic<bool> is_running{ false };
    // A call has returned FTP_AGAIN, and is to be made again; if it is one of a transfer or a listing, of this one.
    bool is_pending = false;
    const void *pending_of = nullptr;
    // The client was destroyed by a callback of the running call, or while a copy had it as its target.
    bool is_abandoned = false;
    // The target of a copy that is running, or has told FTP_AGAIN. It `is_lent`: the library keeps its handle so long.
    std::shared_ptr<session> target;
    std::atomic<bool> is_lent{ false };
    // Why a call was refused before it came to the library; otherwise NULL.
    const char *refusal = nullptr;
    // What a callback of the running call has thrown.
    std::exception_ptr thrown;
    // The callables of the running call. They are found through the session, so that C sees the same address when
    // a call is made again.
    void *callable = nullptr;
    void *second_callable = nullptr;
    // The callables that stay.
    std::shared_ptr<void> log, audit, progress, wait;
    left_behind left;

    session() = default;
    session(const session &) = delete;
    session &operator=(const session &) = delete;
    ~session() { free_handle(); }

    // A callback that runs meanwhile must not use the handle.
    void free_handle() noexcept { ftp_free(std::exchange(handle, nullptr)); }

    // The client has gone. Transfers and listings may still have the session.
    void leave() noexcept
    {
        if (is_running || is_lent) {
            is_abandoned = true;
            return;
        }
        free_handle();
        log = audit = progress = wait = nullptr;
        give_back();
    }

    // A call has ended, or has told FTP_AGAIN.
    void end() noexcept
    {
        if (!is_pending && !is_lent)
            left.free_all();
        if (!is_pending)
            give_back();
        is_running = false;
        if (is_abandoned)
            leave();
    }

    // The copy has ended or was given up, and its target is a client like any other.
    void give_back() noexcept
    {
        const auto lent = std::exchange(target, nullptr);
        if (!lent)
            return;
        lent->is_lent = false;
        // If it is running, the end of that call does the rest.
        if (!lent->is_running.exchange(true))
            lent->end();
    }

    failure failure_of(ftp_status status) const
    {
        failure what;
        what.text = refusal != nullptr ? refusal : view(ftp_last_error(handle));
        if (what.text.empty())
            what.text = ftp_strerror(status);
        const int code = ftp_last_reply_code(handle);
        if (is_reason(code, status)) {
            what.reply_code = code;
            what.reply = view(ftp_last_reply(handle));
        }
        what.os_error = ftp_last_os_error(handle);
        what.is_transient = ftp_is_transient(handle, status) != 0;
        return what;
    }

    // Tells the outcome of a call.
    bool tell(ftp_status status, errors to) const
    {
        return to.tell(status, [&] { return failure_of(status); });
    }

    // Refuses a call before it comes to the library.
    bool refuse(const char *why, errors to)
    {
        if (!is_running)
            refusal = why;
        return to.tell(FTP_ERR_INVALID_ARGUMENT, [&] { return failure_without_client(FTP_ERR_INVALID_ARGUMENT, why); });
    }

    // Throws what a callback has thrown, once the call has ended.
    void rethrow(ftp_status status, const void *of)
    {
        const bool was_refused = is_pending && (status == FTP_ERR_BUSY || status == FTP_ERR_INVALID_ARGUMENT);
        if (was_refused)
            return;
        is_pending = status == FTP_AGAIN;
        pending_of = of;
#if FTPCLIENT_EXCEPTIONS
        if (!is_pending && thrown)
            std::rethrow_exception(std::exchange(thrown, nullptr));
#endif
    }
};

// Ends a call, whether it returns or throws.
struct end_of_call {
    session &on;

    ~end_of_call() { on.end(); }
};

// Makes a call that may call callbacks. `of` is the transfer or the listing, if it is one of theirs.
template <class Call>
bool run(std::shared_ptr<session> on, errors to, Call call, const void *of = nullptr)
{
    if (on->is_running.exchange(true))
        return to.tell(FTP_ERR_BUSY, [] { return failure_without_client(FTP_ERR_BUSY); });
    const end_of_call end{ *on };
    on->refusal = nullptr;
    if (!on->is_pending)
        on->thrown = nullptr;
    const ftp_status status = call();
    on->rethrow(status, of);
    return on->tell(status, to);
}

// Makes a call of a client that has another one for itself as well. The callbacks of both run in it.
template <class Call>
ftp_status run_with_target(session &on, const std::shared_ptr<session> &target, Call call)
{
    // The library refuses what cannot be a target.
    if (!target || target.get() == &on)
        return call();
    if (target->is_running.exchange(true)) {
        on.refusal = "another call is running on the target";
        return FTP_ERR_BUSY;
    }
    const end_of_call end{ *target };
    if (!on.is_pending && !target->is_pending && !target->is_lent) {
        on.target = target;
        target->is_lent = true;
        target->thrown = nullptr;
    }
    const ftp_status status = call();
    if (on.target == target && !on.thrown)
        on.thrown = std::exchange(target->thrown, nullptr);
    return status;
}

// Frees a transfer or a listing, and gives up its call. A callback that runs meanwhile has nobody to throw to.
template <class Made, void (*Free)(Made *)>
struct freeing {
    std::shared_ptr<session> on;

    void operator()(Made *made) const noexcept
    {
        if (on == nullptr) {
            Free(made);
            return;
        }
        const auto free = [](void *of) { Free(static_cast<Made *>(of)); };
        if (on->is_running.exchange(true)) {
            on->left.add(made, free);
            return;
        }
        const auto keep = on;
        const end_of_call end{ *keep };
        if (keep->is_pending && keep->pending_of != made) {
            keep->left.add(made, free);
            return;
        }
        Free(made);
        keep->is_pending = false;
    }
};

// The owner of a session: the base of ftp::client. What follows it adds the calls, one subject in each file.
class session_owner {
public:
    session_owner(const session_owner &) = delete;
    session_owner &operator=(const session_owner &) = delete;

    // The handle, for calls of the C API. NULL if the client was moved from.
    ftp_handle *handle() const noexcept { return session_ ? session_->handle : nullptr; }

protected:
    explicit session_owner(errors to) : session_(std::make_shared<session>())
    {
        if (session_->handle == nullptr)
            session_->refuse("no memory or no descriptor is left for a client", to);
        else
            session_->tell(FTP_OK, to);
    }

    session_owner(session_owner &&other) noexcept = default;

    session_owner &operator=(session_owner &&other) noexcept
    {
        // A client that is moved to itself stays what it is.
        auto taken = std::move(other.session_);
        if (session_)
            session_->leave();
        session_ = std::move(taken);
        return *this;
    }

    ~session_owner()
    {
        if (session_)
            session_->leave();
    }

    // Calls a function of the C API with the handle and the arguments, in the form that C wants.
    template <class Function, class... Arguments>
    bool call(errors to, Function *function, const Arguments &...arguments)
    {
        if (!session_)
            return to.tell(FTP_ERR_INVALID_ARGUMENT, [] {
                return failure_without_client(FTP_ERR_INVALID_ARGUMENT, "the client was moved from");
            });
        if ((has_nul(arguments) || ...))
            return session_->refuse("a string contains a NUL", to);
        return run(session_, to, [&] { return (*function)(session_->handle, to_c(arguments)...); });
    }

    std::shared_ptr<session> session_;
};

} // namespace ftp::detail

#endif
