/* ngrams.json: the columns of a model's second input.
 *     {"format": 1, "mode": "tf_idf", "rows": 2160, "ngrams": [[12], [12, 5], …], "rows_with": [340, 17, …]}
 * An n-gram is a list of word ids; rows_with are the numbers of training rows that contain it. */
#include <stdlib.h>
#include <string.h>

#include "keras/recipe.h"
#include "model/ngrams.h"

#define NGRAMS_FORMAT 1

/* ---- writing ---------------------------------------------------------------------------------------- */

static json_t *ids_write(uint64_t gram) {
    int32_t ids[NGRAM_LONGEST];
    size_t n = ngram_unpack(gram, ids);
    json_t *list = json_array();
    for (size_t i = 0; i < n && list; i++)
        if (json_array_append_new(list, json_integer(ids[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

mood_status ngrams_write(const mood_model *model, struct blob *member, mood_error *err) {
    const struct ngram_input *ngrams = model->ngrams;
    if (!ngrams)
        return MOOD_OK;
    json_t *grams = json_array(), *rows = json_array(), *document = NULL;
    bool made = grams && rows;
    for (size_t i = 0; i < ngrams->bag.V && made; i++)
        made = json_array_append_new(grams, ids_write(ngrams->grams[i])) == 0 &&
               json_array_append_new(rows, json_integer(ngrams->rows[i])) == 0;
    if (made)
        document = json_pack("{s: i, s: s, s: I, s: O, s: O}", "format", NGRAMS_FORMAT, "mode",
                             mood_matrix_name(ngrams->bag.mode), "rows", (json_int_t)ngrams->row_count, "ngrams", grams,
                             "rows_with", rows);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    json_decref(grams);
    json_decref(rows);
    if (!text)
        return out_of_memory(err, "writing ngrams.json");
    *member = (struct blob){(unsigned char *)text, strlen(text)};
    return MOOD_OK;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static mood_status missing(const char *key, const char *what, mood_error *err) {
    return broken(err, "ngrams.json: \"%s\" is missing or not %s", key, what);
}

static mood_status read_gram(json_t *list, size_t index, uint64_t *gram, mood_error *err) {
    int32_t ids[NGRAM_LONGEST];
    size_t n = json_array_size(list);
    bool valid = n >= 1 && n <= NGRAM_LONGEST;
    for (size_t i = 0; i < n && valid; i++) {
        json_int_t id = json_integer_value(json_array_get(list, i));
        valid = id >= 1 && id <= NGRAM_LARGEST_ID;
        ids[i] = (int32_t)id;
    }
    if (!valid)
        return broken(err, "ngrams.json: n-gram %zu is not a list of 1 to %d ids of 1 to %d", index + 1, NGRAM_LONGEST,
                      NGRAM_LARGEST_ID);
    *gram = ngram_pack(ids, n);
    return MOOD_OK;
}

static mood_status read_rows(json_t *value, size_t index, uint32_t most, uint32_t *rows, mood_error *err) {
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || number > most)
        return broken(err, "ngrams.json: number %zu of \"rows_with\" is not from 1 to \"rows\"", index + 1);
    *rows = (uint32_t)number;
    return MOOD_OK;
}

static mood_status read_columns(json_t *document, uint32_t row_count, mood_matrix_mode mode, struct ngram_input **ngrams,
                                mood_error *err) {
    json_t *list = json_object_get(document, "ngrams"), *with = json_object_get(document, "rows_with");
    size_t count = json_array_size(list);
    if (count == 0 || count > NGRAM_MOST_COLUMNS)
        return missing("ngrams", "a list of 1 to 2^20 n-grams", err);
    if (json_array_size(with) != count)
        return missing("rows_with", "a list with a number for each n-gram", err);
    uint64_t *grams = malloc(count * sizeof *grams);
    uint32_t *rows = malloc(count * sizeof *rows);
    mood_status status = grams && rows ? MOOD_OK : out_of_memory(err, "reading ngrams.json");
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        status = read_gram(json_array_get(list, i), i, &grams[i], err);
        if (status == MOOD_OK)
            status = read_rows(json_array_get(with, i), i, row_count, &rows[i], err);
    }
    if (status == MOOD_OK && (status = ngrams_create(grams, rows, count, row_count, mode, ngrams, err)) != MOOD_OK)
        mood_error_prefix(err, "ngrams.json");
    free(grams);
    free(rows);
    return status;
}

static mood_status read_document(json_t *document, struct ngram_input **ngrams, mood_error *err) {
    const char *name = json_string_value(json_object_get(document, "mode"));
    json_int_t rows = json_integer_value(json_object_get(document, "rows"));
    mood_matrix_mode mode;
    if (json_integer_value(json_object_get(document, "format")) != NGRAMS_FORMAT)
        return unsupported(err, "has an ngrams.json of another format than %d; a newer mood may read it",
                           NGRAMS_FORMAT);
    if (!name || !recipe_matrix_find(name, &mode) || !ngrams_has_mode(mode))
        return missing("mode", "\"multi_hot\", \"count\" or \"tf_idf\"", err);
    if (rows < 1 || rows > UINT32_MAX)
        return missing("rows", "a number of rows", err);
    return read_columns(document, (uint32_t)rows, mode, ngrams, err);
}

mood_status ngrams_read(const struct blob *member, mood_model *model, mood_error *err) {
    json_t *document;
    if (!member->data)
        return MOOD_OK;
    mood_status status = json_read(member, "ngrams.json", &document, err);
    if (status != MOOD_OK)
        return status;
    status = read_document(document, &model->ngrams, err);
    json_decref(document);
    return status;
}
