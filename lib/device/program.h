/* The kernels, built once a device and cached on disk. */
#ifndef DEVICE_PROGRAM_H
#define DEVICE_PROGRAM_H

#include <sha256.h>

#include "device/device.h"

/* Make a kernel, which is the caller's to release, of the program that has it: the one that the device's class predicts
 * with, else the other. Each is built when it is first looked into, for the device: W set, and files of tiles there for
 * each height R; they belong to the device. Few programs, since each one's build starts a compiler. Thread-safe. */
mood_status program_kernel(mood_device *device, const char *name, cl_kernel *kernel, mood_error *err);

/* Begin to build what the device predicts with, in a thread of its own that ends by itself or with the device: a few
 * tenths of a second that need not be waited for while a model is read. What fails is told by program_kernel. */
void program_build_ahead(mood_device *device);
void program_end_ahead(mood_device *device);

/* The key of what is kept on disk for this device, its driver and these kernels; options tell things apart. */
void program_key(const mood_device *device, const char *options, char key[SHA256_DIGEST_STRING_LENGTH]);

#endif
