/* Computes initial values. */
#include <math.h>
#include <stdlib.h>

#include "model/initialize.h"

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

/* Numbers beyond two standard deviations are rejected and drawn again. */
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

/* Make each of m vectors of n ≥ m numbers orthogonal to the previous ones, with norm 1: the Q of a QR decomposition
 * whose R has a positive diagonal, as in Keras. Runs twice, because one pass leaves rounding errors. */
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

/* The standard deviation of a standard normal distribution truncated at -2 and 2. Keras divides by it. */
#define TRUNCATED_STDDEV 0.87962566103423978

static double fan_of(enum fan_mode mode, size_t rows, size_t columns) {
    switch (mode) {
    case FAN_IN: return (double)rows;
    case FAN_OUT: return (double)columns;
    case FAN_AVG: break;
    }
    return ((double)rows + (double)columns) / 2;
}

static void variance_scaling(struct random *random, double scale, enum fan_mode mode, enum distribution distribution,
                             size_t rows, size_t columns, float *values, size_t count) {
    double fan = fan_of(mode, rows, columns), limit = sqrt(3 * scale / fan), stddev = sqrt(scale / fan);
    switch (distribution) {
    case UNIFORM: uniform(random, -limit, limit, values, count); break;
    case UNTRUNCATED_NORMAL: normal(random, 0, stddev, values, count); break;
    case TRUNCATED_NORMAL: truncated_normal(random, 0, stddev / TRUNCATED_STDDEV, values, count); break;
    }
}

/* ---- a weight ---------------------------------------------------------------------------------- */

/* A weight's sizes for its initializer. A kernel of a convolution [size, in, out] has a fan for each size and is
 * treated as a matrix [size*in, out]; the fans of a vector are its length. */
struct place {
    size_t rank, count, fan_in, fan_out, rows, columns;
};

static struct place vector_place(size_t count) {
    return (struct place){.rank = 1, .count = count, .fan_in = count, .fan_out = count};
}

static struct place place_of(const struct variable *variable) {
    if (variable->rank <= 1)
        return vector_place(variable->count);
    size_t in = variable->dims[variable->rank - 2], out = variable->dims[variable->rank - 1];
    size_t size = variable->count / (in * out);
    return (struct place){variable->rank, variable->count, size * in, size * out, size * in, out};
}

static mood_status fill(const struct initializer *start, struct random *random, struct place place, float *values,
                        mood_error *err) {
    const enum distribution truncated = TRUNCATED_NORMAL, flat = UNIFORM;
    size_t count = place.count, in = place.fan_in, out = place.fan_out;
    bool is_matrix = start->kind == INITIALIZER_IDENTITY ? place.rank == 2 : place.rank >= 2;
    if (!is_matrix && (start->kind == INITIALIZER_ORTHOGONAL || start->kind == INITIALIZER_IDENTITY))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "the initializer %s needs a matrix, and the weight is %s",
                              initializer_type_of(start->kind)->name, place.rank == 1 ? "a vector" : "of rank 3");
    switch (start->kind) {
    case INITIALIZER_ZEROS: constant(0, values, count); break;
    case INITIALIZER_ONES: constant(1, values, count); break;
    case INITIALIZER_CONSTANT: constant(start->value, values, count); break;
    case INITIALIZER_RANDOM_UNIFORM: uniform(random, start->minval, start->maxval, values, count); break;
    case INITIALIZER_RANDOM_NORMAL: normal(random, start->mean, start->stddev, values, count); break;
    case INITIALIZER_TRUNCATED_NORMAL: truncated_normal(random, start->mean, start->stddev, values, count); break;
    case INITIALIZER_VARIANCE_SCALING:
        variance_scaling(random, start->scale, start->mode, start->distribution, in, out, values, count);
        break;
    case INITIALIZER_GLOROT_UNIFORM: variance_scaling(random, 1, FAN_AVG, flat, in, out, values, count); break;
    case INITIALIZER_GLOROT_NORMAL: variance_scaling(random, 1, FAN_AVG, truncated, in, out, values, count); break;
    case INITIALIZER_HE_UNIFORM: variance_scaling(random, 2, FAN_IN, flat, in, out, values, count); break;
    case INITIALIZER_HE_NORMAL: variance_scaling(random, 2, FAN_IN, truncated, in, out, values, count); break;
    case INITIALIZER_LECUN_UNIFORM: variance_scaling(random, 1, FAN_IN, flat, in, out, values, count); break;
    case INITIALIZER_LECUN_NORMAL: variance_scaling(random, 1, FAN_IN, truncated, in, out, values, count); break;
    case INITIALIZER_ORTHOGONAL: return orthogonal(random, start->gain, place.rows, place.columns, values, err);
    case INITIALIZER_IDENTITY: identity(start->gain, place.rows, place.columns, values); break;
    }
    return MOOD_OK;
}

/* An LSTM's bias with unit_forget_bias: Keras concatenates three vectors, for the input gate, ones for the forget
 * gate, and one for the other two gates. */
static mood_status fill_lstm_bias(const struct initializer *start, struct random *random, size_t units, float *values,
                                  mood_error *err) {
    mood_status status = fill(start, random, vector_place(units), values, err);
    constant(1, values + units, units);
    return status == MOOD_OK ? fill(start, random, vector_place(2 * units), values + 2 * units, err) : status;
}

mood_status initialize(const struct variable *variable, struct random *random, float *values, mood_error *err) {
    mood_status status = variable->unit_forget_bias
                             ? fill_lstm_bias(&variable->initializer, random, variable->count / 4, values, err)
                             : fill(&variable->initializer, random, place_of(variable), values, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", variable->name);
    return status;
}
