#define _POSIX_C_SOURCE 200809L

#include "targets.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

bool targets_add(struct targets *targets, const char *path)
{
    if (last_part(path)[0] == '\0')
        return true;
    /* The room doubles whenever the count is a power of two. */
    if ((targets->count & (targets->count - 1)) == 0) {
        size_t room = targets->count == 0 ? 1 : targets->count * 2;
        struct target *list = realloc(targets->list, room * sizeof *list);
        if (list == NULL)
            return false;
        targets->list = list;
    }
    char *name = strdup(last_part(path));
    if (name == NULL)
        return false;
    targets->list[targets->count++] = (struct target){.name = name};
    return true;
}

/* Those that differ only in case stand together, and of these the equal ones. */
static int compare(const void *a, const void *b)
{
    const struct target *left = a, *right = b;
    int order = strcasecmp(left->name, right->name);
    return order != 0 ? order : strcmp(left->name, right->name);
}

const char *targets_sort(struct targets *targets)
{
    struct target *list = targets->list;
    if (targets->count > 1)
        qsort(list, targets->count, sizeof *list, compare);
    for (size_t i = 1; i < targets->count; i++) {
        if (strcmp(list[i - 1].name, list[i].name) == 0)
            return list[i].name;
        if (strcasecmp(list[i - 1].name, list[i].name) == 0)
            list[i - 1].must_be_new = list[i].must_be_new = true;
    }
    return NULL;
}

bool targets_are_alike(const struct targets *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        if (targets->list[i].must_be_new)
            return true;
    return false;
}

static struct target *find(const struct targets *targets, const char *path)
{
    const char *name = last_part(path);
    for (size_t low = 0, high = targets->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        struct target *target = &targets->list[middle];
        int order = strcasecmp(name, target->name);
        if (order == 0)
            order = strcmp(name, target->name);
        if (order == 0)
            return target;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

void targets_found(struct targets *targets, const char *name)
{
    struct target *target = find(targets, name);
    if (target != NULL)
        target->must_be_new = false;
}

bool targets_must_be_new(const struct targets *targets, const char *path)
{
    const struct target *target = find(targets, path);
    return target != NULL && target->must_be_new;
}

void targets_free(struct targets *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        free(targets->list[i].name);
    free(targets->list);
    *targets = (struct targets){0};
}
