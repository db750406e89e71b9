/* The loss and the metrics with which a model is compiled. */
#ifndef MODEL_OBJECTIVE_H
#define MODEL_OBJECTIVE_H

#include "metrics/metric.h"

struct mood_model;

struct objective {
    struct loss *loss; /* NULL: none */
    bool of_logits;    /* the loss is computed from the last layer's values before its activation */
    char *loss_text;   /* as an expression */
    size_t L, O;       /* numbers per row of labels, and outputs */
    struct metric_list metrics;
    char **metric_texts; /* [metrics.count], as expressions */
    char skipped[256];   /* names of the file's metrics that mood does not compute, as "one, two" */
};

/* Create an objective without metrics. Takes ownership of the loss, also on failure. Error: the loss does not fit the
 * model's last layer. */
mood_status objective_create(const struct mood_model *model, struct loss *loss, struct objective *objective,
                             mood_error *err);
void objective_clear(struct objective *objective);

/* Append metrics from expressions texts [count]. */
mood_status objective_add_metrics(struct objective *objective, const char *const *texts, size_t count, bool weighted,
                                  mood_error *err);
/* Append the default metric of a model. */
mood_status objective_add_default(const struct mood_model *model, struct objective *objective, mood_error *err);

/* Append a name to `skipped`, or ", …" if it does not fit. */
void objective_skip_metric(struct objective *objective, const char *name);

/* The label and output widths for which metrics are created. */
struct metric_place objective_place(const struct objective *objective, bool weighted);

/* Move the objective into the model; the previous objective is released. */
mood_status objective_install(struct objective *objective, struct mood_model *model, mood_error *err);

#endif
