/* Device memory. */
#ifndef DEVICE_BUFFER_H
#define DEVICE_BUFFER_H

#include "device/device.h"

/* Absent when memory is NULL; kernels see a null pointer then. */
struct buffer {
    cl_mem memory;
    size_t size; /* bytes */
    void *host;  /* the same memory as the host sees it, while no work is under way; NULL: it doesn't */
};

/* New memory of count elements of size bytes each, contents undefined. At least one byte is allocated. */
mood_status buffer_create(mood_device *device, size_t count, size_t size, struct buffer *buffer, mood_error *err);

/* A part of another buffer, new as an object, sharing its memory. offset (bytes) is a multiple of the
 * device's alignment. */
mood_status buffer_part(const struct buffer *whole, size_t offset, size_t bytes, struct buffer *part, mood_error *err);

/* Release and make absent; absent is fine. */
void buffer_destroy(struct buffer *buffer);

#endif
