/* What one thread tells another, and once. */
#ifndef FLAG_H
#define FLAG_H

#include <pthread.h>

#include "server.h"

struct flag {
    pthread_mutex_t lock;
    int value;
};

#define UNSET { .lock = PTHREAD_MUTEX_INITIALIZER }

static inline void set(struct flag *flag)
{
    pthread_mutex_lock(&flag->lock);
    flag->value = 1;
    pthread_mutex_unlock(&flag->lock);
}

static inline int is_set(struct flag *flag)
{
    pthread_mutex_lock(&flag->lock);
    int value = flag->value;
    pthread_mutex_unlock(&flag->lock);
    return value;
}

/* For 20 seconds at most. A busy machine needs more time than the test does. */
static inline void wait_for(struct flag *flag)
{
    for (int i = 0; i < 4000 && !is_set(flag); i++)
        pause_ms(5);
}

#endif
