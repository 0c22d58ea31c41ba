// Many commands that share their round trips.

#ifndef FTPCLIENT_BATCH_HPP
#define FTPCLIENT_BATCH_HPP

#include "callback.hpp"

#include <filesystem>

namespace ftp {

namespace detail {
class mirrors;
}

// Commands that are sent together. They are added by the functions that have their names, and run() sends them.
//
// The functions are calls on the client, and it may be destroyed before the batch. They then fail with FTP_ERR_STATE.
class batch {
public:
    batch() = default;

    void size(std::string_view path, errors to FTP_OR_THROW) { add(to, ftp_batch_size, path); }
    void modified(std::string_view path, errors to FTP_OR_THROW) { add(to, ftp_batch_modified, path); }
    void stat(std::string_view path, errors to FTP_OR_THROW) { add(to, ftp_batch_stat, path); }
    // A file.
    void remove(std::string_view path, errors to FTP_OR_THROW) { add(to, ftp_batch_delete, path); }
    void mkdir(std::string_view path, errors to FTP_OR_THROW) { add(to, ftp_batch_mkdir, path); }
    void rmdir(std::string_view path, errors to FTP_OR_THROW) { add(to, ftp_batch_rmdir, path); }

    void rename(std::string_view from, std::string_view to_name, errors to FTP_OR_THROW)
    {
        add(to, ftp_batch_rename, from, to_name);
    }

    void chmod(std::string_view path, std::filesystem::perms mode, errors to FTP_OR_THROW)
    {
        add(to, ftp_batch_chmod, path, static_cast<int>(mode));
    }

    // Any command, as in "SITE CHMOD 644 file".
    void command(std::string_view command, errors to FTP_OR_THROW) { add(to, ftp_batch_command, command); }

    // Sends them, and calls `tell(const ftp_batch_result &result)` for each, in their order. It returns nothing, or a
    // bool of which false stops the batch. One that fails is FTP_ERR_PARTIAL for the whole. The batch is empty then.
    template <class Tell, class = detail::if_callback<Tell>>
    void run(Tell &&tell, errors to FTP_OR_THROW)
    {
        if (const auto &on = batch_.get_deleter().on; on && !on->is_running)
            on->callable = detail::address_of(tell);
        run_with(detail::on_result<std::remove_reference_t<Tell>>, to);
    }

    // Sends them, and tells only whether all have done what they were to do.
    void run(errors to FTP_OR_THROW) { run_with(nullptr, to); }

    explicit operator bool() const noexcept { return batch_ != nullptr; }

    // The batch, for calls of the C API.
    ftp_batch *handle() const noexcept { return batch_.get(); }

private:
    friend class detail::mirrors;

    void run_with(ftp_batch_fn tell, errors to)
    {
        call(to, [&](detail::session *on) { return ftp_batch_run(batch_.get(), tell, on); });
    }

    template <class Function, class... Arguments>
    void add(errors to, Function *function, const Arguments &...arguments)
    {
        if ((detail::has_nul(arguments) || ...)) {
            to.tell(FTP_ERR_INVALID_ARGUMENT, [] {
                return detail::failure_without_client(FTP_ERR_INVALID_ARGUMENT, "a string contains a NUL");
            });
            return;
        }
        call(to, [&](detail::session *) { return (*function)(batch_.get(), detail::to_c(arguments)...); });
    }

    template <class Call>
    void call(errors to, Call call)
    {
        const auto &on = batch_.get_deleter().on;
        if (on && on->handle != nullptr)
            detail::run(on, to, [&] { return call(on.get()); }, batch_.get());
        else
            to.tell(FTP_ERR_STATE, [] {
                return detail::failure_without_client(FTP_ERR_STATE, "the batch has no client");
            });
    }

    std::unique_ptr<ftp_batch, detail::freeing<ftp_batch, ftp_batch_free>> batch_;
};

} // namespace ftp

#endif
