/* Find and choose devices. */
#ifndef DEVICE_SELECT_H
#define DEVICE_SELECT_H

#include "device/device.h"

struct device_found {
    size_t index; /* in mood_device_list's order */
    cl_platform_id platform;
    cl_device_id id;
    mood_device_info info;
};

/* All devices; *found is new (free). Errors: MOOD_ERR_NO_DEVICE if there is none. */
mood_status device_find_all(struct device_found **found, size_t *count, mood_error *err);

/* The index of the device that a selector names, as mood_device_choose documents. */
mood_status device_pick(const struct device_found *found, size_t count, const char *selector, size_t *index,
                        char *reason, size_t reason_size, mood_error *err);

/* True for a driver made for CPUs. */
bool device_is_cpu_driver(const mood_device_info *info);

#endif
