/* Every device with each class of kernels, for loop tests: number i is device i/3 with class i%3. If there is no
 * device, the program exits with 77 (skipped), or with a failure if CI=true. */
#ifndef TESTS_DEVICES_H
#define TESTS_DEVICES_H

#include <check.h>

#include "device/queue.h"

/* Check writes the place of each assertion to a file, and reads the file after each test. With very many assertions
 * that takes longer than the tests. It is for the message after a crash; these tests run in one process, whose
 * sanitizers report the place of a crash. */
#define _mark_point(file, line) ((void)0)

/* Three times the number of devices. MOOD_TEST_PLATFORM: only platforms whose name contains it. */
int devices_count(void);

/* False if MOOD_TEST_KERNELS is another class than that of number i. */
bool devices_include(int i);

/* Add a loop test for each of them that is included. */
#define ADD_DEVICE_TEST(tcase, test)                                                                                   \
    for (int i_ = 0; i_ < devices_count(); i_++)                                                                       \
        if (devices_include(i_))                                                                                       \
    tcase_add_loop_test(tcase, test, i_, i_ + 1)

/* With sanitizers, which are several times slower, test number n runs with one of the classes; the tests take turns. */
bool devices_in_turn(int i, int n);

/* ADD_DEVICE_TEST for tests that take long: with sanitizers each with one class, by the line that it is added in. */
#define ADD_LONG_DEVICE_TEST(tcase, test)                                                                              \
    for (int i_ = 0; i_ < devices_count(); i_++)                                                                       \
        if (devices_include(i_) && devices_in_turn(i_, __LINE__))                                                      \
    tcase_add_loop_test(tcase, test, i_, i_ + 1)

/* Number i, opened without a known-answer test; the caller destroys it. For tests that change the device. */
mood_device *devices_open(int i);

/* Number i, shared by all tests of the program: building its kernels takes most of the time of a short test. run_suite
 * destroys it. */
mood_device *devices_get(int i);

/* Oclgrind interprets kernels, a thousand times slower: tests use smaller sizes there. */
bool is_simulator(const mood_device *device);

/* Create device memory with these numbers; and read it. */
struct buffer upload(struct queue *queue, const void *data, size_t count);
float *download(struct queue *queue, const struct buffer *buffer, size_t count);

#define ck_ok(call)                                                                                                    \
    do {                                                                                                               \
        mood_error err_ = {.message = ""};                                                                             \
        mood_error *err = &err_;                                                                                       \
        mood_status status_ = (call);                                                                                  \
        ck_assert_msg(status_ == MOOD_OK, "%s: %s", #call, err_.message);                                              \
    } while (0)

/* A suite with one case without a time limit; and another case for it. CK_RUN_CASE runs only one case. */
TCase *create_suite(const char *name, Suite **suite);
TCase *add_case(const char *name, Suite *suite);

/* Run a suite in this process (an OpenCL context does not survive a fork) and return main's exit code. */
int run_suite(Suite *suite);

#endif
