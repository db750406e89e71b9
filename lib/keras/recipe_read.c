/* Reads a recipe from tokenizer.json and mood.json. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keras/recipe.h"

#define MAX_LABELS 100000

static mood_status missing(const char *key, const char *what, mood_error *err) {
    return broken(err, "mood.json: \"%s\" is missing or not %s", key, what);
}

static mood_status read_side(json_t *document, const char *key, mood_padding *side, mood_error *err) {
    const char *name = json_string_value(json_object_get(document, key));
    if (!name || (strcmp(name, "pre") != 0 && strcmp(name, "post") != 0))
        return missing(key, "\"pre\" or \"post\"", err);
    *side = strcmp(name, "post") == 0 ? MOOD_PAD_POST : MOOD_PAD_PRE;
    return MOOD_OK;
}

static mood_status read_labels(json_t *document, mood_recipe *recipe, mood_error *err) {
    json_t *labels = json_object_get(document, "labels");
    size_t count = json_array_size(labels);
    if (!json_is_array(labels) || count > MAX_LABELS)
        return missing("labels", "a list of names", err);
    recipe->labels = calloc(count ? count : 1, sizeof *recipe->labels);
    if (!recipe->labels)
        return out_of_memory(err, "reading mood.json");
    for (size_t i = 0; i < count; i++) {
        const char *label = json_string_value(json_array_get(labels, i));
        if (!label)
            return missing("labels", "a list of names", err);
        recipe->labels[i] = strdup(label);
        if (!recipe->labels[i])
            return out_of_memory(err, "reading mood.json");
        recipe->label_count = i + 1;
    }
    return MOOD_OK;
}

static mood_status read_scores(json_t *scores, size_t O, float *row, mood_error *err) {
    if (json_array_size(scores) != O)
        return missing("checks", "texts with as many scores each", err);
    for (size_t k = 0; k < O; k++) {
        json_t *score = json_array_get(scores, k);
        if (!json_is_number(score))
            return missing("checks", "texts with scores", err);
        row[k] = (float)json_number_value(score);
    }
    return MOOD_OK;
}

static mood_status read_checks(json_t *document, mood_recipe *recipe, struct checks *checks, mood_error *err) {
    json_t *list = json_object_get(document, "checks");
    size_t n = json_array_size(list);
    size_t O = json_array_size(json_object_get(json_array_get(list, 0), "scores"));
    if (!json_is_array(list) || n > MAX_CHECKS)
        return missing("checks", "a list of texts with scores", err);
    recipe->check_texts = calloc(n ? n : 1, sizeof *recipe->check_texts);
    checks->scores = calloc(n && O ? n * O : 1, sizeof *checks->scores); /* O is limited by the text */
    if (!recipe->check_texts || !checks->scores)
        return out_of_memory(err, "reading mood.json");
    for (size_t i = 0; i < n; i++) {
        json_t *check = json_array_get(list, i);
        const char *text = json_string_value(json_object_get(check, "text"));
        if (!text)
            return missing("checks", "a list of texts with scores", err);
        recipe->check_texts[i] = strdup(text);
        if (!recipe->check_texts[i])
            return out_of_memory(err, "reading mood.json");
        recipe->check_count = i + 1;
        mood_status status = read_scores(json_object_get(check, "scores"), O, checks->scores + i * O, err);
        if (status != MOOD_OK)
            return status;
    }
    checks->count = n * O;
    return MOOD_OK;
}

static mood_status read_digest(json_t *document, mood_recipe *recipe, mood_error *err) {
    json_t *digest = json_object_get(document, "data_digest");
    if (!digest || json_is_null(digest))
        return MOOD_OK;
    if (!json_is_string(digest))
        return missing("data_digest", "a text", err);
    recipe->data_digest = strdup(json_string_value(digest));
    return recipe->data_digest ? MOOD_OK : out_of_memory(err, "reading mood.json");
}

static mood_status read_activation(json_t *document, mood_recipe *recipe, mood_error *err) {
    json_t *activation = json_object_get(document, "activation");
    mood_activation known;
    if (!activation || json_is_null(activation))
        return MOOD_OK;
    if (!json_is_string(activation) || !head_activation_find(json_string_value(activation), &known))
        return missing("activation", "sigmoid, softmax or linear", err);
    recipe->activation = strdup(json_string_value(activation));
    return recipe->activation ? MOOD_OK : out_of_memory(err, "reading mood.json");
}

/* For sequences: the length of rows, and the sides of padding and truncation. */
static mood_status read_padding(json_t *document, mood_recipe *recipe, struct checks *checks, mood_error *err) {
    json_t *length = json_object_get(document, "maxlen");
    if (!json_is_integer(length) || json_integer_value(length) < 1 || json_integer_value(length) > INT32_MAX)
        return missing("maxlen", "a length", err);
    checks->T = (size_t)json_integer_value(length);
    mood_status status = read_side(document, "padding", &recipe->padding, err);
    return status == MOOD_OK ? read_side(document, "truncating", &recipe->truncating, err) : status;
}

static mood_status read_matrix(json_t *matrix, mood_recipe *recipe, mood_error *err) {
    const char *name = json_string_value(matrix);
    return name && recipe_matrix_find(name, &recipe->matrix)
               ? MOOD_OK
               : missing("matrix", "binary, count, freq, tfidf, multi_hot or tf_idf", err);
}

static mood_status read_document(json_t *document, mood_recipe *recipe, struct checks *checks, mood_error *err) {
    json_t *format = json_object_get(document, "format"), *matrix = json_object_get(document, "matrix");
    if (!json_is_integer(format) || json_integer_value(format) < 1)
        return missing("format", "a version", err);
    if (json_integer_value(format) > RECIPE_FORMAT)
        return unsupported(err,
                           "mood.json has format %lld, but this version of mood (%s) supports formats up to %d; "
                           "use a newer version",
                           (long long)json_integer_value(format), mood_version(), RECIPE_FORMAT);
    mood_status status = matrix ? read_matrix(matrix, recipe, err) : read_padding(document, recipe, checks, err);
    if (status == MOOD_OK)
        status = read_labels(document, recipe, err);
    if (status == MOOD_OK)
        status = read_activation(document, recipe, err);
    if (status == MOOD_OK)
        status = read_digest(document, recipe, err);
    if (status == MOOD_OK)
        status = read_checks(document, recipe, checks, err);
    if (status == MOOD_OK)
        status = recipe_read_calibration(document, recipe, err);
    if (status == MOOD_OK)
        status = recipe_read_preparation(document, &checks->preparation, err);
    return status;
}

static mood_status read_member(const struct blob *text, mood_recipe *recipe, struct checks *checks, mood_error *err) {
    json_t *document;
    mood_status status = json_read(text, "mood.json", &document, err);
    if (status != MOOD_OK)
        return status;
    status = read_document(document, recipe, checks, err);
    json_decref(document);
    return status;
}

/* Of a file without mood.json: a TextVectorization pads and cuts at the end, or makes bags of words. */
static void assume_rest(mood_recipe *recipe, bool vectorization) {
    recipe->assumed = vectorization ? MOOD_RECIPE_LABELS : RECIPE_WITHOUT_FILE;
    if (vectorization)
        recipe->padding = recipe->truncating = MOOD_PAD_POST;
}

void checks_clear(struct checks *checks) {
    free(checks->scores);
    preparation_destroy(checks->preparation);
    *checks = (struct checks){0};
}

mood_status recipe_read(const struct archive *archive, mood_recipe **recipe, struct checks *checks, mood_error *err) {
    const struct blob *words = &archive->members[MEMBER_TOKENIZER], *rest = &archive->members[MEMBER_RECIPE];
    *checks = (struct checks){0};
    *recipe = NULL;
    if (!words->data && !rest->data)
        return MOOD_OK;
    mood_recipe *made = malloc(sizeof *made);
    if (!made)
        return out_of_memory(err, "reading mood.json");
    *made = (mood_recipe)MOOD_RECIPE;
    mood_status status = MOOD_OK;
    if (rest->data)
        status = read_member(rest, made, checks, err);
    else
        assume_rest(made, archive->vectorization);
    made->maxlen = checks->T;
    if (status == MOOD_OK && words->data) {
        status = mood_tokenizer_from_json((const char *)words->data, words->size, &made->tokenizer, err);
        if (status != MOOD_OK && !archive->vectorization)
            mood_error_prefix(err, "tokenizer.json");
    }
    if (status == MOOD_OK && !rest->data)
        recipe_follow_tokenizer(made);
    if (status != MOOD_OK) {
        mood_recipe_destroy(made);
        checks_clear(checks);
        return status;
    }
    *recipe = made;
    return MOOD_OK;
}
