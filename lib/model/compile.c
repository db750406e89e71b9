/* Compile: which loss, which optimizer; and what has to fit together. */
#include <math.h>

#include "model/model.h"

static const char *loss_name(mood_loss loss) {
    switch (loss) {
    case MOOD_BINARY_CROSSENTROPY: return "binary_crossentropy";
    case MOOD_CATEGORICAL_CROSSENTROPY: return "categorical_crossentropy";
    case MOOD_SPARSE_CATEGORICAL_CROSSENTROPY: return "sparse_categorical_crossentropy";
    }
    return NULL;
}

/* Losses are computed from logits, so the activation has to be the one that the loss undoes. */
static mood_status check_last_layer(const mood_model *model, mood_loss loss, mood_error *err) {
    const struct layer *last = model->layer_count ? model->layers[model->layer_count - 1] : NULL;
    mood_activation wanted = loss == MOOD_BINARY_CROSSENTROPY ? MOOD_SIGMOID : MOOD_SOFTMAX;
    if (!last || last->type != &dense_type)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "a model to be trained has to end in a Dense");
    const struct dense_settings *settings = last->settings;
    if (settings->activation == wanted)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                          "layer %s: with %s the last layer's activation has to be %s, not %s", last->name,
                          loss_name(loss), activation_name(wanted), activation_name(settings->activation));
}

static mood_status check_adam(const mood_compile_options *o, mood_error *err) {
    if (!(isfinite(o->learning_rate) && o->learning_rate >= 0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "learning_rate is %g; it can be 0 or more",
                              o->learning_rate);
    if (!(o->beta_1 >= 0 && o->beta_1 < 1 && o->beta_2 >= 0 && o->beta_2 < 1))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "beta_1 is %g and beta_2 %g; they can be 0 to below 1", o->beta_1, o->beta_2);
    if (!(isfinite(o->epsilon) && o->epsilon > 0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "epsilon is %g; it has to be above 0",
                              o->epsilon);
    return MOOD_OK;
}

mood_status mood_model_compile(mood_model *model, const mood_compile_options *options, mood_error *err) {
    mood_compile_options o = MOOD_COMPILE_OPTIONS;
    if (options && options->size != sizeof o)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "these are not mood_compile_options of this version; begin with MOOD_COMPILE_OPTIONS");
    if (options)
        o = *options;
    if (!loss_name(o.loss))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no loss %d", (int)o.loss);
    mood_status status = check_last_layer(model, o.loss, err);
    if (status == MOOD_OK)
        status = check_adam(&o, err);
    if (status != MOOD_OK)
        return status;
    buffer_destroy(&model->moment_1);
    buffer_destroy(&model->moment_2);
    model->iterations = 0;
    model->compile = o;
    model->compiled = true;
    return MOOD_OK;
}

/* ---- checks of data ------------------------------------------------------------------------------ */

mood_status model_check_built(const struct mood_model *model, size_t T, mood_error *err) {
    if (!model->built)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model has no weights yet: build or fit it");
    if (model->T != T)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "rows have %zu steps; the model takes %zu", T,
                              model->T);
    const struct layer *last = model->layers[model->layer_count - 1];
    if (last->out.kind != SHAPE_VECTOR)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: the last layer hands on a sequence; it has to be one vector a row", last->name);
    return MOOD_OK;
}

mood_status model_check_ids(const struct mood_model *model, const int32_t *x, size_t n, size_t T, mood_error *err) {
    size_t V = mood_model_get_vocabulary(model);
    if (V == 0)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "the first layer is no Embedding, which rows of ids need; put an Embedding first");
    for (size_t i = 0; i < n * T; i++)
        if (x[i] < 0 || (size_t)x[i] >= V)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "row %zu, step %zu: id %ld is not in 0 … %zu, the Embedding's", i / T, i % T,
                                  (long)x[i], V - 1);
    return MOOD_OK;
}

mood_status model_check_labels(const struct mood_model *model, const float *y, size_t n, size_t O, mood_error *err) {
    size_t outputs = mood_model_get_outputs(model);
    bool sparse = model->compile.loss == MOOD_SPARSE_CATEGORICAL_CROSSENTROPY;
    if (O != (sparse ? 1 : outputs))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "labels have %zu numbers a row; %zu are expected",
                              O, sparse ? (size_t)1 : outputs);
    for (size_t i = 0; i < n * O; i++)
        if (!isfinite(y[i]) || (sparse && (y[i] < 0 || y[i] >= (float)outputs || y[i] != floorf(y[i]))))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "row %zu: label %g is not %s", i / O,
                                  (double)y[i], sparse ? "a class of the model" : "a number");
    return MOOD_OK;
}
