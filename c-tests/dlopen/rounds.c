/*
 * Loads the library, has a session with a transfer, and unloads it, again and again: nothing may pile up. Some rounds use
 * it in a thread that ends before, some go over TLS.
 *
 *     rounds LIBRARY ROUNDS PORT CA
 *
 * Its server is tests/support/dlopen.rs. Linux only: it reads /proc/self.
 */
#define _POSIX_C_SOURCE 200809L

#include <ftpclient.h>

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Before this round memory still grows: caches and the allocator's arenas are filled. */
enum { FIRST_MEASURED_ROUND = 200 };
/* A round may keep this little, on average; whatever is forgotten in each round is more. */
enum { MOST_BYTES_A_ROUND = 256 };

static void require(int holds, const char *what, int round)
{
    if (holds)
        return;
    fprintf(stderr, "round %d: it does not hold that %s\n", round, what);
    exit(1);
}

/* --- what the process has --- */

struct usage {
    long descriptors, threads, mappings, resident;
};

static long entries(const char *path)
{
    /* Without "." and "..". */
    long count = -2;
    DIR *folder = opendir(path);
    require(folder != NULL, path, -1);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* Lines of the file; `kilobytes` gets the number behind VmRSS. */
static long lines(const char *path, long *kilobytes)
{
    char line[4096];
    long count = 0;
    FILE *file = fopen(path, "r");
    require(file != NULL, path, -1);
    while (fgets(line, sizeof line, file) != NULL) {
        count++;
        if (strncmp(line, "VmRSS:", 6) == 0)
            *kilobytes = atol(line + 6);
    }
    fclose(file);
    return count;
}

static struct usage usage(void)
{
    struct usage now = { 0, 0, 0, 0 };
    now.descriptors = entries("/proc/self/fd");
    now.threads = entries("/proc/self/task");
    now.mappings = lines("/proc/self/maps", &now.resident);
    lines("/proc/self/status", &now.resident);
    return now;
}

/* --- a session --- */

struct round {
    int number;
    void *library;
    uint16_t port;
    const char *ca;
    size_t received;
};

/* ISO C has no conversion from a pointer to data to one to a function; POSIX has. */
static void load(const struct round *round, const char *name, void *function)
{
    void *symbol = dlsym(round->library, name);
    require(symbol != NULL, name, round->number);
    memcpy(function, &symbol, sizeof symbol);
}

static int count_data(const void *data, size_t len, void *round)
{
    (void)data;
    ((struct round *)round)->received += len;
    return 0;
}

static void *have_a_session(void *argument)
{
    struct round *round = argument;
    ftp_handle *(*new_handle)(void);
    void (*free_handle)(ftp_handle *);
    ftp_status (*set_tls)(ftp_handle *, int32_t), (*set_ca)(ftp_handle *, const char *), (*quit)(ftp_handle *);
    ftp_status (*connect_to)(ftp_handle *, const char *, uint16_t);
    ftp_status (*login)(ftp_handle *, const char *, const char *, const char *);
    ftp_status (*retrieve)(ftp_handle *, const char *, ftp_data_fn, void *, size_t, int64_t);
    load(round, "ftp_new", &new_handle);
    load(round, "ftp_free", &free_handle);
    load(round, "ftp_set_tls", &set_tls);
    load(round, "ftp_set_tls_ca", &set_ca);
    load(round, "ftp_connect", &connect_to);
    load(round, "ftp_login", &login);
    load(round, "ftp_retrbinary", &retrieve);
    load(round, "ftp_quit", &quit);

    ftp_handle *ftp = new_handle();
    require(ftp != NULL, "there is a handle", round->number);
    if (round->ca != NULL) {
        require(set_tls(ftp, FTP_TLS_EXPLICIT) == FTP_OK, "TLS can be set", round->number);
        require(set_ca(ftp, round->ca) == FTP_OK, "the authority can be set", round->number);
    }
    require(connect_to(ftp, "localhost", round->port) == FTP_OK, "it connects", round->number);
    require(login(ftp, "user", "secret", NULL) == FTP_OK, "it logs in", round->number);
    require(retrieve(ftp, "RETR f", count_data, round, 0, -1) == FTP_OK, "it downloads", round->number);
    require(round->received == 5, "it has got all", round->number);
    require(quit(ftp) == FTP_OK, "it quits", round->number);
    free_handle(ftp);
    return NULL;
}

/* OpenSSL has pointers to callbacks in the library, so it must stay where it is. In the first round nothing but the way it is
 * linked can keep it there: the only thread that has used it has ended. */
static void require_to_stay(const char *library, int round)
{
    void *still_there = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    require(still_there != NULL, "the library stays in memory", round);
    dlclose(still_there);
}

/* Every third round is in a thread, the first one too; every tenth is over TLS. */
static void load_use_and_unload(struct round round, const char *library)
{
    pthread_t thread;
    round.library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    require(round.library != NULL, "it can be loaded", round.number);
    if (round.number % 10 != 9)
        round.ca = NULL;
    if (round.number % 3 == 0) {
        require(pthread_create(&thread, NULL, have_a_session, &round) == 0, "there is a thread", round.number);
        pthread_join(thread, NULL);
    } else {
        have_a_session(&round);
    }
    require(dlclose(round.library) == 0, "it can be unloaded", round.number);
    require_to_stay(library, round.number);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    int rounds = atoi(argv[2]);
    struct usage first = { 0, 0, 0, 0 };
    for (int number = 0; number < rounds; number++) {
        if (number == FIRST_MEASURED_ROUND)
            first = usage();
        struct round round = { number, NULL, (uint16_t)atoi(argv[3]), argv[4], 0 };
        load_use_and_unload(round, argv[1]);
    }
    struct usage last = usage();
    /* The system still shows a thread for a moment after pthread_join(). */
    for (int waits = 0; last.threads > first.threads && waits < 100; waits++) {
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
        last = usage();
    }
    long kilobytes = (rounds - FIRST_MEASURED_ROUND) * MOST_BYTES_A_ROUND / 1024;
    printf("%d rounds: %ld descriptors, %ld threads, %ld mappings, %ld KiB; and in the end %ld, %ld, %ld, %ld\n", rounds,
           first.descriptors, first.threads, first.mappings, first.resident, last.descriptors, last.threads,
           last.mappings, last.resident);
    require(rounds > 2 * FIRST_MEASURED_ROUND, "there are enough rounds to tell", rounds);
    require(last.descriptors == first.descriptors, "no descriptor stays open", rounds);
    require(last.threads == first.threads, "no thread stays", rounds);
    /* The allocator may split or join some of its own. */
    require(last.mappings <= first.mappings + 4, "no mapping stays", rounds);
    require(last.resident <= first.resident + kilobytes, "no memory is forgotten", rounds);
    return 0;
}
