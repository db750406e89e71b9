/* Bytes from outside as a text whose words are listed and looked for. The first byte chooses the tokenizer. Words
 * have to be in the text, one after the other. */
#include <stdlib.h>

#include "text/words.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { CHARACTERS = 1, ALL_BYTES = 2, CLEANED = 4 };

static mood_tokenizer *create(unsigned char choice) {
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_tokenizer *tokenizer;
    options.char_level = choice & CHARACTERS;
    if (choice & ALL_BYTES)
        options.filters = "";
    if (mood_tokenizer_create(&options, &tokenizer, NULL) != MOOD_OK)
        abort();
    if (choice & CLEANED && !options.char_level &&
        mood_tokenizer_set_preparation(tokenizer, "html,contractions,repeats,punctuation", "characters", NULL) !=
            MOOD_OK)
        abort();
    return tokenizer;
}

static void check(const struct word_list *list, size_t size) {
    size_t at = 0;
    for (size_t i = 0; list->located && i < list->count; i++) {
        const struct listed_word *word = &list->words[i];
        if (word->begin < at || word->length == 0 || word->length > size || word->begin > size - word->length)
            abort();
        at = word->begin + word->length;
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    if (size == 0)
        return 0;
    mood_tokenizer *tokenizer = create(data[0]);
    struct word_list list = {0};
    if (word_list_fill(tokenizer, (mood_text){(const char *)data + 1, size - 1}, &list, NULL) == MOOD_OK)
        check(&list, size - 1);
    word_list_free(&list);
    mood_tokenizer_destroy(tokenizer);
    return 0;
}
