/* MultiHeadAttention, on inputs [query, value] or [query, value, key]. Query, key and value are each multiplied by a
 * kernel, whose columns are divided among the heads. The concatenated outputs of the heads are multiplied by a fourth
 * kernel. */
#include <math.h>
#include <string.h>

#include "base/errors.h"
#include "layers/attention.h"
#include "layers/merge.h"
#include "layers/products.h"

enum {
    OUT,
    Q = WORK_FIRST_D_INPUT + ATTENTION_INPUTS,
    K,
    V,
    WEIGHTS,
    CONTEXT,
    DROPPED,
    D_SCORES,
    D_Q,
    D_K,
    D_V,
    D_CONTEXT,
    D_MORE,
    BUFFERS
};
_Static_assert(BUFFERS <= WORK_MAX_BUFFERS, "each has its place in a work");

/* The products, in the order of Keras's weights. */
enum { TO_Q, TO_K, TO_V, TO_OUT, PRODUCTS };
static const char *const paths[PRODUCTS] = {"query_dense", "key_dense", "value_dense", "output_dense"};

struct multi_head_settings {
    size_t num_heads, key_dim, value_dim; /* value_dim 0: key_dim */
    float dropout;
    bool use_bias;
    struct integers output_shape, attention_axes;
    struct weight_settings kernel, bias;
};

static mood_status multi_head_check(struct layer *layer, mood_error *err) {
    const struct multi_head_settings *s = layer->settings;
    const struct integers *axes = &s->attention_axes, *shape = &s->output_shape;
    if (axes->count > 1 || (axes->count == 1 && axes->at[0] != 1))
        return unsupported(err, "layer \"%s\": its \"attention_axes\" are not the steps; this version knows None",
                           layer_label(layer));
    if (shape->count > 1 || (shape->count == 1 && shape->at[0] < 1))
        return unsupported(err, "layer \"%s\": its \"output_shape\" is not one width", layer_label(layer));
    return attention_check_dropout(layer, s->dropout, err);
}

static unsigned multi_head_more_traits(const struct layer *layer) {
    return ((const struct multi_head_settings *)layer->settings)->dropout > 0 ? ROW_RANDOM : 0;
}

/* ---- shapes and buffers -------------------------------------------------------------------------------------- */

static size_t value_dim(const struct layer *layer) {
    const struct multi_head_settings *s = layer->settings;
    return s->value_dim ? s->value_dim : s->key_dim;
}

static size_t multi_head_width(const struct layer *layer, size_t in) {
    const struct integers *shape = &((const struct multi_head_settings *)layer->settings)->output_shape;
    return shape->count ? (size_t)shape->at[0] : in;
}

static mood_status check_inputs(const struct layer *layer, const struct shape *in, mood_error *err) {
    const struct multi_head_settings *s = layer->settings;
    size_t heads = s->num_heads, widest = s->key_dim > value_dim(layer) ? s->key_dim : value_dim(layer);
    mood_status status = attention_check_inputs(layer, in, err);
    if (status == MOOD_OK && widest > LAYER_LARGEST_VARIABLE / heads)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: %zu heads of %zu numbers are too many",
                              layer->name, heads, widest);
    return status;
}

/* Add kernel and bias of a product. The heads are an axis of the output; for TO_OUT, of the input. */
static mood_status add_product(struct layer *layer, size_t product, size_t in, size_t heads, size_t out,
                               mood_error *err) {
    const struct multi_head_settings *s = layer->settings;
    bool to_heads = product != TO_OUT;
    size_t first = layer->variable_count;
    mood_status status = to_heads ? layer_add_variable(layer, "kernel", DIMS(in, heads, out), &s->kernel, err)
                                  : layer_add_variable(layer, "kernel", DIMS(heads, in, out), &s->kernel, err);
    if (status == MOOD_OK && s->use_bias)
        status = to_heads ? layer_add_variable(layer, "bias", DIMS(heads, out), &s->bias, err)
                          : layer_add_variable(layer, "bias", DIMS(out), &s->bias, err);
    for (; first < layer->variable_count; first++)
        strcpy(layer->variables[first].path, paths[product]);
    return status;
}

static mood_status multi_head_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct multi_head_settings *s = layer->settings;
    size_t heads = s->num_heads, Dv = value_dim(layer), width = multi_head_width(layer, in[QUERY].D);
    mood_status status = check_inputs(layer, in, err);
    if (status != MOOD_OK)
        return status;
    layer->out = (struct shape){SHAPE_SEQUENCE, in[QUERY].T, width};
    size_t most = heads * (s->key_dim > Dv ? s->key_dim : Dv),
           T = in[QUERY].T > in[VALUE].T ? in[QUERY].T : in[VALUE].T;
    size_t weights = attention_row_numbers(in[QUERY].T, heads, in[VALUE].T), parts = attention_row_numbers(T, 1, most);
    layer->row_numbers = weights > parts ? weights : parts;
    for (size_t k = 0; k < layer->source_count; k++)
        layer->input_sizes[k] = in[k].T * in[k].D;
    status = add_product(layer, TO_Q, in[QUERY].D, heads, s->key_dim, err);
    if (status == MOOD_OK)
        status = add_product(layer, TO_K, in[attention_key(layer)].D, heads, s->key_dim, err);
    if (status == MOOD_OK)
        status = add_product(layer, TO_V, in[VALUE].D, heads, Dv, err);
    return status == MOOD_OK ? add_product(layer, TO_OUT, Dv, heads, width, err) : status;
}

static const struct variable *kernel_of(const struct layer *layer, size_t product) {
    return &layer->variables[((const struct multi_head_settings *)layer->settings)->use_bias ? 2 * product : product];
}

static const struct variable *bias_of(const struct layer *layer, size_t product) {
    return ((const struct multi_head_settings *)layer->settings)->use_bias ? &layer->variables[2 * product + 1] : NULL;
}

/* The sizes of a kernel as a matrix [C,F]. */
struct matrix {
    size_t C, F;
};

static struct matrix matrix_of(const struct layer *layer, size_t product) {
    const size_t *dims = kernel_of(layer, product)->dims;
    return product == TO_OUT ? (struct matrix){dims[0] * dims[1], dims[2]}
                             : (struct matrix){dims[0], dims[1] * dims[2]};
}

static mood_status multi_head_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < PRODUCTS && layer->needs_backward && status == MOOD_OK; i++) {
        struct matrix matrix = matrix_of(layer, i);
        status = products_transpose(queue, &kernel_of(layer, i)->value, &layer->derived[i], 1, matrix.C, matrix.F, err);
    }
    return status;
}

static mood_status multi_head_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    const struct multi_head_settings *s = layer->settings;
    size_t Tq = layer->in.T, Tv = layer->input_sizes[VALUE] / matrix_of(layer, TO_V).C;
    size_t keys = s->num_heads * s->key_dim, values = s->num_heads * value_dim(layer);
    size_t value_input = layer->input_sizes[VALUE], weights = Tq * s->num_heads * Tv;
    bool training = work->training, three = layer->source_count > KEY;
    const size_t counts[BUFFERS] = {
        [OUT] = Tq * layer->out.D,
        [WORK_FIRST_D_INPUT + QUERY] = training ? layer->input_sizes[QUERY] : 0,
        [WORK_FIRST_D_INPUT + VALUE] = training ? value_input : 0,
        [WORK_FIRST_D_INPUT + KEY] = training && three ? layer->input_sizes[KEY] : 0,
        [Q] = Tq * keys,
        [K] = Tv * keys,
        [V] = Tv * values,
        [WEIGHTS] = weights,
        [CONTEXT] = Tq * values,
        [DROPPED] = training && s->dropout > 0 ? weights : 0,
        [D_SCORES] = training ? weights : 0,
        [D_Q] = training ? Tq * keys : 0,
        [D_K] = training ? Tv * keys : 0,
        [D_V] = training ? Tv * values : 0,
        [D_CONTEXT] = training ? Tq * values : 0,
        [D_MORE] = training && !three ? value_input : 0,
    };
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < BUFFERS && status == MOOD_OK; i++)
        if (counts[i])
            status = work_allocate(work, queue, work->B, counts[i] * sizeof(float), &work->buffers[i], err);
    return status;
}

/* ---- runs ------------------------------------------------------------------------------------------------------ */

static mood_status multiply(const struct layer *layer, struct queue *queue, size_t product, const struct buffer *x,
                            size_t rows, const struct buffer *y, mood_error *err) {
    struct matrix matrix = matrix_of(layer, product);
    struct products run = {
        .x = x,
        .w = &kernel_of(layer, product)->value,
        .bias = bias_of(layer, product) ? &bias_of(layer, product)->value : NULL,
        .y = y,
        .T_in = 1,
        .T_out = 1,
        .B = rows,
        .C = matrix.C,
        .F = matrix.F,
        .window = PLAIN_PRODUCT,
    };
    return products_run(queue, &run, err);
}

static struct attention attention_of(const struct layer *layer, const struct pass *pass, const struct work *work,
                                     const struct sequence *in) {
    const struct multi_head_settings *s = layer->settings;
    return (struct attention){
        .layer = layer,
        .pass = pass,
        .q_steps = in[QUERY].packing,
        .v_steps = in[VALUE].packing,
        .q = &work->buffers[Q],
        .k = &work->buffers[K],
        .v = &work->buffers[V],
        .heads = s->num_heads,
        .D = s->key_dim,
        .Dv = value_dim(layer),
        .mode = SCORE_DOT,
        .factor = (float)(1 / sqrt((double)s->key_dim)),
        .dropout = s->dropout,
        .weights = &work->buffers[WEIGHTS],
        .dropped = work->training && s->dropout > 0 ? &work->buffers[DROPPED] : NULL,
        .d_scores = &work->buffers[D_SCORES],
    };
}

static mood_status multi_head_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                          const struct sequence *in, mood_error *err) {
    const struct sequence *const inputs[] = {
        [TO_Q] = &in[QUERY], [TO_K] = &in[attention_key(layer)], [TO_V] = &in[VALUE]};
    struct attention attention = attention_of(layer, pass, work, in);
    mood_status status = MOOD_OK;
    work->out = in[QUERY];
    work->out.data = work->buffers[OUT];
    work->out.D = layer->out.D;
    if (in[QUERY].rows == 0) /* all rows are masked */
        return MOOD_OK;
    for (size_t i = TO_Q; i <= TO_V && status == MOOD_OK; i++)
        status = multiply(layer, pass->queue, i, &inputs[i]->data, inputs[i]->rows, &work->buffers[Q + i], err);
    if (status == MOOD_OK)
        status = attention_forward(&attention, &work->buffers[CONTEXT], err);
    return status == MOOD_OK
               ? multiply(layer, pass->queue, TO_OUT, &work->buffers[CONTEXT], in[QUERY].rows, &work->buffers[OUT], err)
               : status;
}

/* Add the gradients of a product's weights, from its input x [rows,C] and the gradient dy [rows,F] of its output. */
static mood_status weights_backward(const struct layer *layer, struct queue *queue, size_t product,
                                    const struct buffer *x, const struct buffer *dy, size_t rows, mood_error *err) {
    struct matrix matrix = matrix_of(layer, product);
    struct weight_products run = {.x = x,
                                  .dz = dy,
                                  .d_w = &kernel_of(layer, product)->gradient,
                                  .T_in = 1,
                                  .T_out = 1,
                                  .B = rows,
                                  .C = matrix.C,
                                  .F = matrix.F,
                                  .window = PLAIN_PRODUCT};
    mood_status status = products_weights(queue, &run, err);
    return status == MOOD_OK && bias_of(layer, product)
               ? layer_add_column_sums(queue, dy, rows, matrix.F, &bias_of(layer, product)->gradient, 0, err)
               : status;
}

/* Compute dx [rows,C], the gradient of a product's input, from dy [rows,F]. */
static mood_status input_backward(const struct layer *layer, struct queue *queue, size_t product,
                                  const struct buffer *dy, size_t rows, const struct buffer *dx, mood_error *err) {
    struct matrix matrix = matrix_of(layer, product);
    struct products run = {.x = dy,
                           .w = &layer->derived[product],
                           .y = dx,
                           .T_in = 1,
                           .T_out = 1,
                           .B = rows,
                           .C = matrix.F,
                           .F = matrix.C,
                           .window = PLAIN_PRODUCT};
    return products_run(queue, &run, err);
}

/* Compute the gradients of the inputs from those of Q, K and V. If the value is also the key, its gradient is the sum
 * of both. */
static mood_status inputs_backward(const struct layer *layer, struct queue *queue, struct work *work,
                                   const struct sequence *in, mood_error *err) {
    const struct buffer *d_inputs = &work->buffers[WORK_FIRST_D_INPUT], *more = &work->buffers[D_MORE];
    bool three = layer->source_count > KEY;
    const struct buffer *const to[] = {
        [TO_Q] = &d_inputs[QUERY], [TO_K] = three ? &d_inputs[KEY] : more, [TO_V] = &d_inputs[VALUE]};
    mood_status status = MOOD_OK;
    for (size_t i = TO_Q; i <= TO_V && status == MOOD_OK; i++)
        status =
            input_backward(layer, queue, i, &work->buffers[D_Q + i], in[i == TO_Q ? QUERY : VALUE].rows, to[i], err);
    return status == MOOD_OK && !three ? layer_add_to(queue, more, to[TO_V], in[VALUE].rows * in[VALUE].D, err)
                                       : status;
}

static mood_status multi_head_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                           const struct sequence *in, const struct buffer *d_out, unsigned want,
                                           mood_error *err) {
    const struct sequence *const inputs[] = {
        [TO_Q] = &in[QUERY], [TO_K] = &in[attention_key(layer)], [TO_V] = &in[VALUE]};
    const struct buffer *buffers = work->buffers;
    struct attention attention = attention_of(layer, pass, work, in);
    struct attention_gradients gradients = {.d_q = &buffers[D_Q], .d_k = &buffers[D_K], .d_v = &buffers[D_V]};
    size_t rows = in[QUERY].rows;
    if (rows == 0)
        return MOOD_OK;
    mood_status status = input_backward(layer, pass->queue, TO_OUT, d_out, rows, &buffers[D_CONTEXT], err);
    if (status == MOOD_OK)
        status = attention_backward(&attention, &buffers[D_CONTEXT], &gradients, err);
    if (status == MOOD_OK && want & WANT_VARIABLES)
        status = weights_backward(layer, pass->queue, TO_OUT, &buffers[CONTEXT], d_out, rows, err);
    for (size_t i = TO_Q; i <= TO_V && want & WANT_VARIABLES && status == MOOD_OK; i++)
        status = weights_backward(layer, pass->queue, i, &inputs[i]->data, &buffers[D_Q + i], inputs[i]->rows, err);
    return status == MOOD_OK && want & WANT_INPUT ? inputs_backward(layer, pass->queue, work, in, err) : status;
}

static const struct multi_head_settings defaults = {
    .use_bias = true, .kernel = WEIGHT(INITIALIZER_GLOROT_UNIFORM), .bias = WEIGHT(INITIALIZER_ZEROS)};

#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct multi_head_settings, key), NULL }
static const struct field fields[] = {
    FIELD(num_heads, FIELD_SIZE),
    FIELD(key_dim, FIELD_SIZE),
    FIELD(value_dim, FIELD_OPTIONAL_SIZE),
    FIELD(dropout, FIELD_FLOAT),
    FIELD(use_bias, FIELD_BOOL),
    FIELD(output_shape, FIELD_INTEGERS),
    FIELD(attention_axes, FIELD_INTEGERS),
    WEIGHT_FIELDS("kernel", struct multi_head_settings, kernel),
    WEIGHT_FIELDS("bias", struct multi_head_settings, bias),
};

/* Keras also computes outputs of masked steps, from masked values. mood skips masked steps, so a layer that does not
 * use the mask cannot follow (LOSES_MASKED_STEPS). */
extern const struct layer_type multi_head_attention_type;
const struct layer_type multi_head_attention_type = {
    .class_name = "MultiHeadAttention",
    .base_name = "multi_head_attention",
    .settings_size = sizeof(struct multi_head_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = MERGES | NEEDS_ALL_STEPS | USES_MASK | USES_MASKED_STEPS | LOSES_MASKED_STEPS | SEPARATE_INPUTS,
    .more_traits = multi_head_more_traits,
    .width = multi_head_width,
    .check = multi_head_check,
    .build = multi_head_build,
    .prepare = multi_head_prepare,
    .plan = multi_head_plan,
    .forward = multi_head_run_forward,
    .backward = multi_head_run_backward,
};
