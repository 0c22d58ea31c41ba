/* Text that comes over a data connection, line by line: LIST, NLST, RETR. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

/* One listing with everything around it; `text` is the data. */
static void sends_listing(struct session *s, const char *command, const char *text)
{
    opens_passive(s);
    answers(s, command, "150 here it comes");
    data_sends(s, text);
    data_ends(s);
    says(s, "226 done");
}

static void lists(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE A", "200 ok");
    sends_listing(s, "NLST", "a\r\nb c\r\n");
    sends_listing(s, "NLST", "a\r\nb c\r\n");
    sends_listing(s, "NLST pub/some dir", "pub/some dir/x\r\n");
    sends_listing(s, "LIST", "-rw-r--r-- 1 me us 5 Jan  1 12:00 a\r\n");
    sends_listing(s, "LIST", "-rw-r--r-- 1 me us 5 Jan  1 12:00 a\r\n");
    sends_listing(s, "LIST -a", "total 0\r\n");
    sends_listing(s, "RETR README", "hello\r\n\r\nworld\r\n");
    says_goodbye(s);
}

static void names_directories_and_texts(void)
{
    struct taken lines = { .calls = 0 };
    struct server *server = serve(lists, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "a\nb c\n");
    CHECK_INT(lines.calls, 2);
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    CHECK_OK(ftp, ftp_nlst(ftp, "", take_line, &lines));
    lines.len = 0;
    CHECK_OK(ftp, ftp_nlst(ftp, "pub/some dir", take_line, &lines));
    CHECK_TEXT(lines.text, "pub/some dir/x\n");
    lines.len = 0;
    CHECK_OK(ftp, ftp_dir(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "-rw-r--r-- 1 me us 5 Jan  1 12:00 a\n");
    CHECK_OK(ftp, ftp_dir(ftp, "", take_line, &lines));
    lines.len = 0;
    CHECK_OK(ftp, ftp_dir(ftp, "-a", take_line, &lines));
    CHECK_TEXT(lines.text, "total 0\n");
    lines.len = 0;
    CHECK_OK(ftp, ftp_retrlines(ftp, "RETR README", take_line, &lines));
    CHECK_TEXT(lines.text, "hello\n\nworld\n");
    part(ftp, server);
}

/* --- line ends --- */

struct text_case {
    const char *bytes;
    size_t len;
    /* The lines, joined by '\n'; a NUL in a line is '0' here. */
    const char *lines;
    int count;
};

static void sends_text_case(struct session *s)
{
    const struct text_case *text = user_of(s);
    for (int bytewise = 0; bytewise < 2; bytewise++) {
        says(s, "220 ready");
        answers(s, "TYPE A", "200 ok");
        opens_passive(s);
        answers(s, "RETR f", "125 it is open already");
        data_opens(s);
        for (size_t i = 0; bytewise && i < text->len; i++) {
            data_sends_bytes(s, text->bytes + i, 1);
            pause_ms(1);
        }
        if (!bytewise)
            data_sends_bytes(s, text->bytes, text->len);
        data_ends(s);
        says(s, "250 done");
        says_goodbye(s);
        if (!bytewise)
            meets_next_client(s);
    }
}

static int take_line_with_nuls(const char *line, size_t len, void *taken)
{
    char shown[100] = "";
    CHECK(len < sizeof shown);
    memcpy(shown, line, len);
    for (size_t i = 0; i < len; i++)
        shown[i] = shown[i] == '\0' ? '0' : shown[i];
    return take_line(shown, len, taken);
}

static void any_line_end_will_do(void)
{
    static const struct text_case cases[] = {
        { "", 0, "", 0 },
        { "a\r\nb\r\n", 6, "a\nb\n", 2 },
        { "a\nb\n", 4, "a\nb\n", 2 },
        { "a\rb\r", 4, "a\nb\n", 2 },
        { "a\r\nb", 4, "a\nb\n", 2 },
        { "\r\n\r\n", 4, "\n\n", 2 },
        { "\n", 1, "\n", 1 },
        { "\r", 1, "\n", 1 },
        { "\r\n", 2, "\n", 1 },
        { "a\0b\r\n\0\r\n", 8, "a0b\n0\n", 2 },
        { "caf\xe9\t\xff\r\n", 8, "caf\xe9\t\xff\n", 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text_case text = cases[i];
        struct server *server = serve(sends_text_case, &text);
        ftp_handle *ftp = new_client();
        for (int bytewise = 0; bytewise < 2; bytewise++) {
            struct taken lines = { .calls = 0 };
            CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
            CHECK_OK(ftp, ftp_retrlines(ftp, "RETR f", take_line_with_nuls, &lines));
            CHECK_TEXT(lines.text, text.lines);
            CHECK_INT(lines.calls, text.count);
            CHECK_OK(ftp, ftp_quit(ftp));
        }
        server_ends(server);
        ftp_free(ftp);
    }
}

/* A server that lists a file whose name holds a CR, ends lines with CR CR LF, and has an empty line. */
static void lists_a_name_with_a_cr(struct session *s)
{
    lets_in(s);
    answers(s, "TYPE A", "200 ok");
    sends_listing(s, "NLST", "a\r..\r\r\n\r\nb\r\n");
    sends_listing(s, "LIST", "a\rd ..\r\r\n\r\nb\r\n");
    sends_listing(s, "MLSD", "size=1;x=y z; a\rsize=2; ..\r\r\n\r\nsize=3; b\r\n");
    sends_listing(s, "LIST", "a\rb\r\n");
    says_goodbye(s);
}

static int take_name(const char *name, size_t len, const ftp_fact *facts, size_t count, void *taken)
{
    (void)facts;
    (void)count;
    return take_line(name, len, taken);
}

static void a_name_with_a_cr_is_one_name(void)
{
    struct taken names = { .calls = 0 }, lines = { .calls = 0 }, entries = { .calls = 0 }, text = { .calls = 0 };
    struct server *server = serve(lists_a_name_with_a_cr, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &names));
    CHECK_TEXT(names.text, "a\r..\nb\n");
    CHECK_OK(ftp, ftp_dir(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "a\rd ..\n\nb\n");
    CHECK_OK(ftp, ftp_mlsd(ftp, NULL, NULL, take_name, &entries));
    CHECK_TEXT(entries.text, "a\rsize=2; ..\nb\n");
    CHECK_OK(ftp, ftp_retrlines(ftp, "LIST", take_line, &text));
    CHECK_TEXT(text.text, "a\nb\n");
    part(ftp, server);
}

/* --- long lines --- */

/* The limit is 8192 bytes with the line end, which counts as one. */
enum { LONGEST = 8191 };

static void sends_long_lines(struct session *s)
{
    static char line[LONGEST + 3];
    memset(line, 'x', sizeof line);
    memcpy(line + LONGEST, "\r\n", 3);
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    sends_listing(s, "LIST", line);
    opens_passive(s);
    answers(s, "LIST", "150 here it comes");
    memcpy(line + LONGEST, "x\n", 3);
    data_sends(s, line);
    answers(s, "ABOR", "426 as you wish");
    says(s, "226 it is aborted");
    data_is_closed(s);
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static int take_length(const char *line, size_t len, void *length)
{
    CHECK_INT(strlen(line), len);
    *(size_t *)length = len;
    return 0;
}

static void the_longest_line_passes_and_a_longer_one_does_not(void)
{
    size_t length = 0;
    struct server *server = serve(sends_long_lines, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_dir(ftp, NULL, take_length, &length));
    CHECK_INT(length, LONGEST);
    length = 0;
    CHECK_FAILS(ftp, ftp_dir(ftp, NULL, take_length, &length), FTP_ERR_LIMIT, "8192");
    CHECK_INT(length, 0);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

/* --- servers that do it their way --- */

static void refuses(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "NLST", "550 no files found");
    opens_passive(s);
    answers(s, "NLST nowhere", "450 no such directory");
    opens_passive(s);
    answers(s, "LIST", "150 here it comes");
    data_sends(s, "one\r\ntwo\r\n");
    data_ends(s);
    says(s, "451 the disk is broken");
    opens_passive(s);
    answers(s, "LIST", "350 what?");
    /* It is not known whether there is anything to abort, nor whether another reply follows. */
    answers(s, "ABOR", "226 nothing to abort");
    answers(s, "PWD", "257 \"/\"");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_refusal_is_an_error_and_the_session_goes_on(void)
{
    struct taken lines = { .calls = 0 };
    struct server *server = serve(refuses, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_nlst(ftp, NULL, take_line, &lines), FTP_ERR_PERM, "NLST: 550 no files found");
    CHECK_FAILS(ftp, ftp_nlst(ftp, "nowhere", take_line, &lines), FTP_ERR_TEMP, "450 no such directory");
    CHECK_INT(lines.calls, 0);
    CHECK_FAILS(ftp, ftp_dir(ftp, NULL, take_line, &lines), FTP_ERR_TEMP, "LIST: 451 the disk is broken");
    CHECK_INT(ftp_last_reply_code(ftp), 451);
    CHECK_FAILS(ftp, ftp_dir(ftp, NULL, take_line, &lines), FTP_ERR_REPLY, "350 what?");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

static void is_early(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    hears(s, "LIST");
    sends(s, "125 open\r\n150 here it comes\r\n226 done\r\n");
    data_opens(s);
    pause_ms(50);
    data_sends(s, "late\r\n");
    data_ends(s);
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_final_reply_before_the_data_is_not_lost(void)
{
    struct taken lines = { .calls = 0 };
    struct server *server = serve(is_early, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_dir(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "late\n");
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

static void lists_actively(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    takes_port(s);
    answers(s, "NLST", "150 I call you");
    data_sends(s, "a\r\n");
    data_ends(s);
    says(s, "226 done");
    takes_port(s);
    answers(s, "NLST", "150 I do not call you");
    says(s, "226 there was nothing");
    opens_passive(s);
    answers(s, "NLST", "150 call me");
    data_sends(s, "b\r\n");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void active_and_passive_can_change_in_a_session(void)
{
    struct taken lines = { .calls = 0 };
    struct server *server = serve(lists_actively, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "a\n");
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "a\n");
    CHECK_TEXT(ftp_last_reply(ftp), "226 there was nothing");
    CHECK_OK(ftp, ftp_set_pasv(ftp, 1));
    CHECK_OK(ftp, ftp_nlst(ftp, NULL, take_line, &lines));
    CHECK_TEXT(lines.text, "a\nb\n");
    part(ftp, server);
}

/* --- standard output --- */

static void prints(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    sends_listing(s, "NLST", "one\r\n\r\nthree\r\n");
    sends_listing(s, "LIST", "\r\nfour \033[2J");
    sends_listing(s, "RETR f", "five %s\n");
    says_goodbye(s);
}

static void without_a_callback_lines_are_printed_in_order(void)
{
    char printed[200];
    FILE *file = tmpfile();
    struct server *server = serve(prints, NULL);
    ftp_handle *ftp = client_of(server);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    CHECK(kept >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
    /* Not flushed: the order is right only if the lines go through the same buffer. */
    printf("before;");
    ftp_status names = ftp_nlst(ftp, NULL, NULL, NULL);
    printf("between;");
    ftp_status list = ftp_dir(ftp, NULL, NULL, NULL);
    ftp_status text = ftp_retrlines(ftp, "RETR f", NULL, NULL);
    printf("after;");
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
    fclose(file);
    CHECK_INT(names, FTP_OK);
    CHECK_INT(list, FTP_OK);
    CHECK_INT(text, FTP_OK);
    CHECK_TEXT(printed, "before;one\nthree\nbetween;\nfour \\u{1b}[2J\nfive %s\nafter;");
    part(ftp, server);
}

int main(void)
{
    RUN(names_directories_and_texts);
    RUN(any_line_end_will_do);
    RUN(a_name_with_a_cr_is_one_name);
    RUN(the_longest_line_passes_and_a_longer_one_does_not);
    RUN(a_refusal_is_an_error_and_the_session_goes_on);
    RUN(a_final_reply_before_the_data_is_not_lost);
    RUN(active_and_passive_can_change_in_a_session);
    RUN(without_a_callback_lines_are_printed_in_order);
    return summary();
}
