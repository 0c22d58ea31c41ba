/*
 * An FTPS session: connects, logs in, lists, uploads a text, downloads it, and prints what TLS has negotiated.
 *
 *     ftps ftpes://user:password@host:port/directory [ca.pem]
 *
 * ftpes:// is explicit TLS, and ftps:// is implicit TLS. ca.pem contains the authorities to trust. Without it, the program trusts those
 * that this system trusts.
 */

#include <ftpclient.h>
#include <stdio.h>
#include <string.h>

struct text {
    char bytes[256];
    size_t len;
    size_t read;
};

static int64_t give(void *buffer, size_t capacity, void *user)
{
    struct text *text = user;
    size_t left = text->len - text->read, now = left < capacity ? left : capacity;
    memcpy(buffer, text->bytes + text->read, now);
    text->read += now;
    return (int64_t)now;
}

static int take(const void *data, size_t len, void *user)
{
    struct text *text = user;
    if (len > sizeof text->bytes - text->len)
        return 1;
    memcpy(text->bytes + text->len, data, len);
    text->len += len;
    return 0;
}

static int session(ftp_handle *ftp)
{
    struct text sent = { "Nobody on the way could read this.\n", 35, 0 }, received = { "", 0, 0 };
    if (ftp_retrlines(ftp, "LIST", NULL, NULL) != FTP_OK ||
        ftp_storbinary(ftp, "STOR ftps-example", give, NULL, &sent, 0, -1) != FTP_OK ||
        ftp_retrbinary(ftp, "RETR ftps-example", take, &received, 0, -1) != FTP_OK ||
        ftp_delete(ftp, "ftps-example") != FTP_OK)
        return 1;
    if (received.len != sent.len || memcmp(received.bytes, sent.bytes, sent.len) != 0) {
        fputs("The download is not what was uploaded.\n", stderr);
        return 1;
    }
    return 0;
}

static int tell(ftp_handle *ftp)
{
    struct ftp_tls_info tls = { .struct_size = sizeof tls };
    if (ftp_tls_get_info(ftp, &tls) != FTP_OK)
        return 1;
    printf("TLS 1.%d, %s\n", tls.version == FTP_TLS_1_3 ? 3 : 2, tls.cipher);
    printf("The server is %s, says %s, until %s.\n", tls.subject, tls.issuer, tls.not_after);
    printf("Its pin is %s.\n", tls.pin);
    printf("%d of %d data connections resumed the session.\n", (int)tls.data_connections_resumed,
           (int)tls.data_connections);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s ftpes://user:password@host:port/directory [ca.pem]\n", argv[0]);
        return 2;
    }
    ftp_handle *ftp = ftp_new();
    if (ftp == NULL)
        return 1;
    int failed = (argc == 3 && ftp_set_tls_ca(ftp, argv[2]) != FTP_OK) || ftp_open(ftp, argv[1]) != FTP_OK ||
                 session(ftp) || tell(ftp) || ftp_quit(ftp) != FTP_OK;
    if (failed)
        fprintf(stderr, "%s\n", ftp_last_error(ftp));
    ftp_free(ftp);
    return failed;
}
