/* The command line: ftpc [OPTION]... COMMAND [OPTION]... ARGUMENT... */
#ifndef FTPC_ARGUMENTS_H
#define FTPC_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

struct arguments;
struct session;

/* Options that some commands have and others do not. A command lists those that it has. */
enum command_option {
    OPTION_LONG = 1 << 0,
    OPTION_ALL = 1 << 1,
    OPTION_RECURSIVE = 1 << 2,
    OPTION_RESUME = 1 << 3,
    OPTION_NO_REPLACE = 1 << 4,
    OPTION_KEEP_TIME = 1 << 5,
    OPTION_IN_PLACE = 1 << 6,
    OPTION_ATOMIC = 1 << 7,
    OPTION_MAKE_DIRS = 1 << 8,
    OPTION_VERIFY = 1 << 9,
    OPTION_DELETE = 1 << 10,
    OPTION_DRY_RUN = 1 << 11,
    OPTION_PATTERNS = 1 << 12,
    OPTION_JSON = 1 << 13,
    OPTION_JOBS = 1 << 14,
    OPTION_ASCII = 1 << 15
};

struct command {
    const char *name;
    const char *synopsis;              /* what follows the name */
    int (*run)(struct session *session); /* returns an exit status */
    unsigned options;
    int least, most; /* how many arguments */
};

struct arguments {
    const struct command *command;
    unsigned options;
    char **words; /* what is no option: copies, whose passwords nobody sees in the list of processes */
    int count;
    bool is_quiet, is_insecure, is_active;
    int debug_level;
    int ip_version; /* 4, 6, or 0 for both */
    int retries;
    int jobs; /* how many sessions move files at the same time */
    int64_t rate;       /* bytes a second; -1 is no limit */
    int64_t timeout_ms; /* -1 is the library's own */
    const char **include, **exclude; /* patterns, with NULL behind the last; NULL if there is none */
    const char *netrc, *authorities, *pin, *certificate, *key;
};

/* The commands; the last has no name. */
extern const struct command commands[];

/* Reads the command line. Returns false if that was all: then *status is the exit status. */
bool arguments_read(struct arguments *arguments, int argc, char **argv, int *status);

void arguments_free(struct arguments *arguments);

static inline bool has_option(const struct arguments *arguments, enum command_option option)
{
    return (arguments->options & option) != 0;
}

#endif
