/* Optimizers against plain C: each kernel, clipping, weight decay, the moving average, learning rates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "model/update.h"
#include "reference.h"

enum { STEPS = 5 };

/* Number of weights: more than one work-item's share, and a multiple of all vector widths. */
static size_t size_for(const mood_device *device) {
    return is_simulator(device) ? 48 : 9008;
}

/* ---- the equations --------------------------------------------------------------------------------------- */

/* One weight: its value and its slots. */
struct weight {
    double x, a, b, c;
};

static void sgd(struct weight *w, double g, int t) {
    (void)t;
    w->x -= 0.1 * g;
}

static void sgd_momentum(struct weight *w, double g, int t) {
    (void)t;
    w->a = 0.9 * w->a - 0.1 * g;
    w->x += w->a;
}

static void sgd_nesterov(struct weight *w, double g, int t) {
    (void)t;
    w->a = 0.8 * w->a - 0.1 * g;
    w->x += 0.8 * w->a - 0.1 * g;
}

static void rmsprop(struct weight *w, double g, int t) {
    (void)t;
    w->a = 0.9 * w->a + 0.1 * g * g;
    w->x -= 0.001 * g / sqrt(w->a + 1e-7);
}

static void rmsprop_all(struct weight *w, double g, int t) {
    (void)t;
    w->a = 0.7 * w->a + 0.3 * g * g;
    w->b = 0.7 * w->b + 0.3 * g;
    w->c = 0.5 * w->c + 0.01 * g / sqrt(w->a - w->b * w->b + 1e-3);
    w->x -= w->c;
}

static double adam_moments(struct weight *w, double g, int t) {
    w->a += (g - w->a) * 0.1;
    w->b += (g * g - w->b) * 0.001;
    return sqrt(1 - pow(0.999, t)) / (1 - pow(0.9, t)) * w->a;
}

static void adam(struct weight *w, double g, int t) {
    double m = adam_moments(w, g, t);
    w->x -= 0.001 * m / (sqrt(w->b) + 1e-7);
}

static void adam_amsgrad(struct weight *w, double g, int t) {
    double m = adam_moments(w, g, t);
    w->c = fmax(w->c, w->b);
    w->x -= 0.001 * m / (sqrt(w->c) + 1e-7);
}

static void adamw(struct weight *w, double g, int t) {
    w->x -= w->x * 0.004 * 0.001;
    adam(w, g, t);
}

static void adagrad(struct weight *w, double g, int t) {
    w->a = (t == 1 ? 0.1 : w->a) + g * g;
    w->x -= 0.001 * g / sqrt(w->a + 1e-7);
}

static void adadelta(struct weight *w, double g, int t) {
    (void)t;
    w->a = 0.95 * w->a + 0.05 * g * g;
    double step = sqrt(w->b + 1e-7) / sqrt(w->a + 1e-7) * g;
    w->b = 0.95 * w->b + 0.05 * step * step;
    w->x -= step;
}

static void adamax(struct weight *w, double g, int t) {
    w->a += (g - w->a) * 0.1;
    w->b = fmax(0.999 * w->b, fabs(g));
    w->x -= 0.001 * w->a / ((1 - pow(0.9, t)) * (w->b + 1e-7));
}

static double nadam_momentum(int t) {
    return 0.9 * (1 - 0.5 * pow(0.96, t));
}

static void nadam(struct weight *w, double g, int t) {
    double product = 1;
    for (int i = 1; i <= t; i++)
        product *= nadam_momentum(i);
    w->a += (g - w->a) * 0.1;
    w->b += (g * g - w->b) * 0.001;
    double m = nadam_momentum(t + 1) * w->a / (1 - product * nadam_momentum(t + 1)) +
               (1 - nadam_momentum(t)) * g / (1 - product);
    w->x -= 0.001 * m / (sqrt(w->b / (1 - pow(0.999, t))) + 1e-7);
}

static void clipped(struct weight *w, double g, int t) {
    sgd(w, fmax(-0.03, fmin(0.03, g)), t);
}

/* a is the average. */
static void averaged(struct weight *w, double g, int t) {
    sgd(w, g, t);
    w->a = t == 1 ? w->x : 0.6 * w->a + 0.4 * w->x;
    if (t % 2 == 0)
        w->x = w->a;
}

static const struct {
    const char *text;
    void (*step)(struct weight *w, double g, int t);
} cases[] = {
    {"SGD(0.1)", sgd},
    {"sgd(0.1, 0.9)", sgd_momentum},
    {"SGD(0.1, momentum=0.8, nesterov=True)", sgd_nesterov},
    {"RMSprop()", rmsprop},
    {"RMSprop(0.01, 0.7, 0.5, epsilon=1e-3, centered=True)", rmsprop_all},
    {"Adam", adam},
    {"Adam(amsgrad=True)", adam_amsgrad},
    {"AdamW", adamw},
    {"Adam(weight_decay=0.004)", adamw},
    {"Adagrad", adagrad},
    {"Adadelta(1.0)", adadelta},
    {"Adamax", adamax},
    {"Nadam", nadam},
    {"SGD(0.1, clipvalue=0.03)", clipped},
    {"SGD(0.1, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=2)", averaged},
};
enum { CASES = sizeof cases / sizeof *cases };

/* ---- a model that is only numbers ------------------------------------------------------------------------ */

static mood_model *bare_model(mood_device *device, const char *text, const float *values, size_t N) {
    mood_model *model;
    struct optimizer *optimizer;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(optimizer_parse(text, &optimizer, err));
    ck_ok(model_take_optimizer(model, optimizer, err));
    model->flat_count = model->trainable_count = N;
    model->values = upload(model->queue, values, N);
    ck_ok(model_make_slots(model, err));
    return model;
}

static void step(mood_model *model, const float *gradients) {
    size_t N = model->flat_count;
    buffer_destroy(&model->gradients);
    model->gradients = upload(model->queue, gradients, N);
    ck_ok(update_run(model, err));
    float *cleared = download(model->queue, &model->gradients, N);
    for (size_t i = 0; i < N; i++)
        ck_assert_float_eq(cleared[i], 0);
    free(cleared);
}

static void compare(mood_model *model, const double *expected, double tolerance, const char *text) {
    float *actual = download(model->queue, &model->values, model->flat_count);
    double difference = largest_difference(actual, expected, model->flat_count);
    ck_assert_msg(difference <= tolerance, "%s: off by %g", text, difference);
    free(actual);
}

static void follow(mood_device *device, size_t index) {
    size_t N = size_for(device);
    float *values = random_floats(1, N, 1);
    struct weight *weights = calloc(N, sizeof *weights);
    double *expected = calloc(N, sizeof *expected);
    ck_assert(weights && expected);
    mood_model *model = bare_model(device, cases[index].text, values, N);
    for (size_t i = 0; i < N; i++)
        weights[i].x = values[i];
    for (int t = 1; t <= STEPS; t++) {
        float *g = random_floats((unsigned)t + 10, N, 0.1);
        step(model, g);
        for (size_t i = 0; i < N; i++)
            cases[index].step(&weights[i], g[i], t);
        free(g);
    }
    for (size_t i = 0; i < N; i++)
        expected[i] = weights[i].x;
    compare(model, expected, 2e-6, cases[index].text);
    ck_assert_uint_eq(model->iterations, STEPS);
    free(values);
    free(weights);
    free(expected);
    mood_model_destroy(model);
}

START_TEST(optimizers_follow_their_equations) {
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < CASES; i++)
        follow(device, i);
}
END_TEST

/* The norm of the gradient over all weights is reduced to the limit; a smaller norm is unchanged. */
START_TEST(gradients_are_clipped_to_a_norm) {
    static const double limits[] = {0.2, 1e3};
    mood_device *device = devices_get(_i);
    size_t N = size_for(device);
    float *values = random_floats(1, N, 1), *g = random_floats(2, N, 0.1);
    double square = 0, *expected = calloc(N, sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    for (size_t i = 0; i < N; i++)
        square += (double)g[i] * g[i];
    for (size_t k = 0; k < 2; k++) {
        char text[80];
        double factor = sqrt(square) > limits[k] ? limits[k] / sqrt(square) : 1;
        snprintf(text, sizeof text, "SGD(1.0, global_clipnorm=%g)", limits[k]);
        mood_model *model = bare_model(device, text, values, N);
        step(model, g);
        for (size_t i = 0; i < N; i++)
            expected[i] = (double)values[i] - factor * (double)g[i];
        compare(model, expected, 1e-6, text);
        mood_model_destroy(model);
    }
    free(values);
    free(g);
    free(expected);
}
END_TEST

/* With use_ema the weights become their average at the end. */
START_TEST(average_is_taken_at_the_end) {
    mood_device *device = devices_get(_i);
    size_t N = size_for(device);
    float *values = random_floats(1, N, 1), *g = random_floats(2, N, 0.1);
    double *expected = calloc(N, sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    mood_model *model = bare_model(device, "SGD(1.0, use_ema=True, ema_momentum=0.5)", values, N);
    step(model, g);
    step(model, g);
    ck_ok(update_finish(model, err));
    for (size_t i = 0; i < N; i++)
        expected[i] = (double)values[i] - 1.5 * (double)g[i];
    compare(model, expected, 1e-6, "average");
    free(values);
    free(g);
    free(expected);
    mood_model_destroy(model);
}
END_TEST

/* ---- learning rates -------------------------------------------------------------------------------------- */

/* Learning rates of Keras 3.15.1 after 0, 1, 3, 7 and 20 steps. */
static const struct {
    const char *text;
    double rates[5];
} schedules[] = {
    {"ExponentialDecay(0.5, 4, 0.9)", {0.5, 0.487001866, 0.462010533, 0.415809482, 0.295244962}},
    {"ExponentialDecay(0.5, 4, 0.9, staircase=True)", {0.5, 0.5, 0.5, 0.449999988, 0.295244962}},
    {"PiecewiseConstantDecay([1, 3, 7], [0.4, 0.3, 0.2, 0.1])",
     {0.400000006, 0.400000006, 0.300000012, 0.200000003, 0.100000001}},
    {"PolynomialDecay(0.5, 6)", {0.5, 0.416683316, 0.250050008, 9.99999975e-05, 9.99999975e-05}},
    {"PolynomialDecay(0.5, 6, 0.1, power=2.0, cycle=True)", {0.5, 0.377777755, 0.200000003, 0.169444457, 0.111111112}},
    {"InverseTimeDecay(0.5, 4, 0.3)", {0.5, 0.465116262, 0.408163249, 0.327868819, 0.200000003}},
    {"InverseTimeDecay(0.5, 4, 0.3, staircase=True)", {0.5, 0.5, 0.5, 0.384615391, 0.200000003}},
    {"CosineDecay(0.5, 10)", {0.5, 0.48776412, 0.396946311, 0.103053704, 0}},
    {"CosineDecay(0.1, 10, alpha=0.2, warmup_target=0.5, warmup_steps=4)",
     {0.100000001, 0.200000003, 0.400000006, 0.417557061, 0.100000001}},
    {"CosineDecayRestarts(0.5, 3)", {0.5, 0.375, 0.5, 0.12500003, 0.00851854682}},
    {"CosineDecayRestarts(0.5, 3, t_mul=1.0, m_mul=0.8, alpha=0.1)",
     {0.5, 0.387499988, 0.409999996, 0.266000062, 0.0794912279}},
};

static const uint64_t steps_done[] = {0, 1, 3, 7, 20};

START_TEST(learning_rates_are_those_of_keras) {
    char text[200];
    struct optimizer *optimizer;
    snprintf(text, sizeof text, "SGD(%s)", schedules[_i].text);
    ck_ok(optimizer_parse(text, &optimizer, err));
    for (size_t i = 0; i < 5; i++) {
        double rate = learning_rate_at(&optimizer_common(optimizer)->learning_rate, steps_done[i]);
        ck_assert_msg(fabs(rate - schedules[_i].rates[i]) <= 1e-6 * schedules[_i].rates[i] + 1e-9,
                      "%s after %d steps: %.9g", text, (int)steps_done[i], rate);
    }
    optimizer_destroy(optimizer);
}
END_TEST

/* ---- expressions ----------------------------------------------------------------------------------------- */

/* The text of an optimizer contains the settings that differ from the defaults, and describes the same optimizer. */
START_TEST(text_comes_back) {
    static const char *const texts[][2] = {
        {"adam", "Adam(learning_rate=0.001)"},
        {"keras.optimizers.SGD(0.1, 0.9, nesterov=True)", "SGD(learning_rate=0.1, momentum=0.9, nesterov=True)"},
        {"AdamW(weight_decay=0.004, clipnorm=2)", "AdamW(learning_rate=0.001, clipnorm=2.0)"},
        {"RMSprop(PiecewiseConstantDecay([1, 2], [0.1, 0.2, 0.3]))",
         "RMSprop(learning_rate=PiecewiseConstantDecay(boundaries=[1.0, 2.0], values=[0.1, 0.2, 0.3]))"},
        {"Adam(CosineDecay(0.1, 10), use_ema=True, ema_overwrite_frequency=3)",
         "Adam(learning_rate=CosineDecay(initial_learning_rate=0.1, decay_steps=10.0, alpha=0.0, warmup_target=None, "
         "warmup_steps=0.0), use_ema=True, ema_overwrite_frequency=3)"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int round = 0; round < 2; round++) {
            struct optimizer *optimizer;
            ck_ok(optimizer_parse(texts[i][round], &optimizer, err));
            char *text = optimizer_text(optimizer);
            ck_assert_str_eq(text, texts[i][1]);
            free(text);
            optimizer_destroy(optimizer);
        }
}
END_TEST

START_TEST(bad_optimizers_are_refused) {
    static const struct {
        const char *text, *says;
        mood_status status;
    } bad[] = {
        {"", "optimizer '': expected an optimizer's name at the end", MOOD_ERR_ARGUMENT},
        {"Lion", "unknown optimizer Lion; this version knows SGD, RMSprop, Adam", MOOD_ERR_UNSUPPORTED},
        {"SGD(beta_1=0.9)", "this version's SGD has no argument beta_1; it has learning_rate, momentum",
         MOOD_ERR_UNSUPPORTED},
        {"Adam(gradient_accumulation_steps=4)", "no argument gradient_accumulation_steps", MOOD_ERR_UNSUPPORTED},
        {"Adam(beta_1=1)", "optimizer Adam: \"beta_1\" is 1; it must be a number, 0 to below 1", MOOD_ERR_ARGUMENT},
        {"Adam(epsilon=0)", "\"epsilon\" is 0; it must be a number, above 0", MOOD_ERR_ARGUMENT},
        {"Adam(-1)", "\"learning_rate\" is -1", MOOD_ERR_ARGUMENT},
        {"Adam('fast')", "\"learning_rate\" is \"fast\"", MOOD_ERR_ARGUMENT},
        {"AdamW(weight_decay=None)", "\"weight_decay\" is null", MOOD_ERR_ARGUMENT},
        {"Adam(clipnorm=1, clipvalue=1)", "only one of clipnorm, clipvalue and global_clipnorm", MOOD_ERR_ARGUMENT},
        {"Adam(ema_overwrite_frequency=0)", "\"ema_overwrite_frequency\" is not a whole number", MOOD_ERR_ARGUMENT},
        {"Adam(Mine(a=1))", "the schedule Mine is not one that this version knows", MOOD_ERR_UNSUPPORTED},
        {"Adam(SGD(a=1))", "the schedule SGD is not one", MOOD_ERR_UNSUPPORTED},
        {"Adam(CosineDecay(0.1))", "CosineDecay: there is no \"decay_steps\"", MOOD_ERR_ARGUMENT},
        {"Adam(CosineDecay(0.1, 0))", "\"decay_steps\" is 0; it must be a number, above 0", MOOD_ERR_ARGUMENT},
        {"Adam(CosineDecay(0.1, 1, rate=1))", "this version's CosineDecay has no argument rate", MOOD_ERR_UNSUPPORTED},
        {"Adam(PiecewiseConstantDecay([1], [0.1]))", "1 boundaries and 1 values", MOOD_ERR_ARGUMENT},
        {"Adam(PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]))", "must increase", MOOD_ERR_ARGUMENT},
        {"Adam(PiecewiseConstantDecay(1, 2))", "\"boundaries\" is not a list", MOOD_ERR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mood_error err = {0};
        mood_status status = mood_optimizer_check(bad[i].text, &err);
        ck_assert_msg(status == bad[i].status && strstr(err.message, bad[i].says), "%s: %d, %s", bad[i].text, status,
                      err.message);
    }
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("optimizers", &suite);
    ADD_DEVICE_TEST(tcase, optimizers_follow_their_equations);
    ADD_DEVICE_TEST(tcase, gradients_are_clipped_to_a_norm);
    ADD_DEVICE_TEST(tcase, average_is_taken_at_the_end);
    tcase_add_loop_test(tcase, learning_rates_are_those_of_keras, 0, sizeof schedules / sizeof *schedules);
    tcase_add_test(tcase, text_comes_back);
    tcase_add_test(tcase, bad_optimizers_are_refused);
    return run_suite(suite);
}
