/* A seeded generator that gives the same numbers on all systems: xoshiro256** (Blackman & Vigna 2018), seeded by
 * splitmix64. */
#ifndef MODEL_RANDOM_H
#define MODEL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* `stream` selects independent sequences for one seed: weights, the order of each epoch … */
void random_seed(struct random *random, uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *random);
double random_unit(struct random *random);                /* [0, 1) */
double random_normal(struct random *random);              /* mean 0, variance 1 */
size_t random_below(struct random *random, size_t bound); /* 0 … bound-1, unbiased; bound > 0 */

#endif
