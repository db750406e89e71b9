/* Which devices there are, and which one is meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/select.h"

#define HOW_TO_INSTALL                                                                                        \
    "install a driver: on Debian `apt-get install pocl-opencl-icd` runs on the CPU; for a GPU take its "        \
    "vendor's (intel-opencl-icd, mesa-opencl-icd or rocm-opencl-icd, nvidia-opencl-icd)"

static void get_string(cl_device_id id, cl_device_info what, char *text, size_t size) {
    char *whole = NULL;
    size_t length = 0;
    text[0] = '\0';
    if (clGetDeviceInfo(id, what, 0, NULL, &length) != CL_SUCCESS || length == 0)
        return;
    whole = malloc(length + 1);
    if (!whole)
        return;
    if (clGetDeviceInfo(id, what, length, whole, NULL) == CL_SUCCESS) {
        whole[length] = '\0';
        snprintf(text, size, "%s", whole + strspn(whole, " "));
    }
    free(whole);
}

static void get_platform_name(cl_platform_id platform, char *text, size_t size) {
    char name[512] = "";
    if (clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name - 1, name, NULL) != CL_SUCCESS)
        snprintf(name, sizeof name, "unknown platform");
    snprintf(text, size, "%s", name);
}

static mood_device_type type_of(cl_device_type type) {
    if (type & CL_DEVICE_TYPE_GPU)
        return MOOD_DEVICE_GPU;
    if (type & CL_DEVICE_TYPE_ACCELERATOR)
        return MOOD_DEVICE_ACCELERATOR;
    return type & CL_DEVICE_TYPE_CPU ? MOOD_DEVICE_CPU : MOOD_DEVICE_OTHER;
}

static void describe(cl_platform_id platform, cl_device_id id, mood_device_info *info) {
    memset(info, 0, sizeof *info);
    get_string(id, CL_DEVICE_NAME, info->name, sizeof info->name);
    get_string(id, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    get_string(id, CL_DEVICE_VERSION, info->version, sizeof info->version);
    get_platform_name(platform, info->platform, sizeof info->platform);

    cl_device_type type = 0;
    clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    info->type = type_of(type);
    cl_uint units = 0;
    clGetDeviceInfo(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    info->compute_units = units ? units : 1;
    cl_ulong memory = 0;
    clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, NULL);
    info->memory_bytes = memory;

    cl_bool available = CL_FALSE, compiler = CL_FALSE;
    clGetDeviceInfo(id, CL_DEVICE_AVAILABLE, sizeof available, &available, NULL);
    clGetDeviceInfo(id, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler, NULL);
    if (!available)
        snprintf(info->problem, sizeof info->problem, "the driver says that it is not available");
    else if (!compiler)
        snprintf(info->problem, sizeof info->problem, "the driver has no compiler");
    info->usable = available && compiler;
}

/* Add a platform's devices; one that fails adds none, the others still count. */
static mood_status add_platform(struct device_found **found, size_t *count, cl_platform_id platform,
                                mood_error *err) {
    cl_uint n = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &n) != CL_SUCCESS || n == 0)
        return MOOD_OK;
    cl_device_id *ids = calloc(n, sizeof *ids);
    struct device_found *grown = ids ? realloc(*found, (*count + n) * sizeof **found) : NULL;
    if (!grown) {
        free(ids);
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory listing OpenCL devices");
    }
    *found = grown;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, n, ids, NULL) == CL_SUCCESS)
        for (cl_uint i = 0; i < n; i++) {
            grown[*count].id = ids[i];
            grown[*count].platform = platform;
            describe(platform, ids[i], &grown[*count].info);
            ++*count;
        }
    free(ids);
    return MOOD_OK;
}

mood_status device_find_all(struct device_found **found, size_t *count, mood_error *err) {
    *found = NULL;
    *count = 0;
    cl_uint n = 0;
    cl_platform_id *platforms = NULL;
    mood_status status = MOOD_OK;
    /* The loader answers -1001 when there is no driver at all. */
    if (clGetPlatformIDs(0, NULL, &n) == CL_SUCCESS && n > 0) {
        platforms = calloc(n, sizeof *platforms);
        if (!platforms)
            return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE,
                                  "out of memory listing OpenCL platforms");
        if (clGetPlatformIDs(n, platforms, NULL) == CL_SUCCESS)
            for (cl_uint i = 0; i < n && status == MOOD_OK; i++)
                status = add_platform(found, count, platforms[i], err);
        free(platforms);
    }
    if (status == MOOD_OK && *count == 0)
        status = mood_error_set(err, MOOD_ERR_NO_DEVICE, MOOD_CLASS_FATAL, "no OpenCL device: %s; `clinfo` shows "
                                "what OpenCL sees", n == 0 ? "no driver is installed, or none loads; " HOW_TO_INSTALL
                                                           : "the drivers that are installed offer none (PoCL offers "
                                                             "none where it can't write its cache: below HOME, or in "
                                                             "POCL_CACHE_DIR); " HOW_TO_INSTALL);
    if (status != MOOD_OK) {
        free(*found);
        *found = NULL;
        *count = 0;
    }
    return status;
}

static int rank(const mood_device_info *info) {
    switch (info->type) {
    case MOOD_DEVICE_GPU: return 3;
    case MOOD_DEVICE_ACCELERATOR: return 2;
    case MOOD_DEVICE_CPU: return 1;
    case MOOD_DEVICE_OTHER: break;
    }
    return 0;
}

static const char *type_name(mood_device_type type) {
    switch (type) {
    case MOOD_DEVICE_GPU: return "GPU";
    case MOOD_DEVICE_ACCELERATOR: return "accelerator";
    case MOOD_DEVICE_CPU: return "CPU";
    case MOOD_DEVICE_OTHER: break;
    }
    return "device";
}

/* Among usable devices the best type, of those the one with most memory, of those the first. */
static size_t best_device(const struct device_found *found, size_t count) {
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        const mood_device_info *info = &found[i].info;
        if (!info->usable)
            continue;
        if (best == count || rank(info) > rank(&found[best].info) ||
            (rank(info) == rank(&found[best].info) && info->memory_bytes > found[best].info.memory_bytes))
            best = i;
    }
    return best;
}

static mood_status no_such_device(const struct device_found *found, size_t count, const char *selector,
                                  mood_error *err) {
    char list[600] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%zu: %s", i ? ", " : "", i, found[i].info.name);
    }
    return mood_error_set(err, MOOD_ERR_NO_DEVICE, MOOD_CLASS_FATAL,
                          "no OpenCL device '%s'; give an index or a part of a name of: %s", selector, list);
}

static bool is_index(const char *text) {
    return *text && strspn(text, "0123456789") == strlen(text);
}

static size_t named_device(const struct device_found *found, size_t count, const char *selector) {
    if (is_index(selector)) {
        unsigned long index = strtoul(selector, NULL, 10);
        return index < count ? (size_t)index : count;
    }
    for (int usable = 1; usable >= 0; usable--)
        for (size_t i = 0; i < count; i++)
            if (found[i].info.usable == (bool)usable && (strcasestr(found[i].info.name, selector) ||
                                                         strcasestr(found[i].info.platform, selector)))
                return i;
    return count;
}

static void say(char *reason, size_t size, const char *text, const char *detail) {
    if (reason && size)
        snprintf(reason, size, text, detail);
}

mood_status device_pick(const struct device_found *found, size_t count, const char *selector, size_t *index,
                        char *reason, size_t reason_size, mood_error *err) {
    const char *from = selector ? "the option asks for '%s'" : "MOOD_DEVICE is '%s'";
    if (!selector)
        selector = getenv("MOOD_DEVICE");
    if (selector && *selector) {
        *index = named_device(found, count, selector);
        if (*index == count)
            return no_such_device(found, count, selector, err);
        say(reason, reason_size, from, selector);
    } else {
        *index = best_device(found, count);
        if (*index == count)
            return mood_error_set(err, MOOD_ERR_NO_DEVICE, MOOD_CLASS_FATAL,
                                  "no usable OpenCL device: %s: %s; " HOW_TO_INSTALL, found[0].info.name,
                                  found[0].info.problem);
        bool only = count == 1;
        say(reason, reason_size, only ? "the only device, a %s" : "the first choice is a %s, and of those the most memory",
            type_name(found[*index].info.type));
    }
    const mood_device_info *info = &found[*index].info;
    if (!info->usable)
        return mood_error_set(err, MOOD_ERR_NO_DEVICE, MOOD_CLASS_FATAL, "OpenCL device %zu (%s) cannot be used: %s",
                              *index, info->name, info->problem);
    return MOOD_OK;
}

mood_status mood_device_list(mood_device_info *infos, size_t capacity, size_t *count, mood_error *err) {
    struct device_found *found;
    mood_status status = device_find_all(&found, count, err);
    for (size_t i = 0; status == MOOD_OK && infos && i < *count && i < capacity; i++)
        infos[i] = found[i].info;
    free(found);
    return status;
}

mood_status mood_device_choose(const char *selector, size_t *index, char *reason, size_t reason_size,
                               mood_error *err) {
    struct device_found *found;
    size_t count;
    mood_status status = device_find_all(&found, &count, err);
    if (status == MOOD_OK)
        status = device_pick(found, count, selector, index, reason, reason_size, err);
    free(found);
    return status;
}
