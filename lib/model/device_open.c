/* Opens a device whose kernels give correct results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "device/open.h"
#include "device/verdict.h"
#include "model/device_trial.h"
#include "model/known_answer.h"

/* Measure a CPU driver with its best class, to compare it with others. If there is no time, the first driver is
 * chosen. */
static void keep_seconds(mood_device *device, enum kernel_class candidate) {
    double seconds;
    if (candidate == CLASS_AUTO && device_is_cpu_driver(&device->info) &&
        known_answer_seconds(device, &seconds, NULL) == MOOD_OK)
        verdict_write_seconds(&device->info, seconds);
}

/* Open the device with one class, and test it in this process. *device is NULL if the class must not be used; that
 * result is stored with its reason. A lost device or a lack of memory is an error, because a retry can succeed. */
static mood_status test_here(const struct device_found *found, enum kernel_class candidate, mood_device **device,
                             mood_error *err) {
    char reason[REASON_SIZE];
    mood_error said = {0};
    bool right = false;
    mood_status status = device_open(found, candidate, device, &said);
    if (status == MOOD_OK)
        status = known_answer_test(*device, &right, reason, sizeof reason, &said);
    if (status == MOOD_OK && right) {
        verdict_write(&found->info, KNOWN_SCORES, candidate, NULL);
        keep_seconds(*device, candidate);
        return MOOD_OK;
    }
    mood_device_destroy(*device);
    *device = NULL;
    if (status != MOOD_OK && (status != MOOD_ERR_DEVICE || said.error_class != MOOD_CLASS_FATAL)) {
        if (err)
            *err = said;
        return status;
    }
    if (status != MOOD_OK)
        verdict_write_failure(&found->info, KNOWN_SCORES, candidate, said.message);
    else
        verdict_write(&found->info, KNOWN_SCORES, candidate, reason);
    return MOOD_OK;
}

/* The stored result for a candidate, or that of a test in a separate process. That process tests the candidates in
 * the same order, so if it crashed, the crash is the result of the first candidate without one, which is this one. */
static enum verdict find_verdict(const struct device_found *found, size_t index, enum kernel_class candidate) {
    const mood_device_info *info = &found->info;
    char how[64], reason[REASON_SIZE];
    enum verdict verdict = verdict_read(info, KNOWN_SCORES, candidate, reason, sizeof reason);
    if (verdict != VERDICT_UNKNOWN || !verdict_can_be_kept())
        return verdict;
    enum trial_outcome outcome = device_trial_run(index, KNOWN_SCORES, how, sizeof how);
    verdict = verdict_read(info, KNOWN_SCORES, candidate, reason, sizeof reason);
    if (outcome != TRIAL_DIED || verdict != VERDICT_UNKNOWN)
        return verdict;
    snprintf(reason, sizeof reason, "the driver ends the process or hangs (%s) when it builds or runs the kernels",
             how);
    verdict_write_failure(info, KNOWN_SCORES, candidate, reason);
    return VERDICT_WRONG;
}

/* *device is NULL if no class can be used. */
static mood_status open_first_right(const struct device_found *found, size_t index, enum kernel_class forced,
                                    mood_device **device, mood_error *err) {
    enum kernel_class candidates[MOST_CANDIDATES];
    size_t count = verdict_candidates(&found->info, forced, candidates);
    mood_status status = MOOD_OK;
    *device = NULL;
    for (size_t i = 0; i < count && status == MOOD_OK && !*device; i++)
        switch (find_verdict(found, index, candidates[i])) {
        case VERDICT_RIGHT: status = device_open(found, candidates[i], device, err); break;
        case VERDICT_UNKNOWN: status = test_here(found, candidates[i], device, err); break;
        case VERDICT_WRONG: break;
        }
    return status;
}

/* The reasons are in the cache; without an entry it is only known that each class failed. */
static void note_problem(mood_device_info *info, enum kernel_class forced) {
    info->usable = false;
    if (verdict_of_device(info, forced, info->problem, sizeof info->problem) != VERDICT_WRONG)
        snprintf(info->problem, sizeof info->problem, "its kernels compute wrong scores, or cannot be built");
}

/* If several CPU drivers are available, test each once to measure its time. */
static void time_cpu_drivers(const struct device_found *found, size_t count, const char *selector,
                             enum kernel_class forced) {
    char how[64], reason[REASON_SIZE];
    size_t drivers = 0;
    if (!selector)
        selector = getenv("MOOD_DEVICE");
    if ((selector && *selector && strcasecmp(selector, "cpu") != 0) || forced != CLASS_AUTO || !verdict_can_be_kept())
        return;
    for (size_t i = 0; i < count; i++)
        drivers += device_is_cpu_driver(&found[i].info);
    for (size_t i = 0; i < count && drivers > 1; i++)
        if (device_is_cpu_driver(&found[i].info) &&
            verdict_of_device(&found[i].info, forced, reason, sizeof reason) == VERDICT_UNKNOWN)
            (void)device_trial_run(i, KNOWN_SCORES, how, sizeof how);
}

mood_status mood_device_open(const char *selector, mood_device **opened, mood_error *err) {
    struct device_found *found = NULL;
    enum kernel_class forced;
    size_t count = 0, index;
    *opened = NULL;
    mood_status status = device_forced_class(&forced, err);
    if (status == MOOD_OK)
        status = device_find_all(&found, &count, err);
    if (status == MOOD_OK)
        time_cpu_drivers(found, count, selector, forced);
    while (status == MOOD_OK && !*opened) {
        status = device_pick(found, count, selector, &index, NULL, 0, err);
        if (status == MOOD_OK)
            status = open_first_right(&found[index], index, forced, opened, err);
        if (status == MOOD_OK && !*opened)
            note_problem(&found[index].info, forced);
    }
    free(found);
    return status;
}

bool mood_device_is_new(const char *selector) {
    struct device_found *found = NULL;
    enum kernel_class forced;
    size_t count, index;
    char reason[REASON_SIZE];
    bool is_new = device_forced_class(&forced, NULL) == MOOD_OK && device_find_all(&found, &count, NULL) == MOOD_OK &&
                  device_pick(found, count, selector, &index, NULL, 0, NULL) == MOOD_OK &&
                  verdict_of_device(&found[index].info, forced, reason, sizeof reason) == VERDICT_UNKNOWN;
    free(found);
    return is_new;
}
