#include "check.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program that hangs is ended by SIGALRM after this time; valgrind makes them slow. */
enum { LONGEST_TEST_SECONDS = 60 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *current_test = "";
static int tests, checks, failures;

void check_failed(const char *file, int line, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    pthread_mutex_lock(&lock);
    failures++;
    fprintf(stderr, "%s:%d: %s: ", file, line, current_test);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    pthread_mutex_unlock(&lock);
    va_end(values);
}

static void count(void)
{
    pthread_mutex_lock(&lock);
    checks++;
    pthread_mutex_unlock(&lock);
}

void check_true(const char *file, int line, const char *what, int holds)
{
    count();
    if (!holds)
        check_failed(file, line, "it does not hold that %s", what);
}

void check_int(const char *file, int line, const char *what, int64_t got, int64_t expected)
{
    count();
    if (got != expected)
        check_failed(file, line, "%s is %" PRId64 ", expected %" PRId64, what, got, expected);
}

void check_text(const char *file, int line, const char *what, const char *got, const char *expected)
{
    count();
    if (got == NULL || expected == NULL ? got != expected : strcmp(got, expected) != 0)
        check_failed(file, line, "%s is \"%s\", expected \"%s\"", what, got ? got : "(NULL)",
                     expected ? expected : "(NULL)");
}

void check_has(const char *file, int line, const char *what, const char *text, const char *part, int wanted)
{
    count();
    int found = text != NULL && strstr(text, part) != NULL;
    if (text == NULL || found != wanted)
        check_failed(file, line, "%s is \"%s\", expected one %s \"%s\"", what, text ? text : "(NULL)",
                     wanted ? "with" : "without", part);
}

/* Whether a text has a part in it. A busy machine wakes a test late: a limit that has passed may be told as longer. */
static int says(const char *text, const char *part)
{
    static const char waited[] = "timed out after ";
    const char *limit = strstr(part, waited);
    if (limit == NULL)
        return strstr(text, part) != NULL;
    const char *time = strstr(text, waited);
    size_t before = (size_t)(limit - part);
    if (time == NULL || (size_t)(time - text) < before || strncmp(time - before, part, before) != 0)
        return 0;
    char *rest, *expected;
    int is_enough = strtod(time + sizeof waited - 1, &rest) >= strtod(limit + sizeof waited - 1, &expected);
    return is_enough && strncmp(rest, expected, strlen(expected)) == 0;
}

void check_outcome(const char *file, int line, const char *what, ftp_status got, ftp_status expected,
                   const ftp_handle *ftp, const char *part)
{
    count();
    const char *error = ftp_last_error(ftp);
    if (error == NULL)
        error = "(NULL)";
    if (got != expected) {
        check_failed(file, line, "%s is %d (%s), expected %d (%s); the error is \"%s\"", what, got, ftp_strerror(got),
                     expected, ftp_strerror(expected), error);
    } else if (part == NULL ? error[0] != '\0' : !says(error, part)) {
        check_failed(file, line, "%s is %d as expected, but the error is \"%s\", expected \"%s\" in it", what, got,
                     error, part ? part : "");
    }
}

int open_descriptors(void)
{
    DIR *folder = opendir("/dev/fd");
    if (folder == NULL)
        return -1;
    int entries = 0;
    while (readdir(folder) != NULL)
        entries++;
    closedir(folder);
    /* "." and "..", and the one that was just used for looking. */
    return entries - 3;
}

void run_test(const char *name, void (*test)(void))
{
    int before = open_descriptors();
    int failures_before = failures;
    current_test = name;
    tests++;
    alarm(LONGEST_TEST_SECONDS);
    test();
    alarm(0);
    CHECK_INT(open_descriptors(), before);
    printf("%s %s\n", failures == failures_before ? "ok    " : "FAILED", name);
    fflush(stdout);
}

int summary(void)
{
    printf("%d tests, %d checks, %d failed\n", tests, checks, failures);
    return failures == 0 && checks > 0 ? 0 : 1;
}
