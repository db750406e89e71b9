/* Loads and compiles a model whose training is continued. */
#include "training_parts.h"

static void note_optimizer(const struct training *training, const char *reason) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    if (mood_model_get_compile_options(training->model, &options, NULL) == MOOD_OK)
        print_note(&training->arguments->common, "%s: %s; continuing with a new %s and the loss %s",
                   training->arguments->resume, reason, options.optimizer, options.loss);
}

/* Models with one label per row and multi-label models need different losses. */
static mood_status check_loss(const struct training *training, mood_error *err) {
    const mood_head *head = &training->head;
    const mood_loss_info *loss = &training->loss;
    bool binary = head->outputs == 1 || head->multi_label;
    if (binary ? loss->one_class : loss->activation == MOOD_SIGMOID)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "--loss: the model gives each text %s, which is trained with %s",
            head->multi_label    ? "any number of labels"
            : head->outputs == 1 ? "one of two labels by one output"
                                 : "one of several labels",
            binary ? "binary_crossentropy" : "categorical_crossentropy or sparse_categorical_crossentropy");
    if (head->activation != MOOD_LINEAR && loss->activation == MOOD_LINEAR)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--loss: the model's outputs are logits, which only cross-entropies take");
    return MOOD_OK;
}

/* Compile with the file's loss and --metrics. Compiling releases the strings of the model, so they are copied
 * first. */
static mood_status replace_metrics(struct training *training, mood_error *err) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    mood_status status = mood_model_get_compile_options(training->model, &options, err);
    if (status != MOOD_OK)
        return status;
    options.optimizer = training->arguments->new_optimizer;
    training_set_metrics(training, &options);
    return mood_model_compile(training->model, &options, err);
}

/* Compile with a new optimizer, and with --loss or the file's loss; a file without a loss gets the default one. */
static mood_status replace_optimizer(struct training *training, bool has_loss, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    if (arguments->loss || !has_loss) {
        mood_status status = training_set_loss(training, arguments->loss ? arguments->loss : head_loss(&training->head),
                                               training->head.activation != MOOD_LINEAR, err);
        if (status == MOOD_OK && arguments->loss)
            status = check_loss(training, err);
        options.optimizer = arguments->new_optimizer;
        options.loss = training->loss_text;
        training_set_metrics(training, &options);
        return status == MOOD_OK ? mood_model_compile(training->model, &options, err) : status;
    }
    mood_error reason = {0};
    mood_status status = mood_model_reset_optimizer(training->model, arguments->new_optimizer, &reason);
    if (status == MOOD_ERR_UNSUPPORTED)
        return mood_error_set(err, status, MOOD_CLASS_INPUT, "%s; add --loss to train with another loss",
                              reason.message);
    if (status && err)
        *err = reason;
    return status == MOOD_OK && arguments->metrics ? replace_metrics(training, err) : status;
}

/* Compile as the file says, or with the new optimizer of --optimizer. */
static mood_status compile_resumed(struct training *training, mood_error *err) {
    bool replace = training->arguments->optimizer != NULL;
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    mood_error reason = {.message = "--optimizer replaces the file's optimizer and its state"};
    mood_status status = mood_model_get_compile_options(training->model, &options, &reason);
    print_skipped_metrics(&training->arguments->common, training->arguments->resume, training->model);
    if (status == MOOD_OK && !replace)
        return MOOD_OK;
    if (status == MOOD_ERR_UNSUPPORTED &&
        !replace) /* only this reset checks that mood supports the loss; the model itself is not used */
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "%s; to continue with a new Adam, whose state starts at zero, add --optimizer adam%s",
                              reason.message,
                              mood_model_reset_optimizer(training->model, NULL, NULL) == MOOD_OK ? "" : " --loss NAME");
    bool has_loss = status != MOOD_ERR_STATE;
    status = replace_optimizer(training, has_loss, err);
    if (status == MOOD_OK)
        note_optimizer(training, reason.message);
    return status;
}

/* Set the meaning of the resumed model's outputs and the separator of its labels. */
static mood_status resume_head(struct training *training, mood_error *err) {
    const struct labelled_source source = {.options = training->arguments->reading};
    mood_status status = mood_model_get_head(training->model, training->resumed->activation, &training->head, err);
    return status == MOOD_OK ? labelled_separator(&source, &training->head, &training->separator, err) : status;
}

mood_status training_load_model(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    const char *path = arguments->resume;
    mood_status status =
        mood_model_load(training->device, path, &arguments->recipe.options, &training->model, &training->resumed, err);
    if (status != MOOD_OK)
        return status;
    if (!training->resumed->tokenizer)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                              "%s: the file has no tokenizer (Keras drops it when it saves); give "
                              "Keras's tokenizer, as tokenizer.to_json() returned it or pickled, with --tokenizer FILE",
                              path);
    recipe_print_notes(&arguments->common, path, training->resumed);
    if (recipe_optional_settings(training->resumed) & (MOOD_RECIPE_TEMPERATURE | MOOD_RECIPE_THRESHOLD))
        print_note(&arguments->common,
                   "mood: %s: its temperature and threshold are not kept, because training changes the scores; use "
                   "--calibrate and --threshold for new ones",
                   path);
    status = resume_head(training, err);
    if (status == MOOD_OK)
        status = compile_resumed(training, err);
    if (status)
        mood_error_prefix(err, "%s", path);
    return status;
}
