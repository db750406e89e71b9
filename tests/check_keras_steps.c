/* The losses of 102 training steps agree with Keras's (golden/zoo_steps.py). Runs on the first device; with
 * MOOD_TEST_LONG=1 on each device with each kernel class. MOOD_STEPS_TABLE=FILE appends a line per model: its name and
 * the largest relative differences: mood and JAX, PyTorch and JAX, mood and float64, JAX and float64. */
#include <math.h>

#include "golden_model.h"

/* Keras's losses for each step: on JAX, on PyTorch, and on JAX in float64 (NULL: Keras cannot train this model so). The
 * differences are the largest so far, relative. */
struct steps {
    const char *name;
    json_t *jax, *torch, *float64;
    size_t next;
    double torch_difference; /* of PyTorch from JAX */
    double jax_error;        /* of JAX from float64 */
    double mood_difference;  /* of mood from JAX */
    double mood_error;       /* of mood from float64 */
};

static double at(json_t *losses, size_t step) {
    return json_number_value(json_array_get(losses, step));
}

/* Relative; the denominator is at least 1e-5, for losses near zero. */
static double difference(double value, double wanted) {
    return fabs(value - wanted) / fmax(fabs(wanted), 1e-5);
}

/* Rounding errors grow with the steps: see doc/keras.md for the limits. */
static bool compare_step(const mood_progress *progress, void *user) {
    struct steps *steps = user;
    size_t step = steps->next++;
    double loss = progress->batch_loss, jax = at(steps->jax, step),
           float64 = steps->float64 ? at(steps->float64, step) : jax;
    ck_assert_msg(isfinite(loss), "%s, step %zu: loss %g", steps->name, step + 1, loss);
    steps->torch_difference = fmax(steps->torch_difference, difference(at(steps->torch, step), jax));
    steps->jax_error = fmax(steps->jax_error, difference(jax, float64));
    steps->mood_difference = fmax(steps->mood_difference, difference(loss, jax));
    steps->mood_error = fmax(steps->mood_error, difference(loss, float64));
    ck_assert_msg(steps->mood_difference <= fmax(1e-4, 3 * steps->torch_difference) ||
                      steps->mood_error <= steps->jax_error,
                  "%s, step %zu: loss %.8g, Keras %.8g with JAX, %.8g with PyTorch and %.8g in 64-bit floats",
                  steps->name, step + 1, loss, jax, at(steps->torch, step), float64);
    return true;
}

static void report_steps(const struct steps *steps) {
    const char *table = getenv("MOOD_STEPS_TABLE");
    FILE *file = table ? fopen(table, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%s %.1e %.1e %.1e %.1e\n", steps->name, steps->mood_difference, steps->torch_difference,
            steps->mood_error, steps->jax_error);
    fclose(file);
}

/* One call of fit per epoch, as in zoo_steps.py: with use_ema, fit ends by setting the weights to their averages. */
static void train_steps(mood_device *here, const char *name, struct steps *steps) {
    char file[96], numbers[96];
    snprintf(file, sizeof file, "zoo/%s.keras", name);
    snprintf(numbers, sizeof numbers, "zoo/%s.json", name);
    char *where = golden_path(file);
    struct golden g = golden_open(numbers);
    mood_model *model;
    mood_fit_options options = MOOD_FIT_OPTIONS;
    ok(mood_model_load(here, where, NULL, &model, NULL, &err));
    set_matrix(model, &g);
    float *class_weight = list_of(g.document, "class_weight", &options.class_count);
    float *sample_weight = list_of(g.document, "sample_weight", NULL);
    options.batch_size = (size_t)json_integer_value(json_object_get(g.document, "batch"));
    options.epochs = 1;
    options.shuffle = false;
    options.class_weight = class_weight;
    options.sample_weight = sample_weight;
    options.on_batch = compare_step;
    options.user = steps;
    while (steps->next < json_array_size(steps->jax))
        ok(mood_model_fit(model, g.x, g.n, g.T, g.y, g.L, &options, NULL, &err));
    ck_assert_uint_eq(steps->next, json_array_size(steps->jax));
    mood_model_destroy(model);
    golden_close(&g);
    free(class_weight);
    free(sample_weight);
    free(where);
}

START_TEST(losses_of_102_steps_agree) {
    mood_device *here = devices_get(_i);
    json_t *jax = golden_json("zoo-steps/jax.json"), *torch = golden_json("zoo-steps/torch.json"),
           *float64 = golden_json("zoo-steps/float64.json"), *losses;
    const char *name;
    json_object_foreach(jax, name, losses) {
        struct steps steps = {.name = name,
                              .jax = losses,
                              .torch = json_object_get(torch, name),
                              .float64 = json_object_get(float64, name)};
        ck_assert_uint_ge(json_array_size(losses), 100);
        ck_assert_uint_eq(json_array_size(steps.torch), json_array_size(losses));
        train_steps(here, name, &steps);
        report_steps(&steps);
    }
    json_decref(jax);
    json_decref(torch);
    json_decref(float64);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("keras, steps");
    TCase *tcase = tcase_create("steps");
    tcase_set_timeout(tcase, 1800);
    tcase_add_loop_test(tcase, losses_of_102_steps_agree, 0, getenv("MOOD_TEST_LONG") ? devices_count() : 1);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
