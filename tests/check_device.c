/* Choosing and opening devices, the cache of program binaries, and devices that fail at any call.  The OpenCL
 * functions that the library uses are wrapped here: the wrapper counts calls and makes a selected one fail as a
 * driver would. */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/pocl.h"
#include "device/open.h"
#include "device/verdict.h"
#include "devices.h"
#include "layers.h"
#include "model/attribution.h"
#include "mood/model.h"
#include "mood/scorer.h"

/* ---- wrapped OpenCL ----------------------------------------------------------------------------- */

static _Atomic long calls;  /* two threads read it */
static _Atomic long builds; /* calls of clBuildProgram */
static long fail_at;        /* 0: never */

static bool its_turn(void) {
    return ++calls == fail_at;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRAP_STATUS(name, parameters, arguments)                                                                       \
    cl_int name parameters {                                                                                           \
        static __typeof__(&name) real;                                                                                 \
        if (!real)                                                                                                     \
            real = REAL(name);                                                                                         \
        return its_turn() ? CL_OUT_OF_RESOURCES : real arguments;                                                      \
    }

#define WRAP_OBJECT(type, name, parameters, arguments)                                                                 \
    type name parameters {                                                                                             \
        static __typeof__(&name) real;                                                                                 \
        if (!real)                                                                                                     \
            real = REAL(name);                                                                                         \
        if (!its_turn())                                                                                               \
            return real arguments;                                                                                     \
        *code = CL_OUT_OF_HOST_MEMORY;                                                                                 \
        return NULL;                                                                                                   \
    }

/* Kernels whose names have one of these prefixes are not started, so their results are wrong. NULL: none. */
static const char *const *wrong_kernels;

static bool computes_wrong(cl_kernel kernel) {
    char name[64] = "";
    if (!wrong_kernels || clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL) != CL_SUCCESS)
        return false;
    for (const char *const *wrong = wrong_kernels; *wrong; wrong++)
        if (strncmp(name, *wrong, strlen(*wrong)) == 0)
            return true;
    return false;
}

cl_int clEnqueueNDRangeKernel(cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, const size_t *g,
                              const size_t *l, cl_uint n, const cl_event *w, cl_event *e) {
    static __typeof__(&clEnqueueNDRangeKernel) real;
    if (!real)
        real = REAL(clEnqueueNDRangeKernel);
    if (its_turn())
        return CL_OUT_OF_RESOURCES;
    return computes_wrong(k) ? CL_SUCCESS : real(q, k, d, o, g, l, n, w, e);
}

WRAP_STATUS(clEnqueueReadBuffer,
            (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, void *p, cl_uint n, const cl_event *w,
             cl_event *e),
            (q, m, b, o, s, p, n, w, e))
WRAP_STATUS(clEnqueueWriteBuffer,
            (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, const void *p, cl_uint n, const cl_event *w,
             cl_event *e),
            (q, m, b, o, s, p, n, w, e))
WRAP_STATUS(clEnqueueFillBuffer,
            (cl_command_queue q, cl_mem m, const void *p, size_t ps, size_t o, size_t s, cl_uint n, const cl_event *w,
             cl_event *e),
            (q, m, p, ps, o, s, n, w, e))
WRAP_STATUS(clEnqueueCopyBuffer,
            (cl_command_queue q, cl_mem a, cl_mem b, size_t x, size_t y, size_t s, cl_uint n, const cl_event *w,
             cl_event *e),
            (q, a, b, x, y, s, n, w, e))

/* Two of three calls set arguments. The library's functions that set them do not depend on the index, so only the
 * first argument of each launch is counted; with MOOD_TEST_LONG=1 all are. */
cl_int clSetKernelArg(cl_kernel k, cl_uint i, size_t s, const void *p) {
    static __typeof__(&clSetKernelArg) real;
    static bool all;
    if (!real) {
        real = REAL(clSetKernelArg);
        all = getenv("MOOD_TEST_LONG") != NULL;
    }
    return (i == 0 || all) && its_turn() ? CL_OUT_OF_RESOURCES : real(k, i, s, p);
}

WRAP_STATUS(clSetKernelExecInfo, (cl_kernel k, cl_kernel_exec_info i, size_t s, const void *p), (k, i, s, p))
WRAP_STATUS(clSetMemObjectDestructorCallback, (cl_mem m, void(CL_CALLBACK *f)(cl_mem, void *), void *u), (m, f, u))
WRAP_STATUS(clFlush, (cl_command_queue q), (q))

cl_int clBuildProgram(cl_program p, cl_uint n, const cl_device_id *d, const char *o,
                      void(CL_CALLBACK *f)(cl_program, void *), void *u) {
    static __typeof__(&clBuildProgram) real;
    if (!real)
        real = REAL(clBuildProgram);
    builds++;
    return its_turn() ? CL_OUT_OF_RESOURCES : real(p, n, d, o, f, u);
}

WRAP_OBJECT(cl_context, clCreateContext,
            (const cl_context_properties *p, cl_uint n, const cl_device_id *d,
             void(CL_CALLBACK *f)(const char *, const void *, size_t, void *), void *u, cl_int *code),
            (p, n, d, f, u, code))
WRAP_OBJECT(cl_command_queue, clCreateCommandQueue,
            (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *code), (c, d, p, code))
WRAP_OBJECT(cl_mem, clCreateBuffer, (cl_context c, cl_mem_flags f, size_t s, void *p, cl_int *code), (c, f, s, p, code))
WRAP_OBJECT(cl_mem, clCreateSubBuffer, (cl_mem m, cl_mem_flags f, cl_buffer_create_type t, const void *r, cl_int *code),
            (m, f, t, r, code))
void *clSVMAlloc(cl_context c, cl_svm_mem_flags f, size_t s, cl_uint a) {
    static __typeof__(&clSVMAlloc) real;
    if (!real)
        real = REAL(clSVMAlloc);
    return its_turn() ? NULL : real(c, f, s, a);
}

WRAP_OBJECT(cl_program, clCreateProgramWithSource,
            (cl_context c, cl_uint n, const char **s, const size_t *l, cl_int *code), (c, n, s, l, code))
WRAP_OBJECT(cl_program, clCreateProgramWithBinary,
            (cl_context c, cl_uint n, const cl_device_id *d, const size_t *l, const unsigned char **b, cl_int *s,
             cl_int *code),
            (c, n, d, l, b, s, code))
WRAP_OBJECT(cl_kernel, clCreateKernel, (cl_program p, const char *n, cl_int *code), (p, n, code))

/* ---- a device that fails ------------------------------------------------------------------------ */

enum { T = 3, ROWS = 4, RESULTS = ROWS + T };

static mood_status add_layers(mood_model *model, mood_error *err) {
    mood_status status = append_layers(
        model, LAYERS("Embedding(9, 3)", "LSTM(4, return_sequences=True)", "LSTM(4)", "Dense(1, activation='sigmoid')"),
        err);
    return status == MOOD_OK ? mood_model_compile(model, NULL, err) : status;
}

static const int32_t x[ROWS * T] = {0, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3};
static const float y[ROWS] = {1, 0, 1};

/* The contributions of the second row's ids. */
static mood_status explain(const mood_model *model, float contributions[T], mood_error *err) {
    const mood_head head = {1, 2, MOOD_LINEAR, 0.5f, false, true, 1.0};
    struct attributor *attributor;
    struct attribution attribution = {0};
    double of_ids[T] = {0};
    mood_status status = attributor_create(model, &attributor, err);
    if (status != MOOD_OK)
        return status;
    status = attributor_run(attributor, x + T, T, &head, 1, of_ids, &attribution, err);
    attributor_destroy(attributor);
    for (size_t t = 0; t < T; t++)
        contributions[t] = (float)of_ids[t];
    return status;
}

/* Open, build, train, predict and explain; everything is destroyed, also after an error. */
static mood_status everything(const char *kernels, float results[RESULTS], mood_error *err) {
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    fit.batch_size = 2;
    fit.validation_split = 0.3;
    setenv("MOOD_KERNELS", kernels, 1);
    mood_status status = mood_device_open("0", &device, err);
    unsetenv("MOOD_KERNELS");
    if (status == MOOD_OK)
        device->caches_kernels = false; /* so that mood's own cache is tested on every driver */
    if (status == MOOD_OK)
        status = mood_model_create(device, &model, err);
    if (status == MOOD_OK)
        status = add_layers(model, err);
    if (status == MOOD_OK)
        status = mood_model_fit(model, x, ROWS, T, y, 1, &fit, NULL, err);
    if (status == MOOD_OK)
        status = mood_model_predict(model, x, ROWS, T, 3, results, err);
    memset(results + ROWS, 0, T * sizeof *results);
    if (status == MOOD_OK && strcmp(kernels, "tile") == 0) /* the others differ in the layers only */
        status = explain(model, results + ROWS, err);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return status;
}

/* Every stride-th call fails once: the error names what failed, nothing crashes, and afterwards everything works
 * again. Only failures without consequences (those of the binary cache) may go unreported. */
static void fail_calls(const char *kernels, long stride) {
    float expected[RESULTS], results[RESULTS];
    mood_error err;
    ck_assert_int_eq(everything(kernels, expected, &err), MOOD_OK); /* fills the cache */
    calls = 0;
    ck_assert_int_eq(everything(kernels, expected, &err), MOOD_OK);
    long count = calls;
    ck_assert_int_gt(count, 150);
    for (long i = 1; i <= count; i += stride) {
        calls = 0;
        fail_at = i;
        memset(&err, 0, sizeof err);
        mood_status status = everything(kernels, results, &err);
        fail_at = 0;
        if (status == MOOD_OK)
            ck_assert_msg(memcmp(results, expected, sizeof results) == 0, "call %ld failed unnoticed", i);
        else
            ck_assert_msg(status == MOOD_ERR_DEVICE && strstr(err.message, "failed"), "call %ld: status %d, '%s'", i,
                          (int)status, err.message);
    }
    ck_assert_int_eq(everything(kernels, results, &err), MOOD_OK);
    ck_assert_int_eq(memcmp(results, expected, sizeof results), 0);
}

/* Most calls are alike: with a prime stride different ones fail. With MOOD_TEST_LONG=1 each call fails once. */
START_TEST(any_call_may_fail) {
    bool all = getenv("MOOD_TEST_LONG") != NULL;
    fail_calls("tile", all ? 1 : 7);
    fail_calls("group", all ? 1 : 23);
    fail_calls("gemm", all ? 1 : 23);
}
END_TEST

/* A model stays usable, with its weights, if the device fails during a prediction. */
START_TEST(a_model_survives_a_failed_prediction) {
    mood_device *device = devices_open(0);
    mood_model *model;
    float expected[ROWS], scores[ROWS];
    mood_error said;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(add_layers(model, err));
    ck_ok(mood_model_build(model, T, 1, err));
    ck_ok(mood_model_predict(model, x, ROWS, T, 0, expected, err));
    calls = 0;
    ck_ok(mood_model_predict(model, x, ROWS, T, 0, scores, err));
    long count = calls;
    for (long i = 1; i <= count; i++) {
        calls = 0;
        fail_at = i;
        ck_assert_int_eq(mood_model_predict(model, x, ROWS, T, 0, scores, &said), MOOD_ERR_DEVICE);
        fail_at = 0;
        memset(scores, 0xff, sizeof scores);
        ck_ok(mood_model_predict(model, x, ROWS, T, 0, scores, err));
        ck_assert_int_eq(memcmp(scores, expected, sizeof scores), 0);
    }
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

static const char *reviews(void) {
    static char path[4096];
    const char *folder = getenv("MOOD_TEST_DATA");
    snprintf(path, sizeof path, "%s/reviews.keras", folder ? folder : "tests/data");
    return path;
}

/* A thread builds its kernels meanwhile: a failure there is retried, other failures are reported. Every seventh
 * call: each attempt opens the device again and builds. */
START_TEST(loading_is_retried) {
    long count = 1;
    int failed = 0, worked = 0;
    for (long i = 0; i <= count; i += 7) {
        mood_model *model = NULL;
        mood_error said = {0};
        mood_device *device = devices_open(0);
        calls = 0;
        fail_at = i;
        mood_status status = mood_model_load(device, reviews(), NULL, &model, NULL, &said);
        fail_at = 0;
        if (i == 0)
            count = calls;
        ck_assert_msg(status == MOOD_OK || (status == MOOD_ERR_DEVICE && strstr(said.message, "failed")),
                      "call %ld: %s", i, said.message);
        failed += status != MOOD_OK;
        worked += status == MOOD_OK;
        if (status != MOOD_OK)
            ck_ok(mood_model_load(device, reviews(), NULL, &model, NULL, err));
        ck_assert_ptr_nonnull(device->programs[0]);
        mood_model_destroy(model);
        mood_device_destroy(device);
    }
    ck_assert_int_gt(count, 20);
    ck_assert_int_gt(failed, 1);
    ck_assert_int_gt(worked, 0);
}
END_TEST

/* A scorer, which has two batches in flight, also stays usable. */
START_TEST(a_scorer_survives_a_failed_batch) {
    enum { TEXTS = 7 };
    static const char *const words[TEXTS] = {"good",    "bad service", "a great film", "awful",
                                             "so good", "poor",        "lovely"};
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    mood_text texts[TEXTS];
    mood_scorer *scorer;
    mood_error said;
    float expected[TEXTS], scores[TEXTS];
    options.device = devices_open(0);
    options.batch_size = 2;
    for (int i = 0; i < TEXTS; i++)
        texts[i] = (mood_text){words[i], strlen(words[i])};
    ck_ok(mood_scorer_open(reviews(), &options, &scorer, err));
    ck_ok(mood_scorer_score(scorer, texts, TEXTS, expected, err));
    calls = 0;
    ck_ok(mood_scorer_score(scorer, texts, TEXTS, scores, err));
    long count = calls;
    ck_assert_int_gt(count, 0);
    for (long i = 1; i <= count; i++) {
        calls = 0;
        fail_at = i;
        ck_assert_int_eq(mood_scorer_score(scorer, texts, TEXTS, scores, &said), MOOD_ERR_DEVICE);
        fail_at = 0;
        memset(scores, 0xff, sizeof scores);
        ck_ok(mood_scorer_score(scorer, texts, TEXTS, scores, err));
        ck_assert_int_eq(memcmp(scores, expected, sizeof scores), 0);
    }
    mood_scorer_destroy(scorer);
    mood_device_destroy(options.device);
}
END_TEST

/* ---- known answers --------------------------------------------------------------------------------- */

/* A new empty cache directory. */
static void use_empty_cache(char *folder) {
    strcpy(folder, "/tmp/mood-tests-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("XDG_CACHE_HOME", folder, 1);
}

static void remove_cache(const char *folder, const char *before) {
    char command[4300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    if (before)
        setenv("XDG_CACHE_HOME", before, 1);
    else
        unsetenv("XDG_CACHE_HOME");
}

static char *cache_home(void) {
    const char *home = getenv("XDG_CACHE_HOME");
    return home ? strdup(home) : NULL;
}

/* A class with wrong results is not used, now and later; another one is. */
START_TEST(a_class_that_computes_wrong_is_not_used) {
    static const char *const tiles[] = {"predict_tile", "recurrent_tile_forward", NULL};
    char folder[64], *before = cache_home();
    mood_device *device;
    mood_error said;
    use_empty_cache(folder);
    ck_assert(mood_device_is_new("cpu"));
    for (int time = 0; time < 2; time++) { /* the second time the result is in the cache */
        wrong_kernels = time == 0 ? tiles : NULL;
        ck_ok(mood_device_open("cpu", &device, err));
        ck_assert_str_eq(mood_device_get_kernels(device), "group");
        mood_device_destroy(device);
        ck_assert(!mood_device_is_new("cpu"));
    }
    setenv("MOOD_KERNELS", "tile", 1);
    wrong_kernels = tiles;
    ck_assert_int_eq(mood_device_open("cpu", &device, &said), MOOD_ERR_NO_DEVICE);
    wrong_kernels = NULL;
    unsetenv("MOOD_KERNELS");
    ck_assert_msg(strstr(said.message, "kernel class tile computes wrong scores"), "%s", said.message);
    remove_cache(folder, before);
    free(before);
}
END_TEST

static void find_type(mood_device_type type, mood_device_info *info) {
    mood_device_info infos[8];
    size_t count;
    ck_ok(mood_device_list(infos, 8, &count, err));
    for (size_t i = 0; i < count && i < 8; i++)
        if (infos[i].type == type) {
            *info = infos[i];
            return;
        }
    ck_abort_msg("no such device");
}

/* A device on which every class has wrong results is listed with the reason, and opening it is an error. */
START_TEST(a_device_that_computes_wrong_is_not_used) {
    static const char *const all[] = {"predict_tile", "lstm_", NULL};
    char folder[64], *before = cache_home();
    mood_device *device;
    mood_device_info info;
    mood_error said;
    use_empty_cache(folder);
    wrong_kernels = all;
    ck_assert_int_eq(mood_device_open("cpu", &device, &said), MOOD_ERR_NO_DEVICE);
    ck_assert_ptr_null(device);
    wrong_kernels = NULL;
    ck_assert_msg(strstr(said.message, "tile computes wrong scores"), "%s", said.message);
    find_type(MOOD_DEVICE_CPU, &info);
    ck_assert(!info.usable);
    ck_assert_msg(strstr(info.problem, "kernel class tile computes wrong scores"), "%s", info.problem);
    ck_assert_ptr_nonnull(strstr(said.message, info.name));
    remove_cache(folder, before);
    free(before);
    find_type(MOOD_DEVICE_CPU, &info);
    ck_assert(info.usable);
}
END_TEST

/* ---- known gradients, tiles of each height --------------------------------------------------------- */

static mood_model *small_model(mood_device *device) {
    mood_model *model;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, LAYERS("Embedding(10, 4)", "LSTM(5)", "Dense(1, activation='sigmoid')"), err));
    ck_ok(mood_model_compile(model, NULL, err));
    return model;
}

/* Train on a newly opened device. */
static mood_status train(mood_error *said) {
    static const int32_t ids[] = {1, 2, 3, 0, 4, 5};
    static const float labels[] = {1, 0};
    mood_device *device;
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    float scores[2];
    fit.epochs = 1;
    ck_ok(mood_device_open("cpu", &device, err));
    mood_model *model = small_model(device);
    ck_ok(mood_model_build(model, 3, 1, err));
    ck_ok(mood_model_predict(model, ids, 2, 3, 0, scores, err));
    mood_status status = mood_model_fit(model, ids, 2, 3, labels, 1, &fit, NULL, said);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return status;
}

/* Predictions are correct, but a kernel of training is wrong: the device predicts and does not train, now and
 * later. */
START_TEST(a_class_with_wrong_gradients_does_not_train) {
    static const char *const each[] = {"lstm_tile_backward",   "lstm_tile_weights", "lstm_shared_padding_gradients",
                                       "embedding_backward",   "dense_weights",     "loss_binary",
                                       "lstm_tile_backward_2", "optimizer_adam",    "activation_backward"};
    char folder[64], *before = cache_home();
    mood_error said;
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        const char *const wrong[] = {each[i], NULL};
        use_empty_cache(folder);
        for (int time = 0; time < 2; time++) { /* the second time the result is in the cache */
            wrong_kernels = time == 0 ? wrong : NULL;
            ck_assert_msg(train(&said) == MOOD_ERR_DEVICE, "%s", each[i]);
            wrong_kernels = NULL;
            ck_assert_int_eq(said.error_class, MOOD_CLASS_FATAL);
            ck_assert_msg(
                strstr(said.message, "cannot train on ") && strstr(said.message, "kernel class tile computes") &&
                    strstr(said.message, "train on another device (--device)") && strstr(said.message, folder),
                "%s: %s", each[i], said.message);
        }
        remove_cache(folder, before);
    }
    use_empty_cache(folder);
    ck_ok(train(err));
    remove_cache(folder, before);
    free(before);
}
END_TEST

enum { MANY = 200 };

static void predict_rows(float *scores, size_t rows) {
    mood_device *device;
    int32_t ids[MANY * 3];
    for (size_t i = 0; i < rows * 3; i++)
        ids[i] = (int32_t)(i * 7 % 10);
    ck_ok(mood_device_open("cpu", &device, err));
    ck_assert_str_eq(mood_device_get_kernels(device), "tile");
    mood_model *model = small_model(device);
    ck_ok(mood_model_build(model, 3, 1, err));
    ck_ok(mood_model_predict(model, ids, rows, 3, rows, scores, err));
    mood_model_destroy(model);
    mood_device_destroy(device);
}

/* PoCL compiles each height separately. A height with wrong results is not used, now and later: the others give the
 * same scores. */
START_TEST(a_height_that_computes_wrong_is_not_used) {
    static const char *const high[] = {"predict_tile_2", "predict_tile_3", "predict_tile_4", "predict_tile_6", NULL};
    char folder[64], *before = cache_home();
    float expected[MANY], scores[MANY];
    mood_device_info info;
    find_type(MOOD_DEVICE_CPU, &info);
    if (pocl_is(&info)) {
        predict_rows(expected, MANY);
        use_empty_cache(folder);
        for (int time = 0; time < 2; time++) { /* the second time the result is in the cache */
            wrong_kernels = high;
            predict_rows(scores, MANY);
            wrong_kernels = NULL;
            ck_assert_int_eq(memcmp(scores, expected, sizeof scores), 0);
        }
        remove_cache(folder, before);
    }
    free(before);
}
END_TEST

/* A call that fails during the test is an error and not a result: the next attempt succeeds. */
START_TEST(a_failed_known_answer_test_is_not_kept) {
    char folder[64], *before = cache_home();
    mood_device *device;
    mood_error said;
    int failed = 0;
    for (long i = 1; i < 2000; i += 97) {
        use_empty_cache(folder);
        calls = 0;
        fail_at = i;
        mood_status status = mood_device_open("cpu", &device, &said);
        fail_at = 0;
        ck_assert_msg(status == MOOD_OK || (status == MOOD_ERR_DEVICE && strstr(said.message, "failed")),
                      "call %ld: %s", i, said.message);
        failed += status != MOOD_OK;
        mood_device_destroy(device);
        ck_ok(mood_device_open("cpu", &device, err));
        ck_assert_str_eq(mood_device_get_kernels(device), "tile");
        mood_device_destroy(device);
        remove_cache(folder, before);
    }
    ck_assert_int_gt(failed, 0);
    free(before);
}
END_TEST

/* ---- threads ------------------------------------------------------------------------------------ */

enum { THREADS = 4 };

struct newcomer {
    mood_device *device;
    const char *path;
    pthread_barrier_t *all_there;
    float score;
    mood_status status;
    mood_error err;
};

static void *open_and_score(void *argument) {
    struct newcomer *self = argument;
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    mood_scorer *scorer;
    options.device = self->device;
    pthread_barrier_wait(self->all_there);
    self->status = mood_scorer_open(self->path, &options, &scorer, &self->err);
    if (self->status != MOOD_OK)
        return NULL;
    self->status = mood_scorer_score(scorer, &(mood_text){"a great film", 12}, 1, &self->score, &self->err);
    mood_scorer_destroy(scorer);
    return NULL;
}

/* The number of programs that `count` threads build which open a new device at the same time; score: of all of
 * them. */
static long meet(size_t count, float *score) {
    struct newcomer all[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t all_there;
    mood_device *device = devices_open(0);
    builds = 0;
    ck_assert_int_eq(pthread_barrier_init(&all_there, NULL, (unsigned)count), 0);
    for (size_t i = 0; i < count; i++) {
        all[i] = (struct newcomer){.device = device, .path = reviews(), .all_there = &all_there};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, open_and_score, &all[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_msg(all[i].status == MOOD_OK, "%s", all[i].err.message);
        ck_assert(all[i].score == all[0].score);
    }
    *score = all[0].score;
    pthread_barrier_destroy(&all_there);
    mood_device_destroy(device);
    return builds;
}

START_TEST(threads_share_what_one_builds) {
    float alone, together;
    long expected = meet(1, &alone);
    ck_assert_int_gt(expected, 0);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(meet(THREADS, &together), expected);
        ck_assert(alone == together);
    }
}
END_TEST

/* ---- choosing ----------------------------------------------------------------------------------- */

START_TEST(devices_are_chosen_by_name_or_index) {
    size_t count, index;
    char reason[200];
    mood_error said;
    mood_device_info infos[8];
    ck_ok(mood_device_list(infos, 8, &count, err));
    unsetenv("MOOD_DEVICE");
    ck_ok(mood_device_choose(NULL, &index, reason, sizeof reason, err));
    ck_assert_uint_lt(index, count);
    ck_ok(mood_device_choose("0", &index, reason, sizeof reason, err));
    ck_assert_uint_eq(index, 0);
    char part[5] = "";
    snprintf(part, sizeof part, "%.4s", infos[0].name);
    ck_ok(mood_device_choose(part, &index, NULL, 0, err));
    ck_assert_int_eq(mood_device_choose("nosuch", &index, NULL, 0, &said), MOOD_ERR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(said.message, infos[0].name));
    ck_assert_int_eq(mood_device_choose("99", &index, NULL, 0, &said), MOOD_ERR_NO_DEVICE);
    setenv("MOOD_DEVICE", "nosuch", 1);
    ck_assert_int_eq(mood_device_choose(NULL, &index, NULL, 0, &said), MOOD_ERR_NO_DEVICE);
    unsetenv("MOOD_DEVICE");
    mood_device *device;
    setenv("MOOD_KERNELS", "nosuch", 1);
    ck_assert_int_eq(mood_device_open(NULL, &device, &said), MOOD_ERR_ARGUMENT);
    ck_assert_ptr_null(device);
    unsetenv("MOOD_KERNELS");
}
END_TEST

struct described {
    const char *platform, *name;
    mood_device_type type;
    unsigned long long gigabytes;
    bool usable;
};

static void check_choice(const struct described *all, size_t count, const char *selector, size_t expected) {
    struct device_found found[8] = {0};
    size_t index;
    for (size_t i = 0; i < count; i++) {
        mood_device_info *info = &found[i].info;
        strcpy(info->platform, all[i].platform);
        strcpy(info->name, all[i].name);
        info->type = all[i].type;
        info->memory_bytes = all[i].gigabytes << 30;
        info->usable = all[i].usable;
    }
    ck_ok(device_pick(found, count, selector, &index, NULL, 0, err));
    ck_assert_msg(index == expected, "%s: %zu instead of %zu", selector ? selector : "best", index, expected);
}

/* By speed; memory does not matter among CPU devices. */
START_TEST(the_fastest_device_is_chosen) {
    static const struct described cpus[] = {
        {"rusticl", "llvmpipe (LLVM 19)", MOOD_DEVICE_CPU, 25, true},
        {"Oclgrind", "Oclgrind Simulator", MOOD_DEVICE_GPU, 1, true},
        {"Portable Computing Language", "cpu-znver4", MOOD_DEVICE_CPU, 23, true},
        {"Intel(R) OpenCL", "AMD EPYC", MOOD_DEVICE_CPU, 25, true},
    };
    static const struct described all[] = {
        {"Portable Computing Language", "cpu-znver4", MOOD_DEVICE_CPU, 64, true},
        {"rusticl", "AMD Radeon", MOOD_DEVICE_GPU, 8, true},
        {"NVIDIA CUDA", "H200", MOOD_DEVICE_GPU, 139, false},
        {"rusticl", "AMD Radeon Pro", MOOD_DEVICE_GPU, 16, true},
        {"Vendor", "card", MOOD_DEVICE_ACCELERATOR, 64, true},
    };
    check_choice(cpus, 4, NULL, 2);
    check_choice(cpus, 4, "cpu", 2);
    check_choice(cpus, 4, "CPU", 2);
    check_choice(cpus, 4, "gpu", 1);
    check_choice(cpus, 4, "llvmpipe", 0);
    check_choice(cpus, 1, NULL, 0);
    check_choice(all, 5, NULL, 3);
    check_choice(all, 5, "gpu", 3);
    check_choice(all, 5, "cpu", 0);
    check_choice(all, 5, "Accelerator", 4);
    check_choice(all, 5, "radeon", 1);
    struct device_found found = {.info = {.name = "cpu-znver4", .type = MOOD_DEVICE_CPU, .usable = true}};
    size_t index;
    mood_error said;
    ck_assert_int_eq(device_pick(&found, 1, "gpu", &index, NULL, 0, &said), MOOD_ERR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(said.message, "type (cpu, gpu or accelerator)"));
}
END_TEST

/* Of two CPU drivers the one whose known-answer test was faster by a tenth; if a time is unknown, the first. */
START_TEST(the_faster_cpu_driver_is_chosen) {
    static const struct described cpus[] = {
        {"Portable Computing Language", "cpu-znver4", MOOD_DEVICE_CPU, 23, true},
        {"Intel(R) OpenCL", "AMD EPYC", MOOD_DEVICE_CPU, 25, true},
        {"rusticl", "llvmpipe (LLVM 19)", MOOD_DEVICE_CPU, 25, true},
    };
    static const struct {
        double pocl, intel;
        size_t expected;
    } times[] = {{0.02, 0.01, 1}, {0.01, 0.02, 0}, {0.02, 0.019, 0}};
    char folder[64], *before = cache_home();
    use_empty_cache(folder);
    check_choice(cpus, 3, NULL, 0);
    for (size_t i = 0; i < 3; i++) {
        mood_device_info info[2] = {0};
        for (size_t k = 0; k < 2; k++) {
            strcpy(info[k].platform, cpus[k].platform);
            strcpy(info[k].name, cpus[k].name);
        }
        verdict_write_seconds(&info[1], times[i].intel);
        if (i == 0)
            check_choice(cpus, 3, NULL, 0);
        verdict_write_seconds(&info[0], times[i].pocl);
        check_choice(cpus, 3, NULL, times[i].expected);
        check_choice(cpus, 3, "cpu", times[i].expected);
        check_choice(cpus, 3, "Portable", 0);
    }
    remove_cache(folder, before);
    free(before);
}
END_TEST

START_TEST(old_versions_of_pocl_take_turns) {
    static const struct {
        const char *platform, *driver;
        bool takes_turns;
    } all[] = {
        {"Portable Computing Language", "3.1+debian", true},
        {"Portable Computing Language", "5.0", true},
        {"Portable Computing Language", "6.0", false},
        {"Portable Computing Language", "10.1-pre", false},
        {"rusticl", "3.1", false},
        {"Intel(R) OpenCL", "2026.22", false},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        mood_device_info info = {0};
        strcpy(info.platform, all[i].platform);
        strcpy(info.driver, all[i].driver);
        ck_assert(pocl_takes_turns(&info) == all[i].takes_turns);
    }
}
END_TEST

/* The loader reads its drivers once per process, so this runs in a child process. */
START_TEST(no_driver_is_a_clear_error) {
    const char *drivers = "tests-no-drivers";
    mkdir(drivers, 0700);
    fflush(NULL);
    int pipes[2];
    ck_assert_int_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        char fd[16];
        snprintf(fd, sizeof fd, "%d", pipes[1]);
        setenv("OCL_ICD_VENDORS", drivers, 1);
        execl("/proc/self/exe", "check_device", "--without-drivers", fd, (char *)NULL);
        _exit(99);
    }
    close(pipes[1]);
    char message[MOOD_MESSAGE_SIZE] = "";
    ssize_t size = read(pipes[0], message, sizeof message - 1);
    close(pipes[0]);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    rmdir(drivers);
    ck_assert_int_eq(status, 0);
    ck_assert_int_gt(size, 0);
    ck_assert_msg(strstr(message, "no driver is installed") && strstr(message, "pocl-opencl-icd"), "%s", message);
}
END_TEST

static int without_drivers(int fd) {
    mood_device *device;
    mood_error err;
    if (mood_device_open(NULL, &device, &err) != MOOD_ERR_NO_DEVICE)
        return 1;
    return write(fd, err.message, strlen(err.message)) > 0 ? 0 : 2;
}

/* ---- cache -------------------------------------------------------------------------------------- */

/* Overwrite every cached program from `at` on, or truncate it there. Results of known-answer tests are small. */
static int damage_cache(const char *folder, long at, bool cut) {
    int damaged = 0;
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[8192];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!strstr(entry->d_name, ".bin") || stat(path, &st) != 0 || st.st_size < 200)
            continue;
        if (cut)
            ck_assert_int_eq(truncate(path, at), 0);
        else {
            FILE *file = fopen(path, "r+b");
            ck_assert_ptr_nonnull(file);
            fseek(file, at, SEEK_SET);
            fputs("damaged", file);
            fclose(file);
        }
        damaged++;
    }
    closedir(dir);
    return damaged;
}

START_TEST(a_damaged_cache_is_rebuilt) {
    char folder[] = "tests-cache-XXXXXX", before[4096] = "", mood[4200];
    float expected[RESULTS], scores[RESULTS];
    mood_error err;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char *absolute = realpath(folder, NULL);
    ck_assert_ptr_nonnull(absolute);
    if (getenv("XDG_CACHE_HOME"))
        snprintf(before, sizeof before, "%s", getenv("XDG_CACHE_HOME"));
    setenv("XDG_CACHE_HOME", absolute, 1);
    snprintf(mood, sizeof mood, "%s/mood", absolute);
    /* The first one also tests the device, and keeps one program in memory for that. */
    for (int time = 0; time < 2; time++)
        ck_assert_int_eq(everything("tile", expected, &err), MOOD_OK);
    for (int i = 0; i < 4; i++) {
        static const long places[] = {0, 20, 500, 30};
        ck_assert_int_eq(damage_cache(mood, places[i], i == 3), 2); /* programs */
        ck_assert_int_eq(everything("tile", scores, &err), MOOD_OK);
        ck_assert_int_eq(memcmp(scores, expected, sizeof scores), 0);
    }
    char command[4300];
    snprintf(command, sizeof command, "rm -rf '%s'", absolute);
    ck_assert_int_eq(system(command), 0);
    free(absolute);
    if (before[0])
        setenv("XDG_CACHE_HOME", before, 1);
    else
        unsetenv("XDG_CACHE_HOME");
}
END_TEST

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--without-drivers") == 0)
        return without_drivers(atoi(argv[2]));
    devices_count();
    Suite *suite;
    TCase *tcase = create_suite("device", &suite);
    tcase_add_test(tcase, no_driver_is_a_clear_error);
    tcase_add_test(tcase, devices_are_chosen_by_name_or_index);
    tcase_add_test(tcase, the_fastest_device_is_chosen);
    tcase_add_test(tcase, the_faster_cpu_driver_is_chosen);
    tcase_add_test(tcase, old_versions_of_pocl_take_turns);
    tcase_add_test(tcase, a_class_that_computes_wrong_is_not_used);
    tcase_add_test(tcase, a_device_that_computes_wrong_is_not_used);
    tcase_add_test(tcase, a_class_with_wrong_gradients_does_not_train);
    tcase_add_test(tcase, a_height_that_computes_wrong_is_not_used);
    tcase_add_test(tcase, a_failed_known_answer_test_is_not_kept);
    tcase_add_test(tcase, a_damaged_cache_is_rebuilt);
    tcase_add_test(tcase, a_model_survives_a_failed_prediction);
    tcase_add_test(tcase, a_scorer_survives_a_failed_batch);
    tcase_add_test(tcase, loading_is_retried);
    tcase_add_test(tcase, threads_share_what_one_builds);
    tcase_add_test(tcase, any_call_may_fail);
    return run_suite(suite);
}
