/* Batches on their way to the device. */
#include <stdlib.h>
#include <string.h>

#include "model/batch.h"
#include "model/schedule.h"

/* Ids are sorted by digits. */
enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* ---- create ------------------------------------------------------------------------------------- */

/* Lay the parts out one after the other, each where a sub-buffer may begin. */
struct layout {
    size_t align, next; /* in 4-byte numbers */
};

static size_t place(struct layout *layout, size_t count) {
    size_t at = layout->next;
    layout->next += (count + layout->align - 1) / layout->align * layout->align;
    return at;
}

/* What every batch has comes first, and the ids last of it: so much is uploaded as there is. */
static void lay_out(struct batch *batch, size_t align) {
    size_t positions = batch->capacity * batch->T, sorted = batch->training ? positions : 0;
    struct layout layout = {align, 0};
    place(&layout, batch->T + 1);
    batch->start_at = place(&layout, batch->capacity);
    batch->places_at = place(&layout, batch->capacity);
    batch->y_at = place(&layout, batch->capacity * batch->O);
    batch->weights_at = place(&layout, batch->O ? batch->capacity : 0);
    batch->source_at = place(&layout, batch->expands ? positions : 0);
    batch->x_at = place(&layout, positions);
    batch->order_at = place(&layout, sorted);
    batch->bounds_at = place(&layout, sorted + 1);
    batch->ids_at = place(&layout, sorted + 1);
    batch->bytes = layout.next * sizeof(int32_t);
}

static mood_status part(struct batch *batch, size_t at, size_t count, struct buffer *buffer, mood_error *err) {
    return buffer_part(&batch->device, at * sizeof(int32_t), (count ? count : 1) * sizeof(int32_t), buffer, err);
}

static mood_status take_parts(struct batch *batch, mood_error *err) {
    size_t positions = batch->capacity * batch->T;
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
        status = part(batch, batch->source_at, positions, &batch->packing.source, err);
    if (status == MOOD_OK)
        status = part(batch, batch->x_at, positions, &batch->x, err);
    if (status != MOOD_OK || !batch->training)
        return status;
    status = part(batch, batch->order_at, positions, &batch->order, err);
    if (status == MOOD_OK)
        status = part(batch, batch->bounds_at, positions + 1, &batch->bounds, err);
    if (status == MOOD_OK)
        status = part(batch, batch->ids_at, positions + 1, &batch->ids, err);
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

mood_status batch_create(const struct mood_model *model, size_t capacity, size_t O, bool training, struct batch *batch,
                         mood_error *err) {
    size_t V = mood_model_get_vocabulary(model), T = model->T;
    *batch = (struct batch){.capacity = capacity, .V = V, .T = T, .O = O, .training = training};
    mood_status status = choose_steps(batch, model, err);
    if (status != MOOD_OK)
        return status;
    lay_out(batch, model->device->alignment / sizeof(int32_t));
    batch->direct = model->device->shares_memory && !training;
    batch->host = batch->direct ? NULL : calloc(1, batch->bytes);
    batch->counts = calloc(training && DIGITS > T + 1 ? DIGITS : T + 1, sizeof *batch->counts);
    batch->room = training ? calloc(capacity, T * sizeof *batch->room) : NULL;
    batch->picked = calloc(capacity, sizeof *batch->picked);
    if ((!batch->host && !batch->direct) || !batch->counts || !batch->picked || (training && !batch->room))
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making batches");
    if (status == MOOD_OK)
        status = buffer_create(model->device, batch->bytes, 1, &batch->device, err);
    if (batch->direct)
        batch->host = batch->device.host;
    batch->packing.at = batch->host;
    if (status == MOOD_OK)
        status = take_parts(batch, err);
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
    buffer_destroy(&batch->packing.steps);
    buffer_destroy(&batch->packing.start);
    buffer_destroy(&batch->packing.places);
    buffer_destroy(&batch->packing.source);
    buffer_destroy(&batch->x);
    buffer_destroy(&batch->y);
    buffer_destroy(&batch->weights);
    buffer_destroy(&batch->order);
    buffer_destroy(&batch->bounds);
    buffer_destroy(&batch->ids);
    if (!batch->direct)
        free(batch->host);
    buffer_destroy(&batch->device);
    free(batch->counts);
    free(batch->room);
    free(batch->picked);
    memset(batch, 0, sizeof *batch);
}

/* ---- load --------------------------------------------------------------------------------------- */

static const int32_t *row_of(const struct batch *batch, const struct rows *rows, size_t first, size_t b) {
    size_t row = first + batch->picked[b];
    return rows->x + (rows->order ? rows->order[row] : row) * rows->T;
}

/* The first step that is not padding; a row of nothing else keeps its last. If steps are masked, the others are moved to
 * the end of the row. */
static size_t first_step(const struct batch *batch, const int32_t *row) {
    size_t t = 0, masked = 0;
    for (size_t i = 0; batch->masked && i < batch->T; i++)
        masked += row[i] == 0;
    while (!batch->whole && !batch->masked && t + 1 < batch->T && row[t] == 0)
        t++;
    return batch->masked ? masked : t;
}

/* Counting sort of the rows by their first step; equal ones keep their order. */
static void sort_rows(struct batch *batch, const struct rows *rows, size_t first, size_t count) {
    int32_t *at = batch->host, *start = batch->host + batch->start_at;
    size_t *next = batch->counts, before = 0;
    memset(next, 0, (batch->T + 1) * sizeof *next);
    for (size_t b = 0; b < count; b++)
        batch->picked[b] = b;
    for (size_t b = 0; b < count; b++) {
        start[b] = (int32_t)first_step(batch, row_of(batch, rows, first, b));
        next[start[b]]++;
    }
    at[0] = 0;
    for (size_t t = 0; t < batch->T; t++) {
        size_t begin = next[t];
        next[t] = before;
        before += begin;
        at[t + 1] = at[t] + (int32_t)before;
    }
    batch->packing.empty = next[batch->T];
    next[batch->T] = before;
    for (size_t b = 0; b < count; b++)
        batch->picked[next[start[b]]++] = b;
    size_t t = 0;
    for (size_t b = 0; b < count; b++) {
        while (t < batch->T && (size_t)(at[t + 1] - at[t]) <= b)
            t++;
        start[b] = (int32_t)t;
    }
}

/* Where each row stands in the order of rows, whatever batches and slices it is cut into. */
static void set_places(struct batch *batch, size_t first, size_t count) {
    int32_t *places = batch->host + batch->places_at;
    for (size_t b = 0; b < count; b++)
        places[b] = (int32_t)(first + batch->picked[b]);
}

/* Ids of row b to their places. */
static void pack_ids(struct batch *batch, const int32_t *row, size_t b) {
    const int32_t *at = batch->host, *start = batch->host + batch->start_at;
    int32_t *x = batch->host + batch->x_at;
    size_t t = (size_t)start[b];
    for (size_t i = batch->masked ? 0 : t; i < batch->T; i++)
        if (!batch->masked || row[i] != 0)
            x[(size_t)at[t++] + b] = row[i];
}

/* See kernels/steps.cl. */
static void set_source(struct batch *batch, const int32_t *row, size_t b, size_t count) {
    const int32_t *at = batch->host, *start = batch->host + batch->start_at;
    int32_t *source = batch->host + batch->source_at, last = -1;
    size_t t = (size_t)start[b];
    for (size_t i = 0; i < batch->T; i++) {
        if (row[i] != 0)
            last = at[t++] + (int32_t)b;
        source[i * count + b] = row[i] != 0 ? last : -2 - last;
    }
}

static void pack_rows(struct batch *batch, const struct rows *rows, size_t first, size_t count) {
    float *y = (float *)(batch->host + batch->y_at), *weights = (float *)(batch->host + batch->weights_at);
    for (size_t b = 0; b < count; b++) {
        const int32_t *row = row_of(batch, rows, first, b);
        pack_ids(batch, row, b);
        if (batch->expands)
            set_source(batch, row, b, count);
        if (batch->O) {
            size_t place = (size_t)(row - rows->x) / rows->T;
            memcpy(y + b * batch->O, rows->y + place * batch->O, batch->O * sizeof *y);
            weights[b] = rows->weights ? rows->weights[place] : 1;
        }
    }
}

/* One pass of a radix sort: places by a digit of their ids, equal ones in the order of `from` (NULL: 0, 1 …). */
static void sort_by_digit(const int32_t *ids, size_t n, unsigned shift, const int32_t *from, int32_t *to,
                          size_t *next) {
    size_t before = 0;
    memset(next, 0, DIGITS * sizeof *next);
    for (size_t i = 0; i < n; i++)
        next[(size_t)ids[i] >> shift & (DIGITS - 1)]++;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        size_t count = next[digit];
        next[digit] = before;
        before += count;
    }
    for (size_t i = 0; i < n; i++) {
        int32_t place = from ? from[i] : (int32_t)i;
        to[next[(size_t)ids[place] >> shift & (DIGITS - 1)]++] = place;
    }
}

/* The packed places by id; equal ids keep their order. How many ids there could be makes no difference but for the number
 * of digits. Returns the number of different ids. */
static size_t sort_ids(struct batch *batch, size_t n) {
    const int32_t *x = batch->host + batch->x_at, *from = NULL;
    int32_t *order = batch->host + batch->order_at, *bounds = batch->host + batch->bounds_at;
    int32_t *ids = batch->host + batch->ids_at;
    unsigned passes = 1;
    while ((batch->V - 1) >> (passes * DIGIT_BITS))
        passes++;
    for (unsigned pass = 0; pass < passes; pass++) {
        int32_t *to = (passes - pass) % 2 ? order : batch->room; /* the last one's is order */
        sort_by_digit(x, n, pass * DIGIT_BITS, from, to, batch->counts);
        from = to;
    }
    size_t segments = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || x[order[i]] != x[order[i - 1]]) {
            bounds[segments] = (int32_t)i;
            ids[segments++] = x[order[i]];
        }
    bounds[segments] = (int32_t)n;
    return segments;
}

mood_status batch_load(struct batch *batch, struct queue *queue, const struct rows *rows, size_t first, size_t count,
                       mood_error *err) {
    mood_status status = batch->direct ? queue_finish(queue, err) : MOOD_OK; /* what was started reads it */
    if (status != MOOD_OK)
        return status;
    wait_for_upload(batch);
    sort_rows(batch, rows, first, count);
    set_places(batch, first, count);
    pack_rows(batch, rows, first, count);
    size_t n = (size_t)batch->packing.at[batch->T];
    batch->packing.B = count;
    batch->packing.T = batch->T;
    batch->packing.lead = (size_t)batch->host[batch->start_at + count - 1];
    batch->input = (struct sequence){.data = batch->x, .rows = n, .D = 1, .packing = &batch->packing, .is_ids = true};
    if (batch->training) {
        batch->input.order = batch->order;
        batch->input.bounds = batch->bounds;
        batch->input.ids = batch->ids;
        batch->input.segments = sort_ids(batch, n);
    }
    if (batch->direct)
        return MOOD_OK;
    size_t bytes = batch->training ? batch->bytes : (batch->x_at + n) * sizeof *batch->host;
    return queue_write_later(queue, &batch->device, batch->host, bytes, &batch->uploaded, err);
}
