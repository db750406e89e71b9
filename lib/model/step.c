/* The loss of a batch, on the device. */
#include <stdlib.h>
#include <string.h>

#include "model/penalty.h"
#include "model/step.h"

mood_status totals_create(const struct mood_model *model, size_t B, size_t places, bool training,
                          struct loss_totals *loss, mood_error *err) {
    memset(loss, 0, sizeof *loss);
    mood_status status = buffer_create(model->device, B, sizeof(float), &loss->rows_loss, err);
    if (status == MOOD_OK)
        status = buffer_create(model->device, B, sizeof(float), &loss->rows_correct, err);
    if (status == MOOD_OK) /* only some kernels write it */
        status = queue_zero(model->queue, &loss->rows_correct, err);
    if (status == MOOD_OK)
        status = buffer_create(model->device, places, 2 * sizeof(float), &loss->totals, err);
    size_t partials = penalty_count_partials(model);
    if (status == MOOD_OK && partials)
        status = buffer_create(model->device, partials, sizeof(float), &loss->partials, err);
    if (status == MOOD_OK && training)
        status = buffer_create(model->device, B, mood_model_get_outputs(model) * sizeof(float), &loss->d_logits, err);
    if (status != MOOD_OK)
        totals_destroy(loss);
    return status;
}

void totals_destroy(struct loss_totals *loss) {
    buffer_destroy(&loss->rows_loss);
    buffer_destroy(&loss->rows_correct);
    buffer_destroy(&loss->totals);
    buffer_destroy(&loss->d_logits);
    buffer_destroy(&loss->partials);
}

static mood_status loss_rows(struct context *context, struct loss_totals *loss, const struct batch *rows, size_t B,
                             size_t batch, mood_error *err) {
    const struct objective *objective = &context->model->objective;
    const struct work *last = context_last(context);
    const struct loss_run run = {
        .values = objective->of_logits ? &last->logits : &last->out.data,
        .labels = &rows->y,
        .weights = &rows->weights,
        .d_values = &loss->d_logits,
        .row_loss = &loss->rows_loss,
        .row_correct = &loss->rows_correct,
        .B = B,
        .O = last->out.D,
        .batch = batch,
        .logits = objective->of_logits,
    };
    return loss_launch(objective->loss, &run, context->pass.queue, err);
}

mood_status totals_add(struct context *context, struct loss_totals *loss, const struct batch *rows, size_t B,
                       size_t batch, size_t place, mood_error *err) {
    struct launch launch;
    mood_status status = loss_rows(context, loss, rows, B, batch, err);
    if (status == MOOD_OK)
        status = launch_begin(context->pass.queue, "loss_sum", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &loss->rows_loss);
    launch_buffer(&launch, &loss->rows_correct);
    launch_int(&launch, B);
    launch_buffer(&launch, &loss->totals);
    launch_int(&launch, place);
    return launch_run(&launch, 1, 1, err);
}

mood_status totals_add_penalty(struct context *context, struct loss_totals *loss, size_t rows, size_t place,
                               mood_error *err) {
    return penalty_run(context->model, context->pass.queue, context->pass.training, rows, &loss->partials,
                       &loss->totals, place, err);
}

mood_status totals_read(struct context *context, const struct loss_totals *loss, size_t first, size_t count,
                        struct loss_sums *sums, mood_error *err) {
    float *totals = calloc(count ? count : 1, 2 * sizeof *totals);
    if (!totals)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory reading losses");
    mood_status status = queue_read(context->pass.queue, &loss->totals, first * 2 * sizeof *totals, totals,
                                    count * 2 * sizeof *totals, err);
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        sums->loss += totals[2 * i];
        sums->correct += totals[2 * i + 1];
    }
    free(totals);
    return status;
}
