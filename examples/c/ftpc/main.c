/*
 * ftpc: files and directories on FTP servers, from the command line.
 *
 *     ftpc ls -l ftp://ftp.example.org/pub/
 *     ftpc get --resume ftpes://ann@ftp.example.org/big.iso
 *
 * It uses the public API of libftpclient and nothing else. ftpc.1 is its manual page.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "commands.h"
#include "session.h"
#include "stop.h"

enum {
    ON_FILES = OPTION_JOBS | OPTION_RESUME | OPTION_NO_REPLACE | OPTION_KEEP_TIME | OPTION_VERIFY | OPTION_ASCII,
    ON_TREES = OPTION_JOBS | OPTION_RESUME | OPTION_VERIFY | OPTION_ATOMIC | OPTION_DRY_RUN | OPTION_PATTERNS | OPTION_JSON,
};

const struct command commands[] = {
    {"ls", "[-l] [-a] [-R] URL...", run_ls, OPTION_LONG | OPTION_ALL | OPTION_RECURSIVE | OPTION_JSON, 1, 0},
    {"stat", "URL...", run_stat, OPTION_JSON, 1, 0},
    {"get", "[--jobs N] [--resume] [--verify] [--no-replace] [--keep-time] [--in-place] | [--ascii] URL... [FILE | DIRECTORY/]",
     run_get,
     ON_FILES | OPTION_IN_PLACE | OPTION_JSON, 1, 0},
    {"put", "[--jobs N] [--resume] [--verify] [--atomic] [--no-replace] [--keep-time] [--make-dirs] | [--ascii] FILE... URL",
     run_put,
     ON_FILES | OPTION_ATOMIC | OPTION_MAKE_DIRS | OPTION_JSON, 2, 0},
    {"cat", "[--ascii] URL...", run_cat, OPTION_ASCII, 1, 0},
    {"mirror", "get [OPTION...] URL DIRECTORY | put [--atomic] [OPTION...] DIRECTORY URL", run_mirror, ON_TREES | OPTION_DELETE, 3, 3},
    {"sync", "get [OPTION...] URL DIRECTORY | put [--atomic] [OPTION...] DIRECTORY URL", run_sync, ON_TREES, 3, 3},
    {"rm", "[-r] URL...", run_rm, OPTION_RECURSIVE | OPTION_JSON, 1, 0},
    {"mkdir", "[-p] URL...", run_mkdir, OPTION_MAKE_DIRS | OPTION_JSON, 1, 0},
    {"mv", "URL NEWPATH", run_mv, OPTION_JSON, 2, 2},
    {"chmod", "MODE URL...", run_chmod, OPTION_JSON, 2, 0},
    {0}};

static int serve(int argc, char **argv)
{
    struct arguments arguments;
    struct session session;
    int status;
    if (arguments_read(&arguments, argc, argv, &status)) {
        status = session_begin(&session, &arguments);
        if (status == EXIT_DONE)
            status = arguments.command->run(&session);
        session_end(&session);
    }
    arguments_free(&arguments);
    return status;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    stop_on_signals();
    int status = serve(argc, argv);
    stop_if_nobody_reads();
    if (stop_signal() != 0)
        return EXIT_SIGNAL + stop_signal();
    if (stop_output_error() != 0) {
        fprintf(stderr, "ftpc: standard output: %s\n", strerror(stop_output_error()));
        return EXIT_LOCAL;
    }
    return status;
}
