/* A user's first program. It says which library it got, and fails if the library does not work. */
#include <ftpclient.h>
#include <stdio.h>

int main(void) {
    ftp_handle *ftp = ftp_new();
    if (ftp == NULL) {
        return 1;
    }
    /* Nobody listens at port 1. */
    ftp_status status = ftp_connect(ftp, "127.0.0.1", 1);
    printf("%s: %s\n", ftp_version(), ftp_last_error(ftp));
    ftp_free(ftp);
    return status == FTP_ERR_IO ? 0 : 1;
}
