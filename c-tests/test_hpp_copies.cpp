// ftpclient.hpp: files that go from server to server, and trees that are sent.

#include "cpp.hpp"

#include <filesystem>
#include <fstream>
#include <optional>

#include <sys/time.h>
#include <unistd.h>

namespace {

struct own_exception {};

// --- from server to server: the scripted servers only talk, and no data flows between them ---

void sends_files(struct session *s)
{
    says(s, "220 source");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PASV", "227 (192,0,2,1,4,5)");
    answers(s, "RETR a name", "150 go");
    says(s, "226 sent");
    answers(s, "TYPE A", "200 ok");
    answers(s, "PASV", "227 (192,0,2,1,4,6)");
    answers(s, "RETR text", "150 go");
    says(s, "226 sent");
    goes_on(s);
}

void takes_files(struct session *s)
{
    says(s, "220 target");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PORT 127,0,0,1,4,5", "200 ok");
    answers(s, "STOR another name", "150 go");
    says(s, "226 stored");
    answers(s, "TYPE A", "200 ok");
    answers(s, "PORT 127,0,0,1,4,6", "200 ok");
    answers(s, "STOR text", "150 go");
    says(s, "250 stored");
    goes_on(s);
}

void a_file_goes_from_server_to_server()
{
    struct server *source = serve(sends_files, nullptr), *target = serve(takes_files, nullptr);
    ftp::client from = connected(source), to = connected(target);
    from.copy("a name", to, "another name", FTP_TYPE_IMAGE);
    CHECK_VIEW(from.last_reply(), "226 sent");
    CHECK_VIEW(to.last_reply(), "226 stored");
    // Without another name it keeps its own.
    std::error_code code = std::make_error_code(std::errc::io_error);
    from.copy("text", to, "", FTP_TYPE_ASCII, code);
    CHECK(!code);
    CHECK_VIEW(to.last_reply(), "250 stored");
    quits(from, source);
    quits(to, target);
}

void refuses_to_send(struct session *s)
{
    says(s, "220 source");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PASV", "227 (192,0,2,1,4,5)");
    answers(s, "RETR f", "550 not yours");
    // The address that the target was told is given up.
    answers(s, "PASV", "227 (192,0,2,1,4,7)");
    goes_on(s);
}

// Whatever it is asked first: a copy that fails leaves its session in step, or closed.
void agrees_to_all(struct session *s)
{
    char line[64];
    says(s, "220 ready");
    while (hears_anything(s, line, sizeof line)) {
        const std::string command = std::string(line).substr(0, 4);
        says(s, command == "PASV" ? "227 (192,0,2,1,4,5)" : command == "STOR" ? "150 go" : "226 fine");
    }
}

void what_a_server_refuses_is_thrown()
{
    struct server *source = serve(refuses_to_send, nullptr), *target = serve(agrees_to_all, nullptr);
    ftp::client from = connected(source), to = connected(target);
    CHECK_THROWS(from.copy("f", to, "g", FTP_TYPE_IMAGE), FTP_ERR_PERM, "550 not yours");
    quits(from, source);
    to.close();
    server_ends(target);
    // The target is a client of its own, and is connected.
    std::error_code code;
    from.copy("f", to, "g", FTP_TYPE_IMAGE, code);
    CHECK(code == FTP_ERR_STATE);
    from.copy("f", from, "g", FTP_TYPE_IMAGE, code);
    CHECK(code == FTP_ERR_INVALID_ARGUMENT);
}

// A callback of the target runs in the call of the source.
void an_exception_of_the_target_comes_out()
{
    struct server *source = serve(agrees_to_all, nullptr), *target = serve(agrees_to_all, nullptr);
    ftp::client from = connected(source), to = connected(target);
    to.set_log_callback([](ftp_log_kind kind, std::string_view) {
        if (kind == FTP_LOG_COMMAND)
            throw own_exception();
    });
    bool came_out = false;
    try {
        from.copy("f", to, "g", FTP_TYPE_IMAGE);
    } catch (const own_exception &) {
        came_out = true;
    }
    CHECK(came_out);
    to.set_log_callback(nullptr);
    from.close();
    to.close();
    server_ends(source);
    server_ends(target);
}

// The session ends with the call.
void a_callback_destroys_the_source_or_moves_it()
{
    for (const bool moves : { false, true }) {
        struct server *source = serve(agrees_to_all, nullptr), *target = serve(agrees_to_all, nullptr);
        std::optional<ftp::client> from(connected(source)), moved;
        ftp::client to = connected(target);
        from->set_log_callback([&](ftp_log_kind kind, std::string_view) {
            if (kind != FTP_LOG_COMMAND || !from)
                return;
            if (moves)
                moved.emplace(std::move(*from));
            from.reset();
        });
        to.set_log_callback([](ftp_log_kind kind, std::string_view) {
            if (kind == FTP_LOG_COMMAND)
                throw own_exception();
        });
        bool came_out = false;
        try {
            from->copy("f", to, "g", FTP_TYPE_IMAGE);
        } catch (const own_exception &) {
            came_out = true;
        }
        CHECK(came_out && moved.has_value() == moves);
        to.set_log_callback(nullptr);
        to.close();
        moved.reset();
        server_ends(source);
        server_ends(target);
    }
}

// The script of a client that is gone after the copy, or goes on.
void ends_after_a_copy(struct session *s)
{
    if (user_of(s) != nullptr)
        hears_goodbye(s);
    else
        goes_on(s);
}

void sends_one_file(struct session *s)
{
    says(s, "220 source");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PASV", "227 (192,0,2,1,4,5)");
    answers(s, "RETR f", "150 go");
    says(s, "226 sent");
    ends_after_a_copy(s);
}

void takes_one_file(struct session *s)
{
    says(s, "220 target");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PORT 127,0,0,1,4,5", "200 ok");
    answers(s, "STOR g", "150 go");
    says(s, "226 stored");
    ends_after_a_copy(s);
}

void sends_data_and_answers_late(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    data_ends(s);
    says(s, "226 done");
    hears(s, "SIZE f");
    says_when_it_is_waited_for(s, "213 4");
    goes_on(s);
}

void goes_on_at_once(struct session *s)
{
    says(s, "220 ready");
    goes_on(s);
}

// Its call stays what it is, with its callable and what that has thrown.
void a_target_that_is_busy_is_left_alone()
{
    struct server *source = serve(goes_on_at_once, nullptr), *target = serve(sends_data_and_answers_late, nullptr);
    ftp::client from = connected(source), to = connected(target);
    std::error_code code;
    std::string all;
    to.retrbinary("RETR f", [&](std::string_view data) {
        all += data;
        CHECK_THROWS(from.copy("f", to, "g", FTP_TYPE_IMAGE), FTP_ERR_BUSY, "the target");
        CHECK_HAS(std::string(from.last_error()).c_str(), "the target");
        from.copy("f", to, "g", FTP_TYPE_IMAGE, code);
        CHECK(code == FTP_ERR_BUSY);
    });
    CHECK_VIEW(all, "data");
    // The same between two steps of a call.
    to.set_blocking(false);
    (void)to.size("f", code);
    CHECK(code == FTP_AGAIN);
    CHECK_THROWS(from.copy("f", to, "g", FTP_TYPE_IMAGE), FTP_ERR_BUSY, "the target");
    client_waits = true;
    std::optional<std::int64_t> size;
    while (code == FTP_AGAIN)
        size = to.size("f", code);
    client_waits = false;
    CHECK(!code && size == 4);
    to.set_blocking(true);
    quits(from, source);
    quits(to, target);
}

enum class way { destroyed, moved, assigned };

// One of the two clients goes while the copy runs, in a callback of one of the two.
void one_goes_during_a_copy(bool is_source, bool by_source, way how)
{
    int gone = 1;
    struct server *source = serve(sends_one_file, is_source ? &gone : nullptr);
    struct server *target = serve(takes_one_file, is_source ? nullptr : &gone);
    std::optional<ftp::client> from(connected(source)), to(connected(target)), moved;
    std::optional<ftp::client> &victim = is_source ? from : to, &owner = by_source ? from : to;
    bool is_done = false;
    owner->set_log_callback([&, alive = std::string(100, 'x')](ftp_log_kind kind, std::string_view) {
        // It is called again, and has what it has captured.
        CHECK_INT(alive.size(), 100);
        if (kind != FTP_LOG_COMMAND || is_done)
            return;
        is_done = true;
        if (how == way::moved)
            moved.emplace(std::move(*victim));
        if (how == way::assigned)
            *victim = ftp::client();
        else
            victim.reset();
    });
    from->copy("f", *to, "g", FTP_TYPE_IMAGE);
    CHECK(is_done);
    CHECK(victim.has_value() == (how == way::assigned) && moved.has_value() == (how == way::moved));
    if (moved)
        CHECK_VIEW(moved->last_reply(), is_source ? "226 sent" : "226 stored");
    moved.reset();
    if (victim)
        CHECK_INT(victim->state(), FTP_STATE_NOT_CONNECTED);
    for (auto *client : { &from, &to })
        if (*client)
            (*client)->set_log_callback(nullptr);
    quits(is_source ? *to : *from, is_source ? target : source);
    server_ends(is_source ? source : target);
}

void a_callback_destroys_moves_or_assigns_either_client()
{
    for (const way how : { way::destroyed, way::moved, way::assigned })
        for (const bool is_source : { false, true })
            for (const bool by_source : { false, true })
                one_goes_during_a_copy(is_source, by_source, how);
}

// What is told to nobody else comes out, also if the target has gone.
void an_exception_of_a_target_that_is_gone_comes_out()
{
    struct server *source = serve(agrees_to_all, nullptr), *target = serve(agrees_to_all, nullptr);
    ftp::client from = connected(source);
    std::optional<ftp::client> to(connected(target));
    to->set_log_callback([&](ftp_log_kind kind, std::string_view) {
        if (kind != FTP_LOG_COMMAND || !to)
            return;
        std::error_code code;
        (void)to->pwd(code);
        CHECK(code == FTP_ERR_BUSY);
        to.reset();
        throw own_exception();
    });
    bool came_out = false;
    try {
        from.copy("f", *to, "g", FTP_TYPE_IMAGE);
    } catch (const own_exception &) {
        came_out = true;
    }
    CHECK(came_out && !to);
    server_ends(target);
    from.close();
    server_ends(source);
}

void never_answers(struct session *s)
{
    says(s, "220 ready");
    holds(s);
}

// One of the two clients goes after a step that has told FTP_AGAIN, or in a callback of this step.
void a_copy_that_waits_is_given_up(bool is_source, bool in_callback)
{
    struct server *source = serve(never_answers, nullptr), *target = serve(never_answers, nullptr);
    std::optional<ftp::client> from(connected(source)), to(connected(target));
    std::optional<ftp::client> &victim = is_source ? from : to;
    for (auto *client : { &from, &to })
        (*client)->set_log_callback([&, alive = std::string(100, 'x')](ftp_log_kind, std::string_view) {
            CHECK_INT(alive.size(), 100);
            if (in_callback)
                victim.reset();
        });
    from->set_blocking(false);
    std::error_code code;
    from->copy("f", *to, "g", FTP_TYPE_IMAGE, code);
    CHECK(code == FTP_AGAIN);
    CHECK(victim.has_value() != in_callback);
    if (from && to) {
        (void)to->pwd(code);
        CHECK(code == FTP_ERR_BUSY);
        CHECK_HAS(std::string(to->last_error()).c_str(), "ftp_copy()");
    }
    victim.reset();
    // The target is a client like any other then.
    if (to)
        CHECK_INT(to->state(), FTP_STATE_CONNECTED);
    if (!is_source)
        from->close();
    from.reset();
    to.reset();
    server_ends(source);
    server_ends(target);
}

void a_copy_that_waits_is_given_up_with_either_client()
{
    for (const bool is_source : { false, true })
        for (const bool in_callback : { false, true })
            a_copy_that_waits_is_given_up(is_source, in_callback);
}

// --- trees that are sent ---

// A directory of this machine with the file f of 5 bytes and the file skipped, which goes when its owner does.
struct tree {
    std::filesystem::path root =
        std::filesystem::temp_directory_path() / ("ftpclient-hpp-copies-" + std::to_string(getpid()));

    tree()
    {
        const struct timeval times[2] = { { 1750000000, 0 }, { 1750000000, 0 } };
        std::filesystem::create_directory(root);
        std::ofstream(root / "f") << "hello";
        std::ofstream(root / "skipped") << "no";
        CHECK_INT(utimes((root / "f").c_str(), times), 0);
    }
    tree(const tree &) = delete;
    tree &operator=(const tree &) = delete;
    ~tree() { std::filesystem::remove_all(root); }
};

void takes_a_tree(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;modify*;\r\n MFMT\r\n211 End\r\n");
    begins(s, "MLSD", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    answers(s, "TYPE I", "200 fine");
    begins(s, "STOR f", "150 go on");
    data_receives(s, "hello");
    says(s, "226 taken");
    answers(s, "SIZE f", "213 5");
    answers(s, "MFMT 20250615150640 f", "213 Modify=20250615150640; f");
    answers(s, "MDTM f", "213 20250615150640");
    goes_on(s);
}

void a_tree_is_sent()
{
    const tree local;
    struct server *server = serve(takes_a_tree, nullptr);
    ftp::client client = connected(server);
    ftp::mirror_options options;
    std::string asked, told;
    options.filter = [&](std::string_view path, const ftp::entry &entry) {
        asked += std::string(path) + (entry.name() == path ? " " : "? ");
        return path == "f";
    };
    options.action = [&](const ftp_mirror_action &action) {
        told += std::string(action.path) + (action.kind == FTP_MIRROR_ADD && action.result == FTP_OK ? "+ " : "? ");
        return true;
    };
    client.mirror_put(local.root, "", options);
    CHECK_HAS(asked.c_str(), "f ");
    CHECK_HAS(asked.c_str(), "skipped ");
    CHECK_VIEW(told, "f+ ");
    const ftp_mirror_report report = client.last_mirror_report();
    CHECK_INT(report.added, 1);
    CHECK_INT(report.bytes, 5);
    CHECK_INT(report.failed + report.conflicts + report.deleted, 0);
    quits(client, server);
}

// What stands before a NUL would be another pattern, which may match all.
void a_pattern_with_a_nul_is_refused()
{
    ftp::client client;
    ftp::mirror_options include, exclude;
    include.include = exclude.exclude = { "a", std::string("*\0.txt", 6) };
    CHECK_THROWS(client.mirror_get("d", "d", include), FTP_ERR_INVALID_ARGUMENT, "NUL");
    CHECK_THROWS(client.mirror_put("d", "d", exclude), FTP_ERR_INVALID_ARGUMENT, "NUL");
    const ftp::client moved(std::move(client));
    std::error_code code;
    client.mirror_get("d", "d", include, code);
    CHECK(code == FTP_ERR_INVALID_ARGUMENT);
}

void has_all_of_it(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;modify*;\r\n MFMT\r\n211 End\r\n");
    begins(s, "MLSD", "150 here it comes");
    data_sends(s, "type=file;size=5;modify=20250615150640; f\r\n");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

void a_tree_that_is_there_is_kept()
{
    const tree local;
    std::filesystem::remove(local.root / "skipped");
    struct server *server = serve(has_all_of_it, nullptr);
    ftp::client client = connected(server);
    std::error_code code = std::make_error_code(std::errc::io_error);
    client.mirror_put(local.root, "", code);
    CHECK(!code);
    CHECK_INT(client.last_mirror_report().kept, 1);
    CHECK_INT(client.last_mirror_report().added, 0);
    quits(client, server);
}

} // namespace

int main()
{
    RUN(a_file_goes_from_server_to_server);
    RUN(what_a_server_refuses_is_thrown);
    RUN(an_exception_of_the_target_comes_out);
    RUN(a_callback_destroys_the_source_or_moves_it);
    RUN(a_target_that_is_busy_is_left_alone);
    RUN(a_callback_destroys_moves_or_assigns_either_client);
    RUN(an_exception_of_a_target_that_is_gone_comes_out);
    RUN(a_copy_that_waits_is_given_up_with_either_client);
    RUN(a_tree_is_sent);
    RUN(a_tree_that_is_there_is_kept);
    RUN(a_pattern_with_a_nul_is_refused);
    return summary();
}
