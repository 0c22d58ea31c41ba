/* Directories as entries: the fields, who owns what and until when, and lists that are read while their transfer runs. */

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "opened.h"

static void names_mlst(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;modify*;perm*;unique*;unix.mode*;\r\n211 End\r\n");
}

static void sends_mlsd(struct session *s, const char *text)
{
    begins(s, "MLSD", "150 here it comes");
    data_sends(s, text);
    data_ends(s);
    says(s, "226 done");
}

static ftp_list *open_list(ftp_handle *ftp, const char *path, int flags)
{
    ftp_list *list = NULL;
    CHECK_OK(ftp, ftp_list_open(ftp, path, flags, &list));
    CHECK(list != NULL);
    return list;
}

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
    for (int i = 0; i < 2; i++)
        CHECK_INT(ftp_list_next(list, &entry), FTP_END);
    CHECK(entry == NULL);
}

/* --- fields --- */

static void lists_facts(struct session *s)
{
    names_mlst(s);
    sends_mlsd(s, "type=cdir; /\r\n"
                  "type=file;size=4294967297;modify=20260115123000.25;perm=adfrw;unique=801U2;unix.mode=0644; a b\r\n"
                  "type=dir; ../up\r\n"
                  "what is this?\r\n"
                  "type=file; two\ntype=file; lines\r\n"
                  "type=file; la");
    goes_on(s);
}

static void an_entry_has_what_the_server_tells_and_nothing_else(void)
{
    struct server *server = serve(lists_facts, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = open_list(ftp, NULL, 0);
    const ftp_entry *entry = next_entry(list);
    CHECK_TEXT(entry->name, "a b");
    CHECK_INT(entry->name_len, 3);
    CHECK_INT(entry->type, FTP_ENTRY_FILE);
    CHECK_INT(entry->format, FTP_FORMAT_MLSD);
    CHECK_INT(entry->size, 4294967297);
    CHECK_INT(entry->modified, 1768480200250000000);
    CHECK_INT(entry->modified_precision, FTP_TIME_SUBSECOND);
    CHECK_INT(entry->modified_zone, FTP_ZONE_UTC);
    CHECK_INT(entry->mode, 0644);
    CHECK_INT(entry->flags, 0);
    CHECK_TEXT(entry->perm, "adfrw");
    CHECK_TEXT(entry->unique, "801U2");
    CHECK(entry->owner == NULL && entry->group == NULL && entry->link_target == NULL);
    CHECK_HAS(entry->raw, "type=file;size=4294967297;");
    CHECK_INT(entry->raw_len, strlen(entry->raw));

    entry = next_entry(list);
    CHECK_TEXT(entry->name, "../up");
    CHECK_INT(entry->type, FTP_ENTRY_DIRECTORY);
    CHECK_INT(entry->flags, FTP_ENTRY_UNSAFE_NAME);
    CHECK_INT(entry->size, -1);
    CHECK_INT(entry->modified, FTP_NO_TIME);
    CHECK_INT(entry->modified, INT64_MIN);
    CHECK_INT(entry->modified_precision, FTP_TIME_NONE);
    CHECK_INT(entry->mode, -1);
    CHECK(entry->perm == NULL && entry->unique == NULL);

    entry = next_entry(list);
    CHECK_INT(entry->format, FTP_FORMAT_NONE);
    CHECK_INT(entry->type, FTP_ENTRY_UNKNOWN);
    CHECK_TEXT(entry->name, "what is this?");
    CHECK_TEXT(entry->raw, "what is this?");
    CHECK_INT(entry->flags, 0);

    entry = next_entry(list);
    CHECK_TEXT(entry->name, "two\ntype=file; lines");
    CHECK_TEXT(entry->raw, "type=file; two\ntype=file; lines");
    CHECK_INT(entry->flags, FTP_ENTRY_UNSAFE_NAME);

    entry = next_entry(list);
    CHECK_TEXT(entry->name, "la");
    CHECK_INT(entry->flags, FTP_ENTRY_CUT);
    check_end(list);
    ftp_list_free(list);
    check_goes_on(ftp, server);
}

static void no_name_loses_its_space(void)
{
    /* The second line tells that the year of the first one fills its column. */
    static const char text[] = "-rw-r--r-- 1 u g 5 Jan 15 2020  a\n"
                               "-rw-r--r-- 1 u g 5 Jan 15 2020 a\n";
    ftp_list *list = NULL;
    CHECK_INT(ftp_list_parse(text, strlen(text), FTP_FORMAT_ANY, FTP_NO_TIME, &list), FTP_OK);
    CHECK_TEXT(next_entry(list)->name, " a");
    CHECK_TEXT(next_entry(list)->name, "a");
    check_end(list);
    ftp_list_free(list);
}

/* --- the list and its handle --- */

static void lists_and_deletes(struct session *s)
{
    names_mlst(s);
    sends_mlsd(s, "type=file; a\r\ntype=file; b\r\n");
    answers(s, "DELE a", "250 gone");
    answers(s, "DELE b", "250 gone");
    sends_mlsd(s, "type=file; c\r\n");
    says_goodbye(s);
}

static void the_handle_is_free_while_a_list_is_read(void)
{
    struct server *server = serve(lists_and_deletes, NULL);
    ftp_handle *ftp = client_of(server);
    const ftp_entry *entry;
    ftp_list *list = open_list(ftp, "", 0);
    while (ftp_list_next(list, &entry) == FTP_OK)
        CHECK_OK(ftp, ftp_delete(ftp, entry->name));
    ftp_list_free(list);

    list = open_list(ftp, NULL, 0);
    part(ftp, server);
    /* It needs no handle any more. */
    CHECK_TEXT(next_entry(list)->name, "c");
    check_end(list);
    ftp_list_free(list);
    ftp_list_free(NULL);
}

static void refuses_the_way_back_once(struct session *s)
{
    says(s, "220 ready");
    answers(s, "FEAT", "500 what?");
    answers(s, "SYST", "215 UNIX Type: L8");
    answers(s, "PWD", "257 \"/home\"");
    answers(s, "CWD a b", "250 there");
    answers(s, "TYPE A", "200 text");
    begins(s, "LIST", "150 here it comes");
    data_sends(s, "-rw-r--r-- 1 u g 7 Jan 15  2020 x\r\n");
    data_ends(s);
    says(s, "226 done");
    answers(s, "CWD /home", "550 No such file or directory");
    answers(s, "CWD /home", "250 back");
    goes_on(s);
}

static void a_listing_is_not_empty_because_something_else_was_refused(void)
{
    struct server *server = serve(refuses_the_way_back_once, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = NULL;
    CHECK_FAILS(ftp, ftp_list_open(ftp, "a b", 0, &list), FTP_ERR_PERM, "going back");
    CHECK(list == NULL);
    check_goes_on(ftp, server);
}

static void arguments_are_checked(void)
{
    ftp_handle *ftp = new_client();
    ftp_list *list = NULL;
    const ftp_entry *entry = NULL;
    int is_there = 7;
    CHECK_INT(ftp_list_open(NULL, NULL, 0, &list), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_list_open(ftp, NULL, 0, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_list_open(ftp, NULL, 16, &list), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_list_open(ftp, NULL, -1, &list), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_list_open(ftp, NULL, FTP_LIST_STAT | FTP_LIST_STREAM, &list), FTP_ERR_INVALID_ARGUMENT,
                "FTP_LIST_STAT");
    CHECK_FAILS(ftp, ftp_list_open(ftp, NULL, 0, &list), FTP_ERR_STATE, "not connected");
    CHECK(list == NULL);
    CHECK_INT(ftp_list_next(NULL, &entry), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_stat(NULL, "f", &entry), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_stat(ftp, "f", NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_stat(ftp, "f", &entry), FTP_ERR_STATE, "not connected");
    CHECK_INT(ftp_exists(NULL, "f", &is_there), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_exists(ftp, NULL, &is_there), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_exists(ftp, "f", NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_exists(ftp, "f", &is_there), FTP_ERR_STATE, "not connected");
    CHECK(entry == NULL && is_there == 7);
    ftp_free(ftp);
}

/* --- one path --- */

static void answers_mlst(struct session *s)
{
    names_mlst(s);
    hears(s, "MLST d/f");
    sends(s, "250-Listing\r\n type=file;size=7; /home/d/f\r\n250 End\r\n");
    answers(s, "MLST g", "550 no");
    answers(s, "MLST g", "550 no");
    hears(s, "MLST d/f");
    sends(s, "250-Listing\r\n type=file;size=7; /home/d/f\r\n250 End\r\n");
    answers(s, "MLST h", "550 Permission denied");
    goes_on(s);
}

static void one_path_is_there_or_not(void)
{
    struct server *server = serve(answers_mlst, NULL);
    ftp_handle *ftp = client_of(server);
    const ftp_entry *entry = NULL, *none = NULL;
    int is_there = 7;
    CHECK_OK(ftp, ftp_stat(ftp, "d/f", &entry));
    CHECK_TEXT(entry->name, "f");
    CHECK_INT(entry->size, 7);
    /* A getter leaves it alone. */
    CHECK_INT(ftp_last_reply_code(ftp), 250);
    CHECK_TEXT(entry->name, "f");
    CHECK_FAILS(ftp, ftp_stat(ftp, "g", &none), FTP_ERR_NOT_FOUND, "g: there is no such file or directory");
    CHECK(none == NULL);
    CHECK_OK(ftp, ftp_exists(ftp, "g", &is_there));
    CHECK_INT(is_there, 0);
    CHECK_OK(ftp, ftp_exists(ftp, "d/f", &is_there));
    CHECK_INT(is_there, 1);
    CHECK_FAILS(ftp, ftp_exists(ftp, "h", &is_there), FTP_ERR_PERM, "Permission denied");
    CHECK_INT(is_there, 1);
    check_goes_on(ftp, server);
}

/* --- streams --- */

enum { MANY = 3000, LONGEST_ENTRY = 64 };

/* Entries `from` to `to`, in one piece. */
static void sends_entries(struct session *s, int from, int to)
{
    char *text = malloc((size_t)(to - from) * LONGEST_ENTRY);
    size_t len = 0;
    for (int i = from; i < to; i++)
        len += (size_t)snprintf(text + len, LONGEST_ENTRY, "type=file;size=%d; file %d\r\n", i, i);
    data_sends_bytes(s, text, len);
    free(text);
}

/* More than is read before the list is handed out. */
static void sends_many(struct session *s)
{
    begins(s, "MLSD", "150 here it comes");
    sends_entries(s, 0, MANY);
}

static void streams(struct session *s)
{
    names_mlst(s);
    sends_many(s);
    data_ends(s);
    says(s, "226 done");
    goes_on(s);
}

static void a_stream_gives_all_entries_and_the_handle_waits_for_its_end(void)
{
    char name[32];
    struct server *server = serve(streams, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = open_list(ftp, NULL, FTP_LIST_STREAM), *other = NULL;
    CHECK_INT(ftp_state(ftp), FTP_STATE_TRANSFER);
    for (int i = 0; i < MANY; i++) {
        const ftp_entry *entry = next_entry(list);
        snprintf(name, sizeof name, "file %d", i);
        CHECK_TEXT(entry->name, name);
        CHECK_INT(entry->size, i);
        if (i == 10) {
            CHECK_FAILS(ftp, ftp_voidcmd(ftp, "NOOP"), FTP_ERR_STATE, "a transfer is open (MLSD)");
            CHECK_FAILS(ftp, ftp_list_open(ftp, NULL, 0, &other), FTP_ERR_STATE, "a transfer is open (MLSD)");
            CHECK_INT(ftp_list_next(list, NULL), FTP_ERR_INVALID_ARGUMENT);
        }
    }
    check_end(list);
    CHECK_TEXT(ftp_last_reply(ftp), "226 done");
    ftp_list_free(list);
    check_goes_on(ftp, server);
}

static void *reads_to_the_end(void *list)
{
    const ftp_entry *entry;
    ftp_status status;
    intptr_t count = 0;
    while ((status = ftp_list_next(list, &entry)) == FTP_OK || status == FTP_ERR_BUSY)
        count += status == FTP_OK;
    CHECK_INT(status, FTP_END);
    return (void *)count;
}

/* A mistake that is caught: a list belongs to one thread at a time. */
static void two_threads_that_read_one_list_lose_no_entry(void)
{
    struct server *server = serve(streams, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = open_list(ftp, NULL, FTP_LIST_STREAM);
    pthread_t thread;
    void *others;
    CHECK_INT(pthread_create(&thread, NULL, reads_to_the_end, list), 0);
    void *own = reads_to_the_end(list);
    pthread_join(thread, &others);
    CHECK_INT((intptr_t)own + (intptr_t)others, MANY);
    ftp_list_free(list);
    check_goes_on(ftp, server);
}

static void streams_and_is_stopped(struct session *s)
{
    names_mlst(s);
    sends_many(s);
    is_aborted(s);
    goes_on(s);
}

static void a_stream_that_is_freed_early_leaves_the_session_in_step(void)
{
    struct server *server = serve(streams_and_is_stopped, NULL);
    ftp_handle *ftp = client_of(server);
    ftp_list *list = open_list(ftp, NULL, FTP_LIST_STREAM);
    CHECK_TEXT(next_entry(list)->name, "file 0");
    ftp_list_free(list);
    check_goes_on(ftp, server);
}

static void streams_and_loses_its_client(struct session *s)
{
    names_mlst(s);
    sends_many(s);
    data_is_closed(s);
    hears_goodbye(s);
}

static void the_handle_of_a_stream_may_be_freed_first(void)
{
    struct server *server = serve(streams_and_loses_its_client, NULL);
    ftp_handle *ftp = client_of(server);
    const ftp_entry *entry = NULL;
    ftp_status status;
    ftp_list *list = open_list(ftp, NULL, FTP_LIST_STREAM);
    ftp_free(ftp);
    server_ends(server);
    /* What has come is there, but it has no end. */
    while ((status = ftp_list_next(list, &entry)) == FTP_OK)
        CHECK_HAS(entry->name, "file ");
    CHECK_INT(status, FTP_ERR_STATE);
    ftp_list_free(list);
}

static void streams_and_gives_up(struct session *s)
{
    names_mlst(s);
    sends_many(s);
    data_ends(s);
    says(s, "426 the disk is gone");
    goes_on(s);
}

static void a_stream_that_the_server_gives_up_has_no_end(void)
{
    struct server *server = serve(streams_and_gives_up, NULL);
    ftp_handle *ftp = client_of(server);
    const ftp_entry *entry = NULL;
    ftp_status status;
    ftp_list *list = open_list(ftp, NULL, FTP_LIST_STREAM);
    while ((status = ftp_list_next(list, &entry)) == FTP_OK)
        ;
    CHECK_INT(status, FTP_ERR_TEMP);
    CHECK_HAS(ftp_last_error(ftp), "426 the disk is gone");
    CHECK_INT(ftp_list_next(list, &entry), FTP_ERR_STATE);
    ftp_list_free(list);
    check_goes_on(ftp, server);
}

/* --- event loops --- */

static void streams_slowly(struct session *s)
{
    pause_ms(STALL);
    names_mlst(s);
    opens_passive(s);
    slowly(s, "MLSD", "150 here it comes");
    sends_entries(s, 0, MANY / 2);
    pause_ms(STALL);
    sends_entries(s, MANY / 2, MANY);
    data_ends(s);
    says(s, "226 done");
    hears(s, "MLST f");
    pause_ms(STALL);
    sends(s, "250-Listing\r\n type=file;size=7; f\r\n250 End\r\n");
    says_goodbye(s);
}

static void no_call_waits_in_an_event_loop(void)
{
    struct server *server = serve(streams_slowly, NULL);
    ftp_handle *ftp = new_client();
    struct loop loop = loop_of(ftp);
    const ftp_entry *entry = NULL;
    ftp_list *list = NULL;
    ftp_status status = FTP_OK;
    int count = 0;
    DRIVE_OK(&loop, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    DRIVE_OK(&loop, ftp_list_open(ftp, NULL, FTP_LIST_STREAM, &list));
    while (status == FTP_OK) {
        DRIVE(&loop, status, ftp_list_next(list, &entry));
        count += status == FTP_OK;
    }
    CHECK_INT(status, FTP_END);
    CHECK_INT(count, MANY);
    ftp_list_free(list);
    DRIVE_OK(&loop, ftp_stat(ftp, "f", &entry));
    CHECK_INT(entry->size, 7);
    CHECK(loop.again > 3);
    if (sleep_can_be_told())
        CHECK(loop.longest_sleep < LONGEST_SLEEP);
    DRIVE_OK(&loop, ftp_quit(ftp));
    ftp_free(ftp);
    server_ends(server);
}

static void streams_and_stalls(struct session *s)
{
    names_mlst(s);
    sends_many(s);
    is_aborted(s);
    goes_on(s);
}

static void a_call_that_has_to_be_repeated_is_given_up_with_its_list(void)
{
    struct server *server = serve(streams_and_stalls, NULL);
    ftp_handle *ftp = client_of(server);
    const ftp_entry *entry = NULL;
    ftp_status status;
    ftp_list *list = open_list(ftp, NULL, FTP_LIST_STREAM);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    while ((status = ftp_list_next(list, &entry)) == FTP_OK)
        ;
    CHECK_INT(status, FTP_AGAIN);
    CHECK_INT(ftp_pwd(ftp, &(const char *){ NULL }), FTP_ERR_BUSY);
    ftp_list_free(list);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    check_goes_on(ftp, server);
}

int main(void)
{
    RUN(an_entry_has_what_the_server_tells_and_nothing_else);
    RUN(the_handle_is_free_while_a_list_is_read);
    RUN(no_name_loses_its_space);
    RUN(a_listing_is_not_empty_because_something_else_was_refused);
    RUN(arguments_are_checked);
    RUN(one_path_is_there_or_not);
    RUN(a_stream_gives_all_entries_and_the_handle_waits_for_its_end);
    RUN(two_threads_that_read_one_list_lose_no_entry);
    RUN(a_stream_that_is_freed_early_leaves_the_session_in_step);
    RUN(the_handle_of_a_stream_may_be_freed_first);
    RUN(a_stream_that_the_server_gives_up_has_no_end);
    RUN(no_call_waits_in_an_event_loop);
    RUN(a_call_that_has_to_be_repeated_is_given_up_with_its_list);
    return summary();
}
