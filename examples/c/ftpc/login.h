/* Who logs in: the URL, a netrc file, FTPC_PASSWORD and the terminal tell, in this order. */
#ifndef FTPC_LOGIN_H
#define FTPC_LOGIN_H

#include <ftpclient.h>

#include "netrc.h"

struct login {
    const char *user, *password, *account; /* parts of the URL, of the rest of this struct, or of the environment */
    struct netrc_login known;
    char typed[NETRC_SIZE];
};

/* Finds the login for the server of a URL. Returns EXIT_DONE, or another exit status and a problem to print. */
int login_find(struct login *login, const ftp_url *url, const char *netrc, const char **problem);

/* Overwrites the passwords in it. */
void login_forget(struct login *login);

#endif
