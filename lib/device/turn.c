/* Which queue may work, in the whole process: PoCL's compiled kernels belong to the process. */
#include <pthread.h>

#include "device/turn.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards holder, and each call that begins work */
static struct queue *holder;                             /* the only queue that may have work under way */

void turn_begin(struct queue *queue) {
    if (!queue->device->takes_turns)
        return;
    pthread_mutex_lock(&lock);
    if (holder && holder != queue)
        clFinish(holder->commands); /* what failed there is told to whoever waits for it */
    holder = queue;
}

void turn_end(const struct queue *queue) {
    if (queue->device->takes_turns)
        pthread_mutex_unlock(&lock);
}

void turn_leave(const struct queue *queue) {
    if (!queue->device->takes_turns)
        return;
    pthread_mutex_lock(&lock);
    if (holder == queue)
        holder = NULL;
    pthread_mutex_unlock(&lock);
}
