/* Open a device. */
#ifndef DEVICE_OPEN_H
#define DEVICE_OPEN_H

#include "device/select.h"

/* Open a device with that class, without a known-answer test. *device is new. */
mood_status device_open(const struct device_found *found, enum kernel_class forced, mood_device **device,
                        mood_error *err);

#endif
