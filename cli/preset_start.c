/* --preset auto: whether to start with a shipped model (--from). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit_run.h"
#include "preset_start.h"
#include "shipped.h"

const char *preset_start_candidate(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    bool english = training->fits_language && strcmp(training->script, "Latin") == 0;
    bool fixed = arguments->from || arguments->no_start || arguments->no_vectors || arguments->num_words_given ||
                 arguments->settings.given[PRESET_UNITS];
    if (!training->is_auto || fixed || !training_validates(training) || !english || !training->vectors.values ||
        strcmp(arguments->vectors, training->shipped_vectors) != 0)
        return NULL;
    char *file = shipped_file("english-reviews.keras");
    free(file);
    return file ? "english-reviews" : NULL;
}

/* The loss on the validation rows after one epoch; NaN: training diverged. */
static mood_status train_epoch(struct training *training, double *loss, mood_error *err) {
    mood_history *history = NULL;
    training->arguments->epochs = 1;
    mood_status status = fit_run(training, (mood_fit_options)MOOD_FIT_OPTIONS, &history, err);
    if (status == MOOD_OK)
        *loss = history->count ? mood_metrics_get(history->epochs[0].metrics, "val_loss") : NAN;
    mood_history_destroy(history);
    return status;
}

static mood_status try_candidate(const struct fit_arguments *arguments, const char *candidate, double *loss,
                                 mood_error *err) {
    struct fit_arguments copy = *arguments;
    struct training training = {.arguments = &copy};
    copy.from = candidate;
    copy.common.quiet = true;
    mood_status status = training_prepare(&training, err);
    if (status == MOOD_OK)
        status = train_epoch(&training, loss, err);
    training_destroy(&training);
    return status;
}

mood_status preset_choose_start(struct training *training, const char *candidate, struct fit_arguments *arguments,
                                mood_error *err) {
    double without = NAN, with = NAN;
    mood_status status = train_epoch(training, &without, err);
    if (status == MOOD_OK)
        status = try_candidate(arguments, candidate, &with, err);
    if (status != MOOD_OK)
        return status;
    bool helps = with < without;
    arguments->from = helps ? candidate : NULL;
    arguments->no_start = !helps;
    print_note(&arguments->common, "start: %s; the validation loss after one epoch is %.4f with %s and %.4f without it",
               helps ? candidate : "none", with, candidate, without);
    return MOOD_OK;
}
