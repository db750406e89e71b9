/* A tokenizer as it is written in Keras: "TextVectorization(max_tokens=5000, output_mode='tf_idf')", "Tokenizer(5000)". */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "layers/expression.h"
#include "mood/text.h"
#include "text/vectorization_json.h"

/* ---- what an expression can say ------------------------------------------------------------------ */

/* The keys in the order of Keras's constructors. The readers of the values check their types. */
static const struct field vectorization_fields[] = {
    {.key = "max_tokens"},  {.key = "standardize"},
    {.key = "split"},       {.key = "ngrams"},
    {.key = "output_mode"}, {.key = "output_sequence_length"},
    {.key = "vocabulary"},  {.key = "pad_to_max_tokens"},
    {.key = "idf_weights"}, {.key = "sparse"},
    {.key = "ragged"},      {.key = "encoding"},
};
static const struct field tokenizer_fields[] = {
    {.key = "num_words"}, {.key = "filters"},    {.key = "lower"},
    {.key = "split"},     {.key = "char_level"}, {.key = "oov_token"},
};

static const struct expression_class classes[] = {
    {"TextVectorization", vectorization_fields, sizeof vectorization_fields / sizeof *vectorization_fields},
    {"Tokenizer", tokenizer_fields, sizeof tokenizer_fields / sizeof *tokenizer_fields},
};

static bool find_class(const char *name, bool inner, struct expression_class *found) {
    for (size_t i = 0; i < sizeof classes / sizeof *classes && !inner; i++)
        if (strcasecmp(classes[i].class_name, name) == 0) {
            *found = classes[i];
            return true;
        }
    return false;
}

static void list_classes(char *names, size_t size) {
    snprintf(names, size, "%s and %s", classes[0].class_name, classes[1].class_name);
}

static const char *const common_arguments[] = {"name", NULL};
static const struct expression_kind vectorizer_expressions = {"vectorizer", find_class, list_classes, common_arguments};

/* ---- Tokenizer ------------------------------------------------------------------------------------ */

static mood_status refuse(const char *key, const char *what, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "Tokenizer: %s is not %s", key, what);
}

static mood_status read_text(json_t *config, const char *key, bool optional, const char **text, mood_error *err) {
    json_t *value = json_object_get(config, key);
    if (!value || (optional && json_is_null(value)))
        return MOOD_OK;
    *text = json_string_value(value);
    return *text ? MOOD_OK : refuse(key, "a text", err);
}

static mood_status read_flag(json_t *config, const char *key, bool *flag, mood_error *err) {
    json_t *value = json_object_get(config, key);
    if (!value)
        return MOOD_OK;
    *flag = json_is_true(value);
    return json_is_boolean(value) ? MOOD_OK : refuse(key, "True or False", err);
}

static mood_status make_tokenizer(json_t *config, mood_tokenizer **tokenizer, mood_error *err) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    json_t *words = json_object_get(config, "num_words");
    mood_status status = MOOD_OK;
    if (json_is_integer(words) && json_integer_value(words) > 0)
        options.num_words = (size_t)json_integer_value(words);
    else if (words && !json_is_null(words))
        status = refuse("num_words", "a number above 0", err);
    if (status == MOOD_OK)
        status = read_text(config, "filters", false, &options.filters, err);
    if (status == MOOD_OK)
        status = read_text(config, "split", false, &options.split, err);
    if (status == MOOD_OK)
        status = read_text(config, "oov_token", true, &options.oov_token, err);
    if (status == MOOD_OK)
        status = read_flag(config, "lower", &options.lower, err);
    if (status == MOOD_OK)
        status = read_flag(config, "char_level", &options.char_level, err);
    return status == MOOD_OK ? mood_tokenizer_create(&options, tokenizer, err) : status;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

mood_status mood_tokenizer_create_from_expression(const char *expression, mood_tokenizer **tokenizer, size_t *maxlen,
                                                  mood_error *err) {
    json_t *object = NULL;
    size_t length = 0;
    if (!expression || !tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_create_from_expression: an argument is NULL");
    *tokenizer = NULL;
    mood_status status = expression_parse(&vectorizer_expressions, expression, &object, err);
    if (status != MOOD_OK)
        return status;
    status = vectorization_json_begins(object)
                 ? vectorization_from_settings(json_object_get(object, "config"), tokenizer, &length, err)
                 : make_tokenizer(json_object_get(object, "config"), tokenizer, err);
    json_decref(object);
    if (maxlen)
        *maxlen = length;
    return status;
}
