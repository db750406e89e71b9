/* The penalty of regularizers: kernels/penalty.cl. */
#include "model/penalty.h"
#include "base/blocks.h"

/* Numbers per work-item. */
#define CHUNK 256

static bool is_regularized(const struct variable *variable) {
    return variable->role == TRAINABLE && (variable->regularizer.l1 != 0 || variable->regularizer.l2 != 0);
}

static size_t count_chunks(const struct variable *variable) {
    return blocks_of(variable->count, CHUNK);
}

size_t penalty_count_partials(const struct mood_model *model) {
    size_t count = 0;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++)
            if (is_regularized(layer_variable(model->layers[i], k)))
                count += count_chunks(layer_variable(model->layers[i], k));
    return count;
}

static mood_status run_variable(const struct variable *variable, struct queue *queue, bool with_gradients,
                                const struct buffer *partials, size_t first, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "penalty", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &variable->value);
    launch_buffer(&launch, with_gradients ? &variable->gradient : NULL);
    launch_int(&launch, variable->count);
    launch_int(&launch, CHUNK);
    launch_float(&launch, variable->regularizer.l1);
    launch_float(&launch, variable->regularizer.l2);
    launch_buffer(&launch, partials);
    launch_int(&launch, first);
    return launch_run(&launch, count_chunks(variable), 16, err);
}

static mood_status add_to_loss(struct queue *queue, const struct buffer *partials, size_t count, size_t rows,
                               const struct buffer *totals, size_t place, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "penalty_sum", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, partials);
    launch_int(&launch, count);
    launch_int(&launch, rows);
    launch_buffer(&launch, totals);
    launch_int(&launch, place);
    return launch_run(&launch, 1, 1, err);
}

mood_status penalty_run(const struct mood_model *model, struct queue *queue, bool with_gradients, size_t rows,
                        const struct buffer *partials, const struct buffer *totals, size_t place, mood_error *err) {
    size_t count = 0;
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            if (!is_regularized(variable))
                continue;
            status = run_variable(variable, queue, with_gradients, partials, count, err);
            count += count_chunks(variable);
        }
    return status == MOOD_OK && count ? add_to_loss(queue, partials, count, rows, totals, place, err) : status;
}
