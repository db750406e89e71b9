/* Invalid UTF-8 is replaced as by Python's errors="replace"; lower case is Python's. */
#include <sha2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "text/splitter.h"
#include "text/utf8.h"
#include "text_golden.h"

static size_t from_hex(const char *hex, char *bytes) {
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (char)byte;
    }
    return size;
}

START_TEST(test_samples) {
    json_t *utf8 = golden("utf8"), *sample;
    size_t i;
    json_array_foreach(json_object_get(utf8, "samples"), i, sample) {
        char bytes[64], wanted[64], *text;
        size_t size = from_hex(json_string_value(json_object_get(sample, "bytes")), bytes);
        size_t wanted_size = from_hex(json_string_value(json_object_get(sample, "text")), wanted);
        size_t text_size, replaced;
        ck_assert_ok(mood_text_repair((mood_text){bytes, size}, &text, &text_size, &replaced, err));
        ck_assert_uint_eq(text_size, wanted_size);
        ck_assert_mem_eq(text, wanted, wanted_size);
        ck_assert_int_eq(text[text_size], '\0');
        ck_assert_uint_eq(replaced, (size_t)json_integer_value(json_object_get(sample, "replaced")));
        ck_assert(mood_text_validate((mood_text){bytes, size}, NULL) == (replaced == 0));
        ck_assert(mood_text_validate((mood_text){text, text_size}, NULL));
        mood_free(text);
    }
    json_decref(utf8);
}
END_TEST

/* Every string of up to four of the edge bytes, in the order of itertools.product. */
START_TEST(test_all_edges) {
    json_t *utf8 = golden("utf8"), *edges = json_object_get(utf8, "edges");
    char bytes[64];
    size_t count = from_hex(json_string_value(json_object_get(edges, "bytes")), bytes);
    SHA2_CTX context;
    SHA256Init(&context);
    struct bytes out = {0};
    for (size_t size = 1, strings = count; size <= 4; size++, strings *= count)
        for (size_t number = 0; number < strings; number++) {
            char string[4], digits[24];
            for (size_t i = size, rest = number; i-- > 0; rest /= count)
                string[i] = bytes[rest % count];
            size_t replaced = 0;
            out.size = 0;
            ck_assert(utf8_repair((mood_text){string, size}, &out, &replaced));
            SHA256Update(&context, (const uint8_t *)out.data, out.size);
            SHA256Update(&context, (const uint8_t *)digits, (size_t)sprintf(digits, "%zu", replaced));
        }
    char digest[SHA256_DIGEST_STRING_LENGTH];
    SHA256End(&context, digest);
    ck_assert_str_eq(digest, json_string_value(json_object_get(edges, "sha256")));
    bytes_free(&out);
    json_decref(utf8);
}
END_TEST

START_TEST(test_position) {
    size_t position = 99;
    ck_assert(mood_text_validate((mood_text){"caf\xC3\xA9", 5}, &position));
    ck_assert_uint_eq(position, 99);
    ck_assert(!mood_text_validate((mood_text){"caf\xC3\xA9\xC3", 6}, &position));
    ck_assert_uint_eq(position, 5);
    ck_assert(!mood_text_validate((mood_text){"ab\xE9"
                                              "cd",
                                              5},
                                  &position));
    ck_assert_uint_eq(position, 2);
    ck_assert(mood_text_validate((mood_text){NULL, 0}, &position));
}
END_TEST

START_TEST(test_ascii) {
    char text[40];
    memset(text, 'a', sizeof text);
    ck_assert(utf8_is_ascii(text, sizeof text));
    ck_assert(utf8_is_ascii(NULL, 0));
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)0x80;
        for (size_t size = 0; size <= sizeof text; size++)
            ck_assert(utf8_is_ascii(text, size) == (size <= i));
        text[i] = 'a';
    }
}
END_TEST

START_TEST(test_shown) {
    ck_assert_int_eq(utf8_shown("short", 10), 5);
    ck_assert_int_eq(utf8_shown("exactly ten", 11), 11);
    ck_assert_int_eq(utf8_shown("caf\xC3\xA9s", 4), 3);
    ck_assert_int_eq(utf8_shown("caf\xC3\xA9s", 5), 5);
    ck_assert_int_eq(utf8_shown("", 5), 0);
}
END_TEST

/* ICU may know more characters than the Python that made the digest, but must agree on those that it knows. */
START_TEST(test_lower_case) {
    json_t *lower = golden("lower");
    UVersionInfo known, age;
    u_versionFromString(known, json_string_value(json_object_get(lower, "unicode")));
    struct splitter splitter;
    ck_assert_ok(splitter_init(&splitter, literal(""), true, literal(""), true, err));
    struct scratch scratch = {0};
    SHA2_CTX context;
    SHA256Init(&context);
    for (UChar32 c = 0; c <= 0x10FFFF; c++) {
        u_charAge(c, age);
        if (u_charType(c) == U_UNASSIGNED || u_charType(c) == U_SURROGATE || memcmp(age, known, sizeof age) > 0)
            continue;
        char character[4];
        size_t size = 0, bad_bytes = 0;
        U8_APPEND_UNSAFE(character, size, c);
        struct token_cursor cursor;
        mood_text text = {character, size};
        ck_assert_ok(splitter_begin(&splitter, text, &scratch, &cursor, &bad_bytes, err));
        SHA256Update(&context, (const uint8_t *)cursor.at, (size_t)(cursor.end - cursor.at));
    }
    char digest[SHA256_DIGEST_STRING_LENGTH];
    SHA256End(&context, digest);
    ck_assert_str_eq(digest, json_string_value(json_object_get(lower, "sha256")));
    scratch_free(&scratch);
    splitter_free(&splitter);
    json_decref(lower);
}
END_TEST

/* Messages contain no control characters of untrusted bytes, and a log entry is one line. */
START_TEST(test_errors_are_one_line) {
    mood_error error;
    (void)mood_error_set(&error, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s",
                         "a\n\t\x1b[31m\x7f b\xc2\x85\xc2\x9b\xc2\xa0\xc3\x85");
    ck_assert_str_eq(error.message, "a   [31m  b    \xc2\xa0\xc3\x85");
    (void)mood_error_set(&error, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s", "x\xe2\x80\xae y\xe2\x81\xa6 z\x9b");
    ck_assert_str_eq(error.message, "x    y    z ");
    mood_error_prefix(&error, "%s", "\x9b\xe2\x80\xa8");
    ck_assert_str_eq(error.message, "    : x    y    z ");
}
END_TEST

/* The first and the last character of each range are found, their neighbours are not. */
START_TEST(test_find_control) {
    static const struct {
        const char *text;
        int32_t character; /* 0: none */
        size_t size;
    } samples[] = {
        {"\x01", 0x01, 1},
        {"\x1f", 0x1F, 1},
        {" ", 0, 0},
        {"~", 0, 0},
        {"\x7f", 0x7F, 1},
        {"\xc2\x80", 0x80, 2},
        {"\xc2\x9f", 0x9F, 2},
        {"\xc2\xa0", 0, 0},
        {"\xe2\x80\xa7", 0, 0},
        {"\xe2\x80\xa8", 0x2028, 3},
        {"\xe2\x80\xae", 0x202E, 3},
        {"\xe2\x80\xaf", 0, 0},
        {"\xe2\x81\xa5", 0, 0},
        {"\xe2\x81\xa6", 0x2066, 3},
        {"\xe2\x81\xa9", 0x2069, 3},
        {"\xe2\x81\xaa", 0, 0},
        {"\xe2\x80\x8f", 0, 0},
        {"\xf0\x9f\x98\x80", 0, 0},
        {"\x9b", -1, 1},
        {"\xe2\x80", -1, 2},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char text[16];
        int32_t character = 0;
        size_t size = 0, length = (size_t)snprintf(text, sizeof text, "a%s", samples[i].text);
        size_t at = mood_text_find_control((mood_text){text, length}, 0, &size, &character);
        ck_assert_uint_eq(at, samples[i].character ? 1 : length);
        ck_assert_int_eq(character, samples[i].character);
        ck_assert_uint_eq(size, samples[i].size);
    }
}
END_TEST

static void add(TCase *tests) {
    tcase_add_test(tests, test_samples);
    tcase_add_test(tests, test_all_edges);
    tcase_add_test(tests, test_position);
    tcase_add_test(tests, test_ascii);
    tcase_add_test(tests, test_shown);
    tcase_add_test(tests, test_lower_case);
    tcase_add_test(tests, test_errors_are_one_line);
    tcase_add_test(tests, test_find_control);
}

int main(void) {
    return run_tests("utf8", add);
}
