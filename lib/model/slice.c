/* Slices of batches. */
#include <limits.h>

#include "device/gemm.h"
#include "device/tiles.h"
#include "model/context.h"
#include "model/slice.h"

/* The needs of a row in a batch: total bytes, and bytes of the largest buffer; and numbers that must fit an int. */
struct need {
    size_t bytes, largest, numbers;
};

static mood_status need_of_row(const struct mood_model *model, bool training, struct need *need, mood_error *err) {
    *need = (struct need){0};
    for (size_t i = 0; i < model->layer_count; i++) {
        size_t numbers = layer_row_numbers(model->layers[i]);
        numbers = numbers > SIZE_MAX / 4 ? SIZE_MAX : 4 * numbers;
        if (numbers > need->numbers)
            need->numbers = numbers;
    }
    return context_count_bytes(model, training, &need->bytes, &need->largest, err);
}

/* limit 0: unknown, so there is no limit. */
static size_t at_most(size_t rows, size_t limit, size_t each) {
    return limit && limit / each < rows ? limit / each : rows;
}

/* Half of the memory is reserved for weights and for other users, such as batches of other threads. */
static size_t count_fitting_rows(const mood_device *device, const struct need *need, size_t B) {
    size_t rows = at_most(B, (size_t)device->info.memory_bytes, 2 * need->bytes);
    return at_most(at_most(rows, device->largest_buffer, need->largest), INT_MAX, need->numbers);
}

mood_status slice_to_fit(const struct mood_model *model, bool training, size_t B, size_t *rows, mood_error *err) {
    struct need need;
    mood_status status = need_of_row(model, training, &need, err);
    if (status != MOOD_OK)
        return status;
    size_t fit = count_fitting_rows(model->device, &need, B);
    if (fit > 0) {
        *rows = fit;
        return MOOD_OK;
    }
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "one row of %zu %s needs %zu MB, of which %zu MB in one piece: more than %s has or can "
                          "address; use shorter rows or a smaller model",
                          model->bag.V ? model->bag.V : model->T, model->bag.V ? "words" : "steps", need.bytes >> 20,
                          need.largest >> 20, model->device->info.name);
}

/* For each unit of a CPU: approximately its share of the caches, and enough rows to keep it busy. Of 16 to 256 rows
 * of the article's model on two units, with 1 MB of second-level and 16 MB of third-level cache each, 16 to 64 took
 * the least CPU time on a busy machine. */
#define UNIT_BYTES ((size_t)3 << 20)
#define UNIT_ROWS 16

/* The same number of whole tiles for each unit, if this number of rows and its limit allow it. */
static size_t whole_tiles(const mood_device *device, size_t rows, size_t most) {
    size_t turn = (size_t)device->info.compute_units * tiles_tallest(device), whole = (rows + turn - 1) / turn * turn;
    if (whole > most)
        whole = most / turn * turn;
    return whole ? whole : rows;
}

/* `fit` rows fit the device. */
static mood_status take_whole_batch(const struct mood_model *model, const struct layer *layer, size_t B, size_t fit,
                                    mood_error *err) {
    if (fit >= B)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "layer %s: a %s trains on the whole batch at once, but only %zu of its %zu rows fit %s; use "
                          "a batch size of at most %zu",
                          layer->name, layer->type->class_name, fit, B, model->device->info.name, fit);
}

mood_status slice_to_train(const struct mood_model *model, size_t B, size_t *rows, mood_error *err) {
    struct need need;
    mood_status status = need_of_row(model, true, &need, err);
    if (status == MOOD_OK)
        status = slice_to_fit(model, true, B, rows, err);
    if (status != MOOD_OK)
        return status;
    const struct layer *whole = schedule_whole_batch(model);
    if (whole)
        return take_whole_batch(model, whole, B, *rows, err);
    size_t most = *rows;
    if (model->device->info.type == MOOD_DEVICE_CPU) {
        size_t units = model->device->info.compute_units;
        size_t near = units * UNIT_BYTES / need.bytes, busy = units * UNIT_ROWS;
        near = near > busy ? near : busy;
        most = near < *rows ? near : *rows;
    }
    size_t slices = (B + most - 1) / most, equal = (B + slices - 1) / slices;
    *rows = slices > 1 && device_class(model->device) == CLASS_TILE ? whole_tiles(model->device, equal, most) : equal;
    return MOOD_OK;
}
