/*
 * What most tests do with a handle, and the simplest callbacks.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <ftpclient.h>

#include "check.h"
#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif

/* More descriptors than any call waits for: ftp_pollfds() fails where that is wrong. */
enum { MOST_FDS = 16 };

/* A new handle. It is more patient than the scripted server: of the two, that tells what went wrong. */
ftp_handle *new_client(void);
/* A new handle that is connected to the server. */
ftp_handle *client_of(const struct server *server);
/* Quits, frees the handle and waits for the server. */
void part(ftp_handle *ftp, struct server *server);

/* What callbacks took: as a text, and how often they were called. */
struct taken {
    char text[4096];
    size_t len;
    int calls;
};

/* Callbacks whose `user` is a struct taken. take_line() adds '\n', take_log() the number of the kind and '\n'. */
int take_data(const void *data, size_t len, void *taken);
int take_line(const char *line, size_t len, void *taken);
void take_log(int32_t kind, const char *text, size_t len, void *taken);

/* For listings that must have no entry. */
int take_no_entry(const char *name, size_t len, const ftp_fact *facts, size_t count, void *unused);

/* What give() gives: a text, in steps of this many bytes. */
struct given {
    const char *text;
    size_t step;
    /* Where give() is; begin with 0. */
    size_t position;
    /* What sent_... callbacks, which share the `user`, were told. */
    struct taken sent;
};

int64_t give(void *buffer, size_t capacity, void *given);
int take_sent(const void *data, size_t len, void *given);

#ifdef __cplusplus
}
#endif

#endif
