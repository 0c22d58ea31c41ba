#include "client.h"

#include <stdio.h>
#include <string.h>

ftp_handle *new_client(void)
{
    ftp_handle *ftp = ftp_new();
    CHECK(ftp != NULL);
    CHECK_OK(ftp, ftp_set_timeout(ftp, 20000));
    return ftp;
}

ftp_handle *client_of(const struct server *server)
{
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    return ftp;
}

void part(ftp_handle *ftp, struct server *server)
{
    CHECK_OK(ftp, ftp_quit(ftp));
    ftp_free(ftp);
    server_ends(server);
}

static void take(struct taken *taken, const char *bytes, size_t len)
{
    size_t room = sizeof taken->text - 1 - taken->len;
    CHECK(len <= room);
    memcpy(taken->text + taken->len, bytes, len <= room ? len : room);
    taken->len += len <= room ? len : room;
    taken->text[taken->len] = '\0';
}

int take_data(const void *data, size_t len, void *taken)
{
    struct taken *all = taken;
    CHECK(len > 0);
    all->calls++;
    take(all, data, len);
    return 0;
}

int take_line(const char *line, size_t len, void *taken)
{
    struct taken *all = taken;
    CHECK_INT(line[len], 0);
    all->calls++;
    take(all, line, len);
    take(all, "\n", 1);
    return 0;
}

void take_log(int32_t kind, const char *text, size_t len, void *taken)
{
    char number[16];
    take(taken, number, (size_t)snprintf(number, sizeof number, "%d ", (int)kind));
    take_line(text, len, taken);
}

int take_no_entry(const char *name, size_t len, const ftp_fact *facts, size_t count, void *unused)
{
    (void)name, (void)len, (void)facts, (void)count, (void)unused;
    CHECK(!"an entry came");
    return 0;
}

int64_t give(void *buffer, size_t capacity, void *given)
{
    struct given *all = given;
    size_t left = strlen(all->text) - all->position;
    size_t part = all->step < left ? all->step : left;
    CHECK(capacity > 0);
    if (part > capacity)
        part = capacity;
    memcpy(buffer, all->text + all->position, part);
    all->position += part;
    return (int64_t)part;
}

int take_sent(const void *data, size_t len, void *given)
{
    struct given *all = given;
    return take_data(data, len, &all->sent);
}
