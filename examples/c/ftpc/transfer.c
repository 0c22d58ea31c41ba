/* get, put and cat. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
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
#include "targets.h"
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

/* Whether there is nothing where this text goes. */
static int require_new(const struct session *session, const char *path, bool is_upload)
{
    struct stat found;
    int is_there = 0;
    ftp_status status = FTP_OK;
    if (is_upload)
        status = ftp_exists(session->ftp, path, &is_there);
    else
        is_there = lstat(path, &found) == 0;
    if (status != FTP_OK)
        return session_failed(session, status, path);
    return is_there ? session_problem(session, EXIT_EXISTS, path, "the target takes it for another file of this command") : EXIT_DONE;
}

/* Whether what is moved is text. The URL can tell as well. */
static bool is_text(const struct session *session)
{
    return has_option(session->arguments, OPTION_ASCII) || session->url->type == FTP_TYPE_ASCII;
}

/* Refuses names that several files would get. */
static int require_own_names(const struct session *session, struct targets *targets)
{
    const char *name = targets_sort(targets);
    if (name != NULL)
        return session_problem(session, EXIT_USAGE, name, "several files would get this name: nothing was moved");
    return EXIT_DONE;
}

static int no_memory(const struct session *session)
{
    return session_problem(session, EXIT_INTERNAL, NULL, "out of memory");
}

/* What the files of these URLs are called here. What is wrong with a URL is told when its turn comes. */
static int find_local_targets(struct session *session, int count, const char *directory, struct targets *targets)
{
    for (int i = 0; i < count; i++) {
        const ftp_url *url = NULL;
        bool has_room = ftp_url_parse(session->ftp, session->arguments->words[i], &url) != FTP_OK || url->is_directory ||
                        targets_add(targets, url->path);
        ftp_url_free(url);
        if (!has_room)
            return no_memory(session);
    }
    int exit_status = require_own_names(session, targets);
    DIR *list = NULL;
    if (exit_status == EXIT_DONE && targets_are_alike(targets))
        list = opendir(directory[0] == '\0' ? "." : directory);
    if (list != NULL) {
        for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
            targets_found(targets, entry->d_name);
        closedir(list);
    }
    return exit_status;
}

/* What these files are called on the server. */
static int find_remote_targets(struct session *session, int count, struct targets *targets)
{
    for (int i = 0; i < count; i++)
        if (!targets_add(targets, session->arguments->words[i]))
            return no_memory(session);
    return require_own_names(session, targets);
}

/* Which of them the directory of the URL has. If it cannot be listed, each must be new. */
static void look_for_targets(struct session *session, struct targets *targets)
{
    ftp_list *list = NULL;
    const ftp_entry *entry;
    ftp_status status = ftp_list_open(session->ftp, session->url->path, FTP_LIST_HIDDEN, &list);
    while (status == FTP_OK && (status = ftp_list_next(list, &entry)) == FTP_OK)
        targets_found(targets, entry->name);
    ftp_list_free(list);
}

/* Text goes line by line, and is not the same on both sides: nothing of it can be compared. */
static int move_text(struct session *session, const char *path, const char *local, bool is_upload, bool must_be_new)
{
    char command[COMMAND_SIZE];
    int error = 0;
    int exit_status = must_be_new ? require_new(session, is_upload ? path : local, is_upload) : EXIT_DONE;
    if (exit_status != EXIT_DONE)
        return exit_status;
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
static int get(struct session *session, const char *target, bool is_directory, const struct targets *targets,
               struct together *together)
{
    const ftp_url *url = session->url;
    char local[PATH_SIZE];
    int exit_status = find_local(session, target, is_directory, local);
    if (exit_status != EXIT_DONE)
        return exit_status;
    bool must_be_new = targets_must_be_new(targets, local);
    int flags = flags_of_transfer(session->arguments) | (must_be_new ? FTP_NO_REPLACE : 0);
    if (is_text(session))
        return move_text(session, url->path, local, false, must_be_new);
    if (together != NULL)
        return together_get(together, url->path, local, flags);
    ftp_status status = show_progress(session, local);
    if (status == FTP_OK)
        status = ftp_get(session->ftp, url->path, local, flags);
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
    struct targets targets = {0};
    first = find_local_targets(session, is_directory ? count : 0, target, &targets);
    if (first != EXIT_DONE)
        count = 0;
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
            status = get(session, target, is_directory, &targets, together);
        first = first == EXIT_DONE ? status : first;
        if (!session_goes_on(status))
            break;
    }
    targets_free(&targets);
    return together_end(together, first);
}

/* Uploads standard input, whose size nobody knows. */
static ftp_status put_input(struct session *session, const char *path)
{
    char command[COMMAND_SIZE];
    snprintf(command, sizeof command, "STOR %s", path);
    return ftp_storfd(session->ftp, command, STDIN_FILENO, -1);
}

static int put(struct session *session, const char *local, const struct targets *targets, struct together *together)
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
    bool must_be_new = targets_must_be_new(targets, path);
    flags |= must_be_new ? FTP_NO_REPLACE : 0;
    if (is_text(session))
        return move_text(session, path, local, true, must_be_new);
    if (together != NULL && !is_input)
        return together_put(together, local, path, flags);
    ftp_status status = show_progress(session, local);
    if (status == FTP_OK)
        status = is_input ? put_input(session, path) : ftp_put(session->ftp, local, path, flags);
    return done(session, status, path, local);
}

static int put_all(struct session *session, int count, struct targets *targets)
{
    const struct arguments *arguments = session->arguments;
    int first = session_open(session, arguments->words[count]);
    if (first != EXIT_DONE)
        return first;
    if (count > 1 && !session->url->is_directory)
        return session_problem(session, EXIT_USAGE, session->url->path, "several files need a URL with / at its end");
    if (targets_are_alike(targets))
        look_for_targets(session, targets);
    struct together all = {0}, *together = arguments->jobs > 1 && count > 1 ? &all : NULL;
    if (together != NULL)
        first = together_begin(together, session);
    for (int i = 0; i < count && session_goes_on(first); i++) {
        int status = put(session, arguments->words[i], targets, together);
        first = first == EXIT_DONE ? status : first;
        if (!session_goes_on(status))
            break;
    }
    return together_end(together, first);
}

int run_put(struct session *session)
{
    struct targets targets = {0};
    int count = session->arguments->count - 1;
    int exit_status = find_remote_targets(session, count, &targets);
    if (exit_status == EXIT_DONE)
        exit_status = put_all(session, count, &targets);
    targets_free(&targets);
    return exit_status;
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
