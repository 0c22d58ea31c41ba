/*
 * A session in which one allocation fails, for each number of it that is given. Its server, tests/allocations.rs, starts it:
 *
 *     session clear|tls|stranger|large PORT CA NUMBER...
 *
 * With a stranger's certificate no call may succeed that needs a connection. Each number is tried in a process of its own, which
 * prints it and what came of it: "fine", or "abort", which is how Rust's allocator ends a process. Number 0 fails nothing, and
 * prints how many allocations there are before the session connects, and in all.
 *
 * Of a large session only large allocations count, and none of them may end the process.
 */
#define _GNU_SOURCE

#include <ftpclient.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- an allocator that fails once: it takes the place of the system's for all libraries of the process --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

/* Which allocation fails, and how many there were; nothing is counted before the session. */
static long failing, allocations, before_connecting;
static int is_counting;
/* Smaller ones do not count. */
static size_t smallest;

static int fails(size_t size)
{
    if (!is_counting || size < smallest)
        return 0;
    int does = __atomic_add_fetch(&allocations, 1, __ATOMIC_SEQ_CST) == failing;
    if (does)
        errno = ENOMEM;
    return does;
}

void *malloc(size_t size)
{
    return fails(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails(size) ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails(size) ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *got = memalign(alignment, size);
    if (got == NULL)
        return ENOMEM;
    *memory = got;
    return 0;
}

/* --- the session --- */

enum { FILE_SIZE = 300000, LISTED = 3, MANY = 3000, LONG_LINE = 200000 };

/* How a process ends: with what may be, and with what must not. */
enum { FINE = 0, WRONG = 3 };

static unsigned char byte_at(size_t offset)
{
    return (unsigned char)(offset % 251);
}

static void require(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "it does not hold that %s\n", what);
    _exit(WRONG);
}

/* An outcome that is no success has a text that says why, and no data is believed. */
static int ok(ftp_handle *ftp, ftp_status status)
{
    if (status != FTP_OK)
        require(status < 0 && status != FTP_ERR_INTERNAL && ftp_last_error(ftp)[0] != '\0', "a failure has its text");
    return status == FTP_OK;
}

struct file {
    size_t len;
    int is_wrong;
};

static int take(const void *data, size_t len, void *user)
{
    struct file *file = user;
    for (size_t i = 0; i < len; i++)
        file->is_wrong |= ((const unsigned char *)data)[i] != byte_at(file->len + i);
    file->len += len;
    return 0;
}

static int64_t give(void *buffer, size_t capacity, void *user)
{
    struct file *file = user;
    size_t left = FILE_SIZE - file->len;
    size_t len = left < capacity ? left : capacity;
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)buffer)[i] = byte_at(file->len + i);
    file->len += len;
    return (int64_t)len;
}

static int count_line(const char *line, size_t len, void *user)
{
    require(len == 5 && strncmp(line, "name", 4) == 0, "a name is whole");
    ++*(int *)user;
    return 0;
}

static int count_entry(const char *name, size_t len, const ftp_fact *facts, size_t count, void *user)
{
    require(len == 5 && strncmp(name, "name", 4) == 0, "the name of an entry is whole");
    require(count == 2 && strcmp(facts[0].key, "type") == 0 && strcmp(facts[1].value, "12") == 0, "its facts are whole");
    ++*(int *)user;
    return 0;
}

static void transfers(ftp_handle *ftp)
{
    struct file down = { 0, 0 }, up = { 0, 0 };
    int names = 0, entries = 0;
    const char *path = NULL;
    int64_t size = 0;
    if (ok(ftp, ftp_pwd(ftp, &path)))
        require(strcmp(path, "/in/step") == 0, "the path is that of the server");
    if (ok(ftp, ftp_size(ftp, "f", &size)))
        require(size == FILE_SIZE, "the size is that of the server");
    if (ok(ftp, ftp_retrbinary(ftp, "RETR f", take, &down, 0, -1)))
        require(down.len == FILE_SIZE && !down.is_wrong, "a download that succeeds is whole");
    if (ok(ftp, ftp_nlst(ftp, NULL, count_line, &names)))
        require(names == LISTED, "a listing that succeeds is whole");
    if (ok(ftp, ftp_mlsd(ftp, NULL, NULL, count_entry, &entries)))
        require(entries == LISTED, "a listing with facts that succeeds is whole");
    /* The server confirms what is whole and right, and nothing else. */
    ok(ftp, ftp_storbinary(ftp, "STOR f", give, NULL, &up, 0, -1));
    if (ok(ftp, ftp_voidcmd(ftp, "HELP"))) {
        /* NULL where there is no memory for it. */
        const char *reply = ftp_last_reply(ftp);
        require(reply == NULL || strlen(reply) > 100000, "a long reply is whole");
    }
    if (ok(ftp, ftp_pwd(ftp, &path)))
        require(strcmp(path, "/in/step") == 0, "the session is in step");
    ok(ftp, ftp_quit(ftp));
}

/* Lists as entries, all at once or while they come. */
static void list_many(ftp_handle *ftp, int flags)
{
    ftp_list *list = NULL;
    const ftp_entry *entry = NULL;
    ftp_status status;
    int count = 0;
    if (!ok(ftp, ftp_list_open(ftp, "many", flags, &list)))
        return;
    while ((status = ftp_list_next(list, &entry)) == FTP_OK) {
        require(entry->size == 12 && strncmp(entry->name, "name", 4) == 0, "each entry is whole");
        count++;
    }
    if (status == FTP_END)
        require(count == MANY, "all entries come");
    else
        require(ftp_list_next(list, &entry) < 0, "no entry and no end comes after an error");
    ftp_list_free(list);
}

static int64_t give_long_line(void *buffer, size_t capacity, void *user)
{
    size_t *left = user;
    size_t len = *left < capacity ? *left : capacity;
    memset(buffer, 'x', len);
    *left -= len;
    return (int64_t)len;
}

static void large_texts(ftp_handle *ftp)
{
    size_t left = LONG_LINE;
    list_many(ftp, FTP_LIST_PLAIN);
    list_many(ftp, FTP_LIST_PLAIN | FTP_LIST_STREAM);
    if (ok(ftp, ftp_set_encoding(ftp, "latin-1"))) {
        list_many(ftp, FTP_LIST_PLAIN);
        ok(ftp, ftp_set_encoding(ftp, "utf-8"));
    }
    if (!ok(ftp, ftp_set_maxline(ftp, LONG_LINE + 2)))
        return;
    /* The server confirms all of the line, and nothing else. */
    ok(ftp, ftp_storlines(ftp, "STOR long", give_long_line, NULL, &left));
}

static void session(const char *kind, const char *port, const char *ca)
{
    int is_stranger = strcmp(kind, "stranger") == 0;
    ftp_handle *ftp = ftp_new();
    if (ftp == NULL)
        return;
    int is_set = ok(ftp, ftp_set_timeout(ftp, 20000));
    if (strcmp(kind, "clear") != 0 && strcmp(kind, "large") != 0)
        is_set = is_set && ok(ftp, ftp_set_tls(ftp, FTP_TLS_EXPLICIT)) && ok(ftp, ftp_set_tls_ca(ftp, ca));
    if (is_stranger)
        is_set = is_set && ok(ftp, ftp_set_tls_server_name(ftp, "somebody.example"));
    before_connecting = allocations;
    /* Who cannot set what is wanted does not connect. */
    if (is_set && ok(ftp, ftp_connect(ftp, "127.0.0.1", (uint16_t)atoi(port))) &&
        ok(ftp, ftp_login(ftp, "user", "secret", NULL))) {
        require(!is_stranger, "a stranger is refused");
        if (strcmp(kind, "large") == 0)
            large_texts(ftp);
        transfers(ftp);
    }
    ftp_free(ftp);
}

/* --- one process for each number --- */

static void try(const char *kind, const char *port, const char *ca, long number)
{
    char said[512] = "";
    int words[2], status = 0;
    fflush(stdout);
    if (pipe(words) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = { 0, 0 };
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(words[1], STDERR_FILENO);
        alarm(60);
        smallest = strcmp(kind, "large") == 0 ? 20000 : 0;
        failing = number;
        is_counting = 1;
        session(kind, port, ca);
        is_counting = 0;
        if (number == 0) {
            printf("count %ld %ld\n", before_connecting, allocations);
            fflush(stdout);
        }
        _exit(FINE);
    }
    close(words[1]);
    ssize_t len = read(words[0], said, sizeof said - 1);
    said[len > 0 ? len : 0] = '\0';
    waitpid(child, &status, 0);
    close(words[0]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == FINE)
        printf("%ld fine\n", number);
    else if (strcmp(kind, "large") != 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(said, "memory allocation of ") != NULL)
        printf("%ld abort\n", number);
    else
        printf("%ld WRONG: status %x, said: %s\n", number, (unsigned)status, said);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 1;
    for (int i = 4; i < argc; i++)
        try(argv[1], argv[2], argv[3], atol(argv[i]));
    return 0;
}
