/* PoCL: how to recognise it, what its versions need, and where it caches compiled kernels. */
#ifndef DEVICE_POCL_H
#define DEVICE_POCL_H

#include <stdbool.h>

#include "mood/device.h"

bool pocl_is(const mood_device_info *info);

/* True if the driver's version needs turn.h: all versions before 6.0. */
bool pocl_takes_turns(const mood_device_info *info);

/* PoCL loads compiled kernels as shared objects from its cache directory, and does not check who wrote them. Call this
 * before the first OpenCL call. It creates the cache directory that PoCL would use and checks that it belongs to this
 * user and that no one else can write to it. Otherwise it sets POCL_CACHE_DIR to a directory of mood's own cache.
 * A POCL_CACHE_DIR that the user set is checked, but never changed, unless it is empty (PoCL aborts then).
 * The work is done once per process. Returns NULL, or the reason why PoCL must not be used. */
const char *pocl_secure_cache(void);

#endif
