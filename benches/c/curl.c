/* The benchmark's work, done with libcurl as well as it can. See measured.h. */
#include <curl/curl.h>

#include "measured.h"

static size_t take_block(char *data, size_t size, size_t count, void *user)
{
    return take(user, (const unsigned char *)data, size * count) == 0 ? size * count : 0;
}

static size_t give_block(char *room, size_t size, size_t count, void *user)
{
    const struct job *job = user;
    ssize_t len = read(job->file, room, size * count);
    return len < 0 ? CURL_READFUNC_ABORT : (size_t)len;
}

static void must(CURLcode code)
{
    if (code != CURLE_OK)
        fail("libcurl", curl_easy_strerror(code));
}

int main(int argc, char **argv)
{
    struct job job;
    must(curl_global_init(CURL_GLOBAL_DEFAULT));
    begin(&job, argc, argv);

    CURL *curl = curl_easy_init();
    must(curl_easy_setopt(curl, CURLOPT_USERNAME, job.user));
    must(curl_easy_setopt(curl, CURLOPT_PASSWORD, job.password));
    must(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_block));
    must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, &job));
    must(curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)job.block));
    must(curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_block));
    must(curl_easy_setopt(curl, CURLOPT_READDATA, &job));
    must(curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)job.block));
    must(curl_easy_setopt(curl, CURLOPT_UPLOAD, (long)job.is_upload));
    must(curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L));
    must(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
    /* Neither CWD nor SIZE: a file takes EPSV and RETR, as it takes PASV and RETR with libftpclient. */
    must(curl_easy_setopt(curl, CURLOPT_FTP_FILEMETHOD, (long)CURLFTPMETHOD_NOCWD));
    must(curl_easy_setopt(curl, CURLOPT_IGNORE_CONTENT_LENGTH, 1L));
    if (job.ca != NULL) {
        must(curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL));
        must(curl_easy_setopt(curl, CURLOPT_CAINFO, job.ca));
    }
    for (unsigned i = 0; i < job.count; i++) {
        char url[256];
        snprintf(url, sizeof url, "ftp://%s:%s/%s%u", job.host, job.port, job.name, i);
        must(curl_easy_setopt(curl, CURLOPT_URL, url));
        open_file(&job, i);
        must(curl_easy_perform(curl));
        if (job.is_upload)
            count_file(&job);
        close_file(&job);
    }
    curl_easy_cleanup(curl);

    end(&job);
    curl_global_cleanup();
    return EXIT_SUCCESS;
}
