/* The layers of --preset auto: a bidirectional LSTM over the words, whose states are summarized by their largest and
 * mean values, beside a bag of n-grams. */
#include <stdio.h>
#include <string.h>

#include "preset.h"

enum {
    NGRAM_UNITS = 8,
    MOST_ROWS = 300000 /* n-grams are chosen from so many rows, which bounds memory and time */
};

/* Without vectors the Embedding is learnt from few words, so the recurrent part is small, and the bag of n-grams has more
 * influence. */
enum { UNITS = 64, UNITS_WITHOUT_VECTORS = 16, DIM_WITHOUT_VECTORS = 16, BAG_SCALE_WITHOUT_VECTORS = 8 };

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
    if (strcmp(training->arguments->segment, "characters") == 0)
        options.longest = 3; /* words are often of two characters */
    options.min_rows = n < PRESET_MANY_ROWS ? 1 : 3;
    return status == MOOD_OK
               ? mood_model_set_ngrams(training->model, &options, training->train.x, n, training->train.T, err)
               : status;
}

mood_status preset_add_layers(struct training *training, size_t words, size_t outputs, const char *activation,
                              mood_error *err) {
    const struct vectors *vectors = &training->vectors;
    bool frozen = vectors->values;
    char embedding[120], states[80], bag[60], scaled[60], dense[80];
    snprintf(embedding, sizeof embedding, "Embedding(%zu, %zu, mask_zero=True%s, name='words')", words,
             frozen ? vectors->dim : DIM_WITHOUT_VECTORS, frozen ? ", trainable=False" : "");
    snprintf(states, sizeof states, "Bidirectional(LSTM(%d, return_sequences=True), name='states')",
             frozen ? UNITS : UNITS_WITHOUT_VECTORS);
    snprintf(bag, sizeof bag, "Dense(%d, use_bias=False, name='bag')", NGRAM_UNITS);
    snprintf(scaled, sizeof scaled, "Rescaling(%d, name='scaled')", BAG_SCALE_WITHOUT_VECTORS);
    snprintf(dense, sizeof dense, "Dense(%zu, activation='%s')", outputs, activation);
    mood_status status = mood_model_create(training->device, &training->model, err);
    mood_model *model = training->model;
    status = add(model, status, embedding, err);
    status = add_ngrams(training, status, err);
    status = add(model, status, frozen ? "SpatialDropout1D(0.2)" : "SpatialDropout1D(0.4)", err);
    status = add(model, status, states, err);
    status = connect(model, status, "GlobalMaxPooling1D(name='largest')", NAMES("states"), err);
    status = connect(model, status, "GlobalAveragePooling1D(name='mean')", NAMES("states"), err);
    status = connect(model, status, "UnitNormalization(name='unit')", NAMES("ngrams"), err);
    status = connect(model, status, bag, NAMES("unit"), err);
    if (!frozen)
        status = connect(model, status, scaled, NAMES("bag"), err);
    status = connect(model, status, "Concatenate()", NAMES("largest", "mean", frozen ? "bag" : "scaled"), err);
    status = add(model, status, "Dropout(0.5)", err);
    return add(model, status, dense, err);
}
