/* The search of mood tune. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "tune_search.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- trials ---------------------------------------------------------------------------------------------------- */

static bool make_room(struct tune_search *search) {
    size_t capacity = search->capacity ? 2 * search->capacity : 16;
    if (search->count < search->capacity)
        return true;
    struct tune_settings *settings = reallocarray(search->settings, capacity, sizeof *settings);
    search->settings = settings ? settings : search->settings;
    struct asha_trial *trials = reallocarray(search->trials, capacity, sizeof *trials);
    search->trials = trials ? trials : search->trials;
    struct tune_result *results = reallocarray(search->results, capacity, sizeof *results);
    search->results = results ? results : search->results;
    if (!settings || !trials || !results)
        return false;
    search->capacity = capacity;
    return true;
}

/* The settings that a new trial varies: in turn the defaults and the best settings that have finished the last rung. */
static const struct tune_settings *find_parent(const struct tune_search *search) {
    size_t last = search->plan->asha.rungs - 1, best = 0;
    for (size_t i = 1; i < search->count && search->count % 2 == 0; i++)
        if (search->trials[i].finished > last && search->trials[i].scores[last] > search->trials[best].scores[last])
            best = i;
    return &search->settings[best];
}

/* The next job; a new trial is added. *found is false if nothing is left to do. */
static mood_status next_job(struct tune_search *search, struct asha_job *job, bool *found, mood_error *err) {
    const struct tune_arguments *arguments = search->plan->arguments;
    struct tune_settings settings = {0};
    bool more = !search->exhausted && search->count < arguments->trials && search->count < TUNE_MOST_TRIALS;
    *found = asha_next(&search->plan->asha, search->trials, search->count, more, job);
    if (!*found || job->trial < search->count)
        return MOOD_OK;
    if (search->count > 0 && !tune_space_draw(search->space, arguments->seed, find_parent(search), search->settings,
                                              search->count, &settings)) {
        search->exhausted = true;
        return next_job(search, job, found, err);
    }
    if (!make_room(search))
        return no_memory(err);
    search->settings[search->count] = settings;
    search->trials[search->count] = (struct asha_trial){0};
    search->results[search->count++] = (struct tune_result){0};
    return MOOD_OK;
}

static double mean_score(const struct tune_search *search, const struct tune_result *result) {
    double mean = asha_mean(result->scores, result->parts);
    return search->plan->metric == TUNE_LOG_LOSS ? -mean : mean; /* larger is better */
}

/* Keep the result of a job. */
static void finish_job(struct tune_search *search, const struct asha_job *job, const struct tune_result *result) {
    double score = mean_score(search, result);
    bool last = job->rung + 1 == search->plan->asha.rungs;
    search->trials[job->trial].finished = job->rung + 1;
    search->trials[job->trial].scores[job->rung] = score;
    search->results[job->trial] = *result;
    double best = search->plan->metric == TUNE_LOG_LOSS ? -search->progress.best : search->progress.best;
    if (last && (isnan(best) || score > best))
        search->progress.best = search->plan->metric == TUNE_LOG_LOSS ? -score : score;
}

/* ---- output ---------------------------------------------------------------------------------------------------- */

/* The difference of the mean score to that of the defaults on the same rows; NAN: they were trained for more epochs. */
static double find_difference(const struct tune_search *search, const struct asha_job *job,
                              const struct tune_result *result) {
    bool comparable = search->plan->folds > 1 || job->rung + 1 == search->plan->asha.rungs;
    return comparable && job->trial > 0
               ? asha_mean(result->scores, result->parts) - asha_mean(search->results[0].scores, result->parts)
               : NAN;
}

/* "Trial 3 - folds: 2 - accuracy: 0.8712 - … - difference: +0.0021 - 51s - --batch-size=64 --preset=auto:units=32" */
static void print_result(const struct tune_search *search, const struct asha_job *job, const struct tune_result *result,
                         const struct command_line *options) {
    const struct common *common = &search->plan->arguments->common;
    FILE *out = common->json ? stderr : stdout;
    if (common->quiet)
        return;
    tune_progress_clear(&search->progress);
    const struct tune_rung *rung = &search->plan->rungs[job->rung];
    fprintf(out, search->plan->folds > 1 ? "Trial %zu - folds: %zu" : "Trial %zu - epochs: %zu", job->trial + 1,
            search->plan->folds > 1 ? rung->folds : rung->epochs);
    if (isnan(result->figures[TUNE_LOG_LOSS]))
        fputs(" - diverged", out);
    for (size_t i = 0; i < TUNE_METRIC_COUNT && !isnan(result->figures[i]); i++)
        fprintf(out, " - %s: %.4f", tune_metric_names[i], result->figures[i]);
    double difference = find_difference(search, job, result);
    if (!isnan(difference))
        fprintf(out, " - difference: %+.4f", difference);
    fprintf(out, " - %.1fs - ", result->seconds);
    if (job->trial == 0)
        fputs("defaults", out);
    else
        command_line_print(out, options, 0);
    fputc('\n', out);
    fflush(out);
}

/* ---- jobs ------------------------------------------------------------------------------------------------------ */

static json_t *words_json(const struct command_line *line) {
    json_t *list = json_array();
    for (size_t i = 0; i < line->count; i++)
        json_array_append_new(list, json_string(line->words[i]));
    return list;
}

/* If early stopping has ended all trainings of the rung before, more epochs give the same models. */
static bool is_known(const struct tune_search *search, const struct asha_job *job) {
    return search->plan->folds == 1 && job->rung > 0 && job->trial > 0 && search->results[job->trial].stopped;
}

/* Take a job's result from the log. */
static mood_status take_line(struct tune_search *search, const struct asha_job *job, const json_t *options, bool *taken,
                             mood_error *err) {
    struct tune_line line;
    const struct tune_rung *rung = &search->plan->rungs[job->rung];
    mood_status status = tune_log_read(&search->log, &line, taken, err);
    if (status == MOOD_OK && *taken &&
        (line.trial != job->trial + 1 || line.folds != rung->folds || line.epochs != rung->epochs ||
         line.result.parts != rung->parts || !json_equal(line.options, options)))
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                                "%s:%zu: this is not the result that follows those before it (trial %zu, folds %zu, "
                                "epochs %zu); give another file with --log, or remove this one to start again",
                                search->log.path, search->log.line, job->trial + 1, rung->folds, rung->epochs);
    if (status == MOOD_OK && *taken) {
        search->progress.used += line.result.seconds;
        finish_job(search, job, &line.result);
    }
    json_decref(line.options);
    return status;
}

/* Train, and write the result to the log. */
static mood_status run_trial(struct tune_search *search, const struct asha_job *job, const struct command_line *options,
                             json_t *words, bool *finished, mood_error *err) {
    const struct tune_rung *rung = &search->plan->rungs[job->rung];
    struct tune_result result = search->results[job->trial];
    mood_status status = MOOD_OK;
    *finished = true;
    search->progress.trial = job->trial + 1;
    if (is_known(search, job))
        result.seconds = 0;
    else
        status = tune_train(search->plan, options, rung, &search->progress, &result, finished, err);
    if (status != MOOD_OK || !*finished)
        return status;
    const struct tune_line line = {
        .trial = job->trial + 1, .folds = rung->folds, .epochs = rung->epochs, .options = words, .result = result};
    status = tune_log_write(&search->log, &line, err);
    finish_job(search, job, &result);
    print_result(search, job, &result, options);
    return status;
}

/* *going_on is false if the search has to end. */
static mood_status run_job(struct tune_search *search, const struct asha_job *job, bool *going_on, mood_error *err) {
    struct command_line options = {0};
    bool taken = false;
    json_t *words = NULL;
    mood_status status = MOOD_OK;
    if (!tune_space_options(search->space, &search->settings[job->trial], &options) || !(words = words_json(&options)))
        status = no_memory(err);
    if (status == MOOD_OK)
        status = take_line(search, job, words, &taken, err);
    *going_on = status == MOOD_OK && (taken || !tune_progress_ended(&search->progress));
    if (*going_on && !taken)
        status = run_trial(search, job, &options, words, going_on, err);
    json_decref(words);
    command_line_clear(&options);
    return status;
}

mood_status tune_search_run(struct tune_search *search, mood_error *err) {
    const struct tune_arguments *arguments = search->plan->arguments;
    struct asha_job job;
    bool going_on = true;
    mood_status status = MOOD_OK;
    tune_progress_start(&search->progress, &arguments->common, 60 * arguments->minutes, arguments->trials);
    while (status == MOOD_OK && going_on) {
        status = next_job(search, &job, &going_on, err);
        if (status == MOOD_OK && going_on)
            status = run_job(search, &job, &going_on, err);
    }
    tune_progress_clear(&search->progress);
    return status;
}

void tune_search_release(struct tune_search *search) {
    tune_log_close(&search->log);
    free(search->settings);
    free(search->trials);
    free(search->results);
}

/* ---- the choice ------------------------------------------------------------------------------------------------ */

bool tune_search_choose(const struct tune_search *search, struct asha_choice *choice) {
    size_t rungs = search->plan->asha.rungs, parts = search->plan->rungs[rungs - 1].parts, count = 0;
    double(*scores)[ASHA_MOST_PARTS] = calloc(search->count + 1, sizeof *scores);
    size_t *trials = calloc(search->count + 1, sizeof *trials);
    bool found = scores && trials && search->count > 0 && search->trials[0].finished == rungs;
    for (size_t i = 0; i < search->count && found; i++) {
        if (search->trials[i].finished < rungs)
            continue;
        for (size_t p = 0; p < parts; p++)
            scores[count][p] = search->plan->metric == TUNE_LOG_LOSS ? -search->results[i].scores[p]
                                                                     : search->results[i].scores[p];
        trials[count++] = i;
    }
    if (found) {
        *choice = asha_choose((const double(*)[ASHA_MOST_PARTS])scores, count, parts);
        choice->trial = trials[choice->trial];
        choice->best = trials[choice->best];
    }
    free(scores);
    free(trials);
    return found;
}

json_t *tune_search_head(const struct tune_plan *plan, const struct tune_space *space, const struct tune_facts *facts) {
    json_t *rungs = json_array(), *given = words_json(&plan->arguments->given), *values = tune_space_json(space);
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)plan->arguments->seed);
    for (size_t i = 0; i < plan->asha.rungs; i++)
        json_array_append_new(rungs, json_integer((json_int_t)plan->rungs[i].epochs));
    return json_pack("{ss ss ss so ss so ss so sI ss}", "mood", mood_version(), "data", facts->digest, "validation",
                     facts->validation_digest, "options", given, "preset",
                     plan->arguments->preset ? plan->arguments->preset : "", "space", values, "seed", seed, "epochs",
                     rungs, "folds", (json_int_t)plan->folds, "metric", tune_metric_names[plan->metric]);
}
