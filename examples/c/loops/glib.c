/*
 * A download in a GLib main loop, such as GTK programs have. The session is a source of events.
 *
 *     glib HOST PORT USER PASSWORD FILE
 */
#include <stdio.h>

#include <glib-unix.h>
#include <glib.h>

#include "job.h"

struct session {
    /* GLib's part comes first. */
    GSource source;
    struct job job;
    ftp_status status;
    GMainLoop *loop;
    gpointer *tags;
    size_t count;
};

static void stop_watching(struct session *session)
{
    for (size_t i = 0; i < session->count; i++)
        g_source_remove_unix_fd(&session->source, session->tags[i]);
    session->count = 0;
    g_source_set_ready_time(&session->source, -1);
}

static void watch(struct session *session)
{
    const struct ftp_pollfd *fds = job_wants(&session->job, &session->count);
    session->tags = g_renew(gpointer, session->tags, session->count);
    for (size_t i = 0; i < session->count; i++)
        /* GLib's flags are those of poll(). */
        session->tags[i] = g_source_add_unix_fd(&session->source, fds[i].fd, (GIOCondition)fds[i].events);
    int64_t timeout = ftp_timeout_ms(session->job.ftp);
    if (timeout != -1)
        g_source_set_ready_time(&session->source, g_get_monotonic_time() + timeout * 1000);
}

/* GLib calls this when a descriptor is ready or the timeout has passed. */
static gboolean go_on(GSource *source, GSourceFunc callback, gpointer user)
{
    struct session *session = (struct session *)source;
    (void)callback;
    (void)user;
    stop_watching(session);
    session->status = job_go_on(&session->job);
    if (session->status == FTP_AGAIN) {
        watch(session);
        return G_SOURCE_CONTINUE;
    }
    g_main_loop_quit(session->loop);
    return G_SOURCE_REMOVE;
}

static GSourceFuncs functions = { .dispatch = go_on };

int main(int argc, char **argv)
{
    struct session *session = (struct session *)g_source_new(&functions, sizeof *session);
    if (argc != 6 || job_begin(&session->job, argv + 1) != 0) {
        fprintf(stderr, "usage: glib HOST PORT USER PASSWORD FILE\n");
        return 2;
    }
    session->tags = NULL;
    session->count = 0;
    session->loop = g_main_loop_new(NULL, FALSE);
    g_source_attach(&session->source, NULL);
    g_source_set_ready_time(&session->source, 0);
    g_main_loop_run(session->loop);

    ftp_status status = session->status;
    if (status == FTP_OK)
        printf("%lld bytes\n", (long long)session->job.bytes);
    job_end(&session->job);
    g_free(session->tags);
    g_main_loop_unref(session->loop);
    g_source_unref(&session->source);
    return status == FTP_OK ? 0 : 1;
}
