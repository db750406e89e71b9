/* A test of any OpenCL runtime in a few seconds: the known answers, which are compared with plain C here,
 * gradients, and the included model. check_kernels, check_lstm and check_model test the same with many more sizes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/gemm.h"
#include "device/tiles.h"
#include "model/known_answer.h"
#include "model/known_gradients.h"
#include "model/model.h"
#include "model_fixture.h"
#include "mood/scorer.h"
#include "one_launch.h"
#include "reference.h"

/* ---- runtimes with known errors ------------------------------------------------------------------- */

/* Mesa's llvmpipe before Mesa 23 ends all loops of a work-item after 65,535 iterations. */
static bool is_known_to_fail(const mood_device *device) {
    return strcmp(device->info.platform, "rusticl") == 0 && strncmp(device->info.driver, "22.", 3) == 0 &&
           device->forced == CLASS_TILE;
}

/* ---- known answers ------------------------------------------------------------------------------- */

START_TEST(known_answers_are_found) {
    mood_device *device = devices_open(_i);
    bool right;
    char reason[200] = "";
    if (!is_simulator(device)) {
        ck_ok(known_answer_test(device, &right, reason, sizeof reason, err));
        ck_assert_msg(right != is_known_to_fail(device), "%s, %s: %s", device->info.name,
                      mood_device_get_kernels(device), right ? "right, but it is listed as wrong" : reason);
        ck_assert(right || strstr(reason, "wrong scores"));
    }
    mood_device_destroy(device);
}
END_TEST

static float *read_weights(mood_model *model, const struct variable *variable) {
    float *values = malloc(variable->count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    ck_ok(model_read(model, MODEL_VALUES, variable, values, err));
    return values;
}

/* x [T,B,E] float of the rows' ids. */
static float *embed(const int32_t *ids, size_t steps, const float *embeddings, size_t width) {
    float *x = malloc(steps * KNOWN_ANSWER_ROWS * width * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (size_t t = 0; t < steps; t++)
        for (size_t b = 0; b < KNOWN_ANSWER_ROWS; b++)
            memcpy(x + (t * KNOWN_ANSWER_ROWS + b) * width, embeddings + (size_t)ids[b * steps + t] * width,
                   width * sizeof *x);
    return x;
}

/* The model in plain C: inputs and outputs of each layer, and the gradients of all weights. */
struct plain {
    mood_model *model;
    size_t steps;
    int32_t *ids;
    float *x, *h;                  /* embedded ids, and the first LSTM's h: [T,B,D] */
    struct reference_lstm lstm[2]; /* whose weights and d_h are owned */
    float *kernel[2], *bias[2];    /* of the Denses */
    double hidden[KNOWN_ANSWER_ROWS][64], scores[KNOWN_ANSWER_ROWS];
    double *d_hidden_kernel, d_hidden_bias[64], d_last_kernel[64], d_last_bias, *d_embeddings;
};

static float *zeros(size_t count) {
    float *values = calloc(count, sizeof *values);
    ck_assert_ptr_nonnull(values);
    return values;
}

static void create_lstm(struct plain *p, int i, const float *x) {
    const struct layer *layer = p->model->layers[1 + i];
    struct reference_lstm *lstm = &p->lstm[i];
    *lstm = (struct reference_lstm){.B = KNOWN_ANSWER_ROWS, .T = p->steps, .E = layer->in.D, .H = layer->out.D, .x = x};
    lstm->kernel = read_weights(p->model, &layer->variables[0]);
    lstm->recurrent = read_weights(p->model, &layer->variables[1]);
    lstm->bias = read_weights(p->model, &layer->variables[2]);
    lstm->h0 = lstm->c0 = zeros(lstm->B * lstm->H);
    lstm->d_h = zeros(lstm->T * lstm->B * lstm->H);
    reference_lstm_create(lstm);
    reference_lstm_forward(lstm);
}

static void destroy_lstm(struct reference_lstm *lstm) {
    const float *owned[] = {lstm->kernel, lstm->recurrent, lstm->bias, lstm->h0, lstm->d_h};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free((void *)owned[i]);
    reference_lstm_destroy(lstm);
}

static const double *last_h(const struct plain *p, size_t b) {
    return p->lstm[1].h + ((p->steps - 1) * KNOWN_ANSWER_ROWS + b) * p->lstm[1].H;
}

static void run_denses(struct plain *p) {
    size_t H = p->lstm[1].H, D = p->model->layers[3]->out.D;
    for (size_t b = 0; b < KNOWN_ANSWER_ROWS; b++) {
        double last = p->bias[1][0];
        for (size_t j = 0; j < D; j++) {
            double z = p->bias[0][j];
            for (size_t k = 0; k < H; k++)
                z += last_h(p, b)[k] * p->kernel[0][k * D + j];
            p->hidden[b][j] = tanh(z);
            last += p->hidden[b][j] * p->kernel[1][j];
        }
        p->scores[b] = 1 / (1 + exp(-last));
    }
}

static void plain_create(struct plain *p, mood_model *model, size_t steps) {
    *p = (struct plain){.model = model, .steps = steps};
    p->ids = malloc(KNOWN_ANSWER_ROWS * steps * sizeof *p->ids);
    ck_assert_ptr_nonnull(p->ids);
    known_answer_rows(steps, p->ids);
    float *embeddings = read_weights(model, &model->layers[0]->variables[0]);
    p->x = embed(p->ids, steps, embeddings, model->layers[0]->out.D);
    free(embeddings);
    create_lstm(p, 0, p->x);
    size_t count = steps * KNOWN_ANSWER_ROWS * p->lstm[0].H;
    p->h = zeros(count);
    for (size_t i = 0; i < count; i++)
        p->h[i] = (float)p->lstm[0].h[i];
    create_lstm(p, 1, p->h);
    for (int i = 0; i < 2; i++) {
        p->kernel[i] = read_weights(model, &model->layers[3 + i]->variables[0]);
        p->bias[i] = read_weights(model, &model->layers[3 + i]->variables[1]);
    }
    run_denses(p);
}

static void plain_destroy(struct plain *p) {
    for (int i = 0; i < 2; i++) {
        destroy_lstm(&p->lstm[i]);
        free(p->kernel[i]);
        free(p->bias[i]);
    }
    free(p->ids);
    free(p->x);
    free(p->h);
    free(p->d_hidden_kernel);
    free(p->d_embeddings);
}

/* Row b's part of the Denses' gradients, and the gradient of the last h. */
static void denses_backward(struct plain *p, size_t b) {
    size_t H = p->lstm[1].H, D = p->model->layers[3]->out.D;
    double d_last = (p->scores[b] - (double)known_gradients_label(b)) / KNOWN_ANSWER_ROWS;
    float *d_h = (float *)p->lstm[1].d_h + ((p->steps - 1) * KNOWN_ANSWER_ROWS + b) * H;
    p->d_last_bias += d_last;
    for (size_t j = 0; j < D; j++) {
        double d_z = d_last * (double)p->kernel[1][j] * (1 - p->hidden[b][j] * p->hidden[b][j]);
        p->d_last_kernel[j] += d_last * p->hidden[b][j];
        p->d_hidden_bias[j] += d_z;
        for (size_t k = 0; k < H; k++) {
            p->d_hidden_kernel[k * D + j] += d_z * last_h(p, b)[k];
            d_h[k] += (float)(d_z * (double)p->kernel[0][k * D + j]);
        }
    }
}

static void plain_backward(struct plain *p) {
    const struct reference_lstm *first = &p->lstm[0];
    size_t words = p->model->layers[0]->variables[0].dims[0], width = first->E, rows = KNOWN_ANSWER_ROWS;
    p->d_hidden_kernel = calloc(p->lstm[1].H * p->model->layers[3]->out.D, sizeof *p->d_hidden_kernel);
    p->d_embeddings = calloc(words * width, sizeof *p->d_embeddings);
    ck_assert(p->d_hidden_kernel && p->d_embeddings);
    for (size_t b = 0; b < rows; b++)
        denses_backward(p, b);
    reference_lstm_backward(&p->lstm[1]);
    for (size_t i = 0; i < p->steps * rows * first->H; i++)
        ((float *)first->d_h)[i] = (float)p->lstm[1].d_x[i];
    reference_lstm_backward(&p->lstm[0]);
    for (size_t t = 0; t < p->steps; t++)
        for (size_t b = 0; b < rows; b++)
            for (size_t e = 0; e < width; e++)
                p->d_embeddings[(size_t)p->ids[b * p->steps + t] * width + e] += first->d_x[(t * rows + b) * width + e];
}

static void compare_scores(mood_model *model, const struct known_answers *answers) {
    struct plain p;
    plain_create(&p, model, answers->T);
    for (size_t b = 0; b < KNOWN_ANSWER_ROWS; b++)
        ck_assert_double_eq_tol(p.scores[b], answers->scores[b], 2e-7);
    plain_destroy(&p);
}

static void compare_known_gradients(mood_model *model) {
    struct plain p;
    plain_create(&p, model, model->T);
    plain_backward(&p);
    const double *gradients[KNOWN_GRADIENTS_COUNT] = {
        p.d_embeddings,     p.lstm[0].d_kernel,    p.lstm[0].d_recurrent, p.lstm[0].d_bias,
        p.lstm[1].d_kernel, p.lstm[1].d_recurrent, p.lstm[1].d_bias,      p.d_hidden_kernel,
        p.d_hidden_bias,    p.d_last_kernel,       &p.d_last_bias,
    };
    size_t weight = 0;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < model->layers[i]->variable_count; k++, weight++) {
            double product = 0, squares = 0;
            for (size_t n = 0; n < model->layers[i]->variables[k].count; n++) {
                product += (double)known_gradients_direction(weight, n) * gradients[weight][n];
                squares += gradients[weight][n] * gradients[weight][n];
            }
            const struct known_gradient *known = &known_gradients[weight];
            ck_assert_msg(fabs(product - known->product) <= 1e-6 * known->norm &&
                              fabs(sqrt(squares) - known->norm) <= 1e-6 * known->norm,
                          "weight %zu: {%.9g, %.9g}", weight, product, sqrt(squares));
        }
    ck_assert_uint_eq(weight, KNOWN_GRADIENTS_COUNT);
    plain_destroy(&p);
}

START_TEST(known_answers_are_those_of_plain_c) {
    const struct known_answers *all[] = {&known_answers_short, &known_answers_long};
    mood_device *device = devices_open(0);
    for (size_t i = 0; i < 2; i++) {
        mood_model *model;
        ck_ok(known_answer_model(device, all[i]->T, &model, err));
        compare_scores(model, all[i]);
        if (i == 0)
            compare_known_gradients(model);
        mood_model_destroy(model);
    }
    mood_device_destroy(device);
}
END_TEST

/* ---- training ------------------------------------------------------------------------------------- */

/* Add step times a fixed direction to all weights; returns the scalar product of gradients and direction. */
static double move(mood_model *model, const float *gradients, float step) {
    double slope = 0;
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < layer_count_variables(model->layers[i]); k++) {
            const struct variable *variable = layer_variable(model->layers[i], k);
            float *values = read_weights(model, variable);
            for (size_t n = 0; n < variable->count; n++) {
                float direction = (n * 7 + k * 3 + i) % 5 < 2 ? 1.0f : -0.5f;
                values[n] += step * direction;
                slope += direction * (double)gradients[variable->offset + n];
            }
            ck_ok(model_write(model, MODEL_VALUES, variable, values, err));
            free(values);
        }
    return slope;
}

static double loss_at(mood_model *model, const struct data *data, const float *gradients, float step) {
    move(model, gradients, step);
    double loss = evaluated_loss(model, data, mood_model_get_outputs(model), N);
    move(model, gradients, -step);
    return loss;
}

/* The loss's slope in one direction, by a fourth-order difference, equals that of the gradients of all weights. */
static void check_slope(mood_model *model, const struct data *data, const float *gradients) {
    const float h = 0.01f;
    double slope = move(model, gradients, 0);
    double near = loss_at(model, data, gradients, h) - loss_at(model, data, gradients, -h);
    double far = loss_at(model, data, gradients, 2 * h) - loss_at(model, data, gradients, -2 * h);
    ck_assert_double_eq_tol((8 * near - far) / (12 * (double)h), slope, 1e-4 + 1e-3 * fabs(slope));
    ck_assert_double_gt(fabs(slope), 1e-3);
}

/* Tiles of each height give the same results, bitwise. */
static void check_heights(mood_model *model, const struct data *data) {
    const unsigned *heights = model->device->heights;
    float *gradients = NULL, scores[N], others[N];
    for (size_t i = 0; heights[i]; i++) {
        tiles_take_only(model->device, heights[i]);
        float *of_height = gradients_of(model, data, 1, N);
        model->ready = false; /* the shared padding is computed again */
        ck_ok(mood_model_predict(model, data->x, N, T, N, i ? others : scores, err));
        if (i == 0) {
            gradients = of_height;
            continue;
        }
        ck_assert_msg(memcmp(gradients, of_height, model->flat_count * sizeof *gradients) == 0,
                      "tiles of %u rows: other gradients", heights[i]);
        ck_assert_msg(memcmp(scores, others, sizeof scores) == 0, "tiles of %u rows: other scores", heights[i]);
        free(of_height);
    }
    free(gradients);
}

static mood_model *create_model(mood_device *device, const char *layers, const char *loss) {
    mood_model *model;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    compile.loss = loss;
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, layers);
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, &compile, err));
    return model;
}

static void check_gradients(mood_device *device, const char *layers, const char *loss, size_t O) {
    struct data data;
    mood_model *model = create_model(device, layers, loss);
    fill_data(&data, loss, O);
    float *gradients = gradients_of(model, &data, O, N);
    check_slope(model, &data, gradients);
    if (device_class(device) == CLASS_TILE && O == 1)
        check_heights(model, &data);
    free(gradients);
    mood_model_destroy(model);
}

START_TEST(known_gradients_are_found) {
    mood_device *device = devices_open(_i);
    bool right;
    char reason[200] = "";
    if (!is_simulator(device)) {
        ck_ok(known_gradients_test(device, &right, reason, sizeof reason, err));
        ck_assert_msg(right != is_known_to_fail(device), "%s, %s: %s", device->info.name,
                      mood_device_get_kernels(device), right ? "right, but it is listed as wrong" : reason);
        ck_assert(right || strstr(reason, "wrong gradients"));
    }
    mood_device_destroy(device);
}
END_TEST

START_TEST(gradients_are_right) {
    mood_device *device = devices_open(_i);
    if (!is_known_to_fail(device)) {
        check_gradients(device, "slt1", "binary_crossentropy", 1);
        check_gradients(device, "lm3", "categorical_crossentropy", 3);
    }
    mood_device_destroy(device);
}
END_TEST

/* The kernel that computes all layers of a batch needs shared memory, which a simulator does not have. There this
 * test launches it with the device's addresses, so that its memory accesses are checked. */
START_TEST(one_launch_predicts_the_same) {
    mood_device *device = devices_open(3 * _i);
    struct data data;
    float scores[N], others[N];
    if (is_simulator(device)) {
        mood_model *model = create_model(device, "slt1", "binary_crossentropy");
        one_launch_build(model);
        fill_data(&data, "binary_crossentropy", 1);
        ck_ok(mood_model_predict(model, data.x, N, T, N, scores, err));
        for (const unsigned *height = device->heights; *height; height++) {
            one_launch_predict(model, data.x, N, *height, others);
            ck_assert_msg(memcmp(scores, others, sizeof scores) == 0, "tiles of %u rows: other scores", *height);
        }
        mood_model_destroy(model);
    }
    mood_device_destroy(device);
}
END_TEST

/* ---- the included model ----------------------------------------------------------------------------- */

/* Opening it compares the scores of its check texts. */
START_TEST(the_shipped_model_scores) {
    char path[4096];
    const char *folder = getenv("MOOD_TEST_DATA");
    mood_scorer_options options = MOOD_SCORER_OPTIONS;
    options.device = devices_open(_i);
    if (!is_known_to_fail(options.device) && !is_simulator(options.device)) {
        mood_scorer *scorer;
        float scores[2];
        mood_text texts[2] = {{"a great film", 12}, {"bad service", 11}};
        snprintf(path, sizeof path, "%s/reviews.keras", folder ? folder : "tests/data");
        ck_ok(mood_scorer_open(path, &options, &scorer, err));
        ck_ok(mood_scorer_score(scorer, texts, 2, scores, err));
        ck_assert(scores[0] > 0.9f && scores[1] < 0.5f);
        mood_scorer_destroy(scorer);
    }
    mood_device_destroy(options.device);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("runtimes", &suite);
    int devices = devices_count();
    tcase_add_test(tcase, known_answers_are_those_of_plain_c);
    tcase_add_loop_test(tcase, known_answers_are_found, 0, devices);
    tcase_add_loop_test(tcase, known_gradients_are_found, 0, devices);
    tcase_add_loop_test(tcase, gradients_are_right, 0, devices);
    tcase_add_loop_test(tcase, one_launch_predicts_the_same, 0, devices / 3);
    tcase_add_loop_test(tcase, the_shipped_model_scores, 0, devices);
    return run_suite(suite);
}
