/* Checks that a device computes correct gradients before a model trains on it. */
#include <stdio.h>

#include "device/cache.h"
#include "device/verdict.h"
#include "model/device_trial.h"
#include "model/known_gradients.h"
#include "model/training_device.h"

/* Test in this process. A lost device or a lack of memory is an error and not a result, because a retry can
 * succeed. */
static mood_status test_here(mood_device *device, enum verdict *verdict, char *reason, mood_error *err) {
    mood_error said = {0};
    bool right = false;
    mood_status status = known_gradients_test(device, &right, reason, REASON_SIZE, &said);
    if (status == MOOD_OK) {
        *verdict = right ? VERDICT_RIGHT : VERDICT_WRONG;
        verdict_write(&device->info, KNOWN_GRADIENTS, device->forced, right ? NULL : reason);
        return MOOD_OK;
    }
    if (status == MOOD_ERR_DEVICE && said.error_class == MOOD_CLASS_FATAL)
        verdict_write_failure(&device->info, KNOWN_GRADIENTS, device->forced, said.message);
    if (err)
        *err = said;
    return status;
}

/* The stored result, or that of a test in a separate process. */
static enum verdict find_verdict(mood_device *device, char *reason) {
    char how[64];
    enum verdict verdict = verdict_read(&device->info, KNOWN_GRADIENTS, device->forced, reason, REASON_SIZE);
    if (verdict != VERDICT_UNKNOWN || !verdict_can_be_kept())
        return verdict;
    enum trial_outcome outcome = device_trial_run(device->index, KNOWN_GRADIENTS, how, sizeof how);
    verdict = verdict_read(&device->info, KNOWN_GRADIENTS, device->forced, reason, REASON_SIZE);
    if (outcome != TRIAL_DIED || verdict != VERDICT_UNKNOWN)
        return verdict;
    snprintf(reason, REASON_SIZE,
             "the driver ends the process or hangs (%s) when it builds or runs the kernels of training", how);
    verdict_write_failure(&device->info, KNOWN_GRADIENTS, device->forced, reason);
    return verdict_read(&device->info, KNOWN_GRADIENTS, device->forced, reason, REASON_SIZE);
}

static mood_status refuse(const mood_device *device, const char *reason, mood_error *err) {
    char folder[4096];
    cache_choose_folder(folder, sizeof folder);
    return mood_error_set(err, MOOD_ERR_DEVICE, MOOD_CLASS_FATAL,
                          "cannot train on %s: kernel class %s %s; train on another device (--device), or with another "
                          "class (MOOD_KERNELS=tile, group or gemm); to test the device again, remove %s",
                          device->info.name, verdict_class_name(&device->info, device->forced), reason, folder);
}

static mood_status check(mood_device *device, mood_error *err) {
    char reason[REASON_SIZE] = "";
    enum verdict verdict = find_verdict(device, reason);
    mood_status status = verdict == VERDICT_UNKNOWN ? test_here(device, &verdict, reason, err) : MOOD_OK;
    if (status == MOOD_OK && verdict == VERDICT_WRONG)
        status = refuse(device, reason, err);
    device->trains = status == MOOD_OK;
    return status;
}

mood_status training_device_check(mood_device *device, mood_error *err) {
    pthread_mutex_lock(&device->tuning);
    mood_status status = device->trains ? MOOD_OK : check(device, err);
    pthread_mutex_unlock(&device->tuning);
    return status;
}
