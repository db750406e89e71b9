/* How a text becomes words before the tokenizer splits it: spaces are inserted between them. */
#ifndef TEXT_SEGMENTATION_H
#define TEXT_SEGMENTATION_H

#include <stdbool.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "base/bytes.h"
#include "mood/text.h"

struct segmenter;

/* Of a call: an iterator belongs to one thread at a time. */
struct segment_buffers {
    UBreakIterator *words; /* NULL: not yet used */
    UText *text;
};

struct segmentation {
    const char *name;
    bool needs_iterator;
    /* Append the words of a text, which is valid UTF-8, to out, and make *text the result. Time is linear in the text's
     * size; the result has at most three times its size. NULL: the text stays as it is. False: out of memory. */
    bool (*apply)(const struct segmenter *segmenter, mood_text *text, struct segment_buffers *buffers,
                  struct bytes *out);
};

enum { SEGMENTATION_COUNT = 3 };
extern const struct segmentation segmentations[SEGMENTATION_COUNT];

/* NULL: there is none of that name. */
const struct segmentation *segmentation_find(const char *name);

struct segmenter {
    const struct segmentation *kind;
    struct bytes rules; /* of the word break iterator, compiled; empty: not needed */
    const char *kept;   /* characters that are words although they are punctuation */
};

/* False: ICU's data are missing, or out of memory. */
bool segmenter_init(struct segmenter *segmenter, const struct segmentation *kind, const char *kept);
void segmenter_free(struct segmenter *segmenter);

void segment_buffers_free(struct segment_buffers *buffers);

#endif
