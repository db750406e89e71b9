/* Results as JSON: what comes out of a stream. */
#ifndef STREAM_RESULT_H
#define STREAM_RESULT_H

#include "mood/stream.h"
#include "stream/judge.h"
#include "text/bytes.h"

/* Parts that are the same for every record. */
struct result_writer {
    const struct judge *judge;
    char **labels; /* [judge->label_count] as JSON strings */
    char *member;  /* the member of --keep, as a JSON string */
};

mood_status result_writer_init(struct result_writer *writer, const struct judge *judge, const char *member,
                               mood_error *err);
void result_writer_clear(struct result_writer *writer);

/* Append {"label":…,"score":…} for a row of scores [O]; with more than two classes also "scores". False: out
 * of memory. */
bool result_write(const struct result_writer *writer, const float *scores, struct bytes *out);

/* Append the JSON object `value`, whose bytes stay as they are, with the result as its last member. It has
 * been parsed, and a text was found in it: its last byte but white space is its closing brace, and there is a
 * member before that. */
bool result_splice(const struct result_writer *writer, mood_text value, const float *scores, struct bytes *out);

/* Whether each of a row's scores is a number: NaN has no place in JSON. */
bool result_is_finite(const struct result_writer *writer, const float *scores);

#endif
