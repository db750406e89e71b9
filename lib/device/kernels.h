/* The kernels' sources as the build embedded them. */
#ifndef DEVICE_KERNELS_H
#define DEVICE_KERNELS_H

#include <stddef.h>

struct kernel_source {
    const char *name;         /* file name without .cl */
    const char *const *lines; /* each ends with a newline; the first is a #line */
    size_t count;
};

extern const struct kernel_source kernel_sources[];
extern const size_t kernel_source_count;

#endif
