/* Files down and up: bytes, blocks, offsets, and what the server says around them. */

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

int main(void)
{
    RUN(a_download_of_any_size_in_blocks_of_any_size);
    RUN(an_upload_of_any_size_in_blocks_of_any_size);
    RUN(what_was_sent_is_told);
    RUN(a_transfer_can_begin_anywhere);
    RUN(text_goes_out_without_a_witness);
    return summary();
}
