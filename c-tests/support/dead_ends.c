#include "dead_ends.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "session.h"

struct dead_end refusing_port(void)
{
    struct dead_end end = { 0, { 0 } };
    for (int i = 0; i < DEAD_END_SOCKETS; i++)
        end.sockets[i] = -1;
    /* Bound but not listening: nobody else can get the port. */
    end.sockets[0] = bind_free_port(&end.port);
    if (end.sockets[0] < 0) {
        perror("cannot bind a port");
        abort();
    }
    return end;
}

struct dead_end unanswering_port(void)
{
    struct dead_end end = refusing_port();
    struct sockaddr_in address = loopback(end.port);
    if (listen(end.sockets[0], 0) != 0)
        abort();
    /* Connections that nobody accepts fill the backlog; then Linux ignores who knocks. */
    for (int i = 1; i < DEAD_END_SOCKETS; i++) {
        end.sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (end.sockets[i] < 0 || fcntl(end.sockets[i], F_SETFL, O_NONBLOCK) != 0)
            abort();
        (void)connect(end.sockets[i], (struct sockaddr *)&address, sizeof address);
    }
    return end;
}

void dead_end_close(struct dead_end *end)
{
    for (int i = 0; i < DEAD_END_SOCKETS; i++)
        close_and_forget(&end->sockets[i]);
}
