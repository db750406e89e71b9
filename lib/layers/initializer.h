/* Keras's initializers: their names and arguments. The values that they give are in model/initialize.h. */
#ifndef LAYERS_INITIALIZER_H
#define LAYERS_INITIALIZER_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "mood/status.h"

enum initializer_kind {
    INITIALIZER_ZEROS,
    INITIALIZER_ONES,
    INITIALIZER_RANDOM_UNIFORM,   /* U(minval, maxval) */
    INITIALIZER_GLOROT_UNIFORM,   /* Glorot & Bengio 2010: variance scaling 1, fan_avg, uniform */
    INITIALIZER_GLOROT_NORMAL,    /* variance scaling 1, fan_avg, truncated normal */
    INITIALIZER_HE_UNIFORM,       /* He et al. 2015: variance scaling 2, fan_in, uniform */
    INITIALIZER_ORTHOGONAL,       /* Saxe et al. 2014, times gain; matrices only */
    INITIALIZER_CONSTANT,         /* value */
    INITIALIZER_RANDOM_NORMAL,    /* N(mean, stddev^2) */
    INITIALIZER_TRUNCATED_NORMAL, /* the same; values beyond 2 stddev are drawn again; the variance is not corrected */
    INITIALIZER_VARIANCE_SCALING, /* variance scale / fan; a truncated normal's is corrected for the truncation */
    INITIALIZER_HE_NORMAL,        /* variance scaling 2, fan_in, truncated normal */
    INITIALIZER_LECUN_UNIFORM,    /* LeCun et al. 1998: variance scaling 1, fan_in, uniform */
    INITIALIZER_LECUN_NORMAL,     /* variance scaling 1, fan_in, truncated normal */
    INITIALIZER_IDENTITY          /* gain on the diagonal, else 0; matrices only */
};

/* The fan of variance scaling: the rows of a weight, its columns, or their mean. A vector's are its length. */
enum fan_mode { FAN_IN, FAN_OUT, FAN_AVG };

enum distribution { TRUNCATED_NORMAL, UNTRUNCATED_NORMAL, UNIFORM };

/* The initial values of a weight. An argument that the kind does not take is ignored. */
struct initializer {
    enum initializer_kind kind;
    double value;          /* CONSTANT */
    double minval, maxval; /* RANDOM_UNIFORM; minval at most maxval */
    double mean, stddev;   /* RANDOM_NORMAL, TRUNCATED_NORMAL; stddev 0 or more */
    double scale;          /* VARIANCE_SCALING; above 0 */
    enum fan_mode mode;
    enum distribution distribution;
    double gain; /* ORTHOGONAL, IDENTITY */
};
/* Keras's defaults. */
#define INITIALIZER(kind)                                                                                              \
    { kind, 0.0, -0.05, 0.05, 0.0, 0.05, 1.0, FAN_IN, TRUNCATED_NORMAL, 1.0 }

/* Which arguments a kind takes. */
enum initializer_arguments {
    ARGUMENTS_VALUE = 1,   /* value */
    ARGUMENTS_RANGE = 2,   /* minval, maxval */
    ARGUMENTS_NORMAL = 4,  /* mean, stddev */
    ARGUMENTS_SCALING = 8, /* scale, mode, distribution */
    ARGUMENTS_GAIN = 16    /* gain */
};

struct initializer_argument {
    const char *key;                    /* Keras's: "stddev" */
    enum initializer_arguments belongs; /* to the kinds that take these arguments */
    size_t offset;                      /* within struct initializer, of a double; with names, of an enumeration */
    const char *const *names;           /* Keras's names of the enumeration's values, then NULL; NULL: a number */
};

struct initializer_type {
    const char *name;       /* Keras's short name: "he_normal" */
    const char *class_name; /* Keras's class, by the name that all versions of Keras 3 read: "HeNormal" */
    const char *alias;      /* another name of it; NULL: none */
    unsigned arguments;     /* a sum of initializer_arguments */
};

/* NULL if there is no such kind. */
const struct initializer_type *initializer_type_of(enum initializer_kind kind);

/* Argument number `index` of a kind, in the order of Keras's constructor; NULL if it has no more. */
const struct initializer_argument *initializer_argument_at(enum initializer_kind kind, size_t index);

/* The kind of a name, short or long; false if mood does not know it. */
bool initializer_find(const char *name, enum initializer_kind *kind);

/* Keras's defaults for a kind's arguments. */
struct initializer initializer_default(enum initializer_kind kind);

/* Check the arguments; the error names the argument. */
mood_status initializer_check(const struct initializer *initializer, mood_error *err);

/* As in config.json: a name, or an object with arguments. */
json_t *initializer_write(const struct initializer *initializer);
/* On failure *initializer is unchanged. */
mood_status initializer_read(json_t *value, struct initializer *initializer, mood_error *err);

#endif
