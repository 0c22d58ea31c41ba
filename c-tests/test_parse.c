/* The parsers of single replies, and the buffers that they fill. */

#include <string.h>

#include "check.h"

/* --- 150 --- */

static void check_150(const char *reply, int64_t size)
{
    int64_t got = 7;
    CHECK_INT(ftp_parse150(reply, &got), FTP_OK);
    CHECK_INT(got, size);
}

static void the_size_in_a_150_reply(void)
{
    check_150("150 Opening BINARY mode data connection for f (12 bytes)", 12);
    check_150("150 Opening BINARY mode data connection for f (0 bytes).", 0);
    check_150("150 f (1 BYTES)", 1);
    check_150("150 for a (1 bytes) (2 bytes)", 2);
    check_150("150 f (9223372036854775807 bytes)", INT64_MAX);
    /* No file is that big. */
    check_150("150 f (9223372036854775808 bytes)", -1);
    check_150("150 f (99999999999999999999999999 bytes)", -1);
    check_150("150 f (-1 bytes)", -1);
    check_150("150 here it comes", -1);
    check_150("150", -1);
}

static void a_reply_that_is_no_150(void)
{
    static const char *const replies[] = { "125 f (12 bytes)", "226 f (12 bytes)", "15", "", "x150 f (1 bytes)" };
    int64_t size = 7;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
        CHECK_INT(ftp_parse150(replies[i], &size), FTP_ERR_REPLY);
    CHECK_INT(size, 7);
}

/* --- buffers --- */

enum { ROOM = 64 };

/* A buffer that shows what was written to it. */
struct buffer {
    char bytes[ROOM];
};

static struct buffer untouched(void)
{
    struct buffer buffer;
    memset(buffer.bytes, '#', sizeof buffer.bytes);
    return buffer;
}

/* The bytes from `len` on are as they were. */
static int is_untouched_from(const struct buffer *buffer, size_t len)
{
    for (size_t i = len; i < ROOM; i++)
        if (buffer->bytes[i] != '#')
            return 0;
    return 1;
}

/* --- 227 --- */

static void check_227(const char *reply, const char *host, uint16_t port)
{
    size_t needed = strlen(host) + 1;
    for (size_t len = 0; len <= ROOM; len++) {
        struct buffer buffer = untouched();
        uint16_t got = 7;
        ftp_status status = ftp_parse227(reply, buffer.bytes, len, &got);
        if (len < needed) {
            CHECK_INT(status, FTP_ERR_INVALID_ARGUMENT);
            CHECK(is_untouched_from(&buffer, 0));
            CHECK_INT(got, 7);
        } else {
            CHECK_INT(status, FTP_OK);
            CHECK_TEXT(buffer.bytes, host);
            CHECK(is_untouched_from(&buffer, needed));
            CHECK_INT(got, port);
        }
    }
}

static void the_address_in_a_227_reply_with_a_buffer_of_any_size(void)
{
    check_227("227 Entering Passive Mode (127,0,0,1,4,5).", "127.0.0.1", 1029);
    check_227("227 Entering Passive Mode 1,2,3,4,0,1", "1.2.3.4", 1);
    check_227("227 =255,255,255,255,255,255", "255.255.255.255", 65535);
    check_227("227-here\n227 (10,0,0,1,4,5)", "10.0.0.1", 1029);
}

static void check_no_227(const char *reply, ftp_status status)
{
    struct buffer buffer = untouched();
    uint16_t port = 7;
    CHECK_INT(ftp_parse227(reply, buffer.bytes, sizeof buffer.bytes, &port), status);
    CHECK(is_untouched_from(&buffer, 0));
    CHECK_INT(port, 7);
}

static void a_reply_that_names_no_ipv4_address(void)
{
    check_no_227("229 Entering Extended Passive Mode (|||6446|)", FTP_ERR_REPLY);
    check_no_227("500 what?", FTP_ERR_REPLY);
    check_no_227("227", FTP_ERR_PROTO);
    check_no_227("227 ok", FTP_ERR_PROTO);
    check_no_227("227 (127,0,0,1,4)", FTP_ERR_PROTO);
    check_no_227("227 (256,0,0,1,4,5)", FTP_ERR_PROTO);
    check_no_227("227 (127,0,0,1,256,5)", FTP_ERR_PROTO);
    check_no_227("227 (127,0,0,1,4,4294967301)", FTP_ERR_PROTO);
    check_no_227("227 (127,0,0,1,0,0)", FTP_ERR_PROTO);
    check_no_227("", FTP_ERR_REPLY);
}

/* --- 229 --- */

static void check_229(const char *reply, ftp_status status, uint16_t port)
{
    uint16_t got = 7;
    CHECK_INT(ftp_parse229(reply, &got), status);
    CHECK_INT(got, status == FTP_OK ? port : 7);
}

static void the_port_in_a_229_reply(void)
{
    check_229("229 Entering Extended Passive Mode (|||6446|)", FTP_OK, 6446);
    check_229("229 (!!!1!)", FTP_OK, 1);
    check_229("229 (|2|::1|65535|)", FTP_OK, 65535);
    check_229("227 Entering Passive Mode (127,0,0,1,4,5)", FTP_ERR_REPLY, 0);
    check_229("", FTP_ERR_REPLY, 0);
    check_229("229", FTP_ERR_PROTO, 0);
    check_229("229 (|||0|)", FTP_ERR_PROTO, 0);
    check_229("229 (|||65536|)", FTP_ERR_PROTO, 0);
    check_229("229 (|||4294967297|)", FTP_ERR_PROTO, 0);
    check_229("229 (|||6446!)", FTP_ERR_PROTO, 0);
    check_229("229 (|||6446", FTP_ERR_PROTO, 0);
}

/* --- 257 --- */

static void check_257(const char *reply, const char *path)
{
    size_t needed = strlen(path) + 1;
    for (size_t len = 0; len <= ROOM; len++) {
        struct buffer buffer = untouched();
        ftp_status status = ftp_parse257(reply, buffer.bytes, len);
        if (len < needed) {
            CHECK_INT(status, FTP_ERR_INVALID_ARGUMENT);
            CHECK(is_untouched_from(&buffer, 0));
        } else {
            CHECK_INT(status, FTP_OK);
            CHECK_TEXT(buffer.bytes, path);
            CHECK(is_untouched_from(&buffer, needed));
        }
    }
}

static void the_path_in_a_257_reply_with_a_buffer_of_any_size(void)
{
    check_257("257 \"/home/u\" is the current directory", "/home/u");
    check_257("257 \"/a \"\"b\"\"\" created", "/a \"b\"");
    check_257("257 \"/caf\xc3\xa9\xff\"", "/caf\xc3\xa9\xff");
    check_257("257 \"/no end", "/no end");
    check_257("257 \"\"", "");
    check_257("257 /home/u", "");
    check_257("257 rubbish all over \"/this/path\"", "/this/path");
    check_257("257 \"/d/q\"x\" is the current directory", "/d/q\"x");
    check_257("257", "");
}

static void the_length_of_the_reply_is_always_enough(void)
{
    static const char *const replies[] = { "257 \"/home/u\"", "257 \"/home/u", "257 \"", "257" };
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct buffer buffer = untouched();
        CHECK_INT(ftp_parse257(replies[i], buffer.bytes, strlen(replies[i])), FTP_OK);
    }
}

static void a_reply_that_is_no_257(void)
{
    static const char *const replies[] = { "250 \"/\"", "550 no", "25", "" };
    struct buffer buffer = untouched();
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
        CHECK_INT(ftp_parse257(replies[i], buffer.bytes, sizeof buffer.bytes), FTP_ERR_REPLY);
    CHECK(is_untouched_from(&buffer, 0));
}

/* --- NULL --- */

static void null_is_an_invalid_argument(void)
{
    struct buffer buffer = untouched();
    int64_t size = 7;
    uint16_t port = 7;
    CHECK_INT(ftp_parse150(NULL, &size), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse150("150 f (1 bytes)", NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse227(NULL, buffer.bytes, ROOM, &port), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse227("227 (1,2,3,4,5,6)", NULL, ROOM, &port), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse227("227 (1,2,3,4,5,6)", buffer.bytes, ROOM, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse229(NULL, &port), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse229("229 (|||6446|)", NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse257(NULL, buffer.bytes, ROOM), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_parse257("257 \"/\"", NULL, ROOM), FTP_ERR_INVALID_ARGUMENT);
    CHECK(is_untouched_from(&buffer, 0));
    CHECK_INT(size, 7);
    CHECK_INT(port, 7);
}

int main(void)
{
    RUN(the_size_in_a_150_reply);
    RUN(a_reply_that_is_no_150);
    RUN(the_address_in_a_227_reply_with_a_buffer_of_any_size);
    RUN(a_reply_that_names_no_ipv4_address);
    RUN(the_port_in_a_229_reply);
    RUN(the_path_in_a_257_reply_with_a_buffer_of_any_size);
    RUN(the_length_of_the_reply_is_always_enough);
    RUN(a_reply_that_is_no_257);
    RUN(null_is_an_invalid_argument);
    return summary();
}
