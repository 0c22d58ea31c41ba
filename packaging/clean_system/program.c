/* Reads a file of a server: program URL AUTHORITIES */
#include <ftpclient.h>
#include <stdio.h>

static int show(const char *line, size_t len, void *user)
{
    (void)len;
    (void)user;
    return puts(line) < 0;
}

int main(int argc, char **argv)
{
    ftp_handle *ftp = ftp_new();
    if (argc != 3 || ftp == NULL)
        return 2;
    int failed = ftp_set_tls_ca(ftp, argv[2]) != FTP_OK || ftp_open(ftp, argv[1]) != FTP_OK ||
                 ftp_retrlines(ftp, "RETR greeting.txt", show, NULL) != FTP_OK || ftp_quit(ftp) != FTP_OK;
    if (failed)
        fprintf(stderr, "%s\n", ftp_last_error(ftp));
    ftp_free(ftp);
    return failed;
}
