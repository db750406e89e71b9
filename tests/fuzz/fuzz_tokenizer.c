/* Bytes from outside as a tokenizer's JSON, and as a text. What is read has to come back as it was written. */
#include <stdlib.h>
#include <string.h>

#include "mood/text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void use(const mood_tokenizer *tokenizer, mood_text text) {
    int32_t x[2 * 5];
    mood_text texts[] = {text, {"the cat \xC3\x89T\xC3\x89", 12}};
    mood_sequences rows = MOOD_SEQUENCES;
    mood_text *back;
    if (mood_tokenizer_sequences(tokenizer, texts, 2, 5, x, NULL) == MOOD_OK &&
        mood_tokenizer_texts_to_sequences(tokenizer, texts, 2, &rows, NULL, NULL) == MOOD_OK &&
        mood_tokenizer_sequences_to_texts(tokenizer, &rows, &back, NULL) == MOOD_OK)
        mood_free(back);
    mood_sequences_free(&rows);
}

static void write_and_read(const mood_tokenizer *tokenizer) {
    char *json, *again;
    mood_tokenizer *copy;
    if (mood_tokenizer_to_json(tokenizer, &json, NULL) != MOOD_OK ||
        mood_tokenizer_from_json(json, strlen(json), &copy, NULL) != MOOD_OK ||
        mood_tokenizer_to_json(copy, &again, NULL) != MOOD_OK || strcmp(json, again) != 0)
        abort();
    mood_free(json);
    mood_free(again);
    mood_tokenizer_destroy(copy);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    mood_text text = {(const char *)data, size};
    mood_tokenizer *tokenizer;
    if (mood_tokenizer_from_json(text.data, text.size, &tokenizer, NULL) != MOOD_OK &&
        mood_tokenizer_create(NULL, &tokenizer, NULL) != MOOD_OK)
        return 0;
    use(tokenizer, text);
    write_and_read(tokenizer);
    if (mood_tokenizer_fit(tokenizer, &text, 1, NULL) == MOOD_OK) {
        use(tokenizer, text);
        write_and_read(tokenizer);
    }
    mood_tokenizer_destroy(tokenizer);
    return 0;
}
