/* Word vectors from files: formats, words with vectors, and errors with their lines. */
#include <unistd.h>
#include <zlib.h>

#include "text_golden.h"

static char path[] = "check-vectors-XXXXXX";
static mood_tokenizer *tokenizer;

static void begin(void) {
    strcpy(path + sizeof path - 7, "XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    const mood_text texts[] = {{"good good good film film new-york bad", 37}};
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.filters = "";
    options.oov_token = "<unknown>";
    ck_assert_ok(mood_tokenizer_create(&options, &tokenizer, err));
    ck_assert_ok(mood_tokenizer_fit(tokenizer, texts, 1, err)); /* <unknown> 1, good 2, film 3, new-york 4, bad 5 */
}

static void end(void) {
    mood_tokenizer_destroy(tokenizer);
    remove(path);
}

static void write_file(const char *text, size_t size) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Rows 0 … 5 of two numbers. */
static void assert_vectors(const float *wanted, size_t wanted_found) {
    float *values;
    size_t dim, found;
    ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, &found, err));
    ck_assert_uint_eq(dim, 2);
    ck_assert_uint_eq(found, wanted_found);
    for (int i = 0; i < 12; i++)
        ck_assert_float_eq(values[i], wanted[i]);
    mood_free(values);
}

static const float usual[12] = {0, 0, 0, 0, 1, -2.5f, 0, 0, 0, 0, 1e-3f, 4};

START_TEST(formats) {
    static const char *const texts[] = {
        "good 1 -2.5\nother 7 7\nbad 0.001 4\n",                    /* GloVe */
        "4 2\ngood 1 -2.5\nother 7 7\nbad 1e-3 4\nx 0 0",           /* word2vec, without a last newline */
        "2 2\r\ngood 1.0 -2.5 \r\n\r\nbad .001 4. \r\n",            /* fastText ends lines with a space */
        ". . . 5 5\n 6 6\ngood 3 3\ngood 1 -2.5\nbad 0.001 4\n",    /* words with spaces, without letters, twice */
        "<unknown> 1 1\n<unknown> 2 2\ngood 1 -2.5\nbad 0.001 4\n", /* the out-of-vocabulary token is not a word */
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(texts[i], strlen(texts[i]));
        if (i < 4) {
            assert_vectors(usual, 2);
            continue;
        }
        float *values;
        size_t dim;
        ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err));
        ck_assert_float_eq(values[4], 1);
        mood_free(values);
    }
}
END_TEST

START_TEST(gzip_and_long_files) {
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 20000; i++)
        gzprintf(file, "word%d %d %d\n", i, i, -i);
    gzputs(file, "good 1 -2.5\nbad 0.001 4\n");
    ck_assert_int_eq(gzclose(file), Z_OK);
    assert_vectors(usual, 2);
}
END_TEST

/* Ids from `rows` on have no row. */
START_TEST(fewer_rows) {
    float *values;
    size_t dim, found;
    write_file("good 1 2\nbad 3 4\n", 17);
    ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 3, &values, &dim, NULL, &found, err));
    ck_assert_uint_eq(found, 1);
    ck_assert_float_eq(values[5], 2);
    mood_free(values);
}
END_TEST

static const struct {
    const char *text, *says;
} bad[] = {
    {"", "there are no word vectors in it"},
    {"3 2\n", "there are no word vectors in it"},
    {"\n\ngood\n", "line 3: it is not a word and 1 to 16384 numbers"},
    {"good 1 2\nbad 3\n", "line 2: it has fewer numbers than the first vector"},
    {"good 1 2\nbad 3 x\n", "line 2: it does not end with as many finite numbers"},
    {"good 1 2\nbad 3 nan\n", "line 2: it does not end with as many finite numbers"},
    {"good 1 2\nbad 3 1e39\n", "line 2: it does not end with as many finite numbers"},
    {"good 1 2\nbad  3\n", "line 2: it does not end with as many finite numbers"},
};

START_TEST(invalid_vectors_are_refused) {
    float *values;
    size_t dim;
    write_file(bad[_i].text, strlen(bad[_i].text));
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err), MOOD_ERR_FORMAT,
                    bad[_i].says);
    ck_assert_ptr_null(values);
}
END_TEST

START_TEST(hostile_files) {
    float *values;
    size_t dim, size = (size_t)3 << 20;
    char *line = malloc(size);
    ck_assert_ptr_nonnull(line);
    memset(line, 'x', size);
    write_file(line, size);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err), MOOD_ERR_FORMAT,
                    "longer than 1 MiB");
    memset(line, ' ', size);
    write_file(line, 100000);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err), MOOD_ERR_FORMAT,
                    "there are no word vectors");
    memcpy(line, "good 1 2\nbad", 12);
    line[12] = '\0';
    write_file(line, 200);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err), MOOD_ERR_FORMAT,
                    "line 2: ");
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 0, &values, &dim, NULL, NULL, err), MOOD_ERR_ARGUMENT,
                    "row");
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, "/nosuch/file", 6, &values, &dim, NULL, NULL, err),
                    MOOD_ERR_IO, "/nosuch/file");
    free(line);
}
END_TEST

/* A word2vec file, with and without line ends after the vectors, and a compact file. */
static size_t make_binary(char *file, bool line_ends) {
    static const struct {
        const char *word;
        float values[2];
    } vectors[] = {{"good", {1, -2.5f}}, {"other", {7, 7}}, {"bad", {1e-3f, 4}}};
    size_t size = (size_t)sprintf(file, "3 2\n");
    for (size_t i = 0; i < 3; i++) {
        size += (size_t)sprintf(file + size, "%s ", vectors[i].word);
        memcpy(file + size, vectors[i].values, 8);
        size += 8;
        if (line_ends)
            file[size++] = '\n';
    }
    return size;
}

static size_t make_compact(char *file) {
    float factor = 0.5f;
    size_t size = (size_t)sprintf(file, "mood-vectors 2 2\ngood ");
    memcpy(file + size, &factor, 4);
    memcpy(file + size + 4,
           "\x02\xFB"
           "other ",
           8); /* 1, -2.5 */
    memcpy(file + size + 12, &factor, 4);
    memcpy(file + size + 16, "\x01\x01", 2);
    return size + 18;
}

START_TEST(binary_formats) {
    static const float first[12] = {0, 0, 0, 0, 1, -2.5f};
    char file[200];
    for (int line_ends = 0; line_ends < 2; line_ends++) {
        write_file(file, make_binary(file, line_ends));
        assert_vectors(usual, 2);
    }
    write_file(file, make_compact(file));
    assert_vectors(first, 1);
}
END_TEST

/* Every beginning of the files is refused, or has fewer words. */
START_TEST(cut_binary_files) {
    char file[200];
    float *values;
    size_t dim;
    for (int kind = 0; kind < 3; kind++) {
        size_t size = kind < 2 ? make_binary(file, kind) : make_compact(file);
        for (size_t cut = 20; cut < size - (kind == 1); cut++) {
            write_file(file, cut);
            ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err),
                            MOOD_ERR_FORMAT, "word ");
        }
    }
    memcpy(file, "mood-vectors 2 2\ngood \xFF\xFF\xFF\x7F\1\1", 28);
    write_file(file, 28);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err), MOOD_ERR_FORMAT,
                    "not finite");
    write_file("mood-vectors 2 99999\nx", 22);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, NULL, err), MOOD_ERR_FORMAT,
                    "vectors of 99999 numbers");
}
END_TEST

/* Words that the texts do not contain get the next ids; what no text can contain as one token gets none. */
START_TEST(words_of_vectors) {
    static const char text[] = "good 1 1\nfine 2 2\nGOOD 3 3\nnew york 4 4\nfine 5 5\nawful 6 6\nlate 7 7\n";
    size_t added, dim;
    float *values;
    char *json;
    mood_tokenizer *again;
    int32_t ids[3];
    write_file(text, sizeof text - 1);
    ck_assert_ok(mood_tokenizer_add_vector_words(tokenizer, path, 3, &added, err));
    ck_assert_uint_eq(added, 3); /* fine, fine, awful */
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"fine", 4}), 6);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"awful", 5}), 7);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"late", 4}), -1);
    ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 8, &values, &dim, NULL, NULL, err));
    ck_assert_float_eq(values[12], 5);
    mood_free(values);
    ck_assert_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    ck_assert_ok(mood_tokenizer_from_json(json, strlen(json), &again, err));
    ck_assert_ok(mood_tokenizer_sequences(again, &(mood_text){"awful Fine late", 15}, 1, 3, ids, err));
    ck_assert(ids[0] == 7 && ids[1] == 6 && ids[2] == 1);
    mood_free(json);
    mood_tokenizer_destroy(again);
}
END_TEST

/* A word that was dropped because it is rare is known again if the vectors have it. */
START_TEST(rare_words_with_vectors) {
    size_t added;
    write_file("bad 1 1\nfine 2 2\n", 16);
    ck_assert_ok(mood_tokenizer_drop_rare(tokenizer, 2, err)); /* new-york and bad occur once */
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"bad", 3}), -1);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"film", 4}), 3);
    ck_assert_uint_eq(mood_tokenizer_count_words(tokenizer), 3);
    ck_assert_ok(mood_tokenizer_add_vector_words(tokenizer, path, 9, &added, err));
    ck_assert_uint_eq(added, 2);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"bad", 3}), 4);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"fine", 4}), 5);
    ck_assert_int_eq(mood_tokenizer_get_index(tokenizer, (mood_text){"new-york", 8}), -1);
}
END_TEST

/* ---- other spellings ------------------------------------------------------------------------------ */

/* The first number of the vector of a word, the only word of the tokenizer; *spelling: MOOD_SPELLING_…. */
static float vector_of(const char *word, const char *file, uint8_t *spelling) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_tokenizer *one;
    float *values, first;
    uint8_t spellings[2];
    size_t dim, found;
    options.filters = "";
    options.lower = false;
    write_file(file, strlen(file));
    ck_assert_ok(mood_tokenizer_create(&options, &one, err));
    ck_assert_ok(mood_tokenizer_fit(one, &(mood_text){word, strlen(word)}, 1, err));
    ck_assert_ok(mood_tokenizer_read_vectors(one, path, 2, &values, &dim, spellings, &found, err));
    first = values[1 * dim];
    ck_assert_uint_eq(found, spellings[1] != MOOD_SPELLING_NONE);
    ck_assert_int_eq(spellings[0], MOOD_SPELLING_NONE);
    *spelling = spellings[1];
    mood_free(values);
    mood_tokenizer_destroy(one);
    return first;
}

/* A word, and a spelling of it in a file of vectors. The order is that of mood/text.h. */
static const struct {
    const char *word, *spelling;
} spellings[] = {
    {"Paris", "paris"},
    {"ÉCOLE", "école"},
    {"paris", "Paris"},
    {"école", "École"},
    {"PARIS", "Paris"},
    {"new-york", "New-york"},
    {"new-york", "New-York"},
    {"usa", "USA"},
    {"cafe\xCC\x81", "caf\xC3\xA9"},    /* NFC */
    {"\xEF\xBC\xA1\xEF\xBC\xA2", "AB"}, /* NFKC: fullwidth */
    {"\xEF\xBC\xA1\xEF\xBC\xA2", "ab"}, /* also in lower case */
    {"don\xE2\x80\x99t", "don't"},      /* typographic apostrophe */
    {"don't", "don\xE2\x80\x99t"},      /* the reverse */
    {"film's", "film"},
    {"paris's", "Paris"},
    {"film\xE2\x80\x99s", "film"},
    {"boys'", "boys"},
    {"don't", "dont"},
    {"'great'", "great"},
    {"e-mail", "email"},
    {"e\xE2\x80\x91mail", "e-mail"}, /* no-break hyphen */
    {"new-york", "new_york"},
    {"new-york", "New_York"},
    {"café", "cafe"},
    {"École", "ecole"},
    {"sooo", "soo"},
    {"soooooo", "so"},
    {"coooool", "Cool"},
    {"ééé", "é"},
    {"42", "##"},
    {"covid-19", "covid-##"},
    {"mp3", "mp0"},
    {"1999", "0000"},
    {"email", "e-mail"},
};

START_TEST(other_spellings) {
    char file[200];
    uint8_t spelling;
    const char *word = spellings[_i].word, *other = spellings[_i].spelling;
    snprintf(file, sizeof file, "nothing 9 9\n%s 2 2\n", other);
    ck_assert_float_eq(vector_of(word, file, &spelling), 2);
    ck_assert_int_eq(spelling, MOOD_SPELLING_OTHER);
    for (int order = 0; order < 2; order++) {
        snprintf(file, sizeof file, order ? "%s 1 1\n%s 2 2\n" : "%s 2 2\n%s 1 1\n", order ? word : other,
                 order ? other : word);
        ck_assert_float_eq(vector_of(word, file, &spelling), 1);
        ck_assert_int_eq(spelling, MOOD_SPELLING_OWN);
    }
}
END_TEST

/* A word, and two spellings: the first one takes precedence. */
START_TEST(spelling_precedence) {
    static const char *const orders[][3] = {
        {"paris", "Paris", "PARIS"},   {"PaRis", "paris", "Paris"},   {"new-york", "New-york", "New-York"},
        {"soooo", "Soooo", "soo"},     {"soooo", "soo", "so"},        {"film's", "Film's", "film"},
        {"café's", "Café", "cafe's"},  {"2004", "####", "0000"},      {"don't", "Don't", "don\xE2\x80\x99t"},
        {"e-mail", "E-MAIL", "email"}, {"e-mail", "email", "e_mail"}, {"email", "EMAIL", "e-mail"},
    };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (int order = 0; order < 2; order++) {
            char file[200];
            uint8_t spelling;
            snprintf(file, sizeof file, "%s %d 0\n%s %d 0\n", orders[i][1 + order], 1 + order, orders[i][2 - order],
                     2 - order);
            ck_assert_msg(vector_of(orders[i][0], file, &spelling) == 1, "%s: not the vector of %s", orders[i][0],
                          orders[i][1]);
        }
}
END_TEST

/* Pairs that are not two spellings of one word. */
START_TEST(no_other_spelling) {
    static const char *const pairs[][2] = {
        {"so", "sooo"},
        {"see", "se"},
        {"7", "#"},
        {"s", "'s"},
        {"'s", "s'"},
        {"cafe", "café"},
        {"-", "--"},
        {"a", "b"},
        {"ma'am", "ma"},
        {"qu'il", "qu"},
        {"we'll", "well"},
        {"we'll", "we"},
        {"i'd", "id"},
        {"\xE3\x81\x8C", "\xE3\x81\x8B"},
        {"\xD0\xBC\xD0\xBE\xD0\xB9", "\xD0\xBC\xD0\xBE\xD0\xB8"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char file[100];
        uint8_t spelling;
        snprintf(file, sizeof file, "%s 2 2\n", pairs[i][1]);
        ck_assert_msg(vector_of(pairs[i][0], file, &spelling) == 0 && spelling == MOOD_SPELLING_NONE,
                      "%s has the vector of %s", pairs[i][0], pairs[i][1]);
    }
}
END_TEST

/* All words with the same spelling get its first vector. */
START_TEST(many_words_with_one_spelling) {
    enum { WORDS = 9000 };
    char *text = malloc(WORDS * 6);
    mood_tokenizer *numbers;
    size_t size = 0, dim, found;
    float *values;
    static const char file[] = "#### 5 6\n#### 7 8\n1234 1 2\n";
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < WORDS; i++)
        size += (size_t)sprintf(text + size, "%d ", 1000 + i);
    write_file(file, sizeof file - 1);
    ck_assert_ok(mood_tokenizer_create(NULL, &numbers, err));
    ck_assert_ok(mood_tokenizer_fit(numbers, &(mood_text){text, size}, 1, err));
    ck_assert_ok(mood_tokenizer_read_vectors(numbers, path, WORDS + 1, &values, &dim, NULL, &found, err));
    ck_assert_uint_eq(found, WORDS);
    for (int i = 0; i < WORDS; i++)
        ck_assert_float_eq(values[2 * (i + 1)], i == 234 ? 1 : 5);
    mood_free(values);
    mood_tokenizer_destroy(numbers);
    free(text);
}
END_TEST

/* The out-of-vocabulary token has no other spellings; ids of at least `rows` have no row. */
START_TEST(spellings_without_a_row) {
    static const char file[] = "<UNKNOWN> 1 1\nGOOD 2 2\nBAD 3 3\nNew_York 4 4\n";
    float *values;
    size_t dim, found;
    write_file(file, sizeof file - 1);
    ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 4, &values, &dim, NULL, &found, err));
    ck_assert_uint_eq(found, 1);
    ck_assert_float_eq(values[2], 0);
    ck_assert_float_eq(values[4], 2);
    mood_free(values);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("vectors");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, begin, end);
    tcase_add_test(all, formats);
    tcase_add_test(all, gzip_and_long_files);
    tcase_add_test(all, fewer_rows);
    tcase_add_loop_test(all, invalid_vectors_are_refused, 0, sizeof bad / sizeof *bad);
    tcase_add_test(all, hostile_files);
    tcase_add_test(all, binary_formats);
    tcase_add_test(all, cut_binary_files);
    tcase_add_test(all, words_of_vectors);
    tcase_add_test(all, rare_words_with_vectors);
    tcase_add_loop_test(all, other_spellings, 0, sizeof spellings / sizeof *spellings);
    tcase_add_test(all, spelling_precedence);
    tcase_add_test(all, no_other_spelling);
    tcase_add_test(all, many_words_with_one_spelling);
    tcase_add_test(all, spellings_without_a_row);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
