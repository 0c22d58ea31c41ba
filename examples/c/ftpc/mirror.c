/* mirror and sync. */
#include <stdio.h>
#include <string.h>

#include "bar.h"
#include "commands.h"
#include "json.h"
#include "session.h"
#include "stop.h"
#include "text.h"

static const char *name_of(int kind)
{
    switch (kind) {
    case FTP_MIRROR_ADD: return "add";
    case FTP_MIRROR_REPLACE: return "replace";
    case FTP_MIRROR_KEEP: return "keep";
    case FTP_MIRROR_DELETE: return "delete";
    case FTP_MIRROR_CONFLICT: return "conflict";
    case FTP_MIRROR_SKIP: return "skip";
    default: return "other";
    }
}

static void print_json(const ftp_mirror_action *action)
{
    json_begin("action");
    json_string("action", name_of(action->kind));
    json_string("path", action->path);
    json_string("type", action->type == FTP_ENTRY_DIRECTORY ? "directory" : action->type == FTP_ENTRY_LINK ? "link" : "file");
    if (action->size >= 0)
        json_number("size", action->size);
    json_number("status", action->result);
    json_string("message", action->message);
    json_end();
}

static void print(const ftp_mirror_action *action)
{
    bar_clear();
    printf("%-8s ", name_of(action->kind));
    text_print_name(stdout, action->path, strlen(action->path));
    if (action->type == FTP_ENTRY_DIRECTORY)
        putchar('/');
    if (action->message != NULL) {
        fputs(action->result != FTP_OK ? "  failed: " : "  ", stdout);
        text_print(stdout, action->message);
    }
    putchar('\n');
    stop_if_nobody_reads();
}

/* What is there already is told with --verbose only. */
static int tell(const ftp_mirror_action *action, void *user)
{
    const struct arguments *arguments = user;
    if (action->kind != FTP_MIRROR_KEEP || arguments->debug_level > 0 || action->result != FTP_OK) {
        if (has_option(arguments, OPTION_JSON))
            print_json(action);
        else if (!arguments->is_quiet)
            print(action);
    }
    return stop_signal() != 0 || stop_output_error() != 0;
}

/* What it came to, for people or as JSON. */
static void sum_up(const struct session *session)
{
    ftp_mirror_report report = {.struct_size = sizeof report};
    if (session->arguments->is_quiet || ftp_last_mirror_report(session->ftp, &report) != FTP_OK)
        return;
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {{"added", report.added},         {"replaced", report.replaced}, {"kept", report.kept},
                  {"deleted", report.deleted},     {"skipped", report.skipped},   {"conflicts", report.conflicts},
                  {"failed", report.failed}};
    bool is_json = has_option(session->arguments, OPTION_JSON);
    if (is_json)
        json_begin("summary");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (is_json)
            json_number(counts[i].name, counts[i].count);
        else if (counts[i].count > 0)
            printf("%s %lld  ", counts[i].name, (long long)counts[i].count);
    }
    if (is_json) {
        json_number("bytes", report.bytes);
        json_end();
    } else {
        printf("bytes %lld\n", (long long)report.bytes);
    }
}

static int flags_of(const struct arguments *arguments, bool is_sync)
{
    int flags = has_option(arguments, OPTION_RESUME) ? FTP_RESUME : 0;
    if (has_option(arguments, OPTION_VERIFY))
        flags |= FTP_VERIFY;
    if (has_option(arguments, OPTION_ATOMIC))
        flags |= FTP_ATOMIC;
    if (is_sync || has_option(arguments, OPTION_DELETE))
        flags |= FTP_DELETE_EXTRA;
    if (has_option(arguments, OPTION_DRY_RUN))
        flags |= FTP_DRY_RUN;
    return flags;
}

/* Which word is the URL, and which the directory of this machine: the source comes first. */
static int find_sides(struct session *session, bool *is_put, const char **url, const char **local)
{
    const struct arguments *arguments = session->arguments;
    const char *direction = arguments->words[0];
    *is_put = strcmp(direction, "put") == 0;
    if (!*is_put && strcmp(direction, "get") != 0)
        return session_problem(session, EXIT_USAGE, direction, "not a direction: get or put");
    if (!*is_put && has_option(arguments, OPTION_ATOMIC))
        return session_problem(session, EXIT_USAGE, direction, "--atomic is for put: get never shows half a file");
    *url = arguments->words[*is_put ? 2 : 1];
    *local = arguments->words[*is_put ? 1 : 2];
    return EXIT_DONE;
}

/* Makes a directory like another one: here like on the server, or the other way. */
static int mirror(struct session *session, bool is_sync)
{
    const struct arguments *arguments = session->arguments;
    bool is_put;
    const char *url, *local;
    int exit_status = find_sides(session, &is_put, &url, &local);
    if (exit_status == EXIT_DONE)
        exit_status = session_open(session, url);
    if (exit_status != EXIT_DONE)
        return exit_status;
    const ftp_mirror_options options = {
        .struct_size = sizeof options,
        .flags = flags_of(arguments, is_sync),
        .include = arguments->include,
        .exclude = arguments->exclude,
        .sessions = arguments->jobs,
        .action_cb = tell,
        .user = (void *)arguments,
    };
    const char *remote = session->url->path;
    ftp_status status = arguments->is_quiet ? FTP_OK : bar_begin(session->ftp, arguments->jobs > 1 ? local : NULL, arguments->jobs);
    if (status == FTP_OK && is_put)
        status = ftp_mirror_put(session->ftp, local, remote, &options);
    else if (status == FTP_OK)
        status = ftp_mirror_get(session->ftp, remote, local, &options);
    bar_clear();
    if (stop_output_error() == 0)
        sum_up(session);
    return status == FTP_OK || stop_output_error() != 0 ? EXIT_DONE : session_failed(session, status, remote);
}

int run_mirror(struct session *session)
{
    return mirror(session, false);
}

int run_sync(struct session *session)
{
    return mirror(session, true);
}
