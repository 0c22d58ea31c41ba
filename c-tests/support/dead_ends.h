/*
 * Ports of 127.0.0.1 that a client cannot connect to.
 */
#ifndef DEAD_ENDS_H
#define DEAD_ENDS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DEAD_END_SOCKETS = 8 };

struct dead_end {
    uint16_t port;
    int sockets[DEAD_END_SOCKETS];
};

/* Who connects is refused. */
struct dead_end refusing_port(void);
/* Who connects waits for an answer for ever, as at a firewall that drops packets. */
struct dead_end unanswering_port(void);
void dead_end_close(struct dead_end *end);

#ifdef __cplusplus
}
#endif

#endif
