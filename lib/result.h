/* A row of scores as JSON: the output of predict, of streams and of the page's text box. */
#ifndef RESULT_H
#define RESULT_H

#include "base/bytes.h"
#include "mood/model.h"

/* Parts that are the same for every record. */
struct result_writer {
    const mood_head *head; /* borrowed */
    char **labels;         /* [head->labels] as JSON strings */
    char *member;          /* the member that result_splice adds, as a JSON string; NULL: it is not called */
};

/* head is borrowed, and may change before the next row; labels [head->labels] are copied; member may be NULL.
 * Clear it on failure, too. Errors: MOOD_ERR_FORMAT (a label that is not UTF-8), MOOD_ERR_ARGUMENT (such a
 * member). */
mood_status result_writer_init(struct result_writer *writer, const mood_head *head, const char *const *labels,
                               const char *member, mood_error *err);
void result_writer_clear(struct result_writer *writer);

/* Append the JSON object of a row of scores [O], as mood_scorer_write_json describes it; label is mood_head_decide's.
 * False: out of memory. */
bool result_write(const struct result_writer *writer, const float *scores, size_t label, struct bytes *out);

/* Append the JSON object `value`, unchanged, with the result as its last member. It must have been parsed and have a
 * member: then its last byte besides white space is the closing brace. False: out of memory. */
bool result_splice(const struct result_writer *writer, mood_text value, const float *scores, size_t label,
                   struct bytes *out);

/* Whether all scores of a row are finite: JSON cannot express others. */
bool result_is_finite(const struct result_writer *writer, const float *scores);

#endif
