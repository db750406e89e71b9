/* The buffers of a batch. */
#include <stdlib.h>
#include <string.h>

#include "model/batch.h"
#include "model/schedule.h"

/* Assigns offsets to consecutive parts of a buffer, each aligned for a sub-buffer. */
struct layout {
    size_t align, next; /* in 4-byte numbers */
};

static size_t place(struct layout *layout, size_t count) {
    size_t at = layout->next;
    layout->next += (count + layout->align - 1) / layout->align * layout->align;
    return at;
}

static void place_sorted(struct layout *layout, struct id_list *list, bool training) {
    size_t sorted = training ? list->capacity : 0;
    list->order_at = place(layout, sorted);
    list->bounds_at = place(layout, list->capacity ? sorted + 1 : 0);
    list->ids_at = place(layout, list->capacity ? sorted + 1 : 0);
}

/* The parts that every batch has come first, with the ids last among them: an upload for inference ends with the
 * last id. In training and with bags the whole buffer is uploaded. */
static void lay_out(struct batch *batch, size_t align) {
    struct layout layout = {align, 0};
    place(&layout, batch->T + 1);
    batch->start_at = place(&layout, batch->capacity);
    batch->places_at = place(&layout, batch->capacity);
    batch->y_at = place(&layout, batch->capacity * batch->O);
    batch->weights_at = place(&layout, batch->O ? batch->capacity : 0);
    batch->source_at = place(&layout, batch->expands ? batch->steps.capacity : 0);
    batch->starts_at = place(&layout, batch->bag ? batch->capacity + 1 : 0);
    batch->words.x_at = place(&layout, batch->words.capacity);
    batch->values_at = place(&layout, batch->words.capacity);
    batch->owners_at = place(&layout, batch->words.capacity);
    batch->steps.x_at = place(&layout, batch->steps.capacity);
    place_sorted(&layout, &batch->steps, batch->training);
    place_sorted(&layout, &batch->words, batch->training);
    batch->bytes = layout.next * sizeof(int32_t);
}

static mood_status part(struct batch *batch, size_t at, size_t count, struct buffer *buffer, mood_error *err) {
    return buffer_part(&batch->device, at * sizeof(int32_t), (count ? count : 1) * sizeof(int32_t), buffer, err);
}

static mood_status take_bag_parts(struct batch *batch, mood_error *err) {
    mood_status status = part(batch, batch->starts_at, batch->capacity + 1, &batch->starts, err);
    if (status == MOOD_OK)
        status = part(batch, batch->values_at, batch->words.capacity, &batch->values, err);
    return status == MOOD_OK ? part(batch, batch->owners_at, batch->words.capacity, &batch->owners, err) : status;
}

static mood_status take_list_parts(struct batch *batch, struct id_list *list, mood_error *err) {
    if (list->capacity == 0)
        return MOOD_OK;
    mood_status status = part(batch, list->x_at, list->capacity, &list->x, err);
    if (status != MOOD_OK || !batch->training)
        return status;
    status = part(batch, list->order_at, list->capacity, &list->order, err);
    if (status == MOOD_OK)
        status = part(batch, list->bounds_at, list->capacity + 1, &list->bounds, err);
    return status == MOOD_OK ? part(batch, list->ids_at, list->capacity + 1, &list->ids, err) : status;
}

static mood_status take_parts(struct batch *batch, mood_error *err) {
    mood_status status = part(batch, 0, batch->T + 1, &batch->packing.steps, err);
    if (status == MOOD_OK)
        status = part(batch, batch->start_at, batch->capacity, &batch->packing.start, err);
    if (status == MOOD_OK)
        status = part(batch, batch->places_at, batch->capacity, &batch->packing.places, err);
    if (status == MOOD_OK)
        status = part(batch, batch->y_at, batch->capacity * batch->O, &batch->y, err);
    if (status == MOOD_OK && batch->O)
        status = part(batch, batch->weights_at, batch->capacity, &batch->weights, err);
    if (status == MOOD_OK && batch->expands)
        status = part(batch, batch->source_at, batch->steps.capacity, &batch->packing.source, err);
    if (status == MOOD_OK && batch->bag)
        status = take_bag_parts(batch, err);
    if (status == MOOD_OK)
        status = take_list_parts(batch, &batch->steps, err);
    return status == MOOD_OK ? take_list_parts(batch, &batch->words, err) : status;
}

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making batches");
}

static mood_status make_buffers(struct batch *batch, mood_error *err) {
    lay_out(batch, batch->opened->alignment / sizeof(int32_t));
    batch->direct = batch->opened->shares_memory && !batch->training;
    batch->host = batch->direct ? NULL : calloc(1, batch->bytes);
    size_t most = batch->steps.capacity > batch->words.capacity ? batch->steps.capacity : batch->words.capacity;
    batch->room = batch->training ? calloc(most, sizeof *batch->room) : NULL;
    if ((!batch->host && !batch->direct) || (batch->training && !batch->room))
        return no_memory(err);
    mood_status status = buffer_create(batch->opened, batch->bytes, 1, &batch->device, err);
    if (batch->direct)
        batch->host = batch->device.host;
    batch->packing.at = batch->host;
    return status == MOOD_OK ? take_parts(batch, err) : status;
}

void batch_wait(struct batch *batch) {
    if (!batch->uploaded)
        return;
    clWaitForEvents(1, &batch->uploaded);
    clReleaseEvent(batch->uploaded);
    batch->uploaded = NULL;
}

static void drop_buffers(struct batch *batch) {
    batch_wait(batch);
    struct buffer *const parts[] = {&batch->packing.steps,
                                    &batch->packing.start,
                                    &batch->packing.places,
                                    &batch->packing.source,
                                    &batch->y,
                                    &batch->weights,
                                    &batch->starts,
                                    &batch->values,
                                    &batch->owners,
                                    &batch->steps.x,
                                    &batch->steps.order,
                                    &batch->steps.bounds,
                                    &batch->steps.ids,
                                    &batch->words.x,
                                    &batch->words.order,
                                    &batch->words.bounds,
                                    &batch->words.ids};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        buffer_destroy(parts[i]);
    if (!batch->direct)
        free(batch->host);
    batch->host = NULL;
    buffer_destroy(&batch->device);
    free(batch->room);
    batch->room = NULL;
}

mood_status batch_resize(struct batch *batch, size_t words, mood_error *err) {
    drop_buffers(batch);
    batch->words.capacity = words;
    mood_status status = make_buffers(batch, err);
    if (status != MOOD_OK)
        drop_buffers(batch);
    return status;
}

/* Padding that is neither shared nor masked is part of the rows. */
static mood_status choose_steps(struct batch *batch, const struct mood_model *model, mood_error *err) {
    struct schedule schedule;
    mood_status status = schedule_create(model, batch->training, &schedule, err);
    if (status != MOOD_OK)
        return status;
    batch->masked = schedule.masked;
    batch->expands = schedule.expand_count > 0;
    batch->whole = !schedule.shares_padding && !batch->masked;
    schedule_destroy(&schedule);
    return MOOD_OK;
}

/* Initial capacity for bags of words [words per row]. */
enum { USUAL_WORDS = 64 };

mood_status batch_create(const struct mood_model *model, size_t capacity, size_t O, bool training, struct batch *batch,
                         mood_error *err) {
    const struct ngram_input *ngrams = model->ngrams;
    const struct bag *bag = model->bag.V ? &model->bag : ngrams ? &ngrams->bag : NULL;
    bool takes_ids = !model->bag.V;
    size_t T = takes_ids ? model->T : 1;
    *batch = (struct batch){.opened = model->device,
                            .bag = bag,
                            .ngrams = ngrams,
                            .takes_ids = takes_ids,
                            .masked_words = model->masked_words,
                            .capacity = capacity,
                            .T = T,
                            .O = O,
                            .training = training};
    if (takes_ids)
        batch->steps = (struct id_list){.capacity = capacity * T, .limit = mood_model_get_vocabulary(model)};
    if (bag)
        batch->words = (struct id_list){.capacity = capacity * USUAL_WORDS, .limit = bag->V};
    mood_status status = choose_steps(batch, model, err);
    if (status != MOOD_OK)
        return status;
    batch->counts = calloc(training && BATCH_DIGITS > T + 1 ? BATCH_DIGITS : T + 1, sizeof *batch->counts);
    batch->picked = calloc(capacity, sizeof *batch->picked);
    batch->found = ngrams ? calloc(NGRAM_LONGEST * T, sizeof *batch->found) : NULL;
    if (!batch->counts || !batch->picked || (ngrams && !batch->found))
        status = no_memory(err);
    if (status == MOOD_OK && bag)
        status = bag_rows_create(bag, capacity, &batch->bags, err);
    if (status == MOOD_OK)
        status = make_buffers(batch, err);
    if (status != MOOD_OK)
        batch_destroy(batch);
    return status;
}

void batch_destroy(struct batch *batch) {
    drop_buffers(batch);
    bag_rows_destroy(&batch->bags);
    free(batch->found);
    free(batch->counts);
    free(batch->picked);
    memset(batch, 0, sizeof *batch);
}
