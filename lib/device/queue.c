/* Command queue, copies and launches. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/program.h"
#include "device/queue.h"
#include "device/turn.h"

struct kernel_slot {
    const char *name; /* a string literal */
    unsigned height;  /* of tiles; 0: not a kernel of tiles */
    cl_kernel kernel;
    bool checked; /* its arguments have the declared types, or are not checked */
    struct kernel_slot *next;
};

mood_status queue_create(mood_device *device, struct queue **created, mood_error *err) {
    *created = NULL;
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making a command queue");
    cl_int code;
    queue->device = device;
    queue->commands = clCreateCommandQueue(device->context, device->id, 0, &code);
    if (code != CL_SUCCESS) {
        free(queue);
        return opencl_error(err, code, "making a command queue on %s", device->info.name);
    }
    *created = queue;
    return MOOD_OK;
}

void queue_destroy(struct queue *queue) {
    if (!queue)
        return;
    clFinish(queue->commands);
    turn_leave(queue->device, queue->commands);
    while (queue->kernels) {
        struct kernel_slot *next = queue->kernels->next;
        clReleaseKernel(queue->kernels->kernel);
        free(queue->kernels);
        queue->kernels = next;
    }
    clReleaseCommandQueue(queue->commands);
    free(queue);
}

static mood_status said(cl_int code, const char *what, struct queue *queue, mood_error *err) {
    return code == CL_SUCCESS ? MOOD_OK : opencl_error(err, code, "%s on %s", what, queue->device->info.name);
}

mood_status queue_flush(struct queue *queue, mood_error *err) {
    return said(clFlush(queue->commands), "starting work", queue, err);
}

mood_status queue_finish(struct queue *queue, mood_error *err) {
    return said(clFinish(queue->commands), "waiting for work", queue, err);
}

mood_status queue_read(struct queue *queue, const struct buffer *buffer, size_t offset, void *data, size_t bytes,
                       mood_error *err) {
    if (bytes == 0)
        return MOOD_OK;
    if (buffer->host) {
        mood_status status = queue_finish(queue, err);
        if (status == MOOD_OK)
            memcpy(data, (const char *)buffer->host + offset, bytes);
        return status;
    }
    turn_begin(queue->device, queue->commands);
    cl_int code = clEnqueueReadBuffer(queue->commands, buffer->memory, CL_TRUE, offset, bytes, data, 0, NULL, NULL);
    turn_end(queue->device);
    return said(code, "reading results", queue, err);
}

mood_status queue_write(struct queue *queue, const struct buffer *buffer, size_t offset, const void *data, size_t bytes,
                        mood_error *err) {
    if (bytes == 0)
        return MOOD_OK;
    if (buffer->host) {
        mood_status status = queue_finish(queue, err);
        if (status == MOOD_OK)
            memcpy((char *)buffer->host + offset, data, bytes);
        return status;
    }
    turn_begin(queue->device, queue->commands);
    cl_int code = clEnqueueWriteBuffer(queue->commands, buffer->memory, CL_TRUE, offset, bytes, data, 0, NULL, NULL);
    turn_end(queue->device);
    return said(code, "writing data", queue, err);
}

mood_status queue_write_later(struct queue *queue, const struct buffer *buffer, const void *data, size_t bytes,
                              cl_event *done, mood_error *err) {
    *done = NULL;
    turn_begin(queue->device, queue->commands);
    cl_int code = clEnqueueWriteBuffer(queue->commands, buffer->memory, CL_FALSE, 0, bytes, data, 0, NULL, done);
    turn_end(queue->device);
    return said(code, "writing data", queue, err);
}

mood_status queue_zero_part(struct queue *queue, const struct buffer *buffer, size_t offset, size_t bytes,
                            mood_error *err) {
    cl_float zero = 0;
    if (bytes == 0)
        return MOOD_OK;
    turn_begin(queue->device, queue->commands);
    cl_int code =
        clEnqueueFillBuffer(queue->commands, buffer->memory, &zero, sizeof zero, offset, bytes, 0, NULL, NULL);
    turn_end(queue->device);
    return said(code, "clearing memory", queue, err);
}

mood_status queue_zero(struct queue *queue, const struct buffer *buffer, mood_error *err) {
    return queue_zero_part(queue, buffer, 0, buffer->size / sizeof(cl_float) * sizeof(cl_float), err);
}

mood_status queue_copy(struct queue *queue, const struct buffer *from, size_t from_offset, const struct buffer *to,
                       size_t to_offset, size_t bytes, mood_error *err) {
    if (bytes == 0) /* not allowed in OpenCL */
        return MOOD_OK;
    turn_begin(queue->device, queue->commands);
    cl_int code =
        clEnqueueCopyBuffer(queue->commands, from->memory, to->memory, from_offset, to_offset, bytes, 0, NULL, NULL);
    turn_end(queue->device);
    return said(code, "copying memory", queue, err);
}

/* ---- launches ---------------------------------------------------------------------------------- */

static struct kernel_slot *find_kernel(struct queue *queue, const char *name, unsigned height) {
    for (struct kernel_slot *slot = queue->kernels; slot; slot = slot->next)
        if (slot->height == height && strcmp(slot->name, name) == 0)
            return slot;
    return NULL;
}

static mood_status add_kernel(struct queue *queue, const char *name, unsigned height, mood_error *err) {
    struct kernel_slot *slot = calloc(1, sizeof *slot);
    if (!slot)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making a kernel");
    char tiled[64];
    snprintf(tiled, sizeof tiled, "%s_%u", name, height);
    slot->name = name;
    slot->height = height;
    slot->checked = !queue->device->checks_arguments;
    mood_status status = program_kernel(queue->device, height ? tiled : name, &slot->kernel, err);
    if (status != MOOD_OK) {
        free(slot);
        return status;
    }
    slot->next = queue->kernels;
    queue->kernels = slot;
    return MOOD_OK;
}

mood_status launch_begin_tiles(struct queue *queue, const char *name, unsigned height, struct launch *launch,
                               mood_error *err) {
    struct kernel_slot *slot = find_kernel(queue, name, height);
    if (!slot) {
        mood_status status = add_kernel(queue, name, height, err);
        if (status != MOOD_OK)
            return status;
        slot = queue->kernels;
    }
    *launch = (struct launch){.queue = queue, .slot = slot, .kernel = slot->kernel, .name = name};
    return MOOD_OK;
}

mood_status launch_begin(struct queue *queue, const char *name, struct launch *launch, mood_error *err) {
    return launch_begin_tiles(queue, name, 0, launch, err);
}

static void set_argument(struct launch *launch, enum argument_kind kind, size_t size, const void *value) {
    if (launch->next == MAX_ARGUMENTS) {
        launch->code = CL_INVALID_ARG_INDEX;
        return;
    }
    launch->kinds[launch->next] = kind;
    cl_int code = clSetKernelArg(launch->kernel, launch->next++, size, value);
    if (launch->code == CL_SUCCESS)
        launch->code = code;
}

void launch_buffer(struct launch *launch, const struct buffer *buffer) {
    cl_mem memory = buffer ? buffer->memory : NULL;
    set_argument(launch, ARGUMENT_BUFFER, sizeof memory, memory ? &memory : NULL);
}

void launch_int(struct launch *launch, long long value) {
    cl_int number = (cl_int)value;
    if ((value > INT_MAX || value < INT_MIN) && launch->code == CL_SUCCESS)
        launch->code = CL_INVALID_ARG_VALUE;
    set_argument(launch, ARGUMENT_INT, sizeof number, &number);
}

void launch_float(struct launch *launch, float value) {
    set_argument(launch, ARGUMENT_FLOAT, sizeof value, &value);
}

void launch_local(struct launch *launch, size_t bytes) {
    set_argument(launch, ARGUMENT_LOCAL, bytes, NULL);
}

void launch_reaches(struct launch *launch, void *const *places, size_t count) {
    cl_int code = clSetKernelExecInfo(launch->kernel, CL_KERNEL_EXEC_INFO_SVM_PTRS, count * sizeof *places, places);
    if (launch->code == CL_SUCCESS)
        launch->code = code;
}

static mood_status start(struct launch *launch, cl_uint dimensions, const size_t *global, const size_t *local,
                         mood_error *err) {
    if (!launch->slot->checked) {
        mood_status status = arguments_check(launch->kernel, launch->name, launch->kinds, launch->next, err);
        if (status != MOOD_OK)
            return status;
        launch->slot->checked = true;
    }
    turn_begin(launch->queue->device, launch->queue->commands);
    if (launch->code == CL_SUCCESS)
        launch->code = clEnqueueNDRangeKernel(launch->queue->commands, launch->kernel, dimensions, NULL, global, local,
                                              0, NULL, NULL);
    turn_end(launch->queue->device);
    if (launch->code == CL_SUCCESS)
        return MOOD_OK;
    return opencl_error(err, launch->code, "starting kernel %s on %s", launch->name, launch->queue->device->info.name);
}

mood_status launch_run(struct launch *launch, size_t count, size_t local, mood_error *err) {
    size_t global = (count + local - 1) / local * local;
    return count == 0 ? MOOD_OK : start(launch, 1, &global, &local, err);
}

mood_status launch_run_2d(struct launch *launch, size_t count, size_t local, size_t count_2, mood_error *err) {
    size_t global[2] = {(count + local - 1) / local * local, count_2}, locals[2] = {local, 1};
    return count == 0 || count_2 == 0 ? MOOD_OK : start(launch, 2, global, locals, err);
}

mood_status kernel_most_items(struct queue *queue, const char *name, size_t *items, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, name, &launch, err);
    if (status != MOOD_OK)
        return status;
    cl_int code = clGetKernelWorkGroupInfo(launch.kernel, queue->device->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof *items,
                                           items, NULL);
    return said(code, "asking for a work-group's size", queue, err);
}
