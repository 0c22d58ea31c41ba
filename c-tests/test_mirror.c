/* Trees that are made equal: what only C can break. */

#include "client.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "loop.h"
#include "opened.h"

static char target[128];

static void make_target_name(void)
{
    const char *directory = getenv("TMPDIR");
    snprintf(target, sizeof target, "%s/ftpclient-mirror-%ld", directory != NULL ? directory : "/tmp", (long)getpid());
}

static void remove_target(void)
{
    char path[160];
    snprintf(path, sizeof path, "%s/f", target);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(rmdir(target), 0);
}

static void knows_mlsd(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;modify*;\r\n211 End\r\n");
}

static void sends_listing(struct session *s)
{
    begins(s, "MLSD", "150 here it comes");
    data_sends(s, "type=OS.unix=slink:/; l\r\ntype=file;size=5;modify=20260101000000; f\r\ntype=dir; ../x\r\n");
    data_ends(s);
    says(s, "226 done");
}

static void sends_file(struct session *s)
{
    answers(s, "TYPE I", "200 fine");
    begins(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
}

static void has_a_tree(struct session *s)
{
    knows_mlsd(s);
    sends_listing(s);
    sends_file(s);
    goes_on(s);
}

struct witness {
    ftp_handle *ftp;
    /* What the callback returns for this path. */
    const char *path;
    int answer;
    char text[500];
};

static int takes_part(const char *path, const ftp_entry *entry, void *user)
{
    struct witness *witness = user;
    CHECK_INT(ftp_voidcmd(witness->ftp, "NOOP"), FTP_ERR_BUSY);
    CHECK_TEXT(entry->name, path);
    return strcmp(path, "no") != 0;
}

static int tell(const ftp_mirror_action *action, void *user)
{
    static const char kinds[] = " +~=-!?";
    struct witness *witness = user;
    size_t end = strlen(witness->text);
    CHECK_INT(ftp_voidcmd(witness->ftp, "NOOP"), FTP_ERR_BUSY);
    CHECK(action->kind >= FTP_MIRROR_ADD && action->kind <= FTP_MIRROR_SKIP);
    CHECK(action->number >= 1 && action->number <= action->count);
    CHECK((action->result == FTP_OK) || (action->message != NULL && action->message[0] != '\0'));
    snprintf(witness->text + end, sizeof witness->text - end, "%c%s:%d:%ld ", kinds[action->kind], action->path,
        (int)action->result, (long)action->size);
    return witness->path != NULL && strcmp(action->path, witness->path) == 0 ? witness->answer : 0;
}

static ftp_mirror_options options_of(struct witness *witness)
{
    ftp_mirror_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.filter_cb = takes_part;
    options.action_cb = tell;
    options.user = witness;
    return options;
}

static ftp_mirror_report report_of(ftp_handle *ftp)
{
    ftp_mirror_report report;
    report.struct_size = sizeof report;
    CHECK_INT(ftp_last_mirror_report(ftp, &report), FTP_OK);
    return report;
}

static const char whole[] = "?../x:-5:-1 +f:0:5 ?l:0:-1 ";

static void a_tree_is_told_and_counted(int blocking)
{
    make_target_name();
    struct server *server = serve(has_a_tree, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp };
    ftp_mirror_options options = options_of(&witness);
    if (blocking) {
        CHECK_INT(ftp_mirror_get(ftp, "", target, &options), FTP_ERR_PARTIAL);
    } else {
        struct loop loop = loop_of(ftp);
        ftp_status status;
        /* The options may move between the calls. */
        ftp_mirror_options copies[2] = { options, options };
        int calls = 0;
        DRIVE(&loop, status, ftp_mirror_get(ftp, "", target, &copies[calls++ % 2]));
        CHECK(calls > 1);
        CHECK_INT(status, FTP_ERR_PARTIAL);
    }
    CHECK(strstr(ftp_last_error(ftp), "1 of 3 entries was not done: ../x: the name") != NULL);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    CHECK_TEXT(witness.text, whole);
    ftp_mirror_report report = report_of(ftp);
    CHECK_INT(report.planned, 3);
    CHECK_INT(report.added, 1);
    CHECK_INT(report.skipped, 2);
    CHECK_INT(report.bytes, 5);
    CHECK_INT(report.kept + report.replaced + report.deleted + report.conflicts + report.failed, 0);
    check_goes_on(ftp, server);
    remove_target();
}

static void blocking(void)
{
    a_tree_is_told_and_counted(1);
}

static void not_blocking(void)
{
    a_tree_is_told_and_counted(0);
}

static void is_only_listed(struct session *s)
{
    knows_mlsd(s);
    sends_listing(s);
    goes_on(s);
}

static void other_arguments_are_another_call(void)
{
    make_target_name();
    struct server *server = serve(is_only_listed, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp };
    ftp_mirror_options options = options_of(&witness), other = options;
    static const char *const patterns[] = { "f", NULL };
    struct loop loop = loop_of(ftp);
    ftp_status status;
    options.flags = FTP_DRY_RUN;
    CHECK_INT(ftp_mirror_get(ftp, "", target, &options), FTP_AGAIN);
    CHECK_INT(ftp_mirror_get(ftp, "", target, &other), FTP_ERR_BUSY);
    other.flags = FTP_DRY_RUN;
    other.exclude = patterns;
    CHECK_INT(ftp_mirror_get(ftp, "", target, &other), FTP_ERR_BUSY);
    other.exclude = NULL;
    other.action_cb = NULL;
    CHECK_INT(ftp_mirror_get(ftp, "", target, &other), FTP_ERR_BUSY);
    CHECK_INT(ftp_mirror_get(ftp, "", target, NULL), FTP_ERR_BUSY);
    DRIVE(&loop, status, ftp_mirror_get(ftp, "", target, &options));
    CHECK_INT(status, FTP_ERR_PARTIAL);
    CHECK_TEXT(witness.text, whole);
    CHECK(access(target, F_OK) != 0);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    check_goes_on(ftp, server);
}

static void the_callback_stops_it(void)
{
    make_target_name();
    struct server *server = serve(has_a_tree, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp, .path = "f", .answer = -7 };
    ftp_mirror_options options = options_of(&witness);
    CHECK_INT(ftp_mirror_get(ftp, "", target, &options), FTP_ERR_CALLBACK);
    CHECK_INT(ftp_last_callback_result(ftp), -7);
    CHECK_TEXT(witness.text, "?../x:-5:-1 +f:0:5 ");
    check_goes_on(ftp, server);
    remove_target();
}

static void patterns_are_read(void)
{
    make_target_name();
    struct server *server = serve(is_only_listed, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp };
    ftp_mirror_options options = options_of(&witness);
    const char *const include[] = { "l", "f", NULL }, *const exclude[] = { "f", NULL };
    options.include = include;
    options.exclude = exclude;
    options.flags = FTP_DRY_RUN;
    options.filter_cb = NULL;
    CHECK_INT(ftp_mirror_get(ftp, "", target, &options), FTP_ERR_PARTIAL);
    CHECK_TEXT(witness.text, "?../x:-5:-1 ?l:0:-1 ");
    check_goes_on(ftp, server);
}

static void takes_a_tree(struct session *s)
{
    knows_mlsd(s);
    begins(s, "MLSD", "150 here it comes");
    data_ends(s);
    says(s, "226 done");
    answers(s, "TYPE I", "200 fine");
    begins(s, "STOR f", "150 go on");
    data_receives(s, "hello");
    says(s, "226 taken");
    answers(s, "SIZE f", "213 5");
    /* It sets no times. */
    answers(s, "MDTM 20250615150640 f", "502 no");
    answers(s, "MFMT 20250615150640 f", "502 no");
    answers(s, "SITE UTIME f 20250615150640 20250615150640 20250615150640 UTC", "502 no");
    answers(s, "SITE UTIME 20250615150640 f", "502 no");
    goes_on(s);
}

static void a_tree_is_sent(void)
{
    char path[160];
    const struct timeval times[2] = { { .tv_sec = 1750000000 }, { .tv_sec = 1750000000 } };
    make_target_name();
    CHECK_INT(mkdir(target, 0700), 0);
    snprintf(path, sizeof path, "%s/f", target);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    fputs("hello", file);
    CHECK_INT(fclose(file), 0);
    CHECK_INT(utimes(path, times), 0);
    struct server *server = serve(takes_a_tree, NULL);
    ftp_handle *ftp = client_of(server);
    struct witness witness = { .ftp = ftp };
    ftp_mirror_options options = options_of(&witness);
    struct loop loop = loop_of(ftp);
    DRIVE_OK(&loop, ftp_mirror_put(ftp, target, "", &options));
    CHECK_TEXT(witness.text, "+f:0:5 ");
    CHECK_INT(report_of(ftp).added, 1);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    check_goes_on(ftp, server);
    remove_target();
}

static void wrong_arguments_are_refused(void)
{
    struct {
        ftp_mirror_options known;
        void *unknown;
    } newer;
    ftp_handle *ftp = ftp_new();
    struct witness witness = { .ftp = ftp };
    ftp_mirror_options options = options_of(&witness);
    ftp_mirror_report report;
    make_target_name();
    report.struct_size = sizeof report;
    CHECK_INT(ftp_last_mirror_report(ftp, &report), FTP_ERR_STATE);
    CHECK_INT(ftp_last_mirror_report(ftp, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_mirror_get(NULL, "", target, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "local is NULL");
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", "", NULL), FTP_ERR_INVALID_ARGUMENT, "local is empty");
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, NULL, target, NULL), FTP_ERR_INVALID_ARGUMENT, "remote is NULL");
    /* Each bit means one thing: what is only for pools deletes nothing here. */
    ftp_mirror_options segmented = { .struct_size = sizeof segmented, .flags = FTP_SEGMENTED };
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &segmented), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, NULL), FTP_ERR_STATE, "not connected");
    static const size_t sizes[] = { 0, 1, sizeof options - 1, SIZE_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        options.struct_size = sizes[i];
        CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &options), FTP_ERR_INVALID_ARGUMENT, "struct_size");
    }
    options.struct_size = sizeof options;
    options.flags = FTP_IN_PLACE;
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &options), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    options.flags = FTP_ATOMIC;
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &options), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_mirror_put(ftp, NULL, "", &options), FTP_ERR_INVALID_ARGUMENT, "local is NULL");
    CHECK_FAILS(ftp, ftp_mirror_put(ftp, "", "", &options), FTP_ERR_INVALID_ARGUMENT, "local is empty");
    /* It would delete all that is in the directory of the login. */
    CHECK_FAILS(ftp, ftp_mirror_put(ftp, target, NULL, &options), FTP_ERR_INVALID_ARGUMENT, "remote is NULL");
    CHECK_FAILS(ftp, ftp_mirror_put(ftp, target, "", &options), FTP_ERR_FILE, target);
    CHECK_INT(ftp_last_os_error(ftp), ENOENT);
    CHECK_FAILS(ftp, ftp_mirror_put(ftp, "/", "", &options), FTP_ERR_STATE, "not connected");
    options.flags = 0;
    options.sessions = -1;
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &options), FTP_ERR_INVALID_ARGUMENT, "sessions");
    options.sessions = FTP_POOL_MAX_SESSIONS + 1;
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &options), FTP_ERR_INVALID_ARGUMENT, "sessions");
    options.sessions = 0;
    /* A program of a later version may set what this one does not know. */
    memset(&newer, 0, sizeof newer);
    newer.known = options;
    newer.known.struct_size = sizeof newer;
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &newer.known), FTP_ERR_STATE, "not connected");
    newer.unknown = &newer;
    CHECK_INT(report_of(ftp).planned, 0);
    report.struct_size = 1;
    CHECK_INT(ftp_last_mirror_report(ftp, &report), FTP_ERR_INVALID_ARGUMENT);
    CHECK_FAILS(ftp, ftp_mirror_get(ftp, "", target, &newer.known), FTP_ERR_INVALID_ARGUMENT, "does not know");
    /* It has not begun, and is not told what another one has done. */
    report.struct_size = sizeof report;
    CHECK_INT(ftp_last_mirror_report(ftp, &report), FTP_ERR_STATE);
    CHECK(access(target, F_OK) != 0);
    ftp_free(ftp);
}

int main(void)
{
    RUN(blocking);
    RUN(not_blocking);
    RUN(other_arguments_are_another_call);
    RUN(the_callback_stops_it);
    RUN(patterns_are_read);
    RUN(a_tree_is_sent);
    RUN(wrong_arguments_are_refused);
    return summary();
}
