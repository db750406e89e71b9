/* Saves a model as a .keras file. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keras/keras.h"

/* The oldest version of Keras that supports all settings in the file. */
#define KERAS_VERSION "3.0.0"

static mood_status metadata_write(struct blob *member, mood_error *err) {
    char date[32] = "";
    time_t now = time(NULL);
    struct tm calendar;
    if (gmtime_r(&now, &calendar))
        strftime(date, sizeof date, "%Y-%m-%d@%H:%M:%S", &calendar);
    json_t *document = json_pack("{s: s, s: s}", "keras_version", KERAS_VERSION, "date_saved", date);
    char *text = document ? json_dumps(document, 0) : NULL;
    json_decref(document);
    if (!text)
        return out_of_memory(err, "writing metadata.json");
    *member = (struct blob){(unsigned char *)text, strlen(text)};
    return MOOD_OK;
}

static mood_status fill_archive(const mood_model *model, const mood_recipe *recipe, struct archive *archive,
                                mood_error *err) {
    mood_status status = metadata_write(&archive->members[MEMBER_METADATA], err);
    if (status == MOOD_OK)
        status = config_write(model, &archive->members[MEMBER_CONFIG], err);
    if (status == MOOD_OK)
        status = weights_write(model, &archive->members[MEMBER_WEIGHTS], err);
    if (status == MOOD_OK)
        status = ngrams_write(model, &archive->members[MEMBER_NGRAMS], err);
    if (status == MOOD_OK && recipe)
        status = recipe_write(model, recipe, archive, err);
    return status;
}

mood_status mood_model_save(const mood_model *model, const char *path, const mood_recipe *recipe, mood_error *err) {
    if (!model || !path || !*path || (recipe && recipe->size != sizeof *recipe))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "saving needs a model, a path, and a recipe made by MOOD_RECIPE or none");
    const char *dot = strrchr(path, '.');
    if (!dot || strcmp(dot, ".keras") != 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "%s: the name of a model's file must end in .keras, from which Keras derives the format",
                              path);
    if (!model->built)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL,
                              "the model has no weights yet: build or fit it before saving");
    struct archive archive = {0};
    struct blob zip = {0};
    mood_status status = fill_archive(model, recipe, &archive, err);
    if (status == MOOD_OK)
        status = archive_write(NULL, &archive, &zip, err);
    archive_clear(&archive);
    if (status == MOOD_OK)
        status = file_replace(path, zip.data, zip.size, err);
    free(zip.data);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", path);
    return status;
}
