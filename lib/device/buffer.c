/* Device memory. */
#include "device/buffer.h"

mood_status buffer_create(mood_device *device, size_t count, size_t size, struct buffer *buffer,
                          mood_error *err) {
    size_t bytes;
    buffer->memory = NULL;
    buffer->size = 0;
    if (__builtin_mul_overflow(count, size, &bytes))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL, "%zu times %zu bytes are more than fit memory",
                              count, size);
    if (bytes == 0)
        bytes = 1;
    if (device->largest_buffer && bytes > device->largest_buffer)
        return mood_error_set(err, MOOD_ERR_DEVICE, MOOD_CLASS_FATAL,
                              "%zu MB in one piece are more than %s gives (%zu MB); take a smaller batch or model",
                              bytes >> 20, device->info.name, device->largest_buffer >> 20);
    cl_int code;
    cl_mem memory = clCreateBuffer(device->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "allocating %zu bytes on %s", bytes, device->info.name);
    buffer->memory = memory;
    buffer->size = bytes;
    return MOOD_OK;
}

mood_status buffer_part(const struct buffer *whole, size_t offset, size_t bytes, struct buffer *part,
                        mood_error *err) {
    cl_buffer_region region = {offset, bytes};
    cl_int code;
    part->size = 0;
    part->memory = clCreateSubBuffer(whole->memory, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (code != CL_SUCCESS) {
        part->memory = NULL;
        return opencl_error(err, code, "taking %zu bytes of a buffer", bytes);
    }
    part->size = bytes;
    return MOOD_OK;
}

void buffer_destroy(struct buffer *buffer) {
    if (buffer->memory)
        clReleaseMemObject(buffer->memory);
    buffer->memory = NULL;
    buffer->size = 0;
}
