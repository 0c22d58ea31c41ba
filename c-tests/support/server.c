#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "check.h"
#include "session.h"

struct server {
    pthread_t thread;
    uint16_t port;
    void (*script)(struct session *);
    struct session session;
};

/* --- telling what happens --- */

void note(struct session *s, const char *who, const char *text, size_t len)
{
    enum { SHOWN = 200, HALF = LONGEST_TRANSCRIPT / 2 };
    size_t shown = len < SHOWN ? len : SHOWN;
    if (s->transcript_len + strlen(who) + shown + 2 > LONGEST_TRANSCRIPT) {
        memmove(s->transcript, s->transcript + HALF, s->transcript_len - HALF);
        s->transcript_len -= HALF;
    }
    s->transcript_len += (size_t)sprintf(s->transcript + s->transcript_len, "%s", who);
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)text[i];
        s->transcript[s->transcript_len++] = c < 32 ? (c == '\r' || c == '\n' ? ' ' : '?') : (char)c;
    }
    s->transcript[s->transcript_len++] = '\n';
    s->transcript[s->transcript_len] = '\0';
}

void note_event(struct session *s, const char *event)
{
    note(s, "   ", event, strlen(event));
}

void gives_up(struct session *s, const char *format, ...)
{
    char message[2 * LONGEST_LINE];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    check_failed("the server's script", 0, "%s; the dialogue was:\n%s", message, s->transcript);
    longjmp(s->end_of_script, 1);
}

/* --- the test's side --- */

static void end_session(struct session *s)
{
    close_and_forget(&s->control);
    close_and_forget(&s->data);
    close_and_forget(&s->data_listener);
    close_and_forget(&s->listener);
}

static void *play(void *argument)
{
    struct server *server = argument;
    struct session *s = &server->session;
    if (setjmp(s->end_of_script) == 0) {
        meets_next_client(s);
        server->script(s);
    }
    end_session(s);
    return NULL;
}

struct server *serve(void (*script)(struct session *), void *user)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        abort();
    struct session *s = &server->session;
    server->script = script;
    s->user = user;
    s->control = s->data = s->data_listener = -1;
    s->listener = bind_free_port(&server->port);
    if (s->listener < 0 || listen(s->listener, 8) != 0 || pthread_create(&server->thread, NULL, play, server) != 0) {
        perror("cannot start the server of a test");
        abort();
    }
    return server;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

void server_ends(struct server *server)
{
    pthread_join(server->thread, NULL);
    free(server);
}

void *user_of(struct session *s)
{
    return s->user;
}

void pause_ms(int milliseconds)
{
    struct timespec left = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}
