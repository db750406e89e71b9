/* Compile: which loss, which optimizer; and what has to fit together. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "layers/activation.h"
#include "model/model.h"

static const char *loss_name(mood_loss loss) {
    switch (loss) {
    case MOOD_BINARY_CROSSENTROPY: return "binary_crossentropy";
    case MOOD_CATEGORICAL_CROSSENTROPY: return "categorical_crossentropy";
    case MOOD_SPARSE_CATEGORICAL_CROSSENTROPY: return "sparse_categorical_crossentropy";
    }
    return NULL;
}

/* The activation that makes probabilities of the loss's logits. */
static mood_activation loss_activation(mood_loss loss) {
    return loss == MOOD_BINARY_CROSSENTROPY ? MOOD_SIGMOID : MOOD_SOFTMAX;
}

/* Losses are computed from logits: the layer's outputs, or what a sigmoid or softmax layer has before its activation. */
static mood_status check_last_layer(const mood_model *model, const mood_compile_options *o, mood_error *err) {
    const struct layer *last = model->layer_count ? model->layers[model->layer_count - 1] : NULL;
    mood_activation wanted = loss_activation(o->loss);
    if (!last || !(layer_traits(last) & HAS_LOGITS))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "a model to be trained has to end in a Dense");
    mood_activation given = layer_activation(last);
    if (o->from_logits && (given == MOOD_SIGMOID || given == MOOD_SOFTMAX))
        return mood_error_set(
            err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
            "layer %s: %s with from_logits takes the layer's outputs as logits, but its activation is "
            "%s; use one of the two, not both",
            last->name, loss_name(o->loss), activation_name(given));
    if (!o->from_logits && given != wanted)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: with %s the last layer's activation has to be %s, not %s%s", last->name,
                              loss_name(o->loss), activation_name(wanted), activation_name(given),
                              given == MOOD_LINEAR ? "; outputs that are logits need from_logits (--activation)" : "");
    if (wanted == MOOD_SOFTMAX && mood_model_get_outputs(model) == 1)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: %s of one unit is 0 for every row; it needs one unit for each class",
                              last->name, loss_name(o->loss));
    return MOOD_OK;
}

static mood_status check_adam(const mood_compile_options *o, mood_error *err) {
    if (!(isfinite(o->learning_rate) && o->learning_rate >= 0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "learning_rate is %g; it must be 0 or more",
                              o->learning_rate);
    if (!(o->beta_1 >= 0 && o->beta_1 < 1 && o->beta_2 >= 0 && o->beta_2 < 1))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "beta_1 is %g and beta_2 %g; they must be 0 to below 1", o->beta_1, o->beta_2);
    if (!(isfinite(o->epsilon) && o->epsilon > 0))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "epsilon is %g; it has to be above 0",
                              o->epsilon);
    return MOOD_OK;
}

mood_status model_set_loss(struct mood_model *model, const mood_compile_options *options, mood_error *err) {
    if (!loss_name(options->loss))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown loss %d", (int)options->loss);
    mood_status status = check_last_layer(model, options, err);
    if (status != MOOD_OK)
        return status;
    model->compile = *options;
    model->has_loss = true;
    model->loss = (struct head_loss){.activation = loss_activation(options->loss), .from_logits = options->from_logits};
    snprintf(model->loss.name, sizeof model->loss.name, "%s", loss_name(options->loss));
    return MOOD_OK;
}

static mood_status check_size(const mood_compile_options *options, mood_error *err) {
    if (!options || options->size == sizeof *options)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "these are not mood_compile_options of this version; begin with MOOD_COMPILE_OPTIONS");
}

void model_drop_optimizer(struct mood_model *model) {
    buffer_destroy(&model->moment_1);
    buffer_destroy(&model->moment_2);
    model->iterations = 0;
    model->compiled = false;
}

/* A new Adam, whose state starts at zero. */
static mood_status start_adam(mood_model *model, const mood_compile_options *options, mood_error *err) {
    mood_status status = check_adam(options, err);
    if (status == MOOD_OK)
        status = model_set_loss(model, options, err);
    if (status != MOOD_OK)
        return status;
    model_drop_optimizer(model);
    model->compiled = true;
    return MOOD_OK;
}

mood_status mood_model_compile(mood_model *model, const mood_compile_options *options, mood_error *err) {
    mood_compile_options defaults = MOOD_COMPILE_OPTIONS;
    mood_status status = check_size(options, err);
    if (status == MOOD_OK)
        status = start_adam(model, options ? options : &defaults, err);
    if (status == MOOD_OK) {
        free(model->compile_config);
        model->compile_config = NULL;
    }
    return status;
}

/* Why the model is not compiled. */
static mood_status reason(const mood_model *model, mood_error *err) {
    if (model->uncompiled.status == MOOD_OK)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model is not compiled");
    if (err)
        *err = model->uncompiled;
    return model->uncompiled.status;
}

mood_status mood_model_reset_optimizer(mood_model *model, const mood_compile_options *options, mood_error *err) {
    mood_compile_options defaults = MOOD_COMPILE_OPTIONS, o = model->compile;
    mood_status status = check_size(options, err);
    if (status != MOOD_OK)
        return status;
    if (!model->has_loss)
        return reason(model, err);
    options = options ? options : &defaults;
    o.learning_rate = options->learning_rate;
    o.beta_1 = options->beta_1;
    o.beta_2 = options->beta_2;
    o.epsilon = options->epsilon;
    return start_adam(model, &o, err);
}

mood_status mood_model_get_compile_options(const mood_model *model, mood_compile_options *options, mood_error *err) {
    mood_status status = check_size(options, err);
    if (status == MOOD_OK && !model->compiled)
        status = reason(model, err);
    if (status == MOOD_OK)
        *options = model->compile;
    return status;
}

mood_status model_check_compiled(const struct mood_model *model, const char *task, mood_error *err) {
    mood_error why = {0};
    if (model->compiled)
        return MOOD_OK;
    (void)!reason(model, &why);
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "%s; compile the model before %s", why.message, task);
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
                              "layer %s: the last layer outputs a sequence; it must output one vector per row",
                              last->name);
    return MOOD_OK;
}

mood_status model_check_ids(const struct mood_model *model, const int32_t *x, size_t n, size_t T, mood_error *err) {
    size_t V = mood_model_get_vocabulary(model);
    if (V == 0)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "the first layer is not an Embedding, which rows of ids need; put an Embedding first");
    for (size_t i = 0; i < n * T; i++)
        if (x[i] < 0 || (size_t)x[i] >= V)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "row %zu, step %zu: id %ld is not in the Embedding's range, 0 … %zu", i / T, i % T,
                                  (long)x[i], V - 1);
    return MOOD_OK;
}

mood_status model_check_labels(const struct mood_model *model, const float *y, size_t n, size_t O, mood_error *err) {
    size_t outputs = mood_model_get_outputs(model);
    bool sparse = model->compile.loss == MOOD_SPARSE_CATEGORICAL_CROSSENTROPY;
    if (O != (sparse ? 1 : outputs))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "labels have %zu numbers per row; %zu are expected", O, sparse ? (size_t)1 : outputs);
    for (size_t i = 0; i < n * O; i++)
        if (!isfinite(y[i]) || (sparse && (y[i] < 0 || y[i] >= (float)outputs || y[i] != floorf(y[i]))))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "row %zu: label %g is not %s", i / O,
                                  (double)y[i], sparse ? "a class of the model" : "a number");
    return MOOD_OK;
}
