/* Errors: status, class and message of a failed call. */
#ifndef MOOD_STATUS_H
#define MOOD_STATUS_H

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MOOD_API __attribute__((visibility("default")))
#define MOOD_MUST_CHECK __attribute__((warn_unused_result))
#define MOOD_PRINTF(index, first) __attribute__((format(printf, index, first)))
#else
#define MOOD_API
#define MOOD_MUST_CHECK
#define MOOD_PRINTF(index, first)
#endif

/** The kind of error. The numbers are part of the ABI: new ones are added at the end. */
typedef enum mood_status {
    MOOD_OK = 0,
    MOOD_ERR_ARGUMENT = 1,    /**< an invalid argument */
    MOOD_ERR_MEMORY = 2,      /**< host memory could not be allocated */
    MOOD_ERR_IO = 3,          /**< a file or stream could not be read or written */
    MOOD_ERR_FORMAT = 4,      /**< data from a file or record is malformed */
    MOOD_ERR_SHAPE = 5,       /**< sizes that do not match */
    MOOD_ERR_UNSUPPORTED = 6, /**< valid, but not supported by this version */
    MOOD_ERR_NO_DEVICE = 7,   /**< no OpenCL device, or none that matches the selector */
    MOOD_ERR_DEVICE = 8,      /**< an OpenCL call failed */
    MOOD_ERR_STATE = 9,       /**< an object is not ready for the call: fit before compile, weights that are NaN */
    MOOD_ERR_STOPPED = 10,    /**< stopped on request before it finished */
    MOOD_ERR_CONNECTOR = 11   /**< a connector (Kafka, lines …) failed */
} mood_status;

/** What a caller can do about it. */
typedef enum mood_error_class {
    MOOD_CLASS_FATAL = 0,      /**< calling again does not help */
    MOOD_CLASS_INPUT = 1,      /**< this input is bad; others may be fine */
    MOOD_CLASS_RETRYABLE = 2,  /**< the same call may succeed later */
    MOOD_CLASS_DEVICE_LOST = 3 /**< open a device again, then repeat the call */
} mood_error_class;

/** Largest size of a message [bytes], including its final NUL. Longer ones are truncated between characters. */
#define MOOD_MESSAGE_SIZE 1024

/** Filled by a call that fails; not changed by a call that succeeds. Every `mood_error *` may be NULL. */
typedef struct mood_error {
    mood_status status;
    mood_error_class error_class;
    char message[MOOD_MESSAGE_SIZE]; /**< one line of UTF-8: what failed, where (file, line or record), what to do */
} mood_error;

/** Fill an error and return its status, so that a failing call reads `return mood_error_set(…)`.
 *  For libraries and connectors built on mood; err may be NULL. */
MOOD_API mood_status mood_error_set(mood_error *err, mood_status status, mood_error_class error_class,
                                    const char *format, ...) MOOD_PRINTF(4, 5);

/** Put "prefix: " before an error's message (for example a file name); status and class stay the same. */
MOOD_API void mood_error_prefix(mood_error *err, const char *format, ...) MOOD_PRINTF(2, 3);

/** A status in words, for logs; never NULL. */
MOOD_API const char *mood_status_name(mood_status status);

/** Release memory that the library returned as new (strings, arrays). NULL is allowed. */
MOOD_API void mood_free(void *memory);

/** The library's version, e.g. "0.1.0". */
MOOD_API const char *mood_version(void);

#ifdef __cplusplus
}
#endif
#endif
