/* The scorer: texts to scores. Model and tokenizer do not change. The buffers for a batch come from a pool, so any
 * number of threads can score at the same time. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/keras.h"
#include "model/context.h"
#include "model/slice.h"
#include "scorer.h"
#include "text/tokenizer.h"

/* The buffers and context for a batch; a call uses at most two. */
struct worker {
    struct queue *queue;
    struct context *context;
    int32_t *ids;             /* [context->B,T]; NULL for bags of words */
    mood_sequences sequences; /* for bags of words: the ids of whole texts */
    size_t n;                 /* number of texts in the current batch on the device */
    float *scores;            /* destination of their scores */
    struct worker *next;
};

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory scoring texts");
}

/* ---- opening ------------------------------------------------------------------------------------ */

static mood_status open_device(mood_scorer *scorer, const mood_scorer_options *options, mood_error *err) {
    scorer->device = options->device;
    if (scorer->device)
        return MOOD_OK;
    scorer->owns_device = true;
    return mood_device_open(options->selector, &scorer->device, err);
}

/* Determine the meaning of the model's outputs, and the names of its labels. */
enum { MANY_ROWS = 32 }; /* per batch */

static mood_status open_head(mood_scorer *scorer, const char *path, mood_error *err) {
    mood_status status = mood_recipe_get_head(scorer->recipe, scorer->model, &scorer->head, err);
    if (status == MOOD_OK)
        status =
            result_writer_init(&scorer->writer, &scorer->head, (const char *const *)scorer->recipe->labels, NULL, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", path);
    return status;
}

/* True if a large table for the Embedding does not pay. */
static bool scores_few(const mood_scorer_options *options) {
    return options->batch_size > 0 && options->batch_size < MANY_ROWS;
}

static mood_status open_model(mood_scorer *scorer, const char *path, const mood_scorer_options *options,
                              mood_error *err) {
    mood_status status = mood_model_load(scorer->device, path, options->recipe, &scorer->model, &scorer->recipe, err);
    if (status != MOOD_OK)
        return status;
    if (!scorer->recipe || !scorer->recipe->tokenizer)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: the file has no tokenizer (Keras drops it when it saves); give "
                              "Keras's tokenizer, as tokenizer.to_json() returned it or pickled, with --tokenizer FILE",
                              path);
    status = model_check_built(scorer->model, mood_model_get_timesteps(scorer->model), err);
    if (status == MOOD_OK)
        status = open_head(scorer, path, err);
    if (status == MOOD_OK)
        status = model_digest(scorer->model, scorer->recipe, scorer->digest, err);
    if (status == MOOD_OK)
        status = model_prepare_inference(scorer->model, scores_few(options) ? 0 : SIZE_MAX, err);
    /* other queues use the buffers that this queue has written */
    return status == MOOD_OK ? queue_finish(scorer->model->queue, err) : status;
}

mood_status mood_scorer_open(const char *path, const mood_scorer_options *options, mood_scorer **opened,
                             mood_error *err) {
    mood_scorer_options defaults = MOOD_SCORER_OPTIONS;
    *opened = NULL;
    if (options && options->size != sizeof *options)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "these are not mood_scorer_options of this version; begin with MOOD_SCORER_OPTIONS");
    if (!options)
        options = &defaults;
    mood_scorer *scorer = calloc(1, sizeof *scorer);
    if (!scorer)
        return no_memory(err);
    pthread_mutex_init(&scorer->lock, NULL);
    pthread_mutex_init(&scorer->attributor_lock, NULL);
    mood_status status = open_device(scorer, options, err);
    if (status == MOOD_OK)
        status = open_model(scorer, path, options, err);
    if (status != MOOD_OK) {
        mood_scorer_destroy(scorer);
        return status;
    }
    scorer->batch_size = options->batch_size ? options->batch_size : context_default_batch(scorer->model);
    size_t two = scorer->batch_size < SIZE_MAX / 2 ? 2 * scorer->batch_size : SIZE_MAX; /* two batches are in flight */
    status = slice_to_fit(scorer->model, false, two, &two, err);
    if (two / 2 < scorer->batch_size)
        scorer->batch_size = two > 1 ? two / 2 : 1;
    if (status != MOOD_OK) {
        mood_scorer_destroy(scorer);
        return status;
    }
    *opened = scorer;
    return MOOD_OK;
}

/* ---- workers ------------------------------------------------------------------------------------ */

static void worker_destroy(struct worker *worker) {
    if (!worker)
        return;
    context_destroy(worker->context);
    queue_destroy(worker->queue);
    free(worker->ids);
    mood_sequences_free(&worker->sequences);
    free(worker);
}

/* Ensure capacity for B rows. Capacities are powers of two, so reallocations are rare. */
static mood_status worker_grow(mood_scorer *scorer, struct worker *worker, size_t B, mood_error *err) {
    if (worker->context && worker->context->B >= B)
        return MOOD_OK;
    size_t capacity = 1, T = mood_model_get_timesteps(scorer->model);
    while (capacity < B)
        capacity *= 2;
    if (capacity > scorer->batch_size)
        capacity = scorer->batch_size;
    context_destroy(worker->context);
    worker->context = NULL;
    free(worker->ids);
    worker->ids = T ? calloc(capacity, T * sizeof *worker->ids) : NULL;
    if (T && !worker->ids)
        return no_memory(err);
    return context_create(scorer->model, worker->queue, capacity, false, &worker->context, err);
}

static mood_status worker_borrow(mood_scorer *scorer, size_t B, struct worker **borrowed, mood_error *err) {
    pthread_mutex_lock(&scorer->lock);
    struct worker *worker = scorer->idle;
    if (worker)
        scorer->idle = worker->next;
    pthread_mutex_unlock(&scorer->lock);
    mood_status status = MOOD_OK;
    if (!worker) {
        worker = calloc(1, sizeof *worker);
        if (worker)
            worker->sequences = (mood_sequences)MOOD_SEQUENCES;
        status = worker ? queue_create(scorer->device, &worker->queue, err) : no_memory(err);
    }
    if (status == MOOD_OK)
        status = worker_grow(scorer, worker, B, err);
    if (status != MOOD_OK) {
        worker_destroy(worker);
        worker = NULL;
    }
    *borrowed = worker;
    return status;
}

static void worker_return(mood_scorer *scorer, struct worker *worker) {
    pthread_mutex_lock(&scorer->lock);
    worker->next = scorer->idle;
    scorer->idle = worker;
    pthread_mutex_unlock(&scorer->lock);
}

void mood_scorer_destroy(mood_scorer *scorer) {
    if (!scorer)
        return;
    while (scorer->idle) {
        struct worker *next = scorer->idle->next;
        worker_destroy(scorer->idle);
        scorer->idle = next;
    }
    attributor_destroy(scorer->attributor);
    mood_model_destroy(scorer->model);
    mood_recipe_destroy(scorer->recipe);
    result_writer_clear(&scorer->writer);
    if (scorer->owns_device)
        mood_device_destroy(scorer->device);
    pthread_mutex_destroy(&scorer->lock);
    pthread_mutex_destroy(&scorer->attributor_lock);
    free(scorer);
}

/* ---- scoring ------------------------------------------------------------------------------------ */

/* A batch's texts as rows of ids: padded, or for bags of words unpadded. */
static mood_status make_rows(const mood_scorer *scorer, struct worker *worker, const mood_text *texts, size_t n,
                             mood_sequence_counts *counts, struct rows *rows, mood_error *err) {
    const mood_recipe *recipe = scorer->recipe;
    size_t T = mood_model_get_timesteps(scorer->model);
    *rows = (struct rows){.x = worker->ids, .n = n, .T = T};
    if (T)
        return mood_tokenizer_padded(recipe->tokenizer, texts, n, T, recipe->padding, recipe->truncating, worker->ids,
                                     counts, err);
    mood_sequences_clear(&worker->sequences);
    mood_status status =
        mood_tokenizer_texts_to_sequences(recipe->tokenizer, texts, n, &worker->sequences, counts, err);
    rows->x = worker->sequences.ids;
    rows->starts = worker->sequences.starts;
    return status;
}

/* Start a batch on the device. */
static mood_status start(mood_scorer *scorer, struct worker *worker, const mood_text *texts, size_t n, float *scores,
                         mood_sequence_counts *counts, mood_error *err) {
    struct rows rows;
    mood_status status = make_rows(scorer, worker, texts, n, counts, &rows, err);
    if (status == MOOD_OK)
        status = context_start(worker->context, &rows, 0, n, err);
    if (status == MOOD_OK) {
        worker->n = n;
        worker->scores = scores;
    }
    return status;
}

static mood_status finish(struct worker *worker, mood_error *err) {
    size_t n = worker->n;
    worker->n = 0;
    return n ? context_finish(worker->context, n, worker->scores, err) : MOOD_OK;
}

/* While the device computes the batch of one worker, the texts of the other are tokenized. */
static mood_status score_batches(mood_scorer *scorer, struct worker *workers[2], const mood_text *texts, size_t n,
                                 size_t B, float *scores, mood_sequence_counts *counts, mood_error *err) {
    size_t O = mood_model_get_outputs(scorer->model), turn = 0;
    mood_status status = MOOD_OK;
    for (size_t first = 0; first < n && status == MOOD_OK; first += B, turn = !turn) {
        status = finish(workers[turn], err);
        if (status == MOOD_OK)
            status = start(scorer, workers[turn], texts + first, n - first < B ? n - first : B, scores + first * O,
                           counts ? counts + first : NULL, err);
    }
    for (int last = 0; last < 2; last++, turn = !turn)
        if (workers[turn]) {
            mood_status finished = finish(workers[turn], status == MOOD_OK ? err : NULL);
            status = status == MOOD_OK ? finished : status;
        }
    return status;
}

mood_status mood_scorer_score_counted(mood_scorer *scorer, const mood_text *texts, size_t n, float *scores,
                                      mood_sequence_counts *counts, mood_error *err) {
    size_t B = n < scorer->batch_size ? n : scorer->batch_size;
    struct worker *workers[2] = {NULL};
    if (n == 0)
        return MOOD_OK;
    /* Checked here, because a batch would count texts from its own start. */
    mood_status status = check_texts(texts, n, err);
    for (size_t i = 0; i * B < n && i < 2 && status == MOOD_OK; i++)
        status = worker_borrow(scorer, B, &workers[i], err);
    if (status == MOOD_OK)
        status = score_batches(scorer, workers, texts, n, B, scores, counts, err);
    for (size_t i = 0; i < 2 && workers[i]; i++)
        worker_return(scorer, workers[i]);
    if (status == MOOD_OK) /* before the activation: the sigmoid of infinity is 1 */
        status = model_check_outputs(scores, n, mood_model_get_outputs(scorer->model), "text", err);
    if (status == MOOD_OK)
        mood_head_apply(&scorer->head, scores, n);
    return status;
}

mood_status mood_scorer_score(mood_scorer *scorer, const mood_text *texts, size_t n, float *scores, mood_error *err) {
    return mood_scorer_score_counted(scorer, texts, n, scores, NULL, err);
}

/* ---- results ------------------------------------------------------------------------------------ */

const mood_recipe *mood_scorer_get_recipe(const mood_scorer *scorer) {
    return scorer->recipe;
}

size_t mood_scorer_get_outputs(const mood_scorer *scorer) {
    return mood_model_get_outputs(scorer->model);
}

size_t mood_scorer_get_labels(const mood_scorer *scorer) {
    return scorer->recipe->label_count;
}

const char *mood_scorer_get_label(const mood_scorer *scorer, size_t index) {
    return index < scorer->recipe->label_count ? scorer->recipe->labels[index] : NULL;
}

size_t mood_scorer_decide(const mood_scorer *scorer, const float *scores) {
    return mood_head_decide(&scorer->head, scores);
}

const mood_head *mood_scorer_get_head(const mood_scorer *scorer) {
    return &scorer->head;
}

mood_status mood_scorer_write_json(const mood_scorer *scorer, const float *scores, char **json, mood_error *err) {
    struct bytes bytes = {0};
    *json = NULL;
    if (!result_is_finite(&scorer->writer, scores))
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "the model's scores are not numbers");
    if (!result_write(&scorer->writer, scores, mood_head_decide(&scorer->head, scores), &bytes) ||
        !bytes_append_byte(&bytes, '\0')) {
        bytes_free(&bytes);
        return no_memory(err);
    }
    *json = bytes.data;
    return MOOD_OK;
}

const char *mood_scorer_get_digest(const mood_scorer *scorer) {
    return scorer->digest;
}

const mood_device_info *mood_scorer_get_device(const mood_scorer *scorer) {
    return mood_device_get_info(scorer->device);
}
