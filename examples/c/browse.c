/*
 * Looks into a directory of an FTP server and downloads one file, without changing anything there.
 *
 *     browse HOST PORT USER PASSWORD PATH TLS
 *
 * TLS is off, explicit or implicit. PATH is a directory, whose first file is downloaded, or a file. `cargo run --example demo -- ftp://HOST/PATH` compiles
 * and runs this program. The data of the download is counted, and not kept.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftpclient.h>

enum { NAME_SIZE = 1024 };

static bool ok(ftp_handle *ftp, ftp_status status)
{
    if (status != FTP_OK)
        fprintf(stderr, "browse: %s\n", ftp_last_error(ftp));
    return status == FTP_OK;
}

/*
 * The name in a line such as "-rw-r--r--  1 ann  staff  4711 Mar  3 12:00 notes.txt": after eight fields and a space.
 * NULL when the line is not about a file. Servers that print other formats have no files for this program.
 */
static const char *file_in_line(const char *line)
{
    if (line[0] != '-')
        return NULL;
    for (int field = 0; field < 8; field++) {
        line += strspn(line, " ");
        line += strcspn(line, " ");
    }
    return line[0] == ' ' && line[1] != '\0' ? line + 1 : NULL;
}

/* Prints a line of the listing, and keeps the name of the first file unless there is a name already. */
static int take_line(const char *line, size_t len, void *user)
{
    char *name = user;
    const char *file = file_in_line(line);
    (void)len;
    printf("    %s\n", line);
    if (file != NULL && name[0] == '\0' && strlen(file) < NAME_SIZE)
        strcpy(name, file);
    return 0;
}

static int count_bytes(const void *data, size_t len, void *user)
{
    uint64_t *count = user;
    (void)data;
    *count += len;
    return 0;
}

/* Enters the directory that path means. If path is a file, that is the directory it is in, and name gets the rest. */
static bool enter(ftp_handle *ftp, char *path, char name[NAME_SIZE])
{
    ftp_status status = ftp_cwd(ftp, path);
    if (status != FTP_ERR_PERM)
        return ok(ftp, status);
    char *slash = strrchr(path, '/');
    const char *file = slash != NULL ? slash + 1 : path;
    if (file[0] == '\0' || strlen(file) >= NAME_SIZE)
        return ok(ftp, status);
    strcpy(name, file);
    if (slash == NULL)
        return true;
    *slash = '\0';
    return ok(ftp, ftp_cwd(ftp, slash == path ? "/" : path));
}

static bool download(ftp_handle *ftp, const char *name)
{
    char command[NAME_SIZE + sizeof "RETR "];
    uint64_t count = 0;
    snprintf(command, sizeof command, "RETR %s", name);
    if (!ok(ftp, ftp_retrbinary(ftp, command, count_bytes, &count, 0, -1)))
        return false;
    printf("Downloaded %s: %llu bytes.\n", name, (unsigned long long)count);
    return true;
}

/* The mode that a word means; -1 when it means none. */
static int tls_mode(const char *word)
{
    if (strcmp(word, "off") == 0)
        return FTP_TLS_OFF;
    if (strcmp(word, "explicit") == 0)
        return FTP_TLS_EXPLICIT;
    return strcmp(word, "implicit") == 0 ? FTP_TLS_IMPLICIT : -1;
}

static bool browse(ftp_handle *ftp, const char *host, uint16_t port, const char *user, const char *password,
                   char *path)
{
    if (!ok(ftp, ftp_connect(ftp, host, port)))
        return false;
    printf("Connected to %s, port %u. The server says:\n    %s\n", host, (unsigned)port, ftp_getwelcome(ftp));
    if (!ok(ftp, ftp_login(ftp, user, password, NULL)))
        return false;
    printf("Logged in as %s.\n", user[0] != '\0' ? user : "anonymous");

    const char *directory;
    char name[NAME_SIZE] = "";
    if (!enter(ftp, path, name) || !ok(ftp, ftp_pwd(ftp, &directory)))
        return false;
    printf("The working directory is %s, and this is in it:\n", directory);
    if (!ok(ftp, ftp_retrlines(ftp, "LIST", take_line, name)))
        return false;

    if (name[0] == '\0')
        printf("There is no file to download.\n");
    else if (!download(ftp, name))
        return false;
    return ok(ftp, ftp_quit(ftp));
}

int main(int argc, char **argv)
{
    unsigned long port = argc == 7 ? strtoul(argv[2], NULL, 10) : 0;
    int tls = argc == 7 ? tls_mode(argv[6]) : -1;
    if (port < 1 || port > UINT16_MAX || tls == -1) {
        fprintf(stderr, "usage: browse HOST PORT USER PASSWORD PATH off|explicit|implicit\n");
        return EXIT_FAILURE;
    }

    ftp_handle *ftp = ftp_new();
    if (ftp == NULL) {
        fprintf(stderr, "browse: out of memory or descriptors\n");
        return EXIT_FAILURE;
    }
    bool done = ok(ftp, ftp_set_tls(ftp, tls)) &&
                browse(ftp, argv[1], (uint16_t)port, argv[3], argv[4], argv[5]);
    ftp_free(ftp);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
