/* Other spellings of a word, under which a file of vectors may have it: a table of forms, each in several cases. */
#ifndef TEXT_SPELLING_H
#define TEXT_SPELLING_H

#include <stdbool.h>

#include "mood/text.h"
#include "text/clean/step.h"

enum {
    SPELLING_FORMS = 14,
    SPELLING_CASES = 5,
    SPELLING_RANKS = SPELLING_FORMS * SPELLING_CASES, /* 0: the word's own spelling; smaller ranks take precedence */
    SPELLING_LONGEST = 255                            /* longer words have no other spellings [bytes] */
};

/* Buffers that are reused for all words. Initialize with {0}. */
struct spelling_buffers {
    struct clean_buffers clean;
    struct bytes form, in_case;
};
void spelling_buffers_free(struct spelling_buffers *buffers);

/* Called with one spelling, valid until it returns. False: out of memory. */
typedef bool spelling_visitor(void *user, mood_text spelling, unsigned rank);

/* Visit the spellings of a word that differ from it, in ascending order of rank. The same spelling can come several
 * times. False: out of memory. */
bool spelling_visit(mood_text word, struct spelling_buffers *buffers, spelling_visitor *visitor, void *user);

/* Remove the hyphens of a word of at most SPELLING_LONGEST bytes; result has as many. Returns the size; 0: it has no
 * hyphens, or nothing else. */
size_t spelling_join(mood_text word, char *result);

#endif
