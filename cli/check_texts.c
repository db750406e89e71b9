/* Texts that go into a model's file, so that a reader can check the scores. */
#include <stdio.h>
#include <stdlib.h>

#include "check_texts.h"

/* Only frequent words are used: rare ones may be names of persons. */
#define MOST_FREQUENT 100

/* Words per text: short, average, and longer than most rows. */
static const size_t lengths[] = {1, 4, 12, 60};
enum { TEXT_COUNT = sizeof lengths / sizeof *lengths };

/* The number of usable ids: below num_words, and frequent. */
static size_t known_words(const mood_tokenizer *tokenizer) {
    size_t words = mood_tokenizer_count_words(tokenizer), limit = mood_tokenizer_get_num_words(tokenizer);
    if (limit && words > limit - 1)
        words = limit - 1;
    return words < MOST_FREQUENT ? words : MOST_FREQUENT;
}

/* Takes every seventh word. 7 has no common divisor with 100, so texts begin with different words. */
static char *make_text(const mood_tokenizer *tokenizer, size_t known, size_t first, size_t length) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        mood_text word = mood_tokenizer_get_word(tokenizer, (int32_t)(1 + (first + 7 * i) % known));
        if (word.data)
            fprintf(stream, "%s%.*s", i ? " " : "", (int)word.size, word.data);
    }
    bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

mood_status check_texts_create(const mood_tokenizer *tokenizer, char ***texts, size_t *count, mood_error *err) {
    size_t known = known_words(tokenizer);
    *count = 0;
    *texts = calloc(TEXT_COUNT, sizeof **texts);
    if (!*texts)
        goto no_memory;
    for (size_t i = 0; i < TEXT_COUNT && known; i++) {
        (*texts)[i] = make_text(tokenizer, known, 3 * i, lengths[i]);
        if (!(*texts)[i])
            goto no_memory;
        (*count)++;
    }
    return MOOD_OK;
no_memory:
    check_texts_destroy(*texts, *count);
    *texts = NULL;
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

void check_texts_destroy(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}
