/* A library to preload into mood: every launch of a kernel and how long it ran, by the device's own clock. The library
 * itself has no hooks for it.
 *
 * MOOD_PROFILE names the file that is written, a line for each launch in their order:
 *     KERNEL SECONDS ARGUMENT…
 * MOOD_PROFILE_ARGUMENTS says which arguments are told, as "KERNEL:INDEX,INDEX…;KERNEL:…", where a kernel of tiles
 * (recurrent_tile_forward_6) goes without its height. Numbers are told as they are, buffers as 1, null pointers as 0. */
#include <CL/cl.h>
#include <ctype.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHIM __attribute__((visibility("default")))
#define REAL(function)                                                                                                 \
    ({                                                                                                                 \
        static __typeof__(&function) real;                                                                             \
        real ? real : (real = (__typeof__(&function))find(#function));                                                 \
    })

#define MOST_ARGUMENTS 32

/* A launch that was not written yet. */
struct launch {
    cl_event event;
    char kernel[128];
    size_t told_count;
    long told[MOST_ARGUMENTS];
    struct launch *next;
};

/* A kernel's arguments as they stand. */
struct arguments {
    cl_kernel kernel;
    long values[MOST_ARGUMENTS];
    struct arguments *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static struct launch *first, **last = &first;            /* in order */
static FILE *file;
static struct arguments *all_arguments;

static void *find(const char *function) {
    void *real = dlsym(RTLD_NEXT, function);
    if (real)
        return real;
    fprintf(stderr, "profile: there is no %s\n", function);
    abort();
}

static void *allocate(size_t size) {
    void *memory = calloc(1, size);
    if (memory)
        return memory;
    fprintf(stderr, "profile: out of memory\n");
    abort();
}

/* ---- arguments ----------------------------------------------------------------------------------------- */

/* The one used last stands in front: a launch sets all of its arguments. */
static struct arguments *arguments_of(cl_kernel kernel) {
    struct arguments **at = &all_arguments;
    while (*at && (*at)->kernel != kernel)
        at = &(*at)->next;
    struct arguments *found = *at;
    if (found)
        *at = found->next;
    else
        found = allocate(sizeof *found);
    found->kernel = kernel;
    found->next = all_arguments;
    return all_arguments = found;
}

static long read_argument(size_t size, const void *value) {
    cl_int number;
    if (!value)
        return 0;
    if (size != sizeof number)
        return 1;
    memcpy(&number, value, sizeof number);
    return number;
}

/* Which indices MOOD_PROFILE_ARGUMENTS names for that kernel, behind its colon; NULL: none. */
static const char *indices_of(const char *kernel) {
    size_t length = strlen(kernel);
    while (length > 0 && isdigit((unsigned char)kernel[length - 1]))
        length--;
    length = length > 0 && kernel[length] && kernel[length - 1] == '_' ? length - 1 : strlen(kernel);
    const char *at = getenv("MOOD_PROFILE_ARGUMENTS");
    while (at && *at) {
        if (strncmp(at, kernel, length) == 0 && at[length] == ':')
            return at + length + 1;
        at = strchr(at, ';');
        at = at ? at + 1 : NULL;
    }
    return NULL;
}

/* ---- launches ------------------------------------------------------------------------------------------ */

static struct launch *describe(cl_event event, cl_kernel kernel) {
    struct launch *launch = allocate(sizeof *launch);
    launch->event = event;
    REAL(clGetKernelInfo)(kernel, CL_KERNEL_FUNCTION_NAME, sizeof launch->kernel, launch->kernel, NULL);
    const long *values = arguments_of(kernel)->values;
    const char *at = indices_of(launch->kernel);
    while (at && isdigit((unsigned char)*at) && launch->told_count < MOST_ARGUMENTS) {
        char *end;
        unsigned long index = strtoul(at, &end, 10);
        launch->told[launch->told_count++] = index < MOST_ARGUMENTS ? values[index] : 0;
        at = *end == ',' ? end + 1 : end;
    }
    return launch;
}

static void write_line(const struct launch *launch) {
    const char *path = getenv("MOOD_PROFILE");
    cl_ulong start, end;
    if (REAL(clGetEventProfilingInfo)(launch->event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL) ||
        REAL(clGetEventProfilingInfo)(launch->event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL))
        return; /* it failed, and mood tells of it */
    if (!file && (!path || !(file = fopen(path, "w")))) {
        fprintf(stderr, "profile: MOOD_PROFILE names no file that can be written\n");
        abort();
    }
    fprintf(file, "%s %.9f", launch->kernel, 1e-9 * (double)(end - start));
    for (size_t i = 0; i < launch->told_count; i++)
        fprintf(file, " %ld", launch->told[i]);
    fputc('\n', file);
}

/* Write the launches that have ended, up to the first that has not; or wait for all. */
static void collect(bool wait) {
    while (first) {
        struct launch *launch = first;
        cl_int state = CL_COMPLETE;
        if (wait)
            REAL(clWaitForEvents)(1, &launch->event);
        else
            REAL(clGetEventInfo)(launch->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
        if (state > CL_COMPLETE) /* failures are below */
            return;
        write_line(launch);
        REAL(clReleaseEvent)(launch->event);
        first = launch->next;
        if (!first)
            last = &first;
        free(launch);
    }
}

/* ---- what is interposed --------------------------------------------------------------------------------- */

SHIM cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device,
                                           cl_command_queue_properties properties, cl_int *code) {
    return REAL(clCreateCommandQueue)(context, device, properties | CL_QUEUE_PROFILING_ENABLE, code);
}

SHIM cl_int clReleaseCommandQueue(cl_command_queue queue) {
    pthread_mutex_lock(&lock);
    collect(true);
    pthread_mutex_unlock(&lock);
    return REAL(clReleaseCommandQueue)(queue);
}

SHIM cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
    pthread_mutex_lock(&lock);
    if (index < MOST_ARGUMENTS)
        arguments_of(kernel)->values[index] = read_argument(size, value);
    pthread_mutex_unlock(&lock);
    return REAL(clSetKernelArg)(kernel, index, size, value);
}

SHIM cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                                   const size_t *global, const size_t *local, cl_uint after_count,
                                   const cl_event *after, cl_event *event) {
    cl_event own;
    cl_int code = REAL(clEnqueueNDRangeKernel)(queue, kernel, dimensions, offset, global, local, after_count, after,
                                               event ? event : &own);
    if (code != CL_SUCCESS)
        return code;
    if (event && REAL(clRetainEvent)(own = *event) != CL_SUCCESS)
        return CL_SUCCESS;
    pthread_mutex_lock(&lock);
    collect(false);
    *last = describe(own, kernel);
    last = &(*last)->next;
    pthread_mutex_unlock(&lock);
    return CL_SUCCESS;
}

__attribute__((destructor)) static void finish(void) {
    if (file && fclose(file) != 0)
        fprintf(stderr, "profile: %s can't be written\n", getenv("MOOD_PROFILE"));
    while (all_arguments) {
        struct arguments *next = all_arguments->next;
        free(all_arguments);
        all_arguments = next;
    }
}
