/* The words of a text. A tokenizer does not say where its words come from: cleaning, lower case and filters change the
 * text. So each word is looked for in the text after the word before it, whatever the case; if letters or digits are
 * between two words, something was removed or replaced, and no place is known. */
#include "text/words.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/errors.h"

/* ---- words ---------------------------------------------------------------------------------------- */

static bool append(struct word_list *list, mood_text text, int32_t id, enum id_kind kind) {
    struct listed_word *words = array_grow(list->words, &list->capacity, list->count + 1, sizeof *words);
    if (!words)
        return false;
    list->words = words;
    words[list->count] = (struct listed_word){.at = list->bytes.size, .size = text.size, .id = id, .kind = kind};
    if (!bytes_append(&list->bytes, text.data, text.size) || !bytes_append_byte(&list->bytes, '\0'))
        return false;
    list->count++;
    return true;
}

static mood_status collect(const mood_tokenizer *tokenizer, struct token_cursor *cursor, struct word_list *list,
                           mood_error *err) {
    struct id_rule rule = tokenizer_id_rule(tokenizer);
    for (mood_text word; splitter_next(cursor, &word);) {
        int32_t id = 0;
        enum id_kind kind = id_rule_apply(&rule, word, &id);
        if (kind == ID_LOST)
            return error_oov_lost(tokenizer, err);
        if (!append(list, word, id, kind))
            return error_no_memory(err);
    }
    return MOOD_OK;
}

/* ---- places --------------------------------------------------------------------------------------- */

/* The character at *at, which is moved after it; bytes that are not UTF-8 are U+FFFD. */
static UChar32 next_character(mood_text text, size_t *at) {
    const uint8_t *s = (const uint8_t *)text.data;
    UChar32 c;
    U8_NEXT(s, *at, text.size, c);
    return c < 0 ? 0xFFFD : c;
}

/* A search; `left` bounds its time, in compared characters. */
struct search {
    mood_text text;
    size_t at, left;
};

/* The number of bytes of the text from the current place on that are the word, whatever the case; 0: they are not. */
static size_t match(struct search *search, mood_text word) {
    size_t at = search->at;
    for (size_t i = 0; i < word.size;) {
        if (at == search->text.size || search->left == 0)
            return 0;
        search->left--;
        UChar32 a = next_character(word, &i), b = next_character(search->text, &at);
        if (u_foldCase(a, U_FOLD_CASE_DEFAULT) != u_foldCase(b, U_FOLD_CASE_DEFAULT))
            return 0;
    }
    return at - search->at;
}

/* Find a word. False: letters or digits come before it, or it takes too long. */
static bool locate(struct search *search, const struct word_list *list, struct listed_word *word) {
    while (search->at < search->text.size && search->left > 0) {
        size_t length = match(search, (mood_text){list->bytes.data + word->at, word->size});
        if (length) {
            word->begin = search->at;
            word->length = length;
            search->at += length;
            return true;
        }
        if (u_isalnum(next_character(search->text, &search->at)))
            return false;
    }
    return false;
}

static bool locate_all(mood_text text, struct word_list *list) {
    struct search search = {.text = text, .left = 16 * text.size + 1024};
    for (size_t i = 0; i < list->count; i++)
        if (!locate(&search, list, &list->words[i]))
            return false;
    while (search.at < text.size)
        if (u_isalnum(next_character(text, &search.at)))
            return false;
    return true;
}

/* ---- both ----------------------------------------------------------------------------------------- */

mood_status word_list_fill(const mood_tokenizer *tokenizer, mood_text text, struct word_list *list, mood_error *err) {
    struct scratch scratch = {0};
    struct token_cursor cursor;
    size_t bad_bytes = 0;
    mood_status status = splitter_begin(&tokenizer->splitter, text, &scratch, &cursor, &bad_bytes, err);
    if (status == MOOD_OK)
        status = collect(tokenizer, &cursor, list, err);
    scratch_free(&scratch);
    if (status == MOOD_OK)
        list->located = locate_all(text, list);
    return status;
}

void word_list_free(struct word_list *list) {
    bytes_free(&list->bytes);
    free(list->words);
    *list = (struct word_list){0};
}
