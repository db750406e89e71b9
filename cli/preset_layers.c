/* The layers of --preset auto: a bidirectional LSTM over the words, whose states are summarized by their largest and
 * mean values, beside a bag of n-grams. */
#include <stdio.h>

#include "preset.h"

enum { UNITS = 64, NGRAM_UNITS = 8, DIM = 64, MANY_ROWS = 15000 };

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
    options.min_rows = n < MANY_ROWS ? 1 : 3;
    return status == MOOD_OK
               ? mood_model_set_ngrams(training->model, &options, training->train.x, n, training->train.T, err)
               : status;
}

mood_status preset_add_layers(struct training *training, size_t words, size_t outputs, const char *activation,
                              mood_error *err) {
    const struct vectors *vectors = &training->vectors;
    char embedding[120], states[80], dense[80];
    snprintf(embedding, sizeof embedding, "Embedding(%zu, %zu, mask_zero=True%s, name='words')", words,
             vectors->values ? vectors->dim : DIM, vectors->values ? ", trainable=False" : "");
    snprintf(states, sizeof states, "Bidirectional(LSTM(%d, return_sequences=True), name='states')", UNITS);
    snprintf(dense, sizeof dense, "Dense(%zu, activation='%s')", outputs, activation);
    mood_status status = mood_model_create(training->device, &training->model, err);
    mood_model *model = training->model;
    status = add(model, status, embedding, err);
    status = add_ngrams(training, status, err);
    status = add(model, status, "SpatialDropout1D(0.2)", err);
    status = add(model, status, states, err);
    status = connect(model, status, "GlobalMaxPooling1D(name='largest')", NAMES("states"), err);
    status = connect(model, status, "GlobalAveragePooling1D(name='mean')", NAMES("states"), err);
    status = connect(model, status, "UnitNormalization(name='unit')", NAMES("ngrams"), err);
    char bag[60];
    snprintf(bag, sizeof bag, "Dense(%d, use_bias=False, name='bag')", NGRAM_UNITS);
    status = connect(model, status, bag, NAMES("unit"), err);
    status = connect(model, status, "Concatenate()", NAMES("largest", "mean", "bag"), err);
    status = add(model, status, "Dropout(0.5)", err);
    return add(model, status, dense, err);
}
