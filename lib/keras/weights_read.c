/* Reads model.weights.h5. Shapes are compared with those of the layers before the model is built, so allocations
 * are limited by the file's size. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/weights.h"

/* ---- checks ---------------------------------------------------------------------------------- */

/* As Python prints a tuple. */
static void describe_shape(size_t rank, const size_t *dims, char text[64]) {
    size_t used = (size_t)snprintf(text, 64, "(");
    for (size_t i = 0; i < rank && used < 64; i++)
        used += (size_t)snprintf(text + used, 64 - used, "%s%zu", i ? ", " : "", dims[i]);
    if (used < 64)
        snprintf(text + used, 64 - used, rank == 1 ? ",)" : ")");
}

bool weights_has_shape(const struct hdf5_dataset *dataset, const struct variable *variable) {
    bool fits = dataset->rank == variable->rank;
    for (size_t i = 0; fits && i < variable->rank; i++)
        fits = dataset->dims[i] == variable->dims[i];
    return fits;
}

mood_status weights_refuse_shape(const char *path, const struct hdf5_dataset *dataset, const struct variable *variable,
                                 mood_error *err) {
    char is[64], wanted[64];
    describe_shape(dataset->rank, dataset->dims, is);
    describe_shape(variable->rank, variable->dims, wanted);
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL, "%s: %s has the shape %s, but config.json requires %s",
                          path, variable->name, is, wanted);
}

/* The dataset of a variable or of an optimizer's slot, which must have the variable's shape. */
static mood_status find_array(const struct blob *file, const char *path, const struct variable *variable,
                              struct hdf5_dataset *dataset, mood_error *err) {
    mood_status status = hdf5_find(file, path, dataset, err);
    if (status != MOOD_OK)
        return status;
    if (dataset->type != HDF5_FLOAT32)
        return broken(err, "%s: %s has integers instead of floats", path, variable->name);
    return weights_has_shape(dataset, variable) ? MOOD_OK : weights_refuse_shape(path, dataset, variable, err);
}

/* The number of arrays must be that of the layer: an additional one would mean that it computes something else. */
static mood_status check_count(const struct blob *file, const char *folder, size_t count, mood_error *err) {
    char path[WEIGHTS_PATH_SIZE + 24];
    bool found = false;
    snprintf(path, sizeof path, "%s/%zu", folder, count);
    mood_status status = hdf5_exists(file, path, &found, err);
    if (status == MOOD_OK && found)
        status = broken(err, "%s has more arrays than the %zu that its layer needs", folder, count);
    return status;
}

/* The layer's groups must not contain other arrays: that would mean that the layer computes something else. */
static mood_status check_groups(const struct blob *file, const char *folder, const struct layer *layer,
                                mood_error *err) {
    char group[WEIGHTS_PATH_SIZE];
    mood_status status = MOOD_OK;
    for (size_t k = 0; k < layer_count_variables(layer) && status == MOOD_OK; k++) {
        const char *path = layer_variable(layer, k)->path;
        size_t count = 0;
        for (size_t i = 0; i < layer_count_variables(layer); i++)
            count += strcmp(layer_variable(layer, i)->path, path) == 0;
        snprintf(group, sizeof group, "%.100s%s%s/vars", folder, *path ? "/" : "", path);
        status = check_count(file, group, count, err);
    }
    return status;
}

static mood_status check_arrays(const struct blob *file, const char *folder, const struct layer *layer,
                                mood_error *err) {
    char path[WEIGHTS_PATH_SIZE];
    mood_status status = MOOD_OK;
    for (size_t k = 0; k < layer_count_variables(layer) && status == MOOD_OK; k++) {
        struct hdf5_dataset dataset;
        weights_path(folder, layer, k, path);
        status = find_array(file, path, layer_variable(layer, k), &dataset, err);
    }
    return status == MOOD_OK ? check_groups(file, folder, layer, err) : status;
}

/* All arrays together must not be larger than the file. They could be if several share the same bytes; then a small
 * file could request any amount of memory. */
mood_status weights_check_total(const struct blob *file, const struct layer *layer, size_t *total, mood_error *err) {
    for (size_t k = 0; k < layer_count_variables(layer); k++)
        *total += layer_variable(layer, k)->count;
    if (*total > file->size / sizeof(float))
        return broken(err, "its arrays overlap");
    return MOOD_OK;
}

static mood_status in_weights(mood_status status, mood_error *err) {
    if (status != MOOD_OK)
        mood_error_prefix(err, "model.weights.h5");
    return status;
}

/* The variables of a layer are those that its type's build lists; a copy is built, so that the model stays unbuilt. */
mood_status weights_probe(const mood_model *model, size_t index, size_t T, struct shape *outputs, struct layer *probe,
                          mood_error *err) {
    struct shape shapes[LAYER_MAX_INPUTS];
    model_input_shapes(model, index, outputs, T, shapes);
    *probe = *model->layers[index];
    probe->in = shapes[0];
    probe->variable_count = 0;
    mood_status status = probe->type->build(probe, shapes, err);
    if (status == MOOD_OK)
        status = layer_check_size(probe, err);
    outputs[index] = probe->out;
    return status;
}

mood_status weights_check(const struct blob *file, const mood_model *model, size_t T, mood_error *err) {
    struct shape *outputs = calloc(model->layer_count, sizeof *outputs);
    size_t total = 0;
    mood_status status = outputs ? in_weights(hdf5_check(file, err), err) : out_of_memory(err, "reading the weights");
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++) {
        char folder[WEIGHTS_PATH_SIZE];
        struct layer probe;
        status = weights_probe(model, i, T, outputs, &probe, err);
        if (status != MOOD_OK)
            break;
        weights_folder(model, i, folder);
        status = in_weights(check_arrays(file, folder, &probe, err), err);
        if (status == MOOD_OK)
            status = in_weights(weights_check_total(file, &probe, &total, err), err);
    }
    free(outputs);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

mood_status weights_store(mood_model *model, int store, const struct layer *layer, size_t index, const float *values,
                          mood_error *err) {
    const struct variable *variable = layer_variable(layer, index);
    mood_status status = model_check_values(model, store, variable, values, MOOD_ERR_FORMAT,
                                            "training diverged, or the file is damaged; train the model again", err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "layer \"%s\"", layer->name);
    return status == MOOD_OK ? model_write(model, store, variable, values, err) : status;
}

static mood_status read_array(const struct blob *file, const char *path, mood_model *model, int store,
                              const struct layer *layer, size_t index, mood_error *err) {
    const struct variable *variable = layer_variable(layer, index);
    struct hdf5_dataset dataset;
    mood_status status = find_array(file, path, variable, &dataset, err);
    if (status != MOOD_OK)
        return status;
    float *values = calloc(variable->count, sizeof *values);
    if (!values)
        return out_of_memory(err, "reading the weights");
    hdf5_floats(&dataset, values);
    status = weights_store(model, store, layer, index, values, err);
    free(values);
    return status;
}

static mood_status read_layers(const struct blob *file, mood_model *model, mood_error *err) {
    char folder[WEIGHTS_PATH_SIZE], path[WEIGHTS_PATH_SIZE];
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct layer *layer = model->layers[i];
        weights_folder(model, i, folder);
        for (size_t k = 0; k < layer_count_variables(layer); k++) {
            weights_path(folder, layer, k, path);
            mood_status status = read_array(file, path, model, MODEL_VALUES, layer, k, err);
            if (status != MOOD_OK)
                return status;
        }
    }
    return MOOD_OK;
}

/* Keras stores int32 or int64, depending on its back end. */
static mood_status read_iterations(const struct blob *file, mood_model *model, mood_error *err) {
    struct hdf5_dataset dataset;
    mood_status status = hdf5_find(file, "optimizer/vars/0", &dataset, err);
    if (status != MOOD_OK)
        return status;
    if (dataset.rank != 0 || dataset.type == HDF5_FLOAT32)
        return broken(err, "optimizer/vars/0 is not the number of steps done");
    uint64_t count = 0;
    for (size_t i = 0; i < (dataset.type == HDF5_INT64 ? 8 : 4); i++)
        count |= (uint64_t)dataset.data[i] << 8 * i;
    if (count >> (dataset.type == HDF5_INT64 ? 63 : 31))
        return broken(err, "optimizer/vars/0: the number of steps done is negative");
    model->iterations = count;
    return MOOD_OK;
}

static mood_status read_scalar(const struct blob *file, size_t index, const char *noun, float *number,
                               mood_error *err) {
    struct hdf5_dataset dataset;
    char path[64];
    snprintf(path, sizeof path, "optimizer/vars/%zu", index);
    mood_status status = hdf5_find(file, path, &dataset, err);
    if (status != MOOD_OK)
        return status;
    if (dataset.rank != 0 || dataset.type != HDF5_FLOAT32)
        return broken(err, "%s is not the %s", path, noun);
    hdf5_floats(&dataset, number);
    if (!(*number >= 0 && *number < 1e6f))
        return broken(err, "%s: a %s of %g", path, noun, (double)*number);
    return MOOD_OK;
}

/* The current learning rate, which a callback may have changed; the config contains the initial one. */
static mood_status read_learning_rate(const struct blob *file, mood_model *model, mood_error *err) {
    float rate = 0;
    mood_status status = read_scalar(file, 1, "learning rate", &rate, err);
    if (status != MOOD_OK || rate == (float)model_get_learning_rate(model))
        return status;
    return model_set_learning_rate(model, rate, err);
}

struct reader {
    const struct blob *file;
    mood_model *model;
};

static mood_status read_slot(const char *path, int slot, const struct layer *layer, size_t index, void *user,
                             mood_error *err) {
    struct reader *reader = user;
    return read_array(reader->file, path, reader->model, slot, layer, index, err);
}

static mood_status read_state(const struct blob *file, mood_model *model, size_t first, mood_error *err) {
    struct reader reader = {file, model};
    size_t next;
    mood_status status = weights_visit_slots(model, first, read_slot, &reader, &next, err);
    if (status == MOOD_OK && model->optimizer->type->factor)
        status = read_scalar(file, next++, "product of momentums", &model->optimizer->product, err);
    return status == MOOD_OK ? check_count(file, "optimizer/vars", next, err) : status;
}

static bool has_frozen(const mood_model *model) {
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++)
            if (layer_variable(model->layers[i], k)->role == FROZEN)
                return true;
    return false;
}

/* The model opens uncompiled. */
static mood_status drop_optimizer(mood_model *model, const char *reason) {
    model_drop_optimizer(model);
    (void)!unsupported(&model->uncompiled, "%s; a new optimizer can train the model", reason);
    return MOOD_OK;
}

/* Keras 2 (its .keras files are of 2.12 to 2.15) stores no learning rate: the first array is in its place. */
static mood_status find_version(const struct blob *file, bool constant, bool *two, mood_error *err) {
    struct hdf5_dataset dataset;
    mood_status status = hdf5_exists(file, "optimizer/vars/1", two, err);
    if (status == MOOD_OK && *two)
        status = hdf5_find(file, "optimizer/vars/1", &dataset, err);
    *two = *two && constant && status == MOOD_OK && dataset.rank > 0;
    return status;
}

/* The other optimizers have the arrays of Keras 3 in the same order. */
static mood_status read_state_2(const struct blob *file, mood_model *model, mood_error *err) {
    struct slot slots[OPTIMIZER_MAX_SLOTS];
    if (model->optimizer->type->factor)
        return drop_optimizer(model, "Keras 2 did not save all of this optimizer's state");
    if (optimizer_common(model->optimizer)->use_ema)
        return drop_optimizer(model, "this version does not read Keras 2's moving averages of the weights");
    if (optimizer_slots(model->optimizer, slots) == 0) /* an SGD without momentum: its arrays have no effect */
        return MOOD_OK;
    return read_state(file, model, 1, err);
}

static mood_status read_optimizer(const struct blob *file, mood_model *model, mood_error *err) {
    bool found = false, trained = false, two = false,
         constant = !optimizer_common(model->optimizer)->learning_rate.schedule;
    char path[64];
    struct slot slots[OPTIMIZER_MAX_SLOTS];
    mood_status status = hdf5_exists(file, "optimizer/vars/0", &found, err);
    if (status != MOOD_OK || !found) /* saved without it: training starts with a new state, as in Keras */
        return status;
    status = read_iterations(file, model, err);
    if (status == MOOD_OK)
        status = find_version(file, constant, &two, err);
    if (status == MOOD_OK && constant && !two)
        status = read_learning_rate(file, model, err);
    snprintf(path, sizeof path, "optimizer/vars/%zu", weights_first_slot(model));
    if (status == MOOD_OK)
        status = hdf5_exists(file, path, &trained, err);
    if (optimizer_slots(model->optimizer, slots) == 0 && !constant) /* of Keras 2, if there are any: without effect */
        trained = false;
    if (status == MOOD_OK && two)
        status = read_state_2(file, model, err);
    else if (status == MOOD_OK && trained)
        status = read_state(file, model, weights_first_slot(model), err);
    /* Layers may have been frozen after the optimizer had begun, which Keras applies when the model is compiled again. */
    if (status != MOOD_OK && status != MOOD_ERR_MEMORY && status != MOOD_ERR_DEVICE && has_frozen(model))
        return drop_optimizer(model,
                              "the optimizer's state in the file does not belong to the weights that are trainable");
    return status;
}

mood_status weights_read(const struct blob *file, mood_model *model, bool optimizer, mood_error *err) {
    mood_status status = read_layers(file, model, err);
    if (status == MOOD_OK && optimizer)
        status = read_optimizer(file, model, err);
    return in_weights(status, err);
}
