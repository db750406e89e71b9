/* The interface of a metric type. A new metric is one `struct metric_type` in a file of lib/metrics, and one row in the
 * table of metric.c. Metrics are computed on the host from the outputs, batch by batch, as Keras accumulates them. */
#ifndef METRICS_METRIC_H
#define METRICS_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "losses/fields.h"
#include "losses/loss.h"

/* ---- types ----------------------------------------------------------------------------------- */

/* Whether a larger value is better. METRIC_UNDIRECTED: Keras does not define it. */
enum metric_direction { METRIC_UNDIRECTED, METRIC_UP, METRIC_DOWN };

/* Outputs p [n,O] of rows with labels y [n,L] and weights [n]. */
struct metric_rows {
    const float *y, *p;
    const float *weights; /* NULL: 1 */
    const float *values;  /* [n], of a metric that is the mean of a loss: the rows' losses; else NULL */
    size_t n, L, O;
};

struct metric_type {
    const char *class_name;   /* Keras's class: "AUC" */
    const char *name;         /* the class name in Keras's snake case: "auc" */
    const char *alias;        /* another name, in small letters or capitals: "mse"; NULL: none */
    const char *default_name; /* the metric's name if the user gives none; NULL: `name` */
    bool numbered;            /* Keras numbers metrics without a given name: auc, auc_1 …, weighted and unweighted */
    size_t settings_size;     /* 0: none */
    const void *defaults;
    const struct field *fields;
    size_t field_count;

    enum metric_direction direction;
    bool takes_classes;           /* labels [n,1] are class numbers; else [n,O] */
    const struct loss_type *loss; /* the metric is the mean of this loss, with its settings and labels; NULL: no loss */
    /* Check the settings against each other and against O outputs. May be NULL. */
    mood_status (*check)(const void *settings, size_t O, mood_error *err);
    /* The length of the state [doubles], which is kept between batches. */
    size_t (*state_count)(const void *settings, size_t O);
    /* Add rows to the state. */
    void (*add)(const void *settings, double *state, const struct metric_rows *rows);
    /* The metric's value. */
    double (*result)(const void *settings, const double *state, size_t O);
};

/* For types that are means over rows: the state is the weighted sum and the sum of the weights. */
enum { MEAN_TOTAL, MEAN_COUNT, MEAN_STATE };
size_t mean_state_count(const void *settings, size_t O);
double mean_result(const void *settings, const double *state, size_t O);
void mean_add(double *state, double value, double weight);

static inline double metric_weight(const struct metric_rows *rows, size_t row) {
    return rows->weights ? (double)rows->weights[row] : 1;
}

/* As Keras's divide_no_nan: a / b, or 0 if b is 0. */
static inline double ratio_or_zero(double a, double b) {
    return b == 0 ? 0 : a / b;
}

/* The index of the largest of row [O]; the first one if several are equal. */
size_t metric_argmax(const float *row, size_t O);

/* ---- a metric -------------------------------------------------------------------------------- */

#define METRIC_NAME_SIZE 64

struct metric {
    const struct metric_type *type;
    void *settings;
    char name[METRIC_NAME_SIZE];  /* in the history: "accuracy" */
    char given[METRIC_NAME_SIZE]; /* the name in the user's list; "": it was given with settings */
    bool weighted;                /* rows count by their weights */
    bool numbered;                /* the type is numbered, and no name was given */
};

/* The model for which a metric is created: widths of labels [n,L] and outputs [n,O]. */
struct metric_place {
    size_t L, O;
    bool weighted;
};

/* Find a metric type by Keras's class or name; NULL if mood does not have it. */
const struct metric_type *metric_type_find(const char *name);
const struct metric_type *metric_type_at(size_t index);
void metric_type_list(char *names, size_t size);

/* Fields, defaults and takes_classes of a type; if it is the mean of a loss, those of the loss. */
struct fields metric_fields(const struct metric_type *type);
const void *metric_defaults(const struct metric_type *type);
bool metric_takes_classes(const struct metric_type *type);

void metric_free(struct metric *metric); /* NULL is allowed */

/* For a metric that is the mean of a loss: this loss with the metric's settings. */
static inline struct loss metric_loss(const struct metric *metric) {
    return (struct loss){metric->type->loss, metric->settings};
}

/* The value of a setting; NULL if the metric does not have this setting. */
const void *metric_setting(const struct metric *metric, const char *key);

/* Metrics in Keras's order: those without weights first. Names are unique. */
struct metric_list {
    struct metric **at;
    size_t count;
};

/* Limits the time for making names unique. */
#define METRICS_MAX 64

/* Append a metric. Takes ownership, also on failure. If the name is taken, it is changed as in Keras. Error: the list
 * has METRICS_MAX metrics. */
mood_status metric_list_add(struct metric_list *list, struct metric *metric, mood_error *err);
void metric_list_clear(struct metric_list *list);

/* ---- metric_json.c: a metric as in Keras's config.json, and as an expression --------------------- */

json_t *metric_write(const struct metric *metric);

/* Read a metric from a name, an object, or a function. "accuracy" stands for the accuracy type that fits the labels, as
 * in Keras. *metric is new. It is an error if the metric does not fit the model's outputs and labels. */
mood_status metric_read(json_t *value, const struct metric_place *place, struct metric **metric, mood_error *err);

/* Read a metric from a name or an expression: "AUC(curve='PR')". *metric is new. */
mood_status metric_parse(const char *text, const struct metric_place *place, struct metric **metric, mood_error *err);
/* Write a metric as an expression. The text is new (free); NULL if out of memory. */
char *metric_text(const struct metric *metric);

#endif
