/* Short forms of mood_error_set for reading files and descriptions. */
#ifndef BASE_ERRORS_H
#define BASE_ERRORS_H

#include "mood/status.h"

#define broken(err, ...) mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_FATAL, __VA_ARGS__)
#define unsupported(err, ...) mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL, __VA_ARGS__)
#define out_of_memory(err, what) mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory " what)

static inline mood_status error_no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory");
}

/* Change MOOD_ERR_ARGUMENT to MOOD_ERR_FORMAT: the value came from a file, not from the caller. */
static inline mood_status error_of_format(mood_status status, mood_error *err) {
    if (status != MOOD_ERR_ARGUMENT)
        return status;
    if (err)
        err->status = MOOD_ERR_FORMAT;
    return MOOD_ERR_FORMAT;
}

/* Change MOOD_ERR_FORMAT to MOOD_ERR_ARGUMENT: the value came from the caller, not from a file. */
static inline mood_status error_of_argument(mood_status status, mood_error *err) {
    if (status != MOOD_ERR_FORMAT)
        return status;
    if (err)
        err->status = MOOD_ERR_ARGUMENT;
    return MOOD_ERR_ARGUMENT;
}

#endif
