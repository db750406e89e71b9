/* A seeded generator. */
#include <math.h>

#include "model/random.h"

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed, uint64_t stream) {
    uint64_t start = seed;
    uint64_t mixed = splitmix(&start) ^ stream;
    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix(&mixed);
}

static uint64_t rotate(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

uint64_t random_next(struct random *random) {
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double random_unit(struct random *random) {
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method; the second number of each pair is discarded, so there is no state to keep. */
double random_normal(struct random *random) {
    for (;;) {
        double u = 2 * random_unit(random) - 1, v = 2 * random_unit(random) - 1, s = u * u + v * v;
        if (s > 0 && s < 1)
            return u * sqrt(-2 * log(s) / s);
    }
}

size_t random_below(struct random *random, size_t bound) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound, value;
    do
        value = random_next(random);
    while (value >= limit);
    return (size_t)(value % bound);
}
