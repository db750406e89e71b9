/* The scores of a trained model on its validation rows. */
#include <math.h>
#include <stdlib.h>

#include "metrics.h"
#include "tune_score.h"

#define LEAST_PROBABILITY 1e-7 /* as Keras clips it */

/* Validation rows. */
struct rows {
    const mood_head *head;
    size_t n, O;         /* O: numbers per row in y */
    const float *y;      /* [n,O] as in struct labelled */
    const float *scores; /* [n,head->outputs] */
};

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

static double negative_log(double probability) {
    return -log(fmax(probability, LEAST_PROBABILITY));
}

/* The mean cross-entropy; of all labels if a row has several. */
static double log_loss(const struct rows *rows) {
    const mood_head *head = rows->head;
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const float *row = rows->scores + i * head->outputs, *y = rows->y + i * rows->O;
        if (!head->multi_label) {
            sum += negative_log(mood_head_label_score(head, row, (size_t)y[0]));
            count++;
        }
        for (size_t k = 0; head->multi_label && k < head->labels; k++, count++)
            sum += negative_log(y[k] != 0.0f ? row[k] : 1.0f - row[k]);
    }
    return sum / (double)count;
}

static mood_status measure_classes(const struct rows *rows, struct metrics *metrics, mood_error *err) {
    const mood_head *head = rows->head;
    size_t *truth = calloc(rows->n, sizeof *truth), *answers = calloc(rows->n, sizeof *answers);
    mood_status status = truth && answers ? MOOD_OK : no_memory(err);
    for (size_t i = 0; i < rows->n && status == MOOD_OK; i++) {
        truth[i] = (size_t)rows->y[i];
        answers[i] = mood_head_decide(head, rows->scores + i * head->outputs);
    }
    if (status == MOOD_OK)
        status = metrics_create(metrics, head->labels, rows->n, truth, answers, NULL, err);
    free(truth);
    free(answers);
    return status;
}

static mood_status measure_labels(const struct rows *rows, struct metrics *metrics, mood_error *err) {
    const mood_head *head = rows->head;
    float *answers = calloc(rows->n, head->labels * sizeof *answers);
    if (!answers)
        return no_memory(err);
    for (size_t i = 0; i < rows->n; i++)
        for (size_t k = 0; k < head->labels; k++)
            answers[i * head->labels + k] = mood_head_applies(head, rows->scores + i * head->outputs, k) ? 1.0f : 0.0f;
    mood_status status = metrics_create_multi_label(metrics, head->labels, rows->n, rows->y, answers, err);
    free(answers);
    return status;
}

static mood_status measure(const struct rows *rows, double figures[TUNE_METRIC_COUNT], mood_error *err) {
    struct metrics metrics = {0};
    mood_status status = (rows->head->multi_label ? measure_labels : measure_classes)(rows, &metrics, err);
    figures[TUNE_ACCURACY] = metrics.accuracy;
    figures[TUNE_MACRO_F1] = metrics.macro_f1;
    figures[TUNE_LOG_LOSS] = log_loss(rows);
    metrics_destroy(&metrics);
    return status;
}

static mood_status check(const struct rows *rows, enum tune_metric metric, size_t parts, mood_error *err) {
    if (rows->n < parts)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%zu validation rows are too few to compare trials; add rows, or use a larger "
                              "--validation-split",
                              rows->n);
    if (metric == TUNE_LOG_LOSS && !rows->head->probabilities)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--metric log_loss needs probabilities, which a model with this --loss does not have");
    return MOOD_OK;
}

mood_status tune_score(const struct training *training, enum tune_metric metric, size_t parts, double *scores,
                       double (*figures)[TUNE_METRIC_COUNT], mood_error *err) {
    mood_head head;
    mood_status status = mood_model_get_head(training->model, training->recipe.activation, &head, err);
    if (status != MOOD_OK)
        return status;
    const struct labelled *labelled = training->validation_data ? &training->validation : &training->train;
    size_t first = training->validation_data ? 0 : training_rows(training), n = labelled->n - first;
    const struct rows all = {.head = &head, .n = n, .O = labelled->O, .y = labelled->y + first * labelled->O};
    float *outputs = calloc(n ? n : 1, head.outputs * sizeof *outputs);
    status = outputs ? check(&all, metric, parts, err) : no_memory(err);
    if (status == MOOD_OK)
        status =
            mood_model_predict(training->model, labelled->x + first * labelled->T, n, labelled->T, 0, outputs, err);
    if (status == MOOD_OK)
        mood_head_apply(&head, outputs, n);
    for (size_t p = 0; p < parts && status == MOOD_OK; p++) {
        size_t begin = p * n / parts, end = (p + 1) * n / parts;
        struct rows part = all;
        part.n = end - begin;
        part.y += begin * all.O;
        part.scores = outputs + begin * head.outputs;
        status = measure(&part, figures[p], err);
        scores[p] = figures[p][metric];
    }
    free(outputs);
    return status;
}
