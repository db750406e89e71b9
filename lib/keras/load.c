/* A .keras file, or the layers that Keras tells of in JSON, into a model. */
#include <stdlib.h>

#include "device/program.h"
#include "keras/keras.h"

/* T from the model's config, else from mood.json. */
static mood_status find_length(const struct config *config, const struct checks *checks, size_t *T,
                               mood_error *err) {
    *T = config->T ? config->T : checks->T;
    if (*T == 0)
        return unsupported(err, "leaves the input's length open; give it one in Keras, "
                                "keras.Input(shape=(50,)), and save it again");
    return MOOD_OK;
}

/* Compile as the file says, when mood can; else the model only predicts. */
static void compile_as(mood_model *model, json_t *compiled) {
    mood_compile_options options;
    if (compile_read(compiled, &options))
        (void)!mood_model_compile(model, &options, NULL);
}

/* Layers, weights, optimizer into an empty model. */
static mood_status fill_model(const struct archive *archive, const struct checks *checks, mood_model *model,
                              mood_error *err) {
    const struct blob *weights = &archive->members[MEMBER_WEIGHTS];
    struct config config;
    size_t T = 0;
    mood_status status = config_read(&archive->members[MEMBER_CONFIG], model, &config, err);
    if (status != MOOD_OK)
        return status;
    status = find_length(&config, checks, &T, err);
    if (status == MOOD_OK)
        status = weights_check(weights, model, T, err);
    if (status == MOOD_OK)
        status = model_build_empty(model, T, err);
    if (status == MOOD_OK) {
        compile_as(model, config.compiled);
        status = weights_read(weights, model, model->compiled, err);
    }
    json_decref(config.document);
    return status;
}

static mood_status read_all(mood_device *device, const struct archive *archive, mood_model **model,
                            mood_recipe **recipe, mood_error *err) {
    struct checks checks;
    mood_recipe *made_recipe = NULL;
    mood_model *made = NULL;
    mood_status status = recipe_read(archive, &made_recipe, &checks, err);
    if (status != MOOD_OK)
        return status;
    status = mood_model_create(device, &made, err);
    if (status == MOOD_OK)
        status = fill_model(archive, &checks, made, err);
    if (status == MOOD_OK && made_recipe)
        status = recipe_check(made_recipe, &checks, made, err);
    if (status == MOOD_OK && made_recipe)
        status = recipe_name_labels(made_recipe, made, err);
    free(checks.scores);
    if (status != MOOD_OK || !recipe)
        mood_recipe_destroy(made_recipe);
    if (status != MOOD_OK) {
        mood_model_destroy(made);
        return status;
    }
    *model = made;
    if (recipe)
        *recipe = made_recipe;
    return MOOD_OK;
}

/* A file with texts to check predicts their scores: meanwhile what that takes is built. */
mood_status model_load_archive(mood_device *device, const struct archive *archive, mood_model **model,
                               mood_recipe **recipe, mood_error *err) {
    struct program_ahead ahead = {0};
    if (archive->members[MEMBER_RECIPE].data)
        program_begin_ahead(device, &ahead);
    mood_status status = read_all(device, archive, model, recipe, err);
    program_end_ahead(&ahead);
    return status;
}

mood_status model_load_bytes(mood_device *device, const void *data, size_t size, mood_model **model,
                             mood_recipe **recipe, mood_error *err) {
    struct archive archive;
    mood_status status = archive_read(data, size, &archive, err);
    if (status != MOOD_OK)
        return status;
    status = model_load_archive(device, &archive, model, recipe, err);
    archive_clear(&archive);
    return status;
}

mood_status mood_model_load(mood_device *device, const char *path, mood_model **model, mood_recipe **recipe,
                            mood_error *err) {
    if (!device || !path || !model)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "loading needs a device, a path, and a place for the model");
    struct blob file;
    *model = NULL;
    if (recipe)
        *recipe = NULL;
    mood_status status = file_read(path, &file, err);
    if (status == MOOD_OK) {
        status = model_load_bytes(device, file.data, file.size, model, recipe, err);
        free(file.data);
    }
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", path);
    return status;
}

mood_status mood_model_from_json(mood_device *device, const char *json, size_t size, mood_model **model,
                                 size_t *timesteps, mood_error *err) {
    if (!device || !json || !model)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "a model from JSON needs a device, the text, and a place for the model");
    struct config config;
    mood_model *made = NULL;
    *model = NULL;
    mood_status status = mood_model_create(device, &made, err);
    if (status == MOOD_OK)
        status = config_read(&(struct blob){(unsigned char *)json, size}, made, &config, err);
    if (status != MOOD_OK) {
        mood_model_destroy(made);
        return status;
    }
    if (timesteps)
        *timesteps = config.T;
    json_decref(config.document);
    *model = made;
    return MOOD_OK;
}
