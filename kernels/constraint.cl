// Constraints of weights, applied after a step of the optimizer.
// Source: keras/src/constraints/constraints.py

static inline float constrained(float w, float norm, int kind, float least, float most, float rate) {
    float limited = clip_one(norm, kind == CONSTRAINT_MIN_MAX_NORM ? least : 0.0f, most);
    float target = kind == CONSTRAINT_MIN_MAX_NORM ? rate * limited + (1.0f - rate) * norm : limited;
    return kind == CONSTRAINT_NON_NEG ? (w < 0.0f ? 0.0f : w)
         : kind == CONSTRAINT_UNIT_NORM ? w / (1e-7f + norm) : w * (target / (1e-7f + norm));
}

// w [n0,n1,n2,n3] in place. axes: bit k is set if norms are computed along axis k. A work-item computes one norm and
// updates the elements of that norm. Global: the product of the sizes of the other axes rounded up.
kernel void constrain(global float *w, int n0, int n1, int n2, int n3, int axes, int kind, float least, float most,
                      float rate) {
    int sizes[4] = {n0, n1, n2, n3}, at[4], rest = get_global_id(0), counts[4];
    for (int k = 3; k >= 0; k--) {
        int summed = axes >> k & 1;
        at[k] = summed ? 0 : rest % sizes[k];
        rest = summed ? rest : rest / sizes[k];
        counts[k] = summed ? sizes[k] : 1;
    }
    if (rest > 0)
        return;
    int strides[4] = {n1 * n2 * n3, n2 * n3, n3, 1};
    w += (size_t)at[0] * strides[0] + at[1] * strides[1] + at[2] * strides[2] + at[3];
    int count = counts[0] * counts[1] * counts[2] * counts[3];
    float sum = 0.0f;
    for (int pass = 0; pass < 2; pass++) {
        float norm = sqrt(sum);
        for (int i = 0; i < count; i++) {
            int d3 = i % counts[3], d2 = i / counts[3] % counts[2], d1 = i / counts[3] / counts[2] % counts[1];
            int d0 = i / counts[3] / counts[2] / counts[1];
            global float *place = w + (size_t)d0 * strides[0] + d1 * strides[1] + d2 * strides[2] + d3;
            if (pass == 0)
                sum += *place * *place;
            else
                *place = constrained(*place, norm, kind, least, most, rate);
        }
    }
}
