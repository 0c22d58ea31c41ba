#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "loop.h"

int sleep_can_be_told(void)
{
    return getenv("UNDER_VALGRIND") == NULL;
}

/* For how long this thread could have worked and had no processor, in nanoseconds; 0 where the system does not tell. */
static int64_t waited_for_a_processor(void)
{
    long long worked, waited = 0;
    FILE *told = fopen("/proc/thread-self/schedstat", "re");
    if (told == NULL)
        return 0;
    if (fscanf(told, "%lld %lld", &worked, &waited) != 2)
        waited = 0;
    fclose(told);
    return waited;
}

/* The time that this thread has not worked and not wanted to: so a slow machine or a busy one does not count. */
static int64_t slept(void)
{
    struct timespec time, worked;
    int64_t waited = waited_for_a_processor();
    clock_gettime(CLOCK_MONOTONIC, &time);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worked);
    return (int64_t)(time.tv_sec - worked.tv_sec) * 1000 + (time.tv_nsec - worked.tv_nsec - waited) / 1000000;
}

struct loop loop_of(ftp_handle *ftp)
{
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    return (struct loop){ .ftp = ftp };
}

void loop_begins(struct loop *loop)
{
    loop->started = slept();
}

static struct ftp_pollfd *wanted(ftp_handle *ftp, size_t *count)
{
    static struct ftp_pollfd fds[MOST_FDS];
    CHECK_INT(ftp_pollfds(ftp, fds, MOST_FDS, count), FTP_OK);
    return fds;
}

void loop_waits(ftp_handle *ftp)
{
    size_t count = 0;
    struct ftp_pollfd *fds = wanted(ftp, &count);
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++) {
        /* They are open and the handle's: its descriptors do not block, those of the scripted server do. */
        int flags = fcntl(fds[i].fd, F_GETFL);
        CHECK(flags != -1 && flags & O_NONBLOCK);
    }
    poll((struct pollfd *)(void *)fds, (nfds_t)count, (int)ftp_timeout_ms(ftp));
}

int loop_goes_on(struct loop *loop, ftp_status status)
{
    int64_t sleep = slept() - loop->started;
    if (sleep > loop->longest_sleep)
        loop->longest_sleep = sleep;
    if (status != FTP_AGAIN)
        return 0;
    loop->again++;
    if (ftp_timeout_ms(loop->ftp) == 0)
        loop->at_once++;
    loop_waits(loop->ftp);
    return 1;
}

void slowly(struct session *s, const char *command, const char *reply)
{
    hears(s, command);
    pause_ms(STALL);
    sends_bytewise(s, reply);
    sends(s, "\r\n");
}

void answers_when_told(struct session *s)
{
    lets_in(s);
    hears(s, "CWD a");
    /* The test has tried everything else by now, or will have: nothing of it may be heard. */
    pause_ms(STALL);
    says(s, "250 fine");
    slowly(s, "PWD", "257 \"/a\"");
    says_goodbye(s);
}

struct loop logged_in_loop(struct server *server)
{
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_login(ftp, NULL, NULL, NULL));
    return loop_of(ftp);
}
