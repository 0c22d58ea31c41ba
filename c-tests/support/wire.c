/* For accept4(). */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session.h"

/* Longer than a client needs that valgrind runs on a busy machine. */
enum { PATIENCE_MS = 60000 };

void close_and_forget(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void reset_and_forget(int *fd)
{
    struct linger at_once = { 1, 0 };
    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close_and_forget(fd);
}

struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* What a test starts must not inherit the server's sockets, so that it can look for those of the library. The test may fork
 * at any moment of this thread, so the socket has to be made like this. */
#ifdef SOCK_CLOEXEC
int new_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int accept_kept_from_others(int listener)
{
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}
#else
static int kept_from_others(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

int new_socket(void)
{
    return kept_from_others(socket(AF_INET, SOCK_STREAM, 0));
}

static int accept_kept_from_others(int listener)
{
    return kept_from_others(accept(listener, NULL, NULL));
}
#endif

int bind_free_port(uint16_t *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = new_socket();
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        *port = ntohs(address.sin_port);
        return fd;
    }
    close_and_forget(&fd);
    return -1;
}

static int wait_for(int fd, short events)
{
    struct pollfd wanted = { fd, events, 0 };
    int ready;
    do
        ready = poll(&wanted, 1, PATIENCE_MS);
    while (ready < 0 && errno == EINTR);
    return ready == 1;
}

/* No delay for small packets: a script that sends half a word means it. */
int accept_client(struct session *s, int listener, const char *what)
{
    if (!wait_for(listener, POLLIN))
        gives_up(s, "%s did not come", what);
    int fd = accept_kept_from_others(listener);
    int yes = 1;
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0)
        gives_up(s, "%s was not accepted: %s", what, strerror(errno));
    return fd;
}

unsigned char receive_urgent(struct session *s, int fd)
{
    unsigned char byte;
    if (!wait_for(fd, POLLPRI) || recv(fd, &byte, 1, MSG_OOB) != 1)
        gives_up(s, "no urgent data came");
    return byte;
}

int send_all(struct session *s, int fd, const void *bytes, size_t len)
{
    const char *next = bytes;
    while (len > 0) {
        if (!wait_for(fd, POLLOUT))
            gives_up(s, "the client takes no bytes");
        ssize_t sent = send(fd, next, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (sent < 0)
            return 0;
        next += sent;
        len -= (size_t)sent;
    }
    return 1;
}

size_t receive(struct session *s, int fd, void *bytes, size_t capacity, const char *what)
{
    for (;;) {
        if (!wait_for(fd, POLLIN))
            gives_up(s, "the client sends nothing; the script waits for %s", what);
        ssize_t got = recv(fd, bytes, capacity, 0);
        if (got >= 0 || errno == ECONNRESET)
            return got > 0 ? (size_t)got : 0;
        if (errno != EINTR)
            gives_up(s, "cannot read from the client: %s", strerror(errno));
    }
}
