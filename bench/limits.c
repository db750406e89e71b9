/* limits: what the device (MOOD_DEVICE, as everywhere) can do at most, as JSON: multiply-adds in registers, bytes from
 * its memory and its caches. For bench/roofline, which tells how near mood's kernels come. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/device.h"

/* The fastest of many short runs counts: one of them is not disturbed. */
#define RUNS 100
#define LEAST_SECONDS 0.005

#define ACCUMULATORS 12 /* as many vectors as any processor works on at once, and few enough for its registers */
#define GROUPS_A_UNIT 4 /* so that a unit which is slow for a while gets fewer of them */
#define MEMORY_BYTES ((size_t)128 << 20) /* each of triad's three arrays; larger than caches are */

extern const char limits_cl[]; /* bench/limits.cl, embedded */
extern const size_t limits_cl_size;

struct limits {
    mood_device *device;
    cl_command_queue queue;
    cl_program program;
    size_t local, groups; /* of multiply_add and read_again */
};

static const size_t cache_kilobytes[] = {16, 256, 4096};
enum { CACHE_SIZES = sizeof cache_kilobytes / sizeof *cache_kilobytes };

static void check(cl_int code, const char *what) {
    mood_error err;
    if (code == CL_SUCCESS)
        return;
    if (opencl_error(&err, code, "%s", what))
        fprintf(stderr, "limits: %s\n", err.message);
    exit(EXIT_FAILURE);
}

/* ---- OpenCL -------------------------------------------------------------------------------------------- */

static void open_limits(struct limits *limits) {
    mood_error err;
    char options[256];
    const char *source = limits_cl;
    cl_int code;
    if (mood_device_open(NULL, &limits->device, &err)) {
        fprintf(stderr, "limits: %s\n", err.message);
        exit(EXIT_FAILURE);
    }
    mood_device *device = limits->device;
    unsigned W = device->vector_width;
    limits->local = device->info.type == MOOD_DEVICE_CPU ? 1 : 64;
    limits->groups = device->info.compute_units * GROUPS_A_UNIT;
    limits->queue = clCreateCommandQueue(device->context, device->id, CL_QUEUE_PROFILING_ENABLE, &code);
    check(code, "making a command queue");
    limits->program = clCreateProgramWithSource(device->context, 1, &source, &limits_cl_size, &code);
    check(code, "making a program");
    snprintf(options, sizeof options,
             "-DACCUMULATORS=%d -DW=%u -Dvec=float%u -Dload_vec(p)=vload%u(0,p) -Dstore_vec(v,p)=vstore%u(v,0,p)",
             ACCUMULATORS, W, W, W, W);
    check(clBuildProgram(limits->program, 1, &device->id, options, NULL, NULL), "building bench/limits.cl");
}

static void close_limits(struct limits *limits) {
    clReleaseProgram(limits->program);
    clReleaseCommandQueue(limits->queue);
    mood_device_destroy(limits->device);
}

static cl_kernel make_kernel(const struct limits *limits, const char *name) {
    cl_int code;
    cl_kernel kernel = clCreateKernel(limits->program, name, &code);
    check(code, name);
    return kernel;
}

/* Zeros, each page of them touched. */
static cl_mem make_buffer(const struct limits *limits, size_t bytes) {
    cl_int code;
    cl_float zero = 0;
    cl_mem buffer = clCreateBuffer(limits->device->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    check(code, "allocating memory");
    check(clEnqueueFillBuffer(limits->queue, buffer, &zero, sizeof zero, 0, bytes, 0, NULL, NULL), "clearing memory");
    return buffer;
}

static void set(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
    check(clSetKernelArg(kernel, index, size, value), "setting an argument");
}

static double run(const struct limits *limits, cl_kernel kernel, size_t global, size_t local) {
    cl_event event;
    cl_ulong start, end;
    check(clEnqueueNDRangeKernel(limits->queue, kernel, 1, NULL, &global, &local, 0, NULL, &event), "starting it");
    check(clWaitForEvents(1, &event), "waiting for it");
    check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL),
          "asking for its start");
    check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL), "asking for its end");
    clReleaseEvent(event);
    return 1e-9 * (double)(end - start);
}

static double fastest(const struct limits *limits, cl_kernel kernel, size_t global, size_t local, int runs) {
    double least = run(limits, kernel, global, local);
    while (--runs > 0) {
        double seconds = run(limits, kernel, global, local);
        least = seconds < least ? seconds : least;
    }
    return least;
}

/* The fastest time of one of as many `times`, the kernel's first argument, as take long enough to be measured. */
static double seconds_a_time(const struct limits *limits, cl_kernel kernel) {
    size_t global = limits->groups * limits->local;
    cl_int times = 1;
    set(kernel, 0, sizeof times, &times);
    while (fastest(limits, kernel, global, limits->local, 3) < LEAST_SECONDS && times < 1 << 29) {
        times *= 2;
        set(kernel, 0, sizeof times, &times);
    }
    return fastest(limits, kernel, global, limits->local, RUNS) / times;
}

/* ---- what is measured ------------------------------------------------------------------------------------ */

static double measure_multiply_add(const struct limits *limits) {
    size_t items = limits->groups * limits->local;
    cl_float a = 0.5f, b = 1.0f;
    cl_kernel kernel = make_kernel(limits, "multiply_add");
    cl_mem out = make_buffer(limits, items * sizeof(float));
    set(kernel, 1, sizeof out, &out);
    set(kernel, 2, sizeof a, &a);
    set(kernel, 3, sizeof b, &b);
    double operations = 2.0 * ACCUMULATORS * limits->device->vector_width * (double)items;
    double rate = operations / seconds_a_time(limits, kernel) / 1e9;
    clReleaseMemObject(out);
    clReleaseKernel(kernel);
    return rate;
}

/* CPUs' items go through a piece of the arrays each, GPUs' read what stands side by side. */
static double measure_triad(const struct limits *limits) {
    bool cpu = limits->device->info.type == MOOD_DEVICE_CPU;
    cl_int W = (cl_int)limits->device->vector_width;
    size_t vectors = MEMORY_BYTES / sizeof(float) / (size_t)W, items = cpu ? limits->groups : vectors / 16;
    cl_int count = (cl_int)(vectors / items), spread = cpu ? count * W : W, step = cpu ? W : (cl_int)items * W;
    cl_float s = 0.5f;
    cl_kernel kernel = make_kernel(limits, "triad");
    cl_mem arrays[3];
    set(kernel, 0, sizeof count, &count);
    for (cl_uint i = 0; i < 3; i++) {
        arrays[i] = make_buffer(limits, MEMORY_BYTES);
        set(kernel, 1 + i, sizeof arrays[i], &arrays[i]);
    }
    set(kernel, 4, sizeof s, &s);
    set(kernel, 5, sizeof spread, &spread);
    set(kernel, 6, sizeof step, &step);
    double bytes = 3.0 * sizeof(float) * (double)((size_t)count * items * (size_t)W);
    double rate = bytes / fastest(limits, kernel, items, limits->local, RUNS) / 1e9;
    for (int i = 0; i < 3; i++)
        clReleaseMemObject(arrays[i]);
    clReleaseKernel(kernel);
    return rate;
}

static double measure_cache(const struct limits *limits, size_t kilobytes) {
    cl_int size = (cl_int)(kilobytes * 1024 / sizeof(float));
    cl_float s = 0.5f;
    cl_kernel kernel = make_kernel(limits, "read_again");
    cl_mem out = make_buffer(limits, limits->groups * limits->local * sizeof(float));
    cl_mem data = make_buffer(limits, limits->groups * kilobytes * 1024);
    set(kernel, 1, sizeof out, &out);
    set(kernel, 2, sizeof data, &data);
    set(kernel, 3, sizeof size, &size);
    set(kernel, 4, sizeof s, &s);
    double rate = (double)(limits->groups * kilobytes * 1024) / seconds_a_time(limits, kernel) / 1e9;
    clReleaseMemObject(data);
    clReleaseMemObject(out);
    clReleaseKernel(kernel);
    return rate;
}

int main(void) {
    struct limits limits = {0};
    open_limits(&limits);
    const mood_device_info *info = mood_device_get_info(limits.device);
    double gflops = measure_multiply_add(&limits), memory = measure_triad(&limits);
    json_t *caches = json_array();
    for (size_t i = 0; i < CACHE_SIZES; i++)
        json_array_append_new(caches, json_pack("{sI sf}", "kilobytes", (json_int_t)cache_kilobytes[i],
                                                "gigabytes_per_second", measure_cache(&limits, cache_kilobytes[i])));
    json_t *report = json_pack("{ss sI sI sf sf so}", "device", info->name, "compute_units",
                               (json_int_t)info->compute_units, "vector_width", (json_int_t)limits.device->vector_width,
                               "gflops", gflops, "memory_gigabytes_per_second", memory, "caches", caches);
    if (report)
        json_dumpf(report, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(report);
    close_limits(&limits);
    return report ? EXIT_SUCCESS : EXIT_FAILURE;
}
