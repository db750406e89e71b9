/* From the packed unmasked steps of a sequence to all its steps: between a layer that skips masked steps and one that
 * takes no mask. Keras has no such layer: lib/model/masks.c inserts it into the schedule. */
#include "layers/expand.h"
#include "layers/layer.h"

enum { OUT };

struct expand_settings {
    bool zero; /* a masked step is 0; else it repeats the unmasked step before it */
};

static mood_status expand_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = work->B * layer->in.T, bytes = layer->in.D * sizeof(float);
    mood_status status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    if (status == MOOD_OK)
        status = work_plan_steps(work, queue, layer->in.T, err);
    return status == MOOD_OK && work->training ? work_allocate(work, queue, rows, bytes, &work->d_in, err) : status;
}

static mood_status expand_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                  const struct sequence *in, mood_error *err) {
    size_t rows = in->packing->B * in->packing->T;
    struct launch launch;
    work->out = (struct sequence){.data = work->buffers[OUT], .rows = rows, .D = in->D};
    mood_status status = work_set_steps(work, pass->queue, in->packing->B, err);
    if (status == MOOD_OK)
        status = launch_begin(pass->queue, "expand_steps", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_buffer(&launch, &in->packing->source);
    launch_int(&launch, rows);
    launch_int(&launch, in->D);
    launch_int(&launch, ((const struct expand_settings *)layer->settings)->zero);
    return launch_run(&launch, layer_step_items(pass->queue->device, rows, in->D),
                      layer_group_size(pass->queue->device), err);
}

static mood_status expand_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                   const struct sequence *in, const struct buffer *d_out, unsigned want,
                                   mood_error *err) {
    (void)want; /* there are no variables */
    size_t T = in->packing->T, B = in->packing->B;
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "expand_steps_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->d_in);
    launch_buffer(&launch, &in->packing->source);
    launch_int(&launch, T);
    launch_int(&launch, B);
    launch_int(&launch, in->D);
    launch_int(&launch, ((const struct expand_settings *)layer->settings)->zero);
    return launch_run(&launch, layer_step_items(pass->queue->device, T * B, in->D),
                      layer_group_size(pass->queue->device), err);
}

static const struct layer_type expand_type = {
    .class_name = "expand",
    .base_name = "expand",
    .settings_size = sizeof(struct expand_settings),
    .traits = NEEDS_ALL_STEPS,
    .plan = expand_plan,
    .forward = expand_forward,
    .backward = expand_backward,
};

mood_status expand_create(const struct layer *before, struct layer **expand, mood_error *err) {
    const bool *zero_for_mask = layer_setting(before, "zero_output_for_mask");
    struct expand_settings settings = {!zero_for_mask || *zero_for_mask}; /* Bidirectional: always */
    mood_status status = layer_create(&expand_type, "expand", &settings, expand, err);
    if (status == MOOD_OK)
        (*expand)->in = (*expand)->out = before->out;
    return status;
}
