/* Keras's initializers: their names, their arguments, and the values that they give. */
#ifndef MODEL_INITIALIZERS_H
#define MODEL_INITIALIZERS_H

#include "layers/layer.h"
#include "model/random.h"

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
    size_t offset;                      /* within mood_initializer, of a double; with names, of an enumeration */
    const char *const *names;           /* Keras's names of the enumeration's values, then NULL; NULL: a number */
};

struct initializer_type {
    const char *name;       /* Keras's short name: "he_normal" */
    const char *class_name; /* Keras's class, by the name that all versions of Keras 3 read: "HeNormal" */
    const char *alias;      /* another name of it; NULL: none */
    unsigned arguments;     /* a sum of initializer_arguments */
};

/* NULL when there is no such kind, or no argument of that index. */
const struct initializer_type *initializer_type_of(mood_initializer_kind kind);
const struct initializer_argument *initializer_argument_at(size_t index);

/* The kind of a name, short or long; false when Keras has no initializer of that name that mood knows. */
bool initializer_find(const char *name, mood_initializer_kind *kind);

/* Keras's defaults for a kind's arguments. */
mood_initializer initializer_default(mood_initializer_kind kind);

/* Check kind and arguments; the error names the argument. */
mood_status initializer_check(const mood_initializer *initializer, mood_error *err);

/* Fill values [parameter->count] as its initializer says.
 * Source: keras/src/initializers/random_initializers.py, constant_initializers.py */
mood_status initialize(const struct parameter *parameter, struct random *random, float *values, mood_error *err);

#endif
