/* Batches on their way to the device. */
#include <stdlib.h>
#include <string.h>

#include "model/batch.h"

/* Lay the parts out one after the other, each where a sub-buffer may begin. */
struct layout {
    size_t align, next; /* in 4-byte numbers */
};

static size_t place(struct layout *layout, size_t count) {
    size_t at = layout->next;
    layout->next += (count + layout->align - 1) / layout->align * layout->align;
    return at;
}

static mood_status part(struct batch *batch, size_t at, size_t count, struct buffer *buffer, mood_error *err) {
    return buffer_part(&batch->device, at * sizeof(int32_t), (count ? count : 1) * sizeof(int32_t), buffer, err);
}

mood_status batch_create(const struct mood_model *model, size_t capacity, size_t O, bool training,
                         struct batch *batch, mood_error *err) {
    memset(batch, 0, sizeof *batch);
    batch->capacity = capacity;
    batch->training = training;
    batch->V = mood_model_get_vocabulary(model);
    batch->T = model->T;
    batch->O = O;
    size_t positions = capacity * model->T, sorted = training ? positions : 0;
    struct layout layout = {model->device->alignment / sizeof(int32_t), 0};
    place(&layout, positions);
    batch->y_at = place(&layout, capacity * O);
    batch->order_at = place(&layout, sorted);
    batch->bounds_at = place(&layout, sorted + 1);
    batch->ids_at = place(&layout, sorted + 1);
    batch->bytes = layout.next * sizeof(int32_t);
    batch->host = malloc(batch->bytes);
    batch->counts = training ? calloc(batch->V + 1, sizeof *batch->counts) : NULL;
    mood_status status = MOOD_OK;
    if (!batch->host || (training && !batch->counts))
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making batches");
    if (status == MOOD_OK)
        status = buffer_create(model->device, layout.next, sizeof(int32_t), &batch->device, err);
    if (status == MOOD_OK)
        status = part(batch, 0, positions, &batch->x, err);
    if (status == MOOD_OK)
        status = part(batch, batch->y_at, capacity * O, &batch->y, err);
    if (status == MOOD_OK && training) {
        status = part(batch, batch->order_at, sorted, &batch->order, err);
        if (status == MOOD_OK)
            status = part(batch, batch->bounds_at, sorted + 1, &batch->bounds, err);
        if (status == MOOD_OK)
            status = part(batch, batch->ids_at, sorted + 1, &batch->ids, err);
    }
    if (status != MOOD_OK)
        batch_destroy(batch);
    return status;
}

static void wait_for_upload(struct batch *batch) {
    if (!batch->uploaded)
        return;
    clWaitForEvents(1, &batch->uploaded);
    clReleaseEvent(batch->uploaded);
    batch->uploaded = NULL;
}

void batch_destroy(struct batch *batch) {
    wait_for_upload(batch);
    buffer_destroy(&batch->x);
    buffer_destroy(&batch->y);
    buffer_destroy(&batch->order);
    buffer_destroy(&batch->bounds);
    buffer_destroy(&batch->ids);
    buffer_destroy(&batch->device);
    free(batch->host);
    free(batch->counts);
    memset(batch, 0, sizeof *batch);
}

static void pick_rows(struct batch *batch, const struct rows *rows, size_t first, size_t count) {
    float *y = (float *)(batch->host + batch->y_at);
    for (size_t b = 0; b < count; b++) {
        size_t row = rows->order ? rows->order[first + b] : first + b;
        memcpy(batch->host + b * rows->T, rows->x + row * rows->T, rows->T * sizeof *rows->x);
        memcpy(y + b * rows->O, rows->y + row * rows->O, rows->O * sizeof *rows->y);
    }
}

/* Counting sort of the positions t*B + b by id; equal ids keep the order of rows and, within a row, of
 * time. Returns the number of different ids. */
static size_t sort_ids(struct batch *batch, size_t B) {
    const int32_t *x = batch->host;
    int32_t *order = batch->host + batch->order_at, *bounds = batch->host + batch->bounds_at;
    int32_t *ids = batch->host + batch->ids_at;
    size_t *next = batch->counts, segments = 0, before = 0;
    memset(next, 0, (batch->V + 1) * sizeof *next);
    for (size_t i = 0; i < B * batch->T; i++)
        next[x[i]]++;
    for (size_t id = 0; id < batch->V; id++) {
        size_t count = next[id];
        next[id] = before;
        if (count) {
            bounds[segments] = (int32_t)before;
            ids[segments++] = (int32_t)id;
        }
        before += count;
    }
    bounds[segments] = (int32_t)before;
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < batch->T; t++)
            order[next[x[b * batch->T + t]]++] = (int32_t)(t * B + b);
    return segments;
}

mood_status batch_load(struct batch *batch, struct queue *queue, const struct rows *rows, size_t first,
                       size_t count, mood_error *err) {
    wait_for_upload(batch);
    pick_rows(batch, rows, first, count);
    batch->input = (struct sequence){.data = batch->x, .B = count, .T = rows->T, .D = 1};
    if (batch->training) {
        batch->input.order = batch->order;
        batch->input.bounds = batch->bounds;
        batch->input.ids = batch->ids;
        batch->input.segments = sort_ids(batch, count);
    }
    return queue_write_later(queue, &batch->device, batch->host, batch->bytes, &batch->uploaded, err);
}
