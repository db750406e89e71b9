/* Recurrent layers step by step: the backward pass. */
#include "layers/recurrent.h"

static mood_status cell_backward(const struct run *run, const struct buffer *d_out, size_t t, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    const struct buffer *buffers = run->work->buffers;
    bool from_above = s->return_sequences || t + 1 == run->packing->T;
    struct launch launch;
    mood_status status = launch_begin(run->pass->queue, run->cell->backward, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, from_above ? d_out : NULL);
    launch_int(&launch, s->return_sequences ? run_step_at(run, t, run->units) : 0);
    launch_buffer(&launch, &buffers[RECURRENT_D_DIRECT]);
    launch_buffer(&launch, &buffers[RECURRENT_D_PRODUCT]);
    launch_buffer(&launch, &buffers[RECURRENT_X_GATES]);
    launch_buffer(&launch, &buffers[RECURRENT_H_GATES]);
    launch_buffer(&launch, run_planned(run, RECURRENT_RESET_GATES));
    launch_int(&launch, run_step_at(run, t, run->width));
    launch_buffer(&launch, &buffers[RECURRENT_BEFORE]);
    launch_buffer(&launch, run_planned(run, RECURRENT_C_BEFORE));
    launch_int(&launch, run_step_at(run, t, run->units));
    return run_cell(run, &launch, t, err);
}

/* Compute y [n,H] from the gradient of product number `gate` of `parts` with the recurrent kernel at step t. */
static mood_status recurrent_gradient(const struct run *run, size_t t, size_t gate, size_t parts, size_t gates,
                                      size_t y, mood_error *err) {
    size_t C = run_part_width(run, parts);
    struct products products = {
        .x = &run->work->buffers[gates],
        .x_offset = run_step_at(run, t, run->width) + gate * C,
        .x_stride = run->width,
        .w = &run->layer->derived[RECURRENT_RECURRENT_T],
        .w_offset = gate * C * run->units,
        .y = &run->work->buffers[y],
        .T_in = 1,
        .T_out = 1,
        .B = packing_rows(run->packing, t),
        .C = C,
        .F = run->units,
        .window = PLAIN_PRODUCT,
    };
    return products_run(run->pass->queue, &products, err);
}

/* Compute RECURRENT_D_PRODUCT: the sum over the gates, each multiplied by its mask. */
static mood_status state_gradient(const struct run *run, size_t t, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    size_t parts = run_h_parts(run), rows = packing_rows(run->packing, t);
    mood_status status = MOOD_OK;
    if (!run_drops_state(run))
        return recurrent_gradient(run, t, 0, 1, RECURRENT_H_GATES, RECURRENT_D_PRODUCT, err);
    for (size_t gate = 0; gate < parts && status == MOOD_OK; gate++) {
        size_t to = gate == 0 ? RECURRENT_D_PRODUCT : RECURRENT_MASKED;
        status = recurrent_gradient(run, t, gate, parts, RECURRENT_H_GATES, to, err);
        if (status == MOOD_OK)
            status = run_drop_state(run, gate, &buffers[to], &buffers[to], rows, NULL, err);
        if (status == MOOD_OK && gate > 0)
            status = layer_add_to(run->pass->queue, &buffers[RECURRENT_MASKED], &buffers[RECURRENT_D_PRODUCT],
                                  rows * run->units, err);
    }
    return status;
}

/* For a GRU without reset_after: the gradient through the product of r*h. */
static mood_status reset_backward(const struct run *run, size_t t, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    struct launch launch;
    mood_status status = recurrent_gradient(run, t, 0, 1, RECURRENT_RESET_GATES, RECURRENT_D_RESET, err);
    if (status == MOOD_OK && run_drops_state(run)) /* the candidate's mask */
        status = run_drop_state(run, run_h_parts(run) - 1, &buffers[RECURRENT_D_RESET], &buffers[RECURRENT_D_RESET],
                                packing_rows(run->packing, t), NULL, err);
    if (status == MOOD_OK)
        status = launch_begin(run->pass->queue, "gru_reset_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &buffers[RECURRENT_D_RESET]);
    launch_buffer(&launch, &buffers[RECURRENT_D_DIRECT]);
    launch_buffer(&launch, &buffers[RECURRENT_X_GATES]);
    launch_buffer(&launch, &buffers[RECURRENT_H_GATES]);
    launch_int(&launch, run_step_at(run, t, run->width));
    launch_buffer(&launch, &buffers[RECURRENT_BEFORE]);
    launch_int(&launch, run_step_at(run, t, run->units));
    return run_cell(run, &launch, t, err);
}

static mood_status step_backward(const struct run *run, const struct buffer *d_out, size_t t, mood_error *err) {
    mood_status status = cell_backward(run, d_out, t, err);
    if (status == MOOD_OK && recurrent_resets_before(run->layer))
        status = reset_backward(run, t, err);
    return status == MOOD_OK && t > 0 ? state_gradient(run, t, err) : status;
}

static mood_status steps_backward(const struct run *run, const struct buffer *d_out, mood_error *err) {
    mood_status status = queue_zero(run->pass->queue, &run->work->buffers[RECURRENT_D_DIRECT], err);
    if (status == MOOD_OK)
        status = queue_zero(run->pass->queue, &run->work->buffers[RECURRENT_D_PRODUCT], err);
    for (size_t t = run->packing->T; t-- > 0 && status == MOOD_OK;)
        status = step_backward(run, d_out, t, err);
    return status;
}

/* Add to the gradient of a kernel, from x [rows,C] and the gradient of product number `gate` of `parts`. */
static mood_status kernel_backward(const struct run *run, const struct buffer *x, size_t C, size_t gate, size_t parts,
                                   size_t gates, size_t variable, mood_error *err) {
    size_t F = run_part_width(run, parts);
    struct weight_products products = {.x = x,
                                       .dz = &run->work->buffers[gates],
                                       .d_w = &run->layer->variables[variable].gradient,
                                       .T_in = 1,
                                       .T_out = 1,
                                       .B = run->rows,
                                       .C = C,
                                       .F = F,
                                       .offset = gate * F,
                                       .width = run->width,
                                       .window = PLAIN_PRODUCT};
    return products_weights(run->pass->queue, &products, err);
}

static mood_status input_kernel_backward(const struct run *run, const struct sequence *in, mood_error *err) {
    size_t parts = run_x_parts(run);
    mood_status status = MOOD_OK;
    for (size_t gate = 0; gate < parts && status == MOOD_OK; gate++) {
        if (parts > 1) /* x has the mask of the last gate */
            status = run_make_input(run, gate, in, err);
        if (status == MOOD_OK)
            status = kernel_backward(run, run->x, run->E, gate, parts, RECURRENT_X_GATES, RECURRENT_KERNEL, err);
    }
    return status;
}

static mood_status state_kernel_backward(const struct run *run, mood_error *err) {
    const struct buffer *buffers = run->work->buffers, *before = &buffers[RECURRENT_BEFORE];
    size_t parts = run_h_parts(run);
    mood_status status = MOOD_OK;
    for (size_t gate = 0; gate < parts && status == MOOD_OK; gate++) {
        const struct buffer *x = run_drops_state(run) ? &buffers[RECURRENT_MASKED] : before;
        if (run_drops_state(run))
            status = run_drop_state(run, gate, before, x, run->rows, run->packing, err);
        if (status == MOOD_OK)
            status = kernel_backward(run, x, run->units, gate, parts, RECURRENT_H_GATES, RECURRENT_RECURRENT, err);
    }
    return status;
}

/* If the bias has two rows, row 0 is of x and row 1 of the state. */
static mood_status bias_backward(const struct run *run, mood_error *err) {
    const struct variable *bias = &run->layer->variables[RECURRENT_BIAS];
    const struct buffer *buffers = run->work->buffers;
    struct queue *queue = run->pass->queue;
    mood_status status =
        layer_add_column_sums(queue, &buffers[RECURRENT_X_GATES], run->rows, run->width, &bias->gradient, 0, err);
    return status == MOOD_OK && bias->rank == 2 ? layer_add_column_sums(queue, &buffers[RECURRENT_H_GATES], run->rows,
                                                                        run->width, &bias->gradient, run->width, err)
                                                : status;
}

static mood_status weights_backward(const struct run *run, const struct sequence *in, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    mood_status status = input_kernel_backward(run, in, err);
    if (status == MOOD_OK)
        status = state_kernel_backward(run, err);
    if (status == MOOD_OK && recurrent_resets_before(run->layer))
        status = kernel_backward(run, &buffers[RECURRENT_RESET], run->units, 0, 1, RECURRENT_RESET_GATES,
                                 RECURRENT_RECURRENT, err);
    return status == MOOD_OK && run_has_bias(run) ? bias_backward(run, err) : status;
}

/* Compute y [rows,E], the gradient of x through product `gate` and its dropout, in the order of x. Overwrites
 * RECURRENT_REVERSED, which is not needed any more. */
static mood_status gate_input_backward(const struct run *run, size_t gate, const struct buffer *y, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    struct work *work = run->work;
    size_t C = run_part_width(run, run_x_parts(run));
    struct products products = {
        .x = &work->buffers[RECURRENT_X_GATES],
        .x_offset = gate * C,
        .x_stride = run->width,
        .w = &run->layer->derived[RECURRENT_KERNEL_T],
        .w_offset = gate * C * run->E,
        .y = s->go_backwards ? &work->buffers[RECURRENT_REVERSED] : y,
        .T_in = 1,
        .T_out = 1,
        .B = run->rows,
        .C = C,
        .F = run->E,
        .window = PLAIN_PRODUCT,
    };
    mood_status status = products_run(run->pass->queue, &products, err);
    if (status == MOOD_OK && s->go_backwards)
        status =
            layer_reverse_steps(run->pass->queue, &work->buffers[RECURRENT_REVERSED], y, run->packing, run->E, err);
    return status == MOOD_OK && s->dropout > 0 ? run_drop_input(run, gate, y, y, err) : status;
}

/* Compute work->d_in. Overwrites RECURRENT_DROPPED, which is not needed any more. */
static mood_status input_backward(const struct run *run, mood_error *err) {
    struct work *work = run->work;
    mood_status status = gate_input_backward(run, 0, &work->d_in, err);
    for (size_t gate = 1; gate < run_x_parts(run) && status == MOOD_OK; gate++) {
        status = gate_input_backward(run, gate, &work->buffers[RECURRENT_DROPPED], err);
        if (status == MOOD_OK)
            status =
                layer_add_to(run->pass->queue, &work->buffers[RECURRENT_DROPPED], &work->d_in, run->rows * run->E, err);
    }
    return status;
}

mood_status recurrent_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err) {
    struct run run = recurrent_run(layer, pass, work, in);
    mood_status status = steps_backward(&run, d_out, err);
    if (status == MOOD_OK && want & WANT_VARIABLES)
        status = weights_backward(&run, in, err);
    return status == MOOD_OK && want & WANT_INPUT ? input_backward(&run, err) : status;
}
