/* Recurrent layers step by step: settings, buffers and the forward pass; see recurrent.h. */
#include <string.h>

#include "base/errors.h"
#include "layers/activation.h"
#include "layers/recurrent.h"

extern const struct layer_type lstm_type, gru_type, simple_rnn_type;

static const struct cell cells[] = {
    {&simple_rnn_type, 1, false, "simple_rnn_forward", "simple_rnn_backward"},
    {&gru_type, 3, false, "gru_forward", "gru_backward"},
    {&lstm_type, 4, true, "lstm_forward", "lstm_backward"},
};

const struct cell *recurrent_cell(const struct layer *layer) {
    const struct cell *cell = cells;
    while (cell->type != layer->type)
        cell++;
    return cell;
}

static bool is_gru(const struct layer *layer) {
    return layer->type == &gru_type;
}

static bool resets_after(const struct layer *layer) {
    const struct recurrent_settings *s = layer->settings;
    return is_gru(layer) && s->reset_after;
}

bool recurrent_resets_before(const struct layer *layer) {
    return is_gru(layer) && !resets_after(layer);
}

/* ---- settings and shapes --------------------------------------------------------------------------- */

static mood_status check_activation(const struct layer *layer, const char *key, enum activation activation,
                                    mood_error *err) {
    if (!activation_is_of_row(activation))
        return MOOD_OK;
    return unsupported(err, "layer %s: its %s can't be %s; this version knows the activations of single numbers",
                       layer_label(layer), key, activation_name(activation));
}

mood_status recurrent_check(struct layer *layer, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    if (!(s->dropout >= 0 && s->dropout < 1 && s->recurrent_dropout >= 0 && s->recurrent_dropout < 1))
        return broken(err, "layer %s: dropout is %g and recurrent_dropout %g; they must be 0 to below 1",
                      layer_label(layer), (double)s->dropout, (double)s->recurrent_dropout);
    mood_status status = check_activation(layer, "activation", s->activation, err);
    return status == MOOD_OK ? check_activation(layer, "recurrent_activation", s->recurrent_activation, err) : status;
}

unsigned recurrent_more_traits(const struct layer *layer) {
    const struct recurrent_settings *s = layer->settings;
    return (s->dropout > 0 || s->recurrent_dropout > 0 ? ROW_RANDOM : 0) | (s->go_backwards ? NEEDS_ALL_STEPS : 0);
}

size_t recurrent_width(const struct layer *layer, size_t in) {
    (void)in;
    return ((const struct recurrent_settings *)layer->settings)->units;
}

/* The bias [G*H]. For a GRU with reset_after [2,G*H]: row 0 is of x, row 1 of the state. */
static mood_status add_bias(struct layer *layer, size_t width, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    mood_status status = resets_after(layer) ? layer_add_variable(layer, "bias", DIMS(2, width), &s->bias, err)
                                             : layer_add_variable(layer, "bias", DIMS(width), &s->bias, err);
    layer->variables[RECURRENT_BIAS].unit_forget_bias = s->unit_forget_bias;
    return status;
}

mood_status recurrent_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    size_t units = s->units, width = recurrent_cell(layer)->gates * units;
    if (in->kind != SHAPE_SEQUENCE)
        return layer_needs_sequence(layer, in, err);
    if (units > LAYER_LARGEST_VARIABLE / 4)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "layer %s: %zu units are too many", layer->name,
                              units);
    layer->out = s->return_sequences ? (struct shape){SHAPE_SEQUENCE, in->T, units}
                                     : (struct shape){SHAPE_VECTOR, 1, units};
    mood_status status = layer_add_variable(layer, "kernel", DIMS(in->D, width), &s->kernel, err);
    if (status == MOOD_OK)
        status = layer_add_variable(layer, "recurrent_kernel", DIMS(units, width), &s->recurrent, err);
    if (status == MOOD_OK && s->use_bias)
        status = add_bias(layer, width, err);
    for (size_t i = 0; i < layer->variable_count; i++)
        strcpy(layer->variables[i].path, "cell");
    return status;
}

static mood_status transpose(struct layer *layer, struct queue *queue, size_t variable, size_t derived,
                             mood_error *err) {
    const struct variable *matrix = &layer->variables[variable];
    return products_transpose(queue, &matrix->value, &layer->derived[derived], 1, matrix->dims[0], matrix->dims[1],
                              err);
}

mood_status recurrent_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    if (!layer->needs_backward)
        return MOOD_OK;
    mood_status status = transpose(layer, queue, RECURRENT_KERNEL, RECURRENT_KERNEL_T, err);
    return status == MOOD_OK ? transpose(layer, queue, RECURRENT_RECURRENT, RECURRENT_RECURRENT_T, err) : status;
}

mood_status recurrent_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    size_t B = work->B, all = B * layer->in.T, row = s->units * sizeof(float);
    size_t gates = recurrent_cell(layer)->gates * row, input = layer->in.D * sizeof(float);
    bool training = work->training, has_c = recurrent_cell(layer)->has_c, resets = recurrent_resets_before(layer);
    size_t kept = training ? all : B;
    const struct {
        size_t count, size;
    } buffers[] = {
        [RECURRENT_H] = {s->return_sequences || work->is_shared_padding ? all : 0, row},
        [RECURRENT_X_GATES] = {all, gates},
        [RECURRENT_H_GATES] = {kept, gates},
        [RECURRENT_LATEST] = {B, row},
        [RECURRENT_BEFORE] = {training ? all : 0, row},
        [RECURRENT_D_DIRECT] = {training ? B : 0, row},
        [RECURRENT_D_PRODUCT] = {training ? B : 0, row},
        [RECURRENT_C] = {has_c ? B : 0, row},
        [RECURRENT_C_BEFORE] = {has_c && training ? all : 0, row},
        [RECURRENT_RESET] = {resets ? kept : 0, row},
        [RECURRENT_RESET_GATES] = {resets ? kept : 0, gates},
        [RECURRENT_D_RESET] = {resets && training ? B : 0, row},
        [RECURRENT_REVERSED] = {s->go_backwards ? all : 0, input},
        [RECURRENT_DROPPED] = {training && s->dropout > 0 ? all : 0, input},
        [RECURRENT_MASKED] = {training && s->recurrent_dropout > 0 ? all : 0, row},
    };
    mood_status status = MOOD_OK;
    _Static_assert(sizeof buffers / sizeof *buffers <= WORK_MAX_BUFFERS, "each has its place in a work");
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers && status == MOOD_OK; i++)
        if (buffers[i].count)
            status = work_allocate(work, queue, buffers[i].count, buffers[i].size, &work->buffers[i], err);
    return status == MOOD_OK && training ? work_allocate(work, queue, all, input, &work->d_in, err) : status;
}

/* ---- one run ----------------------------------------------------------------------------------------- */

size_t run_step_at(const struct run *run, size_t t, size_t width) {
    return (size_t)run->packing->at[t] * width;
}

size_t run_kept_at(const struct run *run, size_t t, size_t width) {
    return run->work->training ? run_step_at(run, t, width) : 0;
}

bool run_has_bias(const struct run *run) {
    return run->layer->variable_count > RECURRENT_BIAS;
}

const struct buffer *run_planned(const struct run *run, size_t buffer) {
    return run->work->buffers[buffer].memory ? &run->work->buffers[buffer] : NULL;
}

bool run_drops_state(const struct run *run) {
    return run->work->training && ((const struct recurrent_settings *)run->layer->settings)->recurrent_dropout > 0;
}

size_t run_h_parts(const struct run *run) {
    return run_drops_state(run) ? run->cell->gates : 1;
}

/* As in Keras, x has separate masks only with recurrent_dropout, which selects "implementation 1". */
size_t run_x_parts(const struct run *run) {
    const struct recurrent_settings *s = run->layer->settings;
    return s->dropout > 0 ? run_h_parts(run) : 1;
}

size_t run_part_width(const struct run *run, size_t parts) {
    return run->width / parts;
}

/* Streams of random numbers: 0, 1 … for the masks of x; from here on for those of the state. */
#define FIRST_STATE_STREAM 8

mood_status run_drop_state(const struct run *run, size_t gate, const struct buffer *x, const struct buffer *y,
                           size_t rows, const struct packing *packing, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    struct dropout dropout = {.rate = s->recurrent_dropout,
                              .stream = FIRST_STATE_STREAM + (unsigned)gate,
                              .packing = packing,
                              .rows = rows,
                              .D = run->units,
                              .shared_by_steps = true};
    return layer_dropout(run->layer, run->pass, &dropout, x, y, err);
}

mood_status run_drop_input(const struct run *run, size_t gate, const struct buffer *x, const struct buffer *y,
                           mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    struct dropout dropout = {.rate = s->dropout,
                              .stream = (unsigned)gate,
                              .packing = run->packing,
                              .rows = run->rows,
                              .D = run->E,
                              .shared_by_steps = true};
    return layer_dropout(run->layer, run->pass, &dropout, x, y, err);
}

struct run recurrent_run(const struct layer *layer, const struct pass *pass, struct work *work,
                         const struct sequence *in) {
    const struct recurrent_settings *s = layer->settings;
    const struct buffer *buffers = work->buffers;
    return (struct run){
        .layer = layer,
        .cell = recurrent_cell(layer),
        .pass = pass,
        .work = work,
        .x = s->go_backwards                    ? &buffers[RECURRENT_REVERSED]
             : work->training && s->dropout > 0 ? &buffers[RECURRENT_DROPPED]
                                                : &in->data,
        .packing = in->packing,
        .rows = in->rows,
        .E = layer->in.D,
        .units = s->units,
        .width = recurrent_cell(layer)->gates * s->units,
    };
}

mood_status run_cell(const struct run *run, struct launch *launch, size_t t, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    size_t n = packing_rows(run->packing, t);
    launch_int(launch, n);
    launch_int(launch, run->units);
    launch_int(launch, s->activation);
    launch_int(launch, s->recurrent_activation);
    return launch_run(launch, n * run->units, 64, err);
}

/* ---- forward ------------------------------------------------------------------------------------------- */

mood_status run_make_input(const struct run *run, size_t gate, const struct sequence *in, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    const struct buffer *x = &in->data, *buffers = run->work->buffers;
    mood_status status = MOOD_OK;
    if (run->work->training && s->dropout > 0) {
        status = run_drop_input(run, gate, x, &buffers[RECURRENT_DROPPED], err);
        x = &buffers[RECURRENT_DROPPED];
    }
    if (status == MOOD_OK && s->go_backwards)
        status = layer_reverse_steps(run->pass->queue, x, &buffers[RECURRENT_REVERSED], run->packing, run->E, err);
    return status;
}

static mood_status input_products(const struct run *run, size_t gate, mood_error *err) {
    size_t F = run_part_width(run, run_x_parts(run));
    struct products products = {
        .x = run->x,
        .w = &run->layer->variables[RECURRENT_KERNEL].value,
        .w_offset = gate * F,
        .w_stride = run->width,
        .bias = run_has_bias(run) ? &run->layer->variables[RECURRENT_BIAS].value : NULL,
        .bias_offset = gate * F,
        .y = &run->work->buffers[RECURRENT_X_GATES],
        .y_offset = gate * F,
        .y_stride = run->width,
        .T_in = 1,
        .T_out = 1,
        .B = run->rows,
        .C = run->E,
        .F = F,
        .window = PLAIN_PRODUCT,
    };
    return products_run(run->pass->queue, &products, err);
}

static mood_status input_forward(const struct run *run, const struct sequence *in, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t gate = 0; gate < run_x_parts(run) && status == MOOD_OK; gate++) {
        status = run_make_input(run, gate, in, err);
        if (status == MOOD_OK)
            status = input_products(run, gate, err);
    }
    return status;
}

/* Compute product number `gate` of `parts` at step t, into y at step t. x [n,H] begins at offset x_at [floats] of its
 * buffer. */
static mood_status recurrent_products(const struct run *run, size_t t, size_t gate, size_t parts, size_t x, size_t x_at,
                                      size_t y, mood_error *err) {
    bool biased = resets_after(run->layer) && run_has_bias(run);
    size_t F = run_part_width(run, parts);
    struct products products = {
        .x = &run->work->buffers[x],
        .x_offset = x_at,
        .w = &run->layer->variables[RECURRENT_RECURRENT].value,
        .w_offset = gate * F,
        .w_stride = run->width,
        .bias = biased ? &run->layer->variables[RECURRENT_BIAS].value : NULL,
        .bias_offset = run->width + gate * F,
        .y = &run->work->buffers[y],
        .y_offset = run_kept_at(run, t, run->width) + gate * F,
        .y_stride = run->width,
        .T_in = 1,
        .T_out = 1,
        .B = packing_rows(run->packing, t),
        .C = run->units,
        .F = F,
        .window = PLAIN_PRODUCT,
    };
    return products_run(run->pass->queue, &products, err);
}

/* Compute RECURRENT_H_GATES. Afterwards RECURRENT_MASKED has the state after the mask of the last gate. */
static mood_status state_products(const struct run *run, size_t t, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    size_t parts = run_h_parts(run), rows = packing_rows(run->packing, t);
    mood_status status = MOOD_OK;
    if (!run_drops_state(run))
        return recurrent_products(run, t, 0, 1, RECURRENT_LATEST, 0, RECURRENT_H_GATES, err);
    for (size_t gate = 0; gate < parts && status == MOOD_OK; gate++) {
        status = run_drop_state(run, gate, &buffers[RECURRENT_LATEST], &buffers[RECURRENT_MASKED], rows, NULL, err);
        if (status == MOOD_OK)
            status = recurrent_products(run, t, gate, parts, RECURRENT_MASKED, 0, RECURRENT_H_GATES, err);
    }
    return status;
}

/* Compute RECURRENT_RESET_GATES, for a GRU without reset_after. */
static mood_status reset_products(const struct run *run, size_t t, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    size_t at = run_kept_at(run, t, run->units);
    struct launch launch;
    mood_status status = launch_begin(run->pass->queue, "gru_reset_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &buffers[RECURRENT_X_GATES]);
    launch_int(&launch, run_step_at(run, t, run->width));
    launch_buffer(&launch, &buffers[RECURRENT_H_GATES]);
    launch_int(&launch, run_kept_at(run, t, run->width));
    launch_buffer(&launch, &buffers[run_drops_state(run) ? RECURRENT_MASKED : RECURRENT_LATEST]);
    launch_buffer(&launch, &buffers[RECURRENT_RESET]);
    launch_int(&launch, at);
    status = run_cell(run, &launch, t, err);
    return status == MOOD_OK ? recurrent_products(run, t, 0, 1, RECURRENT_RESET, at, RECURRENT_RESET_GATES, err)
                             : status;
}

static mood_status cell_forward(const struct run *run, size_t t, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    struct launch launch;
    mood_status status = launch_begin(run->pass->queue, run->cell->forward, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &buffers[RECURRENT_X_GATES]);
    launch_int(&launch, run_step_at(run, t, run->width));
    launch_buffer(&launch, &buffers[RECURRENT_H_GATES]);
    launch_buffer(&launch, run_planned(run, RECURRENT_RESET_GATES));
    launch_int(&launch, run_kept_at(run, t, run->width));
    launch_buffer(&launch, &buffers[RECURRENT_LATEST]);
    launch_buffer(&launch, run_planned(run, RECURRENT_C));
    launch_buffer(&launch, run_planned(run, RECURRENT_H));
    launch_buffer(&launch, run_planned(run, RECURRENT_BEFORE));
    launch_buffer(&launch, run_planned(run, RECURRENT_C_BEFORE));
    launch_int(&launch, run_step_at(run, t, run->units));
    return run_cell(run, &launch, t, err);
}

static mood_status clear_state(const struct run *run, mood_error *err) {
    mood_status status = queue_zero(run->pass->queue, &run->work->buffers[RECURRENT_LATEST], err);
    return status == MOOD_OK && run->cell->has_c ? queue_zero(run->pass->queue, &run->work->buffers[RECURRENT_C], err)
                                                 : status;
}

/* Set the initial state of the rows that begin at step t: the shared padding's state after step t-1. */
static mood_status begin_rows(const struct run *run, size_t t, mood_error *err) {
    const struct work *shared_padding = run->work->shared_padding;
    size_t first = t ? packing_rows(run->packing, t - 1) : 0, end = packing_rows(run->packing, t);
    struct launch launch;
    if (!shared_padding || t == 0 || first == end)
        return MOOD_OK;
    mood_status status = launch_begin(run->pass->queue, "recurrent_initial_state", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &shared_padding->buffers[RECURRENT_H]);
    launch_int(&launch, t - 1);
    launch_buffer(&launch, &run->work->buffers[RECURRENT_LATEST]);
    launch_int(&launch, first);
    launch_int(&launch, end);
    launch_int(&launch, run->units);
    return launch_run(&launch, (end - first) * run->units, 64, err);
}

static mood_status step_forward(const struct run *run, size_t t, mood_error *err) {
    mood_status status = begin_rows(run, t, err);
    if (status == MOOD_OK)
        status = state_products(run, t, err);
    if (status == MOOD_OK && recurrent_resets_before(run->layer))
        status = reset_products(run, t, err);
    return status == MOOD_OK ? cell_forward(run, t, err) : status;
}

mood_status recurrent_clear_empty(struct queue *queue, const struct packing *packing, const struct buffer *out,
                                  size_t H, mood_error *err) {
    size_t row = H * sizeof(float), empty = packing->empty;
    return empty ? queue_zero_part(queue, out, (packing->B - empty) * row, empty * row, err) : MOOD_OK;
}

mood_status recurrent_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                              const struct sequence *in, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    const struct buffer *buffers = work->buffers;
    struct run run = recurrent_run(layer, pass, work, in);
    mood_status status = input_forward(&run, in, err);
    if (status == MOOD_OK)
        status = clear_state(&run, err);
    for (size_t t = 0; t < run.packing->T && status == MOOD_OK; t++)
        status = step_forward(&run, t, err);
    work->out =
        s->return_sequences || work->is_shared_padding
            ? (struct sequence){.data = buffers[RECURRENT_H], .rows = in->rows, .D = s->units, .packing = in->packing}
            : (struct sequence){.data = buffers[RECURRENT_LATEST], .rows = in->packing->B, .D = s->units};
    return status;
}
