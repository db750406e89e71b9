/* A device must compute right gradients before a model trains on it. */
#ifndef MODEL_TRAINING_DEVICE_H
#define MODEL_TRAINING_DEVICE_H

#include "device/device.h"

/* Before the first training with a driver version and a kernel class, known gradients are computed; the result is kept in
 * the cache directory. MOOD_ERR_DEVICE, fatal, if they are wrong: the message says what to do. Thread-safe. */
mood_status training_device_check(mood_device *device, mood_error *err);

#endif
