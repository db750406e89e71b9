/* Clipping of gradients: kernels/clip.cl. */
#include "model/clip.h"

/* Numbers per work-item. */
#define CHUNK 256

static size_t count_chunks(size_t count) {
    return (count + CHUNK - 1) / CHUNK;
}

/* In Keras a limit of 0 does not clip. */
static bool is_set(double limit) {
    return limit > 0;
}

/* norms: the partial sums, followed by the factor, aligned for a sub-buffer. */
static size_t factor_place(const struct mood_model *model) {
    size_t align = model->device->alignment / sizeof(float), chunks = count_chunks(model->trainable_count);
    return (chunks + align - 1) / align * align;
}

mood_status clip_prepare(struct mood_model *model, mood_error *err) {
    const struct optimizer_common *common = optimizer_common(model->optimizer);
    if (!is_set(common->clipnorm) && !is_set(common->global_clipnorm))
        return MOOD_OK;
    return buffer_create(model->device, factor_place(model) + 1, sizeof(float), &model->norms, err);
}

static mood_status run_squares(struct mood_model *model, const struct buffer *gradient, size_t count, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(model->queue, "clip_squares", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, gradient);
    launch_int(&launch, (long long)count);
    launch_int(&launch, CHUNK);
    launch_buffer(&launch, &model->norms);
    return launch_run(&launch, count_chunks(count), 16, err);
}

static mood_status run_factor(struct mood_model *model, size_t count, double most, const struct buffer *factor,
                              mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(model->queue, "clip_factor", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &model->norms);
    launch_int(&launch, (long long)count_chunks(count));
    launch_float(&launch, (float)most);
    launch_buffer(&launch, factor);
    return launch_run(&launch, 1, 1, err);
}

static mood_status run_scale(struct mood_model *model, const struct buffer *gradient, size_t count,
                             const struct buffer *factor, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(model->queue, "clip_scale", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, gradient);
    launch_int(&launch, (long long)count);
    launch_buffer(&launch, factor);
    return launch_run(&launch, count, 64, err);
}

static mood_status clip_norm(struct mood_model *model, const struct buffer *gradient, size_t count, double most,
                             const struct buffer *factor, mood_error *err) {
    mood_status status = run_squares(model, gradient, count, err);
    if (status == MOOD_OK)
        status = run_factor(model, count, most, factor, err);
    return status == MOOD_OK ? run_scale(model, gradient, count, factor, err) : status;
}

/* clipnorm applies to each weight separately. */
static mood_status clip_each(struct mood_model *model, double most, const struct buffer *factor, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]) && status == MOOD_OK; k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            if (variable->role == TRAINABLE)
                status = clip_norm(model, &variable->gradient, variable->count, most, factor, err);
        }
    return status;
}

static mood_status clip_values(struct mood_model *model, double most, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(model->queue, "clip_value", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &model->gradients);
    launch_int(&launch, (long long)model->trainable_count);
    launch_float(&launch, (float)most);
    return launch_run(&launch, model->trainable_count, 64, err);
}

mood_status clip_run(struct mood_model *model, mood_error *err) {
    const struct optimizer_common *common = optimizer_common(model->optimizer);
    struct buffer factor = {0};
    mood_status status;
    if (is_set(common->clipvalue))
        return clip_values(model, common->clipvalue, err);
    if (!model->norms.memory)
        return MOOD_OK;
    status = buffer_part(&model->norms, factor_place(model) * sizeof(float), sizeof(float), &factor, err);
    if (status == MOOD_OK && is_set(common->clipnorm))
        status = clip_each(model, common->clipnorm, &factor, err);
    else if (status == MOOD_OK)
        status = clip_norm(model, &model->gradients, model->trainable_count, common->global_clipnorm, &factor, err);
    buffer_destroy(&factor);
    return status;
}
