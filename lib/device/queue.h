/* An in-order command queue of one thread, with its own kernel objects: setting a kernel's arguments is not thread-safe
 * in OpenCL. */
#ifndef DEVICE_QUEUE_H
#define DEVICE_QUEUE_H

#include "device/arguments.h"
#include "device/buffer.h"

struct queue {
    mood_device *device;
    cl_command_queue commands;
    struct kernel_slot *kernels;
};

mood_status queue_create(mood_device *device, struct queue **queue, mood_error *err);
void queue_destroy(struct queue *queue); /* waits first */

/* Submit all commands to the device; wait until they are finished. */
mood_status queue_flush(struct queue *queue, mood_error *err);
mood_status queue_finish(struct queue *queue, mood_error *err);

/* Copy between host and device; offset and bytes are in bytes. They wait until the copy is finished, except
 * queue_write_later, whose data must exist until *done (new; clReleaseEvent) is complete. */
mood_status queue_read(struct queue *queue, const struct buffer *buffer, size_t offset, void *data, size_t bytes,
                       mood_error *err);
mood_status queue_write(struct queue *queue, const struct buffer *buffer, size_t offset, const void *data, size_t bytes,
                        mood_error *err);
mood_status queue_write_later(struct queue *queue, const struct buffer *buffer, const void *data, size_t bytes,
                              cl_event *done, mood_error *err);
mood_status queue_zero(struct queue *queue, const struct buffer *buffer, mood_error *err);
mood_status queue_zero_part(struct queue *queue, const struct buffer *buffer, size_t offset, size_t bytes,
                            mood_error *err); /* whole floats */
mood_status queue_copy(struct queue *queue, const struct buffer *from, size_t from_offset, const struct buffer *to,
                       size_t to_offset, size_t bytes, mood_error *err);

/* A launch that is being prepared: arguments are set in order, and launch_run reports the first error. */
struct launch {
    struct queue *queue;
    struct kernel_slot *slot;
    cl_kernel kernel;
    const char *name;
    cl_uint next; /* argument */
    cl_int code;
    enum argument_kind kinds[MAX_ARGUMENTS]; /* [next] */
};

/* Prepare a kernel of kernels/ by its name; of tiles with that height, one of the device's. */
mood_status launch_begin(struct queue *queue, const char *name, struct launch *launch, mood_error *err);
mood_status launch_begin_tiles(struct queue *queue, const char *name, unsigned height, struct launch *launch,
                               mood_error *err);
void launch_buffer(struct launch *launch, const struct buffer *buffer); /* NULL or absent: a null pointer */
void launch_int(struct launch *launch, long long value);                /* an error if it does not fit an int */
void launch_float(struct launch *launch, float value);
void launch_local(struct launch *launch, size_t bytes); /* local memory */

/* The kernel uses shared memory [count] through pointers inside its arguments. The memory must exist until the launch
 * is finished. */
void launch_reaches(struct launch *launch, void *const *places, size_t count);

/* Enqueue it with count work-items in work-groups of `local`. The global size is rounded up, so the kernel compares its
 * index with a bound. The second dimension of launch_run_2d is exact. */
mood_status launch_run(struct launch *launch, size_t count, size_t local, mood_error *err);
mood_status launch_run_2d(struct launch *launch, size_t count, size_t local, size_t count_2, mood_error *err);

/* The largest work-group size of that kernel. */
mood_status kernel_most_items(struct queue *queue, const char *name, size_t *items, mood_error *err);

#endif
