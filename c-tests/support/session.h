/*
 * What the parts of the scripted server share. Tests include server.h.
 */
#ifndef SESSION_H
#define SESSION_H

#include <netinet/in.h>
#include <setjmp.h>

#include "server.h"

enum { LONGEST_LINE = 16384, LONGEST_TRANSCRIPT = 16384, BLOCK = 65536 };

/* The server's side of one dialogue. A descriptor that is not open is -1. */
struct session {
    void *user;
    int listener;
    int control;
    /* What was read from the control connection and is no whole line yet. */
    char unread[LONGEST_LINE];
    size_t unread_len;
    int data;
    /* Where a passive client connects to, or else where an active one listens. */
    int data_listener;
    uint16_t client_port;
    /* The dialogue so far, for messages. */
    char transcript[LONGEST_TRANSCRIPT];
    size_t transcript_len;
    jmp_buf end_of_script;
};

/* --- server.c --- */

/* Adds to the transcript. */
void note(struct session *s, const char *who, const char *text, size_t len);
void note_event(struct session *s, const char *event);
/* Fails the test and ends the script. */
#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 2, 3)))
#endif
void gives_up(struct session *s, const char *format, ...);

/* --- wire.c: sockets; nothing here waits for longer than a minute --- */

void close_and_forget(int *fd);
/* Closes with RST instead of FIN. */
void reset_and_forget(int *fd);
struct sockaddr_in loopback(uint16_t port);
/* A TCP socket that no program inherits; -1 when the system refuses. */
int new_socket(void);
/* A socket at a free port of 127.0.0.1; -1 when the system refuses. */
int bind_free_port(uint16_t *port);
/* Waits for a byte of urgent data. */
unsigned char receive_urgent(struct session *s, int fd);
int accept_client(struct session *s, int listener, const char *what);
/* Returns 0 when the client does not take the bytes because it is gone. */
int send_all(struct session *s, int fd, const void *bytes, size_t len);
/* Returns 0 at the end, also when the client has reset the connection. */
size_t receive(struct session *s, int fd, void *bytes, size_t capacity, const char *what);

#endif
