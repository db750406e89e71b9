/* The public side: a stream whose texts a mood_scorer scores. */
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
    return stream_run(options, &judge, end, err);
}
