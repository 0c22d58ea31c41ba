/*
 * libftpclient: an FTP client library with a C API.
 *
 * These rules hold for every function. The comment of a function says only what differs.
 *
 * Threads
 *
 * - A handle belongs to one thread at a time. It may move to another thread between calls.
 * - Different handles are independent of each other.
 * - While a call is running on a handle, any thread may call ftp_cancel() and ftp_abort() on it.
 *   Every other call on the handle returns FTP_ERR_BUSY and does nothing.
 * - Any thread may call a function that takes no handle, at any time.
 *
 * Statuses
 *
 * - Functions return an ftp_status: 0 is success, a positive value is not an error, a negative
 *   value is an error. ftp_last_error() says in one line what failed and why.
 * - A function writes its outputs only if it returns FTP_OK.
 * - Every function that takes a handle can return:
 *   - FTP_ERR_INVALID_ARGUMENT: the handle is NULL, or an argument cannot be used. Nothing was
 *     sent.
 *   - FTP_ERR_BUSY: another call is running on the handle.
 *   - FTP_ERR_STATE: the handle was made before fork(), in the parent of this process.
 *   - FTP_ERR_INTERNAL: the library has a bug.
 * - A function that waits for the server can also return:
 *   - FTP_AGAIN: the call has not ended; only with ftp_set_blocking() off.
 *   - FTP_ERR_STATE: the handle is not connected, a transfer is open, or the server owes a reply.
 *   - FTP_ERR_TEMP, FTP_ERR_PERM, FTP_ERR_REPLY, FTP_ERR_PROTO, FTP_ERR_LIMIT: what the server
 *     sent.
 *   - FTP_ERR_IO, FTP_ERR_TIMEOUT, FTP_ERR_EOF: what happened to the connection.
 *   - FTP_ERR_ABORTED, FTP_ERR_CALLBACK, FTP_ERR_DENIED: what the program asked for.
 *   - FTP_ERR_TLS, FTP_ERR_CERTIFICATE, FTP_ERR_FILE: in a session with TLS.
 * - After an error, the next reply belongs to the next command, or the connection is closed. Once
 *   it is closed, calls return FTP_ERR_STATE, and ftp_last_error() says why.
 * - The library drops replies that arrive before it sends a command. It cannot recognise a reply
 *   that nobody asked for and that arrives just after a command.
 *
 * Strings
 *
 * - A string that a program passes ends with NUL. It may contain any bytes except CR and LF.
 *   Servers expect UTF-8 today.
 * - A string that the library returns belongs to the handle. It is valid until the next call on the
 *   handle that is not a getter.
 *
 * Getters
 *
 * - A getter is a function that takes a const ftp_handle *. It never waits and changes nothing.
 * - For a NULL handle, and while a call is running, a getter returns NULL, 0 or -1. Two differ:
 *   ftp_last_error() and ftp_state() then say what is the case.
 * - Between FTP_AGAIN and the repetition of the call, what is told of the last call is still told:
 *   its replies, its command and its phase. ftp_last_error() returns "", since the call has not
 *   failed. What is told of the connection is NULL, 0 or -1: the call has it.
 *
 * Arguments
 *
 * - A switch is off if it is 0, and on if it is anything else.
 * - The library passes the pointer `user` to the callback as it is. The pointer must stay valid as
 *   long as the library can call the callback.
 * - Names end in _ms for milliseconds. Sizes and offsets are in bytes.
 *
 * Memory
 *
 * - FTP_ERR_LIMIT: no memory was left for something that a server or the program can make large,
 *   such as replies and blocks of data. In the same case ftp_new() returns NULL.
 * - The library takes small pieces, of some kilobytes, for granted. If the system has no memory for
 *   them, the process ends by abort().
 *
 * cbindgen generates this file from src/capi: do not edit it.
 */

#ifndef FTPCLIENT_H
#define FTPCLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifndef FTP_API
#if defined(__GNUC__) || defined(__clang__)
#define FTP_API __attribute__((visibility("default")))
#else
#define FTP_API
#endif
#endif

/*
 * On functions whose status must not be ignored. A program that defines it itself, before it
 * includes this file, chooses otherwise: "#define FTP_NODISCARD" turns the warnings off.
 */
#ifndef FTP_NODISCARD
#if defined(__cplusplus) && __cplusplus >= 201703L
#define FTP_NODISCARD [[nodiscard]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define FTP_NODISCARD [[nodiscard]]
#elif defined(__GNUC__) || defined(__clang__)
#define FTP_NODISCARD __attribute__((warn_unused_result))
#else
#define FTP_NODISCARD
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

@sections@

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* FTPCLIENT_H */
