/* A user's first program. It says which library it got, and whose TLS, and fails if the library does not work. */
#include <ftpclient.h>
#include <stdio.h>

int main(void) {
    ftp_handle *ftp = ftp_new();
    if (ftp == NULL) {
        return 1;
    }
    /* Nobody listens at port 1. */
    ftp_status status = ftp_connect(ftp, "127.0.0.1", 1);
    const char *tls = ftp_tls_backend();
    printf("%s, %s: %s\n", ftp_version(), tls != NULL ? tls : "no TLS", ftp_last_error(ftp));
    ftp_free(ftp);
    return status == FTP_ERR_IO ? 0 : 1;
}
