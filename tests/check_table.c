/* The hash function of tables: the same SipHash as its authors' and Python's, and a key that distributes words
 * which collide in uthash's own hash. */
#include "text/siphash.h"
#include "text/table.h"
#include "text_golden.h"

/* The authors' test: key and data are bytes counting from 0. */
START_TEST(siphash_2_4_is_its_authors) {
    static const uint64_t hashes[16] = {
        UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
        UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
        UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137), UINT64_C(0x93f5f5799a932462),
        UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
        UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee),
        UINT64_C(0xa129ca6149be45e5),
    };
    static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    unsigned char data[16];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)i;
    for (size_t size = 0; size < 16; size++)
        ck_assert_uint_eq(siphash(data, size, key, 2, 4), hashes[size]);
}
END_TEST

/* hash(bytes) of Python 3.11 with PYTHONHASHSEED=0, which is a key of 0. */
START_TEST(siphash_1_3_is_pythons) {
    static const struct {
        const char *text;
        uint64_t hash;
    } samples[] = {
        {"a", UINT64_C(0x407448d2b89b1813)},
        {"good", UINT64_C(0xd874329421e8e288)},
        {"film", UINT64_C(0x83eb9c1819810af1)},
        {"12345678", UINT64_C(0x3489982430560a87)},
        {"123456789abcdef0123", UINT64_C(0xec40b4731a25b62d)},
    };
    static const uint64_t key[2] = {0, 0};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        ck_assert_uint_eq(siphash(samples[i].text, strlen(samples[i].text), key, 1, 3), samples[i].hash);
        ck_assert_uint_ne(table_hash(samples[i].text, strlen(samples[i].text)), (uint32_t)samples[i].hash);
    }
}
END_TEST

/* 1000 words of one of uthash's buckets are distributed over about as many of 1024 buckets as random words (630). */
START_TEST(words_that_collide_are_spread) {
    static bool used[1024];
    size_t buckets = 0;
    unsigned long number = 0;
    for (int found = 0; found < 1000; number++) {
        char word[11];
        unsigned hash;
        snprintf(word, sizeof word, "%010lu", number);
        HASH_JEN(word, 10, hash);
        if (hash % 1024 != 0)
            continue;
        found++;
        size_t bucket = table_hash(word, 10) % 1024;
        buckets += !used[bucket];
        used[bucket] = true;
    }
    ck_assert_uint_gt(buckets, 500);
}
END_TEST

static void add(TCase *tests) {
    tcase_add_test(tests, siphash_2_4_is_its_authors);
    tcase_add_test(tests, siphash_1_3_is_pythons);
    tcase_add_test(tests, words_that_collide_are_spread);
}

int main(void) {
    return run_tests("table", add);
}
