/* The rows for which a model's answer is wrong, as CSV. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evaluation.h"

/* ---- wrong answers --------------------------------------------------------------------------------- */

static bool wrong_label(const mood_head *head, const float *row, const float *y, size_t k) {
    return mood_head_applies(head, row, k) != (y[k] != 0.0f);
}

bool evaluation_is_wrong(const mood_head *head, const float *row, const float *y) {
    bool wrong = false;
    if (!head->multi_label)
        return mood_head_decide(head, row) != (size_t)*y;
    for (size_t k = 0; k < head->labels; k++)
        wrong = wrong || wrong_label(head, row, y, k);
    return wrong;
}

/* A wrong row. */
struct mistake {
    size_t row;
    float score, confidence; /* of the wrong answer; of a multi-label model, of the most confident one */
    float worse;             /* larger: listed first */
};

static struct mistake describe(const mood_head *head, const float *row, const float *y, size_t index) {
    size_t decided = mood_head_decide(head, row);
    struct mistake mistake = {.row = index};
    for (size_t k = 0; head->multi_label && k < head->labels; k++) {
        float confidence = mood_head_applies(head, row, k) ? row[k] : 1 - row[k];
        if (wrong_label(head, row, y, k) && confidence >= mistake.confidence)
            mistake = (struct mistake){index, row[k], confidence, confidence};
    }
    if (head->multi_label)
        return mistake;
    mistake.score = row[head->outputs == 1 ? 0 : decided];
    mistake.confidence = mood_head_label_score(head, row, decided);
    mistake.worse = mistake.confidence - mood_head_label_score(head, row, (size_t)*y);
    return mistake;
}

/* Worst first; equal ones in the order of the file. */
static int by_worse(const void *a, const void *b) {
    const struct mistake *left = a, *right = b;
    if (left->worse != right->worse)
        return left->worse < right->worse ? 1 : -1;
    return (left->row > right->row) - (left->row < right->row);
}

/* ---- CSV ------------------------------------------------------------------------------------------- */

static void print_quoted(FILE *file, const char *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '"')
            fputc('"', file);
        fputc(data[i], file);
    }
}

static void print_field(FILE *file, mood_text text) {
    bool quoted = text.size == 0;
    for (size_t i = 0; i < text.size; i++)
        quoted = quoted || strchr("\",\r\n", text.data[i]);
    if (!quoted) {
        fwrite(text.data, 1, text.size, file);
        return;
    }
    fputc('"', file);
    print_quoted(file, text.data, text.size);
    fputc('"', file);
}

/* The labels that apply to a row of scores; row NULL: those that are true. */
static void print_several(FILE *file, const struct evaluation *evaluation, const float *row, const float *y,
                          char separator) {
    bool first = true;
    fputc('"', file);
    for (size_t k = 0; k < evaluation->head->labels; k++) {
        const char *label = evaluation->recipe->labels[k];
        if (!(row ? mood_head_applies(evaluation->head, row, k) : y[k] != 0.0f))
            continue;
        if (!first)
            fputc(separator, file);
        print_quoted(file, label, strlen(label));
        first = false;
    }
    fputc('"', file);
}

static void print_labels(FILE *file, const struct evaluation *evaluation, const float *row, const float *y,
                         char separator) {
    if (evaluation->head->multi_label) {
        print_several(file, evaluation, row, y, separator);
        return;
    }
    const char *label = evaluation->recipe->labels[row ? mood_head_decide(evaluation->head, row) : (size_t)*y];
    print_field(file, (mood_text){label, strlen(label)});
}

static void print_mistake(FILE *file, const struct evaluation *evaluation, mood_text text, const float *row,
                          const float *y, const struct mistake *mistake, char separator) {
    print_field(file, text);
    fputc(',', file);
    print_labels(file, evaluation, NULL, y, separator);
    fputc(',', file);
    print_labels(file, evaluation, row, y, separator);
    fprintf(file, ",%.9g,", (double)mistake->score);
    if (evaluation->head->probabilities)
        fprintf(file, "%.9g", (double)mistake->confidence);
    fputc('\n', file);
}

/* ---- the file -------------------------------------------------------------------------------------- */

static mood_status write_all(const char *path, const struct evaluation *evaluation, const mood_text *texts,
                             const struct labelled *rows, const float *scores, const struct mistake *mistakes,
                             size_t count, char separator, mood_error *err) {
    FILE *file = fopen(path, "we");
    if (!file)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be written: %s", path, strerror(errno));
    fputs("text,label,predicted,score,confidence\n", file);
    for (size_t i = 0; i < count; i++) {
        size_t row = mistakes[i].row;
        print_mistake(file, evaluation, texts[row], scores + row * evaluation->head->outputs, rows->y + row * rows->O,
                      &mistakes[i], separator);
    }
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    if (failed)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be written: %s", path, strerror(errno));
    return MOOD_OK;
}

mood_status evaluation_write_errors(const char *path, const struct evaluation *evaluation, const mood_text *texts,
                                    const struct labelled *rows, const float *scores, char separator, size_t most,
                                    mood_error *err) {
    const mood_head *head = evaluation->head;
    struct mistake *mistakes = calloc(evaluation->wrong + 1, sizeof *mistakes);
    size_t count = 0;
    if (!mistakes)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    for (size_t i = 0; i < rows->n; i++)
        if (evaluation_is_wrong(head, scores + i * head->outputs, rows->y + i * rows->O))
            mistakes[count++] = describe(head, scores + i * head->outputs, rows->y + i * rows->O, i);
    qsort(mistakes, count, sizeof *mistakes, by_worse);
    mood_status status =
        write_all(path, evaluation, texts, rows, scores, mistakes, count < most ? count : most, separator, err);
    free(mistakes);
    return status;
}
