// Rescaling: y [count] = scale * x + offset. Source: keras/src/layers/preprocessing/rescaling.py. Global: count rounded
// up.
kernel void rescaling(global const float *x, global float *y, float scale, float offset, int count) {
#pragma OPENCL FP_CONTRACT OFF
    int i = get_global_id(0);
    if (i < count)
        y[i] = x[i] * scale + offset;
}
