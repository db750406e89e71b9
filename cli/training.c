/* Prepares a training: from a file of labelled texts to a compiled model. */
#include <stdlib.h>
#include <string.h>

#include "check_texts.h"
#include "class_weight.h"
#include "preset.h"
#include "training_parts.h"

enum { MAXLEN = 50 }; /* default for a new model of sequences */

/* A row with several labels has no class. */
static mood_status check_class_weight(const struct training *training, mood_error *err) {
    if (!training->arguments->class_weight || !training->separator)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                          "--class-weight can't be used with a multi-label model (--label-separator)");
}

/* A sparse loss takes one class per row. */
static mood_status check_soft(const struct training *training, mood_error *err) {
    if (!training->soft || mood_model_get_outputs(training->model) == 1 ||
        mood_model_get_label_width(training->model) > 1)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                          "--probabilities can't be used with a loss that takes the number of one class per row; use "
                          "--loss categorical_crossentropy%s",
                          training->resumed ? " and --optimizer adam" : "");
}

static mood_status make_rows(struct training *training, mood_error *err) {
    size_t T = mood_model_get_timesteps(training->model), classes = training->recipe.label_count;
    mood_status status = MOOD_OK;
    if (!training->train.x)
        status = labelled_create(training->data, &training->recipe, T, &training->train, err);
    if (status == MOOD_OK)
        status = check_class_weight(training, err);
    if (status == MOOD_OK)
        status = check_soft(training, err);
    if (status == MOOD_OK && training->validation_data)
        status = labelled_create(training->validation_data, &training->recipe, T, &training->validation, err);
    if (status == MOOD_OK && training->arguments->class_weight)
        status = class_weight_create(training->arguments->class_weight, training->recipe.labels, classes,
                                     training->train.y, training_rows(training), &training->class_weights, err);
    if (status != MOOD_OK)
        return status;
    training->y = labelled_targets(&training->train, training->model, &training->made);
    if (training->validation_data)
        training->y_validation = labelled_targets(&training->validation, training->model, &training->made_validation);
    if (!training->y || (training->validation_data && !training->y_validation))
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_OK;
}

mood_status training_prepare(struct training *training, mood_error *err) {
    training->separator = training->arguments->reading.label_separator;
    training->is_auto = preset_applies(training->arguments);
    training->T = training->arguments->recipe.options.maxlen ? training->arguments->recipe.options.maxlen : MAXLEN;
    mood_status status = open_device(&training->arguments->common, &training->device, err);
    if (status == MOOD_OK && training->arguments->resume)
        status = training_load_model(training, err);
    else if (status == MOOD_OK && training->arguments->recipe.options.architecture)
        status = training_read_architecture(training, err);
    if (status == MOOD_OK && training->arguments->from)
        status = base_model_open(&training->base, training->arguments->from, training->device, err);
    if (status == MOOD_OK)
        status = training_read_data(training, err);
    if (status == MOOD_OK && training->is_auto)
        status = preset_choose(training, err);
    if (status == MOOD_OK)
        status = training_make_recipe(training, err);
    if (status == MOOD_OK && !training->arguments->resume)
        status = training_build_model(training, err);
    if (status == MOOD_OK)
        status = make_rows(training, err);
    return status;
}

void training_destroy(struct training *training) {
    free(training->made);
    free(training->made_validation);
    free(training->loss_text);
    free(training->class_weights);
    vectors_free(&training->vectors);
    free(training->shipped_vectors);
    labelled_destroy(&training->train);
    labelled_destroy(&training->validation);
    check_texts_destroy(training->recipe.check_texts, training->recipe.check_count);
    free(training->recipe.labels);
    mood_tokenizer_destroy(training->words);
    mood_recipe_destroy(training->resumed);
    mood_dataset_destroy(training->data);
    mood_dataset_destroy(training->validation_data);
    base_model_close(&training->base);
    mood_model_destroy(training->model);
    mood_device_destroy(training->device);
}
