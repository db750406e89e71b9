/* Several layers in one launch. */
#include <stdlib.h>
#include <string.h>

#include "device/gemm.h"
#include "device/tiles.h"
#include "model/known_answer.h"
#include "model/stages.h"

mood_status stages_create(struct context *context, mood_error *err) {
    context->reached = calloc(context->schedule.fused * STAGE_POINTERS, sizeof *context->reached);
    if (!context->reached)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    mood_status status =
        buffer_create(context->model->device, context->schedule.fused, sizeof(struct stage), &context->stages, err);
    return status == MOOD_OK ? buffer_create(context->model->device, 1, sizeof(cl_int), &context->taken, err) : status;
}

/* Set the outputs of masked rows without an unmasked time step, because no work-item writes them. */
static void clear_empty_rows(const struct sequence *out, const struct packing *packing) {
    float *first = (float *)out->data.host + (packing->B - packing->empty) * out->D;
    memset(first, 0, packing->empty * out->D * sizeof *first);
}

/* Fill in one stage for each layer after the Embedding, whose work the first stage does. Returns the number of
 * stages with sequences as inputs. */
static size_t fill(struct context *context, const struct sequence *input) {
    const struct mood_model *model = context->model;
    struct stage *stages = context->stages.host;
    size_t stepwise = 0;
    for (size_t i = 1; i < context->schedule.fused; i++) {
        const struct layer *layer = context->schedule.nodes[i].layer;
        layer->type->stage(layer, &context->works[i], &stages[i - 1]);
        context->works[i].out.rows = context->works[i].keep_steps ? input->rows : input->packing->B;
        context->works[i].out.packing = context->works[i].keep_steps ? input->packing : NULL;
        if (layer->in.kind == SHAPE_SEQUENCE)
            stepwise = i;
        if (layer->in.kind == SHAPE_SEQUENCE && layer->out.kind == SHAPE_VECTOR && input->packing->empty)
            clear_empty_rows(&context->works[i].out, input->packing);
    }
    stages->folded = model->folded;
    if (!model->folded)
        stages->words = layer_variable(context->schedule.nodes[0].layer, 0)->value.host;
    return stepwise;
}

/* Tiles per group for large weights. Results are bitwise identical. */
enum { LARGE_GROUP = 12 };

static bool has_large_weights(const struct context *context) {
    for (size_t i = 1; i < context->schedule.fused; i++) {
        const struct layer *layer = context->schedule.nodes[i].layer;
        for (size_t k = 0; k < layer_count_variables(layer); k++)
            if (layer_variable(layer, k)->count > LARGE_WEIGHTS / sizeof(float))
                return true;
    }
    return false;
}

/* A multiple of the number of units, if there are enough tiles. */
static size_t count_groups(const struct context *context, struct tiles tiles, size_t B) {
    size_t units = context->pass.queue->device->info.compute_units, count = (B + tiles.height - 1) / tiles.height;
    if (!has_large_weights(context) || count <= units)
        return tiles.items;
    size_t waves = ((count + units - 1) / units + LARGE_GROUP - 1) / LARGE_GROUP;
    return waves * units;
}

static void declare_pointers(const struct context *context, struct launch *launch) {
    size_t count = 0;
    for (size_t i = 0; i + 1 < context->schedule.fused; i++) {
        void *const *pointers = (void *const *)((const struct stage *)context->stages.host + i);
        for (size_t k = 0; k < STAGE_POINTERS; k++)
            if (pointers[k])
                context->reached[count++] = pointers[k];
    }
    launch_reaches(launch, context->reached, count);
}

/* Choose a height that is known to give correct results; the known-answer test sets the model's. */
static mood_status choose_tiles(const struct context *context, size_t B, struct tiles *tiles, mood_error *err) {
    mood_device *device = context->model->device;
    unsigned height = context->model->tile_height;
    if (height) {
        *tiles = (struct tiles){height, 0, B, (B + height - 1) / height};
        return MOOD_OK;
    }
    mood_status status = MOOD_OK;
    do
        *tiles = device_tiles(device, B);
    while (!(device->right_heights >> tiles->height & 1) &&
           (status = known_answer_test_height(device, tiles->height, err)) == MOOD_OK);
    return status;
}

mood_status stages_run(struct context *context, const struct sequence *input, mood_error *err) {
    const struct packing *packing = input->packing;
    struct tiles tiles;
    mood_status status = choose_tiles(context, packing->B, &tiles, err);
    if (status == MOOD_OK)
        status = queue_finish(context->pass.queue, err); /* commands already enqueued read the stages */
    if (status != MOOD_OK)
        return status;
    size_t stepwise = fill(context, input), units = context->pass.queue->device->info.compute_units;
    size_t groups = count_groups(context, tiles, packing->B);
    *(cl_int *)context->taken.host = 0;
    struct launch launch;
    status = launch_begin_tiles(context->pass.queue, "predict_tile", tiles.height, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &context->stages);
    launch_int(&launch, stepwise);
    launch_int(&launch, context->schedule.fused - 1);
    launch_buffer(&launch, &input->data);
    launch_buffer(&launch, &packing->steps);
    launch_buffer(&launch, &packing->start);
    launch_int(&launch, packing->B);
    launch_int(&launch, packing->T);
    launch_int(&launch, groups);
    launch_buffer(&launch, &context->taken);
    declare_pointers(context, &launch);
    return launch_run(&launch, groups < units ? groups : units, 1, err);
}
