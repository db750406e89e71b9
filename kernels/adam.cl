// Adam over all weights at once: m and v the moments, alpha the learning rate with both bias corrections. Clears the
// gradients, which the next step's backward passes add to.
// Source: Kingma & Ba 2015, end of section 2; keras/src/optimizers/adam.py
// Global: ceil(count/chunk) rounded up; an item takes `chunk` floats, a multiple of W, as is count.
kernel void adam(global float *value, global float *gradient, global float *m, global float *v, int count,
                 int chunk, float alpha, float one_minus_beta_1, float one_minus_beta_2, float epsilon) {
    int first = get_global_id(0) * chunk;
    for (int i = first; i < min(first + chunk, count); i += W) {
        vec g = load_vec(gradient + i);
        vec m_new = load_vec(m + i), v_new = load_vec(v + i);
        m_new += (g - m_new) * one_minus_beta_1;
        v_new += (g * g - v_new) * one_minus_beta_2;
        store_vec(m_new, m + i);
        store_vec(v_new, v + i);
        store_vec((vec)(0.0f), gradient + i);
        store_vec(load_vec(value + i) - m_new * alpha / (sqrt(v_new) + epsilon), value + i);
    }
}
