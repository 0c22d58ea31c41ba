// The calls of ftp::client that list directories and look up paths. A path of "" is the working directory.

#ifndef FTPCLIENT_DIRECTORIES_HPP
#define FTPCLIENT_DIRECTORIES_HPP

#include "listing.hpp"
#include "transfers.hpp"

namespace ftp::detail {

class directories : public transfers {
public:
    // `flags` is FTP_LIST_HIDDEN and its neighbours, added up, or 0.
    [[nodiscard]] listing list(std::string_view path, int flags, errors to FTP_OR_THROW)
    {
        listing opened;
        if ((flags & FTP_LIST_STREAM) != 0)
            opened.list_.get_deleter().on = session_;
        call(to, ftp_list_open, or_null{ path }, flags, out(opened.list_).address());
        return opened;
    }

    [[nodiscard]] listing list(std::string_view path, errors to FTP_OR_THROW) { return list(path, 0, to); }

    // What a pattern matches, sorted. `flags` is 0, or FTP_GLOB_HIDDEN and FTP_GLOB_CONTINUE, added up.
    [[nodiscard]] listing glob(std::string_view pattern, int flags, errors to FTP_OR_THROW)
    {
        listing found;
        call(to, ftp_glob, pattern, flags, out(found.list_).address());
        return found;
    }

    [[nodiscard]] listing glob(std::string_view pattern, errors to FTP_OR_THROW) { return glob(pattern, 0, to); }

    // The entry of one file or directory.
    [[nodiscard]] saved_entry stat(std::string_view path, errors to FTP_OR_THROW)
    {
        saved_entry copy;
        call_and_copy<ftp_entry>(to, [&](const ftp_entry *found) { copy = entry_at(found); }, ftp_stat, or_null{ path });
        return copy;
    }

    // Calls `visit(std::string_view path, const ftp::entry &entry)` for all that is below a directory. It returns nothing, a
    // bool, or an ftp::walk_step. `flags` is 0, or FTP_WALK_DEPTH and FTP_WALK_CONTINUE.
    template <class Visit>
    void walk(std::string_view path, int flags, Visit &&visit, errors to FTP_OR_THROW)
    {
        with(visit);
        call(to, ftp_walk, or_null{ path }, flags, on_entry<bare<Visit>>, user());
    }

    template <class Visit>
    void walk(std::string_view path, Visit &&visit, errors to FTP_OR_THROW)
    {
        walk(path, 0, visit, to);
    }

    // Calls `take(std::string_view line)` for each line of LIST.
    template <class Take, class = if_callback<Take>>
    void dir(std::string_view path, Take &&take, errors to FTP_OR_THROW)
    {
        with(take);
        call(to, ftp_dir, or_null{ path }, on_line<bare<Take>>, user());
    }

    // Prints the lines on standard output.
    void dir(std::string_view path, errors to FTP_OR_THROW) { call(to, ftp_dir, or_null{ path }, nullptr, nullptr); }

    // Calls `take(std::string_view name)` for each name of NLST.
    template <class Take, class = if_callback<Take>>
    void nlst(std::string_view path, Take &&take, errors to FTP_OR_THROW)
    {
        with(take);
        call(to, ftp_nlst, or_null{ path }, on_line<bare<Take>>, user());
    }

    // The names. The call must be one that waits.
    [[nodiscard]] std::vector<std::string> nlst(std::string_view path, errors to FTP_OR_THROW)
    {
        std::vector<std::string> names;
        nlst(path, [&](std::string_view name) { names.emplace_back(name); }, to);
        return names;
    }

    // Calls `take(std::string_view name, const ftp::facts &facts)` for each entry of MLSD. `wanted` are the facts that the
    // program wants, as in "type;size"; "" leaves the choice to the server.
    template <class Take>
    void mlsd(std::string_view path, std::string_view wanted, Take &&take, errors to FTP_OR_THROW)
    {
        with(take);
        call(to, ftp_mlsd, or_null{ path }, or_null{ wanted }, on_facts<bare<Take>>, user());
    }

protected:
    using transfers::transfers;
};

} // namespace ftp::detail

#endif
