/* A step of the optimizer. */
#include "model/update.h"
#include "model/clip.h"
#include "model/constrain.h"

/* The number of floats per work-item: few work-groups on CPUs, many work-items on GPUs. */
static size_t chunk_of(const struct mood_model *model) {
    return model->device->info.type == MOOD_DEVICE_CPU ? 4096 : 16;
}

/* At the first step the average is set to the weights. */
static mood_status run_average(struct mood_model *model, mood_error *err) {
    const struct optimizer_common *common = optimizer_common(model->optimizer);
    double momentum = model->iterations == 0 ? 0 : common->ema_momentum;
    size_t frequency = common->ema_overwrite_frequency, chunk = chunk_of(model);
    struct launch launch;
    mood_status status = launch_begin(model->queue, "optimizer_average", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &model->values);
    launch_buffer(&launch, &model->slots[0]);
    launch_int(&launch, (long long)model->trainable_count);
    launch_int(&launch, (long long)chunk);
    launch_float(&launch, (float)momentum);
    launch_float(&launch, (float)(1 - momentum));
    launch_int(&launch, frequency && (model->iterations + 1) % frequency == 0);
    return launch_run(&launch, (model->trainable_count + chunk - 1) / chunk, chunk > 16 ? 1 : 64, err);
}

mood_status update_run(struct mood_model *model, mood_error *err) {
    struct optimizer *optimizer = model->optimizer;
    struct update update = {
        .t = (double)(model->iterations + 1), .rate = model_get_learning_rate(model), .product = optimizer->product};
    if (optimizer->type->factor)
        update.product *= optimizer->type->factor(optimizer->settings, update.t);
    mood_status status = clip_run(model, err);
    if (status == MOOD_OK)
        status = optimizer_run(optimizer, &update, model->queue, &model->values, &model->gradients, model->slots,
                               model->trainable_count, chunk_of(model), err);
    if (status == MOOD_OK && optimizer_common(optimizer)->use_ema)
        status = run_average(model, err);
    if (status == MOOD_OK) /* after the average, as in Keras */
        status = constrain_run(model, err);
    if (status != MOOD_OK)
        return status;
    optimizer->product = update.product;
    model->iterations++;
    model->prepared = false;
    return MOOD_OK;
}

mood_status update_finish(struct mood_model *model, mood_error *err) {
    if (!optimizer_common(model->optimizer)->use_ema || model->iterations == 0) /* no step: no average */
        return MOOD_OK;
    model->prepared = false;
    return queue_copy(model->queue, &model->slots[0], 0, &model->values, 0, model->trainable_count * sizeof(float),
                      err);
}
