/* Keras's older files (.h5), whole models and weights alone: they open as in Keras and can be saved as .keras files
 * (tests/golden/legacy.py). */
#include <math.h>
#include <unistd.h>

#include "keras_files.h"

static char folder[] = "check-legacy-XXXXXX";
static char path[128];

static void make_folder(void) {
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model.keras", folder);
}

static void remove_folder(void) {
    (void)unlink(path);
    ck_assert_msg(rmdir(folder) == 0, "something was left in %s", folder);
}

static char *file_of(const char *name, const char *suffix) {
    char file[96];
    snprintf(file, sizeof file, "legacy/%s%s", name, suffix);
    return golden_path(file);
}

static json_t *list_files(void) {
    char *where = golden_path("legacy/index.json");
    json_t *index = json_load_file(where, 0, NULL);
    free(where);
    return index;
}

/* Check's assertions are for tests only. */
static size_t count_files(void) {
    json_t *index = list_files();
    size_t count = json_array_size(index);
    json_decref(index);
    return count;
}

static mood_model *open_file(mood_device *on, const char *name) {
    mood_recipe_options options = MOOD_RECIPE_OPTIONS;
    mood_model *model;
    char *where = file_of(name, ".h5"), *layers = file_of(name, ".layers.json");
    bool weights_only = access(layers, F_OK) == 0;
    if (weights_only) {
        assert_says(mood_model_load(on, where, NULL, &model, NULL, &err), MOOD_ERR_UNSUPPORTED,
                    "contains weights without the model's layers", name);
        options.architecture = layers;
    }
    ok(mood_model_load(on, where, &options, &model, NULL, &err));
    free(layers);
    free(where);
    return model;
}

static void assert_predicts(mood_model *model, json_t *golden, const char *name) {
    json_t *x = json_object_get(golden, "x"), *predictions = json_object_get(golden, "predictions");
    size_t n = json_array_size(x), T = json_array_size(json_array_get(x, 0));
    size_t O = json_array_size(json_array_get(predictions, 0));
    int32_t *ids = calloc(n * T, sizeof *ids);
    float *y = calloc(n * O, sizeof *y);
    for (size_t i = 0; i < n * T; i++)
        ids[i] = (int32_t)json_integer_value(json_array_get(json_array_get(x, i / T), i % T));
    bool bags = mood_model_get_matrix(model) != MOOD_MATRIX_NONE;
    ck_assert_uint_eq(mood_model_get_timesteps(model), bags ? 0 : T);
    ok(mood_model_predict(model, ids, n, T, 0, y, &err));
    for (size_t i = 0; i < n * O; i++) {
        double wanted = json_number_value(json_array_get(json_array_get(predictions, i / O), i % O));
        ck_assert_msg(fabs(y[i] - wanted) <= 1e-6, "%s, row %zu: %.9g, Keras %.9g", name, i / O, (double)y[i], wanted);
    }
    free(ids);
    free(y);
}

START_TEST(legacy_file_predicts) {
    int count = (int)count_files();
    json_t *index = list_files();
    const char *name = json_string_value(json_array_get(index, (size_t)(_i % count)));
    mood_device *here = devices_get(_i / count);
    char *numbers = file_of(name, ".json");
    json_t *golden = json_load_file(numbers, 0, NULL);
    bool optimizer = json_is_true(json_object_get(golden, "optimizer"));
    mood_model *model = open_file(here, name);
    assert_predicts(model, golden, name);
    ck_assert(!model->compiled && (model->objective.loss != NULL) == optimizer);
    err = model->uncompiled;
    assert_says(err.status, optimizer ? MOOD_ERR_UNSUPPORTED : MOOD_ERR_STATE,
                optimizer ? "the optimizer's state of an .h5 file is not read" : "without a loss", name);
    if (optimizer)
        ok(mood_model_reset_optimizer(model, NULL, &err));
    /* Through mood's own file, in which weights have the order of Keras 3. */
    ok(mood_model_save(model, path, NULL, &err));
    mood_model_destroy(model);
    ok(mood_model_load(here, path, NULL, &model, NULL, &err));
    ck_assert(model->compiled == optimizer);
    assert_predicts(model, golden, name);
    mood_model_destroy(model);
    json_decref(golden);
    json_decref(index);
    free(numbers);
}
END_TEST

/* Keras from 2.12 on also writes .keras files: metadata.json contains the version, which determines the meaning of
 * hard_sigmoid. */
START_TEST(keras_2_archive_predicts) {
    mood_device *here = devices_get(_i);
    mood_recipe_options options = MOOD_RECIPE_OPTIONS;
    mood_model *model;
    char *where = file_of("keras-2-hard-sigmoid", ".keras"), *numbers = file_of("keras-2-hard-sigmoid", ".json");
    json_t *golden = json_load_file(numbers, 0, NULL);
    ok(mood_model_load(here, where, &options, &model, NULL, &err));
    assert_predicts(model, golden, "keras-2-hard-sigmoid.keras");
    mood_model_destroy(model);
    json_decref(golden);
    free(where);
    free(numbers);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("legacy keras files");
    TCase *files = tcase_create("files");
    tcase_set_timeout(files, 120);
    tcase_add_unchecked_fixture(files, open_device, close_device);
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_loop_test(files, legacy_file_predicts, 0, (int)count_files() * devices_count());
    tcase_add_loop_test(files, keras_2_archive_predicts, 0, devices_count());
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
