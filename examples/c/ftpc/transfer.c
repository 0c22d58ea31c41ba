/* get, put and cat. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "ascii.h"
#include "bar.h"
#include "commands.h"
#include "json.h"
#include "session.h"
#include "stop.h"
#include "transfer.h"

enum { COMMAND_SIZE = PATH_SIZE + 8 };

int flags_of_transfer(const struct arguments *arguments)
{
    static const struct {
        enum command_option option;
        int flag;
    } table[] = {{OPTION_RESUME, FTP_RESUME},     {OPTION_NO_REPLACE, FTP_NO_REPLACE}, {OPTION_KEEP_TIME, FTP_KEEP_TIME},
                 {OPTION_VERIFY, FTP_VERIFY},     {OPTION_IN_PLACE, FTP_IN_PLACE},     {OPTION_ATOMIC, FTP_ATOMIC},
                 {OPTION_MAKE_DIRS, FTP_MAKE_DIRS}};
    int flags = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (has_option(arguments, table[i].option))
            flags |= table[i].flag;
    return flags;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Puts a directory and a name together. Returns false if that is too long. */
static bool join(char out[PATH_SIZE], const char *directory, const char *name)
{
    size_t len = strlen(directory);
    const char *slash = len == 0 || directory[len - 1] == '/' ? "" : "/";
    int written = snprintf(out, PATH_SIZE, "%s%s%s", directory, slash, name);
    return written >= 0 && written < PATH_SIZE;
}

static const char *name_of_verification(int verified)
{
    switch (verified) {
    case FTP_VERIFIED_NOTHING: return "nothing";
    case FTP_VERIFIED_REPLY: return "reply";
    case FTP_VERIFIED_ANNOUNCED: return "announced";
    case FTP_VERIFIED_SIZE: return "size";
    case FTP_VERIFIED_HASH: return "hash";
    case FTP_VERIFIED_COMPARED: return "compared";
    default: return "more";
    }
}

void tell_transfer(const struct session *session, const ftp_report *report, const char *path, const char *local)
{
    const struct arguments *arguments = session->arguments;
    if (has_option(arguments, OPTION_JSON)) {
        json_begin(arguments->command->name);
        json_string("path", path);
        json_string("local", local);
        json_number("bytes", report->bytes);
        json_number("offset", report->offset);
        json_number("milliseconds", report->milliseconds);
        json_number("attempts", report->attempts);
        json_bool("resumed", report->resumed != 0);
        json_string("verified", name_of_verification(report->verified));
        json_end();
    } else if (!arguments->is_quiet) {
        bar_summary(report, local);
    }
    bar_clear();
}

/* Tells what became of a file. */
static int done(const struct session *session, ftp_status status, const char *path, const char *local)
{
    ftp_report report = {.struct_size = sizeof report};
    if (status == FTP_OK)
        status = ftp_last_report(session->ftp, &report);
    if (status != FTP_OK)
        return session_failed(session, status, path);
    tell_transfer(session, &report, path, local);
    return EXIT_DONE;
}

/* Shows the progress of what follows, unless nobody wants to see it. */
static ftp_status show_progress(const struct session *session, const char *name)
{
    return session->arguments->is_quiet ? FTP_OK : bar_begin(session->ftp, name, 1);
}

int require_a_file(const struct session *session)
{
    const ftp_url *url = session->url;
    if (url->is_directory)
        return session_problem(session, EXIT_USAGE, url->path, "this URL names a directory");
    return EXIT_DONE;
}

/* Finds the name here for the file of the URL. */
static int find_local(const struct session *session, const char *target, bool is_directory, char local[PATH_SIZE])
{
    const char *path = session->url->path;
    int exit_status = require_a_file(session);
    if (exit_status == EXIT_DONE && !join(local, is_directory ? target : "", is_directory ? last_part(path) : target))
        exit_status = session_problem(session, EXIT_USAGE, target, "the name is too long");
    return exit_status;
}

/* Finds the path on the server for a file. */
static int find_remote(const struct session *session, const char *local, char path[PATH_SIZE])
{
    const ftp_url *url = session->url;
    if (join(path, url->is_directory ? url->path : "", url->is_directory ? last_part(local) : url->path))
        return EXIT_DONE;
    return session_problem(session, EXIT_USAGE, url->path, "the name is too long");
}

/* Whether what is moved is text. The URL can tell as well. */
static bool is_text(const struct session *session)
{
    return has_option(session->arguments, OPTION_ASCII) || session->url->type == FTP_TYPE_ASCII;
}

/* Text goes line by line, and is not the same on both sides: nothing of it can be compared. */
static int move_text(struct session *session, const char *path, const char *local, bool is_upload)
{
    char command[COMMAND_SIZE];
    int error = 0;
    if (flags_of_transfer(session->arguments) != 0)
        return session_problem(session, EXIT_USAGE, path, "text is moved without the options for whole files");
    if (strlen(path) >= PATH_SIZE)
        return session_problem(session, EXIT_USAGE, path, "the name is too long");
    snprintf(command, sizeof command, "%s %s", is_upload ? "STOR" : "RETR", path);
    ftp_status status = show_progress(session, local);
    if (status == FTP_OK)
        status = (is_upload ? ascii_put : ascii_get)(session->ftp, command, local, &error);
    if (status == FTP_ERR_CALLBACK)
        return session_problem(session, EXIT_LOCAL, local, strerror(error));
    return done(session, status, path, local);
}

/* Downloads a file to a directory, or to a file. */
static int get(struct session *session, const char *target, bool is_directory, struct together *together)
{
    const ftp_url *url = session->url;
    char local[PATH_SIZE];
    int exit_status = find_local(session, target, is_directory, local);
    if (exit_status != EXIT_DONE)
        return exit_status;
    if (is_text(session))
        return move_text(session, url->path, local, false);
    if (together != NULL)
        return together_get(together, url->path, local);
    ftp_status status = show_progress(session, local);
    if (status == FTP_OK)
        status = ftp_get(session->ftp, url->path, local, flags_of_transfer(session->arguments));
    return done(session, status, url->path, local);
}

static bool is_url(const char *word)
{
    return strstr(word, "://") != NULL;
}

static bool names_directory(const char *path)
{
    struct stat status;
    size_t len = strlen(path);
    return (len > 0 && path[len - 1] == '/') || (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

int run_get(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    int count = arguments->count, first = EXIT_DONE;
    const char *target = "";
    if (count > 1 && !is_url(arguments->words[count - 1]))
        target = arguments->words[--count];
    bool is_directory = target[0] == '\0' || names_directory(target);
    if (count > 1 && !is_directory)
        return session_problem(session, EXIT_USAGE, target, "several files need a directory");
    struct together all = {0}, *together = arguments->jobs > 1 && count > 1 ? &all : NULL;
    for (int i = 0; i < count; i++) {
        if (together != NULL && !session_is_for(session, arguments->words[i])) {
            int earlier = together_run(together);
            first = first == EXIT_DONE ? earlier : first;
            if (!session_goes_on(earlier))
                break;
        }
        int status = session_open(session, arguments->words[i]);
        if (status == EXIT_DONE && together != NULL)
            status = together_begin(together, session);
        if (status == EXIT_DONE)
            status = get(session, target, is_directory, together);
        first = first == EXIT_DONE ? status : first;
        if (!session_goes_on(status))
            break;
    }
    return together_end(together, first);
}

/* Uploads standard input, whose size nobody knows. */
static ftp_status put_input(struct session *session, const char *path)
{
    char command[COMMAND_SIZE];
    snprintf(command, sizeof command, "STOR %s", path);
    return ftp_storfd(session->ftp, command, STDIN_FILENO, -1);
}

static int put(struct session *session, const char *local, struct together *together)
{
    const ftp_url *url = session->url;
    char path[PATH_SIZE];
    bool is_input = strcmp(local, "-") == 0;
    int flags = flags_of_transfer(session->arguments);
    if (is_input && (flags != 0 || url->is_directory || is_text(session)))
        return session_problem(session, EXIT_USAGE, url->path, "standard input needs the URL of a file, and has no options");
    int exit_status = find_remote(session, local, path);
    if (exit_status != EXIT_DONE)
        return exit_status;
    if (is_text(session))
        return move_text(session, path, local, true);
    if (together != NULL && !is_input)
        return together_put(together, local, path);
    ftp_status status = show_progress(session, local);
    if (status == FTP_OK)
        status = is_input ? put_input(session, path) : ftp_put(session->ftp, local, path, flags);
    return done(session, status, path, local);
}

int run_put(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    int last = arguments->count - 1, first = session_open(session, arguments->words[last]);
    if (first != EXIT_DONE)
        return first;
    if (last > 1 && !session->url->is_directory)
        return session_problem(session, EXIT_USAGE, session->url->path, "several files need a URL with / at its end");
    struct together all = {0}, *together = arguments->jobs > 1 && last > 1 ? &all : NULL;
    if (together != NULL)
        first = together_begin(together, session);
    for (int i = 0; i < last && session_goes_on(first); i++) {
        int status = put(session, arguments->words[i], together);
        first = first == EXIT_DONE ? status : first;
        if (!session_goes_on(status))
            break;
    }
    return together_end(together, first);
}

static int cat(struct session *session)
{
    const ftp_url *url = session->url;
    char command[COMMAND_SIZE];
    ftp_status status;
    if (url->is_directory || strlen(url->path) >= PATH_SIZE)
        return session_problem(session, EXIT_USAGE, url->path, "this URL names no file");
    snprintf(command, sizeof command, "RETR %s", url->path);
    if (is_text(session))
        status = ascii_print(session->ftp, command);
    else
        status = ftp_retrfd(session->ftp, command, STDOUT_FILENO, -1);
    stop_if_nobody_reads();
    if (status == FTP_ERR_FILE && ftp_last_os_error(session->ftp) == EPIPE)
        stop_for(SIGPIPE);
    return status == FTP_OK || stop_signal() == SIGPIPE ? EXIT_DONE : session_failed(session, status, url->path);
}

int run_cat(struct session *session)
{
    return session_for_each(session, 0, cat);
}
