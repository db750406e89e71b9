/* Predict and evaluate. */
#include <math.h>
#include <stdlib.h>

#include "model/measure.h"
#include "model/predict.h"
#include "model/slice.h"

/* The ids of the rows that are not padding. */
static size_t count_words(const struct rows *rows) {
    size_t words = 0;
    for (size_t i = 0; i < rows->n * rows->T; i++)
        words += rows->x[i] != 0;
    return words;
}

/* The model's own context for at least *B of these rows, or for as many as fit; kept for the next call. */
static mood_status predictor(mood_model *model, const struct rows *rows, size_t *B, struct context **context,
                             mood_error *err) {
    mood_status status = model_prepare_inference(model, count_words(rows), err);
    if (status == MOOD_OK)
        status = slice_to_fit(model, false, *B, B, err);
    if (status == MOOD_OK && (!model->predictor || model->predictor->B < *B)) {
        context_destroy(model->predictor);
        model->predictor = NULL;
        status = context_create(model, model->queue, *B, false, &model->predictor, err);
    }
    *context = model->predictor;
    return status;
}

mood_status model_check_outputs(const float *y, size_t n, size_t O, const char *noun, mood_error *err) {
    for (size_t i = 0; i < n * O; i++) {
        if (isfinite(y[i]))
            continue;
        mood_status status = mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                                            "the model's output is %s: its weights are so large that numbers overflow; "
                                            "train it again with a smaller learning rate",
                                            isnan(y[i]) ? "NaN" : "infinite");
        if (n > 1)
            mood_error_prefix(err, "%s %zu", noun, i / O);
        return status;
    }
    return MOOD_OK;
}

mood_status predict_rows(struct mood_model *model, const struct rows *rows, size_t batch_size, float *y,
                         mood_error *err) {
    struct context *context;
    size_t B = batch_size ? batch_size : context_default_batch(model), O = mood_model_get_outputs(model), n = rows->n;
    B = n < B ? n : B;
    mood_status status = predictor(model, rows, &B, &context, err);
    for (size_t first = 0; first < n && status == MOOD_OK; first += B) {
        status = context_start(context, rows, first, n - first < B ? n - first : B, err);
        if (status == MOOD_OK)
            status = context_finish(context, n - first < B ? n - first : B, y + first * O, err);
    }
    return status == MOOD_OK ? model_check_outputs(y, n, O, "row", err) : status;
}

mood_status mood_model_predict(mood_model *model, const int32_t *x, size_t n, size_t T, size_t batch_size, float *y,
                               mood_error *err) {
    struct rows rows = {.x = x, .n = n, .T = T};
    if (!model || (n && (!x || !y)))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "predicting needs a model, rows x and room y");
    mood_status status = model_check_built(model, T, err);
    if (status == MOOD_OK)
        status = model_check_ids(model, x, n, T, err);
    return status == MOOD_OK && n ? predict_rows(model, &rows, batch_size, y, err) : status;
}

/* The state of an evaluation. */
struct evaluation {
    struct context *context;
    struct loss_totals loss;
    struct measures measures;
    struct batch batch;
    size_t B, batches;
};

static mood_status evaluate_batches(struct evaluation *e, const struct rows *rows, mood_error *err) {
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < e->batches && status == MOOD_OK; i++) {
        size_t first = i * e->B, count = rows->n - first < e->B ? rows->n - first : e->B;
        status = batch_load(&e->batch, e->context->pass.queue, rows, first, count, err);
        if (status == MOOD_OK)
            status = context_forward(e->context, &e->batch.input, err);
        if (status == MOOD_OK)
            status = totals_add(e->context, &e->loss, &e->batch, count, count, i, err);
        if (status == MOOD_OK)
            status = measures_add(&e->measures, e->context, &e->batch, count, err);
        if (status == MOOD_OK)
            status = totals_add_penalty(e->context, &e->loss, count, i, err);
    }
    return status;
}

static mood_status evaluation_create(mood_model *model, const struct rows *rows, size_t batch_size,
                                     struct evaluation *e, mood_error *err) {
    e->B = rows->n < batch_size ? rows->n : batch_size;
    mood_status status = predictor(model, rows, &e->B, &e->context, err);
    if (status != MOOD_OK)
        return status;
    e->batches = (rows->n + e->B - 1) / e->B;
    status = totals_create(model, e->B, e->batches, false, &e->loss, err);
    if (status == MOOD_OK)
        status = measures_create(model, e->B, &e->measures, err);
    return status == MOOD_OK ? batch_create(model, e->B, rows->O, false, &e->batch, err) : status;
}

mood_status evaluate_rows(struct mood_model *model, const struct rows *rows, size_t batch_size, const char *prefix,
                          mood_metrics *metrics, mood_error *err) {
    struct evaluation e = {0};
    struct loss_sums sums = {0};
    mood_status status = evaluation_create(model, rows, batch_size ? batch_size : 32, &e, err);
    if (status == MOOD_OK)
        status = evaluate_batches(&e, rows, err);
    if (status == MOOD_OK)
        status = totals_read(e.context, &e.loss, 0, e.batches, &sums, err);
    if (status == MOOD_OK)
        status = measures_report(&e.measures, &sums, rows->n, prefix, metrics, err);
    queue_finish(model->queue, NULL);
    batch_destroy(&e.batch);
    measures_destroy(&e.measures);
    totals_destroy(&e.loss);
    return status;
}

/* The loss is not finite: name the first row whose outputs are not finite, if there is one. */
static mood_status refuse_loss(mood_model *model, const struct rows *rows, double loss, mood_error *err) {
    float *outputs = calloc(rows->n, mood_model_get_outputs(model) * sizeof *outputs);
    mood_status status = outputs ? mood_model_predict(model, rows->x, rows->n, rows->T, 0, outputs, err) : MOOD_OK;
    free(outputs);
    if (status != MOOD_OK)
        return status;
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                          "the loss is %s: the model's weights are so large that numbers overflow",
                          isnan(loss) ? "NaN" : "infinite");
}

mood_status mood_model_evaluate(mood_model *model, const int32_t *x, size_t n, size_t T, const float *y, size_t L,
                                size_t batch_size, mood_metrics **metrics, mood_error *err) {
    struct rows rows = {.x = x, .y = y, .n = n, .T = T, .O = L};
    if (!model || !metrics || (n && (!x || !y)))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "evaluating needs a model, rows x, labels y and room for the metrics");
    *metrics = NULL;
    mood_status status = model_check_compiled(model, "evaluating it", err);
    if (status == MOOD_OK && n == 0)
        status = mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "there are no rows to evaluate");
    if (status == MOOD_OK)
        status = model_check_built(model, T, err);
    if (status == MOOD_OK)
        status = model_check_ids(model, x, n, T, err);
    if (status == MOOD_OK)
        status = model_check_labels(model, y, n, L, err);
    if (status == MOOD_OK)
        status = metrics_new(metrics, err);
    if (status == MOOD_OK)
        status = evaluate_rows(model, &rows, batch_size, "", *metrics, err);
    double loss = status == MOOD_OK ? mood_metrics_get(*metrics, "loss") : NAN;
    if (status == MOOD_OK && !isfinite(loss))
        status = refuse_loss(model, &rows, loss, err);
    if (status != MOOD_OK) {
        mood_metrics_destroy(*metrics);
        *metrics = NULL;
    }
    return status;
}
