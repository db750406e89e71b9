/* The kernels, built once a device and cached on disk. */
#ifndef DEVICE_PROGRAM_H
#define DEVICE_PROGRAM_H

#include <sha256.h>

#include "device/device.h"

/* The program of all files in kernels/, built for the device: W set, and files of tiles there for each height R; it
 * belongs to the device. One program, since a compiler's start costs more than our few kernels. Thread-safe. */
mood_status program_get(mood_device *device, cl_program *program, mood_error *err);

/* The key of what is kept on disk for this device, its driver and these kernels; options tell things apart. */
void program_key(const mood_device *device, const char *options, char key[SHA256_DIGEST_STRING_LENGTH]);

#endif
