/* Which layers run in a pass, and how. */
#include <stdlib.h>

#include "device/gemm.h"
#include "model/schedule.h"

static bool runs(const struct layer *layer, bool training) {
    return training || !(layer_traits(layer) & IDENTITY_AT_INFERENCE);
}

static size_t count_stateful(const struct schedule *schedule) {
    size_t count = schedule->count;
    while (count > 0 && !(layer_traits(schedule->layers[count - 1]) & HAS_STATE))
        count--;
    return count;
}

/* The padding is the same for all rows as long as no layer makes it different. Without a state there is nothing to
 * share. */
static bool can_share_padding(const struct schedule *schedule, bool training) {
    for (size_t i = 0; i < schedule->count; i++)
        if (layer_traits(schedule->layers[i]) & NEEDS_ALL_STEPS)
            return false;
    for (size_t i = 0; i < schedule->count; i++)
        if (training && (layer_traits(schedule->layers[i]) & ROW_RANDOM) &&
            schedule->layers[i]->in.kind == SHAPE_SEQUENCE)
            return false;
    return schedule->stateful > 0;
}

/* The longest beginning whose layers can all be stages of one launch. It ends with a vector or with a state, of which
 * all steps can be stored. */
static size_t count_fused(const struct mood_model *model, const struct schedule *schedule) {
    size_t count = 1;
    if (!model->device->shares_memory || device_class(model->device) != CLASS_TILE ||
        schedule->layers[0]->in.kind != SHAPE_IDS)
        return 0;
    while (count < schedule->count && schedule->layers[count]->type->stage &&
           !(layer_traits(schedule->layers[count]) & NEEDS_ALL_STEPS))
        count++;
    while (count > 1 && schedule->layers[count - 1]->out.kind == SHAPE_SEQUENCE &&
           !(layer_traits(schedule->layers[count - 1]) & HAS_STATE))
        count--;
    return count > 1 ? count : 0;
}

mood_status schedule_create(const struct mood_model *model, bool training, struct schedule *schedule, mood_error *err) {
    *schedule = (struct schedule){.layers = calloc(model->layer_count, sizeof *schedule->layers)};
    if (!schedule->layers)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    for (size_t i = 0; i < model->layer_count; i++)
        if (runs(model->layers[i], training))
            schedule->layers[schedule->count++] = model->layers[i];
    schedule->expands = model->bag.V && !(layer_traits(schedule->layers[0]) & TAKES_BAGS);
    schedule->stateful = count_stateful(schedule);
    schedule->shares_padding = model->shares_padding && can_share_padding(schedule, training);
    schedule->fused = training ? 0 : count_fused(model, schedule);
    schedule->first = schedule->fused || (!training && model->folded) ? 1 : 0;
    return MOOD_OK;
}

void schedule_destroy(struct schedule *schedule) {
    free(schedule->layers);
    *schedule = (struct schedule){0};
}

const struct layer *schedule_last(const struct mood_model *model) {
    for (size_t i = model->layer_count; i-- > 0;)
        if (runs(model->layers[i], false))
            return model->layers[i];
    return NULL;
}

struct layer *schedule_after_embedding(const struct mood_model *model) {
    for (size_t i = 1; i < model->layer_count; i++)
        if (runs(model->layers[i], false))
            return model->layers[i];
    return NULL;
}
