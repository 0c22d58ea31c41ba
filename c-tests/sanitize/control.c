/*
 * Makes the mistake that its argument names. A sanitizer must find it: otherwise it would find nothing in the tests
 * either.
 */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static void tells_the_directory(struct session *s)
{
    says(s, "220 ready");
    answers(s, "PWD", "257 \"/\"");
    hears_goodbye(s);
}

static void library_writes_freed_memory(void)
{
    struct server *server = serve(tells_the_directory, NULL);
    ftp_handle *ftp = client_of(server);
    /* volatile hides the mistake from the compiler. */
    const char **volatile out = malloc(sizeof *out);
    free((void *)out);
    /* The sanitizer has the last word. */
    IGNORE(ftp_pwd(ftp, out));
    ftp_free(ftp);
    server_ends(server);
}

static void program_reads_freed_memory(void)
{
    ftp_handle *ftp = ftp_new();
    IGNORE(ftp_voidcmd(ftp, "NOOP"));
    const char *error = ftp_last_error(ftp);
    ftp_free(ftp);
    puts(error);
}

/* Many of them: a pointer to the last may still stand in a register or on the stack. */
static void handle_is_lost(void)
{
    for (int i = 0; i < 16; i++) {
        ftp_new();
    }
}

static void number_overflows(void)
{
    volatile int number = INT_MAX;
    number = number + 1;
}

static void *read_first_byte(void *text)
{
    volatile char byte = *(const volatile char *)text;
    (void)byte;
    return NULL;
}

/* One thread reads a text of the handle, while the call of another replaces it. Often: the sanitizer does not keep all that was done. */
static void handle_is_used_by_two_threads(void)
{
    for (int i = 0; i < 16; i++) {
        pthread_t thread;
        ftp_handle *ftp = ftp_new();
        IGNORE(ftp_voidcmd(ftp, "NOOP"));
        pthread_create(&thread, NULL, read_first_byte, (void *)ftp_last_error(ftp));
        IGNORE(ftp_voidcmd(ftp, "NOOP"));
        pthread_join(thread, NULL);
        ftp_free(ftp);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(void);
    } mistakes[] = {
        { "library writes freed memory", library_writes_freed_memory },
        { "program reads freed memory", program_reads_freed_memory },
        { "handle is lost", handle_is_lost },
        { "number overflows", number_overflows },
        { "handle is used by two threads", handle_is_used_by_two_threads },
    };
    for (size_t i = 0; argc == 2 && i < sizeof mistakes / sizeof *mistakes; i++) {
        if (strcmp(argv[1], mistakes[i].name) == 0) {
            mistakes[i].make();
            return 0;
        }
    }
    fputs("usage: control MISTAKE\n", stderr);
    return 0;
}
