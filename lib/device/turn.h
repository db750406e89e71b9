/* One queue of the process at a time, for PoCL before 6.0. If launches of different sizes in two queues run at once, it
 * releases the wrong reference to a compiled kernel, and an assertion (pocl_release_dlhandle_cache) ends the process.
 * Little is lost: one launch uses all cores. With PoCL 6.0 and later, and other drivers, these functions do nothing. */
#ifndef DEVICE_TURN_H
#define DEVICE_TURN_H

#include "device/device.h"

/* Around each call that enqueues work: between them no other queue has work in progress. */
void turn_begin(const mood_device *device, cl_command_queue commands);
void turn_end(const mood_device *device);

/* The queue has finished and will be released. */
void turn_leave(const mood_device *device, cl_command_queue commands);

#endif
