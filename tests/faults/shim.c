/* A library to preload into a worker: at the nth call of a function it kills the process, makes it wait, or lets the
 * call fail, so that the program needs no hooks.
 *
 * MOOD_FAULT holds one or more of "FUNCTION ACTION NTH ARGUMENT;": kill-before, kill-after, stop (SIGSTOP, before a
 * record is published), delay (milliseconds), fail (OpenCL's code), break (fail, that call and all after it). Calls of
 * OpenCL count from the first published record on: what opens a model is no fault's aim. */
#include <CL/cl.h>
#include <dlfcn.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHIM __attribute__((visibility("default")))

static atomic_bool published;

/* ---- what to do ------------------------------------------------------------------------------------------------ */

struct plan {
    char action[16];
    long nth, argument; /* nth 0: nothing is planned */
};

static struct plan plan_for(const char *function) {
    const char *at = getenv("MOOD_FAULT");
    while (at && *at) {
        char name[64];
        struct plan plan = {"", 0, 0};
        if (sscanf(at, " %63s %15s %ld %ld", name, plan.action, &plan.nth, &plan.argument) == 4 &&
            strcmp(name, function) == 0)
            return plan;
        at = strchr(at, ';');
        at = at ? at + 1 : NULL;
    }
    return (struct plan){"", 0, 0};
}

/* One interposed function: its plan, its calls so far. */
struct site {
    const char *function;
    atomic_long calls;
    struct plan plan;
    void *real;
};

/* The plugin's librdkafka is not among the program's own libraries, so that RTLD_NEXT does not reach it. */
static void *find(const char *function) {
    void *library = strncmp(function, "rd_kafka", 8) == 0 ? dlopen("librdkafka.so.1", RTLD_LAZY | RTLD_NOLOAD) : NULL;
    return dlsym(library ? library : RTLD_NEXT, function);
}

static void say(const struct site *site) {
    dprintf(STDERR_FILENO, "shim: %s, call %ld: %s %ld\n", site->function, site->plan.nth, site->plan.action,
            site->plan.argument);
}

/* Whether this call is the planned one. */
static bool is_turn(struct site *site) {
    if (!site->real) {
        site->plan = plan_for(site->function);
        site->real = find(site->function);
    }
    return site->plan.nth > 0 && atomic_fetch_add(&site->calls, 1) + 1 == site->plan.nth;
}

static bool is(const struct site *site, const char *action) {
    return strcmp(site->plan.action, action) == 0;
}

static void die_if(bool turn, const struct site *site, const char *action) {
    if (turn && is(site, action)) {
        say(site);
        kill(getpid(), SIGKILL);
        pause();
    }
}

static void stop_if(bool turn, const struct site *site) {
    if (turn && is(site, "stop")) {
        say(site);
        kill(getpid(), SIGSTOP);
    }
}

static void wait_if(bool turn, const struct site *site) {
    if (turn && is(site, "delay")) {
        say(site);
        usleep((useconds_t)site->plan.argument * 1000);
    }
}

#define CALL(name, ...) ((__typeof__(&name))site.real)(__VA_ARGS__)

/* ---- librdkafka ------------------------------------------------------------------------------------------------- */

#define INTERPOSE(type, name, parameters, ...)                                                                         \
    SHIM type name parameters {                                                                                        \
        static struct site site = {.function = #name};                                                                 \
        bool turn = is_turn(&site);                                                                                    \
        die_if(turn, &site, "kill-before");                                                                            \
        wait_if(turn, &site);                                                                                          \
        type result = CALL(name, __VA_ARGS__);                                                                         \
        die_if(turn, &site, "kill-after");                                                                             \
        return result;                                                                                                 \
    }

INTERPOSE(rd_kafka_error_t *, rd_kafka_send_offsets_to_transaction,
          (rd_kafka_t * rk, const rd_kafka_topic_partition_list_t *offsets,
           const rd_kafka_consumer_group_metadata_t *group, int timeout_ms),
          rk, offsets, group, timeout_ms)
INTERPOSE(rd_kafka_error_t *, rd_kafka_commit_transaction, (rd_kafka_t * rk, int timeout_ms), rk, timeout_ms)
INTERPOSE(rd_kafka_error_t *, rd_kafka_abort_transaction, (rd_kafka_t * rk, int timeout_ms), rk, timeout_ms)
INTERPOSE(rd_kafka_resp_err_t, rd_kafka_offsets_store, (rd_kafka_t * rk, rd_kafka_topic_partition_list_t *offsets), rk,
          offsets)
INTERPOSE(rd_kafka_resp_err_t, rd_kafka_commit_queue,
          (rd_kafka_t * rk, const rd_kafka_topic_partition_list_t *offsets, rd_kafka_queue_t *queue,
           void (*cb)(rd_kafka_t *, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t *, void *), void *opaque),
          rk, offsets, queue, cb, opaque)

SHIM rd_kafka_error_t *rd_kafka_produceva(rd_kafka_t *rk, const rd_kafka_vu_t *parts, size_t count) {
    static struct site site = {.function = "rd_kafka_produceva"};
    bool turn = is_turn(&site);
    atomic_store(&published, true);
    die_if(turn, &site, "kill-before");
    stop_if(turn, &site);
    rd_kafka_error_t *error = CALL(rd_kafka_produceva, rk, parts, count);
    die_if(turn, &site, "kill-after");
    return error;
}

/* ---- OpenCL ------------------------------------------------------------------------------------------------------ */

static cl_int device_fault(struct site *site) {
    if (!site->real)
        site->real = find(site->function), site->plan = plan_for(site->function);
    bool turn = atomic_load(&published) && is_turn(site);
    wait_if(turn, site);
    bool broken = is(site, "break") && site->plan.nth > 0 && atomic_load(&site->calls) >= site->plan.nth;
    if (!broken && !(turn && is(site, "fail")))
        return CL_SUCCESS;
    if (turn)
        say(site);
    return (cl_int)site->plan.argument;
}

SHIM cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                                   const size_t *global, const size_t *local, cl_uint count, const cl_event *after,
                                   cl_event *event) {
    static struct site site = {.function = "clEnqueueNDRangeKernel"};
    cl_int code = device_fault(&site);
    return code ? code
                : CALL(clEnqueueNDRangeKernel, queue, kernel, dimensions, offset, global, local, count, after, event);
}

SHIM cl_int clFinish(cl_command_queue queue) {
    static struct site site = {.function = "clFinish"};
    cl_int code = device_fault(&site);
    return code ? code : CALL(clFinish, queue);
}

SHIM cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
    static struct site site = {.function = "clSetKernelArg"};
    cl_int code = device_fault(&site);
    return code ? code : CALL(clSetKernelArg, kernel, index, size, value);
}

SHIM cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *failure) {
    static struct site site = {.function = "clCreateBuffer"};
    cl_int code = device_fault(&site);
    if (code && failure)
        *failure = code;
    return code ? NULL : CALL(clCreateBuffer, context, flags, size, host, failure);
}
