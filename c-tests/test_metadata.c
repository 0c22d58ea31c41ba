/* What the server knows of files beside their data, and what is done with names: who owns the strings, NULL, and what is refused. */

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "client.h"

/* 2026-01-15 12:30:00 UTC */
static const int64_t january = INT64_C(1768480200) * 1000000000;

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"

/* --- the server --- */

static void tells_of_itself(struct session *s)
{
    lets_in(s);
    answers(s, "FEAT", "211-x\r\n SITE UTIME\r\n SITE MKDIR\r\n MDTM\r\n211 x");
    answers(s, "SYST", "215 UNIX Type: L8");
    answers(s, "SITE HELP", "214 no help");
    answers(s, "SITE NONE", "500 what?");
    says_goodbye(s);
}

static void what_the_server_can_do_and_is(void)
{
    struct server *server = serve(tells_of_itself, NULL);
    ftp_handle *ftp = client_of(server);
    const char *out = "untouched";
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_feature(ftp, "site", &out));
    CHECK_TEXT(out, "UTIME;MKDIR");
    CHECK_OK(ftp, ftp_feature(ftp, "mdtm", &out));
    CHECK_TEXT(out, "");
    CHECK_OK(ftp, ftp_feature(ftp, "MLST", &out));
    CHECK(out == NULL);
    out = "untouched";
    CHECK_FAILS(ftp, ftp_feature(ftp, NULL, &out), FTP_ERR_INVALID_ARGUMENT, "name is NULL");
    CHECK_FAILS(ftp, ftp_feature(ftp, "", &out), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_FAILS(ftp, ftp_feature(ftp, "MDTM", NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_TEXT(out, "untouched");
    CHECK_OK(ftp, ftp_syst(ftp, &out));
    CHECK_TEXT(out, "UNIX Type: L8");
    CHECK_FAILS(ftp, ftp_syst(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_OK(ftp, ftp_site(ftp, "HELP"));
    CHECK_TEXT(ftp_last_reply(ftp), "214 no help");
    CHECK_FAILS(ftp, ftp_site(ftp, "NONE"), FTP_ERR_PERM, "SITE NONE: 500 what?");
    CHECK_FAILS(ftp, ftp_site(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "text is NULL");
    part(ftp, server);
}

/* --- times, modes and hashes --- */

static void knows_of_files(struct session *s)
{
    lets_in(s);
    answers(s, "MDTM f", "213 20260115123000");
    answers(s, "MDTM f", "213 00010101000000");
    answers(s, "FEAT", "211-x\r\n MFMT\r\n XMD5\r\n211 x");
    answers(s, "MFMT 20260115123000 f", "213 ok");
    answers(s, "MDTM f", "213 20260115123000");
    answers(s, "SITE CHMOD 640 f", "200 ok");
    answers(s, "TYPE I", "200 ok");
    answers(s, "XMD5 f", "250 D41D8CD98F00B204E9800998ECF8427E");
    answers(s, "XMD5 f", "250 done");
    says_goodbye(s);
}

static void times_modes_and_hashes(void)
{
    struct server *server = serve(knows_of_files, NULL);
    ftp_handle *ftp = client_of(server);
    const char *hash = "untouched";
    int64_t when = 1;
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_modified(ftp, "f", &when));
    CHECK_INT(when, january);
    CHECK_OK(ftp, ftp_modified(ftp, "f", &when));
    CHECK_INT(when, FTP_NO_TIME);
    CHECK_FAILS(ftp, ftp_modified(ftp, "f", NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_modified(ftp, NULL, &when), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_modified(ftp, "a\r\nDELE b", &when), FTP_ERR_INVALID_ARGUMENT,
                "MDTM a…: a carriage return at byte 6");
    CHECK_OK(ftp, ftp_set_modified(ftp, "f", january + 999999999));
    CHECK_FAILS(ftp, ftp_set_modified(ftp, "f", FTP_NO_TIME), FTP_ERR_INVALID_ARGUMENT, "FTP_NO_TIME");
    CHECK_FAILS(ftp, ftp_set_modified(ftp, NULL, january), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_OK(ftp, ftp_chmod(ftp, "f", 0640));
    CHECK_FAILS(ftp, ftp_chmod(ftp, "f", 010000), FTP_ERR_INVALID_ARGUMENT, "the mode");
    CHECK_FAILS(ftp, ftp_chmod(ftp, "f", -1), FTP_ERR_INVALID_ARGUMENT, "the mode");
    CHECK_FAILS(ftp, ftp_chmod(ftp, "f", INT_MAX), FTP_ERR_INVALID_ARGUMENT, "the mode");
    CHECK_FAILS(ftp, ftp_chmod(ftp, NULL, 0640), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_OK(ftp, ftp_hash(ftp, "f", NULL, &hash));
    CHECK_TEXT(hash, MD5);
    hash = "untouched";
    CHECK_FAILS(ftp, ftp_hash(ftp, "f", "md5", &hash), FTP_ERR_PROTO, "no MD5");
    CHECK_FAILS(ftp, ftp_hash(ftp, "f", "SHA-3", &hash), FTP_ERR_INVALID_ARGUMENT, "SHA-256");
    CHECK_FAILS(ftp, ftp_hash(ftp, NULL, "md5", &hash), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_hash(ftp, "f", NULL, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_TEXT(hash, "untouched");
    part(ftp, server);
}

/* --- trees --- */

static void makes_and_removes(struct session *s)
{
    lets_in(s);
    answers(s, "MKD a/b", "257 made");
    answers(s, "MKD f", "550 no");
    answers(s, "FEAT", "211-x\r\n MLST type*;\r\n211 x");
    answers(s, "MLST f", "250-x\r\n type=file; f\r\n250 x");
    opens_passive(s);
    answers(s, "MLSD", "150 go");
    data_sends(s, "type=file; f\r\n");
    data_ends(s);
    says(s, "226 done");
    answers(s, "DELE f", "250 gone");
    says_goodbye(s);
}

static void trees_are_made_and_removed(void)
{
    struct server *server = serve(makes_and_removes, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_makedirs(ftp, "a/b"));
    CHECK_FAILS(ftp, ftp_makedirs(ftp, "f"), FTP_ERR_EXISTS, "f: it is there");
    CHECK_FAILS(ftp, ftp_makedirs(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    CHECK_FAILS(ftp, ftp_makedirs(ftp, ""), FTP_ERR_INVALID_ARGUMENT, "empty");
    CHECK_OK(ftp, ftp_remove_tree(ftp, "f", 0));
    CHECK_FAILS(ftp, ftp_remove_tree(ftp, "f", 1), FTP_ERR_INVALID_ARGUMENT, "no such flag");
    CHECK_FAILS(ftp, ftp_remove_tree(ftp, "/", 0), FTP_ERR_INVALID_ARGUMENT, "must end with its name");
    CHECK_FAILS(ftp, ftp_remove_tree(ftp, NULL, 0), FTP_ERR_INVALID_ARGUMENT, "path is NULL");
    part(ftp, server);
}

/* --- files that grow, and files that the server names --- */

static void takes_files(struct session *s)
{
    static const char *const commands[] = { "APPE f", "STOU", "STOU" };
    lets_in(s);
    answers(s, "TYPE I", "200 ok");
    for (int i = 0; i < 3; i++) {
        opens_passive(s);
        answers(s, commands[i], i == 1 ? "150 FILE: new.1" : "150 go");
        data_receives(s, "hello");
        says(s, "226 done");
    }
    says_goodbye(s);
}

static void files_grow_and_get_names(void)
{
    struct server *server = serve(takes_files, NULL);
    ftp_handle *ftp = client_of(server);
    const char *name = "untouched";
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    struct given given = { .text = "hello", .step = 5 };
    CHECK_FAILS(ftp, ftp_append(ftp, NULL, give, &given), FTP_ERR_INVALID_ARGUMENT, "remote is NULL");
    CHECK_FAILS(ftp, ftp_append(ftp, "f", NULL, &given), FTP_ERR_INVALID_ARGUMENT, "read_cb is NULL");
    CHECK_FAILS(ftp, ftp_store_unique(ftp, NULL, &given, &name), FTP_ERR_INVALID_ARGUMENT, "read_cb is NULL");
    CHECK_FAILS(ftp, ftp_store_unique(ftp, give, &given, NULL), FTP_ERR_INVALID_ARGUMENT, "name is NULL");
    CHECK_OK(ftp, ftp_append(ftp, "f", give, &given));
    given = (struct given){ .text = "hello", .step = 5 };
    CHECK_OK(ftp, ftp_store_unique(ftp, give, &given, &name));
    CHECK_TEXT(name, "new.1");
    given = (struct given){ .text = "hello", .step = 5 };
    CHECK_OK(ftp, ftp_store_unique(ftp, give, &given, &name));
    CHECK(name == NULL);
    part(ftp, server);
}

int main(void)
{
    RUN(what_the_server_can_do_and_is);
    RUN(times_modes_and_hashes);
    RUN(trees_are_made_and_removed);
    RUN(files_grow_and_get_names);
    return summary();
}
