/* Shared padding, and other data that inference computes once for given weights. */
#include <stdlib.h>

#include "base/errors.h"
#include "model/masked_words.h"
#include "model/shared_padding.h"

mood_status shared_padding_create(const struct mood_model *model, struct queue *queue, bool training,
                                  struct context **shared_padding, mood_error *err) {
    mood_status status = context_create_shared_padding(model, queue, training, shared_padding, err);
    if (status != MOOD_OK || !*shared_padding)
        return status;
    int32_t *padding = calloc(model->T, sizeof *padding);
    struct rows rows = {.x = padding, .n = 1, .T = model->T};
    (*shared_padding)->batch.whole = true;
    status = padding ? batch_load(&(*shared_padding)->batch, queue, &rows, 0, 1, err)
                     : mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory planning a batch");
    free(padding);
    if (status == MOOD_OK)
        return MOOD_OK;
    context_destroy(*shared_padding);
    *shared_padding = NULL;
    return status;
}

mood_status shared_padding_forward(struct context *shared_padding, size_t steps, mood_error *err) {
    shared_padding->batch.packing.T = shared_padding->batch.input.rows = shared_padding->shared_padding_steps = steps;
    return context_forward(shared_padding, &shared_padding->batch.input, err);
}

/* Size limits of all tables together. Computing a table takes as long as scoring one word per row of the Embedding, so a
 * large table pays off only if at least that many words are scored with the same weights. */
#define SMALL_TABLE_BYTES ((size_t)64 << 20)
#define LARGE_TABLE_BYTES ((size_t)256 << 20)

static size_t max_table_bytes(const struct mood_model *model, size_t words) {
    const struct layer *first = model->layers[0];
    if (first->in.kind != SHAPE_IDS)
        return 0;
    return words >= first->variables[0].dims[0] ? LARGE_TABLE_BYTES : SMALL_TABLE_BYTES;
}

static bool can_fold(const struct mood_model *model, struct layer *const *users, size_t count) {
    size_t sum = 0;
    if (count == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct layer_type *type = users[i]->type;
        size_t bytes = type->table_bytes ? type->table_bytes(users[i], model->layers[0], model->device) : 0;
        if (bytes == 0 || bytes > model->max_table_bytes - sum)
            return false;
        sum += bytes;
    }
    return true;
}

/* Destroy the contexts, whose schedules depend on whether the Embedding is folded. */
static void destroy_contexts(struct mood_model *model) {
    context_destroy(model->predictor);
    context_destroy(model->shared_padding);
    model->predictor = model->shared_padding = NULL;
}

/* Fold the Embedding into all layers that use it, or into none. */
static mood_status fold_embedding(struct mood_model *model, mood_error *err) {
    struct layer **users = calloc(model->layer_count * LAYER_MAX_INPUTS + 1, sizeof(struct layer *));
    mood_status status = users ? MOOD_OK : out_of_memory(err, "planning a batch");
    size_t count = users ? schedule_list_embedding_users(model, users) : 0;
    bool was_folded = model->folded;
    model->folded = users && can_fold(model, users, count);
    for (size_t i = 0; i < count && model->folded && status == MOOD_OK; i++)
        status = users[i]->type->fold(users[i], model->layers[0], model->queue, &model->folded, err);
    free(users);
    if (model->folded != was_folded)
        destroy_contexts(model);
    return status;
}

mood_status model_prepare_inference(struct mood_model *model, size_t words, mood_error *err) {
    size_t before = model->ready ? model->words : 0; /* other weights need another table */
    model->words = words < SIZE_MAX - before ? before + words : SIZE_MAX;
    size_t limit = max_table_bytes(model, model->words);
    mood_status status = model_prepare(model, err);
    if (status != MOOD_OK || (model->ready && limit <= model->max_table_bytes))
        return status;
    model->max_table_bytes = limit;
    status = masked_words_update(model, err);
    if (status == MOOD_OK)
        status = fold_embedding(model, err);
    if (status == MOOD_OK && !model->shared_padding)
        status = shared_padding_create(model, model->queue, false, &model->shared_padding, err);
    if (status == MOOD_OK && model->shared_padding)
        status = shared_padding_forward(model->shared_padding, model->T, err);
    model->ready = status == MOOD_OK;
    return status;
}
