/* Finds the largest layer for which an LSTM is faster in one launch than with a product per time step. Measured
 * once for a device, driver and kernel sources, and stored in the cache of programs. */
#include <stdio.h>
#include <stdlib.h>

#include "device/cache.h"
#include "device/program.h"
#include "layers/lstm_trial.h"

/* The shortest of several runs, after one that compiles. */
static mood_status time_of(struct trial *trial, struct queue *queue, bool in_groups, double *seconds, mood_error *err) {
    mood_status status = MOOD_OK;
    queue->device->group_units = in_groups ? SIZE_MAX : 0;
    for (int run = 0; run < 4 && status == MOOD_OK; run++) {
        double took;
        status = trial_run(trial, queue, &took, err);
        if (run == 1 || (run > 1 && took < *seconds))
            *seconds = took;
    }
    return status;
}

static mood_status faster_in_groups(struct queue *queue, size_t B, size_t T, size_t H, bool *faster, mood_error *err) {
    struct trial trial;
    double groups, steps;
    queue->device->group_units = SIZE_MAX; /* prepares the layer for both variants */
    mood_status status = trial_create(&trial, queue, B, T, H, err);
    if (status == MOOD_OK)
        status = time_of(&trial, queue, true, &groups, err);
    if (status == MOOD_OK)
        status = time_of(&trial, queue, false, &steps, err);
    trial_destroy(&trial, queue);
    *faster = status == MOOD_OK && groups <= steps;
    return status;
}

mood_status lstm_tune_groups_measure(struct queue *queue, size_t B, size_t T, size_t most, size_t *units,
                                     mood_error *err) {
    mood_device *device = queue->device;
    bool faster = true;
    mood_status status = MOOD_OK;
    *units = 0;
    for (size_t H = 32; H <= most && faster && status == MOOD_OK; H *= 2) {
        device->group_units = SIZE_MAX;
        if (!lstm_group_fits(device, H))
            break;
        status = faster_in_groups(queue, B, T, H, &faster, err);
        if (faster)
            *units = H;
    }
    device->group_units = 0;
    return status;
}

/* The largest group that the kernels allow. */
static mood_status limit_groups(struct queue *queue, mood_error *err) {
    static const char *const kernels[] = {"lstm_group_forward", "lstm_group_backward"};
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels && status == MOOD_OK; i++) {
        size_t items;
        status = kernel_most_items(queue, kernels[i], &items, err);
        if (status == MOOD_OK && items < queue->device->largest_group)
            queue->device->largest_group = items;
    }
    return status;
}

/* If a measurement fails, groups are not used; the next opening of the device tries again. */
static size_t measured(struct queue *queue) {
    char key[SHA256_DIGEST_STRING_LENGTH], text[32];
    unsigned char *kept;
    size_t size, units = 0;
    program_key(&queue->device->info, "group_units", key);
    if (cache_read(queue->device->cache_folder, key, &kept, &size)) {
        snprintf(text, sizeof text, "%.*s", (int)(size < sizeof text ? size : sizeof text - 1), (const char *)kept);
        free(kept);
        if (sscanf(text, "%zu", &units) == 1)
            return units;
    }
    if (lstm_tune_groups_measure(queue, 256, 32, 1024, &units, NULL) == MOOD_OK) {
        int length = snprintf(text, sizeof text, "%zu\n", units);
        cache_write(queue->device->cache_folder, key, (const unsigned char *)text, (size_t)length);
        return units;
    }
    return 0;
}

mood_status lstm_tune_groups(struct queue *queue, mood_error *err) {
    mood_device *device = queue->device;
    mood_status status = MOOD_OK;
    pthread_mutex_lock(&device->tuning);
    if (!device->limited)
        status = limit_groups(queue, err);
    if (status == MOOD_OK) {
        device->limited = true;
        if (!device->tuned) {
            device->tuned = true;
            device->group_units = measured(queue);
        }
    }
    pthread_mutex_unlock(&device->tuning);
    return status;
}
