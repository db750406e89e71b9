// Functions that activations need in addition to those of common.cl, for one float. They consist of sums and products,
// because a driver's own functions may differ between vectorized and single work-items. NaN stays NaN.
//

// e^x, within 2e-7 of the value; 0 below the smallest normal number, infinity beyond the largest.
static inline float exp_one(float x) {
    float z = at_most_one(at_least_one(x, -87.0f), 88.7f), shift = 12582912.0f; // 1.5 * 2^23, as in common.cl
    float n = (z * LOG2_E + shift) - shift;
    float rest = (z - n * 0.693359375f) + n * 2.12194440e-4f; // ln 2 in two parts
    int first = (int)(n * 0.5f), second = (int)n - first; // 2^n in two parts: 2^128 alone is not a number
    float p = power_one(rest * LOG2_E, 6) * as_float((first + 127) << 23) * as_float((second + 127) << 23);
    return x < -87.0f ? 0.0f : x > 88.7f ? INFINITY : p;
}

// ln((1 + s) / (1 - s)) for |s| <= 1/3, within 3e-9 plus rounding.
static inline float twice_atanh(float s) {
    float q = s * s, p = 1.0f / 15.0f;
    p = p * q + 1.0f / 13.0f;
    p = p * q + 1.0f / 11.0f;
    p = p * q + 1.0f / 9.0f;
    p = p * q + 1.0f / 7.0f;
    p = p * q + 1.0f / 5.0f;
    p = p * q + 1.0f / 3.0f;
    return 2.0f * (p * q * s + s);
}

// ln(x) for normal numbers above 0.
static inline float log_one(float x) {
    int n = (as_int(x) - as_int(0.70710678f)) >> 23;
    float m = as_float(as_int(x) - (n << 23));
    return (float)n * 0.693147181f + twice_atanh((m - 1.0f) / (m + 1.0f));
}

// ln(1 + e^x)
static inline float softplus_one(float x) {
    float u = exp_negative_one(-fabs(x));
    return at_least_one(x, 0.0f) + twice_atanh(u / (2.0f + u));
}

// The error function, within 1e-7: 1 - e^-x² times a polynomial of 1 / (1 + x/2), which was fitted to erfcx on 0 … 6.
static inline float erf_one(float x) {
    float a = at_most_one(fabs(x), 6.0f), t = 1.0f / (1.0f + 0.5f * a), p = 0.0467676334f;
    p = p * t - 0.152168319f;
    p = p * t - 0.0321842358f;
    p = p * t + 0.506572962f;
    p = p * t - 0.0217502099f;
    p = p * t + 0.391390622f;
    p = p * t + 0.259495586f;
    p = p * t + 0.00187595445f;
    return copysign(1.0f - exp_negative_one(-a * a) * p, x);
}
