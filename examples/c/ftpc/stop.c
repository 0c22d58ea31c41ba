#define _POSIX_C_SOURCE 200809L

#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <time.h>

static volatile sig_atomic_t asked_by;
static int output_error;

static void on_signal(int signal)
{
    asked_by = signal;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction before;
        /* What the caller ignores, as nohup does with SIGHUP, stays ignored. */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

int stop_signal(void)
{
    return asked_by;
}

void stop_for(int signal)
{
    asked_by = signal;
}

void stop_if_nobody_reads(void)
{
    if (fflush(stdout) == 0 || output_error != 0)
        return;
    output_error = errno;
    if (errno == EPIPE)
        stop_for(SIGPIPE);
}

int stop_output_error(void)
{
    return output_error;
}

int stop_while_waiting(void *unused)
{
    (void)unused;
    return stop_signal();
}

/* pselect(), unless the program is to end. A signal between the look and the wait ends the wait as well. */
static int stop_or_select(int count, fd_set *readable, const struct timespec *most)
{
    sigset_t held, before;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(&held, signals[i]);
    sigprocmask(SIG_BLOCK, &held, &before);
    int ready = stop_signal() == 0 ? pselect(count, readable, NULL, NULL, most, &before) : -1;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ready;
}

bool stop_or_sleep(unsigned seconds)
{
    struct timespec most = {.tv_sec = (time_t)seconds};
    return stop_or_select(0, NULL, &most) == 0;
}

bool stop_or_readable(int fd)
{
    fd_set wanted;
    FD_ZERO(&wanted);
    FD_SET(fd, &wanted);
    return stop_or_select(fd + 1, &wanted, NULL) == 1;
}
