/* fork(): what a child has of its parent's handles, with exec and without. */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "flag.h"

/* --- with exec --- */

static const char *this_program;

/* How many descriptors a program has open that is started now: this one, which returns it as its status. See main(). */
static int descriptors_of_a_program(void)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execl(this_program, this_program, "count", (char *)NULL);
        _exit(255);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

struct inheritance {
    int expected;
    /* How many descriptors this process has had at the most. */
    int most;
};

static void check_inheritance(struct inheritance *inheritance)
{
    int now = open_descriptors();
    if (now > inheritance->most)
        inheritance->most = now;
    CHECK_INT(descriptors_of_a_program(), inheritance->expected);
}

static void start_program_at_log(int32_t kind, const char *text, size_t len, void *inheritance)
{
    (void)kind, (void)text, (void)len;
    check_inheritance(inheritance);
}

static int start_program_at_data(const void *data, size_t len, void *inheritance)
{
    (void)data, (void)len;
    check_inheritance(inheritance);
    return 0;
}

static void sends_passively_and_actively(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "passively");
    data_ends(s);
    says(s, "226 done");
    takes_port(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "actively");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

/* At every line of the log and at all data: with the wake-up descriptor, the control connection, the socket that waits for
 * the server, the data connection. */
static void a_program_that_is_started_inherits_nothing(void)
{
    struct inheritance inheritance = { descriptors_of_a_program(), 0 };
    int before = open_descriptors();
    ftp_handle *ftp = new_client();
    struct server *server = serve(sends_passively_and_actively, NULL);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, start_program_at_log, &inheritance));
    CHECK_OK(ftp, ftp_connect(ftp, "127.0.0.1", server_port(server)));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", start_program_at_data, &inheritance, 0, -1));
    CHECK_OK(ftp, ftp_set_pasv(ftp, 0));
    CHECK_OK(ftp, ftp_retrbinary(ftp, "RETR f", start_program_at_data, &inheritance, 0, -1));
    CHECK(inheritance.most >= before + 3);
    part(ftp, server);
}

/* --- without exec --- */

/* What a child has from its parent. */
struct inherited {
    ftp_handle *ftp;
    /* Another handle. */
    ftp_handle *target;
    ftp_transfer *transfer;
    uint16_t port;
};

/* Runs `job` in a child and waits for it. The job returns whether all is as it should be. */
static void in_child(int (*job)(struct inherited), struct inherited inherited)
{
    int results[2];
    char is_well = 0;
    CHECK_INT(pipe(results), 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        is_well = (char)job(inherited);
        ssize_t told = write(results[1], &is_well, 1);
        _exit(told == 1 ? 0 : 1);
    }
    close(results[1]);
    CHECK(read(results[0], &is_well, 1) == 1);
    CHECK(is_well == 1);
    CHECK(waitpid(child, NULL, 0) == child);
    close(results[0]);
}

static int frees(struct inherited parent)
{
    int before = open_descriptors();
    ftp_cancel(parent.ftp);
    ftp_free(parent.ftp);
    /* The control connection and the wake-up descriptor. */
    return open_descriptors() == before - 2;
}

static int is_refused(ftp_handle *ftp, ftp_status status)
{
    return status == FTP_ERR_STATE && strstr(ftp_last_error(ftp), "before fork()") != NULL;
}

static int calls_and_frees(struct inherited parent)
{
    ftp_handle *ftp = parent.ftp;
    return is_refused(ftp, ftp_voidcmd(ftp, "NOOP")) && is_refused(ftp, ftp_quit(ftp)) &&
           is_refused(ftp, ftp_abort(ftp)) && is_refused(ftp, ftp_close(ftp)) &&
           is_refused(ftp, ftp_connect(ftp, "127.0.0.1", 1)) && is_refused(ftp, ftp_set_timeout(ftp, 1)) &&
           ftp_state(ftp) == FTP_STATE_FORKED && strcmp(ftp_last_reply(ftp), "200 one") == 0 &&
           strcmp(ftp_last_command(ftp), "SITE ONE") == 0 && frees(parent);
}

static void answers_three(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE ONE", "200 one");
    answers(s, "SITE TWO", "200 two");
    answers(s, "SITE THREE", "200 three");
    says_goodbye(s);
}

static void a_child_frees_and_the_parent_goes_on(void)
{
    struct server *server = serve(answers_three, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE ONE"));
    in_child(calls_and_frees, (struct inherited){ .ftp = ftp });
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE TWO"));
    in_child(frees, (struct inherited){ .ftp = ftp });
    CHECK_OK(ftp, ftp_voidcmd(ftp, "SITE THREE"));
    CHECK_TEXT(ftp_last_reply(ftp), "200 three");
    part(ftp, server);
}

static int frees_the_transfer_first(struct inherited parent)
{
    ftp_handle *ftp = parent.ftp;
    ftp_transfer *transfer = parent.transfer;
    char byte;
    size_t got;
    int is_well = is_refused(ftp, ftp_transfer_read(transfer, &byte, 1, &got)) && ftp_transfer_fd(transfer) == -1 &&
                  is_refused(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
    ftp_free(ftp);
    return is_well;
}

static int frees_the_transfer_last(struct inherited parent)
{
    ftp_free(parent.ftp);
    ftp_transfer_free(parent.transfer);
    return 1;
}

static void sends_in_two_parts(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 fine");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "first ");
    data_sends(s, "second");
    data_ends(s);
    says(s, "226 done");
    answers(s, "NOOP", "200 fine");
    says_goodbye(s);
}

static void a_transfer_that_a_child_frees_goes_on_in_the_parent(void)
{
    char data[32] = "";
    size_t len = 6, got = 1;
    ftp_transfer *transfer = NULL;
    struct server *server = serve(sends_in_two_parts, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_transfercmd(ftp, "RETR f", -1, &transfer));
    CHECK_OK(ftp, ftp_transfer_read(transfer, data, len, &len));
    in_child(frees_the_transfer_first, (struct inherited){ .ftp = ftp, .transfer = transfer });
    in_child(frees_the_transfer_last, (struct inherited){ .ftp = ftp, .transfer = transfer });
    while (got > 0 && len < sizeof data - 1) {
        CHECK_OK(ftp, ftp_transfer_read(transfer, data + len, sizeof data - 1 - len, &got));
        len += got;
    }
    CHECK_TEXT(data, "first second");
    CHECK_OK(ftp, ftp_transfer_finish(transfer));
    ftp_transfer_free(transfer);
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    part(ftp, server);
}

/* The handle is busy in the child as well: what it does there has no effect on the call, which goes on in the parent. */
static int cancels_and_frees_in_vain(struct inherited parent)
{
    ftp_handle *ftp = parent.ftp;
    int before = open_descriptors();
    ftp_cancel(ftp);
    int is_well = ftp_voidcmd(ftp, "NOOP") == FTP_ERR_BUSY;
    ftp_free(ftp);
    return is_well && open_descriptors() == before;
}

struct forking {
    ftp_handle *ftp;
    struct taken taken;
};

static int fork_and_take(const void *data, size_t len, void *user)
{
    struct forking *forking = user;
    in_child(cancels_and_frees_in_vain, (struct inherited){ .ftp = forking->ftp });
    return take_data(data, len, &forking->taken);
}

static void sends_slowly(struct session *s)
{
    says(s, "220 ready");
    answers(s, "TYPE I", "200 ok");
    opens_passive(s);
    answers(s, "RETR f", "150 here it comes");
    data_sends(s, "first ");
    pause_ms(100);
    data_sends(s, "second");
    data_ends(s);
    says(s, "226 done");
    says_goodbye(s);
}

static void a_child_that_is_made_in_a_callback_cannot_cancel_the_call(void)
{
    struct server *server = serve(sends_slowly, NULL);
    struct forking forking = { .ftp = client_of(server) };
    CHECK_OK(forking.ftp, ftp_retrbinary(forking.ftp, "RETR f", fork_and_take, &forking, 0, -1));
    CHECK_TEXT(forking.taken.text, "first second");
    part(forking.ftp, server);
}

/* The call is repeated in the parent, and refused in the child. */
static int repeats_and_frees(struct inherited parent)
{
    size_t count = 99;
    int is_well = is_refused(parent.ftp, ftp_voidcmd(parent.ftp, "NOOP")) &&
                  is_refused(parent.ftp, ftp_pollfds(parent.ftp, NULL, 0, &count)) && count == 99;
    return frees(parent) && is_well;
}

static void answers_late(struct session *s)
{
    says(s, "220 ready");
    hears(s, "NOOP");
    wait_for(user_of(s));
    says(s, "200 fine");
    says_goodbye(s);
}

static void a_call_that_is_to_be_repeated_goes_on_in_the_parent(void)
{
    struct flag child_has_ended = UNSET;
    struct server *server = serve(answers_late, &child_has_ended);
    ftp_handle *ftp = client_of(server);
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    CHECK_INT(ftp_voidcmd(ftp, "NOOP"), FTP_AGAIN);
    in_child(repeats_and_frees, (struct inherited){ .ftp = ftp });
    set(&child_has_ended);
    ftp_status status;
    while ((status = ftp_voidcmd(ftp, "NOOP")) == FTP_AGAIN)
        pause_ms(10);
    CHECK_OK(ftp, status);
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    CHECK_OK(ftp, ftp_set_blocking(ftp, 1));
    part(ftp, server);
}

/* A call that another thread of the parent was in never ends in the child: it is no reason to wait. */
static int is_refused_and_frees_in_vain(struct inherited parent)
{
    size_t count = 99;
    int before = open_descriptors();
    ftp_cancel(parent.ftp);
    int is_well = is_refused(parent.ftp, ftp_voidcmd(parent.ftp, "NOOP")) &&
                  is_refused(parent.ftp, ftp_close(parent.ftp)) && is_refused(parent.ftp, ftp_quit(parent.ftp)) &&
                  is_refused(parent.ftp, ftp_pollfds(parent.ftp, NULL, 0, &count)) &&
                  ftp_state(parent.ftp) == FTP_STATE_FORKED && ftp_last_reply(parent.ftp) == NULL;
    ftp_free(parent.ftp);
    return is_well && open_descriptors() == before;
}

/* Writes a byte into the pipe when the call sends its command. */
static void tells_of_noop(int32_t kind, const char *text, size_t len, void *pipe)
{
    if (kind == FTP_LOG_COMMAND && len == 4 && memcmp(text, "NOOP", 4) == 0)
        CHECK_INT(write(((int *)pipe)[1], "!", 1), 1);
}

static void *waits_for_noop(void *ftp)
{
    CHECK_OK(ftp, ftp_voidcmd(ftp, "NOOP"));
    return NULL;
}

static void a_child_is_told_that_the_call_of_another_thread_was_its_parents(void)
{
    pthread_t thread;
    char told;
    int is_sent[2];
    struct flag child_has_ended = UNSET;
    struct server *server = serve(answers_late, &child_has_ended);
    ftp_handle *ftp = client_of(server);
    CHECK_INT(pipe(is_sent), 0);
    CHECK_OK(ftp, ftp_set_log_callback(ftp, tells_of_noop, is_sent));
    CHECK_INT(pthread_create(&thread, NULL, waits_for_noop, ftp), 0);
    CHECK_INT(read(is_sent[0], &told, 1), 1);
    in_child(is_refused_and_frees_in_vain, (struct inherited){ .ftp = ftp });
    set(&child_has_ended);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_TEXT(ftp_last_reply(ftp), "200 fine");
    close(is_sent[0]);
    close(is_sent[1]);
    part(ftp, server);
}

static void says_nothing_but_goodbye(struct session *s)
{
    says(s, "220 ready");
    says_goodbye(s);
}

/* Neither the source nor the target of a copy may be the parent's. */
static int copies_in_vain(struct inherited parent)
{
    ftp_handle *own = ftp_new();
    int is_well = own != NULL && ftp_connect(own, "127.0.0.1", parent.port) == FTP_OK &&
                  is_refused(parent.ftp, ftp_copy(parent.ftp, "f", parent.target, NULL, 'I')) &&
                  is_refused(parent.ftp, ftp_copy(parent.ftp, "f", own, NULL, 'I')) &&
                  is_refused(own, ftp_copy(own, "f", parent.target, NULL, 'I')) &&
                  strstr(ftp_last_error(own), "the target handle") != NULL && ftp_quit(own) == FTP_OK;
    ftp_free(own);
    return is_well;
}

static void says_hello_and_one(struct session *s)
{
    says(s, "220 ready");
    answers(s, "SITE ONE", "200 one");
    says_goodbye(s);
}

static void a_child_copies_nothing_over_the_sessions_of_its_parent(void)
{
    struct server *servers[3];
    ftp_handle *handles[2];
    for (int i = 0; i < 3; i++)
        servers[i] = serve(i < 2 ? says_hello_and_one : says_nothing_but_goodbye, NULL);
    for (int i = 0; i < 2; i++)
        handles[i] = client_of(servers[i]);
    in_child(copies_in_vain, (struct inherited){ .ftp = handles[0], .target = handles[1], .port = server_port(servers[2]) });
    server_ends(servers[2]);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(handles[i], ftp_voidcmd(handles[i], "SITE ONE"));
        part(handles[i], servers[i]);
    }
}

/* What the child makes itself is its own. */
static int has_a_session_of_its_own(struct inherited parent)
{
    ftp_handle *own = ftp_new();
    int is_well = own != NULL && ftp_connect(own, "127.0.0.1", parent.port) == FTP_OK && ftp_quit(own) == FTP_OK;
    ftp_free(own);
    return is_well;
}

static void a_child_makes_handles_of_its_own(void)
{
    struct server *server = serve(says_nothing_but_goodbye, NULL);
    in_child(has_a_session_of_its_own, (struct inherited){ .port = server_port(server) });
    server_ends(server);
}

int main(int argc, char **argv)
{
    this_program = argv[0];
    if (argc > 1)
        return open_descriptors();
    RUN(a_program_that_is_started_inherits_nothing);
    RUN(a_child_frees_and_the_parent_goes_on);
    RUN(a_transfer_that_a_child_frees_goes_on_in_the_parent);
    RUN(a_child_that_is_made_in_a_callback_cannot_cancel_the_call);
    RUN(a_call_that_is_to_be_repeated_goes_on_in_the_parent);
    RUN(a_child_is_told_that_the_call_of_another_thread_was_its_parents);
    RUN(a_child_copies_nothing_over_the_sessions_of_its_parent);
    RUN(a_child_makes_handles_of_its_own);
    return summary();
}
