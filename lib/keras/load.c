/* A .keras file, or the layers that Keras tells of in JSON, into a model. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "device/program.h"
#include "keras/legacy.h"
#include "text/word_index.h"

/* A row takes memory for all of its steps, whatever the text. */
#define MAX_TIMESTEPS ((size_t)1 << 20)

static mood_status check_length(size_t T, mood_error *err) {
    return T <= MAX_TIMESTEPS
               ? MOOD_OK
               : unsupported(err, "has an input of %zu steps; at most %zu are possible", T, MAX_TIMESTEPS);
}

/* Words are counted in a table of that size. */
#define MAX_BAG ((size_t)1 << 24)

static mood_status check_input(const mood_model *model, size_t T, mood_error *err) {
    if (model->bag.V > MAX_BAG)
        return unsupported(err, "has an input of %zu numbers; at most %zu are possible", model->bag.V, MAX_BAG);
    return check_length(T, err);
}

/* T from the model's config; maxlen where that leaves it open. */
static mood_status find_length(const struct config *config, size_t maxlen, const mood_model *model, size_t *T,
                               mood_error *err) {
    *T = model->bag.V || config->T ? config->T : maxlen;
    if (*T == 0 && !model->bag.V)
        return unsupported(err, "does not fix the length of the input: set it with --maxlen N, or write it into the "
                                "file with mood recipe");
    return check_input(model, *T, err);
}

/* Ids mean something to an Embedding only; without one the input would be read as a bag of words. */
static mood_status check_start(const struct archive *archive, const mood_model *model, mood_error *err) {
    if (!archive->vectorization || archive->makes_bags == (model->bag.V > 0))
        return MOOD_OK;
    return unsupported(err,
                       "begins with a TextVectorization of output_mode %s and then layer \"%s\" (%s); mood opens such "
                       "models if %s follows",
                       archive->makes_bags ? "\"multi_hot\", \"count\" or \"tf_idf\"" : "\"int\"",
                       model->layers[0]->name, model->layers[0]->type->class_name,
                       archive->makes_bags ? "no Embedding" : "an Embedding");
}

/* Layers, weights, optimizer into an empty model. */
static mood_status fill_model(const struct archive *archive, size_t maxlen, mood_model *model, mood_error *err) {
    const struct blob *weights = &archive->members[MEMBER_WEIGHTS];
    struct config config;
    size_t T = 0;
    mood_status status = ngrams_read(&archive->members[MEMBER_NGRAMS], model, err);
    if (status == MOOD_OK)
        status = config_read(&archive->members[MEMBER_CONFIG], &archive->members[MEMBER_METADATA], true, model, &config,
                             err);
    if (status != MOOD_OK)
        return status;
    status = check_start(archive, model, err);
    if (status == MOOD_OK)
        status = find_length(&config, maxlen, model, &T, err);
    if (status == MOOD_OK)
        status = archive->legacy ? legacy_weights_check(weights, model, T, err) : weights_check(weights, model, T, err);
    if (status == MOOD_OK)
        status = model_build_empty(model, T, err);
    if (status == MOOD_OK)
        status = compile_read(config.compiled, model, err);
    if (status == MOOD_OK)
        status = archive->legacy ? legacy_weights_read(weights, model, err)
                                 : weights_read(weights, model, model->compiled, err);
    json_decref(config.document);
    return status;
}

/* What becomes of an archive; all of it NULL on failure. */
struct loading {
    mood_device *device;
    const struct archive *archive;
    const mood_recipe_options *options;
    bool with_recipe;          /* also where the file has none */
    mood_tokenizer *tokenizer; /* of the options, until the recipe takes it */
    mood_recipe *recipe;
    mood_model *model;
};

static void drop(struct loading *loading) {
    mood_tokenizer_destroy(loading->tokenizer);
    mood_recipe_destroy(loading->recipe);
    mood_model_destroy(loading->model);
}

static mood_status read_model(struct loading *loading, size_t maxlen, mood_error *err) {
    mood_model_destroy(loading->model);
    loading->model = NULL;
    mood_status status = mood_model_create(loading->device, &loading->model, err);
    return status == MOOD_OK ? fill_model(loading->archive, maxlen, loading->model, err) : status;
}

/* A list of words is of all that the data set had: those that the Embedding does not have are unknown to the model. */
static mood_status limit_words(struct loading *loading, mood_error *err) {
    mood_tokenizer *words = loading->tokenizer ? loading->tokenizer
                            : loading->recipe  ? loading->recipe->tokenizer
                                               : NULL;
    if (!loading->options->word_index || !words)
        return MOOD_OK;
    return tokenizer_limit_ids(words, mood_model_get_vocabulary(loading->model), err);
}

/* With what the file itself says; a tokenizer that it lacks may come from the options, and the check texts are its
 * check too. */
static mood_status read_own(struct loading *loading, mood_error *err) {
    struct checks checks;
    mood_status status = recipe_read(loading->archive, &loading->recipe, &checks, err);
    if (status != MOOD_OK)
        return status;
    if (loading->recipe && !loading->recipe->tokenizer) {
        loading->recipe->tokenizer = loading->tokenizer;
        loading->tokenizer = NULL;
        recipe_follow_tokenizer(loading->recipe);
    }
    if (loading->recipe)
        status = recipe_set_preparation(loading->recipe, &checks, err);
    if (status == MOOD_OK)
        status = read_model(loading, checks.T ? checks.T : loading->options->maxlen, err);
    if (status == MOOD_OK)
        status = limit_words(loading, err);
    if (status == MOOD_OK && loading->recipe)
        status = recipe_choose_matrix(loading->recipe, loading->model, err);
    if (status == MOOD_OK && loading->recipe)
        status = recipe_set_matrix(loading->recipe, loading->model, err);
    if (status == MOOD_OK && loading->recipe)
        status = recipe_check(loading->recipe, &checks, loading->model, err);
    checks_clear(&checks);
    return status;
}

/* Rows of another length than the file's own, where the model's input allows it. */
static mood_status change_length(struct loading *loading, mood_error *err) {
    size_t maxlen = loading->options->maxlen;
    if (maxlen == 0 || maxlen == mood_model_get_timesteps(loading->model))
        return MOOD_OK;
    mood_status status = read_model(loading, maxlen, err);
    size_t T = status == MOOD_OK ? mood_model_get_timesteps(loading->model) : maxlen;
    if (T != maxlen)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the model's input has a fixed length of %zu ids per text, so maxlen can't be %zu", T,
                              maxlen);
    return status;
}

static mood_status read_all(struct loading *loading, mood_error *err) {
    const mood_recipe_options *options = loading->options;
    mood_status status = recipe_read_tokenizer(options, &loading->tokenizer, err);
    if (status == MOOD_OK)
        status = error_of_format(read_own(loading, err), err);
    if (status == MOOD_OK)
        status = recipe_match_options(options, loading->model, err);
    if (status == MOOD_OK)
        status = change_length(loading, err);
    if (status == MOOD_OK && (loading->recipe || loading->with_recipe))
        status = recipe_apply(&loading->recipe, options, &loading->tokenizer, loading->model, err);
    return status;
}

/* A file with texts to check predicts their scores: meanwhile what that takes is built. */
mood_status model_load_archive(mood_device *device, const struct archive *archive, const mood_recipe_options *options,
                               mood_model **model, mood_recipe **recipe, mood_error *err) {
    const mood_recipe_options defaults = MOOD_RECIPE_OPTIONS;
    struct loading loading = {
        .device = device, .archive = archive, .options = options ? options : &defaults, .with_recipe = options};
    struct program_ahead ahead = {0};
    mood_status status = recipe_options_check(loading.options, err);
    if (status != MOOD_OK)
        return status;
    if (archive->members[MEMBER_RECIPE].data)
        program_begin_ahead(device, &ahead);
    status = read_all(&loading, err);
    program_end_ahead(&ahead);
    if (status != MOOD_OK) {
        drop(&loading);
        return status;
    }
    *model = loading.model;
    if (recipe)
        *recipe = loading.recipe;
    else
        mood_recipe_destroy(loading.recipe);
    return MOOD_OK;
}

static mood_status open_legacy_bytes(const void *data, size_t size, struct archive *archive, mood_error *err) {
    struct blob file = {malloc(size + 1), size}, none = {0};
    if (!file.data)
        return out_of_memory(err, "reading the file");
    memcpy(file.data, data, size);
    return legacy_open(&file, &none, archive, err);
}

mood_status model_load_bytes(mood_device *device, const void *data, size_t size, const mood_recipe_options *options,
                             mood_model **model, mood_recipe **recipe, mood_error *err) {
    struct archive archive;
    mood_status status = legacy_begins(data, size) ? open_legacy_bytes(data, size, &archive, err)
                                                   : archive_read(data, size, &archive, err);
    if (status != MOOD_OK)
        return status;
    status = archive_take_text_vectorization(&archive, err);
    if (status == MOOD_OK)
        status = model_load_archive(device, &archive, options, model, recipe, err);
    archive_clear(&archive);
    return status;
}

/* ---- files --------------------------------------------------------------------------------------- */

/* The layers of --architecture, if any. The file is HDF5. */
static mood_status open_legacy(const char *path, const char *architecture, struct archive *archive, mood_error *err) {
    struct blob file = {0}, layers = {0};
    mood_status status = MOOD_OK;
    if (architecture && (status = file_read_json(architecture, CONFIG_MAX_SIZE, &layers, err)) != MOOD_OK)
        mood_error_prefix(err, "%s", architecture);
    if (status == MOOD_OK)
        status = file_read(path, WEIGHTS_MAX_SIZE, &file, err);
    if (status == MOOD_OK)
        return legacy_open(&file, &layers, archive, err);
    free(layers.data);
    return status;
}

static mood_status not_weights(const char *architecture, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "is not an HDF5 file of weights (.h5), so it can't be combined with the architecture %s",
                          architecture);
}

/* Closes the file. */
static mood_status open_file(FILE *file, const char *path, const char *architecture, struct archive *archive,
                             mood_error *err) {
    unsigned char start[8];
    size_t size = fread(start, 1, sizeof start, file);
    rewind(file);
    if (!legacy_begins(start, size) && !architecture)
        return archive_read_file(file, archive, err);
    fclose(file);
    if (legacy_begins(start, size))
        return open_legacy(path, architecture, archive, err);
    return not_weights(architecture, err);
}

static mood_status open_path(const char *path, const char *architecture, struct archive *archive, mood_error *err) {
    FILE *file;
    size_t size;
    if (folder_is(path))
        return architecture ? not_weights(architecture, err) : folder_read(path, archive, err);
    mood_status status = file_open(path, &file, &size, err);
    return status == MOOD_OK ? open_file(file, path, architecture, archive, err) : status;
}

static mood_status load_file(mood_device *device, const char *path, const mood_recipe_options *options,
                             mood_model **model, mood_recipe **recipe, mood_error *err) {
    struct archive archive;
    mood_status status = open_path(path, options ? options->architecture : NULL, &archive, err);
    if (status != MOOD_OK)
        return status;
    status = archive_take_text_vectorization(&archive, err);
    if (status == MOOD_OK)
        status = model_load_archive(device, &archive, options, model, recipe, err);
    archive_clear(&archive);
    return status;
}

mood_status mood_model_load(mood_device *device, const char *path, const mood_recipe_options *options,
                            mood_model **model, mood_recipe **recipe, mood_error *err) {
    if (!device || !path || !model)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "loading needs a device, a path, and a place for the model");
    *model = NULL;
    if (recipe)
        *recipe = NULL;
    mood_status status = load_file(device, path, options, model, recipe, err);
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
        status = error_of_format(
            config_read(&(struct blob){(unsigned char *)json, size}, NULL, false, made, &config, err), err);
    if (status == MOOD_OK && (status = check_input(made, config.T, err)) != MOOD_OK)
        json_decref(config.document);
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
