/* The constraints of weights: kernels/constraint.cl. */
#include "model/constrain.h"

/* Bit k is set if norms are computed along axis k. 0: the constraint applies to each number separately. */
static unsigned axes_of(const struct variable *variable) {
    const struct integers *axis = &variable->constraint.axis;
    unsigned axes = 0;
    for (size_t i = 0; i < axis->count; i++)
        axes |= 1u << (axis->at[i] < 0 ? axis->at[i] + (int)variable->rank : axis->at[i]);
    return axes;
}

static mood_status constrain(const struct variable *variable, struct queue *queue, mood_error *err) {
    const struct constraint *constraint = &variable->constraint;
    unsigned axes = axes_of(variable);
    size_t norms = 1;
    struct launch launch;
    mood_status status = launch_begin(queue, "constrain", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &variable->value);
    for (size_t k = 0; k < VARIABLE_MAX_RANK; k++) {
        size_t size = k < variable->rank ? variable->dims[k] : 1;
        launch_int(&launch, size);
        norms *= axes >> k & 1 ? 1 : size;
    }
    launch_int(&launch, axes);
    launch_int(&launch, constraint->kind);
    launch_float(&launch, (float)constraint->min_value);
    launch_float(&launch, (float)constraint->max_value);
    launch_float(&launch, (float)constraint->rate);
    return launch_run(&launch, norms, 16, err);
}

mood_status constrain_run(const struct mood_model *model, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            if (variable->role == TRAINABLE && variable->constraint.kind != CONSTRAINT_NONE)
                status = constrain(variable, model->queue, err);
        }
    return status;
}
