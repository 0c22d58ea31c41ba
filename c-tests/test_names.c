/* Names on the server: directories, accounts, and listings made for programs. */

#include <stdio.h>
#include <string.h>

#include "client.h"

/* --- MKD, RMD --- */

static void keeps_directories(struct session *s)
{
    says(s, "220 ready");
    answers(s, "MKD new", "257 \"/home/new\" created");
    answers(s, "MKD a\"b", "257 \"/home/a\"\"b\" created");
    answers(s, "MKD silent", "250 made");
    answers(s, "MKD vague", "257 directory made");
    answers(s, "MKD ignored", "257 \"/home/ignored\" created");
    answers(s, "MKD ignored", "550 it exists");
    answers(s, "MKD full", "452 no space");
    answers(s, "RMD new", "250 removed");
    answers(s, "RMD new", "550 no such directory");
    answers(s, "RMD new", "350 are you sure?");
    says_goodbye(s);
}

static void directories(void)
{
    const char *path = "untouched";
    struct server *server = serve(keeps_directories, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_mkd(ftp, "new", &path));
    CHECK_TEXT(path, "/home/new");
    CHECK_OK(ftp, ftp_mkd(ftp, "a\"b", &path));
    CHECK_TEXT(path, "/home/a\"b");
    CHECK_OK(ftp, ftp_mkd(ftp, "silent", &path));
    CHECK_TEXT(path, "");
    CHECK_OK(ftp, ftp_mkd(ftp, "vague", &path));
    CHECK_TEXT(path, "");
    CHECK_OK(ftp, ftp_mkd(ftp, "ignored", NULL));
    path = "untouched";
    CHECK_FAILS(ftp, ftp_mkd(ftp, "ignored", &path), FTP_ERR_PERM, "MKD ignored: 550 it exists");
    CHECK_FAILS(ftp, ftp_mkd(ftp, "full", &path), FTP_ERR_TEMP, "452 no space");
    CHECK_TEXT(path, "untouched");
    CHECK_OK(ftp, ftp_rmd(ftp, "new"));
    CHECK_FAILS(ftp, ftp_rmd(ftp, "new"), FTP_ERR_PERM, "RMD new: 550 no such directory");
    CHECK_FAILS(ftp, ftp_rmd(ftp, "new"), FTP_ERR_REPLY, "350 are you sure?");
    part(ftp, server);
}

/* --- ACCT --- */

static void wants_an_account(struct session *s)
{
    says(s, "220 ready");
    answers(s, "ACCT p4ssw0rd", "230 thank you");
    answers(s, "ACCT p4ssw0rd", "202 not needed");
    answers(s, "ACCT p4ssw0rd", "530 not that one");
    answers(s, "ACCT p4ssw0rd", "332 another one");
    says_goodbye(s);
}

static void an_account_is_sent_and_told_to_nobody_else(void)
{
    struct taken log = { .calls = 0 };
    struct server *server = serve(wants_an_account, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, take_log, &log));
    CHECK_OK(ftp, ftp_acct(ftp, "p4ssw0rd"));
    CHECK_OK(ftp, ftp_acct(ftp, "p4ssw0rd"));
    CHECK_FAILS(ftp, ftp_acct(ftp, "p4ssw0rd"), FTP_ERR_PERM, "ACCT ****: 530 not that one");
    CHECK_FAILS(ftp, ftp_acct(ftp, "p4ssw0rd"), FTP_ERR_REPLY, "ACCT ****: 332 another one");
    CHECK_FAILS(ftp, ftp_acct(ftp, "p4ssw0rd\nNOOP"), FTP_ERR_INVALID_ARGUMENT, "");
    CHECK_LACKS(ftp_last_error(ftp), "p4ssw0rd");
    CHECK_OK(ftp, ftp_set_log_callback(ftp, NULL, NULL));
    CHECK_HAS(log.text, "1 ACCT ****\n");
    CHECK_LACKS(log.text, "p4ssw0rd");
    part(ftp, server);
}

/* --- MLSD --- */

/* The entries as "name|key=value|key=value\n". */
struct entries {
    char text[4096];
    int calls;
    /* The call that is to stop it; 0 is none. */
    int stop_at;
};

static int take_entry(const char *name, size_t len, const ftp_fact *facts, size_t count, void *entries)
{
    struct entries *all = entries;
    size_t used = strlen(all->text);
    CHECK_INT(len, strlen(name));
    used += (size_t)snprintf(all->text + used, sizeof all->text - used, "%s", name);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(all->text + used, sizeof all->text - used, "|%s=%s", facts[i].key, facts[i].value);
    snprintf(all->text + used, sizeof all->text - used, "\n");
    all->calls++;
    return all->calls == all->stop_at ? -9 : 0;
}

static void lists(struct session *s, const char *command, const char *lines)
{
    opens_passive(s);
    answers(s, command, "150 here it comes");
    data_sends(s, lines);
    data_ends(s);
    says(s, "226 done");
}

static void lists_facts(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    lists(s, "MLSD",
          "type=cdir;modify=20261123180000; .\r\n"
          "Type=file;SIZE=12;UNIX.mode=0644; a name; with=all\r\n"
          "type=OS.unix=slink:/x; l\r\n"
          "flag;empty=; odd\r\n"
          " no facts\r\n"
          "size=1 no semicolon");
    lists(s, "MLSD /pub", "");
    says_goodbye(s);
}

static void entries_come_with_their_facts(void)
{
    struct entries entries = { .calls = 0 };
    struct server *server = serve(lists_facts, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_mlsd(ftp, NULL, NULL, take_entry, &entries));
    CHECK_TEXT(entries.text, ".|type=cdir|modify=20261123180000\n"
                             "a name; with=all|type=file|size=12|unix.mode=0644\n"
                             "l|type=OS.unix=slink:/x\n"
                             "odd|flag=|empty=\n"
                             "no facts\n"
                             "no semicolon|size=1\n");
    CHECK_OK(ftp, ftp_mlsd(ftp, "/pub", "", take_entry, &entries));
    CHECK_INT(entries.calls, 6);
    part(ftp, server);
}

static void is_told_the_facts(struct session *s)
{
    says(s, "220 ready");
    answers(s, "OPTS MLST type;size;", "200 MLST OPTS type;size;");
    answers(s, "TYPE A", "200 ok");
    lists(s, "MLSD dir", "type=file;size=1; f\r\n");
    answers(s, "OPTS MLST type;", "200 MLST OPTS type;");
    lists(s, "MLSD", "type=file; f\r\n");
    answers(s, "OPTS MLST colour;", "501 no such fact");
    lists(s, "MLSD", "type=file; g\r\n");
    opens_passive(s);
    answers(s, "MLSD", "500 what?");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void the_wanted_facts_are_told_first(void)
{
    struct entries entries = { .calls = 0 };
    struct server *server = serve(is_told_the_facts, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_mlsd(ftp, "dir", "type;size", take_entry, &entries));
    CHECK_OK(ftp, ftp_mlsd(ftp, "", "type;", take_entry, &entries));
    CHECK_TEXT(entries.text, "f|type=file|size=1\nf|type=file\n");
    /* Whoever lets nobody choose lists what it likes. */
    CHECK_OK(ftp, ftp_mlsd(ftp, NULL, "colour", take_entry, &entries));
    CHECK_TEXT(entries.text, "f|type=file|size=1\nf|type=file\ng|type=file\n");
    CHECK_FAILS(ftp, ftp_mlsd(ftp, NULL, NULL, take_entry, &entries), FTP_ERR_PERM, "MLSD: 500 what?");
    CHECK_INT(entries.calls, 3);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

static void is_stopped(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE A", "200 ok");
    opens_passive(s);
    answers(s, "MLSD", "150 here it comes");
    data_sends(s, "type=file; a\r\ntype=file; b\r\ntype=file; c\r\n");
    hears(s, "ABOR");
    data_is_closed(s);
    says(s, "426 it is cut");
    says(s, "226 it is aborted");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_callback_stops_a_listing(void)
{
    struct entries entries = { .stop_at = 2 };
    struct server *server = serve(is_stopped, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_FAILS(ftp, ftp_mlsd(ftp, NULL, NULL, take_entry, &entries), FTP_ERR_CALLBACK, "MLSD");
    CHECK_INT(ftp_last_callback_result(ftp), -9);
    CHECK_TEXT(entries.text, "a|type=file\nb|type=file\n");
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    part(ftp, server);
}

int main(void)
{
    RUN(directories);
    RUN(an_account_is_sent_and_told_to_nobody_else);
    RUN(entries_come_with_their_facts);
    RUN(the_wanted_facts_are_told_first);
    RUN(a_callback_stops_a_listing);
    return summary();
}
