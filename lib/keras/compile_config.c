/* compile_config: the loss and the optimizer. What mood trains with is Adam on a cross-entropy; a model
 * that Keras trained in another way still predicts, so it opens without being compiled. */
#include <math.h>
#include <string.h>

#include "keras/keras.h"

static const struct {
    const char *name, *class_name;
} losses[] = {
    [MOOD_BINARY_CROSSENTROPY] = {"binary_crossentropy", "BinaryCrossentropy"},
    [MOOD_CATEGORICAL_CROSSENTROPY] = {"categorical_crossentropy", "CategoricalCrossentropy"},
    [MOOD_SPARSE_CATEGORICAL_CROSSENTROPY] = {"sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"},
};
#define LOSS_COUNT (sizeof losses / sizeof *losses)

json_t *compile_write(const mood_compile_options *options) {
    /* All reals, never integers: Keras refuses a learning rate of 1. */
    json_t *adam = json_pack("{s: s, s: f, s: f, s: f, s: f, s: b}",
                             "name", "adam",
                             "learning_rate", options->learning_rate,
                             "beta_1", options->beta_1,
                             "beta_2", options->beta_2,
                             "epsilon", options->epsilon,
                             "amsgrad", 0);
    return json_pack("{s: {s: s, s: s, s: o, s: n}, s: s, s: [s]}",
                     "optimizer",
                     "module", "keras.optimizers",
                     "class_name", "Adam",
                     "config", adam,
                     "registered_name",
                     "loss", losses[options->loss].name,
                     "metrics", "accuracy");
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_one_of(const char *key, const char *const *keys) {
    for (; *keys; keys++)
        if (strcmp(key, *keys) == 0)
            return true;
    return false;
}

/* Whether a loss object's settings are the defaults, which are all that mood has. */
static bool loss_is_plain(json_t *config) {
    static const char *const any[] = {"name", "dtype", "axis", NULL};
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value) {
        if (strcmp(key, "reduction") == 0) {
            if (strcmp(json_is_string(value) ? json_string_value(value) : "", "sum_over_batch_size") != 0)
                return false;
        } else if (!is_one_of(key, any) && !setting_is_harmless(key, value)) {
            return false;
        }
    }
    return true;
}

static bool find_loss(const char *name, mood_loss *loss) {
    for (size_t i = 0; name && i < LOSS_COUNT; i++)
        if (strcmp(name, losses[i].name) == 0 || strcmp(name, losses[i].class_name) == 0) {
            *loss = (mood_loss)i;
            return true;
        }
    return false;
}

/* A name, a serialized object or function, or a list of one of them. */
static bool read_loss(json_t *value, mood_loss *loss) {
    if (json_is_array(value) && json_array_size(value) == 1)
        value = json_array_get(value, 0);
    if (!json_is_object(value))
        return find_loss(json_string_value(value), loss);
    json_t *config = json_object_get(value, "config");
    if (!object_is_keras(value))
        return false;
    if (json_is_string(config))
        return find_loss(json_string_value(config), loss);
    return loss_is_plain(config) && find_loss(json_string_value(json_object_get(value, "class_name")), loss);
}

static bool read_number(json_t *value, double low, double high, double *number) {
    double given = json_is_number(value) ? json_number_value(value) : NAN;
    if (!(given > low && given < high))
        return false;
    *number = given;
    return true;
}

static bool read_adam(json_t *config, mood_compile_options *options) {
    /* Only of use together with another setting, or to how the program ran. */
    static const char *const any[] = {"name", "ema_momentum", "ema_overwrite_frequency", "jit_compile",
                                      "is_legacy_optimizer", NULL};
    const char *key;
    json_t *value;
    bool fine = true;
    json_object_foreach(config, key, value) {
        if (strcmp(key, "learning_rate") == 0)
            fine = read_number(value, 0, 1e6, &options->learning_rate);
        else if (strcmp(key, "beta_1") == 0)
            fine = read_number(value, -1e-30, 1, &options->beta_1);
        else if (strcmp(key, "beta_2") == 0)
            fine = read_number(value, -1e-30, 1, &options->beta_2);
        else if (strcmp(key, "epsilon") == 0)
            fine = read_number(value, 0, 1e6, &options->epsilon);
        else
            fine = is_one_of(key, any) || setting_is_harmless(key, value);
        if (!fine)
            return false;
    }
    return true;
}

static bool read_optimizer(json_t *value, mood_compile_options *options) {
    if (json_is_string(value))
        return strcmp(json_string_value(value), "adam") == 0;
    const char *class_name = json_string_value(json_object_get(value, "class_name"));
    return class_name && strcmp(class_name, "Adam") == 0 && object_is_keras(value) &&
           read_adam(json_object_get(value, "config"), options);
}

bool compile_read(json_t *compiled, mood_compile_options *options) {
    *options = (mood_compile_options)MOOD_COMPILE_OPTIONS;
    json_t *weights = json_object_get(compiled, "loss_weights");
    return (!weights || json_is_null(weights)) && read_loss(json_object_get(compiled, "loss"), &options->loss) &&
           read_optimizer(json_object_get(compiled, "optimizer"), options);
}
