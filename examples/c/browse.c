/*
 * Lists a directory of an FTP server and downloads one file, without changing anything there.
 *
 *     browse URL
 *
 * URL names a file, or a directory whose first file is downloaded. It begins with ftp://, ftps:// or ftpes://. The program counts the
 * bytes of the download, and does not keep them.
 *
 * `cargo run --example demo -- URL` compiles and runs this program.
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

static const char *letter_of(const ftp_entry *entry)
{
    switch (entry->type) {
    case FTP_ENTRY_FILE: return "-";
    case FTP_ENTRY_DIRECTORY: return "d";
    case FTP_ENTRY_LINK: return "l";
    default: return "?";
    }
}

/* Prints the directory. Keeps the name of the first file, unless there is a name already. */
static bool list(ftp_handle *ftp, char name[NAME_SIZE])
{
    ftp_list *list;
    const ftp_entry *entry;
    if (!ok(ftp, ftp_list_open(ftp, NULL, 0, &list)))
        return false;
    while (ftp_list_next(list, &entry) == FTP_OK) {
        printf("    %s %12lld  %s\n", letter_of(entry), (long long)entry->size, entry->name);
        if (entry->type == FTP_ENTRY_FILE && name[0] == '\0' && strlen(entry->name) < NAME_SIZE)
            strcpy(name, entry->name);
    }
    ftp_list_free(list);
    return true;
}

static int count_bytes(const void *data, size_t len, void *user)
{
    uint64_t *count = user;
    (void)data;
    *count += len;
    return 0;
}

/*
 * Opens the session that the URL describes. If the URL names a file, the file's directory becomes the working directory, and name gets
 * the file's name.
 */
static bool open_session(ftp_handle *ftp, const char *url, char name[NAME_SIZE])
{
    const char *last;
    ftp_status status = ftp_open_file(ftp, url, &last);
    /* The path ends with "/", or is empty. If something else is wrong with the URL, ftp_open() says what. */
    if (status == FTP_ERR_INVALID_ARGUMENT)
        return ok(ftp, ftp_open(ftp, url));
    if (!ok(ftp, status) || strlen(last) >= NAME_SIZE)
        return false;
    strcpy(name, last);
    /* Without "/" at its end, the path may also name a directory: try to enter it. */
    status = ftp_cwd(ftp, name);
    if (status == FTP_OK)
        name[0] = '\0';
    return status == FTP_ERR_PERM || ok(ftp, status);
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

static bool browse(ftp_handle *ftp, const char *url)
{
    char name[NAME_SIZE] = "";
    if (!open_session(ftp, url, name))
        return false;
    printf("Logged in. The server says:\n    %s\n", ftp_getwelcome(ftp));

    const char *directory;
    if (!ok(ftp, ftp_pwd(ftp, &directory)))
        return false;
    printf("The working directory is %s, and this is in it:\n", directory);
    if (!list(ftp, name))
        return false;

    if (name[0] == '\0')
        printf("There is no file to download.\n");
    else if (!download(ftp, name))
        return false;
    return ok(ftp, ftp_quit(ftp));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: browse URL\n");
        return EXIT_FAILURE;
    }

    ftp_handle *ftp = ftp_new();
    if (ftp == NULL) {
        fprintf(stderr, "browse: out of memory or descriptors\n");
        return EXIT_FAILURE;
    }
    bool done = browse(ftp, argv[1]);
    ftp_free(ftp);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
