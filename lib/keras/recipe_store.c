/* Writes a recipe into a file that already contains a model. */
#include <stdlib.h>

#include "keras/legacy.h"

/* Load the bytes before they are written: loading compares the scores of the check texts. */
static mood_status verify(const mood_model *model, const struct blob *file, mood_error *err) {
    mood_model *back = NULL;
    mood_status status = model_load_bytes(model->device, file->data, file->size, NULL, &back, NULL, err);
    mood_model_destroy(back);
    return status;
}

/* A folder becomes a file. */
static mood_status store_folder(const char *from, mood_model *model, const mood_recipe *recipe, struct blob *file,
                                mood_error *err) {
    struct archive members = {0};
    mood_status status = folder_read(from, &members, err);
    for (int i = MEMBER_TOKENIZER; i <= MEMBER_RECIPE; i++) { /* they are written anew */
        free(members.members[i].data);
        members.members[i] = (struct blob){0};
    }
    if (status == MOOD_OK)
        status = recipe_write(model, recipe, &members, err);
    if (status == MOOD_OK)
        status = archive_write(NULL, &members, file, err);
    archive_clear(&members);
    return status == MOOD_OK ? verify(model, file, err) : status;
}

static mood_status make_file(const struct blob *old, mood_model *model, const mood_recipe *recipe, struct blob *file,
                             mood_error *err) {
    struct archive members = {0};
    mood_status status = recipe_write(model, recipe, &members, err);
    if (status == MOOD_OK)
        status = archive_write(old, &members, file, err);
    archive_clear(&members);
    return status == MOOD_OK ? verify(model, file, err) : status;
}

mood_status mood_recipe_store(const char *from, const char *to, mood_model *model, const mood_recipe *recipe,
                              mood_error *err) {
    if (!from || !to || !*to || !model || !recipe || recipe->size != sizeof *recipe)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "storing a recipe needs two paths, a model, and a recipe made by MOOD_RECIPE");
    struct blob old = {0}, file = {0};
    bool folder = folder_is(from);
    mood_status status = folder ? store_folder(from, model, recipe, &file, err)
                                : file_read(from, MODEL_MAX_SIZE, &old, err);
    if (status == MOOD_OK && !folder && legacy_begins(old.data, old.size)) {
        free(old.data);
        return mood_model_save(model, to, recipe, err);
    }
    if (status == MOOD_OK && !folder)
        status = make_file(&old, model, recipe, &file, err);
    free(old.data);
    if (status != MOOD_OK)
        mood_error_prefix(err, "%s", from);
    else if ((status = file_replace(to, file.data, file.size, err)) != MOOD_OK)
        mood_error_prefix(err, "%s", to);
    free(file.data);
    return status;
}
