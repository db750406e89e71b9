/* Quality of a model's predictions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

static double ratio(size_t part, size_t whole) {
    return whole ? (double)part / (double)whole : 0.0;
}

/* hits: rows of the class that were predicted correctly. */
static struct class_metrics measure_class(size_t hits, size_t support, size_t answered) {
    return (struct class_metrics){
        .precision = ratio(hits, answered),
        .recall = ratio(hits, support),
        .f1 = ratio(2 * hits, support + answered),
        .support = support,
    };
}

static void count_classes(struct metrics *metrics) {
    size_t K = metrics->classes, right = 0;
    double f1_sum = 0;
    for (size_t k = 0; k < K; k++) {
        size_t hits = metrics->confusion[k * K + k], support = 0, answered = 0;
        for (size_t j = 0; j < K; j++) {
            support += metrics->confusion[k * K + j];
            answered += metrics->confusion[j * K + k];
        }
        metrics->by_class[k] = measure_class(hits, support, answered);
        f1_sum += metrics->by_class[k].f1;
        right += hits;
    }
    metrics->accuracy = ratio(right, metrics->n);
    metrics->macro_f1 = f1_sum / (double)K;
}

/* ---- several labels per row ------------------------------------------------------------------------------- */

mood_status metrics_create_multi_label(struct metrics *metrics, size_t classes, size_t n, const float *targets,
                                       const float *answers, mood_error *err) {
    size_t right = 0, exact = 0;
    double f1_sum = 0;
    *metrics = (struct metrics){.n = n, .classes = classes, .auc = NAN};
    metrics->by_class = calloc(classes, sizeof *metrics->by_class);
    if (!metrics->by_class)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    for (size_t k = 0; k < classes; k++) {
        size_t hits = 0, support = 0, answered = 0;
        for (size_t i = k; i < n * classes; i += classes) {
            support += targets[i] != 0.0f;
            answered += answers[i] != 0.0f;
            hits += targets[i] != 0.0f && answers[i] != 0.0f;
            right += targets[i] == answers[i];
        }
        metrics->by_class[k] = measure_class(hits, support, answered);
        f1_sum += metrics->by_class[k].f1;
    }
    for (size_t i = 0; i < n; i++)
        exact += memcmp(targets + i * classes, answers + i * classes, classes * sizeof *targets) == 0;
    metrics->accuracy = ratio(right, n * classes);
    metrics->exact_match = ratio(exact, n);
    metrics->macro_f1 = f1_sum / (double)classes;
    return MOOD_OK;
}

/* ---- area under the ROC curve --------------------------------------------------------------------------- */

struct scored {
    float score;
    size_t truth;
};

static int by_score(const void *a, const void *b) {
    float left = ((const struct scored *)a)->score, right = ((const struct scored *)b)->score;
    return (left > right) - (left < right);
}

/* The Mann-Whitney statistic: the sum of the positive rows' ranks; equal scores share their mean rank. */
static double area(const struct scored *rows, size_t n) {
    double ranks = 0, positives = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i, of_these = 0;
        for (; end < n && rows[end].score == rows[i].score; end++)
            of_these += rows[end].truth == 1;
        ranks += (double)of_these * (double)(i + 1 + end) / 2.0;
        positives += (double)of_these;
        i = end;
    }
    double negatives = (double)n - positives;
    if (positives == 0 || negatives == 0)
        return NAN;
    return (ranks - positives * (positives + 1) / 2.0) / (positives * negatives);
}

static mood_status rank(struct metrics *metrics, const size_t *truth, const float *scores, mood_error *err) {
    struct scored *rows = calloc(metrics->n ? metrics->n : 1, sizeof *rows);
    if (!rows)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    for (size_t i = 0; i < metrics->n; i++)
        rows[i] = (struct scored){scores[i], truth[i]};
    qsort(rows, metrics->n, sizeof *rows, by_score);
    metrics->auc = area(rows, metrics->n);
    free(rows);
    return MOOD_OK;
}

mood_status metrics_create(struct metrics *metrics, size_t classes, size_t n, const size_t *truth,
                           const size_t *answers, const float *scores, mood_error *err) {
    *metrics = (struct metrics){.n = n, .classes = classes, .exact_match = NAN, .auc = NAN};
    size_t cells;
    if (__builtin_mul_overflow(classes, classes, &cells))
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "too many classes");
    metrics->confusion = calloc(cells, sizeof *metrics->confusion);
    metrics->by_class = calloc(classes, sizeof *metrics->by_class);
    if (!metrics->confusion || !metrics->by_class) {
        metrics_destroy(metrics);
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    }
    for (size_t i = 0; i < n; i++)
        metrics->confusion[truth[i] * classes + answers[i]]++;
    count_classes(metrics);
    return scores ? rank(metrics, truth, scores, err) : MOOD_OK;
}

void metrics_destroy(struct metrics *metrics) {
    free(metrics->confusion);
    free(metrics->by_class);
    *metrics = (struct metrics){0};
}
