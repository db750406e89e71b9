/* TimeDistributed: a layer that takes vectors, applied to each step of a sequence. The supported inner layers
 * also take sequences and compute each step independently, so the inner layer runs on the sequence unchanged. */
#include <stdio.h>
#include <string.h>

#include "base/errors.h"
#include "layers/layer.h"

extern const struct layer_type dense_type, activation_type, relu_type, leaky_relu_type, elu_type, dropout_type,
    gaussian_dropout_type, gaussian_noise_type, layer_normalization_type;

/* Layers that have the same weights and results for a step of a sequence as for a vector. */
static const struct layer_type *const inner_types[] = {
    &dense_type,   &activation_type,       &relu_type,           &leaky_relu_type,          &elu_type,
    &dropout_type, &gaussian_dropout_type, &gaussian_noise_type, &layer_normalization_type,
};
enum { INNER_COUNT = sizeof inner_types / sizeof *inner_types };

static mood_status time_distributed_check(struct layer *layer, mood_error *err) {
    const struct layer *inner = layer->children[0];
    char known[320] = "";
    if (!inner)
        return broken(err, "layer \"%s\" has no \"layer\"", layer_label(layer));
    for (size_t i = 0; i < INNER_COUNT; i++) {
        size_t used = strlen(known);
        if (inner->type == inner_types[i])
            break;
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", inner_types[i]->class_name);
        if (i + 1 == INNER_COUNT)
            return unsupported(err, "layer \"%s\": this version does not apply a %s to each step; it knows %s",
                               layer_label(layer), inner->type->class_name, known);
    }
    if (!layer->children[0]->name[0])
        strcpy(layer->children[0]->name, inner->type->base_name);
    return MOOD_OK;
}

static size_t time_distributed_width(const struct layer *layer, size_t in) {
    const struct layer *inner = layer->children[0];
    return inner->type->width ? inner->type->width(inner, in) : in;
}

static mood_status time_distributed_build(struct layer *layer, const struct shape *in, mood_error *err) {
    struct layer *inner = layer->children[0];
    if (in->kind != SHAPE_SEQUENCE)
        return layer_needs_sequence(layer, in, err);
    inner->in = *in;
    inner->index = layer->index;
    inner->trainable = inner->trainable && layer->trainable;
    inner->variable_count = 0;
    mood_status status = inner->type->build(inner, in, err);
    for (size_t i = 0; i < inner->variable_count; i++)
        strcpy(inner->variables[i].path, "layer");
    layer->out = inner->out;
    return status;
}

static unsigned time_distributed_more_traits(const struct layer *layer) {
    return layer_traits(layer->children[0]) & (ROW_RANDOM | IDENTITY_AT_INFERENCE);
}

static mood_status time_distributed_plan(const struct layer *layer, struct queue *queue, struct work *work,
                                         mood_error *err) {
    return layer->children[0]->type->plan(layer->children[0], queue, work, err);
}

static mood_status time_distributed_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                                const struct sequence *in, mood_error *err) {
    return layer->children[0]->type->forward(layer->children[0], pass, work, in, err);
}

static mood_status time_distributed_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                                 const struct sequence *in, const struct buffer *d_out, unsigned want,
                                                 mood_error *err) {
    const struct layer *inner = layer->children[0];
    if (!inner->trainable)
        want &= ~(unsigned)WANT_VARIABLES;
    return inner->type->backward(inner, pass, work, in, d_out, want, err);
}

/* TimeDistributed has only the inner layer as a setting, so this is a placeholder. */
static const char defaults[1] = "";
static const struct field fields[] = {{"layer", FIELD_LAYER, 0, NULL}};

extern const struct layer_type time_distributed_type;
const struct layer_type time_distributed_type = {
    .class_name = "TimeDistributed",
    .base_name = "time_distributed",
    .settings_size = sizeof defaults,
    .defaults = defaults,
    .fields = fields,
    .field_count = 1,
    .traits = PASSES_MASK,
    .more_traits = time_distributed_more_traits,
    .width = time_distributed_width,
    .check = time_distributed_check,
    .build = time_distributed_build,
    .plan = time_distributed_plan,
    .forward = time_distributed_run_forward,
    .backward = time_distributed_run_backward,
};
