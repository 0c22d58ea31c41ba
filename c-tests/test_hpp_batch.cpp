// ftpclient.hpp: batches, and the jobs of pools.

#include "cpp.hpp"

#include <vector>

namespace {

static_assert(!std::is_copy_constructible_v<ftp::batch> && std::is_nothrow_move_constructible_v<ftp::batch>);

void answers_all(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    hears(s, "FEAT");
    sends(s, "211-x\r\n MLST type*;size*;\r\n211 x\r\n");
    answers(s, "PWD", "257 \"/\"");
    hears(s, "SIZE f");
    hears(s, "MDTM f");
    hears(s, "MLST f");
    hears(s, "PWD");
    sends(s, "213 5\r\n213 20260115123000\r\n250-x\r\n type=file;size=5; f\r\n250 x\r\n257 \"/\"\r\n");
    hears(s, "DELE g");
    hears(s, "MKD d");
    hears(s, "RMD e");
    hears(s, "RNFR a");
    sends(s, "550 no\r\n257 \"/d\" is made\r\n250 ok\r\n350 to?\r\n");
    hears(s, "RNTO b");
    hears(s, "PWD");
    sends(s, "250 ok\r\n257 \"/\"\r\n");
    answers(s, "SITE CHMOD 644 f", "200 ok");
    hears(s, "MLST f");
    sends(s, "250-x\r\n type=file;size=5; f\r\n250 x\r\n");
    answers(s, "NOOP", "200 fine");
    goes_on(s);
}

void each_result_is_told()
{
    struct server *server = serve(answers_all, nullptr);
    ftp::client client = connected(server);
    ftp::batch batch = client.batch();
    batch.size("f");
    batch.modified("f");
    batch.stat("f");
    batch.remove("g");
    batch.mkdir("d");
    batch.rmdir("e");
    batch.rename("a", "b");
    batch.chmod("f", static_cast<std::filesystem::perms>(0644));
    batch.command("NOOP");
    std::vector<ftp_status> told;
    const auto tell = [&](const ftp_batch_result &result) {
        CHECK_INT(result.index, told.size());
        told.push_back(result.status);
        if (result.entry != nullptr)
            CHECK_TEXT(result.entry->name, "f");
    };
    CHECK_THROWS(batch.run(tell), FTP_ERR_PARTIAL, "DELE g: 550 no");
    CHECK_INT(told.size(), 9);
    CHECK_INT(told.at(3), FTP_ERR_PERM);
    CHECK_INT(told.at(8), FTP_OK);
    batch.run();
    quits(client, server);
}

void answers_two(struct session *s)
{
    says(s, "220 ready");
    answers(s, "DELE a", "250 ok");
    answers(s, "DELE c", "250 ok");
    goes_on(s);
}

void a_callable_stops_it_or_throws()
{
    struct server *server = serve(answers_two, nullptr);
    ftp::client client = connected(server);
    ftp::batch batch = client.batch();
    batch.remove("a");
    batch.remove("b");
    CHECK_THROWS(batch.run([](const ftp_batch_result &) { return false; }), FTP_ERR_CALLBACK, "DELE a");
    batch.remove("c");
    bool was_thrown = false;
    try {
        batch.run([](const ftp_batch_result &) { throw 5; });
    } catch (int value) {
        was_thrown = value == 5;
    }
    CHECK(was_thrown);
    CHECK_THROWS(batch.command("RETR f"), FTP_ERR_INVALID_ARGUMENT, "belongs to a transfer");
    CHECK_THROWS(batch.size(std::string_view("a\0b", 3)), FTP_ERR_INVALID_ARGUMENT, "NUL");
    quits(client, server);
}

void a_batch_may_lose_its_client()
{
    ftp::batch batch;
    CHECK(!batch && batch.handle() == nullptr);
    CHECK_THROWS(batch.run(), FTP_ERR_STATE, "no client");
    std::error_code code;
    batch.run(code);
    CHECK(code == FTP_ERR_STATE);
    {
        ftp::client client;
        batch = client.batch();
        CHECK(batch && batch.handle() != nullptr);
        batch.size("f");
    }
    CHECK_THROWS(batch.size("g"), FTP_ERR_STATE, "no client");
}

void answers_later(struct session *s)
{
    says(s, "220 ready");
    answers(s, "NOOP", "200 fine");
    hears(s, "PWD");
    says_when_it_is_waited_for(s, "257 \"/here\"");
    goes_on(s);
}

// The text is that of the library. Only inside a call nobody has it.
void a_pool_says_why_it_takes_no_job()
{
    struct server *server = serve(answers_later, nullptr);
    ftp::client client = connected(server);
    ftp::pool pool = client.make_pool(1);
    const std::string_view nul("a\0b", 3);
    CHECK_THROWS(pool.command("RETR f"), FTP_ERR_INVALID_ARGUMENT, "a pool sends no command");
    CHECK_HAS(std::string(client.last_error()).c_str(), "a pool sends no command");
    CHECK_THROWS(pool.remove(nul), FTP_ERR_INVALID_ARGUMENT, "a string contains a NUL");
    CHECK_VIEW(client.last_error(), "a string contains a NUL");
    CHECK_THROWS(pool.get("", "f"), FTP_ERR_INVALID_ARGUMENT, "the name is empty");
    pool.command("NOOP");
    bool is_told = false;
    pool.run([&](const ftp_pool_result &) {
        CHECK_THROWS(pool.command("RETR f"), FTP_ERR_INVALID_ARGUMENT, ftp_strerror(FTP_ERR_INVALID_ARGUMENT));
        CHECK_THROWS(pool.remove(nul), FTP_ERR_INVALID_ARGUMENT, "a string contains a NUL");
        is_told = true;
    });
    CHECK(is_told);

    client.set_blocking(false);
    ftp::operation pwd([&](ftp::errors to) { return client.pwd(to); });
    CHECK(!pwd.step());
    CHECK_THROWS(pool.command("RETR f"), FTP_ERR_INVALID_ARGUMENT, ftp_strerror(FTP_ERR_INVALID_ARGUMENT));
    CHECK_THROWS(pool.remove(nul), FTP_ERR_INVALID_ARGUMENT, "a string contains a NUL");
    client_waits = true;
    while (!pwd.step())
        pause_ms(1);
    CHECK_VIEW(pwd.get(), "/here");
    client.set_blocking(true);
    quits(client, server);

    CHECK_THROWS(ftp::pool().remove("a"), FTP_ERR_INVALID_ARGUMENT, "no pool");
    {
        ftp::client gone;
        pool = gone.make_pool(1);
    }
    pool.remove("a");
    CHECK_THROWS(pool.command("RETR f"), FTP_ERR_INVALID_ARGUMENT, "");
}

} // namespace

int main()
{
    RUN(each_result_is_told);
    RUN(a_callable_stops_it_or_throws);
    RUN(a_batch_may_lose_its_client);
    RUN(a_pool_says_why_it_takes_no_job);
    return summary();
}
