/* Files down and up: bytes, blocks, offsets, and what the server says around them. */

#include <stdlib.h>
#include <string.h>

#include "client.h"

enum { BIG = 2000003 };

/* --- the pattern, as callbacks --- */

struct pattern {
    uint64_t position;
    uint64_t len;
    /* The biggest block so far. */
    size_t biggest;
    int equal;
};

static int take_pattern(const void *data, size_t len, void *pattern)
{
    struct pattern *all = pattern;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        all->equal = all->equal && bytes[i] == pattern_byte(all->position + i);
    all->position += len;
    all->biggest = len > all->biggest ? len : all->biggest;
    return 0;
}

static int64_t give_pattern(void *buffer, size_t capacity, void *pattern)
{
    struct pattern *all = pattern;
    unsigned char *bytes = buffer;
    uint64_t left = all->len - all->position;
    size_t part = left < capacity ? (size_t)left : capacity;
    all->biggest = capacity > all->biggest ? capacity : all->biggest;
    for (size_t i = 0; i < part; i++)
        bytes[i] = pattern_byte(all->position + i);
    all->position += part;
    return (int64_t)part;
}

/* --- down --- */

struct file {
    const char *command;
    size_t len;
    int active;
};

static const struct file *begins_transfer(struct session *s)
{
    const struct file *file = user_of(s);
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    if (file->active)
        takes_port(s);
    else
        opens_passive(s);
    answers(s, file->command, "150 here we go");
    return file;
}

static void sends_file(struct session *s)
{
    const struct file *file = begins_transfer(s);
    data_sends_pattern(s, file->len);
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void download(size_t len, size_t blocksize, size_t biggest, int active)
{
    struct file file = { "RETR file", len, active };
    struct pattern pattern = { .equal = 1 };
    struct server *server = serve(sends_file, &file);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_pasv(ftp, !active));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR file", take_pattern, &pattern, blocksize, -1));
    CHECK_INT(pattern.position, len);
    CHECK(pattern.equal);
    CHECK(pattern.biggest <= biggest);
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    part(ftp, server);
}

static void a_download_of_any_size_in_blocks_of_any_size(void)
{
    enum { MOST = 1024 * 1024 };
    download(0, 0, 0, 0);
    download(1, 0, 1, 0);
    download(1000, 1, 1, 0);
    download(100003, 7, 7, 0);
    download(BIG, 0, MOST, 0);
    download(BIG, 8192, 8192, 0);
    download(BIG, SIZE_MAX, MOST, 0);
}

static void an_active_download(void)
{
    download(0, 0, 0, 1);
    download(100003, 0, 100003, 1);
}

/* --- up --- */

static void takes_file(struct session *s)
{
    const struct file *file = begins_transfer(s);
    data_receives_pattern(s, file->len);
    says(s, "226 got it");
    says_goodbye(s);
}

static void upload(size_t len, size_t blocksize, size_t biggest, int active)
{
    struct file file = { "STOR file", len, active };
    struct pattern pattern = { .len = len };
    struct server *server = serve(takes_file, &file);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_pasv(ftp, !active));
    CHECK_OK(ftp, ftp_storbinary(ftp, "STOR file", give_pattern, NULL, &pattern, blocksize, -1));
    CHECK_INT(pattern.position, len);
    CHECK(pattern.biggest <= biggest);
    CHECK_TEXT(ftp_last_reply(ftp), "226 got it");
    part(ftp, server);
}

static void an_upload_of_any_size_in_blocks_of_any_size(void)
{
    enum { MOST = 1024 * 1024 };
    upload(0, 0, MOST, 0);
    upload(1, 0, MOST, 0);
    upload(1000, 1, 1, 0);
    upload(100003, 7, 7, 0);
    upload(BIG, 0, MOST, 0);
    upload(BIG, 8192, 8192, 0);
    upload(BIG, SIZE_MAX, MOST, 0);
}

static void an_active_upload(void)
{
    upload(0, 0, 1024 * 1024, 1);
    upload(100003, 0, 1024 * 1024, 1);
}

static void takes_hello(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    for (int i = 0; i < 3; i++) {
        opens_passive(s);
        answers(s, "APPE log", "150 send it");
        data_receives(s, "hello, world");
        says(s, "250 got it");
    }
    says_goodbye(s);
}

static void what_was_sent_is_told(void)
{
    struct server *server = serve(takes_hello, NULL);
    ftp_handle *ftp = client_of(server);
    /* As the source gives it, as the block size cuts it, and to nobody. */
    struct given slow = { .text = "hello, world", .step = 5 };
    CHECK_OK(ftp, ftp_storbinary(ftp, "APPE log", give, take_sent, &slow, 0, -1));
    CHECK_TEXT(slow.sent.text, "hello, world");
    CHECK_INT(slow.sent.calls, 3);
    struct given cut = { .text = "hello, world", .step = 100 };
    CHECK_OK(ftp, ftp_storbinary(ftp, "APPE log", give, take_sent, &cut, 4, -1));
    CHECK_TEXT(cut.sent.text, "hello, world");
    CHECK_INT(cut.sent.calls, 3);
    struct given quiet = { .text = "hello, world", .step = 100 };
    CHECK_OK(ftp, ftp_storbinary(ftp, "APPE log", give, NULL, &quiet, 0, -1));
    CHECK_INT(quiet.sent.calls, 0);
    part(ftp, server);
}

/* --- offsets --- */

static void resumes(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "REST 0", "350 from the start");
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "01234");
    data_ends(s);
    says(s, "226 done");
    opens_passive(s);
    answers(s, "REST 3", "350 from there");
    answers(s, "RETR f", "150 here comes the rest (5 bytes in all)");
    data_sends(s, "34");
    data_ends(s);
    says(s, "226 done");
    opens_passive(s);
    answers(s, "REST 9223372036854775807", "350 if you say so");
    answers(s, "STOR f", "150 send it");
    data_receives(s, "x");
    says(s, "226 done");
    opens_passive(s);
    answers(s, "REST 1", "502 I always begin at the start");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_transfer_can_begin_anywhere(void)
{
    struct taken data = { .calls = 0 };
    struct given given = { .text = "x", .step = 1 };
    struct server *server = serve(resumes, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, 0));
    CHECK_TEXT(data.text, "01234");
    data.len = 3;
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, 3));
    CHECK_TEXT(data.text, "01234");
    CHECK_OK(ftp, ftp_storbinary(ftp, "STOR f", give, NULL, &given, 0, INT64_MAX));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, 1), FTP_ERR_PERM, "REST 1: 502");
    CHECK_INT(data.len, 5);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- announced sizes --- */

static void announces(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 Opening BINARY mode data connection for f (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    opens_passive(s);
    answers(s, "RETR f", "150 Opening BINARY mode data connection for f (100 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done, or so I think");
    opens_passive(s);
    answers(s, "RETR f", "150 Opening BINARY mode data connection for f (3 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 it has grown");
    opens_passive(s);
    answers(s, "RETR report (99 bytes)", "150 Opening BINARY mode data connection for report (99 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void fewer_bytes_than_announced_are_an_error(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(announces, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_FAILS(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1), FTP_ERR_INTEGRITY, "100 bytes");
    CHECK_INT(ftp_last_reply_code(ftp), 226);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR report (99 bytes)", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hellohellohellohello");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* --- text up --- */

struct text_case {
    const char *text;
    const char *wire;
    int lines;
};

static void takes_text(struct session *s)
{
    const struct text_case *text = user_of(s);
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    for (int i = 0; i < 3; i++) {
        opens_passive(s);
        answers(s, "STOR f", "150 send it");
        data_receives(s, text->wire);
        says(s, "226 got it");
    }
    says_goodbye(s);
}

static void every_line_goes_out_with_crlf(void)
{
    static const struct text_case cases[] = {
        { "", "", 0 },
        { "a", "a\r\n", 1 },
        { "a\nb\n", "a\r\nb\r\n", 2 },
        { "a\r\nb\r\n", "a\r\nb\r\n", 2 },
        { "a\nb", "a\r\nb\r\n", 2 },
        { "a\rb\n", "a\rb\r\n", 1 },
        { "\n\n", "\r\n\r\n", 2 },
        { "caf\xe9\n\xff", "caf\xe9\r\n\xff\r\n", 2 },
    };
    static const size_t steps[3] = { 1, 2, 1000 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text_case text = cases[i];
        struct server *server = serve(takes_text, &text);
        ftp_handle *ftp = client_of(server);
        for (int j = 0; j < 3; j++) {
            struct given given = { .text = text.text, .step = steps[j] };
            CHECK_OK(ftp, ftp_storlines(ftp, "STOR f", give, take_sent, &given));
            CHECK_TEXT(given.sent.text, text.wire);
            CHECK_INT(given.sent.calls, text.lines);
        }
        part(ftp, server);
    }
}

static void text_goes_out_without_a_witness(void)
{
    struct text_case text = { "a\nb", "a\r\nb\r\n", 2 };
    struct server *server = serve(takes_text, &text);
    ftp_handle *ftp = client_of(server);
    for (int i = 0; i < 3; i++) {
        struct given given = { .text = text.text, .step = 2 };
        CHECK_OK(ftp, ftp_storlines(ftp, "STOR f", give, NULL, &given));
    }
    part(ftp, server);
}

enum { TOO_LONG = 8193 };

static void takes_only_short_lines(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "STOR f", "150 send it");
    data_opens(s);
    hears(s, "ABOR");
    data_receives(s, "short\r\n");
    says(s, "426 as you wish");
    says(s, "226 it is aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void of_a_line_that_is_too_long_nothing_is_sent(void)
{
    static char text[6 + TOO_LONG + 1] = "short\n";
    memset(text + 6, 'x', TOO_LONG);
    struct given given = { .text = text, .step = 1000 };
    struct server *server = serve(takes_only_short_lines, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_storlines(ftp, "STOR f", give, take_sent, &given), FTP_ERR_LIMIT, "8192");
    CHECK_TEXT(given.sent.text, "short\r\n");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

/* --- the session around transfers --- */

static void watches_types(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE I", "200 binary");
    for (int i = 0; i < 2; i++) {
        opens_passive(s);
        answers(s, "RETR f", "150 here it comes");
        data_sends(s, "x");
        data_ends(s);
        says(s, "226 done");
    }
    answers(s, "SIZE f", "213 1");
    answers(s, "TYPE A", "200 text");
    opens_passive(s);
    answers(s, "NLST", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    /* A command of the user's may have changed the type. */
    answers(s, "TYPE I", "200 binary");
    answers(s, "TYPE A", "200 text");
    opens_passive(s);
    answers(s, "NLST", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void the_type_is_sent_only_when_it_changes(void)
{
    struct taken data = { .calls = 0 };
    int64_t size = 0;
    struct server *server = serve(watches_types, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_OK(ftp, ftp_size(ftp, "f", &size));
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &data));
    CHECK_OK(ftp, ftp_voidcmd(ftp, "TYPE I"));
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &data));
    CHECK_TEXT(data.text, "xx");
    part(ftp, server);
}

static void never_says_150(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "226 done");
    data_sends(s, "hello");
    data_ends(s);
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_server_without_preliminary_replies(void)
{
    struct taken data = { .calls = 0 };
    struct server *server = serve(never_says_150, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", take_data, &data, 0, -1));
    CHECK_TEXT(data.text, "hello");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

int main(void)
{
    RUN(a_download_of_any_size_in_blocks_of_any_size);
    RUN(an_active_download);
    RUN(an_upload_of_any_size_in_blocks_of_any_size);
    RUN(an_active_upload);
    RUN(what_was_sent_is_told);
    RUN(a_transfer_can_begin_anywhere);
    RUN(fewer_bytes_than_announced_are_an_error);
    RUN(every_line_goes_out_with_crlf);
    RUN(text_goes_out_without_a_witness);
    RUN(of_a_line_that_is_too_long_nothing_is_sent);
    RUN(the_type_is_sent_only_when_it_changes);
    RUN(a_server_without_preliminary_replies);
    return summary();
}
