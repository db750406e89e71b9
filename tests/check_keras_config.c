/* config.json from outside: what mood can follow, and an error that names the rest. */
#include "keras_files.h"

#define ARTICLE "keras-3.15.1-article.keras"
enum { INPUT, EMBEDDING, LSTM, LSTM_1, DENSE, DENSE_1 }; /* its layers in config.json */

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    ck_assert_msg(value != NULL, "%s", text);
    return value;
}

/* ---- config.json: settings ------------------------------------------------------------------- */

struct setting {
    int layer;
    const char *key, *value;
    mood_status status;
    const char *says;
};

static const struct setting settings[] = {
    /* What changes nothing is accepted. */
    {LSTM, "seed", "1337", MOOD_OK, ""},
    {LSTM, "use_cudnn", "\"auto\"", MOOD_OK, ""},
    {LSTM, "implementation", "2", MOOD_OK, ""},
    {LSTM, "unroll", "true", MOOD_OK, ""},
    {LSTM, "time_major", "false", MOOD_OK, ""},
    {LSTM, "dropout", "0", MOOD_OK, ""},
    {LSTM, "dropout", "0.2", MOOD_OK, ""}, /* of training only, which is then refused: see check_model.c */
    {LSTM, "recurrent_dropout", "0.5", MOOD_OK, ""},
    {LSTM, "invented", "null", MOOD_OK, ""},
    {LSTM, "kernel_initializer", "\"he_normal\"", MOOD_OK, ""},
    {LSTM, "kernel_initializer", "null", MOOD_OK, ""},
    {LSTM, "dtype", "\"float32\"", MOOD_OK, ""},
    {LSTM, "activation", "{\"module\": \"builtins\", \"class_name\": \"function\", \"config\": \"tanh\"}",
     MOOD_OK, ""},
    {DENSE, "activation", "null", MOOD_OK, ""},
    {EMBEDDING, "input_length", "7", MOOD_OK, ""},
    {EMBEDDING, "batch_input_shape", "[null, 7]", MOOD_OK, ""},
    /* What changes something is not. */
    {LSTM, "go_backwards", "true", MOOD_ERR_UNSUPPORTED, "layer \"lstm\": \"go_backwards\" is true"},
    {LSTM, "stateful", "true", MOOD_ERR_UNSUPPORTED, "stateful"},
    {LSTM, "return_state", "true", MOOD_ERR_UNSUPPORTED, "return_state"},
    {LSTM, "zero_output_for_mask", "true", MOOD_ERR_UNSUPPORTED, "zero_output_for_mask"},
    {LSTM, "time_major", "true", MOOD_ERR_UNSUPPORTED, "time_major"},
    {LSTM, "trainable", "false", MOOD_ERR_UNSUPPORTED, "trainable"},
    {LSTM, "dtype", "\"float16\"", MOOD_ERR_UNSUPPORTED, "dtype"},
    {LSTM, "dtype", "{\"config\": {\"name\": \"mixed_float16\"}}", MOOD_ERR_UNSUPPORTED, "dtype"},
    {LSTM, "kernel_regularizer", "{\"class_name\": \"L2\", \"config\": {\"l2\": 0.01}}", MOOD_ERR_UNSUPPORTED,
     "kernel_regularizer"},
    {LSTM, "activation", "\"hard_sigmoid\"", MOOD_ERR_UNSUPPORTED, "hard_sigmoid"},
    {LSTM, "recurrent_activation", "\"hard_sigmoid\"", MOOD_ERR_UNSUPPORTED, "hard_sigmoid"},
    {LSTM, "activation", "{\"module\": \"os\", \"class_name\": \"function\", \"config\": \"system\"}",
     MOOD_ERR_UNSUPPORTED, "activation"},
    {LSTM, "activation", "\"relu\"", MOOD_ERR_UNSUPPORTED, "layer lstm"},
    {LSTM, "activation", "7", MOOD_ERR_UNSUPPORTED, "activation"},
    {EMBEDDING, "mask_zero", "true", MOOD_ERR_UNSUPPORTED, "layer \"embedding\": \"mask_zero\" is true"},
    {DENSE, "activation", "\"gelu\"", MOOD_ERR_UNSUPPORTED, "gelu"},
    {DENSE, "lora_rank", "4", MOOD_ERR_UNSUPPORTED, "lora_rank"},
    /* What cannot be. */
    {LSTM, "units", "0", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "-6", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "6.5", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "1e300", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "\"6\"", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "null", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "[6]", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "9223372036854775807", MOOD_ERR_FORMAT, "units"},
    {LSTM, "units", "2147483647", MOOD_ERR_SHAPE, ""},
    {LSTM, "units", "7", MOOD_ERR_SHAPE, "layers/lstm/cell/vars/0"},
    {LSTM, "use_bias", "1", MOOD_ERR_FORMAT, "use_bias"},
    {LSTM, "use_bias", "false", MOOD_ERR_FORMAT, "more arrays than the 2"},
    {LSTM, "return_sequences", "false", MOOD_ERR_SHAPE, ""},
    {LSTM, "name", "\"lstm_1\"", MOOD_ERR_ARGUMENT, "lstm_1"},
    {LSTM, "name", "7", MOOD_ERR_FORMAT, "without a name"},
    {LSTM, "name", "\"\"", MOOD_ERR_FORMAT, "without a name"},
    {EMBEDDING, "input_dim", "31", MOOD_ERR_SHAPE, "(31, 4)"},
    {EMBEDDING, "input_dim", "2147483647", MOOD_ERR_SHAPE, ""},
    {EMBEDDING, "output_dim", "2147483647", MOOD_ERR_SHAPE, ""},
    {INPUT, "batch_shape", "[null, 2147483648]", MOOD_OK, ""}, /* nonsense there, but the Embedding's is right */
};

START_TEST(settings_are_followed_or_refused) {
    const struct setting *setting = &settings[_i];
    struct archive archive = golden_archive(ARTICLE);
    json_t *document = member_json(&archive, MEMBER_CONFIG);
    char what[160];
    snprintf(what, sizeof what, "layer %d, %s: %s", setting->layer, setting->key, setting->value);
    json_object_set_new(layer_config(document, (size_t)setting->layer), setting->key, parse(setting->value));
    set_member_json(&archive, MEMBER_CONFIG, document);
    assert_says(load(&archive), setting->status, setting->says, what);
}
END_TEST

/* ---- config.json: what is around the settings ------------------------------------------------ */

struct place {
    const char *path[6]; /* keys and indices down to what is replaced; a NULL value deletes it */
    const char *value;
    mood_status status;
    const char *says;
};

#define LAYER(number) "config", "layers", number

static const struct place places[] = {
    {{"class_name"}, "\"Lambda\"", MOOD_ERR_UNSUPPORTED, "Lambda"},
    {{"class_name"}, NULL, MOOD_ERR_FORMAT, "no Keras model"},
    {{"class_name"}, "[[[]]]", MOOD_ERR_FORMAT, "no Keras model"},
    {{"class_name"}, "\"Functional\"", MOOD_ERR_UNSUPPORTED, "does not simply follow"},
    {{"module"}, "\"evil\"", MOOD_ERR_UNSUPPORTED, "Sequential"},
    {{"config"}, "\"sequential\"", MOOD_ERR_FORMAT, "no Keras model"},
    {{"config", "layers"}, "{}", MOOD_ERR_FORMAT, "0 layers"},
    {{"config", "layers"}, "[1, 2, 3]", MOOD_ERR_FORMAT, "without a name"},
    {{"compile_config"}, NULL, MOOD_OK, ""},
    {{"compile_config"}, "{}", MOOD_OK, ""},
    {{"compile_config"}, "7", MOOD_OK, ""},
    {{"compile_config", "optimizer"}, "\"rmsprop\"", MOOD_OK, ""},
    {{LAYER("2"), "class_name"}, "\"GRU\"", MOOD_ERR_UNSUPPORTED, "layer \"lstm\" is a GRU"},
    {{LAYER("2"), "class_name"}, "\"Lambda\"", MOOD_ERR_UNSUPPORTED, "Lambda"},
    {{LAYER("2"), "class_name"}, "{}", MOOD_ERR_FORMAT, "no class_name"},
    {{LAYER("2"), "class_name"}, "\"Dense\"", MOOD_ERR_UNSUPPORTED, "layer \"lstm\""},
    {{LAYER("2"), "class_name"}, "\"InputLayer\"", MOOD_ERR_UNSUPPORTED, "more than one input"},
    {{LAYER("2"), "module"}, "\"my_layers\"", MOOD_ERR_UNSUPPORTED, "does not know"},
    {{LAYER("2"), "registered_name"}, "\"Custom>LSTM\"", MOOD_ERR_UNSUPPORTED, "does not know"},
    {{LAYER("2"), "config"}, NULL, MOOD_ERR_FORMAT, "without a name"},
    {{LAYER("2"), "config", "units"}, NULL, MOOD_ERR_FORMAT, "has no \"units\""},
    {{LAYER("2"), "build_config"}, NULL, MOOD_OK, ""},
    {{LAYER("2")}, NULL, MOOD_ERR_SHAPE, "layers/lstm/cell/vars/0"},
    {{LAYER("1")}, NULL, MOOD_ERR_SHAPE, ""},
    {{LAYER("0")}, NULL, MOOD_OK, ""}, /* the Embedding's build_config has the length */
};

/* Follow the path but for its last part. */
static json_t *walk(json_t *value, const char *const *path) {
    for (; path[1]; path++)
        value = json_is_array(value) ? json_array_get(value, (size_t)atoi(*path)) : json_object_get(value, *path);
    ck_assert_ptr_nonnull(value);
    return value;
}

static void replace(json_t *document, const char *const *path, const char *text) {
    json_t *parent = walk(document, path);
    while (path[1])
        path++;
    if (json_is_array(parent) && text)
        json_array_set_new(parent, (size_t)atoi(*path), parse(text));
    else if (json_is_array(parent))
        json_array_remove(parent, (size_t)atoi(*path));
    else if (text)
        json_object_set_new(parent, *path, parse(text));
    else
        json_object_del(parent, *path);
}

START_TEST(config_is_what_it_should_be) {
    const struct place *place = &places[_i];
    struct archive archive = golden_archive(ARTICLE);
    json_t *document = member_json(&archive, MEMBER_CONFIG);
    replace(document, place->path, place->value);
    set_member_json(&archive, MEMBER_CONFIG, document);
    char what[32];
    snprintf(what, sizeof what, "place %d", _i);
    assert_says(load(&archive), place->status, place->says, what);
}
END_TEST

START_TEST(input_length_has_to_be_known) {
    struct archive archive = golden_archive(ARTICLE);
    json_t *document = member_json(&archive, MEMBER_CONFIG);
    json_t *layers = json_object_get(json_object_get(document, "config"), "layers");
    json_object_set_new(layer_config(document, INPUT), "batch_shape", parse("[null, null]"));
    json_object_del(json_object_get(document, "config"), "build_input_shape");
    json_object_del(document, "build_config");
    json_object_del(json_array_get(layers, EMBEDDING), "build_config");
    set_member_json(&archive, MEMBER_CONFIG, document);
    assert_says(load(&archive), MOOD_ERR_UNSUPPORTED, "set it with --maxlen N", "no length");
}
END_TEST

START_TEST(functional_model_has_to_be_a_line) {
    static const struct place bent[] = {
        {{LAYER("3"), "inbound_nodes"}, "[]", MOOD_ERR_UNSUPPORTED, "does not simply follow"},
        {{LAYER("3"), "inbound_nodes"}, "7", MOOD_ERR_UNSUPPORTED, "does not simply follow"},
        {{LAYER("2"), "name"}, "\"lstm\"", MOOD_OK, ""},
        {{LAYER("1")}, NULL, MOOD_ERR_UNSUPPORTED, "does not simply follow"},
        {{"config", "output_layers"}, "[\"lstm\", 0, 0]", MOOD_ERR_UNSUPPORTED, "output is not its last"},
        {{"config", "output_layers"}, "[[\"a\", 0, 0], [\"b\", 0, 0]]", MOOD_ERR_UNSUPPORTED, "output is not"},
    };
    for (size_t i = 0; i < sizeof bent / sizeof *bent; i++) {
        struct archive archive = golden_archive("keras-3.15.1-functional.keras");
        json_t *document = member_json(&archive, MEMBER_CONFIG);
        replace(document, bent[i].path, bent[i].value);
        set_member_json(&archive, MEMBER_CONFIG, document);
        assert_says(load(&archive), bent[i].status, bent[i].says, bent[i].path[0]);
    }
}
END_TEST

START_TEST(nonsense_is_no_config) {
    static const char *const texts[] = {"", "{", "null", "[]", "\"Sequential\"", "{\"a\": 1, \"a\": 2}", "NaN",
                                        "\xff\xfe{}"};
    for (size_t i = 0; i <= sizeof texts / sizeof *texts; i++) {
        struct archive archive = golden_archive(ARTICLE);
        struct blob text;
        if (i < sizeof texts / sizeof *texts) {
            text = copy_bytes(texts[i], strlen(texts[i]));
        } else { /* deep enough to overflow a stack that counts on nobody doing this */
            text = copy_bytes("", 0);
            text.data = realloc(text.data, 1000000);
            text.size = 1000000;
            memset(text.data, '[', text.size);
        }
        set_member(&archive, MEMBER_CONFIG, text);
        assert_says(load(&archive), MOOD_ERR_FORMAT, "config.json", "nonsense");
    }
}
END_TEST

/* ---- how it was compiled --------------------------------------------------------------------- */

#define BINARY "{\"class_name\": \"BinaryCrossentropy\", \"config\": "

START_TEST(other_training_opens_uncompiled) {
    static const struct place others[] = {
        {{"compile_config", "optimizer", "class_name"}, "\"RMSprop\"", 0, ""},
        {{"compile_config", "optimizer", "module"}, "\"mine\"", 0, ""},
        {{"compile_config", "optimizer", "config", "amsgrad"}, "true", 0, ""},
        {{"compile_config", "optimizer", "config", "clipnorm"}, "1.0", 0, ""},
        {{"compile_config", "optimizer", "config", "weight_decay"}, "0.004", 0, ""},
        {{"compile_config", "optimizer", "config", "learning_rate"}, "{\"class_name\": \"CosineDecay\"}", 0, ""},
        {{"compile_config", "optimizer", "config", "beta_1"}, "1", 0, ""},
        {{"compile_config", "loss"}, "\"mse\"", 0, ""},
        {{"compile_config", "loss"}, "\"categorical_crossentropy\"", 0, ""}, /* on a sigmoid */
        {{"compile_config", "loss"}, BINARY "{\"from_logits\": true}}", 0, ""},
        {{"compile_config", "loss"}, BINARY "{\"label_smoothing\": 0.1}}", 0, ""},
        {{"compile_config", "loss"}, BINARY "{\"reduction\": \"sum\"}}", 0, ""},
        {{"compile_config", "loss_weights"}, "[2.0]", 0, ""},
        {{"compile_config", "loss"}, BINARY "{\"label_smoothing\": 0.0}}", 1, ""},
        {{"compile_config", "loss"}, "[\"binary_crossentropy\"]", 1, ""},
        {{"compile_config", "optimizer", "config", "learning_rate"}, "0.5", 1, ""},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct archive archive = golden_archive(ARTICLE);
        json_t *document = member_json(&archive, MEMBER_CONFIG);
        replace(document, others[i].path, others[i].value);
        set_member_json(&archive, MEMBER_CONFIG, document);
        mood_model *model;
        ok(model_load_archive(device, &archive, NULL, &model, NULL, &err));
        ck_assert_msg(model->compiled == (bool)others[i].status, "other training %zu", i);
        ck_assert_uint_eq(model->iterations, model->compiled ? 9 : 0);
        mood_model_destroy(model);
        archive_clear(&archive);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("keras config");
    TCase *config = tcase_create("config");
    tcase_set_timeout(config, 120);
    tcase_add_unchecked_fixture(config, open_device, close_device);
    tcase_add_loop_test(config, settings_are_followed_or_refused, 0, sizeof settings / sizeof *settings);
    tcase_add_loop_test(config, config_is_what_it_should_be, 0, sizeof places / sizeof *places);
    tcase_add_test(config, input_length_has_to_be_known);
    tcase_add_test(config, functional_model_has_to_be_a_line);
    tcase_add_test(config, nonsense_is_no_config);
    tcase_add_test(config, other_training_opens_uncompiled);
    suite_add_tcase(suite, config);
    return run_suite(suite);
}
