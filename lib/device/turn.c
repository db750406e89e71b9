/* One queue of the process at a time: PoCL's compiled kernels belong to the process. */
#include <pthread.h>

#include "device/turn.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards holder, and each call that enqueues work */
static cl_command_queue holder;                          /* the only queue that can have work in progress */

void turn_begin(const mood_device *device, cl_command_queue commands) {
    if (!device->takes_turns)
        return;
    pthread_mutex_lock(&lock);
    if (holder && holder != commands)
        clFinish(holder); /* its own thread gets the errors */
    holder = commands;
}

void turn_end(const mood_device *device) {
    if (device->takes_turns)
        pthread_mutex_unlock(&lock);
}

void turn_leave(const mood_device *device, cl_command_queue commands) {
    if (!device->takes_turns)
        return;
    pthread_mutex_lock(&lock);
    if (holder == commands)
        holder = NULL;
    pthread_mutex_unlock(&lock);
}
