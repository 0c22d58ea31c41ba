/*
 * A small test harness. A failed check prints where it stands, what was expected and what was got, and the test goes on.
 *
 * Checks may be made from any thread.
 */
#ifndef CHECK_H
#define CHECK_H

#include <ftpclient.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The condition holds. */
#define CHECK(condition) check_true(__FILE__, __LINE__, #condition, (condition) ? 1 : 0)
/* Two integers are equal; a status is an integer, too. */
#define CHECK_INT(got, expected) check_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(expected))
/* Two texts are equal; NULL is equal to NULL only. */
#define CHECK_TEXT(got, expected) check_text(__FILE__, __LINE__, #got, (got), (expected))
/* A text contains another. */
#define CHECK_HAS(text, part) check_has(__FILE__, __LINE__, #text, (text), (part), 1)
/* A text does not contain another. */
#define CHECK_LACKS(text, part) check_has(__FILE__, __LINE__, #text, (text), (part), 0)
/* The call on the handle succeeds, and leaves no error text. */
#define CHECK_OK(ftp, call) check_outcome(__FILE__, __LINE__, #call, (call), FTP_OK, (ftp), NULL)
/* The call on the handle fails with the status, and its error text contains the part. */
#define CHECK_FAILS(ftp, call, status, part) check_outcome(__FILE__, __LINE__, #call, (call), (status), (ftp), (part))

/* Makes a call whose status is of no interest. Say at the call why. A cast to void does not satisfy gcc. */
#define IGNORE(call)            \
    do {                        \
        ftp_status got = (call); \
        (void)got;              \
    } while (0)

/* Runs one test, a function without parameters: it must also leave no descriptor open. */
#define RUN(test) run_test(#test, test)

void run_test(const char *name, void (*test)(void));

/* Prints the counts as the last line. Returns what main() returns. */
int summary(void);

/* How many descriptors the process has open. */
int open_descriptors(void);

/* Reports a failure that no macro above fits; `format` is that of printf. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void check_failed(const char *file, int line, const char *format, ...);

void check_true(const char *file, int line, const char *what, int holds);
void check_int(const char *file, int line, const char *what, int64_t got, int64_t expected);
void check_text(const char *file, int line, const char *what, const char *got, const char *expected);
void check_has(const char *file, int line, const char *what, const char *text, const char *part, int wanted);
void check_outcome(const char *file, int line, const char *what, ftp_status got, ftp_status expected,
                   const ftp_handle *ftp, const char *part);

#ifdef __cplusplus
}
#endif

#endif
