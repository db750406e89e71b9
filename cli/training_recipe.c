/* Makes the recipe of a training: tokenizer, padding and labels. */
#include <stdlib.h>

#include "check_texts.h"
#include "preset.h"
#include "training_parts.h"

/* --vectorizer, or a Tokenizer of --num-words; with --clean and --segment. */
static mood_status create_words(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_tokenizer_options options = MOOD_TOKENIZER_OPTIONS;
    mood_status status;
    if (arguments->vectorizer) {
        status = mood_tokenizer_create_from_expression(arguments->vectorizer, &training->words, NULL, err);
    } else {
        options.num_words = training_num_words(training);
        status = mood_tokenizer_create(&options, &training->words, err);
    }
    if (status == MOOD_OK && (arguments->clean || arguments->segment))
        status = mood_tokenizer_set_preparation(training->words, arguments->clean, arguments->segment, err);
    return status;
}

/* Fit the tokenizer on the training rows only, so that validation rows have unknown words, as new texts do. A given
 * vocabulary is not changed. */
static mood_status fit_tokenizer(struct training *training, mood_error *err) {
    if (training->is_auto)
        return preset_make_words(training, err);
    mood_status status = create_words(training, err);
    if (status == MOOD_OK && mood_tokenizer_count_words(training->words) == 0)
        status =
            mood_tokenizer_fit(training->words, mood_dataset_get_texts(training->data), training_rows(training), err);
    if (status == MOOD_OK && mood_tokenizer_count_words(training->words) == 0)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s: the texts have no words",
                                training->arguments->data);
    return status;
}

mood_status training_make_recipe(struct training *training, mood_error *err) {
    mood_recipe recipe = MOOD_RECIPE;
    const mood_recipe *resumed = training->resumed;
    size_t classes = mood_dataset_get_class_count(training->data);
    if (resumed) {
        recipe.matrix = resumed->matrix;
        recipe.padding = resumed->padding;
        recipe.truncating = resumed->truncating;
    } else {
        const mood_recipe_options *given = &training->arguments->recipe.options;
        recipe.matrix = training_matrix_mode(training);
        if (training->is_auto)
            recipe.padding = recipe.truncating = MOOD_PAD_POST;
        if (given->padding != MOOD_PAD_UNSET)
            recipe.padding = given->padding;
        if (given->truncating != MOOD_PAD_UNSET)
            recipe.truncating = given->truncating;
        mood_status status = fit_tokenizer(training, err);
        if (status)
            return status;
    }
    recipe.tokenizer = resumed ? resumed->tokenizer : training->words;
    recipe.data_digest = (char *)mood_dataset_get_digest(training->data);
    training->recipe = recipe;
    training->recipe.labels = calloc(classes, sizeof *recipe.labels);
    if (!training->recipe.labels)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    training->recipe.label_count = classes;
    for (size_t k = 0; k < classes; k++)
        training->recipe.labels[k] = (char *)(resumed ? resumed->labels[k] : mood_dataset_get_label(training->data, k));
    return check_texts_create(recipe.tokenizer, &training->recipe.check_texts, &training->recipe.check_count, err);
}
