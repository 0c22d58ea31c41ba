/* ls and stat. */
#define _DEFAULT_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "json.h"
#include "session.h"
#include "stop.h"
#include "text.h"

enum { TIME_TEXT = 64, NANOSECONDS = 1000000000 };

static const char *type_of(const ftp_entry *entry)
{
    switch (entry->type) {
    case FTP_ENTRY_FILE: return "file";
    case FTP_ENTRY_DIRECTORY: return "directory";
    case FTP_ENTRY_LINK: return "link";
    case FTP_ENTRY_OTHER: return "other";
    default: return "unknown";
    }
}

/* The time as exactly as it is known. "Z" is UTC; without it, it is the server's clock. Returns NULL if it is not known. */
static const char *time_of(const ftp_entry *entry, char text[TIME_TEXT])
{
    static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};
    struct tm parts;
    if (entry->modified == FTP_NO_TIME || entry->modified_precision < FTP_TIME_DAY)
        return NULL;
    int64_t seconds = entry->modified / NANOSECONDS - (entry->modified % NANOSECONDS < 0);
    time_t when = (time_t)seconds;
    if (gmtime_r(&when, &parts) == NULL)
        return NULL;
    int precision = entry->modified_precision < FTP_TIME_SECOND ? entry->modified_precision : FTP_TIME_SECOND;
    size_t len = strftime(text, TIME_TEXT, formats[precision - FTP_TIME_DAY], &parts);
    bool is_utc = entry->modified_zone == FTP_ZONE_UTC && precision > FTP_TIME_DAY;
    snprintf(text + len, TIME_TEXT - len, is_utc ? "Z" : "");
    return text;
}

static void print_json(const char *path, size_t len, const ftp_entry *entry)
{
    char text[TIME_TEXT];
    json_begin("entry");
    json_text("path", path, len);
    json_string("type", type_of(entry));
    if (entry->size >= 0)
        json_number("size", entry->size);
    json_string("modified", time_of(entry, text));
    if (entry->mode >= 0) {
        snprintf(text, sizeof text, "%04o", (unsigned)entry->mode);
        json_string("mode", text);
    }
    json_string("owner", entry->owner);
    json_string("group", entry->group);
    json_string("link", entry->link_target);
    if ((entry->flags & FTP_ENTRY_UNSAFE_NAME) != 0)
        json_bool("unsafe", true);
    json_end();
}

static void print_mode(const ftp_entry *entry)
{
    static const char letters[] = "?-dl?";
    bool is_known = entry->type >= FTP_ENTRY_FILE && entry->type <= FTP_ENTRY_OTHER;
    putchar(letters[is_known ? entry->type : FTP_ENTRY_UNKNOWN]);
    for (int bit = 8; bit >= 0; bit--)
        putchar(entry->mode < 0 ? '?' : (entry->mode >> bit & 1) != 0 ? "xwr"[bit % 3] : '-');
}

static void print_long(const ftp_entry *entry)
{
    char text[TIME_TEXT];
    const char *when = time_of(entry, text);
    print_mode(entry);
    fputs(" ", stdout);
    text_print_name(stdout, entry->owner != NULL ? entry->owner : "-", entry->owner != NULL ? strlen(entry->owner) : 1);
    fputs(" ", stdout);
    text_print_name(stdout, entry->group != NULL ? entry->group : "-", entry->group != NULL ? strlen(entry->group) : 1);
    if (entry->size >= 0)
        printf(" %12" PRId64, entry->size);
    else
        printf(" %12s", "-");
    printf(" %-20s ", when != NULL ? when : "-");
}

/* Prints one entry of a listing, under this path. */
static void print_entry(const struct arguments *arguments, const char *path, size_t len, const ftp_entry *entry)
{
    if (has_option(arguments, OPTION_JSON)) {
        print_json(path, len, entry);
        return;
    }
    bool is_long = has_option(arguments, OPTION_LONG) && entry->format != FTP_FORMAT_NONE;
    if (is_long)
        print_long(entry);
    text_print_name(stdout, path, len);
    if (entry->type == FTP_ENTRY_DIRECTORY)
        putchar('/');
    if (is_long && entry->link_target != NULL) {
        fputs(" -> ", stdout);
        text_print_name(stdout, entry->link_target, strlen(entry->link_target));
    }
    putchar('\n');
    stop_if_nobody_reads();
}

static bool is_hidden(const struct arguments *arguments, const ftp_entry *entry)
{
    return !has_option(arguments, OPTION_ALL) && entry->name_len > 0 && entry->name[0] == '.';
}

struct walk {
    const struct session *session;
    size_t skip; /* how much of each path is that of the URL */
    int status;
};

static int take(const char *path, size_t len, const ftp_entry *entry, void *user)
{
    struct walk *walk = user;
    if (stop_signal() != 0 || stop_output_error() != 0)
        return 1;
    if (is_hidden(walk->session->arguments, entry))
        return FTP_WALK_SKIP;
    if ((entry->flags & FTP_ENTRY_NOT_LISTED) != 0) {
        int status = session_problem(walk->session, EXIT_REFUSED, path, "the server does not list this directory");
        walk->status = walk->status == EXIT_DONE ? status : walk->status;
        return 0;
    }
    print_entry(walk->session->arguments, path + walk->skip, len - walk->skip, entry);
    return 0;
}

/* What is below, with paths that are seen from the URL. */
static int list_tree(struct session *session)
{
    const char *path = session->url->path;
    size_t len = strlen(path);
    bool has_slash = len == 0 || path[len - 1] == '/';
    struct walk walk = {.session = session, .skip = has_slash ? len : len + 1, .status = EXIT_DONE};
    ftp_status status = ftp_walk(session->ftp, path, FTP_WALK_CONTINUE, take, &walk);
    if (status != FTP_OK && stop_output_error() == 0)
        return session_failed(session, status, path);
    return walk.status;
}

static int list(struct session *session)
{
    const char *path = session->url->path;
    ftp_list *list;
    const ftp_entry *entry;
    if (has_option(session->arguments, OPTION_RECURSIVE))
        return list_tree(session);
    int flags = FTP_LIST_STREAM | (has_option(session->arguments, OPTION_ALL) ? FTP_LIST_HIDDEN : 0);
    ftp_status status = ftp_list_open(session->ftp, path, flags, &list);
    if (status != FTP_OK)
        return session_failed(session, status, path);
    while ((status = ftp_list_next(list, &entry)) == FTP_OK && stop_output_error() == 0)
        if (!is_hidden(session->arguments, entry))
            print_entry(session->arguments, entry->name, entry->name_len, entry);
    ftp_list_free(list);
    return status == FTP_OK || status == FTP_END ? EXIT_DONE : session_failed(session, status, path);
}

static void print_line(const char *what, const char *text)
{
    if (text == NULL)
        return;
    printf("%-9s ", what);
    text_print_name(stdout, text, strlen(text));
    putchar('\n');
}

static int print_stat(struct session *session)
{
    const char *path = session->url->path;
    char text[TIME_TEXT];
    const ftp_entry *entry;
    ftp_status status = ftp_stat(session->ftp, path, &entry);
    if (status != FTP_OK)
        return session_failed(session, status, path);
    if (has_option(session->arguments, OPTION_JSON)) {
        print_json(path, strlen(path), entry);
        return EXIT_DONE;
    }
    print_line("path", path[0] != '\0' ? path : ".");
    print_line("type", type_of(entry));
    if (entry->size >= 0)
        printf("%-9s %" PRId64 "\n", "size", entry->size);
    print_line("modified", time_of(entry, text));
    if (entry->mode >= 0)
        printf("%-9s %04o\n", "mode", (unsigned)entry->mode);
    print_line("owner", entry->owner);
    print_line("group", entry->group);
    print_line("link", entry->link_target);
    stop_if_nobody_reads();
    return EXIT_DONE;
}

int run_ls(struct session *session)
{
    return session_for_each(session, 0, list);
}

int run_stat(struct session *session)
{
    return session_for_each(session, 0, print_stat);
}
