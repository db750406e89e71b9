/* Properties of an open device. */
#include <stdlib.h>
#include <string.h>

#include "device/device.h"

mood_status device_forced_class(enum kernel_class *forced, mood_error *err) {
    static const char *const names[] = {[CLASS_TILE] = "tile", [CLASS_GROUP] = "group", [CLASS_GEMM] = "gemm"};
    const char *name = getenv("MOOD_KERNELS");
    *forced = CLASS_AUTO;
    if (!name || !*name)
        return MOOD_OK;
    for (int class = CLASS_TILE; class <= CLASS_GEMM; class ++)
        if (strcmp(name, names[class]) == 0) {
            *forced = (enum kernel_class) class;
            return MOOD_OK;
        }
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "MOOD_KERNELS is '%s'; it must be tile, group or gemm, or not set", name);
}

enum kernel_class device_class(const mood_device *device) {
    if (device->forced != CLASS_AUTO)
        return device->forced == CLASS_TILE ? CLASS_TILE : CLASS_GEMM;
    return device->info.type == MOOD_DEVICE_CPU ? CLASS_TILE : CLASS_GEMM;
}

const mood_device_info *mood_device_get_info(const mood_device *device) {
    return &device->info;
}

const char *mood_device_get_kernels(const mood_device *device) {
    return device_class(device) == CLASS_TILE ? "tile" : device->forced == CLASS_GEMM ? "gemm" : "group";
}
