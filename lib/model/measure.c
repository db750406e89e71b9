/* Metrics over batches. */
#include "model/measure.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"

extern const struct metric_type binary_accuracy_metric, categorical_accuracy_metric, sparse_categorical_accuracy_metric;

static const struct metric_list *metrics_of(const struct mood_model *model) {
    return &model->objective.metrics;
}

/* Whether the loss's kernel computes this metric. The kernels of cross-entropies on logits count correct rows: the
 * score is above 0.5, the logit is above 0, or the largest output is the label. */
static bool is_counted(const struct objective *objective, const struct metric *metric) {
    const struct loss_type *loss = objective->loss->type;
    bool from_logits = loss_from_logits(objective->loss);
    if (metric->weighted || !loss->logits_kernel || (!objective->of_logits && !from_logits))
        return false;
    if (loss->activation == MOOD_SOFTMAX)
        return metric->type ==
               (loss->takes_classes ? &sparse_categorical_accuracy_metric : &categorical_accuracy_metric);
    return metric->type == &binary_accuracy_metric &&
           *(const double *)metric_setting(metric, "threshold") == (from_logits ? 0.0 : 0.5);
}

static size_t state_count(const struct metric *metric, size_t O) {
    return metric->type->state_count(metric->settings, O);
}

/* Determine the data that each metric needs. */
static bool choose_sources(struct measures *measures) {
    const struct objective *objective = &measures->model->objective;
    bool reads_rows = false;
    measures->counted = SIZE_MAX;
    for (size_t i = 0; i < objective->metrics.count; i++) {
        const struct metric *metric = objective->metrics.at[i];
        if (measures->counted == SIZE_MAX && is_counted(objective, metric))
            measures->counted = i; /* equivalent metrics after it are computed from the outputs */
        else if (metric->type->loss)
            reads_rows = true;
        else
            measures->reads_outputs = true;
    }
    return reads_rows;
}

static mood_status allocate_rows(struct measures *measures, size_t B, mood_error *err) {
    const struct mood_model *model = measures->model;
    measures->values = calloc(B, sizeof *measures->values);
    if (!measures->values)
        return out_of_memory(err, "for metrics");
    for (size_t i = 0; i < B; i++)
        measures->values[i] = 1;
    mood_status status = buffer_create(model->device, B, sizeof(float), &measures->rows, err);
    if (status == MOOD_OK)
        status = buffer_create(model->device, B, sizeof(float), &measures->ones, err);
    return status == MOOD_OK ? queue_write(model->queue, &measures->ones, 0, measures->values, B * sizeof(float), err)
                             : status;
}

mood_status measures_create(const struct mood_model *model, size_t B, struct measures *measures, mood_error *err) {
    const struct metric_list *metrics = metrics_of(model);
    size_t O = model->objective.O;
    *measures = (struct measures){.model = model};
    bool reads_rows = choose_sources(measures);
    measures->states = calloc(metrics->count + 1, sizeof *measures->states);
    bool made = measures->states != NULL;
    for (size_t i = 0; i < metrics->count && made; i++)
        made = (measures->states[i] = calloc(state_count(metrics->at[i], O), sizeof(double))) != NULL;
    if (made && measures->reads_outputs)
        made = (measures->outputs = calloc(B, O * sizeof *measures->outputs)) != NULL;
    mood_status status = made ? MOOD_OK : out_of_memory(err, "for metrics");
    if (status == MOOD_OK && reads_rows)
        status = allocate_rows(measures, B, err);
    if (status != MOOD_OK)
        measures_destroy(measures);
    return status;
}

void measures_destroy(struct measures *measures) {
    for (size_t i = 0; measures->states && i < metrics_of(measures->model)->count; i++)
        free(measures->states[i]);
    free(measures->states);
    free(measures->outputs);
    free(measures->values);
    buffer_destroy(&measures->rows);
    buffer_destroy(&measures->ones);
    *measures = (struct measures){0};
}

void measures_reset(struct measures *measures) {
    const struct metric_list *metrics = metrics_of(measures->model);
    for (size_t i = 0; i < metrics->count; i++)
        memset(measures->states[i], 0, state_count(metrics->at[i], measures->model->objective.O) * sizeof(double));
}

/* Compute and read the losses of the rows [n], for a metric that is their mean. */
static mood_status read_losses(struct measures *measures, const struct metric *metric, struct context *context,
                               const struct batch *batch, size_t n, mood_error *err) {
    const struct loss loss = metric_loss(metric);
    const struct loss_run run = {
        .values = &context_last(context)->out.data,
        .labels = &batch->y,
        .weights = &measures->ones,
        .row_loss = &measures->rows,
        .B = n,
        .O = measures->model->objective.O,
        .batch = n,
    };
    mood_status status = loss_launch(&loss, &run, context->pass.queue, err);
    return status == MOOD_OK
               ? queue_read(context->pass.queue, &measures->rows, 0, measures->values, n * sizeof(float), err)
               : status;
}

mood_status measures_add(struct measures *measures, struct context *context, const struct batch *batch, size_t n,
                         mood_error *err) {
    const struct metric_list *metrics = metrics_of(measures->model);
    const struct objective *objective = &measures->model->objective;
    mood_status status = MOOD_OK;
    if (measures->reads_outputs)
        status = queue_read(context->pass.queue, &context_last(context)->out.data, 0, measures->outputs,
                            n * objective->O * sizeof(float), err);
    for (size_t i = 0; i < metrics->count && status == MOOD_OK; i++) {
        const struct metric *metric = metrics->at[i];
        struct metric_rows rows = {
            .y = (const float *)(batch->host + batch->y_at),
            .p = measures->outputs,
            .weights = metric->weighted ? (const float *)(batch->host + batch->weights_at) : NULL,
            .values = measures->values,
            .n = n,
            .L = objective->L,
            .O = objective->O,
        };
        if (i == measures->counted)
            continue;
        if (metric->type->loss)
            status = read_losses(measures, metric, context, batch, n, err);
        if (status == MOOD_OK)
            metric->type->add(metric->settings, measures->states[i], &rows);
    }
    return status;
}

mood_status measures_report(const struct measures *measures, const struct loss_sums *sums, size_t n, const char *prefix,
                            struct mood_metrics *metrics, mood_error *err) {
    const struct metric_list *list = metrics_of(measures->model);
    mood_status status = metrics_add(metrics, prefix, "loss", sums->loss / (double)n, err);
    for (size_t i = 0; i < list->count && status == MOOD_OK; i++) {
        const struct metric *metric = list->at[i];
        double value = i == measures->counted
                           ? sums->correct / (double)n
                           : metric->type->result(metric->settings, measures->states[i], measures->model->objective.O);
        status = metrics_add(metrics, prefix, metric->name, value, err);
    }
    return status;
}
