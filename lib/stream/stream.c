/* The public functions: a stream whose texts a mood_scorer, or a sequence of them, scores; and a replay of dead
 * letters. */
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "stream/loop.h"

/* The user of struct batch_scorer: the model in use. */
struct model_in_use {
    const mood_stream_options *options;
    mood_scorer *scorer;
    mood_head head;
    char **labels; /* [head.labels], copies: the first scorer may be closed when another one is compared with it */
    mood_sequence_counts *counts; /* [options->batch], of the texts of a batch */
};

static mood_status score(void *user, const mood_text *texts, size_t n, float *scores, mood_sequence_counts *sum,
                         mood_error *err) {
    struct model_in_use *model = user;
    if (!model->counts)
        model->counts = calloc(model->options->batch, sizeof *model->counts);
    if (!model->counts)
        return error_no_memory(err);
    mood_status status = mood_scorer_score_counted(model->scorer, texts, n, scores, model->counts, err);
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        sum->words += model->counts[i].words;
        sum->unknown += model->counts[i].unknown;
        sum->bad_bytes += model->counts[i].bad_bytes;
    }
    return status;
}

/* ---- another model ---------------------------------------------------------------------------------- */

/* A new model must have the same outputs and labels, because output format and statistics depend on them. */
static bool is_alike(const struct model_in_use *model, const mood_scorer *other) {
    const mood_head *head = mood_scorer_get_head(other);
    if (head->outputs != model->head.outputs || head->multi_label != model->head.multi_label ||
        head->probabilities != model->head.probabilities)
        return false;
    for (size_t i = 0; i < head->labels; i++)
        if (strcmp(mood_scorer_get_label(other, i), model->labels[i]) != 0)
            return false;
    return true;
}

static mood_status renew(struct batch_scorer *scorer, const mood_error *failure, mood_error *err) {
    struct model_in_use *model = scorer->user;
    mood_scorer *next = model->options->next_scorer(failure, model->options->user);
    if (!next && failure) {
        if (err)
            *err = *failure;
        return failure->status;
    }
    if (!next || next == model->scorer)
        return MOOD_OK;
    if (!is_alike(model, next))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the labels or outputs of the next scorer differ from those of the previous one");
    model->scorer = next;
    scorer->head = model->head = *mood_scorer_get_head(next); /* another temperature or threshold */
    scorer->digest = mood_scorer_get_digest(next);
    return MOOD_OK;
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

static mood_status model_init(struct model_in_use *model, const mood_stream_options *options, mood_error *err) {
    size_t count = mood_scorer_get_labels(options->scorer);
    *model = (struct model_in_use){
        .options = options, .scorer = options->scorer, .head = *mood_scorer_get_head(options->scorer)};
    model->labels = calloc(count, sizeof *model->labels);
    for (size_t i = 0; model->labels && i < count; i++)
        if (!(model->labels[i] = strdup(mood_scorer_get_label(options->scorer, i))))
            return error_no_memory(err);
    return model->labels ? MOOD_OK : error_no_memory(err);
}

static void model_clear(struct model_in_use *model) {
    for (size_t i = 0; model->labels && i < model->head.labels; i++)
        free(model->labels[i]);
    free(model->labels);
    free(model->counts);
}

mood_status mood_stream_run(const mood_stream_options *options, mood_stream_end *end, mood_error *err) {
    struct model_in_use model;
    if (end)
        *end = MOOD_STREAM_FAILED;
    if (!options || options->size != sizeof *options || !options->scorer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the options are not a mood_stream_options of this library's version with a scorer");
    mood_status status = model_init(&model, options, err);
    struct batch_scorer scorer = {
        .user = &model,
        .head = model.head,
        .labels = (const char *const *)model.labels,
        .digest = mood_scorer_get_digest(options->scorer),
        .score = score,
        .renew = options->next_scorer ? renew : NULL,
    };
    if (status == MOOD_OK)
        status = stream_run(options, &scorer, NULL, end, err);
    model_clear(&model);
    return status;
}

/* ---- replay ----------------------------------------------------------------------------------------------- */

mood_status mood_stream_replay(const mood_stream_options *options, const mood_replay *replay, mood_stream_end *end,
                               mood_error *err) {
    static const char *const no_labels[] = {"", ""};
    struct batch_scorer none = {.head = {.outputs = 1, .labels = 2}, .labels = no_labels, .digest = ""};
    if (end)
        *end = MOOD_STREAM_FAILED;
    if (!options || options->size != sizeof *options || !replay || replay->size != sizeof *replay || !replay->id ||
        !*replay->id)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the options are not a mood_stream_options and a mood_replay, with an id, of this "
                              "library's version");
    mood_stream_options replaying = *options;
    replaying.format = MOOD_FORMAT_TEXT;
    replaying.keep = false;
    replaying.on_error = MOOD_ON_ERROR_STOP; /* skipping one would lose it */
    return stream_run(&replaying, &none, replay, end, err);
}
