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
    {LSTM, "go_backwards", "true", MOOD_OK, ""},
    {LSTM, "zero_output_for_mask", "true", MOOD_OK, ""},
    {LSTM, "trainable", "false", MOOD_OK, ""}, /* its optimizer's state then belongs to other weights */
    {LSTM, "kernel_regularizer", "{\"class_name\": \"L2\", \"config\": {\"l2\": 0.01}}", MOOD_OK, ""},
    {LSTM, "kernel_regularizer", "\"l1_l2\"", MOOD_OK, ""},
    {LSTM, "kernel_initializer", "\"he_normal\"", MOOD_OK, ""},
    {LSTM, "kernel_initializer", "null", MOOD_OK, ""},
    {LSTM, "dtype", "\"float32\"", MOOD_OK, ""},
    {LSTM, "activation", "{\"module\": \"builtins\", \"class_name\": \"function\", \"config\": \"tanh\"}", MOOD_OK, ""},
    {DENSE, "activation", "null", MOOD_OK, ""},
    {EMBEDDING, "input_length", "7", MOOD_OK, ""},
    {EMBEDDING, "mask_zero", "true", MOOD_OK, ""},
    {EMBEDDING, "batch_input_shape", "[null, 7]", MOOD_OK, ""},
    /* What changes something is not. */
    {LSTM, "stateful", "true", MOOD_ERR_UNSUPPORTED, "stateful"},
    {LSTM, "return_state", "true", MOOD_ERR_UNSUPPORTED, "return_state"},
    {LSTM, "time_major", "true", MOOD_ERR_UNSUPPORTED, "time_major"},
    {LSTM, "trainable", "7", MOOD_ERR_UNSUPPORTED, "trainable"},
    {LSTM, "dtype", "\"float16\"", MOOD_ERR_UNSUPPORTED, "dtype"},
    {LSTM, "dtype", "{\"config\": {\"name\": \"mixed_float16\"}}", MOOD_ERR_UNSUPPORTED, "dtype"},
    {LSTM, "kernel_regularizer", "{\"class_name\": \"OrthogonalRegularizer\", \"config\": {\"factor\": 0.01}}",
     MOOD_ERR_UNSUPPORTED, "kernel_regularizer"},
    {LSTM, "kernel_regularizer", "{\"class_name\": \"L2\", \"config\": {\"l1\": 0.01}}", MOOD_ERR_UNSUPPORTED,
     "the regularizer L2 has \"l1\": 0.01"},
    {LSTM, "activity_regularizer", "\"l2\"", MOOD_ERR_UNSUPPORTED, "activity_regularizer"},
    {LSTM, "activation", "\"glu\"", MOOD_ERR_UNSUPPORTED, "glu"},
    {LSTM, "recurrent_activation", "\"hard_sigmoid\"", MOOD_OK, ""},
    {LSTM, "recurrent_activation", "\"log_softmax\"", MOOD_ERR_UNSUPPORTED,
     "its recurrent_activation can't be log_softmax"},
    {LSTM, "activation", "{\"module\": \"os\", \"class_name\": \"function\", \"config\": \"system\"}",
     MOOD_ERR_UNSUPPORTED, "activation"},
    {LSTM, "activation", "\"softmax\"", MOOD_ERR_UNSUPPORTED, "layer lstm"},
    {LSTM, "activation", "7", MOOD_ERR_UNSUPPORTED, "activation"},
    {DENSE, "activation", "\"sparsemax\"", MOOD_ERR_UNSUPPORTED, "sparsemax"},
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
    {LSTM, "name", "\"lstm_1\"", MOOD_ERR_FORMAT, "lstm_1"},
    {LSTM, "name", "7", MOOD_ERR_FORMAT, "without a name"},
    {LSTM, "name", "\"\"", MOOD_ERR_FORMAT, "without a name"},
    {EMBEDDING, "input_dim", "31", MOOD_ERR_SHAPE, "(31, 4)"},
    {EMBEDDING, "input_dim", "2147483647", MOOD_ERR_SHAPE, ""},
    {EMBEDDING, "output_dim", "2147483647", MOOD_ERR_SHAPE, ""},
    {INPUT, "sparse", "true", MOOD_ERR_UNSUPPORTED, "layer \"input_layer\": \"sparse\" is true"},
    {INPUT, "ragged", "true", MOOD_ERR_UNSUPPORTED, "ragged"},
    {INPUT, "dtype", "\"float16\"", MOOD_ERR_UNSUPPORTED, "dtype"}, /* ids above 2048 would be rounded */
    {INPUT, "dtype", "\"int64\"", MOOD_OK, ""},
    {INPUT, "optional", "false", MOOD_OK, ""},
    {INPUT, "batch_shape", "[null, 2147483648]", MOOD_OK, ""}, /* nonsense there, but the Embedding's is right */
};

/* Of the BatchNormalization. */
static const struct setting normalization_settings[] = {
    {3, "axis", "[-1]", MOOD_OK, ""}, /* as Keras 2 writes it */
    {3, "axis", "1", MOOD_OK, ""},
    {3, "axis", "[0, 1]", MOOD_ERR_UNSUPPORTED, "\"axis\" is [0,1]; this version knows one axis, the last: -1"},
    {3, "axis", "0", MOOD_ERR_UNSUPPORTED, "its axis is 0"},
    {3, "axis", "1.0", MOOD_ERR_UNSUPPORTED, "\"axis\" is 1.0"},
    {3, "axis", "9223372036854775807", MOOD_ERR_UNSUPPORTED, "axis"},
    {3, "momentum", "1", MOOD_OK, ""},
    {3, "momentum", "-0.5", MOOD_ERR_FORMAT, "momentum"},
    {3, "epsilon", "0", MOOD_OK, ""},
    {3, "epsilon", "1e300", MOOD_ERR_FORMAT, "epsilon"},
    {3, "scale", "false", MOOD_ERR_FORMAT, "more arrays than the 3"},
    {3, "renorm_momentum", "0.5", MOOD_OK, ""}, /* without renorm it has no effect */
    {3, "renorm", "true", MOOD_ERR_UNSUPPORTED, "layer \"batch_normalization\": \"renorm\" is true"},
    {3, "renorm_clipping", "{\"rmax\": 3}", MOOD_ERR_UNSUPPORTED, "renorm_clipping"},
    {3, "synchronized", "true", MOOD_ERR_UNSUPPORTED, "\"synchronized\" is true"},
    {3, "virtual_batch_size", "4", MOOD_ERR_UNSUPPORTED, "virtual_batch_size"},
    {3, "gamma_constraint", "\"non_positive\"", MOOD_ERR_UNSUPPORTED, "gamma_constraint"},
    {3, "moving_variance_initializer", "\"ones\"", MOOD_OK, ""},
};

static void check_setting(const char *file, const struct setting *setting) {
    struct archive archive = golden_archive(file);
    json_t *document = member_json(&archive, MEMBER_CONFIG);
    char what[160];
    snprintf(what, sizeof what, "layer %d, %s: %s", setting->layer, setting->key, setting->value);
    json_object_set_new(layer_config(document, (size_t)setting->layer), setting->key, parse(setting->value));
    set_member_json(&archive, MEMBER_CONFIG, document);
    assert_says(load(&archive), setting->status, setting->says, what);
}

START_TEST(settings_are_followed_or_refused) {
    check_setting(ARTICLE, &settings[_i]);
}
END_TEST

START_TEST(normalization_is_followed_or_refused) {
    check_setting("zoo/batch-normalization-vectors.keras", &normalization_settings[_i]);
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
    {{"config", "trainable"}, "false", MOOD_ERR_UNSUPPORTED, "model \"sequential\": \"trainable\" is false"},
    {{"class_name"}, NULL, MOOD_ERR_FORMAT, "not describe a Keras model"},
    {{"class_name"}, "[[[]]]", MOOD_ERR_FORMAT, "not describe a Keras model"},
    {{"class_name"}, "\"Functional\"", MOOD_ERR_UNSUPPORTED, "is used 0 times"},
    {{"module"}, "\"evil\"", MOOD_ERR_UNSUPPORTED, "Sequential"},
    {{"config"}, "\"sequential\"", MOOD_ERR_FORMAT, "not describe a Keras model"},
    {{"config", "layers"}, "{}", MOOD_ERR_FORMAT, "0 layers"},
    {{"config", "layers"}, "[1, 2, 3]", MOOD_ERR_FORMAT, "without a name"},
    {{"compile_config"}, NULL, MOOD_OK, ""},
    {{"compile_config"}, "{}", MOOD_OK, ""},
    {{"compile_config"}, "7", MOOD_OK, ""},
    {{"compile_config", "optimizer"}, "\"ftrl\"", MOOD_OK, ""},
    {{"compile_config", "optimizer"}, "\"rmsprop\"", MOOD_ERR_FORMAT, "the optimizer's velocity of embeddings[0, 0]"},
    {{LAYER("2"), "class_name"}, "\"ConvLSTM1D\"", MOOD_ERR_UNSUPPORTED, "layer \"lstm\" is a ConvLSTM1D"},
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

START_TEST(all_problems_are_named) {
    struct archive archive = golden_archive(ARTICLE);
    json_t *document = member_json(&archive, MEMBER_CONFIG);
    replace(document, (const char *const[]){LAYER("2"), "class_name", NULL}, "\"GroupQueryAttention\"");
    replace(document, (const char *const[]){LAYER("3"), "class_name", NULL}, "\"ConvLSTM1D\"");
    replace(document, (const char *const[]){LAYER("5"), "class_name", NULL}, "\"Lambda\"");
    set_member_json(&archive, MEMBER_CONFIG, document);
    assert_says(load(&archive), MOOD_ERR_UNSUPPORTED,
                "has 3 layers that this version does not know: \"lstm\" (GroupQueryAttention), \"lstm_1\" "
                "(ConvLSTM1D), \"dense_1\" "
                "(Lambda); it knows Embedding, ",
                "layers");
    archive = golden_archive(ARTICLE);
    document = member_json(&archive, MEMBER_CONFIG);
    json_object_set_new(layer_config(document, 2), "stateful", json_true());
    json_object_set_new(layer_config(document, 2), "activity_regularizer", json_string("l2"));
    set_member_json(&archive, MEMBER_CONFIG, document);
    assert_says(load(&archive), MOOD_ERR_UNSUPPORTED,
                "layer \"lstm\": \"stateful\" is true, \"activity_regularizer\" is \"l2\", which this version",
                "settings");
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

#define TENSOR(layer) "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"" layer "\", 0, 0]}}"
#define NODE(args, kwargs) "[{\"args\": [" args "], \"kwargs\": {" kwargs "}}]"

/* Other connections than the file's, of a chain of an input, Embedding, LSTM and Dense layers. */
START_TEST(connections_are_followed_or_refused) {
    static const struct place other[] = {
        {{LAYER("3"), "inbound_nodes"}, "[]", MOOD_ERR_UNSUPPORTED, "is used 0 times"},
        {{LAYER("3"), "inbound_nodes"}, "7", MOOD_ERR_UNSUPPORTED, "is used 0 times"},
        {{LAYER("3"), "inbound_nodes"}, "[{}]", MOOD_ERR_UNSUPPORTED, "does not take the outputs of 1 to 8 layers"},
        {{LAYER("3"), "inbound_nodes"}, "[{}, {}]", MOOD_ERR_UNSUPPORTED, "is used 2 times"},
        {{LAYER("3"), "inbound_nodes"}, NODE("7", ""), MOOD_ERR_UNSUPPORTED, "something else than the output"},
        {{LAYER("3"), "inbound_nodes"}, NODE(TENSOR("nosuch"), ""), MOOD_ERR_FORMAT, "which is not a layer before it"},
        {{LAYER("3"), "inbound_nodes"}, NODE(TENSOR("dense_3"), ""), MOOD_ERR_FORMAT, "which is not a layer before it"},
        {{LAYER("3"), "inbound_nodes"}, NODE(TENSOR("input_layer_2"), ""), MOOD_ERR_UNSUPPORTED, "input is taken by"},
        {{LAYER("3"), "inbound_nodes"},
         NODE("[" TENSOR("lstm_2") ", " TENSOR("lstm_2") "]", ""),
         MOOD_ERR_FORMAT,
         "Dense takes the output of one layer"},
        {{LAYER("3"), "inbound_nodes"},
         NODE(TENSOR("lstm_2"), "\"training\": true"),
         MOOD_ERR_UNSUPPORTED,
         "\"training\""},
        {{LAYER("3"), "inbound_nodes"}, NODE(TENSOR("lstm_2"), "\"training\": false, \"mask\": null"), MOOD_OK, ""},
        {{LAYER("3"), "inbound_nodes"},
         NODE(TENSOR("lstm_2"), "\"mask\": " TENSOR("embedding_1")),
         MOOD_ERR_UNSUPPORTED,
         "\"mask\""},
        {{LAYER("2"), "inbound_nodes"},
         NODE(TENSOR("embedding_1"), "\"initial_state\": [1]"),
         MOOD_ERR_UNSUPPORTED,
         "\"initial_state\""},
        {{LAYER("2"), "module"},
         "\"keras.src.ops.numpy\"",
         MOOD_ERR_UNSUPPORTED,
         "with the operation \"lstm_2\" (LSTM)"},
        {{LAYER("2"), "name"}, "\"lstm\"", MOOD_OK, ""},
        {{LAYER("1")}, NULL, MOOD_ERR_FORMAT, "which is not a layer before it"},
        {{"config", "output_layers"}, "[\"lstm\", 0, 0]", MOOD_ERR_UNSUPPORTED, "output is not its last"},
        {{"config", "output_layers"}, "[[\"a\", 0, 0], [\"b\", 0, 0]]", MOOD_ERR_UNSUPPORTED, "output is not"},
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct archive archive = golden_archive("keras-3.15.1-functional.keras");
        json_t *document = member_json(&archive, MEMBER_CONFIG);
        replace(document, other[i].path, other[i].value);
        set_member_json(&archive, MEMBER_CONFIG, document);
        assert_says(load(&archive), other[i].status, other[i].says, other[i].value ? other[i].value : other[i].path[0]);
    }
}
END_TEST

/* Of the model of zoo/multi-head-attention.keras: inputs as keywords, and arguments that change the result. */
START_TEST(calls_of_attention_are_followed_or_refused) {
    static const struct place other[] = {
        {{LAYER("3"), "inbound_nodes"},
         NODE("", "\"query\": " TENSOR("l") ", \"value\": " TENSOR("e") ", \"training\": false"),
         MOOD_OK,
         ""},
        {{LAYER("3"), "inbound_nodes"}, NODE(TENSOR("l"), "\"value\": " TENSOR("e")), MOOD_OK, ""},
        {{LAYER("3"), "inbound_nodes"},
         NODE("", "\"value\": " TENSOR("e")),
         MOOD_ERR_UNSUPPORTED,
         "does not take the outputs"},
        {{LAYER("3"), "inbound_nodes"},
         NODE(TENSOR("l") ", " TENSOR("e"), "\"use_causal_mask\": true"),
         MOOD_ERR_UNSUPPORTED,
         "\"use_causal_mask\""},
        {{LAYER("3"), "inbound_nodes"},
         NODE(TENSOR("l") ", " TENSOR("e"), "\"attention_mask\": " TENSOR("e")),
         MOOD_ERR_UNSUPPORTED,
         "\"attention_mask\""},
        {{LAYER("3"), "config", "use_gate"}, "true", MOOD_ERR_UNSUPPORTED, "\"use_gate\""},
        {{LAYER("3"), "config", "sliding_window"}, "2", MOOD_ERR_UNSUPPORTED, "\"sliding_window\""},
        {{LAYER("3"), "config", "attention_axes"}, "[1, 2]", MOOD_ERR_UNSUPPORTED, "\"attention_axes\""},
        {{LAYER("3"), "config", "output_shape"}, "[3, 2]", MOOD_ERR_UNSUPPORTED, "\"output_shape\""},
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct archive archive = golden_archive("zoo/multi-head-attention.keras");
        json_t *document = member_json(&archive, MEMBER_CONFIG);
        replace(document, other[i].path, other[i].value);
        set_member_json(&archive, MEMBER_CONFIG, document);
        assert_says(load(&archive), other[i].status, other[i].says, other[i].value);
    }
}
END_TEST

/* Of the model of zoo/mask-branches-average.keras. */
START_TEST(masks_are_followed_or_refused) {
    static const struct place other[] = {
        {{LAYER("1"), "config", "mask_zero"}, "false", MOOD_ERR_UNSUPPORTED, "gets a mask that is not its input's"},
        {{LAYER("2"), "inbound_nodes"},
         NODE(TENSOR("input_layer_9") ", 1", ""),
         MOOD_ERR_UNSUPPORTED,
         "with the operation"},
        {{LAYER("2"), "inbound_nodes"}, NODE(TENSOR("e") ", 0", ""), MOOD_ERR_UNSUPPORTED, "is called with the argument \"mask\""},
        {{LAYER("2"), "class_name"}, "\"Equal\"", MOOD_ERR_UNSUPPORTED, "(Equal)"},
        {{LAYER("5"), "class_name"}, "\"LogicalNot\"", MOOD_ERR_UNSUPPORTED, "(LogicalNot)"},
        {{LAYER("6"), "class_name"}, "\"OnesLike\"", MOOD_ERR_UNSUPPORTED, "(OnesLike)"},
        {{LAYER("2"), "name"}, "\"other\"", MOOD_OK, ""}, /* Keras finds it by the name in its config */
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct archive archive = golden_archive("zoo/mask-branches-average.keras");
        json_t *document = member_json(&archive, MEMBER_CONFIG);
        replace(document, other[i].path, other[i].value);
        set_member_json(&archive, MEMBER_CONFIG, document);
        assert_says(load(&archive), other[i].status, other[i].says, other[i].value);
    }
}
END_TEST

/* As Python's json writes a learning rate that is not finite. */
START_TEST(numbers_that_are_not_finite_are_named) {
    static const char *const numbers[] = {"NaN", "Infinity"};
    for (size_t i = 0; i < 2; i++) {
        struct archive archive = golden_archive(ARTICLE);
        char text[200];
        snprintf(text, sizeof text, "{\"compile_config\": {\"optimizer\": {\"config\": {\"learning_rate\": %s}}}}",
                 numbers[i]);
        set_member(&archive, MEMBER_CONFIG, copy_bytes(text, strlen(text)));
        assert_says(load(&archive), MOOD_ERR_FORMAT, "config.json contains a number that is NaN or infinite (line 1",
                    numbers[i]);
    }
}
END_TEST

START_TEST(nonsense_is_no_config) {
    static const char *const texts[] = {"",    "{",         "null", "[]", "\"Sequential\"", "{\"a\": 1, \"a\": 2}",
                                        "NaN", "\xff\xfe{}"};
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

#define TRAINED "the file was trained "
#define ADAM "compile_config", "optimizer", "config"

/* What mood does not train with: the model opens uncompiled, says why, and predicts. */
static const struct place others[] = {
    {{"compile_config", "optimizer", "class_name"},
     "\"Lion\"",
     1,
     TRAINED "with Lion, and mood trains with SGD, RMSprop, Adam"},
    {{"compile_config", "optimizer", "class_name"}, "\"LossScaleOptimizer\"", 1, TRAINED "with LossScaleOptimizer"},
    {{"compile_config", "optimizer", "module"}, "\"mine\"", 1, "the optimizer Adam, which is not Keras's own"},
    {{"compile_config", "optimizer"}, "\"ftrl\"", 1, TRAINED "with ftrl, and mood trains with SGD"},
    {{"compile_config", "optimizer"}, NULL, 1, "with an optimizer that its config.json does not name"},
    {{ADAM, "amsgrad"}, "2", 1, TRAINED "with Adam whose amsgrad is 2, which mood does not support for training"},
    {{ADAM, "clipnorm"}, "-1.0", 1, "Adam whose clipnorm is -1.0"},
    {{"compile_config", "optimizer", "class_name"}, "\"AdamW\"", 1, "AdamW whose weight_decay is null"},
    {{ADAM, "ema_momentum"}, "1.5", 1, "Adam whose ema_momentum is 1.5"},
    {{ADAM, "ema_overwrite_frequency"}, "0.5", 1, "Adam whose ema_overwrite_frequency is 0.5"},
    {{ADAM, "gradient_accumulation_steps"}, "4", 1, "Adam whose gradient_accumulation_steps is 4"},
    {{ADAM, "loss_scale_factor"}, "128.0", 1, "Adam whose loss_scale_factor is 128.0"},
    {{ADAM, "decay"}, "0.01", 1, "Adam whose decay is 0.01"},
    {{ADAM, "invented"}, "3", 1, "Adam whose invented is 3"},
    {{ADAM, "learning_rate"}, "{\"class_name\": \"CosineDecay\"}", 1, "Adam whose learning_rate is CosineDecay"},
    {{ADAM, "learning_rate"}, "{\"class_name\": \"Mine\"}", 1, "Adam whose learning_rate is Mine"},
    {{ADAM, "learning_rate"}, "-1", 1, "Adam whose learning_rate is -1"},
    {{ADAM, "beta_1"}, "1", 1, "Adam whose beta_1 is 1"},
    {{ADAM, "epsilon"}, "0", 1, "Adam whose epsilon is 0"},
    {{"compile_config", "loss"}, "\"ctc\"", 0, TRAINED "with the loss ctc, which mood does not support for training"},
    {{"compile_config", "loss"}, "null", 0, "with a loss that its config.json does not name"},
    {{"compile_config", "loss"},
     "{\"a\": \"binary_crossentropy\"}",
     0,
     "with a loss that its config.json does not name"},
    {{"compile_config", "loss"}, "\"categorical_crossentropy\"", 0, "one unit for each class"},
    {{"compile_config", "loss"}, BINARY "{\"from_logits\": true}}", 0, "use one of the two, not both"},
    {{"compile_config", "loss"},
     BINARY "{\"label_smoothing\": 1.5}}",
     0,
     "BinaryCrossentropy whose label_smoothing is 1.5"},
    {{"compile_config", "loss"},
     BINARY "{\"reduction\": \"sum\"}}",
     0,
     "BinaryCrossentropy whose reduction is \"sum\""},
    {{"compile_config", "loss"}, BINARY "{\"axis\": 0}}", 0, "BinaryCrossentropy whose axis is 0"},
    {{"compile_config", "loss"},
     BINARY "{\"dtype\": \"float16\"}}",
     0,
     "BinaryCrossentropy whose dtype is \"float16\""},
    {{"compile_config", "loss"},
     "{\"class_name\": \"CategoricalFocalCrossentropy\", \"config\": {\"alpha\": [0.1, 0.2]}}",
     0,
     "CategoricalFocalCrossentropy whose alpha is [0.1,0.2]"},
    {{"compile_config", "loss"},
     "{\"module\": \"mine\", \"class_name\": \"BinaryCrossentropy\", \"config\": {}}",
     0,
     "with the loss BinaryCrossentropy, which is not Keras's own"},
    {{"compile_config", "loss_weights"}, "[2.0]", 0, "compile() whose loss_weights is [2.0]"},
    {{"compile_config", "loss_weights"}, "0.0", 0, "compile() whose loss_weights is 0.0"},
    {{"compile_config", "loss"},
     "{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": {\"ignore_class\": 0}}",
     0,
     "SparseCategoricalCrossentropy whose ignore_class is 0"},
    {{"compile_config", "invented"}, "1", 0, "compile() whose invented is 1"},
};

static void replace_in(struct archive *archive, const struct place *place) {
    json_t *document = member_json(archive, MEMBER_CONFIG);
    replace(document, place->path, place->value);
    set_member_json(archive, MEMBER_CONFIG, document);
}

static mood_model *load_changed(const struct place *place) {
    struct archive archive = golden_archive(ARTICLE);
    mood_model *model;
    replace_in(&archive, place);
    ok(model_load_archive(device, &archive, NULL, &model, NULL, &err));
    archive_clear(&archive);
    return model;
}

START_TEST(other_training_opens_uncompiled) {
    const struct place *other = &others[_i];
    bool has_loss = (bool)other->status;
    mood_model *model = load_changed(other);
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    int32_t x[7] = {1, 2, 3};
    float y = 1.0f;
    mood_metrics *metrics;
    ck_assert(!model->compiled);
    ok(mood_model_predict(model, x, 1, 7, 0, &y, &err));
    assert_says(mood_model_get_compile_options(model, &options, &err), MOOD_ERR_UNSUPPORTED, other->says, "options");
    assert_says(mood_model_fit(model, x, 1, 7, &y, 1, NULL, NULL, &err), MOOD_ERR_STATE, other->says, "fit");
    assert_says(mood_model_fit(model, x, 1, 7, &y, 1, NULL, NULL, &err), MOOD_ERR_STATE, "; compile the model before",
                "fit");
    assert_says(mood_model_evaluate(model, x, 1, 7, &y, 1, 0, &metrics, &err), MOOD_ERR_STATE, other->says, "evaluate");
    /* The loss is kept where the optimizer alone is another one. */
    if (has_loss)
        ok(mood_model_reset_optimizer(model, "sgd(0.25)", &err));
    else
        assert_says(mood_model_reset_optimizer(model, "sgd(0.25)", &err), MOOD_ERR_UNSUPPORTED, other->says, "reset");
    ck_assert(model->compiled == has_loss);
    ok(mood_model_compile(model, NULL, &err));
    ok(mood_model_get_compile_options(model, &options, &err));
    ck_assert_str_eq(options.loss, "binary_crossentropy");
    mood_model_destroy(model);
}
END_TEST

START_TEST(the_same_training_in_other_words) {
    static const struct place same[] = {
        {{"compile_config", "loss"}, BINARY "{\"label_smoothing\": 0.0, \"axis\": -1, \"dtype\": \"float32\"}}", 0, ""},
        {{"compile_config", "loss"}, "[\"binary_crossentropy\"]", 0, ""},
        {{"compile_config", "loss"}, "\"bce\"", 0, ""},
        {{"compile_config", "loss"}, "\"BCE\"", 0, ""},
        {{"compile_config", "optimizer"}, "\"adam\"", 0, ""},
        {{ADAM, "clipnorm"}, "null", 0, ""},
        {{ADAM, "clipnorm"}, "1.0", 0, ""},
        {{ADAM, "clipvalue"}, "0.5", 0, ""},
        {{ADAM, "global_clipnorm"}, "2.0", 0, ""},
        {{ADAM, "weight_decay"}, "0.004", 0, ""},
        {{ADAM, "ema_momentum"}, "0.5", 0, ""}, /* of use_ema, which is off */
        {{ADAM, "jit_compile"}, "true", 0, ""},
        {{ADAM, "learning_rate"}, "0.5", 0, ""},
        {{ADAM, "learning_rate"}, "0.0", 0, ""},
        {{"compile_config", "steps_per_execution"}, "16", 0, ""},
        {{"compile_config", "auto_scale_loss"}, "true", 0, ""},
        {{"compile_config", "metrics"}, "[\"AUC\"]", 0, ""},
        {{"compile_config", "metrics"}, "[{\"class_name\": \"MyMetric\", \"module\": \"mine\"}, \"mse\"]", 0, ""},
        {{"compile_config", "metrics"},
         "[{\"class_name\": \"AUC\", \"config\": {\"name\": \"evil\\u001b[31m\"}}, [[\"acc\"]], {\"dense_1\": "
         "\"mae\"}]",
         0,
         ""},
        {{"compile_config", "loss"}, "\"mse\"", 0, ""},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        mood_model *model = load_changed(&same[i]);
        ck_assert_msg(model->compiled, "%zu: %s", i, model->uncompiled.message);
        ck_assert_uint_eq(model->iterations, 9);
        mood_model_destroy(model);
    }
}
END_TEST

START_TEST(a_file_without_training_says_so) {
    static const struct place none = {{"compile_config"}, NULL, 0, ""};
    mood_model *model = load_changed(&none);
    mood_compile_options options = MOOD_COMPILE_OPTIONS;
    assert_says(mood_model_get_compile_options(model, &options, &err), MOOD_ERR_STATE,
                "without a loss and an optimizer", "options");
    ck_assert_int_eq(mood_model_reset_optimizer(model, NULL, &err), MOOD_ERR_STATE);
    ok(mood_model_compile(model, NULL, &err));
    ck_assert_int_eq(mood_model_get_compile_options(model, &options, &err), MOOD_OK);
    mood_model_destroy(model);
}
END_TEST

/* How an uncompiled model was trained is written back, until it is trained in another way. */
START_TEST(other_training_is_kept) {
    static const struct place scaled = {{ADAM, "loss_scale_factor"}, "1.5", 0, ""};
    mood_model *model = load_changed(&scaled);
    for (int round = 0; round < 2; round++) {
        struct blob text;
        ok(config_write(model, &text, &err));
        ck_assert((strstr((char *)text.data, "\"loss_scale_factor\": 1.5") != NULL) == !round);
        free(text.data);
        ok(mood_model_reset_optimizer(model, NULL, &err));
    }
    mood_model_destroy(model);
}
END_TEST

/* Metrics are written back as they were, until the model is compiled anew. */
START_TEST(metrics_are_kept) {
    static const struct place auc = {{"compile_config", "metrics"}, "[\"accuracy\", {\"class_name\": \"AUC\"}]", 0, ""};
    mood_model *model = load_changed(&auc);
    struct blob text;
    for (int round = 0; round < 2; round++) {
        ok(config_write(model, &text, &err));
        ck_assert((strstr((char *)text.data, "\"metrics\": [\"accuracy\", {\"class_name\": \"AUC\"}]") != NULL) ==
                  !round);
        ck_assert((strstr((char *)text.data, "\"metrics\": [\"accuracy\"]") != NULL) == (bool)round);
        free(text.data);
        ok(mood_model_compile(model, NULL, &err));
    }
    mood_model_destroy(model);
}
END_TEST

/* A model lists the metrics that mood does not compute, until it is compiled again. */
START_TEST(skipped_metrics_are_listed) {
    static const struct place place = {
        {"compile_config", "metrics"},
        "[\"accuracy\", {\"class_name\": \"HammingLoss\"}, \"mean_iou\", {\"class_name\": \"a, b\"}, {}]",
        0,
        ""};
    mood_model *model = load_changed(&place);
    ck_assert_str_eq(mood_model_get_skipped_metrics(model), "HammingLoss, mean_iou, (unnamed)");
    ok(mood_model_compile(model, NULL, &err));
    ck_assert_str_eq(mood_model_get_skipped_metrics(model), "");
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("keras config");
    TCase *config = tcase_create("config");
    tcase_set_timeout(config, 120);
    tcase_add_unchecked_fixture(config, open_device, close_device);
    tcase_add_loop_test(config, settings_are_followed_or_refused, 0, sizeof settings / sizeof *settings);
    tcase_add_loop_test(config, normalization_is_followed_or_refused, 0,
                        sizeof normalization_settings / sizeof *normalization_settings);
    tcase_add_loop_test(config, config_is_what_it_should_be, 0, sizeof places / sizeof *places);
    tcase_add_test(config, all_problems_are_named);
    tcase_add_test(config, input_length_has_to_be_known);
    tcase_add_test(config, connections_are_followed_or_refused);
    tcase_add_test(config, calls_of_attention_are_followed_or_refused);
    tcase_add_test(config, masks_are_followed_or_refused);
    tcase_add_test(config, numbers_that_are_not_finite_are_named);
    tcase_add_test(config, nonsense_is_no_config);
    tcase_add_loop_test(config, other_training_opens_uncompiled, 0, sizeof others / sizeof *others);
    tcase_add_test(config, the_same_training_in_other_words);
    tcase_add_test(config, a_file_without_training_says_so);
    tcase_add_test(config, other_training_is_kept);
    tcase_add_test(config, metrics_are_kept);
    tcase_add_test(config, skipped_metrics_are_listed);
    suite_add_tcase(suite, config);
    return run_suite(suite);
}
