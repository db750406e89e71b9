/* The kernels, built once a device and cached on disk. */
#ifndef DEVICE_PROGRAM_H
#define DEVICE_PROGRAM_H

#include <sha256.h>

#include "device/device.h"

/* Make a kernel, which is the caller's to release, of the program that has it: the one that the device's class predicts
 * with, else the other. Each is built when it is first looked into, for the device: W set, and files of tiles there for
 * each height R; they belong to the device. Few programs, since each one's build starts a compiler. Thread-safe. */
mood_status program_kernel(mood_device *device, const char *name, cl_kernel *kernel, mood_error *err);

/* What the device predicts with, built in a thread while the caller has a few tenths of a second of other things to do
 * that need it afterwards: between begin and end. What fails there is tried again, and told, by program_kernel. */
struct program_ahead {
    mood_device *device;
    pthread_t thread;
    bool running;
};

void program_begin_ahead(mood_device *device, struct program_ahead *ahead);
void program_end_ahead(struct program_ahead *ahead);

/* The key of what is kept on disk for this device, its driver and these kernels; options tell things apart. */
void program_key(const mood_device_info *info, const char *options, char key[SHA256_DIGEST_STRING_LENGTH]);

#endif
