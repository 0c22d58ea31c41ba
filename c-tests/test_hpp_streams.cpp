// ftpclient.hpp: transfers step by step, as streams, whole files and memory.

#include "cpp.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <unistd.h>

namespace {

static_assert(!std::is_copy_constructible_v<ftp::transfer> && std::is_nothrow_move_constructible_v<ftp::transfer>);
static_assert(!std::is_copy_constructible_v<ftp::istream> && std::is_nothrow_move_constructible_v<ftp::istream>);
static_assert(std::is_nothrow_destructible_v<ftp::istream> && std::is_nothrow_destructible_v<ftp::ostream>);
static_assert(std::is_move_assignable_v<ftp::istream> && std::is_move_assignable_v<ftp::ostream>);

// More than two blocks of a stream.
enum { BIG = 150007 };

void starts(struct session *s, const char *command, const char *reply)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    begins(s, command, reply);
}

void sends_words(struct session *s)
{
    starts(s, "RETR f", "150 here it comes (12 bytes)");
    data_sends(s, "one 2\nthree\n");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

void a_download_is_a_stream()
{
    struct server *server = serve(sends_words, nullptr);
    ftp::client client = connected(server);
    ftp::istream opened = client.open_read("f");
    CHECK(opened.size() == 12);
    std::string word, line, last;
    int number = 0;
    CHECK(opened >> word >> number);
    // What was read ahead moves with it.
    ftp::istream in(std::move(opened));
    CHECK(!opened.is_open() && in.is_open());
    CHECK(std::getline(in, line) && std::getline(in, last));
    CHECK_VIEW(word + std::to_string(number) + line + last, "one2three");
    CHECK(!std::getline(in, line) && in.eof() && !in.bad());
    in.close();
    CHECK(!in.is_open());
    CHECK_THROWS(in.close(), FTP_ERR_STATE, "not open");
    CHECK_VIEW(client.last_reply(), "226 done");
    quits(client, server);
}

void sends_a_pattern(struct session *s)
{
    starts(s, "RETR f", "150 here it comes");
    data_sends_pattern(s, BIG);
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

std::string pattern()
{
    std::string all(BIG, '\0');
    for (std::size_t i = 0; i < all.size(); i++)
        all[i] = static_cast<char>(pattern_byte(i));
    return all;
}

void a_stream_is_read_in_pieces_of_any_size()
{
    for (const std::streamsize step : { std::streamsize{ 1 }, std::streamsize{ 1000 }, std::streamsize{ 100000 } }) {
        struct server *server = serve(sends_a_pattern, nullptr);
        ftp::client client = connected(server);
        ftp::istream in = client.open_read("f");
        std::string all;
        std::vector<char> piece(static_cast<std::size_t>(step));
        while (in.read(piece.data(), step) || in.gcount() > 0)
            all.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        in.close();
        CHECK(all == pattern());
        quits(client, server);
    }
}

// A large piece goes past the block: what the block had before it is not its last byte.
void a_byte_that_is_put_back_is_the_last_one()
{
    struct server *server = serve(sends_a_pattern, nullptr);
    ftp::client client = connected(server);
    ftp::istream in = client.open_read("f");
    std::string all(1, static_cast<char>(in.get()));
    std::vector<char> piece(65536);
    for (bool reads_block = true; in; reads_block = !reads_block) {
        // What the block has, and then, when there is as much, a piece of its size.
        pause_ms(20);
        const std::streamsize size = reads_block ? in.rdbuf()->in_avail() : 65536;
        in.read(piece.data(), size);
        all.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        if (in && in.unget())
            CHECK_INT(in.get(), static_cast<unsigned char>(all.back()));
        else if (!in.eof())
            in.clear();
    }
    in.close();
    CHECK(all == pattern());
    quits(client, server);
}

void a_stream_has_iterators()
{
    struct server *server = serve(sends_a_pattern, nullptr);
    ftp::client client = connected(server);
    ftp::istream in = client.open_read("f");
    const std::string all{ std::istreambuf_iterator<char>(in), {} };
    in.close();
    CHECK(all == pattern());
    quits(client, server);
}

void takes_a_pattern(struct session *s)
{
    starts(s, "STOR f", "150 send it");
    data_receives_pattern(s, BIG);
    says(s, "226 done");
    goes_on(s);
}

void an_upload_is_a_stream()
{
    const std::string all = pattern();
    for (const std::size_t step : { std::size_t{ 1 }, std::size_t{ 1000 }, std::size_t{ 100000 } }) {
        struct server *server = serve(takes_a_pattern, nullptr);
        ftp::client client = connected(server);
        ftp::ostream opened = client.open_write("f");
        opened.write(all.data(), 10);
        ftp::ostream out(std::move(opened));
        CHECK(!opened.is_open());
        for (std::size_t i = 10; i < all.size(); i += step) {
            out << std::string_view(all).substr(i, step);
            if (step > 1)
                out << std::flush;
        }
        CHECK(out.good());
        out.close();
        CHECK_VIEW(client.last_reply(), "226 done");
        quits(client, server);
    }
}

void takes_half_a_file(struct session *s)
{
    starts(s, "APPE f", "150 send it");
    data_receives_some(s);
    is_aborted(s);
    goes_on(s);
}

// Who throws in the middle of an upload has not sent a file.
void an_upload_that_is_not_closed_is_aborted()
{
    struct server *server = serve(takes_half_a_file, nullptr);
    ftp::client client = connected(server);
    try {
        ftp::ostream out = client.open_append("f");
        out << "half" << std::flush;
        throw std::runtime_error("of the program");
    } catch (const std::runtime_error &) {
    }
    quits(client, server);
}

void sends_half_a_file(struct session *s)
{
    starts(s, "RETR f", "150 here it comes");
    data_sends(s, "half of it, and no end");
    is_aborted(s);
    goes_on(s);
}

void a_download_that_is_closed_early_is_not_whole()
{
    struct server *server = serve(sends_half_a_file, nullptr);
    ftp::client client = connected(server);
    ftp::istream in = client.open_read("f");
    std::string word;
    in >> word;
    CHECK_VIEW(word, "half");
    CHECK_THROWS(in.close(), FTP_ERR_ABORTED, "before the end");
    quits(client, server);

    server = serve(sends_half_a_file, nullptr);
    client = connected(server);
    client.open_read("f").get();
    quits(client, server);
}

void ends_badly(struct session *s)
{
    starts(s, "RETR f", "150 here it comes (100 bytes)");
    data_sends(s, "data");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

// The end of the data is not the end of the story.
void close_tells_that_data_is_missing()
{
    struct server *server = serve(ends_badly, nullptr);
    ftp::client client = connected(server);
    ftp::istream in = client.open_read("f");
    std::stringstream all;
    all << in.rdbuf();
    CHECK_VIEW(all.str(), "data");
    std::error_code code;
    in.close(code);
    CHECK(code == FTP_ERR_INTEGRITY);
    quits(client, server);
}

void gives_up(struct session *s)
{
    starts(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    says(s, "451 the disk is broken");
    data_resets(s);
    goes_on(s);
}

void an_error_makes_the_stream_bad()
{
    for (const bool throws : { false, true }) {
        struct server *server = serve(gives_up, nullptr);
        ftp::client client = connected(server);
        ftp::istream in = client.open_read("f");
        std::string line;
        std::error_code code;
        if (throws) {
            // A stream that throws throws the same.
            in.exceptions(std::ios_base::badbit);
            CHECK_THROWS(std::getline(in, line), FTP_ERR_TEMP, "451 the disk is broken");
            CHECK_THROWS(in.close(), FTP_ERR_TEMP, "451 the disk is broken");
        } else {
            std::getline(in, line);
            CHECK(in.bad() && in.error() == FTP_ERR_TEMP);
            in.close(code);
            CHECK(code == FTP_ERR_TEMP);
        }
        quits(client, server);
    }
}

void refuses_a_file(struct session *s)
{
    starts(s, "RETR f", "550 no such file");
    begins(s, "STOR f", "553 not here");
    goes_on(s);
}

void a_file_that_cannot_be_opened_is_an_error()
{
    struct server *server = serve(refuses_a_file, nullptr);
    ftp::client client = connected(server);
    CHECK_THROWS((void)client.open_read("f"), FTP_ERR_PERM, "550 no such file");
    std::error_code code;
    ftp::ostream out = client.open_write("f", code);
    CHECK(code == FTP_ERR_PERM && !out && !out.is_open());
    out << "lost";
    out.close(code);
    CHECK(code == FTP_ERR_STATE);
    quits(client, server);
}

struct own_exception {};

void stalls_after_some_data(struct session *s)
{
    starts(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    is_aborted(s);
    goes_on(s);
}

// A stream catches what is thrown while it reads. close() throws it again, in both forms.
void an_exception_of_a_callback_comes_out_of_close()
{
    struct server *server = serve(stalls_after_some_data, nullptr);
    ftp::client client = connected(server);
    bool throws = false;
    client.set_progress_callback([&](const ftp_progress &) {
        if (throws)
            throw own_exception();
    });
    ftp::istream in = client.open_read("f");
    CHECK(in.get() == 'd');
    throws = true;
    std::string line;
    std::getline(in, line);
    CHECK(in.bad() && !in.error());
    std::error_code code;
    bool came_out = false;
    try {
        in.close(code);
    } catch (const own_exception &) {
        came_out = true;
    }
    CHECK(came_out);
    client.set_progress_callback(nullptr);
    quits(client, server);
}

void sends_hello_to_who_leaves(struct session *s)
{
    starts(s, "RETR f", "150 here it comes (12 bytes)");
    data_sends(s, "hello");
    hears_goodbye(s);
}

void a_transfer_may_lose_its_client()
{
    struct server *server = serve(sends_hello_to_who_leaves, nullptr);
    ftp::transfer transfer;
    CHECK(!transfer);
    {
        ftp::client client = connected(server);
        transfer = client.transfercmd("RETR f");
        CHECK(transfer && transfer.size() == 12 && transfer.fd() != -1);
        CHECK_THROWS(client.voidcmd("NOOP"), FTP_ERR_STATE, "");
    }
    char buffer[8];
    CHECK_THROWS(transfer.read(buffer, sizeof buffer), FTP_ERR_STATE, "no client");
    CHECK(!transfer.size() && transfer.fd() == -1 && transfer.take_fd() == -1);
    std::error_code code;
    transfer.finish(code);
    CHECK(code == FTP_ERR_STATE);
    server_ends(server);
}

void a_transfer_goes_step_by_step()
{
    struct server *server = serve(sends_words, nullptr);
    ftp::client client = connected(server);
    ftp::transfer first = client.transfercmd("RETR f");
    ftp::transfer transfer = std::move(first);
    CHECK(!first);
    std::string all;
    char buffer[5];
    while (const std::size_t size = transfer.read(buffer, sizeof buffer))
        all.append(buffer, size);
    CHECK_VIEW(all, "one 2\nthree\n");
    transfer.finish();
    CHECK_THROWS(transfer.write("x"), FTP_ERR_STATE, "");
    CHECK_INT(client.last_report().bytes, 12);
    quits(client, server);
}

void moves_memory(struct session *s)
{
    starts(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    data_ends(s);
    says(s, "226 done");
    begins(s, "STOR g", "150 send it");
    data_receives(s, "more");
    says(s, "226 done");
    begins(s, "RETR e", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

void memory_comes_and_goes()
{
    struct server *server = serve(moves_memory, nullptr);
    ftp::client client = connected(server);
    ftp::buffer data = client.get_data("f");
    CHECK_VIEW(data.view(), "data");
    ftp::buffer moved = std::move(data);
    CHECK(data.empty() && data.view().empty() && data.begin() == data.end());
    auto &alias = moved;
    moved = std::move(alias);
    CHECK_VIEW(std::string(moved.begin(), moved.end()), "data");
#if defined(__cpp_lib_span)
    CHECK_INT(moved.bytes().size(), 4);
#endif
    client.put_data("g", "more");
    CHECK(client.get_data("e").empty());
    quits(client, server);
}

#if defined(__cpp_lib_span)
void moves_spans(struct session *s)
{
    starts(s, "RETR f", "150 here it comes");
    data_sends(s, "data");
    data_ends(s);
    says(s, "226 done");
    for (int upload = 0; upload < 2; upload++) {
        begins(s, "STOR g", "150 send it");
        data_receives(s, "data");
        says(s, "226 done");
    }
    goes_on(s);
}

void spans_go_both_ways()
{
    struct server *server = serve(moves_spans, nullptr);
    ftp::client client = connected(server);
    std::byte bytes[8];
    std::size_t size = 0;
    ftp::transfer transfer = client.transfercmd("RETR f");
    while (const std::size_t more = transfer.read(std::span(bytes).subspan(size)))
        size += more;
    transfer.finish();
    CHECK_INT(size, 4);
    const std::span<const std::byte> all(bytes, size);
    transfer = client.transfercmd("STOR g");
    transfer.write(all);
    transfer.finish();
    client.put_data("g", all);
    quits(client, server);
}
#endif

void moves_files(struct session *s)
{
    starts(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    begins(s, "STOR g", "150 send it");
    data_receives(s, "hello");
    says(s, "226 done");
    answers(s, "SIZE g", "213 5");
    goes_on(s);
}

void files_are_paths()
{
    struct server *server = serve(moves_files, nullptr);
    ftp::client client = connected(server);
    const std::filesystem::path local = std::filesystem::temp_directory_path() / ("ftpclient-hpp-" + std::to_string(getpid()));
    client.get("f", local, FTP_IN_PLACE);
    std::string content;
    std::getline(std::ifstream(local), content);
    CHECK_VIEW(content, "hello");
    client.put(local, "g");
    std::filesystem::remove(local);
    CHECK_THROWS(client.put(local, "g"), FTP_ERR_FILE, "");
    CHECK_INT(client.last_os_error(), ENOENT);
    quits(client, server);
}

} // namespace

int main()
{
    RUN(a_download_is_a_stream);
    RUN(a_stream_is_read_in_pieces_of_any_size);
    RUN(a_byte_that_is_put_back_is_the_last_one);
    RUN(a_stream_has_iterators);
    RUN(an_upload_is_a_stream);
    RUN(an_upload_that_is_not_closed_is_aborted);
    RUN(a_download_that_is_closed_early_is_not_whole);
    RUN(close_tells_that_data_is_missing);
    RUN(an_error_makes_the_stream_bad);
    RUN(a_file_that_cannot_be_opened_is_an_error);
    RUN(an_exception_of_a_callback_comes_out_of_close);
    RUN(a_transfer_may_lose_its_client);
    RUN(a_transfer_goes_step_by_step);
    RUN(memory_comes_and_goes);
#if defined(__cpp_lib_span)
    RUN(spans_go_both_ways);
#endif
    RUN(files_are_paths);
    return summary();
}
