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

/* y [n,H] from the gradients of step t's products with the recurrent kernel. */
static mood_status recurrent_gradient(const struct run *run, size_t t, size_t gates, size_t y, mood_error *err) {
    struct products products = {
        .x = &run->work->buffers[gates],
        .x_offset = run_step_at(run, t, run->width),
        .w = &run->layer->derived[RECURRENT_RECURRENT_T],
        .y = &run->work->buffers[y],
        .T_in = 1,
        .T_out = 1,
        .B = packing_rows(run->packing, t),
        .C = run->width,
        .F = run->units,
        .window = PLAIN_PRODUCT,
    };
    return products_run(run->pass->queue, &products, err);
}

/* Of a GRU without reset_after: through the product of r*h. */
static mood_status reset_backward(const struct run *run, size_t t, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    struct launch launch;
    mood_status status = recurrent_gradient(run, t, RECURRENT_RESET_GATES, RECURRENT_D_RESET, err);
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
    return status == MOOD_OK && t > 0 ? recurrent_gradient(run, t, RECURRENT_H_GATES, RECURRENT_D_PRODUCT, err)
                                      : status;
}

static mood_status steps_backward(const struct run *run, const struct buffer *d_out, mood_error *err) {
    mood_status status = queue_zero(run->pass->queue, &run->work->buffers[RECURRENT_D_DIRECT], err);
    if (status == MOOD_OK)
        status = queue_zero(run->pass->queue, &run->work->buffers[RECURRENT_D_PRODUCT], err);
    for (size_t t = run->packing->T; t-- > 0 && status == MOOD_OK;)
        status = step_backward(run, d_out, t, err);
    return status;
}

/* To the gradient of a kernel: x [rows,C] and the gradient of its products. */
static mood_status kernel_backward(const struct run *run, const struct buffer *x, size_t C, size_t gates,
                                   size_t variable, mood_error *err) {
    struct weight_products products = {.x = x,
                                       .dz = &run->work->buffers[gates],
                                       .d_w = &run->layer->variables[variable].gradient,
                                       .T_in = 1,
                                       .T_out = 1,
                                       .B = run->rows,
                                       .C = C,
                                       .F = run->width,
                                       .window = PLAIN_PRODUCT};
    return products_weights(run->pass->queue, &products, err);
}

/* A bias of two rows is one of x and one of the state. */
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

static mood_status weights_backward(const struct run *run, mood_error *err) {
    const struct buffer *buffers = run->work->buffers;
    mood_status status = kernel_backward(run, run->x, run->E, RECURRENT_X_GATES, RECURRENT_KERNEL, err);
    if (status == MOOD_OK)
        status =
            kernel_backward(run, &buffers[RECURRENT_BEFORE], run->units, RECURRENT_H_GATES, RECURRENT_RECURRENT, err);
    if (status == MOOD_OK && recurrent_resets_before(run->layer))
        status = kernel_backward(run, &buffers[RECURRENT_RESET], run->units, RECURRENT_RESET_GATES, RECURRENT_RECURRENT,
                                 err);
    return status == MOOD_OK && run_has_bias(run) ? bias_backward(run, err) : status;
}

/* To work->d_in, back in the order of x and through its dropout. RECURRENT_REVERSED is not needed any more. */
static mood_status input_backward(const struct run *run, mood_error *err) {
    const struct recurrent_settings *s = run->layer->settings;
    struct work *work = run->work;
    struct products products = {
        .x = &work->buffers[RECURRENT_X_GATES],
        .w = &run->layer->derived[RECURRENT_KERNEL_T],
        .y = s->go_backwards ? &work->buffers[RECURRENT_REVERSED] : &work->d_in,
        .T_in = 1,
        .T_out = 1,
        .B = run->rows,
        .C = run->width,
        .F = run->E,
        .window = PLAIN_PRODUCT,
    };
    mood_status status = products_run(run->pass->queue, &products, err);
    if (status == MOOD_OK && s->go_backwards)
        status = layer_reverse_steps(run->pass->queue, &work->buffers[RECURRENT_REVERSED], &work->d_in, run->packing,
                                     run->E, err);
    if (status == MOOD_OK && s->dropout > 0)
        status =
            layer_dropout(run->layer, run->pass, &work->d_in, &work->d_in, run->packing, run->E, s->dropout, true, err);
    return status;
}

mood_status recurrent_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err) {
    struct run run = recurrent_run(layer, pass, work, in);
    mood_status status = steps_backward(&run, d_out, err);
    if (status == MOOD_OK && want & WANT_VARIABLES)
        status = weights_backward(&run, err);
    return status == MOOD_OK && want & WANT_INPUT ? input_backward(&run, err) : status;
}
