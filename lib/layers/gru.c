/* GRU. recurrent_tile.c computes inference in the tile class, with reset_after and Keras's default activations;
 * recurrent.c computes everything else. */
#include "layers/recurrent.h"
#include "layers/recurrent_tile.h"

/* Buffers of a context in the tile class. GRU_H has the index of RECURRENT_H. */
enum {
    GRU_H = RECURRENT_H, /* [rows,H], or two time steps [2,B,H] */
    GRU_ZEROS,           /* [H]: initial state */
};

static bool has_kernels(const struct layer *layer) {
    const struct recurrent_settings *s = layer->settings;
    return s->reset_after && s->activation == ACTIVATION_TANH && s->recurrent_activation == ACTIVATION_SIGMOID;
}

static bool runs_in_tiles(const struct layer *layer, const mood_device *device, bool training) {
    return has_kernels(layer) && !training && device_class(device) == CLASS_TILE;
}

static unsigned gru_more_traits(const struct layer *layer) {
    return recurrent_more_traits(layer) | (has_kernels(layer) ? 0 : NOT_A_STAGE);
}

static mood_status gru_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    mood_status status = recurrent_prepare(layer, queue, err);
    return status == MOOD_OK && runs_in_tiles(layer, queue->device, false)
               ? recurrent_tile_pack(layer, "gru_tile_pack", queue, err)
               : status;
}

static size_t gru_table_bytes(const struct layer *layer, const struct layer *embedding, const mood_device *device) {
    return runs_in_tiles(layer, device, false) ? recurrent_tile_table_bytes(layer, embedding, device) : 0;
}

static bool keeps_steps(const struct layer *layer, const struct work *work) {
    const struct recurrent_settings *s = layer->settings;
    return work->is_shared_padding || work->keep_steps || (s->return_sequences && !work->stepwise);
}

static mood_status gru_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    size_t rows = keeps_steps(layer, work) ? work->B * layer->in.T : 2 * work->B, row = layer->out.D * sizeof(float);
    if (!runs_in_tiles(layer, queue->device, work->training))
        return recurrent_plan(layer, queue, work, err);
    mood_status status = work_allocate(work, queue, rows, row, &work->buffers[GRU_H], err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, 1, row, &work->buffers[GRU_ZEROS], err);
    return status == MOOD_OK && !work->counting ? queue_zero(queue, &work->buffers[GRU_ZEROS], err) : status;
}

static mood_status tile_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                const struct sequence *in, mood_error *err) {
    const struct recurrent_settings *s = layer->settings;
    const struct buffer *h = &work->buffers[GRU_H];
    bool keep_h = keeps_steps(layer, work);
    struct tile_run run = {
        .layer = layer,
        .queue = pass->queue,
        .in = in,
        .type = STAGE_GRU,
        .reversed = s->go_backwards,
        .keep_h = keep_h,
        .zeros = &work->buffers[GRU_ZEROS],
        .padding_h = work->shared_padding ? &work->shared_padding->buffers[GRU_H] : NULL,
        .h = h,
    };
    mood_status status = keep_h ? MOOD_OK : recurrent_clear_empty(pass->queue, in->packing, h, s->units, err);
    if (status == MOOD_OK)
        status = recurrent_tile_forward(&run, err);
    work->out = keep_h ? (struct sequence){.data = *h, .rows = in->rows, .D = s->units, .packing = in->packing}
                       : (struct sequence){.data = *h, .rows = in->packing->B, .D = s->units};
    return status;
}

static mood_status gru_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, mood_error *err) {
    return runs_in_tiles(layer, pass->queue->device, work->training) ? tile_forward(layer, pass, work, in, err)
                                                                     : recurrent_forward(layer, pass, work, in, err);
}

static void gru_stage(const struct layer *layer, struct work *work, struct stage *stage) {
    const struct work *shared_padding = work->shared_padding;
    work->out = (struct sequence){.data = work->buffers[GRU_H], .D = layer->out.D};
    *stage = (struct stage){
        .type = STAGE_GRU,
        .K = (cl_int)layer->in.D,
        .N = (cl_int)layer->out.D,
        .keep_h = work->is_shared_padding || work->keep_steps,
        .weight = layer->derived[TILE_PACKED].host,
        .bias = layer->derived[TILE_PACKED_BIAS].host,
        .words = layer->derived[TILE_TABLE].host,
        .zeros = work->buffers[GRU_ZEROS].host,
        .padding_h = shared_padding ? shared_padding->buffers[GRU_H].host : NULL,
        .out = work->buffers[GRU_H].host,
    };
}

static const struct recurrent_settings defaults = {
    RECURRENT_DEFAULTS,
    .reset_after = true,
};

static const struct field fields[] = {
    RECURRENT_FIELD("units", FIELD_SIZE, units),
    RECURRENT_FIELD("activation", FIELD_ACTIVATION, activation),
    RECURRENT_FIELD("recurrent_activation", FIELD_ACTIVATION, recurrent_activation),
    RECURRENT_WEIGHTS,
    RECURRENT_OTHERS,
    RECURRENT_FIELD("reset_after", FIELD_BOOL, reset_after),
};

extern const struct layer_type gru_type;
const struct layer_type gru_type = {
    RECURRENT_TYPE("GRU", "gru"),
    .traits = RECURRENT_TRAITS,
    .more_traits = gru_more_traits,
    .prepare = gru_prepare,
    .table_bytes = gru_table_bytes,
    .fold = recurrent_tile_fold,
    .plan = gru_plan,
    .forward = gru_forward,
    .stage = gru_stage,
    .backward = recurrent_backward,
};
