/*
 * What the clients here have in common: the command line, what happens to the data, and what is measured.
 *
 *     PROGRAM HOST PORT USER PASSWORD CA BLOCK WORK NAME COUNT [FOLDER]
 *
 * moves NAME0, NAME1 and so on, COUNT files in one session. WORK is get, to download them, into FOLDER if there is one; or put,
 * to upload them from FOLDER. CA is the file with the certificate to trust, for explicit TLS, or - for none. BLOCK is the size of
 * the client's buffer in bytes. Prints the bytes moved, and the seconds of wall time and of CPU time that the session took, from
 * before the connection to after its end. Loading the program and its libraries is not measured.
 */
#ifndef MEASURED_H
#define MEASURED_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct job {
    const char *host, *port, *user, *password, *ca, *name, *folder; /* ca and folder can be NULL */
    size_t block;
    unsigned count;
    int is_upload;
    int file; /* where the data goes or comes from, or -1 */
    uint64_t bytes;
    double wall, cpu;
};

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void begin(struct job *job, int argc, char **argv)
{
    if (argc < 10 || argc > 11) {
        fprintf(stderr, "usage: %s HOST PORT USER PASSWORD CA BLOCK WORK NAME COUNT [FOLDER]\n", argv[0]);
        exit(EXIT_FAILURE);
    }
    *job = (struct job){
        .host = argv[1],
        .port = argv[2],
        .user = argv[3],
        .password = argv[4],
        .ca = strcmp(argv[5], "-") == 0 ? NULL : argv[5],
        .block = strtoul(argv[6], NULL, 10),
        .is_upload = strcmp(argv[7], "put") == 0,
        .name = argv[8],
        .count = (unsigned)strtoul(argv[9], NULL, 10),
        .folder = argv[10],
        .file = -1,
        .wall = wall_seconds(),
        .cpu = cpu_seconds(),
    };
}

static void end(const struct job *job)
{
    double wall = wall_seconds() - job->wall, cpu = cpu_seconds() - job->cpu;
    printf("%llu %.6f %.6f\n", (unsigned long long)job->bytes, wall, cpu);
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void open_file(struct job *job, unsigned number)
{
    char path[1024];
    if (job->folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s%u", job->folder, job->name, number);
    job->file = job->is_upload ? open(path, O_RDONLY) : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (job->file < 0)
        fail(path, "cannot be opened");
}

static void close_file(struct job *job)
{
    if (job->file >= 0)
        close(job->file);
}

/* After an upload, or a download that did not pass through take(): as many bytes as the file has. */
static void count_file(struct job *job)
{
    job->bytes += (uint64_t)lseek(job->file, 0, SEEK_END);
}

/* Where the compiler cannot leave out what is looked at. */
static volatile unsigned char seen;

/* Writes the data to the file, or looks at one byte of every cache line. */
static int take(struct job *job, const unsigned char *data, size_t len)
{
    job->bytes += len;
    if (job->file < 0) {
        unsigned char touched = 0;
        for (size_t i = 0; i < len; i += 64)
            touched ^= data[i];
        seen = touched;
        return 0;
    }
    while (len > 0) {
        ssize_t written = write(job->file, data, len);
        if (written < 0)
            return -1;
        data += written;
        len -= (size_t)written;
    }
    return 0;
}

#endif
