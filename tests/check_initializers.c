/* Initial values: the statistics of Keras's own initializers (tests/golden/initializers.py), matrices, and reading
 * and writing names and objects of config.json. */
#include <math.h>

#include "keras_files.h"
#include "model/initialize.h"

static struct variable weight(const char *name, size_t rows, size_t columns, struct initializer initializer) {
    return (struct variable){.name = name,
                             .rank = columns ? 2 : 1,
                             .dims = {rows, columns},
                             .count = rows * (columns ? columns : 1),
                             .initializer = initializer};
}

/* Its numbers [variable->count], new. */
static float *start(const struct variable *variable, uint64_t seed) {
    struct random random;
    float *values = calloc(variable->count, sizeof *values);
    ck_assert_ptr_nonnull(values);
    random_seed(&random, seed, 0);
    ok(initialize(variable, &random, values, &err));
    return values;
}

static struct initializer read_text(const char *text) {
    struct initializer initializer = INITIALIZER(INITIALIZER_ZEROS);
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    ck_assert_msg(value != NULL, "%s", text);
    ok(initializer_read(value, &initializer, &err));
    json_decref(value);
    return initializer;
}

/* ---- statistics ------------------------------------------------------------------------------ */

struct statistics {
    double mean, stddev, least, greatest, kurtosis;
};

static struct statistics measure(const float *values, size_t n) {
    struct statistics s = {.least = INFINITY, .greatest = -INFINITY};
    double squares = 0, fourths = 0;
    for (size_t i = 0; i < n; i++)
        s.mean += (double)values[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = (double)values[i] - s.mean;
        squares += d * d / (double)n;
        fourths += d * d * d * d / (double)n;
        s.least = fmin(s.least, values[i]);
        s.greatest = fmax(s.greatest, values[i]);
    }
    s.stddev = sqrt(squares);
    s.kurtosis = s.stddev > 1e-9 ? fourths / (squares * squares) : 0;
    return s;
}

static struct statistics wanted_of(json_t *one) {
    return (struct statistics){
        json_number_value(json_object_get(one, "mean")),     json_number_value(json_object_get(one, "stddev")),
        json_number_value(json_object_get(one, "least")),    json_number_value(json_object_get(one, "greatest")),
        json_number_value(json_object_get(one, "kurtosis")),
    };
}

static void assert_near(double is, double wanted, double tolerance, const char *what, const char *of) {
    ck_assert_msg(fabs(is - wanted) <= tolerance, "%s: the %s is %g, Keras's %g", of, what, is, wanted);
}

/* Of 60000 numbers a mean typically differs by 0.4 % of a standard deviation, and the standard deviation by 0.3 %.
 * A bounded distribution comes within 0.1 % of its bounds; else an extreme value varies by a third of a standard
 * deviation. */
START_TEST(statistics_are_those_of_keras) {
    json_t *document = golden_json("initializers.json"), *one;
    size_t rows = (size_t)json_integer_value(json_object_get(document, "rows"));
    size_t columns = (size_t)json_integer_value(json_object_get(document, "columns")), i;
    ck_assert_uint_ge(json_array_size(json_object_get(document, "cases")), 25);
    json_array_foreach(json_object_get(document, "cases"), i, one) {
        struct initializer initializer = INITIALIZER(INITIALIZER_ZEROS);
        char *of = json_dumps(json_object_get(one, "config"), 0);
        ok(initializer_read(json_object_get(one, "config"), &initializer, &err));
        struct variable variable = weight("kernel", rows, columns, initializer);
        float *values = start(&variable, 5);
        struct statistics is = measure(values, variable.count), wanted = wanted_of(one);
        double spread = wanted.stddev, bound = wanted.kurtosis < 2.7 ? 0.02 * spread : 1.5 * spread;
        assert_near(is.mean, wanted.mean, 0.03 * spread + 1e-7, "mean", of);
        assert_near(is.stddev, wanted.stddev, 0.03 * spread + 1e-7, "standard deviation", of);
        assert_near(is.least, wanted.least, bound + 1e-7, "least", of);
        assert_near(is.greatest, wanted.greatest, bound + 1e-7, "greatest", of);
        assert_near(is.kurtosis, wanted.kurtosis, wanted.kurtosis < 10 ? 0.2 : 1e-3 * wanted.kurtosis, "kurtosis", of);
        free(values);
        free(of);
    }
    json_decref(document);
}
END_TEST

/* A truncated normal distribution with a given stddev has the smaller deviation that truncation leaves, 0.8796 of
 * it; variance scaling corrects for that. */
START_TEST(truncation_is_corrected_in_variance_scaling_alone) {
    struct initializer by_stddev = read_text("{\"class_name\": \"TruncatedNormal\", \"config\": {\"stddev\": 0.5}}");
    struct initializer by_variance = read_text("{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 50.0}}");
    struct variable variables[] = {weight("kernel", 200, 300, by_stddev), weight("kernel", 200, 300, by_variance)};
    static const double wanted[] = {0.5 * 0.8796256610342398, 0.5}, bounds[] = {1.0, 2 * 0.5 / 0.8796256610342398};
    for (size_t i = 0; i < 2; i++) {
        float *values = start(&variables[i], 3);
        struct statistics is = measure(values, variables[i].count);
        ck_assert_double_eq_tol(is.stddev, wanted[i], 0.01 * wanted[i]);
        ck_assert(is.greatest <= bounds[i] && is.least >= -bounds[i]);
        ck_assert_double_eq_tol(is.greatest, bounds[i], 0.01);
        free(values);
    }
}
END_TEST

/* ---- matrices and vectors -------------------------------------------------------------------- */

/* The product of each two of the shorter side's vectors: gain^2 with itself, else 0. */
static void assert_orthogonal(size_t rows, size_t columns, double gain) {
    struct initializer initializer = INITIALIZER(INITIALIZER_ORTHOGONAL);
    initializer.gain = gain;
    struct variable variable = weight("kernel", rows, columns, initializer);
    float *values = start(&variable, 9);
    bool flat = rows <= columns;
    size_t m = flat ? rows : columns, n = flat ? columns : rows;
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += flat ? (double)values[a * columns + k] * values[b * columns + k]
                            : (double)values[k * columns + a] * values[k * columns + b];
            ck_assert_double_eq_tol(sum, a == b ? gain * gain : 0, 1e-5);
        }
    free(values);
}

START_TEST(orthogonal_is_orthogonal) {
    assert_orthogonal(7, 28, 1);
    assert_orthogonal(28, 7, 1);
    assert_orthogonal(9, 9, 2.5);
}
END_TEST

START_TEST(identity_has_its_gain_on_the_diagonal) {
    struct initializer initializer = read_text("{\"class_name\": \"Identity\", \"config\": {\"gain\": 3.0}}");
    struct variable variable = weight("kernel", 2, 3, initializer);
    static const float wanted[] = {3, 0, 0, 0, 3, 0};
    float *values = start(&variable, 1);
    ck_assert_int_eq(memcmp(values, wanted, sizeof wanted), 0);
    free(values);
}
END_TEST

START_TEST(vectors_have_no_diagonal) {
    static const enum initializer_kind kinds[] = {INITIALIZER_ORTHOGONAL, INITIALIZER_IDENTITY};
    for (size_t i = 0; i < 2; i++) {
        struct random random;
        float values[4];
        struct variable variable = weight("bias", 4, 0, initializer_default(kinds[i]));
        random_seed(&random, 1, 0);
        assert_says(initialize(&variable, &random, values, &err), MOOD_ERR_SHAPE, "bias: the initializer ", "vector");
    }
}
END_TEST

/* With unit_forget_bias Keras calls the initializer for [H] and for [2H], each with its own fan, and inserts ones
 * between. */
START_TEST(forget_gate_starts_at_one) {
    enum { H = 8000 };
    struct variable variable = weight("bias", 4 * H, 0, initializer_default(INITIALIZER_HE_UNIFORM));
    variable.unit_forget_bias = true;
    float *values = start(&variable, 4);
    struct statistics input = measure(values, H), forget = measure(values + H, H),
                      rest = measure(values + 2 * H, 2 * H);
    ck_assert(forget.least == 1 && forget.greatest == 1);
    ck_assert_double_eq_tol(input.greatest, sqrt(6.0 / H), 0.01 * sqrt(6.0 / H));
    ck_assert_double_eq_tol(rest.greatest, sqrt(6.0 / (2 * H)), 0.01 * sqrt(6.0 / (2 * H)));
    free(values);
}
END_TEST

/* ---- config.json ----------------------------------------------------------------------------- */

START_TEST(names_are_keras_names) {
    static const struct {
        const char *text;
        enum initializer_kind kind;
    } names[] = {
        {"\"zeros\"", INITIALIZER_ZEROS},
        {"\"zero\"", INITIALIZER_ZEROS},
        {"\"Ones\"", INITIALIZER_ONES},
        {"\"one\"", INITIALIZER_ONES},
        {"\"constant\"", INITIALIZER_CONSTANT},
        {"\"random_normal\"", INITIALIZER_RANDOM_NORMAL},
        {"\"normal\"", INITIALIZER_RANDOM_NORMAL},
        {"\"uniform\"", INITIALIZER_RANDOM_UNIFORM},
        {"\"truncated_normal\"", INITIALIZER_TRUNCATED_NORMAL},
        {"\"variance_scaling\"", INITIALIZER_VARIANCE_SCALING},
        {"\"glorot_uniform\"", INITIALIZER_GLOROT_UNIFORM},
        {"\"GlorotNormal\"", INITIALIZER_GLOROT_NORMAL},
        {"\"he_normal\"", INITIALIZER_HE_NORMAL},
        {"\"HeNormal\"", INITIALIZER_HE_NORMAL},
        {"\"he_uniform\"", INITIALIZER_HE_UNIFORM},
        {"\"lecun_uniform\"", INITIALIZER_LECUN_UNIFORM},
        {"\"LecunNormal\"", INITIALIZER_LECUN_NORMAL},
        {"\"orthogonal\"", INITIALIZER_ORTHOGONAL},
        {"\"Orthogonal\"", INITIALIZER_ORTHOGONAL},
        {"\"OrthogonalInitializer\"", INITIALIZER_ORTHOGONAL},
        {"\"identity\"", INITIALIZER_IDENTITY},
        {"null", INITIALIZER_GLOROT_UNIFORM},
        {"{\"class_name\": \"GlorotUniform\", \"config\": {\"seed\": 3, \"dtype\": \"float32\"}}",
         INITIALIZER_GLOROT_UNIFORM},
        {"{\"module\": \"keras.initializers\", \"class_name\": \"HeNormal\", \"config\": {\"seed\": {\"class_name\": "
         "\"SeedGenerator\"}, \"input_axes\": null}, \"registered_name\": null}",
         INITIALIZER_HE_NORMAL},
        {"{\"class_name\": \"Zeros\"}", INITIALIZER_ZEROS},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(read_text(names[i].text).kind == names[i].kind, "%s", names[i].text);
}
END_TEST

#define OBJECT(class, config)                                                                                          \
    "{\"module\": \"keras.initializers\", \"class_name\": \"" class "\", \"config\": " config "}"

START_TEST(others_are_refused_by_name) {
    static const struct {
        const char *text;
        mood_status status;
        const char *says;
    } others[] = {
        {"\"my_start\"", MOOD_ERR_UNSUPPORTED,
         "the initializer \"my_start\" is not one that mood knows; it knows zeros, "},
        {OBJECT("STFT", "{}"), MOOD_ERR_UNSUPPORTED, "\"STFT\""},
        {"{\"module\": \"mine\", \"class_name\": \"HeNormal\", \"registered_name\": \"mine>HeNormal\"}",
         MOOD_ERR_UNSUPPORTED, "\"HeNormal\" is not Keras's own"},
        {OBJECT("HeNormal", "{\"scale\": 3.0}"), MOOD_ERR_UNSUPPORTED, "HeNormal has \"scale\": 3.0"},
        {OBJECT("HeNormal", "{\"input_axes\": [0]}"), MOOD_ERR_UNSUPPORTED, "HeNormal has \"input_axes\": [0]"},
        {OBJECT("HeNormal", "{\"input_axes\": []}"), MOOD_ERR_UNSUPPORTED, "HeNormal has \"input_axes\": []"},
        {OBJECT("Constant", "{\"value\": [1.0, 2.0]}"), MOOD_ERR_UNSUPPORTED, "Constant has \"value\": [1.0,2.0]"},
        {OBJECT("Constant", "{\"value\": 1e300}"), MOOD_ERR_ARGUMENT, "value is 1e+300"},
        {OBJECT("RandomNormal", "{\"stddev\": -1}"), MOOD_ERR_ARGUMENT, "stddev is -1; it must be 0 or more"},
        {OBJECT("RandomUniform", "{\"minval\": 1, \"maxval\": 0}"), MOOD_ERR_ARGUMENT,
         "minval is 1; it must be at most"},
        {OBJECT("VarianceScaling", "{\"scale\": 0}"), MOOD_ERR_ARGUMENT, "scale is 0; it must be above 0"},
        {OBJECT("VarianceScaling", "{\"mode\": \"fan_none\"}"), MOOD_ERR_UNSUPPORTED, "\"mode\": \"fan_none\""},
        {OBJECT("VarianceScaling", "{\"distribution\": \"normal\"}"), MOOD_ERR_UNSUPPORTED,
         "\"distribution\": \"normal\""},
        {"7", MOOD_ERR_FORMAT, "a name or an object"},
        {"{}", MOOD_ERR_FORMAT, "a name or an object"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct initializer untouched = INITIALIZER(INITIALIZER_ORTHOGONAL);
        json_t *value = json_loads(others[i].text, JSON_DECODE_ANY, NULL);
        ck_assert_msg(value != NULL, "%s", others[i].text);
        assert_says(initializer_read(value, &untouched, &err), others[i].status, others[i].says, others[i].text);
        ck_assert_int_eq(untouched.kind, INITIALIZER_ORTHOGONAL);
        json_decref(value);
    }
}
END_TEST

static bool are_same(const struct initializer *a, const struct initializer *b) {
    return a->kind == b->kind && a->value == b->value && a->minval == b->minval && a->maxval == b->maxval &&
           a->mean == b->mean && a->stddev == b->stddev && a->scale == b->scale && a->mode == b->mode &&
           a->distribution == b->distribution && a->gain == b->gain;
}

/* Every kind with its defaults, and with every argument changed, is read as it was written. */
START_TEST(what_is_written_is_read) {
    for (size_t kind = 0; initializer_type_of((enum initializer_kind)kind); kind++)
        for (int changed = 0; changed < 2; changed++) {
            struct initializer initializer = initializer_default((enum initializer_kind)kind), back;
            unsigned arguments = initializer_type_of(initializer.kind)->arguments;
            if (changed && (arguments & ARGUMENTS_VALUE))
                initializer.value = 0.1;
            if (changed && (arguments & ARGUMENTS_RANGE))
                initializer.minval = -0.1, initializer.maxval = 1.0 / 3;
            if (changed && (arguments & ARGUMENTS_NORMAL))
                initializer.mean = 0.7, initializer.stddev = 0.2;
            if (changed && (arguments & ARGUMENTS_SCALING))
                initializer.scale = 0.3, initializer.mode = FAN_OUT, initializer.distribution = UNIFORM;
            if (changed && (arguments & ARGUMENTS_GAIN))
                initializer.gain = 1.4142135623730951;
            json_t *written = initializer_write(&initializer);
            ck_assert(json_is_string(written) == (!(changed && arguments) && kind != INITIALIZER_IDENTITY));
            char *text = json_dumps(written, JSON_ENCODE_ANY);
            back = read_text(text);
            ck_assert_msg(are_same(&back, &initializer), "%s", text);
            free(text);
            json_decref(written);
        }
}
END_TEST

#define ARCHITECTURE(initializer)                                                                                      \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": [{\"module\": \"keras.layers\", "      \
    "\"class_name\": \"Embedding\", \"config\": {\"name\": \"words\", \"input_dim\": 40, \"output_dim\": 30, "         \
    "\"embeddings_initializer\": " initializer "}}]}}"

static mood_status from_text(const char *json, mood_model **model) {
    err = (mood_error){0};
    return mood_model_from_json(device, json, strlen(json), model, NULL, &err);
}

START_TEST(an_architecture_starts_as_it_says) {
    mood_model *model;
    mood_weight_info info;
    ok(from_text(ARCHITECTURE("{\"class_name\": \"RandomNormal\", \"config\": {\"mean\": 5.0, \"stddev\": 0.25}}"),
                 &model));
    ok(mood_model_build(model, 4, 2, &err));
    ok(mood_model_weight_info(model, 0, &info, &err));
    float *values = calloc(info.count, sizeof *values);
    ok(mood_model_get_weight(model, 0, values, info.count, &err));
    struct statistics is = measure(values, info.count);
    ck_assert_double_eq_tol(is.mean, 5.0, 0.05);
    ck_assert_double_eq_tol(is.stddev, 0.25, 0.05);
    free(values);
    mood_model_destroy(model);
    assert_says(from_text(ARCHITECTURE("\"my_start\""), &model), MOOD_ERR_UNSUPPORTED,
                "layer \"words\": \"embeddings_initializer\": the initializer \"my_start\"", "unknown");
    assert_says(from_text(ARCHITECTURE("{\"class_name\": \"Constant\", \"config\": {\"value\": 1e39}}"), &model),
                MOOD_ERR_FORMAT, "layer \"words\": \"embeddings_initializer\": value is 1e+39", "too large");
}
END_TEST

/* Errors in a layer's text name the setting. */
START_TEST(arguments_of_layers_are_checked) {
    static const struct {
        const char *layer, *says;
        mood_status status;
    } cases[] = {
        {"Dense(3, kernel_initializer='my_start')", "\"kernel_initializer\": the initializer \"my_start\"",
         MOOD_ERR_UNSUPPORTED},
        {"Dense(3, kernel_initializer=TruncatedNormal(stddev=-1.0))", "\"kernel_initializer\": stddev is -1",
         MOOD_ERR_ARGUMENT},
        {"Dense(3, kernel_initializer=RandomUniform(1, 0))", "minval is 1; it must be at most", MOOD_ERR_ARGUMENT},
    };
    mood_model *model;
    ok(mood_model_create(device, &model, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_says(mood_model_add(model, cases[i].layer, &err), cases[i].status, cases[i].says, cases[i].layer);
    ck_assert_uint_eq(model->layer_count, 0);
    mood_model_destroy(model);
}
END_TEST

/* A trained file contains its weights: an unknown initializer is written back unchanged. */
START_TEST(a_trained_model_keeps_an_unknown_initializer) {
    struct archive archive = golden_archive("keras-3.15.1-article.keras");
    json_t *document = member_json(&archive, MEMBER_CONFIG), *mine;
    mine = json_pack("{s: s, s: s, s: {s: i}, s: s}", "module", "mine", "class_name", "MyStart", "config", "depth", 3,
                     "registered_name", "mine>MyStart");
    json_object_set_new(layer_config(document, 4), "kernel_initializer", mine);
    set_member_json(&archive, MEMBER_CONFIG, document);
    mood_model *model;
    struct blob text;
    ok(model_load_archive(device, &archive, NULL, &model, NULL, &err));
    ok(config_write(model, &text, &err));
    json_t *written = json_loadb((const char *)text.data, text.size, 0, NULL);
    json_t *back = json_object_get(layer_config(written, 4), "kernel_initializer");
    ck_assert_str_eq(json_string_value(json_object_get(back, "registered_name")), "mine>MyStart");
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(back, "config"), "depth")), 3);
    ck_assert_str_eq(json_string_value(json_object_get(layer_config(written, 4), "bias_initializer")), "zeros");
    json_decref(written);
    free(text.data);
    mood_model_destroy(model);
    archive_clear(&archive);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("initializers");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_unchecked_fixture(all, open_device, close_device);
    tcase_add_test(all, statistics_are_those_of_keras);
    tcase_add_test(all, truncation_is_corrected_in_variance_scaling_alone);
    tcase_add_test(all, orthogonal_is_orthogonal);
    tcase_add_test(all, identity_has_its_gain_on_the_diagonal);
    tcase_add_test(all, vectors_have_no_diagonal);
    tcase_add_test(all, forget_gate_starts_at_one);
    tcase_add_test(all, names_are_keras_names);
    tcase_add_test(all, others_are_refused_by_name);
    tcase_add_test(all, what_is_written_is_read);
    tcase_add_test(all, an_architecture_starts_as_it_says);
    tcase_add_test(all, arguments_of_layers_are_checked);
    tcase_add_test(all, a_trained_model_keeps_an_unknown_initializer);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
