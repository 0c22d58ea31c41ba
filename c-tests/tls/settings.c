/*
 * What the settings of TLS do in a session. Its server, tests/tls/settings_from_c.rs, starts it:
 *
 *     settings full-keylog|unread-keylog|no-resumption|old-version|wrong-name|authority|no-common-name|common-name PORT CA
 */
/* pipe() and SIGPIPE, with -std=c99. */
#define _POSIX_C_SOURCE 200809L

#include <ftpclient.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ends the program unless the condition holds. */
#define REQUIRE(condition) require((condition) ? 1 : 0, #condition, __LINE__)

static ftp_handle *ftp;
static struct ftp_tls_info details = { .struct_size = sizeof details };

static void require(int holds, const char *what, int line)
{
    if (holds)
        return;
    fprintf(stderr, "line %d: it does not hold that %s; the last error: %s\n", line, what, ftp_last_error(ftp));
    exit(1);
}

static ftp_status log_in(void)
{
    REQUIRE(!ftp_is_tls(ftp));
    return ftp_login(ftp, "user", "secret", NULL);
}

static void is_refused(ftp_status expected, const char *words)
{
    REQUIRE(log_in() == expected);
    REQUIRE(strstr(ftp_last_error(ftp), words) != NULL);
    REQUIRE(!ftp_is_tls(ftp));
    REQUIRE(ftp_voidcmd(ftp, "NOOP") == FTP_ERR_STATE);
}

static void is_let_in(void)
{
    REQUIRE(log_in() == FTP_OK);
    REQUIRE(ftp_is_tls(ftp));
    REQUIRE(ftp_tls_get_info(ftp, &details) == FTP_OK);
}

static int ignore(const void *data, size_t length, void *unused)
{
    (void)data, (void)length, (void)unused;
    return 0;
}

static void nothing_is_resumed(void)
{
    REQUIRE(ftp_set_tls_resume(ftp, 0) == FTP_OK);
    is_let_in();
    REQUIRE(ftp_retrbinary(ftp, "RETR f", ignore, NULL, 0, -1) == FTP_OK);
    REQUIRE(ftp_tls_get_info(ftp, &details) == FTP_OK);
    REQUIRE(details.data_connections == 1);
    REQUIRE(details.data_connections_resumed == 0);
    REQUIRE(details.data_resumed == 0);
}

/* The reader of the pipe has gone. SIGPIPE would end the program. */
static void nobody_reads_the_keys(void)
{
    int ends[2];
    char path[64];
    REQUIRE(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    REQUIRE(pipe(ends) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    REQUIRE(ftp_set_tls_keylog(ftp, path) == FTP_OK);
    close(ends[0]);
    is_refused(FTP_ERR_FILE, path);
    close(ends[1]);
}

int main(int argc, char **argv)
{
    const char *subject = argc == 4 ? argv[1] : "";
    ftp = ftp_new();
    REQUIRE(ftp != NULL);
    REQUIRE(ftp_set_timeout(ftp, 60000) == FTP_OK);
    REQUIRE(ftp_set_tls(ftp, FTP_TLS_EXPLICIT) == FTP_OK);
    REQUIRE(ftp_set_tls_ca(ftp, argv[3]) == FTP_OK);
    REQUIRE(ftp_connect(ftp, "127.0.0.1", (uint16_t)atoi(argv[2])) == FTP_OK);
    if (strcmp(subject, "full-keylog") == 0) {
        REQUIRE(ftp_set_tls_keylog(ftp, "/dev/full") == FTP_OK);
        is_refused(FTP_ERR_FILE, "/dev/full");
    } else if (strcmp(subject, "unread-keylog") == 0) {
        nobody_reads_the_keys();
    } else if (strcmp(subject, "no-resumption") == 0) {
        nothing_is_resumed();
    } else if (strcmp(subject, "old-version") == 0) {
        REQUIRE(ftp_set_tls_versions(ftp, FTP_TLS_1_0, 0) == FTP_OK);
        is_let_in();
        REQUIRE(details.version == FTP_TLS_1_0);
    } else if (strcmp(subject, "wrong-name") == 0) {
        is_refused(FTP_ERR_CERTIFICATE, "not for 127.0.0.1");
    } else if (strcmp(subject, "authority") == 0) {
        REQUIRE(ftp_set_tls_verify(ftp, FTP_TLS_VERIFY_AUTHORITY) == FTP_OK);
        is_let_in();
    } else if (strcmp(subject, "no-common-name") == 0) {
        is_refused(FTP_ERR_CERTIFICATE, "ftp_set_tls_common_name()");
    } else if (strcmp(subject, "common-name") == 0) {
        REQUIRE(ftp_set_tls_common_name(ftp, 1) == FTP_OK);
        is_let_in();
    } else {
        return 2;
    }
    ftp_free(ftp);
    return 0;
}
