/* The programs of a device, built once and cached on disk. */
#ifndef DEVICE_PROGRAM_H
#define DEVICE_PROGRAM_H

#include <sha256.h>

#include "device/device.h"

/* Create a kernel, which the caller releases. The program that the device predicts with is searched first, then the
 * other one. A program is built when it is first searched, with W set for the device, and files of tiles included once
 * for each height R; it belongs to the device. There are few programs, because each build starts a compiler.
 * Thread-safe. */
mood_status program_kernel(mood_device *device, const char *name, cl_kernel *kernel, mood_error *err);

/* Build the program that the device predicts with in a thread, between begin and end, while the caller does other work.
 * After a failure program_kernel builds it again and reports the error. */
struct program_ahead {
    mood_device *device;
    pthread_t thread;
    bool running;
};

void program_begin_ahead(mood_device *device, struct program_ahead *ahead);
void program_end_ahead(struct program_ahead *ahead);

/* The cache key of a value for this device, its driver and these kernels; options distinguish several values. */
void program_key(const mood_device_info *info, const char *options, char key[SHA256_DIGEST_STRING_LENGTH]);

#endif
