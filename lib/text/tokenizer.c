/* The tokenizer: options, fitting, and converting texts to ids. */
#include "text/tokenizer.h"
#include "base/errors.h"

#include <stdlib.h>
#include <string.h>

/* ---- create and destroy ------------------------------------------------------------------------ */

mood_status tokenizer_create(const struct tokenizer_settings *settings, mood_tokenizer **tokenizer, mood_error *err) {
    mood_tokenizer *made = calloc(1, sizeof *made);
    if (!made)
        return error_no_memory(err);
    made->num_words = settings->num_words;
    made->matrix = MOOD_MATRIX_NONE;
    made->has_oov = settings->oov.data != NULL;
    mood_status status =
        splitter_init(&made->splitter, settings->filters, settings->lower, settings->split, settings->char_level, err);
    if (status != MOOD_OK)
        goto fail;
    if (!mood_text_validate(settings->oov, NULL)) {
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "oov_token has to be UTF-8");
        goto fail;
    }
    if (!bytes_append(&made->oov, settings->oov.data, settings->oov.size) || !bytes_append_byte(&made->oov, '\0')) {
        status = error_no_memory(err);
        goto fail;
    }
    made->oov.size--;
    *tokenizer = made;
    return MOOD_OK;
fail:
    mood_tokenizer_destroy(made);
    return status;
}

static mood_text text_of(const char *string) {
    return (mood_text){string, string ? strlen(string) : 0};
}

mood_status mood_tokenizer_create(const mood_tokenizer_options *options, mood_tokenizer **tokenizer, mood_error *err) {
    mood_tokenizer_options all = MOOD_TOKENIZER_OPTIONS;
    if (!tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_tokenizer_create: tokenizer is NULL");
    if (options && options->size != sizeof all)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_options has size %zu, not %zu; begin with MOOD_TOKENIZER_OPTIONS",
                              options->size, sizeof all);
    if (options)
        all = *options;
    struct tokenizer_settings settings = {
        .num_words = all.num_words,
        .filters = text_of(all.filters ? all.filters : KERAS_FILTERS),
        .split = text_of(all.split ? all.split : " "),
        .oov = text_of(all.oov_token),
        .lower = all.lower,
        .char_level = all.char_level,
    };
    return tokenizer_create(&settings, tokenizer, err);
}

void mood_tokenizer_destroy(mood_tokenizer *tokenizer) {
    if (!tokenizer)
        return;
    vocabulary_free(&tokenizer->vocabulary);
    splitter_free(&tokenizer->splitter);
    bytes_free(&tokenizer->oov);
    free(tokenizer->idf);
    free(tokenizer);
}

mood_status check_texts(const mood_text *texts, size_t n, mood_error *err) {
    if (!texts && n > 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "texts is NULL");
    for (size_t i = 0; i < n; i++)
        if (!texts[i].data && texts[i].size > 0)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "text %zu: data is NULL", i);
    return MOOD_OK;
}

/* ---- fit --------------------------------------------------------------------------------------- */

static mood_status count_text(const struct splitter *splitter, mood_text text, struct scratch *scratch,
                              struct vocabulary *vocabulary, mood_error *err) {
    struct token_cursor cursor;
    size_t bad_bytes = 0;
    mood_status status = splitter_begin(splitter, text, scratch, &cursor, &bad_bytes, err);
    if (status != MOOD_OK)
        return status;
    vocabulary->text_count++;
    for (mood_text word; splitter_next(&cursor, &word);)
        if (!vocabulary_count(vocabulary, word, vocabulary->text_count))
            return error_no_memory(err);
    return MOOD_OK;
}

/* A given vocabulary has no counts, so counting more texts is rejected, as in Keras's adapt(). */
static mood_status check_countable(const mood_tokenizer *tokenizer, mood_error *err) {
    const struct vocabulary *vocabulary = &tokenizer->vocabulary;
    if (!tokenizer->splitter.vectorization || vocabulary->indexed_count == 0 || vocabulary->counted_count > 0)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                          "the TextVectorization was given its vocabulary, so it can't be fitted; create a new one");
}

static bool number_words(const mood_tokenizer *tokenizer, struct vocabulary *vocabulary) {
    mood_text oov = {tokenizer->has_oov ? tokenizer->oov.data : NULL, tokenizer->oov.size};
    bool numbered = tokenizer->splitter.vectorization
                        ? vocabulary_number_vectorization(vocabulary, tokenizer_limit(tokenizer))
                        : vocabulary_number(vocabulary, oov);
    return numbered && vocabulary_choose_known(vocabulary, tokenizer_limit(tokenizer));
}

mood_status mood_tokenizer_fit(mood_tokenizer *tokenizer, const mood_text *texts, size_t n, mood_error *err) {
    if (!tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "mood_tokenizer_fit: tokenizer is NULL");
    mood_status status = check_texts(texts, n, err);
    if (status == MOOD_OK)
        status = check_countable(tokenizer, err);
    if (status != MOOD_OK)
        return status;
    struct scratch scratch = {0};
    double *idf = NULL;
    struct vocabulary counted; /* a copy, so that a failure leaves the tokenizer's own as it was */
    if (!vocabulary_copy(&tokenizer->vocabulary, &counted))
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        status = count_text(&tokenizer->splitter, texts[i], &scratch, &counted, err);
        if (status != MOOD_OK) {
            mood_error_prefix(err, "text %zu", i);
            goto fail;
        }
    }
    bool weighs = tokenizer->matrix == MOOD_MATRIX_TF_IDF;
    if (!number_words(tokenizer, &counted) || (weighs && !(idf = vectorization_compute_idf(&counted)))) {
        status = error_no_memory(err);
        goto fail;
    }
    free(tokenizer->idf);
    tokenizer->idf = idf;
    vocabulary_free(&tokenizer->vocabulary);
    tokenizer->vocabulary = counted;
    scratch_free(&scratch);
    return MOOD_OK;
fail:
    vocabulary_free(&counted);
    scratch_free(&scratch);
    return status;
}

/* ---- ids --------------------------------------------------------------------------------------- */

int32_t tokenizer_limit(const mood_tokenizer *tokenizer) {
    size_t limit = tokenizer->num_words;
    if (limit > 0 && tokenizer->matrix != MOOD_MATRIX_NONE)
        limit++;
    return limit > 0 && limit < INT32_MAX ? (int32_t)limit : INT32_MAX;
}

struct id_rule tokenizer_id_rule(const mood_tokenizer *tokenizer) {
    struct id_rule rule = {&tokenizer->vocabulary, tokenizer_limit(tokenizer), NO_INDEX, false};
    if (tokenizer->splitter.vectorization) {
        rule.oov = VECTORIZATION_UNKNOWN_ID;
    } else if (tokenizer->has_oov) {
        rule.oov = mood_tokenizer_get_index(tokenizer, (mood_text){tokenizer->oov.data, tokenizer->oov.size});
        rule.oov_lost = rule.oov == NO_INDEX;
    }
    return rule;
}

enum id_kind id_rule_apply(const struct id_rule *rule, mood_text text, int32_t *id) {
    const struct word *word = vocabulary_find_known(rule->vocabulary, text);
    if (word) {
        *id = word->index;
        return ID_KNOWN;
    }
    if (rule->oov != NO_INDEX) {
        *id = rule->oov;
        return ID_UNKNOWN;
    }
    if (!rule->oov_lost)
        return ID_DROPPED;
    word = vocabulary_find(rule->vocabulary, text);
    return word && word->index != NO_INDEX ? ID_DROPPED : ID_LOST;
}

mood_status error_oov_lost(const mood_tokenizer *tokenizer, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                          "the tokenizer's oov_token \"%s\" has no index; fit the tokenizer first",
                          tokenizer->oov.data);
}

/* ---- access ------------------------------------------------------------------------------------ */

size_t mood_tokenizer_count_words(const mood_tokenizer *tokenizer) {
    return tokenizer->vocabulary.indexed_count;
}

size_t mood_tokenizer_get_num_words(const mood_tokenizer *tokenizer) {
    return tokenizer->num_words;
}

uint64_t mood_tokenizer_get_document_count(const mood_tokenizer *tokenizer) {
    return tokenizer->vocabulary.text_count;
}

mood_tokenizer_options mood_tokenizer_get_options(const mood_tokenizer *tokenizer) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    options.num_words = tokenizer->num_words;
    options.filters = tokenizer->splitter.filters.data;
    options.lower = tokenizer->splitter.lower;
    options.split = tokenizer->splitter.split.data;
    options.char_level = tokenizer->splitter.char_level;
    options.oov_token = tokenizer->has_oov ? tokenizer->oov.data : NULL;
    return options;
}

int32_t mood_tokenizer_get_largest_id(const mood_tokenizer *tokenizer) {
    struct id_rule rule = tokenizer_id_rule(tokenizer);
    int32_t largest = rule.oov == NO_INDEX ? 0 : rule.oov;
    for (const struct word *word = tokenizer->vocabulary.known; word; word = word->known.next)
        if (word->index > largest)
            largest = word->index;
    return largest;
}

const char *tokenizer_find_zero(const mood_tokenizer *tokenizer) {
    const struct word *word = tokenizer->vocabulary.known;
    while (word && word->index != 0)
        word = word->known.next;
    return word ? word->text : NULL;
}

static bool is_unknown_word(mood_text text) {
    return text.size == sizeof VECTORIZATION_UNKNOWN_WORD - 1 &&
           memcmp(text.data, VECTORIZATION_UNKNOWN_WORD, text.size) == 0;
}

int32_t mood_tokenizer_get_index(const mood_tokenizer *tokenizer, mood_text text) {
    const struct word *word = vocabulary_find(&tokenizer->vocabulary, text);
    if (!word && tokenizer->splitter.vectorization && is_unknown_word(text))
        return VECTORIZATION_UNKNOWN_ID;
    return word ? word->index : NO_INDEX;
}

mood_text mood_tokenizer_get_word(const mood_tokenizer *tokenizer, int32_t index) {
    const struct vocabulary *vocabulary = &tokenizer->vocabulary;
    if (tokenizer->splitter.vectorization && index == VECTORIZATION_UNKNOWN_ID)
        return (mood_text){VECTORIZATION_UNKNOWN_WORD, sizeof VECTORIZATION_UNKNOWN_WORD - 1};
    const struct index_entry *entry = index_find(vocabulary->words, vocabulary->word_count, index);
    return entry ? (mood_text){entry->word->text, entry->word->size} : (mood_text){NULL, 0};
}

uint64_t mood_tokenizer_get_word_count(const mood_tokenizer *tokenizer, mood_text text) {
    const struct word *word = vocabulary_find(&tokenizer->vocabulary, text);
    return word ? word->count : 0;
}

uint64_t mood_tokenizer_get_word_docs(const mood_tokenizer *tokenizer, mood_text text) {
    const struct word *word = vocabulary_find(&tokenizer->vocabulary, text);
    return word ? word->docs : 0;
}
