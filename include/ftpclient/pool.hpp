// Pools: many jobs, done by several sessions that one thread drives.

#ifndef FTPCLIENT_POOL_HPP
#define FTPCLIENT_POOL_HPP

#include "mirror.hpp"

namespace ftp {

namespace detail {
class pools;
}

// Jobs for several sessions, of client.make_pool().
//
// - Each function that adds a job returns its number. A callback of run() can add jobs, too.
// - run() is a call on the client. A pool may outlive its client: then it fails.
class pool {
public:
    // As client.get(). With FTP_SEGMENTED, several sessions fetch ranges of the file.
    std::int64_t get(std::string_view remote, const std::filesystem::path &local, int flags, errors to FTP_OR_THROW)
    {
        return add(to, ftp_pool_get, remote, local, flags);
    }

    std::int64_t get(std::string_view remote, const std::filesystem::path &local, errors to FTP_OR_THROW)
    {
        return get(remote, local, 0, to);
    }

    // As client.put().
    std::int64_t put(const std::filesystem::path &local, std::string_view remote, int flags, errors to FTP_OR_THROW)
    {
        return add(to, ftp_pool_put, local, remote, flags);
    }

    std::int64_t put(const std::filesystem::path &local, std::string_view remote, errors to FTP_OR_THROW)
    {
        return put(local, remote, 0, to);
    }

    // As client.list(). The entries come with the result of the job, for ftp_list_next().
    std::int64_t list(std::string_view path, int flags, errors to FTP_OR_THROW) { return add(to, ftp_pool_list, path, flags); }
    std::int64_t list(std::string_view path, errors to FTP_OR_THROW) { return list(path, 0, to); }

    // A file.
    std::int64_t remove(std::string_view path, errors to FTP_OR_THROW) { return add(to, ftp_pool_remove, path); }
    // A command that no session remembers, as in "SITE CHMOD 644 file".
    std::int64_t command(std::string_view cmd, errors to FTP_OR_THROW) { return add(to, ftp_pool_command, cmd); }

    // Does all jobs, and calls `tell(const ftp_pool_result &result)` for each that has ended, in any order. It returns nothing,
    // or a bool of which false stops the pool. A job that fails is FTP_ERR_PARTIAL for the whole. Jobs that were not done are
    // kept.
    template <class Callable, class = detail::if_callback<Callable>>
    void run(Callable &&tell, errors to FTP_OR_THROW)
    {
        run_with(to, on_result<std::remove_reference_t<Callable>>, detail::address_of(tell));
    }

    // Does all jobs, and tells only whether all went well.
    void run(errors to FTP_OR_THROW) { run_with(to, nullptr, nullptr); }

    explicit operator bool() const noexcept { return pool_ != nullptr; }

    // The pool, for calls of the C API.
    ftp_pool *handle() const noexcept { return pool_.get(); }

private:
    friend class detail::pools;

    template <class Callable>
    static int on_result(const ftp_pool_result *result, void *user) noexcept
    {
        auto &on = *static_cast<detail::session *>(user);
        return detail::guarded(on, 1, [&] {
            return detail::goes_on(detail::callable_at<Callable>(on.callable), *result);
        });
    }

    template <class Function, class... Arguments>
    std::int64_t add(errors to, Function *function, const Arguments &...arguments)
    {
        std::int64_t job = 0;
        const auto on = pool_.get_deleter().on;
        if (on == nullptr) {
            refuse(to);
            return job;
        }
        if ((detail::has_nul(arguments) || ...)) {
            on->refuse("a string contains a NUL", to);
            return job;
        }
        const auto call = [&] { return (*function)(pool_.get(), detail::to_c(arguments)..., &job); };
        // The library takes jobs also while a call is running, and its callback adds them. The client has the text of an error
        // only between calls.
        if (on->handle == nullptr || on->is_running.exchange(true)) {
            tell_without_client(call(), to);
            return job;
        }
        const detail::end_of_call end{ *on };
        if (on->is_pending) {
            tell_without_client(call(), to);
        } else {
            on->refusal = nullptr;
            on->tell(call(), to);
        }
        return job;
    }

    static void tell_without_client(ftp_status status, errors to)
    {
        to.tell(status, [&] { return detail::failure_without_client(status); });
    }

    static void refuse(errors to)
    {
        to.tell(FTP_ERR_INVALID_ARGUMENT, [] {
            return detail::failure_without_client(FTP_ERR_INVALID_ARGUMENT, "there is no pool");
        });
    }

    void run_with(errors to, ftp_pool_fn result_cb, void *callable)
    {
        const auto on = pool_.get_deleter().on;
        if (on == nullptr) {
            refuse(to);
            return;
        }
        if (on->handle == nullptr) {
            to.tell(FTP_ERR_STATE, [] {
                return detail::failure_without_client(FTP_ERR_STATE, "the pool has no client");
            });
            return;
        }
        const auto call = [&] {
            on->callable = callable;
            return ftp_pool_run(pool_.get(), result_cb, on.get());
        };
        detail::run(on, to, call, pool_.get());
    }

    std::unique_ptr<ftp_pool, detail::freeing<ftp_pool, ftp_pool_free>> pool_;
};

namespace detail {

class pools : public mirrors {
public:
    // A pool of so many sessions like this one, at most. This one is one of them.
    [[nodiscard]] pool make_pool(int sessions, errors to FTP_OR_THROW)
    {
        pool made;
        if (call(to, ftp_pool_new, sessions, out(made.pool_).address()))
            made.pool_.get_deleter().on = session_;
        return made;
    }

protected:
    using mirrors::mirrors;
};

} // namespace detail

} // namespace ftp

#endif
