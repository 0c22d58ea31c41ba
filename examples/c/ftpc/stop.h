/* How the program ends early: by a signal, or because nobody reads its output any more. */
#ifndef FTPC_STOP_H
#define FTPC_STOP_H

#include <stdbool.h>

/*
 * From now on SIGINT, SIGTERM and SIGHUP stop what is going on in an orderly way: temporary files are removed, or kept for --resume.
 * A second signal ends the program at once. SIGPIPE is ignored, since that of a closed pipe must not end it in the middle.
 */
void stop_on_signals(void);

/* The signal that asked for the end, or 0. */
int stop_signal(void);

/* Ends the program as that signal would. */
void stop_for(int signal);

/* Writes standard output out. If nobody reads it any more, that is as SIGPIPE. */
void stop_if_nobody_reads(void);

/* Why standard output could not be written, or 0. */
int stop_output_error(void);

/* For ftp_set_wait_callback(): cancels the call if the program is to end. */
int stop_while_waiting(void *unused);

/* Waits. Returns false if the program is to end. */
bool stop_or_sleep(unsigned seconds);

/* Waits until there is something to read. Returns false if the program is to end. */
bool stop_or_readable(int fd);

#endif
