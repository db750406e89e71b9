/* Trains the model of mood fit. */
#include <stdio.h>

#include "fit_run.h"

enum { MAX_CALLBACKS = 2, CALLBACK_SIZE = 256 };

/* Keras's callbacks for the arguments; returns their number. */
static size_t make_callbacks(const struct fit_arguments *arguments, char callbacks[MAX_CALLBACKS][CALLBACK_SIZE]) {
    size_t count = 0;
    if (arguments->early_stopping_given)
        snprintf(callbacks[count++], CALLBACK_SIZE, "EarlyStopping('%.100s', patience=%zu, restore_best_weights=True)",
                 arguments->monitor, arguments->early_stopping);
    if (arguments->reduce_lr_given)
        snprintf(callbacks[count++], CALLBACK_SIZE, "ReduceLROnPlateau('%.100s', patience=%zu, factor=%.17g)",
                 arguments->monitor, arguments->reduce_lr, arguments->reduce_lr_factor);
    return count;
}

/* --freeze-vectors: fit makes the Embedding trainable after that many epochs. */
static mood_status set_unfreeze(const struct training *training, mood_fit_options *fitting, mood_error *err) {
    mood_weight_info info;
    if (training->arguments->freeze_vectors == 0)
        return MOOD_OK;
    mood_status status = mood_model_weight_info(training->model, 0, &info, err);
    fitting->unfreeze = status == MOOD_OK ? info.layer : NULL;
    fitting->unfreeze_epoch = training->arguments->freeze_vectors;
    return status;
}

mood_status fit_run(struct training *training, mood_fit_options fitting, mood_history **history, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    char callbacks[MAX_CALLBACKS][CALLBACK_SIZE];
    const char *const names[MAX_CALLBACKS] = {callbacks[0], callbacks[1]};
    fitting.callback_count = make_callbacks(arguments, callbacks);
    fitting.callbacks = names;
    fitting.epochs = arguments->epochs;
    fitting.batch_size = arguments->batch_size;
    fitting.seed = arguments->seed;
    fitting.class_weight = training->class_weights;
    fitting.class_count = training->class_weights ? training->recipe.label_count : 0;
    if (training->validation_data) {
        fitting.x_val = training->validation.x;
        fitting.y_val = training->y_validation;
        fitting.n_val = training->validation.n;
    } else {
        fitting.validation_split = arguments->validation_split;
    }
    mood_status status = set_unfreeze(training, &fitting, err);
    if (status != MOOD_OK)
        return status;
    return mood_model_fit(training->model, training->train.x, training->train.n, training->train.T, training->y,
                          mood_model_get_label_width(training->model), &fitting, history, err);
}
