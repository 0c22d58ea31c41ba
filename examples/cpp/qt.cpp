/*
 * A download in the event loop of a Qt program.
 *
 *     qt HOST PORT USER PASSWORD FILE
 */
#include <poll.h>

#include <chrono>
#include <cstdio>
#include <vector>

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTimer>

#include "../c/loops/job.h"

class Session {
public:
    explicit Session(struct job *job) : job(job)
    {
        timer.setSingleShot(true);
        timer.callOnTimeout([this] { go_on(); });
        /* Begins as soon as the loop runs. */
        timer.start(0);
    }

private:
    void go_on()
    {
        stop_watching();
        ftp_status status = job_go_on(job);
        if (status == FTP_AGAIN)
            watch();
        else
            QCoreApplication::exit(status == FTP_OK ? 0 : 1);
    }

    void watch()
    {
        size_t count = 0;
        const struct ftp_pollfd *fds = job_wants(job, &count);
        for (size_t i = 0; i < count; i++) {
            if (fds[i].events & POLLIN)
                watch(fds[i].fd, QSocketNotifier::Read);
            if (fds[i].events & POLLOUT)
                watch(fds[i].fd, QSocketNotifier::Write);
        }
        int64_t timeout = ftp_timeout_ms(job->ftp);
        if (timeout != -1)
            timer.start(std::chrono::milliseconds(timeout));
    }

    void watch(int fd, QSocketNotifier::Type type)
    {
        QSocketNotifier *notifier = new QSocketNotifier(fd, type);
        QObject::connect(notifier, &QSocketNotifier::activated, notifier, [this] { go_on(); });
        notifiers.push_back(notifier);
    }

    /* A notifier must not outlive its descriptor, and the next call may close the descriptor. */
    void stop_watching()
    {
        for (QSocketNotifier *notifier : notifiers) {
            notifier->setEnabled(false);
            /* Not deleted at once: this code may run inside the notifier's own signal. */
            notifier->deleteLater();
        }
        notifiers.clear();
        timer.stop();
    }

    struct job *job;
    QTimer timer;
    std::vector<QSocketNotifier *> notifiers;
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    struct job job;
    if (argc != 6 || job_begin(&job, argv + 1) != 0) {
        std::fprintf(stderr, "usage: qt HOST PORT USER PASSWORD FILE\n");
        return 2;
    }
    Session session(&job);
    int outcome = application.exec();
    if (outcome == 0)
        std::printf("%lld bytes\n", static_cast<long long>(job.bytes));
    job_end(&job);
    return outcome;
}
