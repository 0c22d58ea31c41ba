#include <stdio.h>
#include <string.h>

#include "session.h"

void sends_bytes(struct session *s, const void *bytes, size_t len)
{
    note(s, "S: ", bytes, len);
    if (!send_all(s, s->control, bytes, len))
        gives_up(s, "the client has left");
}

void sends(struct session *s, const char *text)
{
    sends_bytes(s, text, strlen(text));
}

int tries_to_say(struct session *s, const char *line)
{
    char whole[LONGEST_LINE];
    int len = snprintf(whole, sizeof whole, "%s\r\n", line);
    note(s, "S: ", line, strlen(line));
    return send_all(s, s->control, whole, (size_t)len);
}

void says(struct session *s, const char *line)
{
    if (!tries_to_say(s, line))
        gives_up(s, "the client has left");
}

void sends_bytewise(struct session *s, const char *text)
{
    for (; *text != '\0'; text++) {
        sends_bytes(s, text, 1);
        pause_ms(1);
    }
}

/* Takes the client's next line out of what was read, without CRLF. Returns 0 when the client leaves instead. */
static int read_line(struct session *s, char *line, size_t capacity, const char *what)
{
    char *end;
    while ((end = memchr(s->unread, '\n', s->unread_len)) == NULL) {
        size_t room = sizeof s->unread - s->unread_len;
        size_t got = receive(s, s->control, s->unread + s->unread_len, room, what);
        if (got == 0)
            return 0;
        s->unread_len += got;
    }
    size_t len = (size_t)(end - s->unread);
    note(s, "C: ", s->unread, len);
    if (len == 0 || s->unread[len - 1] != '\r')
        gives_up(s, "the client's line does not end with CRLF");
    snprintf(line, capacity, "%.*s", (int)(len - 1), s->unread);
    s->unread_len -= len + 1;
    memmove(s->unread, end + 1, s->unread_len);
    return 1;
}

void hears(struct session *s, const char *line)
{
    char got[LONGEST_LINE];
    if (!read_line(s, got, sizeof got, line))
        gives_up(s, "the client left; the script waits for \"%s\"", line);
    if (strcmp(got, line) != 0)
        gives_up(s, "the script waits for \"%s\", the client sent \"%s\"", line, got);
}

void hears_urgently(struct session *s, unsigned char byte)
{
    unsigned char got = receive_urgent(s, s->control);
    note_event(s, "[urgent data]");
    if (got != byte)
        gives_up(s, "the script waits for the urgent byte %d, the client sent %d", byte, got);
}

int hears_anything(struct session *s, char *line, size_t capacity)
{
    return read_line(s, line, capacity, "a command");
}

void hears_goodbye(struct session *s)
{
    char more;
    if (s->unread_len > 0 || receive(s, s->control, &more, 1, "the client to leave") > 0)
        gives_up(s, "the client was to leave, but it sent more");
    note_event(s, "[the client leaves]");
    close_and_forget(&s->control);
}

void answers(struct session *s, const char *command, const char *reply)
{
    hears(s, command);
    says(s, reply);
}

void lets_in(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER anonymous", "331 your address, please");
    answers(s, "PASS anonymous@", "230 welcome");
}

void says_goodbye(struct session *s)
{
    answers(s, "QUIT", "221 goodbye");
    hears_goodbye(s);
}

void hangs_up(struct session *s)
{
    note_event(s, "[the server hangs up]");
    close_and_forget(&s->control);
}

void resets(struct session *s)
{
    note_event(s, "[the server resets]");
    reset_and_forget(&s->control);
}

void holds(struct session *s)
{
    char ignored[BLOCK];
    note_event(s, "[the server holds]");
    while (receive(s, s->control, ignored, sizeof ignored, "the client to leave") > 0)
        ;
}

void meets_next_client(struct session *s)
{
    close_and_forget(&s->control);
    s->unread_len = 0;
    s->control = accept_client(s, s->listener, "a client");
    note_event(s, "[a client connects]");
}
