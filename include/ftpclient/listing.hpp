// Listings: ranges of entries.

#ifndef FTPCLIENT_LISTING_HPP
#define FTPCLIENT_LISTING_HPP

#include "entry.hpp"

#include <iterator>

namespace ftp {

namespace detail {
class directories;
}

// The entries of a directory: `for (auto &entry : client.list("pub"))`.
//
// - A listing needs its client only with FTP_LIST_STREAM. Otherwise the client can be used, and destroyed.
// - It is read once. begin() goes on where the reading stands.
// - Entries and iterators are valid until the listing goes on, moves or is destroyed.
class listing {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = saved_entry;
        using difference_type = std::ptrdiff_t;
        using pointer = const entry *;
        using reference = const entry &;

        iterator() = default;
        explicit iterator(listing &of) : of_(&of) { ++*this; }

        reference operator*() const noexcept { return *here_; }
        pointer operator->() const noexcept { return here_; }

        iterator &operator++()
        {
            here_ = of_->step();
            return *this;
        }

        void operator++(int) { ++*this; }

        // Only the end is like another.
        friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.here_ == b.here_; }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return !(a == b); }

    private:
        listing *of_ = nullptr;
        const entry *here_ = nullptr;
    };

    listing() = default;
    listing(listing &&other) noexcept { *this = std::move(other); }

    listing &operator=(listing &&other) noexcept
    {
        list_ = std::move(other.list_);
        error_ = std::exchange(other.error_, {});
        return *this;
    }

    // The next entry. nullptr at the end, and after an error.
    const entry *next(errors to FTP_OR_THROW)
    {
        const ftp_entry *found = nullptr;
        const auto call = [&] {
            const ftp_status status = list_ ? ftp_list_next(list_.get(), &found) : FTP_END;
            return status == FTP_END ? FTP_OK : status;
        };
        const auto &on = list_.get_deleter().on;
        if (on && on->handle != nullptr) {
            detail::run(on, to, call, list_.get());
        } else {
            const ftp_status status = call();
            to.tell(status, [&] { return detail::failure_without_client(status); });
        }
        here_.move_to(found);
        return found == nullptr ? nullptr : &here_;
    }

    // Goes to the next entry. With ftp_set_blocking() off, use next() instead.
    iterator begin() { return iterator(*this); }
    iterator end() noexcept { return {}; }

    // The error that ended the reading by begin() and iterators. Where there are exceptions, they have thrown it.
    std::error_code error() const noexcept { return error_; }

    // The list, for calls of the C API.
    ftp_list *handle() const noexcept { return list_.get(); }

private:
    friend class detail::directories;
    friend listing list_parse(std::string_view, int, std::optional<time_point>, errors);

    const entry *step()
    {
#if FTPCLIENT_EXCEPTIONS
        return next();
#else
        return next(error_);
#endif
    }

    // It has a session only with FTP_LIST_STREAM: then its functions are calls on the handle.
    std::unique_ptr<ftp_list, detail::freeing<ftp_list, ftp_list_free>> list_;
    detail::entry_at here_;
    std::error_code error_;
};

// Reads a listing that the program has itself. `now` is when the server made it; nothing is the clock of this machine.
inline listing list_parse(std::string_view text, int format, std::optional<time_point> now, errors to FTP_OR_THROW)
{
    listing made;
    const std::int64_t when = now ? detail::from_time(*now) : FTP_NO_TIME;
    const ftp_status status =
        ftp_list_parse(text.data(), text.size(), format, when, detail::out(made.list_).address());
    to.tell(status, [&] { return detail::failure_without_client(status); });
    return made;
}

inline listing list_parse(std::string_view text, errors to FTP_OR_THROW)
{
    return list_parse(text, FTP_FORMAT_ANY, std::nullopt, to);
}

} // namespace ftp

#endif
