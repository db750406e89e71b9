/* The kernels, built once a device and cached on disk. */
#ifndef DEVICE_PROGRAM_H
#define DEVICE_PROGRAM_H

#include "device/device.h"

/* The program of all files in kernels/, built for the device: W set, and files of tiles there for each height R; it
 * belongs to the device. One program, since a compiler's start costs more than our few kernels. Thread-safe. */
mood_status program_get(mood_device *device, cl_program *program, mood_error *err);

#endif
