/*
 * Lists a directory and reads every field of every entry.
 *
 *     listing HOST PORT FLAGS
 *
 * Prints the entries, the CPU time in seconds from before ftp_list_open() to after ftp_list_free(), what that took of the
 * heap (how often memory was asked for, and the most bytes at once), and a sum of all that was read.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ftpclient.h>

/* The linker leads all of the program to these (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);

static uint64_t allocations;
static size_t held, most_held;

static void *taken(void *memory)
{
    allocations++;
    held += malloc_usable_size(memory);
    if (held > most_held)
        most_held = held;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    held -= malloc_usable_size(old);
    return taken(__real_realloc(old, size));
}

void __wrap_free(void *memory)
{
    held -= malloc_usable_size(memory);
    __real_free(memory);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(ftp_handle *ftp, ftp_status status)
{
    if (status == FTP_OK)
        return;
    fprintf(stderr, "libftpclient: %s\n", ftp_last_error(ftp));
    exit(EXIT_FAILURE);
}

static uint64_t first_of(const char *text)
{
    return text == NULL ? 0 : (unsigned char)text[0];
}

static uint64_t sum_of(const ftp_entry *entry)
{
    return first_of(entry->name) + entry->name_len + (uint64_t)entry->type + (uint64_t)entry->format +
           (uint64_t)entry->size + (uint64_t)(entry->modified / 1000000000) + (uint64_t)entry->modified_precision +
           (uint64_t)entry->modified_zone + (uint64_t)entry->mode + (uint64_t)entry->flags + first_of(entry->owner) +
           first_of(entry->group) + first_of(entry->link_target) + first_of(entry->perm) + first_of(entry->unique) +
           first_of(entry->raw) + entry->raw_len;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    ftp_handle *ftp = ftp_new();
    must(ftp, ftp_connect(ftp, argv[1], (uint16_t)atoi(argv[2])));
    must(ftp, ftp_login(ftp, "user", "secret", NULL));
    must(ftp, ftp_voidcmd(ftp, "NOOP"));

    uint64_t entries = 0, sum = 0, allocations_before = allocations;
    size_t idle = most_held = held;
    double before = cpu_seconds();
    ftp_list *list;
    must(ftp, ftp_list_open(ftp, NULL, atoi(argv[3]), &list));
    const ftp_entry *entry;
    ftp_status status;
    while ((status = ftp_list_next(list, &entry)) == FTP_OK) {
        entries++;
        sum += sum_of(entry);
    }
    if (status != FTP_END)
        must(ftp, status);
    ftp_list_free(list);
    double cpu = cpu_seconds() - before;

    printf("%llu %.6f %llu %zu %llu\n", (unsigned long long)entries, cpu,
           (unsigned long long)(allocations - allocations_before), most_held - idle, (unsigned long long)sum);
    must(ftp, ftp_quit(ftp));
    ftp_free(ftp);
    return EXIT_SUCCESS;
}
