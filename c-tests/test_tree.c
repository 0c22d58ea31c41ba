/* Trees of directories, what patterns match, and listings that the program has itself: who owns what, and when callbacks are called. */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "loop.h"
#include "opened.h"

/* --- listings that the program has --- */

static const ftp_entry *next_entry(ftp_list *list)
{
    const ftp_entry *entry = NULL;
    CHECK_INT(ftp_list_next(list, &entry), FTP_OK);
    CHECK(entry != NULL);
    return entry;
}

static void check_end(ftp_list *list)
{
    const ftp_entry *entry = NULL;
    CHECK_INT(ftp_list_next(list, &entry), FTP_END);
    CHECK_INT(ftp_list_next(list, &entry), FTP_END);
    CHECK(entry == NULL);
}

static ftp_list *parsed(const char *text, int format, int64_t now)
{
    ftp_list *list = NULL;
    char copy[1000];
    size_t len = strlen(text);
    CHECK(len < sizeof copy);
    memcpy(copy, text, len);
    CHECK_INT(ftp_list_parse(copy, len, format, now, &list), FTP_OK);
    /* The list has a copy of its own. */
    memset(copy, '#', sizeof copy);
    return list;
}

/* 2026-06-15 12:00:00 UTC */
static const int64_t june = INT64_C(1781524800) * 1000000000;

static void a_text_is_a_list_without_a_handle(void)
{
    ftp_list *list = parsed("total 2\r\n"
                            "drwxr-xr-x 2 alice staff 4096 Jan 29 03:26 a b\r\n"
                            "lrwxrwxrwx 1 alice staff 1 Jan 29 03:26 l -> a\r\n"
                            "what is this?\n",
                            FTP_FORMAT_ANY, june);
    const ftp_entry *entry = next_entry(list);
    CHECK_TEXT(entry->name, "a b");
    CHECK_INT(entry->type, FTP_ENTRY_DIRECTORY);
    CHECK_INT(entry->format, FTP_FORMAT_UNIX);
    CHECK_INT(entry->mode, 0755);
    CHECK_TEXT(entry->owner, "alice");
    CHECK_TEXT(entry->group, "staff");
    CHECK_INT(entry->modified, INT64_C(1769657160) * 1000000000);
    CHECK_INT(entry->modified_precision, FTP_TIME_MINUTE);
    CHECK_INT(entry->modified_zone, FTP_ZONE_SERVER);
    entry = next_entry(list);
    CHECK_TEXT(entry->name, "l");
    CHECK_INT(entry->type, FTP_ENTRY_LINK);
    CHECK_TEXT(entry->link_target, "a");
    entry = next_entry(list);
    CHECK_TEXT(entry->name, "what is this?");
    CHECK_INT(entry->format, FTP_FORMAT_NONE);
    CHECK_INT(entry->raw_len, strlen("what is this?"));
    check_end(list);
    ftp_list_free(list);
}

static void the_program_can_say_what_the_format_is(void)
{
    static const char line[] = "type=file;size=7; f\r\n";
    static const struct {
        int format, found;
    } cases[] = {
        { FTP_FORMAT_ANY, FTP_FORMAT_MLSD },
        { FTP_FORMAT_MLSD, FTP_FORMAT_MLSD },
        { FTP_FORMAT_DOS, FTP_FORMAT_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ftp_list *list = parsed(line, cases[i].format, FTP_NO_TIME);
        CHECK_INT(next_entry(list)->format, cases[i].found);
        check_end(list);
        ftp_list_free(list);
    }
}

static void an_empty_text_has_no_entries(void)
{
    ftp_list *list = NULL;
    CHECK_INT(ftp_list_parse(NULL, 0, FTP_FORMAT_ANY, FTP_NO_TIME, &list), FTP_OK);
    check_end(list);
    ftp_list_free(list);
    list = parsed("total 0\r\n\r\n", FTP_FORMAT_UNIX, FTP_NO_TIME);
    check_end(list);
    ftp_list_free(list);
}

static void what_cannot_be_parsed_leaves_the_output_alone(void)
{
    ftp_list *list = NULL;
    CHECK_INT(ftp_list_parse(NULL, 1, FTP_FORMAT_ANY, 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_list_parse("", 0, FTP_FORMAT_ANY, 0, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_list_parse("", SIZE_MAX, FTP_FORMAT_ANY, 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_list_parse("", 0, FTP_FORMAT_NONE, 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_list_parse("", 0, -2, 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_list_parse("", 0, 1000, 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK(list == NULL);
}

/* --- trees --- */

static void knows_mlsd(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;\r\n211 End\r\n");
}

static void sends_mlsd(struct session *s, const char *command, const char *text)
{
    begins(s, command, "150 here it comes");
    data_sends(s, text);
    data_ends(s);
    says(s, "226 done");
}

static const char root_directory[] = "type=OS.unix=slink:/; l\r\ntype=dir; d\r\ntype=file;size=7; f\r\ntype=dir; ../x\r\n";
static const char lower_directory[] = "type=file;size=1; a\r\n";

static void has_a_tree(struct session *s)
{
    knows_mlsd(s);
    sends_mlsd(s, "MLSD", root_directory);
    sends_mlsd(s, "MLSD d", lower_directory);
    goes_on(s);
}

struct walker {
    ftp_handle *ftp;
    /* What to return for this path, in place of 0. */
    const char *path;
    int answer;
    char text[500];
};

static int take_entry(const char *path, size_t len, const ftp_entry *entry, void *user)
{
    struct walker *walker = user;
    size_t end = strlen(walker->text);
    const char *name = strrchr(path, '/');
    CHECK_INT(len, strlen(path));
    /* A name with a slash is more than the last part of its path. */
    if ((entry->flags & FTP_ENTRY_UNSAFE_NAME) == 0)
        CHECK_TEXT(entry->name, name == NULL ? path : name + 1);
    CHECK_INT(ftp_voidcmd(walker->ftp, "NOOP"), FTP_ERR_BUSY);
    snprintf(walker->text + end, sizeof walker->text - end, "%s%s%s%s ", path,
        entry->type == FTP_ENTRY_DIRECTORY ? "/" : "", entry->flags & FTP_ENTRY_UNSAFE_NAME ? "!" : "",
        entry->flags & FTP_ENTRY_NOT_LISTED ? "?" : "");
    return walker->path != NULL && strcmp(path, walker->path) == 0 ? walker->answer : 0;
}

static void a_walk_shows_a_tree(void)
{
    static const struct {
        const char *path;
        int flags;
        const char *text;
    } cases[] = {
        { NULL, 0, "l d/ d/a f ../x/! " },
        { "", 0, "l d/ d/a f ../x/! " },
        { NULL, FTP_WALK_DEPTH, "l d/a d/ f ../x/! " },
        { NULL, FTP_WALK_DEPTH | FTP_WALK_CONTINUE, "l d/a d/ f ../x/! " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server *server = serve(has_a_tree, NULL);
        ftp_handle *ftp = client_of(server);
        struct walker walker = { .ftp = ftp };
        CHECK_OK(ftp, ftp_walk(ftp, cases[i].path, cases[i].flags, take_entry, &walker));
        CHECK_TEXT(walker.text, cases[i].text);
        check_goes_on(ftp, server);
    }
}

static void refuses_a_directory(struct session *s)
{
    knows_mlsd(s);
    sends_mlsd(s, "MLSD", root_directory);
    opens_passive(s);
    answers(s, "MLSD d", "550 permission denied");
    answers(s, "MLST d", "250-it is\r\n type=dir; d\r\n250 there");
    goes_on(s);
}

static void a_directory_that_is_refused_is_shown_or_ends_the_walk(void)
{
    for (int i = 0; i < 2; i++) {
        struct server *server = serve(refuses_a_directory, NULL);
        ftp_handle *ftp = client_of(server);
        struct walker walker = { .ftp = ftp };
        int status = ftp_walk(ftp, NULL, i == 0 ? 0 : FTP_WALK_CONTINUE, take_entry, &walker);
        CHECK_INT(status, i == 0 ? FTP_ERR_PERM : FTP_OK);
        CHECK_TEXT(walker.text, i == 0 ? "l d/ " : "l d/ d/? f ../x/! ");
        check_goes_on(ftp, server);
    }
}

static void has_a_directory(struct session *s)
{
    knows_mlsd(s);
    sends_mlsd(s, "MLSD", root_directory);
    goes_on(s);
}

static void the_callback_skips_or_stops(void)
{
    static const struct {
        const char *path;
        int answer, status;
        const char *text;
    } cases[] = {
        { "d", FTP_WALK_SKIP, FTP_OK, "l d/ f ../x/! " },
        { "d", 1, FTP_ERR_CALLBACK, "l d/ " },
        { "l", -7, FTP_ERR_CALLBACK, "l " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server *server = serve(has_a_directory, NULL);
        ftp_handle *ftp = client_of(server);
        struct walker walker = { .ftp = ftp, .path = cases[i].path, .answer = cases[i].answer };
        CHECK_INT(ftp_walk(ftp, NULL, 0, take_entry, &walker), cases[i].status);
        CHECK_TEXT(walker.text, cases[i].text);
        if (cases[i].status == FTP_ERR_CALLBACK)
            CHECK_INT(ftp_last_callback_result(ftp), cases[i].answer);
        check_goes_on(ftp, server);
    }
}

static void a_walk_goes_on_in_an_event_loop(void)
{
    struct server *server = serve(has_a_tree, NULL);
    ftp_handle *ftp = client_of(server);
    struct walker walker = { .ftp = ftp };
    struct loop loop = loop_of(ftp);
    DRIVE_OK(&loop, ftp_walk(ftp, NULL, 0, take_entry, &walker));
    CHECK_TEXT(walker.text, "l d/ d/a f ../x/! ");
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    check_goes_on(ftp, server);
}

/* --- patterns --- */

static void the_result_of_a_pattern_outlives_the_handle(void)
{
    struct server *server = serve(has_a_tree, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = NULL;
    const ftp_entry *entry;
    CHECK_OK(ftp, ftp_glob(ftp, "{*,*/*}", 0, &list));
    check_goes_on(ftp, server);
    entry = next_entry(list);
    CHECK_TEXT(entry->name, "d");
    CHECK_INT(entry->type, FTP_ENTRY_DIRECTORY);
    CHECK_INT(entry->flags, 0);
    entry = next_entry(list);
    CHECK_TEXT(entry->name, "d/a");
    CHECK_INT(entry->name_len, 3);
    CHECK_INT(entry->size, 1);
    CHECK_INT(entry->flags, 0);
    CHECK_TEXT(entry->raw, "type=file;size=1; a");
    CHECK_TEXT(next_entry(list)->name, "f");
    CHECK_TEXT(next_entry(list)->name, "l");
    check_end(list);
    ftp_list_free(list);
}

static void a_pattern_that_matches_nothing_gives_an_empty_list(void)
{
    struct server *server = serve(has_a_directory, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = NULL;
    CHECK_OK(ftp, ftp_glob(ftp, "*.c", 0, &list));
    check_end(list);
    ftp_list_free(list);
    check_goes_on(ftp, server);
}

static void a_directory_that_is_refused_is_found_or_ends_the_search(void)
{
    for (int i = 0; i < 2; i++) {
        struct server *server = serve(refuses_a_directory, NULL);
        ftp_handle *ftp = client_of(server);
        ftp_list *list = NULL;
        int status = ftp_glob(ftp, "*/*", i == 0 ? 0 : FTP_GLOB_CONTINUE, &list);
        CHECK_INT(status, i == 0 ? FTP_ERR_PERM : FTP_OK);
        if (i == 0) {
            CHECK(list == NULL);
        } else {
            const ftp_entry *entry = next_entry(list);
            CHECK_TEXT(entry->name, "d");
            CHECK_INT(entry->type, FTP_ENTRY_DIRECTORY);
            CHECK_INT(entry->flags, FTP_ENTRY_NOT_LISTED);
            check_end(list);
        }
        ftp_list_free(list);
        check_goes_on(ftp, server);
    }
}

static void sends_nothing(struct session *s)
{
    says(s, "220 ready");
    goes_on(s);
}

static void what_cannot_be_used_is_refused_before_anything_is_sent(void)
{
    struct server *server = serve(sends_nothing, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = NULL;
    struct walker walker = { .ftp = ftp };
    char longest[5000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    CHECK_INT(ftp_walk(NULL, NULL, 0, take_entry, &walker), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_walk(ftp, NULL, 0, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_walk(ftp, NULL, 4, take_entry, &walker), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_walk(ftp, "a\nb", 0, take_entry, &walker), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_glob(NULL, "*", 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_glob(ftp, NULL, 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_glob(ftp, "*", 0, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_glob(ftp, "*", 4, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_glob(ftp, "", 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_glob(ftp, "/", 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_glob(ftp, longest, 0, &list), FTP_ERR_LIMIT);
    CHECK_INT(ftp_glob(ftp, "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", 0, &list), FTP_ERR_LIMIT);
    CHECK(list == NULL);
    CHECK_TEXT(walker.text, "");
    check_goes_on(ftp, server);
}

int main(void)
{
    RUN(a_text_is_a_list_without_a_handle);
    RUN(the_program_can_say_what_the_format_is);
    RUN(an_empty_text_has_no_entries);
    RUN(what_cannot_be_parsed_leaves_the_output_alone);
    RUN(a_walk_shows_a_tree);
    RUN(a_directory_that_is_refused_is_shown_or_ends_the_walk);
    RUN(the_callback_skips_or_stops);
    RUN(a_walk_goes_on_in_an_event_loop);
    RUN(the_result_of_a_pattern_outlives_the_handle);
    RUN(a_pattern_that_matches_nothing_gives_an_empty_list);
    RUN(a_directory_that_is_refused_is_found_or_ends_the_search);
    RUN(what_cannot_be_used_is_refused_before_anything_is_sent);
    return summary();
}
