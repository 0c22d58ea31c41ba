#define _POSIX_C_SOURCE 200809L

#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static volatile sig_atomic_t asked_by;
static int output_error;

static void on_signal(int signal)
{
    asked_by = signal;
}

void stop_on_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
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

bool stop_or_sleep(unsigned seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds};
    while (stop_signal() == 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
    return stop_signal() == 0;
}
