/* Checks of rows, labels, layers and loss. */
#include <math.h>

#include "model/model.h"

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
    if (bag_weighs(mood_model_get_matrix(model)) && !model->bag.idf)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the model takes %s of words, which needs the document counts of its tokenizer; give "
                              "the tokenizer",
                              mood_matrix_name(model->bag.mode));
    for (size_t i = 0; i < n * T; i++)
        if (x[i] < 0 || (size_t)x[i] >= V)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "row %zu, step %zu: id %ld is not in the %s range, 0 … %zu", i / T, i % T, (long)x[i],
                                  model->bag.V ? "vocabulary's" : "Embedding's", V - 1);
    return MOOD_OK;
}

mood_status model_check_labels(const struct mood_model *model, const float *y, size_t n, size_t L, mood_error *err) {
    size_t O = mood_model_get_outputs(model), wanted = mood_model_get_label_width(model);
    if (L != wanted)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "labels have %zu numbers per row; %zu are expected", L, wanted);
    mood_status status = loss_check_labels(model->objective.loss->type, y, n, L, O, err);
    for (size_t i = 0; i < model->objective.metrics.count && status == MOOD_OK; i++) {
        const struct loss_type *type = model->objective.metrics.at[i]->type->loss;
        if (type)
            status = loss_check_labels(type, y, n, L, O, err);
    }
    return status;
}
