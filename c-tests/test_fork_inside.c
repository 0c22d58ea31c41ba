/* fork() in the middle of a call, and a child that comes back into it: the call ends there, and goes on in the parent. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "flag.h"

static int is_refused(ftp_handle *ftp, ftp_status status)
{
    return status == FTP_ERR_STATE && strstr(ftp_last_error(ftp), "before fork()") != NULL;
}

static void answers_late(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    pause_ms(300);
    says(s, "200 fine");
    says_goodbye(s);
}

struct returning {
    ftp_handle *ftp;
    ftp_pool *pool;
    /* Which of the calls of the callback forks, counted from 1. */
    int when;
    int calls;
    int is_child;
    /* The child tells the parent here whether all was as it should be. */
    int results[2];
    char is_well;
    struct taken taken;
    struct given given;
    /* The parent has data, or a line. */
    struct flag has_come;
};

/* The parent waits until the child has ended: whatever that does comes before the rest of the call. */
static void fork_and_come_back(struct returning *returning)
{
    if (++returning->calls != returning->when)
        return;
    CHECK_INT(pipe(returning->results), 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        returning->is_child = 1;
        return;
    }
    close(returning->results[1]);
    CHECK(read(returning->results[0], &returning->is_well, 1) == 1);
    CHECK(waitpid(child, NULL, 0) == child);
    close(returning->results[0]);
}

static int comes_back_from_data(const void *data, size_t len, void *user)
{
    struct returning *returning = user;
    fork_and_come_back(returning);
    /* A child that is forked while the server looks at the flag could wait for it for ever. */
    if (!returning->is_child)
        set(&returning->has_come);
    return take_data(data, len, &returning->taken);
}

static int comes_back_from_a_line(const char *line, size_t len, void *user)
{
    return comes_back_from_data(line, len, user);
}

static int64_t comes_back_from_a_source(void *buffer, size_t size, void *user)
{
    struct returning *returning = user;
    fork_and_come_back(returning);
    return give(buffer, size, &returning->given);
}

static int comes_back_from_progress(const ftp_progress *progress, void *user)
{
    (void)progress;
    fork_and_come_back(user);
    return 0;
}

static void comes_back_from_the_log(int32_t kind, const char *text, size_t len, void *user)
{
    (void)kind, (void)text, (void)len;
    fork_and_come_back(user);
}

static int comes_back_from_a_wait(void *user)
{
    fork_and_come_back(user);
    return 0;
}

/* The call ends in both processes. In the child it is refused, like all that comes after it; the handle can be freed. */
static void ends_in_both(const struct returning *returning, ftp_status status)
{
    ftp_handle *ftp = returning->ftp;
    if (returning->is_child) {
        int before = open_descriptors();
        int is_well = is_refused(ftp, status) && is_refused(ftp, ftp_voidcmd(ftp, "NOOP")) &&
                      is_refused(ftp, ftp_abort(ftp)) && ftp_state(ftp) == FTP_STATE_FORKED;
        if (returning->pool != NULL)
            is_well = is_well && is_refused(ftp, ftp_pool_run(returning->pool, NULL, NULL));
        ftp_pool_free(returning->pool);
        ftp_free(ftp);
        char told = (char)(is_well && open_descriptors() < before);
        _exit(write(returning->results[1], &told, 1) == 1 ? 0 : 1);
    }
    CHECK_OK(ftp, status);
    CHECK(returning->calls >= returning->when);
    CHECK(returning->is_well);
}

/* What a server sends, and how. */
struct file {
    const char *type;
    /* ftp_get() also asks for the size. */
    int is_whole;
    /* Without it the second half is not sent, so that the two come one by one. NULL waits for nothing. */
    struct flag *first_has_come;
};

static void sends_a_file(struct session *s)
{
    const struct file *file = user_of(s);
    says(s, "220 ready");
    answers(s, file->type, "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "first\r\n");
    if (file->first_has_come != NULL)
        wait_for(file->first_has_come);
    data_sends(s, "second\r\n");
    data_ends(s);
    says(s, "226 done");
    if (file->is_whole)
        answers(s, "SIZE f", "213 15");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void goes_on_in_step(ftp_handle *ftp, struct server *server)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

static void a_child_may_come_back_from_a_download(void)
{
    for (int when = 1; when <= 2; when++) {
        struct returning binary = { .when = when, .has_come = UNSET };
        struct file file = { .type = "TYPE I", .first_has_come = &binary.has_come };
        struct server *server = serve(sends_a_file, &file);
        binary.ftp = client_of(server);
        ends_in_both(&binary, ftp_retrbinary(binary.ftp, "RETR f", comes_back_from_data, &binary, 0, -1));
        CHECK_TEXT(binary.taken.text, "first\r\nsecond\r\n");
        goes_on_in_step(binary.ftp, server);

        struct returning lines = { .when = when, .has_come = UNSET };
        file = (struct file){ .type = "TYPE A", .first_has_come = &lines.has_come };
        server = serve(sends_a_file, &file);
        lines.ftp = client_of(server);
        ends_in_both(&lines, ftp_retrlines(lines.ftp, "RETR f", comes_back_from_a_line, &lines));
        CHECK_TEXT(lines.taken.text, "firstsecond");
        goes_on_in_step(lines.ftp, server);
    }
}

static void takes_a_file(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "STOR f", "150 go");
    data_receives(s, "hello");
    says(s, "226 got it");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_child_may_come_back_from_an_upload(void)
{
    for (int when = 1; when <= 3; when++) {
        struct server *server = serve(takes_a_file, NULL);
        struct returning returning = { .ftp = client_of(server), .when = when, .given = { .text = "hello", .step = 2 } };
        ends_in_both(&returning, ftp_storbinary(returning.ftp, "STOR f", comes_back_from_a_source, NULL, &returning, 0, -1));
        goes_on_in_step(returning.ftp, server);
    }
}

static void a_child_may_come_back_from_the_log_and_from_a_wait(void)
{
    struct file file = { .type = "TYPE I" };
    for (int when = 1; when <= 8; when++) {
        struct server *server = serve(sends_a_file, &file);
        struct returning returning = { .ftp = client_of(server), .when = when };
        CHECK_OK(returning.ftp, ftp_set_log_callback(returning.ftp, comes_back_from_the_log, &returning));
        ends_in_both(&returning, ftp_retrbinary(returning.ftp, "RETR f", take_data, &returning.taken, 0, -1));
        CHECK_TEXT(returning.taken.text, "first\r\nsecond\r\n");
        CHECK_OK(returning.ftp, ftp_set_log_callback(returning.ftp, NULL, NULL));
        goes_on_in_step(returning.ftp, server);
    }
    struct server *server = serve(answers_late, NULL);
    struct returning returning = { .ftp = client_of(server), .when = 1 };
    CHECK_OK(returning.ftp, ftp_set_wait_callback(returning.ftp, comes_back_from_a_wait, &returning));
    ends_in_both(&returning, ftp_voidcmd(returning.ftp, "NOOP"));
    CHECK_OK(returning.ftp, ftp_set_wait_callback(returning.ftp, NULL, NULL));
    part(returning.ftp, server);
}

static struct returning *interrupted;

static void fork_at_a_signal(int number)
{
    (void)number;
    fork_and_come_back(interrupted);
}

static void a_child_may_come_back_from_a_signal_handler(void)
{
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    /* The server's thread is not the one that is interrupted. */
    CHECK_INT(pthread_sigmask(SIG_BLOCK, &alarms, NULL), 0);
    struct server *server = serve(answers_late, NULL);
    CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &alarms, NULL), 0);
    struct returning returning = { .ftp = client_of(server), .when = 1 };
    interrupted = &returning;
    struct sigaction action = { .sa_handler = fork_at_a_signal };
    struct sigaction before;
    CHECK_INT(sigaction(SIGALRM, &action, &before), 0);
    struct itimerval soon = { .it_value = { .tv_usec = 100 * 1000 } };
    CHECK_INT(setitimer(ITIMER_REAL, &soon, NULL), 0);
    ends_in_both(&returning, ftp_voidcmd(returning.ftp, "NOOP"));
    CHECK_INT(sigaction(SIGALRM, &before, NULL), 0);
    part(returning.ftp, server);
}

/* What the child has of the temporary file stays as it is. */
static void a_child_may_come_back_from_the_progress_of_a_whole_file(void)
{
    char folder[] = "/tmp/ftpclient-fork-XXXXXX";
    char local[64], found[64] = "";
    CHECK(mkdtemp(folder) != NULL);
    snprintf(local, sizeof local, "%s/f", folder);
    struct file whole = { .type = "TYPE I", .is_whole = 1 };
    for (int in_place = 0; in_place <= 1; in_place++) {
        struct server *server = serve(sends_a_file, &whole);
        struct returning returning = { .ftp = client_of(server), .when = 1 };
        CHECK_OK(returning.ftp, ftp_set_progress_callback(returning.ftp, comes_back_from_progress, &returning));
        ends_in_both(&returning, ftp_get(returning.ftp, "f", local, in_place ? FTP_IN_PLACE : 0));
        CHECK_OK(returning.ftp, ftp_set_progress_callback(returning.ftp, NULL, NULL));
        FILE *file = fopen(local, "rb");
        CHECK(file != NULL);
        if (file != NULL) {
            CHECK_INT(fread(found, 1, sizeof found - 1, file), 15);
            fclose(file);
        }
        CHECK_TEXT(found, "first\r\nsecond\r\n");
        CHECK_INT(unlink(local), 0);
        goes_on_in_step(returning.ftp, server);
    }
    CHECK_INT(rmdir(folder), 0);
}

static int comes_back_from_a_result(const ftp_pool_result *result, void *user)
{
    (void)result;
    fork_and_come_back(user);
    return 0;
}

static void does_two_jobs(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes (15 bytes)");
    data_sends(s, "first\r\n");
    /* Longer than it takes until progress is told. */
    pause_ms(150);
    data_sends(s, "second\r\n");
    data_ends(s);
    says(s, "226 done");
    answers(s, "SITE A", "200 fine");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

/* The sessions of a pool, its jobs and its files are the parent's, whichever callback the child comes back from. */
static void a_child_may_come_back_from_a_pool(void)
{
    char folder[] = "/tmp/ftpclient-fork-XXXXXX";
    char local[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(local, sizeof local, "%s/f", folder);
    for (int when = 0; when <= 2; when++) {
        struct server *server = serve(does_two_jobs, NULL);
        struct returning returning = { .ftp = client_of(server), .when = when == 0 ? 1 : when };
        ftp_pool_fn told = when == 0 ? NULL : comes_back_from_a_result;
        if (when == 0)
            CHECK_OK(returning.ftp, ftp_set_progress_callback(returning.ftp, comes_back_from_progress, &returning));
        CHECK_OK(returning.ftp, ftp_pool_new(returning.ftp, 1, &returning.pool));
        CHECK_OK(returning.ftp, ftp_pool_get(returning.pool, "f", local, 0, NULL));
        CHECK_OK(returning.ftp, ftp_pool_command(returning.pool, "SITE A", NULL));
        ends_in_both(&returning, ftp_pool_run(returning.pool, told, &returning));
        ftp_pool_free(returning.pool);
        CHECK_OK(returning.ftp, ftp_set_progress_callback(returning.ftp, NULL, NULL));
        CHECK_INT(unlink(local), 0);
        goes_on_in_step(returning.ftp, server);
    }
    CHECK_INT(rmdir(folder), 0);
}

static int comes_back_from_a_filter(const char *path, const ftp_entry *entry, void *user)
{
    (void)path, (void)entry;
    fork_and_come_back(user);
    return 1;
}

static int comes_back_from_an_action(const ftp_mirror_action *action, void *user)
{
    (void)action;
    fork_and_come_back(user);
    return 0;
}

static void has_a_tree(struct session *s)
{
    says(s, "220 ready");
    hears(s, "FEAT");
    sends(s, "211-Features:\r\n MLST type*;size*;modify*;\r\n211 End\r\n");
    opens_passive(s);
    answers(s, "MLSD", "150 here it comes");
    data_sends(s, "type=file;size=5;modify=20260101000000; f\r\n");
    data_ends(s);
    says(s, "226 done");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes (5 bytes)");
    data_sends(s, "hello");
    data_ends(s);
    says(s, "226 done");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

/* A child that went on would make and remove what the parent makes. */
static void a_child_may_come_back_from_a_mirror(void)
{
    char folder[] = "/tmp/ftpclient-fork-XXXXXX";
    char local[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(local, sizeof local, "%s/f", folder);
    for (int is_filter = 0; is_filter <= 1; is_filter++) {
        struct server *server = serve(has_a_tree, NULL);
        struct returning returning = { .ftp = client_of(server), .when = 1 };
        ftp_mirror_options options;
        memset(&options, 0, sizeof options);
        options.struct_size = sizeof options;
        options.user = &returning;
        if (is_filter)
            options.filter_cb = comes_back_from_a_filter;
        else
            options.action_cb = comes_back_from_an_action;
        ends_in_both(&returning, ftp_mirror_get(returning.ftp, "", folder, &options));
        CHECK_INT(unlink(local), 0);
        goes_on_in_step(returning.ftp, server);
    }
    /* Nothing else is left in it. */
    CHECK_INT(rmdir(folder), 0);
}

int main(void)
{
    RUN(a_child_may_come_back_from_a_download);
    RUN(a_child_may_come_back_from_an_upload);
    RUN(a_child_may_come_back_from_the_log_and_from_a_wait);
    RUN(a_child_may_come_back_from_a_signal_handler);
    RUN(a_child_may_come_back_from_the_progress_of_a_whole_file);
    RUN(a_child_may_come_back_from_a_pool);
    RUN(a_child_may_come_back_from_a_mirror);
    return summary();
}
