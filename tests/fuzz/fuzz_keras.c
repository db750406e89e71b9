/* Bytes from outside as a Keras file. The first byte says which part of one they are, the rest being whole:
 * a zip's checksums would keep a fuzzer from ever getting behind them.
 *     clang -fsanitize=fuzzer,address … fuzz_keras.c, or with fuzz_main.c for files given by name.
 * MOOD_FUZZ_SEED=FILE.keras is the whole one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/keras.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static mood_device *device;
static struct archive seed;

static void set_up(void) {
    mood_error err;
    FILE *file;
    size_t size;
    const char *path = getenv("MOOD_FUZZ_SEED");
    if (!path || mood_device_open(NULL, &device, &err) != MOOD_OK || file_open(path, &file, &size, &err) != MOOD_OK ||
        archive_read_file(file, &seed, &err) != MOOD_OK) {
        fprintf(stderr, "MOOD_FUZZ_SEED: %s\n", path ? err.message : "which .keras file?");
        exit(2);
    }
}

/* What was read without an error has to be fit for use. */
static void use(mood_model *model, const mood_recipe *recipe) {
    static const mood_text text = {"good was the film and bad \xff", 27};
    mood_error err;
    bool bags = mood_model_get_matrix(model) != MOOD_MATRIX_NONE; /* of texts of any length */
    size_t T = bags ? 8 : mood_model_get_timesteps(model), O = mood_model_get_outputs(model);
    int32_t *x = T < 1 << 16 ? calloc(T, sizeof *x) : NULL;
    float *y = O < 1 << 16 ? calloc(O, sizeof *y) : NULL;
    if (x && y && recipe && recipe->tokenizer &&
        mood_tokenizer_padded(recipe->tokenizer, &text, 1, T, recipe->padding, recipe->truncating, x, NULL, &err) ==
            MOOD_OK &&
        mood_model_predict(model, x, 1, T, 0, y, &err) == MOOD_ERR_ARGUMENT)
        abort(); /* an id that is no row of the Embedding */
    free(x);
    free(y);
}

static void forget(mood_status status, mood_model *model, mood_recipe *recipe) {
    if (status != MOOD_OK)
        return;
    use(model, recipe);
    mood_model_destroy(model);
    mood_recipe_destroy(recipe);
}

static void load_file(const unsigned char *data, size_t size) {
    mood_error err;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    mood_status status = model_load_bytes(device, data, size, NULL, &model, &recipe, &err);
    forget(status, model, recipe);
}

static void load_member(enum member member, const unsigned char *data, size_t size) {
    mood_error err;
    mood_model *model = NULL;
    mood_recipe *recipe = NULL;
    struct archive archive = seed;
    struct blob copy = {malloc(size + 1), size};
    if (!copy.data)
        return;
    if (size > 0)
        memcpy(copy.data, data, size);
    copy.data[size] = '\0';
    archive.members[member] = copy;
    mood_status status = model_load_archive(device, &archive, NULL, &model, &recipe, &err);
    forget(status, model, recipe);
    free(copy.data);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    static const enum member members[] = {MEMBER_CONFIG, MEMBER_WEIGHTS, MEMBER_TOKENIZER, MEMBER_RECIPE};
    if (!device)
        set_up();
    if (size == 0)
        return 0;
    unsigned part = data[0] % 5;
    if (part == 4)
        load_file(data + 1, size - 1);
    else
        load_member(members[part], data + 1, size - 1);
    return 0;
}
