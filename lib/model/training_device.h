/* Checks that a device computes correct gradients before a model trains on it. */
#ifndef MODEL_TRAINING_DEVICE_H
#define MODEL_TRAINING_DEVICE_H

#include "device/device.h"

/* Before the first training with a driver version and a kernel class, known gradients are computed; the result is
 * stored in the cache directory. Errors: MOOD_ERR_DEVICE, fatal, if they are wrong: the message contains the
 * remedy. Thread-safe. */
mood_status training_device_check(mood_device *device, mood_error *err);

#endif
