/*
 * A whole session with an FTP server: log in, look around, upload a file, download it again, delete it.
 *
 *     quickstart HOST PORT USER PASSWORD
 *
 * `cargo run --example demo` compiles this program and runs it with a server of its own.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftpclient.h>

#define NAME "quickstart.bin"

/* A file in memory, and how much of it has been sent or compared so far. */
struct file {
    unsigned char bytes[100000];
    size_t position;
};

/* Every call returns a status. The handle has the details of the last call. */
static bool ok(ftp_handle *ftp, ftp_status status)
{
    if (status != FTP_OK)
        fprintf(stderr, "quickstart: %s\n", ftp_last_error(ftp));
    return status == FTP_OK;
}

static int print_line(const char *line, size_t len, void *user)
{
    (void)len;
    (void)user;
    printf("    %s\n", line);
    return 0;
}

/* For an upload, the library asks for data until it gets 0 bytes. */
static int64_t send_file(void *buffer, size_t capacity, void *user)
{
    struct file *file = user;
    size_t left = sizeof file->bytes - file->position;
    size_t len = left < capacity ? left : capacity;
    memcpy(buffer, file->bytes + file->position, len);
    file->position += len;
    return (int64_t)len;
}

/* The library hands over the data of a download block by block. Any result other than 0 stops the download. */
static int compare_file(const void *data, size_t len, void *user)
{
    struct file *file = user;
    if (len > sizeof file->bytes - file->position || memcmp(data, file->bytes + file->position, len) != 0) {
        fprintf(stderr, "quickstart: the file differs within %zu bytes after byte %zu\n", len, file->position);
        return 1;
    }
    file->position += len;
    return 0;
}

static bool tour(ftp_handle *ftp, const char *host, uint16_t port, const char *user, const char *password)
{
    if (!ok(ftp, ftp_connect(ftp, host, port)))
        return false;
    printf("Connected to %s, port %u. The server says:\n    %s\n", host, (unsigned)port, ftp_getwelcome(ftp));

    if (!ok(ftp, ftp_login(ftp, user, password, NULL)))
        return false;
    printf("Logged in as %s.\n", user);

    const char *directory;
    if (!ok(ftp, ftp_pwd(ftp, &directory)))
        return false;
    printf("The working directory is %s, and this is in it:\n", directory);
    if (!ok(ftp, ftp_retrlines(ftp, "LIST", print_line, NULL)))
        return false;

    static struct file file;
    for (size_t i = 0; i < sizeof file.bytes; i++)
        file.bytes[i] = (unsigned char)(i * i >> 8);

    if (!ok(ftp, ftp_storbinary(ftp, "STOR " NAME, send_file, NULL, &file, 0, -1)))
        return false;
    printf("Uploaded %zu bytes as " NAME ".\n", file.position);

    file.position = 0;
    if (!ok(ftp, ftp_retrbinary(ftp, "RETR " NAME, compare_file, &file, 0, -1)))
        return false;
    if (file.position != sizeof file.bytes) {
        fprintf(stderr, "quickstart: only %zu bytes came back\n", file.position);
        return false;
    }
    printf("Downloaded them again: every byte is the same.\n");

    if (!ok(ftp, ftp_delete(ftp, NAME)))
        return false;
    printf("Deleted " NAME ".\n");

    if (!ok(ftp, ftp_quit(ftp)))
        return false;
    printf("Goodbye. The server says:\n    %s\n", ftp_last_reply(ftp));
    return true;
}

int main(int argc, char **argv)
{
    unsigned long port = argc == 5 ? strtoul(argv[2], NULL, 10) : 0;
    if (port < 1 || port > UINT16_MAX) {
        fprintf(stderr, "usage: quickstart HOST PORT USER PASSWORD\n");
        return EXIT_FAILURE;
    }

    ftp_handle *ftp = ftp_new();
    if (ftp == NULL) {
        fprintf(stderr, "quickstart: out of memory or descriptors\n");
        return EXIT_FAILURE;
    }
    bool done = tour(ftp, argv[1], (uint16_t)port, argv[3], argv[4]);
    ftp_free(ftp);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
