/* Masks. Keras computes the masked steps of a sequence and ignores them where a layer uses the mask. mood leaves them out
 * from the Embedding on: the layers up to those that use the mask get packed rows of unmasked steps (struct packing).
 * Where a layer that takes no mask follows, an expand makes all steps again, with the numbers that Keras has there. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "layers/expand.h"
#include "model/masks.h"

/* Of a step. */
struct mask {
    bool in, out; /* Keras's mask is there, of its input and of its output */
    bool packed;  /* it gets the unmasked steps only */
};

static bool has_trait(const struct step *step, enum trait trait) {
    return layer_traits(step->layer) & trait;
}

/* Of a layer that merges all inputs have to be: with an unmasked one Keras masks no step. */
static bool input_is_masked(const struct mask *masks, const struct step *step) {
    for (size_t k = 0; k < step->source_count; k++)
        if (!masks[step->sources[k]].out)
            return false;
    return step->source_count > 0;
}

static void follow_masks(const struct schedule *schedule, struct mask *masks) {
    for (size_t i = 0; i < schedule->count; i++) {
        const struct step *step = &schedule->steps[i];
        bool passes = has_trait(step, PASSES_MASK) || has_trait(step, USES_MASK);
        masks[i].in = input_is_masked(masks, step);
        masks[i].out =
            step->layer->out.kind == SHAPE_SEQUENCE && (has_trait(step, MAKES_MASK) || (masks[i].in && passes));
    }
}

/* The next step that takes the output of step i, after step `after`; the count if there is none. */
static size_t next_user(const struct schedule *schedule, size_t i, size_t after) {
    for (size_t j = after + 1; j < schedule->count; j++)
        for (size_t k = 0; k < schedule->steps[j].source_count; k++)
            if (schedule->steps[j].sources[k] == i)
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

/* Layers that use the mask, and those before them that compute each step by itself. */
static void choose_packed(const struct schedule *schedule, struct mask *masks) {
    for (size_t i = schedule->count; i-- > 0;) {
        const struct step *step = &schedule->steps[i];
        bool by_itself = has_trait(step, PASSES_MASK) || has_trait(step, MAKES_MASK);
        masks[i].packed = (masks[i].in && has_trait(step, USES_MASK)) ||
                          (masks[i].out && by_itself && all_users_are_packed(schedule, masks, i));
    }
}

static bool any_is_packed(const struct schedule *schedule, const struct mask *masks) {
    for (size_t i = 0; i < schedule->count; i++)
        if (masks[i].packed)
            return true;
    return false;
}

/* ---- what mood cannot follow ------------------------------------------------------------------------ */

static mood_status check_step(const struct schedule *schedule, const struct mask *masks, size_t i, bool training,
                              mood_error *err) {
    const struct step *step = &schedule->steps[i];
    const bool *go_backwards = layer_setting(step->layer, "go_backwards");
    if (masks[i].packed && go_backwards && *go_backwards && step->layer->out.kind == SHAPE_SEQUENCE)
        return unsupported(err,
                           "layer %s: go_backwards together with return_sequences and a mask is not supported: its steps "
                           "are in reverse order and the mask is not; use Bidirectional",
                           step->layer->name);
    if (step->layer->given_mask && !masks[i].in)
        return unsupported(err, "layer %s: it gets a mask that is not its input's, which is not supported",
                           step->layer->name);
    if (masks[i].in && !masks[i].packed && has_trait(step, USES_MASKED_STEPS))
        return unsupported(err, "layer %s: a %s of masked sequences before a layer that takes no mask is not supported",
                           step->layer->name, step->layer->type->class_name);
    if (masks[i].in && !masks[i].packed && training && has_trait(step, WHOLE_BATCH))
        return unsupported(err, "layer %s: training a %s of masked sequences before a layer that takes no mask is not "
                                "supported", step->layer->name, step->layer->type->class_name);
    for (size_t k = 0; k < step->source_count; k++) {
        size_t source = step->sources[k];
        bool makes_all = masks[source].packed && has_trait(&schedule->steps[source], USES_MASK);
        if (masks[i].packed ? !masks[source].packed : masks[source].packed && !makes_all)
            return unsupported(err,
                               "layers %s and %s: one takes the masked steps and the other does not; this combination is "
                               "not supported; train the model without mask_zero",
                               schedule->steps[source].layer->name, step->layer->name);
    }
    return MOOD_OK;
}

/* ---- expands ------------------------------------------------------------------------------------------ */

static bool needs_expand(const struct schedule *schedule, const struct mask *masks, size_t i) {
    if (!masks[i].packed || schedule->steps[i].layer->out.kind != SHAPE_SEQUENCE)
        return false;
    size_t user = next_user(schedule, i, i);
    while (user < schedule->count && masks[user].packed)
        user = next_user(schedule, i, user);
    return user < schedule->count;
}

/* The steps anew, with expands; packed and all say where a step's output now is, packed and with all steps. */
static mood_status insert_expands(struct schedule *schedule, const struct mask *masks, size_t *packed, size_t *all,
                                  mood_error *err) {
    size_t old_count = schedule->count;
    struct step *old = schedule->steps;
    schedule->steps = calloc(2 * old_count, sizeof *schedule->steps);
    schedule->expands = calloc(old_count, sizeof *schedule->expands);
    schedule->count = 0;
    mood_status status = schedule->steps && schedule->expands ? MOOD_OK : out_of_memory(err, "planning a batch");
    for (size_t i = 0; i < old_count && status == MOOD_OK; i++) {
        struct schedule before = {.steps = old, .count = old_count};
        struct step *step = &schedule->steps[schedule->count];
        *step = old[i];
        for (size_t k = 0; k < step->source_count; k++)
            step->sources[k] = (masks[i].packed ? packed : all)[step->sources[k]];
        packed[i] = all[i] = schedule->count++;
        if (!needs_expand(&before, masks, i))
            continue;
        struct layer **expand = &schedule->expands[schedule->expand_count];
        status = expand_create(old[i].layer, expand, err);
        schedule->expand_count += status == MOOD_OK;
        all[i] = schedule->count++;
        schedule->steps[all[i]] = (struct step){.layer = *expand, .sources = {packed[i]}, .source_count = 1};
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
