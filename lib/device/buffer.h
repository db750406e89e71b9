/* Device memory. */
#ifndef DEVICE_BUFFER_H
#define DEVICE_BUFFER_H

#include "device/device.h"

/* Absent when memory is NULL; kernels see a null pointer then. */
struct buffer {
    cl_mem memory;
    size_t size; /* bytes */
    void *host;  /* the host's address of the same memory, valid while no work is in progress; NULL: not shared */
};

/* Allocate count elements of size bytes each, with undefined contents; at least one byte. */
mood_status buffer_create(mood_device *device, size_t count, size_t size, struct buffer *buffer, mood_error *err);

/* Create a buffer that shares the memory of a part of another one. offset [bytes] is a multiple of the device's
 * alignment. */
mood_status buffer_part(const struct buffer *whole, size_t offset, size_t bytes, struct buffer *part, mood_error *err);

/* Release the memory and make the buffer absent. An absent buffer is allowed. */
void buffer_destroy(struct buffer *buffer);

#endif
