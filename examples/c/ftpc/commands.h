/* The commands. Each returns an exit status, and has told what went wrong. */
#ifndef FTPC_COMMANDS_H
#define FTPC_COMMANDS_H

struct session;

int run_ls(struct session *session);
int run_stat(struct session *session);

int run_get(struct session *session);
int run_put(struct session *session);
int run_cat(struct session *session);

int run_mirror(struct session *session);
int run_sync(struct session *session);

int run_rm(struct session *session);
int run_mkdir(struct session *session);
int run_mv(struct session *session);
int run_chmod(struct session *session);

#endif
