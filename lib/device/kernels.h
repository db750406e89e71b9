/* The kernels' sources as the build embedded them. */
#ifndef DEVICE_KERNELS_H
#define DEVICE_KERNELS_H

#include <stddef.h>

struct kernel_source {
    const char *name;         /* file name without .cl */
    const char *const *lines; /* each ends with a newline; the first is a #line */
    size_t count;
};

/* What is compiled together; Makefile.am says which files these are. common.cl stands first. */
struct kernel_program {
    const char *name;
    const struct kernel_source *const *sources; /* NULL at the end */
};

#define KERNEL_PROGRAMS 2

extern const struct kernel_program kernel_programs[KERNEL_PROGRAMS];

#endif
