/* Measures the time per tile for each height before the first training on a device, with its driver and kernel
 * sources, and stores the result in the cache of programs. Predictions use the result but do not start a
 * measurement: the first prediction compiles as little as possible. */
#include <limits.h>

#include "device/tiles.h"
#include "layers/lstm_trial.h"

/* Number of tiles for each unit of the device, and sizes of an LSTM like the article's first. */
enum { TILES = 4, STEPS = 16, UNITS = 64, ROUNDS = 8 };

/* The shortest of several rounds, in which the heights alternate, after one that compiles. */
static mood_status time_all(struct trial *trials, struct queue *queue, double *seconds, mood_error *err) {
    mood_status status = MOOD_OK;
    for (int round = 0; round <= ROUNDS; round++)
        for (const unsigned *height = queue->device->heights; *height && status == MOOD_OK; height++) {
            double took;
            tiles_take_only(queue->device, *height);
            status = trial_run(&trials[*height], queue, &took, err);
            if (round <= 1 || took < seconds[*height])
                seconds[*height] = took;
        }
    return status;
}

static mood_status measure(struct queue *queue, mood_error *err) {
    mood_device *device = queue->device;
    struct trial trials[TALLEST_TILE + 1] = {{0}};
    double seconds[TALLEST_TILE + 1] = {0};
    unsigned before[TALLEST_TILE + 1], times[TALLEST_TILE + 1];
    mood_status status = MOOD_OK;
    for (unsigned height = 1; height <= TALLEST_TILE; height++)
        before[height] = device->tile_times[height];
    for (const unsigned *height = device->heights; *height && status == MOOD_OK; height++)
        status = trial_create(&trials[*height], queue, device->info.compute_units * TILES * *height, STEPS, UNITS, err);
    if (status == MOOD_OK)
        status = time_all(trials, queue, seconds, err);
    for (const unsigned *height = device->heights; *height; height++) {
        trial_destroy(&trials[*height], queue);
        times[*height] = seconds[*height] < 10 ? 1 + (unsigned)(seconds[*height] * 1e8) : UINT_MAX;
    }
    tiles_set_times(device, status == MOOD_OK ? times : before);
    return status;
}

void lstm_tune_tiles(struct queue *queue) {
    mood_device *device = queue->device;
    pthread_mutex_lock(&device->tuning);
    if (!device->tiles_tuned) {
        device->tiles_tuned = true;
        if (measure(queue, NULL) == MOOD_OK)
            tiles_keep_times(device);
    }
    pthread_mutex_unlock(&device->tuning);
}
