/* Results do not depend on how a batch is processed: with shared padding or without, in slices, in tiles, with a
 * folded Embedding or without, with all layers in one launch or one by one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "device/gemm.h"
#include "device/tiles.h"
#include "model/shared_padding.h"
#include "model/slice.h"
#include "model_fixture.h"

/* ---- shared padding ------------------------------------------------------------------------------ */

/* Rows of every length, one with only padding, unsorted. */
static void fill_padded_rows(int32_t *x, size_t rows) {
    for (size_t i = 0; i < rows; i++)
        for (size_t t = 0; t < T; t++)
            x[i * T + t] = t < i * 5 % (T + 1) ? 0 : (int32_t)(1 + (i * 7 + t * 3) % (V - 1));
}

static void fill_padded(struct data *data) {
    fill_data(data, "binary_crossentropy", 1);
    fill_padded_rows(data->x, N);
}

static mood_model *padded_model(mood_device *device, const char *layers) {
    mood_model *model;
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, layers);
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_compile(model, NULL, err));
    return model;
}

/* The same model twice; one of them does not share padding. */
struct pair {
    mood_device *device;
    mood_model *shared, *whole;
    struct data data;
};

static void pair_create(struct pair *pair, int device, const char *layers) {
    pair->device = devices_get(device);
    pair->shared = padded_model(pair->device, layers);
    pair->whole = padded_model(pair->device, layers);
    pair->whole->shares_padding = false;
    fill_padded(&pair->data);
}

static void pair_destroy(struct pair *pair) {
    mood_model_destroy(pair->shared);
    mood_model_destroy(pair->whole);
}

static void copy_weights(mood_model *from, mood_model *to) {
    mood_weight_info info;
    for (size_t i = 0; i < mood_model_count_weights(from); i++) {
        ck_ok(mood_model_weight_info(from, i, &info, err));
        float *values = malloc(info.count * sizeof *values);
        ck_ok(mood_model_get_weight(from, i, values, info.count, err));
        ck_ok(mood_model_set_weight(to, i, values, info.count, err));
        free(values);
    }
}

/* Scores are bitwise identical, before and after weights change. */
static void compare_shared_padding(int device, const char *layers) {
    struct pair pair;
    float with[N] = {0}, without[N], other[N];
    pair_create(&pair, device, layers);
    for (int round = 0; round < 2; round++) {
        mood_fit_options fit = MOOD_FIT_OPTIONS;
        memcpy(other, with, sizeof with);
        ck_ok(mood_model_predict(pair.shared, pair.data.x, N, T, 4, with, err));
        ck_ok(mood_model_predict(pair.whole, pair.data.x, N, T, 0, without, err));
        ck_assert(pair.shared->predictor->schedule.shares_padding && !pair.whole->predictor->schedule.shares_padding);
        ck_assert_msg(memcmp(with, without, sizeof with) == 0, "%s", layers);
        ck_assert(round == 0 || memcmp(with, other, sizeof with) != 0);
        fit.epochs = 1;
        ck_ok(mood_model_fit(pair.shared, pair.data.x, N, T, pair.data.y, 1, &fit, NULL, err));
        copy_weights(pair.shared, pair.whole);
    }
    pair_destroy(&pair);
}

START_TEST(scores_do_not_depend_on_shared_padding) {
    static const char *const models[] = {"stl1", "NtL1", "sL1", "UtL1", "5Nl1"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        compare_shared_padding(_i, models[i]);
}
END_TEST

static void compare_gradients(const mood_model *model, const float *some, const float *others) {
    for (size_t i = 0; i < model->flat_count; i++)
        ck_assert_msg(fabsf(some[i] - others[i]) <= 1e-7f + 1e-5f * fabsf(others[i]), "%zu: %g, not %g", i,
                      (double)some[i], (double)others[i]);
}

/* The sums of gradients have another order. */
START_TEST(gradients_do_not_depend_on_shared_padding) {
    struct pair pair;
    pair_create(&pair, _i, "stsl1");
    float *with = gradients_of(pair.shared, &pair.data, 1, N), *without = gradients_of(pair.whole, &pair.data, 1, N);
    compare_gradients(pair.shared, with, without);
    free(with);
    free(without);
    pair_destroy(&pair);
}
END_TEST

START_TEST(gradients_do_not_depend_on_slices) {
    mood_device *device = devices_get(_i);
    mood_model *model = padded_model(device, "stsl1");
    struct data data;
    fill_padded(&data);
    float *at_once = gradients_of(model, &data, 1, N);
    for (size_t slice = 1; slice < N; slice += 3) {
        float *in_slices = gradients_of(model, &data, 1, slice);
        compare_gradients(model, in_slices, at_once);
        free(in_slices);
    }
    free(at_once);
    mood_model_destroy(model);
}
END_TEST

static void shrink_until_cut(mood_device *device, mood_model *model, bool training) {
    size_t rows = N;
    while (rows > N / 2) {
        device->info.memory_bytes /= 2;
        ck_ok(slice_to_fit(model, training, N, &rows, err));
    }
}

/* For any number of units and any batch: slices are never empty or too large, and consist of whole tiles for each
 * unit. */
START_TEST(slices_are_whole_tiles) {
    static const unsigned units[] = {1, 2, 3, 8, 64};
    mood_device *device = devices_open(_i);
    mood_model *model = padded_model(device, "stsl1");
    size_t rows, fit, cut = 0;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        device->info.compute_units = units[u];
        for (size_t B = 1; B < 1000000; B += 1 + B / 3) {
            ck_ok(slice_to_fit(model, true, B, &fit, err));
            ck_ok(slice_to_train(model, B, &rows, err));
            ck_assert_uint_gt(rows, 0);
            ck_assert_uint_le(rows, fit);
            if (rows == B || device_class(device) != CLASS_TILE)
                continue;
            ck_assert_uint_eq(rows % (units[u] * tiles_tallest(device)), 0);
            cut++;
        }
    }
    ck_assert_int_eq(cut > 0, device_class(device) == CLASS_TILE && device->info.type == MOOD_DEVICE_CPU);
    device->info.memory_bytes = 1;
    while (slice_to_fit(model, true, 100, &fit, NULL) != MOOD_OK)
        device->info.memory_bytes *= 2;
    ck_ok(slice_to_train(model, 100, &rows, err)); /* fewer rows than units */
    ck_assert(rows > 0 && rows <= fit);
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

static void compare_weights(mood_model *some, mood_model *others, float allowed) {
    for (size_t i = 0; i < mood_model_count_weights(some); i++) {
        mood_weight_info info;
        ck_ok(mood_model_weight_info(some, i, &info, err));
        float *a = malloc(info.count * sizeof *a), *b = malloc(info.count * sizeof *b);
        ck_assert(a && b);
        ck_ok(mood_model_get_weight(some, i, a, info.count, err));
        ck_ok(mood_model_get_weight(others, i, b, info.count, err));
        for (size_t k = 0; k < info.count; k++)
            ck_assert_msg(fabsf(a[k] - b[k]) <= allowed, "%s of %s, %zu: %g, not %g", info.name, info.layer, k,
                          (double)a[k], (double)b[k]);
        free(a);
        free(b);
    }
}

/* Several steps with batches that don't divide the rows. */
static void fit_some_steps(mood_model *model, const struct data *data, size_t batch) {
    mood_fit_options fit = MOOD_FIT_OPTIONS;
    fit.epochs = 4;
    fit.batch_size = batch;
    ck_ok(mood_model_fit(model, data->x, N, T, data->y, 1, &fit, NULL, err));
}

/* In each step the padding is computed with that step's weights, and its gradients are that step's. */
START_TEST(training_does_not_depend_on_shared_padding) {
    struct pair pair;
    pair_create(&pair, _i, "stsl1");
    fit_some_steps(pair.shared, &pair.data, 4);
    fit_some_steps(pair.whole, &pair.data, 4);
    compare_weights(pair.shared, pair.whole, 1e-5f);
    pair_destroy(&pair);
}
END_TEST

START_TEST(training_does_not_depend_on_slices) {
    mood_device *device = devices_open(_i);
    mood_model *at_once = padded_model(device, "stsl1"), *cut = padded_model(device, "stsl1");
    struct data data;
    fill_padded(&data);
    fit_some_steps(at_once, &data, 8);
    shrink_until_cut(device, cut, true);
    fit_some_steps(cut, &data, 8);
    compare_weights(at_once, cut, 1e-5f);
    mood_model_destroy(at_once);
    mood_model_destroy(cut);
    mood_device_destroy(device);
}
END_TEST

static void take_only(mood_device *device, unsigned height) {
    struct tiles parts[MOST_PARTS];
    tiles_take_only(device, height);
    for (size_t rows = 1; rows < 100; rows += 7) {
        ck_assert_uint_eq(device_tiles(device, rows).height, height);
        ck_assert_uint_eq(device_parts(device, rows, parts), 1);
    }
}

/* Set times for which the best division of rows has two heights: the given one and the lowest. */
static void take_two(mood_device *device, unsigned tall, size_t rows) {
    unsigned times[TALLEST_TILE + 1];
    struct tiles parts[MOST_PARTS];
    for (unsigned height = 1; height <= TALLEST_TILE; height++)
        times[height] = height == 1 || height == tall ? 10 + 10 * height : 1000;
    tiles_set_times(device, times);
    ck_assert_uint_eq(device_parts(device, rows, parts), 2);
    ck_assert_uint_eq(parts[0].height, tall);
    ck_assert_uint_eq(parts[1].height, 1);
    ck_assert_uint_eq(parts[1].items, device->info.compute_units);
}

/* The time of the slowest unit. */
static size_t time_of(const mood_device *device, const struct tiles *parts, size_t count) {
    size_t time = 0, units = device->info.compute_units;
    for (const struct tiles *part = parts; part < parts + count; part++) {
        size_t tiles = (part->end - part->first + part->height - 1) / part->height;
        time += (tiles + units - 1) / units * device->tile_times[part->height];
    }
    return time;
}

START_TEST(parts_have_all_rows) {
    mood_device *device = devices_open(_i);
    struct tiles parts[MOST_PARTS];
    size_t cut = 0;
    for (unsigned units = 1; units < 20; units++)
        for (size_t rows = 1; rows < 300; rows++) {
            device->info.compute_units = units;
            struct tiles whole = device_tiles(device, rows);
            size_t count = device_parts(device, rows, parts);
            ck_assert_uint_eq(parts[0].first, 0);
            ck_assert_uint_eq(parts[count - 1].end, rows);
            ck_assert(count == 1 || (parts[0].end == parts[1].first && parts[1].first < rows));
            for (size_t i = 0; i < count; i++) {
                size_t there = parts[i].end - parts[i].first;
                ck_assert_uint_gt(parts[i].items, 0);
                ck_assert_uint_le(parts[i].items, (there + parts[i].height - 1) / parts[i].height);
            }
            cut += count > 1;
            ck_assert(count == 1 || time_of(device, parts, 2) < time_of(device, &whole, 1));
        }
    ck_assert_uint_gt(cut, 0);
    mood_device_destroy(device);
}
END_TEST

/* Heights are chosen by measured times. For any times weights and scores are bitwise identical. */
static void compare_tiles(int index, const char *layers, bool tile_only) {
    mood_device *device = devices_open(index);
    struct data data;
    float scores[N], of_first[N];
    mood_model *first = NULL;
    if (tile_only && device_class(device) != CLASS_TILE) {
        mood_device_destroy(device);
        return;
    }
    fill_padded(&data);
    device->info.compute_units = 2;
    const unsigned tall = device->heights[2]; /* of 1, 2, 3, or 1, 2, 4, 6 */
    const size_t batch = 2 * (tall + 1);
    ck_assert_uint_lt(batch, N);
    for (const unsigned *height = device->heights; height == device->heights || height[-1]; height++) {
        mood_model *model = padded_model(device, layers);
        if (*height)
            take_only(device, *height);
        else
            take_two(device, tall, batch);
        fit_some_steps(model, &data, batch);
        ck_ok(mood_model_predict(model, data.x, N, T, N, scores, err));
        if (!first) {
            first = model;
            memcpy(of_first, scores, sizeof scores);
            continue;
        }
        compare_weights(model, first, 0);
        ck_assert_msg(memcmp(scores, of_first, sizeof scores) == 0, "%s", layers);
        mood_model_destroy(model);
    }
    mood_model_destroy(first);
    mood_device_destroy(device);
}

START_TEST(nothing_depends_on_tiles) {
    compare_tiles(_i, "stsl1", false);
    compare_tiles(_i, "NtL1", true); /* other classes compute a GRU step by step */
}
END_TEST

/* With a table for the folded Embedding, scores are bitwise identical. */
static void compare_folding(mood_model *model) {
    struct data data;
    float folded[N], plain[N];
    fill_padded(&data);
    ck_ok(mood_model_predict(model, data.x, N, T, N, folded, err));
    ck_assert_int_eq(model->folded, device_class(model->device) == CLASS_TILE);
    model->folded = false;
    context_destroy(model->predictor); /* its buffers are only for the folded model */
    model->predictor = NULL;
    if (model->shared_padding)
        ck_ok(shared_padding_forward(model->shared_padding, T, err));
    ck_ok(mood_model_predict(model, data.x, N, T, N, plain, err));
    ck_assert(!model->folded);
    ck_assert_int_eq(memcmp(folded, plain, sizeof plain), 0);
}

START_TEST(scores_do_not_depend_on_folding) {
    static const char *const models[] = {"stl1", "NtL1", "BF1", "C1", "Q1", "RF1", "T1", "HG1", "IF1", "KG1", "eJG1"};
    mood_device *device = devices_get(_i);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        mood_model *model = padded_model(device, models[i]);
        compare_folding(model);
        mood_model_destroy(model);
    }
}
END_TEST

/* A table larger than 64 MB is computed only if many words are scored. Scores are bitwise identical. */
START_TEST(a_large_table_is_made_for_many_words) {
    enum { WORDS = 140000, MANY = WORDS / T + 1 };
    mood_device *device = devices_get(_i);
    mood_model *model;
    int32_t *x = calloc((size_t)MANY * T, sizeof *x);
    float *many = calloc(MANY, sizeof *many), few[N], again[N];
    ck_assert(x && many);
    for (size_t i = 0; i < (size_t)MANY * T; i++)
        x[i] = (int32_t)(i * 7919 % WORDS);
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, "Embedding(140000, 4)", err));
    ck_ok(mood_model_add(model, "Bidirectional(LSTM(16))", err));
    ck_ok(mood_model_add(model, "Dense(1)", err));
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_predict(model, x, N, T, N, few, err));
    ck_assert(!model->folded);
    ck_ok(mood_model_predict(model, x, MANY, T, 0, many, err));
    ck_assert_int_eq(model->folded, device_class(model->device) == CLASS_TILE);
    ck_assert_int_eq(memcmp(few, many, sizeof few), 0);
    ck_ok(mood_model_predict(model, x, N, T, N, again, err)); /* the table is kept */
    ck_assert_int_eq(model->folded, device_class(model->device) == CLASS_TILE);
    ck_assert_int_eq(memcmp(few, again, sizeof few), 0);
    model->ready = false; /* as after training */
    ck_ok(mood_model_predict(model, x, N, T, N, again, err));
    ck_assert(!model->folded);
    ck_assert_int_eq(memcmp(few, again, sizeof few), 0);
    mood_model_destroy(model);
    free(x);
    free(many);
}
END_TEST

/* Two branches that begin with the Embedding and end with vectors. */
static void check_branches(mood_device *device, const char *const *one, const char *const *other, bool folds) {
    mood_model *model;
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(mood_model_add(model, "Embedding(23, 5, name='e')", err));
    ck_ok(append_layers(model, one, err));
    ck_ok(mood_model_connect(model, *other, (const char *[]){"e"}, 1, err));
    ck_ok(append_layers(model, other + 1, err));
    ck_ok(mood_model_connect(model, "Concatenate()", (const char *[]){"one", "other"}, 2, err));
    ck_ok(mood_model_add(model, "Dense(1, activation='sigmoid')", err));
    ck_ok(mood_model_build(model, T, 3, err));
    if (folds) {
        compare_folding(model);
    } else {
        float scores[N];
        struct data data;
        fill_padded(&data);
        ck_ok(mood_model_predict(model, data.x, N, T, N, scores, err));
        ck_assert(!model->folded);
    }
    mood_model_destroy(model);
}

/* All layers that use the Embedding are folded, or none if one of them cannot be. */
START_TEST(all_branches_are_folded_or_none) {
    mood_device *device = devices_get(_i);
    check_branches(device, LAYERS("Conv1D(7, 2, activation='relu')", "GlobalMaxPooling1D(name='one')"),
                   LAYERS("Conv1D(5, 3, activation='tanh')", "GlobalMaxPooling1D(name='other')"), true);
    check_branches(device, LAYERS("LSTM(4, name='one')"),
                   LAYERS("SpatialDropout1D(0.2)", "Bidirectional(GRU(3), name='other')"), true);
    check_branches(device, LAYERS("LSTM(4, name='one')"), LAYERS("GlobalMaxPooling1D(name='other')"), false);
}
END_TEST

/* Predict y [N*4] with a model. On a device without shared memory layers are launched one by one. */
static void predict_launched(mood_device *device, unsigned units, const char *layers, const struct data *data,
                             float *y) {
    mood_model *model;
    device->info.compute_units = units; /* the number of work-items that take groups of rows */
    memset(y, 0, N * 4 * sizeof *y);
    ck_ok(mood_model_create(device, &model, err));
    add_layers(model, layers);
    ck_ok(mood_model_build(model, T, 3, err));
    ck_ok(mood_model_predict(model, data->x, N, T, 4, y, err));
    ck_assert_int_eq(model->predictor->schedule.fused > 0, device->shares_memory && device_class(device) == CLASS_TILE);
    if (device_class(device) != CLASS_TILE)
        ck_assert_ptr_null(device->programs[0]); /* only the needed kernels are compiled */
    else if (device->shares_memory)
        ck_assert_ptr_null(device->programs[1]);
    mood_model_destroy(model);
}

START_TEST(scores_do_not_depend_on_how_layers_are_launched) {
    static const char *const models[] = {"stl1", "sgln3", "tl1", "wswlw3", "lm3",  "l",
                                         "sl",   "h1",    "L1",  "NtL1",   "sLn3", "Nl"};
    mood_device *sharing = devices_open(_i), *device = devices_open(_i);
    float together[N * 4], alone[N * 4];
    struct data data;
    device->shares_memory = false;
    fill_padded(&data);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        predict_launched(device, 2, models[i], &data, alone);
        for (unsigned units = 1; units <= 3; units++) {
            predict_launched(sharing, units, models[i], &data, together);
            ck_assert_msg(memcmp(together, alone, sizeof alone) == 0, "%s, %u units", models[i], units);
        }
    }
    mood_device_destroy(sharing);
    mood_device_destroy(device);
}
END_TEST

/* More groups of rows than work-items, with rows of all lengths: each row has the same score as alone. */
static void compare_work_items(int index, const char *layers) {
    enum { ROWS = 100 };
    static int32_t x[ROWS * T];
    float together[ROWS], alone[ROWS];
    mood_device *device = devices_open(index);
    mood_model *model = padded_model(device, layers);
    fill_padded_rows(x, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        ck_ok(mood_model_predict(model, x + i * T, 1, T, 1, alone + i, err));
    for (unsigned units = 1; units <= 3; units++) {
        device->info.compute_units = units;
        tiles_take_only(device, 1); /* not by measured times: with other heights each unit would get one item */
        ck_assert_uint_gt(device_tiles(device, ROWS).items, units);
        memset(together, 0, sizeof together);
        ck_ok(mood_model_predict(model, x, ROWS, T, ROWS, together, err));
        ck_assert_int_eq(memcmp(together, alone, sizeof alone), 0);
    }
    mood_model_destroy(model);
    mood_device_destroy(device);
}

START_TEST(scores_do_not_depend_on_the_work_item) {
    compare_work_items(_i, "stl1");
    compare_work_items(_i, "NtL1");
}
END_TEST

/* A device with less memory processes fewer rows at once, with the same scores; if one row does not fit, an error
 * says so. */
START_TEST(batches_are_cut_to_fit) {
    mood_device *device = devices_open(_i);
    mood_model *model = padded_model(device, "stsl1");
    mood_error said;
    struct data data;
    float at_once[N], cut[N];
    fill_padded(&data);
    ck_ok(mood_model_predict(model, data.x, N, T, N, at_once, err));
    shrink_until_cut(device, model, false);
    ck_ok(mood_model_predict(model, data.x, N, T, N, cut, err));
    ck_assert_int_eq(memcmp(at_once, cut, sizeof cut), 0);
    device->info.memory_bytes = 100;
    ck_assert_int_eq(mood_model_predict(model, data.x, N, T, N, cut, &said), MOOD_ERR_SHAPE);
    ck_assert_msg(strstr(said.message, "one row of 6 steps") && strstr(said.message, device->info.name), "%s",
                  said.message);
    mood_metrics *metrics;
    ck_assert_int_eq(mood_model_evaluate(model, data.x, N, T, data.y, 1, N, &metrics, &said), MOOD_ERR_SHAPE);
    mood_model_destroy(model);
    mood_device_destroy(device);
}
END_TEST

/* Sort indices by ids that have more than one digit; equal ids keep their order. */
START_TEST(ids_are_sorted) {
    enum { MANY = 5000 };
    mood_device *device = devices_get(0);
    mood_model *model;
    struct batch batch;
    int32_t x[N * T];
    struct rows rows = {.x = x, .n = N, .T = T};
    ck_ok(mood_model_create(device, &model, err));
    ck_ok(append_layers(model, LAYERS("Embedding(5000, 5)", "LSTM(4)"), err));
    ck_ok(mood_model_build(model, T, 3, err));
    for (size_t i = 0; i < N * T; i++)
        x[i] = (int32_t)(i * i * 613 % MANY / (i % 3 ? 1 : 700) + 1) % MANY;
    ck_ok(batch_create(model, N, 0, true, &batch, err));
    ck_ok(batch_load(&batch, model->queue, &rows, 0, N, err));
    const int32_t *packed = batch.host + batch.steps.x_at, *order = batch.host + batch.steps.order_at;
    const int32_t *bounds = batch.host + batch.steps.bounds_at, *ids = batch.host + batch.steps.ids_at;
    size_t n = batch.input.rows, segments = batch.input.segments;
    ck_assert_int_eq(bounds[0], 0);
    ck_assert_int_eq(bounds[segments], (int)n);
    for (size_t s = 0; s < segments; s++) {
        ck_assert(s == 0 || ids[s - 1] < ids[s]);
        for (int32_t i = bounds[s]; i < bounds[s + 1]; i++) {
            ck_assert_int_eq(packed[order[i]], ids[s]);
            ck_assert(i == bounds[s] || order[i - 1] < order[i]);
        }
    }
    batch_destroy(&batch);
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite;
    TCase *tcase = create_suite("batches", &suite);
    int devices = devices_count();
    tcase_add_loop_test(tcase, scores_do_not_depend_on_shared_padding, 0, devices);
    tcase_add_loop_test(tcase, gradients_do_not_depend_on_shared_padding, 0, devices);
    tcase_add_loop_test(tcase, gradients_do_not_depend_on_slices, 0, devices);
    tcase_add_loop_test(tcase, training_does_not_depend_on_shared_padding, 0, devices);
    tcase_add_loop_test(tcase, training_does_not_depend_on_slices, 0, devices);
    tcase_add_loop_test(tcase, scores_do_not_depend_on_the_work_item, 0, devices_count());
    tcase_add_loop_test(tcase, slices_are_whole_tiles, 0, devices_count());
    tcase_add_test(tcase, parts_have_all_rows);
    tcase_add_loop_test(tcase, nothing_depends_on_tiles, 0, devices_count());
    tcase_add_loop_test(tcase, scores_do_not_depend_on_folding, 0, devices);
    tcase_add_loop_test(tcase, all_branches_are_folded_or_none, 0, devices);
    tcase_add_loop_test(tcase, a_large_table_is_made_for_many_words, 0, devices);
    tcase_add_loop_test(tcase, scores_do_not_depend_on_how_layers_are_launched, 0, devices);
    tcase_add_loop_test(tcase, batches_are_cut_to_fit, 0, devices);
    tcase_add_test(tcase, ids_are_sorted);
    return run_suite(suite);
}
