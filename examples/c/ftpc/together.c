/* Several files of get and put, by several sessions. */
#include "bar.h"
#include "stop.h"
#include "transfer.h"

int together_begin(struct together *together, struct session *session)
{
    ftp_status status = FTP_OK;
    together->session = session;
    if (together->pool == NULL)
        status = ftp_pool_new(session->ftp, session->arguments->jobs, &together->pool);
    return status == FTP_OK ? EXIT_DONE : session_failed(session, status, NULL);
}

int together_get(struct together *together, const char *path, const char *local, int flags)
{
    const struct session *session = together->session;
    ftp_status status = ftp_pool_get(together->pool, path, local, flags, NULL);
    return status == FTP_OK ? EXIT_DONE : session_failed(session, status, path);
}

int together_put(struct together *together, const char *local, const char *path, int flags)
{
    const struct session *session = together->session;
    ftp_status status = ftp_pool_put(together->pool, local, path, flags, NULL);
    return status == FTP_OK ? EXIT_DONE : session_failed(session, status, path);
}

static int tell(const ftp_pool_result *result, void *user)
{
    struct together *together = user;
    const struct session *session = together->session;
    if (result->status == FTP_OK && result->report != NULL) {
        tell_transfer(session, result->report, result->remote, result->local);
    } else if (result->status != FTP_OK) {
        int status = exit_status_of(result->status);
        session_tell(session, status, result->status, result->reply, result->remote, result->message);
        /* They end in any order. */
        if (together->first == 0 || result->job < together->first) {
            together->first = result->job;
            together->outcome = status;
        }
    }
    return stop_signal() != 0 || stop_output_error() != 0;
}

int together_run(struct together *together)
{
    struct session *session = together->session;
    if (together->pool == NULL)
        return EXIT_DONE;
    together->first = 0;
    together->outcome = EXIT_DONE;
    ftp_status status = FTP_OK;
    if (!session->arguments->is_quiet)
        status = bar_begin(session->ftp, "all files", session->arguments->jobs);
    if (status == FTP_OK)
        status = ftp_pool_run(together->pool, tell, together);
    bar_clear();
    if (status != FTP_OK && status != FTP_ERR_PARTIAL && stop_output_error() == 0)
        together->outcome = session_failed(session, status, NULL);
    ftp_pool_free(together->pool);
    together->pool = NULL;
    return together->outcome;
}

int together_end(struct together *together, int before)
{
    if (together == NULL)
        return before;
    int status = EXIT_DONE;
    if (session_goes_on(before))
        status = together_run(together);
    ftp_pool_free(together->pool);
    together->pool = NULL;
    return before != EXIT_DONE ? before : status;
}
