/* Compile: the loss and the optimizer, and the checks that labels, layers and loss fit together. */
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
static enum activation loss_activation(mood_loss loss) {
    return loss == MOOD_BINARY_CROSSENTROPY ? ACTIVATION_SIGMOID : ACTIVATION_SOFTMAX;
}

/* Losses are computed from logits: the layer's outputs, or what a sigmoid or softmax layer has before its activation. */
static mood_status check_last_layer(const mood_model *model, const mood_compile_options *o, mood_error *err) {
    const struct layer *last = model->layer_count ? model->layers[model->layer_count - 1] : NULL;
    enum activation wanted = loss_activation(o->loss);
    if (!last || !(layer_traits(last) & HAS_LOGITS))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "a model to be trained has to end in a Dense");
    enum activation given = layer_activation(last);
    if (o->from_logits && (given == ACTIVATION_SIGMOID || given == ACTIVATION_SOFTMAX))
        return mood_error_set(
            err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
            "layer %s: %s with from_logits takes the layer's outputs as logits, but its activation is "
            "%s; use one of the two, not both",
            last->name, loss_name(o->loss), activation_name(given));
    if (!o->from_logits && given != wanted)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: with %s the last layer's activation has to be %s, not %s%s", last->name,
                              loss_name(o->loss), activation_name(wanted), activation_name(given),
                              given == ACTIVATION_LINEAR ? "; outputs that are logits need from_logits (--activation)"
                                                         : "");
    if (wanted == ACTIVATION_SOFTMAX && mood_model_get_outputs(model) == 1)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: %s of one unit is 0 for every row; it needs one unit for each class",
                              last->name, loss_name(o->loss));
    return MOOD_OK;
}

mood_status model_set_loss(struct mood_model *model, const mood_compile_options *options, mood_error *err) {
    if (!loss_name(options->loss))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown loss %d", (int)options->loss);
    mood_status status = check_last_layer(model, options, err);
    if (status != MOOD_OK)
        return status;
    model->compile = *options;
    model->compile.optimizer = model->optimizer_text;
    model->has_loss = true;
    model->loss = (struct head_loss){.activation = (mood_activation)loss_activation(options->loss),
                                     .from_logits = options->from_logits};
    snprintf(model->loss.name, sizeof model->loss.name, "%s", loss_name(options->loss));
    return MOOD_OK;
}

static mood_status check_size(const mood_compile_options *options, mood_error *err) {
    if (!options || options->size == sizeof *options)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "these are not mood_compile_options of this version; begin with MOOD_COMPILE_OPTIONS");
}

/* ---- the optimizer ------------------------------------------------------------------------------- */

void model_drop_optimizer(struct mood_model *model) {
    for (size_t i = 0; i < OPTIMIZER_MAX_SLOTS; i++)
        buffer_destroy(&model->slots[i]);
    buffer_destroy(&model->norms);
    optimizer_destroy(model->optimizer);
    free(model->optimizer_text);
    model->optimizer = NULL;
    model->compile.optimizer = model->optimizer_text = NULL;
    model->iterations = 0;
    model->compiled = model->has_state = false;
}

static mood_status describe_optimizer(struct mood_model *model, const struct optimizer *optimizer, mood_error *err) {
    char *text = optimizer_text(optimizer);
    if (!text)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory making an optimizer");
    free(model->optimizer_text);
    model->compile.optimizer = model->optimizer_text = text;
    return MOOD_OK;
}

mood_status model_take_optimizer(struct mood_model *model, struct optimizer *optimizer, mood_error *err) {
    model_drop_optimizer(model);
    mood_status status = describe_optimizer(model, optimizer, err);
    if (status != MOOD_OK) {
        optimizer_destroy(optimizer);
        return status;
    }
    model->optimizer = optimizer;
    model->compiled = true;
    return MOOD_OK;
}

double model_get_learning_rate(const struct mood_model *model) {
    return learning_rate_at(&optimizer_common(model->optimizer)->learning_rate, model->iterations);
}

mood_status model_set_learning_rate(struct mood_model *model, double value, mood_error *err) {
    struct learning_rate *rate = &optimizer_common(model->optimizer)->learning_rate;
    if (rate->schedule)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_INPUT,
                              "the learning rate is the schedule %s and can't be set", rate->schedule->class_name);
    rate->value = value;
    return describe_optimizer(model, model->optimizer, err);
}

/* The expression as an optimizer (NULL: Adam), and the loss of the options. */
static mood_status compile_with(mood_model *model, const mood_compile_options *options, mood_error *err) {
    struct optimizer *optimizer;
    mood_status status = optimizer_parse(options->optimizer ? options->optimizer : "Adam", &optimizer, err);
    if (status != MOOD_OK)
        return status;
    status = model_set_loss(model, options, err);
    if (status != MOOD_OK) {
        optimizer_destroy(optimizer);
        return status;
    }
    return model_take_optimizer(model, optimizer, err);
}

mood_status mood_optimizer_check(const char *text, mood_error *err) {
    struct optimizer *optimizer = NULL;
    if (!text)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no optimizer to check");
    mood_status status = optimizer_parse(text, &optimizer, err);
    optimizer_destroy(optimizer);
    return status;
}

const char *mood_optimizer_class_at(size_t index) {
    const struct optimizer_type *type = optimizer_type_at(index);
    return type ? type->class_name : NULL;
}

mood_status mood_model_compile(mood_model *model, const mood_compile_options *options, mood_error *err) {
    mood_compile_options defaults = MOOD_COMPILE_OPTIONS;
    mood_status status = check_size(options, err);
    if (status == MOOD_OK)
        status = compile_with(model, options ? options : &defaults, err);
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

mood_status mood_model_reset_optimizer(mood_model *model, const char *optimizer, mood_error *err) {
    if (!model->has_loss)
        return reason(model, err);
    mood_compile_options options = model->compile;
    options.optimizer = optimizer;
    return compile_with(model, &options, err);
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
    if (model->T != T && !model->bag.V)
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
    if (mood_model_get_matrix(model) == MOOD_MATRIX_TFIDF && !model->bag.idf)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the model takes tfidf of words, which needs the document counts of its tokenizer; give "
                              "the tokenizer");
    for (size_t i = 0; i < n * T; i++)
        if (x[i] < 0 || (size_t)x[i] >= V)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "row %zu, step %zu: id %ld is not in the %s range, 0 … %zu", i / T, i % T, (long)x[i],
                                  model->bag.V ? "vocabulary's" : "Embedding's", V - 1);
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
