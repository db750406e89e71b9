/* The programs of a device: from the binary cache, else from source. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/cache.h"
#include "device/kernels.h"
#include "device/pocl.h"
#include "device/program.h"

/* OpenCL's own prefetch() does nothing on PoCL, so kernels use Clang's built-in function. Only these two drivers
 * compile it to machine code themselves. Mesa's rusticl translates kernels to SPIR-V, which has no such instruction,
 * and ends the process. */
static bool can_prefetch(const mood_device *device) {
    const mood_device_info *info = &device->info;
    return info->type == MOOD_DEVICE_CPU && (pocl_is(info) || strncmp(info->platform, "Intel(R) OpenCL", 15) == 0);
}

/* Denormals are flushed: the backward pass through hundreds of time steps produces many, and a CPU computes with them
 * fifteen times slower. No option that relaxes the arithmetic is used: several drivers gave wrong results with them. */
static void build_options(const mood_device *device, char *text, size_t size) {
    snprintf(text, size, "-cl-std=CL1.2 -cl-denorms-are-zero -DW=%u%s%s%s", device->vector_width,
             device->shares_memory ? " -DSHARED_MEMORY" : "", can_prefetch(device) ? " -DHAS_PREFETCH" : "",
             device->checks_arguments ? " -cl-kernel-arg-info" : "");
}

static void hash_text(SHA256_CTX *sum, const char *text) {
    SHA256Update(sum, (const unsigned char *)text, strlen(text) + 1);
}

/* Everything that influences the compiled program. */
void program_key(const mood_device_info *info, const char *options, char key[SHA256_DIGEST_STRING_LENGTH]) {
    SHA256_CTX sum;
    SHA256Init(&sum);
    hash_text(&sum, info->name);
    hash_text(&sum, info->platform);
    hash_text(&sum, info->driver);
    hash_text(&sum, info->version);
    hash_text(&sum, options);
    for (size_t p = 0; p < KERNEL_PROGRAMS; p++)
        for (const struct kernel_source *const *source = kernel_programs[p].sources; *source; source++)
            for (size_t i = 0; i < (*source)->count; i++)
                hash_text(&sum, (*source)->lines[i]);
    SHA256End(&sum, key);
}

static bool build_from_cache(mood_device *device, const char *key, const char *options, cl_program *program) {
    unsigned char *data;
    size_t size;
    cl_int code, loaded;
    if (!cache_read(device->cache_folder, key, &data, &size))
        return false;
    *program = clCreateProgramWithBinary(device->context, 1, &device->id, &size, (const unsigned char *[]){data},
                                         &loaded, &code);
    free(data);
    if (code != CL_SUCCESS)
        return false;
    if (clBuildProgram(*program, 1, &device->id, options, NULL, NULL) == CL_SUCCESS)
        return true;
    clReleaseProgram(*program);
    return false;
}

static void save_to_cache(mood_device *device, const char *key, cl_program program) {
    size_t size = 0;
    if (!device->cache_folder[0] ||
        clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS || size == 0)
        return;
    unsigned char *data = malloc(size);
    if (data && clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof data, &data, NULL) == CL_SUCCESS)
        cache_write(device->cache_folder, key, data, size);
    free(data);
}

/* Append the compiler's messages, which name a kernel file and a line, to the error. */
static mood_status build_error(mood_device *device, cl_program program, cl_int code, mood_error *err) {
    char log[700] = "";
    size_t size = 0;
    if (clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS && size) {
        char *whole = malloc(size + 1);
        if (whole &&
            clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, size, whole, NULL) == CL_SUCCESS) {
            whole[size] = '\0';
            snprintf(log, sizeof log, ": %s", whole);
        }
        free(whole);
    }
    return opencl_error(err, code, "building the kernels for %s%s", device->info.name, log);
}

/* Files of tiles are included once for each height. */
static bool is_tiled(const struct kernel_source *source) {
    return strstr(source->name, "_tile") != NULL;
}

static size_t count_lines(const mood_device *device, const struct kernel_program *described) {
    size_t heights = 0, count = 0;
    while (device->heights[heights])
        heights++;
    for (const struct kernel_source *const *source = described->sources; *source; source++)
        count += ((*source)->count + 2) * (is_tiled(*source) ? heights : 1);
    return count;
}

static size_t add_lines(const char **lines, const struct kernel_source *source) {
    memcpy(lines, source->lines, source->count * sizeof *lines);
    return source->count;
}

static size_t add_tiles(const mood_device *device, const char **lines, const struct kernel_source *source) {
    static const char *const heights[TALLEST_TILE + 1] = {
        [1] = "#define R 1\n", [2] = "#define R 2\n", [3] = "#define R 3\n",
        [4] = "#define R 4\n", [5] = "#define R 5\n", [6] = "#define R 6\n",
    };
    size_t used = 0;
    for (const unsigned *height = device->heights; *height; height++) {
        lines[used++] = heights[*height];
        used += add_lines(lines + used, source);
        lines[used++] = "#undef R\n";
    }
    return used;
}

static mood_status load_source(mood_device *device, const struct kernel_program *described, cl_program *program,
                               mood_error *err) {
    size_t count = 0;
    const char **lines = calloc(count_lines(device, described), sizeof *lines);
    if (!lines)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory building kernels");
    for (const struct kernel_source *const *source = described->sources; *source; source++)
        count += is_tiled(*source) ? add_tiles(device, lines + count, *source) : add_lines(lines + count, *source);
    cl_int code;
    *program = clCreateProgramWithSource(device->context, (cl_uint)count, lines, NULL, &code);
    free(lines);
    return code == CL_SUCCESS ? MOOD_OK : opencl_error(err, code, "loading the kernels");
}

static mood_status build_from_source(mood_device *device, const struct kernel_program *described, const char *options,
                                     cl_program *program, mood_error *err) {
    mood_status status = load_source(device, described, program, err);
    if (status != MOOD_OK)
        return status;
    cl_int code = clBuildProgram(*program, 1, &device->id, options, NULL, NULL);
    if (code == CL_SUCCESS)
        return MOOD_OK;
    status = build_error(device, *program, code, err);
    clReleaseProgram(*program);
    return status;
}

static mood_status build(mood_device *device, size_t index, mood_error *err) {
    const struct kernel_program *described = &kernel_programs[index];
    char options[128], named[160], key[SHA256_DIGEST_STRING_LENGTH];
    cl_program program = NULL;
    build_options(device, options, sizeof options);
    snprintf(named, sizeof named, "%s %s", described->name, options);
    program_key(&device->info, named, key);
    mood_status status = MOOD_OK;
    if (device->caches_kernels || !build_from_cache(device, key, options, &program)) {
        status = build_from_source(device, described, options, &program, err);
        if (status == MOOD_OK && !device->caches_kernels)
            save_to_cache(device, key, program);
    }
    if (status == MOOD_OK)
        device->programs[index] = program;
    return status;
}

static mood_status get(mood_device *device, size_t index, mood_error *err) {
    pthread_mutex_lock(&device->lock);
    mood_status status = device->programs[index] ? MOOD_OK : build(device, index, err);
    pthread_mutex_unlock(&device->lock);
    return status;
}

/* The program that the device predicts with. */
static size_t first_program(const mood_device *device) {
    return device_class(device) == CLASS_TILE ? 0 : 1;
}

mood_status program_kernel(mood_device *device, const char *name, cl_kernel *kernel, mood_error *err) {
    cl_int code = CL_INVALID_KERNEL_NAME;
    size_t first = first_program(device);
    for (size_t i = 0; i < KERNEL_PROGRAMS && code == CL_INVALID_KERNEL_NAME; i++) {
        size_t p = (first + i) % KERNEL_PROGRAMS;
        mood_status status = get(device, p, err);
        if (status != MOOD_OK)
            return status;
        *kernel = clCreateKernel(device->programs[p], name, &code);
    }
    return code == CL_SUCCESS ? MOOD_OK : opencl_error(err, code, "making kernel %s", name);
}

static void *build_first(void *device) {
    (void)!get(device, first_program(device), NULL);
    return NULL;
}

/* If the lock is held, another thread is building. */
static bool is_wanted(mood_device *device) {
    if (pthread_mutex_trylock(&device->lock) != 0)
        return false;
    bool wanted = !device->programs[first_program(device)];
    pthread_mutex_unlock(&device->lock);
    return wanted;
}

/* Signals are delivered to the caller's threads only. */
void program_begin_ahead(mood_device *device, struct program_ahead *ahead) {
    sigset_t all, before;
    *ahead = (struct program_ahead){.device = device};
    if (!is_wanted(device))
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ahead->running = pthread_create(&ahead->thread, NULL, build_first, device) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void program_end_ahead(struct program_ahead *ahead) {
    if (ahead->running)
        pthread_join(ahead->thread, NULL);
    ahead->running = false;
}
