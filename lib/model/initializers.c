/* How weights start: Keras's distributions. */
#include <math.h>
#include <stdlib.h>

#include "model/initializers.h"

static void uniform(struct random *random, double limit, float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((2 * random_unit(random) - 1) * limit);
}

/* Keras draws a normal again beyond two deviations, and makes up for the variance that this takes. */
static void truncated_normal(struct random *random, double variance, float *values, size_t count) {
    double deviation = sqrt(variance) / 0.87962566103423978;
    for (size_t i = 0; i < count; i++) {
        double x;
        do
            x = random_normal(random);
        while (fabs(x) > 2);
        values[i] = (float)(x * deviation);
    }
}

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
static mood_status orthogonal(struct random *random, size_t rows, size_t columns, float *values, mood_error *err) {
    size_t m = rows < columns ? rows : columns, n = rows < columns ? columns : rows;
    double *vectors = malloc(m * n * sizeof *vectors);
    if (!vectors)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making weights");
    for (size_t i = 0; i < m * n; i++)
        vectors[i] = random_normal(random);
    orthogonalize(vectors, m, n);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            values[r * columns + c] = (float)(rows < columns ? vectors[r * n + c] : vectors[c * n + r]);
    free(vectors);
    return MOOD_OK;
}

static void constant(float value, float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = value;
}

mood_status initialize(const struct parameter *parameter, struct random *random, float *values, mood_error *err) {
    size_t count = parameter->count, rows = parameter->dims[0];
    size_t columns = parameter->rank == 2 ? parameter->dims[1] : rows; /* a vector's fans are its length */
    switch (parameter->initializer) {
    case MOOD_ZEROS: constant(0.0f, values, count); break;
    case MOOD_ONES: constant(1.0f, values, count); break;
    case MOOD_RANDOM_UNIFORM: uniform(random, 0.05, values, count); break;
    case MOOD_GLOROT_UNIFORM: uniform(random, sqrt(6.0 / (double)(rows + columns)), values, count); break;
    case MOOD_GLOROT_NORMAL: truncated_normal(random, 2.0 / (double)(rows + columns), values, count); break;
    case MOOD_HE_UNIFORM: uniform(random, sqrt(6.0 / (double)rows), values, count); break;
    case MOOD_ORTHOGONAL:
        if (parameter->rank != 2)
            return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                                  "%s is a vector; it cannot start orthogonal", parameter->name);
        return orthogonal(random, rows, columns, values, err);
    default:
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no initializer %d",
                              (int)parameter->initializer);
    }
    if (parameter->unit_forget_bias)
        constant(1.0f, values + count / 4, count / 4);
    return MOOD_OK;
}
