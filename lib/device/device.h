/* An open OpenCL device: context, limits, and the kernels built for it. */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <pthread.h>

#include <CL/cl.h>

#include "device/kernels.h"
#include "mood/device.h"

/* How the recurrent kernels work; see design.md. Which one runs depends on the device, never on the batch, so that
 * scores do not depend on it. */
enum kernel_class { CLASS_AUTO, CLASS_TILE, CLASS_GROUP, CLASS_GEMM };

#define TALLEST_TILE 6

struct mood_device {
    mood_device_info info;
    size_t index; /* in mood_device_list's order */
    cl_device_id id;
    cl_context context;
    size_t alignment;         /* of a sub-buffer's offset, in bytes */
    size_t largest_buffer;    /* in bytes; 0: unknown */
    unsigned vector_width;    /* W of the kernels: 16, 8 or 4 floats */
    const unsigned *heights;  /* of tiles, R of the kernels, in rows: rising to TALLEST_TILE at most, 0 at the end */
    enum kernel_class forced; /* by MOOD_KERNELS, or because the classes before it give wrong results */
    size_t product_bytes;     /* gemm class, inference: size of the products x·W that are computed at once */
    size_t largest_group, local_bytes; /* items of a work-group, and its memory */
    bool takes_turns;                  /* see turn.h */
    bool checks_arguments;             /* tests: MOOD_CHECK_ARGUMENTS is set; see arguments.h */
    bool shares_memory;                /* with the host, at the same addresses */
    bool caches_kernels;     /* PoCL: the driver caches each kernel at its first launch, and compiles all kernels, which
                                takes     seconds, when it is asked for a program's binary */
    char cache_folder[4096]; /* of program binaries; "": none */

    pthread_mutex_t lock;                          /* guards programs while they are built */
    cl_program programs[KERNEL_PROGRAMS];          /* NULL until a kernel of it is used: see program.h */
    _Atomic unsigned tile_times[TALLEST_TILE + 1]; /* by height, in any unit: see tiles.h */
    _Atomic unsigned right_heights;                /* bit h: predictions with tiles of height h are right */
    pthread_mutex_t tuning;                        /* guards the members below until they are tuned; recursive */
    bool trains;                                   /* its gradients are right */
    bool tiles_tuned;                              /* tile_times are measured, or must not be */
    bool limited, tuned;                           /* largest_group is that of the kernels; group_units is known */
    size_t group_units; /* gemm class: layers of at most this many units run all time steps in one launch; see
                           lstm_tune_groups.c */
};

/* The class that MOOD_KERNELS forces; CLASS_AUTO if it is not set. Errors: MOOD_ERR_ARGUMENT. */
mood_status device_forced_class(enum kernel_class *forced, mood_error *err);

/* The class of this device: CLASS_TILE, or CLASS_GEMM, which includes the group class because its products are the
 * same. */
enum kernel_class device_class(const mood_device *device);

/* Turn an OpenCL error code into a mood_error; what says what was tried ("allocate 12 MB"). */
mood_status opencl_error(mood_error *err, cl_int code, const char *format, ...) MOOD_PRINTF(3, 4);

/* The OpenCL name of an error code: "CL_OUT_OF_RESOURCES". */
const char *opencl_error_name(cl_int code);

#endif
