/* Results of the known-answer tests (lib/model/known_answer.h, known_gradients.h), kept in the cache directory for each
 * device, driver version, build of the kernels, and kernel class. No driver is trusted before its result is known. */
#ifndef DEVICE_VERDICT_H
#define DEVICE_VERDICT_H

#include "device/device.h"

enum verdict { VERDICT_UNKNOWN, VERDICT_RIGHT, VERDICT_WRONG };

/* What was tested: scores before the first use of a device, gradients before the first training on it, and scores with
 * tiles of height h (KNOWN_HEIGHT + h) before their first use. */
enum known_test { KNOWN_SCORES, KNOWN_GRADIENTS, KNOWN_HEIGHT };

/* The kernel classes to try on a device, best first; `forced` (CLASS_AUTO: none) is tried alone. Returns how many.
 * CLASS_AUTO stands for the class, or the two classes, that the device type chooses. */
#define MOST_CANDIDATES 3
size_t verdict_candidates(const mood_device_info *info, enum kernel_class forced,
                          enum kernel_class candidates[MOST_CANDIDATES]);

/* The name of a candidate in messages: "tile", "group", "gemm" or "gemm and group". */
const char *verdict_class_name(const mood_device_info *info, enum kernel_class candidate);

#define REASON_SIZE 200

/* The stored result; with VERDICT_WRONG reason [size] is set. A failure is VERDICT_UNKNOWN again after an hour. */
enum verdict verdict_read(const mood_device_info *info, enum known_test test, enum kernel_class candidate, char *reason,
                          size_t size);

/* Store a result; reason NULL: right. Without a cache directory nothing is stored. */
void verdict_write(const mood_device_info *info, enum known_test test, enum kernel_class candidate, const char *reason);

/* Store a failure that may have another cause than the driver, such as a full disk; why: "the driver …". */
void verdict_write_failure(const mood_device_info *info, enum known_test test, enum kernel_class candidate,
                           const char *why);

/* Store and read the time of a known-answer test on a CPU driver [s]; 0: unknown. */
void verdict_write_seconds(const mood_device_info *info, double seconds);
double verdict_seconds(const mood_device_info *info);

/* False if there is no cache directory, or it is read-only. */
bool verdict_can_be_kept(void);

/* Of known scores: VERDICT_WRONG if all candidates are wrong; VERDICT_RIGHT if the first one that is not wrong is
 * right; else VERDICT_UNKNOWN. reason [size] with VERDICT_WRONG: what went wrong with each, and how to have it tested
 * again. */
enum verdict verdict_of_device(const mood_device_info *info, enum kernel_class forced, char *reason, size_t size);

#endif
