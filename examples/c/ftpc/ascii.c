#define _POSIX_C_SOURCE 200809L

#include "ascii.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

/* Text need not have lines. This is how long one may be. */
enum { LONGEST_LINE = 16 * 1024 * 1024 };

/* A file of this machine, and the errno of what went wrong with it. */
struct text {
    FILE *file;
    int error;
};

static int write_line(const char *line, size_t len, void *user)
{
    struct text *text = user;
    if (fwrite(line, 1, len, text->file) == len && putc('\n', text->file) != EOF)
        return 0;
    text->error = errno;
    return 1;
}

static int64_t read_text(void *buffer, size_t capacity, void *user)
{
    struct text *text = user;
    size_t count = fread(buffer, 1, capacity, text->file);
    if (!ferror(text->file))
        return (int64_t)count;
    text->error = errno;
    return -1;
}

ftp_status ascii_print(ftp_handle *ftp, const char *command)
{
    struct text text = {.file = stdout};
    ftp_status status = ftp_set_maxline(ftp, LONGEST_LINE);
    return status == FTP_OK ? ftp_retrlines(ftp, command, write_line, &text) : status;
}

/* Makes a file beside another, with the rights of a new file. Returns NULL if it cannot be made. */
static FILE *open_beside(const char *local, char **name)
{
    static const char addition[] = ".XXXXXX";
    size_t len = strlen(local) + sizeof addition;
    *name = malloc(len);
    if (*name == NULL)
        return NULL;
    snprintf(*name, len, "%s%s", local, addition);
    int fd = mkstemp(*name);
    if (fd < 0)
        return NULL;
    mode_t mask = umask(0);
    umask(mask);
    FILE *file = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        int error = errno;
        close(fd);
        unlink(*name);
        errno = error;
    }
    return file;
}

/* Ends the writing of a file. Returns 0 or an errno. */
static int complete(FILE *file)
{
    int error = fflush(file) == 0 && fsync(fileno(file)) == 0 ? 0 : errno;
    return fclose(file) == 0 || error != 0 ? error : errno;
}

ftp_status ascii_get(ftp_handle *ftp, const char *command, const char *local, int *error)
{
    char *name;
    struct text text = {.file = open_beside(local, &name)};
    ftp_status status = FTP_ERR_CALLBACK;
    text.error = errno;
    if (text.file != NULL) {
        status = ftp_set_maxline(ftp, LONGEST_LINE);
        if (status == FTP_OK)
            status = ftp_retrlines(ftp, command, write_line, &text);
        int failure = complete(text.file);
        if (status == FTP_OK && failure == 0 && rename(name, local) != 0)
            failure = errno;
        if (status == FTP_OK && failure != 0) {
            status = FTP_ERR_CALLBACK;
            text.error = failure;
        }
        if (status != FTP_OK)
            unlink(name);
    }
    *error = text.error;
    free(name);
    return status;
}

ftp_status ascii_put(ftp_handle *ftp, const char *command, const char *local, int *error)
{
    struct text text = {.file = fopen(local, "r")};
    ftp_status status = FTP_ERR_CALLBACK;
    text.error = errno;
    if (text.file != NULL) {
        status = ftp_set_maxline(ftp, LONGEST_LINE);
        if (status == FTP_OK)
            status = ftp_storlines(ftp, command, read_text, NULL, &text);
        fclose(text.file);
    }
    *error = text.error;
    return status;
}
