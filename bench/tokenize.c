/* tokenize MODEL.keras <TEXTS: print the ids of each line, cleaned, split and padded as the model's file defines. The
 * other frameworks of the benchmarks take ids. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include <mood/mood.h>

static mood_status print_row(const mood_recipe *recipe, size_t T, mood_text text, int32_t *row, mood_error *err) {
    mood_status status =
        mood_tokenizer_padded(recipe->tokenizer, &text, 1, T, recipe->padding, recipe->truncating, row, NULL, err);
    for (size_t t = 0; t < T && status == MOOD_OK; t++)
        printf("%d%c", row[t], t + 1 < T ? ' ' : '\n');
    return status;
}

static mood_status print_rows(const mood_recipe *recipe, size_t T, mood_error *err) {
    char *line = NULL;
    size_t size = 0;
    int32_t *row = calloc(T, sizeof *row);
    mood_status status = MOOD_OK;
    if (!row || !recipe || !recipe->tokenizer) {
        *err = (mood_error){.message = "the file has no tokenizer, or memory is short"};
        status = MOOD_ERR_FORMAT;
    }
    for (ssize_t length; status == MOOD_OK && (length = getline(&line, &size, stdin)) >= 0;) {
        if (length && line[length - 1] == '\n')
            length--;
        status = print_row(recipe, T, (mood_text){line, (size_t)length}, row, err);
    }
    free(line);
    free(row);
    return status;
}

int main(int argc, char **argv) {
    mood_error err;
    mood_device *device = NULL;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: tokenize MODEL.keras <TEXTS\n");
        return 2;
    }
    mood_status status = mood_device_open(NULL, &device, &err);
    if (status == MOOD_OK)
        status = mood_model_load(device, argv[1], NULL, &model, &recipe, &err);
    if (status == MOOD_OK)
        status = print_rows(recipe, mood_model_get_timesteps(model), &err);
    if (status != MOOD_OK)
        fprintf(stderr, "tokenize: %s\n", err.message);
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return status == MOOD_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
