/*
 * A download in a libuv loop.
 *
 *     libuv HOST PORT USER PASSWORD FILE
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "job.h"

struct session {
    struct job job;
    ftp_status status;
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_poll_t **polls;
    size_t count;
};

static void go_on(struct session *session);

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    go_on(poll->data);
}

static void on_time(uv_timer_t *timer)
{
    go_on(timer->data);
}

static void release(uv_handle_t *handle)
{
    free(handle);
}

/* A poll handle must not outlive its descriptor, and the next call may close the descriptor. */
static void stop_watching(struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        uv_poll_stop(session->polls[i]);
        uv_close((uv_handle_t *)session->polls[i], release);
    }
    session->count = 0;
    uv_timer_stop(&session->timer);
}

static void watch(struct session *session)
{
    size_t count = 0;
    const struct ftp_pollfd *fds = job_wants(&session->job, &count);
    session->polls = realloc(session->polls, count * sizeof *session->polls);
    if (session->polls == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        int events = (fds[i].events & POLLIN ? UV_READABLE : 0) | (fds[i].events & POLLOUT ? UV_WRITABLE : 0);
        uv_poll_t *poll = malloc(sizeof *poll);
        if (poll == NULL)
            abort();
        uv_poll_init(session->loop, poll, fds[i].fd);
        poll->data = session;
        uv_poll_start(poll, events, on_ready);
        session->polls[session->count++] = poll;
    }
    int64_t timeout = ftp_timeout_ms(session->job.ftp);
    if (timeout != -1)
        uv_timer_start(&session->timer, on_time, (uint64_t)timeout, 0);
}

static void go_on(struct session *session)
{
    stop_watching(session);
    session->status = job_go_on(&session->job);
    if (session->status == FTP_AGAIN)
        watch(session);
    else
        uv_close((uv_handle_t *)&session->timer, NULL);
}

int main(int argc, char **argv)
{
    struct session session = { .loop = uv_default_loop() };
    if (argc != 6 || job_begin(&session.job, argv + 1) != 0) {
        fprintf(stderr, "usage: libuv HOST PORT USER PASSWORD FILE\n");
        return 2;
    }
    uv_timer_init(session.loop, &session.timer);
    session.timer.data = &session;
    go_on(&session);
    uv_run(session.loop, UV_RUN_DEFAULT);
    uv_loop_close(session.loop);

    if (session.status == FTP_OK)
        printf("%lld bytes\n", (long long)session.job.bytes);
    free(session.polls);
    job_end(&session.job);
    return session.status == FTP_OK ? 0 : 1;
}
