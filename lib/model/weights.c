/* Reads and writes weights. */
#include <math.h>
#include <stdio.h>

#include "model/model.h"

mood_status model_read(const struct mood_model *model, int store, const struct variable *variable, float *values,
                       mood_error *err) {
    const struct buffer *flat = store == MODEL_VALUES ? &model->values : &model->slots[store];
    return queue_read(model->queue, flat, variable->offset * sizeof(float), values, variable->count * sizeof(float),
                      err);
}

mood_status model_write(struct mood_model *model, int store, const struct variable *variable, const float *values,
                        mood_error *err) {
    mood_status status = store == MODEL_VALUES ? MOOD_OK : model_make_slots(model, err);
    if (status != MOOD_OK)
        return status;
    if (store == MODEL_VALUES)
        model->prepared = false;
    return queue_write(model->queue, store == MODEL_VALUES ? &model->values : &model->slots[store],
                       variable->offset * sizeof(float), values, variable->count * sizeof(float), err);
}

/* "kernel[3, 7]" */
static void describe_place(const struct variable *variable, size_t index, char text[64]) {
    if (variable->rank == 2)
        snprintf(text, 64, "%s[%zu, %zu]", variable->name, index / variable->dims[1], index % variable->dims[1]);
    else
        snprintf(text, 64, "%s[%zu]", variable->name, index);
}

mood_status model_check_values(const struct mood_model *model, int store, const struct variable *variable,
                               const float *values, mood_status status, const char *remedy, mood_error *err) {
    struct slot slots[OPTIMIZER_MAX_SLOTS] = {{0}};
    char of[80] = "";
    if (store != MODEL_VALUES) {
        optimizer_slots(model->optimizer, slots);
        snprintf(of, sizeof of, "the optimizer's %s of ", slots[store].name);
    }
    bool not_negative = store == MODEL_VALUES ? variable->not_negative : slots[store].not_negative;
    for (size_t i = 0; i < variable->count; i++) {
        char place[64];
        if (isfinite(values[i]) && (!not_negative || values[i] >= 0))
            continue;
        describe_place(variable, i, place);
        if (isnan(values[i]))
            return mood_error_set(err, status, MOOD_CLASS_FATAL, "%s%s is NaN: %s", of, place, remedy);
        return mood_error_set(err, status, MOOD_CLASS_FATAL, "%s%s is %g: %s", of, place, (double)values[i], remedy);
    }
    return MOOD_OK;
}

mood_status model_prepare(struct mood_model *model, mood_error *err) {
    if (model->prepared)
        return MOOD_OK;
    for (size_t i = 0; i < model->layer_count; i++) {
        struct layer *layer = model->layers[i];
        mood_status status = layer->type->prepare ? layer->type->prepare(layer, model->queue, err) : MOOD_OK;
        if (status != MOOD_OK)
            return status;
    }
    model->prepared = true;
    model->ready = false;
    return MOOD_OK;
}

/* ---- by index ----------------------------------------------------------------------------------- */

static const struct variable *find(const mood_model *model, size_t index, const struct layer **layer) {
    for (size_t i = 0; i < model->layer_count; i++) {
        *layer = model->layers[i];
        if (index < layer_count_variables(*layer))
            return layer_variable(*layer, index);
        index -= layer_count_variables(*layer);
    }
    return NULL;
}

static mood_status no_such_weight(size_t index, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the model has no weight %zu", index);
}

size_t mood_model_count_weights(const mood_model *model) {
    size_t count = 0;
    for (size_t i = 0; i < model->layer_count; i++)
        count += layer_count_variables(model->layers[i]);
    return count;
}

mood_status mood_model_weight_info(const mood_model *model, size_t index, mood_weight_info *info, mood_error *err) {
    const struct layer *layer;
    const struct variable *variable = find(model, index, &layer);
    if (!variable)
        return no_such_weight(index, err);
    *info = (mood_weight_info){.layer = layer->name,
                               .name = variable->name,
                               .rank = variable->rank,
                               .count = variable->count,
                               .trainable = variable->role == TRAINABLE};
    for (size_t i = 0; i < variable->rank; i++)
        info->shape[i] = variable->dims[i];
    return MOOD_OK;
}

static mood_status check_count(const struct variable *variable, const struct layer *layer, size_t count,
                               mood_error *err) {
    if (count == variable->count)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL, "layer %s: its %s has %zu numbers, not %zu",
                          layer->name, variable->name, variable->count, count);
}

mood_status mood_model_get_weight(const mood_model *model, size_t index, float *values, size_t count, mood_error *err) {
    const struct layer *layer;
    const struct variable *variable = find(model, index, &layer);
    if (!variable)
        return no_such_weight(index, err);
    mood_status status = check_count(variable, layer, count, err);
    return status == MOOD_OK ? model_read(model, MODEL_VALUES, variable, values, err) : status;
}

mood_status mood_model_set_weight(mood_model *model, size_t index, const float *values, size_t count, mood_error *err) {
    const struct layer *layer;
    const struct variable *variable = find(model, index, &layer);
    if (!variable)
        return no_such_weight(index, err);
    mood_status status = check_count(variable, layer, count, err);
    return status == MOOD_OK ? model_write(model, MODEL_VALUES, variable, values, err) : status;
}
