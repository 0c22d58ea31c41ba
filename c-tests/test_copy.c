/* Copies from server to server. The scripted servers only talk: no data flows between them. */

#include <string.h>

#include "client.h"
#include "flag.h"

/* --- two servers, two handles --- */

struct pair {
    struct server *from_server, *to_server;
    ftp_handle *from, *to;
};

static struct pair begin(void (*source)(struct session *), void (*target)(struct session *))
{
    struct pair pair;
    pair.from_server = serve(source, NULL);
    pair.to_server = serve(target, NULL);
    pair.from = client_of(pair.from_server);
    pair.to = client_of(pair.to_server);
    return pair;
}

static void check_goes_on(ftp_handle *ftp, struct server *server)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

/* Whatever became of the copy, both sessions are in step. */
static void end(struct pair pair)
{
    check_goes_on(pair.from, pair.from_server);
    check_goes_on(pair.to, pair.to_server);
}

static void goes_on(struct session *s)
{
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

/* --- success --- */

static void sends_files(struct session *s)
{
    says(s, "220 source");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PASV", "227 (192,0,2,1,4,5)");
    answers(s, "RETR a name", "150 go");
    pause_ms(20);
    says(s, "226 sent");
    answers(s, "TYPE A", "200 ok");
    answers(s, "PASV", "227 (192,0,2,1,255,255)");
    answers(s, "RETR text", "125 go");
    says(s, "226 sent");
    answers(s, "PASV", "227 (192,0,2,1,4,6)");
    answers(s, "RETR text", "150 go");
    says(s, "226 sent");
    goes_on(s);
}

static void takes_files(struct session *s)
{
    says(s, "220 target");
    answers(s, "TYPE I", "200 ok");
    /* The host that the source handle is connected to, not the one that the reply names. */
    answers(s, "PORT 127,0,0,1,4,5", "200 ok");
    answers(s, "STOR another name", "150 go");
    pause_ms(50);
    says(s, "226 stored");
    answers(s, "TYPE A", "200 ok");
    answers(s, "PORT 127,0,0,1,255,255", "200 ok");
    answers(s, "STOR text", "150 go");
    says(s, "250 stored");
    answers(s, "PORT 192,0,2,1,4,6", "200 ok");
    answers(s, "STOR text", "150 go");
    says(s, "226 stored");
    goes_on(s);
}

static void a_file_goes_from_server_to_server(void)
{
    struct pair pair = begin(sends_files, takes_files);
    CHECK_OK(pair.from, ftp_copy(pair.from, "a name", pair.to, "another name", 'I'));
    CHECK_TEXT(ftp_last_reply(pair.from), "226 sent");
    CHECK_TEXT(ftp_last_reply(pair.to), "226 stored");
    CHECK_TEXT(ftp_last_error(pair.to), "");
    CHECK_OK(pair.from, ftp_copy(pair.from, "text", pair.to, NULL, 'A'));
    CHECK_TEXT(ftp_last_reply(pair.to), "250 stored");
    CHECK_OK(pair.from, ftp_set_trust_server_pasv_ipv4_address(pair.from, 1));
    CHECK_OK(pair.from, ftp_copy(pair.from, "text", pair.to, "", 'A'));
    end(pair);
}

static void free_target(int32_t kind, const char *text, size_t len, void *target)
{
    (void)kind;
    (void)text;
    (void)len;
    ftp_free(target);
}

static void a_callback_cannot_free_the_target(void)
{
    struct pair pair = begin(sends_files, takes_files);
    CHECK_OK(pair.from, ftp_set_log_callback(pair.from, free_target, pair.to));
    CHECK_OK(pair.from, ftp_copy(pair.from, "a name", pair.to, "another name", 'I'));
    CHECK_OK(pair.from, ftp_set_log_callback(pair.from, NULL, NULL));
    CHECK_OK(pair.from, ftp_copy(pair.from, "text", pair.to, NULL, 'A'));
    CHECK_OK(pair.from, ftp_set_trust_server_pasv_ipv4_address(pair.from, 1));
    CHECK_OK(pair.from, ftp_copy(pair.from, "text", pair.to, "", 'A'));
    end(pair);
}

/* --- what cannot be a copy --- */

static void hears_nothing(struct session *s)
{
    says(s, "220 ready");
    goes_on(s);
}

static void arguments_that_cannot_be_used_send_nothing(void)
{
    struct pair pair = begin(hears_nothing, hears_nothing);
    ftp_handle *from = pair.from, *to = pair.to;
    CHECK_FAILS(from, ftp_copy(from, NULL, to, "f", 'I'), FTP_ERR_INVALID_ARGUMENT, "source_name is NULL");
    CHECK_FAILS(from, ftp_copy(from, "a\nb", to, "f", 'I'), FTP_ERR_INVALID_ARGUMENT, " at byte ");
    CHECK_FAILS(from, ftp_copy(from, "f", to, "a\r\nb", 'I'), FTP_ERR_INVALID_ARGUMENT, " at byte ");
    CHECK_FAILS(from, ftp_copy(from, "f", to, "f", 'X'), FTP_ERR_INVALID_ARGUMENT, "type");
    CHECK_FAILS(from, ftp_copy(from, "f", to, "f", 0), FTP_ERR_INVALID_ARGUMENT, "type");
    CHECK_FAILS(from, ftp_copy(from, "f", to, "f", 'I' + 256), FTP_ERR_INVALID_ARGUMENT, "type");
    CHECK_OK(to, ftp_set_encoding(to, "latin-1"));
    CHECK_FAILS(from, ftp_copy(from, "f", to, "\xe2\x82\xac", 'I'), FTP_ERR_INVALID_ARGUMENT, "ISO-8859-1");
    CHECK_INT(ftp_copy(NULL, "f", to, "f", 'I'), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_copy(NULL, "f", NULL, "f", 'I'), FTP_ERR_INVALID_ARGUMENT);
    end(pair);
}

/* Every error leaves a text, and none that an earlier call has left. */
static void the_target_is_another_handle(void)
{
    struct pair pair = begin(hears_nothing, hears_nothing);
    CHECK_OK(pair.from, ftp_set_pasv(pair.from, 1));
    CHECK_INT(ftp_copy(pair.from, "f", pair.from, "g", 'I'), FTP_ERR_INVALID_ARGUMENT);
    CHECK(ftp_last_error(pair.from)[0] != '\0');
    CHECK_OK(pair.from, ftp_set_pasv(pair.from, 1));
    CHECK_INT(ftp_copy(pair.from, "f", NULL, "g", 'I'), FTP_ERR_INVALID_ARGUMENT);
    CHECK(ftp_last_error(pair.from)[0] != '\0');
    end(pair);
}

struct inner {
    struct pair pair;
    int calls;
};

static int copy_inside(const void *data, size_t len, void *inner)
{
    struct inner *all = inner;
    (void)data, (void)len;
    CHECK_INT(ftp_copy(all->pair.from, "f", all->pair.to, NULL, 'I'), FTP_ERR_BUSY);
    CHECK_INT(ftp_copy(all->pair.to, "f", all->pair.from, NULL, 'I'), FTP_ERR_BUSY);
    all->calls++;
    return 0;
}

static void sends_data(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 go");
    data_sends(s, "x");
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

static void a_busy_handle_copies_nothing(void)
{
    struct inner inner = { begin(sends_data, hears_nothing), 0 };
    CHECK_OK(inner.pair.from, ftp_retrbinary(inner.pair.from, "RETR f", copy_inside, &inner, 0, -1));
    CHECK_INT(inner.calls, 1);
    end(inner.pair);
}

/* --- cancelling --- */

/* Whom the server of the source cancels once both transfers run. */
static ftp_handle *volatile cancelled;

static void sends_without_end(struct session *s)
{
    says(s, "220 source");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PASV", "227 (127,0,0,1,4,5)");
    answers(s, "RETR f", "150 go");
    pause_ms(30);
    /* From this thread, which is another one, an abort is a cancel. */
    CHECK_INT(ftp_abort(cancelled), FTP_OK);
    holds(s);
}

static void takes_until_aborted(struct session *s)
{
    says(s, "220 target");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PORT 127,0,0,1,4,5", "200 ok");
    answers(s, "STOR f", "150 go");
    hears(s, "ABOR");
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    goes_on(s);
}

static void cancelling_the_source_cancels_the_copy(void)
{
    struct pair pair = begin(sends_without_end, takes_until_aborted);
    cancelled = pair.from;
    CHECK_FAILS(pair.from, ftp_copy(pair.from, "f", pair.to, NULL, 'I'), FTP_ERR_ABORTED, "cancelled");
    check_goes_on(pair.to, pair.to_server);
    ftp_free(pair.from);
    server_ends(pair.from_server);
}

/* A cancel that came too early for its handle's own wait is not lost. */
static void cancelling_the_target_ends_the_wait_for_the_source(void)
{
    struct pair pair = begin(sends_without_end, takes_until_aborted);
    cancelled = pair.to;
    CHECK_OK(pair.from, ftp_set_timeout(pair.from, 2000));
    CHECK_FAILS(pair.from, ftp_copy(pair.from, "f", pair.to, NULL, 'I'), FTP_ERR_ABORTED, "cancelled");
    check_goes_on(pair.to, pair.to_server);
    ftp_free(pair.from);
    server_ends(pair.from_server);
}

/* The source's handle has read that all was sent. */
static struct flag is_confirmed;

static void tells_of_the_confirmation(int32_t kind, const char *text, size_t len, void *unused)
{
    (void)unused;
    if (kind == FTP_LOG_REPLY && len >= 3 && memcmp(text, "226", 3) == 0)
        set(&is_confirmed);
}

static void sends_and_confirms(struct session *s)
{
    says(s, "220 source");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PASV", "227 (127,0,0,1,4,5)");
    answers(s, "RETR f", "150 go");
    says(s, "226 sent");
    wait_for(&is_confirmed);
    ftp_cancel(cancelled);
    goes_on(s);
}

static void never_confirms(struct session *s)
{
    says(s, "220 target");
    answers(s, "TYPE I", "200 ok");
    answers(s, "PORT 127,0,0,1,4,5", "200 ok");
    answers(s, "STOR f", "150 go");
    holds(s);
}

static void cancelling_the_target_cancels_the_copy(void)
{
    is_confirmed = (struct flag)UNSET;
    struct pair pair = begin(sends_and_confirms, never_confirms);
    cancelled = pair.to;
    CHECK_OK(pair.from, ftp_set_log_callback(pair.from, tells_of_the_confirmation, NULL));
    CHECK_FAILS(pair.from, ftp_copy(pair.from, "f", pair.to, NULL, 'I'), FTP_ERR_ABORTED, "cancelled");
    check_goes_on(pair.from, pair.from_server);
    CHECK_FAILS(pair.to, ftp_voidcmd(pair.to, "NOOP"), FTP_ERR_STATE, "cancelled");
    ftp_free(pair.to);
    server_ends(pair.to_server);
}

int main(void)
{
    RUN(a_file_goes_from_server_to_server);
    RUN(a_callback_cannot_free_the_target);
    RUN(arguments_that_cannot_be_used_send_nothing);
    RUN(the_target_is_another_handle);
    RUN(a_busy_handle_copies_nothing);
    RUN(cancelling_the_source_cancels_the_copy);
    RUN(cancelling_the_target_ends_the_wait_for_the_source);
    RUN(cancelling_the_target_cancels_the_copy);
    return summary();
}
