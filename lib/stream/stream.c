/* The public side: a stream whose texts a mood_scorer scores, and one that puts back what fell out of it. */
#include "stream/run.h"

static mood_status score(void *user, const mood_text *texts, size_t n, float *scores, mood_sequence_counts *counts,
                         mood_error *err) {
    return mood_scorer_score_counted(user, texts, n, scores, counts, err);
}

static size_t decide(void *user, const float *scores) {
    return mood_scorer_decide(user, scores);
}

static const char *label(void *user, size_t index) {
    return mood_scorer_get_label(user, index);
}

mood_status mood_stream_run(const mood_stream_options *options, mood_stream_end *end, mood_error *err) {
    if (!options || options->size != sizeof *options || !options->scorer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the options are not a mood_stream_options of this library's version with a scorer");
    mood_scorer *scorer = options->scorer;
    const struct judge judge = {
        .user = scorer,
        .outputs = mood_scorer_get_outputs(scorer),
        .label_count = mood_scorer_get_labels(scorer),
        .digest = mood_scorer_get_digest(scorer),
        .score = score,
        .decide = decide,
        .label = label,
    };
    return stream_run(options, &judge, NULL, end, err);
}

static const char *nameless(void *user, size_t index) {
    (void)user, (void)index;
    return "";
}

mood_status mood_stream_replay(const mood_stream_options *options, const mood_replay *replay, mood_stream_end *end,
                               mood_error *err) {
    static const struct judge nobody = {.outputs = 1, .label_count = 1, .digest = "", .label = nameless};
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
