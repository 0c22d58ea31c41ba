// Entries of directories.

#ifndef FTPCLIENT_ENTRY_HPP
#define FTPCLIENT_ENTRY_HPP

#include "session.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace ftp {

// A moment, as exact as a server can tell it.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

// The clock of a server whose time zone is not known. Its times cannot be mixed up with moments.
struct server_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<server_clock>;
    static constexpr bool is_steady = false;
};
using server_time = server_clock::time_point;

namespace detail {

inline std::optional<time_point> to_time(std::int64_t nanoseconds)
{
    if (nanoseconds == FTP_NO_TIME)
        return std::nullopt;
    return time_point(std::chrono::nanoseconds(nanoseconds));
}

inline std::int64_t from_time(time_point time) { return time.time_since_epoch().count(); }

} // namespace detail

// The facts that MLSD tells about an entry. They are valid while the callback runs.
class facts {
public:
    facts(const ftp_fact *first, std::size_t count) noexcept : first_(first), count_(count) {}

    const ftp_fact *begin() const noexcept { return first_; }
    const ftp_fact *end() const noexcept { return first_ + count_; }
    std::size_t size() const noexcept { return count_; }

    // The value of the fact of this name in lower case; empty if the server does not tell it.
    std::string_view operator[](std::string_view key) const noexcept
    {
        for (const ftp_fact &fact : *this)
            if (key == fact.key)
                return fact.value;
        return {};
    }

private:
    const ftp_fact *first_;
    std::size_t count_;
};

// One entry of a directory: the fields of ftp_entry. What the server does not tell is empty.
//
// An entry and its texts are valid until the listing goes on. A saved_entry is a copy that lasts.
class entry {
public:
    entry(const entry &) = delete;
    entry &operator=(const entry &) = delete;

    // The name, without directories.
    std::string_view name() const noexcept { return { fields_->name, fields_->name_len }; }

    bool is_file() const noexcept { return type() == FTP_ENTRY_FILE; }
    bool is_directory() const noexcept { return type() == FTP_ENTRY_DIRECTORY; }
    bool is_link() const noexcept { return type() == FTP_ENTRY_LINK; }
    // FTP_ENTRY_FILE or one of its neighbours.
    int type() const noexcept { return fields_->type; }
    // FTP_FORMAT_MLSD or one of its neighbours.
    int format() const noexcept { return fields_->format; }

    // In bytes.
    std::optional<std::int64_t> size() const noexcept
    {
        return fields_->size < 0 ? std::nullopt : std::optional(fields_->size);
    }

    // When it was changed. Empty also if only the clock of the server tells it.
    std::optional<time_point> modified() const noexcept
    {
        return fields_->modified_zone == FTP_ZONE_UTC ? detail::to_time(fields_->modified) : std::nullopt;
    }

    // When it was changed by the clock of the server, whose zone is not known. Empty if modified() tells it.
    std::optional<server_time> modified_on_server() const noexcept
    {
        if (fields_->modified == FTP_NO_TIME || fields_->modified_zone == FTP_ZONE_UTC)
            return std::nullopt;
        return server_time(std::chrono::nanoseconds(fields_->modified));
    }

    // How exact these times are: FTP_TIME_NONE or one of its neighbours.
    int modified_precision() const noexcept { return fields_->modified_precision; }

    // The bits 07777 of the mode.
    std::optional<std::filesystem::perms> mode() const noexcept
    {
        return fields_->mode < 0 ? std::nullopt : std::optional(static_cast<std::filesystem::perms>(fields_->mode));
    }

    std::string_view owner() const noexcept { return detail::view(fields_->owner); }
    std::string_view group() const noexcept { return detail::view(fields_->group); }
    // Where a link leads.
    std::string_view link_target() const noexcept { return detail::view(fields_->link_target); }
    // What may be done with it, and what identifies it whatever its name is: the facts of RFC 3659 with these names.
    std::string_view perm() const noexcept { return detail::view(fields_->perm); }
    std::string_view unique() const noexcept { return detail::view(fields_->unique); }
    // The line, as the server sent it.
    std::string_view raw() const noexcept { return { fields_->raw, fields_->raw_len }; }

    // Whether the name may become a local path as it is.
    bool has_safe_name() const noexcept { return (fields_->flags & FTP_ENTRY_UNSAFE_NAME) == 0; }
    // Whether it is a directory that could not be listed: see walk() and glob().
    bool is_not_listed() const noexcept { return (fields_->flags & FTP_ENTRY_NOT_LISTED) != 0; }
    // Whether the listing ended within its line, so that the name may be cut.
    bool may_be_cut() const noexcept { return (fields_->flags & FTP_ENTRY_CUT) != 0; }

    // The entry as C has it.
    const ftp_entry &fields() const noexcept { return *fields_; }

protected:
    explicit entry(const ftp_entry *fields) noexcept : fields_(fields) {}
    ~entry() = default;

    const ftp_entry *fields_;
};

namespace detail {

// An entry that belongs to somebody else.
class entry_at final : public entry {
public:
    explicit entry_at(const ftp_entry *fields = nullptr) noexcept : entry(fields) {}
    void move_to(const ftp_entry *fields) noexcept { fields_ = fields; }
};

// The fields of an entry, with all texts behind them.
struct entry_copy {
    ftp_entry fields;
    std::string texts;

    explicit entry_copy(const ftp_entry &from) : fields(from)
    {
        for (const auto text : { &ftp_entry::owner, &ftp_entry::group, &ftp_entry::link_target, &ftp_entry::perm,
                 &ftp_entry::unique })
            if (from.*text != nullptr)
                add(from.*text, std::strlen(from.*text));
        add(from.name, from.name_len);
        if (from.raw != nullptr)
            add(from.raw, from.raw_len);
        // Only now do the texts stay where they are.
        const char *next = texts.data();
        for (const auto text : { &ftp_entry::owner, &ftp_entry::group, &ftp_entry::link_target, &ftp_entry::perm,
                 &ftp_entry::unique })
            if (from.*text != nullptr) {
                fields.*text = next;
                next += std::strlen(next) + 1;
            }
        fields.name = next;
        if (from.raw != nullptr)
            fields.raw = next + from.name_len + 1;
    }

    entry_copy(const entry_copy &) = delete;
    entry_copy &operator=(const entry_copy &) = delete;

private:
    void add(const char *text, std::size_t size) { texts.append(text, size).push_back('\0'); }
};

inline const ftp_entry &no_entry() noexcept
{
    static const ftp_entry none = [] {
        ftp_entry entry{};
        entry.name = "";
        entry.size = -1;
        entry.modified = FTP_NO_TIME;
        entry.mode = -1;
        return entry;
    }();
    return none;
}

} // namespace detail

// A copy of an entry, which needs neither its listing nor its client. Copies of it share the texts.
class saved_entry final : public entry {
public:
    // An entry of which nothing is known.
    saved_entry() noexcept : entry(&detail::no_entry()) {}

    saved_entry(const entry &from) : entry(nullptr), copy_(std::make_shared<detail::entry_copy>(from.fields()))
    {
        fields_ = &copy_->fields;
    }

    // There is no move: who copies is never left without an entry.
    saved_entry(const saved_entry &other) noexcept : entry(other.fields_), copy_(other.copy_) {}

    saved_entry &operator=(const saved_entry &other) noexcept
    {
        copy_ = other.copy_;
        fields_ = other.fields_;
        return *this;
    }

private:
    std::shared_ptr<const detail::entry_copy> copy_;
};

} // namespace ftp

#endif
