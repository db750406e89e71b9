/* Facts about the data of mood tune. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fit_run.h"
#include "preset.h"
#include "preset_base_model.h"
#include "tune.h"

bool tune_make_command(const struct tune_arguments *arguments, const char *name, const struct command_line *more,
                       struct command_line *command) {
    bool made = command_line_add(command, "%s", name) && command_line_add(command, "%s", arguments->data) &&
                command_line_append(command, &arguments->given) && (!more || command_line_append(command, more));
    if (made && arguments->epochs != TUNE_DEFAULT_EPOCHS)
        made = command_line_add(command, "--epochs=%zu", arguments->epochs);
    if (made && arguments->seed)
        made = command_line_add(command, "--seed=%llu", (unsigned long long)arguments->seed);
    if (made && arguments->common.device)
        made = command_line_add(command, "--device=%s", arguments->common.device);
    return made && command_line_add(command, "-o") && command_line_add(command, "%s", arguments->output);
}

void tune_parse_command(struct command_line *command, struct fit_arguments *fit) {
    *fit = fit_defaults();
    struct fit_parsing parsing = {.arguments = fit};
    if (parse_arguments(&fit_argp, 0, (int)command->count, command->words, &parsing) != 0)
        exit(EXIT_USAGE);
}

static void copy_facts(const struct training *training, struct tune_facts *facts) {
    const struct fit_arguments *fit = training->arguments;
    *facts = (struct tune_facts){
        .rows = mood_dataset_get_count(training->data),
        .labels = training->recipe.label_count,
        .batch_size = fit->batch_size,
        .multi_label = training->separator != '\0',
        .uneven = !training->separator && preset_is_uneven(training->data),
        .vectors = training->vectors.dim > 0,
        .base_model = training->base.model != NULL,
        .trained = training->vectors.dim && preset_value(training, PRESET_TRAIN_VECTORS) != 0,
        .characters = strcmp(fit->segment, "characters") == 0,
    };
    snprintf(facts->digest, sizeof facts->digest, "%s", mood_dataset_get_digest(training->data));
    if (training->validation_data)
        snprintf(facts->validation_digest, sizeof facts->validation_digest, "%s",
                 mood_dataset_get_digest(training->validation_data));
}

static mood_status check_training(const struct training *training, mood_error *err) {
    if (!training_validates(training))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "mood tune needs validation rows: --validation-split must be above 0");
    return MOOD_OK;
}

/* Choose the base model as mood fit does, and add --from to the options of all trials. unprepared: the arguments from
 * which the training was prepared. */
static mood_status choose_base_model(struct training *training, const struct fit_arguments *unprepared,
                                     struct tune_arguments *arguments, struct tune_facts *facts, mood_error *err) {
    const char *candidate = preset_base_model_candidate(training);
    struct fit_arguments chosen = *unprepared;
    if (!candidate)
        return MOOD_OK;
    mood_status status = preset_choose_base_model(training, candidate, &chosen, err);
    if (status == MOOD_OK && !command_line_add(&arguments->given, "--from=%s", chosen.from ? chosen.from : "none"))
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    facts->base_model = chosen.from;
    return status;
}

mood_status tune_find_facts(struct tune_arguments *arguments, struct tune_facts *facts, mood_error *err) {
    struct command_line command = {0};
    struct fit_arguments fit = {0}, unprepared = {0};
    struct training training = {.arguments = &fit};
    mood_status status = MOOD_OK;
    if (!tune_make_command(arguments, "mood tune", NULL, &command) ||
        (arguments->preset && !command_line_add(&command, "--preset=auto:%s", arguments->preset)))
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    if (status == MOOD_OK) {
        tune_parse_command(&command, &fit);
        fit.common = arguments->common;
        unprepared = fit;
        status = training_prepare(&training, err);
    }
    if (status == MOOD_OK)
        status = check_training(&training, err);
    if (status == MOOD_OK)
        status = fit_print_data(&training, err);
    if (status == MOOD_OK)
        copy_facts(&training, facts);
    if (status == MOOD_OK)
        status = choose_base_model(&training, &unprepared, arguments, facts, err);
    training_destroy(&training);
    fit_arguments_clear(&fit);
    command_line_clear(&command);
    return status;
}
