/*
 * Many sessions at once in one thread, with Linux's epoll: each downloads the same file.
 *
 *     epoll HOST PORT USER PASSWORD FILE SESSIONS
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include "job.h"

struct session {
    struct job job;
    bool is_done;
    /* When to repeat the call even if nothing has happened; -1 is never. */
    int64_t due;
    /* The descriptors that epoll watches for the session. */
    int *watched;
    size_t count;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool contains(const struct ftp_pollfd *fds, size_t count, int fd)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i].fd == fd)
            return true;
    return false;
}

/*
 * Makes epoll watch what the session waits for. This happens right after the session's call, so no other session can have got the number
 * of a descriptor that the call closed.
 */
static void watch(int epoll, struct session *session)
{
    size_t count = 0;
    const struct ftp_pollfd *fds = job_wants(&session->job, &count);
    for (size_t i = 0; i < session->count; i++)
        if (!contains(fds, count, session->watched[i]))
            /* This fails for a descriptor that was closed: epoll has forgotten it by itself. */
            epoll_ctl(epoll, EPOLL_CTL_DEL, session->watched[i], NULL);
    if (count > session->count) {
        session->watched = realloc(session->watched, count * sizeof *session->watched);
        if (session->watched == NULL)
            abort();
    }
    for (size_t i = 0; i < count; i++) {
        /* The flags of poll() and of epoll have the same values. */
        struct epoll_event event = { .events = (uint32_t)fds[i].events, .data.ptr = session };
        if (epoll_ctl(epoll, EPOLL_CTL_MOD, fds[i].fd, &event) == -1 && errno == ENOENT)
            epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i].fd, &event);
        session->watched[i] = fds[i].fd;
    }
    session->count = count;
    int64_t timeout = ftp_timeout_ms(session->job.ftp);
    session->due = timeout == -1 ? -1 : now() + timeout;
}

/* Returns whether the session has failed. */
static bool go_on(int epoll, struct session *session)
{
    ftp_status status = job_go_on(&session->job);
    watch(epoll, session);
    session->is_done = status != FTP_AGAIN;
    return status != FTP_AGAIN && status != FTP_OK;
}

/* How long to wait for events until one of the sessions is due; -1 is for ever. */
static int patience(const struct session *sessions, int count)
{
    int64_t first = -1;
    for (int i = 0; i < count; i++)
        if (!sessions[i].is_done && sessions[i].due != -1 && (first == -1 || sessions[i].due < first))
            first = sessions[i].due;
    if (first == -1)
        return -1;
    int64_t left = first - now();
    return left < 0 ? 0 : (int)left;
}

int main(int argc, char **argv)
{
    /* A server's queue of new connections is limited. Connections that do not fit into it are lost silently. */
    enum { EVENTS = 64, MOST_CONNECTING = 50 };
    int count = argc == 7 ? atoi(argv[6]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: epoll HOST PORT USER PASSWORD FILE SESSIONS\n");
        return 2;
    }
    /* Each session has up to four descriptors. */
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct session *sessions = calloc((size_t)count, sizeof *sessions);
    if (epoll == -1 || sessions == NULL)
        return 1;
    int failed = 0, begun = 0, open = 0, connecting = 0;
    do {
        for (; begun < count && connecting < MOST_CONNECTING; begun++, connecting++) {
            if (job_begin(&sessions[begun].job, argv + 1) != 0)
                return 1;
            failed += go_on(epoll, &sessions[begun]);
        }
        struct epoll_event events[EVENTS];
        int happened = epoll_wait(epoll, events, EVENTS, patience(sessions, begun));
        for (int i = 0; i < happened; i++) {
            struct session *session = events[i].data.ptr;
            if (!session->is_done)
                failed += go_on(epoll, session);
        }
        open = connecting = 0;
        for (int i = 0; i < begun; i++) {
            struct session *session = &sessions[i];
            if (!session->is_done && session->due != -1 && session->due <= now())
                failed += go_on(epoll, session);
            open += !session->is_done;
            connecting += !session->is_done && session->job.step == 0;
        }
    } while (open > 0 || begun < count);

    int64_t bytes = 0;
    for (int i = 0; i < count; i++) {
        bytes += sessions[i].job.bytes;
        free(sessions[i].watched);
        job_end(&sessions[i].job);
    }
    free(sessions);
    printf("%d sessions, %lld bytes, %d failed\n", count, (long long)bytes, failed);
    return failed == 0 ? 0 : 1;
}
