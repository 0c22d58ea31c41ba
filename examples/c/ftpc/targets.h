/* What the files of one command are to be called in their target: none may take the place of another. */
#ifndef FTPC_TARGETS_H
#define FTPC_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

struct target {
    char *name;
    bool must_be_new;
};

/* Sorted by name. Begins as {0}. */
struct targets {
    struct target *list;
    size_t count;
};

/* Behind the last slash; all of it without one. */
const char *last_part(const char *path);

/* Adds the last part of a path, unless that is empty. Returns false if there is no memory. */
bool targets_add(struct targets *targets, const char *path);

/* Sorts them when all are added. Returns a name that two of them would have, or NULL. */
const char *targets_sort(struct targets *targets);

/*
 * Whether some differ only in the case of their letters. Some file systems and servers take such names for the same. So each of them must be new,
 * until targets_found() is told of it.
 */
bool targets_are_alike(const struct targets *targets);

/* The target has this name, written like this, before anything is moved. */
void targets_found(struct targets *targets, const char *name);

/* Whether something that has the last part of this path by now is another file of the command. */
bool targets_must_be_new(const struct targets *targets, const char *path);

void targets_free(struct targets *targets);

#endif
