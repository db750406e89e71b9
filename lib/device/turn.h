/* Queues that take turns. When launches of two queues that differ in size are under way at once, PoCL 3.1 loses count of
 * who uses a compiled kernel, and an assertion (pocl_release_dlhandle_cache) ends the process. So on PoCL one queue of
 * the process works at a time; little is lost by it, as a launch takes all cores. */
#ifndef DEVICE_TURN_H
#define DEVICE_TURN_H

#include "device/queue.h"

/* Around each call that gives a queue something to do: between the two no other queue has work under way. */
void turn_begin(struct queue *queue);
void turn_end(const struct queue *queue);

/* The queue has finished, and goes away. */
void turn_leave(const struct queue *queue);

#endif
