/* A model that Keras made, in a golden file: rows, labels, predictions, and how to train it. */
#ifndef TESTS_GOLDEN_MODEL_H
#define TESTS_GOLDEN_MODEL_H

#include "keras_files.h"

struct golden {
    json_t *document;
    size_t n, T, O, L; /* L: label width */
    int32_t *x;
    float *y, *predictions;
};

static inline float *floats_of(json_t *rows, size_t n, size_t width) {
    float *values = calloc(n * width, sizeof *values);
    for (size_t i = 0; i < n * width; i++)
        values[i] = (float)json_number_value(json_array_get(json_array_get(rows, i / width), i % width));
    return values;
}

static inline struct golden golden_open(const char *name) {
    struct golden g = {.document = golden_json(name)};
    json_t *x = json_object_get(g.document, "x"), *y = json_object_get(g.document, "y");
    json_t *predictions = json_object_get(g.document, "predictions");
    g.n = json_array_size(x);
    g.T = json_array_size(json_array_get(x, 0));
    g.L = json_array_size(json_array_get(y, 0));
    g.O = json_array_size(json_array_get(predictions, 0));
    g.x = calloc(g.n * g.T, sizeof *g.x);
    for (size_t i = 0; i < g.n * g.T; i++)
        g.x[i] = (int32_t)json_integer_value(json_array_get(json_array_get(x, i / g.T), i % g.T));
    g.y = floats_of(y, g.n, g.L);
    g.predictions = floats_of(predictions, g.n, g.O);
    return g;
}

static inline void golden_close(struct golden *g) {
    json_decref(g->document);
    free(g->x);
    free(g->y);
    free(g->predictions);
}

/* The list `key` as floats [*count]; NULL if there is none. count may be NULL. */
static inline float *list_of(json_t *document, const char *key, size_t *count) {
    json_t *list = json_object_get(document, key);
    size_t size = json_array_size(list);
    float *values = list ? calloc(size, sizeof *values) : NULL;
    for (size_t i = 0; i < size; i++)
        values[i] = (float)json_number_value(json_array_get(list, i));
    if (count)
        *count = size;
    return values;
}

/* Of a model with a second input: choose its n-grams from the rows. */
static inline void set_ngrams(mood_model *model, const struct golden *g) {
    json_t *ngrams = json_object_get(g->document, "ngrams");
    const char *mode = json_string_value(json_object_get(ngrams, "mode"));
    mood_ngrams_options options = MOOD_NGRAMS_OPTIONS;
    options.longest = (size_t)json_integer_value(json_object_get(ngrams, "longest"));
    options.max_columns = (size_t)json_integer_value(json_object_get(ngrams, "max_columns"));
    options.mode = strcmp(mode, "count") == 0    ? MOOD_MATRIX_COUNT
                   : strcmp(mode, "tf_idf") == 0 ? MOOD_MATRIX_TF_IDF
                                                 : MOOD_MATRIX_MULTI_HOT;
    ok(mood_model_set_ngrams(model, &options, g->x, g->n, g->T, &err));
    ck_assert_uint_eq(mood_model_count_ngrams(model), options.max_columns);
}

/* Of a model of bags of words: the mode, and the tokenizer's document counts. */
static inline void set_matrix(mood_model *model, const struct golden *g) {
    static const char *const modes[] = {"binary", "count", "freq", "tfidf"};
    const char *mode = json_string_value(json_object_get(g->document, "matrix"));
    json_t *json = json_object_get(g->document, "tokenizer");
    mood_tokenizer *tokenizer;
    if (!mode)
        return;
    ok(mood_tokenizer_from_json(json_string_value(json), json_string_length(json), &tokenizer, &err));
    for (int i = 0; i < 4; i++)
        if (strcmp(modes[i], mode) == 0)
            ok(mood_model_set_matrix(model, (mood_matrix_mode)i, tokenizer, &err));
    mood_tokenizer_destroy(tokenizer);
}

#endif
