/* --tokenizer FILE. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer_file.h"

/* A whole file, new; *size is its bytes. */
static mood_status read_whole(const char *path, char **data, size_t *size, mood_error *err) {
    char chunk[1 << 16];
    FILE *in = fopen(path, "re");
    FILE *out = open_memstream(data, size);
    bool failed = !in || !out;
    int problem = errno;
    for (size_t got; !failed && (got = fread(chunk, 1, sizeof chunk, in)) > 0;)
        failed = fwrite(chunk, 1, got, out) != got;
    if (in && !failed && ferror(in)) {
        failed = true;
        problem = errno;
    }
    if (in)
        fclose(in);
    if (out && fclose(out) != 0)
        failed = true;
    return failed ? mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be read: %s", path,
                                   strerror(problem)) : MOOD_OK;
}

static mood_status name_labels(mood_recipe *recipe, const mood_model *model, const mood_recipe *own,
                               mood_error *err) {
    static const char *const binary[] = {"negative", "positive"};
    size_t outputs = mood_model_get_outputs(model), count = outputs == 1 ? 2 : outputs;
    if (own && own->label_count == count) {
        recipe->padding = own->padding;
        recipe->truncating = own->truncating;
    }
    recipe->labels = calloc(count, sizeof *recipe->labels);
    for (size_t k = 0; recipe->labels && k < count; k++, recipe->label_count++) {
        if (own && own->label_count == count)
            recipe->labels[k] = strdup(own->labels[k]);
        else if (outputs == 1)
            recipe->labels[k] = strdup(binary[k]);
        else if (asprintf(&recipe->labels[k], "%zu", k) < 0)
            recipe->labels[k] = NULL;
        if (!recipe->labels[k])
            break;
    }
    if (recipe->label_count == count)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

mood_status tokenizer_file_read(struct tokenizer_file *file, const char *path, const mood_model *model,
                                const mood_recipe *own, mood_error *err) {
    mood_recipe recipe = MOOD_RECIPE;
    char *data = NULL;
    size_t size = 0;
    file->recipe = recipe;
    mood_status status = read_whole(path, &data, &size, err);
    if (status == MOOD_OK) {
        status = mood_tokenizer_from_json(data, size, &file->recipe.tokenizer, err);
        if (status)
            mood_error_prefix(err, "%s", path);
    }
    free(data);
    return status ? status : name_labels(&file->recipe, model, own, err);
}

void tokenizer_file_destroy(struct tokenizer_file *file) {
    for (size_t k = 0; k < file->recipe.label_count; k++)
        free(file->recipe.labels[k]);
    free(file->recipe.labels);
    mood_tokenizer_destroy(file->recipe.tokenizer);
    *file = (struct tokenizer_file){0};
}
