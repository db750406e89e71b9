/* The output of mood fit: facts about the data, and the trained model. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "fit_run.h"
#include "output.h"
#include "preset.h"
#include "terminal.h"

/* The words of the texts that have a row in the Embedding; row 0 is padding, and row 1 of a TextVectorization [UNK]. */
static size_t words_with_ids(const struct training *training) {
    size_t words = mood_tokenizer_count_words(training->words);
    size_t others = mood_tokenizer_is_text_vectorization(training->words) ? 2 : 1;
    return words + others < training->vectors.rows ? words : training->vectors.rows - others;
}

static void print_labels(const struct training *training) {
    const struct common *common = &training->arguments->common;
    const mood_recipe *recipe = &training->recipe;
    const char *positive = mood_dataset_get_positive(training->data);
    size_t n = mood_dataset_get_count(training->data), rows = training_rows(training);
    print_note(common, "%zu rows: %zu for training, %zu for validation", n, rows,
               training->validation_data ? mood_dataset_get_count(training->validation_data) : n - rows);
    if (training->vectors.dim)
        print_note(common, "word vectors: %zu numbers each, for %zu of %zu words, %zu of them under another spelling",
                   training->vectors.dim, training->vectors.found, words_with_ids(training),
                   training->vectors.other_spellings);
    if (training->separator)
        print_note(common, "labels: %zu, from %s to %s, any number of them per row", recipe->label_count,
                   recipe->labels[0], recipe->labels[recipe->label_count - 1]);
    else if (recipe->label_count == 2)
        print_note(common, "labels: %s and %s; positive class: '%s'", recipe->labels[0], recipe->labels[1],
                   positive ? positive : recipe->labels[1]);
    else
        print_note(common, "labels: %zu, from %s to %s", recipe->label_count, recipe->labels[0],
                   recipe->labels[recipe->label_count - 1]);
}

/* What is in the data, and what was chosen. */
mood_status fit_print_data(const struct training *training, mood_error *err) {
    print_labels(training);
    if (!training->is_auto && !training->arguments->dry_run)
        return MOOD_OK;
    mood_status status = data_report_print(&training->arguments->common, training->data, training->sorted, err);
    if (status == MOOD_OK && training->is_auto)
        preset_print(training);
    return status;
}

static void add_metrics(json_t *epoch, const mood_metrics *metrics) {
    for (size_t i = 0; i < mood_metrics_count(metrics); i++) {
        double value = mood_metrics_value_at(metrics, i);
        json_object_set_new(epoch, mood_metrics_name_at(metrics, i), isfinite(value) ? json_real(value) : json_null());
    }
}

mood_status fit_print_json(const struct training *training, const mood_history *history, mood_error *err) {
    const mood_recipe *recipe = &training->recipe;
    json_t *labels = json_array(), *epochs = json_array();
    for (size_t k = 0; k < recipe->label_count; k++)
        json_array_append_new(labels, json_string(recipe->labels[k]));
    for (size_t i = 0; i < history->count; i++) {
        const mood_epoch *line = &history->epochs[i];
        json_t *epoch = json_pack("{sI sf}", "epoch", (json_int_t)line->epoch, "seconds", line->seconds);
        add_metrics(epoch, line->metrics);
        json_array_append_new(epochs, epoch);
    }
    unsigned scores = recipe_optional_settings(recipe);
    json_t *temperature = scores & MOOD_RECIPE_TEMPERATURE ? json_real(recipe->temperature) : NULL;
    json_t *threshold = scores & MOOD_RECIPE_THRESHOLD ? json_real((double)recipe->threshold) : NULL;
    json_t *report = json_pack("{ss ss* so ss* so* so* sI so}", "model", training->arguments->output, "from",
                               training->base.path, "labels", labels, "positive",
                               recipe->label_count == 2 && !training->separator ? recipe->labels[1] : NULL,
                               "temperature", temperature, "threshold", threshold, "params",
                               (json_int_t)mood_model_count_params(training->model), "history", epochs);
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

/* The first epoch with the best value of the metric, from 0. */
static size_t best_epoch(const struct save_best *best, const mood_history *history) {
    size_t found = 0;
    for (size_t i = 1; i < history->count; i++)
        if (best->direction * (mood_metrics_get(history->epochs[i].metrics, best->monitor) -
                               mood_metrics_get(history->epochs[found].metrics, best->monitor)) >
            0)
            found = i;
    return found;
}

void fit_print_saved(const struct training *training, const struct save_best *best, const mood_history *history,
                     bool interrupted) {
    const struct fit_arguments *arguments = training->arguments;
    const struct common *common = &arguments->common;
    if (history->stopped && !interrupted)
        print_note(common, "early stopping after epoch %zu: %s did not improve (patience %zu)", history->count,
                   best->monitor, arguments->early_stopping);
    if (best->saved || arguments->early_stopping_given)
        print_note(common, "%s: the weights of epoch %zu, which has the best %s", arguments->output,
                   (best->saved ? best->epoch : best_epoch(best, history)) + 1, best->monitor);
    fit_scores_print(training);
    print_note(common, "%s: %zu parameters", arguments->output, mood_model_count_params(training->model));
}
