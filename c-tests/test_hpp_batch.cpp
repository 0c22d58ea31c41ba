// ftpclient.hpp: batches.

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

} // namespace

int main()
{
    RUN(each_result_is_told);
    RUN(a_callable_stops_it_or_throws);
    RUN(a_batch_may_lose_its_client);
    return summary();
}
