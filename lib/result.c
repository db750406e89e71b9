/* A row of scores as JSON. */
#include "result.h"
#include "base/errors.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *quote(const char *text) {
    json_t *string = json_string(text);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    json_decref(string);
    return quoted;
}

mood_status result_writer_init(struct result_writer *writer, const mood_head *head, const char *const *labels,
                               const char *member, mood_error *err) {
    *writer = (struct result_writer){.head = head};
    writer->labels = calloc(head->labels, sizeof *writer->labels);
    if (!writer->labels)
        return error_no_memory(err);
    writer->member = member ? quote(member) : NULL;
    if (member && !writer->member)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the member's name '%s' is not UTF-8", member);
    for (size_t i = 0; i < head->labels; i++) {
        writer->labels[i] = quote(labels[i]);
        if (!writer->labels[i])
            return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_FATAL, "the model's label %zu is not UTF-8", i);
    }
    return MOOD_OK;
}

void result_writer_clear(struct result_writer *writer) {
    for (size_t i = 0; writer->labels && i < writer->head->labels; i++)
        free(writer->labels[i]);
    free(writer->labels);
    free(writer->member);
    *writer = (struct result_writer){0};
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

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

static bool append_scores(const struct result_writer *writer, const float *scores, struct bytes *out) {
    bool done = append(out, "\"scores\":{");
    for (size_t i = 0; i < writer->head->labels && done; i++)
        done = append(out, i ? "," : "") && append(out, writer->labels[i]) && append(out, ":") &&
               append_score(out, mood_head_label_score(writer->head, scores, i));
    return done && append(out, "}");
}

static bool write_multi_label(const struct result_writer *writer, const float *scores, struct bytes *out) {
    bool done = append(out, "{\"labels\":["), first = true;
    for (size_t i = 0; i < writer->head->labels && done; i++)
        if (mood_head_applies(writer->head, scores, i)) {
            done = append(out, first ? "" : ",") && append(out, writer->labels[i]);
            first = false;
        }
    return done && append(out, "],") && append_scores(writer, scores, out) && append(out, "}");
}

static bool write_one_label(const struct result_writer *writer, const float *scores, size_t label, struct bytes *out) {
    const mood_head *head = writer->head;
    bool done = append(out, "{\"label\":") && append(out, writer->labels[label]) && append(out, ",\"score\":") &&
                append_score(out, scores[head->outputs == 1 ? 0 : label]);
    if (done && head->probabilities)
        done = append(out, ",\"confidence\":") && append_score(out, mood_head_label_score(head, scores, label));
    if (done && (head->probabilities || head->outputs > 1))
        done = append(out, ",") && append_scores(writer, scores, out);
    return done && append(out, "}");
}

bool result_write(const struct result_writer *writer, const float *scores, size_t label, struct bytes *out) {
    return writer->head->multi_label ? write_multi_label(writer, scores, out)
                                     : write_one_label(writer, scores, label, out);
}

bool result_splice(const struct result_writer *writer, mood_text value, const float *scores, size_t label,
                   struct bytes *out) {
    size_t brace = value.size;
    while (brace > 0 && value.data[brace - 1] != '}')
        brace--;
    if (brace == 0)
        return false;
    brace--;
    return bytes_append(out, value.data, brace) && append(out, ",") && append(out, writer->member) &&
           append(out, ":") && result_write(writer, scores, label, out) &&
           bytes_append(out, value.data + brace, value.size - brace);
}

bool result_is_finite(const struct result_writer *writer, const float *scores) {
    for (size_t i = 0; i < writer->head->outputs; i++)
        if (!isfinite(scores[i]))
            return false;
    return true;
}
