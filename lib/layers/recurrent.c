/* GRU and SimpleRNN: the products of x for all steps, then for each step the product of the state and the cell
 * (kernels/recurrent.cl). */
#include <string.h>

#include "base/errors.h"
#include "layers/activation.h"
#include "layers/layer.h"
#include "layers/products.h"

enum { KERNEL, RECURRENT, BIAS };
enum { KERNEL_T, RECURRENT_T }; /* derived, for backward */
enum { /* rows are packed (struct packing) */
    H,         /* return_sequences: [rows,H] */
    X_GATES,   /* [rows,G*H] */
    H_GATES,   /* training: [rows,G*H]; else one step [B,G*H] */
    LATEST,     /* [B,H]: zero before a row's first step; the output without return_sequences */
    BEFORE,    /* training: the state before each step [rows,H] */
    D_DIRECT,  /* training: the gradient of the state [B,H], but for the product */
    D_PRODUCT, /* training: [B,H] */
    REVERSED,  /* go_backwards: x in the order of processing [rows,E] */
    DROPPED,   /* training with dropout: x after it [rows,E] */
};

struct recurrent_settings {
    size_t units;
    mood_activation activation, recurrent_activation;
    bool use_bias, return_sequences, go_backwards, reset_after, zero_output_for_mask;
    struct initializer kernel_initializer, recurrent_initializer, bias_initializer;
    struct regularizer kernel_regularizer, recurrent_regularizer, bias_regularizer;
    float dropout, recurrent_dropout; /* the latter has an effect only in training, which is refused */
};

extern const struct layer_type gru_type, simple_rnn_type;

static bool is_gru(const struct layer *layer) {
    return layer->type == &gru_type;
}

static size_t gates_of(const struct layer *layer) {
    return is_gru(layer) ? 3 : 1;
}

/* ---- settings and shapes --------------------------------------------------------------------------- */

static mood_status recurrent_check(struct layer *layer, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    const char *name = layer_label(layer);
    if (!(s->dropout >= 0 && s->dropout < 1 && s->recurrent_dropout >= 0 && s->recurrent_dropout < 1))
        return broken(err, "layer %s: dropout is %g and recurrent_dropout %g; they must be 0 to below 1", name,
                      (double)s->dropout, (double)s->recurrent_dropout);
    if (!is_gru(layer))
        return s->activation == MOOD_SOFTMAX
                   ? unsupported(err, "layer %s: a SimpleRNN's activation can't be softmax", name)
                   : MOOD_OK;
    if (s->activation != MOOD_TANH || s->recurrent_activation != MOOD_SIGMOID)
        return unsupported(err, "layer %s: a GRU's activation can only be tanh, its recurrent_activation sigmoid",
                           name);
    if (!s->reset_after)
        return unsupported(err, "layer %s: this version has the GRU with reset_after=True only", name);
    return MOOD_OK;
}

static unsigned recurrent_more_traits(const struct layer *layer) {
    return ((const struct recurrent_settings *)layer->settings)->dropout > 0 ? ROW_RANDOM : 0;
}

static const char *recurrent_untrainable(const struct layer *layer) {
    return ((const struct recurrent_settings *)layer->settings)->recurrent_dropout != 0 ? "recurrent_dropout" : NULL;
}

static size_t recurrent_width(const struct layer *layer, size_t in) {
    (void)in;
    return ((const struct recurrent_settings *)layer->settings)->units;
}

/* A GRU's bias has a row for x and one for the state. */
static mood_status add_bias(struct layer *layer, size_t width, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    return is_gru(layer)
               ? layer_add_variable(layer, "bias", DIMS(2, width), &s->bias_initializer, &s->bias_regularizer, err)
               : layer_add_variable(layer, "bias", DIMS(width), &s->bias_initializer, &s->bias_regularizer, err);
}

static mood_status recurrent_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    size_t units = s->units, width = gates_of(layer) * units;
    if (in->kind != SHAPE_SEQUENCE)
        return layer_needs_sequence(layer, in, err);
    if (units > LAYER_LARGEST_VARIABLE / 4)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: %zu units are too many", layer->name,
                              units);
    layer->out = s->return_sequences ? (struct shape){SHAPE_SEQUENCE, in->T, units}
                                     : (struct shape){SHAPE_VECTOR, 1, units};
    mood_status status =
        layer_add_variable(layer, "kernel", DIMS(in->D, width), &s->kernel_initializer, &s->kernel_regularizer, err);
    if (status == MOOD_OK)
        status = layer_add_variable(layer, "recurrent_kernel", DIMS(units, width), &s->recurrent_initializer,
                                    &s->recurrent_regularizer, err);
    if (status == MOOD_OK && s->use_bias)
        status = add_bias(layer, width, err);
    for (size_t i = 0; i < layer->variable_count; i++)
        strcpy(layer->variables[i].path, "cell");
    return status;
}

static bool has_bias(const struct layer *layer) {
    return layer->variable_count > BIAS;
}

static mood_status recurrent_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    const struct variable *kernel = &layer->variables[KERNEL], *recurrent = &layer->variables[RECURRENT];
    if (!layer->needs_backward)
        return MOOD_OK;
    mood_status status =
        products_transpose(queue, &kernel->value, &layer->derived[KERNEL_T], 1, kernel->dims[0], kernel->dims[1], err);
    return status == MOOD_OK ? products_transpose(queue, &recurrent->value, &layer->derived[RECURRENT_T], 1,
                                                  recurrent->dims[0], recurrent->dims[1], err)
                             : status;
}

static mood_status recurrent_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    size_t B = work->B, all = B * layer->in.T, row = s->units * sizeof(float), gates = gates_of(layer) * row;
    size_t input = layer->in.D * sizeof(float);
    bool training = work->training;
    const struct {
        size_t count, size;
    } buffers[] = {
        [H] = {s->return_sequences ? all : 0, row},
        [X_GATES] = {all, gates},
        [H_GATES] = {training ? all : B, gates},
        [LATEST] = {B, row},
        [BEFORE] = {training ? all : 0, row},
        [D_DIRECT] = {training ? B : 0, row},
        [D_PRODUCT] = {training ? B : 0, row},
        [REVERSED] = {s->go_backwards ? all : 0, input},
        [DROPPED] = {training && s->dropout > 0 ? all : 0, input},
    };
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers && status == MOOD_OK; i++)
        if (buffers[i].count)
            status = work_allocate(work, queue, buffers[i].count, buffers[i].size, &work->buffers[i], err);
    return status == MOOD_OK && training ? work_allocate(work, queue, all, input, &work->d_in, err) : status;
}

/* ---- one run ----------------------------------------------------------------------------------------- */

struct run {
    const struct layer *layer;
    const struct pass *pass;
    struct work *work;
    const struct packing *packing;
    const struct buffer *x; /* after dropout, in the order of processing */
    size_t rows, E, units, width;
};

/* The place of step t in X_GATES, and in H_GATES. */
static size_t x_gates_at(const struct run *run, size_t t) {
    return (size_t)run->packing->at[t] * run->width;
}

static size_t h_gates_at(const struct run *run, size_t t) {
    return run->work->training ? x_gates_at(run, t) : 0;
}

static size_t h_at(const struct run *run, size_t t) {
    return (size_t)run->packing->at[t] * run->units;
}

/* NULL if it was not planned. */
static const struct buffer *planned(const struct run *run, size_t buffer) {
    return run->work->buffers[buffer].memory ? &run->work->buffers[buffer] : NULL;
}

static struct run run_of(const struct layer *layer, const struct pass *pass, struct work *work,
                         const struct sequence *in) {
    const struct recurrent_settings *s = layer->settings;
    const struct buffer *buffers = work->buffers;
    return (struct run){
        .layer = layer,
        .pass = pass,
        .work = work,
        .x = s->go_backwards                    ? &buffers[REVERSED]
             : work->training && s->dropout > 0 ? &buffers[DROPPED]
                                                : &in->data,
        .packing = in->packing,
        .rows = in->rows,
        .E = layer->in.D,
        .units = s->units,
        .width = gates_of(layer) * s->units,
    };
}

static mood_status make_input(const struct run *run, const struct sequence *in, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    const struct buffer *x = &in->data, *buffers = run->work->buffers;
    mood_status status = MOOD_OK;
    if (run->work->training && s->dropout > 0) {
        status =
            layer_dropout(run->layer, run->pass, x, &buffers[DROPPED], run->packing, run->E, s->dropout, true, err);
        x = &buffers[DROPPED];
    }
    if (status == MOOD_OK && s->go_backwards)
        status = layer_reverse_steps(run->pass->queue, x, &buffers[REVERSED], run->packing, run->E, err);
    return status;
}

/* ---- forward ------------------------------------------------------------------------------------------- */

static mood_status input_products(const struct run *run, mood_error *err) {
    struct products products = {
        .x = run->x,
        .w = &run->layer->variables[KERNEL].value,
        .bias = has_bias(run->layer) ? &run->layer->variables[BIAS].value : NULL,
        .y = &run->work->buffers[X_GATES],
        .T_in = 1,
        .T_out = 1,
        .B = run->rows,
        .C = run->E,
        .F = run->width,
        .window = PLAIN_PRODUCT,
    };
    return products_run(run->pass->queue, &products, err);
}

static mood_status state_products(const struct run *run, size_t t, mood_error *err) {
    struct products products = {
        .x = &run->work->buffers[LATEST],
        .w = &run->layer->variables[RECURRENT].value,
        .bias = is_gru(run->layer) && has_bias(run->layer) ? &run->layer->variables[BIAS].value : NULL,
        .bias_offset = run->width,
        .y = &run->work->buffers[H_GATES],
        .y_offset = h_gates_at(run, t),
        .T_in = 1,
        .T_out = 1,
        .B = packing_rows(run->packing, t),
        .C = run->units,
        .F = run->width,
        .window = PLAIN_PRODUCT,
    };
    return products_run(run->pass->queue, &products, err);
}

static mood_status cell_forward(const struct run *run, size_t t, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    const struct buffer *buffers = run->work->buffers;
    size_t n = packing_rows(run->packing, t);
    struct launch launch;
    mood_status status =
        launch_begin(run->pass->queue, is_gru(run->layer) ? "gru_forward" : "simple_rnn_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &buffers[X_GATES]);
    launch_int(&launch, x_gates_at(run, t));
    launch_buffer(&launch, &buffers[H_GATES]);
    launch_int(&launch, h_gates_at(run, t));
    launch_buffer(&launch, &buffers[LATEST]);
    launch_buffer(&launch, planned(run, H));
    launch_buffer(&launch, planned(run, BEFORE));
    launch_int(&launch, h_at(run, t));
    launch_int(&launch, n);
    launch_int(&launch, run->units);
    if (!is_gru(run->layer))
        launch_int(&launch, s->activation);
    return launch_run(&launch, n * run->units, 64, err);
}

static mood_status recurrent_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                         const struct sequence *in, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    struct run run = run_of(layer, pass, work, in);
    mood_status status = make_input(&run, in, err);
    if (status == MOOD_OK)
        status = input_products(&run, err);
    if (status == MOOD_OK)
        status = queue_zero(pass->queue, &work->buffers[LATEST], err);
    for (size_t t = 0; t < run.packing->T && status == MOOD_OK; t++) {
        status = state_products(&run, t, err);
        if (status == MOOD_OK)
            status = cell_forward(&run, t, err);
    }
    work->out = s->return_sequences
                    ? (struct sequence){.data = work->buffers[H], .rows = in->rows, .D = s->units, .packing = in->packing}
                    : (struct sequence){.data = work->buffers[LATEST], .rows = in->packing->B, .D = s->units};
    return status;
}

/* ---- backward ------------------------------------------------------------------------------------------ */

static mood_status cell_backward(const struct run *run, const struct buffer *d_out, size_t t, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    const struct buffer *buffers = run->work->buffers;
    size_t n = packing_rows(run->packing, t);
    bool from_above = s->return_sequences || t + 1 == run->packing->T;
    struct launch launch;
    mood_status status =
        launch_begin(run->pass->queue, is_gru(run->layer) ? "gru_backward" : "simple_rnn_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, from_above ? d_out : NULL);
    launch_int(&launch, s->return_sequences ? h_at(run, t) : 0);
    launch_buffer(&launch, &buffers[D_DIRECT]);
    launch_buffer(&launch, &buffers[D_PRODUCT]);
    launch_buffer(&launch, &buffers[X_GATES]);
    launch_int(&launch, x_gates_at(run, t));
    launch_buffer(&launch, &buffers[H_GATES]);
    launch_int(&launch, h_gates_at(run, t));
    if (is_gru(run->layer)) {
        launch_buffer(&launch, &buffers[BEFORE]);
        launch_int(&launch, h_at(run, t));
    }
    launch_int(&launch, n);
    launch_int(&launch, run->units);
    if (!is_gru(run->layer))
        launch_int(&launch, s->activation);
    return launch_run(&launch, n * run->units, 64, err);
}

static mood_status state_gradient(const struct run *run, size_t t, mood_error *err) {
    struct products products = {
        .x = &run->work->buffers[H_GATES],
        .x_offset = h_gates_at(run, t),
        .w = &run->layer->derived[RECURRENT_T],
        .y = &run->work->buffers[D_PRODUCT],
        .T_in = 1,
        .T_out = 1,
        .B = packing_rows(run->packing, t),
        .C = run->width,
        .F = run->units,
        .window = PLAIN_PRODUCT,
    };
    return products_run(run->pass->queue, &products, err);
}

static mood_status steps_backward(const struct run *run, const struct buffer *d_out, mood_error *err) {
    mood_status status = queue_zero(run->pass->queue, &run->work->buffers[D_DIRECT], err);
    if (status == MOOD_OK)
        status = queue_zero(run->pass->queue, &run->work->buffers[D_PRODUCT], err);
    for (size_t t = run->packing->T; t-- > 0 && status == MOOD_OK;) {
        status = cell_backward(run, d_out, t, err);
        if (status == MOOD_OK && t > 0)
            status = state_gradient(run, t, err);
    }
    return status;
}

static mood_status weights_backward(const struct run *run, mood_error *err) {
    const struct variable *variables = run->layer->variables;
    const struct buffer *buffers = run->work->buffers;
    struct queue *queue = run->pass->queue;
    struct weight_products of_x = {
        run->x, &buffers[X_GATES], &variables[KERNEL].gradient, 1, 1, run->rows, run->E, run->width, PLAIN_PRODUCT};
    struct weight_products of_h = {&buffers[BEFORE], &buffers[H_GATES], &variables[RECURRENT].gradient, 1, 1,
                                   run->rows,        run->units,        run->width,                     PLAIN_PRODUCT};
    mood_status status = products_weights(queue, &of_x, err);
    if (status == MOOD_OK)
        status = products_weights(queue, &of_h, err);
    if (status != MOOD_OK || !has_bias(run->layer))
        return status;
    status =
        layer_add_column_sums(queue, &buffers[X_GATES], run->rows, run->width, &variables[BIAS].gradient, 0, err);
    if (status == MOOD_OK && is_gru(run->layer))
        status = layer_add_column_sums(queue, &buffers[H_GATES], run->rows, run->width, &variables[BIAS].gradient,
                                       run->width, err);
    return status;
}

/* To work->d_in, back in the order of x and through its dropout. REVERSED is not needed any more. */
static mood_status input_backward(const struct run *run, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    struct work *work = run->work;
    struct products products = {
        .x = &work->buffers[X_GATES],
        .w = &run->layer->derived[KERNEL_T],
        .y = s->go_backwards ? &work->buffers[REVERSED] : &work->d_in,
        .T_in = 1,
        .T_out = 1,
        .B = run->rows,
        .C = run->width,
        .F = run->E,
        .window = PLAIN_PRODUCT,
    };
    mood_status status = products_run(run->pass->queue, &products, err);
    if (status == MOOD_OK && s->go_backwards)
        status =
            layer_reverse_steps(run->pass->queue, &work->buffers[REVERSED], &work->d_in, run->packing, run->E, err);
    if (status == MOOD_OK && s->dropout > 0)
        status = layer_dropout(run->layer, run->pass, &work->d_in, &work->d_in, run->packing, run->E, s->dropout, true,
                               err);
    return status;
}

static mood_status recurrent_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                          const struct sequence *in, const struct buffer *d_out, unsigned want,
                                          mood_error *err) {
    struct run run = run_of(layer, pass, work, in);
    mood_status status = steps_backward(&run, d_out, err);
    if (status == MOOD_OK && want & WANT_VARIABLES)
        status = weights_backward(&run, err);
    return status == MOOD_OK && want & WANT_INPUT ? input_backward(&run, err) : status;
}

/* ---- the types ------------------------------------------------------------------------------------------- */

static const struct recurrent_settings defaults = {
    .activation = MOOD_TANH,
    .recurrent_activation = MOOD_SIGMOID,
    .use_bias = true,
    .reset_after = true,
    .kernel_initializer = INITIALIZER(INITIALIZER_GLOROT_UNIFORM),
    .recurrent_initializer = INITIALIZER(INITIALIZER_ORTHOGONAL),
    .bias_initializer = INITIALIZER(INITIALIZER_ZEROS),
};

#define AT(member) offsetof(struct recurrent_settings, member)
#define COMMON_FIELDS                                                                                                  \
    {"use_bias", FIELD_BOOL, AT(use_bias), NULL},                                                                      \
        {"kernel_initializer", FIELD_INITIALIZER, AT(kernel_initializer), NULL},                                       \
        {"recurrent_initializer", FIELD_INITIALIZER, AT(recurrent_initializer), NULL},                                 \
        {"bias_initializer", FIELD_INITIALIZER, AT(bias_initializer), NULL},                                           \
        {"kernel_regularizer", FIELD_REGULARIZER, AT(kernel_regularizer), NULL},                                       \
        {"recurrent_regularizer", FIELD_REGULARIZER, AT(recurrent_regularizer), NULL},                                 \
        {"bias_regularizer", FIELD_REGULARIZER, AT(bias_regularizer), NULL},                                           \
        {"dropout", FIELD_FLOAT, AT(dropout), NULL}, {"recurrent_dropout", FIELD_FLOAT, AT(recurrent_dropout), NULL},  \
        {"return_sequences", FIELD_BOOL, AT(return_sequences), NULL},                                                  \
        {"go_backwards", FIELD_BOOL, AT(go_backwards), NULL}, {                                                        \
        "zero_output_for_mask", FIELD_BOOL, AT(zero_output_for_mask), NULL                                             \
    }

static const struct field gru_fields[] = {
    {"units", FIELD_SIZE, AT(units), NULL},
    {"activation", FIELD_ACTIVATION, AT(activation), NULL},
    {"recurrent_activation", FIELD_ACTIVATION, AT(recurrent_activation), NULL},
    COMMON_FIELDS,
    {"reset_after", FIELD_BOOL, AT(reset_after), NULL},
};
static const struct field simple_rnn_fields[] = {
    {"units", FIELD_SIZE, AT(units), NULL},
    {"activation", FIELD_ACTIVATION, AT(activation), NULL},
    COMMON_FIELDS,
};

#define RECURRENT_TYPE(class, base, its_fields)                                                                        \
    {                                                                                                                  \
        .class_name = class, .base_name = base, .settings_size = sizeof(struct recurrent_settings),                    \
        .defaults = &defaults, .fields = its_fields, .field_count = sizeof its_fields / sizeof *its_fields,            \
        .traits = NEEDS_ALL_STEPS | USES_MASK, .more_traits = recurrent_more_traits, .width = recurrent_width,                     \
        .untrainable = recurrent_untrainable, .check = recurrent_check, .build = recurrent_build,                      \
        .prepare = recurrent_prepare, .plan = recurrent_plan, .forward = recurrent_run_forward,                        \
        .backward = recurrent_run_backward                                                                             \
    }

const struct layer_type gru_type = RECURRENT_TYPE("GRU", "gru", gru_fields);
const struct layer_type simple_rnn_type = RECURRENT_TYPE("SimpleRNN", "simple_rnn", simple_rnn_fields);
