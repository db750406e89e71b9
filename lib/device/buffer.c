/* Device memory. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "device/buffer.h"

/* ---- shared virtual memory ------------------------------------------------------------- */

struct shared {
    cl_context context;
    void *host;
};

static void shared_free(struct shared *shared) {
    if (shared && shared->host)
        clSVMFree(shared->context, shared->host);
    free(shared);
}

/* OpenCL releases the object when no enqueued command uses it. */
static void CL_CALLBACK on_destroy(cl_mem memory, void *shared) {
    (void)memory;
    shared_free(shared);
}

/* Tables are read at random positions: large pages save address translations. */
static void want_large_pages(void *host, size_t bytes) {
#ifdef MADV_HUGEPAGE
    const uintptr_t page = (uintptr_t)2 << 20;
    uintptr_t first = ((uintptr_t)host + page - 1) / page * page, end = ((uintptr_t)host + bytes) / page * page;
    if (first < end)
        madvise((void *)first, end - first, MADV_HUGEPAGE); /* optional: a failure only costs speed */
#else
    (void)host;
    (void)bytes;
#endif
}

static cl_mem create_shared(mood_device *device, size_t bytes, void **host, cl_int *code) {
    struct shared *shared = calloc(1, sizeof *shared);
    cl_mem memory = NULL;
    *code = CL_OUT_OF_HOST_MEMORY;
    if (shared) {
        shared->context = device->context;
        shared->host = clSVMAlloc(device->context, CL_MEM_READ_WRITE | CL_MEM_SVM_FINE_GRAIN_BUFFER, bytes, 0);
    }
    if (shared && shared->host) {
        want_large_pages(shared->host, bytes);
        memory = clCreateBuffer(device->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, shared->host, code);
    }
    if (*code == CL_SUCCESS)
        *code = clSetMemObjectDestructorCallback(memory, on_destroy, shared);
    if (*code == CL_SUCCESS) {
        *host = shared->host;
        return memory;
    }
    if (memory)
        clReleaseMemObject(memory);
    shared_free(shared);
    return NULL;
}

/* ---- buffers ------------------------------------------------------------------------------------ */

mood_status buffer_create(mood_device *device, size_t count, size_t size, struct buffer *buffer, mood_error *err) {
    size_t bytes;
    *buffer = (struct buffer){0};
    if (__builtin_mul_overflow(count, size, &bytes))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL, "%zu times %zu bytes do not fit into memory",
                              count, size);
    if (bytes == 0)
        bytes = 1;
    if (device->largest_buffer && bytes > device->largest_buffer)
        return mood_error_set(err, MOOD_ERR_DEVICE, MOOD_CLASS_FATAL,
                              "can't allocate %zu MB in one piece: more than the limit of %s (%zu MB); use a smaller "
                              "batch or model",
                              bytes >> 20, device->info.name, device->largest_buffer >> 20);
    cl_int code;
    void *host = NULL;
    cl_mem memory = device->shares_memory ? create_shared(device, bytes, &host, &code)
                                          : clCreateBuffer(device->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "allocating %zu bytes on %s", bytes, device->info.name);
    *buffer = (struct buffer){memory, bytes, host};
    return MOOD_OK;
}

mood_status buffer_part(const struct buffer *whole, size_t offset, size_t bytes, struct buffer *part, mood_error *err) {
    cl_buffer_region region = {offset, bytes};
    cl_int code;
    *part = (struct buffer){0};
    cl_mem memory = clCreateSubBuffer(whole->memory, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "taking %zu bytes of a buffer", bytes);
    *part = (struct buffer){memory, bytes, whole->host ? (char *)whole->host + offset : NULL};
    return MOOD_OK;
}

void buffer_destroy(struct buffer *buffer) {
    if (buffer->memory)
        clReleaseMemObject(buffer->memory);
    *buffer = (struct buffer){0};
}
