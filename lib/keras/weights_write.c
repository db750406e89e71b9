/* Writes model.weights.h5 as Keras's h5py does: groups of the old format, contiguous little-endian floats. The HDF5
 * library may not be thread-safe, so a lock protects all calls. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hdf5.h>

#include "keras/keras.h"

static pthread_mutex_t hdf5_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- paths ----------------------------------------------------------------------------------- */

void weights_folder(const mood_model *model, size_t layer, char path[WEIGHTS_PATH_SIZE]) {
    const struct layer_type *type = model->layers[layer]->type;
    size_t before = 0;
    for (size_t i = 0; i < layer; i++)
        before += model->layers[i]->type == type;
    char number[24] = "";
    if (before > 0)
        snprintf(number, sizeof number, "_%zu", before);
    snprintf(path, WEIGHTS_PATH_SIZE, "layers/%.64s%s", type->base_name, number);
}

/* Variables are numbered within each group. */
void weights_path(const char *folder, const struct layer *layer, size_t index, char path[WEIGHTS_PATH_SIZE]) {
    const char *group = layer_variable(layer, index)->path;
    size_t number = 0;
    for (size_t i = 0; i < index; i++)
        number += strcmp(layer_variable(layer, i)->path, group) == 0;
    snprintf(path, WEIGHTS_PATH_SIZE, "%.100s%s%s/vars/%zu", folder, *group ? "/" : "", group, number);
}

size_t weights_first_slot(const mood_model *model) {
    return optimizer_common(model->optimizer)->learning_rate.schedule ? 1 : 2;
}

/* The slots of one block: they alternate, variable by variable. */
static mood_status visit_block(const mood_model *model, size_t first, size_t count, slot_visitor *visit, void *user,
                               size_t *next, mood_error *err) {
    char path[64];
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct layer *layer = model->layers[i];
        for (size_t k = 0; k < count * layer_count_variables(layer); k++) {
            if (layer_variable(layer, k / count)->role != TRAINABLE)
                continue;
            snprintf(path, sizeof path, "optimizer/vars/%zu", (*next)++);
            mood_status status = visit(path, (int)(first + k % count), layer, k / count, user, err);
            if (status != MOOD_OK)
                return status;
        }
    }
    return MOOD_OK;
}

mood_status weights_visit_slots(const mood_model *model, size_t first, slot_visitor *visit, void *user, size_t *next,
                                mood_error *err) {
    struct slot slots[OPTIMIZER_MAX_SLOTS];
    size_t count = optimizer_slots(model->optimizer, slots), end;
    mood_status status = MOOD_OK;
    *next = first;
    for (size_t slot = 0; slot < count && status == MOOD_OK; slot = end) {
        end = slot + 1;
        while (end < count && slots[end].block == slots[slot].block)
            end++;
        status = visit_block(model, slot, end - slot, visit, user, next, err);
    }
    return status;
}

/* ---- contents -------------------------------------------------------------------------------- */

struct writer {
    hid_t file, groups; /* groups: creates the missing groups of a path */
    bool failed;
};

static void write_group(struct writer *writer, const char *path) {
    hid_t group = writer->failed ? -1 : H5Gcreate2(writer->file, path, writer->groups, H5P_DEFAULT, H5P_DEFAULT);
    writer->failed = writer->failed || group < 0;
    if (group >= 0)
        H5Gclose(group);
}

static void write_array(struct writer *writer, const char *path, hid_t stored, hid_t memory, size_t rank,
                        const size_t *dims, const void *values) {
    hsize_t sizes[VARIABLE_MAX_RANK] = {1, 1, 1, 1};
    for (size_t i = 0; i < rank; i++)
        sizes[i] = dims[i];
    hid_t space = rank > 0 ? H5Screate_simple((int)rank, sizes, NULL) : H5Screate(H5S_SCALAR);
    hid_t options = H5Pcreate(H5P_DATASET_CREATE);
    /* without timestamps the same weights give the same bytes */
    bool fine = !writer->failed && space >= 0 && options >= 0 && H5Pset_obj_track_times(options, false) >= 0;
    hid_t set = fine ? H5Dcreate2(writer->file, path, stored, space, writer->groups, options, H5P_DEFAULT) : -1;
    fine = set >= 0 && H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    writer->failed = !fine;
    if (set >= 0)
        H5Dclose(set);
    if (options >= 0)
        H5Pclose(options);
    if (space >= 0)
        H5Sclose(space);
}

static void fill_slot(const mood_model *model, size_t count, float *values) {
    const struct optimizer *optimizer = model->optimizer;
    float start = optimizer->type->slot_start ? optimizer->type->slot_start(optimizer->settings) : 0;
    for (size_t i = 0; i < count; i++)
        values[i] = start;
}

/* Write a variable, or the optimizer's slot for it. */
static mood_status write_variable(struct writer *writer, const mood_model *model, int store, const struct layer *layer,
                                  size_t index, const char *path, mood_error *err) {
    const struct variable *variable = layer_variable(layer, index);
    float *values = calloc(variable->count, sizeof *values);
    if (!values)
        return out_of_memory(err, "saving the weights");
    mood_status status = MOOD_OK;
    if (store == MODEL_VALUES || model->has_state)
        status = model_read(model, store, variable, values, err);
    else /* Keras reads the slots' initial values from a compiled model that has not been trained */
        fill_slot(model, variable->count, values);
    if (status == MOOD_OK)
        status = model_check_values(model, store, variable, values, MOOD_ERR_STATE,
                                    "training diverged; train again with a smaller learning rate", err);
    if (status == MOOD_OK)
        write_array(writer, path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, variable->rank, variable->dims, values);
    else
        mood_error_prefix(err, "layer \"%s\"", layer->name);
    free(values);
    return status;
}

/* Create a group for each path of variables; Keras also creates "vars" for a layer without weights. */
static void write_folders(struct writer *writer, const char *folder, const struct layer *layer) {
    char path[WEIGHTS_PATH_SIZE];
    const char *last = NULL;
    for (size_t k = 0; k < layer_count_variables(layer); k++) {
        const char *group = layer_variable(layer, k)->path;
        if (last && strcmp(group, last) == 0)
            continue;
        snprintf(path, sizeof path, "%.100s%s%s/vars", folder, *group ? "/" : "", group);
        write_group(writer, path);
        last = group;
    }
    if (layer_count_variables(layer) == 0) {
        snprintf(path, sizeof path, "%.100s/vars", folder);
        write_group(writer, path);
    }
}

static mood_status write_layers(struct writer *writer, const mood_model *model, mood_error *err) {
    write_group(writer, "vars"); /* Keras up to 3.3 requires it */
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct layer *layer = model->layers[i];
        char folder[WEIGHTS_PATH_SIZE], path[WEIGHTS_PATH_SIZE];
        weights_folder(model, i, folder);
        write_folders(writer, folder, layer);
        for (size_t k = 0; k < layer_count_variables(layer); k++) {
            weights_path(folder, layer, k, path);
            mood_status status = write_variable(writer, model, MODEL_VALUES, layer, k, path, err);
            if (status != MOOD_OK)
                return status;
        }
    }
    return MOOD_OK;
}

struct slot_writer {
    struct writer *writer;
    const mood_model *model;
};

static mood_status write_slot(const char *path, int slot, const struct layer *layer, size_t index, void *user,
                              mood_error *err) {
    struct slot_writer *to = user;
    return write_variable(to->writer, to->model, slot, layer, index, path, err);
}

/* In Keras's order: number of steps, learning rate unless it is a schedule, slots, Nadam's product. */
static mood_status write_optimizer(struct writer *writer, const mood_model *model, mood_error *err) {
    const struct optimizer *optimizer = model->optimizer;
    struct slot_writer to = {writer, model};
    int64_t iterations = (int64_t)model->iterations;
    float rate = (float)model_get_learning_rate(model);
    size_t next;
    char path[64];
    write_array(writer, "optimizer/vars/0", H5T_STD_I64LE, H5T_NATIVE_INT64, 0, NULL, &iterations);
    if (!optimizer_common(optimizer)->learning_rate.schedule)
        write_array(writer, "optimizer/vars/1", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 0, NULL, &rate);
    mood_status status = weights_visit_slots(model, weights_first_slot(model), write_slot, &to, &next, err);
    snprintf(path, sizeof path, "optimizer/vars/%zu", next);
    if (status == MOOD_OK && optimizer->type->factor)
        write_array(writer, path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 0, NULL, &optimizer->product);
    return status;
}

/* ---- a file in memory ------------------------------------------------------------------------ */

static hid_t create_in_memory(void) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    if (access >= 0 && H5Pset_fapl_core(access, (size_t)1 << 20, false) >= 0 &&
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0)
        file = H5Fcreate("model.weights.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (access >= 0)
        H5Pclose(access);
    return file;
}

static mood_status take_image(hid_t file, struct blob *bytes, mood_error *err) {
    ssize_t size = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 ? H5Fget_file_image(file, NULL, 0) : -1;
    unsigned char *data = size > 0 ? malloc((size_t)size) : NULL;
    if (!data || H5Fget_file_image(file, data, (size_t)size) != size) {
        free(data);
        return out_of_memory(err, "saving the weights");
    }
    *bytes = (struct blob){data, (size_t)size};
    return MOOD_OK;
}

static mood_status write_locked(const mood_model *model, struct blob *bytes, mood_error *err) {
    struct writer writer = {.file = create_in_memory(), .groups = H5Pcreate(H5P_LINK_CREATE)};
    writer.failed = writer.file < 0 || writer.groups < 0 || H5Pset_create_intermediate_group(writer.groups, 1) < 0;
    mood_status status = write_layers(&writer, model, err);
    if (status == MOOD_OK && model->compiled)
        status = write_optimizer(&writer, model, err);
    if (status == MOOD_OK && writer.failed)
        status = out_of_memory(err, "saving the weights");
    if (status == MOOD_OK)
        status = take_image(writer.file, bytes, err);
    if (writer.groups >= 0)
        H5Pclose(writer.groups);
    if (writer.file >= 0)
        H5Fclose(writer.file);
    return status;
}

mood_status weights_write(const mood_model *model, struct blob *file, mood_error *err) {
    pthread_mutex_lock(&hdf5_lock);
    /* The library prints its errors by default; this setting affects the whole process. */
    H5E_auto2_t print = NULL;
    void *print_data = NULL;
    H5Eget_auto2(H5E_DEFAULT, &print, &print_data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    mood_status status = write_locked(model, file, err);
    H5Eset_auto2(H5E_DEFAULT, print, print_data);
    pthread_mutex_unlock(&hdf5_lock);
    return status;
}
