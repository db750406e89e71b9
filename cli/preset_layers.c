/* The layers of --preset auto: a bidirectional LSTM over the words, whose states are summarized by their largest and
 * mean values, beside a bag of n-grams. */
#include <stdio.h>
#include <string.h>

#include "preset.h"

enum { MOST_ROWS = 300000 }; /* at most this many rows are used to choose n-grams, which bounds memory and time */

#define NAMES(...) ((const char *const[]){__VA_ARGS__}), (sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static mood_status add(mood_model *model, mood_status status, const char *layer, mood_error *err) {
    return status == MOOD_OK ? mood_model_add(model, layer, err) : status;
}

static mood_status connect(mood_model *model, mood_status status, const char *layer, const char *const *inputs,
                           size_t count, mood_error *err) {
    return status == MOOD_OK ? mood_model_connect(model, layer, inputs, count, err) : status;
}

static mood_status add_ngrams(const struct training *training, mood_status status, mood_error *err) {
    mood_ngrams_options options = MOOD_NGRAMS_OPTIONS;
    size_t n = training_rows(training);
    n = n < MOST_ROWS ? n : MOST_ROWS;
    options.longest = (size_t)preset_value(training, PRESET_NGRAMS);
    if (options.longest == 0)
        return status;
    options.min_rows = n < PRESET_MANY_ROWS ? 1 : 3;
    return status == MOOD_OK
               ? mood_model_set_ngrams(training->model, &options, training->train.x, n, training->train.T, err)
               : status;
}

double preset_value(const struct training *training, enum preset_setting setting) {
    const struct fit_arguments *arguments = training->arguments;
    const struct base_model *base = &training->base;
    if (base->model && setting == PRESET_UNITS)
        return (double)base->units;
    if (setting == PRESET_TRAIN_VECTORS && arguments->freeze_vectors_given)
        return arguments->freeze_vectors == 0;
    if (base->model && setting == PRESET_TRAIN_VECTORS && !arguments->settings.given[setting])
        return !base->frozen;
    return preset_setting_get(&arguments->settings, setting, arguments->vectors || base->model,
                              strcmp(arguments->segment, "characters") == 0);
}

static mood_status add_embedding(const struct training *training, mood_status status, size_t words, mood_error *err) {
    const struct vectors *vectors = &training->vectors;
    bool frozen = vectors->dim && preset_value(training, PRESET_TRAIN_VECTORS) == 0;
    char layer[120];
    snprintf(layer, sizeof layer, "Embedding(%zu, %zu, mask_zero=True%s, name='words')", words,
             vectors->dim ? vectors->dim : (size_t)preset_value(training, PRESET_DIM),
             frozen ? ", trainable=False" : "");
    return add(training->model, status, layer, err);
}

/* Concatenate the summaries of the states and, unless there are no n-grams, the Dense layer on their bag. */
static mood_status add_bag(const struct training *training, mood_status status, mood_error *err) {
    mood_model *model = training->model;
    double scale = preset_value(training, PRESET_NGRAM_SCALE);
    char bag[60], scaled[60];
    if (preset_value(training, PRESET_NGRAMS) == 0)
        return connect(model, status, "Concatenate()", NAMES("largest", "mean"), err);
    snprintf(bag, sizeof bag, "Dense(%g, use_bias=False, name='bag')", preset_value(training, PRESET_NGRAM_UNITS));
    snprintf(scaled, sizeof scaled, "Rescaling(%g, name='scaled')", scale);
    status = connect(model, status, "UnitNormalization(name='unit')", NAMES("ngrams"), err);
    status = connect(model, status, bag, NAMES("unit"), err);
    if (scale != 1)
        status = connect(model, status, scaled, NAMES("bag"), err);
    return connect(model, status, "Concatenate()", NAMES("largest", "mean", scale == 1 ? "bag" : "scaled"), err);
}

mood_status preset_add_layers(struct training *training, size_t words, size_t outputs, const char *activation,
                              mood_error *err) {
    char dropped[60], states[80], dropout[40], dense[80];
    snprintf(dropped, sizeof dropped, "SpatialDropout1D(%g)", preset_value(training, PRESET_SPATIAL_DROPOUT));
    snprintf(states, sizeof states, "Bidirectional(LSTM(%g, return_sequences=True), name='states')",
             preset_value(training, PRESET_UNITS));
    snprintf(dropout, sizeof dropout, "Dropout(%g)", preset_value(training, PRESET_DROPOUT));
    snprintf(dense, sizeof dense, "Dense(%zu, activation='%s')", outputs, activation);
    const struct preset_settings *settings = &training->arguments->settings;
    mood_status status = preset_settings_check(settings, training->vectors.dim, err);
    if (status == MOOD_OK && training->base.model && settings->given[PRESET_UNITS])
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                "--preset auto: units can't be combined with --from: it is that of %s, %zu",
                                training->base.path, training->base.units);
    if (status == MOOD_OK)
        status = mood_model_create(training->device, &training->model, err);
    mood_model *model = training->model;
    status = add_embedding(training, status, words, err);
    status = add_ngrams(training, status, err);
    status = add(model, status, dropped, err);
    status = add(model, status, states, err);
    status = connect(model, status, "GlobalMaxPooling1D(name='largest')", NAMES("states"), err);
    status = connect(model, status, "GlobalAveragePooling1D(name='mean')", NAMES("states"), err);
    status = add_bag(training, status, err);
    status = add(model, status, dropout, err);
    return add(model, status, dense, err);
}
