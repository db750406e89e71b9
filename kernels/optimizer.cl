// Optimizers: one step over all trainable weights at once. Source: keras/src/optimizers
//
// value, gradient, slots [count]; rate is the learning rate. `decay` is the weight decay times the rate: first
// value -= value * decay. Each kernel clears the gradients, which the next step's backward passes add to.
// Global: ceil(count/chunk) rounded up; an item takes `chunk` floats, a multiple of W, as is count.

#define EACH_VECTOR(i) \
    for (int i = get_global_id(0) * chunk, end = min(i + chunk, count); i < end; i += W)

// g and x: the gradient, and the value after the decay.
#define BEGIN_UPDATE(i) \
    vec g = load_vec(gradient + i), x = load_vec(value + i); \
    x -= x * decay; \
    store_vec((vec)(0.0f), gradient + i)

// momentum may be null: x -= rate * g. Else m = momentum * m - rate * g; x += m, or with Nesterov's momentum
// x += momentum * m - rate * g.
kernel void optimizer_sgd(global float *value, global float *gradient, global float *momentum, int count, int chunk,
                          float decay, float rate, float momentum_factor, int nesterov) {
    EACH_VECTOR(i) {
        BEGIN_UPDATE(i);
        vec step = -(g * rate);
        if (momentum) {
            vec m = load_vec(momentum + i) * momentum_factor + step;
            store_vec(m, momentum + i);
            step = nesterov ? m * momentum_factor + step : m;
        }
        store_vec(x + step, value + i);
    }
}

// v = rho * v + (1 - rho) * g^2; with the average a of the gradients, the variance v - a^2 takes v's place.
// step = rate * g / sqrt(v + epsilon); with momentum m = momentum * m + step; x -= m. momentum and average may be null.
kernel void optimizer_rmsprop(global float *value, global float *gradient, global float *velocity,
                              global float *momentum, global float *average, int count, int chunk, float decay,
                              float rate, float rho, float one_minus_rho, float momentum_factor, float epsilon) {
    EACH_VECTOR(i) {
        BEGIN_UPDATE(i);
        vec v = load_vec(velocity + i) * rho + g * g * one_minus_rho, variance = v;
        store_vec(v, velocity + i);
        if (average) {
            vec a = load_vec(average + i) * rho + g * one_minus_rho;
            store_vec(a, average + i);
            variance = v - a * a;
        }
        vec step = g * rate / sqrt(variance + epsilon);
        if (momentum) {
            step += load_vec(momentum + i) * momentum_factor;
            store_vec(step, momentum + i);
        }
        store_vec(x - step, value + i);
    }
}

// m += (g - m) * (1 - beta_1), v += (g^2 - v) * (1 - beta_2), x -= alpha * m / (sqrt(v) + epsilon); alpha is the rate with
// both bias corrections. v_hat (amsgrad; may be null) is the largest v so far, and takes its place.
kernel void optimizer_adam(global float *value, global float *gradient, global float *m, global float *v,
                           global float *v_hat, int count, int chunk, float decay, float alpha, float one_minus_beta_1,
                           float one_minus_beta_2, float epsilon) {
    EACH_VECTOR(i) {
        BEGIN_UPDATE(i);
        vec m_new = load_vec(m + i), v_new = load_vec(v + i);
        m_new += (g - m_new) * one_minus_beta_1;
        v_new += (g * g - v_new) * one_minus_beta_2;
        store_vec(m_new, m + i);
        store_vec(v_new, v + i);
        if (v_hat) {
            v_new = fmax(load_vec(v_hat + i), v_new);
            store_vec(v_new, v_hat + i);
        }
        store_vec(x - m_new * alpha / (sqrt(v_new) + epsilon), value + i);
    }
}

// a += g^2, x -= rate * g / sqrt(a + epsilon).
kernel void optimizer_adagrad(global float *value, global float *gradient, global float *accumulator, int count,
                              int chunk, float decay, float rate, float epsilon) {
    EACH_VECTOR(i) {
        BEGIN_UPDATE(i);
        vec a = load_vec(accumulator + i) + g * g;
        store_vec(a, accumulator + i);
        store_vec(x - g * rate / sqrt(a + epsilon), value + i);
    }
}

// a = rho * a + (1 - rho) * g^2, step = g * sqrt(d + epsilon) / sqrt(a + epsilon), d = rho * d + (1 - rho) * step^2,
// x -= rate * step.
kernel void optimizer_adadelta(global float *value, global float *gradient, global float *grads, global float *deltas,
                               int count, int chunk, float decay, float rate, float rho, float one_minus_rho,
                               float epsilon) {
    EACH_VECTOR(i) {
        BEGIN_UPDATE(i);
        vec a = load_vec(grads + i) * rho + g * g * one_minus_rho, d = load_vec(deltas + i);
        vec step = sqrt(d + epsilon) * g / sqrt(a + epsilon);
        store_vec(a, grads + i);
        store_vec(d * rho + step * step * one_minus_rho, deltas + i);
        store_vec(x - step * rate, value + i);
    }
}

// m += (g - m) * (1 - beta_1), u = max(beta_2 * u, |g|), x -= alpha * m / (u + epsilon); alpha is the rate with the bias
// correction of m.
kernel void optimizer_adamax(global float *value, global float *gradient, global float *m, global float *u, int count,
                             int chunk, float decay, float alpha, float one_minus_beta_1, float beta_2,
                             float epsilon) {
    EACH_VECTOR(i) {
        BEGIN_UPDATE(i);
        vec m_new = load_vec(m + i), u_new = fmax(load_vec(u + i) * beta_2, fabs(g));
        m_new += (g - m_new) * one_minus_beta_1;
        store_vec(m_new, m + i);
        store_vec(u_new, u + i);
        store_vec(x - m_new * alpha / (u_new + epsilon), value + i);
    }
}

// m and v as Adam; x -= (of_m * m + of_g * g) / (sqrt(v * of_v) + epsilon). of_m and of_g have the rate and the bias
// corrections of the momentum, of_v that of v.
kernel void optimizer_nadam(global float *value, global float *gradient, global float *m, global float *v, int count,
                            int chunk, float decay, float of_m, float of_g, float one_minus_beta_1,
                            float one_minus_beta_2, float of_v, float epsilon) {
    EACH_VECTOR(i) {
        BEGIN_UPDATE(i);
        vec m_new = load_vec(m + i), v_new = load_vec(v + i);
        m_new += (g - m_new) * one_minus_beta_1;
        v_new += (g * g - v_new) * one_minus_beta_2;
        store_vec(m_new, m + i);
        store_vec(v_new, v + i);
        store_vec(x - (m_new * of_m + g * of_g) / (sqrt(v_new * of_v) + epsilon), value + i);
    }
}

// The moving average of the weights: average = momentum * average + (1 - momentum) * x, and with `overwrite` x = average.
kernel void optimizer_average(global float *value, global float *average, int count, int chunk, float momentum,
                              float one_minus_momentum, int overwrite) {
    EACH_VECTOR(i) {
        vec a = load_vec(average + i) * momentum + load_vec(value + i) * one_minus_momentum;
        store_vec(a, average + i);
        if (overwrite)
            store_vec(a, value + i);
    }
}
