/* Reads the layers of a new model from the file of --architecture. */
#include <stdlib.h>

#include "read_file.h"
#include "training_parts.h"

#define MAX_ARCHITECTURE ((size_t)16 << 20) /* the limit of a model's config.json */

/* Check the input of --architecture against the options. */
static mood_status check_architecture(const struct training *training, size_t T, mood_error *err) {
    const mood_recipe_options *given = &training->arguments->recipe.options;
    bool bags = mood_model_get_matrix(training->model) != MOOD_MATRIX_NONE;
    bool pads = given->padding != MOOD_PAD_UNSET || given->truncating != MOOD_PAD_UNSET || given->maxlen;
    if (training->arguments->vectorizer && pads && bags)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "it takes bags of words, but the --vectorizer makes rows of ids; use an output_mode as in "
            "output_mode='count'");
    if (training->arguments->vectorizer && !bags && given->matrix != MOOD_MATRIX_NONE)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it begins with an Embedding, but the --vectorizer makes bags of words; use "
                              "output_mode='int'");
    if (bags && pads)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it takes bags of words: --padding, --truncating and --maxlen can't be set");
    if (!bags && given->matrix != MOOD_MATRIX_NONE)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it begins with an Embedding: --matrix is for a model of bags of words");
    if (T && given->maxlen && T != given->maxlen)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "it has %zu words per text, but --maxlen is %zu", T, given->maxlen);
    return MOOD_OK;
}

/* Read the layers of --architecture and the length of its rows. */
mood_status training_read_architecture(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    char *json = NULL;
    size_t size = 0, T = 0;
    mood_status status = read_file(arguments->recipe.options.architecture, MAX_ARCHITECTURE, &json, &size, err);
    if (status) {
        mood_error_prefix(err, "%s", arguments->recipe.options.architecture);
        return status;
    }
    status = mood_model_from_json(training->device, json, size, &training->model, &T, err);
    free(json);
    if (status == MOOD_OK)
        status = check_architecture(training, T, err);
    if (status)
        mood_error_prefix(err, "%s", arguments->recipe.options.architecture);
    if (T)
        training->T = T;
    return status;
}

/* The mode of a new model of bags of words. */
mood_matrix_mode training_matrix_mode(const struct training *training) {
    mood_matrix_mode given = training->arguments->recipe.options.matrix;
    return given == MOOD_MATRIX_NONE && training->model ? mood_model_get_matrix(training->model) : given;
}

/* --num-words; with layers from a file, the size of their input. */
size_t training_num_words(const struct training *training) {
    const struct fit_arguments *arguments = training->arguments;
    return arguments->recipe.options.architecture && !arguments->num_words_given
               ? mood_model_get_vocabulary(training->model)
               : arguments->num_words;
}
