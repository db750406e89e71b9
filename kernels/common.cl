// Definitions that all kernel files use: the vector type, activations, and loads that stop at the end of a row.
//
// W (16, 8 or 4) is the device's vector width, which the host sets. Files called …_tile… are compiled several times,
// each with another R, the rows of a tile: TILED(name) is name_R. Sums are written a * b + c, so that the compiler
// fuses them if the device can.
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

#ifdef HAS_PREFETCH
#define PREFETCH(p) __builtin_prefetch((const void *)(size_t)(p), 0, 3)
#define PREFETCH_TO_WRITE(p) __builtin_prefetch((const void *)(size_t)(p), 1, 3)
#else
#define PREFETCH(p) ((void)(p))
#define PREFETCH_TO_WRITE(p) ((void)(p))
#endif

#define COLUMNS TILE_COLUMNS(W)

#define UNROLL _Pragma("unroll")

// For functions of the inner loops: compilers stop inlining where a kernel becomes large.
#define INLINE static inline __attribute__((always_inline))

#define JOINED(name, rows) name##_##rows
#define NAMED(name, rows) JOINED(name, rows)
#define TILED(name) NAMED(name, R)

// Load the first n of W floats at p, the others zero; and store them.
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

static inline void store_some_int(ivec v, global int *p, int n) {
    if (n >= W) {
        store_vec(v, p);
        return;
    }
    int part[W];
    store_vec(v, part);
    for (int i = 0; i < n; i++)
        p[i] = part[i];
}

// The first n of W floats of v, the others zero.
static inline vec first_of(vec v, int n) {
    if (n >= W)
        return v;
    float part[W];
    store_vec(v, part);
    for (int i = n; i < W; i++)
        part[i] = 0.0f;
    return load_vec(part);
}

// Activations, for vectors and for one float. They saturate and can't overflow; NaN stays NaN.
// Sigmoid and tanh are within 1e-7 of the exact value, or two units in its last place, everywhere
// (tests/check_kernels.c).
//
// 2^x, x within ±126, is 2^n times a polynomial on ±1/2, a minimax fit that is 1 at 0: of degree 6, with an error of
// 2e-9, or of degree 5, with an error of 9e-8, of which a quarter reaches a sigmoid. tanh is computed from |x|, for
// which 1 - e is exact enough.
#define LOG2_E 1.44269504f
#define DEFINE_ACTIVATIONS(suffix, real, integer, as_real, as_integer)                                          \
    static inline real at_most##suffix(real x, float most) {                                                   \
        return x > (real)(most) ? (real)(most) : x;                                                            \
    }                                                                                                          \
    static inline real at_least##suffix(real x, float least) {                                                 \
        return x < (real)(least) ? (real)(least) : x;                                                          \
    }                                                                                                          \
    static inline real power##suffix(real x, int degree) {                                                     \
        const real shift = (real)(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */                 \
        real shifted = x + shift;                                                                              \
        real r = x - (shifted - shift), p;                                                                     \
        if (degree == 5) {                                                                                     \
            p = (real)(1.326465239e-03f);                                                                      \
            p = p * r + (real)(9.671511324e-03f);                                                              \
            p = p * r + (real)(5.550733963e-02f);                                                              \
            p = p * r + (real)(2.402224212e-01f);                                                              \
            p = p * r + (real)(6.931469775e-01f);                                                              \
        } else {                                                                                               \
            p = (real)(1.535515531e-04f);                                                                      \
            p = p * r + (real)(1.339893518e-03f);                                                              \
            p = p * r + (real)(9.618429334e-03f);                                                              \
            p = p * r + (real)(5.550332348e-02f);                                                              \
            p = p * r + (real)(2.402264801e-01f);                                                              \
            p = p * r + (real)(6.931472028e-01f);                                                              \
        }                                                                                                      \
        p = p * r + (real)(1.0f);                                                                              \
        return as_real(as_integer(p) + (as_integer(shifted) << 23)); /* add n to the exponent */              \
    }                                                                                                          \
    static inline real exp_negative##suffix(real x) { /* x <= 0 */                                             \
        return power##suffix(at_least##suffix(x * (real)(LOG2_E), -126.0f), 6);                                \
    }                                                                                                          \
    static inline real sigmoid##suffix(real x) {                                                               \
        real z = at_most##suffix(at_least##suffix(x * (real)(-LOG2_E), -126.0f), 126.0f);                      \
        return (real)(1.0f) / ((real)(1.0f) + power##suffix(z, 5));                                            \
    }                                                                                                          \
    static inline real tanh##suffix(real x) {                                                                  \
        real e = exp_negative##suffix((real)(-2.0f) * fabs(x));                                                \
        return copysign((real)(1.0f) - e, x) / ((real)(1.0f) + e);                                             \
    }

DEFINE_ACTIVATIONS(_vec, vec, ivec, as_vec, as_ivec)
DEFINE_ACTIVATIONS(_one, float, int, as_float, as_int)
