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
    SPELLING_MAX_BYTES = 255                          /* longer words have no other spellings */
};

/* Buffers that are reused for all words. Initialize with {0}. */
struct spelling_buffers {
    struct clean_buffers clean;
    struct bytes form, in_case;
};
void spelling_buffers_free(struct spelling_buffers *buffers);

/* Called with one spelling, valid until it returns. False: out of memory. */
typedef bool spelling_visitor(void *user, mood_text spelling, unsigned rank);

/* Visit the spellings of a word that differ from it, in ascending order of rank. The same spelling can be
 * visited several times. False: out of memory. */
bool spelling_visit(mood_text word, struct spelling_buffers *buffers, spelling_visitor *visitor, void *user);

/* Remove the hyphens of a word. result [SPELLING_MAX_BYTES]. Returns the size of the result; 0: the word has no hyphens,
 * or only hyphens, or is longer than SPELLING_MAX_BYTES. */
size_t spelling_remove_hyphens(mood_text word, char *result);

#endif
