// ftpclient.hpp: callbacks of every kind, what they stop, and the exceptions that come out of them.

#include "cpp.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include <unistd.h>

namespace {

// What no part of the library knows.
struct own_exception {
    int value;
};

// The call throws what its callback threw, in both forms.
template <class Call>
void check_comes_out(Call call)
{
    std::error_code code;
    try {
        call(code);
        CHECK(!"nothing came out");
    } catch (const own_exception &thrown) {
        CHECK_INT(thrown.value, 42);
    }
}

[[noreturn]] void fails() { throw own_exception{ 42 }; }

struct plan {
    const char *type;
    const char *command;
    // NULL for an upload.
    const char *data;
};

void is_stopped(struct session *s)
{
    const auto *plan = static_cast<const struct plan *>(user_of(s));
    says(s, "220 ready");
    answers(s, plan->type, "200 ok");
    begins(s, plan->command, "150 here we go");
    if (plan->data != nullptr)
        data_sends(s, plan->data);
    else
        data_opens(s);
    is_aborted(s);
    goes_on(s);
}

// A transfer whose callback throws: the exception comes out, and the session is in step.
template <class Call>
void check_transfer(plan plan, Call call)
{
    struct server *server = serve(is_stopped, &plan);
    ftp::client client = connected(server);
    check_comes_out([&](std::error_code &code) { call(client, code); });
    quits(client, server);
}

std::size_t gives_x(char *buffer, std::size_t)
{
    *buffer = 'x';
    return 1;
}

void exceptions_come_out_of_transfers()
{
    check_transfer({ "TYPE I", "RETR f", "data" }, [](ftp::client &client, std::error_code &code) {
        client.retrbinary("RETR f", [](std::string_view) { fails(); }, code);
    });
    check_transfer({ "TYPE I", "RETR f", "data" }, [](ftp::client &client, std::error_code &) {
        client.retrbinary("RETR f", [](const char *, std::size_t) { fails(); });
    });
    check_transfer({ "TYPE I", "STOR f", nullptr }, [](ftp::client &client, std::error_code &code) {
        client.storbinary("STOR f", [](char *, std::size_t) -> std::size_t { fails(); }, code);
    });
    check_transfer({ "TYPE I", "STOR f", nullptr }, [](ftp::client &client, std::error_code &code) {
        client.storbinary("STOR f", gives_x, [](std::string_view) { fails(); }, {}, code);
    });
    check_transfer({ "TYPE A", "STOR f", nullptr }, [](ftp::client &client, std::error_code &code) {
        client.storlines("STOR f", [](char *, std::size_t) -> std::size_t { fails(); }, code);
    });
    check_transfer({ "TYPE I", "APPE f", nullptr }, [](ftp::client &client, std::error_code &code) {
        client.append("f", [](char *, std::size_t) -> int { fails(); }, code);
    });
    check_transfer({ "TYPE I", "STOU", nullptr }, [](ftp::client &client, std::error_code &code) {
        client.store_unique([](char *, std::size_t) -> int { fails(); }, code);
    });
    check_transfer({ "TYPE A", "LIST", "a\r\n" }, [](ftp::client &client, std::error_code &code) {
        client.retrlines("LIST", [](std::string_view) { fails(); }, code);
    });
    check_transfer({ "TYPE A", "LIST p", "a\r\n" }, [](ftp::client &client, std::error_code &code) {
        client.dir("p", [](std::string_view) { fails(); }, code);
    });
    check_transfer({ "TYPE A", "NLST", "a\r\n" }, [](ftp::client &client, std::error_code &code) {
        client.nlst("", [](std::string_view) { fails(); }, code);
    });
    check_transfer({ "TYPE A", "MLSD", "type=file; a\r\n" }, [](ftp::client &client, std::error_code &code) {
        client.mlsd("", "", [](std::string_view, const ftp::facts &) { fails(); }, code);
    });
    check_transfer({ "TYPE I", "RETR f", "data" }, [](ftp::client &client, std::error_code &code) {
        client.set_progress_callback([](const ftp_progress &) { fails(); });
        client.retrbinary("RETR f", [](std::string_view) { pause_ms(150); }, code);
    });
}

void lists_a_tree(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;\r\n211 End\r\n");
    begins(s, "MLSD p", "150 here it comes");
    data_sends(s, "type=OS.unix=slink:/; l\r\ntype=dir; d\r\ntype=file; f\r\n");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

void exceptions_come_out_of_a_walk()
{
    struct server *server = serve(lists_a_tree, nullptr);
    ftp::client client = connected(server);
    check_comes_out([&](std::error_code &code) {
        client.walk("p", [](std::string_view, const ftp::entry &) { fails(); }, code);
    });
    quits(client, server);
}

void a_walk_can_skip_a_directory()
{
    struct server *server = serve(lists_a_tree, nullptr);
    ftp::client client = connected(server);
    std::vector<std::string> paths;
    client.walk("p", 0, [&](std::string_view path, const ftp::entry &entry) {
        CHECK(path.substr(2) == entry.name());
        paths.emplace_back(path);
        return entry.is_directory() ? ftp::walk_step::skip_directory : ftp::walk_step::go_on;
    });
    CHECK(paths == (std::vector<std::string>{ "p/l", "p/d", "p/f" }));
    quits(client, server);
}

void lists_two_files(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;modify*;\r\n211 End\r\n");
    begins(s, "MLSD p", "150 here it comes");
    data_sends(s, "type=OS.unix=slink:/; l\r\ntype=file;size=1;modify=20260115123000; a\r\n"
                  "type=file;size=2;modify=20260115123000; b\r\n");
    data_ends(s);
    says(s, "226 done");
    holds(s);
}

void a_mirror_asks_and_tells()
{
    const std::filesystem::path local =
        std::filesystem::temp_directory_path() / ("ftpclient-hpp-mirror-" + std::to_string(getpid()));
    ftp::mirror_options options;
    options.flags = FTP_DRY_RUN;
    options.exclude = { "b" };
    std::string asked, told;
    options.filter = [&](std::string_view path, const ftp::entry &) {
        asked += path;
        return true;
    };
    options.action = [&](const ftp_mirror_action &action) {
        told += action.kind == FTP_MIRROR_ADD ? action.path : "";
        return true;
    };
    struct server *server = serve(lists_two_files, nullptr);
    ftp::client client = connected(server);
    client.mirror_get("p", local, options);
    CHECK_HAS(asked.c_str(), "a");
    CHECK_LACKS(asked.c_str(), "b");
    CHECK_VIEW(told, "a");
    CHECK_INT(client.last_mirror_report().added, 1);
    client.close();
    server_ends(server);

    // What the callbacks throw comes out, and what action tells stops the call.
    options.filter = [](std::string_view, const ftp::entry &) -> bool { fails(); };
    server = serve(lists_two_files, nullptr);
    client = connected(server);
    check_comes_out([&](std::error_code &code) { client.mirror_get("p", local, options, code); });
    client.close();
    server_ends(server);
    options.filter = nullptr;
    options.action = [](const ftp_mirror_action &) { return false; };
    server = serve(lists_two_files, nullptr);
    client = connected(server);
    CHECK_THROWS(client.mirror_get("p", local, options), FTP_ERR_CALLBACK, "");
    client.close();
    server_ends(server);
    CHECK(!std::filesystem::exists(local));
    // Neither a directory nor a connection.
    std::error_code code;
    client.mirror_put(local, "p", options, code);
    CHECK(code);
}

void greets(struct session *s)
{
    says(s, "220 ready");
    goes_on(s);
}

void deletes_and_answers(struct session *s)
{
    says(s, "220 ready");
    answers(s, "DELE a", "250 gone");
    answers(s, "SITE X", "200 fine");
    answers(s, "NOOP", "200 fine");
    answers(s, "STAT", "211 fine");
    goes_on(s);
}

void a_pool_tells_its_jobs()
{
    struct server *server = serve(deletes_and_answers, nullptr);
    ftp::client client = connected(server);
    ftp::pool pool = client.make_pool(1);
    CHECK(pool && pool.handle() != nullptr);
    pool.run();
    CHECK_INT(pool.remove("a"), 1);
    std::string told;
    pool.run([&](const ftp_pool_result &result) {
        told.append(result.remote).append(" ");
        if (result.job == 1)
            CHECK_INT(pool.command("SITE X"), 2);
    });
    CHECK_VIEW(told, "a SITE X ");

    // What the callback throws comes out, and what it returns stops the call.
    pool.command("NOOP");
    check_comes_out([&](std::error_code &code) { pool.run([](const ftp_pool_result &) { fails(); }, code); });
    pool.command("STAT");
    CHECK_THROWS(pool.run([](const ftp_pool_result &) { return false; }), FTP_ERR_CALLBACK, "");
    CHECK_THROWS(pool.command("CWD /"), FTP_ERR_INVALID_ARGUMENT, "");
    CHECK_THROWS(pool.remove(std::string_view("a\0b", 3)), FTP_ERR_INVALID_ARGUMENT, "");
    std::error_code code;
    pool.get("", "f", code);
    CHECK_INT(code.value(), FTP_ERR_INVALID_ARGUMENT);
    pool.put("f", "", code);
    CHECK_INT(code.value(), FTP_ERR_INVALID_ARGUMENT);
    pool.list("", FTP_LIST_STREAM, code);
    CHECK_INT(code.value(), FTP_ERR_INVALID_ARGUMENT);
    ftp::pool().run(code);
    CHECK_INT(code.value(), FTP_ERR_INVALID_ARGUMENT);
    quits(client, server);
    client = ftp::client();
    CHECK_THROWS(pool.run(), FTP_ERR_STATE, "the pool has no client");
    pool.run([](const ftp_pool_result &) {}, code);
    CHECK_INT(code.value(), FTP_ERR_STATE);
}

// What it belongs to is freed when the call has ended: the other pool and the batch as well.
void a_pool_may_be_destroyed_in_its_own_callback()
{
    struct server *server = serve(deletes_and_answers, nullptr);
    ftp::client client = connected(server);
    auto pool = std::make_unique<ftp::pool>(client.make_pool(1));
    auto other = std::make_unique<ftp::pool>(client.make_pool(1));
    auto batch = std::make_unique<ftp::batch>(client.batch());
    for (const char *command : { "DELE a", "SITE X", "NOOP", "STAT" })
        pool->command(command);
    int told = 0;
    pool->run([&](const ftp_pool_result &) {
        told++;
        pool.reset();
        other.reset();
        batch.reset();
    });
    CHECK_INT(told, 4);
    quits(client, server);
}

void stalls(struct session *s)
{
    says(s, "220 ready");
    holds(s);
}

void exceptions_come_out_of_the_callbacks_that_stay()
{
    struct server *server = serve(greets, nullptr);
    ftp::client client = connected(server);
    client.set_audit_callback([](const ftp::audit_request &request) {
        CHECK_VIEW(request.event, "ftplib.sendcmd");
        CHECK_VIEW(request.host, "127.0.0.1");
        CHECK_VIEW(request.command, "DELE f");
        fails();
    });
    check_comes_out([&](std::error_code &code) { client.remove("f", code); });
    client.set_audit_callback([](const ftp::audit_request &) { return false; });
    CHECK_THROWS(client.remove("f"), FTP_ERR_DENIED, "");
    client.set_audit_callback(nullptr);
    quits(client, server);

    server = serve(stalls, nullptr);
    client = connected(server);
    client.set_wait_callback([] { fails(); });
    check_comes_out([&](std::error_code &code) { client.sendcmd("STAT", code); });
    server_ends(server);

    server = serve(stalls, nullptr);
    client = connected(server);
    client.set_log_callback([](ftp_log_kind kind, std::string_view) {
        if (kind == FTP_LOG_COMMAND)
            fails();
    });
    check_comes_out([&](std::error_code &code) { client.sendcmd("STAT", code); });
    server_ends(server);
    // A destructor has nobody to throw to.
    server = serve(stalls, nullptr);
    client = connected(server);
    client.set_log_callback([](ftp_log_kind, std::string_view) { fails(); });
    client = ftp::client();
    server_ends(server);
}

void sends_data(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

// The exception comes out although the server has confirmed the transfer.
void an_exception_of_the_last_progress_comes_out()
{
    struct server *server = serve(sends_data, nullptr);
    ftp::client client = connected(server);
    client.set_progress_callback([](const ftp_progress &progress) {
        if (progress.has_ended)
            fails();
    });
    check_comes_out([&](std::error_code &code) { client.retrbinary("RETR f", [](std::string_view) {}, code); });
    client.set_progress_callback(nullptr);
    quits(client, server);
}

void false_stops_a_call()
{
    plan plan = { "TYPE I", "RETR f", "data" };
    struct server *server = serve(is_stopped, &plan);
    ftp::client client = connected(server);
    CHECK_THROWS(client.retrbinary("RETR f", [](std::string_view) { return false; }), FTP_ERR_CALLBACK, "callback");
    CHECK_INT(client.last_callback_result(), 1);
    quits(client, server);
}

void sends_data_three_times(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    for (int i = 0; i < 3; i++) {
        begins(s, "RETR f", "150 here it comes");
        data_sends(s, "data");
        data_ends(s);
        says(s, "226 done");
    }
    goes_on(s);
}

std::string taken;

bool take(std::string_view data)
{
    taken += data;
    return true;
}

struct taker {
    std::string all;
    void operator()(std::string_view data) & { all += data; }
};

void any_callable_is_a_callback()
{
    struct server *server = serve(sends_data_three_times, nullptr);
    ftp::client client = connected(server);
    // A function; an object that stays the caller's; one that can only be moved.
    client.retrbinary("RETR f", take);
    CHECK_VIEW(taken, "data");
    taker own;
    client.retrbinary("RETR f", own);
    CHECK_VIEW(own.all, "data");
    const auto records = std::make_shared<int>(0);
    client.set_log_callback([records, unique = std::make_unique<int>(1)](ftp_log_kind, std::string_view) { *records += *unique; });
    const std::function<void(std::string_view)> function = take;
    client.retrbinary("RETR f", function, ftp::transfer_options{ -1, 2 });
    CHECK_VIEW(taken, "datadata");
    CHECK(*records > 3);
    CHECK_INT(records.use_count(), 2);
    client.set_log_callback(nullptr);
    CHECK_INT(records.use_count(), 1);
    quits(client, server);
}

void a_callback_that_calls_its_client_is_refused()
{
    struct server *server = serve(sends_data, nullptr);
    ftp::client client = connected(server);
    int calls = 0;
    client.retrbinary("RETR f", [&](std::string_view data) {
        std::error_code code;
        client.voidcmd("NOOP", code);
        CHECK(code == FTP_ERR_BUSY);
        // Another callable in between: this one must stay the one that is called.
        CHECK_THROWS(client.retrbinary("RETR f", [](const char *, std::size_t) { fails(); }), FTP_ERR_BUSY, "running");
        CHECK_THROWS(client.set_log_callback([](ftp_log_kind, std::string_view) {}), FTP_ERR_BUSY, "running");
        CHECK_VIEW(data, "data");
        calls++;
    });
    CHECK_INT(calls, 1);
    quits(client, server);
}

void sees_its_client_leave(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    begins(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    data_ends(s);
    says(s, "226 done");
    hears_goodbye(s);
}

void a_callback_may_destroy_its_client()
{
    struct server *server = serve(sees_its_client_leave, nullptr);
    auto client = std::make_unique<ftp::client>(connected(server));
    client->retrbinary("RETR f", [&](std::string_view) { client.reset(); });
    CHECK(client == nullptr);
    server_ends(server);
}

#if defined(__cpp_lib_span)
void spans_are_given_and_filled()
{
    struct server *server = serve(sends_data, nullptr);
    ftp::client client = connected(server);
    std::vector<std::byte> all;
    client.retrbinary("RETR f", [&](std::span<const std::byte> data) { all.insert(all.end(), data.begin(), data.end()); });
    CHECK_INT(all.size(), 4);
    CHECK(all[0] == std::byte{ 'd' });
    quits(client, server);
    plan plan = { "TYPE I", "STOR f", nullptr };
    server = serve(is_stopped, &plan);
    client = connected(server);
    check_comes_out([&](std::error_code &code) {
        client.storbinary("STOR f", [](std::span<std::byte> buffer) -> std::size_t { return buffer.empty() ? 0 : (fails(), 0); }, code);
    });
    quits(client, server);
}
#endif

} // namespace

int main()
{
    RUN(exceptions_come_out_of_transfers);
    RUN(exceptions_come_out_of_a_walk);
    RUN(a_walk_can_skip_a_directory);
    RUN(a_mirror_asks_and_tells);
    RUN(a_pool_tells_its_jobs);
    RUN(a_pool_may_be_destroyed_in_its_own_callback);
    RUN(exceptions_come_out_of_the_callbacks_that_stay);
    RUN(an_exception_of_the_last_progress_comes_out);
    RUN(false_stops_a_call);
    RUN(any_callable_is_a_callback);
    RUN(a_callback_that_calls_its_client_is_refused);
    RUN(a_callback_may_destroy_its_client);
#if defined(__cpp_lib_span)
    RUN(spans_are_given_and_filled);
#endif
    return summary();
}
