/* Open one OpenCL device with a given kernel class, and close it. lib/model/device_open.c chooses both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/cache.h"
#include "device/gemm.h"
#include "device/open.h"
#include "device/pocl.h"
#include "device/tiles.h"

/* The kernels are compiled for the width of the vector registers: see kernels/common.cl. */
static unsigned vector_width(cl_device_id id) {
    cl_uint native = 0;
    clGetDeviceInfo(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof native, &native, NULL);
    return native >= 16 ? 16 : native >= 8 ? 8 : 4;
}

/* A CPU with OpenCL 2's shared virtual memory. On an older platform the query fails. */
static bool shares_memory(const struct mood_device *device) {
    cl_device_svm_capabilities can = 0;
    return device->info.type == MOOD_DEVICE_CPU &&
           clGetDeviceInfo(device->id, CL_DEVICE_SVM_CAPABILITIES, sizeof can, &can, NULL) == CL_SUCCESS &&
           (can & CL_DEVICE_SVM_FINE_GRAIN_BUFFER);
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
    clGetDeviceInfo(device->id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof device->largest_group, &device->largest_group,
                    NULL);
    device->alignment = bits / 8 > 256 ? bits / 8 : 256;
    device->vector_width = vector_width(device->id);
}

/* Recursive: tuning launches kernels that read tuning results. */
static void init_recursive(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static mood_status create_context(mood_device *device, cl_platform_id platform, mood_error *err) {
    cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)platform, 0};
    cl_int code;
    device->context = clCreateContext(properties, 1, &device->id, NULL, NULL, &code);
    if (code == CL_SUCCESS)
        return MOOD_OK;
    device->context = NULL;
    return opencl_error(err, code, "opening OpenCL device %s", device->info.name);
}

mood_status device_open(const struct device_found *found, enum kernel_class forced, mood_device **opened,
                        mood_error *err) {
    *opened = NULL;
    mood_device *device = calloc(1, sizeof *device);
    if (!device)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory opening a device");
    pthread_mutex_init(&device->lock, NULL);
    init_recursive(&device->tuning);
    device->info = found->info;
    device->index = found->index;
    device->right_heights = pocl_is(&found->info) ? 1u << 1 : ~0u;
    device->id = found->id;
    device->caches_kernels = pocl_is(&device->info);
    device->takes_turns = pocl_takes_turns(&device->info);
    device->shares_memory = shares_memory(device);
    device->checks_arguments = getenv("MOOD_CHECK_ARGUMENTS") != NULL;
    read_limits(device);
    device->forced = forced;
    device->group_units = forced == CLASS_GROUP ? SIZE_MAX : 0;
    device->tuned = forced != CLASS_AUTO;
    cache_choose_folder(device->cache_folder, sizeof device->cache_folder);
    device->tiles_tuned = tiles_open(device) || forced != CLASS_AUTO;
    mood_status status = create_context(device, found->platform, err);
    if (status == MOOD_OK)
        status = gemm_open(device, err);
    if (status != MOOD_OK) {
        mood_device_destroy(device);
        return status;
    }
    *opened = device;
    return MOOD_OK;
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
