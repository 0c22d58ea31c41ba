/*
 * Finds the login for a host in a .netrc file, as Python's netrc module reads it:
 *
 *     machine ftp.example.org login ann password "two words"
 *     default login anonymous password ann@example.org
 *
 * - A value may be quoted with ". After \, the next character stands for itself.
 * - Macros are skipped.
 * - A word that begins with #, in the place of a keyword, makes the rest of its line a comment.
 */
#ifndef NETRC_H
#define NETRC_H

enum { NETRC_SIZE = 512 };

struct netrc_login {
    char user[NETRC_SIZE];
    char password[NETRC_SIZE];
    char account[NETRC_SIZE];
};

struct netrc_problem {
    unsigned line;
    const char *text;
};

enum netrc_result {
    NETRC_FOUND,
    NETRC_NO_LOGIN, /* the file names neither the host nor a default */
    NETRC_NO_FILE,
    NETRC_BAD_FILE, /* see the problem */
    NETRC_NOT_PRIVATE
};

/*
 * Looks host up in the file at path. NULL stands for .netrc in the home directory. If that file contains passwords, only its owner may be
 * able to read it. If a host has two entries, the last one counts.
 */
enum netrc_result netrc_look_up(const char *path, const char *host, struct netrc_login *login,
                                struct netrc_problem *problem);

#endif
