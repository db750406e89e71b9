/* A known-answer test in a separate process. */
#ifndef MODEL_DEVICE_TRIAL_H
#define MODEL_DEVICE_TRIAL_H

#include <stddef.h>

#include "device/verdict.h"

/* A driver may crash while it compiles a kernel. Therefore a device without a stored result is first opened by the
 * program try-device, which stores the result (device/verdict.h) and the compiled kernels in the cache directory;
 * before the first training that program trains as well. This function starts it with this process's environment
 * and waits for it. index: of the device, in mood_device_list's order. */
#define TRIAL_SECONDS 300 /* a driver's first compilation may take a minute */

enum trial_outcome {
    TRIAL_NOT_RUN, /* the program is missing, or could not be started */
    TRIAL_ENDED,   /* it exited */
    TRIAL_DIED     /* the driver crashed or timed out; how [size] says which */
};

enum trial_outcome device_trial_run(size_t index, enum known_test test, char *how, size_t size);

#endif
