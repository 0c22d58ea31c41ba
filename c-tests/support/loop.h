/*
 * An event loop for one handle, and a server that takes its time.
 */
#ifndef LOOP_H
#define LOOP_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The server stalls for this long before everything it says. */
enum { STALL = 120 };
/* For how long a call may sleep, less than any stall; that it sleeps at all is because the machine is busy with other tests. */
enum { LONGEST_SLEEP = 100 };

/* An event loop for one handle, and what it has seen. */
struct loop {
    ftp_handle *ftp;
    int again;
    int at_once;
    int64_t started;
    int64_t longest_sleep;
};

/* Makes a call as an event loop does, until it has ended. */
#define DRIVE(loop, status, call) \
    do { \
        loop_begins(loop); \
        (status) = (call); \
    } while (loop_goes_on(loop, status))

#define DRIVE_OK(loop, call) \
    do { \
        ftp_status driven; \
        DRIVE(loop, driven, call); \
        CHECK_OK((loop)->ftp, driven); \
    } while (0)

/* Valgrind lets one thread run at a time: what the server works is sleep for the client. */
int sleep_can_be_told(void);
/* Makes the handle one that does not wait. */
struct loop loop_of(ftp_handle *ftp);
/* Before each call. */
void loop_begins(struct loop *loop);
/* Waits for what the handle wants, for which it must have something to want. */
void loop_waits(ftp_handle *ftp);
/* Waits if the call has not ended, and returns whether it is to be repeated. */
int loop_goes_on(struct loop *loop, ftp_status status);
/* hears() and says(), after the server has stalled. */
void slowly(struct session *s, const char *command, const char *reply);
/* A script: lets anybody in, answers CWD a and PWD slowly, and says goodbye. */
void answers_when_told(struct session *s);
/* A handle that is logged in and does not wait. */
struct loop logged_in_loop(struct server *server);

#ifdef __cplusplus
}
#endif

#endif
