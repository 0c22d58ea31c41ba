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
    RUN(without_a_callback_lines_are_printed_in_order);
    return summary();
}
