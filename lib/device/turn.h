/* Queues that take turns. When launches of two queues that differ in size run at once, PoCL before 6.0 releases the wrong
 * reference to a compiled kernel, and an assertion (pocl_release_dlhandle_cache) ends the process. So on these versions one
 * queue of the process works at a time; little is lost by it, as a launch takes all cores. PoCL 6.0 releases the one that
 * it took: there, and on other drivers, these functions do nothing. */
#ifndef DEVICE_TURN_H
#define DEVICE_TURN_H

#include "device/queue.h"

/* Around each call that gives a queue something to do: between the two no other queue has work under way. */
void turn_begin(struct queue *queue);
void turn_end(const struct queue *queue);

/* The queue has finished, and goes away. */
void turn_leave(const struct queue *queue);

#endif
