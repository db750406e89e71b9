/* Choose and open an OpenCL device. */
#ifndef MOOD_DEVICE_H
#define MOOD_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mood/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mood_device mood_device;

typedef enum mood_device_type {
    MOOD_DEVICE_CPU = 0,
    MOOD_DEVICE_GPU = 1,
    MOOD_DEVICE_ACCELERATOR = 2,
    MOOD_DEVICE_OTHER = 3
} mood_device_type;

/** What OpenCL reports about one device. Strings are UTF-8; longer ones are truncated. */
typedef struct mood_device_info {
    char name[256];
    char platform[256];
    char driver[128];
    char version[128]; /**< CL_DEVICE_VERSION */
    mood_device_type type;
    uint32_t compute_units;
    uint64_t memory_bytes;
    bool usable;       /**< available, has a compiler, and has not failed its known-answer test */
    char problem[512]; /**< the reason, if not usable */
} mood_device_info;

/** List every device of every platform; a selector's index refers to this order.
 *  infos [capacity] may be NULL with capacity 0; *count is the number of devices.
 *  Platforms that fail are skipped. Errors: MOOD_ERR_NO_DEVICE if there is none. */
MOOD_API MOOD_MUST_CHECK mood_status mood_device_list(mood_device_info *infos, size_t capacity, size_t *count,
                                                      mood_error *err);

/** The device that a selector chooses, as an index into the order of mood_device_list, and the reason (a sentence).
 *  selector: an index; a type (cpu, gpu or accelerator); or a part of a device's or platform's name. Case does not
 * matter. NULL means the environment's MOOD_DEVICE, and without that the fastest type: GPU, accelerator, CPU driver,
 * CPU device of a graphics driver, simulator. Devices that cannot be used are skipped, unless the index or name matches
 * no other. reason [reason_size] may be NULL. Errors: MOOD_ERR_NO_DEVICE; the message lists the devices. */
MOOD_API MOOD_MUST_CHECK mood_status mood_device_choose(const char *selector, size_t *index, char *reason,
                                                        size_t reason_size, mood_error *err);

/** Open the device that mood_device_choose returns. *device is new; destroy it after everything made from it.
 *
 *  At the first use of a device with its driver version, a known-answer test runs: a small model predicts rows whose
 * scores are known. A kernel class that computes wrong scores is not used; a device without a correct class is skipped,
 * and mood_device_list then gives the reason. Results are kept in the cache directory ($XDG_CACHE_HOME/mood, else
 *  $HOME/.cache/mood, else /tmp/mood-UID); the result that a class cannot be built, or ends the process, is
 *  kept for one hour. Since a driver may end the process when it compiles, the test runs in a child
 *  process (posix_spawn of try-device in libexec; the caller may receive SIGCHLD). Without that program or without a
 *  writable cache directory it runs in the calling process.
 *
 *  The first call of mood_device_list, _choose, _is_new or _open may set POCL_CACHE_DIR in the environment, once: if
 *  PoCL would load compiled kernels from a directory that other users can write to. setenv is not thread-safe: make the
 * first call while no other thread reads or changes the environment. Do not fork between the first OpenCL call of a
 * process and its last. */
MOOD_API MOOD_MUST_CHECK mood_status mood_device_open(const char *selector, mood_device **device, mood_error *err);

/** True if mood_device_open would first build and test the kernels for the device that the selector chooses, because no
 *  result is in the cache. This takes seconds, once per driver version. False if there is no such device. */
MOOD_API bool mood_device_is_new(const char *selector);

/** NULL is allowed. */
MOOD_API void mood_device_destroy(mood_device *device);

/** Information about the open device; belongs to the device. */
MOOD_API const mood_device_info *mood_device_get_info(const mood_device *device);

/** The class of kernels that LSTM layers use on the device: "tile", "gemm" or "group". "group" means: all steps in one
 *  launch for layers up to the size at which that was measured to be faster, and gemm for larger layers. The
 *  environment's MOOD_KERNELS forces a class. */
MOOD_API const char *mood_device_get_kernels(const mood_device *device);

#ifdef __cplusplus
}
#endif
#endif
