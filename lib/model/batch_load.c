/* Fills batches. */
#include <string.h>

#include "model/batch.h"

/* The number of the row at index b. */
static size_t index_of(const struct batch *batch, const struct rows *rows, size_t first, size_t b) {
    size_t row = first + batch->picked[b];
    return rows->order ? rows->order[row] : row;
}

static const int32_t *row_of(const struct batch *batch, const struct rows *rows, size_t first, size_t b) {
    return rows->x + index_of(batch, rows, first, b) * rows->T;
}

/* ---- rows of ids -------------------------------------------------------------------------------- */

static bool is_masked(const struct batch *batch, int32_t id) {
    return batch->masked_words ? batch->masked_words[id] : id == 0;
}

/* The first step that is not padding; a row that is all padding keeps its last step. With a mask: the row's first step
 * once its unmasked steps are moved to its end. */
static size_t first_step(const struct batch *batch, const int32_t *row) {
    size_t t = 0, masked = 0;
    for (size_t i = 0; batch->masked && i < batch->T; i++)
        masked += is_masked(batch, row[i]);
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

/* Store each row's index in the order of rows, which does not depend on batches and slices. */
static void set_places(struct batch *batch, size_t first, size_t count) {
    int32_t *places = batch->host + batch->places_at;
    for (size_t b = 0; b < count; b++)
        places[b] = (int32_t)(first + batch->picked[b]);
}

/* Write the ids of row b to their packed positions. */
static void pack_ids(struct batch *batch, const int32_t *row, size_t b) {
    const int32_t *at = batch->host, *start = batch->host + batch->start_at;
    int32_t *x = batch->host + batch->steps.x_at;
    size_t t = (size_t)start[b];
    for (size_t i = batch->masked ? 0 : t; i < batch->T; i++)
        if (!batch->masked || !is_masked(batch, row[i]))
            x[(size_t)at[t++] + b] = row[i];
}

/* See kernels/steps.cl. */
static void set_source(struct batch *batch, const int32_t *row, size_t b, size_t count) {
    const int32_t *at = batch->host, *start = batch->host + batch->start_at;
    int32_t *source = batch->host + batch->source_at, last = -1;
    size_t t = (size_t)start[b];
    for (size_t i = 0; i < batch->T; i++) {
        bool masked = is_masked(batch, row[i]);
        if (!masked)
            last = at[t++] + (int32_t)b;
        source[i * count + b] = masked ? -2 - last : last;
    }
}

static void pack_rows(struct batch *batch, const struct rows *rows, size_t first, size_t count) {
    for (size_t b = 0; b < count; b++) {
        const int32_t *row = row_of(batch, rows, first, b);
        pack_ids(batch, row, b);
        if (batch->expands)
            set_source(batch, row, b, count);
    }
}

/* ---- bags --------------------------------------------------------------------------------------- */

/* Append the bag of a row's words, or of its n-grams. */
static mood_status add_bag(struct batch *batch, const struct rows *rows, size_t index, mood_error *err) {
    size_t start = rows->starts ? rows->starts[index] : index * rows->T;
    size_t count = rows->starts ? rows->starts[index + 1] - start : rows->T;
    const int32_t *ids = count ? rows->x + start : NULL;
    if (batch->ngrams) {
        count = ngrams_find(batch->ngrams, ids, count, batch->found);
        ids = batch->found;
    }
    return bag_rows_add(&batch->bags, batch->bag, ids, count, err);
}

/* Make the bags in host memory, while the device may still read the buffers of the previous batch. */
static mood_status make_bags(struct batch *batch, const struct rows *rows, size_t first, size_t count,
                             mood_error *err) {
    mood_status status = MOOD_OK;
    bag_rows_clear(&batch->bags);
    for (size_t row = first; row < first + count && status == MOOD_OK; row++)
        status = add_bag(batch, rows, rows->order ? rows->order[row] : row, err);
    return status;
}

/* Replace the buffers if the batch has more words than their capacity, or if an earlier allocation failed. Launched
 * kernels may still read the old buffers, so wait for them first. */
static mood_status grow(struct batch *batch, struct queue *queue, mood_error *err) {
    size_t words = batch->words.capacity;
    if (batch->host && batch->bags.used <= words)
        return MOOD_OK;
    while (words < batch->bags.used)
        words *= 2;
    mood_status status = queue_finish(queue, err);
    return status == MOOD_OK ? batch_resize(batch, words, err) : status;
}

/* Without ids, rows keep their order and have one time step each. */
static void place_bags(struct batch *batch, size_t count) {
    int32_t *at = batch->host, *start = batch->host + batch->start_at;
    at[0] = 0;
    at[1] = (int32_t)count;
    memset(start, 0, count * sizeof *start);
    for (size_t b = 0; b < count; b++)
        batch->picked[b] = b;
}

/* In the order of the batch's rows. */
static void store_bags(struct batch *batch, size_t count) {
    const struct bag_rows *bags = &batch->bags;
    int32_t *starts = batch->host + batch->starts_at, *words = batch->host + batch->words.x_at;
    int32_t *values = batch->host + batch->values_at, *owners = batch->host + batch->owners_at;
    size_t used = 0;
    for (size_t b = 0; b < count; b++) {
        size_t from = (size_t)bags->starts[batch->picked[b]];
        size_t size = (size_t)bags->starts[batch->picked[b] + 1] - from;
        starts[b] = (int32_t)used;
        if (size) {
            memcpy(words + used, bags->ids + from, size * sizeof *words);
            memcpy(values + used, bags->values + from, size * sizeof *values);
        }
        for (size_t end = used + size; used < end; used++)
            owners[used] = (int32_t)b;
    }
    starts[count] = (int32_t)used;
}

/* ---- sorted ids --------------------------------------------------------------------------------- */

/* One pass of a radix sort: sort indices by a digit of their ids; equal digits keep the order of `from` (NULL: 0, 1
 * …). */
static void sort_by_digit(const int32_t *ids, size_t n, unsigned shift, const int32_t *from, int32_t *to,
                          size_t *next) {
    size_t before = 0;
    memset(next, 0, BATCH_DIGITS * sizeof *next);
    for (size_t i = 0; i < n; i++)
        next[(size_t)ids[i] >> shift & (BATCH_DIGITS - 1)]++;
    for (size_t digit = 0; digit < BATCH_DIGITS; digit++) {
        size_t count = next[digit];
        next[digit] = before;
        before += count;
    }
    for (size_t i = 0; i < n; i++) {
        int32_t place = from ? from[i] : (int32_t)i;
        to[next[(size_t)ids[place] >> shift & (BATCH_DIGITS - 1)]++] = place;
    }
}

/* Sort the indices by id; equal ids keep their order. The size of the vocabulary only determines the number of
 * digits. Returns the number of different ids. */
static size_t sort_ids(const struct batch *batch, const struct id_list *list, size_t n) {
    const int32_t *x = batch->host + list->x_at, *from = NULL;
    int32_t *order = batch->host + list->order_at, *bounds = batch->host + list->bounds_at;
    int32_t *ids = batch->host + list->ids_at;
    unsigned passes = 1;
    while ((list->limit - 1) >> (passes * BATCH_DIGIT_BITS))
        passes++;
    for (unsigned pass = 0; pass < passes; pass++) {
        int32_t *to = (passes - pass) % 2 ? order : batch->room; /* the last pass writes to order */
        sort_by_digit(x, n, pass * BATCH_DIGIT_BITS, from, to, batch->counts);
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

/* ---- load --------------------------------------------------------------------------------------- */

static void take_labels(struct batch *batch, const struct rows *rows, size_t first, size_t count) {
    float *y = (float *)(batch->host + batch->y_at), *weights = (float *)(batch->host + batch->weights_at);
    for (size_t b = 0; b < count && batch->O; b++) {
        size_t index = index_of(batch, rows, first, b);
        memcpy(y + b * batch->O, rows->y + index * batch->O, batch->O * sizeof *y);
        weights[b] = rows->weights ? rows->weights[index] : 1;
    }
}

static void take_rows(struct batch *batch, const struct rows *rows, size_t first, size_t count) {
    if (batch->takes_ids) {
        sort_rows(batch, rows, first, count);
        pack_rows(batch, rows, first, count);
    } else {
        place_bags(batch, count);
    }
    if (batch->bag)
        store_bags(batch, count);
    set_places(batch, first, count);
    take_labels(batch, rows, first, count);
    batch->packing.B = count;
    batch->packing.T = batch->T;
    batch->packing.padding_steps = (size_t)batch->host[batch->start_at + count - 1];
}

/* In training, the n ids in sorted order. */
static void describe_sorted(const struct batch *batch, const struct id_list *list, size_t n, struct sequence *input) {
    if (!batch->training)
        return;
    input->order = list->order;
    input->bounds = list->bounds;
    input->ids = list->ids;
    input->segments = sort_ids(batch, list, n);
}

static struct sequence describe_bags(const struct batch *batch, size_t count) {
    struct sequence bags = {.data = batch->words.x,
                            .rows = count,
                            .D = batch->bag->V,
                            .packing = &batch->packing,
                            .is_bags = true,
                            .places = batch->bags.used,
                            .starts = batch->starts,
                            .values = batch->values,
                            .owners = batch->owners};
    describe_sorted(batch, &batch->words, batch->bags.used, &bags);
    return bags;
}

/* Describe the input for the layers. */
static void describe_input(struct batch *batch, size_t count) {
    size_t steps = (size_t)batch->packing.at[batch->T];
    if (!batch->takes_ids) {
        batch->input = describe_bags(batch, count);
        return;
    }
    batch->input =
        (struct sequence){.data = batch->steps.x, .rows = steps, .D = 1, .packing = &batch->packing, .is_ids = true};
    describe_sorted(batch, &batch->steps, steps, &batch->input);
    if (!batch->bag)
        return;
    batch->ngrams_input = describe_bags(batch, count);
    batch->input.bags = &batch->ngrams_input;
}

mood_status batch_load(struct batch *batch, struct queue *queue, const struct rows *rows, size_t first, size_t count,
                       mood_error *err) {
    mood_status status = batch->bag ? make_bags(batch, rows, first, count, err) : MOOD_OK;
    if (status == MOOD_OK && batch->direct)
        status = queue_finish(queue, err); /* launched kernels may still read host */
    if (status != MOOD_OK)
        return status;
    batch_wait(batch);
    status = batch->bag ? grow(batch, queue, err) : MOOD_OK;
    if (status != MOOD_OK)
        return status;
    take_rows(batch, rows, first, count);
    describe_input(batch, count);
    if (batch->direct)
        return MOOD_OK;
    size_t bytes = batch->training || batch->bag ? batch->bytes
                                                 : (batch->steps.x_at + batch->input.rows) * sizeof *batch->host;
    return queue_write_later(queue, &batch->device, batch->host, bytes, &batch->uploaded, err);
}
