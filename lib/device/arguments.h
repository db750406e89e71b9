/* A check for tests: whether the arguments of a launch have the types that the kernel declares. OpenCL compares only
 * their sizes, so an int in place of a float goes unnoticed. */
#ifndef DEVICE_ARGUMENTS_H
#define DEVICE_ARGUMENTS_H

#include "device/device.h"

enum argument_kind { ARGUMENT_BUFFER, ARGUMENT_INT, ARGUMENT_FLOAT, ARGUMENT_LOCAL };

enum { MAX_ARGUMENTS = 32 };

/* Compare kinds [count] with a kernel built with -cl-kernel-arg-info (mood_device.checks_arguments). Errors:
 * MOOD_ERR_DEVICE; the message names kernel, argument and types. */
mood_status arguments_check(cl_kernel kernel, const char *name, const enum argument_kind *kinds, size_t count,
                            mood_error *err);

#endif
