/* A TextVectorization as Keras serializes the layer. */
#include "base/number.h"
#include "text/json_write.h"
#include "text/vectorization_json.h"

static bool write_name(struct bytes *out, const char *key, const char *name) {
    if (!json_write_raw(out, ", \"") || !json_write_raw(out, key) || !json_write_raw(out, "\": "))
        return false;
    return name ? json_write_raw(out, "\"") && json_write_raw(out, name) && json_write_raw(out, "\"")
                : json_write_raw(out, "null");
}

static bool write_ngrams(struct bytes *out, const struct vectorization *vectorization) {
    if (!json_write_raw(out, ", \"ngrams\": ") || !json_write_raw(out, vectorization->width_count ? "[" : "null"))
        return false;
    for (size_t i = 0; i < vectorization->width_count; i++)
        if ((i > 0 && !json_write_raw(out, ", ")) || !json_write_number(out, vectorization->widths[i]))
            return false;
    return vectorization->width_count == 0 || json_write_raw(out, "]");
}

static bool write_vocabulary(struct bytes *out, const struct vocabulary *vocabulary, bool bags) {
    bool done = json_write_raw(out, ", \"vocabulary\": [") && (bags || json_write_raw(out, "\"\", ")) &&
                json_write_raw(out, "\"" VECTORIZATION_UNKNOWN_WORD "\"");
    for (size_t i = 0; i < vocabulary->word_count && done; i++) {
        const struct word *word = vocabulary->words[i].word;
        done = json_write_raw(out, ", ") && json_write_string(out, (mood_text){word->text, word->size});
    }
    return done && json_write_raw(out, "]");
}

static bool write_idf(struct bytes *out, const mood_tokenizer *tokenizer) {
    bool done = !tokenizer->idf || json_write_raw(out, ", \"idf_weights\": [");
    for (size_t i = 0; tokenizer->idf && i <= tokenizer->vocabulary.word_count && done; i++) {
        char number[32];
        number_write(number, sizeof number, 9, tokenizer->idf[i]);
        done = (i == 0 || json_write_raw(out, ", ")) && json_write_raw(out, number);
    }
    return done && (!tokenizer->idf || json_write_raw(out, "]"));
}

bool vectorization_to_json(const mood_tokenizer *tokenizer, struct bytes *out) {
    static const char *const standardize[] = {"lower_and_strip_punctuation", "lower", "strip_punctuation", NULL};
    static const char *const split[] = {"whitespace", "character", NULL};
    const struct vectorization *vectorization = tokenizer->splitter.vectorization;
    bool bags = tokenizer->matrix != MOOD_MATRIX_NONE;
    return json_write_raw(out, "{\"module\": \"keras.layers\", \"class_name\": \"TextVectorization\", \"config\": "
                               "{\"max_tokens\": ") &&
           (tokenizer->num_words > 0 ? json_write_number(out, tokenizer->num_words) : json_write_raw(out, "null")) &&
           write_name(out, "standardize", standardize[vectorization->standardize]) &&
           write_name(out, "split", split[vectorization->split]) && write_ngrams(out, vectorization) &&
           write_name(out, "output_mode", bags ? mood_matrix_name(tokenizer->matrix) : "int") &&
           (!tokenizer->pads_matrix || json_write_raw(out, ", \"pad_to_max_tokens\": true")) &&
           write_vocabulary(out, &tokenizer->vocabulary, bags) && write_idf(out, tokenizer) &&
           json_write_raw(out, ", \"encoding\": \"utf-8\"}, \"registered_name\": null}");
}
