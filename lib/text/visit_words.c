/* Gives the words of texts, known or not. */
#include "base/errors.h"
#include "text/sequence.h"
#include "text/tokenizer.h"

static mood_status visit_text(const mood_tokenizer *tokenizer, const mood_text *texts, size_t index,
                              struct scratch *scratch, bool (*visit)(size_t, mood_text, void *), void *user,
                              bool *going, mood_error *err) {
    struct token_cursor cursor;
    size_t bad_bytes = 0;
    mood_text word;
    mood_status status = splitter_begin(&tokenizer->splitter, texts[index], scratch, &cursor, &bad_bytes, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "text %zu", index);
    while (status == MOOD_OK && *going && splitter_next(&cursor, &word))
        *going = visit(index, word, user);
    return status;
}

mood_status mood_tokenizer_visit_words(const mood_tokenizer *tokenizer, const mood_text *texts, size_t n,
                                       bool (*visit)(size_t index, mood_text word, void *user), void *user,
                                       mood_error *err) {
    if (!tokenizer || !visit)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "mood_tokenizer_visit_words: an argument is NULL");
    mood_status status = check_texts(texts, n, err);
    struct scratch scratch = {0};
    bool going = true;
    for (size_t i = 0; i < n && status == MOOD_OK && going; i++)
        status = visit_text(tokenizer, texts, i, &scratch, visit, user, &going, err);
    scratch_free(&scratch);
    return status;
}
