/* A row of scores as JSON: the record that predict, streams and the page's box give. */
#ifndef RESULT_H
#define RESULT_H

#include "mood/model.h"
#include "text/bytes.h"

/* Parts that are the same for every record. */
struct result_writer {
    mood_head head;
    char **labels; /* [head.labels] as JSON strings */
    char *member;  /* the member that result_splice adds, as a JSON string; NULL: it is not called */
};

/* labels [head->labels]; member may be NULL. Clear it on failure, too. Errors: MOOD_ERR_FORMAT (a label that is not
 * UTF-8), MOOD_ERR_ARGUMENT (such a member). */
mood_status result_writer_init(struct result_writer *writer, const mood_head *head, const char *const *labels,
                               const char *member, mood_error *err);
void result_writer_clear(struct result_writer *writer);

/* Append the JSON object of a row of scores [O], as mood_scorer_write_json describes it. False: out of memory. */
bool result_write(const struct result_writer *writer, const float *scores, struct bytes *out);

/* Append the JSON object `value`, whose bytes stay as they are, with the result as its last member. It has
 * been parsed, and a text was found in it: its last byte but white space is its closing brace, and there is a
 * member before that. False: out of memory. */
bool result_splice(const struct result_writer *writer, mood_text value, const float *scores, struct bytes *out);

/* Whether each of a row's scores is a number: NaN has no place in JSON. */
bool result_is_finite(const struct result_writer *writer, const float *scores);

#endif
