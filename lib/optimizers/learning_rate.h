/* Learning rates: a number, or one of Keras's schedules. A new schedule is a function, and a row in the table of
 * learning_rate.c. */
#ifndef OPTIMIZERS_LEARNING_RATE_H
#define OPTIMIZERS_LEARNING_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "layers/settings.h"
#include "mood/status.h"

/* Each schedule has some of them, under Keras's names. */
struct schedule_settings {
    double initial_learning_rate, decay_steps, first_decay_steps, decay_rate, end_learning_rate, power, alpha;
    double warmup_target; /* NAN: None */
    double warmup_steps, t_mul, m_mul;
    bool staircase, cycle;
    struct numbers boundaries, values;
};

struct schedule_type {
    const char *class_name; /* Keras's: "CosineDecay" */
    struct schedule_settings defaults;
    const struct field *fields;
    size_t field_count;
    /* The rate of the step after `step` finished ones. In floats, as Keras computes it. */
    float (*rate)(const struct schedule_settings *settings, float step);
    /* Check the settings against each other. May be NULL. */
    mood_status (*check)(const struct schedule_settings *settings, mood_error *err);
};

struct learning_rate {
    double value;                         /* without a schedule */
    const struct schedule_type *schedule; /* NULL: none */
    struct schedule_settings settings;    /* its own */
};

/* The schedule of that class, in any case; NULL if there is none. */
const struct schedule_type *schedule_type_find(const char *class_name);

/* The rate after that many steps. */
double learning_rate_at(const struct learning_rate *rate, uint64_t step);

/* A number, or an object of a schedule's class. */
json_t *learning_rate_write(const struct learning_rate *rate);
mood_status learning_rate_read(json_t *value, struct learning_rate *rate, mood_error *err);

#endif
