/* Compile: the loss, the metrics and the optimizer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* Options of an earlier version of the library lack the last members. */
static mood_status take_options(const mood_compile_options *options, mood_compile_options *taken, mood_error *err) {
    *taken = (mood_compile_options)MOOD_COMPILE_OPTIONS;
    if (!options)
        return MOOD_OK;
    if (options->size < offsetof(mood_compile_options, metrics) || options->size > sizeof *options)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "these are not mood_compile_options of this version; begin with MOOD_COMPILE_OPTIONS");
    memcpy(taken, options, options->size);
    if ((taken->metric_count && !taken->metrics) || (taken->weighted_metric_count && !taken->weighted_metrics))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "metrics is NULL");
    return MOOD_OK;
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

static mood_status make_objective(const mood_model *model, const mood_compile_options *o, struct objective *objective,
                                  mood_error *err) {
    struct loss *loss;
    *objective = (struct objective){0};
    mood_status status = loss_parse(o->loss ? o->loss : "binary_crossentropy", &loss, err);
    if (status == MOOD_OK)
        status = objective_create(model, loss, objective, err);
    if (status == MOOD_OK)
        status = o->metrics ? objective_add_metrics(objective, o->metrics, o->metric_count, false, err)
                            : objective_add_default(model, objective, err);
    if (status == MOOD_OK)
        status = objective_add_metrics(objective, o->weighted_metrics, o->weighted_metric_count, true, err);
    if (status != MOOD_OK)
        objective_clear(objective);
    return status;
}

static mood_status parse_optimizer(const char *text, struct optimizer **optimizer, mood_error *err) {
    return optimizer_parse(text ? text : "Adam", optimizer, err);
}

static mood_status compile_with(mood_model *model, const mood_compile_options *options, mood_error *err) {
    struct optimizer *optimizer;
    struct objective objective;
    mood_status status = parse_optimizer(options->optimizer, &optimizer, err);
    if (status != MOOD_OK)
        return status;
    status = make_objective(model, options, &objective, err);
    if (status == MOOD_OK)
        status = objective_install(&objective, model, err);
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
    mood_compile_options taken;
    mood_status status = take_options(options, &taken, err);
    if (status == MOOD_OK)
        status = compile_with(model, &taken, err);
    if (status == MOOD_OK) {
        free(model->compile_config);
        model->compile_config = NULL;
    }
    return status;
}

/* The reason why the model is not compiled. */
static mood_status reason(const mood_model *model, mood_error *err) {
    if (model->uncompiled.status == MOOD_OK)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model is not compiled");
    if (err)
        *err = model->uncompiled;
    return model->uncompiled.status;
}

mood_status mood_model_reset_optimizer(mood_model *model, const char *optimizer, mood_error *err) {
    struct optimizer *parsed;
    if (!model->objective.loss)
        return reason(model, err);
    mood_status status = parse_optimizer(optimizer, &parsed, err);
    return status == MOOD_OK ? model_take_optimizer(model, parsed, err) : status;
}

mood_status mood_model_get_compile_options(const mood_model *model, mood_compile_options *options, mood_error *err) {
    mood_compile_options taken;
    mood_status status = take_options(options, &taken, err);
    size_t size = taken.size;
    if (status == MOOD_OK && !model->compiled)
        status = reason(model, err);
    if (status != MOOD_OK)
        return status;
    memcpy(options, &model->compile, size);
    options->size = size;
    return MOOD_OK;
}

const char *mood_model_get_skipped_metrics(const mood_model *model) {
    return model->objective.skipped;
}

mood_status model_check_compiled(const struct mood_model *model, const char *task, mood_error *err) {
    mood_error why = {0};
    if (model->compiled)
        return MOOD_OK;
    (void)!reason(model, &why);
    return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "%s; compile the model before %s", why.message, task);
}
