/* Masks. Keras computes the masked time steps of a sequence, and layers that use the mask ignore them. mood skips
 * them from the Embedding on: the layers up to those that use the mask get packed rows of unmasked time steps
 * (struct packing). Before a layer that does not use the mask, an expand layer restores all time steps, with the
 * values that Keras computes there. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "layers/expand.h"
#include "model/masks.h"

/* Keras's mask of a sequence. */
enum mask_kind {
    UNMASKED,
    IDS_MASK,  /* the mask of the ids */
    OTHER_MASK /* the mask of sequences concatenated in time, which mood does not support */
};

/* The mask of a layer's input and output. */
struct mask {
    enum mask_kind in, out;
    bool mixed;  /* some of its inputs have a mask and others do not */
    bool packed; /* it gets only the unmasked time steps */
};

static bool has_trait(const struct node *node, enum trait trait) {
    return layer_traits(node->layer) & trait;
}

/* The output of a layer that merges is masked if all inputs are. */
static void follow_inputs(struct mask *masks, const struct node *node, struct mask *mask) {
    size_t ids = 0, others = 0;
    for (size_t k = 0; k < node->source_count; k++) {
        ids += masks[node->sources[k]].out == IDS_MASK;
        others += masks[node->sources[k]].out == OTHER_MASK;
    }
    mask->mixed = ids > 0 && ids < node->source_count;
    mask->in = others > 0 ? OTHER_MASK : ids > 0 && !mask->mixed ? IDS_MASK : UNMASKED;
}

static enum mask_kind mask_of_output(const struct node *node, const struct mask *mask) {
    if (node->layer->out.kind != SHAPE_SEQUENCE)
        return UNMASKED;
    if (has_trait(node, MAKES_MASK))
        return IDS_MASK;
    /* It concatenates time steps. */
    if (has_trait(node, MERGES) && !has_trait(node, PASSES_MASK) && !has_trait(node, USES_MASK))
        return mask->in != UNMASKED || mask->mixed ? OTHER_MASK : UNMASKED;
    return has_trait(node, PASSES_MASK) || has_trait(node, USES_MASK) ? mask->in : UNMASKED;
}

static void follow_masks(const struct schedule *schedule, struct mask *masks) {
    for (size_t i = 0; i < schedule->count; i++) {
        const struct node *node = &schedule->nodes[i];
        follow_inputs(masks, node, &masks[i]);
        masks[i].out = mask_of_output(node, &masks[i]);
    }
}

/* The next node after node `after` that uses the output of node i; the count if there is none. */
static size_t next_user(const struct schedule *schedule, size_t i, size_t after) {
    for (size_t j = after + 1; j < schedule->count; j++)
        for (size_t k = 0; k < schedule->nodes[j].source_count; k++)
            if (schedule->nodes[j].sources[k] == i)
                return j;
    return schedule->count;
}

static bool all_users_are_packed(const struct schedule *schedule, const struct mask *masks, size_t i) {
    size_t user = next_user(schedule, i, i), users = 0;
    for (; user < schedule->count; user = next_user(schedule, i, user), users++)
        if (!masks[user].packed)
            return false;
    return users > 0;
}

/* Marks layers that use the mask, and the layers before them that compute each time step independently. */
static void choose_packed(const struct schedule *schedule, struct mask *masks) {
    for (size_t i = schedule->count; i-- > 0;) {
        const struct node *node = &schedule->nodes[i];
        bool by_itself = (has_trait(node, PASSES_MASK) && !has_trait(node, STEPS_DIFFER)) ||
                         has_trait(node, MAKES_MASK);
        masks[i].packed = (masks[i].in == IDS_MASK && has_trait(node, USES_MASK)) ||
                          (masks[i].out == IDS_MASK && by_itself && all_users_are_packed(schedule, masks, i));
    }
}

static bool any_is_packed(const struct schedule *schedule, const struct mask *masks) {
    for (size_t i = 0; i < schedule->count; i++)
        if (masks[i].packed)
            return true;
    return false;
}

/* ---- unsupported uses ------------------------------------------------------------------------------- */

/* True if the layer's result depends on a mask that it does not get as packed time steps. */
static bool depends_on_mask(const struct node *node, const struct mask *mask, bool training) {
    if (mask->packed)
        return false;
    if (has_trait(node, USES_MASKED_STEPS))
        return mask->in != UNMASKED || mask->mixed;
    return mask->in == OTHER_MASK ? has_trait(node, USES_MASK) || (training && has_trait(node, WHOLE_BATCH))
                                  : mask->in == IDS_MASK && training && has_trait(node, WHOLE_BATCH);
}

static mood_status check_sources(const struct schedule *schedule, const struct mask *masks, size_t i, mood_error *err) {
    const struct node *node = &schedule->nodes[i];
    for (size_t k = 0; k < node->source_count; k++) {
        size_t source = node->sources[k];
        bool makes_all = masks[source].packed && has_trait(&schedule->nodes[source], USES_MASK) &&
                         !has_trait(&schedule->nodes[source], LOSES_MASKED_STEPS);
        if (masks[i].packed ? !masks[source].packed : masks[source].packed && !makes_all)
            return unsupported(
                err,
                "layers %s and %s: one takes the masked steps and the other does not; this combination is "
                "not supported; train the model without mask_zero",
                schedule->nodes[source].layer->name, node->layer->name);
    }
    return MOOD_OK;
}

static mood_status check_step(const struct schedule *schedule, const struct mask *masks, size_t i, bool training,
                              mood_error *err) {
    const struct node *node = &schedule->nodes[i];
    const struct layer *layer = node->layer;
    const bool *go_backwards = layer_setting(layer, "go_backwards");
    if (masks[i].packed && go_backwards && *go_backwards && layer->out.kind == SHAPE_SEQUENCE)
        return unsupported(
            err,
            "layer %s: go_backwards together with return_sequences and a mask is not supported: its steps "
            "are in reverse order and the mask is not; use Bidirectional",
            layer->name);
    if (layer->given_mask && masks[i].in != IDS_MASK)
        return unsupported(err, "layer %s: it gets a mask that is not its input's, which is not supported",
                           layer->name);
    if (depends_on_mask(node, &masks[i], training))
        return unsupported(err, "layer %s: this version cannot compute %s of these masked sequences as Keras does%s",
                           layer->name, layer->type->class_name, training ? " in training" : "");
    return check_sources(schedule, masks, i, err);
}

/* ---- expands ------------------------------------------------------------------------------------------ */

static bool needs_expand(const struct schedule *schedule, const struct mask *masks, size_t i) {
    if (!masks[i].packed || schedule->nodes[i].layer->out.kind != SHAPE_SEQUENCE)
        return false;
    size_t user = next_user(schedule, i, i);
    while (user < schedule->count && masks[user].packed)
        user = next_user(schedule, i, user);
    return user < schedule->count;
}

/* Rebuild schedule->nodes with expands inserted. packed[i] and all[i] become the new indices of the output of the
 * old node i: with unmasked time steps only, and with all time steps. */
static mood_status insert_expands(struct schedule *schedule, const struct mask *masks, size_t *packed, size_t *all,
                                  mood_error *err) {
    size_t old_count = schedule->count;
    struct node *old = schedule->nodes;
    schedule->nodes = calloc(2 * old_count, sizeof *schedule->nodes);
    schedule->expands = calloc(old_count, sizeof *schedule->expands);
    schedule->count = 0;
    mood_status status = schedule->nodes && schedule->expands ? MOOD_OK : out_of_memory(err, "planning a batch");
    for (size_t i = 0; i < old_count && status == MOOD_OK; i++) {
        struct schedule before = {.nodes = old, .count = old_count};
        struct node *node = &schedule->nodes[schedule->count];
        *node = old[i];
        for (size_t k = 0; k < node->source_count; k++)
            node->sources[k] = (masks[i].packed ? packed : all)[node->sources[k]];
        packed[i] = all[i] = schedule->count++;
        if (!needs_expand(&before, masks, i))
            continue;
        struct layer **expand = &schedule->expands[schedule->expand_count];
        status = expand_create(old[i].layer, expand, err);
        schedule->expand_count += status == MOOD_OK;
        all[i] = schedule->count++;
        schedule->nodes[all[i]] = (struct node){.layer = *expand, .sources = {packed[i]}, .source_count = 1};
    }
    free(old);
    return status;
}

mood_status masks_plan(struct schedule *schedule, bool training, mood_error *err) {
    struct mask *masks = calloc(schedule->count + 1, sizeof *masks);
    size_t *places = calloc(2 * schedule->count + 1, sizeof *places);
    mood_status status = masks && places ? MOOD_OK : out_of_memory(err, "planning a batch");
    if (status == MOOD_OK) {
        follow_masks(schedule, masks);
        choose_packed(schedule, masks);
        schedule->masked = any_is_packed(schedule, masks);
    }
    for (size_t i = 0; status == MOOD_OK && i < schedule->count; i++)
        status = check_step(schedule, masks, i, training, err);
    if (status == MOOD_OK && schedule->masked)
        status = insert_expands(schedule, masks, places, places + schedule->count, err);
    free(masks);
    free(places);
    return status;
}
