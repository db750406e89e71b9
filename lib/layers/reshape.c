/* Layers that only move numbers: Flatten, Reshape, Permute, RepeatVector, UpSampling1D, ZeroPadding1D,
 * Cropping1D. Each type describes the mapping from output to input positions (struct move); the rest is common. */
#include "base/errors.h"
#include "layers/layer.h"

enum { OUT };

struct move {
    enum move_kind how;
    int shift, repeat; /* of MOVE_STEPS */
};

static const char *const data_formats[] = {"channels_last", NULL};

/* The settings of all types; each type has fields for some of them. */
struct reshape_settings {
    unsigned data_format;
    struct integers target_shape, dims, padding, cropping;
    size_t n, size;
};

extern const struct layer_type flatten_type, reshape_type, permute_type, repeat_vector_type, up_sampling_type,
    zero_padding_type, cropping_type;

/* ---- moves ------------------------------------------------------------------------------------------- */

/* The numbers of steps added or removed before and after the sequence. */
static void read_pair(const struct integers *integers, int pair[2]) {
    pair[0] = integers->at[0];
    pair[1] = integers->at[integers->count - 1];
}

static struct move move_of(const struct layer *layer) {
    const struct reshape_settings *s = layer->settings;
    if (layer->type == &permute_type && layer->in.kind == SHAPE_SEQUENCE && s->dims.at[0] == 2)
        return (struct move){.how = MOVE_PERMUTE};
    if (layer->type == &repeat_vector_type)
        return (struct move){MOVE_STEPS, 0, (int)s->n};
    if (layer->type == &up_sampling_type)
        return (struct move){MOVE_STEPS, 0, (int)s->size};
    if (layer->type == &zero_padding_type)
        return (struct move){MOVE_STEPS, s->padding.at[0], 1};
    if (layer->type == &cropping_type)
        return (struct move){MOVE_STEPS, -s->cropping.at[0], 1};
    return (struct move){.how = MOVE_RESHAPE};
}

/* ---- settings ----------------------------------------------------------------------------------------- */

static mood_status reshape_check(struct layer *layer, mood_error *err) {
    const struct integers *shape = &((const struct reshape_settings *)layer->settings)->target_shape;
    size_t open = 0;
    if (!shape->is_list)
        return broken(err, "layer \"%s\" has no \"target_shape\", which is a list", layer_label(layer));
    if (shape->count < 1 || shape->count > 2)
        return unsupported(
            err, "layer \"%s\": \"target_shape\" has %zu axes; this version has vectors and sequences: 1 or 2",
            layer_label(layer), shape->count);
    for (size_t i = 0; i < shape->count; i++) {
        open += shape->at[i] == -1;
        if (shape->at[i] < 1 && shape->at[i] != -1)
            return broken(err, "layer \"%s\": \"target_shape\" has the size %d", layer_label(layer), shape->at[i]);
    }
    return open < 2 ? MOOD_OK : broken(err, "layer \"%s\": \"target_shape\" has -1 more than once", layer_label(layer));
}

static mood_status permute_check(struct layer *layer, mood_error *err) {
    const struct integers *dims = &((const struct reshape_settings *)layer->settings)->dims;
    bool fits = dims->is_list &&
                ((dims->count == 1 && dims->at[0] == 1) ||
                 (dims->count == 2 && dims->at[0] + dims->at[1] == 3 && dims->at[0] * dims->at[1] == 2));
    return fits ? MOOD_OK : broken(err, "layer \"%s\": \"dims\" must be [2, 1], [1, 2] or [1]", layer_label(layer));
}

static mood_status up_sampling_check(struct layer *layer, mood_error *err) {
    return ((const struct reshape_settings *)layer->settings)->size
               ? MOOD_OK
               : broken(err, "layer \"%s\" has no \"size\"", layer_label(layer));
}

static mood_status check_pair(const struct layer *layer, const char *key, mood_error *err) {
    const struct integers *pair = layer_setting(layer, key);
    if (pair->count == (pair->is_list ? 2 : 1) && pair->at[0] >= 0 && pair->at[pair->count - 1] >= 0)
        return MOOD_OK;
    return broken(err, "layer \"%s\": \"%s\" must be a whole number, 0 or more, or a list of two", layer_label(layer),
                  key);
}

static mood_status zero_padding_check(struct layer *layer, mood_error *err) {
    return check_pair(layer, "padding", err);
}

static mood_status cropping_check(struct layer *layer, mood_error *err) {
    return check_pair(layer, "cropping", err);
}

/* ---- shapes --------------------------------------------------------------------------------------------- */

static mood_status flatten_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind == SHAPE_IDS)
        return layer_needs_sequence(layer, in, err);
    layer->out = (struct shape){SHAPE_VECTOR, 1, in->T * in->D};
    return MOOD_OK;
}

static mood_status reshape_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct integers *shape = &((const struct reshape_settings *)layer->settings)->target_shape;
    size_t numbers = in->T * in->D, sizes[2] = {1, 1}, known = 1;
    if (in->kind == SHAPE_IDS)
        return layer_needs_sequence(layer, in, err);
    for (size_t i = 0; i < shape->count; i++)
        if (shape->at[i] > 0 && __builtin_mul_overflow(known, (size_t)shape->at[i], &known))
            known = SIZE_MAX;
    for (size_t i = 0; i < shape->count; i++)
        sizes[2 - shape->count + i] = shape->at[i] > 0 ? (size_t)shape->at[i] : numbers / known;
    if (known > numbers || sizes[0] * sizes[1] != numbers)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: its target_shape does not have the %zu numbers of its input", layer->name,
                              numbers);
    layer->out = (struct shape){shape->count == 2 ? SHAPE_SEQUENCE : SHAPE_VECTOR, sizes[0], sizes[1]};
    return MOOD_OK;
}

static mood_status permute_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct integers *dims = &((const struct reshape_settings *)layer->settings)->dims;
    if (in->kind == SHAPE_IDS)
        return layer_needs_sequence(layer, in, err);
    if (dims->count != (in->kind == SHAPE_SEQUENCE ? 2 : 1))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: its dims have %zu axes, its input %d",
                              layer->name, dims->count, in->kind == SHAPE_SEQUENCE ? 2 : 1);
    layer->out = dims->at[0] == 2 ? (struct shape){SHAPE_SEQUENCE, in->D, in->T} : *in;
    return MOOD_OK;
}

static mood_status repeat_vector_build(struct layer *layer, const struct shape *in, mood_error *err) {
    if (in->kind != SHAPE_VECTOR)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: a RepeatVector takes a vector, but the layer before it outputs %s",
                              layer->name, in->kind == SHAPE_IDS ? "ids" : "a sequence");
    layer->out = (struct shape){SHAPE_SEQUENCE, ((const struct reshape_settings *)layer->settings)->n, in->D};
    return MOOD_OK;
}

/* build of UpSampling1D, ZeroPadding1D and Cropping1D. */
static mood_status steps_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct reshape_settings *s = layer->settings;
    int pair[2] = {0, 0};
    size_t T = in->T;
    if (in->kind != SHAPE_SEQUENCE)
        return layer_needs_sequence(layer, in, err);
    if (layer->type == &zero_padding_type) {
        read_pair(&s->padding, pair);
        T += (size_t)pair[0] + (size_t)pair[1];
    } else if (layer->type == &cropping_type) {
        read_pair(&s->cropping, pair);
        if ((size_t)pair[0] + (size_t)pair[1] >= T)
            return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                                  "layer %s: it crops %d and %d of %zu steps, which leaves none", layer->name, pair[0],
                                  pair[1], T);
        T -= (size_t)pair[0] + (size_t)pair[1];
    } else if (__builtin_mul_overflow(T, s->size, &T))
        T = SIZE_MAX; /* layer_check_size rejects it */
    layer->out = (struct shape){SHAPE_SEQUENCE, T, in->D};
    return MOOD_OK;
}

/* 0: the width depends on the number of steps. */
static size_t unknown_width(const struct layer *layer, size_t in) {
    (void)layer;
    (void)in;
    return 0;
}

/* ---- runs ------------------------------------------------------------------------------------------------ */

static mood_status move_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t in = layer->in.T * layer->in.D, out = layer->out.T * layer->out.D;
    mood_status status = work_allocate(work, queue, work->B, out * sizeof(float), &work->buffers[OUT], err);
    if (status == MOOD_OK && layer->out.kind == SHAPE_SEQUENCE)
        status = work_plan_steps(work, queue, layer->out.T, err);
    return status == MOOD_OK && work->training
               ? work_allocate(work, queue, work->B, in * sizeof(float), &work->d_in, err)
               : status;
}

static mood_status move(const struct layer *layer, struct queue *queue, const struct buffer *x, const struct buffer *y,
                        size_t B, bool back, mood_error *err) {
    struct move how = move_of(layer);
    struct launch launch;
    mood_status status = launch_begin(queue, "move", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, x);
    launch_buffer(&launch, y);
    launch_int(&launch, layer->in.T);
    launch_int(&launch, B);
    launch_int(&launch, layer->in.D);
    launch_int(&launch, layer->out.T);
    launch_int(&launch, layer->out.D);
    launch_int(&launch, how.how);
    launch_int(&launch, how.shift);
    launch_int(&launch, how.repeat);
    launch_int(&launch, back);
    return launch_run(&launch, layer->out.T * B * layer->out.D, 64, err);
}

static mood_status move_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                    const struct sequence *in, mood_error *err) {
    size_t B = in->rows / layer->in.T;
    mood_status status = MOOD_OK;
    work->out = (struct sequence){.data = work->buffers[OUT], .rows = B * layer->out.T, .D = layer->out.D};
    if (layer->out.kind == SHAPE_SEQUENCE)
        status = work_set_steps(work, pass->queue, B, err);
    return status == MOOD_OK ? move(layer, pass->queue, &in->data, &work->buffers[OUT], B, false, err) : status;
}

static mood_status steps_backward(const struct layer *layer, struct queue *queue, struct work *work, size_t B,
                                  const struct buffer *d_out, mood_error *err) {
    struct move how = move_of(layer);
    struct launch launch;
    mood_status status = launch_begin(queue, "move_steps_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->d_in);
    launch_int(&launch, layer->in.T);
    launch_int(&launch, B);
    launch_int(&launch, layer->in.D);
    launch_int(&launch, layer->out.T);
    launch_int(&launch, how.shift);
    launch_int(&launch, how.repeat);
    return launch_run(&launch, layer->in.T * B * layer->in.D, 64, err);
}

static mood_status move_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                     const struct sequence *in, const struct buffer *d_out, unsigned want,
                                     mood_error *err) {
    (void)want; /* there are no variables */
    size_t B = in->rows / layer->in.T;
    return move_of(layer).how == MOVE_STEPS ? steps_backward(layer, pass->queue, work, B, d_out, err)
                                            : move(layer, pass->queue, &work->d_in, d_out, B, true, err);
}

/* ---- the types --------------------------------------------------------------------------------------------- */

#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct reshape_settings, key), NULL }

static const struct reshape_settings defaults = {.size = 2, .padding = {1, false, {1}}, .cropping = {2, true, {1, 1}}};
static const struct field flatten_fields[] = {
    {"data_format", FIELD_CHOICE, offsetof(struct reshape_settings, data_format), data_formats}};
static const struct field reshape_fields[] = {FIELD(target_shape, FIELD_INTEGERS)};
static const struct field permute_fields[] = {FIELD(dims, FIELD_INTEGERS)};
static const struct field repeat_vector_fields[] = {FIELD(n, FIELD_SIZE)};
static const struct field up_sampling_fields[] = {FIELD(size, FIELD_OPTIONAL_SIZE)};
static const struct field zero_padding_fields[] = {
    FIELD(padding, FIELD_INTEGERS),
    {"data_format", FIELD_NEW_CHOICE, offsetof(struct reshape_settings, data_format), data_formats}};
static const struct field cropping_fields[] = {FIELD(cropping, FIELD_INTEGERS)};

/* A layer type: the common members, then the members of this type. */
#define RESHAPE_TYPE(class, base, type_fields, ...)                                                                    \
    {                                                                                                                  \
        .class_name = class, .base_name = base, .settings_size = sizeof(struct reshape_settings),                      \
        .defaults = &defaults, .fields = type_fields, .field_count = sizeof type_fields / sizeof *type_fields,         \
        .traits = NEEDS_ALL_STEPS | REARRANGES, .plan = move_plan, .forward = move_run_forward,                        \
        .backward = move_run_backward, __VA_ARGS__                                                                     \
    }

const struct layer_type flatten_type =
    RESHAPE_TYPE("Flatten", "flatten", flatten_fields, .build = flatten_build, .width = unknown_width);
const struct layer_type reshape_type = RESHAPE_TYPE("Reshape", "reshape", reshape_fields, .check = reshape_check,
                                                    .build = reshape_build, .width = unknown_width);
const struct layer_type permute_type = RESHAPE_TYPE("Permute", "permute", permute_fields, .check = permute_check,
                                                    .build = permute_build, .width = unknown_width);
const struct layer_type repeat_vector_type =
    RESHAPE_TYPE("RepeatVector", "repeat_vector", repeat_vector_fields, .build = repeat_vector_build);
const struct layer_type up_sampling_type =
    RESHAPE_TYPE("UpSampling1D", "up_sampling1d", up_sampling_fields, .check = up_sampling_check, .build = steps_build);
const struct layer_type zero_padding_type = RESHAPE_TYPE("ZeroPadding1D", "zero_padding1d", zero_padding_fields,
                                                         .check = zero_padding_check, .build = steps_build);
const struct layer_type cropping_type =
    RESHAPE_TYPE("Cropping1D", "cropping1d", cropping_fields, .check = cropping_check, .build = steps_build);
