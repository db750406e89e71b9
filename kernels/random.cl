// Counter-based random numbers: the same numbers whatever the device, the kernel class, slices and threads.
// Philox 4x32-10. Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".

static inline uint4 philox(uint4 counter, uint2 key) {
    for (int round = 0; round < 10; round++) {
        uint low_0 = counter.x * 0xD2511F53u, high_0 = mul_hi(counter.x, 0xD2511F53u);
        uint low_2 = counter.z * 0xCD9E8D57u, high_2 = mul_hi(counter.z, 0xCD9E8D57u);
        counter = (uint4)(high_2 ^ counter.y ^ key.x, low_2, high_0 ^ counter.w ^ key.y, low_0);
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return counter;
}

// U[0,1), a multiple of 2^-24.
static inline float4 random_uniform(uint4 bits) {
    return convert_float4(bits >> 8) * (1.0f / 16777216.0f);
}

// N(0,1), Box-Muller; the largest magnitude is 5.8.
static inline float4 random_normal(uint4 bits) {
    float4 u = random_uniform(bits);
    float radius_0 = sqrt(-2.0f * log(1.0f - u.x)), radius_1 = sqrt(-2.0f * log(1.0f - u.z));
    return (float4)(radius_0 * cospi(2.0f * u.y), radius_0 * sinpi(2.0f * u.y), radius_1 * cospi(2.0f * u.w),
                    radius_1 * sinpi(2.0f * u.w));
}
