/* The words of a text as a tokenizer sees them, and where they are in the text. */
#ifndef TEXT_WORDS_H
#define TEXT_WORDS_H

#include "text/tokenizer.h"

struct listed_word {
    size_t at, size;      /* in word_list.bytes, NUL-terminated */
    size_t begin, length; /* bytes of the text, if word_list.located */
    int32_t id;           /* not set for ID_DROPPED */
    enum id_kind kind;    /* not ID_LOST */
};

/* Initialize with {0}. */
struct word_list {
    struct bytes bytes;
    struct listed_word *words; /* [count] */
    size_t count, capacity;
    bool located; /* the words are in the text, in that order, except for case, and no other letters and digits are */
};

/* List the words of a text in an empty list. Free it on failure, too. Errors: those of mood_tokenizer_padded. */
mood_status word_list_fill(const mood_tokenizer *tokenizer, mood_text text, struct word_list *list, mood_error *err);
void word_list_free(struct word_list *list);

#endif
