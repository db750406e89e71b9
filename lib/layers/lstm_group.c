/* LSTM by kernels/lstm_group.cl: the recurrence of the gemm class in one launch. */
#include "layers/lstm.h"

/* One work-item per hidden unit, rounded up to whole warps if the limit allows. */
static size_t items_of(const mood_device *device, size_t H) {
    size_t whole = (H + 31) / 32 * 32;
    return whole <= device->largest_group ? whole : H;
}

bool lstm_group_fits(const mood_device *device, size_t H) {
    return H <= device->group_units && H <= device->largest_group && 4 * H * sizeof(cl_float4) <= device->local_bytes;
}

static mood_status run_groups(const struct lstm_run *run, struct launch *launch, mood_error *err) {
    size_t items = items_of(run->queue->device, run->H);
    return launch_run(launch, (run->B + 3) / 4 * items, items, err);
}

mood_status lstm_group_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    struct buffer *packed = &layer->derived[LSTM_PACKED];
    size_t H = layer->out.D;
    struct launch launch;
    mood_status status = packed->memory ? MOOD_OK : buffer_create(queue->device, 4 * H * H, sizeof(float), packed, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, "lstm_group_pack", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &layer->variables[LSTM_RECURRENT].value);
    launch_buffer(&launch, packed);
    launch_int(&launch, H);
    return launch_run(&launch, H * H, 64, err);
}

mood_status lstm_group_forward(const struct lstm_run *run, size_t first, size_t end, mood_error *err) {
    struct work *work = run->work;
    bool last = end == run->T;
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_group_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_int(&launch, run->packing->at[first]);
    launch_buffer(&launch, &run->layer->derived[LSTM_PACKED]);
    launch_buffer(&launch, lstm_bias(run->layer));
    launch_buffer(&launch, &work->buffers[LSTM_STATE]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_buffer(&launch, run->keep_h || last ? &work->buffers[LSTM_H] : NULL);
    launch_int(&launch, run->keep_h);
    launch_buffer(&launch, run->keep_c ? &work->buffers[LSTM_C] : NULL);
    launch_buffer(&launch, work->training ? &work->buffers[LSTM_BEFORE] : NULL);
    launch_buffer(&launch, &run->packing->steps);
    launch_local(&launch, 2 * run->H * sizeof(cl_float4));
    launch_int(&launch, first);
    launch_int(&launch, end);
    launch_int(&launch, run->B);
    launch_int(&launch, run->T);
    launch_int(&launch, run->H);
    return run_groups(run, &launch, err);
}

mood_status lstm_group_backward(const struct lstm_run *run, const struct lstm_gradients *gradients, mood_error *err) {
    struct work *work = run->work;
    struct launch launch;
    mood_status status = launch_begin(run->queue, "lstm_group_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &work->buffers[LSTM_GATES]);
    launch_buffer(&launch, gradients->d_h);
    launch_int(&launch, gradients->last_only);
    launch_buffer(&launch, gradients->d_c);
    launch_buffer(&launch, &work->buffers[LSTM_C]);
    launch_buffer(&launch, run->padding_c);
    launch_buffer(&launch, &run->layer->derived[LSTM_RECURRENT_T]);
    launch_buffer(&launch, &work->buffers[LSTM_DH]);
    launch_buffer(&launch, &work->buffers[LSTM_CELL]);
    launch_buffer(&launch, &run->packing->steps);
    launch_local(&launch, 4 * run->H * sizeof(cl_float4));
    launch_int(&launch, run->B);
    launch_int(&launch, run->T);
    launch_int(&launch, run->H);
    return run_groups(run, &launch, err);
}
