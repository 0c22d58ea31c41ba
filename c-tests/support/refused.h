/*
 * Calls that a session cannot carry out now.
 */
#ifndef REFUSED_H
#define REFUSED_H

#include <ftpclient.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Every function that sends a command of its own and waits for the reply: it fails with FTP_ERR_STATE, `why` is in the error
 * text, and nothing that its result would go to is touched. Not among them: those that connect, close or abort.
 */
void check_all_refused(ftp_handle *ftp, const char *why);

#ifdef __cplusplus
}
#endif

#endif
