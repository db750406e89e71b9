/* Fit: epochs of optimizer steps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/callback.h"
#include "model/masked_words.h"
#include "model/measure.h"
#include "model/predict.h"
#include "model/random.h"
#include "model/slice.h"
#include "model/training_device.h"
#include "model/update.h"

/* The state of one call of fit. */
struct training {
    struct mood_model *model;
    mood_fit_options options;
    struct rows rows, validation; /* validation.n = 0: no validation */
    size_t *order;                /* [rows.n] */
    size_t B, steps;
    size_t slice, slices; /* number of rows per slice; number of slices per batch */
    struct context *context;
    struct batch batches[2];
    struct loss_totals loss;
    struct measures measures;
    float *weights;              /* [rows.n], of class_weight; NULL: none */
    struct callback **callbacks; /* [options.callback_count] */
    size_t unfreeze;             /* index of the layer options.unfreeze */
    uint64_t steps_before;       /* steps of this call before the optimizer was reset */
    mood_history *history;
    bool stopped;
};

static mood_status bad_option(mood_error *err, const char *what) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s", what);
}

static mood_status check_options(const mood_fit_options *o, mood_error *err) {
    if (o->epochs == 0)
        return bad_option(err, "epochs has to be at least 1");
    if (o->batch_size == 0)
        return bad_option(err, "batch_size has to be at least 1");
    if (!(o->validation_split >= 0 && o->validation_split < 1))
        return bad_option(err, "validation_split must be 0 to below 1");
    if (o->n_val && (!o->x_val || !o->y_val))
        return bad_option(err, "validation rows need both x_val and y_val");
    if (o->callback_count && !o->callbacks)
        return bad_option(err, "callbacks is NULL");
    if (o->sample_weight && o->class_weight)
        return bad_option(err, "sample_weight and class_weight can't be combined");
    return MOOD_OK;
}

/* As Keras: the last part of the rows, before shuffling; explicit validation data take precedence. */
static mood_status split(struct training *t, mood_error *err) {
    const mood_fit_options *o = &t->options;
    struct rows all = t->rows;
    t->validation = (struct rows){.x = o->x_val, .y = o->y_val, .n = o->n_val, .T = all.T, .O = all.O};
    if (o->n_val || o->validation_split == 0)
        return MOOD_OK;
    size_t at = (size_t)floor((double)all.n * (1.0 - o->validation_split));
    if (at == 0 || at == all.n)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "validation_split %g of %zu rows leaves none for %s", o->validation_split, all.n,
                              at ? "validation" : "training");
    t->rows.n = at;
    t->validation =
        (struct rows){.x = all.x + at * all.T, .y = all.y + at * all.O, .n = all.n - at, .T = all.T, .O = all.O};
    if (all.weights)
        t->validation.weights = all.weights + at;
    return MOOD_OK;
}

static mood_status check_weights(const float *weights, size_t n, const char *noun, mood_error *err) {
    for (size_t i = 0; weights && i < n; i++)
        if (!(isfinite(weights[i]) && weights[i] >= 0))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "the weight of %s %zu is %g; it must be a number, 0 or more", noun, i,
                                  (double)weights[i]);
    return MOOD_OK;
}

static mood_status check_data(struct training *t, mood_error *err) {
    struct mood_model *model = t->model;
    mood_status status = model->built ? model_check_built(model, t->rows.T, err) : MOOD_OK;
    if (status == MOOD_OK)
        status = model_check_ids(model, t->rows.x, t->rows.n, t->rows.T, err);
    if (status == MOOD_OK)
        status = model_check_labels(model, t->rows.y, t->rows.n, t->rows.O, err);
    if (status == MOOD_OK)
        status = check_weights(t->options.sample_weight, t->rows.n, "row", err);
    if (status == MOOD_OK)
        status = check_weights(t->options.class_weight, t->options.class_count, "class", err);
    if (status == MOOD_OK && t->options.n_val) {
        status = model_check_ids(model, t->options.x_val, t->options.n_val, t->rows.T, err);
        if (status == MOOD_OK)
            status = model_check_labels(model, t->options.y_val, t->options.n_val, t->rows.O, err);
        if (status != MOOD_OK)
            mood_error_prefix(err, "validation data");
    }
    return status;
}

/* As Keras: the label as a number, or the index of the largest of several. */
static size_t class_of(const float *y, size_t O) {
    size_t best = 0;
    for (size_t k = 1; k < O; k++)
        if (y[k] > y[best])
            best = k;
    return O == 1 ? (size_t)nearbyintf(fmaxf(y[0], 0)) : best;
}

/* Class weights as weights of the training rows. */
static mood_status make_weights(struct training *t, mood_error *err) {
    const mood_fit_options *o = &t->options;
    if (!o->class_weight)
        return MOOD_OK;
    t->weights = malloc(t->rows.n * sizeof *t->weights);
    if (!t->weights)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory beginning to train");
    for (size_t i = 0; i < t->rows.n; i++) {
        size_t class = class_of(t->rows.y + i * t->rows.O, t->rows.O);
        t->weights[i] = class < o->class_count ? o->class_weight[class] : 1;
    }
    t->rows.weights = t->weights;
    return MOOD_OK;
}

static mood_status make_history(struct training *t, mood_error *err) {
    t->order = malloc(t->rows.n * sizeof *t->order);
    t->history = calloc(1, sizeof *t->history);
    if (t->history)
        t->history->epochs = calloc(t->options.epochs, sizeof *t->history->epochs);
    if (!t->order || !t->history || !t->history->epochs)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory beginning to train");
    for (size_t i = 0; i < t->rows.n; i++)
        t->order[i] = i;
    t->rows.order = t->order;
    return MOOD_OK;
}

static mood_status make_callbacks(struct training *t, mood_error *err) {
    const mood_fit_options *o = &t->options;
    t->callbacks = calloc(o->callback_count + 1, sizeof *t->callbacks);
    mood_status status =
        t->callbacks ? MOOD_OK
                     : mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory beginning to train");
    for (size_t i = 0; i < o->callback_count && status == MOOD_OK; i++)
        status = callback_create(o->callbacks[i], t->model, t->validation.n > 0, &t->callbacks[i], err);
    return status;
}

/* Create the buffers and contexts that depend on which layers are trainable. */
static mood_status create_buffers(struct training *t, mood_error *err) {
    struct mood_model *model = t->model;
    mood_status status = masked_words_update(model, err);
    if (status == MOOD_OK)
        status = model_make_gradients(model, err);
    if (status == MOOD_OK)
        status = model_make_slots(model, err);
    if (status == MOOD_OK)
        status = queue_zero(model->queue, &model->gradients, err);
    if (status == MOOD_OK)
        status = slice_to_train(model, t->B, &t->slice, err);
    if (status != MOOD_OK)
        return status;
    t->slices = (t->B + t->slice - 1) / t->slice;
    status = context_create(model, model->queue, t->slice, true, &t->context, err);
    if (status == MOOD_OK)
        status = totals_create(model, t->slice, t->steps * t->slices, true, &t->loss, err);
    if (status == MOOD_OK)
        status = measures_create(model, t->slice, &t->measures, err);
    for (int i = 0; i < 2 && status == MOOD_OK; i++)
        status = batch_create(model, t->slice, t->rows.O, true, &t->batches[i], err);
    return status;
}

static void destroy_buffers(struct training *t) {
    queue_finish(t->model->queue, NULL);
    batch_destroy(&t->batches[0]);
    batch_destroy(&t->batches[1]);
    measures_destroy(&t->measures);
    totals_destroy(&t->loss);
    context_destroy(t->context);
    t->context = NULL;
}

static mood_status begin(struct training *t, mood_error *err) {
    mood_status status = make_history(t, err);
    if (status == MOOD_OK)
        status = make_callbacks(t, err);
    if (status == MOOD_OK)
        status = make_weights(t, err);
    t->B = t->rows.n < t->options.batch_size ? t->rows.n : t->options.batch_size;
    t->steps = (t->rows.n + t->B - 1) / t->B;
    return status == MOOD_OK ? create_buffers(t, err) : status;
}

static void end(struct training *t) {
    destroy_buffers(t);
    free(t->order);
    free(t->weights);
    for (size_t i = 0; i < t->options.callback_count && t->callbacks; i++)
        callback_destroy(t->callbacks[i]);
    free(t->callbacks);
}

static void shuffle(struct training *t, size_t epoch) {
    struct random random;
    random_seed(&random, t->options.seed, ((uint64_t)1 << 32) + epoch);
    for (size_t i = t->rows.n; i > 1; i--) {
        size_t k = random_below(&random, i), swapped = t->order[i - 1];
        t->order[i - 1] = t->order[k];
        t->order[k] = swapped;
    }
}

static size_t rows_done(const struct training *t, size_t steps) {
    return steps * t->B < t->rows.n ? steps * t->B : t->rows.n;
}

/* Index of a step's first entry in the totals. The epoch's last batch may have fewer slices. */
static size_t place_of(const struct training *t, size_t step) {
    size_t rows = rows_done(t, step), full = rows / t->B, rest = rows % t->B;
    return full * t->slices + (rest + t->slice - 1) / t->slice;
}

/* Train on rows first … first+count-1, a part of a batch of `rows`. */
static mood_status train_slice(struct training *t, size_t place, size_t first, size_t count, size_t rows,
                               mood_error *err) {
    struct batch *batch = &t->batches[place % 2];
    mood_status status = batch_load(batch, t->model->queue, &t->rows, first, count, err);
    if (status == MOOD_OK)
        status = model_prepare(t->model, err);
    t->model->ready = false; /* forward changes variables of the role STATE */
    if (status == MOOD_OK)
        status = context_forward(t->context, &batch->input, err);
    if (status == MOOD_OK)
        status = totals_add(t->context, &t->loss, batch, count, rows, place, err);
    if (status == MOOD_OK)
        status = measures_add(&t->measures, t->context, batch, count, err);
    if (status == MOOD_OK)
        status = context_backward(t->context, &batch->input, &t->loss.d_logits, err);
    return status == MOOD_OK ? queue_flush(t->model->queue, err) : status;
}

static mood_status train_step(struct training *t, size_t step, mood_error *err) {
    size_t first = rows_done(t, step), end = rows_done(t, step + 1), place = place_of(t, step);
    mood_status status = masked_words_update_training(t->model, err);
    t->context->pass.seed = t->options.seed;
    t->context->pass.step = t->steps_before + t->model->iterations;
    for (size_t i = first; i < end && status == MOOD_OK; i += t->slice)
        status = train_slice(t, place++, i, end - i < t->slice ? end - i : t->slice, end - first, err);
    if (status == MOOD_OK)
        status = context_end_batch(t->context, err);
    if (status == MOOD_OK)
        status = totals_add_penalty(t->context, &t->loss, end - first, place_of(t, step), err);
    if (status == MOOD_OK)
        status = update_run(t->model, err);
    return status == MOOD_OK ? queue_flush(t->model->queue, err) : status;
}

/* Call on_batch. sums: over the previous batches; this batch is added. */
static mood_status report_batch(struct training *t, size_t epoch, size_t step, struct loss_sums *sums,
                                mood_error *err) {
    struct loss_sums batch = {0};
    struct mood_metrics *metrics = NULL;
    size_t place = place_of(t, step), done = rows_done(t, step + 1);
    mood_status status = totals_read(t->context, &t->loss, place, place_of(t, step + 1) - place, &batch, err);
    if (status == MOOD_OK)
        status = metrics_new(&metrics, err);
    sums->loss += batch.loss;
    sums->correct += batch.correct;
    if (status == MOOD_OK)
        status = measures_report(&t->measures, sums, done, "", metrics, err);
    if (status == MOOD_OK) {
        mood_progress progress = {
            .epoch = epoch,
            .epochs = t->options.epochs,
            .step = step + 1,
            .steps = t->steps,
            .batch_loss = batch.loss / (double)(done - rows_done(t, step)),
            .metrics = metrics,
        };
        t->stopped = !t->options.on_batch(&progress, t->options.user);
    }
    mood_metrics_destroy(metrics);
    return status;
}

static mood_status end_epoch(struct training *t, const mood_epoch *line, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < t->options.callback_count && status == MOOD_OK; i++)
        status = callback_end_epoch(t->callbacks[i], line, &t->stopped, err);
    if (status == MOOD_OK && t->options.on_epoch && !t->options.on_epoch(line, t->options.user))
        t->stopped = true;
    return status;
}

/* End the callbacks in Keras's order. */
static mood_status end_training(struct training *t, mood_error *err) {
    mood_status status = update_finish(t->model, err);
    for (size_t i = 0; i < t->options.callback_count && status == MOOD_OK; i++)
        status = callback_end_training(t->callbacks[i], err);
    return status;
}

/* Loss and metrics of the epoch, and of the validation rows. */
static mood_status measure_epoch(struct training *t, struct mood_metrics *metrics, mood_error *err) {
    struct loss_sums sums = {0};
    mood_status status = totals_read(t->context, &t->loss, 0, place_of(t, t->steps), &sums, err);
    if (status == MOOD_OK)
        status = measures_report(&t->measures, &sums, t->rows.n, "", metrics, err);
    if (status == MOOD_OK && t->validation.n)
        status = evaluate_rows(t->model, &t->validation, t->options.batch_size, "val_", metrics, err);
    return status;
}

static mood_status train_epoch(struct training *t, size_t epoch, mood_error *err) {
    mood_epoch *line = &t->history->epochs[epoch];
    double began = clock_seconds();
    struct loss_sums sums = {0};
    struct mood_metrics *metrics = NULL;
    mood_status status = MOOD_OK;
    measures_reset(&t->measures);
    if (t->options.shuffle)
        shuffle(t, epoch);
    for (size_t step = 0; step < t->steps && status == MOOD_OK && !t->stopped; step++) {
        status = train_step(t, step, err);
        if (status == MOOD_OK && t->options.on_batch)
            status = report_batch(t, epoch, step, &sums, err);
    }
    if (status == MOOD_OK && t->stopped)
        return queue_finish(t->model->queue, err);
    if (status == MOOD_OK)
        status = metrics_new(&metrics, err);
    if (status == MOOD_OK)
        status = measure_epoch(t, metrics, err);
    if (status != MOOD_OK) {
        mood_metrics_destroy(metrics);
        return status;
    }
    *line = (mood_epoch){.epoch = epoch, .seconds = clock_seconds() - began, .metrics = metrics};
    t->history->count++;
    return end_epoch(t, line, err);
}

/* Make options.unfreeze trainable before epoch options.unfreeze_epoch. */
static mood_status unfreeze(struct training *t, size_t epoch, mood_error *err) {
    if (!t->options.unfreeze || epoch != t->options.unfreeze_epoch || !model_has_frozen_weights(t->model, t->unfreeze))
        return MOOD_OK;
    uint64_t iterations = t->model->iterations;
    mood_status status = update_finish(t->model, err);
    destroy_buffers(t);
    if (status == MOOD_OK)
        status = mood_model_set_trainable(t->model, t->options.unfreeze, true, err);
    t->steps_before += iterations - t->model->iterations;
    return status == MOOD_OK ? create_buffers(t, err) : status;
}

static mood_status train(struct training *t, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t epoch = 0; epoch < t->options.epochs && status == MOOD_OK && !t->stopped; epoch++) {
        status = unfreeze(t, epoch, err);
        if (status == MOOD_OK)
            status = train_epoch(t, epoch, err);
    }
    return status == MOOD_OK ? end_training(t, err) : status;
}

mood_status mood_model_fit(mood_model *model, const int32_t *x, size_t n, size_t T, const float *y, size_t L,
                           const mood_fit_options *options, mood_history **history, mood_error *err) {
    mood_fit_options defaults = MOOD_FIT_OPTIONS;
    if (history)
        *history = NULL;
    if (!model || (n && (!x || !y)))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "fitting needs a model, rows x and labels y");
    if (options && options->size != sizeof *options)
        return bad_option(err, "these are not mood_fit_options of this version; begin with MOOD_FIT_OPTIONS");
    struct training t = {
        .model = model, .options = options ? *options : defaults, .rows = {.x = x, .y = y, .n = n, .T = T, .O = L}};
    t.rows.weights = t.options.sample_weight;
    mood_status status = model_check_compiled(model, "training it", err);
    if (status == MOOD_OK && n == 0)
        status = bad_option(err, "there are no rows to train on");
    if (status == MOOD_OK)
        status = check_options(&t.options, err);
    if (status == MOOD_OK)
        status = check_data(&t, err);
    if (status == MOOD_OK)
        status = training_device_check(model->device, err);
    if (status == MOOD_OK)
        status = split(&t, err);
    if (status == MOOD_OK)
        status = mood_model_build(model, T, t.options.seed, err);
    if (status == MOOD_OK)
        status = model_check_built(model, T, err);
    if (status == MOOD_OK && t.options.unfreeze)
        status = model_find_layer(model, t.options.unfreeze, &t.unfreeze, err);
    if (status != MOOD_OK)
        return status;
    status = begin(&t, err);
    if (status == MOOD_OK)
        status = train(&t, err);
    end(&t);
    if (status == MOOD_OK)
        t.history->stopped = t.stopped;
    if (status != MOOD_OK || !history) {
        mood_history_destroy(t.history);
        t.history = NULL;
    }
    if (history)
        *history = t.history;
    return status;
}

void mood_history_destroy(mood_history *history) {
    if (!history)
        return;
    for (size_t i = 0; i < history->count; i++)
        mood_metrics_destroy((mood_metrics *)history->epochs[i].metrics);
    free(history->epochs);
    free(history);
}
