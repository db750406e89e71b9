/* Gives further words the ids after the tokenizer's. */
#include "base/errors.h"
#include "text/tokenizer.h"

mood_status mood_tokenizer_add_words(mood_tokenizer *tokenizer, const mood_text *words, size_t count, size_t *added,
                                     mood_error *err) {
    struct vocabulary longer = {0};
    if (!tokenizer || (!words && count > 0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_add_words: an argument is NULL");
    if (mood_tokenizer_is_text_vectorization(tokenizer))
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "a TextVectorization's vocabulary can't be extended; use a Tokenizer");
    size_t before = tokenizer->vocabulary.word_count;
    if (!vocabulary_copy(&tokenizer->vocabulary, &longer) || !vocabulary_extend(&longer, words, count) ||
        !vocabulary_choose_known(&longer, tokenizer_limit(tokenizer))) {
        vocabulary_free(&longer);
        return error_no_memory(err);
    }
    vocabulary_free(&tokenizer->vocabulary);
    tokenizer->vocabulary = longer;
    if (added)
        *added = longer.word_count - before;
    return MOOD_OK;
}
