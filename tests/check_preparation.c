/* Cleaning and segmentation of texts: tests/preparation.tsv, hostile texts, and what a tokenizer with a preparation
 * does. */
#include <pthread.h>
#include <unicode/utf8.h>

#include "text/tokenizer.h"
#include "text/utf8.h"
#include "text_golden.h"

/* ---- helpers -------------------------------------------------------------------------------------- */

static mood_tokenizer *create(const char *clean, const char *segment) {
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(NULL, &tokenizer, err));
    ck_assert_ok(mood_tokenizer_set_preparation(tokenizer, clean, segment, err));
    return tokenizer;
}

/* The prepared text in out. */
static void prepare(const mood_tokenizer *tokenizer, mood_text text, struct bytes *out) {
    struct preparation_buffers buffers = {0};
    struct bytes repaired = {0};
    size_t replaced = 0;
    ck_assert(utf8_repair(text, &repaired, &replaced));
    mood_text prepared = {repaired.data, repaired.size};
    if (tokenizer->splitter.preparation)
        ck_assert_ok(preparation_apply(tokenizer->splitter.preparation, &prepared, &buffers, err));
    ck_assert(mood_text_validate(prepared, NULL));
    out->size = 0;
    ck_assert(bytes_append(out, prepared.data, prepared.size));
    preparation_buffers_free(&buffers);
    bytes_free(&repaired);
}

/* Runs of spaces become one, and none are left at the ends. */
static void squeeze(struct bytes *text) {
    size_t kept = 0;
    for (size_t i = 0; i < text->size; i++)
        if (text->data[i] != ' ' || (kept > 0 && text->data[kept - 1] != ' '))
            text->data[kept++] = text->data[i];
    text->size = kept > 0 && text->data[kept - 1] == ' ' ? kept - 1 : kept;
}

/* ---- the table ------------------------------------------------------------------------------------ */

static void append_character(struct bytes *out, unsigned long c) {
    char bytes[U8_MAX_LENGTH];
    size_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, (UChar32)c);
    ck_assert(bytes_append(out, bytes, size));
}

static void unescape(const char *text, struct bytes *out) {
    out->size = 0;
    ck_assert(bytes_reserve(out, 1));
    while (*text) {
        char *end = (char *)text + 1;
        if (strncmp(text, "\\x", 2) == 0) {
            char digits[3] = {text[2], text[3], '\0'};
            ck_assert(bytes_append_byte(out, (char)strtoul(digits, NULL, 16)));
            end = (char *)text + 4;
        } else if (strncmp(text, "\\u{", 3) == 0) {
            append_character(out, strtoul(text + 3, &end, 16));
            end++;
        } else if (*text == '\\') {
            ck_assert(bytes_append_byte(out, text[1] == 'n' ? '\n' : text[1] == 't' ? '\t' : text[1]));
            end++;
        } else {
            ck_assert(bytes_append_byte(out, *text));
        }
        text = end;
    }
}

static void check_line(size_t number, char *line) {
    struct bytes input = {0}, expected = {0}, got = {0};
    char *steps = strsep(&line, "\t"), *segment = steps, *from = strsep(&line, "\t"), *to = line;
    ck_assert_msg(from && to, "line %zu: no three columns", number);
    strsep(&segment, "|");
    unescape(from, &input);
    unescape(to, &expected);
    mood_tokenizer *tokenizer = create(steps, segment);
    prepare(tokenizer, (mood_text){input.data, input.size}, &got);
    squeeze(&got);
    squeeze(&expected);
    ck_assert_msg(got.size == expected.size && (got.size == 0 || memcmp(got.data, expected.data, got.size) == 0),
                  "line %zu: '%.*s', not '%.*s'", number, (int)got.size, got.data, (int)expected.size, expected.data);
    mood_tokenizer_destroy(tokenizer);
    bytes_free(&input);
    bytes_free(&expected);
    bytes_free(&got);
}

START_TEST(test_table) {
    char path[4096], line[4096];
    const char *folder = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/preparation.tsv", folder ? folder : ".");
    FILE *file = fopen(path, "r");
    ck_assert_msg(file, "%s", path);
    size_t number = 0;
    while (fgets(line, sizeof line, file)) {
        number++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#')
            check_line(number, line);
    }
    ck_assert_uint_gt(number, 80);
    fclose(file);
}
END_TEST

/* ---- hostile texts -------------------------------------------------------------------------------- */

/* Repeated to a large text: what could take quadratic time or much memory. */
static const char *const units[] = {
    "a",
    "<a ",
    "<a='\"",
    "<a=\"<b='",
    "<script>",
    "<style><script>",
    "<!--",
    "&",
    "&#",
    "&amp;",
    "&#38;",
    "<b>",
    "http://",
    "www.",
    " www.a",
    "awww.",
    "@",
    "@a",
    "@a@",
    "@a@b.",
    "#",
    "#aB",
    "#A",
    "_#_",
    "\xF0\x9F\x98\x86" /* a long name */,
    "\xE2\x8F\xAD",
    "\xF0\x9F\x91\xA8\xE2\x80\x8D",
    "\xE2\x80\x8D",
    "\xEF\xB8\x8F",
    "\xF0\x9F\x87\xA9",
    "\xF0\x9F\x8F\xBD",
    "\xF3\xA0\x81\xA7",
    ":",
    ":)",
    ":))",
    "<3",
    "</3",
    "n't",
    "ca n't ",
    "'",
    "'s ",
    "\xE2\x80\x99",
    "!",
    "!?",
    "A",
    "1",
    "$",
    /* marks that have to be sorted */
    "\xCC\x80\xCC\xA1\xCC\x95\xCC\xA7",
    "\xCC\x80\xEF\xBE\x9E",
    "\xCC\x80",
    "\xEF\xB7\xBA" /* 18 characters in NFKC */,
    "\xCE\x90",
    "\xCE\xA3",
    "\xC4\xB0",
    "\xE1\x85\xA1" /* a Hangul vowel */,
    "\xE4\xB8\xAD",
    "\xE3\x81\x82\xE3\x82\x99",
    "\xE0\xB8\xAA\xE0\xB8\xA7\xE0\xB8\xB1",
    "\xE0\xB8\xB1",
    "\xEF\xBC\x81",
    "\xD7\x90\xE2\x80\xAE",
    "\xED\x95\x9C",
    "\xFF",
    "\xF0\x9F\x98",
    "\x80",
    "\xE4\xB8\xADx",
};

/* A text of `size` bytes: a start, then a unit, repeated. */
static char *repeat(const char *start, const char *unit, size_t size) {
    char *text = malloc(size + 1);
    ck_assert_ptr_nonnull(text);
    size_t at = strlen(start), length = strlen(unit);
    memcpy(text, start, at);
    for (; at < size; at++)
        text[at] = unit[(at - strlen(start)) % length];
    return text;
}

static void check_bound(const mood_tokenizer *tokenizer, mood_text text, const char *unit) {
    struct bytes out = {0};
    prepare(tokenizer, text, &out);
    ck_assert_msg(out.size <= 33 * text.size + 2048, "'%s': %zu bytes", unit, out.size);
    bytes_free(&out);
}

/* Each step and each segmentation, and steps after each other. */
static const char *const hostile[][2] = {
    {"html", "words"},
    {"unicode", "words"},
    {"nfc", "words"},
    {"quotes", "words"},
    {"urls", "words"},
    {"mentions", "words"},
    {"hashtags", "words"},
    {"emoji", "words"},
    {"no-emoji", "words"},
    {"emoticons", "words"},
    {"contractions", "words"},
    {"repeats", "words"},
    {"punctuation", "words"},
    {"accents", "words"},
    {"case", "words"},
    {"numbers", "words"},
    {"symbols", "words"},
    {"none", "characters"},
    {"none", "icu"},
    {"html,unicode,quotes,urls,mentions,hashtags,emoticons,emoji,contractions,repeats,punctuation,accents,case,numbers",
     "characters"},
    {"html,unicode,urls,emoji,contractions,punctuation,case,symbols", "icu"},
};
enum { HOSTILE_COUNT = sizeof hostile / sizeof *hostile };

START_TEST(test_hostile) {
    mood_tokenizer *tokenizer = create(hostile[_i][0], hostile[_i][1]);
    size_t size = (size_t)1 << (getenv("MOOD_TEST_LONG") ? 20 : 17);
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        char *text = repeat(k % 2 ? "x" : "", units[k], size);
        check_bound(tokenizer, (mood_text){text, size}, units[k]);
        free(text);
    }
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* Random bytes, and random pieces of the units, so that ends of texts fall everywhere. */
START_TEST(test_random) {
    mood_tokenizer *tokenizer = create(hostile[_i][0], hostile[_i][1]);
    uint64_t state = 1 + (uint64_t)_i;
    for (int round = 0; round < 2000; round++) {
        char text[96];
        size_t size = 0;
        while (size < sizeof text - 16 && (state = state * 6364136223846793005u + 1442695040888963407u) >> 60 != 0) {
            const char *unit = units[(state >> 33) % (sizeof units / sizeof *units)];
            size_t length = strlen(unit);
            if ((state >> 20) % 4 == 0)
                text[size++] = (char)(state >> 40);
            memcpy(text + size, unit, length);
            size += length;
        }
        check_bound(tokenizer, (mood_text){text, size}, "random");
    }
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* Emoji have long names; beyond the limit they are removed. */
START_TEST(test_growth) {
    mood_tokenizer *tokenizer = create("emoji", NULL);
    char *text = repeat("", "\xE2\x8F\xAD", 3 * 10000);
    struct bytes out = {0};
    prepare(tokenizer, (mood_text){text, 3 * 10000}, &out);
    ck_assert_uint_le(out.size, 8 * 3 * 10000 + 1024);
    ck_assert_uint_ge(out.size, 7 * 3 * 10000);
    prepare(tokenizer, (mood_text){text, 3 * 17}, &out);
    ck_assert_uint_gt(out.size, 17 * strlen("black right pointing double triangle with vertical bar"));
    bytes_free(&out);
    free(text);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* ---- the tokenizer -------------------------------------------------------------------------------- */

static void check_texts_of(const mood_tokenizer *tokenizer, const char *text, const char *expected) {
    mood_sequences rows = MOOD_SEQUENCES;
    mood_text *texts, one = literal(text);
    ck_assert_ok(mood_tokenizer_texts_to_sequences(tokenizer, &one, 1, &rows, NULL, err));
    ck_assert_ok(mood_tokenizer_sequences_to_texts(tokenizer, &rows, &texts, err));
    ck_assert_str_eq(texts[0].data, expected);
    mood_free(texts);
    mood_sequences_free(&rows);
}

/* The words of a fit are those of the prepared texts. '!' is a word, in Keras's JSON as well. */
START_TEST(test_words) {
    mood_tokenizer *tokenizer = create("html,emoji,contractions,punctuation", "characters"), *copy;
    const char *text = "It<br/>isn't \xE5\xA5\xBD\xE5\xA5\xBD! \xF0\x9F\x98\x82";
    char *json;
    ck_assert_str_eq(mood_tokenizer_get_options(tokenizer).filters, "\"#$%&()*+,-./:;<=>@[\\]^_`{|}~\t\n");
    ck_assert_ok(mood_tokenizer_fit(tokenizer, &(mood_text){text, strlen(text)}, 1, err));
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, literal("\xE5\xA5\xBD")), 1);
    ck_assert_uint_eq(mood_tokenizer_count_words(tokenizer), 10);
    check_texts_of(tokenizer, "not!<b>It &#33;", "not ! it !");
    ck_assert_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    ck_assert_ptr_null(strstr(json, "clean"));
    ck_assert_ok(mood_tokenizer_from_json(json, strlen(json), &copy, err));
    ck_assert_str_eq(mood_tokenizer_get_clean(copy), "");
    check_texts_of(copy, "it not ! isn't", "it not !");
    mood_free(json);
    mood_tokenizer_destroy(copy);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(test_settings) {
    mood_tokenizer *tokenizer = create("urls,html", "icu");
    ck_assert_str_eq(mood_tokenizer_get_clean(tokenizer), "urls,html");
    ck_assert_str_eq(mood_tokenizer_get_segment(tokenizer), "icu");
    ck_assert_ok(mood_tokenizer_set_preparation(tokenizer, "none", NULL, err));
    ck_assert_str_eq(mood_tokenizer_get_clean(tokenizer), "");
    ck_assert_str_eq(mood_tokenizer_get_segment(tokenizer), "words");
    ck_assert_ptr_null(tokenizer->splitter.preparation);
    mood_tokenizer_destroy(tokenizer);
    char all[512] = "";
    size_t count = 0;
    for (const char *name; (name = mood_clean_step_at(count)) != NULL; count++)
        strcat(strcat(all, count ? "," : ""), name);
    ck_assert_uint_eq(count, CLEAN_STEP_COUNT);
    tokenizer = create(all, "characters");
    ck_assert_str_eq(mood_tokenizer_get_clean(tokenizer), all);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

static const struct {
    mood_tokenizer_options options;
    const char *clean, *segment;
    mood_status status;
    const char *says;
} refused[] = {
    {MOOD_TOKENIZER_OPTIONS, "html,invented", "words", MOOD_ERR_UNSUPPORTED,
     "unknown cleaning step 'invented'; the steps are html, unicode"},
    {MOOD_TOKENIZER_OPTIONS, "html,", "words", MOOD_ERR_UNSUPPORTED, "unknown cleaning step ''"},
    {MOOD_TOKENIZER_OPTIONS, "html,none", "words", MOOD_ERR_UNSUPPORTED, "unknown cleaning step 'none'"},
    {MOOD_TOKENIZER_OPTIONS, "html,urls,html", "words", MOOD_ERR_ARGUMENT, "'html' is there twice"},
    {MOOD_TOKENIZER_OPTIONS, NULL, "letters", MOOD_ERR_UNSUPPORTED, "unknown segmentation 'letters'"},
    {{sizeof(mood_tokenizer_options), 0, NULL, true, NULL, true, NULL}, NULL, "icu", MOOD_ERR_ARGUMENT, "char_level"},
    {{sizeof(mood_tokenizer_options), 0, NULL, true, ",", false, NULL},
     NULL,
     "characters",
     MOOD_ERR_ARGUMENT,
     "split is a space"},
};

START_TEST(test_refused) {
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create(&refused[_i].options, &tokenizer, err));
    ck_assert_fails(mood_tokenizer_set_preparation(tokenizer, refused[_i].clean, refused[_i].segment, err),
                    refused[_i].status, refused[_i].says);
    ck_assert_ptr_null(tokenizer->splitter.preparation);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(test_refused_by_state) {
    mood_tokenizer *tokenizer;
    ck_assert_ok(mood_tokenizer_create_text_vectorization(NULL, &tokenizer, err));
    ck_assert_fails(mood_tokenizer_set_preparation(tokenizer, "html", NULL, err), MOOD_ERR_ARGUMENT,
                    "TextVectorization");
    ck_assert_ok(mood_tokenizer_set_preparation(tokenizer, NULL, NULL, err));
    mood_tokenizer_destroy(tokenizer);
    ck_assert_ok(mood_tokenizer_create(NULL, &tokenizer, err));
    ck_assert_ok(mood_tokenizer_fit(tokenizer, &(mood_text){"a", 1}, 1, err));
    ck_assert_fails(mood_tokenizer_set_preparation(tokenizer, "html", NULL, err), MOOD_ERR_STATE,
                    "before it is fitted");
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* ---- threads -------------------------------------------------------------------------------------- */

static mood_tokenizer *shared;
static const char *const shared_texts[] = {
    "\xE6\x88\x91\xE5\x96\x9C\xE6\xAC\xA2\xE7\x94\xB5\xE5\xBD\xB1 good \xF0\x9F\x98\x82", "a b",
    "\xE0\xB8\xAA\xE0\xB8\xA7\xE0\xB8\xB1\xE0\xB8\xAA\xE0\xB8\x94\xE0\xB8\xB5"};

static void *convert(void *user) {
    (void)user;
    for (int round = 0; round < 200; round++) {
        mood_text texts[3];
        int32_t x[3][8];
        for (int i = 0; i < 3; i++)
            texts[i] = literal(shared_texts[(i + round) % 3]);
        if (mood_tokenizer_sequences(shared, texts, 3, 8, x[0], NULL) != MOOD_OK || x[(3 - round % 3) % 3][7] == 0)
            return NULL;
    }
    return &shared;
}

/* Threads share a tokenizer: each call has an iterator of its own. */
START_TEST(test_threads) {
    pthread_t threads[4];
    mood_text texts[3];
    shared = create("unicode,emoji", "icu");
    for (int i = 0; i < 3; i++)
        texts[i] = literal(shared_texts[i]);
    ck_assert_ok(mood_tokenizer_fit(shared, texts, 3, err));
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, convert, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_nonnull(result);
    }
    mood_tokenizer_destroy(shared);
}
END_TEST

static void add(TCase *tests) {
    tcase_add_test(tests, test_table);
    tcase_add_loop_test(tests, test_hostile, 0, HOSTILE_COUNT);
    tcase_add_loop_test(tests, test_random, 0, HOSTILE_COUNT);
    tcase_add_test(tests, test_growth);
    tcase_add_test(tests, test_words);
    tcase_add_test(tests, test_settings);
    tcase_add_loop_test(tests, test_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, test_refused_by_state);
    tcase_add_test(tests, test_threads);
}

int main(void) {
    return run_tests("preparation", add);
}
