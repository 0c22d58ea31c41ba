/* rm, mkdir, mv and chmod. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "session.h"

/* Tells with --json that something was done; other and its key may be NULL. */
static int done(const struct session *session, ftp_status status, const char *path, const char *key, const char *other)
{
    if (status != FTP_OK)
        return session_failed(session, status, path);
    if (has_option(session->arguments, OPTION_JSON)) {
        json_begin(session->arguments->command->name);
        json_string("path", path);
        if (key != NULL)
            json_string(key, other);
        json_end();
    }
    return EXIT_DONE;
}

static int refuse_empty(const struct session *session)
{
    return session_problem(session, EXIT_USAGE, NULL, "the URL has no path");
}

static int remove_path(struct session *session)
{
    const char *path = session->url->path;
    if (path[0] == '\0')
        return refuse_empty(session);
    bool is_tree = has_option(session->arguments, OPTION_RECURSIVE);
    ftp_status status = is_tree ? ftp_remove_tree(session->ftp, path, 0) : ftp_delete(session->ftp, path);
    return done(session, status, path, NULL, NULL);
}

static int make_directory(struct session *session)
{
    const char *path = session->url->path;
    if (path[0] == '\0')
        return refuse_empty(session);
    bool all = has_option(session->arguments, OPTION_MAKE_DIRS);
    ftp_status status = all ? ftp_makedirs(session->ftp, path) : ftp_mkd(session->ftp, path, NULL);
    return done(session, status, path, NULL, NULL);
}

static int set_mode(struct session *session)
{
    char *rest;
    const char *path = session->url->path, *text = session->arguments->words[0];
    if (path[0] == '\0')
        return refuse_empty(session);
    long mode = strtol(text, &rest, 8);
    if (text[0] < '0' || text[0] > '7' || *rest != '\0' || mode > 07777)
        return session_problem(session, EXIT_USAGE, NULL, "the mode must be an octal number such as 640");
    return done(session, ftp_chmod(session->ftp, path, (int)mode), path, "mode", text);
}

int run_rm(struct session *session)
{
    return session_for_each(session, 0, remove_path);
}

int run_mkdir(struct session *session)
{
    return session_for_each(session, 0, make_directory);
}

int run_chmod(struct session *session)
{
    return session_for_each(session, 1, set_mode);
}

int run_mv(struct session *session)
{
    const char *to = session->arguments->words[1];
    /* It may hold a password, and would become a name on the server. */
    if (strstr(to, "://") != NULL)
        return session_problem(session, EXIT_USAGE, NULL, "the new name must be a path on the same server, not a URL");
    int status = session_open(session, session->arguments->words[0]);
    if (status != EXIT_DONE)
        return status;
    if (session->url->path[0] == '\0' || to[0] == '\0')
        return refuse_empty(session);
    return done(session, ftp_rename(session->ftp, session->url->path, to), session->url->path, "to", to);
}
