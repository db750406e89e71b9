/* Results as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/result.h"

static char *quote(const char *text) {
    json_t *string = json_string(text);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    json_decref(string);
    return quoted;
}

mood_status result_writer_init(struct result_writer *writer, const struct judge *judge, const char *member,
                               mood_error *err) {
    *writer = (struct result_writer){.judge = judge};
    writer->labels = calloc(judge->label_count, sizeof *writer->labels);
    if (!writer->labels)
        return error_no_memory(err);
    writer->member = quote(member);
    if (!writer->member)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the member's name '%s' is not UTF-8",
                              member);
    for (size_t i = 0; i < judge->label_count; i++) {
        writer->labels[i] = quote(judge->label(judge->user, i));
        if (!writer->labels[i])
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_FATAL, "the model's label %zu is not UTF-8", i);
    }
    return MOOD_OK;
}

void result_writer_clear(struct result_writer *writer) {
    for (size_t i = 0; writer->labels && i < writer->judge->label_count; i++)
        free(writer->labels[i]);
    free(writer->labels);
    free(writer->member);
    *writer = (struct result_writer){0};
}

static bool append(struct bytes *out, const char *text) {
    return bytes_append(out, text, strlen(text));
}

/* Nine digits read back as the same float; a point, whatever the locale. */
static bool append_score(struct bytes *out, float score) {
    char digits[32];
    int size = snprintf(digits, sizeof digits, "%.9g", (double)score);
    for (int i = 0; i < size; i++)
        if (!strchr("+-0123456789e", digits[i]))
            digits[i] = '.';
    return bytes_append(out, digits, (size_t)size);
}

bool result_is_finite(const struct result_writer *writer, const float *scores) {
    for (size_t i = 0; i < writer->judge->outputs; i++)
        if (!isfinite(scores[i]))
            return false;
    return true;
}

bool result_write(const struct result_writer *writer, const float *scores, struct bytes *out) {
    const struct judge *judge = writer->judge;
    size_t label = judge->decide(judge->user, scores);
    bool done = append(out, "{\"label\":") && append(out, writer->labels[label]) && append(out, ",\"score\":") &&
                append_score(out, scores[judge->outputs == 1 ? 0 : label]);
    for (size_t i = 0; judge->outputs > 2 && i < judge->outputs && done; i++)
        done = append(out, i == 0 ? ",\"scores\":{" : ",") && append(out, writer->labels[i]) && append(out, ":") &&
               append_score(out, scores[i]) && (i + 1 < judge->outputs || append(out, "}"));
    return done && append(out, "}");
}

bool result_splice(const struct result_writer *writer, mood_text value, const float *scores, struct bytes *out) {
    size_t brace = value.size;
    while (brace > 0 && value.data[brace - 1] != '}')
        brace--;
    if (brace == 0)
        return false;
    brace--;
    return bytes_append(out, value.data, brace) && append(out, ",") && append(out, writer->member) &&
           append(out, ":") && result_write(writer, scores, out) &&
           bytes_append(out, value.data + brace, value.size - brace);
}
