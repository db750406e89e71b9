/* The meaning of outputs: files made by Keras (tests/golden/heads.py) give Keras's scores and labels, can be
 * trained further, and keep their loss when saved; a missing setting is an error that names it. */
#include <math.h>
#include <unistd.h>

#include "keras_files.h"
#include "mood/scorer.h"

static const struct head_case {
    const char *name, *given; /* given: value of --activation */
    mood_activation activation;
    bool multi_label, probabilities;
} cases[] = {
    {"binary-logits", NULL, MOOD_SIGMOID, false, true},      {"tanh-logits", NULL, MOOD_SIGMOID, false, true},
    {"categorical-logits", NULL, MOOD_SOFTMAX, false, true}, {"sparse-logits", NULL, MOOD_SOFTMAX, false, true},
    {"multi-label", NULL, MOOD_LINEAR, true, true},          {"multi-label-logits", NULL, MOOD_SIGMOID, true, true},
    {"uncompiled", "sigmoid", MOOD_SIGMOID, false, true},    {"mse", "linear", MOOD_LINEAR, false, false},
};
enum { CASES = sizeof cases / sizeof *cases };

static json_t *golden;
static size_t n, T;
static int32_t *x;

static void open_golden(void) {
    open_device();
    golden = golden_json("heads.json");
    json_t *rows = json_object_get(golden, "x");
    n = json_array_size(rows);
    T = json_array_size(json_array_get(rows, 0));
    x = calloc(n * T, sizeof *x);
    for (size_t i = 0; i < n * T; i++)
        x[i] = (int32_t)json_integer_value(json_array_get(json_array_get(rows, i / T), i % T));
}

static void close_golden(void) {
    free(x);
    json_decref(golden);
    close_device();
}

/* A model's numbers [n,·]; *width: numbers per row. New. */
static float *numbers(const char *name, const char *key, size_t *width) {
    json_t *rows = json_object_get(json_object_get(json_object_get(golden, "models"), name), key);
    ck_assert_uint_eq(json_array_size(rows), n);
    *width = json_array_size(json_array_get(rows, 0));
    float *values = calloc(n * *width, sizeof *values);
    for (size_t i = 0; i < n * *width; i++)
        values[i] = (float)json_number_value(json_array_get(json_array_get(rows, i / *width), i % *width));
    return values;
}

static double number(const char *name, const char *key) {
    json_t *value = json_object_get(json_object_get(json_object_get(golden, "models"), name), key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static char *model_path(const char *name) {
    char file[64];
    snprintf(file, sizeof file, "heads-%s.keras", name);
    return golden_path(file);
}

static mood_model *open_model(const char *name) {
    mood_model *model;
    char *path = model_path(name);
    ok(mood_model_load(device, path, NULL, &model, NULL, &err));
    free(path);
    return model;
}

static void assert_near(const float *values, const float *wanted, size_t count, const char *what) {
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabsf(values[i] - wanted[i]) <= 1e-6f, "%s %zu: %.9g, Keras %.9g", what, i, (double)values[i],
                      (double)wanted[i]);
}

/* ---- scores and labels ---------------------------------------------------------------------------------------- */

/* Keras's rules: strictly above 0.5, or the first of the largest. */
static bool keras_label(const float *scores, size_t O, bool multi_label, size_t label) {
    size_t best = 0;
    if (multi_label)
        return scores[label] > 0.5f;
    if (O == 1)
        return (scores[0] > 0.5f) == (label == 1);
    for (size_t k = 1; k < O; k++)
        if (scores[k] > scores[best])
            best = k;
    return best == label;
}

START_TEST(outputs_and_scores_are_keras_s) {
    const struct head_case *one = &cases[_i];
    mood_model *model = open_model(one->name);
    mood_head head;
    size_t O;
    float *predictions = numbers(one->name, "predictions", &O), *scores = numbers(one->name, "scores", &O);
    float *rows = calloc(n * O, sizeof *rows);
    ok(mood_model_get_head(model, one->given, &head, &err));
    ck_assert_uint_eq(head.outputs, O);
    ck_assert_uint_eq(head.labels, O == 1 ? 2 : O);
    ck_assert_int_eq(head.activation, one->activation);
    ck_assert(head.multi_label == one->multi_label && head.probabilities == one->probabilities);
    ok(mood_model_predict(model, x, n, T, 0, rows, &err));
    assert_near(rows, predictions, n * O, "output");
    mood_head_apply(&head, rows, n);
    assert_near(rows, scores, n * O, "score");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < head.labels; k++)
            ck_assert_msg(mood_head_applies(&head, rows + i * O, k) ==
                              keras_label(scores + i * O, O, one->multi_label, k),
                          "%s: row %zu, label %zu", one->name, i, k);
    free(rows);
    free(scores);
    free(predictions);
    mood_model_destroy(model);
}
END_TEST

static mood_scorer *open_scorer(const struct head_case *one) {
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    mood_recipe_options recipe = MOOD_RECIPE_OPTIONS;
    char *tokenizer = golden_path("heads-tokenizer.json"), *path = model_path(one->name);
    mood_scorer *scorer;
    recipe.tokenizer = tokenizer;
    options.device = device;
    options.recipe = &recipe;
    recipe.activation = one->given;
    ok(mood_scorer_open(path, &options, &scorer, &err));
    free(path);
    free(tokenizer);
    return scorer;
}

/* The record of a row agrees with the head. */
static void check_record(const mood_scorer *scorer, const float *row) {
    const mood_head *head = mood_scorer_get_head(scorer);
    char *text;
    ok(mood_scorer_write_json(scorer, row, &text, &err));
    json_t *record = json_loads(text, 0, NULL), *all = json_object_get(record, "scores");
    mood_free(text);
    ck_assert(json_is_object(record));
    for (size_t k = 0; k < head->labels && all; k++)
        ck_assert_double_eq_tol(json_number_value(json_object_get(all, mood_scorer_get_label(scorer, k))),
                                (double)mood_head_label_score(head, row, k), 1e-9);
    size_t label = mood_head_decide(head, row);
    const char *name = json_string_value(json_object_get(record, "label"));
    json_t *confidence = json_object_get(record, "confidence");
    if (head->multi_label) {
        ck_assert(json_is_array(json_object_get(record, "labels")) && !name && !confidence && all);
    } else {
        ck_assert_str_eq(name, mood_scorer_get_label(scorer, label));
        ck_assert(json_is_number(confidence) == head->probabilities);
        if (confidence)
            ck_assert_double_eq_tol(json_number_value(confidence), (double)mood_head_label_score(head, row, label),
                                    1e-9);
    }
    json_decref(record);
}

START_TEST(scorers_apply_the_head) {
    const struct head_case *one = &cases[_i];
    mood_scorer *scorer = open_scorer(one);
    json_t *lines = json_object_get(golden, "texts");
    size_t O;
    float *wanted = numbers(one->name, "scores", &O), *scores = calloc(n * O, sizeof *scores);
    mood_text *texts = calloc(n, sizeof *texts);
    for (size_t i = 0; i < n; i++)
        texts[i] =
            (mood_text){json_string_value(json_array_get(lines, i)), json_string_length(json_array_get(lines, i))};
    ok(mood_scorer_score(scorer, texts, n, scores, &err));
    assert_near(scores, wanted, n * O, "score");
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(mood_scorer_decide(scorer, scores + i * O),
                          mood_head_decide(mood_scorer_get_head(scorer), scores + i * O));
        check_record(scorer, scores + i * O);
    }
    free(texts);
    free(scores);
    free(wanted);
    mood_scorer_destroy(scorer);
}
END_TEST

/* ---- training, saving ------------------------------------------------------------------------------------------- */

struct losses {
    json_t *wanted;
    size_t next;
};

static bool compare_loss(const mood_progress *progress, void *user) {
    struct losses *losses = user;
    double wanted = json_number_value(json_array_get(losses->wanted, losses->next++));
    ck_assert_msg(fabs(progress->batch_loss - wanted) <= 1e-4 * wanted, "step %zu: loss %.8g, Keras %.8g", losses->next,
                  progress->batch_loss, wanted);
    return true;
}

/* For the model as saved by Keras, or saved again by mood: the loss, and the losses of the following steps. */
static void check_training(mood_model *model, const char *name) {
    size_t L;
    float *y = numbers(name, "y", &L);
    mood_metrics *metrics;
    ok(mood_model_evaluate(model, x, n, T, y, L, 0, &metrics, &err));
    ck_assert_double_eq_tol(mood_metrics_get(metrics, "loss"), number(name, "loss"), 1e-5);
    double accuracy = mood_metrics_get(metrics, L > 1 ? "binary_accuracy" : "accuracy");
    if (!isnan(number(name, "binary_accuracy")))
        ck_assert_double_eq_tol(accuracy, number(name, "binary_accuracy"), 1e-6);
    mood_metrics_destroy(metrics);
    struct losses losses = {json_object_get(json_object_get(json_object_get(golden, "models"), name), "losses"), 0};
    mood_fit_options options = MOOD_FIT_OPTIONS;
    options.batch_size = (size_t)json_integer_value(json_object_get(golden, "batch"));
    options.shuffle = false;
    options.on_batch = compare_loss;
    options.user = &losses;
    ok(mood_model_fit(model, x, n, T, y, L, &options, NULL, &err));
    ck_assert_uint_eq(losses.next, json_array_size(losses.wanted));
    free(y);
}

START_TEST(training_goes_on_as_in_keras) {
    const struct head_case *one = &cases[_i];
    char path[] = "check-head-XXXXXX.keras";
    const char *copies = getenv("MOOD_KERAS_COPIES");
    int file = mkstemps(path, (int)strlen(".keras"));
    mood_model *model = open_model(one->name), *again;
    mood_head head;
    ck_assert_int_ge(file, 0);
    if (!model->compiled) { /* mood can't train with its loss */
        ck_assert(one->given != NULL);
    } else {
        ok(mood_model_save(model, path, NULL, &err));
        if (copies) {
            char copy[256];
            snprintf(copy, sizeof copy, "%s/heads-%s.keras", copies, one->name);
            ok(mood_model_save(model, copy, NULL, &err));
        }
        ok(mood_model_load(device, path, NULL, &again, NULL, &err));
        ok(mood_model_get_head(again, one->given, &head, &err));
        ck_assert_int_eq(head.activation, one->activation);
        ck_assert(loss_from_logits(again->objective.loss) == (one->activation != MOOD_LINEAR));
        check_training(model, one->name);
        check_training(again, one->name);
        mood_model_destroy(again);
    }
    mood_model_destroy(model);
    close(file);
    unlink(path);
}
END_TEST

/* ---- missing settings -------------------------------------------------------------------------------------------- */

#define LOSS(name, settings) "{\"module\": \"keras.losses\", \"class_name\": \"" name "\", \"config\": {" settings "}}"
#define LOGITS "\"from_logits\": true"

static const struct {
    const char *file, *last, *loss, *given; /* the last layer's activation, the loss as JSON */
    mood_status status;
    const char *says;           /* on failure */
    mood_activation activation; /* else */
    bool multi_label, probabilities;
} settings[] = {
    /* One unit: sigmoid, tanh, relu, linear, softmax. */
    {"binary-logits", "sigmoid", "null", NULL, 0, "", MOOD_LINEAR, false, true},
    {"binary-logits", "sigmoid", "\"mse\"", NULL, 0, "", MOOD_LINEAR, false, true},
    {"binary-logits", "sigmoid", "null", "linear", 0, "", MOOD_LINEAR, false, true},
    {"binary-logits", "sigmoid", "null", "sigmoid", MOOD_ERR_ARGUMENT, "is sigmoid already", 0, false, false},
    {"binary-logits", "sigmoid", LOSS("BinaryCrossentropy", LOGITS), NULL, MOOD_ERR_UNSUPPORTED,
     "back ends handle this differently; --activation linear", 0, false, false},
    {"binary-logits", "sigmoid", LOSS("BinaryCrossentropy", LOGITS), "linear", 0, "", MOOD_LINEAR, false, true},
    {"binary-logits", "relu", LOSS("BinaryCrossentropy", LOGITS), NULL, 0, "", MOOD_SIGMOID, false, true},
    {"binary-logits", "relu", "\"binary_crossentropy\"", NULL, MOOD_ERR_UNSUPPORTED, "without from_logits", 0, false,
     false},
    {"binary-logits", "tanh", "\"hinge\"", NULL, MOOD_ERR_UNSUPPORTED, "loss Hinge", 0, false, false},
    {"binary-logits", "linear", "\"hinge\"", "linear", 0, "", MOOD_LINEAR, false, false},
    {"binary-logits", "linear", "null", NULL, MOOD_ERR_UNSUPPORTED, "--activation", 0, false, false},
    {"binary-logits", "linear", "null", "softmax", MOOD_ERR_UNSUPPORTED, "softmax of one unit", 0, false, false},
    {"binary-logits", "linear", "null", "relu", MOOD_ERR_ARGUMENT, "not 'relu'", 0, false, false},
    {"binary-logits", "softmax", "null", NULL, MOOD_ERR_UNSUPPORTED, "softmax of one unit", 0, false, false},
    {"binary-logits", "linear", LOSS("BinaryCrossentropy", LOGITS), "linear", MOOD_ERR_ARGUMENT, "need sigmoid", 0,
     false, false},
    {"binary-logits", "linear", "[" LOSS("BinaryCrossentropy", LOGITS) "]", NULL, 0, "", MOOD_SIGMOID, false, true},
    {"binary-logits", "linear", LOSS("BinaryFocalCrossentropy", LOGITS ", \"gamma\": 2.0"), NULL, 0, "", MOOD_SIGMOID,
     false, true},
    {"binary-logits", "linear", LOSS("BinaryCrossentropy", LOGITS ", \"label_smoothing\": 0.1"), NULL, 0, "",
     MOOD_SIGMOID, false, true},
    {"binary-logits", "linear", LOSS("BinaryCrossentropy", "\"from_logits\": \"yes\""), NULL, MOOD_ERR_UNSUPPORTED,
     "--activation", 0, false, false},
    {"binary-logits", "linear",
     "{\"module\": \"mine\", \"class_name\": \"BinaryCrossentropy\", \"config\": {" LOGITS "}}", NULL,
     MOOD_ERR_UNSUPPORTED, "--activation", 0, false, false},
    {"binary-logits", "linear", "\"evil\\nname\"", NULL, MOOD_ERR_UNSUPPORTED, "of another kind", 0, false, false},
    /* Three units. */
    {"sparse-logits", "softmax", "null", NULL, 0, "", MOOD_LINEAR, false, true},
    {"sparse-logits", "softmax", LOSS("CategoricalCrossentropy", LOGITS), NULL, MOOD_ERR_UNSUPPORTED,
     "back ends handle this differently", 0, false, false},
    {"sparse-logits", "sigmoid", "null", NULL, 0, "", MOOD_LINEAR, true, true},
    {"sparse-logits", "sigmoid", "\"mse\"", NULL, 0, "", MOOD_LINEAR, true, true},
    {"sparse-logits", "sigmoid", "\"categorical_crossentropy\"", NULL, 0, "", MOOD_LINEAR, false, false},
    {"sparse-logits", "linear", "null", "softmax", 0, "", MOOD_SOFTMAX, false, true},
    {"sparse-logits", "linear", "null", "sigmoid", 0, "", MOOD_SIGMOID, true, true},
    {"sparse-logits", "linear", "null", "linear", 0, "", MOOD_LINEAR, false, false},
    {"sparse-logits", "linear", LOSS("CategoricalFocalCrossentropy", LOGITS), NULL, 0, "", MOOD_SOFTMAX, false, true},
    {"sparse-logits", "linear", LOSS("SparseCategoricalCrossentropy", LOGITS), "sigmoid", MOOD_ERR_ARGUMENT, "softmax",
     0, false, false},
};

START_TEST(an_unknown_head_is_an_error) {
    char file[64], what[32];
    snprintf(file, sizeof file, "heads-%s.keras", settings[_i].file);
    snprintf(what, sizeof what, "setting %d", _i);
    struct archive archive = golden_archive(file);
    json_t *document = member_json(&archive, MEMBER_CONFIG), *compiled = json_object_get(document, "compile_config");
    json_object_set_new(layer_config(document, 3), "activation", json_string(settings[_i].last));
    json_object_set_new(compiled, "loss", json_loads(settings[_i].loss, JSON_DECODE_ANY, NULL));
    set_member_json(&archive, MEMBER_CONFIG, document);
    mood_model *model;
    mood_head head;
    ok(model_load_archive(device, &archive, NULL, &model, NULL, &err));
    err = (mood_error){0};
    mood_status status = mood_model_get_head(model, settings[_i].given, &head, &err);
    assert_says(status, settings[_i].status, settings[_i].says, what);
    if (status == MOOD_OK) {
        ck_assert_msg(head.activation == settings[_i].activation, "%s", what);
        ck_assert_msg(head.multi_label == settings[_i].multi_label, "%s", what);
        ck_assert_msg(head.probabilities == settings[_i].probabilities, "%s", what);
        float threshold = strstr(settings[_i].loss, "hinge") ? 0.0f : 0.5f;
        ck_assert_msg(head.threshold == threshold, "%s: threshold %g", what, (double)head.threshold);
    } else if (status == MOOD_ERR_UNSUPPORTED) {
        ck_assert_ptr_nonnull(strstr(err.message, "layer dense"));
    }
    mood_model_destroy(model);
    archive_clear(&archive);
}
END_TEST

/* Large logits saturate; a score of 0.5 is not above 0.5. */
START_TEST(scores_at_the_edges) {
    mood_head binary = {
        .threshold = 0.5f, .outputs = 1, .labels = 2, .activation = MOOD_SIGMOID, .probabilities = true};
    mood_head three = {.threshold = 0.5f, .outputs = 3, .labels = 3, .activation = MOOD_SOFTMAX, .probabilities = true};
    float logits[] = {-200.0f, 0.0f, 200.0f, 1e-3f}, rows[] = {1000.0f, 0.0f, -1000.0f};
    mood_head_apply(&binary, logits, 4);
    ck_assert(logits[0] == 0.0f && logits[1] == 0.5f && logits[2] == 1.0f && logits[3] > 0.5f);
    ck_assert_uint_eq(mood_head_decide(&binary, &logits[1]), 0);
    ck_assert_uint_eq(mood_head_decide(&binary, &logits[3]), 1);
    ck_assert(mood_head_label_score(&binary, &logits[0], 0) == 1.0f);
    mood_head_apply(&three, rows, 1);
    ck_assert(rows[0] == 1.0f && rows[1] == 0.0f && rows[2] == 0.0f);
}
END_TEST

START_TEST(from_logits_and_a_sigmoid_exclude_each_other) {
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    mood_model *model = open_model("multi-label");
    options.loss = "BinaryCrossentropy(from_logits=True)";
    assert_says(mood_model_compile(model, &options, &err), MOOD_ERR_SHAPE, "use one of the two", "sigmoid");
    mood_model_destroy(model);
    model = open_model("binary-logits");
    options.loss = "SparseCategoricalCrossentropy(from_logits=True)";
    assert_says(mood_model_compile(model, &options, &err), MOOD_ERR_SHAPE, "of one unit", "one unit");
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("head");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_unchecked_fixture(all, open_golden, close_golden);
    tcase_add_loop_test(all, outputs_and_scores_are_keras_s, 0, CASES);
    tcase_add_loop_test(all, scorers_apply_the_head, 0, CASES);
    tcase_add_loop_test(all, training_goes_on_as_in_keras, 0, CASES);
    tcase_add_loop_test(all, an_unknown_head_is_an_error, 0, sizeof settings / sizeof *settings);
    tcase_add_test(all, scores_at_the_edges);
    tcase_add_test(all, from_logits_and_a_sigmoid_exclude_each_other);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
