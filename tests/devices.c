/* Every device that there is, with each class of kernels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"

static const char *const classes[] = {"tile", "group", "gemm"};

int devices_count(void) {
    static size_t count;
    mood_error err;
    if (!count && mood_device_list(NULL, 0, &count, &err) != MOOD_OK) {
        const char *ci = getenv("CI");
        fprintf(stderr, "%s\n", err.message);
        exit(ci && strcmp(ci, "true") == 0 ? 1 : 77);
    }
    return 3 * (int)count;
}

mood_device *devices_open(int i) {
    char index[16];
    mood_device *device;
    snprintf(index, sizeof index, "%d", i / 3);
    setenv("MOOD_KERNELS", classes[i % 3], 1);
    ck_ok(mood_device_open(index, &device, err));
    unsetenv("MOOD_KERNELS");
    return device;
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

TCase *create_suite(const char *name, Suite **suite) {
    TCase *tcase = tcase_create(name);
    *suite = suite_create(name);
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(*suite, tcase);
    return tcase;
}

int run_suite(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
