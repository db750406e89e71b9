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
    ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, &found, err));
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
        ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err));
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
    ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 3, &values, &dim, &found, err));
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
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err), MOOD_ERR_FORMAT,
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
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err), MOOD_ERR_FORMAT,
                    "longer than 1 MiB");
    memset(line, ' ', size);
    write_file(line, 100000);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err), MOOD_ERR_FORMAT,
                    "there are no word vectors");
    memcpy(line, "good 1 2\nbad", 12);
    line[12] = '\0';
    write_file(line, 200);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err), MOOD_ERR_FORMAT,
                    "line 2: ");
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 0, &values, &dim, NULL, err), MOOD_ERR_ARGUMENT,
                    "row");
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, "/nosuch/file", 6, &values, &dim, NULL, err), MOOD_ERR_IO,
                    "/nosuch/file");
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
            ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err), MOOD_ERR_FORMAT,
                            "word ");
        }
    }
    memcpy(file, "mood-vectors 2 2\ngood \xFF\xFF\xFF\x7F\1\1", 28);
    write_file(file, 28);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err), MOOD_ERR_FORMAT,
                    "not finite");
    write_file("mood-vectors 2 99999\nx", 22);
    ck_assert_fails(mood_tokenizer_read_vectors(tokenizer, path, 6, &values, &dim, NULL, err), MOOD_ERR_FORMAT,
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
    ck_assert_ok(mood_tokenizer_read_vectors(tokenizer, path, 8, &values, &dim, NULL, err));
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
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
