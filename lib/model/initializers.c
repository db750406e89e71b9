/* Keras's initializers. A new one is a row in the table of types and a case in fill(). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/initializers.h"

/* ---- names and arguments ----------------------------------------------------------------------- */

static const struct initializer_type types[] = {
    [MOOD_ZEROS] = {"zeros", "Zeros", "zero", 0},
    [MOOD_ONES] = {"ones", "Ones", "one", 0},
    [MOOD_RANDOM_UNIFORM] = {"random_uniform", "RandomUniform", "uniform", ARGUMENTS_RANGE},
    [MOOD_GLOROT_UNIFORM] = {"glorot_uniform", "GlorotUniform", NULL, 0},
    [MOOD_GLOROT_NORMAL] = {"glorot_normal", "GlorotNormal", NULL, 0},
    [MOOD_HE_UNIFORM] = {"he_uniform", "HeUniform", NULL, 0},
    [MOOD_ORTHOGONAL] = {"orthogonal", "OrthogonalInitializer", "Orthogonal", ARGUMENTS_GAIN},
    [MOOD_CONSTANT] = {"constant", "Constant", NULL, ARGUMENTS_VALUE},
    [MOOD_RANDOM_NORMAL] = {"random_normal", "RandomNormal", "normal", ARGUMENTS_NORMAL},
    [MOOD_TRUNCATED_NORMAL] = {"truncated_normal", "TruncatedNormal", NULL, ARGUMENTS_NORMAL},
    [MOOD_VARIANCE_SCALING] = {"variance_scaling", "VarianceScaling", NULL, ARGUMENTS_SCALING},
    [MOOD_HE_NORMAL] = {"he_normal", "HeNormal", NULL, 0},
    [MOOD_LECUN_UNIFORM] = {"lecun_uniform", "LecunUniform", NULL, 0},
    [MOOD_LECUN_NORMAL] = {"lecun_normal", "LecunNormal", NULL, 0},
    [MOOD_IDENTITY] = {"identity", "IdentityInitializer", "Identity", ARGUMENTS_GAIN},
};
#define TYPE_COUNT (sizeof types / sizeof *types)

static const char *const modes[] = {
    [MOOD_FAN_IN] = "fan_in", [MOOD_FAN_OUT] = "fan_out", [MOOD_FAN_AVG] = "fan_avg", NULL};
static const char *const distributions[] = {[MOOD_DISTRIBUTION_TRUNCATED_NORMAL] = "truncated_normal",
                                            [MOOD_DISTRIBUTION_UNTRUNCATED_NORMAL] = "untruncated_normal",
                                            [MOOD_DISTRIBUTION_UNIFORM] = "uniform",
                                            NULL};

#define AT(member) offsetof(mood_initializer, member)
static const struct initializer_argument arguments[] = {
    {"value", ARGUMENTS_VALUE, AT(value), NULL},
    {"minval", ARGUMENTS_RANGE, AT(minval), NULL},
    {"maxval", ARGUMENTS_RANGE, AT(maxval), NULL},
    {"mean", ARGUMENTS_NORMAL, AT(mean), NULL},
    {"stddev", ARGUMENTS_NORMAL, AT(stddev), NULL},
    {"scale", ARGUMENTS_SCALING, AT(scale), NULL},
    {"mode", ARGUMENTS_SCALING, AT(mode), modes},
    {"distribution", ARGUMENTS_SCALING, AT(distribution), distributions},
    {"gain", ARGUMENTS_GAIN, AT(gain), NULL},
};

const struct initializer_type *initializer_type_of(mood_initializer_kind kind) {
    return (size_t)kind < TYPE_COUNT ? &types[kind] : NULL;
}

const struct initializer_argument *initializer_argument_at(size_t index) {
    return index < sizeof arguments / sizeof *arguments ? &arguments[index] : NULL;
}

bool initializer_find(const char *name, mood_initializer_kind *kind) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(types[i].name, name) == 0 || strcmp(types[i].class_name, name) == 0 ||
            (types[i].alias && strcmp(types[i].alias, name) == 0)) {
            *kind = (mood_initializer_kind)i;
            return true;
        }
    return false;
}

mood_initializer initializer_default(mood_initializer_kind kind) {
    mood_initializer initializer = MOOD_INITIALIZER(kind);
    return initializer;
}

static mood_status bad_argument(mood_error *err, const char *key, double value, const char *range) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s is %g; it must be %s", key, value, range);
}

mood_status initializer_check(const mood_initializer *initializer, mood_error *err) {
    const struct initializer_type *type = initializer_type_of(initializer->kind);
    if (!type)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown initializer %d",
                              (int)initializer->kind);
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        double value = 0;
        if (!(arguments[i].belongs & type->arguments) || arguments[i].names)
            continue;
        memcpy(&value, (const char *)initializer + arguments[i].offset, sizeof value);
        if (!isfinite((float)value))
            return bad_argument(err, arguments[i].key, value, "a number that a 32-bit float can hold");
    }
    if ((type->arguments & ARGUMENTS_NORMAL) && initializer->stddev < 0)
        return bad_argument(err, "stddev", initializer->stddev, "0 or more");
    if ((type->arguments & ARGUMENTS_RANGE) && initializer->minval > initializer->maxval)
        return bad_argument(err, "minval", initializer->minval, "at most maxval");
    if ((type->arguments & ARGUMENTS_SCALING) && !(initializer->scale > 0))
        return bad_argument(err, "scale", initializer->scale, "above 0");
    if ((type->arguments & ARGUMENTS_SCALING) &&
        ((unsigned)initializer->mode > MOOD_FAN_AVG || (unsigned)initializer->distribution > MOOD_DISTRIBUTION_UNIFORM))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no such mode or distribution");
    return MOOD_OK;
}

/* ---- distributions ----------------------------------------------------------------------------- */

static void constant(double value, float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = (float)value;
}

static void uniform(struct random *random, double low, double high, float *values, size_t count) {
    double middle = (low + high) / 2, half = (high - low) / 2;
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(middle + (2 * random_unit(random) - 1) * half);
}

static void normal(struct random *random, double mean, double stddev, float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(mean + random_normal(random) * stddev);
}

/* Numbers beyond two standard deviations are drawn again. */
static void truncated_normal(struct random *random, double mean, double stddev, float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double x;
        do
            x = random_normal(random);
        while (fabs(x) > 2);
        values[i] = (float)(mean + x * stddev);
    }
}

/* ---- matrices ---------------------------------------------------------------------------------- */

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Make each of m vectors of n ≥ m numbers orthogonal to those before it, of length 1: the Q of a QR
 * decomposition whose R has a positive diagonal, which is the one that Keras takes. Twice, since once
 * leaves rounding errors. */
static void orthogonalize(double *vectors, size_t m, size_t n) {
    for (size_t i = 0; i < m; i++) {
        double *v = vectors + i * n;
        for (int pass = 0; pass < 2; pass++)
            for (size_t k = 0; k < i; k++) {
                const double *u = vectors + k * n;
                double share = dot(u, v, n);
                for (size_t j = 0; j < n; j++)
                    v[j] -= share * u[j];
            }
        double length = sqrt(dot(v, v, n));
        for (size_t j = 0; j < n; j++)
            v[j] /= length;
    }
}

/* Saxe et al. 2014: with fewer rows than columns the rows are orthonormal, else the columns. */
static mood_status orthogonal(struct random *random, double gain, size_t rows, size_t columns, float *values,
                              mood_error *err) {
    size_t m = rows < columns ? rows : columns, n = rows < columns ? columns : rows;
    double *vectors = malloc(m * n * sizeof *vectors);
    if (!vectors)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making weights");
    for (size_t i = 0; i < m * n; i++)
        vectors[i] = random_normal(random);
    orthogonalize(vectors, m, n);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            values[r * columns + c] = (float)(gain * (rows < columns ? vectors[r * n + c] : vectors[c * n + r]));
    free(vectors);
    return MOOD_OK;
}

static void identity(double gain, size_t rows, size_t columns, float *values) {
    constant(0, values, rows * columns);
    for (size_t i = 0; i < rows && i < columns; i++)
        values[i * columns + i] = (float)gain;
}

/* ---- variance scaling -------------------------------------------------------------------------- */

/* The standard deviation of a normal distribution of variance 1 that is cut off at -2 and 2: Keras divides by it. */
#define TRUNCATED_STDDEV 0.87962566103423978

static double fan_of(mood_fan_mode mode, size_t rows, size_t columns) {
    switch (mode) {
    case MOOD_FAN_IN: return (double)rows;
    case MOOD_FAN_OUT: return (double)columns;
    case MOOD_FAN_AVG: break;
    }
    return ((double)rows + (double)columns) / 2;
}

static void variance_scaling(struct random *random, double scale, mood_fan_mode mode, mood_distribution distribution,
                             size_t rows, size_t columns, float *values, size_t count) {
    double fan = fan_of(mode, rows, columns), limit = sqrt(3 * scale / fan), stddev = sqrt(scale / fan);
    switch (distribution) {
    case MOOD_DISTRIBUTION_UNIFORM: uniform(random, -limit, limit, values, count); break;
    case MOOD_DISTRIBUTION_UNTRUNCATED_NORMAL: normal(random, 0, stddev, values, count); break;
    case MOOD_DISTRIBUTION_TRUNCATED_NORMAL:
        truncated_normal(random, 0, stddev / TRUNCATED_STDDEV, values, count);
        break;
    }
}

/* ---- a weight ---------------------------------------------------------------------------------- */

static mood_status fill(const mood_initializer *start, struct random *random, size_t rank, size_t rows, size_t columns,
                        float *values, mood_error *err) {
    const mood_distribution truncated = MOOD_DISTRIBUTION_TRUNCATED_NORMAL, flat = MOOD_DISTRIBUTION_UNIFORM;
    size_t count = rank == 2 ? rows * columns : rows;
    if (rank != 2 && (start->kind == MOOD_ORTHOGONAL || start->kind == MOOD_IDENTITY))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "the initializer %s needs a matrix, and the weight is a vector", types[start->kind].name);
    switch (start->kind) {
    case MOOD_ZEROS: constant(0, values, count); break;
    case MOOD_ONES: constant(1, values, count); break;
    case MOOD_CONSTANT: constant(start->value, values, count); break;
    case MOOD_RANDOM_UNIFORM: uniform(random, start->minval, start->maxval, values, count); break;
    case MOOD_RANDOM_NORMAL: normal(random, start->mean, start->stddev, values, count); break;
    case MOOD_TRUNCATED_NORMAL: truncated_normal(random, start->mean, start->stddev, values, count); break;
    case MOOD_VARIANCE_SCALING:
        variance_scaling(random, start->scale, start->mode, start->distribution, rows, columns, values, count);
        break;
    case MOOD_GLOROT_UNIFORM: variance_scaling(random, 1, MOOD_FAN_AVG, flat, rows, columns, values, count); break;
    case MOOD_GLOROT_NORMAL: variance_scaling(random, 1, MOOD_FAN_AVG, truncated, rows, columns, values, count); break;
    case MOOD_HE_UNIFORM: variance_scaling(random, 2, MOOD_FAN_IN, flat, rows, columns, values, count); break;
    case MOOD_HE_NORMAL: variance_scaling(random, 2, MOOD_FAN_IN, truncated, rows, columns, values, count); break;
    case MOOD_LECUN_UNIFORM: variance_scaling(random, 1, MOOD_FAN_IN, flat, rows, columns, values, count); break;
    case MOOD_LECUN_NORMAL: variance_scaling(random, 1, MOOD_FAN_IN, truncated, rows, columns, values, count); break;
    case MOOD_ORTHOGONAL: return orthogonal(random, start->gain, rows, columns, values, err);
    case MOOD_IDENTITY: identity(start->gain, rows, columns, values); break;
    }
    return MOOD_OK;
}

/* An LSTM's bias with unit_forget_bias, which Keras puts together of three vectors: the input gate's, ones for the
 * forget gate, and one for the two gates after it. */
static mood_status fill_lstm_bias(const mood_initializer *start, struct random *random, size_t units, float *values,
                                  mood_error *err) {
    mood_status status = fill(start, random, 1, units, units, values, err);
    constant(1, values + units, units);
    return status == MOOD_OK ? fill(start, random, 1, 2 * units, 2 * units, values + 2 * units, err) : status;
}

mood_status initialize(const struct parameter *parameter, struct random *random, float *values, mood_error *err) {
    size_t rows = parameter->dims[0], columns = parameter->rank == 2 ? parameter->dims[1] : rows;
    mood_status status = parameter->unit_forget_bias
                             ? fill_lstm_bias(&parameter->initializer, random, rows / 4, values, err)
                             : fill(&parameter->initializer, random, parameter->rank, rows, columns, values, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", parameter->name);
    return status;
}
