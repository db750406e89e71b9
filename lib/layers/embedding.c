/* Embedding: ids to vectors. */
#include "layers/layer.h"

struct embedding_settings {
    size_t input_dim, output_dim;
    bool mask_zero;
    struct weight_settings embeddings;
};

enum { OUT };

static mood_status embedding_build(struct layer *layer, const struct shape *in, mood_error *err) {
    const struct embedding_settings *settings = layer->settings;
    if (in->kind != SHAPE_IDS)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT,
                              "layer %s: an Embedding takes ids, so it has to be the first layer", layer->name);
    layer->out = (struct shape){SHAPE_SEQUENCE, in->T, settings->output_dim};
    return layer_add_variable(layer, "embeddings", DIMS(settings->input_dim, settings->output_dim),
                              &settings->embeddings, err);
}

static unsigned embedding_more_traits(const struct layer *layer) {
    const struct embedding_settings *settings = layer->settings;
    return settings->mask_zero || layer->masks_zero_vectors ? MAKES_MASK : 0;
}

static size_t embedding_width(const struct layer *layer, size_t in) {
    (void)in;
    return ((const struct embedding_settings *)layer->settings)->output_dim;
}

static mood_status embedding_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err) {
    return work_allocate(work, queue, work->B, layer->out.T * layer->out.D * sizeof(float), &work->buffers[OUT], err);
}

static mood_status embedding_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                         const struct sequence *in, mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "embedding_forward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &in->data);
    launch_buffer(&launch, &layer->variables[0].value);
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_int(&launch, in->rows);
    launch_int(&launch, layer->out.D);
    work->out =
        (struct sequence){.data = work->buffers[OUT], .rows = in->rows, .D = layer->out.D, .packing = in->packing};
    return launch_run(&launch, in->rows, 64, err);
}

/* Ids have no gradient. */
static mood_status embedding_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                          const struct sequence *in, const struct buffer *d_out, unsigned want,
                                          mood_error *err) {
    const struct buffer *gradient = &layer->variables[0].gradient;
    size_t E = layer->out.D;
    struct launch launch;
    if (!(want & WANT_VARIABLES))
        return MOOD_OK;
    if (work->is_shared_padding) /* id 0 at all time steps; its row is the first */
        return layer_add_column_sums(pass->queue, d_out, in->rows, E, gradient, 0, err);
    mood_status status = launch_begin(pass->queue, "embedding_backward", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &in->order);
    launch_buffer(&launch, &in->bounds);
    launch_buffer(&launch, &in->ids);
    launch_buffer(&launch, gradient);
    launch_int(&launch, in->segments);
    launch_int(&launch, E);
    return launch_run(&launch, in->segments, 16, err);
}

static const struct embedding_settings defaults = {.embeddings = WEIGHT(INITIALIZER_RANDOM_UNIFORM)};

#define AT(member) offsetof(struct embedding_settings, member)
static const struct field fields[] = {
    {"input_dim", FIELD_SIZE, AT(input_dim), NULL},
    {"output_dim", FIELD_SIZE, AT(output_dim), NULL},
    {"mask_zero", FIELD_BOOL, AT(mask_zero), NULL},
    WEIGHT_FIELDS("embeddings", struct embedding_settings, embeddings),
};

const struct layer_type embedding_type = {
    .class_name = "Embedding",
    .base_name = "embedding",
    .settings_size = sizeof(struct embedding_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .more_traits = embedding_more_traits,
    .width = embedding_width,
    .build = embedding_build,
    .plan = embedding_plan,
    .forward = embedding_run_forward,
    .backward = embedding_run_backward,
};
