/* Keras's files both ways: what Keras wrote opens and goes on as it did there (tests/golden), and what mood
 * writes comes back. MOOD_KERAS_COPIES=FOLDER keeps mood's copies, for tests/golden/open_in_keras.py;
 * MOOD_KERAS_TABLE=FILE appends the rows of doc/keras.md. MOOD_TEST_MODELS="zoo/NAME …" restricts the
 * test to these files. */
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden_model.h"
#include "layers.h"
#include "mood/scorer.h"

static char folder[] = "check-keras-XXXXXX";
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

/* ---- what Keras wrote ------------------------------------------------------------------------ */

struct losses {
    json_t *wanted; /* empty: they are random */
    size_t next;
    const char *name;
    double largest; /* difference so far, relative */
};

static bool compare_loss(const mood_progress *progress, void *user) {
    struct losses *losses = user;
    if (json_array_size(losses->wanted) == 0)
        return true;
    double wanted = json_number_value(json_array_get(losses->wanted, losses->next++));
    losses->largest = fmax(losses->largest, fabs((progress->batch_loss - wanted) / wanted));
    ck_assert_msg(fabs(progress->batch_loss - wanted) <= 1e-4 * fabs(wanted), "%s, step %zu: loss %.8g, Keras %.8g",
                  losses->name, losses->next, progress->batch_loss, wanted);
    return true;
}

/* Metrics by name; those of mood's history are all that Keras has. */
static void compare_metrics(const mood_metrics *metrics, json_t *wanted, const char *name, const char *when) {
    const char *key;
    json_t *value;
    if (!wanted)
        return;
    json_object_foreach(wanted, key, value) {
        double number = mood_metrics_get(metrics, key), keras = json_number_value(value);
        double bound = strcmp(key, "loss") == 0 ? 1e-5 : 1e-6;
        ck_assert_msg(fabs(number - keras) <= bound * fmax(1, fabs(keras)), "%s, %s: %s %.9g, Keras %.9g", name, when,
                      key, number, keras);
    }
    ck_assert_uint_eq(mood_metrics_count(metrics), json_object_size(wanted));
}

static void evaluate(mood_model *model, const struct golden *g, const char *name) {
    json_t *wanted = json_object_get(g->document, "evaluated");
    mood_metrics *metrics;
    if (!wanted)
        return;
    ok(mood_model_evaluate(model, g->x, g->n, g->T, g->y, g->L,
                           (size_t)json_integer_value(json_object_get(g->document, "batch")), &metrics, &err));
    compare_metrics(metrics, wanted, name, "evaluated");
    mood_metrics_destroy(metrics);
}

static void train_on(mood_model *model, const struct golden *g, struct losses *losses) {
    mood_fit_options options = MOOD_FIT_OPTIONS;
    options.batch_size = (size_t)json_integer_value(json_object_get(g->document, "batch"));
    options.shuffle = false;
    options.on_batch = compare_loss;
    options.user = losses;
    float *class_weight = list_of(g->document, "class_weight", &options.class_count);
    float *sample_weight = list_of(g->document, "sample_weight", NULL);
    options.class_weight = class_weight;
    options.sample_weight = sample_weight;
    mood_history *history;
    size_t epoch = losses->next * options.batch_size / g->n;
    ok(mood_model_fit(model, g->x, g->n, g->T, g->y, g->L, &options, &history, &err));
    compare_metrics(history->epochs[0].metrics, json_array_get(json_object_get(g->document, "epochs"), epoch),
                    losses->name, "trained");
    mood_history_destroy(history);
    free(class_weight);
    free(sample_weight);
}

static void keep_copy(const mood_model *model, const char *name, const char *suffix) {
    const char *copies = getenv("MOOD_KERAS_COPIES");
    char *copy = NULL;
    if (!copies)
        return;
    ck_assert_int_gt(asprintf(&copy, "%s/%s%s.keras", copies, strchr(name, '/') ? strchr(name, '/') + 1 : name, suffix),
                     0);
    ok(mood_model_save(model, copy, NULL, &err));
    free(copy);
}

/* Files of this folder, and after them all of zoo/ and versions/. */
static const char *const goldens[] = {"keras-3.15.1-article", "keras-3.15.1-classes", "keras-3.15.1-functional",
                                      "keras-3.3.3-article"};
enum { GOLDEN_COUNT = sizeof goldens / sizeof *goldens };

/* Check's assertions are for tests only. */
static size_t count_listed(const char *index) {
    char *where = golden_path(index);
    json_t *list = json_load_file(where, 0, NULL);
    size_t count = json_array_size(list);
    free(where);
    json_decref(list);
    return count;
}

static size_t count_goldens(void) {
    return GOLDEN_COUNT + count_listed("zoo/index.json") + count_listed("versions/index.json");
}

static void name_golden(size_t index, char name[64]) {
    json_t *zoo = golden_json("zoo/index.json"), *versions = golden_json("versions/index.json");
    size_t zoo_end = GOLDEN_COUNT + json_array_size(zoo);
    if (index < GOLDEN_COUNT)
        snprintf(name, 64, "%s", goldens[index]);
    else if (index < zoo_end)
        snprintf(name, 64, "zoo/%s", json_string_value(json_array_get(zoo, index - GOLDEN_COUNT)));
    else
        snprintf(name, 64, "versions/%s", json_string_value(json_array_get(versions, index - zoo_end)));
    json_decref(zoo);
    json_decref(versions);
}

/* "LSTM(3)", or ["Add()", ["one", "two"]]. */
static void add_layer(mood_model *model, json_t *layer) {
    const char *inputs[8];
    json_t *names = json_array_get(layer, 1);
    if (json_is_string(layer)) {
        ok(mood_model_add(model, json_string_value(layer), &err));
        return;
    }
    for (size_t i = 0; i < json_array_size(names); i++)
        inputs[i] = json_string_value(json_array_get(names, i));
    ok(mood_model_connect(model, json_string_value(json_array_get(layer, 0)), inputs, json_array_size(names), &err));
}

/* The layers of the golden file by mood_model_add, with the weights of the model that Keras wrote: the same outputs. */
static void rebuild(mood_model *model, const struct golden *g, const float *y) {
    json_t *layers = json_object_get(g->document, "layers");
    mood_model *built;
    if (!layers)
        return;
    ok(mood_model_create(model->device, &built, &err));
    for (size_t i = 0; i < json_array_size(layers); i++) {
        if (i == 1 && json_object_get(g->document, "ngrams"))
            set_ngrams(built, g);
        add_layer(built, json_array_get(layers, i));
    }
    set_matrix(built, g);
    ok(mood_model_build(built, g->T, 1, &err));
    ck_assert_uint_eq(mood_model_count_weights(built), mood_model_count_weights(model));
    for (size_t i = 0; i < mood_model_count_weights(model); i++) {
        mood_weight_info theirs, mine;
        ok(mood_model_weight_info(model, i, &theirs, &err));
        ok(mood_model_weight_info(built, i, &mine, &err));
        ck_assert(mine.count == theirs.count && mine.rank == theirs.rank && mine.trainable == theirs.trainable);
        float *values = calloc(mine.count, sizeof *values);
        ok(mood_model_get_weight(model, i, values, mine.count, &err));
        ok(mood_model_set_weight(built, i, values, mine.count, &err));
        free(values);
    }
    float *again = calloc(g->n * g->O, sizeof *again);
    ok(mood_model_predict(built, g->x, g->n, g->T, 0, again, &err));
    ck_assert_mem_eq(again, y, g->n * g->O * sizeof *y);
    free(again);
    mood_model_destroy(built);
}

/* The optimizer, if it is not that of most models, and the weights of rows. */
static void write_training(FILE *file, json_t *golden) {
    const char *matrix = json_string_value(json_object_get(golden, "matrix"));
    if (matrix)
        fprintf(file, "; %s", matrix);
    const char *optimizer = json_string_value(json_object_get(golden, "optimizer"));
    if (optimizer && strcmp(optimizer, "Adam(0.01)") != 0)
        fprintf(file, "; `%s`", optimizer);
    const char *loss = json_string_value(json_object_get(golden, "loss"));
    if (loss)
        fprintf(file, "; loss `%s`", loss);
    if (json_object_get(golden, "metrics"))
        fprintf(file, "; metrics");
    if (json_object_get(golden, "class_weight"))
        fprintf(file, "; class_weight");
    if (json_object_get(golden, "sample_weight"))
        fprintf(file, "; sample_weight");
}

/* With branches as in Keras's source: "Add()([one, two])". */
static void write_layer(FILE *file, size_t index, json_t *layer) {
    json_t *names = json_array_get(layer, 1), *name;
    size_t i;
    fprintf(file, "%s%s", index ? ", " : "",
            json_string_value(json_is_string(layer) ? layer : json_array_get(layer, 0)));
    json_array_foreach(names, i, name)
        fprintf(file, "%s%s%s",
                i                            ? ", "
                : json_array_size(names) > 1 ? "(["
                                             : "(",
                json_string_value(name),
                i + 1 < json_array_size(names) ? ""
                : i                            ? "])"
                                               : ")");
}

/* The row of doc/keras.md; see MOOD_KERAS_TABLE above. */
static void write_row(const char *name, const struct golden *g, double difference, const struct losses *losses) {
    const char *table = getenv("MOOD_KERAS_TABLE");
    json_t *layers = json_object_get(g->document, "layers"), *layer;
    FILE *file = table && layers ? fopen(table, "a") : NULL;
    size_t i;
    if (!file)
        return;
    fprintf(file, "| %s | `", strchr(name, '/') ? strchr(name, '/') + 1 : name);
    json_array_foreach(layers, i, layer)
        write_layer(file, i, layer);
    fprintf(file, "`");
    write_training(file, g->document);
    fprintf(file, " | %.1e | ", difference);
    if (losses->next)
        fprintf(file, "%.1e |\n", losses->largest);
    else
        fprintf(file, "random |\n");
    fclose(file);
}

/* The optimizer of the golden file, as mood_model_compile takes it, is that of the model that Keras wrote. */
static void check_optimizer(const mood_model *model, const struct golden *g) {
    const char *text = json_string_value(json_object_get(g->document, "optimizer"));
    struct optimizer *optimizer;
    if (!text)
        return;
    ok(optimizer_parse(text, &optimizer, &err));
    char *wanted = optimizer_text(optimizer);
    ck_assert_str_eq(model->compile.optimizer, wanted);
    free(wanted);
    optimizer_destroy(optimizer);
}

/* Loss and metrics of the golden file, as mood_model_compile takes them, are those of the model that Keras wrote. */
static void check_objective(const mood_model *model, const struct golden *g) {
    const char *loss = json_string_value(json_object_get(g->document, "loss")), *texts[2][24];
    json_t *metrics[] = {json_object_get(g->document, "metrics"), json_object_get(g->document, "weighted_metrics")};
    mood_compile_options options = MOOD_COMPILE_OPTIONS, compiled = MOOD_COMPILE_OPTIONS;
    if (!loss)
        return;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < json_array_size(metrics[k]); i++)
            texts[k][i] = json_string_value(json_array_get(metrics[k], i));
    mood_model *copy;
    ok(mood_model_create(model->device, &copy, &err));
    json_t *layers = json_object_get(g->document, "layers");
    for (size_t i = 0; i < json_array_size(layers); i++)
        add_layer(copy, json_array_get(layers, i));
    options.loss = loss;
    options.metrics = json_array_size(metrics[0]) ? texts[0] : NULL;
    options.metric_count = json_array_size(metrics[0]);
    options.weighted_metrics = texts[1];
    options.weighted_metric_count = json_array_size(metrics[1]);
    ok(mood_model_compile(copy, &options, &err));
    ok(mood_model_get_compile_options(copy, &compiled, &err));
    ck_assert_str_eq(model->compile.loss, compiled.loss);
    if (metrics[0])
        for (size_t i = 0; i < model->objective.metrics.count; i++)
            ck_assert_str_eq(model->objective.metrics.at[i]->name, copy->objective.metrics.at[i]->name);
    mood_model_destroy(copy);
}

static void check_file(mood_device *here, bool first_device, size_t index) {
    char name[64], file[80], numbers[80];
    name_golden(index, name);
    snprintf(file, sizeof file, "%s.keras", name);
    snprintf(numbers, sizeof numbers, "%s.json", name);
    char *where = golden_path(file);
    struct golden g = golden_open(numbers);
    mood_model *model;
    mood_recipe *recipe;
    ok(mood_model_load(here, where, NULL, &model, &recipe, &err));
    ck_assert_ptr_null(recipe);
    ck_assert_uint_eq(mood_model_get_timesteps(model), json_object_get(g.document, "matrix") ? 0 : g.T);
    set_matrix(model, &g);
    ck_assert_uint_eq(model->iterations, (uint64_t)json_integer_value(json_object_get(g.document, "iterations")));
    float *y = calloc(g.n * g.O, sizeof *y);
    ok(mood_model_predict(model, g.x, g.n, g.T, 0, y, &err));
    double difference = 0;
    for (size_t i = 0; i < g.n * g.O; i++)
        difference = fmax(difference, fabs((double)y[i] - (double)g.predictions[i]));
    for (size_t i = 0; i < g.n * g.O; i++)
        ck_assert_msg(fabsf(y[i] - g.predictions[i]) <= 1e-6f * fmaxf(1, fabsf(g.predictions[i])),
                      "%s, row %zu: %.9g, Keras %.9g", name, i / g.O, (double)y[i], (double)g.predictions[i]);
    rebuild(model, &g, y);
    check_optimizer(model, &g);
    check_objective(model, &g);
    evaluate(model, &g, name);
    keep_copy(model, name, "");
    struct losses losses = {.wanted = json_object_get(g.document, "losses"), .name = name};
    train_on(model, &g, &losses);
    keep_copy(model, name, "-trained");
    /* Through mood's own file, and on. */
    ok(mood_model_save(model, path, NULL, &err));
    mood_model_destroy(model);
    ok(mood_model_load(here, path, NULL, &model, NULL, &err));
    set_matrix(model, &g);
    train_on(model, &g, &losses);
    ck_assert_uint_eq(losses.next, json_array_size(losses.wanted));
    if (first_device)
        write_row(name, &g, difference, &losses);
    mood_model_destroy(model);
    golden_close(&g);
    free(where);
    free(y);
}

/* Opening a device takes longer than testing a file, so each test has several files. */
enum { FILES_PER_TEST = 16 };

static int count_chunks(void) {
    return (int)(count_goldens() + FILES_PER_TEST - 1) / FILES_PER_TEST;
}

static bool is_selected(int index) {
    const char *wanted = getenv("MOOD_TEST_MODELS");
    char name[64], word[80], list[4096];
    if (!wanted)
        return true;
    name_golden((size_t)index, name);
    snprintf(word, sizeof word, " %s ", name);
    snprintf(list, sizeof list, " %s ", wanted);
    return strstr(list, word) != NULL;
}

START_TEST(selected_models_exist) {
    const char *wanted = getenv("MOOD_TEST_MODELS");
    size_t words = 0, selected = 0;
    for (const char *at = wanted; at && *(at += strspn(at, " ")); at += strcspn(at, " "))
        words++;
    for (size_t i = 0; wanted && i < count_goldens(); i++)
        selected += is_selected((int)i);
    ck_assert_uint_eq(selected, words);
}
END_TEST

START_TEST(keras_files_predict_and_train_on) {
    int d = _i / count_chunks(), first = _i % count_chunks() * FILES_PER_TEST, count = (int)count_goldens();
    mood_device *here = devices_get(d);
    for (int g = first; g < first + FILES_PER_TEST && g < count; g++)
        if (devices_in_turn(d, g) && is_selected(g))
            check_file(here, d == 0, (size_t)g);
}
END_TEST

/* Settings of the optimizer come along, and go back. */
START_TEST(optimizer_settings_come_along) {
    char *where = golden_path("keras-3.15.1-classes.keras");
    for (int round = 0; round < 2; round++) {
        mood_model *model;
        ok(mood_model_load(device, round == 0 ? where : path, NULL, &model, NULL, &err));
        ck_assert(model->compiled);
        ck_assert_str_eq(model->compile.loss, "categorical_crossentropy");
        ck_assert_str_eq(model->compile.optimizer, "Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-06)");
        ok(mood_model_save(model, path, NULL, &err));
        mood_model_destroy(model);
    }
    free(where);
}
END_TEST

/* ---- mood's own ------------------------------------------------------------------------------ */

#define WORDS "good bad film the a was very not great boring story actor loved hated it"
enum { V = 16, T = 6 };

static mood_model *small_model(size_t outputs) {
    mood_model *model;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    char last[80];
    snprintf(last, sizeof last, "Dense(%zu, activation=%s)", outputs, outputs == 1 ? "sigmoid" : "softmax");
    compile.loss = outputs == 1 ? "binary_crossentropy" : "sparse_categorical_crossentropy";
    ok(mood_model_create(device, &model, &err));
    ok(append_layers(model,
                     LAYERS("Embedding(16, 4)", "LSTM(5, return_sequences=True, recurrent_initializer=HeUniform())",
                            "LSTM(3)", last),
                     &err));
    ok(mood_model_build(model, T, 5, &err));
    ok(mood_model_compile(model, &compile, &err));
    return model;
}

static void train_small(mood_model *model) {
    int32_t x[8 * T];
    float y[8];
    for (int i = 0; i < 8 * T; i++)
        x[i] = (i * 7 + i / T) % V;
    for (int i = 0; i < 8; i++)
        y[i] = (float)(i % 2);
    mood_fit_options options = MOOD_FIT_OPTIONS;
    options.batch_size = 4;
    options.epochs = 3;
    ok(mood_model_fit(model, x, 8, T, y, 1, &options, NULL, &err));
}

static void assert_same_store(const mood_model *a, const mood_model *b, int store) {
    for (size_t i = 0; i < a->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(a->layers[i]); k++) {
            const struct variable *p = layer_variable(a->layers[i], k);
            float *left = calloc(p->count, sizeof *left), *right = calloc(p->count, sizeof *right);
            ok(model_read(a, store, p, left, &err));
            ok(model_read(b, store, layer_variable(b->layers[i], k), right, &err));
            ck_assert_msg(memcmp(left, right, p->count * sizeof *left) == 0, "%s %s", a->layers[i]->name, p->name);
            free(left);
            free(right);
        }
}

START_TEST(model_comes_back_to_the_bit) {
    mood_model *model = small_model(1), *back;
    char before[65], after[65];
    train_small(model);
    ok(mood_model_save(model, path, NULL, &err));
    ok(mood_model_load(device, path, NULL, &back, NULL, &err));
    assert_same_store(model, back, MODEL_VALUES);
    assert_same_store(model, back, 0);
    assert_same_store(model, back, 1);
    ck_assert_uint_eq(back->iterations, 6);
    ck_assert_str_eq(back->compile.loss, model->compile.loss);
    ck_assert_str_eq(back->compile.optimizer, model->compile.optimizer);
    struct blob config, config_back; /* settings and initialisers, too */
    ok(config_write(model, &config, &err));
    ok(config_write(back, &config_back, &err));
    ck_assert_str_eq((char *)config.data, (char *)config_back.data);
    free(config.data);
    free(config_back.data);
    ok(model_weights_digest(model, before, &err));
    ok(model_weights_digest(back, after, &err));
    ck_assert_str_eq(before, after);
    train_small(back);
    ok(model_weights_digest(back, after, &err));
    ck_assert_str_ne(before, after);
    mood_model_destroy(model);
    mood_model_destroy(back);
}
END_TEST

/* The digest is SHA-256 over the little-endian floats, as `sha256sum` would have it. */
START_TEST(digest_is_sha256_of_the_weights) {
    mood_model *model;
    char hex[65];
    ok(mood_model_create(device, &model, &err));
    ok(mood_model_add(model, "Embedding(1, 2)", &err));
    ok(mood_model_build(model, 1, 0, &err));
    ok(mood_model_set_weight(model, 0, (const float[]){1.0f, -2.0f}, 2, &err));
    ok(model_weights_digest(model, hex, &err));
    /* printf '\0\0\200\77\0\0\0\300' | sha256sum */
    ck_assert_str_eq(hex, "ee4ac73c2bd27756ab82780f27c73a7bc4d3f0bb6acb37e008bc27eccd7e588b");
    mood_model_destroy(model);
}
END_TEST

START_TEST(model_without_compile_stays_so) {
    mood_model *model, *back;
    ok(mood_model_create(device, &model, &err));
    ok(append_layers(model, LAYERS("Embedding(16, 4)", "LSTM(3)"), &err));
    ok(mood_model_build(model, T, 5, &err));
    ok(mood_model_save(model, path, NULL, &err));
    ok(mood_model_load(device, path, NULL, &back, NULL, &err));
    ck_assert(!back->compiled && !back->has_state);
    assert_same_store(model, back, MODEL_VALUES);
    mood_model_destroy(model);
    mood_model_destroy(back);
}
END_TEST

START_TEST(unbuilt_model_is_not_saved) {
    mood_model *model;
    ok(mood_model_create(device, &model, &err));
    ok(mood_model_add(model, "Embedding(16, 4)", &err));
    ck_assert_int_eq(mood_model_save(model, path, NULL, &err), MOOD_ERR_STATE);
    ck_assert_int_ne(access(path, F_OK), 0);
    mood_model_destroy(model);
}
END_TEST

/* ---- the recipe ------------------------------------------------------------------------------ */

static mood_tokenizer *small_tokenizer(const char *words) {
    mood_tokenizer *tokenizer;
    mood_text text = {words, strlen(words)};
    ok(mood_tokenizer_create(NULL, &tokenizer, &err));
    ok(mood_tokenizer_fit(tokenizer, &text, 1, &err));
    return tokenizer;
}

static char *labels[] = {(char *)"schlecht", (char *)"gut"};
static char *texts[] = {(char *)"the film was very good", (char *)"boring", (char *)"not a great story it was bad"};

static mood_recipe small_recipe(mood_tokenizer *tokenizer) {
    mood_recipe recipe = MOOD_RECIPE;
    recipe.tokenizer = tokenizer;
    recipe.padding = MOOD_PAD_POST;
    recipe.labels = labels;
    recipe.label_count = 2;
    recipe.data_digest = (char *)"0123";
    recipe.check_texts = texts;
    recipe.check_count = 3;
    return recipe;
}

START_TEST(recipe_comes_back) {
    mood_model *model = small_model(1), *back;
    mood_tokenizer *tokenizer = small_tokenizer(WORDS);
    mood_recipe recipe = small_recipe(tokenizer), *read;
    ok(mood_model_save(model, path, &recipe, &err));
    ok(mood_model_load(device, path, NULL, &back, &read, &err));
    ck_assert_ptr_nonnull(read);
    ck_assert_int_eq(read->padding, MOOD_PAD_POST);
    ck_assert_int_eq(read->truncating, MOOD_PAD_PRE);
    ck_assert_uint_eq(read->label_count, 2);
    ck_assert_str_eq(read->labels[1], "gut");
    ck_assert_str_eq(read->data_digest, "0123");
    ck_assert_uint_eq(read->check_count, 3);
    ck_assert_str_eq(read->check_texts[2], texts[2]);
    ck_assert_uint_eq(mood_tokenizer_count_words(read->tokenizer), 15);
    mood_recipe_destroy(read);
    mood_recipe_destroy(NULL);
    mood_model_destroy(back);
    /* Nobody has to want it; and every device gives the check texts their scores. */
    for (int i = 0; i < devices_count(); i++) {
        mood_device *other = devices_get(i);
        ok(mood_model_load(other, path, NULL, &back, NULL, &err));
        mood_model_destroy(back);
    }
    mood_model_destroy(model);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(recipe_has_to_fit_the_model) {
    mood_model *model = small_model(3);
    mood_tokenizer *tokenizer = small_tokenizer(WORDS), *large = small_tokenizer(WORDS " one two three");
    mood_recipe recipe = small_recipe(tokenizer);
    ck_assert_int_eq(mood_model_save(model, path, &recipe, &err), MOOD_ERR_ARGUMENT); /* 2 labels, 3 classes */
    ck_assert_ptr_nonnull(strstr(err.message, "labels"));
    recipe.label_count = 0;
    recipe.tokenizer = large;
    ck_assert_int_eq(mood_model_save(model, path, &recipe, &err), MOOD_ERR_ARGUMENT); /* ids past the Embedding */
    ck_assert_ptr_nonnull(strstr(err.message, "tokenizer"));
    recipe.tokenizer = NULL;
    ck_assert_int_eq(mood_model_save(model, path, &recipe, &err), MOOD_ERR_ARGUMENT); /* nothing to read them */
    recipe.tokenizer = tokenizer;
    recipe.size = 1;
    ck_assert_int_eq(mood_model_save(model, path, &recipe, &err), MOOD_ERR_ARGUMENT);
    ck_assert_int_ne(access(path, F_OK), 0);
    mood_model_destroy(model);
    mood_tokenizer_destroy(tokenizer);
    mood_tokenizer_destroy(large);
}
END_TEST

START_TEST(diverged_model_is_not_saved) {
    static const float diverged[] = {NAN, INFINITY, -INFINITY};
    mood_model *model = small_model(1);
    for (size_t i = 0; i < 3; i++) {
        ok(mood_model_set_weight(model, mood_model_count_weights(model) - 1, &diverged[i], 1, &err));
        assert_says(mood_model_save(model, path, NULL, &err), MOOD_ERR_STATE, "layer \"dense\": bias[0] is ", "weight");
        ck_assert_int_ne(access(path, F_OK), 0);
    }
    ok(mood_model_set_weight(model, mood_model_count_weights(model) - 1, &(float){0}, 1, &err));
    float momentum = NAN;
    ok(model_write(model, 0, layer_variable(model->layers[3], 1), &momentum, &err));
    assert_says(mood_model_save(model, path, NULL, &err), MOOD_ERR_STATE, "momentum of bias[0]", "momentum");
    ck_assert_int_ne(access(path, F_OK), 0);
    mood_model_destroy(model);
}
END_TEST

START_TEST(negative_variance_is_not_saved) {
    mood_model *model;
    ok(mood_model_create(device, &model, &err));
    ok(append_layers(model, LAYERS("Embedding(16, 4)", "BatchNormalization()", "LSTM(3)"), &err));
    ok(mood_model_build(model, T, 5, &err));
    ok(mood_model_set_weight(model, 4, (const float[]){1, 0, -0.5f, 1}, 4, &err));
    assert_says(mood_model_save(model, path, NULL, &err), MOOD_ERR_STATE,
                "layer \"batch_normalization\": moving_variance[2] is -0.5", "variance");
    ck_assert_int_ne(access(path, F_OK), 0);
    mood_model_destroy(model);
}
END_TEST

/* Finite weights with which sums overflow: the last layer takes infinity from infinity. */
static mood_model *overflowing_model(void) {
    mood_model *model;
    static const char relu[] =
        "Dense(2, activation='relu', kernel_initializer='ones', bias_initializer=Constant(3e38))";
    ok(mood_model_create(device, &model, &err));
    /* 3e38 + 3e38 + 3e38 in the second relu layer */
    ok(append_layers(model, LAYERS("Embedding(16, 4)", "LSTM(3)", relu, relu, "Dense(1, activation='sigmoid')"), &err));
    ok(mood_model_build(model, T, 5, &err));
    ok(mood_model_set_weight(model, 8, (const float[]){1.0f, -1.0f}, 2, &err));
    ok(mood_model_compile(model, NULL, &err));
    return model;
}

START_TEST(scores_that_are_no_numbers_are_errors) {
    mood_model *model = overflowing_model();
    mood_tokenizer *tokenizer = small_tokenizer(WORDS);
    mood_recipe recipe = small_recipe(tokenizer), no_checks = recipe;
    int32_t x[2 * T] = {0, 0, 0, 0, 0, 1};
    float y[2];
    const float truth[2] = {0, 1};
    mood_metrics *metrics;
    assert_says(mood_model_predict(model, x, 2, T, 0, y, &err), MOOD_ERR_STATE, "row 0: the model's output is ",
                "predict");
    assert_says(mood_model_evaluate(model, x, 2, T, truth, 1, 0, &metrics, &err), MOOD_ERR_STATE,
                "row 0: the model's output is ", "evaluate");
    assert_says(mood_model_save(model, path, &recipe, &err), MOOD_ERR_STATE, "the model's output is ", "checks");
    ck_assert_int_ne(access(path, F_OK), 0);
    no_checks.check_count = 0;
    ok(mood_model_save(model, path, &no_checks, &err)); /* its weights are numbers: it opens, and scores are errors */
    mood_scorer *scorer;
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    options.device = device;
    ok(mood_scorer_open(path, &options, &scorer, &err));
    mood_text two[] = {{"good", 4}, {"bad", 3}};
    assert_says(mood_scorer_score(scorer, two, 2, y, &err), MOOD_ERR_STATE, "text 0: the model's output is ", "two");
    assert_says(mood_scorer_score(scorer, two, 1, y, &err), MOOD_ERR_STATE, "the model's output is ", "one");
    ck_assert_int_eq(err.error_class, MOOD_CLASS_INPUT);
    mood_scorer_destroy(scorer);
    mood_model_destroy(model);
    mood_tokenizer_destroy(tokenizer);
}
END_TEST

/* ---- files ----------------------------------------------------------------------------------- */

static void assert_still_loads(uint64_t iterations) {
    mood_model *back;
    ok(mood_model_load(device, path, NULL, &back, NULL, &err));
    ck_assert_uint_eq(back->iterations, iterations);
    mood_model_destroy(back);
}

/* A disk that fills up in the middle: the old file stays, and nothing else does. */
START_TEST(full_disk_leaves_the_old_file) {
    mood_model *model = small_model(1);
    ok(mood_model_save(model, path, NULL, &err));
    train_small(model);
    struct rlimit before, tight;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = (struct rlimit){10000, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
    mood_status status = mood_model_save(model, path, NULL, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(status, MOOD_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, path));
    assert_still_loads(0);
    ok(mood_model_save(model, path, NULL, &err));
    assert_still_loads(6);
    mood_model_destroy(model); /* remove_folder looks for what was left */
}
END_TEST

START_TEST(unwritable_places_are_named) {
    mood_model *model = small_model(1);
    const char *const places[] = {"no/such/folder/model.keras", "/proc/model.keras"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        ck_assert_int_eq(mood_model_save(model, places[i], NULL, &err), MOOD_ERR_IO);
        ck_assert_msg(strncmp(err.message, places[i], strlen(places[i])) == 0, "%s", err.message);
    }
    ck_assert_int_eq(mood_model_save(model, "", NULL, &err), MOOD_ERR_ARGUMENT);
    const char *const names[] = {"tests-model.h5", "tests-model", "keras", "/dev/full", folder};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_int_eq(mood_model_save(model, names[i], NULL, &err), MOOD_ERR_ARGUMENT);
        ck_assert_msg(strncmp(err.message, names[i], strlen(names[i])) == 0, "%s", err.message);
        ck_assert_ptr_nonnull(strstr(err.message, "must end in .keras"));
    }
    mood_model_destroy(model);
}
END_TEST

START_TEST(links_and_rights_stay) {
    mood_model *model = small_model(1);
    char link[160];
    struct stat info;
    snprintf(link, sizeof link, "%s/link.keras", folder);
    ok(mood_model_save(model, path, NULL, &err));
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert_int_eq(symlink("model.keras", link), 0);
    train_small(model);
    ok(mood_model_save(model, link, NULL, &err));
    ck_assert_int_eq(lstat(link, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0640);
    assert_still_loads(6);
    ck_assert_int_eq(unlink(link), 0);
    mood_model_destroy(model);
}
END_TEST

START_TEST(unreadable_places_are_named) {
    mood_model *model;
    const char *const places[] = {"no/such/model.keras", "/dev/null", "/"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        ck_assert_int_eq(mood_model_load(device, places[i], NULL, &model, NULL, &err),
                         i < 2 ? MOOD_ERR_IO : MOOD_ERR_FORMAT);
        ck_assert_msg(strncmp(err.message, places[i], strlen(places[i])) == 0, "%s", err.message);
        ck_assert_ptr_null(model);
    }
}
END_TEST

/* Each file on each device with each class. */
static void add_files(TCase *files) {
    int chunks = count_chunks();
    for (int d = 0; d < devices_count(); d++)
        if (devices_include(d))
            tcase_add_loop_test(files, keras_files_predict_and_train_on, d * chunks, (d + 1) * chunks);
}

int main(void) {
    Suite *suite = suite_create("keras");
    TCase *files = tcase_create("files");
    tcase_set_timeout(files, 600);
    tcase_add_unchecked_fixture(files, open_device, close_device);
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, selected_models_exist);
    add_files(files);
    tcase_add_test(files, optimizer_settings_come_along);
    tcase_add_test(files, model_comes_back_to_the_bit);
    tcase_add_test(files, digest_is_sha256_of_the_weights);
    tcase_add_test(files, model_without_compile_stays_so);
    tcase_add_test(files, unbuilt_model_is_not_saved);
    tcase_add_test(files, recipe_comes_back);
    tcase_add_test(files, recipe_has_to_fit_the_model);
    tcase_add_test(files, diverged_model_is_not_saved);
    tcase_add_test(files, negative_variance_is_not_saved);
    tcase_add_test(files, scores_that_are_no_numbers_are_errors);
    tcase_add_test(files, full_disk_leaves_the_old_file);
    tcase_add_test(files, unwritable_places_are_named);
    tcase_add_test(files, links_and_rights_stay);
    tcase_add_test(files, unreadable_places_are_named);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
