/* Integrated gradients. The path is a straight line from the base to the row: all its points are rows of a batch with
 * the same ids. The Embedding's output, and the values of bags, are replaced by the points' before the other layers
 * run. Bags that are divided by their length are that already (bag.unit), so their path is a straight line, too. The
 * points are the middles of equal parts of the path. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "model/attribution.h"
#include "model/context.h"
#include "model/copy.h"
#include "model/masked_words.h"
#include "model/slice.h"
#include "model/training_device.h"

enum { MOST_ROWS = 64, FIRST_STEPS = 32, MOST_STEPS = 1024 };

struct attributor {
    struct mood_model *model; /* deterministic */
    struct context *context;
    struct batch batch;
    struct buffer d_out, d_values; /* d_values grows */
    size_t B, E, O;                /* E: 0 for a model of bags of words */
    size_t *order;                 /* [B], zeros: all rows of a batch are the same */
    float *base;                   /* [E] */
    float *vectors;                /* [T,E]: of the row's stored steps */
    float *points;                 /* [T*B*E]: of the batch, and the gradients */
    float *values;                 /* [values_room]: the same of bags */
    size_t values_room;
    float *outputs, *d_outputs; /* [B,O] */
};

/* The path of one row. */
struct path {
    struct attributor *a;
    struct rows rows;
    const mood_head *head;
    size_t label;
    size_t stored, used;        /* steps of the row; entries of its bag */
    double *by_step, *by_entry; /* [stored], [used]: contributions */
    int32_t *columns;           /* [used], ascending */
    bool begun;                 /* vectors, columns … are there */
};

static mood_status no_memory(mood_error *err) {
    return out_of_memory(err, "explaining a score");
}

/* ---- the attributor ------------------------------------------------------------------------------ */

static mood_status allocate(struct attributor *a, mood_error *err) {
    const struct mood_model *model = a->model;
    size_t numbers = a->E ? model->T * a->E : 0;
    a->order = calloc(a->B, sizeof *a->order);
    a->base = calloc(a->E + 1, sizeof *a->base);
    a->vectors = calloc(numbers + 1, sizeof *a->vectors);
    a->points = calloc(numbers * a->B + 1, sizeof *a->points);
    a->outputs = calloc(a->B * a->O, sizeof *a->outputs);
    a->d_outputs = calloc(a->B * a->O, sizeof *a->d_outputs);
    if (!a->order || !a->base || !a->vectors || !a->points || !a->outputs || !a->d_outputs)
        return no_memory(err);
    return buffer_create(model->device, a->B * a->O, sizeof(float), &a->d_out, err);
}

/* The vector of padding. */
static mood_status read_base(struct attributor *a, mood_error *err) {
    const struct variable *embeddings = &a->model->layers[0]->variables[0];
    if (!a->E)
        return MOOD_OK;
    return queue_read(a->model->queue, &embeddings->value, 0, a->base, a->E * sizeof *a->base, err);
}

static mood_status prepare(struct attributor *a, const struct mood_model *model, mood_error *err) {
    mood_status status = model_copy_deterministic(model, &a->model, err);
    if (status == MOOD_OK)
        status = masked_words_update(a->model, err);
    if (status == MOOD_OK)
        status = slice_to_fit(a->model, true, MOST_ROWS, &a->B, err);
    if (status == MOOD_OK)
        status = model_prepare(a->model, err);
    if (status == MOOD_OK)
        status = context_create(a->model, a->model->queue, a->B, true, &a->context, err);
    if (status == MOOD_OK)
        status = batch_create(a->model, a->B, 0, true, &a->batch, err);
    if (status != MOOD_OK)
        return status;
    a->E = a->model->bag.V ? 0 : a->model->layers[0]->out.D;
    a->O = mood_model_get_outputs(a->model);
    status = allocate(a, err);
    return status == MOOD_OK ? read_base(a, err) : status;
}

mood_status attributor_create(const struct mood_model *model, struct attributor **created, mood_error *err) {
    *created = NULL;
    mood_status status = training_device_check(model->device, err);
    if (status != MOOD_OK)
        return status;
    struct attributor *a = calloc(1, sizeof *a);
    if (!a)
        return no_memory(err);
    status = prepare(a, model, err);
    if (status != MOOD_OK) {
        attributor_destroy(a);
        return status;
    }
    *created = a;
    return MOOD_OK;
}

void attributor_destroy(struct attributor *a) {
    if (!a)
        return;
    if (a->model)
        queue_finish(a->model->queue, NULL);
    batch_destroy(&a->batch);
    context_destroy(a->context);
    buffer_destroy(&a->d_out);
    buffer_destroy(&a->d_values);
    mood_model_destroy(a->model);
    free(a->order);
    free(a->base);
    free(a->vectors);
    free(a->points);
    free(a->values);
    free(a->outputs);
    free(a->d_outputs);
    free(a);
}

/* ---- a batch of points ---------------------------------------------------------------------------- */

static struct sequence *bags_of(struct attributor *a) {
    return a->batch.takes_ids ? &a->batch.ngrams_input : &a->batch.input;
}

/* Ensure room for the bags of a batch of n rows. */
static mood_status reserve_values(struct path *path, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    size_t wanted = n * path->used;
    if (wanted <= a->values_room)
        return MOOD_OK;
    float *values = realloc(a->values, wanted * sizeof *values);
    if (!values)
        return no_memory(err);
    a->values = values;
    mood_status status = queue_finish(a->model->queue, err);
    buffer_destroy(&a->d_values);
    a->values_room = 0;
    if (status == MOOD_OK)
        status = buffer_create(a->model->device, wanted, sizeof(float), &a->d_values, err);
    if (status == MOOD_OK)
        a->values_room = wanted;
    return status;
}

/* What the first batch says about the row. */
static mood_status begin(struct path *path, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    path->stored = a->E ? a->batch.input.rows / n : 0;
    path->used = a->batch.bag ? (size_t)a->batch.bags.starts[1] : 0;
    path->by_step = calloc(path->stored + 1, sizeof *path->by_step);
    path->by_entry = calloc(path->used + 1, sizeof *path->by_entry);
    path->columns = calloc(path->used + 1, sizeof *path->columns);
    if (!path->by_step || !path->by_entry || !path->columns)
        return no_memory(err);
    if (path->used)
        memcpy(path->columns, a->batch.bags.ids, path->used * sizeof *path->columns);
    path->begun = true;
    return MOOD_OK;
}

/* The numbers of batches are at [(step*n + row)*E]. */
static mood_status read_vectors(struct path *path, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    size_t bytes = path->stored * n * a->E * sizeof(float);
    mood_status status = queue_read(a->model->queue, &a->context->works[0].out.data, 0, a->points, bytes, err);
    for (size_t k = 0; k < path->stored && status == MOOD_OK; k++)
        memcpy(a->vectors + k * a->E, a->points + k * n * a->E, a->E * sizeof(float));
    return status;
}

static mood_status place_vectors(struct path *path, const double *at, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    float *point = a->points;
    for (size_t k = 0; k < path->stored; k++)
        for (size_t b = 0; b < n; b++)
            for (size_t e = 0; e < a->E; e++) {
                double from = (double)a->base[e], to = (double)a->vectors[k * a->E + e];
                *point++ = (float)(from + at[b] * (to - from));
            }
    return queue_write(a->model->queue, &a->context->works[0].out.data, 0, a->points,
                       path->stored * n * a->E * sizeof(float), err);
}

static mood_status place_values(struct path *path, const double *at, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < path->used; i++)
            a->values[b * path->used + i] = (float)(at[b] * (double)a->batch.bags.values[i]);
    mood_status status =
        queue_write(a->model->queue, &a->batch.values, 0, a->values, n * path->used * sizeof(float), err);
    if (status == MOOD_OK)
        status = queue_zero(a->model->queue, &a->d_values, err);
    bags_of(a)->d_values = &a->d_values;
    return status;
}

/* Load n rows at points `at` [n] and compute their outputs. */
static mood_status run_forward(struct path *path, const double *at, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    mood_status status = batch_load(&a->batch, a->model->queue, &path->rows, 0, n, err);
    if (status == MOOD_OK && !path->begun)
        status = begin(path, n, err);
    if (status == MOOD_OK && path->used)
        status = reserve_values(path, n, err);
    if (status == MOOD_OK && path->used)
        status = place_values(path, at, n, err);
    if (status == MOOD_OK)
        status = context_forward_first(a->context, &a->batch.input, err);
    if (status == MOOD_OK && path->stored) {
        status = read_vectors(path, n, err);
        if (status == MOOD_OK)
            status = place_vectors(path, at, n, err);
    }
    if (status == MOOD_OK)
        status = context_forward_others(a->context, &a->batch.input, err);
    if (status == MOOD_OK)
        status = queue_read(a->model->queue, &context_last(a->context)->out.data, 0, a->outputs,
                            n * a->O * sizeof(float), err);
    return status == MOOD_OK ? model_check_outputs(a->outputs, n, a->O, "step", err) : status;
}

/* ---- gradients ------------------------------------------------------------------------------------ */

static mood_status add_steps(struct path *path, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    const struct buffer *gradient = a->context->gradients[0].of_output;
    if (!path->stored || !gradient)
        return MOOD_OK;
    mood_status status =
        queue_read(a->model->queue, gradient, 0, a->points, path->stored * n * a->E * sizeof(float), err);
    const float *g = a->points;
    for (size_t k = 0; k < path->stored && status == MOOD_OK; k++)
        for (size_t b = 0; b < n; b++)
            for (size_t e = 0; e < a->E; e++)
                path->by_step[k] += (double)*g++ * ((double)a->vectors[k * a->E + e] - (double)a->base[e]);
    return status;
}

/* The first layers take vectors only: [n,V] of each. */
static mood_status add_expanded(struct path *path, const struct buffer *gradient, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    size_t V = a->batch.bag->V;
    float *row = malloc(V * sizeof *row);
    mood_status status = row ? MOOD_OK : no_memory(err);
    for (size_t b = 0; b < n && status == MOOD_OK; b++) {
        status = queue_read(a->model->queue, gradient, b * V * sizeof *row, row, V * sizeof *row, err);
        for (size_t i = 0; i < path->used && status == MOOD_OK; i++)
            path->by_entry[i] += (double)row[path->columns[i]] * (double)a->batch.bags.values[i];
    }
    free(row);
    return status;
}

static mood_status add_entries(struct path *path, size_t n, mood_error *err) {
    struct attributor *a = path->a;
    const struct schedule *schedule = &a->context->schedule;
    mood_status status = MOOD_OK;
    if (!path->used)
        return MOOD_OK;
    for (size_t i = 0; i < schedule->count && schedule->expands_bags && status == MOOD_OK; i++)
        if (schedule->nodes[i].source_count == 0)
            status = add_expanded(path, work_d_in(schedule->nodes[i].layer, &a->context->works[i], 0), n, err);
    if (schedule->expands_bags || status != MOOD_OK)
        return status;
    status = queue_read(a->model->queue, &a->d_values, 0, a->values, n * path->used * sizeof(float), err);
    for (size_t b = 0; b < n && status == MOOD_OK; b++)
        for (size_t i = 0; i < path->used; i++)
            path->by_entry[i] += (double)a->values[b * path->used + i] * (double)a->batch.bags.values[i];
    return status;
}

/* Add the contributions of n points that stand for `weight` of the path each. */
static mood_status add_points(struct path *path, const double *at, size_t n, double weight, mood_error *err) {
    struct attributor *a = path->a;
    mood_status status = run_forward(path, at, n, err);
    for (size_t b = 0; b < n && status == MOOD_OK; b++) {
        float *gradient = a->d_outputs + b * a->O;
        head_differentiate(path->head, a->outputs + b * a->O, path->label, gradient);
        for (size_t i = 0; i < a->O; i++)
            gradient[i] = (float)(weight * (double)gradient[i]);
    }
    if (status == MOOD_OK)
        status = queue_write(a->model->queue, &a->d_out, 0, a->d_outputs, n * a->O * sizeof(float), err);
    if (status == MOOD_OK)
        status = context_backward(a->context, &a->batch.input, &a->d_out, err);
    if (status == MOOD_OK)
        status = add_steps(path, n, err);
    return status == MOOD_OK ? add_entries(path, n, err) : status;
}

/* ---- the path ------------------------------------------------------------------------------------- */

static double sum_of(const struct path *path) {
    double sum = 0;
    for (size_t k = 0; k < path->stored; k++)
        sum += path->by_step[k];
    for (size_t i = 0; i < path->used; i++)
        sum += path->by_entry[i];
    return sum;
}

static mood_status integrate(struct path *path, size_t steps, mood_error *err) {
    mood_status status = MOOD_OK;
    memset(path->by_step, 0, path->stored * sizeof *path->by_step);
    memset(path->by_entry, 0, path->used * sizeof *path->by_entry);
    for (size_t first = 0; first < steps && status == MOOD_OK; first += path->a->B) {
        double at[MOST_ROWS];
        size_t n = steps - first < path->a->B ? steps - first : path->a->B;
        for (size_t b = 0; b < n; b++)
            at[b] = ((double)(first + b) + 0.5) / (double)steps;
        status = add_points(path, at, n, 1 / (double)steps, err);
    }
    return status;
}

/* The score at the path's start, and at its end. */
static mood_status measure_ends(struct path *path, struct attribution *attribution, mood_error *err) {
    struct attributor *a = path->a;
    double *ends[] = {&attribution->base, &attribution->score};
    for (size_t end = 0; end < 2; end++) {
        const double at[] = {(double)end};
        mood_status status = run_forward(path, at, 1, err);
        if (status != MOOD_OK)
            return status;
        *ends[end] = head_differentiate(path->head, a->outputs, path->label, a->d_outputs);
    }
    return MOOD_OK;
}

/* Half of what is promised: scores of the scorer differ in the last digits. */
static double tolerance_of(const struct attribution *attribution) {
    double path = fabs(attribution->score - attribution->base), all = fabs(attribution->score - attribution->empty);
    return fmax(0.005 * fmin(path, all), 5e-5);
}

static mood_status follow(struct path *path, struct attribution *attribution, mood_error *err) {
    mood_status status = measure_ends(path, attribution, err);
    if (status != MOOD_OK || path->stored + path->used == 0)
        return status;
    double difference = attribution->score - attribution->base, tolerance = tolerance_of(attribution);
    for (size_t steps = FIRST_STEPS; steps <= MOST_STEPS && status == MOOD_OK; steps *= 2) {
        status = integrate(path, steps, err);
        attribution->sum = sum_of(path);
        attribution->steps = steps;
        if (fabs(attribution->sum - difference) <= tolerance)
            break;
    }
    if (status == MOOD_OK && !isfinite(attribution->sum))
        status = mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                                "the gradients of the score are not finite: the model's weights are too large");
    return status;
}

/* ---- contributions of ids -------------------------------------------------------------------------- */

static bool is_stored(const struct attributor *a, int32_t id) {
    return !a->batch.masked || (a->batch.masked_words ? !a->batch.masked_words[id] : id != 0);
}

static void share_steps(const struct path *path, double *contributions) {
    size_t k = 0;
    for (size_t t = 0; t < path->rows.T && k < path->stored; t++)
        if (is_stored(path->a, path->rows.x[t]))
            contributions[t] += path->by_step[k++];
}

static bool is_word(const struct path *path, size_t t) {
    return path->rows.x[t] != 0 && is_stored(path->a, path->rows.x[t]);
}

/* With a mask an empty text has no steps, but the path's start has as many as the row. */
static void share_base(const struct path *path, double amount, double *contributions) {
    size_t count = 0;
    for (size_t t = 0; t < path->rows.T && path->a->batch.masked; t++)
        count += is_word(path, t);
    for (size_t t = 0; t < path->rows.T && count; t++)
        if (is_word(path, t))
            contributions[t] += amount / (double)count;
}

/* The index of a column among the entries. */
static size_t entry_of(const struct path *path, int32_t column) {
    size_t low = 0, high = path->used;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        *(path->columns[middle] <= column ? &low : &high) = middle;
    }
    return low;
}

/* An occurrence of a column in the row: its words are the last `length` ids that are no padding, up to `end`. */
struct occurrence {
    size_t entry, end, length;
};

static size_t list_ngrams(const struct path *path, const int32_t *ids, size_t count, int32_t *found,
                          struct occurrence *occurrences) {
    const struct ngram_input *ngrams = path->a->batch.ngrams;
    int32_t *ends = found + NGRAM_LONGEST * count, room[NGRAM_LONGEST];
    size_t n = ngrams_find_places(ngrams, ids, count, found, ends);
    for (size_t i = 0; i < n; i++) {
        int32_t column = found[i] - 1;
        occurrences[i] =
            (struct occurrence){entry_of(path, column), (size_t)ends[i], ngram_unpack(ngrams->grams[column], room)};
    }
    return n;
}

static size_t list_words(const struct path *path, const int32_t *ids, size_t count, struct occurrence *occurrences) {
    size_t n = 0;
    for (size_t t = 0; t < count; t++)
        if (ids[t] != 0)
            occurrences[n++] = (struct occurrence){entry_of(path, ids[t] - path->a->batch.bag->first), t, 1};
    return n;
}

static void share(const struct occurrence *occurrence, double amount, const int32_t *ids, double *contributions) {
    size_t left = occurrence->length, t = occurrence->end + 1;
    while (left > 0 && t-- > 0)
        if (ids[t] != 0) {
            contributions[t] += amount / (double)occurrence->length;
            left--;
        }
}

static mood_status share_entries(const struct path *path, const int32_t *ids, size_t count, double *contributions,
                                 mood_error *err) {
    size_t most = NGRAM_LONGEST * count;
    if (!path->used)
        return MOOD_OK;
    int32_t *found = calloc(2 * most, sizeof *found);
    struct occurrence *occurrences = calloc(most, sizeof *occurrences);
    size_t *times = calloc(path->used, sizeof *times);
    if (found && occurrences && times) {
        size_t n = path->a->batch.ngrams ? list_ngrams(path, ids, count, found, occurrences)
                                         : list_words(path, ids, count, occurrences);
        for (size_t i = 0; i < n; i++)
            times[occurrences[i].entry]++;
        for (size_t i = 0; i < n; i++)
            share(&occurrences[i], path->by_entry[occurrences[i].entry] / (double)times[occurrences[i].entry], ids,
                  contributions);
    }
    mood_status status = found && occurrences && times ? MOOD_OK : no_memory(err);
    free(found);
    free(occurrences);
    free(times);
    return status;
}

mood_status attributor_run(struct attributor *a, const int32_t *ids, size_t count, const mood_head *head, size_t label,
                           double *contributions, struct attribution *attribution, mood_error *err) {
    const size_t starts[] = {0, count};
    struct path path = {.a = a, .head = head, .label = label};
    path.rows = (struct rows){.x = ids, .n = a->B, .T = a->E ? count : 0, .order = a->order};
    if (!a->E)
        path.rows.starts = starts;
    memset(contributions, 0, count * sizeof *contributions);
    mood_status status = model_check_ids(a->model, ids, 1, count, err);
    bool any = false;
    for (size_t t = 0; t < count; t++)
        any = any || ids[t] != 0;
    if (status != MOOD_OK || !any)
        return status;
    status = follow(&path, attribution, err);
    if (status == MOOD_OK) {
        share_steps(&path, contributions);
        share_base(&path, attribution->base - attribution->empty, contributions);
        status = share_entries(&path, ids, count, contributions, err);
    }
    free(path.by_step);
    free(path.by_entry);
    free(path.columns);
    return status;
}
