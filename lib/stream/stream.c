/* The public side: a stream whose texts a mood_scorer scores, or one after the other; and one that puts back what fell
 * out of it. */
#include <stdlib.h>
#include <string.h>

#include "stream/run.h"

/* The judge's user. */
struct source {
    const mood_stream_options *options;
    mood_scorer *scorer;
    mood_head head;
    char **labels; /* [head.labels] copies: the first scorer may be gone when another one is compared with it */
    mood_sequence_counts *counts; /* [options->batch], of a batch's texts */
};

static mood_status score(void *user, const mood_text *texts, size_t n, float *scores, mood_sequence_counts *sum,
                         mood_error *err) {
    struct source *source = user;
    if (!source->counts)
        source->counts = calloc(source->options->batch, sizeof *source->counts);
    if (!source->counts)
        return error_no_memory(err);
    mood_status status = mood_scorer_score_counted(source->scorer, texts, n, scores, source->counts, err);
    for (size_t i = 0; i < n && status == MOOD_OK; i++) {
        sum->words += source->counts[i].words;
        sum->unknown += source->counts[i].unknown;
        sum->bad_bytes += source->counts[i].bad_bytes;
    }
    return status;
}

/* ---- one after the other ---------------------------------------------------------------------------------- */

/* Records keep their form, and counts their labels. */
static bool is_alike(const struct source *source, const mood_scorer *other) {
    const mood_head *head = mood_scorer_get_head(other);
    if (head->outputs != source->head.outputs || head->multi_label != source->head.multi_label ||
        head->probabilities != source->head.probabilities)
        return false;
    for (size_t i = 0; i < head->labels; i++)
        if (strcmp(mood_scorer_get_label(other, i), source->labels[i]) != 0)
            return false;
    return true;
}

static mood_status renew(struct judge *judge, const mood_error *failure, mood_error *err) {
    struct source *source = judge->user;
    mood_scorer *next = source->options->next_scorer(failure, source->options->user);
    if (!next && failure) {
        if (err)
            *err = *failure;
        return failure->status;
    }
    if (!next || next == source->scorer)
        return MOOD_OK;
    if (!is_alike(source, next))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the labels or outputs of the next scorer differ from those of the previous one");
    source->scorer = next;
    judge->digest = mood_scorer_get_digest(next);
    return MOOD_OK;
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

static mood_status source_init(struct source *source, const mood_stream_options *options, mood_error *err) {
    size_t count = mood_scorer_get_labels(options->scorer);
    *source =
        (struct source){.options = options, .scorer = options->scorer, .head = *mood_scorer_get_head(options->scorer)};
    source->labels = calloc(count, sizeof *source->labels);
    for (size_t i = 0; source->labels && i < count; i++)
        if (!(source->labels[i] = strdup(mood_scorer_get_label(options->scorer, i))))
            return error_no_memory(err);
    return source->labels ? MOOD_OK : error_no_memory(err);
}

static void source_clear(struct source *source) {
    for (size_t i = 0; source->labels && i < source->head.labels; i++)
        free(source->labels[i]);
    free(source->labels);
    free(source->counts);
}

mood_status mood_stream_run(const mood_stream_options *options, mood_stream_end *end, mood_error *err) {
    struct source source;
    if (end)
        *end = MOOD_STREAM_FAILED;
    if (!options || options->size != sizeof *options || !options->scorer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the options are not a mood_stream_options of this library's version with a scorer");
    mood_status status = source_init(&source, options, err);
    struct judge judge = {
        .user = &source,
        .head = source.head,
        .labels = (const char *const *)source.labels,
        .digest = mood_scorer_get_digest(options->scorer),
        .score = score,
        .renew = options->next_scorer ? renew : NULL,
    };
    if (status == MOOD_OK)
        status = stream_run(options, &judge, NULL, end, err);
    source_clear(&source);
    return status;
}

/* ---- putting back ----------------------------------------------------------------------------------------------- */

mood_status mood_stream_replay(const mood_stream_options *options, const mood_replay *replay, mood_stream_end *end,
                               mood_error *err) {
    static const char *const no_labels[] = {"", ""};
    struct judge nobody = {.head = {.outputs = 1, .labels = 2}, .labels = no_labels, .digest = ""};
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
    replaying.on_error = MOOD_ON_ERROR_STOP; /* none is left out: it would be lost */
    return stream_run(&replaying, &nobody, replay, end, err);
}
