/* The table of layers, and what all of them share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/blocks.h"
#include "base/errors.h"
#include "layers/expression.h"
#include "layers/layer.h"

/* Each row is a layer: TYPE for `TYPE_type`. */
/* clang-format off */
#define LAYER_TYPES(row) \
    row(embedding)        \
    row(lstm)             \
    row(gru)              \
    row(simple_rnn)       \
    row(bidirectional)    \
    row(dense)            \
    row(activation)       \
    row(softmax)          \
    row(relu)             \
    row(leaky_relu)       \
    row(elu)              \
    row(prelu)            \
    row(concatenate)      \
    row(add)              \
    row(subtract)         \
    row(multiply)         \
    row(average)          \
    row(maximum)          \
    row(minimum)          \
    row(attention)        \
    row(additive_attention) \
    row(multi_head_attention) \
    row(layer_normalization) \
    row(batch_normalization) \
    row(conv1d)           \
    row(time_distributed) \
    row(flatten)          \
    row(reshape)          \
    row(permute)          \
    row(repeat_vector)    \
    row(up_sampling)      \
    row(zero_padding)     \
    row(cropping)         \
    row(max_pooling)      \
    row(average_pooling)  \
    row(global_max_pooling) \
    row(global_average_pooling) \
    row(masking)          \
    row(unit_normalization) \
    row(rescaling)        \
    row(dropout)          \
    row(spatial_dropout)  \
    row(gaussian_dropout) \
    row(gaussian_noise)
/* clang-format on */

#define DECLARE(type) extern const struct layer_type type##_type;
#define ADDRESS(type) &type##_type,
LAYER_TYPES(DECLARE)
static const struct layer_type *const types[] = {LAYER_TYPES(ADDRESS)};

/* ---- types and their settings ------------------------------------------------------------------ */

const struct layer_type *layer_type_at(size_t index) {
    return index < sizeof types / sizeof *types ? types[index] : NULL;
}

const struct layer_type *layer_type_find(const char *class_name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i]->class_name, class_name) == 0)
            return types[i];
    return NULL;
}

void layer_type_list(char *names, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < sizeof types / sizeof *types && used < size; i++)
        used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", types[i]->class_name);
}

const struct field *layer_type_field(const struct layer_type *type, const char *key) {
    return field_find(type->fields, type->field_count, key);
}

static bool find_class(const char *name, bool inner, struct expression_class *found) {
    (void)inner; /* a wrapper's argument is a layer, too */
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(types[i]->class_name, name) == 0) {
            *found = (struct expression_class){types[i]->class_name, types[i]->fields, types[i]->field_count};
            return true;
        }
    return false;
}

static const char *const common_arguments[] = {"name", "trainable", "dtype", "seed", NULL};

const struct expression_kind layer_expressions = {"layer", find_class, layer_type_list, common_arguments};

const void *layer_setting(const struct layer *layer, const char *key) {
    const struct field *field = layer_type_field(layer->type, key);
    return field ? (const char *)layer->settings + field->offset : NULL;
}

size_t layer_count_variables(const struct layer *layer) {
    size_t count = layer->variable_count;
    for (size_t i = 0; i < LAYER_MAX_CHILDREN && layer->children[i]; i++)
        count += layer_count_variables(layer->children[i]);
    return count;
}

struct variable *layer_variable(const struct layer *layer, size_t index) {
    size_t before = layer->variable_count;
    if (index < before)
        return (struct variable *)&layer->variables[index];
    for (size_t i = 0; i < LAYER_MAX_CHILDREN && layer->children[i]; i++) {
        size_t count = layer_count_variables(layer->children[i]);
        if (index < before + count)
            return layer_variable(layer->children[i], index - before);
        before += count;
    }
    return NULL;
}

size_t layer_row_numbers(const struct layer *layer) {
    /* Others may have their output's numbers for each step of the input. */
    bool by_step = layer->in.T > layer->out.T && !(layer_traits(layer) & REARRANGES);
    size_t in, numbers, T = by_step ? layer->in.T : layer->out.T;
    if (__builtin_mul_overflow(layer->in.T, layer->in.D, &in) || __builtin_mul_overflow(T, layer->out.D, &numbers))
        return SIZE_MAX;
    if (layer->in.kind == SHAPE_BAG)
        return numbers;
    numbers = numbers > in ? numbers : in;
    return numbers > layer->row_numbers ? numbers : layer->row_numbers;
}

/* A row's numbers are counted by an int in kernels, and there are at least four rows' worth of them in some buffers. */
#define LARGEST_OUTPUT ((size_t)1 << 28)

mood_status layer_check_size(const struct layer *layer, mood_error *err) {
    const struct shape *out = &layer->out;
    if (layer->row_numbers > LARGEST_OUTPUT)
        return mood_error_set(
            err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
            "layer %s: a %s with this many time steps needs more numbers per row than the maximum (2^28)", layer->name,
            layer->type->class_name);
    if (out->T <= LARGEST_OUTPUT && out->D <= LARGEST_OUTPUT / out->T)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "layer %s: its output of %zu x %zu numbers per row is larger than the maximum (2^28 numbers)",
                          layer->name, out->T, out->D);
}

unsigned layer_traits(const struct layer *layer) {
    return layer->type->traits | (layer->type->more_traits ? layer->type->more_traits(layer) : 0);
}

enum activation layer_activation(const struct layer *layer) {
    const enum activation *activation = layer_setting(layer, "activation");
    return activation ? *activation : layer->type->activation;
}

/* ---- a layer ------------------------------------------------------------------------------------ */

mood_status layer_create(const struct layer_type *type, const char *name, const void *settings, struct layer **created,
                         mood_error *err) {
    *created = NULL;
    struct layer *layer = calloc(1, sizeof *layer);
    if (!layer)
        return out_of_memory(err, "adding a layer");
    layer->type = type;
    layer->trainable = true;
    layer->settings = malloc(type->settings_size);
    if (!layer->settings) {
        free(layer);
        return out_of_memory(err, "adding a layer");
    }
    memcpy(layer->settings, settings, type->settings_size);
    if (name && strlen(name) >= sizeof layer->name) {
        layer_destroy(layer);
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "a layer's name has %zu bytes; the maximum is %zu", strlen(name), sizeof layer->name - 1);
    }
    if (name)
        strcpy(layer->name, name);
    *created = layer;
    return MOOD_OK;
}

mood_status layer_copy(const struct layer *layer, struct layer **copy, mood_error *err) {
    mood_status status = layer_create(layer->type, layer->name, layer->settings, copy, err);
    if (status != MOOD_OK)
        return status;
    (*copy)->trainable = layer->trainable;
    if (layer->kept && !((*copy)->kept = strdup(layer->kept))) {
        layer_destroy(*copy);
        *copy = NULL;
        return out_of_memory(err, "adding a layer");
    }
    return MOOD_OK;
}

const char *layer_label(const struct layer *layer) {
    return layer->name[0] ? layer->name : layer->type->base_name;
}

void layer_destroy(struct layer *layer) {
    if (!layer)
        return;
    for (size_t i = 0; i < layer->variable_count; i++) {
        buffer_destroy(&layer->variables[i].value);
        buffer_destroy(&layer->variables[i].gradient);
    }
    for (size_t i = 0; i < LAYER_MAX_CHILDREN; i++)
        layer_destroy(layer->children[i]);
    for (size_t i = 0; i < sizeof layer->derived / sizeof *layer->derived; i++)
        buffer_destroy(&layer->derived[i]);
    free(layer->settings);
    free(layer->kept);
    free(layer);
}

void work_count_bytes(size_t *total, size_t bytes) {
    if (__builtin_add_overflow(*total, bytes, total) || *total > WORK_MOST_BYTES)
        *total = WORK_MOST_BYTES;
}

mood_status work_allocate(struct work *work, struct queue *queue, size_t count, size_t size, struct buffer *buffer,
                          mood_error *err) {
    size_t bytes;
    if (!work->counting)
        return buffer_create(queue->device, count, size, buffer, err);
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = WORK_MOST_BYTES;
    work_count_bytes(&work->bytes, bytes);
    if (bytes > work->largest)
        work->largest = bytes;
    return MOOD_OK;
}

void work_destroy(struct work *work) {
    for (size_t i = 0; i < LAYER_MAX_CHILDREN && work->children; i++)
        work_destroy(&work->children[i]);
    free(work->children);
    buffer_destroy(&work->steps.steps);
    buffer_destroy(&work->steps.start);
    free(work->steps_at);
    for (size_t i = 0; i < WORK_MAX_BUFFERS; i++)
        buffer_destroy(&work->buffers[i]);
    buffer_destroy(&work->d_in);
    memset(work, 0, sizeof *work);
}

mood_status work_plan_steps(struct work *work, struct queue *queue, size_t T, mood_error *err) {
    mood_status status = work_allocate(work, queue, T + 1, sizeof(int32_t), &work->steps.steps, err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, work->B, sizeof(int32_t), &work->steps.start, err);
    if (status != MOOD_OK || work->counting)
        return status;
    work->steps.T = T;
    work->steps_at = calloc(T + 1, sizeof *work->steps_at);
    return work->steps_at ? queue_zero(queue, &work->steps.start, err) : out_of_memory(err, "planning a batch");
}

mood_status work_set_steps(struct work *work, struct queue *queue, size_t B, mood_error *err) {
    struct packing *steps = &work->steps;
    mood_status status = MOOD_OK;
    if (work->steps_rows != B) {
        for (size_t t = 0; t <= steps->T; t++)
            work->steps_at[t] = (int32_t)(t * B);
        steps->at = work->steps_at;
        status = queue_write(queue, &steps->steps, 0, work->steps_at, (steps->T + 1) * sizeof *work->steps_at, err);
        work->steps_rows = steps->B = B;
    }
    work->out.packing = steps;
    return status;
}

mood_status layer_needs_sequence(const struct layer *layer, const struct shape *in, mood_error *err) {
    return mood_error_set(
        err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: %s takes a sequence, but the layer before it outputs %s",
        layer->name, layer->type->class_name,
        in->kind == SHAPE_IDS ? "ids: put an Embedding first" : "one vector: give it return_sequences");
}

size_t layer_group_size(const mood_device *device) {
    return device->info.type == MOOD_DEVICE_CPU ? 8 : 64;
}

size_t layer_step_items(const mood_device *device, size_t rows, size_t D) {
    return rows * blocks_of(D, STEP_COLUMNS * device->vector_width);
}

mood_status layer_reverse_steps(struct queue *queue, const struct buffer *x, const struct buffer *y,
                                const struct packing *packing, size_t D, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "reverse_steps", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, x);
    launch_buffer(&launch, y);
    launch_buffer(&launch, &packing->steps);
    launch_buffer(&launch, &packing->start);
    launch_int(&launch, packing->T);
    launch_int(&launch, D);
    return launch_run(&launch, layer_step_items(queue->device, packing_all(packing), D),
                      layer_group_size(queue->device), err);
}

mood_status layer_add_to(struct queue *queue, const struct buffer *x, const struct buffer *y, size_t count,
                         mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "add_to", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, x);
    launch_buffer(&launch, y);
    launch_int(&launch, count);
    return launch_run(&launch, count, 64, err);
}

mood_status layer_add_column_sums(struct queue *queue, const struct buffer *A, size_t M, size_t N,
                                  const struct buffer *out, size_t offset, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "column_sums", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, A);
    launch_buffer(&launch, out);
    launch_int(&launch, offset);
    launch_int(&launch, M);
    launch_int(&launch, N);
    return launch_run(&launch, N, 16, err);
}

mood_status layer_add_variable(struct layer *layer, const char *name, size_t rank, const size_t *dims,
                               const struct weight_settings *weight, mood_error *err) {
    struct variable variable = {.name = name,
                                .rank = rank,
                                .count = 1,
                                .role = layer->trainable ? TRAINABLE : FROZEN,
                                .regularizer = weight->regularizer,
                                .constraint = weight->constraint,
                                .initializer = weight->initializer};
    for (size_t i = 0; i < rank; i++) {
        variable.dims[i] = dims[i];
        if (__builtin_mul_overflow(variable.count, dims[i], &variable.count) || variable.count > LAYER_LARGEST_VARIABLE)
            return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                                  "layer %s: a %s of %zu x %zu numbers is larger than the maximum (2^30 numbers)",
                                  layer->name, name, dims[0], rank > 1 ? dims[1] : 1);
    }
    mood_status status = constraint_check(&variable.constraint, rank, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "layer %s: %s", layer->name, name);
        return status;
    }
    layer->variables[layer->variable_count++] = variable;
    return MOOD_OK;
}

mood_status layer_add_state(struct layer *layer, const char *name, size_t count, const struct initializer *initializer,
                            mood_error *err) {
    const struct weight_settings weight = {.initializer = *initializer};
    mood_status status = layer_add_variable(layer, name, DIMS(count), &weight, err);
    if (status == MOOD_OK)
        layer->variables[layer->variable_count - 1].role = STATE;
    return status;
}
