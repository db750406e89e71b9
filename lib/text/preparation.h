/* The preparation of a text for a tokenizer: cleaning steps, then a segmentation. */
#ifndef TEXT_PREPARATION_H
#define TEXT_PREPARATION_H

#include "text/clean/step.h"
#include "text/segmentation.h"

struct preparation {
    const struct clean_step *steps[CLEAN_STEP_COUNT]; /* in the order in which they are applied */
    size_t count;
    struct segmenter segmenter;
    char names[512]; /* of the steps, separated by commas */
    char tokens[16]; /* the characters that the steps make tokens */
};

/* Reused for all texts of a call. */
struct preparation_buffers {
    struct bytes text[2];
    struct clean_buffers clean;
    struct segment_buffers segment;
};

#define NO_SEGMENTATION "words"

/* *preparation is new; NULL if there are no steps, and the segmentation is "words". Errors: MOOD_ERR_UNSUPPORTED (an
 * unknown name; the message lists the known ones), MOOD_ERR_ARGUMENT (a step is there twice). */
mood_status preparation_create(const char *const *names, size_t count, const char *segment,
                               struct preparation **preparation, mood_error *err);
void preparation_destroy(struct preparation *preparation); /* NULL is allowed */

/* Prepare a text, which is valid UTF-8; the result is, too. *text is valid until buffers are used again. Errors:
 * MOOD_ERR_UNSUPPORTED if it has more than LARGEST_TEXT bytes after a step. */
mood_status preparation_apply(const struct preparation *preparation, mood_text *text,
                              struct preparation_buffers *buffers, mood_error *err);
void preparation_buffers_free(struct preparation_buffers *buffers);

#endif
