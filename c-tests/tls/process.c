/*
 * What the other programs here test in clear, over TLS: fork() and broken connections. Its server, tests/tls/process.rs,
 * starts it:
 *
 *     process fork|fork-inside|sigpipe PORT CA
 */
/* fork() and sigaction(), with -std=c99. */
#define _POSIX_C_SOURCE 200809L

#include <ftpclient.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends the program unless the condition holds. */
#define REQUIRE(condition) require((condition) ? 1 : 0, #condition, __LINE__)

static ftp_handle *ftp;

static void require(int holds, const char *what, int line)
{
    if (holds)
        return;
    fprintf(stderr, "line %d: it does not hold that %s; the last error: %s\n", line, what, ftp_last_error(ftp));
    exit(1);
}

static void connect_to(const char *port, const char *ca)
{
    ftp = ftp_new();
    REQUIRE(ftp != NULL);
    REQUIRE(ftp_set_timeout(ftp, 20000) == FTP_OK);
    REQUIRE(ftp_set_tls(ftp, FTP_TLS_EXPLICIT) == FTP_OK);
    REQUIRE(ftp_set_tls_ca(ftp, ca) == FTP_OK);
    REQUIRE(ftp_connect(ftp, "127.0.0.1", (uint16_t)atoi(port)) == FTP_OK);
    REQUIRE(ftp_login(ftp, "user", "secret", NULL) == FTP_OK);
}

static void is_in_step(void)
{
    const char *path = NULL;
    REQUIRE(ftp_pwd(ftp, &path) == FTP_OK);
    REQUIRE(strcmp(path, "/in/step") == 0);
}

/* In a child, which says nothing to the server. */
static void free_all(ftp_transfer *transfer)
{
    pid_t child = fork();
    if (child == 0) {
        int is_refused = ftp_voidcmd(ftp, "NOOP") == FTP_ERR_STATE;
        ftp_transfer_free(transfer);
        ftp_free(ftp);
        /* As a program ends, with all that runs then. */
        exit(is_refused ? 0 : 1);
    }
    int status = 1;
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
}

static void children_free_and_the_parent_goes_on(void)
{
    ftp_transfer *transfer = NULL;
    free_all(NULL);
    is_in_step();
    REQUIRE(ftp_transfercmd(ftp, "STOR f", -1, &transfer) == FTP_OK);
    REQUIRE(ftp_transfer_write(transfer, "first ", 6) == FTP_OK);
    free_all(transfer);
    REQUIRE(ftp_transfer_write(transfer, "second", 6) == FTP_OK);
    REQUIRE(ftp_transfer_finish(transfer) == FTP_OK);
    ftp_transfer_free(transfer);
    is_in_step();
    REQUIRE(ftp_quit(ftp) == FTP_OK);
}

/* Comes back in both processes. The parent waits for its child. */
static int forks_and_comes_back(const void *data, size_t len, void *user)
{
    pid_t *child = user;
    (void)data, (void)len;
    if (*child < 0) {
        int status = 1;
        *child = fork();
        REQUIRE(*child >= 0);
        if (*child > 0) {
            REQUIRE(waitpid(*child, &status, 0) == *child);
            REQUIRE(status == 0);
        }
    }
    return 0;
}

/* The child reads no record of the parent's, and ends neither of its connections. */
static void a_child_comes_back_into_a_download(void)
{
    pid_t child = -1;
    ftp_status status = ftp_retrbinary(ftp, "RETR f", forks_and_comes_back, &child, 0, -1);
    if (child == 0) {
        int is_refused = status == FTP_ERR_STATE && ftp_voidcmd(ftp, "NOOP") == FTP_ERR_STATE;
        ftp_free(ftp);
        exit(is_refused ? 0 : 1);
    }
    REQUIRE(child > 0);
    REQUIRE(status == FTP_OK);
    is_in_step();
    REQUIRE(ftp_quit(ftp) == FTP_OK);
}

static int64_t give_without_end(void *buffer, size_t capacity, void *unused)
{
    (void)unused;
    memset(buffer, 'x', capacity);
    return (int64_t)capacity;
}

/* The server resets both connections, while this writes to them. SIGPIPE would end the program. */
static void a_broken_connection_is_an_error(void)
{
    struct sigaction now;
    REQUIRE(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    ftp_status status = ftp_storbinary(ftp, "STOR f", give_without_end, NULL, NULL, 0, -1);
    REQUIRE(status == FTP_ERR_IO || status == FTP_ERR_EOF || status == FTP_ERR_TLS);
    REQUIRE(ftp_voidcmd(ftp, "NOOP") == FTP_ERR_STATE);
    REQUIRE(sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    connect_to(argv[2], argv[3]);
    if (strcmp(argv[1], "fork") == 0)
        children_free_and_the_parent_goes_on();
    else if (strcmp(argv[1], "fork-inside") == 0)
        a_child_comes_back_into_a_download();
    else
        a_broken_connection_is_an_error();
    ftp_free(ftp);
    return 0;
}
