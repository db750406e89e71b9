/* A known-answer test in a process of its own. */
#ifndef MODEL_DEVICE_TRIAL_H
#define MODEL_DEVICE_TRIAL_H

#include <stddef.h>

#include "device/verdict.h"

/* A driver may end the process while it compiles a kernel. Therefore a device without a known-answer result is first
 * opened by the program try-device, which keeps the result (device/verdict.h) and the compiled kernels in the cache
 * directory; and before the first training that program trains. This function starts it with this process's environment and
 * waits for it.
 * index: the device's, in mood_device_list's order. */
#define TRIAL_SECONDS 300 /* generous: a driver's first compilation may take a minute */

enum trial_outcome {
    TRIAL_NOT_RUN, /* the program is not there, or could not be started */
    TRIAL_ENDED,   /* it ran to its end */
    TRIAL_DIED     /* the driver ended the process, or hung; how [size] says in which way */
};

enum trial_outcome device_trial_run(size_t index, enum known_test test, char *how, size_t size);

#endif
