/* What a model is trained for: its loss and its metrics. */
#ifndef MODEL_OBJECTIVE_H
#define MODEL_OBJECTIVE_H

#include "metrics/metric.h"

struct mood_model;

struct objective {
    struct loss *loss; /* NULL: none */
    bool of_logits;    /* it is computed from what comes before the last layer's activation */
    char *loss_text;   /* as an expression */
    size_t L, O;       /* numbers per row of labels, and outputs */
    struct metric_list metrics;
    char **metric_texts; /* [metrics.count], as expressions */
};

/* With a loss that goes with the model's last layer; takes it, on failure too. There are no metrics yet. */
mood_status objective_create(const struct mood_model *model, struct loss *loss, struct objective *objective,
                             mood_error *err);
void objective_clear(struct objective *objective);

/* Append metrics, from expressions. */
mood_status objective_add_metrics(struct objective *objective, const char *const *texts, size_t count, bool weighted,
                                  mood_error *err);
/* Append the metric that a model has if none is chosen. */
mood_status objective_add_default(const struct mood_model *model, struct objective *objective, mood_error *err);

/* What metrics are made for. */
struct metric_place objective_place(const struct objective *objective, bool weighted);

/* Make it the model's, in place of the one before. */
mood_status objective_install(struct objective *objective, struct mood_model *model, mood_error *err);

#endif
