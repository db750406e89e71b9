/* Find and choose devices (select.c), and open one (device.c). */
#ifndef DEVICE_SELECT_H
#define DEVICE_SELECT_H

#include "device/device.h"

struct device_found {
    size_t index; /* in mood_device_list's order */
    cl_platform_id platform;
    cl_device_id id;
    mood_device_info info;
};

/* Every device there is; *found is new (free). Errors: MOOD_ERR_NO_DEVICE when there is none. */
mood_status device_find_all(struct device_found **found, size_t *count, mood_error *err);

/* The index of the one that a selector means, as mood_device_choose says. */
mood_status device_pick(const struct device_found *found, size_t count, const char *selector, size_t *index,
                        char *reason, size_t reason_size, mood_error *err);

/* The class that MOOD_KERNELS forces; CLASS_AUTO without. */
mood_status device_forced_class(enum kernel_class *forced, mood_error *err);

/* Open what was found, with that class; this makes no known-answer test. *device is new. */
mood_status device_open(const struct device_found *found, enum kernel_class forced, mood_device **device,
                        mood_error *err);

/* True for a driver made for CPUs. */
bool device_is_cpu_driver(const mood_device_info *info);

#endif
