/* Open and close a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/cache.h"
#include "device/gemm.h"
#include "device/select.h"
#include "device/tiles.h"

/* A vector register's width decides how the kernels are compiled: see kernels/common.cl. */
static unsigned vector_width(cl_device_id id) {
    cl_uint native = 0;
    clGetDeviceInfo(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof native, &native, NULL);
    return native >= 16 ? 16 : native >= 8 ? 8 : 4;
}

/* It has its own cache of compiled kernels, each made when it first runs; asked for a program's binary it would compile
 * all of them, for seconds. */
static bool is_pocl(const char *platform) {
    return strcmp(platform, "Portable Computing Language") == 0;
}

/* A CPU with OpenCL 2's shared virtual memory; where the platform is older the question itself is an error. */
static bool shares_memory(const struct mood_device *device) {
    cl_device_svm_capabilities can = 0;
    return device->info.type == MOOD_DEVICE_CPU &&
           clGetDeviceInfo(device->id, CL_DEVICE_SVM_CAPABILITIES, sizeof can, &can, NULL) == CL_SUCCESS &&
           (can & CL_DEVICE_SVM_FINE_GRAIN_BUFFER);
}

static mood_status forced_class(enum kernel_class *forced, mood_error *err) {
    const char *name = getenv("MOOD_KERNELS");
    *forced = CLASS_AUTO;
    if (!name || !*name)
        return MOOD_OK;
    if (strcmp(name, "tile") == 0)
        *forced = CLASS_TILE;
    else if (strcmp(name, "group") == 0)
        *forced = CLASS_GROUP;
    else if (strcmp(name, "gemm") == 0)
        *forced = CLASS_GEMM;
    else
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "MOOD_KERNELS is '%s'; it can be tile, group or gemm, or not set", name);
    return MOOD_OK;
}

static void read_limits(mood_device *device) {
    cl_uint bits = 0;
    clGetDeviceInfo(device->id, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof bits, &bits, NULL);
    cl_ulong largest = 0;
    clGetDeviceInfo(device->id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest, NULL);
    device->largest_buffer = largest;
    cl_ulong local = 0;
    clGetDeviceInfo(device->id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, NULL);
    device->local_bytes = local;
    device->product_bytes = (size_t)64 << 20;
    clGetDeviceInfo(device->id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof device->largest_group, &device->largest_group, NULL);
    device->alignment = bits / 8 > 256 ? bits / 8 : 256;
    device->vector_width = vector_width(device->id);
}

/* What is tuned uses what is tuned. */
static void init_recursive(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

mood_status mood_device_open(const char *selector, mood_device **opened, mood_error *err) {
    struct device_found *found = NULL;
    size_t count, index;
    mood_device *device = NULL;
    *opened = NULL;
    mood_status status = device_find_all(&found, &count, err);
    if (status == MOOD_OK)
        status = device_pick(found, count, selector, &index, NULL, 0, err);
    if (status != MOOD_OK)
        goto out;
    device = calloc(1, sizeof *device);
    if (!device) {
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory opening a device");
        goto out;
    }
    pthread_mutex_init(&device->lock, NULL);
    init_recursive(&device->tuning);
    device->info = found[index].info;
    device->id = found[index].id;
    device->takes_turns = device->caches_kernels = is_pocl(device->info.platform);
    device->shares_memory = shares_memory(device);
    read_limits(device);
    status = forced_class(&device->forced, err);
    if (status != MOOD_OK)
        goto out;
    device->group_units = device->forced == CLASS_GROUP ? SIZE_MAX : 0;
    device->tuned = device->forced != CLASS_AUTO;
    cache_choose_folder(device->cache_folder, sizeof device->cache_folder);
    device->tiles_tuned = tiles_open(device) || device->forced != CLASS_AUTO;

    cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)found[index].platform, 0};
    cl_int code;
    device->context = clCreateContext(properties, 1, &device->id, NULL, NULL, &code);
    if (code != CL_SUCCESS) {
        device->context = NULL;
        status = opencl_error(err, code, "opening OpenCL device %s", device->info.name);
        goto out;
    }
    status = gemm_open(device, err);
out:
    free(found);
    if (status != MOOD_OK) {
        mood_device_destroy(device);
        device = NULL;
    }
    *opened = device;
    return status;
}

void mood_device_destroy(mood_device *device) {
    if (!device)
        return;
    if (device->context)
        gemm_close(device);
    for (size_t p = 0; p < KERNEL_PROGRAMS; p++)
        if (device->programs[p])
            clReleaseProgram(device->programs[p]);
    if (device->context)
        clReleaseContext(device->context);
    pthread_mutex_destroy(&device->lock);
    pthread_mutex_destroy(&device->tuning);
    free(device);
}

const mood_device_info *mood_device_get_info(const mood_device *device) {
    return &device->info;
}

const char *mood_device_get_kernels(const mood_device *device) {
    return device_class(device) == CLASS_TILE ? "tile" : device->forced == CLASS_GEMM ? "gemm" : "group";
}
