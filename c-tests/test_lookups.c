/* Names that are not answered: few threads, and nothing of a handle that outlives it. */

#include <dirent.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

enum { HANDLES = 200, MOST_THREADS = 8 };

/* --- a resolver that hangs, in the place of the system's --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int is_hanging, asked, answered;
/* In a forked child, whose copies of the lock and of the condition may be in use by threads that it does not have. */
static int is_child;

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    (void)service, (void)hints, (void)out;
    if (is_child)
        return EAI_NONAME;
    pthread_mutex_lock(&lock);
    asked++;
    pthread_cond_broadcast(&changed);
    while (is_hanging && strcmp(host, "hangs.invalid") == 0)
        pthread_cond_wait(&changed, &lock);
    answered++;
    pthread_mutex_unlock(&lock);
    return EAI_NONAME;
}

static void hang(int hanging)
{
    pthread_mutex_lock(&lock);
    is_hanging = hanging;
    asked = answered = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void wait_until_asked(int times)
{
    pthread_mutex_lock(&lock);
    while (asked < times)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

/* --- what is counted --- */

static int threads(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

/* The threads end by themselves, a moment after the last answer. */
static void wait_for_threads(int expected)
{
    for (int i = 0; i < 1000 && threads() != expected; i++)
        pause_ms(10);
    CHECK_INT(threads(), expected);
}

static ftp_handle *asking(void)
{
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_blocking(ftp, 0));
    CHECK_INT(ftp_connect(ftp, "hangs.invalid", 21), FTP_AGAIN);
    return ftp;
}

static void many_lookups_that_hang_have_few_threads(void)
{
    static ftp_handle *all[HANDLES];
    int before = threads(), open_before = open_descriptors();
    hang(1);
    for (int i = 0; i < HANDLES; i++)
        all[i] = asking();
    wait_until_asked(MOST_THREADS);
    CHECK(threads() <= before + MOST_THREADS);

    /* Whoever waits for a turn does so within the own time limit; an address needs no turn. */
    ftp_handle *ftp = new_client();
    CHECK_OK(ftp, ftp_set_phase_timeout(ftp, FTP_PHASE_CONNECT, 200));
    CHECK_FAILS(ftp, ftp_connect(ftp, "hangs.invalid", 21), FTP_ERR_TIMEOUT, "waiting for the address of the host");
    ftp_free(ftp);

    for (int i = 0; i < HANDLES; i++)
        ftp_free(all[i]);
    CHECK_INT(open_descriptors(), open_before);
    hang(0);
    wait_for_threads(before);
    /* Those that waited for a turn were not asked for any more. */
    CHECK(answered <= MOST_THREADS);
}

static void each_has_its_turn(void)
{
    static ftp_handle *all[3 * MOST_THREADS];
    int before = threads();
    hang(1);
    for (int i = 0; i < 3 * MOST_THREADS; i++)
        all[i] = asking();
    wait_until_asked(MOST_THREADS);
    hang(0);
    for (int i = 0; i < 3 * MOST_THREADS; i++) {
        ftp_status status;
        while ((status = ftp_connect(all[i], "hangs.invalid", 21)) == FTP_AGAIN)
            pause_ms(1);
        CHECK_FAILS(all[i], status, FTP_ERR_RESOLVE, "hangs.invalid");
        ftp_free(all[i]);
    }
    wait_for_threads(before);
}

/* The threads are the parent's: a child that counted on them would wait for ever. */
static void a_forked_child_looks_up_by_itself(void)
{
    ftp_handle *all[2 * MOST_THREADS];
    int before = threads(), results[2];
    char is_right = 0;
    CHECK_INT(pipe(results), 0);
    hang(1);
    for (int i = 0; i < 2 * MOST_THREADS; i++)
        all[i] = asking();
    wait_until_asked(MOST_THREADS);
    pid_t child = fork();
    if (child == 0) {
        is_child = 1;
        ftp_handle *ftp = ftp_new();
        is_right = ftp_connect(ftp, "hangs.invalid", 21) == FTP_ERR_RESOLVE;
        ftp_free(ftp);
        for (int i = 0; i < 2 * MOST_THREADS; i++)
            ftp_free(all[i]);
        /* Not by its status: to valgrind what the child has of the parent's threads is lost. */
        ssize_t told = write(results[1], &is_right, 1);
        _exit(told == 1 ? 0 : 1);
    }
    CHECK(child > 0);
    close(results[1]);
    CHECK(read(results[0], &is_right, 1) == 1);
    CHECK(is_right);
    close(results[0]);
    CHECK_INT(waitpid(child, NULL, 0), child);
    for (int i = 0; i < 2 * MOST_THREADS; i++)
        ftp_free(all[i]);
    hang(0);
    wait_for_threads(before);
}

int main(void)
{
    RUN(many_lookups_that_hang_have_few_threads);
    RUN(each_has_its_turn);
    RUN(a_forked_child_looks_up_by_itself);
    return summary();
}
