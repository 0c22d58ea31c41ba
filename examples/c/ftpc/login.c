#define _DEFAULT_SOURCE

#include "login.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "status.h"
#include "stop.h"
#include "text.h"

/* Asks on the terminal, without echo. Returns false if there is none, or if the user gives up. */
static bool ask(const ftp_url *url, const char *user, char *typed, size_t capacity)
{
    struct termios before, silent;
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    FILE *output = terminal >= 0 ? fdopen(terminal, "r+") : NULL;
    if (output == NULL || tcgetattr(terminal, &before) != 0) {
        if (output != NULL)
            fclose(output);
        return false;
    }
    /* First: whoever sees the question may answer at once. */
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(terminal, TCSAFLUSH, &silent);
    fputs("Password for ", output);
    text_print_name(output, user, strlen(user));
    fputs("@", output);
    text_print_name(output, url->host, strlen(url->host));
    fputs(": ", output);
    fflush(output);
    /* read() and not fgets(), whose buffer would keep the password. */
    ssize_t len = stop_or_readable(terminal) ? read(terminal, typed, capacity - 1) : -1;
    tcsetattr(terminal, TCSAFLUSH, &before);
    fputs("\n", output);
    fclose(output);

    typed[len > 0 ? len : 0] = '\0';
    typed[strcspn(typed, "\r\n")] = '\0';
    return len > 0;
}

static bool is_private(const char *path)
{
    struct stat status;
    return stat(path, &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static int look_up(struct login *login, const char *host, const char *netrc, const char **problem)
{
    static char text[NETRC_SIZE + 64];
    struct netrc_problem broken;
    if (netrc != NULL && !is_private(netrc)) {
        *problem = "others could read the passwords in the netrc file: chmod 600 it";
        return EXIT_LOCAL;
    }
    switch (netrc_look_up(netrc, host, &login->known, &broken)) {
    case NETRC_FOUND:
    case NETRC_NO_LOGIN:
        return EXIT_DONE;
    case NETRC_NO_FILE:
        *problem = "the netrc file cannot be read";
        return netrc == NULL ? EXIT_DONE : EXIT_LOCAL;
    case NETRC_BAD_FILE:
        snprintf(text, sizeof text, "the netrc file, line %u: %s", broken.line, broken.text);
        *problem = text;
        return EXIT_LOCAL;
    default:
        *problem = "~/.netrc has passwords that others could read: chmod 600 ~/.netrc";
        return EXIT_LOCAL;
    }
}

int login_find(struct login *login, const ftp_url *url, const char *netrc, const char **problem)
{
    memset(login, 0, sizeof *login);
    login->user = url->user;
    login->password = url->password;
    if (url->password[0] != '\0')
        return EXIT_DONE;
    int status = look_up(login, url->host, netrc, problem);
    if (status != EXIT_DONE)
        return status;
    if (url->user[0] == '\0')
        login->user = login->known.user;
    if (strcmp(login->user, login->known.user) == 0) {
        login->password = login->known.password;
        login->account = login->known.account;
    }
    if (login->user[0] == '\0' || login->password[0] != '\0' || strcmp(login->user, "anonymous") == 0)
        return EXIT_DONE;

    const char *environment = getenv("FTPC_PASSWORD");
    if (environment != NULL) {
        login->password = environment;
        return EXIT_DONE;
    }
    login->password = login->typed;
    if (ask(url, login->user, login->typed, sizeof login->typed))
        return EXIT_DONE;
    *problem = "there is no password for this user, and no terminal to ask for it: see FTPC_PASSWORD and --netrc";
    return stop_signal() != 0 ? EXIT_SIGNAL + stop_signal() : EXIT_LOGIN;
}

void login_forget(struct login *login)
{
    explicit_bzero(login, sizeof *login);
}
