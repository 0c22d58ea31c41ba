/*
 * What `python -m ftplib` does, in C: lists directories of an FTP server and prints files.
 *
 *     ftplib [-d]... [-r[FILE]] HOST [-l[DIR]] [-d[DIR]] [-p] [FILE]...
 *
 * Two things differ: a port may follow HOST, as in localhost:2121 or [::1]:2121, and -d prints to standard error.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftpclient.h>

#include "netrc.h"

static const char usage[] =
    "usage: ftplib [-d]... [-r[FILE]] HOST [-l[DIR]] [-d[DIR]] [-p] [FILE]...\n"
    "\n"
    "  -d       before the host: print the dialogue; twice: print every line as it is sent\n"
    "  -rFILE   look the login up in this file and not in ~/.netrc\n"
    "\n"
    "then one after the other:\n"
    "  -lDIR    list a directory; -l lists the current one\n"
    "  -dDIR    change the current directory\n"
    "  -p       switch between passive and active mode\n"
    "  FILE     print a file\n";

struct server {
    char host[256];
    uint16_t port;
};

static bool ok(ftp_handle *ftp, ftp_status status)
{
    if (status != FTP_OK)
        fprintf(stderr, "ftplib: %s\n", ftp_last_error(ftp));
    return status == FTP_OK;
}

/* Splits HOST, HOST:PORT, [HOST] or [HOST]:PORT. An IPv6 address without brackets has several colons and no port. */
static bool parse_server(const char *text, struct server *server)
{
    bool bracketed = text[0] == '[';
    const char *host = bracketed ? text + 1 : text;
    const char *end = strchr(host, bracketed ? ']' : ':');
    if (end == NULL && bracketed)
        return false;
    if (end == NULL || (!bracketed && strchr(end + 1, ':') != NULL))
        end = host + strlen(host);
    const char *port = bracketed ? end + 1 : end;
    if ((size_t)(end - host) >= sizeof server->host)
        return false;
    memcpy(server->host, host, (size_t)(end - host));
    server->host[end - host] = '\0';

    server->port = 0; /* the library's default, 21 */
    if (port[0] == '\0')
        return true;
    char *rest;
    unsigned long number = strtoul(port + 1, &rest, 10);
    if (port[0] != ':' || rest[0] != '\0' || number < 1 || number > UINT16_MAX)
        return false;
    server->port = (uint16_t)number;
    return true;
}

/* Logs in with what the netrc file says about the host, or otherwise as anonymous. */
static bool log_in(ftp_handle *ftp, const char *host, const char *netrc)
{
    struct netrc_login login = {"", "", ""};
    struct netrc_problem problem;
    switch (netrc_look_up(netrc, host, &login, &problem)) {
    case NETRC_FOUND:
        break;
    case NETRC_NO_LOGIN:
        fprintf(stderr, "ftplib: no login for %s is known: trying anonymous\n", host);
        break;
    case NETRC_NO_FILE:
        if (netrc != NULL)
            fprintf(stderr, "ftplib: cannot read \"%s\": trying anonymous\n", netrc);
        break;
    case NETRC_BAD_FILE:
        fprintf(stderr, "ftplib: %s, line %u: %s\n", netrc != NULL ? netrc : "~/.netrc", problem.line, problem.text);
        return false;
    case NETRC_NOT_PRIVATE:
        fprintf(stderr, "ftplib: ~/.netrc has passwords that others could read: chmod 600 ~/.netrc\n");
        return false;
    }
    return ok(ftp, ftp_login(ftp, login.user, login.password, login.account));
}

static int print(const void *data, size_t len, void *user)
{
    (void)user;
    return fwrite(data, 1, len, stdout) == len ? 0 : 1;
}

/* Sends "CWD directory"; unlike ftp_cwd() it treats no name as special. */
static bool change_directory(ftp_handle *ftp, const char *directory)
{
    char command[4096];
    int len = snprintf(command, sizeof command, directory[0] != '\0' ? "CWD %s" : "CWD", directory);
    if (len < 0 || (size_t)len >= sizeof command) {
        fprintf(stderr, "ftplib: this name is too long: %s\n", directory);
        return false;
    }
    return ok(ftp, ftp_sendcmd(ftp, command));
}

static bool print_file(ftp_handle *ftp, const char *file)
{
    char command[4096];
    int len = snprintf(command, sizeof command, "RETR %s", file);
    if (len < 0 || (size_t)len >= sizeof command) {
        fprintf(stderr, "ftplib: this name is too long: %s\n", file);
        return false;
    }
    return ok(ftp, ftp_retrbinary(ftp, command, print, NULL, 1024, -1));
}

static bool obey(ftp_handle *ftp, const char *argument, bool *passive)
{
    if (strncmp(argument, "-l", 2) == 0)
        return ok(ftp, ftp_dir(ftp, argument + 2, NULL, NULL));
    if (strncmp(argument, "-d", 2) == 0)
        return change_directory(ftp, argument + 2);
    if (strcmp(argument, "-p") == 0) {
        *passive = !*passive;
        return ok(ftp, ftp_set_pasv(ftp, *passive));
    }
    return print_file(ftp, argument);
}

static bool session(ftp_handle *ftp, const struct server *server, const char *netrc, char **arguments)
{
    bool passive = true;
    if (!ok(ftp, ftp_connect(ftp, server->host, server->port)) || !log_in(ftp, server->host, netrc))
        return false;
    for (; *arguments != NULL; arguments++)
        if (!obey(ftp, *arguments, &passive))
            return false;
    return ok(ftp, ftp_quit(ftp));
}

int main(int argc, char **argv)
{
    int debug_level = 0;
    const char *netrc = NULL;
    struct server server;
    char **argument = argv + 1;

    if (argc < 2) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    for (; *argument != NULL && strcmp(*argument, "-d") == 0; argument++)
        debug_level++;
    if (*argument != NULL && strncmp(*argument, "-r", 2) == 0)
        netrc = *argument++ + 2;
    if (*argument == NULL || !parse_server(*argument++, &server)) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }

    ftp_handle *ftp = ftp_new();
    if (ftp == NULL) {
        fprintf(stderr, "ftplib: out of memory or descriptors\n");
        return EXIT_FAILURE;
    }
    bool done = ok(ftp, ftp_set_debuglevel(ftp, debug_level)) && session(ftp, &server, netrc, argument);
    ftp_free(ftp);
    if (fflush(stdout) != 0) {
        perror("ftplib: standard output");
        done = false;
    }
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
