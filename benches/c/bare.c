/*
 * The benchmark's work with nothing but system calls: the least that a client must do. The data is copied only to memory: a file
 * is spliced or sent by the system. It waits without a deadline, and takes no reply but the expected one. See measured.h.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "measured.h"

#define MIB (1024 * 1024)

static void must(int worked, const char *what)
{
    if (!worked)
        fail("bare", what);
}

static int connect_to(const char *host, unsigned port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(inet_pton(AF_INET, host, &addr.sin_addr) == 1, "the host must be an IPv4 address");
    must(connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0, "connect");
    return fd;
}

/* Takes a reply of one line, which must have the code. Nothing else may have come yet but what stands behind it. */
static char replies[4096];
static size_t held;

static void expect(int control, char line[512], const char *code)
{
    char *end;
    while ((end = memchr(replies, '\n', held)) == NULL) {
        ssize_t len = recv(control, replies + held, sizeof replies - held, 0);
        must(len > 0, "the end of the control connection");
        held += (size_t)len;
    }
    size_t length = (size_t)(end - replies) + 1;
    must(length < 512, "a long reply");
    memcpy(line, replies, length);
    line[length] = '\0';
    memmove(replies, end + 1, held -= length);
    if (strncmp(line, code, 3) != 0)
        fail("the server", line);
}

static void command(int control, const char *verb, const char *argument)
{
    char line[512];
    int len = snprintf(line, sizeof line, "%s%s\r\n", verb, argument);
    must(send(control, line, (size_t)len, 0) == len, "sending a command");
}

static void to_memory(struct job *job, int data)
{
    static unsigned char block[256 * 1024];
    ssize_t len;
    while ((len = recv(data, block, sizeof block, 0)) > 0)
        take(job, block, (size_t)len);
    must(len == 0, "recv");
}

static void to_file(struct job *job, int data, const int ends[2])
{
    ssize_t len;
    while ((len = splice(data, NULL, ends[1], NULL, MIB, SPLICE_F_MOVE)) > 0)
        while (len > 0) {
            ssize_t moved = splice(ends[0], NULL, job->file, NULL, (size_t)len, SPLICE_F_MOVE);
            must(moved > 0, "splice to the file");
            len -= moved;
        }
    must(len == 0, "splice");
    count_file(job);
}

static void from_file(struct job *job, int data)
{
    ssize_t len;
    while ((len = sendfile(data, job->file, NULL, MIB)) > 0)
        ;
    must(len == 0, "sendfile");
    count_file(job);
}

int main(int argc, char **argv)
{
    struct job job;
    char line[512], name[256];
    int ends[2];
    begin(&job, argc, argv);

    must(pipe(ends) == 0, "pipe");
    fcntl(ends[1], F_SETPIPE_SZ, MIB);
    int control = connect_to(job.host, (unsigned)strtoul(job.port, NULL, 10));
    setsockopt(control, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    expect(control, line, "220");
    command(control, "USER ", job.user);
    expect(control, line, "331");
    command(control, "PASS ", job.password);
    expect(control, line, "230");
    command(control, "TYPE I", "");
    expect(control, line, "200");
    for (unsigned i = 0; i < job.count; i++) {
        unsigned a, b, c, d, high, low;
        open_file(&job, i);
        command(control, "PASV", "");
        expect(control, line, "227");
        must(sscanf(strchr(line, '('), "(%u,%u,%u,%u,%u,%u)", &a, &b, &c, &d, &high, &low) == 6, "the reply to PASV");
        int data = connect_to(job.host, high * 256 + low);
        snprintf(name, sizeof name, "%s%u", job.name, i);
        command(control, job.is_upload ? "STOR " : "RETR ", name);
        expect(control, line, "150");
        if (job.is_upload)
            from_file(&job, data);
        else if (job.file >= 0)
            to_file(&job, data, ends);
        else
            to_memory(&job, data);
        close(data);
        expect(control, line, "226");
        close_file(&job);
    }
    command(control, "QUIT", "");
    expect(control, line, "221");
    close(control);

    end(&job);
    return EXIT_SUCCESS;
}
