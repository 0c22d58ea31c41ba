#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bar.h"
#include "json.h"
#include "login.h"
#include "stop.h"
#include "text.h"

/* In milliseconds, and then in seconds. */
enum { FIRST_WAIT = 1000, MOST_SECONDS = 64 };

static ftp_status apply(ftp_handle *ftp, const struct arguments *arguments)
{
    ftp_status status = ftp_set_wait_callback(ftp, stop_while_waiting, NULL);
    if (status == FTP_OK)
        status = ftp_set_debuglevel(ftp, arguments->debug_level);
    if (status == FTP_OK && arguments->timeout_ms > 0)
        status = ftp_set_timeout(ftp, arguments->timeout_ms);
    if (status == FTP_OK)
        status = ftp_set_rate_limit(ftp, arguments->rate, arguments->rate);
    if (status == FTP_OK)
        status = ftp_set_retries(ftp, arguments->retries, FIRST_WAIT);
    if (status == FTP_OK)
        status = ftp_set_pasv(ftp, !arguments->is_active);
    if (status == FTP_OK && arguments->ip_version != 0)
        status = ftp_set_source_address(ftp, arguments->ip_version == 4 ? "0.0.0.0" : "::", 0);
    if (status == FTP_OK && arguments->authorities != NULL)
        status = ftp_set_tls_ca(ftp, arguments->authorities);
    if (status == FTP_OK && arguments->pin != NULL)
        status = ftp_set_tls_pin(ftp, arguments->pin);
    if (status == FTP_OK && arguments->is_insecure)
        status = ftp_set_tls_verify(ftp, FTP_TLS_VERIFY_NONE);
    if (status == FTP_OK && arguments->certificate != NULL)
        status = ftp_set_tls_client_cert(ftp, arguments->certificate, arguments->key, NULL);
    return status;
}

int session_begin(struct session *session, const struct arguments *arguments)
{
    *session = (struct session){.ftp = ftp_new(), .arguments = arguments};
    if (session->ftp == NULL)
        return session_problem(session, EXIT_INTERNAL, NULL, "out of memory or descriptors");
    ftp_status status = apply(session->ftp, arguments);
    return status == FTP_OK ? EXIT_DONE : session_failed(session, status, NULL);
}

void session_end(struct session *session)
{
    /* What was done is done, whatever comes of it. */
    if (ftp_state(session->ftp) == FTP_STATE_LOGGED_IN && stop_signal() == 0)
        (void)ftp_quit(session->ftp);
    ftp_free(session->ftp);
    ftp_url_free(session->url);
}

static bool is_same(const ftp_url *a, const ftp_url *b)
{
    return a->tls == b->tls && a->port == b->port && strcmp(a->host, b->host) == 0 && strcmp(a->user, b->user) == 0 &&
           strcmp(a->password, b->password) == 0;
}

/* The exit status for a refusal: of the login, or of what secures it. */
static int refused(ftp_handle *ftp, int exit_status)
{
    static const char *const of_login[] = {"USER", "PASS", "ACCT"}, *const of_tls[] = {"AUTH", "PBSZ", "PROT"};
    const char *command = ftp_last_command(ftp);
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(command, of_login[i], 4) == 0)
            return EXIT_LOGIN;
        if (strncmp(command, of_tls[i], 4) == 0)
            return EXIT_TLS;
    }
    return exit_status;
}

static ftp_status connect_and_log_in(struct session *session, const struct login *login)
{
    const ftp_url *url = session->url;
    ftp_status status = ftp_set_tls(session->ftp, url->tls);
    if (status == FTP_OK)
        status = ftp_connect(session->ftp, url->host, url->port);
    if (status == FTP_OK)
        status = ftp_login(session->ftp, login->user, login->password, login->account);
    return status;
}

static int no_login(const struct session *session, ftp_status status)
{
    bool is_refused = status == FTP_ERR_PERM || status == FTP_ERR_TEMP || status == FTP_ERR_REPLY;
    int exit_status = is_refused ? refused(session->ftp, exit_status_of(status)) : exit_status_of(status);
    return session_tell(session, exit_status, status, ftp_last_reply(session->ftp), NULL, ftp_last_error(session->ftp));
}

/* Connects and logs in, as often as --retries allows. */
static int try_to_log_in(struct session *session, const struct login *login)
{
    unsigned wait = 1;
    ftp_status status = connect_and_log_in(session, login);
    for (int left = session->arguments->retries; left > 0 && ftp_is_transient(session->ftp, status); left--) {
        if (!stop_or_sleep(wait))
            break;
        wait = wait < MOST_SECONDS ? wait * 2 : wait;
        status = connect_and_log_in(session, login);
    }
    return status == FTP_OK ? EXIT_DONE : no_login(session, status);
}

static int log_in(struct session *session)
{
    struct login login;
    const char *problem = NULL;
    int exit_status = login_find(&login, session->url, session->arguments->netrc, &problem);
    if (exit_status != EXIT_DONE)
        exit_status = session_problem(session, exit_status, NULL, problem);
    else
        exit_status = try_to_log_in(session, &login);
    login_forget(&login);
    return exit_status;
}

bool session_is_for(struct session *session, const char *text)
{
    const ftp_url *url = NULL;
    bool is_it = session->url != NULL && ftp_state(session->ftp) == FTP_STATE_LOGGED_IN &&
                 ftp_url_parse(session->ftp, text, &url) == FTP_OK && is_same(session->url, url);
    ftp_url_free(url);
    return is_it;
}

int session_open(struct session *session, const char *text)
{
    ftp_handle *ftp = session->ftp;
    const ftp_url *before = session->url;
    session->url = NULL;
    ftp_status status = ftp_url_parse(ftp, text, &session->url);
    bool is_logged_in = ftp_state(ftp) == FTP_STATE_LOGGED_IN;
    bool is_open = status == FTP_OK && is_logged_in && before != NULL && is_same(before, session->url);
    ftp_url_free(before);
    if (status != FTP_OK)
        return session_failed(session, status, NULL);
    if (is_open)
        return EXIT_DONE;
    if (is_logged_in)
        (void)ftp_quit(ftp);
    return log_in(session);
}

int session_tell(const struct session *session, int exit_status, ftp_status status, const char *reply, const char *path,
                 const char *message)
{
    bar_clear();
    if (exit_status > EXIT_SIGNAL) {
        /* Nobody is there to read it if it was a pipe that was closed. */
        if (exit_status != EXIT_SIGNAL + SIGPIPE)
            fputs("ftpc: stopped\n", stderr);
    } else if (has_option(session->arguments, OPTION_JSON)) {
        int code = reply != NULL ? atoi(reply) : 0;
        json_begin("error");
        json_string("path", path);
        json_number("exit", exit_status);
        if (status != 0)
            json_number("status", status);
        if (code > 0)
            json_number("reply", code);
        json_string("message", message);
        json_end();
    } else {
        fputs("ftpc: ", stderr);
        if (path != NULL && path[0] != '\0') {
            text_print_name(stderr, path, strlen(path));
            fputs(": ", stderr);
        }
        text_print(stderr, message);
        fputs("\n", stderr);
    }
    return exit_status;
}

int session_failed(const struct session *session, ftp_status status, const char *path)
{
    bool is_there = status == FTP_ERR_FILE && ftp_last_os_error(session->ftp) == EEXIST;
    int exit_status = is_there ? EXIT_EXISTS : exit_status_of(status);
    return session_tell(session, exit_status, status, ftp_last_reply(session->ftp), path, ftp_last_error(session->ftp));
}

int session_problem(const struct session *session, int exit_status, const char *path, const char *message)
{
    return session_tell(session, exit_status, FTP_OK, NULL, path, message);
}

bool session_goes_on(int exit_status)
{
    /* A refused login would be refused again, and a server that was not there would not be there. */
    return exit_status != EXIT_LOGIN && exit_status != EXIT_CONNECTION && exit_status != EXIT_TLS &&
           exit_status < EXIT_INTERNAL && stop_signal() == 0 && stop_output_error() == 0;
}

int session_for_each(struct session *session, int first, int (*job)(struct session *session))
{
    int outcome = EXIT_DONE;
    for (int i = first; i < session->arguments->count; i++) {
        int status = session_open(session, session->arguments->words[i]);
        if (status == EXIT_DONE)
            status = job(session);
        if (outcome == EXIT_DONE)
            outcome = status;
        if (!session_goes_on(status))
            break;
    }
    return outcome;
}
