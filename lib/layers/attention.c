/* What attention layers share; the layers are in attention_layers.c and multi_head_attention.c. */
#include "base/errors.h"
#include "layers/attention.h"

enum attention_input attention_key(const struct layer *layer) {
    return layer->source_count > KEY ? KEY : VALUE;
}

mood_status attention_check_inputs(const struct layer *layer, const struct shape *in, mood_error *err) {
    size_t key = attention_key(layer);
    if (layer->source_count > ATTENTION_INPUTS)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: it takes 2 or 3 inputs, a query, a value and a key, not %zu", layer->name,
                              layer->source_count);
    for (size_t k = 0; k < layer->source_count; k++)
        if (in[k].kind != SHAPE_SEQUENCE)
            return layer_needs_sequence(layer, &in[k], err);
    if (in[key].T != in[VALUE].T)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: its value has %zu steps and its key %zu; they must be the same number",
                              layer->name, in[VALUE].T, in[key].T);
    return MOOD_OK;
}

mood_status attention_check_dropout(const struct layer *layer, float rate, mood_error *err) {
    if (!(rate >= 0 && rate < 1))
        return broken(err, "layer \"%s\": \"dropout\" is %g; it must be 0 to below 1", layer_label(layer),
                      (double)rate);
    return MOOD_OK;
}

size_t attention_row_numbers(size_t Tq, size_t heads, size_t Tv) {
    size_t numbers;
    return __builtin_mul_overflow(Tq, heads, &numbers) || __builtin_mul_overflow(numbers, Tv, &numbers) ? SIZE_MAX
                                                                                                        : numbers;
}

static size_t queries_of(const struct attention *a) {
    return packing_all(a->q_steps);
}

/* Set the first arguments, which the kernels of scores have in common. */
static void launch_scored(struct launch *launch, const struct attention *a) {
    launch_buffer(launch, a->q);
    launch_buffer(launch, a->k);
    launch_buffer(launch, a->scale);
    launch_buffer(launch, a->weight);
}

static void launch_sizes(struct launch *launch, const struct attention *a, size_t n) {
    launch_int(launch, n);
    launch_int(launch, a->q_steps->T);
    launch_int(launch, a->v_steps->T);
}

/* Set the arguments of kernels that run over the queries and read the values of the same row. */
static void launch_steps(struct launch *launch, const struct attention *a) {
    launch_buffer(launch, &a->q_steps->steps);
    launch_buffer(launch, &a->v_steps->steps);
    launch_buffer(launch, &a->v_steps->start);
    launch_sizes(launch, a, queries_of(a));
}

/* ---- forward -------------------------------------------------------------------------------------------- */

static mood_status make_scores(const struct attention *a, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_scores", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_scored(&launch, a);
    launch_buffer(&launch, a->weights);
    launch_steps(&launch, a);
    launch_int(&launch, a->heads);
    launch_int(&launch, a->D);
    launch_int(&launch, a->mode);
    launch_float(&launch, a->factor);
    return launch_run(&launch, queries_of(a) * a->heads * a->v_steps->T, 64, err);
}

static mood_status make_weights(const struct attention *a, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_softmax", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, a->weights);
    launch_buffer(&launch, &a->q_steps->steps);
    launch_buffer(&launch, &a->v_steps->start);
    launch_sizes(&launch, a, queries_of(a));
    launch_int(&launch, a->heads);
    return launch_run(&launch, queries_of(a) * a->heads, 16, err);
}

static mood_status drop(const struct attention *a, const struct buffer *x, const struct buffer *y, mood_error *err) {
    struct dropout dropout = {
        .rate = a->dropout, .packing = a->q_steps, .rows = queries_of(a), .D = a->heads * a->v_steps->T};
    return layer_dropout(a->layer, a->pass, &dropout, x, y, err);
}

static const struct buffer *used_weights(const struct attention *a) {
    return a->dropped ? a->dropped : a->weights;
}

static mood_status make_output(const struct attention *a, const struct buffer *out, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_output", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, used_weights(a));
    launch_buffer(&launch, a->v);
    launch_buffer(&launch, out);
    launch_steps(&launch, a);
    launch_int(&launch, a->heads);
    launch_int(&launch, a->Dv);
    return launch_run(&launch, queries_of(a) * a->heads * a->Dv, 64, err);
}

mood_status attention_forward(const struct attention *a, const struct buffer *out, mood_error *err) {
    if (queries_of(a) == 0) /* all rows are masked */
        return MOOD_OK;
    mood_status status = make_scores(a, err);
    if (status == MOOD_OK)
        status = make_weights(a, err);
    if (status == MOOD_OK && a->dropped)
        status = drop(a, a->weights, a->dropped, err);
    return status == MOOD_OK ? make_output(a, out, err) : status;
}

/* ---- backward ------------------------------------------------------------------------------------------- */

static mood_status weights_gradient(const struct attention *a, const struct buffer *d_out, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_d_weights", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, a->v);
    launch_buffer(&launch, a->d_scores);
    launch_steps(&launch, a);
    launch_int(&launch, a->heads);
    launch_int(&launch, a->Dv);
    status = launch_run(&launch, queries_of(a) * a->heads * a->v_steps->T, 64, err);
    return status == MOOD_OK && a->dropped ? drop(a, a->d_scores, a->d_scores, err) : status;
}

static mood_status scores_gradient(const struct attention *a, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_d_scores", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, a->weights);
    launch_buffer(&launch, a->d_scores);
    launch_int(&launch, queries_of(a));
    launch_int(&launch, a->heads);
    launch_int(&launch, a->v_steps->T);
    return launch_run(&launch, queries_of(a) * a->heads, 16, err);
}

static mood_status value_gradient(const struct attention *a, const struct buffer *d_out, const struct buffer *d_v,
                                  mood_error *err) {
    size_t n = packing_all(a->v_steps);
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_d_value", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, used_weights(a));
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, d_v);
    launch_buffer(&launch, &a->q_steps->steps);
    launch_buffer(&launch, &a->q_steps->start);
    launch_buffer(&launch, &a->v_steps->steps);
    launch_sizes(&launch, a, n);
    launch_int(&launch, a->heads);
    launch_int(&launch, a->Dv);
    return launch_run(&launch, n * a->heads * a->Dv, 64, err);
}

/* Compute dx, the gradient of queries, or of keys (of_key). */
static mood_status query_gradient(const struct attention *a, bool of_key, bool add, const struct buffer *dx,
                                  mood_error *err) {
    size_t n = packing_all(of_key ? a->v_steps : a->q_steps);
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_d_query", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_scored(&launch, a);
    launch_buffer(&launch, a->d_scores);
    launch_buffer(&launch, dx);
    launch_buffer(&launch, &a->q_steps->steps);
    launch_buffer(&launch, &a->q_steps->start);
    launch_buffer(&launch, &a->v_steps->steps);
    launch_buffer(&launch, &a->v_steps->start);
    launch_sizes(&launch, a, n);
    launch_int(&launch, a->heads);
    launch_int(&launch, a->D);
    launch_int(&launch, a->mode);
    launch_float(&launch, a->factor);
    launch_int(&launch, of_key);
    launch_int(&launch, add);
    return launch_run(&launch, n * a->heads * a->D, 64, err);
}

/* Add the gradient of scale, or of weight (of_weight). */
static mood_status scale_gradient(const struct attention *a, const struct attention_gradients *to, bool of_weight,
                                  mood_error *err) {
    size_t columns = a->mode == SCORE_ADDITIVE ? a->D : 1;
    struct launch launch;
    mood_status status = launch_begin(a->pass->queue, "attention_d_scale", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_scored(&launch, a);
    launch_buffer(&launch, a->d_scores);
    launch_buffer(&launch, of_weight ? NULL : to->partials);
    launch_buffer(&launch, of_weight ? to->partials : NULL);
    launch_steps(&launch, a);
    launch_int(&launch, a->D);
    launch_int(&launch, a->mode);
    launch_float(&launch, a->factor);
    status = launch_run(&launch, queries_of(a) * columns, 16, err);
    return status == MOOD_OK ? layer_add_column_sums(a->pass->queue, to->partials, queries_of(a), columns,
                                                     of_weight ? to->d_weight : to->d_scale, 0, err)
                             : status;
}

mood_status attention_backward(const struct attention *a, const struct buffer *d_out,
                               const struct attention_gradients *to, mood_error *err) {
    if (queries_of(a) == 0)
        return MOOD_OK;
    mood_status status = weights_gradient(a, d_out, err);
    if (status == MOOD_OK)
        status = scores_gradient(a, err);
    if (status == MOOD_OK && to->d_v)
        status = value_gradient(a, d_out, to->d_v, err);
    if (status == MOOD_OK && to->d_q)
        status = query_gradient(a, false, false, to->d_q, err);
    if (status == MOOD_OK && to->d_k)
        status = query_gradient(a, true, to->d_k == to->d_v, to->d_k, err);
    if (status == MOOD_OK && to->d_scale)
        status = scale_gradient(a, to, false, err);
    return status == MOOD_OK && to->d_weight ? scale_gradient(a, to, true, err) : status;
}
