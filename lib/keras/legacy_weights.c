/* Weights of an .h5 file. layer_names lists a group per layer, weight_names the arrays of a group. As in Keras,
 * both are matched by order, not by name: groups that have arrays with layers that have weights. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "keras/legacy.h"
#include "keras/weights.h"

#define MAX_PARTS 100     /* of an attribute that is split */
#define MAX_GROUPS 1000   /* as many as layers of a model */
#define MAX_ARRAYS 1000   /* of a layer */
#define MAX_PATH_SIZE 600 /* of a group or an array */

/* ---- names ----------------------------------------------------------------------------------- */

static mood_status append_texts(struct hdf5_texts *texts, const struct hdf5_texts *part, mood_error *err) {
    if (part->count == 0)
        return MOOD_OK;
    mood_text *items = reallocarray(texts->items, texts->count + part->count, sizeof *items);
    if (!items)
        return out_of_memory(err, "reading an attribute");
    memcpy(items + texts->count, part->items, part->count * sizeof *items);
    texts->items = items;
    texts->count += part->count;
    return MOOD_OK;
}

/* *reads: number of attributes that may still be read. Each may search a heap, so many of them in a small file
 * would take long. */
static mood_status read_attribute(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                                  size_t *reads, mood_error *err) {
    if (*reads == 0)
        return broken(err, "has more attributes than a model of %d layers", MAX_GROUPS);
    --*reads;
    return hdf5_read_texts(file, path, name, texts, err);
}

static mood_status read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                              size_t *reads, mood_error *err) {
    mood_status status = read_attribute(file, path, name, texts, reads, err);
    bool more = status == MOOD_OK && !texts->found;
    for (int i = 0; more && i < MAX_PARTS; i++) {
        char part_name[64];
        struct hdf5_texts part = {0};
        snprintf(part_name, sizeof part_name, "%s%d", name, i);
        status = read_attribute(file, path, part_name, &part, reads, err);
        more = status == MOOD_OK && part.found;
        if (more)
            status = append_texts(texts, &part, err);
        texts->found = texts->found || more;
        more = more && status == MOOD_OK;
        free(part.items);
    }
    if (status != MOOD_OK) {
        free(texts->items);
        *texts = (struct hdf5_texts){0};
    }
    return status;
}

mood_status legacy_read_texts(const struct blob *file, const char *path, const char *name, struct hdf5_texts *texts,
                              mood_error *err) {
    size_t reads = MAX_PARTS + 1;
    *texts = (struct hdf5_texts){0};
    return read_texts(file, path, name, texts, &reads, err);
}

/* Join path and name; the name is printed in messages. */
static mood_status join(const char *folder, mood_text name, char path[MAX_PATH_SIZE], mood_error *err) {
    if (!mood_text_validate(name, NULL) || !text_is_printable(name))
        return broken(err, "a name of its weights contains control characters or is not UTF-8");
    if (strlen(folder) + name.size + 2 > MAX_PATH_SIZE)
        return unsupported(err, "a name of its weights is longer than %d bytes", MAX_PATH_SIZE - 2);
    snprintf(path, MAX_PATH_SIZE, "%s%s%.*s", folder, *folder ? "/" : "", (int)name.size, name.data);
    return MOOD_OK;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* The arrays of one layer. */
struct group {
    char *path;
    struct hdf5_texts names;
};

/* The groups that have arrays. */
struct groups {
    const struct blob *file;
    struct group *items;
    size_t count, reads; /* limit of attributes that may still be read */
};

static void groups_clear(struct groups *groups) {
    for (size_t i = 0; i < groups->count; i++) {
        free(groups->items[i].path);
        free(groups->items[i].names.items);
    }
    free(groups->items);
    *groups = (struct groups){0};
}

static mood_status add_group(struct groups *groups, const char *path, mood_error *err) {
    struct group *group = &groups->items[groups->count];
    mood_status status = read_texts(groups->file, path, "weight_names", &group->names, &groups->reads, err);
    if (status != MOOD_OK || group->names.count == 0)
        return status;
    group->path = strdup(path);
    groups->count++; /* counted before the error, so that groups_clear frees it */
    if (!group->path)
        return out_of_memory(err, "reading the weights");
    if (group->names.count > MAX_ARRAYS)
        return broken(err, "%s has %zu arrays, but no layer has more than %d", path, group->names.count, MAX_ARRAYS);
    return MOOD_OK;
}

static mood_status add_groups(struct groups *groups, const char *root, const struct hdf5_texts *layers,
                              mood_error *err) {
    char path[MAX_PATH_SIZE];
    if (!layers->found)
        return broken(err, "has no layer_names: it does not contain the weights of a Keras model");
    if (layers->count > MAX_GROUPS)
        return broken(err, "layer_names has %zu layers; at most %d are possible", layers->count, MAX_GROUPS);
    groups->items = calloc(layers->count + 1, sizeof *groups->items);
    if (!groups->items)
        return out_of_memory(err, "reading the weights");
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < layers->count && status == MOOD_OK; i++) {
        status = join(root, layers->items[i], path, err);
        if (status == MOOD_OK)
            status = add_group(groups, path, err);
    }
    return status;
}

/* A whole model has its weights in a subgroup. Call groups_clear, also after an error. */
static mood_status read_groups(const struct blob *file, struct groups *groups, mood_error *err) {
    bool whole;
    struct hdf5_texts layers = {0};
    *groups = (struct groups){.file = file, .reads = 2 * MAX_GROUPS};
    mood_status status = hdf5_exists(file, "model_weights", &whole, err);
    const char *root = whole ? "model_weights" : "";
    if (status == MOOD_OK)
        status = legacy_read_texts(file, root, "layer_names", &layers, err);
    if (status == MOOD_OK)
        status = add_groups(groups, root, &layers, err);
    free(layers.items);
    return status;
}

static mood_status check_counts(const struct groups *groups, const mood_model *model, size_t layers, mood_error *err) {
    if (layers == groups->count)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL,
                          "has weights of %zu layers, but the model \"%s\" has %zu layers with weights", groups->count,
                          model->name, layers);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

/* Keras lists trainable weights first. */
static size_t place_of(const struct layer *layer, size_t index) {
    enum role role = layer_variable(layer, index)->role;
    size_t place = 0;
    for (size_t i = 0; i < layer_count_variables(layer); i++) {
        enum role other = layer_variable(layer, i)->role;
        place += (other < role) || (other == role && i < index);
    }
    return place;
}

/* A variable's array, of any shape. */
static mood_status find_array(const struct groups *groups, size_t group, const struct layer *layer, size_t index,
                              char path[MAX_PATH_SIZE], struct hdf5_dataset *dataset, mood_error *err) {
    const struct group *of = &groups->items[group];
    mood_status status = join(of->path, of->names.items[place_of(layer, index)], path, err);
    if (status == MOOD_OK)
        status = hdf5_find(groups->file, path, dataset, err);
    if (status == MOOD_OK && dataset->type != HDF5_FLOAT32)
        status = broken(err, "%s: %s has integers instead of floats", path, layer_variable(layer, index)->name);
    return status;
}

/* The index of the variable of that name in the same cell; the number of variables if there is none. */
static size_t find_sibling(const struct layer *layer, size_t index, const char *name) {
    size_t i = 0;
    const char *path = layer_variable(layer, index)->path;
    while (i < layer_count_variables(layer) &&
           (strcmp(layer_variable(layer, i)->name, name) != 0 || strcmp(layer_variable(layer, i)->path, path) != 0))
        i++;
    return i;
}

/* ---- cuDNN's layers -------------------------------------------------------------------------- */

/* CuDNNLSTM and CuDNNGRU have two biases in one vector, and the matrix of each gate in cuDNN's column-major order.
 * The size of the bias identifies them, as in Keras. *gates: 4 or 3; 0: another layer. */
static mood_status find_cudnn(const struct groups *groups, size_t group, const struct layer *layer, size_t index,
                              size_t *gates, mood_error *err) {
    char path[MAX_PATH_SIZE];
    struct hdf5_dataset dataset;
    size_t bias = find_sibling(layer, index, "bias"), recurrent = find_sibling(layer, index, "recurrent_kernel");
    *gates = 0;
    if (bias == layer_count_variables(layer) || recurrent == layer_count_variables(layer))
        return MOOD_OK;
    const size_t *dims = layer_variable(layer, recurrent)->dims;
    size_t count = dims[1] / dims[0];
    if (count != 3 && count != 4)
        return MOOD_OK;
    mood_status status = find_array(groups, group, layer, bias, path, &dataset, err);
    if (status == MOOD_OK && dataset.rank == 1 && dataset.dims[0] == 2 * dims[1])
        *gates = count;
    return status;
}

/* values [2 * count] to [count]. */
static void add_biases(float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] += values[count + i];
}

/* The block [rows, H] of each gate in a matrix [rows, gates * H] contains, row by row, a matrix [H, rows]. */
static void transpose_gates(const float *stored, size_t rows, size_t gates, size_t H, float *values) {
    for (size_t gate = 0; gate < gates; gate++)
        for (size_t row = 0; row < rows; row++)
            for (size_t column = 0; column < H; column++) {
                size_t place = column * rows + row; /* index within the block */
                values[row * gates * H + gate * H + column] = stored[place / H * gates * H + gate * H + place % H];
            }
}

/* A GRU keeps its two biases [2, 3 * H], in the same order. */
static mood_status convert(const struct variable *variable, size_t gates, float *values, mood_error *err) {
    if (strcmp(variable->name, "bias") == 0) {
        if (variable->rank == 1)
            add_biases(values, variable->count);
        return MOOD_OK;
    }
    float *stored = malloc(variable->count * sizeof *stored);
    if (!stored)
        return out_of_memory(err, "reading the weights");
    memcpy(stored, values, variable->count * sizeof *stored);
    transpose_gates(stored, variable->dims[0], gates, variable->dims[1] / gates, values);
    free(stored);
    return MOOD_OK;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static mood_status check_array(const struct groups *groups, size_t group, const struct layer *layer, size_t index,
                               mood_error *err) {
    char path[MAX_PATH_SIZE];
    struct hdf5_dataset dataset;
    struct variable wanted = *layer_variable(layer, index);
    size_t gates;
    mood_status status = find_array(groups, group, layer, index, path, &dataset, err);
    if (status == MOOD_OK)
        status = find_cudnn(groups, group, layer, index, &gates, err);
    if (status != MOOD_OK)
        return status;
    if (gates && strcmp(wanted.name, "bias") == 0) {
        wanted.dims[0] = dataset.dims[0];
        wanted.rank = 1;
    }
    return weights_has_shape(&dataset, &wanted) ? MOOD_OK : weights_refuse_shape(path, &dataset, &wanted, err);
}

static mood_status check_layer(const struct groups *groups, size_t group, const struct layer *layer, mood_error *err) {
    size_t count = layer_count_variables(layer);
    mood_status status = MOOD_OK;
    if (group >= groups->count)
        return MOOD_OK; /* check_counts reports it */
    if (groups->items[group].names.count != count)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_FATAL, "%s has %zu arrays, but layer \"%s\" has %zu",
                              groups->items[group].path, groups->items[group].names.count, layer->name, count);
    for (size_t k = 0; k < count && status == MOOD_OK; k++)
        status = check_array(groups, group, layer, k, err);
    return status;
}

static mood_status check_layers(const struct groups *groups, const mood_model *model, size_t T, mood_error *err) {
    struct shape *outputs = calloc(model->layer_count, sizeof *outputs);
    size_t total = 0, group = 0;
    mood_status status = outputs ? MOOD_OK : out_of_memory(err, "reading the weights");
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++) {
        struct layer probe;
        status = weights_probe(model, i, T, outputs, &probe, err);
        if (status == MOOD_OK && layer_count_variables(&probe) > 0)
            status = check_layer(groups, group++, &probe, err);
        if (status == MOOD_OK)
            status = weights_check_total(groups->file, &probe, &total, err);
    }
    free(outputs);
    return status == MOOD_OK ? check_counts(groups, model, group, err) : status;
}

mood_status legacy_weights_check(const struct blob *file, const mood_model *model, size_t T, mood_error *err) {
    struct groups groups;
    mood_status status = read_groups(file, &groups, err);
    if (status == MOOD_OK)
        status = check_layers(&groups, model, T, err);
    groups_clear(&groups);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static mood_status read_array(const struct groups *groups, size_t group, mood_model *model, const struct layer *layer,
                              size_t index, mood_error *err) {
    char path[MAX_PATH_SIZE];
    struct hdf5_dataset dataset;
    size_t gates = 0;
    mood_status status = find_array(groups, group, layer, index, path, &dataset, err);
    if (status == MOOD_OK)
        status = find_cudnn(groups, group, layer, index, &gates, err);
    if (status != MOOD_OK)
        return status;
    float *values = calloc(dataset.count + 1, sizeof *values);
    if (!values)
        return out_of_memory(err, "reading the weights");
    hdf5_floats(&dataset, values);
    if (gates)
        status = convert(layer_variable(layer, index), gates, values, err);
    if (status == MOOD_OK)
        status = weights_store(model, MODEL_VALUES, layer, index, values, err);
    free(values);
    return status;
}

/* An optimizer's state in an .h5 file is ignored. */
static mood_status drop_optimizer(const struct blob *file, mood_model *model, mood_error *err) {
    bool found = false;
    mood_status status = model->compiled ? hdf5_exists(file, "optimizer_weights", &found, err) : MOOD_OK;
    if (status != MOOD_OK || !found)
        return status;
    model_drop_optimizer(model);
    (void)!unsupported(&model->uncompiled,
                       "the optimizer's state of an .h5 file is not read; a new optimizer can train "
                       "the model");
    return MOOD_OK;
}

mood_status legacy_weights_read(const struct blob *file, mood_model *model, mood_error *err) {
    struct groups groups;
    size_t group = 0;
    mood_status status = read_groups(file, &groups, err);
    for (size_t i = 0; i < model->layer_count && status == MOOD_OK; i++) {
        const struct layer *layer = model->layers[i];
        for (size_t k = 0; k < layer_count_variables(layer) && status == MOOD_OK; k++)
            status = read_array(&groups, group, model, layer, k, err);
        group += layer_count_variables(layer) > 0;
    }
    groups_clear(&groups);
    return status == MOOD_OK ? drop_optimizer(file, model, err) : status;
}
