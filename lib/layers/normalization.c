/* What LayerNormalization and BatchNormalization share. */
#include <string.h>

#include "base/blocks.h"
#include "base/errors.h"
#include "device/device.h"
#include "layers/elementwise.h"
#include "layers/normalization.h"

mood_status normalization_build(struct layer *layer, int axis, const struct shape *in, mood_error *err) {
    int last = in->kind == SHAPE_SEQUENCE ? 2 : 1; /* axis 0 is the batch */
    mood_status status = elementwise_build(layer, in, err);
    if (status == MOOD_OK && axis != -1 && axis != last)
        return mood_error_set(
            err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
            "layer %s: its axis is %d; this version's %s normalizes the last axis only, which is %d or -1", layer->name,
            axis, layer->type->class_name, last);
    return status;
}

static const struct variable *find_variable(const struct layer *layer, const char *name) {
    for (size_t i = 0; i < layer->variable_count; i++)
        if (strcmp(layer->variables[i].name, name) == 0)
            return &layer->variables[i];
    return NULL;
}

const struct buffer *normalization_value(const struct layer *layer, const char *name) {
    const struct variable *variable = find_variable(layer, name);
    return variable ? &variable->value : NULL;
}

static const struct buffer *gradient_of(const struct layer *layer, const char *name) {
    const struct variable *variable = find_variable(layer, name);
    return variable ? &variable->gradient : NULL;
}

static mood_status make_partials(struct queue *queue, const struct normalization_sums *run, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "normalization_partials", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, run->x);
    launch_buffer(&launch, run->d_y);
    launch_buffer(&launch, run->means);
    launch_buffer(&launch, run->variances);
    launch_int(&launch, run->by_row);
    launch_buffer(&launch, run->partials);
    launch_int(&launch, run->n);
    launch_int(&launch, run->D);
    launch_int(&launch, NORMALIZATION_CHUNK);
    launch_float(&launch, run->epsilon);
    return launch_run(&launch, normalization_chunks(run->n) * blocks_of(run->D, queue->device->vector_width), 16, err);
}

mood_status normalization_sums_run(const struct layer *layer, struct queue *queue, const struct normalization_sums *run,
                                   mood_error *err) {
    struct launch launch;
    mood_status status = make_partials(queue, run, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, "normalization_sums", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, run->partials);
    launch_buffer(&launch, run->sums);
    launch_buffer(&launch, run->variables ? gradient_of(layer, "gamma") : NULL);
    launch_buffer(&launch, run->variables ? gradient_of(layer, "beta") : NULL);
    launch_int(&launch, normalization_chunks(run->n));
    launch_int(&launch, run->D);
    return launch_run(&launch, run->D, 16, err);
}
