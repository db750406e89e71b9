/* SipHash, a keyed hash by Aumasson and Bernstein (2012): without the key an attacker cannot choose keys of a hash
 * table that collide. Here with 1 round per word and 3 final rounds, as in the dicts of Python and Rust; the
 * authors recommend 2 and 4 for message authentication. In a header, so that the compiler unrolls the rounds. */
#ifndef TEXT_SIPHASH_H
#define TEXT_SIPHASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct siphash {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotate(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

static inline void siphash_rounds(struct siphash *state, int rounds) {
    for (int i = 0; i < rounds; i++) {
        state->v0 += state->v1;
        state->v2 += state->v3;
        state->v1 = siphash_rotate(state->v1, 13) ^ state->v0;
        state->v3 = siphash_rotate(state->v3, 16) ^ state->v2;
        state->v0 = siphash_rotate(state->v0, 32);
        state->v2 += state->v1;
        state->v0 += state->v3;
        state->v1 = siphash_rotate(state->v1, 17) ^ state->v2;
        state->v3 = siphash_rotate(state->v3, 21) ^ state->v0;
        state->v2 = siphash_rotate(state->v2, 32);
    }
}

static inline void siphash_word(struct siphash *state, uint64_t word, int rounds) {
    state->v3 ^= word;
    siphash_rounds(state, rounds);
    state->v0 ^= word;
}

/* The last 0 to 7 bytes as a little-endian word. */
static inline uint64_t siphash_tail(const unsigned char *bytes, size_t size) {
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)bytes[i] << 8 * i;
    return word;
}

/* SipHash-c-d of data [size bytes] with a key of 128 bits. */
static inline uint64_t siphash(const void *data, size_t size, const uint64_t key[2], int c, int d) {
    const unsigned char *bytes = data;
    struct siphash state = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                            key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    size_t left = size;
    for (; left >= 8; left -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        siphash_word(&state, le64toh(word), c);
    }
    siphash_word(&state, (uint64_t)size << 56 | siphash_tail(bytes, left), c);
    state.v2 ^= 0xff;
    siphash_rounds(&state, d);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

#endif
