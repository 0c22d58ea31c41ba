#define _POSIX_C_SOURCE 200809L

#include "netrc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

struct reader {
    FILE *file;
    int last; /* the character that was read last */
    unsigned line;
    struct netrc_problem problem; /* its line is that of the last word */
};

/* The entries of a file that matter for one host. */
struct entries {
    const char *host;
    struct netrc_login of_host, of_default, of_others;
    bool has_host, has_default, has_secrets;
};

static int next(struct reader *reader)
{
    reader->last = getc(reader->file);
    if (reader->last == '\n')
        reader->line++;
    return reader->last;
}

/* Keeps the first problem of a file. */
static bool fail(struct reader *reader, const char *text)
{
    if (reader->problem.text == NULL)
        reader->problem.text = text;
    return false;
}

static bool is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads a word or a quoted string. At the end and after a problem, the word is empty and the result is false. */
static bool next_word(struct reader *reader, char word[NETRC_SIZE])
{
    size_t len = 0;
    word[0] = '\0';
    while (is_space(next(reader)))
        continue;
    if (reader->last == EOF || reader->problem.text != NULL)
        return false;
    reader->problem.line = reader->line;
    bool quoted = reader->last == '"';
    if (quoted)
        next(reader);
    while (reader->last != EOF && (quoted ? reader->last != '"' : !is_space(reader->last))) {
        if (reader->last == '\\' && next(reader) == EOF)
            break;
        if (reader->last == '\0' || len + 1 == NETRC_SIZE) {
            word[0] = '\0';
            return fail(reader, "a word is too long or has a NUL");
        }
        word[len++] = (char)reader->last;
        next(reader);
    }
    word[len] = '\0';
    return true;
}

static void skip_rest_of_line(struct reader *reader)
{
    while (reader->last != '\n' && reader->last != EOF)
        next(reader);
}

/* A macro ends at an empty line. */
static void skip_macro(struct reader *reader)
{
    size_t length;
    skip_rest_of_line(reader);
    do {
        length = 0;
        while (next(reader) != '\n' && reader->last != EOF)
            if (reader->last != '\r')
                length++;
    } while (length > 0);
}

/* Returns where to store the login of the machine that has this name. */
static struct netrc_login *start_entry(struct entries *entries, const char *name)
{
    struct netrc_login *entry = &entries->of_others;
    if (strcmp(name, entries->host) == 0) {
        entry = &entries->of_host;
        entries->has_host = true;
    } else if (strcmp(name, "default") == 0) {
        entry = &entries->of_default;
        entries->has_default = true;
    }
    memset(entry, 0, sizeof *entry);
    return entry;
}

static void end_entry(struct entries *entries, const struct netrc_login *entry)
{
    if (entry != NULL && strcmp(entry->user, "anonymous") != 0)
        entries->has_secrets = true;
}

/* The field that a keyword stands for, or NULL. */
static char *field(struct netrc_login *entry, const char *keyword)
{
    if (strcmp(keyword, "login") == 0 || strcmp(keyword, "user") == 0)
        return entry->user;
    if (strcmp(keyword, "password") == 0)
        return entry->password;
    if (strcmp(keyword, "account") == 0)
        return entry->account;
    return NULL;
}

static bool read_entries(struct reader *reader, struct entries *entries)
{
    struct netrc_login *entry = NULL;
    char word[NETRC_SIZE], name[NETRC_SIZE];
    while (next_word(reader, word)) {
        char *value;
        if (word[0] == '#') {
            skip_rest_of_line(reader);
        } else if (strcmp(word, "machine") == 0) {
            end_entry(entries, entry);
            if (!next_word(reader, name) || name[0] == '\0')
                return fail(reader, "a machine has no name");
            entry = start_entry(entries, name);
        } else if (strcmp(word, "default") == 0) {
            end_entry(entries, entry);
            entry = start_entry(entries, "default");
        } else if (strcmp(word, "macdef") == 0) {
            end_entry(entries, entry);
            entry = NULL;
            next_word(reader, name);
            skip_macro(reader);
        } else if (entry != NULL && (value = field(entry, word)) != NULL) {
            next_word(reader, value);
        } else {
            return fail(reader, "a keyword is unknown or out of place");
        }
    }
    end_entry(entries, entry);
    return reader->problem.text == NULL;
}

static bool is_private(FILE *file)
{
    struct stat status;
    return fstat(fileno(file), &status) == 0 && status.st_uid == getuid() &&
           (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static FILE *open_file(const char *path)
{
    char in_home[4096];
    const char *home = getenv("HOME");
    if (path != NULL)
        return fopen(path, "r");
    if (home == NULL || strlen(home) + sizeof "/.netrc" > sizeof in_home)
        return NULL;
    snprintf(in_home, sizeof in_home, "%s/.netrc", home);
    return fopen(in_home, "r");
}

enum netrc_result netrc_look_up(const char *path, const char *host, struct netrc_login *login,
                                struct netrc_problem *problem)
{
    struct reader reader = {.file = open_file(path), .line = 1};
    struct entries entries = {.host = host};
    if (reader.file == NULL)
        return NETRC_NO_FILE;

    bool understood = read_entries(&reader, &entries);
    bool unreadable = ferror(reader.file) != 0; /* a directory, for example */
    bool safe = path != NULL || !entries.has_secrets || is_private(reader.file);
    fclose(reader.file);

    if (unreadable)
        return NETRC_NO_FILE;
    if (!understood) {
        *problem = reader.problem;
        return NETRC_BAD_FILE;
    }
    if (!safe)
        return NETRC_NOT_PRIVATE;
    if (!entries.has_host && !entries.has_default)
        return NETRC_NO_LOGIN;
    *login = entries.has_host ? entries.of_host : entries.of_default;
    return NETRC_FOUND;
}
