/* The progress of a transfer, on one line of a terminal. Without a terminal on standard error there is none. */
#ifndef FTPC_BAR_H
#define FTPC_BAR_H

#include <stdbool.h>

#include <ftpclient.h>

/*
 * Shows the progress of the transfers of this handle, under this name; NULL is the name that the server knows. With several sessions it is that
 * of all files together.
 */
ftp_status bar_begin(ftp_handle *ftp, const char *name, int sessions);

/* Removes the line. */
void bar_clear(void);

/* Prints what a transfer came to. */
void bar_summary(const ftp_report *report, const char *name);

#endif
