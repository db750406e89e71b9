/* Every device with each class of kernels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/open.h"
#include "devices.h"

static const enum kernel_class classes[] = {CLASS_TILE, CLASS_GROUP, CLASS_GEMM};

static struct device_found *found;
static size_t found_count;
static mood_device **shared; /* [devices_count]: those that devices_get has opened */

static void keep_platform(const char *platform) {
    size_t kept = 0;
    for (size_t i = 0; i < found_count; i++)
        if (strcasestr(found[i].info.platform, platform))
            found[kept++] = found[i];
    found_count = kept;
}

static void no_device(const char *message) {
    const char *ci = getenv("CI");
    fprintf(stderr, "%s\n", message);
    exit(ci && strcmp(ci, "true") == 0 ? 1 : 77);
}

int devices_count(void) {
    mood_error err;
    const char *platform = getenv("MOOD_TEST_PLATFORM");
    if (!found && device_find_all(&found, &found_count, &err) != MOOD_OK)
        no_device(err.message);
    if (platform)
        keep_platform(platform);
    if (found_count == 0)
        no_device("no device of the platform MOOD_TEST_PLATFORM");
    return 3 * (int)found_count;
}

bool devices_include(int i) {
    static const char *const names[] = {"tile", "group", "gemm"};
    const char *wanted = getenv("MOOD_TEST_KERNELS");
    return !wanted || strcmp(wanted, names[i % 3]) == 0;
}

bool devices_in_turn(int i, int n) {
#ifdef __SANITIZE_ADDRESS__
    return i % 3 == n % 3;
#else
    (void)i, (void)n;
    return true;
#endif
}

mood_device *devices_open(int i) {
    mood_device *device;
    ck_assert_int_lt(i, devices_count());
    ck_ok(device_open(&found[i / 3], classes[i % 3], &device, err));
    return device;
}

mood_device *devices_get(int i) {
    if (!shared)
        shared = calloc((size_t)devices_count(), sizeof(mood_device *));
    ck_assert(shared && i < devices_count());
    if (!shared[i])
        shared[i] = devices_open(i);
    return shared[i];
}

static void close_shared(void) {
    for (int i = 0; shared && i < devices_count(); i++)
        mood_device_destroy(shared[i]);
    free(shared);
    shared = NULL;
}

bool is_simulator(const mood_device *device) {
    return strcmp(device->info.platform, "Oclgrind") == 0;
}

struct buffer upload(struct queue *queue, const void *data, size_t count) {
    struct buffer buffer = {0};
    if (!data)
        return buffer;
    ck_ok(buffer_create(queue->device, count, sizeof(float), &buffer, err));
    ck_ok(queue_write(queue, &buffer, 0, data, count * sizeof(float), err));
    return buffer;
}

float *download(struct queue *queue, const struct buffer *buffer, size_t count) {
    float *data = malloc((count ? count : 1) * sizeof *data);
    ck_assert_ptr_nonnull(data);
    ck_ok(queue_read(queue, buffer, 0, data, count * sizeof *data, err));
    return data;
}

TCase *add_case(const char *name, Suite *suite) {
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(suite, tcase);
    return tcase;
}

TCase *create_suite(const char *name, Suite **suite) {
    *suite = suite_create(name);
    return add_case(name, *suite);
}

int run_suite(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    close_shared();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
