// ftpclient.hpp: listings as ranges of entries, and who may outlive whom.

#include "cpp.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#if defined(__cpp_lib_ranges)
#include <ranges>
static_assert(std::ranges::input_range<ftp::listing>);
#endif

namespace {

static_assert(!std::is_copy_constructible_v<ftp::listing> && std::is_nothrow_move_constructible_v<ftp::listing>);
// What is valid for a moment cannot be kept by mistake.
static_assert(!std::is_copy_constructible_v<ftp::entry>);
static_assert(std::is_copy_assignable_v<ftp::saved_entry> && std::is_nothrow_copy_constructible_v<ftp::saved_entry>);
// Times of different clocks cannot be compared.
static_assert(!std::is_convertible_v<ftp::server_time, ftp::time_point>);

void names_mlst(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;modify*;perm*;unique*;unix.mode*;\r\n211 End\r\n");
}

const char files[] = "type=file;size=4294967297;modify=20260115123000.25;perm=adfrw;unique=801U2;unix.mode=0644; a b\r\n"
                     "type=dir; ../up\r\n";

void lists_and_deletes(struct session *s)
{
    names_mlst(s);
    begins(s, "MLSD", "150 here it comes");
    data_sends(s, files);
    data_ends(s);
    says(s, "226 done");
    answers(s, "DELE a b", "250 gone");
    answers(s, "DELE ../up", "250 gone");
    goes_on(s);
}

void check_first(const ftp::entry &entry)
{
    CHECK_VIEW(entry.name(), "a b");
    CHECK(entry.is_file() && !entry.is_directory() && !entry.is_link());
    CHECK_INT(entry.format(), FTP_FORMAT_MLSD);
    CHECK(entry.size() == 4294967297);
    CHECK(entry.modified() && entry.modified()->time_since_epoch().count() == 1768480200250000000);
    CHECK(!entry.modified_on_server());
    CHECK_INT(entry.modified_precision(), FTP_TIME_SUBSECOND);
    CHECK(entry.mode() == static_cast<std::filesystem::perms>(0644));
    CHECK_VIEW(entry.perm(), "adfrw");
    CHECK_VIEW(entry.unique(), "801U2");
    CHECK(entry.owner().empty() && entry.group().empty() && entry.link_target().empty());
    CHECK_HAS(std::string(entry.raw()).c_str(), "type=file;size=4294967297;");
    CHECK(entry.has_safe_name() && !entry.is_not_listed());
}

void check_second(const ftp::entry &entry)
{
    CHECK_VIEW(entry.name(), "../up");
    CHECK(entry.is_directory() && !entry.has_safe_name());
    CHECK(!entry.size() && !entry.modified() && !entry.modified_on_server() && !entry.mode());
}

// A list that was read as a whole leaves the client free.
void a_listing_is_a_range()
{
    struct server *server = serve(lists_and_deletes, nullptr);
    ftp::client client = connected(server);
    int count = 0;
    for (const ftp::entry &entry : client.list("")) {
        count++ == 0 ? check_first(entry) : check_second(entry);
        client.remove(entry.name());
    }
    CHECK_INT(count, 2);
    quits(client, server);
}

void lists_once(struct session *s)
{
    names_mlst(s);
    begins(s, "MLSD", "150 here it comes");
    data_sends(s, files);
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

void a_listing_outlives_its_client()
{
    struct server *server = serve(lists_once, nullptr);
    ftp::listing listing;
    {
        ftp::client client = connected(server);
        listing = client.list("");
        quits(client, server);
    }
    const ftp::listing moved = std::move(listing);
    CHECK(listing.begin() == listing.end());
    ftp::listing back(std::move(const_cast<ftp::listing &>(moved)));
    const std::vector<ftp::saved_entry> saved(back.begin(), back.end());
    CHECK_INT(saved.size(), 2);
    CHECK(back.next() == nullptr && !back.error());
    back = ftp::listing();
    // Copies need neither; they share what they say, also when they move.
    std::vector<ftp::saved_entry> copies = saved;
    std::reverse(copies.begin(), copies.end());
    check_second(copies[0]);
    check_first(copies[1]);
    check_first(saved[0]);
    const ftp::saved_entry from = std::move(copies[1]);
    check_first(from);
    check_first(copies[1]);
    CHECK_VIEW(ftp::saved_entry().name(), "");
}

// More than a client reads before it tells the first entry.
enum { MANY = 3000 };

void sends_many(struct session *s)
{
    names_mlst(s);
    begins(s, "MLSD", "150 here it comes");
    std::string all;
    for (int i = 0; i < MANY; i++)
        all += "type=file; file " + std::to_string(i) + "\r\n";
    data_sends(s, all.c_str());
}

void streams_and_cuts(struct session *s)
{
    sends_many(s);
    data_ends(s);
    says(s, "426 it was cut");
    goes_on(s);
}

void an_error_on_the_way_is_thrown()
{
    struct server *server = serve(streams_and_cuts, nullptr);
    ftp::client client = connected(server);
    ftp::listing listing = client.list("", FTP_LIST_STREAM);
    int count = 0;
    const auto read = [&] {
        for (const ftp::entry &entry : listing)
            count += entry.is_file() ? 1 : 0;
    };
    CHECK_THROWS(read(), FTP_ERR_TEMP, "426 it was cut");
    CHECK_INT(count, MANY);
    std::error_code code;
    CHECK(listing.next(code) == nullptr);
    CHECK(code == FTP_ERR_STATE);
    quits(client, server);
}

void is_left_in_the_middle(struct session *s)
{
    sends_many(s);
    is_aborted(s);
    goes_on(s);
}

void a_listing_that_is_left_is_stopped()
{
    struct server *server = serve(is_left_in_the_middle, nullptr);
    ftp::client client = connected(server);
    {
        ftp::listing listing = client.list("", FTP_LIST_STREAM);
        CHECK_VIEW(listing.next()->name(), "file 0");
        std::error_code code;
        client.voidcmd("NOOP", code);
        CHECK(code == FTP_ERR_STATE);
    }
    quits(client, server);
}

void loses_its_client(struct session *s)
{
    sends_many(s);
    data_is_closed(s);
    hears_goodbye(s);
}

void a_stream_may_lose_its_client()
{
    struct server *server = serve(loses_its_client, nullptr);
    ftp::listing listing;
    int count = 0;
    {
        ftp::client client = connected(server);
        listing = client.list("", FTP_LIST_STREAM);
        CHECK_VIEW(listing.next()->name(), "file 0");
    }
    server_ends(server);
    // What has come is there, but it has no end.
    const auto read = [&] {
        for (const ftp::entry &entry : listing)
            count += entry.is_file() ? 1 : 0;
    };
    CHECK_THROWS(read(), FTP_ERR_STATE, "");
    CHECK(count > 0);
}

void finds_a_file(struct session *s)
{
    names_mlst(s);
    answers(s, "MLST f", "250-it is\r\n type=file;size=7; f\r\n250 there");
    answers(s, "MLST f", "250-it is\r\n type=file;size=7; f\r\n250 there");
    goes_on(s);
}

void a_path_is_looked_up()
{
    struct server *server = serve(finds_a_file, nullptr);
    ftp::client client = connected(server);
    const ftp::saved_entry entry = client.stat("f");
    CHECK(client.exists("f"));
    // It is a copy.
    quits(client, server);
    CHECK_VIEW(entry.name(), "f");
    CHECK(entry.size() == 7);
}

void a_text_is_read_without_a_client()
{
    const std::string_view text = "-rw-r--r-- 1 ann staff 12 Mar  3 12:00 README\r\n"
                                  "lrwxrwxrwx 1 ann staff 3 Mar  3  2020 l -> pub\r\n";
    std::vector<ftp::saved_entry> all;
    // In March 2026.
    const ftp::time_point now(std::chrono::seconds(1773500000));
    for (const ftp::entry &entry : ftp::list_parse(text, FTP_FORMAT_UNIX, now))
        all.push_back(entry);
    CHECK_INT(all.size(), 2);
    CHECK(!all[0].modified());
    CHECK(all[0].modified_on_server() && all[0].modified_on_server()->time_since_epoch() == std::chrono::seconds(1772539200));
    CHECK_VIEW(all[0].owner(), "ann");
    CHECK_VIEW(all[0].group(), "staff");
    CHECK(all[1].is_link());
    CHECK_VIEW(all[1].link_target(), "pub");
    CHECK_THROWS((void)ftp::list_parse("", 1000, std::nullopt), FTP_ERR_INVALID_ARGUMENT, "");
    CHECK(ftp::list_parse("").next() == nullptr);
}

void names_and_facts(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    begins(s, "NLST", "150 here it comes");
    data_sends(s, "a\r\nb c\r\n");
    data_ends(s);
    says(s, "226 done");
    begins(s, "MLSD pub", "150 here it comes");
    data_sends(s, "Type=file;Size=12; a\r\n");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

void names_and_facts_are_told()
{
    struct server *server = serve(names_and_facts, nullptr);
    ftp::client client = connected(server);
    CHECK(client.nlst("") == (std::vector<std::string>{ "a", "b c" }));
    client.mlsd("pub", "", [](std::string_view name, const ftp::facts &facts) {
        CHECK_VIEW(name, "a");
        CHECK_INT(facts.size(), 2);
        CHECK_VIEW(facts["type"], "file");
        CHECK_VIEW(facts["size"], "12");
        CHECK_VIEW(facts["modify"], "");
        CHECK_INT(std::distance(facts.begin(), facts.end()), 2);
    });
    quits(client, server);
}

} // namespace

int main()
{
    RUN(a_listing_is_a_range);
    RUN(a_listing_outlives_its_client);
    RUN(an_error_on_the_way_is_thrown);
    RUN(a_listing_that_is_left_is_stopped);
    RUN(a_stream_may_lose_its_client);
    RUN(a_path_is_looked_up);
    RUN(a_text_is_read_without_a_client);
    RUN(names_and_facts_are_told);
    return summary();
}
