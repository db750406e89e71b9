/* Attention and AdditiveAttention, on inputs [query, value] or [query, value, key]. Masked steps are skipped: as in
 * Keras, masked values have the weight 0, and the outputs of masked queries are 0. */
#include "layers/attention.h"
#include "layers/merge.h"

enum {
    OUT,
    FIRST_AFTER_GRADIENTS = WORK_FIRST_D_INPUT + ATTENTION_INPUTS,
    WEIGHTS = FIRST_AFTER_GRADIENTS,
    DROPPED,
    D_SCORES,
    PARTIALS
};

static const char *const score_modes[] = {"dot", "concat", NULL};

struct attention_settings {
    bool use_scale;
    unsigned score_mode; /* SCORE_DOT or SCORE_CONCAT, of Attention */
    float dropout;
};

extern const struct layer_type attention_type, additive_attention_type;

static enum score_mode mode_of(const struct layer *layer) {
    return layer->type == &additive_attention_type
               ? SCORE_ADDITIVE
               : (enum score_mode)((const struct attention_settings *)layer->settings)->score_mode;
}

static mood_status attention_check(struct layer *layer, mood_error *err) {
    return attention_check_dropout(layer, ((const struct attention_settings *)layer->settings)->dropout, err);
}

static unsigned attention_more_traits(const struct layer *layer) {
    return ((const struct attention_settings *)layer->settings)->dropout > 0 ? ROW_RANDOM : 0;
}

/* ---- shapes and buffers ------------------------------------------------------------------------------------ */

static mood_status check_inputs(const struct layer *layer, const struct shape *in, mood_error *err) {
    size_t key = attention_key(layer);
    mood_status status = attention_check_inputs(layer, in, err);
    return status == MOOD_OK && in[key].D != in[QUERY].D
               ? merge_refuse(layer, in, key, "query and key must have the same width", err)
               : status;
}

static mood_status attention_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct attention_settings *s = layer->settings;
    const struct weight_settings ones = WEIGHT(INITIALIZER_ONES), glorot = WEIGHT(INITIALIZER_GLOROT_UNIFORM);
    mood_status status = check_inputs(layer, in, err);
    if (status != MOOD_OK)
        return status;
    layer->out = (struct shape){SHAPE_SEQUENCE, in[QUERY].T, in[VALUE].D};
    layer->row_numbers = attention_row_numbers(in[QUERY].T, 1, in[VALUE].T);
    for (size_t k = 0; k < layer->source_count; k++)
        layer->input_sizes[k] = in[k].T * in[k].D;
    if (s->use_scale && mode_of(layer) == SCORE_ADDITIVE)
        status = layer_add_variable(layer, "scale", DIMS(in[QUERY].D), &glorot, err);
    else if (s->use_scale)
        status = layer_add_variable(layer, "scale", 0, NULL, &ones, err);
    if (status == MOOD_OK && mode_of(layer) == SCORE_CONCAT)
        status = layer_add_variable(layer, "concat_score_weight", 0, NULL, &ones, err);
    return status;
}

static mood_status attention_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    const struct attention_settings *s = layer->settings;
    size_t B = work->B, weights = layer->row_numbers * sizeof(float);
    size_t out = layer->out.T * layer->out.D * sizeof(float);
    size_t partials = layer->in.T * (mode_of(layer) == SCORE_ADDITIVE ? layer->in.D : 1) * sizeof(float);
    mood_status status = work_allocate(work, queue, B, out, &work->buffers[OUT], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, B, weights, &work->buffers[WEIGHTS], err);
    if (status != MOOD_OK || !work->training)
        return status;
    for (size_t k = 0; k < layer->source_count && status == MOOD_OK; k++)
        status = work_allocate(work, queue, B, layer->input_sizes[k] * sizeof(float),
                               &work->buffers[WORK_FIRST_D_INPUT + k], err);
    if (status == MOOD_OK && s->dropout > 0)
        status = work_allocate(work, queue, B, weights, &work->buffers[DROPPED], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, B, weights, &work->buffers[D_SCORES], err);
    return status == MOOD_OK ? work_allocate(work, queue, B, partials, &work->buffers[PARTIALS], err) : status;
}

/* ---- runs --------------------------------------------------------------------------------------------------- */

/* The weight of a concat score is the last variable; NULL for other scores. */
static const struct variable *weight_of(const struct layer *layer) {
    return mode_of(layer) == SCORE_CONCAT ? &layer->variables[layer->variable_count - 1] : NULL;
}

static const struct variable *scale_of(const struct layer *layer) {
    return ((const struct attention_settings *)layer->settings)->use_scale ? &layer->variables[0] : NULL;
}

static struct attention attention_of(const struct layer *layer, const struct pass *pass, const struct work *work,
                                     const struct sequence *in) {
    const struct attention_settings *s = layer->settings;
    bool drops = work->training && s->dropout > 0;
    return (struct attention){
        .layer = layer,
        .pass = pass,
        .q_steps = in[QUERY].packing,
        .v_steps = in[VALUE].packing,
        .q = &in[QUERY].data,
        .k = &in[attention_key(layer)].data,
        .v = &in[VALUE].data,
        .heads = 1,
        .D = in[QUERY].D,
        .Dv = in[VALUE].D,
        .mode = mode_of(layer),
        .factor = 1,
        .scale = scale_of(layer) ? &scale_of(layer)->value : NULL,
        .weight = weight_of(layer) ? &weight_of(layer)->value : NULL,
        .dropout = s->dropout,
        .weights = &work->buffers[WEIGHTS],
        .dropped = drops ? &work->buffers[DROPPED] : NULL,
        .d_scores = &work->buffers[D_SCORES],
    };
}

static mood_status attention_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                         const struct sequence *in, mood_error *err) {
    struct attention attention = attention_of(layer, pass, work, in);
    work->out = in[QUERY];
    work->out.data = work->buffers[OUT];
    work->out.D = layer->out.D;
    return attention_forward(&attention, &work->buffers[OUT], err);
}

static mood_status attention_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                          const struct sequence *in, const struct buffer *d_out, unsigned want,
                                          mood_error *err) {
    struct attention attention = attention_of(layer, pass, work, in);
    struct attention_gradients gradients = {.partials = &work->buffers[PARTIALS]};
    if (want & WANT_INPUT) {
        gradients.d_q = &work->buffers[WORK_FIRST_D_INPUT + QUERY];
        gradients.d_v = &work->buffers[WORK_FIRST_D_INPUT + VALUE];
        gradients.d_k = &work->buffers[WORK_FIRST_D_INPUT + attention_key(layer)];
    }
    if (want & WANT_VARIABLES) {
        gradients.d_scale = scale_of(layer) ? &scale_of(layer)->gradient : NULL;
        gradients.d_weight = weight_of(layer) ? &weight_of(layer)->gradient : NULL;
    }
    return attention_backward(&attention, d_out, &gradients, err);
}

/* The output is as wide as the value. */
static size_t attention_width(const struct layer *layer, size_t in) {
    (void)layer;
    (void)in;
    return 0;
}

#define FIELD(key, kind, names)                                                                                        \
    { #key, kind, offsetof(struct attention_settings, key), names }
static const struct attention_settings attention_defaults = {0}, additive_defaults = {.use_scale = true};
static const struct field attention_fields[] = {FIELD(use_scale, FIELD_BOOL, NULL),
                                                FIELD(score_mode, FIELD_CHOICE, score_modes),
                                                FIELD(dropout, FIELD_FLOAT, NULL)};
static const struct field additive_fields[] = {FIELD(use_scale, FIELD_BOOL, NULL), FIELD(dropout, FIELD_FLOAT, NULL)};

#define ATTENTION_TYPE(class, base, type_defaults, type_fields)                                                        \
    {                                                                                                                  \
        .class_name = class, .base_name = base, .settings_size = sizeof(struct attention_settings),                    \
        .defaults = &type_defaults, .fields = type_fields, .field_count = sizeof type_fields / sizeof *type_fields,    \
        .traits = MERGES | NEEDS_ALL_STEPS | USES_MASK | USES_MASKED_STEPS, .more_traits = attention_more_traits,      \
        .width = attention_width, .check = attention_check, .build = attention_build, .plan = attention_plan,          \
        .forward = attention_run_forward, .backward = attention_run_backward                                           \
    }

const struct layer_type attention_type = ATTENTION_TYPE("Attention", "attention", attention_defaults, attention_fields);
const struct layer_type additive_attention_type =
    ATTENTION_TYPE("AdditiveAttention", "additive_attention", additive_defaults, additive_fields);
