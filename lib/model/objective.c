/* Loss and metrics of a model. */
#include "model/objective.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "layers/activation.h"
#include "model/model.h"

/* ---- the loss -------------------------------------------------------------------------------- */

static bool is_probability(enum activation activation) {
    return activation == ACTIVATION_SIGMOID || activation == ACTIVATION_SOFTMAX;
}

static mood_status check_last_layer(const mood_model *model, const struct loss *loss, mood_error *err) {
    const struct layer *last = model->layer_count ? model->layers[model->layer_count - 1] : NULL;
    const char *name = loss->type->name;
    if (!last || !(layer_traits(last) & HAS_LOGITS))
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "a model to be trained has to end in a Dense");
    enum activation given = layer_activation(last);
    if (loss_from_logits(loss) && is_probability(given))
        return mood_error_set(
            err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
            "layer %s: %s with from_logits takes the layer's outputs as logits, but its activation is "
            "%s; use one of the two, not both",
            last->name, name, activation_name(given));
    if (loss->type->activation == MOOD_SOFTMAX && mood_model_get_outputs(model) == 1)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: %s of one unit is 0 for every row; it needs one unit for each class",
                              last->name, name);
    return MOOD_OK;
}

static bool is_of_logits(const mood_model *model, const struct loss *loss) {
    enum activation given = layer_activation(model->layers[model->layer_count - 1]);
    return !loss_from_logits(loss) && loss->type->logits_kernel && (int)given == (int)loss->type->activation;
}

mood_status objective_create(const struct mood_model *model, struct loss *loss, struct objective *objective,
                             mood_error *err) {
    *objective = (struct objective){.loss = loss, .O = mood_model_get_outputs(model)};
    objective->L = loss->type->takes_classes ? 1 : objective->O;
    mood_status status = check_last_layer(model, loss, err);
    if (status == MOOD_OK && !(objective->loss_text = loss_text(loss)))
        status = out_of_memory(err, "making a loss");
    if (status == MOOD_OK)
        objective->of_logits = is_of_logits(model, loss);
    else
        objective_clear(objective);
    return status;
}

void objective_clear(struct objective *objective) {
    for (size_t i = 0; i < objective->metrics.count && objective->metric_texts; i++)
        free(objective->metric_texts[i]);
    free(objective->metric_texts);
    metric_list_clear(&objective->metrics);
    loss_destroy(objective->loss);
    free(objective->loss_text);
    *objective = (struct objective){0};
}

size_t mood_model_get_label_width(const mood_model *model) {
    return model->objective.L;
}

/* ---- metrics --------------------------------------------------------------------------------- */

struct metric_place objective_place(const struct objective *objective, bool weighted) {
    return (struct metric_place){.L = objective->L, .O = objective->O, .weighted = weighted};
}

mood_status objective_add_metrics(struct objective *objective, const char *const *texts, size_t count, bool weighted,
                                  mood_error *err) {
    struct metric_place place = objective_place(objective, weighted);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        struct metric *metric = NULL;
        status = metric_parse(texts[i], &place, &metric, err);
        if (status == MOOD_OK)
            status = metric_list_add(&objective->metrics, metric, err);
    }
    return status;
}

/* Keras's "accuracy" has the threshold 0.5 also for logits and hinge losses, and expects one class per row, so
 * these cases get BinaryAccuracy. */
mood_status objective_add_default(const struct mood_model *model, struct objective *objective, mood_error *err) {
    const struct loss_type *type = objective->loss->type;
    bool several = objective->O > 1;
    bool sigmoid = layer_activation(model->layers[model->layer_count - 1]) == ACTIVATION_SIGMOID;
    const char *text = several && sigmoid && !type->one_class ? "binary_accuracy" : "accuracy";
    bool signs = type->signs && !sigmoid;
    if (signs || (type->activation == MOOD_SIGMOID && loss_from_logits(objective->loss)))
        text = several ? "BinaryAccuracy(threshold=0)" : "BinaryAccuracy(threshold=0, name='accuracy')";
    return objective_add_metrics(objective, &text, 1, false, err);
}

static mood_status describe_metrics(struct objective *objective, mood_error *err) {
    size_t count = objective->metrics.count;
    objective->metric_texts = calloc(count + 1, sizeof *objective->metric_texts);
    for (size_t i = 0; i < count && objective->metric_texts; i++)
        if (!(objective->metric_texts[i] = metric_text(objective->metrics.at[i])))
            return out_of_memory(err, "making metrics");
    return objective->metric_texts ? MOOD_OK : out_of_memory(err, "making metrics");
}

void objective_skip_metric(struct objective *objective, const char *name) {
    static const char more[] = ", …";
    char *skipped = objective->skipped;
    size_t used = strlen(skipped), room = sizeof objective->skipped - sizeof more;
    if (used >= sizeof more && strcmp(skipped + used + 1 - sizeof more, more) == 0)
        return;
    if (used + strlen(", ") + strlen(name) < room)
        snprintf(skipped + used, room - used, "%s%s", used ? ", " : "", name);
    else
        strcpy(skipped + used, more);
}

mood_status objective_install(struct objective *objective, struct mood_model *model, mood_error *err) {
    const struct loss *loss = objective->loss;
    mood_compile_options *compile = &model->compile;
    size_t unweighted = 0;
    mood_status status = describe_metrics(objective, err);
    if (status != MOOD_OK) {
        objective_clear(objective);
        return status;
    }
    while (unweighted < objective->metrics.count && !objective->metrics.at[unweighted]->weighted)
        unweighted++;
    objective_clear(&model->objective);
    model->objective = *objective;
    *objective = (struct objective){0};
    compile->loss = model->objective.loss_text;
    compile->metrics = (const char *const *)model->objective.metric_texts;
    compile->metric_count = unweighted;
    compile->weighted_metrics = compile->metrics + unweighted;
    compile->weighted_metric_count = model->objective.metrics.count - unweighted;
    model->head = (struct head_loss){.activation = loss->type->activation,
                                     .from_logits = loss_from_logits(loss),
                                     .one_class = loss->type->one_class,
                                     .signs = loss->type->signs};
    snprintf(model->head.name, sizeof model->head.name, "%s", loss->type->class_name);
    return MOOD_OK;
}

/* ---- queries about losses and metrics -------------------------------------------------------------- */

int mood_model_get_metric_direction(const mood_model *model, const char *name) {
    if (strncmp(name, "val_", 4) == 0)
        name += 4;
    if (strcmp(name, "loss") == 0)
        return -1;
    for (size_t i = 0; i < model->objective.metrics.count; i++)
        if (strcmp(model->objective.metrics.at[i]->name, name) == 0) {
            enum metric_direction direction = model->objective.metrics.at[i]->type->direction;
            return direction == METRIC_UP ? 1 : direction == METRIC_DOWN ? -1 : 0;
        }
    return 0;
}

mood_status mood_loss_check(const char *text, mood_error *err) {
    struct loss *loss = NULL;
    if (!text)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no loss to check");
    mood_status status = loss_parse(text, &loss, err);
    loss_destroy(loss);
    return status;
}

mood_status mood_loss_describe(const char *text, mood_loss_info *info, mood_error *err) {
    struct loss *loss = NULL;
    if (!text || !info || info->size != sizeof *info)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "describing a loss needs its text and a mood_loss_info that begins with MOOD_LOSS_INFO");
    mood_status status = loss_parse(text, &loss, err);
    if (status == MOOD_OK)
        *info = (mood_loss_info){sizeof *info, loss->type->activation, loss_from_logits(loss), loss->type->one_class,
                                 loss->type->takes_classes};
    loss_destroy(loss);
    return status;
}

const char *mood_loss_class_at(size_t index) {
    const struct loss_type *type = loss_type_at(index);
    return type ? type->class_name : NULL;
}

const char *mood_metric_class_at(size_t index) {
    const struct metric_type *type = metric_type_at(index);
    return type ? type->class_name : NULL;
}
