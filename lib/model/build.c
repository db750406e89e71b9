/* Build: shapes, one flat buffer for all weights, and initial values. */
#include <limits.h>
#include <stdlib.h>

#include "base/errors.h"
#include "model/clip.h"
#include "model/initialize.h"
#include "model/masked_words.h"
#include "model/model.h"
#include "model/schedule.h"

/* Longer rows would overflow the indices of the kernels. */
#define LONGEST_ROW ((size_t)1 << 24)

struct shape model_input_shape(const struct mood_model *model, size_t T) {
    if (!model->bag.V)
        return (struct shape){SHAPE_IDS, T, 1};
    bool takes_bags = model->layer_count && layer_traits(model->layers[0]) & TAKES_BAGS;
    return (struct shape){takes_bags ? SHAPE_BAG : SHAPE_VECTOR, 1, model->bag.V};
}

/* The layer's own message refers to a previous layer, which the first one does not have. */
static mood_status refuse_first(const struct layer *layer, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "layer %s: bags of words are vectors, which %s does not take; put a Dense first", layer->name,
                          layer->type->class_name);
}

void model_input_shapes(const struct mood_model *model, size_t i, const struct shape *outputs, size_t T,
                        struct shape *shapes) {
    const struct layer *layer = model->layers[i];
    shapes[0] = model->ngrams && i > 0 ? (struct shape){SHAPE_BAG, 1, model->ngrams->bag.V}
                                       : model_input_shape(model, T);
    for (size_t k = 0; k < layer->source_count; k++)
        shapes[k] = outputs[layer->sources[k]];
}

/* Bags are divided by their length when they are made. */
static mood_status take_bags(mood_model *model, const struct layer *layer, mood_error *err) {
    struct bag *bag = model->ngrams ? &model->ngrams->bag : &model->bag;
    if (!(layer_traits(layer) & TAKES_BAGS))
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "layer %s: %s does not take bags, which only a Dense, or a UnitNormalization before a "
                              "Dense, can take",
                              layer->name, layer->type->class_name);
    if (layer->source_count == 0)
        bag->unit = layer_traits(layer) & NORMALIZES_BAGS;
    return MOOD_OK;
}

static mood_status build_layers(mood_model *model, size_t T, mood_error *err) {
    struct shape *outputs = calloc(model->layer_count, sizeof *outputs);
    mood_status status = outputs ? MOOD_OK : out_of_memory(err, "building a model");
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++) {
        struct layer *layer = model->layers[i];
        struct shape shapes[LAYER_MAX_INPUTS];
        model_input_shapes(model, i, outputs, T, shapes);
        layer->in = shapes[0];
        layer->variable_count = 0;
        if (shapes[0].kind == SHAPE_BAG)
            status = take_bags(model, layer, err);
        if (status == MOOD_OK)
            status = layer->type->build(layer, shapes, err);
        if (status == MOOD_OK)
            status = layer_check_size(layer, err);
        if (status == MOOD_ERR_SHAPE && shapes[0].kind == SHAPE_VECTOR && i == 0)
            status = refuse_first(layer, err);
        outputs[i] = layer->out;
    }
    free(outputs);
    return status;
}

/* Keras does not include a layer whose output is not used: it would have no gradient. */
static mood_status check_connections(const mood_model *model, mood_error *err) {
    if (!schedule_last(model))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "the model has only layers that do nothing in predictions");
    size_t takers = 0;
    for (size_t i = 1; i < model->layer_count; i++)
        takers += model->layers[i]->source_count == 0;
    if (model->ngrams && mood_model_get_vocabulary(model) > (size_t)NGRAM_LARGEST_ID + 1)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "n-grams are for ids up to %d; the Embedding has %zu", NGRAM_LARGEST_ID,
                              mood_model_get_vocabulary(model));
    if (takers != (model->ngrams != NULL))
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT, "%zu layers take the n-grams; exactly one has to",
                              takers);
    for (size_t i = 0; i + 1 < model->layer_count; i++) {
        bool used = false;
        for (size_t j = i + 1; j < model->layer_count; j++)
            for (size_t k = 0; k < model->layers[j]->source_count; k++)
                used = used || model->layers[j]->sources[k] == i;
        if (!used)
            return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                                  "layer %s: no layer takes its output, and it is not the last",
                                  model->layers[i]->name);
    }
    return MOOD_OK;
}

/* Also checks that mood supports the masks. */
static mood_status check_schedule(const mood_model *model, mood_error *err) {
    struct schedule schedule;
    mood_status status = schedule_create(model, false, &schedule, err);
    schedule_destroy(&schedule);
    return status;
}

/* Each variable is aligned for a sub-buffer; the gaps are zero. */
static mood_status place_role(mood_model *model, enum role role, mood_error *err) {
    size_t align = model->device->alignment / sizeof(float);
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++) {
            struct variable *variable = layer_variable(model->layers[i], k);
            if (variable->role != role)
                continue;
            variable->offset = model->flat_count;
            model->param_count += variable->count;
            model->flat_count += (variable->count + align - 1) / align * align;
            if (model->flat_count > INT_MAX)
                return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                                      "layer %s: the model has more than 2^31 weights", model->layers[i]->name);
        }
    return MOOD_OK;
}

/* Trainable variables come first: the optimizer runs over them only. */
static mood_status place_variables(mood_model *model, mood_error *err) {
    model->flat_count = model->param_count = 0;
    mood_status status = place_role(model, TRAINABLE, err);
    model->trainable_count = model->flat_count;
    model->trainable_params = model->param_count;
    if (status == MOOD_OK)
        status = place_role(model, FROZEN, err);
    return status == MOOD_OK ? place_role(model, STATE, err) : status;
}

static mood_status take_parts(mood_model *model, const struct buffer *flat, bool gradients, mood_error *err) {
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++) {
            struct variable *variable = layer_variable(model->layers[i], k);
            if (gradients && variable->role != TRAINABLE)
                continue;
            mood_status status = buffer_part(flat, variable->offset * sizeof(float), variable->count * sizeof(float),
                                             gradients ? &variable->gradient : &variable->value, err);
            if (status != MOOD_OK)
                return status;
        }
    return MOOD_OK;
}

/* A model may have no variables, but a buffer can't be empty. */
static mood_status make_flat(mood_model *model, size_t count, struct buffer *flat, mood_error *err) {
    mood_status status = buffer_create(model->device, count ? count : 1, sizeof(float), flat, err);
    return status == MOOD_OK ? queue_zero(model->queue, flat, err) : status;
}

mood_status model_place_variables(struct mood_model *model, struct buffer *values, mood_error *err) {
    mood_status status = place_variables(model, err);
    return status == MOOD_OK ? make_flat(model, model->flat_count, values, err) : status;
}

mood_status model_bind_variables(struct mood_model *model, mood_error *err) {
    return take_parts(model, &model->values, false, err);
}

static mood_status initialize_all(mood_model *model, uint64_t seed, mood_error *err) {
    float *values = calloc(model->flat_count + 1, sizeof *values);
    if (!values)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making weights");
    mood_status status = MOOD_OK;
    uint64_t stream = 0;
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            struct random random;
            random_seed(&random, seed, stream++);
            status = initialize(variable, &random, values, err);
            if (status != MOOD_OK)
                mood_error_prefix(err, "layer %s", model->layers[i]->name);
            else
                status = model_write(model, MODEL_VALUES, variable, values, err);
        }
    free(values);
    return status;
}

static void unbuild(mood_model *model) {
    for (size_t i = 0; i < model->layer_count; i++) {
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++)
            buffer_destroy(&layer_variable(model->layers[i], k)->value);
        model->layers[i]->variable_count = 0;
    }
    buffer_destroy(&model->values);
    model->T = model->param_count = model->flat_count = model->trainable_count = model->trainable_params = 0;
    model->built = false;
}

mood_status model_build_empty(struct mood_model *model, size_t T, mood_error *err) {
    if (model->built)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the model is built for rows of %zu steps, not %zu", model->T, T);
    if (model->layer_count == 0)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model has no layers");
    if (!model->bag.V && (T == 0 || T > LONGEST_ROW))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "rows of %zu steps: the range is 1 to %zu", T,
                              LONGEST_ROW);
    mood_status status = check_connections(model, err);
    if (status == MOOD_OK)
        status = build_layers(model, T, err);
    if (status == MOOD_OK)
        status = masked_words_create(model, err);
    if (status == MOOD_OK)
        status = check_schedule(model, err);
    if (status == MOOD_OK)
        status = model_place_variables(model, &model->values, err);
    if (status == MOOD_OK)
        status = model_bind_variables(model, err);
    if (status != MOOD_OK) {
        unbuild(model);
        return status;
    }
    model->built = true;
    model->shares_padding = true;
    model->T = model->bag.V ? 0 : T;
    return MOOD_OK;
}

mood_status mood_model_build(mood_model *model, size_t T, uint64_t seed, mood_error *err) {
    if (model->built && (model->T == T || model->bag.V))
        return MOOD_OK;
    mood_status status = model_build_empty(model, T, err);
    if (status != MOOD_OK)
        return status;
    status = initialize_all(model, seed, err);
    if (status != MOOD_OK)
        unbuild(model);
    return status;
}

mood_status model_make_gradients(struct mood_model *model, mood_error *err) {
    if (model->gradients.memory)
        return MOOD_OK;
    mood_status status = make_flat(model, model->trainable_count, &model->gradients, err);
    if (status == MOOD_OK)
        status = take_parts(model, &model->gradients, true, err);
    if (status != MOOD_OK) {
        for (size_t i = 0; i < model->layer_count; i++)
            for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++)
                buffer_destroy(&layer_variable(model->layers[i], k)->gradient);
        buffer_destroy(&model->gradients);
    }
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++)
        model->layers[i]->needs_backward = true;
    model->prepared = false;
    return status;
}

/* Make a slot of the optimizer with its initial value. */
static mood_status make_slot(mood_model *model, struct buffer *slot, float start, mood_error *err) {
    mood_status status = make_flat(model, model->trainable_count, slot, err);
    float *values = NULL;
    if (status != MOOD_OK || start == 0)
        return status;
    values = malloc((model->trainable_count + 1) * sizeof *values);
    if (!values)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making the optimizer's state");
    for (size_t i = 0; i < model->trainable_count; i++)
        values[i] = start;
    status = queue_write(model->queue, slot, 0, values, model->trainable_count * sizeof *values, err);
    free(values);
    return status;
}

mood_status model_make_slots(struct mood_model *model, mood_error *err) {
    const struct optimizer *optimizer = model->optimizer;
    struct slot slots[OPTIMIZER_MAX_SLOTS];
    mood_status status = MOOD_OK;
    if (model->has_state)
        return MOOD_OK;
    size_t count = optimizer_slots(optimizer, slots);
    float start = optimizer->type->slot_start ? optimizer->type->slot_start(optimizer->settings) : 0;
    for (size_t i = 0; i < count && status == MOOD_OK; i++)
        status = make_slot(model, &model->slots[i], start, err);
    if (status == MOOD_OK)
        status = clip_prepare(model, err);
    for (size_t i = 0; i < count && status != MOOD_OK; i++)
        buffer_destroy(&model->slots[i]);
    model->has_state = status == MOOD_OK;
    return status;
}
