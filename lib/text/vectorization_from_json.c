/* TextVectorization's config, as get_config() returned it, or a list of words alone. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "text/vectorization_json.h"

#define CLASS_NAME "TextVectorization"

/* ---- settings ----------------------------------------------------------------------------------- */

/* What is read of a config. */
struct settings {
    mood_text_vectorization_options options;
    size_t widths[VECTORIZATION_MAX_NGRAM];
    const json_t *vocabulary, *idf_weights;
    bool sparse;
    size_t length; /* output_sequence_length; 0: none */
};

static mood_status refuse(mood_error *err, const char *key, const char *what) {
    return broken(err, CLASS_NAME ": \"%s\" %s", key, what);
}

/* Index of a name in names, which end with NULL for Python's None. */
static mood_status read_name(const char *key, const json_t *value, const char *const *names, int *index,
                             mood_error *err) {
    if (json_is_object(value))
        return unsupported(err, CLASS_NAME ": \"%s\" is a Python function, which can't be run", key);
    if (!json_is_string(value) && !json_is_null(value))
        return refuse(err, key, "is not a name");
    const char *name = json_string_value(value);
    *index = 0;
    while (names[*index] && (!name || strcmp(names[*index], name) != 0))
        ++*index;
    if (name && !names[*index])
        return unsupported(err, CLASS_NAME ": \"%s\" is \"%.64s\", which this version does not know", key, name);
    return MOOD_OK;
}

static mood_status read_standardize(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    static const char *const names[] = {"lower_and_strip_punctuation", "lower", "strip_punctuation", NULL};
    int index = 0;
    mood_status status = read_name(key, value, names, &index, err);
    settings->options.standardize = (mood_standardize)index;
    return status;
}

static mood_status read_split(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    static const char *const names[] = {"whitespace", "character", NULL};
    int index = 0;
    mood_status status = read_name(key, value, names, &index, err);
    settings->options.split = (mood_text_split)index;
    return status;
}

static mood_status read_max_tokens(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    if (json_is_null(value))
        return MOOD_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 2)
        return refuse(err, key, "is not a whole number from 2");
    json_int_t number = json_integer_value(value);
    settings->options.max_tokens = number < INT32_MAX ? (size_t)number : INT32_MAX;
    return MOOD_OK;
}

static mood_status read_width(const char *key, json_int_t width, struct settings *settings, mood_error *err) {
    if (width < 1)
        return refuse(err, key, "has a width below 1");
    if (width > VECTORIZATION_MAX_NGRAM || settings->options.ngram_count == VECTORIZATION_MAX_NGRAM)
        return unsupported(err, CLASS_NAME ": \"%s\": up to %d widths from 1 to %d are possible", key,
                           VECTORIZATION_MAX_NGRAM, VECTORIZATION_MAX_NGRAM);
    settings->widths[settings->options.ngram_count++] = (size_t)width;
    return MOOD_OK;
}

/* A number stands for all widths up to it. */
static mood_status read_ngrams(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    if (json_is_null(value))
        return MOOD_OK;
    if (!json_is_integer(value) && (!json_is_array(value) || json_array_size(value) == 0))
        return refuse(err, key, "is neither a number nor a list of numbers");
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && (number < 1 || number > VECTORIZATION_MAX_NGRAM))
        return read_width(key, number, settings, err);
    size_t count = json_is_integer(value) ? (size_t)number : json_array_size(value);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        const json_t *width = json_array_get(value, i);
        if (json_is_array(value) && !json_is_integer(width))
            return refuse(err, key, "is neither a number nor a list of numbers");
        status = read_width(key, json_is_array(value) ? json_integer_value(width) : (json_int_t)(i + 1), settings, err);
    }
    return status;
}

/* With the names that Keras has replaced. */
static mood_status read_output_mode(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    static const struct {
        const char *name;
        mood_matrix_mode matrix;
    } modes[] = {
        {"int", MOOD_MATRIX_NONE},      {"multi_hot", MOOD_MATRIX_MULTI_HOT}, {"count", MOOD_MATRIX_COUNT},
        {"tf_idf", MOOD_MATRIX_TF_IDF}, {"binary", MOOD_MATRIX_MULTI_HOT},    {"tf-idf", MOOD_MATRIX_TF_IDF},
    };
    const char *name = json_string_value(value);
    if (!name)
        return refuse(err, key, "is not a name");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, name) == 0) {
            settings->options.matrix = modes[i].matrix;
            return MOOD_OK;
        }
    return unsupported(err,
                       CLASS_NAME ": \"output_mode\" is \"%.64s\"; this version knows \"int\", \"multi_hot\", "
                                  "\"count\" and \"tf_idf\"",
                       name);
}

static mood_status read_flag(const char *key, const json_t *value, bool *flag, mood_error *err) {
    if (!json_is_boolean(value) && !json_is_null(value))
        return refuse(err, key, "is neither true nor false");
    *flag = json_is_true(value);
    return MOOD_OK;
}

static mood_status read_pad(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    return read_flag(key, value, &settings->options.pad_to_max_tokens, err);
}

/* How Keras stores the bags; the numbers are the same. */
static mood_status read_sparse(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    return read_flag(key, value, &settings->sparse, err);
}

static mood_status read_idf(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    settings->idf_weights = json_is_null(value) ? NULL : value;
    return json_is_null(value) || json_is_array(value) ? MOOD_OK : refuse(err, key, "is not a list of numbers");
}

static mood_status check_encoding(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    (void)settings;
    if (json_is_string(value) && strcasecmp(json_string_value(value), "utf-8") == 0)
        return MOOD_OK;
    return unsupported(err, CLASS_NAME ": \"%s\" is not \"utf-8\"", key);
}

static mood_status check_off(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    (void)settings;
    if (json_is_false(value) || json_is_null(value))
        return MOOD_OK;
    return unsupported(err, CLASS_NAME ": \"%s\" is set, which this version does not know", key);
}

static mood_status read_vocabulary(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    (void)key;
    settings->vocabulary = value;
    if (json_is_array(value) || json_is_null(value))
        return MOOD_OK;
    if (json_is_string(value))
        return unsupported(err,
                           CLASS_NAME ": \"vocabulary\" is the path of a file outside of the model; it is not read, "
                                      "because a model could name any file. Save the model with its vocabulary");
    return refuse(err, key, "is not a list of words");
}

/* The length of rows is the caller's. */
static mood_status read_length(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    if (json_is_null(value))
        return MOOD_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > INT32_MAX)
        return refuse(err, key, "is not a length");
    settings->length = (size_t)json_integer_value(value);
    return MOOD_OK;
}

/* Without effect on ids. */
static mood_status skip(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    (void)key, (void)value, (void)settings, (void)err;
    return MOOD_OK;
}

static const struct setting {
    const char *key;
    mood_status (*read)(const char *key, const json_t *value, struct settings *settings, mood_error *err);
} table[] = {
    {"max_tokens", read_max_tokens},
    {"standardize", read_standardize},
    {"split", read_split},
    {"ngrams", read_ngrams},
    {"output_mode", read_output_mode},
    {"vocabulary", read_vocabulary},
    {"encoding", check_encoding},
    {"sparse", read_sparse},
    {"ragged", check_off},
    {"idf_weights", read_idf},
    {"output_sequence_length", read_length},
    {"pad_to_max_tokens", read_pad},
    {"vocabulary_size", skip},
    {"has_input_vocabulary", skip},
    {"name", skip},
    {"trainable", skip},
    {"dtype", skip},
    {"batch_input_shape", skip},
};

static mood_status read_setting(const char *key, const json_t *value, struct settings *settings, mood_error *err) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].key, key) == 0)
            return table[i].read(key, value, settings, err);
    return unsupported(err, CLASS_NAME ": this version does not know the setting \"%.64s\"", key);
}

static mood_status read_config(const json_t *config, struct settings *settings, mood_error *err) {
    const char *key;
    json_t *value;
    if (!json_is_object(config))
        return broken(err, CLASS_NAME ": \"config\" is missing");
    json_object_foreach((json_t *)config, key, value) {
        mood_status status = read_setting(key, value, settings, err);
        if (status != MOOD_OK)
            return status;
    }
    if (settings->sparse && settings->options.matrix == MOOD_MATRIX_NONE)
        return refuse(err, "sparse", "is for bags of words, but \"output_mode\" is \"int\"");
    if (settings->idf_weights && settings->options.matrix != MOOD_MATRIX_TF_IDF)
        return refuse(err, "idf_weights", "are for \"output_mode\" \"tf_idf\"");
    if (settings->length && settings->options.matrix != MOOD_MATRIX_NONE)
        return refuse(err, "output_sequence_length", "is for \"output_mode\" \"int\"");
    return MOOD_OK;
}

/* A list of words alone has no settings. Without "" and [UNK] it could be a vocabulary of another output mode. */
static mood_status check_list(const json_t *list, mood_error *err) {
    const char *first = json_string_value(json_array_get(list, 0)),
               *second = json_string_value(json_array_get(list, 1));
    if (first && second && !*first && strcmp(second, VECTORIZATION_UNKNOWN_WORD) == 0)
        return MOOD_OK;
    return broken(err, "is a list that does not begin with \"\" and \"" VECTORIZATION_UNKNOWN_WORD
                       "\", as the vocabulary of "
                       "a " CLASS_NAME " with output_mode \"int\" does: save get_vocabulary() whole");
}

/* ---- words -------------------------------------------------------------------------------------- */

static mood_status set_idf(const json_t *list, const mood_text *words, size_t n, mood_tokenizer *tokenizer,
                           mood_error *err) {
    size_t count = json_array_size(list);
    double *weights = list ? calloc(count + 1, sizeof *weights) : NULL;
    mood_status status = list && !weights ? error_no_memory(err) : MOOD_OK;
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        const json_t *weight = json_array_get(list, i);
        weights[i] = json_number_value(weight);
        if (!json_is_number(weight))
            status = refuse(err, "idf_weights", "has an item that is not a number");
    }
    if (status == MOOD_OK)
        status = tokenizer_set_idf(tokenizer, words, n, weights, count, err);
    free(weights);
    return status;
}

static mood_status set_words(const json_t *list, const json_t *idf, mood_tokenizer *tokenizer, mood_error *err) {
    size_t n = json_array_size(list);
    mood_text *words = calloc(n + 1, sizeof *words);
    mood_status status = words ? MOOD_OK : error_no_memory(err);
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        const json_t *word = json_array_get(list, i);
        words[i] = (mood_text){json_string_value(word), json_string_length(word)};
        if (!json_is_string(word))
            status = refuse(err, "vocabulary", "has an item that is not a word");
    }
    if (status == MOOD_OK) {
        status = tokenizer_set_vocabulary(tokenizer, words, n, err);
        if (status == MOOD_OK && tokenizer->matrix == MOOD_MATRIX_TF_IDF)
            status = set_idf(idf, words, n, tokenizer, err);
        if (status == MOOD_ERR_ARGUMENT)
            mood_error_prefix(err, CLASS_NAME);
        status = error_of_format(status, err);
    }
    if (status == MOOD_OK && mood_tokenizer_count_words(tokenizer) == 0)
        status = refuse(err, "vocabulary", "has no words");
    free(words);
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

bool vectorization_json_begins(const json_t *document) {
    const char *class_name = json_string_value(json_object_get(document, "class_name"));
    return json_is_array(document) || (class_name && strcmp(class_name, CLASS_NAME) == 0);
}

/* words: the vocabulary; NULL: none yet. */
static mood_status make(struct settings *settings, const json_t *words, mood_tokenizer **tokenizer, mood_error *err) {
    mood_tokenizer *made = NULL;
    settings->options.ngrams = settings->widths;
    mood_status status = tokenizer_create_vectorization(&settings->options, &made, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, CLASS_NAME);
        return error_of_format(status, err);
    }
    status = words ? set_words(words, settings->idf_weights, made, err) : MOOD_OK;
    if (status != MOOD_OK) {
        mood_tokenizer_destroy(made);
        return status;
    }
    *tokenizer = made;
    return MOOD_OK;
}

mood_status vectorization_from_settings(const json_t *config, mood_tokenizer **tokenizer, size_t *length,
                                        mood_error *err) {
    struct settings settings = {.options = MOOD_TEXT_VECTORIZATION_OPTIONS};
    mood_status status = read_config(config, &settings, err);
    *length = settings.length;
    const json_t *words = json_array_size(settings.vocabulary) ? settings.vocabulary : NULL;
    return status == MOOD_OK ? make(&settings, words, tokenizer, err) : status;
}

mood_status vectorization_from_json(const json_t *document, mood_tokenizer **tokenizer, mood_error *err) {
    struct settings settings = {.options = MOOD_TEXT_VECTORIZATION_OPTIONS, .vocabulary = document};
    mood_status status = json_is_array(document) ? check_list(document, err)
                                                 : read_config(json_object_get(document, "config"), &settings, err);
    if (status == MOOD_OK && json_array_size(settings.vocabulary) == 0)
        status = broken(err, CLASS_NAME ": it has no vocabulary; adapt it, or give it its words, before it is saved");
    return status == MOOD_OK ? make(&settings, settings.vocabulary, tokenizer, err) : status;
}
