/*
 * What it takes to receive a listing and to count its lines, and nothing else: the least that any client does.
 *
 *     lines HOST PORT COMMAND
 *
 * Prints the lines, and the CPU time in seconds from before the command to after the final reply.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(int is_so)
{
    if (is_so)
        return;
    perror("lines");
    exit(EXIT_FAILURE);
}

static int connection(const char *host, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(inet_pton(AF_INET, host, &address.sin_addr) == 1);
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

/* Sends a command, if there is one, and reads one line of a reply, byte by byte: the server of this benchmark has no others. */
static void talk(int control, const char *command, char *reply, size_t room)
{
    if (command != NULL)
        must(dprintf(control, "%s\r\n", command) > 0);
    size_t length = 0;
    do
        must(length + 1 < room && read(control, reply + length, 1) == 1);
    while (reply[length++] != '\n');
    reply[length] = '\0';
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    static char block[BLOCK];
    char reply[256];
    int control = connection(argv[1], atoi(argv[2]));
    talk(control, NULL, reply, sizeof reply);
    talk(control, "USER user", reply, sizeof reply);
    talk(control, "PASS secret", reply, sizeof reply);

    double before = cpu_seconds();
    talk(control, "TYPE A", reply, sizeof reply);
    talk(control, "EPSV", reply, sizeof reply);
    const char *port = strstr(reply, "|||");
    must(port != NULL);
    int data = connection(argv[1], atoi(port + 3));
    talk(control, argv[3], reply, sizeof reply);
    unsigned long lines = 0;
    ssize_t length;
    while ((length = read(data, block, sizeof block)) > 0)
        for (const char *at = block; (at = memchr(at, '\n', (size_t)(block + length - at))) != NULL; at++)
            lines++;
    must(length == 0);
    close(data);
    talk(control, NULL, reply, sizeof reply);
    double cpu = cpu_seconds() - before;

    printf("%lu %.6f\n", lines, cpu);
    talk(control, "QUIT", reply, sizeof reply);
    return EXIT_SUCCESS;
}
