/* A tokenizer without its rare words. */
#include "base/errors.h"
#include "text/tokenizer.h"

mood_status mood_tokenizer_drop_rare(mood_tokenizer *tokenizer, uint64_t min_count, mood_error *err) {
    struct vocabulary shorter = {0};
    if (!tokenizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "dropping words needs a tokenizer");
    if (mood_tokenizer_is_text_vectorization(tokenizer))
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "words of a TextVectorization can't be dropped; give it max_tokens");
    if (!vocabulary_copy(&tokenizer->vocabulary, &shorter))
        return error_no_memory(err);
    vocabulary_drop_rare(&shorter, min_count);
    if (!vocabulary_choose_known(&shorter, tokenizer_limit(tokenizer))) {
        vocabulary_free(&shorter);
        return error_no_memory(err);
    }
    vocabulary_free(&tokenizer->vocabulary);
    tokenizer->vocabulary = shorter;
    return MOOD_OK;
}
