/* Determines which layers run in a pass, and how. */
#include <stdlib.h>

#include "base/errors.h"
#include "device/gemm.h"
#include "model/masks.h"

static bool runs(const struct layer *layer, bool training) {
    return training || !(layer_traits(layer) & IDENTITY_AT_INFERENCE);
}

/* ---- nodes -------------------------------------------------------------------------------------------- */

/* In place of a node's index. */
#define MODEL_INPUT SIZE_MAX

/* Layers that do nothing are skipped: their users get the skipped layer's input. at [layer_count]: index of the
 * node whose output is the layer's output. */
static void list_nodes(const struct mood_model *model, bool training, struct schedule *schedule, size_t *at) {
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct layer *layer = model->layers[i];
        if (!runs(layer, training && !model->deterministic)) {
            at[i] = layer->source_count ? at[layer->sources[0]] : MODEL_INPUT;
            continue;
        }
        struct node *node = &schedule->nodes[schedule->count];
        *node = (struct node){.layer = layer};
        for (size_t k = 0; k < layer->source_count; k++)
            if (at[layer->sources[k]] != MODEL_INPUT)
                node->sources[node->source_count++] = at[layer->sources[k]];
        at[i] = schedule->count++;
    }
}

static void count_users(struct schedule *schedule) {
    for (size_t i = 0; i < schedule->count; i++)
        schedule->nodes[i].users = 0;
    for (size_t i = 0; i < schedule->count; i++)
        for (size_t k = 0; k < schedule->nodes[i].source_count; k++)
            schedule->nodes[schedule->nodes[i].sources[k]].users++;
}

/* The number of nodes at the beginning that form a chain without branches. */
static size_t count_chain(const struct schedule *schedule) {
    size_t count = 1;
    while (count < schedule->count && schedule->nodes[count].source_count == 1 &&
           schedule->nodes[count].sources[0] == count - 1 && schedule->nodes[count - 1].users == 1)
        count++;
    return count;
}

/* ---- how they run --------------------------------------------------------------------------------------- */

static size_t count_stateful(const struct schedule *schedule) {
    size_t count = schedule->count;
    if (count_chain(schedule) < count)
        return 0;
    while (count > 0 && !(layer_traits(schedule->nodes[count - 1].layer) & HAS_STATE))
        count--;
    return count;
}

/* True if in training the layer's outputs for padding differ between rows, or depend on the number of rows with
 * padding, or if it can't train with shared padding. */
static bool prevents_shared_padding(const struct layer *layer) {
    return layer_traits(layer) & (ROW_RANDOM | WHOLE_BATCH | NO_SHARED_PADDING_IN_TRAINING) &&
           layer->in.kind == SHAPE_SEQUENCE;
}

/* Padding is the same for all rows unless a layer makes it different. Without a state there is nothing to share. */
static bool can_share_padding(const struct schedule *schedule, bool training) {
    for (size_t i = 0; i < schedule->count; i++) {
        const struct layer *layer = schedule->nodes[i].layer;
        if ((layer_traits(layer) & NEEDS_ALL_STEPS) || (training && prevents_shared_padding(layer)))
            return false;
    }
    return schedule->stateful > 0;
}

/* The longest sequence of first layers that can be stages of one launch. Its last layer has a vector as output, or
 * a state, of which all time steps can be stored. */
static size_t count_fused(const struct mood_model *model, const struct schedule *schedule) {
    const struct node *nodes = schedule->nodes;
    size_t count = 1, chain = count_chain(schedule);
    if (!model->device->shares_memory || device_class(model->device) != CLASS_TILE ||
        nodes[0].layer->in.kind != SHAPE_IDS)
        return 0;
    while (count < chain && nodes[count].layer->type->stage &&
           !(layer_traits(nodes[count].layer) & (NEEDS_ALL_STEPS | NOT_A_STAGE)))
        count++;
    while (count > 1 && nodes[count - 1].layer->out.kind == SHAPE_SEQUENCE &&
           !(layer_traits(nodes[count - 1].layer) & HAS_STATE))
        count--;
    return count > 1 ? count : 0;
}

static mood_status make_steps(const struct mood_model *model, bool training, struct schedule *schedule,
                              mood_error *err) {
    size_t *at = calloc(model->layer_count, sizeof *at);
    schedule->nodes = calloc(model->layer_count, sizeof *schedule->nodes);
    mood_status status = at && schedule->nodes ? MOOD_OK : out_of_memory(err, "planning a batch");
    if (status == MOOD_OK) {
        list_nodes(model, training, schedule, at);
        status = masks_plan(schedule, training, err);
    }
    free(at);
    return status;
}

mood_status schedule_create(const struct mood_model *model, bool training, struct schedule *schedule, mood_error *err) {
    *schedule = (struct schedule){0};
    mood_status status = make_steps(model, training, schedule, err);
    if (status != MOOD_OK) {
        schedule_destroy(schedule);
        return status;
    }
    count_users(schedule);
    schedule->expands_bags = model->bag.V && !(layer_traits(schedule->nodes[0].layer) & TAKES_BAGS);
    schedule->stateful = count_stateful(schedule);
    schedule->shares_padding = model->shares_padding && !schedule->masked && can_share_padding(schedule, training);
    schedule->fused = training ? 0 : count_fused(model, schedule);
    schedule->first = schedule->fused || (!training && model->folded) ? 1 : 0;
    return MOOD_OK;
}

void schedule_destroy(struct schedule *schedule) {
    for (size_t i = 0; i < schedule->expand_count; i++)
        layer_destroy(schedule->expands[i]);
    free(schedule->expands);
    free(schedule->nodes);
    *schedule = (struct schedule){0};
}

/* ---- parts of it ----------------------------------------------------------------------------------------- */

const struct layer *schedule_whole_batch(const struct mood_model *model) {
    for (size_t i = 0; i < model->layer_count; i++)
        if (layer_traits(model->layers[i]) & WHOLE_BATCH)
            return model->layers[i];
    return NULL;
}

const struct layer *schedule_last(const struct mood_model *model) {
    for (size_t i = model->layer_count; i-- > 0;)
        if (runs(model->layers[i], false))
            return model->layers[i];
    return NULL;
}

static size_t list_users(const struct mood_model *model, size_t i, struct layer **users) {
    size_t count = 0;
    for (size_t j = i + 1; j < model->layer_count; j++)
        for (size_t k = 0; k < model->layers[j]->source_count; k++) {
            if (model->layers[j]->sources[k] != i)
                continue;
            if (runs(model->layers[j], false))
                users[count++] = model->layers[j];
            else
                count += list_users(model, j, users + count);
        }
    return count;
}

size_t schedule_list_embedding_users(const struct mood_model *model, struct layer **users) {
    return model->layer_count ? list_users(model, 0, users) : 0;
}
