/* A run of mood tune: from the data to the model's file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupt.h"
#include "output.h"
#include "preset.h"
#include "terminal.h"
#include "tune_search.h"

enum { VALIDATION_PARTS = 5 }; /* parts of the validation rows, which estimate the standard error of the metric */

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- before the search ------------------------------------------------------------------------------------------ */

static mood_status check_files(const struct tune_arguments *arguments, mood_error *err) {
    const char *const inputs[] = {arguments->data, arguments->validation, arguments->output};
    mood_status status = check_not_input("-o", arguments->output, inputs, 2, err);
    if (status == MOOD_OK)
        status = check_not_input("--log", arguments->log, inputs, 3, err);
    return status == MOOD_OK ? check_writable(arguments->output, err) : status;
}

static void make_plan(const struct tune_arguments *arguments, const struct tune_facts *facts, struct tune_plan *plan) {
    bool large = facts->rows >= PRESET_MANY_ROWS;
    *plan = (struct tune_plan){
        .arguments = arguments,
        .metric = arguments->metric_given               ? arguments->metric
                  : facts->uneven || facts->multi_label ? TUNE_MACRO_F1
                                                        : TUNE_ACCURACY,
        .folds = arguments->folds ? arguments->folds
                 : large          ? 1
                                  : TUNE_DEFAULT_FOLDS,
        .asha = {.reduction = TUNE_REDUCTION},
    };
    size_t rungs[ASHA_MOST_RUNGS];
    plan->asha.rungs = asha_rungs(plan->folds > 1 ? plan->folds : arguments->epochs, rungs);
    for (size_t i = 0; i < plan->asha.rungs; i++)
        plan->rungs[i] = plan->folds > 1
                             ? (struct tune_rung){.folds = rungs[i], .epochs = arguments->epochs, .parts = rungs[i]}
                             : (struct tune_rung){.folds = 1, .epochs = rungs[i], .parts = VALIDATION_PARTS};
}

static void print_plan(const struct tune_plan *plan) {
    char rungs[96] = "";
    for (size_t i = 0, size = 0; i < plan->asha.rungs; i++)
        size += (size_t)snprintf(rungs + size, sizeof rungs - size, "%s%zu", i ? ", " : "",
                                 plan->folds > 1 ? plan->rungs[i].folds : plan->rungs[i].epochs);
    print_note(&plan->arguments->common, "search: %s of %s; rungs of %s %s; the best third of each rung is promoted",
               tune_metric_names[plan->metric], plan->folds > 1 ? "cross-validation" : "one validation part", rungs,
               plan->folds > 1 ? "folds" : "epochs");
}

/* ---- after the search ------------------------------------------------------------------------------------------- */

static void print_choice(const struct tune_search *search, const struct asha_choice *choice) {
    const struct common *common = &search->plan->arguments->common;
    const char *metric = tune_metric_names[search->plan->metric];
    double sign = search->plan->metric == TUNE_LOG_LOSS ? -1 : 1;
    double defaults = sign * search->trials[0].scores[search->plan->asha.rungs - 1];
    if (choice->best == 0)
        print_note(common, "%s of the defaults: %.4f; no other trial has finished", metric, defaults);
    else
        print_note(common,
                   "%s%s of the defaults: %.4f; of trial %zu, the best of the others: %.4f; difference %+.4f, "
                   "standard error %.4f; a difference above %.4f is needed",
                   choice->trial ? "" : "the defaults are kept; ", metric, defaults, choice->best + 1,
                   defaults + sign * choice->difference, sign * choice->difference, choice->error, choice->needed);
}

/* The mean score of a trial. */
static json_t *score_json(const struct tune_result *result) {
    double score = asha_mean(result->scores, result->parts);
    return isfinite(score) ? json_real(score) : json_null();
}

static mood_status print_json(const struct tune_search *search, const struct asha_choice *choice,
                              const struct command_line *command, mood_error *err) {
    const struct tune_arguments *arguments = search->plan->arguments;
    json_t *words = json_array();
    json_array_append_new(words, json_string("mood"));
    json_array_append_new(words, json_string("fit"));
    for (size_t i = 1; i < command->count; i++)
        json_array_append_new(words, json_string(command->words[i]));
    json_t *report = json_pack("{ss ss so sI sI ss so so so}", "model", arguments->output, "log", arguments->log,
                               "command", words, "trials", (json_int_t)search->count, "trial",
                               (json_int_t)choice->trial + 1, "metric", tune_metric_names[search->plan->metric],
                               "score", score_json(&search->results[choice->trial]), "default_score",
                               score_json(&search->results[0]), "standard_error",
                               isfinite(choice->error) ? json_real(choice->error) : json_null());
    if (!report)
        return no_memory(err);
    dump_json(stdout, report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

/* Train the chosen settings as mood fit does. Returns the exit status. */
static int train_best(const struct tune_search *search, const struct asha_choice *choice) {
    const struct tune_arguments *arguments = search->plan->arguments;
    struct command_line options = {0}, command = {0}, run = {0};
    mood_error err = {0};
    int result = EXIT_FAILURE;
    bool made = tune_space_options(search->space, &search->settings[choice->trial], &options) &&
                tune_make_command(arguments, "mood fit", &options, &command) && command_line_append(&run, &command) &&
                (!(arguments->common.quiet || arguments->common.json) || command_line_add(&run, "--quiet")) &&
                (!arguments->common.verbose || command_line_add(&run, "--verbose"));
    if (!made) {
        (void)!no_memory(&err);
        result = fail(&arguments->common, &err);
    } else {
        if (!arguments->common.quiet && !arguments->common.json) {
            fputs("mood fit ", stdout);
            command_line_print(stdout, &command, 1);
            putchar('\n');
            fflush(stdout);
        }
        result = fit_command((int)run.count, run.words);
        if (result == EXIT_SUCCESS && arguments->common.json && print_json(search, choice, &command, &err) != MOOD_OK)
            result = fail(&arguments->common, &err);
    }
    command_line_clear(&options);
    command_line_clear(&command);
    command_line_clear(&run);
    return result;
}

/* Returns the exit status. */
static int finish(const struct tune_search *search) {
    const struct tune_arguments *arguments = search->plan->arguments;
    bool interrupted = interrupt_caught();
    struct asha_choice choice;
    if (!tune_search_choose(search, &choice)) {
        print_error(interrupted
                        ? "interrupted before the defaults were measured; nothing was saved; the same command "
                          "starts again"
                        : "--time %g is too short to measure the defaults; nothing was saved; use a longer --time",
                    arguments->minutes);
        return EXIT_FAILURE;
    }
    if (interrupted)
        print_error("interrupted; training the best settings so far; later the same command continues the search");
    print_choice(search, &choice);
    clear_interrupt();
    int result = train_best(search, &choice);
    return interrupted && result == EXIT_SUCCESS ? EXIT_FAILURE : result;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static mood_status search_space(struct tune_search *search, const struct tune_facts *facts, mood_error *err) {
    json_t *head = tune_search_head(search->plan, search->space, facts);
    mood_status status = head ? tune_log_open(&search->log, search->plan->arguments->log, head, err) : no_memory(err);
    json_decref(head);
    return status == MOOD_OK ? tune_search_run(search, err) : status;
}

int tune_run(struct tune_arguments *arguments) {
    struct tune_facts facts;
    struct tune_plan plan;
    struct tune_space space = {0};
    struct tune_search search = {.plan = &plan, .space = &space, .log = {.descriptor = -1}};
    mood_error err = {0};
    mood_status status = check_files(arguments, &err);
    if (status == MOOD_OK)
        status = tune_find_facts(arguments, &facts, &err);
    if (status == MOOD_OK)
        status = tune_space_create(&space, arguments, &facts, &err);
    if (status == MOOD_OK) {
        make_plan(arguments, &facts, &plan);
        print_plan(&plan);
    }
    if (status == MOOD_OK && !arguments->dry_run)
        status = search_space(&search, &facts, &err);
    int result = status == MOOD_OK ? EXIT_SUCCESS : fail(&arguments->common, &err);
    if (status == MOOD_OK && arguments->dry_run)
        tune_space_print(&space);
    else if (status == MOOD_OK)
        result = finish(&search);
    tune_search_release(&search);
    tune_space_destroy(&space);
    return result;
}
