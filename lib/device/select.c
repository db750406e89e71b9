/* Find OpenCL devices, and choose one by a selector or by rank. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/pocl.h"
#include "device/select.h"
#include "device/verdict.h"

#define HOW_TO_INSTALL                                                                                                 \
    "install a driver: on Debian `apt-get install pocl-opencl-icd` runs on the CPU; for a GPU take its "               \
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

/* Set the reason why a device cannot be used, if it is known already. */
static void find_problem(cl_device_id id, mood_device_info *info) {
    cl_bool available = CL_FALSE, compiler = CL_FALSE;
    enum kernel_class forced;
    const char *cache_problem = pocl_is(info) ? pocl_secure_cache() : NULL;
    clGetDeviceInfo(id, CL_DEVICE_AVAILABLE, sizeof available, &available, NULL);
    clGetDeviceInfo(id, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler, NULL);
    info->usable = false;
    if (!available)
        snprintf(info->problem, sizeof info->problem, "the driver reports that it is not available");
    else if (!compiler)
        snprintf(info->problem, sizeof info->problem, "the driver has no compiler");
    else if (cache_problem)
        snprintf(info->problem, sizeof info->problem, "%s", cache_problem);
    else if (device_forced_class(&forced, NULL) != MOOD_OK ||
             verdict_of_device(info, forced, info->problem, sizeof info->problem) != VERDICT_WRONG) {
        info->usable = true;
        info->problem[0] = '\0'; /* only unused classes are wrong */
    }
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

    find_problem(id, info);
}

/* Add a platform's devices; one that fails adds none, the others still count. */
static mood_status add_platform(struct device_found **found, size_t *count, cl_platform_id platform, mood_error *err) {
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
            grown[*count].index = *count;
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
    (void)
        pocl_secure_cache(); /* PoCL reads the environment at its first call; a problem is reported with its devices */
    cl_uint n = 0;
    cl_platform_id *platforms = NULL;
    mood_status status = MOOD_OK;
    /* The loader answers -1001 when there is no driver at all. */
    if (clGetPlatformIDs(0, NULL, &n) == CL_SUCCESS && n > 0) {
        platforms = calloc(n, sizeof *platforms);
        if (!platforms)
            return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory listing OpenCL platforms");
        if (clGetPlatformIDs(n, platforms, NULL) == CL_SUCCESS)
            for (cl_uint i = 0; i < n && status == MOOD_OK; i++)
                status = add_platform(found, count, platforms[i], err);
        free(platforms);
    }
    if (status == MOOD_OK && *count == 0)
        status = mood_error_set(err, MOOD_ERR_NO_DEVICE, MOOD_CLASS_FATAL,
                                "no OpenCL device: %s; `clinfo` shows "
                                "what OpenCL sees",
                                n == 0 ? "no driver is installed, or none can be loaded; " HOW_TO_INSTALL
                                       : "the installed drivers have no device (PoCL has none if "
                                         "it can't write its cache, below HOME or in "
                                         "POCL_CACHE_DIR); " HOW_TO_INSTALL);
    if (status != MOOD_OK) {
        free(*found);
        *found = NULL;
        *count = 0;
    }
    return status;
}

/* Oclgrind interprets kernels to check them; it reports the types GPU and CPU. */
static bool is_simulator(const mood_device_info *info) {
    return strcmp(info->platform, "Oclgrind") == 0;
}

/* Mesa's CPU devices (llvmpipe and softpipe) are software renderers. They run the LSTM several times slower than a
 * driver made for CPUs. */
static bool is_software_renderer(const mood_device_info *info) {
    return info->type == MOOD_DEVICE_CPU &&
           (strcasecmp(info->platform, "rusticl") == 0 || strcasecmp(info->platform, "Clover") == 0);
}

enum { CPU_DRIVER = 3 };

/* Faster devices first. */
static int rank(const mood_device_info *info) {
    if (is_simulator(info))
        return 0;
    switch (info->type) {
    case MOOD_DEVICE_GPU: return 5;
    case MOOD_DEVICE_ACCELERATOR: return 4;
    case MOOD_DEVICE_CPU: return is_software_renderer(info) ? 2 : CPU_DRIVER;
    case MOOD_DEVICE_OTHER: break;
    }
    return 1;
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

/* Drivers for the same processor by the time of their known-answer tests, if both are known. The first one of those
 * that differ by less than a tenth stays. */
static bool is_faster(const mood_device_info *info, const mood_device_info *best) {
    double seconds = verdict_seconds(info), of_best = verdict_seconds(best);
    return seconds > 0 && seconds < 0.9 * of_best;
}

/* GPUs are the larger the more memory they have. The memory that CPU drivers report says nothing about their speed. */
static bool is_better(const mood_device_info *info, const mood_device_info *best) {
    if (rank(info) != rank(best))
        return rank(info) > rank(best);
    if (info->type == MOOD_DEVICE_CPU && best->type == MOOD_DEVICE_CPU)
        return is_faster(info, best);
    return info->type != MOOD_DEVICE_CPU && info->memory_bytes > best->memory_bytes;
}

/* type NULL: any. Returns count if there is none. */
static size_t best_device(const struct device_found *found, size_t count, bool usable, const char *type) {
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        const mood_device_info *info = &found[i].info;
        if (info->usable == usable && (!type || strcasecmp(type, type_name(info->type)) == 0) &&
            (best == count || is_better(info, &found[best].info)))
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
    return mood_error_set(
        err, MOOD_ERR_NO_DEVICE, MOOD_CLASS_FATAL,
        "no OpenCL device '%s'; give an index, a type (cpu, gpu or accelerator), or a part of a name of: %s", selector,
        list);
}

static bool is_index(const char *text) {
    return *text && strspn(text, "0123456789") == strlen(text);
}

static bool is_type(const char *text) {
    static const mood_device_type types[] = {MOOD_DEVICE_CPU, MOOD_DEVICE_GPU, MOOD_DEVICE_ACCELERATOR};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(text, type_name(types[i])) == 0)
            return true;
    return false;
}

static size_t named_device(const struct device_found *found, size_t count, bool usable, const char *selector) {
    for (size_t i = 0; i < count; i++)
        if (found[i].info.usable == usable &&
            (strcasestr(found[i].info.name, selector) || strcasestr(found[i].info.platform, selector)))
            return i;
    return count;
}

/* A usable device, if there is one; else one that cannot be used, so that the error can say why. */
static size_t selected_device(const struct device_found *found, size_t count, const char *selector) {
    if (is_index(selector)) {
        unsigned long index = strtoul(selector, NULL, 10);
        return index < count ? (size_t)index : count;
    }
    size_t index = count;
    for (int usable = 1; usable >= 0 && index == count; usable--)
        index = is_type(selector) ? best_device(found, count, usable, selector)
                                  : named_device(found, count, usable, selector);
    return index;
}

static void say(char *reason, size_t size, const char *text, const char *detail) {
    if (reason && size)
        snprintf(reason, size, text, detail);
}

bool device_is_cpu_driver(const mood_device_info *info) {
    return rank(info) == CPU_DRIVER;
}

mood_status device_pick(const struct device_found *found, size_t count, const char *selector, size_t *index,
                        char *reason, size_t reason_size, mood_error *err) {
    const char *from = selector ? "the option --device is '%s'" : "MOOD_DEVICE is '%s'";
    if (!selector)
        selector = getenv("MOOD_DEVICE");
    if (selector && *selector) {
        *index = selected_device(found, count, selector);
        if (*index == count)
            return no_such_device(found, count, selector, err);
        say(reason, reason_size, from, selector);
    } else {
        *index = best_device(found, count, true, NULL);
        if (*index == count)
            return mood_error_set(err, MOOD_ERR_NO_DEVICE, MOOD_CLASS_FATAL,
                                  "no usable OpenCL device: %s: %s; " HOW_TO_INSTALL, found[0].info.name,
                                  found[0].info.problem);
        bool only = count == 1;
        say(reason, reason_size, only ? "the only device, a %s" : "the fastest type of device here is a %s",
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

mood_status mood_device_choose(const char *selector, size_t *index, char *reason, size_t reason_size, mood_error *err) {
    struct device_found *found;
    size_t count;
    mood_status status = device_find_all(&found, &count, err);
    if (status == MOOD_OK)
        status = device_pick(found, count, selector, index, reason, reason_size, err);
    free(found);
    return status;
}
