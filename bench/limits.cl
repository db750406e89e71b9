// What a device can do at most. bench/limits.c sets W, the floats of a vector register, vec, W of them, with its
// load_vec and store_vec, and ACCUMULATORS, how many of them are added to at once.

#pragma OPENCL FP_CONTRACT ON

#define UNROLL _Pragma("unroll")
#define STREAMS 8

static inline float lanes(vec v) {
    float each[W], sum = 0.0f;
    store_vec(v, each);
    for (int i = 0; i < W; i++)
        sum += each[i];
    return sum;
}

// Multiply and add, 2*ACCUMULATORS*W operations a time, in registers, none waiting for the one before.
kernel void multiply_add(int times, global float *out, float a, float b) {
    vec sum[ACCUMULATORS];
    UNROLL for (int i = 0; i < ACCUMULATORS; i++) sum[i] = (vec)(out[get_global_id(0)] + i);
    for (int t = 0; t < times; t++) {
        UNROLL for (int i = 0; i < ACCUMULATORS; i++) sum[i] = sum[i] * (vec)(a) + (vec)(b);
    }
    vec total = (vec)(0.0f);
    UNROLL for (int i = 0; i < ACCUMULATORS; i++) total += sum[i];
    out[get_global_id(0)] = lanes(total);
}

// a = b + s*c, McCalpin's triad: `count` vectors an item, the first at its number times `spread`, `step` apart.
kernel void triad(int count, global float *a, global const float *b, global const float *c, float s, int spread,
                  int step) {
    size_t first = (size_t)get_global_id(0) * spread;
    for (int i = 0; i < count; i++) {
        size_t at = first + (size_t)i * step;
        store_vec(load_vec(b + at) + s * load_vec(c + at), a + at);
    }
}

// Read an array of `size` floats over and over, each work-group its own; times `size` floats are read.
kernel void read_again(int times, global float *out, global const float *data, int size, float s) {
    int stride = get_local_size(0) * W;
    vec sum[STREAMS];
    data += (size_t)get_group_id(0) * size + get_local_id(0) * W;
    UNROLL for (int i = 0; i < STREAMS; i++) sum[i] = (vec)(0.0f);
    for (int t = 0; t < times; t++)
        for (int at = 0; at < size; at += STREAMS * stride) {
            UNROLL for (int i = 0; i < STREAMS; i++) sum[i] = s * load_vec(data + at + i * stride) + sum[i];
        }
    vec total = (vec)(0.0f);
    UNROLL for (int i = 0; i < STREAMS; i++) total += sum[i];
    out[get_global_id(0)] = lanes(total);
}
