// LayerNormalization and BatchNormalization: y = gamma * z + beta, z = (x - mean) / sqrt(variance + epsilon), for rows
// of x [n,D]. gamma and beta [D] may be null. LayerNormalization has a mean and a variance of each row [n],
// BatchNormalization of each column [D].
// Source: keras/src/layers/normalization/layer_normalization.py, batch_normalization.py; Ba et al. 2016, Ioffe and
// Szegedy 2015
//
// Variances are sums of squared distances from the mean. Sums over many rows are made in chunks of rows, and the chunks
// are added in order.

static inline float sum_of(vec v) {
    float part[W], sum = 0.0f;
    store_vec(v, part);
    for (int i = 0; i < W; i++)
        sum += part[i];
    return sum;
}

// Not fused, so that a row's result does not depend on the number of rows (see dense.cl).
static inline vec scaled(vec z, global const float *gamma, global const float *beta, int d, int D) {
#pragma OPENCL FP_CONTRACT OFF
    if (gamma)
        z = z * load_some(gamma + d, D - d);
    return beta ? z + load_some(beta + d, D - d) : z;
}

// rms_scaling, as Keras defines it: z = x / sqrt(variance + epsilon). means and variances (may be null) are kept for
// backward. Global: n rounded up.
kernel void layer_normalization(global const float *x, global const float *gamma, global const float *beta,
                                global float *y, global float *means, global float *variances, int n, int D,
                                float epsilon, int rms_scaling) {
#pragma OPENCL FP_CONTRACT OFF
    int i = get_global_id(0);
    if (i >= n)
        return;
    x += (size_t)i * D;
    y += (size_t)i * D;
    vec sum = (vec)(0.0f), squares = (vec)(0.0f);
    for (int d = 0; d < D; d += W)
        sum += load_some(x + d, D - d);
    float mean = sum_of(sum) / D;
    for (int d = 0; d < D; d += W) {
        vec distance = first_of(load_some(x + d, D - d) - (vec)(mean), D - d);
        squares = squares + distance * distance;
    }
    float variance = sum_of(squares) / D, inverse = 1.0f / sqrt(variance + epsilon);
    float center = rms_scaling ? 0.0f : mean;
    for (int d = 0; d < D; d += W)
        store_some(scaled((load_some(x + d, D - d) - (vec)(center)) * (vec)(inverse), gamma, beta, d, D), y + d, D - d);
    if (means) {
        means[i] = mean;
        variances[i] = variance;
    }
}

// dx from dy, both [n,D]. With g = gamma * dy: dx = (g - mean(g) - z * mean(g * z)) / sqrt(variance + epsilon), where
// the means are over the row. With rms_scaling mean(g) is absent, and the z before mean(g * z) is that without
// rms_scaling. Global: n rounded up.
kernel void layer_normalization_backward(global const float *x, global const float *d_y, global const float *gamma,
                                         global const float *means, global const float *variances, global float *dx,
                                         int n, int D, float epsilon, int rms_scaling) {
    int i = get_global_id(0);
    if (i >= n)
        return;
    x += (size_t)i * D;
    d_y += (size_t)i * D;
    dx += (size_t)i * D;
    float mean = means[i], inverse = 1.0f / sqrt(variances[i] + epsilon), center = rms_scaling ? 0.0f : mean;
    vec sum = (vec)(0.0f), products = (vec)(0.0f);
    for (int d = 0; d < D; d += W) {
        vec g = scaled(load_some(d_y + d, D - d), gamma, 0, d, D);
        sum += g;
        products += first_of(g * (load_some(x + d, D - d) - (vec)(center)) * (vec)(inverse), D - d);
    }
    float mean_g = rms_scaling ? 0.0f : sum_of(sum) / D, mean_gz = sum_of(products) / D;
    for (int d = 0; d < D; d += W) {
        vec g = scaled(load_some(d_y + d, D - d), gamma, 0, d, D);
        vec z = (load_some(x + d, D - d) - (vec)(mean)) * (vec)(inverse);
        store_some((g - (vec)(mean_g) - z * (vec)(mean_gz)) * (vec)(inverse), dx + d, D - d);
    }
}

// The mean, and the sum of squared distances from it, of each column of each chunk of rows: partials [chunks,2,D].
// Global: chunks*ceil(D/W) rounded up.
kernel void batch_moments(global const float *x, global float *partials, int n, int D, int chunk) {
    int groups = (D + W - 1) / W, i = get_global_id(0), c = i / groups, d = i % groups * W;
    int first = c * chunk, end = min(first + chunk, n);
    if (first >= n)
        return;
    vec sum = (vec)(0.0f), squares = (vec)(0.0f);
    for (int row = first; row < end; row++)
        sum += load_some(x + (size_t)row * D + d, D - d);
    vec mean = sum / (vec)((float)(end - first));
    for (int row = first; row < end; row++) {
        vec distance = load_some(x + (size_t)row * D + d, D - d) - mean;
        squares += distance * distance;
    }
    global float *partial = partials + (size_t)c * 2 * D + d;
    store_some(mean, partial, D - d);
    store_some(squares, partial + D, D - d);
}

// The chunks' moments together (Chan et al. 1979), and the moving averages: moving * momentum + batch's * share.
// Global: D rounded up.
kernel void batch_moments_merge(global const float *partials, global float *means, global float *variances,
                                global float *moving_means, global float *moving_variances, int n, int D, int chunk,
                                float momentum, float share) {
    int d = get_global_id(0), chunks = (n + chunk - 1) / chunk;
    if (d >= D)
        return;
    float sum = 0.0f, squares = 0.0f;
    for (int c = 0; c < chunks; c++)
        sum += partials[(size_t)c * 2 * D + d] * min(chunk, n - c * chunk);
    float mean = sum / n;
    for (int c = 0; c < chunks; c++) {
        global const float *partial = partials + (size_t)c * 2 * D + d;
        float distance = partial[0] - mean;
        squares += partial[D] + distance * distance * min(chunk, n - c * chunk);
    }
    float variance = squares / n;
    means[d] = mean;
    variances[d] = variance;
    moving_means[d] = moving_means[d] * momentum + mean * share;
    moving_variances[d] = moving_variances[d] * momentum + variance * share;
}

// means and variances: the batch's, or the moving ones. An item has W columns of a row.
// Global: n*ceil(D/W) rounded up.
kernel void batch_normalization(global const float *x, global const float *means, global const float *variances,
                                global const float *gamma, global const float *beta, global float *y, int n, int D,
                                float epsilon) {
#pragma OPENCL FP_CONTRACT OFF
    int groups = (D + W - 1) / W, i = get_global_id(0), row = i / groups, d = i % groups * W;
    if (row >= n)
        return;
    size_t at = (size_t)row * D + d;
    vec root = sqrt(load_some(variances + d, D - d) + (vec)(epsilon));
    vec z = (load_some(x + at, D - d) - load_some(means + d, D - d)) * ((vec)(1.0f) / root);
    store_some(scaled(z, gamma, beta, d, D), y + at, D - d);
}

// dx from dy, both [n,D]: gamma / sqrt(variance + epsilon) * (dy - mean(dy) - z * mean(dy * z)), where the means are
// over the batch, from sums [2,D] of dy * z and dy. Moving means and variances are constants: then sums are null, and
// dx is gamma / sqrt(variance + epsilon) * dy. Global: n*ceil(D/W) rounded up.
kernel void batch_normalization_backward(global const float *x, global const float *d_y, global const float *means,
                                         global const float *variances, global const float *gamma,
                                         global const float *sums, global float *dx, int n, int D, float epsilon) {
    int groups = (D + W - 1) / W, i = get_global_id(0), row = i / groups, d = i % groups * W;
    if (row >= n)
        return;
    size_t at = (size_t)row * D + d;
    vec inverse = (vec)(1.0f) / sqrt(load_some(variances + d, D - d) + (vec)(epsilon)), g = load_some(d_y + at, D - d);
    if (sums) {
        vec z = (load_some(x + at, D - d) - load_some(means + d, D - d)) * inverse, rows = (vec)((float)n);
        g -= load_some(sums + D + d, D - d) / rows + z * load_some(sums + d, D - d) / rows;
    }
    store_some(scaled(g * inverse, gamma, 0, d, D), dx + at, D - d);
}

// The sums of dy * z and of dy, of each column of each chunk of rows: partials [chunks,2,D]. by_row: means and
// variances are those of rows. means null: zero. Global: chunks*ceil(D/W) rounded up.
kernel void normalization_partials(global const float *x, global const float *d_y, global const float *means,
                                   global const float *variances, int by_row, global float *partials, int n, int D,
                                   int chunk, float epsilon) {
    int groups = (D + W - 1) / W, i = get_global_id(0), c = i / groups, d = i % groups * W;
    int first = c * chunk, end = min(first + chunk, n);
    if (first >= n)
        return;
    vec products = (vec)(0.0f), sum = (vec)(0.0f), mean = (vec)(0.0f), inverse = (vec)(0.0f);
    if (!by_row) {
        mean = load_some(means + d, D - d);
        inverse = (vec)(1.0f) / sqrt(load_some(variances + d, D - d) + (vec)(epsilon));
    }
    for (int row = first; row < end; row++) {
        size_t at = (size_t)row * D + d;
        vec g = load_some(d_y + at, D - d);
        if (by_row) {
            mean = (vec)(means ? means[row] : 0.0f);
            inverse = (vec)(1.0f / sqrt(variances[row] + epsilon));
        }
        products += g * (load_some(x + at, D - d) - mean) * inverse;
        sum += g;
    }
    global float *partial = partials + (size_t)c * 2 * D + d;
    store_some(products, partial, D - d);
    store_some(sum, partial + D, D - d);
}

// The chunks' sums together: sums [2,D], and added to the gradients of gamma and beta [D]; each of the three may be
// null. Global: D rounded up.
kernel void normalization_sums(global const float *partials, global float *sums, global float *d_gamma,
                               global float *d_beta, int chunks, int D) {
    int d = get_global_id(0);
    if (d >= D)
        return;
    float products = 0.0f, sum = 0.0f;
    for (int c = 0; c < chunks; c++) {
        products += partials[(size_t)c * 2 * D + d];
        sum += partials[(size_t)c * 2 * D + D + d];
    }
    if (sums) {
        sums[d] = products;
        sums[D + d] = sum;
    }
    if (d_gamma)
        d_gamma[d] += products;
    if (d_beta)
        d_beta[d] += sum;
}

// UnitNormalization: y = x / max(|x|, 1e-12), for rows of x [n,D]. Global: n rounded up.
// Source: keras/src/layers/normalization/unit_normalization.py
kernel void unit_normalization(global const float *x, global float *y, int n, int D) {
#pragma OPENCL FP_CONTRACT OFF
    int i = get_global_id(0);
    if (i >= n)
        return;
    x += (size_t)i * D;
    y += (size_t)i * D;
    vec squares = (vec)(0.0f);
    for (int d = 0; d < D; d += W) {
        vec z = load_some(x + d, D - d);
        squares = squares + z * z;
    }
    vec inverse = (vec)(1.0f / fmax(sqrt(sum_of(squares)), 1e-12f));
    for (int d = 0; d < D; d += W)
        store_some(load_some(x + d, D - d) * inverse, y + d, D - d);
}

// dx = (dy - y * sum(y * dy)) / |x|, both [n,D]; without the second term where |x| is below 1e-12. Global: n rounded up.
kernel void unit_normalization_backward(global const float *x, global const float *d_y, global float *dx, int n,
                                        int D) {
    int i = get_global_id(0);
    if (i >= n)
        return;
    x += (size_t)i * D;
    d_y += (size_t)i * D;
    dx += (size_t)i * D;
    vec squares = (vec)(0.0f), products = (vec)(0.0f);
    for (int d = 0; d < D; d += W) {
        vec z = load_some(x + d, D - d);
        squares += z * z;
        products += z * load_some(d_y + d, D - d);
    }
    float length = sqrt(sum_of(squares)), inverse = 1.0f / fmax(length, 1e-12f);
    float along = length > 1e-12f ? sum_of(products) * inverse * inverse : 0.0f;
    for (int d = 0; d < D; d += W)
        store_some((load_some(d_y + d, D - d) - load_some(x + d, D - d) * (vec)(along)) * (vec)(inverse), dx + d,
                   D - d);
}
