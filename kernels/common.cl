// What every kernel file begins with: the vector type, activations, and loads that stop at a row's end.
//
// W (16, 8 or 4) is the device's vector width, which the host sets. Files called …_tile… are there several times, with
// another number R, the rows of a tile, in each: TILED(name) is name_R. Sums are written a * b + c: the compiler fuses
// them where the device can.
// Letters for sizes: B batch, T time, E input width, H hidden units; gates are i, f, c, o.

#pragma OPENCL FP_CONTRACT ON

#if W == 16
typedef float16 vec;
typedef int16 ivec;
#define as_vec as_float16
#define as_ivec as_int16
#define load_vec(p) vload16(0, p)
#define store_vec(v, p) vstore16(v, 0, p)
#elif W == 8
typedef float8 vec;
typedef int8 ivec;
#define as_vec as_float8
#define as_ivec as_int8
#define load_vec(p) vload8(0, p)
#define store_vec(v, p) vstore8(v, 0, p)
#else
typedef float4 vec;
typedef int4 ivec;
#define as_vec as_float4
#define as_ivec as_int4
#define load_vec(p) vload4(0, p)
#define store_vec(v, p) vstore4(v, 0, p)
#endif

#define UNROLL _Pragma("unroll")

#define JOINED(name, rows) name##_##rows
#define NAMED(name, rows) JOINED(name, rows)
#define TILED(name) NAMED(name, R)

// The first n of W floats at p, zeros behind them; and back.
static inline vec load_some(global const float *p, int n) {
    if (n >= W)
        return load_vec(p);
    float part[W];
    for (int i = 0; i < W; i++)
        part[i] = i < n ? p[i] : 0.0f;
    return load_vec(part);
}

static inline void store_some(vec v, global float *p, int n) {
    if (n >= W) {
        store_vec(v, p);
        return;
    }
    float part[W];
    store_vec(v, part);
    for (int i = 0; i < n; i++)
        p[i] = part[i];
}

// Activations, for vectors and for one float. e^x for x <= 0 as 2^n times a polynomial on ±ln(2)/2 (a minimax fit,
// off by 3e-9; so is n*ln(2) in one product, times n, which is nothing where e^x counts). They saturate and can't
// overflow; NaN stays NaN. Sigmoid and tanh are within 1e-7 of the exact value everywhere (tests/check_kernels.c).
#define DEFINE_ACTIVATIONS(suffix, real, integer, as_real, as_integer)                                          \
    static inline real exp_negative##suffix(real x) {                                                          \
        const real shift = (real)(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */                 \
        x = x < (real)(-86.0f) ? (real)(-86.0f) : x;                                                           \
        real shifted = x * (real)(1.44269504f) + shift;                                                        \
        real r = (shifted - shift) * (real)(-0.693147181f) + x;                                                \
        real p = (real)(1.381453902e-03f);                                                                     \
        p = p * r + (real)(8.368745228e-03f);                                                                  \
        p = p * r + (real)(4.166839081e-02f);                                                                  \
        p = p * r + (real)(1.666652040e-01f);                                                                  \
        p = p * r + (real)(0.5f);                                                                              \
        p = p * r + (real)(1.0f);                                                                              \
        p = p * r + (real)(1.0f);                                                                              \
        return as_real(as_integer(p) + (as_integer(shifted) << 23)); /* n goes to the exponent */              \
    }                                                                                                          \
    /* As a fraction n/d: who needs a product or a sum of several divides once and not each of them. */              \
    static inline void sigmoid_parts##suffix(real x, real *n, real *d) {                                      \
        real e = exp_negative##suffix(-fabs(x));                                                               \
        *n = x < (real)(0.0f) ? e : (real)(1.0f);                                                              \
        *d = (real)(1.0f) + e;                                                                                 \
    }                                                                                                          \
    static inline void tanh_parts##suffix(real x, real *n, real *d) {                                         \
        real e = exp_negative##suffix((real)(-2.0f) * fabs(x));                                                \
        *n = copysign((real)(1.0f) - e, x);                                                                    \
        *d = (real)(1.0f) + e;                                                                                 \
    }                                                                                                          \
    static inline real sigmoid##suffix(real x) {                                                               \
        real n, d;                                                                                             \
        sigmoid_parts##suffix(x, &n, &d);                                                                      \
        return n / d;                                                                                          \
    }                                                                                                          \
    static inline real tanh##suffix(real x) {                                                                  \
        real n, d;                                                                                             \
        tanh_parts##suffix(x, &n, &d);                                                                         \
        return n / d;                                                                                          \
    }

DEFINE_ACTIVATIONS(_vec, vec, ivec, as_vec, as_ivec)
DEFINE_ACTIVATIONS(_one, float, int, as_float, as_int)
