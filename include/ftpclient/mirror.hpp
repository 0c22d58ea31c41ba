// The calls of ftp::client that make trees equal.

#ifndef FTPCLIENT_MIRROR_HPP
#define FTPCLIENT_MIRROR_HPP

#include "batch.hpp"
#include "directories.hpp"

#include <algorithm>
#include <functional>

namespace ftp {

// How trees are made equal: ftp_mirror_options.
struct mirror_options {
    // 0, or FTP_RESUME, FTP_VERIFY, FTP_ATOMIC, FTP_DELETE_EXTRA and FTP_DRY_RUN.
    int flags = 0;
    // How many sessions move files at the same time. 0 is one.
    int sessions = 0;
    // Patterns of what takes part, and of what does not. Without any of the first, all takes part.
    std::vector<std::string> include, exclude;
    // Is asked whether an entry that the patterns let take part does so. If it is empty, all of them do.
    std::function<bool(std::string_view path, const entry &entry)> filter;
    // Is told each action, unless it is empty. false stops the call.
    std::function<bool(const ftp_mirror_action &action)> action;
};

namespace detail {

// A filter cannot stop a call by what it returns. An entry that was not asked about takes no part.
inline int on_mirror_filter(const char *path, const ftp_entry *found, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    const auto ask = [&] {
        return callable_at<const mirror_options>(on.callable).filter(view(path), entry_at(found)) ? 1 : 0;
    };
    const int answer = guarded(on, -1, ask);
    if (answer < 0)
        ftp_cancel(on.handle);
    return answer > 0 ? 1 : 0;
}

inline int on_mirror_action(const ftp_mirror_action *action, void *user) noexcept
{
    auto &on = *static_cast<session *>(user);
    return guarded(on, 1, [&] { return callable_at<const mirror_options>(on.callable).action(*action) ? 0 : 1; });
}

// Texts as an array of C with NULL behind the last.
inline std::vector<const char *> to_array(const std::vector<std::string> &texts)
{
    std::vector<const char *> array;
    for (const std::string &text : texts)
        array.push_back(text.c_str());
    array.push_back(nullptr);
    return array;
}

inline bool any_has_nul(const std::vector<std::string> &texts)
{
    return std::any_of(texts.begin(), texts.end(), [](std::string_view text) { return has_nul(text); });
}

class mirrors : public directories {
public:
    // Makes a directory of this machine equal to one of the server. In an event loop, the options must live until the call has
    // ended, and stay as they are.
    void mirror_get(std::string_view remote, const local_path &local, const mirror_options &options, errors to FTP_OR_THROW)
    {
        mirror(options, to, [&](const ftp_mirror_options *given) { call(to, ftp_mirror_get, remote, local, given); });
    }

    void mirror_get(std::string_view remote, const local_path &local, errors to FTP_OR_THROW)
    {
        mirror_get(remote, local, mirror_options(), to);
    }

    // The same the other way.
    void mirror_put(const local_path &local, std::string_view remote, const mirror_options &options, errors to FTP_OR_THROW)
    {
        mirror(options, to, [&](const ftp_mirror_options *given) { call(to, ftp_mirror_put, local, remote, given); });
    }

    void mirror_put(const local_path &local, std::string_view remote, errors to FTP_OR_THROW)
    {
        mirror_put(local, remote, mirror_options(), to);
    }

    // What the last of these calls has done, whether it succeeded or not.
    [[nodiscard]] ftp_mirror_report last_mirror_report(errors to FTP_OR_THROW) const
    {
        ftp_mirror_report report{};
        report.struct_size = sizeof report;
        const ftp_status status = ftp_last_mirror_report(handle(), &report);
        to.tell(status, [&] { return failure_without_client(status); });
        return report;
    }

    // An empty batch.
    [[nodiscard]] ftp::batch batch(errors to FTP_OR_THROW)
    {
        ftp::batch made;
        made.batch_.get_deleter().on = session_;
        call(to, ftp_batch_new, out(made.batch_).address());
        return made;
    }

protected:
    using directories::directories;

private:
    // Makes a call with the options in the form that C wants.
    template <class Call>
    void mirror(const mirror_options &options, errors to, Call make)
    {
        if (session_ && (any_has_nul(options.include) || any_has_nul(options.exclude))) {
            session_->refuse("a string contains a NUL", to);
            return;
        }
        const std::vector<const char *> include = to_array(options.include), exclude = to_array(options.exclude);
        ftp_mirror_options given{};
        given.struct_size = sizeof given;
        given.flags = options.flags;
        given.sessions = options.sessions;
        given.include = options.include.empty() ? nullptr : include.data();
        given.exclude = options.exclude.empty() ? nullptr : exclude.data();
        given.filter_cb = options.filter ? on_mirror_filter : nullptr;
        given.action_cb = options.action ? on_mirror_action : nullptr;
        given.user = user();
        with(options);
        make(&given);
    }
};

} // namespace detail

} // namespace ftp

#endif
