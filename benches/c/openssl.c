/*
 * The benchmark's work over TLS with OpenSSL alone: the least that a client must do, and nothing else. It waits without
 * a deadline, and takes no reply but the expected one. See measured.h.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "measured.h"

#define BLOCK (256 * 1024)

static void must(int worked, const char *what)
{
    if (!worked)
        fail("OpenSSL", what);
}

static int connect_to(const char *host, unsigned port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(inet_pton(AF_INET, host, &addr.sin_addr) == 1, "the host must be an IPv4 address");
    must(connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0, "connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

/* Makes the connection one of TLS, and resumes the session if there is one. */
static SSL *secure(SSL_CTX *context, const struct job *job, int fd, SSL_SESSION *session)
{
    SSL *ssl = SSL_new(context);
    must(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), job->host), "the name to verify");
    must(SSL_set_fd(ssl, fd), "SSL_set_fd");
    if (session != NULL) {
        must(SSL_set_session(ssl, session), "SSL_set_session");
        /* As many records as fit are read from the socket at once. It takes effect before the connection has a buffer. */
        SSL_set_read_ahead(ssl, 1);
        SSL_set_default_read_buffer_len(ssl, BLOCK);
    }
    must(SSL_connect(ssl) == 1, "SSL_connect");
    must(session == NULL || SSL_session_reused(ssl), "the session was not resumed");
    return ssl;
}

/* Lines can be read through the buffer, which a connection's own BIO cannot. */
static BIO *buffered(BIO *connection)
{
    return BIO_push(BIO_new(BIO_f_buffer()), connection);
}

/* Takes a reply, which must have the code. Its last line is left in `line`. */
static void expect(BIO *control, char line[512], const char *code)
{
    do
        must(BIO_gets(control, line, 512) > 3, "the end of the control connection");
    while (line[3] != ' ');
    if (strncmp(line, code, 3) != 0)
        fail("the server", line);
}

static void command(BIO *control, const char *verb, const char *argument)
{
    must(BIO_printf(control, "%s%s\r\n", verb, argument) > 0 && BIO_flush(control) == 1, "sending a command");
}

static void move(BIO *control, SSL_CTX *context, struct job *job, unsigned number, SSL_SESSION *session)
{
    static unsigned char block[BLOCK];
    char line[512], name[256];
    unsigned a, b, c, d, high, low;
    command(control, "PASV", "");
    expect(control, line, "227");
    must(sscanf(strchr(line, '('), "(%u,%u,%u,%u,%u,%u)", &a, &b, &c, &d, &high, &low) == 6, "the reply to PASV");
    int fd = connect_to(job->host, high * 256 + low);
    snprintf(name, sizeof name, "%s%u", job->name, number);
    command(control, job->is_upload ? "STOR " : "RETR ", name);

    /* A copy: OpenSSL takes a session for spent when a new ticket comes on a connection that resumed it. */
    SSL_SESSION *copy = SSL_SESSION_dup(session);
    SSL *data = secure(context, job, fd, copy);
    int len;
    if (job->is_upload) {
        while ((len = (int)read(job->file, block, sizeof block)) > 0)
            must(SSL_write(data, block, len) == len, "sending the file");
        count_file(job);
        SSL_shutdown(data);
        shutdown(fd, SHUT_WR);
        while (SSL_read(data, block, sizeof block) > 0)
            ;
    } else {
        while ((len = SSL_read(data, block, sizeof block)) > 0)
            must(take(job, block, (size_t)len) == 0, "writing the file");
        must(SSL_get_error(data, len) == SSL_ERROR_ZERO_RETURN, "the end of the data");
        SSL_shutdown(data);
    }
    SSL_free(data);
    SSL_SESSION_free(copy);
    close(fd);
    expect(control, line, "150");
    expect(control, line, "226");
}

int main(int argc, char **argv)
{
    struct job job;
    char line[512];
    begin(&job, argc, argv);

    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    must(SSL_CTX_load_verify_file(context, job.ca), "the certificate to trust");
    /* The only group that vsftpd knows: with another one in front, each connection would take one more round trip. */
    must(SSL_CTX_set1_groups_list(context, "P-256"), "the group");

    int fd = connect_to(job.host, (unsigned)strtoul(job.port, NULL, 10));
    BIO *control = buffered(BIO_new_socket(fd, BIO_NOCLOSE));
    expect(control, line, "220");
    command(control, "AUTH TLS", "");
    expect(control, line, "234");
    BIO_free_all(control);

    SSL *ssl = secure(context, &job, fd, NULL);
    BIO *tls = BIO_new(BIO_f_ssl());
    BIO_set_ssl(tls, ssl, BIO_CLOSE);
    control = buffered(tls);
    command(control, "USER ", job.user);
    expect(control, line, "331");
    command(control, "PASS ", job.password);
    expect(control, line, "230");
    command(control, "PBSZ 0", "");
    expect(control, line, "200");
    command(control, "PROT P", "");
    expect(control, line, "200");
    command(control, "TYPE I", "");
    expect(control, line, "200");

    SSL_SESSION *session = SSL_get1_session(ssl);
    for (unsigned i = 0; i < job.count; i++) {
        open_file(&job, i);
        move(control, context, &job, i, session);
        close_file(&job);
    }
    command(control, "QUIT", "");
    expect(control, line, "221");
    SSL_SESSION_free(session);
    BIO_free_all(control);
    close(fd);
    SSL_CTX_free(context);

    end(&job);
    return EXIT_SUCCESS;
}
