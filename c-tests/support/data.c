#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "session.h"

static void answers_pasv(struct session *s, uint16_t port)
{
    char reply[80];
    snprintf(reply, sizeof reply, "227 Entering Passive Mode (127,0,0,1,%d,%d)", port >> 8, port & 255);
    answers(s, "PASV", reply);
}

static void forgets_data(struct session *s)
{
    close_and_forget(&s->data);
    close_and_forget(&s->data_listener);
    s->client_port = 0;
}

void opens_passive(struct session *s)
{
    uint16_t port = 0;
    forgets_data(s);
    s->data_listener = bind_free_port(&port);
    if (s->data_listener < 0 || listen(s->data_listener, 1) != 0)
        gives_up(s, "cannot listen for data: %s", strerror(errno));
    answers_pasv(s, port);
}

void opens_nothing(struct session *s)
{
    uint16_t port = 0;
    forgets_data(s);
    /* Bound but not listening: nobody else can get the port, and who connects is refused. */
    s->data_listener = bind_free_port(&port);
    answers_pasv(s, port);
}

void takes_port(struct session *s)
{
    char line[64] = "";
    int high, low;
    forgets_data(s);
    hears_anything(s, line, sizeof line);
    if (sscanf(line, "PORT 127,0,0,1,%d,%d", &high, &low) != 2)
        gives_up(s, "the script waits for PORT, the client sent \"%s\"", line);
    s->client_port = (uint16_t)(high << 8 | low);
    says(s, "200 I shall call you");
}

void data_opens(struct session *s)
{
    if (s->data_listener >= 0) {
        s->data = accept_client(s, s->data_listener, "the data connection");
        note_event(s, "[a data connection]");
    } else {
        data_opens_from(s, "127.0.0.1");
    }
}

void data_opens_from(struct session *s, const char *host)
{
    struct sockaddr_in address = loopback(s->client_port), from = loopback(0);
    s->data = new_socket();
    if (s->data < 0 || inet_pton(AF_INET, host, &from.sin_addr) != 1 ||
        bind(s->data, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(s->data, (struct sockaddr *)&address, sizeof address) != 0)
        gives_up(s, "cannot connect to the client: %s", strerror(errno));
    note_event(s, "[a data connection]");
}

static int data_of(struct session *s)
{
    if (s->data < 0)
        data_opens(s);
    return s->data;
}

void data_sends_bytes(struct session *s, const void *bytes, size_t len)
{
    if (!send_all(s, data_of(s), bytes, len))
        gives_up(s, "the client has closed the data connection");
    note(s, "D> ", bytes, len);
}

void data_sends(struct session *s, const char *text)
{
    data_sends_bytes(s, text, strlen(text));
}

/* Fills a block with the part of the pattern that begins at the offset. */
static void make_pattern(unsigned char *block, size_t len, uint64_t offset)
{
    for (size_t i = 0; i < len; i++)
        block[i] = pattern_byte(offset + i);
}

void data_sends_pattern(struct session *s, size_t len)
{
    unsigned char block[BLOCK];
    for (size_t done = 0; done < len;) {
        size_t part = len - done < sizeof block ? len - done : sizeof block;
        make_pattern(block, part, done);
        if (!send_all(s, data_of(s), block, part))
            gives_up(s, "the client has closed the data connection after %zu bytes", done);
        done += part;
    }
    note_event(s, "[the server sends the pattern]");
}

void data_floods(struct session *s)
{
    static const char block[BLOCK];
    int fd = data_of(s);
    while (send_all(s, fd, block, sizeof block))
        ;
    note_event(s, "[the client closes the data connection]");
}

static void data_receives_bytes(struct session *s, const void *bytes, size_t len)
{
    char *got = malloc(len + 1);
    size_t done = 0, more = 1;
    if (got == NULL)
        abort();
    while (more > 0 && done <= len) {
        more = receive(s, data_of(s), got + done, len + 1 - done, "data");
        done += more;
    }
    note(s, "D< ", got, done);
    int equal = done == len && memcmp(got, bytes, len) == 0;
    free(got);
    if (!equal)
        gives_up(s, "other data came than the %zu bytes that the script waits for", len);
    close_and_forget(&s->data);
}

void data_receives(struct session *s, const char *text)
{
    data_receives_bytes(s, text, strlen(text));
}

void data_receives_pattern(struct session *s, size_t len)
{
    unsigned char *pattern = malloc(len + 1);
    if (pattern == NULL)
        abort();
    make_pattern(pattern, len, 0);
    data_receives_bytes(s, pattern, len);
    free(pattern);
}

void data_receives_some(struct session *s)
{
    char byte;
    if (receive(s, data_of(s), &byte, 1, "data") == 0)
        gives_up(s, "the client closed the data connection instead of sending data");
    note_event(s, "[some data came]");
}

void data_is_closed(struct session *s)
{
    char ignored[BLOCK];
    while (receive(s, data_of(s), ignored, sizeof ignored, "the end of the data") > 0)
        ;
    note_event(s, "[the client closes the data connection]");
    close_and_forget(&s->data);
}

void data_ends(struct session *s)
{
    data_of(s);
    note_event(s, "[the server closes the data connection]");
    close_and_forget(&s->data);
}

void data_resets(struct session *s)
{
    data_of(s);
    note_event(s, "[the server resets the data connection]");
    reset_and_forget(&s->data);
}

unsigned char pattern_byte(uint64_t offset)
{
    return (unsigned char)(offset % 251 ^ offset >> 16);
}
