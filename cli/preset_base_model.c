/* --preset auto: whether to use a shipped model as the base model (--from). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit_run.h"
#include "preset_base_model.h"
#include "shipped.h"

#define NAME "english-reviews"

const char *preset_base_model_candidate(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    bool english = training->fits_language && strcmp(training->script, "Latin") == 0;
    bool fixed = arguments->from || arguments->no_base_model || arguments->no_vectors || arguments->num_words_given ||
                 arguments->settings.given[PRESET_UNITS];
    if (!training->is_auto || fixed || !training_validates(training) || !english || !training->vectors.dim ||
        strcmp(arguments->vectors, training->shipped_vectors) != 0)
        return NULL;
    static char *path; /* not the name: a file in the current directory could have it */
    free(path);
    return path = shipped_file(NAME ".keras");
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

mood_status preset_choose_base_model(struct training *training, const char *candidate, struct fit_arguments *arguments,
                                     mood_error *err) {
    const struct common *common = &arguments->common;
    double without = NAN, with = NAN;
    mood_error problem = {0};
    print_note(common, "base model: training one epoch without and one with " NAME);
    mood_status status = train_epoch(training, &without, err);
    if (status != MOOD_OK)
        return status;
    if (try_candidate(arguments, candidate, &with, &problem) != MOOD_OK)
        print_note(common, "mood: warning: " NAME " can't be used: %s", problem.message);
    bool helps = with < without || (isnan(without) && !isnan(with));
    arguments->from = helps ? candidate : NULL;
    arguments->no_base_model = !helps;
    if (!*problem.message)
        print_note(common, "base model: %s; validation loss after one epoch: %.4f with " NAME ", %.4f without it",
                   helps ? NAME : "none", with, without);
    return MOOD_OK;
}
