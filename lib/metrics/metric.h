/* The interface of a metric type. A new metric is one `struct metric_type` in a file of lib/metrics, and one row in the
 * table of metric.c. Metrics are computed on the host from the outputs, batch by batch, as Keras accumulates them. */
#ifndef METRICS_METRIC_H
#define METRICS_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "losses/fields.h"
#include "losses/loss.h"

/* ---- types ----------------------------------------------------------------------------------- */

/* Whether a larger value is better; Keras does not say it of all metrics. */
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
    const char *name;         /* the same as Keras spells it in small letters: "auc" */
    const char *alias;        /* another name, in small letters or capitals: "mse"; NULL: none */
    const char *default_name; /* the metric's name if none is given, if it is not `name`; NULL: it is */
    bool numbered;            /* Keras numbers these without a name: auc, auc_1 …, with weights and without */
    size_t settings_size;     /* 0: none */
    const void *defaults;
    const struct field *fields;
    size_t field_count;

    enum metric_direction direction;
    bool takes_classes;           /* labels [n,1] are numbers of classes; else there is one for each output */
    const struct loss_type *loss; /* it is the mean of this loss, and has its settings and labels; NULL: it is not */
    /* Whether the settings go together and with O outputs. May be NULL. */
    mood_status (*check)(const void *settings, size_t O, mood_error *err);
    /* How many numbers are kept between batches. */
    size_t (*state_count)(const void *settings, size_t O);
    void (*add)(const void *settings, double *state, const struct metric_rows *rows);
    double (*result)(const void *settings, const double *state, size_t O);
};

/* For types that are means over rows: the state is their sum and their weight. */
enum { MEAN_TOTAL, MEAN_COUNT, MEAN_STATE };
size_t mean_state_count(const void *settings, size_t O);
double mean_result(const void *settings, const double *state, size_t O);
void mean_add(double *state, double value, double weight);

static inline double metric_weight(const struct metric_rows *rows, size_t row) {
    return rows->weights ? (double)rows->weights[row] : 1;
}

/* As Keras's divide_no_nan: 0 if b is. */
static inline double ratio_or_zero(double a, double b) {
    return b == 0 ? 0 : a / b;
}

/* The first of the largest numbers. */
size_t metric_argmax(const float *row, size_t O);

/* ---- a metric -------------------------------------------------------------------------------- */

#define METRIC_NAME_SIZE 64

struct metric {
    const struct metric_type *type;
    void *settings;
    char name[METRIC_NAME_SIZE];  /* in the history: "accuracy" */
    char given[METRIC_NAME_SIZE]; /* the name by which it was given, without settings; "": with settings */
    bool weighted;                /* rows count by their weights */
    bool numbered;                /* no name was given to a numbered type */
};

/* What a metric is made for. */
struct metric_place {
    size_t L, O;
    bool weighted;
};

/* The type of that Keras class or name; NULL if mood has none. */
const struct metric_type *metric_type_find(const char *name);
const struct metric_type *metric_type_at(size_t index);
void metric_type_list(char *names, size_t size);

/* Its own fields, or those of its loss. */
struct fields metric_fields(const struct metric_type *type);
const void *metric_defaults(const struct metric_type *type);
bool metric_takes_classes(const struct metric_type *type);

void metric_free(struct metric *metric); /* NULL is allowed */

/* The loss that it is the mean of, with the metric's settings. */
static inline struct loss metric_loss(const struct metric *metric) {
    return (struct loss){metric->type->loss, metric->settings};
}

/* Its value of that setting; NULL if it has none. */
const void *metric_setting(const struct metric *metric, const char *key);

/* Metrics in Keras's order: those without weights first. Names differ. */
struct metric_list {
    struct metric **at;
    size_t count;
};

/* Limits the time for making names unique. */
#define METRICS_MAX 64

/* Append; takes the metric, on failure too. Errors: there are METRICS_MAX already. Its name is changed as in Keras if
 * another one has it. */
mood_status metric_list_add(struct metric_list *list, struct metric *metric, mood_error *err);
void metric_list_clear(struct metric_list *list);

/* ---- metric_json.c: a metric as in Keras's config.json, and as an expression --------------------- */

json_t *metric_write(const struct metric *metric);

/* From a name, an object, or a function. "accuracy" is the accuracy that goes with the labels, as in Keras. *metric is
 * new. Errors also if the metric does not go with the model's outputs and labels. */
mood_status metric_read(json_t *value, const struct metric_place *place, struct metric **metric, mood_error *err);

/* From a name or an expression: "AUC(curve='PR')"; and the other way round: the text is new (free). */
mood_status metric_parse(const char *text, const struct metric_place *place, struct metric **metric, mood_error *err);
char *metric_text(const struct metric *metric);

#endif
