#define _GNU_SOURCE

#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftpclient.h>

#include "status.h"

/* Options with a long name only. Those of enum command_option are their bit, above all letters. */
enum { FIRST_BIT = 1 << 16, MOST_JOBS = 64 };
enum { NETRC = 256, INCLUDE, EXCLUDE, CAFILE, PIN, INSECURE, CERT, KEY, ACTIVE, RETRIES, LIMIT_RATE, TIMEOUT, HELP, VERSION };

#define BIT(option) (FIRST_BIT + (option))

static const struct option long_options[] = {
    {"long", no_argument, NULL, BIT(OPTION_LONG)},
    {"all", no_argument, NULL, BIT(OPTION_ALL)},
    {"recursive", no_argument, NULL, BIT(OPTION_RECURSIVE)},
    {"resume", no_argument, NULL, BIT(OPTION_RESUME)},
    {"no-replace", no_argument, NULL, BIT(OPTION_NO_REPLACE)},
    {"keep-time", no_argument, NULL, BIT(OPTION_KEEP_TIME)},
    {"in-place", no_argument, NULL, BIT(OPTION_IN_PLACE)},
    {"atomic", no_argument, NULL, BIT(OPTION_ATOMIC)},
    {"make-dirs", no_argument, NULL, BIT(OPTION_MAKE_DIRS)},
    {"parents", no_argument, NULL, BIT(OPTION_MAKE_DIRS)},
    {"ascii", no_argument, NULL, BIT(OPTION_ASCII)},
    {"verify", no_argument, NULL, BIT(OPTION_VERIFY)},
    {"delete", no_argument, NULL, BIT(OPTION_DELETE)},
    {"dry-run", no_argument, NULL, BIT(OPTION_DRY_RUN)},
    {"include", required_argument, NULL, INCLUDE},
    {"exclude", required_argument, NULL, EXCLUDE},
    {"jobs", required_argument, NULL, 'j'},
    {"json", no_argument, NULL, BIT(OPTION_JSON)},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"netrc", required_argument, NULL, NETRC},
    {"cafile", required_argument, NULL, CAFILE},
    {"pin", required_argument, NULL, PIN},
    {"insecure", no_argument, NULL, INSECURE},
    {"cert", required_argument, NULL, CERT},
    {"key", required_argument, NULL, KEY},
    {"active", no_argument, NULL, ACTIVE},
    {"retries", required_argument, NULL, RETRIES},
    {"limit-rate", required_argument, NULL, LIMIT_RATE},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {0}};

static const struct {
    char letter;
    enum command_option option;
} letters[] = {{'l', OPTION_LONG},   {'a', OPTION_ALL},       {'r', OPTION_RECURSIVE},
               {'R', OPTION_RECURSIVE}, {'c', OPTION_RESUME}, {'p', OPTION_MAKE_DIRS}};

static const char help[] =
    "Options of all commands:\n"
    "  -q, --quiet            no bar, and no summaries\n"
    "  -v, --verbose          show the dialogue with the server\n"
    "      --json             one JSON object a line (not with cat)\n"
    "      --netrc FILE       passwords; ~/.netrc otherwise\n"
    "      --cafile FILE      the authorities to trust in TLS\n"
    "      --pin sha256//HASH the public key of the server\n"
    "      --insecure         accept any certificate, unless --pin is given\n"
    "      --cert FILE        the certificate of this client; --key FILE is its key\n"
    "      --active           the server opens the data connections\n"
    "  -4, -6                 IPv4 only, IPv6 only\n"
    "      --retries N        try again what may pass\n"
    "      --limit-rate N     bytes a second; K, M and G multiply by 1024\n"
    "      --timeout SECONDS  how long to wait for the server\n"
    "\n"
    "A URL is ftp://USER@HOST/PATH, or ftpes:// with TLS, or ftps:// with TLS from the beginning.\n"
    "Passwords come from --netrc, from FTPC_PASSWORD, or from the terminal. `man ftpc` tells more.\n";

static void print_usage(FILE *file)
{
    fputs("usage:\n", file);
    for (const struct command *command = commands; command->name != NULL; command++)
        fprintf(file, "  ftpc %s %s\n", command->name, command->synopsis);
    fprintf(file, "\n%s", help);
}

static bool wrong(int *status, const char *text, const char *word)
{
    fprintf(stderr, "ftpc: %s%s\nTry \"ftpc --help\".\n", text, word);
    *status = EXIT_USAGE;
    return false;
}

static const struct command *command_of(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

/* A number of 1 or more, times what the letter behind it stands for. Returns false if it is none. */
static bool read_number(const char *text, const char *units, int64_t most, int64_t *number)
{
    char *rest;
    errno = 0;
    long long value = strtoll(text, &rest, 10);
    if (errno != 0 || rest == text || value < 0)
        return false;
    if (*rest != '\0') {
        const char *unit = strchr(units, *rest);
        if (unit == NULL || rest[1] != '\0')
            return false;
        for (const char *u = units; u <= unit; u++) {
            if (value > INT64_MAX / 1024)
                return false;
            value *= 1024;
        }
    }
    *number = value;
    return value <= most;
}

/* Without memory the program ends as for an option that is wrong. */
static bool add_pattern(struct arguments *arguments, const char ***patterns, const char *pattern)
{
    size_t count = 0;
    while (*patterns != NULL && (*patterns)[count] != NULL)
        count++;
    const char **longer = realloc(*patterns, (count + 2) * sizeof *longer);
    if (longer == NULL)
        return false;
    longer[count] = pattern;
    longer[count + 1] = NULL;
    *patterns = longer;
    arguments->options |= OPTION_PATTERNS;
    return true;
}

/* Takes an option with a value. */
static bool take_value(struct arguments *arguments, int option, const char *value, int *status)
{
    int64_t number = 0;
    switch (option) {
    case INCLUDE: return add_pattern(arguments, &arguments->include, value);
    case EXCLUDE: return add_pattern(arguments, &arguments->exclude, value);
    case NETRC: arguments->netrc = value; return true;
    case CAFILE: arguments->authorities = value; return true;
    case PIN: arguments->pin = value; return true;
    case CERT: arguments->certificate = value; return true;
    case KEY: arguments->key = value; return true;
    case 'j':
        if (!read_number(value, "", MOST_JOBS, &number) || number == 0)
            return wrong(status, "--jobs needs a number from 1 to 64, not ", value);
        arguments->jobs = (int)number;
        arguments->options |= OPTION_JOBS;
        return true;
    case RETRIES:
        if (!read_number(value, "", INT_MAX, &number))
            return wrong(status, "--retries needs a number, not ", value);
        arguments->retries = (int)number;
        return true;
    case LIMIT_RATE:
        if (!read_number(value, "KMG", INT64_MAX, &arguments->rate) || arguments->rate == 0)
            return wrong(status, "--limit-rate needs a number such as 500K, not ", value);
        return true;
    default:
        if (!read_number(value, "", INT_MAX, &number) || number == 0)
            return wrong(status, "--timeout needs a number of seconds, not ", value);
        arguments->timeout_ms = number * 1000;
        return true;
    }
}

static bool take(struct arguments *arguments, int option, int *status)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (option == letters[i].letter)
            option = BIT(letters[i].option);
    if (option >= FIRST_BIT) {
        arguments->options |= (unsigned)(option - FIRST_BIT);
        return true;
    }
    switch (option) {
    case 'q': arguments->is_quiet = true; return true;
    case 'v': arguments->debug_level++; return true;
    case '4': arguments->ip_version = 4; return true;
    case '6': arguments->ip_version = 6; return true;
    case INSECURE: arguments->is_insecure = true; return true;
    case ACTIVE: arguments->is_active = true; return true;
    case HELP:
        print_usage(stdout);
        *status = EXIT_DONE;
        return false;
    case VERSION:
        printf("ftpc, with libftpclient %s and %s\n", ftp_version(),
               ftp_tls_backend() != NULL ? ftp_tls_backend() : "no TLS");
        *status = EXIT_DONE;
        return false;
    default: return take_value(arguments, option, optarg, status);
    }
}

/* The bits of enum command_option that an option stands for. */
static unsigned bits_of(const struct option *option)
{
    if (option->val >= FIRST_BIT)
        return (unsigned)(option->val - FIRST_BIT);
    if (option->val == 'j')
        return OPTION_JOBS;
    return option->val == INCLUDE || option->val == EXCLUDE ? OPTION_PATTERNS : 0;
}

/* Names the first option that the command does not have. */
static bool require_known_options(const struct arguments *arguments, int *status)
{
    unsigned unknown = arguments->options & ~arguments->command->options;
    for (const struct option *option = long_options; unknown != 0 && option->name != NULL; option++) {
        if ((unknown & bits_of(option)) == 0)
            continue;
        fprintf(stderr, "ftpc: %s has no option --%s\nTry \"ftpc --help\".\n", arguments->command->name, option->name);
        *status = EXIT_USAGE;
        return false;
    }
    return true;
}

/* Overwrites the password of a URL where ps shows it. */
static void hide_password(char *word)
{
    char *login = strstr(word, "://");
    if (login == NULL)
        return;
    login += strlen("://");
    size_t len = strcspn(login, "/?#");
    char *colon = memchr(login, ':', len), *at = memrchr(login, '@', len);
    if (colon != NULL && at != NULL && colon < at)
        memset(colon + 1, '*', (size_t)(at - colon - 1));
}

static bool copy_words(struct arguments *arguments, char **words, int count)
{
    arguments->words = calloc((size_t)count + 1, sizeof *arguments->words);
    for (int i = 0; arguments->words != NULL && i < count; i++) {
        arguments->words[i] = strdup(words[i]);
        if (arguments->words[i] == NULL)
            return false;
        hide_password(words[i]);
    }
    arguments->count = count;
    return arguments->words != NULL;
}

void arguments_free(struct arguments *arguments)
{
    for (char **word = arguments->words; word != NULL && *word != NULL; word++) {
        explicit_bzero(*word, strlen(*word));
        free(*word);
    }
    free(arguments->words);
    free(arguments->include);
    free(arguments->exclude);
    arguments->words = NULL;
}

bool arguments_read(struct arguments *arguments, int argc, char **argv, int *status)
{
    int option;
    *arguments = (struct arguments){.rate = -1, .timeout_ms = -1, .jobs = 1};
    *status = EXIT_INTERNAL;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "larRcpqv46j:", long_options, NULL)) != -1)
        if (option == '?')
            return wrong(status, "this option is unknown, or lacks its value: ", argv[optind - 1]);
        else if (!take(arguments, option, status))
            return false;
    if (optind == argc)
        return wrong(status, "there is no command", "");

    arguments->command = command_of(argv[optind]);
    if (arguments->command == NULL)
        return wrong(status, "there is no command ", argv[optind]);
    if (!require_known_options(arguments, status))
        return false;
    const struct command *command = arguments->command;
    int count = argc - optind - 1;
    if (count < command->least || (command->most > 0 && count > command->most)) {
        fprintf(stderr, "usage: ftpc %s %s\n", command->name, command->synopsis);
        *status = EXIT_USAGE;
        return false;
    }
    return copy_words(arguments, argv + optind + 1, count);
}
