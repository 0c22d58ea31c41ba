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

/* ----------------------------------------------------------------------------------------------
 * Version and features
 *
 * Which library this is, and how it was built.
 * ---------------------------------------------------------------------------------------------- */

/**
 * The version of this header: it grows with incompatible changes.
 */
#define FTP_VERSION_MAJOR 0

/**
 * The version of this header: it grows with additions.
 */
#define FTP_VERSION_MINOR 1

/**
 * The version of this header: it grows with corrections.
 */
#define FTP_VERSION_PATCH 0

/**
 * The version of this header as one number, 0xXXYYZZ. Such numbers can be compared.
 */
#define FTP_VERSION_NUMBER (((FTP_VERSION_MAJOR << 16) | (FTP_VERSION_MINOR << 8)) | FTP_VERSION_PATCH)

/**
 * Returns the version of the library that the program runs with, as in "0.1.0".
 *
 * The string is static.
 */
FTP_API const char *ftp_version(void);

/**
 * Returns the version of the library that the program runs with as one number, 0xXXYYZZ.
 *
 * Version 1.2.3 is 0x010203. FTP_VERSION_NUMBER is the version that the program was compiled with.
 */
FTP_API uint32_t ftp_version_number(void);

/**
 * Tells whether the library has a feature that a build can leave out.
 *
 * @param name  "tls" for FTPS.
 * @return 1 if the library has the feature. 0 if not, for NULL, and for a name that this version
 *         does not know.
 */
FTP_API int ftp_has_feature(const char *name);

/**
 * Returns the TLS library in use and its version, as in "OpenSSL 3.0.19 27 Jan 2026".
 *
 * @return a static string; NULL in a build without TLS.
 */
FTP_API const char *ftp_tls_backend(void);

/* ----------------------------------------------------------------------------------------------
 * Statuses
 *
 * What functions return.
 * ---------------------------------------------------------------------------------------------- */

/**
 * What a function returns: 0 is success, a positive value is not an error, a negative value is an
 * error.
 */
typedef enum ftp_status {
    /**
     * Success.
     */
    FTP_OK = 0,
    /**
     * With ftp_set_blocking() off: the call has not ended. Do three things:
     *
     * - Ask ftp_pollfds() and ftp_timeout_ms() what to wait for.
     * - Wait for it.
     * - Repeat the call with the same arguments, until it returns anything else.
     */
    FTP_AGAIN = 1,
    /**
     * There is no further entry.
     */
    FTP_END = 2,
    /**
     * An argument cannot be used. Nothing was sent.
     *
     * - A pointer is NULL where a value is needed.
     * - A number is out of range.
     * - A string contains CR or LF, or bytes that the encoding of ftp_set_encoding() cannot
     *   express.
     */
    FTP_ERR_INVALID_ARGUMENT = -1,
    /**
     * The call does not fit the state of the handle:
     *
     * - It needs a connection, and there is none. None was made yet, or an earlier error closed it.
     * - A transfer is open.
     * - A reply is outstanding: one that follows ftp_putcmd(), or one that follows a 1yz reply.
     * - The handle was made before fork(), in the parent of this process.
     */
    FTP_ERR_STATE = -2,
    /**
     * Another call is running on this handle: in another thread, or around the callback that makes
     * this call.
     */
    FTP_ERR_BUSY = -3,
    /**
     * The library has a bug. Please report the error text. The handle can still be asked for the
     * error, and freed.
     */
    FTP_ERR_INTERNAL = -4,
    /**
     * It cannot be done:
     *
     * - This build of the library leaves it out, as with TLS.
     * - Nobody can do it, as with the descriptor of a TLS connection.
     * - A name contains the byte 0xFF, and the server does not tell how it reads that byte. See
     *   ftp_sendcmd().
     */
    FTP_ERR_UNSUPPORTED = -5,
    /**
     * The name of the host has no address.
     */
    FTP_ERR_RESOLVE = -10,
    /**
     * The network or the system failed. ftp_last_os_error() returns errno.
     */
    FTP_ERR_IO = -11,
    /**
     * Nothing happened within the time of ftp_set_timeout() or ftp_set_phase_timeout().
     */
    FTP_ERR_TIMEOUT = -12,
    /**
     * The server closed the connection.
     */
    FTP_ERR_EOF = -13,
    /**
     * The server sent a reply of class 1yz, 2yz or 3yz that does not fit the command (ftplib:
     * error_reply).
     */
    FTP_ERR_REPLY = -20,
    /**
     * The server refused for now, with a 4yz reply. A later attempt may succeed (ftplib:
     * error_temp).
     */
    FTP_ERR_TEMP = -21,
    /**
     * The server refused, with a 5yz reply (ftplib: error_perm).
     */
    FTP_ERR_PERM = -22,
    /**
     * The server broke the protocol, or is not an FTP server (ftplib: error_proto).
     */
    FTP_ERR_PROTO = -23,
    /**
     * Something exceeds a limit, such as 8192 bytes for a line or 65536 bytes for a command.
     */
    FTP_ERR_LIMIT = -24,
    /**
     * The file or directory is not there. Functions that return this have found it out, and do not
     * rely on the words of a refusal.
     */
    FTP_ERR_NOT_FOUND = -25,
    /**
     * Something is there that was not to be replaced, or that is in the way, such as a file where a
     * directory should be made. Functions that return this have found it out.
     */
    FTP_ERR_EXISTS = -26,
    /**
     * TLS failed, or something would have gone in clear that must not. The error text says which.
     */
    FTP_ERR_TLS = -30,
    /**
     * The certificate of the server is not accepted. The error text says why, and whose it is.
     */
    FTP_ERR_CERTIFICATE = -31,
    /**
     * ftp_cancel() or ftp_abort() cancelled the call.
     */
    FTP_ERR_ABORTED = -40,
    /**
     * A callback stopped the call. ftp_last_callback_result() returns its value.
     */
    FTP_ERR_CALLBACK = -41,
    /**
     * The audit callback refused the connection or the command. Nothing was sent.
     */
    FTP_ERR_DENIED = -42,
    /**
     * A file of this machine cannot be used. ftp_last_os_error() returns errno.
     */
    FTP_ERR_FILE = -50,
    /**
     * The server reported success, and the data is wrong, or is not known to be complete:
     *
     * - Fewer bytes arrived than the server announced.
     * - The file has another size than the server tells, or with FTP_VERIFY another hash.
     * - The server confirmed a new name, and the file still has the temporary one.
     * - The data of a TLS connection ended in a way that looks like a cut. See ftp_set_tls_end().
     * - The server confirmed an upload before its end.
     * - The server confirmed a download without a data connection, and no size tells that the file
     *   is empty.
     * - In active mode, a data connection was refused because of its address. See
     *   ftp_set_active_peer().
     */
    FTP_ERR_INTEGRITY = -51,
    /**
     * All data went over the network, but the final reply of the server did not arrive, and the
     * library could not find out otherwise whether the file is complete.
     */
    FTP_ERR_UNVERIFIED = -52,
    /**
     * Some of the entries were not done, and all others were. The error text says how many, and
     * which was the first.
     */
    FTP_ERR_PARTIAL = -53
} ftp_status;

/* ----------------------------------------------------------------------------------------------
 * Sessions
 *
 * A program makes a handle, connects, logs in, quits and frees the handle. One call, ftp_open(),
 * takes the first steps from a URL. Another, ftp_reconnect(), brings back a session that was lost.
 * ---------------------------------------------------------------------------------------------- */

/**
 * One session with one FTP server, or the place for one.
 */
typedef struct ftp_handle ftp_handle;

/**
 * Makes a handle without a connection.
 *
 * @return the handle, which ftp_free() frees. NULL if the system lacks memory or descriptors.
 *
 * ftplib: FTP()
 */
FTP_API ftp_handle *ftp_new(void);

/**
 * Closes the connection without QUIT, and frees the handle with all its strings.
 *
 * @param ftp  the handle, or NULL, which does nothing.
 *
 * In these cases the function does nothing, and the handle is still to be freed:
 *
 * - A call is running on the handle: in another thread, or around the callback that calls this
 *   function.
 * - The handle is the target of an ftp_copy() that has not ended, or has returned FTP_AGAIN. Free
 *   the source first.
 *
 * A call that begins at the same moment, or later, uses freed memory.
 *
 * In a child of fork(), the function closes the child's copies of the descriptors and sends
 * nothing. The session goes on in the parent.
 */
FTP_API void ftp_free(ftp_handle *ftp);

/**
 * Connects to a server and waits for its greeting.
 *
 * A connection that the handle already has is closed first. The library tries all addresses of the
 * host, IPv4 and IPv6 by turns (RFC 8305). It begins the next attempt after 250 ms, or as soon as
 * one fails. It uses the first address that answers. After a greeting with code 120 it waits for
 * the next greeting.
 *
 * @param host  a name, an IPv4 address, or an IPv6 address with or without brackets. For a URL, or
 *              with a port, a path or a user, the function returns FTP_ERR_INVALID_ARGUMENT.
 * @param port  1 to 65535. 0 is 21, or 990 with FTP_TLS_IMPLICIT.
 * @return FTP_OK: the handle is connected, and ftp_getwelcome() returns the greeting. After any
 *         error except FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT the handle is not connected.
 *         - FTP_ERR_RESOLVE: the name has no address.
 *         - FTP_ERR_IO: the server cannot be reached, or refuses the connection.
 *         - FTP_ERR_TEMP, FTP_ERR_PERM: the server turns the client away, as with reply 421.
 *         - FTP_ERR_PROTO, FTP_ERR_LIMIT: it is not an FTP server.
 *         - FTP_ERR_TLS, FTP_ERR_CERTIFICATE: with FTP_TLS_IMPLICIT.
 *
 * ftplib: connect
 */
FTP_NODISCARD FTP_API ftp_status ftp_connect(ftp_handle *ftp, const char *host, uint16_t port);

/**
 * Returns the greeting of the server that the handle is connected to, or was connected to last.
 *
 * @return the lines of the greeting, joined by '\n', with the code. NULL if there was no greeting.
 *
 * ftplib: getwelcome
 */
FTP_API const char *ftp_getwelcome(const ftp_handle *ftp);

/**
 * Logs in: USER, then PASS and ACCT if the server asks for them (RFC 959, section 5.4).
 *
 * With ftp_set_tls() on, the function first secures the session as ftp_auth() does. After the login
 * it secures data connections as ftp_prot_p() does. It can return what these functions return. If
 * they fail, no user name, password or account was sent in clear.
 *
 * @param user      the name. NULL or "" is "anonymous".
 * @param password  the password. NULL is "". For "anonymous", "" becomes "anonymous@" and "-"
 *                  becomes "-anonymous@".
 * @param acct      the account, which few servers ask for. NULL or "" is none.
 * @return FTP_OK: ftp_last_reply() returns the reply to the login, even if later commands secured
 *         data connections.
 *         - FTP_ERR_PERM: the server refuses the login, in most cases with 530.
 *         - FTP_ERR_TEMP: the server refuses the login for now. Some servers use 430 or another 4yz
 *           code for a wrong password. Do not repeat the same password: many servers lock the
 *           account.
 *         - FTP_ERR_REPLY: the server asks for an account, and the program gave none.
 *
 * 503 in reply to USER is a login if the greeting was 230.
 *
 * The password appears in no log and no error text of the library. A server may repeat it in its
 * reply.
 *
 * ftplib: login
 */
FTP_NODISCARD FTP_API ftp_status ftp_login(ftp_handle *ftp, const char *user, const char *password,
    const char *acct);

/**
 * Sends QUIT, waits for the reply, and closes the connection.
 *
 * The connection is closed in any case, except after FTP_ERR_BUSY and FTP_ERR_INVALID_ARGUMENT. The
 * handle can connect again. If a transfer is open, or a reply is outstanding, the connection is
 * closed without QUIT.
 *
 * @return FTP_OK if the server replied 2yz.
 *         - FTP_ERR_STATE: the handle was not connected, a transfer was open, or a reply was
 *           outstanding.
 *
 * ftplib: quit, which leaves the connection open after an error
 */
FTP_API ftp_status ftp_quit(ftp_handle *ftp);

/**
 * Closes the connection and sends nothing. Without a connection it does nothing.
 *
 * A call that has returned FTP_AGAIN is given up. The handle can connect again.
 *
 * ftplib: close
 */
FTP_API ftp_status ftp_close(ftp_handle *ftp);

/**
 * Connects, logs in and changes to a directory, all from a URL.
 *
 * Settings of the handle hold, such as those of ftp_set_tls_ca() and ftp_set_timeout().
 *
 * @param url  "ftp://user:password@host:port/path;type=i" in UTF-8 (RFC 1738, RFC 3986). User,
 *             password, port, path and type can be left out.
 * @return FTP_OK: the session stands in the directory. After any error except FTP_ERR_BUSY and
 *         FTP_ERR_INVALID_ARGUMENT the handle is not connected. Otherwise as ftp_connect(),
 *         ftp_login() and ftp_cwd().
 *         - FTP_ERR_INVALID_ARGUMENT: the string is not such a URL, or others could read it as
 *           another host.
 *
 * The parts of the URL mean:
 *
 * - "ftps://" is implicit TLS, "ftpes://" is explicit TLS. Both set what ftp_set_tls() sets.
 *   "ftp://" leaves that setting as it is.
 * - A character that a URL cannot contain is written %xx. In user and password, "/", "?", "#" and
 *   "@" must be %2F, %3F, %23 and %40. In user, password and path, %xx is any byte but a line end
 *   and 0: "caf%E9" is a name in Latin-1.
 * - The path names a directory. The library sends one CWD for each segment. "ftp://host/pub" leads
 *   to pub below the directory of the login, "ftp://host/%2Fpub" leads to /pub.
 * - Type a sets ASCII type, type i sets image type.
 *
 * The password appears in no log and no error text of the library.
 *
 * ftplib: the constructor
 */
FTP_NODISCARD FTP_API ftp_status ftp_open(ftp_handle *ftp, const char *url);

/**
 * Connects, logs in and changes to the directory of a file: ftp_open() for the URL of a file.
 *
 * @param url  as for ftp_open(). The last segment of the path is the name of the file, the others
 *             are directories. For "ftp://host/pub/README" the directory is pub and the name is
 *             "README".
 * @param out  receives the name, in the form that RETR, STOR and ftp_size() take. The function does
 *             not check whether the file exists.
 * @return as ftp_open().
 *         - FTP_ERR_INVALID_ARGUMENT: also for a URL that names no file. It has no path, or a "/"
 *           at its end, or type d.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_open_file(ftp_handle *ftp, const char *url, const char **out);

/**
 * The parts of a URL, decoded. Later versions of the library append fields: programs must not copy
 * the struct.
 */
typedef struct ftp_url {
    /**
     * FTP_TLS_OFF for "ftp://", FTP_TLS_IMPLICIT for "ftps://", FTP_TLS_EXPLICIT for "ftpes://".
     */
    int tls;
    /**
     * FTP_TYPE_IMAGE or FTP_TYPE_ASCII, as the URL says; FTP_TYPE_AS_IS if it does not say, or says
     * type d.
     */
    int type;
    /**
     * 1 if the URL can only name a directory: it has no path, or a "/" or ".." at its end, or type
     * d. Otherwise 0.
     */
    int is_directory;
    /**
     * The port, or 0 if the URL names none.
     */
    uint16_t port;
    /**
     * The host, without brackets.
     */
    const char *host;
    /**
     * The user, or "".
     */
    const char *user;
    /**
     * The password, or "".
     */
    const char *password;
    /**
     * The path, in the form that commands take: "pub/README" is below the directory of the login,
     * "/pub/README" is not. "" if the URL has none.
     */
    const char *path;
} ftp_url;

/**
 * Takes a URL apart and sends nothing: for programs that look the password up elsewhere, or whose
 * path is not to be entered.
 *
 * ftp_connect() takes the host and the port, ftp_login() user and password, ftp_set_tls() the
 * member tls.
 *
 * @param url  as for ftp_open(). It may name a file or a directory.
 * @param out  receives the parts, which ftp_url_free() frees. They do not need the handle.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also if the string is not such a URL, or others could read it
 *           as another host. ftp_last_error() says what is wrong, without the password.
 *
 * ftplib: none; as urllib.parse.urlsplit
 */
FTP_NODISCARD FTP_API ftp_status ftp_url_parse(ftp_handle *ftp, const char *url,
    const ftp_url **out);

/**
 * Frees the parts of a URL, and overwrites the password.
 *
 * @param url  the parts, or NULL, which does nothing. They can be freed after the handle.
 */
FTP_API void ftp_url_free(const ftp_url *url);

/**
 * Brings back the last session of the handle: connects to the same server and repeats what was done
 * there.
 *
 * The function repeats these steps, in this order:
 *
 * - ftp_connect() to the same host and port.
 * - TLS as ftp_set_tls() says now, or by ftp_auth() if the program secured the session itself.
 * - USER, PASS and ACCT of the last login that the server accepted, or that was under way when the
 *   session was lost. Then the last ACCT after the login, if the server accepted it.
 * - The protection of data connections, and CCC if ftp_ccc() was the last request.
 * - The working directory.
 * - The type.
 * - The facts of MLSD and MLST that the program chose (OPTS MLST), by ftp_mlsd() or by a command of
 *   its own.
 *
 * After an ftp_open() that failed, the function does all that the URL says. It works after the
 * session was lost, and after ftp_quit() and ftp_close(). An open session is closed first; an open
 * transfer of that session has ended.
 *
 * @return FTP_OK. After any other status, except as noted here, the handle is not connected and
 *         ftp_reconnect() can be tried again. Do not repeat it in a loop if the server refused
 *         PASS: servers lock accounts.
 *         - FTP_ERR_STATE: nothing was done. There never was an ftp_connect(), or the working
 *           directory or the login is not known.
 *         - FTP_ERR_BUSY, FTP_ERR_INVALID_ARGUMENT: nothing was done.
 *         - FTP_ERR_REPLY: the way back leads to another directory.
 *         - FTP_ERR_PERM: for example, the working directory is gone.
 *         - Otherwise as the functions that these steps call.
 *
 * How the directory is known:
 *
 * - After a relative change of the directory, the library sends PWD before the next command. After
 *   the reconnection PWD must say the same.
 * - If the program named an absolute path, the library changes to that path.
 * - If PWD does not tell the directory, the library repeats one relative change. After more than
 *   one way up the directory is not known.
 * - In ftp_sendcmd(), ftp_voidcmd() and ftp_putcmd() the library sees TYPE, CWD, CDUP, PWD, USER,
 *   PASS, ACCT, PROT, REIN and OPTS MLST. After ftp_putcmd() the reply that ftp_getresp() returns
 *   counts. If it is never read, the directory or the login is not known.
 * - The library does not repeat other commands that change a session, such as MODE, STRU, SITE and
 *   other OPTS.
 *
 * For this the handle keeps user, password and account. ftp_connect(), a new login and ftp_free()
 * overwrite that copy. They do not search for other copies that were made to send it. After this
 * function, ftp_last_reply() returns the reply to the login.
 *
 * To begin a session in another directory, call ftp_connect() and ftp_login().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_reconnect(ftp_handle *ftp);

/**
 * Sets how the system probes an idle control connection (TCP keepalive).
 *
 * The probes keep NAT devices and firewalls from forgetting the connection, above all during a long
 * transfer. They also detect that the other side is gone. Servers do not see them: their own limit
 * on idle time goes on.
 *
 * The setting takes effect at once on an open connection, and on later ones. A dead connection ends
 * a call with FTP_ERR_IO and ETIMEDOUT.
 *
 * @param idle_ms      the idle time before the first probe, 1 to 32767000. The default is 60000. -1
 *                     turns keepalive off; then the other two do not matter.
 * @param interval_ms  the time from a probe without answer to the next one, in the same range. The
 *                     default is 20000.
 * @param probes       how many probes without answer make the connection dead, 1 to 127. The
 *                     default is 5.
 * @return FTP_OK.
 *         - FTP_ERR_IO: the system refuses it for the open connection. Nothing has changed.
 *
 * The system counts seconds: the library rounds times up to whole seconds.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_keepalive(ftp_handle *ftp, int64_t idle_ms,
    int64_t interval_ms, int probes);

/**
 * Sets how often the library sends NOOP on the control connection while a transfer moves data.
 *
 * Some servers and routers end a control connection that is silent for long, even if data moves.
 * TCP keepalive, which is on by default, is enough for most of them. This setting is for the rest.
 *
 * @param interval_ms  how long this client is silent before it sends a NOOP, 1 or more. -1 is off,
 *                     the default.
 * @return FTP_OK.
 *
 * It is off by default because servers treat a NOOP during a transfer differently. Most answer at
 * once, some after the transfer. Some drop it, or call it an error. So the library does this:
 *
 * - Replies belong to NOOPs and to commands of ftp_putcmd() in the order in which these were sent.
 *   Only 200, 500, 501 and 502 answer a NOOP: another code passes it over.
 * - If replies are missing after the transfer, it sends PWD and skips what arrives before the 257.
 * - If the server does not answer that PWD within 5 s, the session is lost. The transfer keeps its
 *   status; the next call returns the error.
 *
 * The library sends a NOOP while it waits for data, or between two blocks. It sends none while a
 * callback runs, between two calls, or in ftp_copy(). The audit callback is not asked.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_noop_interval(ftp_handle *ftp, int64_t interval_ms);

/* ----------------------------------------------------------------------------------------------
 * After a call
 *
 * What went wrong, what the server said, and what state the session is in. These functions are
 * getters, except ftp_strerror().
 * ---------------------------------------------------------------------------------------------- */

/**
 * Returns one line about the error of the last call: what was tried, why it failed, and with which
 * server.
 *
 * @return the string, empty after a success. NULL for a NULL handle. While a call is running, a
 *         static string that says so, also in a child of fork() whose parent was in a call then.
 *
 * The library never puts a password into the string. A server that repeats one in its reply does.
 */
FTP_API const char *ftp_last_error(const ftp_handle *ftp);

/**
 * Returns the last reply of the server: all its lines with the code, joined by '\n'.
 *
 * @return the string, empty if there was no reply yet. NULL also if there is no memory for it.
 *
 * ftplib: the return value of most methods
 */
FTP_API const char *ftp_last_reply(const ftp_handle *ftp);

/**
 * Returns the code of the last reply of the server (RFC 959, section 4.2), as in 226.
 *
 * @return 100 to 599, or another number of three digits that the server made up. 0 if there was no
 *         reply, or the reply has no such code.
 *
 * ftplib: lastresp
 */
FTP_API int ftp_last_reply_code(const ftp_handle *ftp);

/**
 * Returns the error number of the system (errno) behind the error of the last call.
 *
 * @return errno. 0 if the last call did not fail because of the system.
 */
FTP_API int ftp_last_os_error(const ftp_handle *ftp);

/**
 * Returns the value with which a callback stopped the last call.
 *
 * @return the value after FTP_ERR_CALLBACK, 0 otherwise.
 */
FTP_API int64_t ftp_last_callback_result(const ftp_handle *ftp);

/**
 * Returns what a status means, in a few words. ftp_last_error() says much more.
 *
 * @param status  a value of ftp_status.
 * @return a static string, also for a value that is not a status.
 */
FTP_API const char *ftp_strerror(int status);

/**
 * There is no session: none was begun, or ftp_close() or ftp_quit() ended it.
 */
#define FTP_STATE_NOT_CONNECTED 0

/**
 * There is a connection without a login, also after REIN or QUIT of the program's own.
 */
#define FTP_STATE_CONNECTED 1

/**
 * The session is ready for commands.
 */
#define FTP_STATE_LOGGED_IN 2

/**
 * A transfer of ftp_transfercmd() is open.
 */
#define FTP_STATE_TRANSFER 3

/**
 * The server owes a reply that the program has to read: after ftp_putcmd(), or after a 1yz reply to
 * ftp_sendcmd().
 */
#define FTP_STATE_REPLY_OWED 4

/**
 * An error closed the connection, or prevented it. ftp_reconnect() brings back a session that was
 * lost.
 */
#define FTP_STATE_LOST 5

/**
 * A call is running, or has returned FTP_AGAIN and has to be repeated. Or the handle is the target
 * of such an ftp_copy().
 */
#define FTP_STATE_BUSY 6

/**
 * The handle was made before fork(), in the parent of this process. It can only be freed.
 */
#define FTP_STATE_FORKED 7

/**
 * Returns the command of the last call, as in "RETR file": the last one that the call sent or
 * failed to send.
 *
 * @return the command as the log shows it: the arguments of PASS and ACCT are `****`. It is cut to
 *         200 characters. "" if there was none since the connection was begun.
 *
 * - After ftp_getresp() it is the command that was answered.
 * - Commands that the library sends to bring a session back into step do not count. Those of
 *   ftp_set_prearm() do not count either.
 * - After ftp_copy() each handle returns its own command.
 */
FTP_API const char *ftp_last_command(const ftp_handle *ftp);

/**
 * Returns what the last call waited for, or did, when it failed.
 *
 * @return one of FTP_PHASE_CONNECT to FTP_PHASE_FINAL, also for a call that was cancelled or that a
 *         callback stopped.
 *         - FTP_PHASE_TOTAL: the time limit of the whole call was over.
 *         - 0: the last call that can wait succeeded, or failed before it waited.
 */
FTP_API int ftp_last_phase(const ftp_handle *ftp);

/**
 * Returns one of the replies that arrived during the last call that can wait.
 *
 * These are, in the order of arrival, the replies that led to the outcome, those to commands that
 * brought the session back into step, and those that nobody asked for. The first 64 are kept, up to
 * 4 MiB in all.
 *
 * @param index  0 for the first reply.
 * @return the reply as ftp_last_reply() returns it. NULL past the last one, and if there is no
 *         memory for it.
 */
FTP_API const char *ftp_last_replies(const ftp_handle *ftp, size_t index);

/**
 * Returns the state of the session, as far as the library knows it without asking the server.
 *
 * If the server has closed the connection in the meantime, only the next call finds out.
 *
 * @return one of FTP_STATE_NOT_CONNECTED to FTP_STATE_FORKED. A NULL handle is
 *         FTP_STATE_NOT_CONNECTED. After FTP_ERR_INTERNAL the state is FTP_STATE_LOST. Treat a
 *         number that you do not know as FTP_STATE_BUSY.
 */
FTP_API int ftp_state(const ftp_handle *ftp);

/**
 * Tells whether the same call may succeed later, with nothing changed. If the connection is closed,
 * call ftp_reconnect() first.
 *
 * @param ftp     the handle of the call. The library then considers what the server said. If the
 *                handle is NULL, or its last call returned another status, the status alone
 *                decides.
 * @param status  what the call returned.
 * @return 1 or 0. 0 for FTP_OK, FTP_AGAIN and numbers that are not a status.
 *
 * These errors are transient:
 *
 * - lost connections, time limits, and data that was cut;
 * - 4yz replies, except 430 at a login;
 * - 5yz replies whose text says that they will pass, such as "530 too many connections".
 *
 * These are not:
 *
 * - 430 at a login, which is a wrong password: who repeats it may be locked out;
 * - what the program asked for or decided, and what this machine cannot do;
 * - certificates and TLS;
 * - a server that breaks the protocol.
 */
FTP_API int ftp_is_transient(const ftp_handle *ftp, int status);

/**
 * The transfer failed or has not ended, so nothing is known.
 */
#define FTP_VERIFIED_NOTHING 0

/**
 * The server confirmed the transfer, and nothing contradicts it.
 */
#define FTP_VERIFIED_REPLY 1

/**
 * The server also announced the size of the data, and as many bytes arrived.
 */
#define FTP_VERIFIED_ANNOUNCED 2

/**
 * The server also told the size of the file afterwards (SIZE), and it is the right one.
 */
#define FTP_VERIFIED_SIZE 3

/**
 * The server also told a hash of the file, and it is the right one.
 */
#define FTP_VERIFIED_HASH 4

/**
 * All of the file was there before the last attempt. The library fetched its last 64 KiB again and
 * compared them. Only ftp_mirror_put() compares more: all of what it has not sent itself.
 */
#define FTP_VERIFIED_COMPARED 5

/**
 * What is known of a transfer.
 */
typedef struct ftp_report {
    /**
     * Set it to sizeof(struct ftp_report) before the call. The library does not write beyond it.
     */
    size_t struct_size;
    /**
     * How many bytes went over the data connection; -1 for ftp_copy(), whose data does not come
     * this way.
     */
    int64_t bytes;
    /**
     * The offset in the file that the transfer began at.
     */
    int64_t offset;
    /**
     * The size that the server announced in its 150 reply; -1 if it announced none. After an offset
     * some servers announce the whole file, others the rest.
     */
    int64_t announced;
    /**
     * How long the transfer took, in milliseconds: from the beginning of its data connection until
     * the server confirmed it, or it failed.
     */
    int64_t milliseconds;
    /**
     * How often the transfer was begun.
     */
    int32_t attempts;
    /**
     * How the transfer is known to be whole: one of FTP_VERIFIED_NOTHING to FTP_VERIFIED_COMPARED.
     * A later version may add greater numbers.
     */
    int32_t verified;
    /**
     * 1 if the transfer went on from what an earlier call had left; otherwise 0. What another
     * attempt of the same call has moved does not count. Only functions that find that out by
     * themselves set it.
     */
    int32_t resumed;
    /**
     * Always 0.
     */
    int32_t reserved;
} ftp_report;

/**
 * Gets what is known of the last transfer on this handle: of a file or a listing, whether the call
 * succeeded or not.
 *
 * - A call that moves files or listings has the report of its last transfer. With several
 *   sessions, that is the file that ended last, as a whole. A call that fails before it begins
 *   one has none. It never has that of an earlier call.
 * - While such a call has to be repeated, it has none.
 * - Other functions leave the report as it is, unless they list a directory.
 * - If a transfer of ftp_transfercmd() is open, the report tells how far it was at the end of the
 *   last call. A call that is refused meanwhile leaves it.
 * - A call that is FTP_ERR_BUSY leaves the report as it is. So does one that is refused while
 *   another call has to be repeated.
 *
 * @param out  receives it. Set struct_size before the call.
 * @return FTP_OK. This function leaves what ftp_last_error() and the other getters return as it is.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a struct_size that is impossible.
 *         - FTP_ERR_STATE: there is no report, since no transfer was begun.
 *         - FTP_ERR_BUSY: another thread is using the handle, or a callback made this call.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_last_report(const ftp_handle *ftp, ftp_report *out);

/* ----------------------------------------------------------------------------------------------
 * Commands
 *
 * One command and its reply. Dialogues that need more control send and read separately.
 * ---------------------------------------------------------------------------------------------- */

/**
 * Sends a command and waits for its reply. ftp_last_reply() returns the reply.
 *
 * @param cmd  the whole command without line end, as in "STAT".
 * @return FTP_OK for a reply of class 1yz, 2yz or 3yz.
 *         - FTP_ERR_TEMP, FTP_ERR_PERM: for a 4yz or a 5yz reply.
 *         - FTP_ERR_PROTO: for what is not an FTP reply.
 *         - FTP_ERR_INVALID_ARGUMENT: also for an empty command.
 *
 * A 1yz reply announces another reply. Read that with ftp_getresp() before the next command. Until
 * then commands return FTP_ERR_STATE.
 *
 * These rules hold for every function that sends a command:
 *
 * - A command has at most 65536 bytes on the wire, with its line end. A longer one is
 *   FTP_ERR_LIMIT, and nothing is sent.
 * - Some servers read the byte 0xFF in an argument as a Telnet command (RFC 959, section 4.1.3).
 *   For these the library doubles the byte.
 * - To find out, the library sends "STRU F" in two forms, once for each login, before the first
 *   such argument.
 * - If the replies do not tell, a command that could mean another file is FTP_ERR_UNSUPPORTED.
 *
 * UTF-8 never contains the byte 0xFF; windows-1251 and Latin-1 do.
 *
 * ftplib: sendcmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_sendcmd(ftp_handle *ftp, const char *cmd);

/**
 * Sends a command that needs a 2yz reply, as in "SITE CHMOD 644 file".
 *
 * After a 1yz reply the function waits for the final reply.
 *
 * @param cmd  the whole command without line end.
 * @return as ftp_sendcmd().
 *         - FTP_ERR_REPLY: for a 3yz reply.
 *
 * ftplib: voidcmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_voidcmd(ftp_handle *ftp, const char *cmd);

/**
 * Changes the working directory (CWD).
 *
 * @param path  the directory. ".." goes up with CDUP, or with "CWD .." if the server refuses CDUP
 *              itself (50z). "" is ".".
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PERM: in most cases 550, the directory does not exist.
 *
 * ftplib: cwd
 */
FTP_NODISCARD FTP_API ftp_status ftp_cwd(ftp_handle *ftp, const char *path);

/**
 * Gets the working directory (PWD).
 *
 * @param out  receives the path, or "" if the reply does not name it.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PROTO: also if the path contains a zero byte.
 *
 * ftplib: pwd
 */
FTP_NODISCARD FTP_API ftp_status ftp_pwd(ftp_handle *ftp, const char **out);

/**
 * Gets the size of a file (SIZE, RFC 3659).
 *
 * The function sets image type first, since most servers refuse SIZE in ASCII type. If the server
 * refuses that TYPE, the function sends SIZE all the same.
 *
 * @param file  the name of the file, not "".
 * @param out   receives the size in bytes. -1 if the reply is positive but gives no size: it is not
 *              213, or contains no number that can be a size.
 * @return as ftp_sendcmd().
 *         - FTP_ERR_PERM: in most cases 550, the file does not exist or is not a file.
 *
 * ftplib: size
 */
FTP_NODISCARD FTP_API ftp_status ftp_size(ftp_handle *ftp, const char *file, int64_t *out);

/**
 * Renames a file or a directory (RNFR, RNTO).
 *
 * @param from  the present name, not "".
 * @param to    the new name, not "". If something has that name already, some servers replace it
 *              and others refuse.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PERM: in most cases 550.
 *         - FTP_ERR_REPLY: the server does not ask for the new name.
 *
 * ftplib: rename
 */
FTP_NODISCARD FTP_API ftp_status ftp_rename(ftp_handle *ftp, const char *from, const char *to);

/**
 * Makes a directory (MKD).
 *
 * @param path  the directory, not "".
 * @param out   receives the path as the server names it, or "" if the reply does not name it. NULL
 *              if the path is of no interest.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PERM: in most cases 550, also if the directory exists.
 *
 * ftplib: mkd
 */
FTP_NODISCARD FTP_API ftp_status ftp_mkd(ftp_handle *ftp, const char *path, const char **out);

/**
 * Removes a directory (RMD). Most servers require that it is empty.
 *
 * @param path  the directory, not "".
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PERM: in most cases 550.
 *
 * ftplib: rmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_rmd(ftp_handle *ftp, const char *path);

/**
 * Sends an account (ACCT), for servers that ask for one after the login.
 *
 * @param password  the account. It appears in no log and no error text of the library.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PERM: the server refuses it.
 *
 * ftplib: acct
 */
FTP_NODISCARD FTP_API ftp_status ftp_acct(ftp_handle *ftp, const char *password);

/**
 * Deletes a file (DELE).
 *
 * @param file  the name of the file, not "".
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PERM: in most cases 550.
 *
 * ftplib: delete
 */
FTP_NODISCARD FTP_API ftp_status ftp_delete(ftp_handle *ftp, const char *file);

/**
 * Sends a command and does not wait for its reply.
 *
 * Read the reply with ftp_getresp() or ftp_voidresp(). Until then, functions that would wait for a
 * reply of their own return FTP_ERR_STATE. ftp_putcmd() can send more commands.
 *
 * @param cmd  the whole command without line end, not "".
 * @return FTP_OK: the command is sent.
 *         - FTP_ERR_TEMP: the server said 421 before.
 *
 * Replies belong to the commands in the order in which these were sent.
 *
 * While a transfer of ftp_transfercmd() is open, this sends STAT, NOOP, ABOR or QUIT to its server
 * (RFC 959, section 4.1.3). Servers answer at once or after the transfer. The library assigns each
 * reply:
 *
 * - 1yz replies, and the codes that end a transfer, belong to the transfer. ftp_transfer_finish()
 *   returns them. The codes are 226, 250, 425, 426, 450, 451, 452, 551 and 552.
 * - Other replies belong to the commands, in their order.
 * - A NOOP of ftp_set_noop_interval() has its place in this order. A reply with a code other than
 *   200, 500, 501 and 502 passes it over.
 *
 * If a server breaks these rules, as with 450 in reply to STAT, the wrong one gets the reply.
 *
 * ftplib: putcmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_putcmd(ftp_handle *ftp, const char *cmd);

/**
 * Waits for the next outstanding reply, of ftp_putcmd() or after a 1yz reply to ftp_sendcmd().
 *
 * ftp_last_reply() returns the reply. After a 1yz reply, another reply to the same command follows.
 *
 * @return as ftp_sendcmd().
 *         - FTP_ERR_STATE: no reply is outstanding.
 *         - FTP_ERR_TIMEOUT: the connection is closed. While a transfer is open it is not, and the
 *           reply is still outstanding.
 *
 * ftplib: getresp
 */
FTP_NODISCARD FTP_API ftp_status ftp_getresp(ftp_handle *ftp);

/**
 * Waits for the next outstanding reply, which must be 2yz.
 *
 * @return as ftp_getresp().
 *         - FTP_ERR_REPLY: for a 1yz or a 3yz reply.
 *
 * ftplib: voidresp
 */
FTP_NODISCARD FTP_API ftp_status ftp_voidresp(ftp_handle *ftp);

/**
 * Brings the session back into step, whatever replies are outstanding.
 *
 * This is for dialogues whose state the program no longer knows. The function aborts an open
 * transfer and drops replies that were not read. Then it sends PWD, since the reply to PWD is like
 * no other. The server must know PWD, and gets at most 5 seconds for it.
 *
 * @return FTP_OK: the next reply belongs to the next command. After any other status the connection
 *         is closed, except after FTP_ERR_STATE, FTP_ERR_BUSY, FTP_ERR_INVALID_ARGUMENT and
 *         FTP_ERR_INTERNAL.
 *         - FTP_ERR_STATE: the handle is not connected.
 *         - FTP_ERR_PROTO: also if a transfer of ftp_putcmd() or ftp_sendcmd() has no end. The
 *           server may keep it for the next data connection.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_resync(ftp_handle *ftp);

/**
 * Tells whether the server names a feature in its reply to FEAT, and what stands behind the name
 * (RFC 2389).
 *
 * The library sends FEAT at most once in each login, and keeps the answer. A server that refuses
 * FEAT names no features.
 *
 * @param name  the feature, as in "MDTM", in upper or lower case. It may have a second word, as in
 *              "SITE UTIME", "HASH SHA-256" or "MFF modify". Then that word must stand behind the
 *              first one, alone or in a list.
 * @param out   receives what stands behind the name: "" if nothing does, and NULL if the server
 *              does not name the feature. If several lines name it, ";" stands between their texts.
 * @return as ftp_sendcmd(), but a refusal of FEAT is not an error.
 *         - FTP_ERR_INVALID_ARGUMENT: also for an empty name.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_feature(ftp_handle *ftp, const char *name, const char **out);

/**
 * Chooses whether the library sends OPTS UTF8 ON
 * (draft-ietf-ftpext-utf-8-option).
 *
 * RFC 2640 has names in UTF-8 from the beginning, and most servers do that. Some wait for this
 * command. The library sends it once in a login, if three things are true:
 *
 * - a call needs FEAT anyway, as ftp_feature(), ftp_list_open() or ftp_hash();
 * - FEAT names UTF8;
 * - names are in UTF-8 here, as ftp_set_encoding() says.
 *
 * A refusal changes nothing. ftp_reconnect() sends it again before the first path. An OPTS UTF8 of
 * the program's own goes before it: then the library sends none in this login.
 *
 * @param on  0 is off. The default is on.
 * @return FTP_OK.
 *
 * ftplib: never sent
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_utf8(ftp_handle *ftp, int on);

/**
 * Asks what the server runs on (SYST, RFC 959, section 4.1.3).
 *
 * @param out  receives the text of the reply without its code, as in "UNIX Type: L8".
 * @return as ftp_voidcmd().
 *
 * ftplib: sendcmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_syst(ftp_handle *ftp, const char **out);

/**
 * Sends a command that only this server knows (SITE, RFC 959, section 4.1.3).
 * ftp_last_reply() returns the reply.
 *
 * @param text  what follows "SITE", as in "HELP", not "".
 * @return as ftp_voidcmd().
 *
 * ftplib: voidcmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_site(ftp_handle *ftp, const char *text);

/* ----------------------------------------------------------------------------------------------
 * Transfers
 *
 * Files and other data, to the server and from it. Callbacks take the data and supply it.
 * ---------------------------------------------------------------------------------------------- */

/**
 * Takes data that was received, or learns of data that was sent.
 *
 * @param data  the bytes. They belong to the library and are valid during the call only.
 * @param len   how many bytes, never 0.
 * @param user  the pointer that the program gave with the callback.
 * @return 0 to go on. Any other value stops the operation in an orderly way, with FTP_ERR_CALLBACK.
 *
 * These rules hold for every callback:
 *
 * - It runs on the thread of the call.
 * - It must return. An exception that leaves it ends the process by abort(). longjmp() and
 *   pthread_exit() out of it are undefined behaviour.
 * - It can call ftp_cancel() and ftp_abort() on the same handle. Other calls return FTP_ERR_BUSY.
 */
typedef int (*ftp_data_fn)(const void *data, size_t len, void *user);

/**
 * Takes one line.
 *
 * @param line  the line without its line end, with a NUL after it. It is valid during the call
 *              only.
 * @param len   the length in bytes without that NUL. It is more than strlen(line) if the server
 *              sent NULs.
 * @param user  the pointer that the program gave with the callback.
 * @return as ftp_data_fn.
 */
typedef int (*ftp_line_fn)(const char *line, size_t len, void *user);

/**
 * Supplies data to send.
 *
 * @param buffer    where to put the data. It is valid during the call only.
 * @param capacity  how many bytes fit, never 0.
 * @param user      the pointer that the program gave with the callback.
 * @return how many bytes it put there; 0 is the end. A negative value, or one above capacity, stops
 *         the operation in an orderly way, with FTP_ERR_CALLBACK.
 *
 * ftp_data_fn has the rules for callbacks.
 */
typedef int64_t (*ftp_read_fn)(void *buffer, size_t capacity, void *user);

/**
 * Bytes as they are (TYPE I). The value is the letter 'I'.
 */
#define FTP_TYPE_IMAGE 0x49

/**
 * Lines that end with CRLF on the network (TYPE A). The value is the letter 'A'.
 */
#define FTP_TYPE_ASCII 0x41

/**
 * The type that is set already, whoever set it. This is what ftplib does.
 */
#define FTP_TYPE_AS_IS 0

/**
 * Receives data as it is (TYPE I).
 *
 * @param cmd        the whole command, as in "RETR file".
 * @param data_cb    called with each block of data.
 * @param user       passed to the callback.
 * @param blocksize  the most bytes that the callback gets at once. 0 is the choice of the library.
 *                   More than 1 MiB counts as 1 MiB.
 * @param rest       the offset in bytes to start at (REST, RFC 3659). 0 is sent as well. -1 sends
 *                   no REST.
 * @return FTP_OK: the server confirmed the transfer, and nothing contradicts it. Then, and only
 *         then, the data is complete.
 *         - FTP_ERR_INTEGRITY: the server confirmed the transfer, but fewer bytes arrived than it
 *           announced for RETR. Or the data of a TLS connection ended without a close_notify, and
 *           its size is not known.
 *         - FTP_ERR_PERM: in most cases 550.
 *         - FTP_ERR_TEMP: for example 425 or 426.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a command that moves no data, as "NOOP", or moves it
 *           the other way, as "STOR file". Nothing was sent.
 *
 * ftplib: retrbinary
 */
FTP_NODISCARD FTP_API ftp_status ftp_retrbinary(ftp_handle *ftp, const char *cmd,
    ftp_data_fn data_cb, void *user, size_t blocksize, int64_t rest);

/**
 * Sends data as it is (TYPE I).
 *
 * @param cmd        the whole command, as in "STOR file", "APPE file" or "STOU".
 * @param read_cb    called for the data, until it returns 0.
 * @param sent_cb    called with each block after the library handed it to the network. NULL is
 *                   none.
 * @param user       passed to both callbacks.
 * @param blocksize  the most bytes that read_cb is asked for at once. 0 is the choice of the
 *                   library. More than 1 MiB counts as 1 MiB.
 * @param rest       the offset in bytes at which the server writes (REST, RFC 3659). 0 is sent as
 *                   well. -1 sends no REST.
 * @return FTP_OK: the server confirmed the transfer. Otherwise as ftp_retrbinary(). After an error
 *         most servers keep the part that arrived.
 *
 * ftplib: storbinary
 */
FTP_NODISCARD FTP_API ftp_status ftp_storbinary(ftp_handle *ftp, const char *cmd,
    ftp_read_fn read_cb, ftp_data_fn sent_cb, void *user, size_t blocksize, int64_t rest);

/**
 * Sends text in ASCII type. Every line goes out with CRLF at its end, in whatever blocks read_cb
 * supplies the text.
 *
 * A line ends with LF or CRLF. The last line gets its CRLF even if it has no line end. A CR inside
 * a line is kept.
 *
 * @param cmd      the whole command, as in "STOR README".
 * @param read_cb  called for the text, until it returns 0. It need not return whole lines.
 * @param sent_cb  called with each line and its CRLF after the library handed it to the network.
 *                 NULL is none.
 * @param user     passed to both callbacks.
 * @return as ftp_storbinary().
 *         - FTP_ERR_LIMIT: a line is longer than ftp_set_maxline() allows. Nothing of that line is
 *           sent.
 *
 * ftplib: storlines
 */
FTP_NODISCARD FTP_API ftp_status ftp_storlines(ftp_handle *ftp, const char *cmd,
    ftp_read_fn read_cb, ftp_data_fn sent_cb, void *user);

/**
 * Sets the type for files that ftp_transfercmd() moves with RETR, STOR, APPE and STOU (RFC 959,
 * section 3.1.1).
 *
 * The library sends TYPE before such a transfer, unless the type is set already. A listing leaves
 * ASCII type behind, in which many servers change line ends. All other transfers set the type that
 * they need, whatever this setting is.
 *
 * @param type  FTP_TYPE_IMAGE, the default; FTP_TYPE_ASCII; or FTP_TYPE_AS_IS, which sends no TYPE.
 * @return FTP_OK.
 *
 * The last request counts. Until the next login, these override the setting:
 *
 * - a TYPE command of ftp_sendcmd(), ftp_voidcmd() or ftp_putcmd();
 * - the type in the URL of ftp_open().
 *
 * ftplib: never sets the type for transfercmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_type(ftp_handle *ftp, int type);

/**
 * Adds data to the end of a file in image type (APPE, RFC 959, section 4.1.3). The file is made if
 * it is not there.
 *
 * @param remote   the file, not "".
 * @param read_cb  called for the data, until it returns 0.
 * @param user     passed to the callback.
 * @return as ftp_storbinary(). After an error most servers keep the part that arrived, behind what
 *         was there before.
 *
 * ftplib: storbinary
 */
FTP_NODISCARD FTP_API ftp_status ftp_append(ftp_handle *ftp, const char *remote,
    ftp_read_fn read_cb, void *user);

/**
 * Stores data in image type as a new file, whose name the server makes (STOU, RFC 959, section
 * 4.1.3).
 *
 * @param read_cb  called for the data, until it returns 0.
 * @param user     passed to the callback.
 * @param name     receives the name as the server tells it, in any of the forms that servers have;
 *                 or NULL if it does not tell the name. Some servers tell a path.
 * @return as ftp_storbinary().
 *
 * ftplib: storbinary
 */
FTP_NODISCARD FTP_API ftp_status ftp_store_unique(ftp_handle *ftp, ftp_read_fn read_cb, void *user,
    const char **name);

/**
 * Copies a file from one server to another. The data goes from server to server, not through this
 * program.
 *
 * The target server connects to the host that the source handle is connected to, whatever address
 * the source server names. ftp_set_trust_server_pasv_ipv4_address() on the source changes that.
 * Many servers refuse such data connections. If one side fails, the library aborts the transfer of
 * the other.
 *
 * @param source       the handle with the server to read from.
 * @param source_name  the name of the file there.
 * @param target       the handle with the server to write to. It is another handle, and the same
 *                     thread owns both.
 * @param target_name  the name of the file there. NULL or "" is the same name.
 * @param type         FTP_TYPE_IMAGE or FTP_TYPE_ASCII, that is 'I' or 'A'.
 * @return FTP_OK: both servers confirmed the copy. Otherwise as ftp_voidcmd(). ftp_last_error() of
 *         the source tells of both sides.
 *
 * - The limit of FTP_PHASE_FINAL of each handle holds for the whole copy, since the servers are
 *   silent until the copy is done.
 * - The limit of FTP_PHASE_TOTAL, and whether the call waits, are settings of the source.
 *
 * ftplib: ftpcp
 */
FTP_NODISCARD FTP_API ftp_status ftp_copy(ftp_handle *source, const char *source_name,
    ftp_handle *target, const char *target_name, int type);

/**
 * How far a transfer has got. The library makes it, and may add members at its end.
 */
typedef struct ftp_progress {
    /**
     * What is transferred: the argument of the command, in most cases a path; "" if there is none.
     * With FTP_ATOMIC, it is the path that ftp_put() was given, and not the temporary name.
     */
    const char *name;
    /**
     * How many bytes went over the data connection.
     */
    int64_t bytes;
    /**
     * The offset in the file that the transfer began at. The library is at offset + bytes.
     */
    int64_t offset;
    /**
     * The size of the whole file in bytes; -1 if it is not known.
     */
    int64_t total;
    /**
     * Bytes per second, over the last seconds.
     */
    int64_t rate;
    /**
     * How many seconds the rest takes at this rate; -1 if that cannot be known.
     */
    int64_t seconds_left;
    /**
     * 1 if the data goes to the server, 0 if it comes from there.
     */
    int32_t is_upload;
    /**
     * 1 in the last call: the transfer has ended well. Otherwise 0.
     */
    int32_t has_ended;
    /**
     * 1 if the data is a listing, 0 if it is that of a file.
     */
    int32_t is_listing;
    /**
     * Always 0.
     */
    int32_t reserved;
    /**
     * How many bytes are there of all files that the running call moves, in all its sessions: of
     * ftp_pool_run(), a mirror, or one file. Bytes count that an earlier call had left of a file.
     * Bytes that are moved again count once, and those of a file that failed do not count.
     */
    int64_t all_bytes;
    /**
     * How many there will be; -1 if it is not known. A mirror knows it where listings tell sizes.
     */
    int64_t all_total;
    /**
     * Bytes per second of all sessions, over the last seconds.
     */
    int64_t all_rate;
} ftp_progress;

/**
 * Is told how far a transfer has got.
 *
 * @param progress  valid during the call only.
 * @param user      the pointer that the program gave with the callback.
 * @return 0 to go on. Any other value stops the transfer in an orderly way, with FTP_ERR_CALLBACK.
 *         After the last call of a file, it stops a call with several files before the next one.
 *         Otherwise the value of the last call has no effect.
 *
 * ftp_data_fn has the rules for callbacks.
 */
typedef int (*ftp_progress_fn)(const ftp_progress *progress, void *user);

/**
 * Sets the function that is told how far each transfer has got: of files and listings, with
 * callbacks, to memory, to descriptors, and step by step.
 *
 * - It is called at most ten times a second, also while nothing moves, and while the server takes
 *   its time to confirm the transfer.
 * - It is called once more when the transfer has ended well: when the server has confirmed it.
 *   ftp_get() and ftp_put() make this call when the file is known to be whole and has its name,
 *   also if nothing had to be moved. A transfer that fails has no such call.
 * - It is not called while another callback runs, nor between two calls of a transfer that the
 *   program moves, nor in ftp_copy().
 * - With ftp_set_blocking() off, ftp_timeout_ms() tells when it is due.
 * - Its time does not count against the time limits, except FTP_PHASE_TOTAL.
 * - If it stops a transfer whose data is through, the library closes the connection, since nothing
 *   tells when the reply of the server arrives.
 *
 * The size is known if the server announces it for a download in image type without an offset, or
 * if the program gave the data. For ftp_put(), and for ftp_get() with FTP_RESUME, it is known as
 * well.
 *
 * @param progress_cb  the function. NULL removes it.
 * @param user         passed to the callback.
 * @return FTP_OK.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_progress_callback(ftp_handle *ftp,
    ftp_progress_fn progress_cb, void *user);

/**
 * Limits how many bytes a second go over all data connections of this handle together.
 *
 * The limit holds from one second to the next; no burst makes up for a time in which nothing moved.
 * It counts bytes of data, without those of TLS and TCP.
 *
 * - The pauses are no waits for the server: no time limit runs meanwhile, except FTP_PHASE_TOTAL.
 * - In the pauses the library sends the NOOPs of ftp_set_noop_interval(), and ftp_cancel() takes
 *   effect at once.
 * - A data connection that is opened while a limit for receiving is set gets a small receive
 *   buffer. So the server sees the same rate. Set the limit before the transfer begins.
 * - What the program moves on a descriptor of its own, and what ftp_copy() moves, is not limited.
 *
 * @param receive  bytes per second, 1 or more. -1 is no limit, the default.
 * @param send     likewise, for what is sent.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: a limit is 0, or less than -1.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_rate_limit(ftp_handle *ftp, int64_t receive, int64_t send);

/* ----------------------------------------------------------------------------------------------
 * Files
 *
 * Whole files between the server and this machine. A file has its name when it is whole, and not
 * before.
 * ---------------------------------------------------------------------------------------------- */

/**
 * What an earlier call could not finish is continued. What this call cannot finish is kept.
 */
#define FTP_RESUME 1

/**
 * A file that is there already is not replaced.
 */
#define FTP_NO_REPLACE 2

/**
 * The file gets the time of the original.
 */
#define FTP_KEEP_TIME 4

/**
 * A hash that the server tells is compared.
 */
#define FTP_VERIFY 8

/**
 * For ftp_get(): the file is written under its own name from the beginning.
 */
#define FTP_IN_PLACE 16

/**
 * For ftp_put(): the data goes to a temporary name on the server, which is then renamed.
 */
#define FTP_ATOMIC 32

/**
 * For ftp_put(): the directories above the file are made.
 */
#define FTP_MAKE_DIRS 64

/**
 * For ftp_pool_get(): several sessions fetch the file together.
 */
#define FTP_SEGMENTED 512

/**
 * Downloads a file to this machine.
 *
 * The data goes to a temporary file beside the target, whose name begins with "." and the name of
 * the target. The library renames it when three things are true: the server confirmed the transfer,
 * the size is right, and the disk has the data. So the target is either what it was, or whole.
 * The type is always image, whatever ftp_set_type() says.
 *
 * @param remote  the path on the server.
 * @param local   the path of the target on this machine. The directory must be there.
 * @param flags   0, or any of these:
 *                - FTP_RESUME: continue what an earlier call left, and keep what this call cannot
 *                  finish. It is continued only if the size and the time on the server (SIZE, MDTM)
 *                  are still the same. The library fetches the last 64 KiB again and compares them.
 *                  A file that changed is fetched anew.
 *                - FTP_NO_REPLACE: if the target is there, the call fails.
 *                - FTP_KEEP_TIME: the target gets the time that ftp_modified() tells. If the server
 *                  tells none, the call fails before the transfer.
 *                - FTP_VERIFY: after the transfer, ask the server for a hash of the file, and
 *                  compare it. The hash is the best that FEAT names, or that ftp_hash() has got in
 *                  this login. If there is none, the call fails before the transfer.
 *                - FTP_IN_PLACE: write the target itself from the beginning, as devices, FIFOs and
 *                  files with several names need it. After an error it has a part of the data,
 *                  unless this call made it. Not with FTP_RESUME.
 * @return FTP_OK: the target is the whole file. After any other status it is what it was, except
 *         with FTP_IN_PLACE.
 *         - FTP_ERR_FILE: the target cannot be written. It is a directory; or it is no regular
 *           file, without FTP_IN_PLACE; or it is there, with FTP_NO_REPLACE (EEXIST); or the disk
 *           is full. Or another process continues the same download (EWOULDBLOCK).
 *         - FTP_ERR_INTEGRITY: the server confirmed the transfer, but the size or the hash is
 *           wrong.
 *         - FTP_ERR_UNSUPPORTED: FTP_KEEP_TIME, and the server tells no time; FTP_VERIFY, and it
 *           offers no hash. Nothing was transferred.
 *         - FTP_ERR_UNVERIFIED: the data ended, but the final reply did not arrive. The file may be
 *           whole. With FTP_RESUME its size is known, and a file that was cut is FTP_ERR_EOF.
 *         - FTP_ERR_NOT_FOUND: the server refuses and says that nothing is there.
 *         - FTP_ERR_PERM: in most cases 550. Some servers do not say why.
 *         - Otherwise as ftp_retrbinary().
 *
 * - ftp_set_retries() has the call try again what may pass.
 * - A link at the target is replaced, and what it leads to is not written.
 * - A file that is replaced keeps its permissions.
 * - A file that grows during the download has the wrong size: use ftp_retrbinary() for it.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_get(ftp_handle *ftp, const char *remote, const char *local,
    int flags);

/**
 * Uploads a file of this machine.
 *
 * After the final reply the library asks for the size of the file (SIZE), where the server has it.
 * The type is always image, whatever ftp_set_type() says.
 *
 * @param local   the path of a regular file on this machine. It must not change meanwhile: chmod,
 *                and another file that takes its name, are changes as well.
 * @param remote  the path on the server.
 * @param flags   0, or any of these:
 *                - FTP_RESUME: if the server has a part of the file already, send only the rest.
 *                  The library fetches the last 64 KiB of that part and compares them, where the
 *                  user may read. A part that differs is replaced, and so is one that is older
 *                  than the local file (MDTM). The rest goes by APPE, or by REST and STOR if the
 *                  server refuses APPE.
 *                - FTP_ATOMIC: send to a temporary name in the same directory, and rename it (RNFR,
 *                  RNTO) when it is whole. If the server does not rename to a name that is taken,
 *                  the library renames the old file aside right before, and then deletes it.
 *                - FTP_NO_REPLACE: if something has the name on the server, the call fails. Another
 *                  client may still come between. With FTP_RESUME, it needs FTP_ATOMIC.
 *                - FTP_KEEP_TIME: the file gets the time of the local file, as ftp_set_modified()
 *                  sets it. If that fails, the call fails. The file is whole then and has another
 *                  time. With FTP_ATOMIC it does not get its name.
 *                - FTP_VERIFY: after the transfer, ask the server for a hash of the file, and
 *                  compare it, as ftp_get() does. FTP_ATOMIC renames the file after that.
 *                - FTP_MAKE_DIRS: first make the directories above, as ftp_makedirs() does.
 * @return FTP_OK: the server confirmed all of the file, and tells the right size, or none.
 *         - FTP_ERR_FILE: the local file cannot be read, is no regular file, or changed meanwhile.
 *         - FTP_ERR_EXISTS: with FTP_NO_REPLACE.
 *         - FTP_ERR_NOT_FOUND: the server refuses and says that the directory is not there.
 *         - FTP_ERR_INTEGRITY: the server confirmed the transfer, but its file has another size or
 *           another hash. Or it confirmed the new name, and the file has the temporary one still.
 *         - FTP_ERR_UNSUPPORTED: FTP_VERIFY, and the server offers no hash. Nothing was
 *           transferred.
 *           Or FTP_KEEP_TIME, and the server sets no times. The first such call in a login finds
 *           that out after the transfer; those after it transfer nothing.
 *         - FTP_ERR_UNVERIFIED: all data was sent, but the final reply did not arrive.
 *         - FTP_ERR_INVALID_ARGUMENT: also with FTP_ATOMIC, if remote ends with "/", or its last
 *           name is "." or "..".
 *         - Otherwise as ftp_storbinary(), ftp_rename(), ftp_set_modified() and ftp_makedirs().
 *
 * - After an error, the server may have a part of the file under its final name, unless
 *   FTP_ATOMIC was given. The library deletes a temporary file if the session lives, unless
 *   FTP_RESUME was given. It does so also after ftp_cancel(), ftp_abort() or a callback that stops
 *   the call.
 * - ftp_set_retries() has the call try again what may pass. A file of more than 64 KiB goes on
 *   where it was lost. For that, the library asks SIZE before the first attempt: what was there
 *   before is no part of this upload.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_put(ftp_handle *ftp, const char *local, const char *remote,
    int flags);

/**
 * Sets how often ftp_get() and ftp_put() try again what may pass: lost connections, time limits,
 * and what ftp_is_transient() says otherwise. A remote disk that is full (452) is not tried again.
 *
 * Before each new attempt the library waits. If the connection was lost, it then does what
 * ftp_reconnect() does. The transfer goes on from where it stopped.
 *
 * @param count          how often, after the first attempt. 0, the default, is never.
 * @param first_wait_ms  how long the first wait is, in milliseconds. Each further wait is about
 *                       twice as long, up to 5 minutes. Chance changes each by up to a quarter.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: a number is negative.
 *
 * ftp_cancel() and the limit of FTP_PHASE_TOTAL end a wait at once. The limit covers all attempts.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_retries(ftp_handle *ftp, int count, int64_t first_wait_ms);

/**
 * Downloads a whole file into memory (RETR, TYPE I).
 *
 * @param remote  the path of the file.
 * @param limit   the most bytes that the file may have. SIZE_MAX is no limit.
 * @param data    receives the bytes, which ftp_buffer_free() frees. A NUL stands behind them. It is
 *                not NULL if the file is empty.
 * @param len     receives how many bytes there are, without that NUL.
 * @return FTP_OK: the memory holds all of the file. After any other status there is no memory.
 *         Otherwise as ftp_retrbinary().
 *         - FTP_ERR_LIMIT: the file has more than limit bytes, or there is no memory for it. The
 *           session goes on.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_get_data(ftp_handle *ftp, const char *remote, size_t limit,
    void **data, size_t *len);

/**
 * Uploads memory as a file (STOR, TYPE I). A file that is there is replaced.
 *
 * @param remote  the path of the file.
 * @param data    the bytes. They must stay as they are until the call has ended. NULL if len is 0.
 * @param len     how many bytes.
 * @return as ftp_storbinary().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_put_data(ftp_handle *ftp, const char *remote, const void *data,
    size_t len);

/**
 * Frees the memory that ftp_get_data() has returned. The handle need not exist any more.
 *
 * @param data  the memory, or NULL, which does nothing. It must not be freed twice.
 */
FTP_API void ftp_buffer_free(void *data);

/**
 * Receives data as it is (TYPE I), and writes it to a descriptor.
 *
 * @param cmd   the whole command, as in "RETR file".
 * @param fd    a descriptor that is open for writing: a file, pipe, socket or terminal, in blocking
 *              mode or not. Writing begins where it stands; with O_APPEND, at the end.
 * @param rest  the offset in the file on the server to start at, as for ftp_retrbinary(). -1 sends
 *              no REST.
 * @return FTP_OK: all of the data is complete and was written. After any other status, the
 *         descriptor may have got a part of it. Otherwise as ftp_retrbinary().
 *         - FTP_ERR_FILE: the descriptor cannot be written to, as with ENOSPC or EPIPE.
 *           ftp_last_os_error() has the errno. The session goes on.
 *         - FTP_ERR_INVALID_ARGUMENT: also if the descriptor is not open for writing.
 *
 * - The descriptor stays the program's: the library does not close it, change its mode or sync it.
 * - It must stay open until the call has ended. ftp_pollfds() names it while the call waits for it.
 *   No time limit runs then, except FTP_PHASE_TOTAL.
 * - Only a regular file can make a call block, since nothing tells when a disk is ready.
 * - No SIGPIPE is raised.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_retrfd(ftp_handle *ftp, const char *cmd, int fd, int64_t rest);

/**
 * Reads a descriptor to its end, and sends the data as it is (TYPE I).
 *
 * @param cmd   the whole command, as in "STOR file" or "APPE file".
 * @param fd    a descriptor that is open for reading: a file, pipe, socket or terminal, in blocking
 *              mode or not. Reading begins where it stands.
 * @param rest  the offset at which the server writes, as for ftp_storbinary(). -1 sends no REST.
 * @return as ftp_storbinary().
 *         - FTP_ERR_FILE: the descriptor cannot be read. ftp_last_os_error() has the errno. The
 *           session goes on.
 *         - FTP_ERR_INVALID_ARGUMENT: also if the descriptor is not open for reading.
 *
 * What ftp_retrfd() says of its descriptor holds here as well. After an error, some of what was
 * read may not have been sent.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_storfd(ftp_handle *ftp, const char *cmd, int fd, int64_t rest);

/* ----------------------------------------------------------------------------------------------
 * Transfers step by step
 *
 * The program moves the data itself, with read and write calls or on the descriptor.
 * ---------------------------------------------------------------------------------------------- */

/**
 * A transfer whose data the program moves. While it is open, its handle can do nothing else but
 * abort.
 *
 * - Functions of the transfer are calls on its handle and follow the rules for threads.
 * - ftp_last_error() of the handle says what failed.
 * - A transfer may be freed after its handle.
 */
typedef struct ftp_transfer ftp_transfer;

/**
 * Starts a transfer: data connection, REST, command and preliminary reply.
 *
 * For RETR, STOR, APPE and STOU the function first sets the type of ftp_set_type(), which is image
 * by default.
 *
 * @param cmd   the whole command, as in "RETR file" or "STOR file".
 * @param rest  the offset in bytes to start at (REST). 0 is sent as well. -1 sends no REST.
 * @param out   receives the transfer, which ftp_transfer_free() frees.
 * @return as ftp_retrbinary().
 *
 * ftplib: transfercmd, ntransfercmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_transfercmd(ftp_handle *ftp, const char *cmd, int64_t rest,
    ftp_transfer **out);

/**
 * Returns the size of the data as the server announced it in its 150 reply.
 *
 * @return the size in bytes. -1 if it is not known, the transfer has ended or is NULL, or a call is
 *         running.
 *
 * ftplib: the second value of ntransfercmd
 */
FTP_API int64_t ftp_transfer_size(ftp_transfer *transfer);

/**
 * Reads data as it arrives.
 *
 * @param buffer    where to put the data.
 * @param capacity  how many bytes fit, 1 or more.
 * @param out       receives how many bytes were put there. 0 is the end of the data: call
 *                  ftp_transfer_finish(), which tells whether the server confirms it.
 * @return FTP_OK. After any other status the transfer has ended, except as noted. Otherwise as
 *         ftp_retrbinary().
 *         - FTP_ERR_BUSY, FTP_ERR_INVALID_ARGUMENT: the transfer goes on.
 *         - FTP_ERR_STATE: the transfer had ended before. Or its command sends data; then it goes
 *           on.
 *         - FTP_ERR_TEMP, FTP_ERR_PERM: the server gave up.
 */
FTP_NODISCARD FTP_API ftp_status ftp_transfer_read(ftp_transfer *transfer, void *buffer,
    size_t capacity, size_t *out);

/**
 * Sends data: all of it, in as many steps as it takes.
 *
 * @param data  the bytes. NULL if len is 0.
 * @param len   how many bytes.
 * @return as ftp_transfer_read().
 *         - FTP_ERR_STATE: also if the command of the transfer receives data; then it goes on.
 */
FTP_NODISCARD FTP_API ftp_status ftp_transfer_write(ftp_transfer *transfer, const void *data,
    size_t len);

/**
 * Closes the data connection and waits for the final reply of the server. For an upload, this is
 * the end of the data.
 *
 * The transfer has ended afterwards, and is still to be freed.
 *
 * To give up a download before its end, use ftp_abort() or ftp_transfer_free(). If its data
 * connection is just closed, some servers end the session or say nothing more.
 *
 * @return FTP_OK: the server confirmed the transfer. If the program read a download to its end, the
 *         data is complete, as for ftp_retrbinary(). Otherwise as ftp_retrbinary().
 *         - FTP_ERR_TEMP, FTP_ERR_PERM, FTP_ERR_REPLY: the server did not confirm the transfer.
 *         - FTP_ERR_STATE: the transfer had ended before.
 *
 * A program that stops reading early, or takes the descriptor, has to compare what it read with
 * ftp_transfer_size().
 *
 * ftplib: conn.close(), voidresp()
 */
FTP_NODISCARD FTP_API ftp_status ftp_transfer_finish(ftp_transfer *transfer);

/**
 * Closes the data connection and does not wait for the final reply. For an upload, this is the end
 * of the data.
 *
 * This is for programs that do other things until the reply arrives. Call ftp_transfer_finish()
 * later, which waits for it. If a download has not ended, the rest of its data is lost. To give up
 * a download, use ftp_abort() or ftp_transfer_free().
 *
 * @return as ftp_transfer_read().
 *         - FTP_ERR_STATE: the transfer has ended, or its data connection was closed or taken.
 *           Nothing has changed.
 *
 * ftplib: conn.close()
 */
FTP_NODISCARD FTP_API ftp_status ftp_transfer_close_data(ftp_transfer *transfer);

/**
 * Frees a transfer. If it was not finished, the function aborts it first, which takes at most 5
 * seconds.
 *
 * @param transfer  the transfer, or NULL, which does nothing. It must be one that ftp_transfercmd()
 *                  has stored, and not freed before: set the variable to NULL at its declaration.
 *
 * - The function leaves what ftp_last_error() and the other getters of the handle return as it is.
 * - While another call is running on the handle, the function does nothing. The transfer is still
 *   to be freed.
 * - With ftp_set_blocking() off the function does not wait: the next call on the handle sends ABOR.
 * - A call on the transfer that has returned FTP_AGAIN is given up. If that was
 *   ftp_transfer_finish(), the next call closes the connection, since nothing tells when the final
 *   reply arrives.
 */
FTP_API void ftp_transfer_free(ftp_transfer *transfer);

/**
 * Returns the descriptor of the data connection, for poll() and the like. It is non-blocking.
 *
 * @return the descriptor, which the library keeps. -1 if the transfer has ended or is NULL, its
 *         descriptor was taken, its data goes over TLS, or a call is running.
 *
 * ftplib: the return value of transfercmd
 */
FTP_API int ftp_transfer_fd(ftp_transfer *transfer);

/**
 * Takes the data connection out of the transfer, as a descriptor in blocking mode.
 *
 * The library no longer applies its time limits, and no longer watches the control connection
 * meanwhile. When the data is through, close the descriptor and then call ftp_transfer_finish().
 *
 * @return the descriptor, which the caller closes. -1 as for ftp_transfer_fd().
 *
 * ftplib: the return value of transfercmd
 */
FTP_API int ftp_transfer_take_fd(ftp_transfer *transfer);

/* ----------------------------------------------------------------------------------------------
 * Listings
 *
 * The contents of a directory, as lines or as entries with facts.
 * ---------------------------------------------------------------------------------------------- */

/**
 * One fact that a server tells about an entry of a listing (RFC 3659, section 7.5).
 */
typedef struct ftp_fact {
    /**
     * The name of the fact in lower case, as in "type", "size" or "modify".
     */
    const char *key;
    /**
     * The value that the server sent, as in "file", "12" or "20261123180000".
     */
    const char *value;
} ftp_fact;

/**
 * Takes one entry of a listing and its facts.
 *
 * @param name   the name of the entry, with a NUL after it. It is valid during the call only.
 * @param len    the length in bytes without that NUL.
 * @param facts  the facts, in the order of the server. They are valid during the call only.
 * @param count  how many facts.
 * @param user   the pointer that the program gave with the callback.
 * @return as ftp_data_fn.
 */
typedef int (*ftp_fact_fn)(const char *name, size_t len, const ftp_fact *facts, size_t count,
    void *user);

/**
 * Receives text in ASCII type, line by line.
 *
 * CRLF, LF and a CR alone end a line, as in ftplib. So a name that contains a CR looks like two
 * lines of a listing. ftp_nlst(), ftp_dir() and ftp_mlsd() do not end a line at a CR alone.
 *
 * @param cmd      the whole command, as in "LIST", "NLST *.c" or "RETR README".
 * @param line_cb  called for each line, also for empty ones. NULL prints the lines on standard
 *                 output, with control characters escaped.
 * @param user     passed to the callback.
 * @return FTP_OK: the server confirmed the transfer. After an error the lines may be incomplete.
 *         Otherwise as ftp_retrbinary().
 *         - FTP_ERR_LIMIT: a line is longer than ftp_set_maxline() allows.
 *
 * ftplib: retrlines
 */
FTP_NODISCARD FTP_API ftp_status ftp_retrlines(ftp_handle *ftp, const char *cmd,
    ftp_line_fn line_cb, void *user);

/**
 * Lists the names in a directory (NLST).
 *
 * CRLF and LF end a line. A CR alone does not: it may be part of a name. Empty lines are left out.
 * Some servers put the path before each name, and some refuse an empty directory with 450 or 550.
 *
 * @param path     the directory, or options and directory in the form of the server, as in "-a
 *                 pub". NULL or "" is the working directory.
 * @param line_cb  called for each name. NULL prints the names on standard output, with control
 *                 characters escaped.
 * @param user     passed to the callback.
 * @return as ftp_retrlines().
 *
 * ftplib: nlst
 */
FTP_NODISCARD FTP_API ftp_status ftp_nlst(ftp_handle *ftp, const char *path, ftp_line_fn line_cb,
    void *user);

/**
 * Lists a directory as the server prints it (LIST), in most cases in the format of `ls -l`.
 *
 * CRLF and LF end a line. A CR alone does not: it may be part of a name, and what follows it must
 * not look like another entry. The callback also gets empty lines.
 *
 * @param path     the directory, or options and directory in the form of the server, as in "-a
 *                 pub". NULL or "" is the working directory.
 * @param line_cb  called for each line. NULL prints the lines on standard output, with control
 *                 characters escaped.
 * @param user     passed to the callback.
 * @return as ftp_retrlines().
 *
 * ftplib: dir
 */
FTP_NODISCARD FTP_API ftp_status ftp_dir(ftp_handle *ftp, const char *path, ftp_line_fn line_cb,
    void *user);

/**
 * Lists a directory in a form made for programs (MLSD, RFC 3659).
 *
 * - If the server lists the directory itself and the one above it, they are entries as well. Their
 *   "type" is "cdir" and "pdir".
 * - Numbers and times stay strings.
 * - CRLF and LF end an entry. A CR alone does not.
 * - What has no name is left out.
 *
 * @param path     the directory. NULL or "" is the working directory.
 * @param facts    the facts that the program wants, separated by semicolons, as in
 *                 "type;size;modify". The library sends OPTS MLST first. NULL or "" leaves the
 *                 choice to the server.
 * @param fact_cb  called for each entry.
 * @param user     passed to the callback.
 * @return as ftp_retrlines().
 *         - FTP_ERR_PERM: also if the server does not know MLSD.
 *
 * A server that refuses OPTS chooses the facts itself. A choice holds until the next choice or the
 * next login. Functions that make entries, such as ftp_list_open(), have a choice of their own and
 * do not change it.
 *
 * ftplib: mlsd
 */
FTP_NODISCARD FTP_API ftp_status ftp_mlsd(ftp_handle *ftp, const char *path, const char *facts,
    ftp_fact_fn fact_cb, void *user);

/* ----------------------------------------------------------------------------------------------
 * Entries
 *
 * Directories as entries with typed fields, whatever the format of the server. One path, likewise.
 * ---------------------------------------------------------------------------------------------- */

/**
 * The server does not tell what it is.
 */
#define FTP_ENTRY_UNKNOWN 0

/**
 * A file.
 */
#define FTP_ENTRY_FILE 1

/**
 * A directory.
 */
#define FTP_ENTRY_DIRECTORY 2

/**
 * A symbolic link, to whatever.
 */
#define FTP_ENTRY_LINK 3

/**
 * Something else, such as a device, a pipe or a socket.
 */
#define FTP_ENTRY_OTHER 4

/**
 * For ftp_list_parse(): the library finds out the format.
 */
#define FTP_FORMAT_ANY -1

/**
 * The library does not understand the line.
 */
#define FTP_FORMAT_NONE 0

/**
 * Facts (RFC 3659): MLSD, MLST, or what SIZE, MDTM and CWD tell.
 */
#define FTP_FORMAT_MLSD 1

/**
 * The format of "ls -l", in all its varieties.
 */
#define FTP_FORMAT_UNIX 2

/**
 * The format of "dir" of DOS and Windows: IIS, Windows CE and many others.
 */
#define FTP_FORMAT_DOS 3

/**
 * EPLF, easily parsed list format: anonftpd and publicfile.
 */
#define FTP_FORMAT_EPLF 4

/**
 * OpenVMS.
 */
#define FTP_FORMAT_VMS 5

/**
 * MVS and z/OS: data sets, members and jobs.
 */
#define FTP_FORMAT_MVS 6

/**
 * IBM i, formerly OS/400.
 */
#define FTP_FORMAT_IBM_I 7

/**
 * z/VM.
 */
#define FTP_FORMAT_ZVM 8

/**
 * Guardian, of HP NonStop.
 */
#define FTP_FORMAT_GUARDIAN 9

/**
 * Novell NetWare.
 */
#define FTP_FORMAT_NETWARE 10

/**
 * NetPresenz for classic Mac OS.
 */
#define FTP_FORMAT_MACOS 11

/**
 * OS/2.
 */
#define FTP_FORMAT_OS2 12

/**
 * Modes and times as numbers, as some programs for Unix write them.
 */
#define FTP_FORMAT_NUMERIC 13

/**
 * VShell.
 */
#define FTP_FORMAT_VSHELL 14

/**
 * wfFtp of Nortel's routers.
 */
#define FTP_FORMAT_WFFTP 15

/**
 * VxWorks.
 */
#define FTP_FORMAT_VXWORKS 16

/**
 * Connect:Enterprise of Sterling Commerce.
 */
#define FTP_FORMAT_CONNECT_ENTERPRISE 17

/**
 * Microware OS-9.
 */
#define FTP_FORMAT_OS9 18

/**
 * MPE/iX, of the HP 3000.
 */
#define FTP_FORMAT_MPE 19

/**
 * VOS, of Stratus.
 */
#define FTP_FORMAT_VOS 20

/**
 * Chameleon and SuperTCP, on Windows.
 */
#define FTP_FORMAT_CHAMELEON 21

/**
 * ClearPath MCP, of Unisys.
 */
#define FTP_FORMAT_CLEARPATH 22

/**
 * The server does not tell the time.
 */
#define FTP_TIME_NONE 0

/**
 * The day is known. The time is 0:00 of that day.
 */
#define FTP_TIME_DAY 1

/**
 * The time is known to the minute.
 */
#define FTP_TIME_MINUTE 2

/**
 * The time is known to the second.
 */
#define FTP_TIME_SECOND 3

/**
 * The time has a fraction of a second.
 */
#define FTP_TIME_SUBSECOND 4

/**
 * The time is UTC.
 */
#define FTP_ZONE_UTC 0

/**
 * The time is that of the server's clock, whose zone is not known.
 */
#define FTP_ZONE_SERVER 1

/**
 * A time that is not known.
 */
#define FTP_NO_TIME (-9223372036854775807 - 1)

/**
 * The name must not become a local path as it is: it is "", "." or "..", or it contains "/", a NUL
 * or another control character, also one of U+0080 to U+009F. On systems with a backslash between
 * directories, that counts, too.
 */
#define FTP_ENTRY_UNSAFE_NAME 1

/**
 * The entry is a directory that could not be listed, so what is in it is missing. See ftp_walk()
 * and ftp_glob().
 */
#define FTP_ENTRY_NOT_LISTED 2

/**
 * The listing ended within the line of this entry. The name may be cut, and entries behind it may
 * be missing. Some servers leave out the last line end of LIST, so all may be well.
 */
#define FTP_ENTRY_CUT 4

/**
 * One entry of a directory.
 *
 * What the server does not tell is unknown, and so is what it does not tell for certain. Strings
 * end with NUL. Later versions of the library append fields: programs must not copy the struct.
 */
typedef struct ftp_entry {
    /**
     * The name, without directories. With FTP_FORMAT_NONE it is the whole line.
     */
    const char *name;
    /**
     * The length in bytes without the NUL behind it. It is more than strlen(name) if the name
     * contains a NUL.
     */
    size_t name_len;
    /**
     * FTP_ENTRY_FILE or one of its neighbours.
     */
    int type;
    /**
     * FTP_FORMAT_MLSD or one of its neighbours. With FTP_FORMAT_NONE only name and raw are set.
     */
    int format;
    /**
     * The size in bytes, or -1.
     */
    int64_t size;
    /**
     * When it was changed, in nanoseconds since 1970-01-01, or FTP_NO_TIME.
     */
    int64_t modified;
    /**
     * How exact that is: FTP_TIME_NONE or one of its neighbours.
     */
    int modified_precision;
    /**
     * FTP_ZONE_UTC or FTP_ZONE_SERVER.
     */
    int modified_zone;
    /**
     * The bits 07777 of the mode, or -1.
     */
    int mode;
    /**
     * FTP_ENTRY_UNSAFE_NAME and its neighbours, added up, or 0.
     */
    int flags;
    /**
     * The owner, or NULL.
     */
    const char *owner;
    /**
     * The group, or NULL.
     */
    const char *group;
    /**
     * Where a link leads, or NULL.
     */
    const char *link_target;
    /**
     * What may be done with it, in the letters of RFC 3659, section 7.5.5, or NULL.
     */
    const char *perm;
    /**
     * What identifies it, whatever its name is (RFC 3659, section 7.5.2), or NULL.
     */
    const char *unique;
    /**
     * The line, as the server sent it. NULL if there was none.
     */
    const char *raw;
    /**
     * Its length in bytes.
     */
    size_t raw_len;
} ftp_entry;

/**
 * Also names that servers hide, such as those that begin with a dot.
 */
#define FTP_LIST_HIDDEN 1

/**
 * Lists over the control connection (STAT), for networks in which no data connection can be had.
 */
#define FTP_LIST_STAT 2

/**
 * Entries come while the transfer runs, so that a directory of any length takes little memory.
 */
#define FTP_LIST_STREAM 4

/**
 * Lists in the words of the server (LIST), also if it has MLSD. On most servers that tells owners
 * and link targets, and times less exactly.
 */
#define FTP_LIST_PLAIN 8

/**
 * The entries of a directory.
 *
 * A list whose text was read as a whole does not need its handle any more: the handle can make
 * other calls, and be freed. A list belongs to one thread at a time.
 */
typedef struct ftp_list ftp_list;

/**
 * Lists a directory as entries.
 *
 * The function reads the listing as a whole, up to 256 MiB, and keeps its text. So the handle can
 * delete, rename and download while the program reads the entries.
 *
 * @param path   the directory. NULL or "" is the working directory. If it is a file, the list has
 *               one entry, the file.
 * @param flags  FTP_LIST_HIDDEN and its neighbours, added up, or 0.
 * @param out    receives the list, which ftp_list_free() frees.
 * @return FTP_OK, also for an empty directory. Otherwise as ftp_retrlines().
 *         - FTP_ERR_NOT_FOUND: there is no such directory.
 *         - FTP_ERR_PERM, FTP_ERR_TEMP: the directory is there, or may be, and the server does not
 *           list it.
 *         - FTP_ERR_REPLY: also if the server's success says that it could not read the directory.
 *         - FTP_ERR_INVALID_ARGUMENT: also for an unknown flag, and for FTP_LIST_STAT together with
 *           another one.
 *         - FTP_ERR_LIMIT: also for a listing of more than 256 MiB. FTP_LIST_STREAM has no such
 *           limit.
 *
 * The library uses MLSD if the server has it, and LIST if not or with FTP_LIST_PLAIN.
 * docs/listings.md says what it sends besides, and when:
 *
 * - FEAT, once in a login;
 * - a few commands about the path, if the listing is empty or the server refuses it;
 * - MDTM for a few files, once in a login, to find out the time zone of LIST.
 *
 * The entries of the directory itself and of the one above it are left out.
 *
 * With FTP_LIST_STREAM:
 *
 * - Until ftp_list_next() returns FTP_END or an error, or the list is freed, other calls on the
 *   handle can return FTP_ERR_STATE. Only after a short directory, which came as a whole, they do
 *   not.
 * - Functions of the list are calls on the handle and follow the rules for threads.
 * - ftp_last_error() of the handle says what failed.
 *
 * ftplib: mlsd, dir
 */
FTP_NODISCARD FTP_API ftp_status ftp_list_open(ftp_handle *ftp, const char *path, int flags,
    ftp_list **out);

/**
 * Returns the next entry of a list.
 *
 * @param list  the list.
 * @param out   receives the entry. It belongs to the list and is valid until the next call on the
 *              list.
 * @return FTP_OK, or FTP_END if there is no further entry. Only a list of FTP_LIST_STREAM can
 *         return an error, as ftp_list_open() does. It has ended then, except as noted.
 *         - FTP_ERR_INVALID_ARGUMENT: list or out is NULL.
 *         - FTP_ERR_BUSY: another call is running on the handle, or has to be repeated. The list
 *           goes on. Every list returns this while another thread is reading it.
 *         - FTP_ERR_STATE: the list has ended with an error, or its handle was closed or freed.
 *
 * FTP_END means that the listing is complete. Entries that have come already do not need the
 * handle: the function returns them whatever has become of it.
 */
FTP_NODISCARD FTP_API ftp_status ftp_list_next(ftp_list *list, const ftp_entry **out);

/**
 * Frees a list. A list of FTP_LIST_STREAM that has not ended is stopped first, which takes at most
 * 5 seconds.
 *
 * @param list  the list, or NULL, which does nothing. It can be freed after its handle.
 *
 * A list that a callback was given, as in ftp_pool_result, belongs to the library. For such a list
 * the function does nothing.
 *
 * For a list of FTP_LIST_STREAM that has not ended:
 *
 * - The session is in step afterwards, or closed.
 * - The function leaves what ftp_last_error() and the other getters of the handle return as it is.
 * - While another call is running on the handle, the function does nothing. The list is still to be
 *   freed.
 * - With ftp_set_blocking() off the function does not wait: the next call on the handle stops the
 *   listing.
 */
FTP_API void ftp_list_free(ftp_list *list);

/**
 * Reads a listing that the program has itself. This needs no handle.
 *
 * A line that the format does not understand becomes an entry with FTP_FORMAT_NONE. Notes such as
 * "total 12" are left out, and so are the directory itself and the one above it.
 *
 * @param text    the listing, in UTF-8 or whatever else names are to be in. CRLF and LF end a line.
 *                NULL if len is 0.
 * @param len     its length in bytes.
 * @param format  FTP_FORMAT_ANY, or FTP_FORMAT_MLSD or one of those after it.
 * @param now     when the server made the listing, in nanoseconds since 1970-01-01 UTC, for years
 *                that the format leaves out. FTP_NO_TIME is the clock of this machine.
 * @param out     receives the list, which ftp_list_free() frees. It has a copy of the text.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL, or the format is none of these.
 *         - FTP_ERR_LIMIT: there is no memory for the copy.
 *
 * ftplib: none; as the loop of mlsd, for lines of any format
 */
FTP_NODISCARD FTP_API ftp_status ftp_list_parse(const void *text, size_t len, int format,
    int64_t now, ftp_list **out);

/**
 * Gets the entry of one file or directory: by MLST if the server has it. If not, by SIZE, MDTM and
 * CWD, or from the listing of the directory that it is in.
 *
 * MLST tells what LIST and MLSD tell. The other commands follow links, and tell the type, and the
 * size or the time.
 *
 * @param path  the file or directory. NULL or "" is the working directory.
 * @param out   receives the entry, which belongs to the handle. Its name is the last part of the
 *              path.
 * @return as ftp_sendcmd().
 *         - FTP_ERR_NOT_FOUND: nothing is there.
 *         - FTP_ERR_PERM, FTP_ERR_TEMP: something may be there, and the server does not tell.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_stat(ftp_handle *ftp, const char *path, const ftp_entry **out);

/**
 * Tells whether a file or directory is there.
 *
 * @param path  the file or directory, not "".
 * @param out   receives 1 if it is there, and 0 if it is not.
 * @return as ftp_sendcmd().
 *         - FTP_ERR_PERM, FTP_ERR_TEMP: something may be there, and the server does not tell.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_exists(ftp_handle *ftp, const char *path, int *out);

/**
 * For ftp_walk(): a directory comes after what is in it.
 */
#define FTP_WALK_DEPTH 1

/**
 * For ftp_walk(): a directory that cannot be listed does not end the walk.
 */
#define FTP_WALK_CONTINUE 2

/**
 * What the callback of ftp_walk() returns to go on, but not into this directory.
 */
#define FTP_WALK_SKIP 1000

/**
 * For ftp_glob(): also names that begin with a dot.
 */
#define FTP_GLOB_HIDDEN 1

/**
 * For ftp_glob(): a directory that cannot be listed does not end the search.
 */
#define FTP_GLOB_CONTINUE 2

/**
 * Takes one entry of a tree.
 *
 * @param path   the path, which begins with the path that ftp_walk() was given. A NUL follows it.
 *               It is valid during the call only.
 * @param len    the length in bytes without that NUL.
 * @param entry  the entry, whose name is the last part of the path. It is valid during the call
 *               only.
 * @param user   the pointer that the program gave with the callback.
 * @return 0 to go on. FTP_WALK_SKIP to go on, but not into this directory. Any other value stops
 *         the walk in an orderly way, with FTP_ERR_CALLBACK.
 *
 * ftp_data_fn has the rules for callbacks. So the callback cannot use the handle: collect what is
 * to be deleted or fetched, and do that after the walk.
 */
typedef int (*ftp_walk_fn)(const char *path, size_t len, const ftp_entry *entry, void *user);

/**
 * Walks a tree: calls the callback for all that is below a directory, but not for the directory
 * itself.
 *
 * - A directory comes before what is in it. With FTP_WALK_DEPTH it comes after. FTP_WALK_SKIP then
 *   has no effect.
 * - The walk never enters a link. Where MLSD may show a link as a directory, the walk lists that
 *   directory with LIST as well, and compares. What the server shows as a directory in both is a
 *   directory to the walk.
 * - The walk never enters a directory with FTP_ENTRY_UNSAFE_NAME. The callback gets it as any other
 *   entry.
 * - Names that begin with a dot are part of the tree.
 * - If path is a file, the callback gets that file.
 *
 * @param path     the directory. NULL or "" is the working directory; then paths are relative.
 * @param flags    0, or FTP_WALK_DEPTH and FTP_WALK_CONTINUE.
 * @param walk_cb  called for each entry.
 * @param user     passed to the callback.
 * @return FTP_OK: the callback got all of the tree, except what it skipped.
 *         - FTP_ERR_NOT_FOUND: there is no such directory.
 *         - FTP_ERR_LIMIT: the tree is more than 256 levels deep, or the listings from its root to
 *           one directory have more than 256 MiB.
 *         - Otherwise as ftp_list_open().
 *
 * With FTP_WALK_CONTINUE, a directory that the server refuses to list, or that is gone, does not
 * end the walk. The callback gets its entry, with FTP_ENTRY_NOT_LISTED. Without FTP_WALK_DEPTH it
 * gets that entry a second time.
 *
 * ftplib: none; as os.walk
 */
FTP_NODISCARD FTP_API ftp_status ftp_walk(ftp_handle *ftp, const char *path, int flags,
    ftp_walk_fn walk_cb, void *user);

/**
 * Finds what a pattern matches. The library matches names itself, so that a pattern means the same
 * on every server.
 *
 * - "*" matches any characters of one name, also none. "?" matches one character.
 * - "[a-z_]" matches one character of the set, which may also name a POSIX class such as digit.
 *   "[!a]" and "[^a]" match one that is not in the set.
 * - "**" as a whole name matches any directories one below the other, also none. At the end of a
 *   pattern it matches all that is below.
 * - "{a,b*}" matches what one of the alternatives matches.
 * - "\*" matches the character itself. So does a "[" or "{" without an end.
 * - A name that begins with a dot is matched only by a dot, or with FTP_GLOB_HIDDEN.
 * - A pattern that ends with "/" matches directories only.
 * - A character is one of UTF-8, or a byte where the name is not UTF-8.
 * - The search reads only the directories that the pattern needs. It enters no link that a pattern
 *   matches, and no directory with FTP_ENTRY_UNSAFE_NAME. Names that the pattern spells out are
 *   entered as they are.
 * - A name that contains "/" matches nothing. Neither does a line that the library does not
 *   understand.
 *
 * @param pattern  the pattern of a path. Without "/" at its beginning, it begins at the working
 *                 directory.
 * @param flags    0, or FTP_GLOB_HIDDEN and FTP_GLOB_CONTINUE.
 * @param out      receives the list, which ftp_list_free() frees. Its entries are sorted by the
 *                 bytes of their names, and each name is a whole path.
 * @return FTP_OK, also if nothing matches: then the list is empty.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a pattern that names nothing.
 *         - FTP_ERR_LIMIT: the pattern is longer than 4096 bytes, or its braces make more than 256
 *           alternatives. The search has to read more than 256 levels or 100,000 directories. Or
 *           what it finds takes more than 256 MiB.
 *         - Otherwise as ftp_list_open(), except FTP_ERR_NOT_FOUND.
 *
 * With FTP_GLOB_CONTINUE, a directory that the server refuses to list does not end the search.
 * Neither does one where it refuses to tell of a name that the pattern spells out. The list
 * contains that directory, with FTP_ENTRY_NOT_LISTED. The name of the working directory is empty.
 *
 * ftplib: none; as glob.glob
 */
FTP_NODISCARD FTP_API ftp_status ftp_glob(ftp_handle *ftp, const char *pattern, int flags,
    ftp_list **out);

/* ----------------------------------------------------------------------------------------------
 * Making and removing trees
 *
 * Directories with all that is above them, or below.
 * ---------------------------------------------------------------------------------------------- */

/**
 * Makes a directory and those above it that are missing (MKD).
 *
 * If the server refuses, the library finds out what is there, by MLST, CWD and SIZE. It lists
 * nothing, so the program needs no right to read the directories above. The working directory
 * stays the same. Another client that makes the same directories does no harm.
 *
 * @param path  the directory, not "". "/" separates the names, or what does on the server's system
 *              (docs/listings.md).
 * @return FTP_OK: the directory is there now, or was there before.
 *         - FTP_ERR_EXISTS: something else has its name, or the name of a directory above it.
 *         - FTP_ERR_PERM: in most cases 550: the program may not make it.
 *         - Otherwise as ftp_voidcmd().
 *
 * ftplib: none; as os.makedirs
 */
FTP_NODISCARD FTP_API ftp_status ftp_makedirs(ftp_handle *ftp, const char *path);

/**
 * Removes a directory with all that is in it (DELE, RMD), including names that begin with a dot.
 *
 * - A link is removed itself, and never what it leads to. That holds for the path as well. For
 *   this purpose the library lists the directory above.
 * - Some servers show links as directories, whatever they are asked (docs/servers.md). RMD finds
 *   out which are links, if the server says why it refuses. If it does not, nothing tells them
 *   apart, and what is behind a link is removed.
 * - A name with FTP_ENTRY_UNSAFE_NAME or FTP_ENTRY_CUT, and a line that the library does not
 *   understand, are not removed.
 * - What cannot be removed does not end the call: the library goes on with the rest.
 * - If the path is a file, that file is removed.
 * - OpenVMS, z/OS, NonStop and Windows have rules of their own (docs/listings.md). What names only
 *   begin with is no directory there, and is not removed.
 *
 * @param path   the directory, whose last part is a name: not "", ".", ".." or "/", and no root or
 *               pattern of the server's system.
 * @param flags  0.
 * @return FTP_OK: the directory is gone.
 *         - FTP_ERR_NOT_FOUND: nothing is there.
 *         - FTP_ERR_PERM, FTP_ERR_TEMP: the first refusal. ftp_last_error() says how many entries
 *           were not removed.
 *         - FTP_ERR_UNSUPPORTED: the first entry that was not removed has such a name, or the
 *           path is what names only begin with.
 *         - FTP_ERR_LIMIT: as ftp_walk(). A part of the tree is gone.
 *         - Otherwise as ftp_list_open().
 *
 * ftplib: none; as shutil.rmtree
 */
FTP_NODISCARD FTP_API ftp_status ftp_remove_tree(ftp_handle *ftp, const char *path, int flags);

/* ----------------------------------------------------------------------------------------------
 * Mirrors
 *
 * A whole tree is made equal to another, between the server and this machine. Only what has changed
 * is transferred.
 * ---------------------------------------------------------------------------------------------- */

/**
 * What the source does not have is deleted in the target.
 */
#define FTP_DELETE_EXTRA 128

/**
 * Change nothing, and tell the callback each action that a real run takes.
 */
#define FTP_DRY_RUN 256

/**
 * The target does not have the entry, and gets it.
 */
#define FTP_MIRROR_ADD 1

/**
 * The target has another file of this name, which is replaced.
 */
#define FTP_MIRROR_REPLACE 2

/**
 * The target has the entry already.
 */
#define FTP_MIRROR_KEEP 3

/**
 * The source does not have the entry, and it is deleted in the target.
 */
#define FTP_MIRROR_DELETE 4

/**
 * Nothing is done: something of another type is in the way, a listing has the name twice, or the
 * target takes it for another name. A dry run cannot know the latter of two names that are both
 * new, and tells FTP_MIRROR_ADD.
 */
#define FTP_MIRROR_CONFLICT 5

/**
 * Nothing is done: the entry cannot or must not take part. The message says why.
 */
#define FTP_MIRROR_SKIP 6

/**
 * Is asked whether an entry takes part. A directory that does not is not entered.
 *
 * It is asked about what the source has, and about what only the target has if that may be deleted.
 *
 * @param path   the path below both directories. It is valid during the call only.
 * @param entry  valid during the call only. For an entry of this machine, raw is "".
 * @param user   the pointer of the options.
 * @return 0: it takes no part. Otherwise it does.
 *
 * ftp_data_fn has the rules for callbacks.
 */
typedef int (*ftp_mirror_filter_fn)(const char *path, const ftp_entry *entry, void *user);

/**
 * What the library did with one entry. In a dry run: what a real run does with it. The library
 * makes the struct, and may add members at its end.
 */
typedef struct ftp_mirror_action {
    /**
     * One of FTP_MIRROR_ADD to FTP_MIRROR_SKIP. A later version may add greater numbers.
     */
    int kind;
    /**
     * What the entry is: FTP_ENTRY_FILE or one of its neighbours.
     */
    int type;
    /**
     * The path below both directories, with "/" between its parts. If the entry is skipped, its
     * name may be one that leads elsewhere: show it, and do not use it. A NUL in it is "?".
     */
    const char *path;
    /**
     * The size in bytes, or -1.
     */
    int64_t size;
    /**
     * FTP_OK, or why it was not done. A link that is skipped is FTP_OK.
     */
    ftp_status result;
    /**
     * Why it was not done, or what else is to be said; NULL if there is nothing.
     */
    const char *message;
    /**
     * Which of the actions it is, counted from 1.
     */
    int64_t number;
    /**
     * How many actions there are in all.
     */
    int64_t count;
} ftp_mirror_action;

/**
 * Is told each action when it is done.
 *
 * @param action  valid during the call only.
 * @param user    the pointer of the options.
 * @return 0 to go on. Any other value stops the call in an orderly way, with FTP_ERR_CALLBACK.
 *
 * ftp_data_fn has the rules for callbacks.
 */
typedef int (*ftp_mirror_fn)(const ftp_mirror_action *action, void *user);

/**
 * How trees are made equal. Set all members that you do not use to 0.
 */
typedef struct ftp_mirror_options {
    /**
     * Set it to sizeof(struct ftp_mirror_options).
     */
    size_t struct_size;
    /**
     * 0, or any of these:
     *
     * - FTP_RESUME: continue files that an earlier call left unfinished, as ftp_get() and ftp_put()
     *   do.
     * - FTP_VERIFY: compare the hash of each file that is transferred, as ftp_get() does.
     * - FTP_DELETE_EXTRA: delete in the target what the source does not have.
     * - FTP_ATOMIC: for ftp_mirror_put(), send each file to a temporary name.
     * - FTP_DRY_RUN: change nothing, and tell the callback each action that a real run takes.
     */
    int flags;
    /**
     * How many sessions move files at the same time, at most FTP_POOL_MAX_SESSIONS. 0 is one: that
     * of the handle. The library opens and closes the others as ftp_pool_run() does.
     */
    int sessions;
    /**
     * Patterns of what takes part, with NULL behind the last. NULL is all.
     */
    const char *const *include;
    /**
     * Patterns of what takes no part, with NULL behind the last. They go before the others.
     *
     * A name with FTP_ENTRY_UNSAFE_NAME is an error unless the patterns leave it out.
     */
    const char *const *exclude;
    /**
     * Is asked about each entry that the patterns let take part and whose name is safe. NULL: they
     * all do.
     */
    ftp_mirror_filter_fn filter_cb;
    /**
     * Is told each action. NULL: nobody is.
     */
    ftp_mirror_fn action_cb;
    /**
     * Passed to the callbacks.
     */
    void *user;
} ftp_mirror_options;

/**
 * Counts the entries by what the library did with them. In a dry run: by what a real run does.
 */
typedef struct ftp_mirror_report {
    /**
     * Set it to sizeof(struct ftp_mirror_report) before the call. The library does not write beyond
     * it.
     */
    size_t struct_size;
    /**
     * How many actions were planned.
     */
    int64_t planned;
    /**
     * Files and directories that the target did not have.
     */
    int64_t added;
    /**
     * Files that were replaced.
     */
    int64_t replaced;
    /**
     * Files and directories that were there already.
     */
    int64_t kept;
    /**
     * What was deleted.
     */
    int64_t deleted;
    /**
     * What was not done because something is in the way.
     */
    int64_t conflicts;
    /**
     * What takes no part: links, and what cannot be used.
     */
    int64_t skipped;
    /**
     * What was tried and failed. It counts in no other member.
     */
    int64_t failed;
    /**
     * The bytes of the files that were added and replaced.
     */
    int64_t bytes;
} ftp_mirror_report;

/**
 * Makes a directory of this machine equal to one of the server: downloads what it does not have,
 * and what has changed.
 *
 * Both trees are read first. Then the library plans what to do, and does it.
 *
 * - A file is the same if it has the same size and time. The time is compared as exactly as the
 *   listing tells it. Files that are downloaded get the time of the server.
 * - Each file is downloaded as ftp_get() does it: it has its name when it is whole, and not before.
 *   So a call that was interrupted can be made again, and goes on where the first one stopped.
 * - Links are not followed, and are skipped. So are names that could lead out of the directory, and
 *   what is neither a file nor a directory.
 * - If the target has something of another type, nothing is done with this entry. A link in the
 *   target is never followed either.
 * - If one entry fails, the others are still done. But if there was no room for a file, no file of
 *   its size or a larger one is tried.
 * - If the target takes the name of an entry for another name that differs in case, the entry is a
 *   conflict.
 * - With several sessions, directories are made first, and then files are moved at the same time.
 *   The actions are told in the same order as with one. A session that is lost is replaced, as in
 *   ftp_pool_run().
 * - With FTP_DELETE_EXTRA, deletions come last. In a directory whose listing is not understood in
 *   full, nothing is deleted.
 *
 * Patterns have the syntax of ftp_glob(), and match names with a dot in front, too. A pattern
 * without "/" is for the names in all directories. One with "/" is for whole paths below the
 * directory; "/a" matches a at the top only. One that ends with "/" is for directories. What is
 * below a directory that a pattern names belongs to it.
 *
 * @param remote   the directory on the server. "" is the working directory; NULL is an error.
 * @param local    the directory of this machine. It is made if it is not there; the directory above
 *                 must be.
 * @param options  NULL, or how. The library copies it. A call that is repeated must be given the
 *                 same.
 * @return FTP_OK: both trees are equal, as far as entries take part.
 *         - FTP_ERR_PARTIAL: some entries were not done, and all others were. ftp_last_error() says
 *           how many, and tells the first.
 *         - FTP_ERR_CALLBACK: the callback stopped it.
 *         - FTP_ERR_FILE: the directory of this machine cannot be used.
 *         - FTP_ERR_NOT_FOUND: the server has no such directory.
 *         - FTP_ERR_LIMIT: a pattern is too long, or the names of a tree take more than 256 MiB.
 *         - Otherwise as ftp_list_open(). If the session is lost, and ftp_set_retries() does not
 *           bring it back, the call ends.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_mirror_get(ftp_handle *ftp, const char *remote,
    const char *local, const ftp_mirror_options *options);

/**
 * Makes a directory of the server equal to one of this machine: uploads what it does not have, and
 * what has changed.
 *
 * All that ftp_mirror_get() says holds the other way round, and this:
 *
 * - Files that are uploaded get the time of the local file, where the server sets times. If a
 *   server does not say that it does (FEAT), a file is the same if it has the same size, and is not
 *   older than the local one.
 * - If the server refuses to set the time of one file, the file is uploaded all the same. The
 *   message of its action tells the refusal.
 * - Until an upload is whole, the server may show a part of it, unless FTP_ATOMIC is set.
 * - With FTP_DELETE_EXTRA, a link on the server is deleted itself. But some servers show links as
 *   directories: the library deletes what is behind such a link.
 *
 * @param local    the directory of this machine.
 * @param remote   the directory on the server, which is made if it is not there, as are those above
 *                 it. "" is the working directory; NULL is an error.
 * @param options  as for ftp_mirror_get(). Also FTP_ATOMIC: send each file to a temporary name.
 * @return as ftp_mirror_get().
 *         - FTP_ERR_FILE: the directory of this machine cannot be read.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_mirror_put(ftp_handle *ftp, const char *local,
    const char *remote, const ftp_mirror_options *options);

/**
 * Gets what the last ftp_mirror_get() or ftp_mirror_put() on this handle has done, whether it
 * succeeded or not.
 *
 * A call that is refused for its arguments has no report, and neither has one that has to be
 * repeated. It never has that of an earlier call.
 *
 * @param out  receives it. Set struct_size before the call.
 * @return FTP_OK. This function leaves what ftp_last_error() and the other getters return as it is.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a struct_size that is impossible.
 *         - FTP_ERR_STATE: there was no such call, or the last one was refused for its arguments.
 *         - FTP_ERR_BUSY: another thread is using the handle, or a callback made this call.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_last_mirror_report(const ftp_handle *ftp,
    ftp_mirror_report *out);

/* ----------------------------------------------------------------------------------------------
 * Pools
 *
 * Many jobs, done by several sessions that one thread drives.
 * ---------------------------------------------------------------------------------------------- */

/**
 * The most sessions that a pool can have.
 */
#define FTP_POOL_MAX_SESSIONS 1024

/**
 * A job of ftp_pool_get().
 */
#define FTP_POOL_GET 1

/**
 * A job of ftp_pool_put().
 */
#define FTP_POOL_PUT 2

/**
 * A job of ftp_pool_list().
 */
#define FTP_POOL_LIST 3

/**
 * A job of ftp_pool_remove().
 */
#define FTP_POOL_REMOVE 4

/**
 * A job of ftp_pool_command().
 */
#define FTP_POOL_COMMAND 5

/**
 * Jobs for several sessions.
 */
typedef struct ftp_pool ftp_pool;

/**
 * A job that has ended. The library makes the struct, and may add members at its end.
 */
typedef struct ftp_pool_result {
    /**
     * The number of the job, as the function that added it told.
     */
    int64_t job;
    /**
     * FTP_POOL_GET or one of its neighbours. A later version may add greater numbers.
     */
    int kind;
    /**
     * What came of it: what ftp_get(), ftp_put(), ftp_list_open(), ftp_delete() or ftp_voidcmd()
     * returns.
     */
    ftp_status status;
    /**
     * The path on the server, as it was given. For ftp_pool_command(): the command, with stars in
     * place of a password.
     */
    const char *remote;
    /**
     * The path on this machine, or NULL.
     */
    const char *local;
    /**
     * Why it failed, as ftp_last_error() says it; NULL after FTP_OK.
     */
    const char *message;
    /**
     * The last reply of the session that did it. NULL if there was none, or if the session was
     * lost without one that says why.
     */
    const char *reply;
    /**
     * For ftp_pool_get() and ftp_pool_put(): what is known of the transfer, as ftp_last_report()
     * tells it; NULL if there was none.
     */
    const ftp_report *report;
    /**
     * For ftp_pool_list(): the entries, for ftp_list_next(). NULL after an error. The library frees
     * the list after the callback: ftp_list_free() does nothing with it.
     */
    ftp_list *list;
} ftp_pool_result;

/**
 * Is told each job when it has ended.
 *
 * @param result  valid during the call only, with all that it points to.
 * @param user    the pointer that was given to ftp_pool_run().
 * @return 0 to go on. Any other value stops ftp_pool_run() in an orderly way, with
 *         FTP_ERR_CALLBACK.
 *
 * ftp_data_fn has the rules for callbacks. This one can also add jobs to the pool.
 */
typedef int (*ftp_pool_fn)(const ftp_pool_result *result, void *user);

/**
 * Makes a pool: a list of jobs, which ftp_pool_run() does with several sessions.
 *
 * @param ftp       the handle. Its session is one of them. The others are like it: server, login,
 *                  TLS, working directory and settings are those of the handle when ftp_pool_run()
 *                  begins. ftp_reconnect() would bring back the same.
 * @param sessions  how many sessions there are at most, 1 to FTP_POOL_MAX_SESSIONS. There are no
 *                  more than the process has descriptors for when a run begins: 6 for each.
 * @param out       receives the pool, which ftp_pool_free() frees.
 * @return FTP_OK. Nothing is sent.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a number of sessions that is out of range.
 *
 * Functions of a pool are calls on the handle and follow the rules for threads.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_pool_new(ftp_handle *ftp, int sessions, ftp_pool **out);

/**
 * Does all jobs of a pool, several at the same time.
 *
 * The library opens as many sessions as there are jobs for, and drives them all on this thread.
 * They are closed by QUIT when all jobs are done, except that of the handle. If the handle has lost
 * its session, the library brings it back, at the begin and at the end. It does so also after
 * ftp_close() and ftp_quit(), as ftp_reconnect() does.
 *
 * - Each job ends on its own, and in any order. If one fails, the others are still done.
 * - If the server refuses one more session beside others, or does not answer, the library does the
 *   work with those that it has. It learns how many the server lets be open. Later runs and mirrors
 *   of the handle keep to that, until ftp_connect().
 * - A session that ends is replaced. If the server refuses that, the library waits before it tries
 *   again: 1 second, then longer each time, up to 1 minute. If no session is left, it waits for 1
 *   second, and tries once more.
 * - The job of a session that ended before anything was asked for is done in another session. A job
 *   that was asked for is done once more, if twice comes to the same. So no ftp_put() with
 *   FTP_NO_REPLACE is, and no command that changes something. What ftp_set_retries() allows comes
 *   before that.
 * - The callbacks of the handle are told of all sessions. ftp_set_rate_limit() holds for all
 *   together, and each limit of time for each of them, except that of FTP_PHASE_TOTAL: it holds for
 *   this call.
 *
 * @param pool       the pool.
 * @param result_cb  called for each job that has ended. NULL: nobody is told.
 * @param user       passed to the callback.
 * @return FTP_OK: all jobs went well, or there was none. If the session of the handle was lost at
 *         the end and the server gave no other, ftp_state() says so.
 *         - FTP_ERR_PARTIAL: all jobs have ended, and some failed. ftp_last_error() of the handle
 *           says how many, and tells the first.
 *         - FTP_ERR_CALLBACK: the callback stopped it.
 *         - FTP_ERR_TIMEOUT: the limit of FTP_PHASE_TOTAL has passed. ftp_last_error() of the
 *           handle says how many of how many jobs had ended.
 *         - FTP_ERR_STATE: a transfer of ftp_transfercmd() is open, or replies are owed. Or the
 *           program has chosen another form of data by MODE or STRU: other sessions have none.
 *         - Otherwise as ftp_reconnect(), if there is no session and none can be had.
 *
 * After FTP_ERR_CALLBACK, FTP_ERR_ABORTED or another error but FTP_ERR_PARTIAL, the pool keeps
 * the jobs that were not begun, and those that it can begin again. The next ftp_pool_run() does
 * them. The callback is told of a command that was under way, unless the callback stopped the call.
 * After ftp_close() has given up a call that had returned FTP_AGAIN, the next ftp_pool_run() does
 * the same.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_pool_run(ftp_pool *pool, ftp_pool_fn result_cb, void *user);

/**
 * Frees a pool with the jobs that were not done.
 *
 * @param pool  the pool, or NULL, which does nothing. It can be freed after its handle.
 *
 * If ftp_pool_run() of this pool has returned FTP_AGAIN, it is given up, as ftp_cancel() does it.
 * While a call is running on the handle, this function does nothing, and the pool is still to be
 * freed.
 */
FTP_API void ftp_pool_free(ftp_pool *pool);

/**
 * Adds a download to a pool, as ftp_get() does it.
 *
 * @param pool    the pool.
 * @param remote  the path on the server.
 * @param local   the path of the target on this machine.
 * @param flags   as for ftp_get(), or also FTP_SEGMENTED: sessions of the pool that have nothing
 *                else to do fetch ranges of the file at the same time.
 * @param job     NULL, or receives the number of the job: 1 for the first one of the pool.
 * @return FTP_OK: the job waits for ftp_pool_run(). Nothing is sent.
 *         - FTP_ERR_INVALID_ARGUMENT: a path or flag cannot be used. Two flags that exclude each
 *           other are an error of the job.
 *
 * FTP_SEGMENTED:
 *
 * - It makes a file faster whose server, or whose network, limits the speed of each connection.
 * - It takes effect if the server tells a size (SIZE) of 4 MiB or more, and the pool has two
 *   sessions or more.
 * - A range begins 64 KiB before its place. These bytes must be those of the range before it. When
 *   all is there, SIZE and MDTM must be what they were. If not, one session fetches the file anew.
 *   It does so, too, if the server refuses to begin in the middle of a file (REST).
 * - With FTP_RESUME, what is kept of a download that failed is all up to its first gap.
 * - It excludes FTP_IN_PLACE.
 * - In the report, the bytes and times are those of all sessions. The progress callback is told of
 *   each range; its fields all_bytes and all_rate are the sums.
 *
 * The functions that add jobs need no handle. So they work in the callback of ftp_pool_run(), while
 * a call on the handle has returned FTP_AGAIN, and after ftp_free() of the handle. Only
 * ftp_pool_run() refuses that: it returns FTP_ERR_BUSY, or FTP_ERR_STATE without the handle.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_pool_get(ftp_pool *pool, const char *remote, const char *local,
    int flags, int64_t *job);

/**
 * Adds an upload to a pool, as ftp_put() does it.
 *
 * @param pool    the pool.
 * @param local   the path of a regular file on this machine.
 * @param remote  the path on the server. Two jobs must not have the same one.
 * @param flags   as for ftp_put().
 * @param job     as for ftp_pool_get().
 * @return as ftp_pool_get().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_pool_put(ftp_pool *pool, const char *local, const char *remote,
    int flags, int64_t *job);

/**
 * Adds a listing to a pool, as ftp_list_open() does it. The callback of ftp_pool_run() gets the
 * entries.
 *
 * @param pool   the pool.
 * @param path   the directory. NULL or "" is the working directory.
 * @param flags  as for ftp_list_open(), without FTP_LIST_STREAM.
 * @param job    as for ftp_pool_get().
 * @return as ftp_pool_get().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_pool_list(ftp_pool *pool, const char *path, int flags,
    int64_t *job);

/**
 * Adds to a pool that a file is deleted, as ftp_delete() does it.
 *
 * @param pool  the pool.
 * @param path  the path on the server.
 * @param job   as for ftp_pool_get().
 * @return as ftp_pool_get().
 *
 * If the session is lost after the command, the job is FTP_OK once the file is gone.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_pool_remove(ftp_pool *pool, const char *path, int64_t *job);

/**
 * Adds a command to a pool, as ftp_voidcmd() sends it.
 *
 * @param pool  the pool.
 * @param cmd   the whole command, as in "MKD a". One of the sessions sends it.
 * @param job   as for ftp_pool_get().
 * @return as ftp_pool_get().
 *         - FTP_ERR_INVALID_ARGUMENT: also for commands that a session would remember, such as CWD,
 *           TYPE, LANG and RNFR, and for those with a data connection.
 *
 * If the session is lost after the command, its outcome is not known: the job fails. Only commands
 * that change nothing are sent again.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_pool_command(ftp_pool *pool, const char *cmd, int64_t *job);

/* ----------------------------------------------------------------------------------------------
 * Times, modes and hashes
 *
 * What a server knows of a file beside its data. Each server has commands of its own for that: the
 * library uses those that the server has.
 * ---------------------------------------------------------------------------------------------- */

/**
 * Asks when a file was changed: by MDTM (RFC 3659, section 3), and by MLST if MDTM does not tell.
 *
 * Most servers refuse MDTM for directories; then only MLST tells. The protocol has these times in
 * UTC. A server that tells its local time here is not recognised.
 *
 * @param path  the file or directory, not "".
 * @param out   receives the time in nanoseconds since 1970-01-01 UTC, or FTP_NO_TIME if the server
 *              does not tell one, or tells one that is impossible.
 * @return as ftp_sendcmd().
 *         - FTP_ERR_NOT_FOUND: nothing is there.
 *         - FTP_ERR_PERM: in most cases 550: nothing is there, or it is a directory.
 *         - FTP_ERR_UNSUPPORTED: the server knows neither MDTM nor MLST.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_modified(ftp_handle *ftp, const char *path, int64_t *out);

/**
 * Sets when a file was changed.
 *
 * The library uses what FEAT names: MFMT, MFF or SITE UTIME. Otherwise it tries MDTM with a time,
 * MFMT and both forms of SITE UTIME. It remembers until the next login which of them works. After
 * the first success of each it asks for the time of the file. If the server then tells another
 * time, the next way is tried.
 *
 * @param path  the file, not "".
 * @param when  nanoseconds since 1970-01-01 UTC. The server gets whole seconds; the rest is cut
 *              off.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_INVALID_ARGUMENT: also for FTP_NO_TIME.
 *         - FTP_ERR_PERM: in most cases 550.
 *         - FTP_ERR_UNSUPPORTED: the server knows no command for it, or confirms it and does
 *           nothing, or takes the time for a part of the name.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_modified(ftp_handle *ftp, const char *path, int64_t when);

/**
 * Sets the mode of a file or directory: by MFF if FEAT names it with UNIX.mode, and otherwise by
 * SITE CHMOD.
 *
 * After the first success in a login, the library compares the mode with what MLST tells, if the
 * server tells it.
 *
 * @param path  the file or directory, not "".
 * @param mode  the bits, from 0 to 07777 (octal), as in 0644. Servers may leave out the first three
 *              of them.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_INVALID_ARGUMENT: also for another mode.
 *         - FTP_ERR_PERM: in most cases 550.
 *         - FTP_ERR_UNSUPPORTED: the server knows no command for it, or confirms it and does
 *           nothing.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_chmod(ftp_handle *ftp, const char *path, int mode);

/**
 * Asks the server for the hash of a file: by HASH, XCRC, XMD5, MD5, XSHA, XSHA1, XSHA256 or
 * XSHA512.
 *
 * The library uses what FEAT names, also behind SITE. If FEAT names none of them, it tries each
 * once in a login. For HASH it chooses the algorithm with OPTS HASH, and then chooses again the one
 * that was chosen before. It sets image type first, as ftp_size() does.
 *
 * A server may need a long time for a large file. The limit of FTP_PHASE_REPLY counts.
 *
 * @param path       the file, not "".
 * @param algorithm  "CRC32", "MD5", "SHA-1", "SHA-256" or "SHA-512", in upper or lower case, with
 *                   or without the dash. NULL is the best that the server offers.
 * @param out        receives the hash in lower-case hexadecimal digits. Their number tells the
 *                   algorithm: 8 for CRC32, 32 for MD5, 40, 64 and 128 for the others.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_INVALID_ARGUMENT: also for another algorithm.
 *         - FTP_ERR_PERM: in most cases 550: nothing is there, or it is not a file.
 *         - FTP_ERR_PROTO: the reply contains no hash of that length, or more than one.
 *         - FTP_ERR_UNSUPPORTED: the server knows no command for it.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_hash(ftp_handle *ftp, const char *path, const char *algorithm,
    const char **out);

/* ----------------------------------------------------------------------------------------------
 * Batches
 *
 * Many commands about files and directories, which share their round trips to the server.
 * ---------------------------------------------------------------------------------------------- */

/**
 * The server has answered the command.
 */
#define FTP_BATCH_ANSWERED 1

/**
 * The command was not sent. Of several questions about one path, one or more were not.
 */
#define FTP_BATCH_NOT_SENT 2

/**
 * The command was sent, and what the server has made of it is not known.
 */
#define FTP_BATCH_UNKNOWN 3

/**
 * Commands that are sent together.
 *
 * - Functions of the batch are calls on its handle and follow the rules for threads.
 * - ftp_last_error() of the handle says what failed.
 * - A batch may be freed after its handle.
 */
typedef struct ftp_batch ftp_batch;

/**
 * What came of one command of a batch. The library makes the struct, and may add members at its
 * end.
 */
typedef struct ftp_batch_result {
    /**
     * Which command it is, counted from 0 in the order in which they were added.
     */
    size_t index;
    /**
     * FTP_OK, or why there is no result: what the function for this one command returns.
     */
    ftp_status status;
    /**
     * One of FTP_BATCH_ANSWERED to FTP_BATCH_UNKNOWN.
     */
    int fate;
    /**
     * Why it failed, as ftp_last_error() says it; NULL after FTP_OK.
     */
    const char *message;
    /**
     * The last reply to the command, with all its lines; NULL if there is none.
     */
    const char *reply;
    /**
     * Of ftp_batch_size(): the size in bytes. Otherwise, and where it is not known, -1.
     */
    int64_t size;
    /**
     * Of ftp_batch_modified(): nanoseconds since 1970-01-01 UTC. Otherwise, and where the time is
     * not known, FTP_NO_TIME.
     */
    int64_t modified;
    /**
     * Of ftp_batch_stat(): the entry. Otherwise NULL.
     */
    const ftp_entry *entry;
    /**
     * Of ftp_batch_mkdir(): the path of the directory as the server tells it, which may be "".
     * Otherwise NULL.
     */
    const char *path;
} ftp_batch_result;

/**
 * Is told what came of each command of a batch, in the order in which they were added.
 *
 * @param result  valid during the call only.
 * @param user    the pointer that was given to ftp_batch_run().
 * @return 0 to go on. Any other value stops the batch in an orderly way, with FTP_ERR_CALLBACK.
 *
 * ftp_data_fn has the rules for callbacks.
 */
typedef int (*ftp_batch_fn)(const ftp_batch_result *result, void *user);

/**
 * Makes a batch: many commands on the one control connection, which do not wait for each other.
 *
 * A command costs one round trip to the server. In a batch, many commands share it: the library
 * sends up to 64 before the first is answered. docs/batch.md says more.
 *
 * @param out  receives the batch, which ftp_batch_free() frees.
 * @return FTP_OK. The function needs no connection.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_new(ftp_handle *ftp, ftp_batch **out);

/**
 * Adds the question for the size of a file in bytes, as ftp_size() asks it.
 *
 * @param path  the file.
 * @return FTP_OK. Nothing is sent before ftp_batch_run().
 *
 * ftplib: size
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_size(ftp_batch *batch, const char *path);

/**
 * Adds the question when a file was changed, as ftp_modified() asks it.
 *
 * @param path  the file.
 * @return as ftp_batch_size().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_modified(ftp_batch *batch, const char *path);

/**
 * Adds the question what a path is: by MLST if the server has it. If not, by SIZE and MDTM.
 *
 * What these do not tell is found out as ftp_stat() does it, one path after the other.
 *
 * @param path  the file or directory, not "".
 * @return as ftp_batch_size().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_stat(ftp_batch *batch, const char *path);

/**
 * Adds the deletion of a file (DELE).
 *
 * @param path  the file.
 * @return as ftp_batch_size().
 *
 * ftplib: delete
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_delete(ftp_batch *batch, const char *path);

/**
 * Adds a directory that is to be made (MKD).
 *
 * @param path  the directory.
 * @return as ftp_batch_size().
 *
 * ftplib: mkd
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_mkdir(ftp_batch *batch, const char *path);

/**
 * Adds a directory that is to be removed (RMD).
 *
 * @param path  the directory.
 * @return as ftp_batch_size().
 *
 * ftplib: rmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_rmdir(ftp_batch *batch, const char *path);

/**
 * Adds a file or directory that is to be renamed (RNFR, RNTO). RNTO is not sent if the server
 * refuses RNFR, so each renaming waits for one reply.
 *
 * @param from  what is there.
 * @param to    what it is to be.
 * @return as ftp_batch_size().
 *
 * ftplib: rename
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_rename(ftp_batch *batch, const char *from,
    const char *to);

/**
 * Adds the mode that a file is to have, as ftp_chmod() sets it. Until one mode of a login was set,
 * the others wait.
 *
 * @param path  the file.
 * @param mode  0 to 07777.
 * @return as ftp_batch_size().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_chmod(ftp_batch *batch, const char *path, int mode);

/**
 * Adds any command, whose final reply must be of class 2yz, as for ftp_voidcmd().
 *
 * Commands about one path, and commands that only ask, are sent with the others. Any other command
 * waits until all before it are answered, and those behind it wait for its reply.
 *
 * @param cmd  the whole command, as in "SITE CHMOD 644 file".
 * @return as ftp_batch_size().
 *         - FTP_ERR_INVALID_ARGUMENT: also for a command that no batch can send.
 *
 * A batch sends no command that does one of these:
 *
 * - It belongs to a login, to the protection of the session or to a transfer.
 * - It changes the directory, or ends the session.
 * - It is one of a pair, such as RNFR.
 *
 * ftplib: voidcmd
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_command(ftp_batch *batch, const char *cmd);

/**
 * Sends the commands of a batch, and tells what came of each. One that fails does not end the
 * others.
 *
 * The batch is empty then, and can be filled again.
 *
 * @param result_cb  is told each result, in the order of the commands. NULL: nobody is.
 * @param user       passed to result_cb.
 * @return FTP_OK: each command has done what it was to do.
 *         - FTP_ERR_PARTIAL: one or more commands failed, and all others were carried out.
 *         - FTP_ERR_CALLBACK: result_cb stopped the batch. Commands that were on their way are
 *           carried out, no further one is sent, and nothing more is told, whatever follows. A
 *           wait callback that stops the call is a cancel, and not this.
 *         - Otherwise as ftp_sendcmd(). If the call has begun, result_cb is told about each command
 *           that it was not told about yet, with the status that the call returns, and with
 *           FTP_BATCH_NOT_SENT or FTP_BATCH_UNKNOWN. It cannot stop that. If the call was refused,
 *           such as for want of a connection, nothing is told and the batch stays as it is.
 *         - FTP_ERR_ABORTED: also if ftp_close() has given up the last run of the batch. Then this
 *           call only tells result_cb about the commands of that run that it was not told about.
 *           What was added since stays in the batch.
 *
 * Behind 31 commands at the most the library sends PWD, whose reply is like no other. It knows that
 * each reply belongs to its command. If one is lost or comes too much:
 *
 * - The session stays in step.
 * - The commands since the last PWD are sent once more, one by one, if all of the batch only ask.
 *   Otherwise their fate is FTP_BATCH_UNKNOWN.
 * - Until the login ends, the library sends one command at a time.
 *
 * It also does so to servers that are known for such losses (docs/batch.md), and to those that
 * refuse PWD.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_batch_run(ftp_batch *batch, ftp_batch_fn result_cb,
    void *user);

/**
 * Frees a batch, and what was added to it.
 *
 * @param batch  the batch, or NULL, which does nothing. It can be freed after its handle.
 *
 * - If ftp_batch_run() has returned FTP_AGAIN, that call ends. The next call on the handle closes
 *   the connection if the server owes replies.
 * - While another call is running on the handle, the function does nothing. The batch is still to
 *   be freed.
 */
FTP_API void ftp_batch_free(ftp_batch *batch);

/* ----------------------------------------------------------------------------------------------
 * Data connections
 *
 * Those that are made ahead of a transfer; and addresses, ports and descriptors, for dialogues that
 * the program leads itself.
 * ---------------------------------------------------------------------------------------------- */

/**
 * Asks the server to listen for a data connection (PASV on IPv4, EPSV on IPv6).
 *
 * @param host      receives the address as a string: that of the server, unless
 *                  ftp_set_trust_server_pasv_ipv4_address() is on.
 * @param capacity  the size of host, 46 or more.
 * @param port      receives the port.
 * @return as ftp_voidcmd().
 *         - FTP_ERR_PROTO: also if the reply names no address.
 *
 * ftplib: makepasv
 */
FTP_NODISCARD FTP_API ftp_status ftp_makepasv(ftp_handle *ftp, char *host, size_t capacity,
    uint16_t *port);

/**
 * Listens for a data connection from the server, and sends the server the address (PORT on IPv4,
 * EPRT on IPv6).
 *
 * @param out  receives the listening descriptor, in blocking mode. The caller closes it, and checks
 *             who connects to it.
 * @return as ftp_voidcmd().
 *
 * ftplib: makeport
 */
FTP_NODISCARD FTP_API ftp_status ftp_makeport(ftp_handle *ftp, int *out);

/**
 * Returns the descriptor of the control connection.
 *
 * @return the descriptor, which the library keeps. Reading from it or writing to it breaks the
 *         session. -1 if the handle is not connected.
 *
 * ftplib: sock
 */
FTP_API int ftp_control_fd(const ftp_handle *ftp);

/**
 * For ftp_set_prearm(): a download asks for the address of the next data connection as well.
 */
#define FTP_PREARM_TOGETHER 2

/**
 * Makes the data connection of the next transfer now, in passive mode. That transfer or listing
 * then begins after one round trip in place of three.
 *
 * The function sends EPSV or PASV, connects, and waits until the connection stands. Call it while
 * the program has nothing else to do. If such a connection stands already, nothing is sent.
 *
 * The connection is of use for 20 seconds, and until one of these closes it:
 *
 * - ftp_set_pasv(), ftp_set_epsv(), ftp_set_source_address(), ftp_set_rate_limit(),
 *   ftp_set_trust_server_pasv_ipv4_address(), and ftp_set_prearm() that turns this off;
 * - a command other than CDUP, CWD, FEAT, MDTM, MLST, NOOP, PWD, SIZE, SYST and TYPE;
 * - the end of the session.
 *
 * The first call after the 20 seconds closes it: the library has no thread of its own.
 *
 * The next transfer looks whether the server has closed the connection, and then makes another one.
 * It also does so, once, if the server answers its command with 425. TLS begins with the transfer,
 * at the level of protection that holds then.
 *
 * @return FTP_OK: the connection stands.
 *         - FTP_ERR_UNSUPPORTED: active mode, or a server that must know the transfer first (PRET).
 *         - FTP_ERR_IO, FTP_ERR_TIMEOUT: the port cannot be reached. The session goes on. With
 *           ftp_set_epsv(), the next transfer uses PASV.
 *         - Otherwise as ftp_makepasv().
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_prearm(ftp_handle *ftp);

/**
 * Chooses whether a call that ends a transfer also begins to make the data connection of the next
 * one.
 *
 * With 1, such a call sends EPSV or PASV after the final reply, and waits for the address, but not
 * for the connection. It takes one round trip more. If the program then pauses for a moment, the
 * next transfer or listing takes two round trips less. ftp_prearm() says how long the connection
 * lasts.
 *
 * This never changes what the call returns. The library gives it up for the rest of the login if
 * the server refuses, if the connection fails, or if a transfer over it is refused with 425. If
 * ftp_cancel() or the time limit ends a call in this step, the call returns FTP_OK. The connection
 * to the server is closed then.
 *
 * With FTP_PREARM_TOGETHER, a call that downloads a file in image type sends EPSV or PASV right
 * behind RETR, and takes the answer after the final reply. That takes no round trip of its own. So
 * two round trips are left of each of many files, in place of three.
 *
 * - Only vsftpd is sent both at once, if its greeting says that it is vsftpd. It reads the second
 *   command when the transfer is over. Some servers end the data of the transfer for the second
 *   command, and others refuse it. With these, and after other transfers, this is the same as 1.
 * - If a server answers EPSV or PASV before the transfer is over, the library does not send both
 *   again. The file counts only if its size was announced or SIZE tells it. Otherwise the call
 *   returns FTP_ERR_INTEGRITY.
 * - If its first reply to RETR is a 2yz, the call returns FTP_ERR_PROTO: it cannot be told whether
 *   the next reply answers RETR.
 * - ftp_transfercmd() and other calls that leave the data to the program send one command at once.
 *
 * @param on  0 is off, the default. FTP_PREARM_TOGETHER as above. Any other value is the same as 1.
 * @return FTP_OK.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_prearm(ftp_handle *ftp, int on);

/**
 * The connection for commands and replies.
 */
#define FTP_CONTROL_CONNECTION 0

/**
 * The data connection of the open transfer, or of the last transfer of the session.
 */
#define FTP_DATA_CONNECTION 1

/**
 * Gets the local address of a connection.
 *
 * The address is the same with TLS as without.
 *
 * @param which     FTP_CONTROL_CONNECTION or FTP_DATA_CONNECTION.
 * @param host      receives the address in digits, as a string.
 * @param capacity  the size of host, 46 or more.
 * @param port      receives the port.
 * @return FTP_OK.
 *         - FTP_ERR_STATE: the handle is not connected. Or no transfer of the session had a data
 *           connection, or the last one had none.
 *         - FTP_ERR_BUSY: also if a call has returned FTP_AGAIN and has not ended.
 *         - FTP_ERR_IO: the connection is gone.
 *
 * ftplib: sock.getsockname()
 */
FTP_NODISCARD FTP_API ftp_status ftp_local_address(ftp_handle *ftp, int which, char *host,
    size_t capacity, uint16_t *port);

/**
 * Gets the remote address of a connection.
 *
 * It is the address of the server, or one that ftp_set_active_peer() or
 * ftp_set_trust_server_pasv_ipv4_address() allows.
 *
 * @param which     FTP_CONTROL_CONNECTION or FTP_DATA_CONNECTION.
 * @param host      receives the address in digits, as a string.
 * @param capacity  the size of host, 46 or more.
 * @param port      receives the port.
 * @return as ftp_local_address().
 *
 * ftplib: sock.getpeername()
 */
FTP_NODISCARD FTP_API ftp_status ftp_peer_address(ftp_handle *ftp, int which, char *host,
    size_t capacity, uint16_t *port);

/* ----------------------------------------------------------------------------------------------
 * Time limits
 *
 * How long each phase of a call may take.
 * ---------------------------------------------------------------------------------------------- */

/**
 * The library opens a TCP connection, control or data. This includes the lookup of the name. It
 * includes the TLS handshake of a session that begins with TLS.
 */
#define FTP_PHASE_CONNECT 1

/**
 * The library waits for the greeting, or for the next one after a greeting with code 120.
 */
#define FTP_PHASE_GREETING 2

/**
 * The library sends a command and waits for its reply, or begins TLS after AUTH.
 */
#define FTP_PHASE_REPLY 3

/**
 * Nothing moves on a data connection, neither data nor its TLS handshake.
 */
#define FTP_PHASE_DATA 4

/**
 * The library waits for the server to open the data connection, in active mode.
 */
#define FTP_PHASE_ACCEPT 5

/**
 * The data has ended, and the library waits for the reply that confirms the transfer.
 */
#define FTP_PHASE_FINAL 6

/**
 * A whole call from its beginning to its end, with the time that callbacks take.
 */
#define FTP_PHASE_TOTAL 7

/**
 * Sets how long each wait may take, in all phases except FTP_PHASE_TOTAL.
 *
 * The limit holds for every single wait, not for a whole transfer. Only time in which the library
 * waits for the server or the network counts. A wait that takes too long ends the call with
 * FTP_ERR_TIMEOUT. ftp_set_phase_timeout() sets the limit of one phase.
 *
 * @param timeout_ms  1 or more. -1 is no limit. The default is 60000.
 * @return FTP_OK.
 *
 * ftplib: timeout, in seconds, without limit by default
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_timeout(ftp_handle *ftp, int64_t timeout_ms);

/**
 * Sets how long one phase of a call may take.
 *
 * A phase that takes too long ends the call with FTP_ERR_TIMEOUT. ftp_last_error() then names the
 * phase, the time that passed, and what had been done. The setting takes effect at the next call.
 *
 * @param phase       one of FTP_PHASE_CONNECT to FTP_PHASE_TOTAL.
 * @param timeout_ms  1 or more. -1 is no limit. The default is 60000, and -1 for FTP_PHASE_TOTAL.
 * @return FTP_OK.
 *
 * - Only waits for the server and the network count, not the time that callbacks or the program
 *   take. FTP_PHASE_TOTAL counts all of them.
 * - The library does not interrupt a callback that does not return.
 * - A call that fails may take 5 more seconds to bring the session back into step.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_phase_timeout(ftp_handle *ftp, int phase,
    int64_t timeout_ms);

/* ----------------------------------------------------------------------------------------------
 * Settings
 *
 * How a handle connects, reads and writes. A setting belongs to the handle and outlives its
 * sessions.
 * ---------------------------------------------------------------------------------------------- */

/**
 * The library finds out what the server runs on.
 */
#define FTP_SYSTEM_AUTO 0

/**
 * Unix, or another system whose paths have slashes.
 */
#define FTP_SYSTEM_UNIX 1

/**
 * Windows.
 */
#define FTP_SYSTEM_WINDOWS 2

/**
 * MVS and z/OS: data sets, and Unix paths.
 */
#define FTP_SYSTEM_MVS 3

/**
 * IBM i, formerly OS/400.
 */
#define FTP_SYSTEM_IBM_I 4

/**
 * OpenVMS.
 */
#define FTP_SYSTEM_VMS 5

/**
 * z/VM.
 */
#define FTP_SYSTEM_ZVM 6

/**
 * Guardian, of HP NonStop.
 */
#define FTP_SYSTEM_GUARDIAN 7

/**
 * Decides whether the library may open a control connection or send a command.
 *
 * @param event    "ftplib.connect" or "ftplib.sendcmd". Allow or refuse events that you do not
 *                 know.
 * @param host     the host as the program gave it to ftp_connect().
 * @param port     the port.
 * @param command  the command without line end. The arguments of PASS and ACCT are `****`. NULL for
 *                 "ftplib.connect".
 * @param user     the pointer that the program gave with the callback.
 * @return 0 to allow it. Any other value refuses it: nothing is sent, and the call returns
 *         FTP_ERR_DENIED.
 *
 * The library does not ask for the ABOR that ends a stopped or cancelled transfer, and not for the
 * NOOPs of ftp_set_noop_interval(). ftp_data_fn has the rules for callbacks.
 */
typedef int (*ftp_audit_fn)(const char *event, const char *host, uint16_t port, const char *command,
    void *user);

/**
 * Chooses who opens data connections: the client (passive mode, on, the default) or the server
 * (active mode, off).
 *
 * Passive mode uses PASV on IPv4 and EPSV on IPv6. Active mode uses PORT on IPv4 and EPRT on IPv6
 * (RFC 959, RFC 2428).
 *
 * @param on  0 is active mode, anything else is passive mode.
 * @return FTP_OK.
 *
 * ftplib: set_pasv
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_pasv(ftp_handle *ftp, int on);

/**
 * Chooses whether the library also tries the commands of RFC 2428 on IPv4: EPSV before PASV, EPRT
 * before PORT.
 *
 * @param on  0 is off, the default.
 * @return FTP_OK.
 *
 * The library uses the old commands for the rest of the session, also after another call of this
 * function, in these cases:
 *
 * - The server refuses the new ones.
 * - The reply to EPSV names no port.
 * - The port cannot be reached, as behind some firewalls.
 *
 * Once a reply to PASV could not be read, the library uses EPSV whatever this setting is. On IPv6
 * it always uses EPSV and EPRT.
 *
 * ftplib: never on IPv4
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_epsv(ftp_handle *ftp, int on);

/**
 * Sets the address at which this client listens in active mode, and the address that it sends in
 * PORT or EPRT.
 *
 * The setting takes effect at the next data connection. It holds for connections of the same
 * address family only. ftp_set_active_peer() says who may connect.
 *
 * @param bind      an address of this machine in digits, IPv4 or IPv6. "0.0.0.0" and "::" listen
 *                  everywhere. NULL is the local address of the control connection.
 * @param external  the address in digits at which the server reaches this machine, such as that of
 *                  a NAT router. The router must forward the ports of ftp_set_active_ports(). NULL
 *                  is the address at which the client listens.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a string that is not an address.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_active_address(ftp_handle *ftp, const char *bind,
    const char *external);

/**
 * Sets who may open data connections in active mode, besides the host of the control connection.
 *
 * All others are refused: whoever finds the port first must not get the data. Some servers connect
 * from another address than the one they are reached at, because of a load balancer or a second
 * network card.
 *
 * @param address  one more address in digits, IPv4 or IPv6. An IPv4 address also counts in its IPv6
 *                 form, as in ::ffff:192.0.2.1. "*" admits everybody: then the first who connects
 *                 sends the data or gets it. NULL, the default, admits nobody else.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a string that is not an address.
 *
 * If someone was refused and the server then confirms the transfer, the call returns
 * FTP_ERR_INTEGRITY. Any error names the address that was refused. The setting takes effect at the
 * next data connection.
 *
 * ftplib: admits everybody
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_active_peer(ftp_handle *ftp, const char *address);

/**
 * Sets the ports at which this client listens in active mode, such as those that a firewall admits.
 *
 * The setting takes effect at the next data connection. If all ports are taken, the transfer
 * returns FTP_ERR_IO.
 *
 * @param first  the first port. 0 with last 0 is any port, the default.
 * @param last   the last port, not below first.
 * @return FTP_OK.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_active_ports(ftp_handle *ftp, uint16_t first,
    uint16_t last);

/**
 * Sets the local address of connections.
 *
 * It holds for the control connection and for data connections in passive mode. If a data
 * connection cannot have the port, it comes from any port. The setting takes effect at the next
 * connection, also at the next data connection.
 *
 * Only addresses of the server that are of the same family are tried. So "0.0.0.0", which is any
 * address of this machine, chooses IPv4, and "::" chooses IPv6.
 *
 * @param host  an address or a name of this machine. NULL leaves the choice to the system, the
 *              default.
 * @param port  the port. 0 is any port.
 * @return FTP_OK.
 *
 * ftplib: source_address
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_source_address(ftp_handle *ftp, const char *host,
    uint16_t port);

/**
 * Sets how long a line may be: in a reply, in received text, and in text that ftp_storlines()
 * sends.
 *
 * @param bytes  the limit with the line end, 1 or more. The default is 8192. In received text any
 *               line end counts as one byte.
 * @return FTP_OK.
 *
 * ftplib: maxline
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_maxline(ftp_handle *ftp, size_t bytes);

/**
 * Sets the encoding of names and lines on the wire. The side of the program is always UTF-8.
 *
 * - With "utf-8", the default, bytes that are not UTF-8 pass unchanged in both directions. So a
 *   name from a listing can always be sent back.
 * - With another encoding, a command that it cannot express is FTP_ERR_INVALID_ARGUMENT. Bytes that
 *   mean nothing in it arrive as U+FFFD.
 * - The data of ftp_retrbinary(), ftp_storbinary() and ftp_storlines() is never converted.
 *
 * The setting takes effect at the next call.
 *
 * @param label  "utf-8", "latin-1" (ISO 8859-1), or another label of the WHATWG Encoding Standard
 *               except UTF-16.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also for an unknown label.
 *
 * ftplib: encoding
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_encoding(ftp_handle *ftp, const char *label);

/**
 * Chooses whether data connections go to the address that the server names in its reply to PASV.
 *
 * By default they go to the host of the control connection. A hostile server could name another
 * host (CVE-2021-4189). A server behind NAT may name an address that cannot be reached.
 *
 * @param on  0 is off, the default. On uses the address in the reply.
 * @return FTP_OK.
 *
 * ftplib: trust_server_pasv_ipv4_address
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_trust_server_pasv_ipv4_address(ftp_handle *ftp, int on);

/**
 * Chooses whether urgent data announces the ABOR that ends a transfer (RFC 854: "synch").
 *
 * Servers of the BSD line notice nothing else during a transfer. Without urgent data they may end
 * the session. Other servers take it for a part of the command.
 *
 * @param on  0 is off, the default.
 * @return FTP_OK.
 *
 * ftplib: abort always sends urgent data
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_urgent_abort(ftp_handle *ftp, int on);

/**
 * Sets what the server runs on, for the functions that list or look up paths: ftp_list_open(),
 * ftp_stat(), ftp_exists(), ftp_walk() and ftp_glob().
 *
 * The system decides how these functions write paths. Some systems are also told how to list and
 * how to read paths:
 *
 * - IBM i: SITE NAMEFMT 1 and SITE LISTFMT 1. From then on, all commands take paths with slashes.
 * - z/OS: SITE QUOTESOVERRIDE. A name in apostrophes is then a whole name.
 *
 * The library sends them once in a login, before the first of these calls. It does so again after
 * ftp_reconnect(). The server may refuse them. It does not send what the program has chosen by such
 * a command itself.
 *
 * @param system  one of FTP_SYSTEM_*. FTP_SYSTEM_AUTO, the default, goes by the greeting. If that
 *                does not tell, and FEAT names no MLSD, the library sends SYST once in a login. The
 *                format of a listing may tell as well. With any other value it never sends SYST.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also for another number.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_system(ftp_handle *ftp, int system);

/**
 * Sets the function that the library asks before it connects or sends a command.
 *
 * @param audit_cb  the function. NULL removes it.
 * @param user      passed to the callback.
 * @return FTP_OK.
 *
 * ftplib: its audit events
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_audit_callback(ftp_handle *ftp, ftp_audit_fn audit_cb,
    void *user);

/* ----------------------------------------------------------------------------------------------
 * TLS
 *
 * FTPS (RFC 4217): what a session demands, how it is secured, and what was negotiated. A setting
 * takes effect at the next handshake of a control connection, unless its comment says otherwise.
 * In a build without TLS, most of these functions return FTP_ERR_UNSUPPORTED.
 * ---------------------------------------------------------------------------------------------- */

/**
 * No TLS.
 */
#define FTP_TLS_OFF 0

/**
 * The session begins in clear, and ftp_login() secures it first (AUTH TLS, RFC 4217). The port is
 * 21.
 */
#define FTP_TLS_EXPLICIT 1

/**
 * The session begins with TLS. RFC 4217 calls this deprecated, and many servers offer it. The port
 * is 990.
 */
#define FTP_TLS_IMPLICIT 2

/**
 * Any certificate is accepted.
 */
#define FTP_TLS_VERIFY_NONE 0

/**
 * The certificate must be signed by a trusted authority, be valid today, and be for the host. The
 * default.
 */
#define FTP_TLS_VERIFY_FULL 1

/**
 * The certificate must be signed by a trusted authority and be valid today. It may be for any host.
 */
#define FTP_TLS_VERIFY_AUTHORITY 2

/**
 * TLS 1.0, by its number on the wire. RFC 8996 forbids it. Use it only for a server that knows
 * nothing better.
 */
#define FTP_TLS_1_0 0x0301

/**
 * TLS 1.1, by its number on the wire. RFC 8996 forbids it. Use it only for a server that knows
 * nothing better.
 */
#define FTP_TLS_1_1 0x0302

/**
 * TLS 1.2, by its number on the wire.
 */
#define FTP_TLS_1_2 0x0303

/**
 * TLS 1.3, by its number on the wire.
 */
#define FTP_TLS_1_3 0x0304

/**
 * The data is complete only if its size is known and right: the server announced it, or SIZE tells
 * it. Otherwise the download is FTP_ERR_INTEGRITY. The default.
 */
#define FTP_TLS_END_CHECKED 0

/**
 * The download is always FTP_ERR_INTEGRITY.
 */
#define FTP_TLS_END_STRICT 1

/**
 * The data is complete if the server confirms it.
 */
#define FTP_TLS_END_TRUSTED 2

/**
 * Turns TLS on or off. It takes effect at the next ftp_connect(); FTP_TLS_EXPLICIT also at the next
 * ftp_login().
 *
 * With TLS on, these rules hold:
 *
 * - ftp_login() also asks for protected data connections (PBSZ 0, PROT P).
 * - No user name, password or data goes in clear, unless ftp_prot_c() or ftp_ccc() asked for it. A
 *   call that would send them in clear returns FTP_ERR_TLS.
 * - The certificate of the server must be valid for the host of ftp_connect(), by an authority that
 *   this system trusts.
 * - Data connections resume the TLS session of the control connection, which many servers demand.
 * - Only ftp_auth(), ftp_prot_p(), ftp_prot_c() and ftp_ccc() change this in a session. The library
 *   does not see the same commands in ftp_sendcmd().
 *
 * @param mode  FTP_TLS_OFF, the default; FTP_TLS_EXPLICIT; or FTP_TLS_IMPLICIT.
 * @return FTP_OK.
 *
 * ftplib: FTP_TLS, which has no implicit mode, verifies nothing, and leaves data in clear until
 * prot_p
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls(ftp_handle *ftp, int mode);

/**
 * Chooses how the library verifies the certificate of the server.
 *
 * - With FTP_TLS_VERIFY_NONE, anybody on the way can pretend to be the server. Use ftp_set_tls_ca()
 *   for a server with an authority of its own, and ftp_set_tls_pin() for one without.
 * - With FTP_TLS_VERIFY_AUTHORITY, anybody with a certificate of a trusted authority can pretend to
 *   be the server. This is for an authority of your own, whose servers move between hosts.
 *
 * @param verify  FTP_TLS_VERIFY_NONE (0), FTP_TLS_VERIFY_AUTHORITY, or FTP_TLS_VERIFY_FULL, the
 *                default. Any other number is FTP_TLS_VERIFY_FULL.
 * @return FTP_OK.
 *
 * ftplib: context, which verifies nothing by default
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_verify(ftp_handle *ftp, int verify);

/**
 * Chooses whether a certificate may name its host by the common name of its subject, as on old
 * devices.
 *
 * By default only the names of the subjectAltName count (RFC 9525). A common name is any string,
 * and an authority need not check that it names a host. With this on, the common name counts if the
 * certificate has no host and no address there. It may be a pattern such as "*.example.org".
 *
 * @param on  0 is off, the default.
 * @return FTP_OK.
 *
 * ftplib: context, SSLContext.hostname_checks_common_name
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_common_name(ftp_handle *ftp, int on);

/**
 * Chooses the authorities to trust, instead of those of the system.
 *
 * @param path  a file with PEM certificates, or a directory with such files. It is read at once.
 *              NULL restores the authorities of the system.
 * @return FTP_OK.
 *         - FTP_ERR_FILE: the file cannot be read.
 *         - FTP_ERR_INVALID_ARGUMENT: also if the file contains no certificate.
 *
 * ftplib: context
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_ca(ftp_handle *ftp, const char *path);

/**
 * Does what ftp_set_tls_ca() does, with certificates in memory.
 *
 * @param pem  PEM certificates, which the library copies. NULL restores the authorities of the
 *             system.
 * @param len  how many bytes, at most 16 MiB.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also if there is no certificate.
 *
 * ftplib: context
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_ca_pem(ftp_handle *ftp, const void *pem, size_t len);

/**
 * Chooses the certificate to send to servers that ask for one.
 *
 * @param certificate  a file with the certificate and its chain in PEM, or with certificate and key
 *                     in PKCS#12. It is read at once. NULL is none.
 * @param key          a file with the key in PEM. NULL if the key is in the same file.
 * @param password     the password of the key or of the PKCS#12 file. NULL is none. It appears in
 *                     no log and no error text.
 * @return FTP_OK.
 *         - FTP_ERR_FILE: a file cannot be read.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a wrong password, or a key that does not belong to
 *           the certificate.
 *
 * ftplib: context, once certfile and keyfile
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_client_cert(ftp_handle *ftp, const char *certificate,
    const char *key, const char *password);

/**
 * Limits the versions of TLS.
 *
 * The library never uses TLS 1.0 or 1.1 unless this function allows them by name. Whoever sits
 * between here and the server may be able to break them, and then reads passwords and data. Even if
 * they are allowed, both sides use the best version that the server knows. The demands on
 * certificates, keys and ciphers stay the same.
 *
 * @param min  one of FTP_TLS_1_0 to FTP_TLS_1_3. 0 is the default: TLS 1.2, or TLS 1.3 if the
 *             OpenSSL of the system is configured so.
 * @param max  one of these. 0 is the default: the newest version.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also if min is above max. A min of 0 is TLS 1.2 here.
 *
 * ftplib: context
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_versions(ftp_handle *ftp, int min, int max);

/**
 * Limits the ciphers.
 *
 * @param ciphers       for TLS 1.2 and before: a list in the format of OpenSSL, as in
 *                      "ECDHE+AESGCM:!aRSA". NULL is the choice of the provider.
 * @param ciphersuites  for TLS 1.3: suites with colons between them, as in
 *                      "TLS_AES_256_GCM_SHA384". NULL is the choice of the provider, which AWS-LC
 *                      does not let change.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also if a list leaves no cipher, or contains a name that the
 *           provider does not know, even to exclude it. The error text names it.
 *         - FTP_ERR_UNSUPPORTED: also if the provider cannot do it.
 *
 * - The library never uses ciphers without encryption (eNULL) or without a certificate (aNULL).
 * - OpenSSL accepts no Diffie-Hellman keys below 2048 bits. "DEFAULT:@SECLEVEL=1" also accepts
 *   those of 1024 bits. Weak certificates are refused even then.
 *
 * ftplib: context
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_ciphers(ftp_handle *ftp, const char *ciphers,
    const char *ciphersuites);

/**
 * Pins the public key of the server. A certificate with another key is FTP_ERR_CERTIFICATE, whoever
 * signed it.
 *
 * The library checks the pin in addition to what ftp_set_tls_verify() demands. If that is off, the
 * pin alone identifies the server. ftp_tls_get_info() returns the pin of a server.
 *
 * @param pins  "sha256//" and the SHA-256 of the SubjectPublicKeyInfo in Base64, as for curl, or
 *              that hash in 64 hexadecimal digits. If there are several, separated by semicolons,
 *              one must fit. NULL is none.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a string that is not a pin.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_pin(ftp_handle *ftp, const char *pins);

/**
 * Sets the host name that the certificate must be for, and that the library sends to the server
 * (SNI).
 *
 * By default it is the host of ftp_connect(). This function is for a server that is reached by
 * another name or address.
 *
 * @param name  a host name or an address in digits. A name in another script is given in its ASCII
 *              form ("xn--…"). NULL is the host again.
 * @return FTP_OK.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a name that no certificate can be for. It has an
 *           empty label, a label above 63 bytes, a wildcard, a space, or more than 253 bytes.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_server_name(ftp_handle *ftp, const char *name);

/**
 * Writes the keys of each connection to a file, for tools such as Wireshark that decrypt captured
 * traffic.
 *
 * Whoever reads the file can read the connections. If the file does not exist, the library makes it
 * with mode 0600. If it exists, the library appends to it. A connection whose keys cannot be
 * written fails with FTP_ERR_FILE.
 *
 * @param path  the file, in the format of NSS (SSLKEYLOGFILE). NULL is none, the default.
 * @return FTP_OK.
 *         - FTP_ERR_FILE: the file cannot be opened.
 *
 * ftplib: context
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_keylog(ftp_handle *ftp, const char *path);

/**
 * Chooses whether data connections offer to resume the TLS session of the control connection.
 *
 * Many servers demand it, since it proves whose the connection is. A few servers fail if it is
 * offered: turn it off for them.
 *
 * @param on  On is the default. 0 never offers it.
 * @return FTP_OK.
 *
 * ftplib: never resumes
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_resume(ftp_handle *ftp, int on);

/**
 * Chooses what a download is that ends without a close_notify of TLS and that the server confirms.
 * It takes effect at once.
 *
 * Anybody between the two sides can end a TCP connection, but only the server can send a
 * close_notify (RFC 8446, section 6.1). So without it the data may be cut off, whatever the final
 * reply says. Some old servers never send one. Their listings, and files of unknown size, need
 * FTP_TLS_END_TRUSTED.
 *
 * @param end  FTP_TLS_END_CHECKED (0), FTP_TLS_END_STRICT (1) or FTP_TLS_END_TRUSTED (2).
 * @return FTP_OK.
 *
 * ftplib: none
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_tls_end(ftp_handle *ftp, int end);

/**
 * What TLS negotiated in a session.
 *
 * Strings are NULL if there is nothing to tell. They belong to the handle.
 */
typedef struct ftp_tls_info {
    /**
     * Set it to sizeof(struct ftp_tls_info) before the call. The library does not write beyond it.
     */
    size_t struct_size;
    /**
     * The version of the control connection, FTP_TLS_1_0 to FTP_TLS_1_3; 0 while it is in clear.
     */
    int32_t version;
    /**
     * The version of the last data connection; 0 if it was in clear, or there was none.
     */
    int32_t data_version;
    /**
     * How many data connections of the session went over TLS.
     */
    int64_t data_connections;
    /**
     * How many of them resumed the TLS session of the control connection.
     */
    int64_t data_connections_resumed;
    /**
     * Whether the last data connection resumed it: 1 or 0; -1 if there was none over TLS.
     */
    int32_t data_resumed;
    /**
     * Always 0.
     */
    int32_t reserved;
    /**
     * The cipher suite of the control connection.
     */
    const char *cipher;
    /**
     * The cipher suite of the last data connection.
     */
    const char *data_cipher;
    /**
     * The subject of the certificate of the server, as in "CN=ftp.example.org".
     */
    const char *subject;
    /**
     * The issuer of the certificate.
     */
    const char *issuer;
    /**
     * When its validity begins, as in "Nov 24 12:00:00 2026 GMT".
     */
    const char *not_before;
    /**
     * When its validity ends.
     */
    const char *not_after;
    /**
     * The SHA-256 of the certificate in hexadecimal digits.
     */
    const char *fingerprint;
    /**
     * The pin of its public key, in the form that ftp_set_tls_pin() takes.
     */
    const char *pin;
    /**
     * The certificate in PEM.
     */
    const char *certificate;
} ftp_tls_info;

/**
 * Secures the control connection: AUTH and the TLS handshake.
 *
 * The library sends AUTH TLS, or AUTH TLS-C or AUTH SSL if the server knows no other. ftp_login()
 * does this itself if ftp_set_tls() is FTP_TLS_EXPLICIT. Once a session is secured, the rules of
 * ftp_set_tls() on what must not go in clear hold, whatever the mode.
 *
 * @return FTP_OK.
 *         - FTP_ERR_PERM, FTP_ERR_TEMP: the server refuses, and the session goes on in clear.
 *         - FTP_ERR_CERTIFICATE: the certificate is not accepted. The connection is closed.
 *         - FTP_ERR_TLS: the handshake failed, or plain text followed the reply. The connection is
 *           closed.
 *         - FTP_ERR_FILE: the keys cannot be written (ftp_set_tls_keylog()). The connection is
 *           closed.
 *         - FTP_ERR_STATE: also if the session is secured already.
 *         - Otherwise as ftp_voidcmd().
 *
 * ftplib: auth
 */
FTP_NODISCARD FTP_API ftp_status ftp_auth(ftp_handle *ftp);

/**
 * Protects the data connections that follow: PBSZ 0, PROT P.
 *
 * ftp_login() does this itself in a secured session.
 *
 * @return as ftp_voidcmd().
 *         - FTP_ERR_STATE: also if the control connection was not secured.
 *
 * ftplib: prot_p
 */
FTP_NODISCARD FTP_API ftp_status ftp_prot_p(ftp_handle *ftp);

/**
 * Leaves the data connections that follow in clear: PROT C, after PBSZ 0 for servers that ask for
 * it.
 *
 * Anybody on the way can read and change their data. After ftp_auth() and before ftp_login(), this
 * call keeps ftp_login() from asking for PROT P.
 *
 * @return as ftp_voidcmd(). FTP_OK also if the server does not know PROT (50z) and was not told
 *         PROT P: data is then in clear by default (RFC 2228, section 3).
 *
 * ftplib: prot_c
 */
FTP_NODISCARD FTP_API ftp_status ftp_prot_c(ftp_handle *ftp);

/**
 * Returns the control connection to clear text (CCC), for NAT devices and firewalls that have to
 * read it.
 *
 * Data connections stay as they are. From now on, anybody on the way can read and change commands
 * and replies.
 *
 * @return FTP_OK.
 *         - FTP_ERR_STATE: also if the control connection is in clear already.
 *         - FTP_ERR_PERM: the server refuses, and the session goes on secured.
 *         - FTP_ERR_TLS: the server does not end TLS in an orderly way. The connection is closed.
 *         - Otherwise as ftp_voidcmd().
 *
 * ftplib: ccc
 */
FTP_NODISCARD FTP_API ftp_status ftp_ccc(ftp_handle *ftp);

/**
 * Tells whether TLS protects the control connection now. ftp_tls_get_info() tells about data
 * connections.
 *
 * @return 1 if the next command goes over TLS. 0 if it would go in clear, also after ftp_ccc(), and
 *         if the handle is not connected.
 *
 * ftplib: isinstance(sock, ssl.SSLSocket)
 */
FTP_API int ftp_is_tls(const ftp_handle *ftp);

/**
 * Gets what TLS negotiated in this session.
 *
 * @param out  receives it. Set struct_size before the call.
 * @return FTP_OK, also for a session in clear.
 *         - FTP_ERR_INVALID_ARGUMENT: also for a struct_size that is impossible.
 *         - FTP_ERR_STATE: the handle is not connected.
 *
 * ftplib: sock.cipher(), sock.getpeercert()
 */
FTP_NODISCARD FTP_API ftp_status ftp_tls_get_info(ftp_handle *ftp, ftp_tls_info *out);

/* ----------------------------------------------------------------------------------------------
 * Log
 *
 * What goes over the wire, without passwords.
 * ---------------------------------------------------------------------------------------------- */

/**
 * What a record of the log is about: the `kind` that an ftp_log_fn gets.
 */
typedef enum ftp_log_kind {
    /**
     * A command that the library sends, without its line end. The arguments of PASS and ACCT are
     * `****`.
     */
    FTP_LOG_COMMAND = 1,
    /**
     * A reply of the server, its lines joined by '\n'.
     */
    FTP_LOG_REPLY = 2,
    /**
     * The control connection was opened or closed.
     */
    FTP_LOG_STATE = 3,
    /**
     * How many bytes a transfer moved.
     */
    FTP_LOG_DATA = 4
} ftp_log_kind;

/**
 * Takes a record of the log.
 *
 * @param kind  an ftp_log_kind. Ignore those that you do not know.
 * @param text  the record, with a NUL after it. It is valid during the call only.
 * @param len   the length in bytes without that NUL.
 * @param user  the pointer that the program gave with the callback.
 *
 * ftp_data_fn has the rules for callbacks.
 */
typedef void (*ftp_log_fn)(int32_t kind, const char *text, size_t len, void *user);

/**
 * Sets how much of the dialogue the library prints on standard error.
 *
 * It prints nothing while a log callback is set, which gets every record. It never prints the
 * arguments of PASS and ACCT, and it escapes control characters.
 *
 * @param level  0 or less: nothing, the default. 1: commands and replies. 2 or more: also the lines
 *               as they are on the wire.
 * @return FTP_OK.
 *
 * ftplib: set_debuglevel, which prints on standard output
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_debuglevel(ftp_handle *ftp, int level);

/**
 * Sets the function that gets every record of the log.
 *
 * The callback runs on the thread of the call that causes the record.
 *
 * @param log_cb  the function. NULL removes it.
 * @param user    passed to the callback.
 * @return FTP_OK.
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_log_callback(ftp_handle *ftp, ftp_log_fn log_cb,
    void *user);

/* ----------------------------------------------------------------------------------------------
 * Threads and signals
 *
 * How to stop a call from elsewhere, and what to do while it waits.
 * ---------------------------------------------------------------------------------------------- */

/**
 * Asks the call that is running on the handle to stop. That call returns FTP_ERR_ABORTED.
 *
 * @param ftp  the handle, or NULL, which does nothing.
 *
 * Any thread, callback and signal handler may call this function while the handle is not being
 * freed. The function makes one atomic operation and one write(2), and leaves errno as it was.
 *
 * - Without a running call it does nothing, also to later calls. In an event loop, a call that has
 *   returned FTP_AGAIN is running.
 * - A call that is just about to succeed still does.
 * - If data of a transfer moves, the library ends the transfer with ABOR. The server gets at most 5
 *   seconds for it. Then the session is in step again, or closed.
 * - If the library waits for the reply to another command, or for the last reply of a transfer, it
 *   closes the connection: that reply is still to come.
 */
FTP_API void ftp_cancel(ftp_handle *ftp);

/**
 * Aborts the running call, or sends ABOR if none is running.
 *
 * - From the thread of the last call, while a call is running or has returned FTP_AGAIN, it does
 *   what ftp_cancel() does.
 * - From that thread, without a running call, it sends ABOR and waits for the reply. The reply is
 *   225 or 226 if there is nothing to abort (RFC 959, section 4.1.3).
 * - A server may keep an aborted transfer for the next data connection: it tells no end, and has
 *   not begun. The connection is closed then, with FTP_ERR_PROTO.
 * - From any other thread it does what ftp_cancel() does and nothing else, whether a call is
 *   running or not. It sends nothing and does not change what the getters return.
 *
 * For this rule ftp_new() counts as a call; getters and ftp_cancel() do not. So after a handle has
 * moved to another thread, another call has to come before ABOR can be sent.
 *
 * @return FTP_OK. From the thread of the last call, without a running call, also what ftp_voidcmd()
 *         returns.
 *
 * Any thread may call this function while the handle is not being freed. Signal handlers call
 * ftp_cancel() instead.
 *
 * ftplib: abort
 */
FTP_API ftp_status ftp_abort(ftp_handle *ftp);

/**
 * Called while a call waits.
 *
 * @param user  the pointer that the program gave with the callback.
 * @return 0 to go on. Any other value cancels the call, as ftp_cancel() does, but with
 *         FTP_ERR_CALLBACK. ftp_last_callback_result() returns the value. A call that is just about
 *         to end still does. A second value closes the connection: see ftp_set_wait_callback().
 *
 * ftp_data_fn has the rules for callbacks.
 */
typedef int (*ftp_wait_fn)(void *user);

/**
 * Sets the function that is called while a call waits: to handle signals, to show progress, or to
 * give up.
 *
 * - It is called as soon as a signal has interrupted a wait, after the handler of the signal.
 * - It is called at most ten times a second while a call lasts, whatever the call waits for.
 *   Without a signal, it is not called in the first 100 ms of a call.
 * - Once it has cancelled a call, to end a transfer in an orderly way may take 5 more seconds.
 *   The function is called meanwhile. 0 and the value that has cancelled the call change nothing.
 *   Any other value ends the wait: the library closes the connection, and the call returns at once.
 *   So a callback that returns how often the user has asked does what the user expects.
 * - Its time counts against the time limits.
 * - With ftp_set_blocking() off it is not called, since only the program waits.
 * - In ftp_copy() the callback of the source is called.
 *
 * @param wait_cb  the function. NULL removes it.
 * @param user     passed to the callback.
 * @return FTP_OK.
 *
 * ftplib: signal handlers of Python run while it waits
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_wait_callback(ftp_handle *ftp, ftp_wait_fn wait_cb,
    void *user);

/* ----------------------------------------------------------------------------------------------
 * Event loops
 *
 * Calls that return FTP_AGAIN instead of waiting.
 * ---------------------------------------------------------------------------------------------- */

/**
 * What to wait for on one descriptor. It has the layout of struct pollfd of <poll.h>, so poll()
 * takes an array of them.
 */
typedef struct ftp_pollfd {
    /**
     * The descriptor, which the library keeps.
     */
    int fd;
    /**
     * POLLIN, POLLOUT or both.
     */
    short events;
    /**
     * 0, for poll() to fill.
     */
    short revents;
} ftp_pollfd;

/**
 * Chooses whether calls wait. With blocking off, a call that would have to wait returns FTP_AGAIN
 * instead.
 *
 * After FTP_AGAIN, do three things:
 *
 * - Ask ftp_pollfds() and ftp_timeout_ms() what to wait for.
 * - Wait until one of the descriptors is ready or the time is over.
 * - Repeat the call with the same arguments, until it returns anything but FTP_AGAIN. To repeat it
 *   too early does no harm.
 *
 * Arguments are the same if:
 *
 * - strings have the same content;
 * - callbacks, numbers, `user`, and the memory of ftp_transfer_read() and ftp_transfer_write() have
 *   the same value.
 *
 * Pointers for outputs may change: the call that ends writes to its own. All that other pointers
 * lead to, except strings, must stay valid until the call has ended.
 *
 * Until the call has ended, any other call returns FTP_ERR_BUSY, or FTP_ERR_INVALID_ARGUMENT if its
 * arguments can never be used. These are allowed:
 *
 * - getters, and ftp_pollfds();
 * - ftp_cancel() and ftp_abort(). Repeat the call afterwards until it returns anything but
 *   FTP_AGAIN, in most cases FTP_ERR_ABORTED;
 * - ftp_close() and ftp_free(), which give up the call at once.
 *
 * A call takes at most 10 ms, plus the time of a callback or of one system call. A call that reads
 * a file, such as a list of authorities, reads it as a whole.
 *
 * @param on  On is the default. 0 is off.
 * @return FTP_OK.
 *         - FTP_ERR_BUSY: also if a call has returned FTP_AGAIN and has not ended.
 */
FTP_NODISCARD FTP_API ftp_status ftp_set_blocking(ftp_handle *ftp, int on);

/**
 * Gets the descriptors that the call that has returned FTP_AGAIN waits for.
 *
 * Their number has no fixed limit. Ask with capacity 0 how many there are, grow the array if need
 * be, and ask again.
 *
 * @param fds       receives the descriptors. NULL only with capacity 0.
 * @param capacity  how many fit. 0 only counts them.
 * @param count     receives how many there are. 0 if no call has returned FTP_AGAIN, or if the call
 *                  has ended.
 * @return FTP_OK. It leaves what ftp_last_error() returns as it is, and all strings of the handle
 *         stay valid. After an error only the string of ftp_last_error() ends.
 *         - FTP_ERR_INVALID_ARGUMENT: also if capacity is too small and not 0.
 *
 * - The answer holds for one wait: ask again after each repetition of the call.
 * - Each descriptor is open and appears once. It belongs to the handle, unless the program gave it
 *   to ftp_retrfd() or ftp_storfd().
 * - By the first descriptor, ftp_cancel() and the lookup of a name wake the loop. The others are
 *   sockets, except the one that the program gave.
 * - The repetition of the call may close a socket, and another socket may get its number. For epoll
 *   and the like: after each repetition, remove the descriptors that are gone, and add the others
 *   again.
 */
FTP_NODISCARD FTP_API ftp_status ftp_pollfds(ftp_handle *ftp, ftp_pollfd *fds, size_t capacity,
    size_t *count);

/**
 * Returns how long to wait for the descriptors of ftp_pollfds() at most. Then repeat the call in
 * any case.
 *
 * @return milliseconds, for poll().
 *         - 0: the call has more to do, and only gives others their turn.
 *         - -1: there is no limit, or no call has returned FTP_AGAIN.
 */
FTP_API int64_t ftp_timeout_ms(const ftp_handle *ftp);

/* ----------------------------------------------------------------------------------------------
 * Replies
 *
 * Parsers of single replies. They need no handle.
 * ---------------------------------------------------------------------------------------------- */

/**
 * Reads the size in a 150 reply, as in "150 Opening BINARY mode data connection for f (12 bytes)".
 *
 * @param reply  the reply as ftp_last_reply() returns it.
 * @param out    receives the size in bytes, or -1 if the reply does not contain it.
 * @return FTP_OK.
 *         - FTP_ERR_REPLY: it is not a 150 reply.
 *         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL.
 *
 * ftplib: parse150
 */
FTP_NODISCARD FTP_API ftp_status ftp_parse150(const char *reply, int64_t *out);

/**
 * Reads the address in a 227 reply (RFC 959).
 *
 * @param reply     the reply.
 * @param host      receives the IPv4 address as a string.
 * @param capacity  the size of host. 16 is always enough.
 * @param port      receives the port, 1 to 65535.
 * @return FTP_OK.
 *         - FTP_ERR_REPLY: it is not a 227 reply.
 *         - FTP_ERR_PROTO: the reply contains no address, or an impossible one.
 *         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL, or capacity is too small.
 *
 * ftplib: parse227
 */
FTP_NODISCARD FTP_API ftp_status ftp_parse227(const char *reply, char *host, size_t capacity,
    uint16_t *port);

/**
 * Reads the port in a 229 reply (RFC 2428). The host is that of the control connection.
 *
 * @param reply  the reply.
 * @param port   receives the port, 1 to 65535.
 * @return as ftp_parse227().
 *
 * ftplib: parse229
 */
FTP_NODISCARD FTP_API ftp_status ftp_parse229(const char *reply, uint16_t *port);

/**
 * Reads the path in a 257 reply, as in `257 "/a ""b""" is the current directory` (RFC 959, appendix
 * II).
 *
 * The path is the first string in quotes. Two quotes in it are one. The function also understands a
 * server that does not double them, unless white space follows a quote inside the path.
 *
 * @param reply     the reply.
 * @param buffer    receives the path, or "" if nothing is quoted.
 * @param capacity  the size of buffer. The length of the reply is always enough.
 * @return FTP_OK.
 *         - FTP_ERR_REPLY: it is not a 257 reply.
 *         - FTP_ERR_INVALID_ARGUMENT: a pointer is NULL, or capacity is too small.
 *
 * ftplib: parse257
 */
FTP_NODISCARD FTP_API ftp_status ftp_parse257(const char *reply, char *buffer, size_t capacity);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* FTPCLIENT_H */
