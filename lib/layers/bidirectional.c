/* Bidirectional: two recurrent layers, one of which runs through time backwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "layers/layer.h"

enum { FORWARD, BACKWARD, CHILDREN };
enum { OUT, D_FORWARD, D_BACKWARD };

static const char *const mode_names[] = {"concat", "sum", "ave", "mul", NULL};

struct bidirectional_settings {
    unsigned mode;
};

static enum merge_mode mode_of(const struct layer *layer) {
    return (enum merge_mode)((const struct bidirectional_settings *)layer->settings)->mode;
}

/* ---- the two layers ------------------------------------------------------------------------------ */

static bool flag_of(const struct layer *child, const char *key) {
    const bool *flag = layer_setting(child, key);
    return flag && *flag;
}

/* "forward_lstm" for "lstm", as Keras names it; a name that begins so stays. Fails if there is no room. */
static mood_status name_child(const struct layer *layer, struct layer *child, const char *prefix, mood_error *err) {
    char name[sizeof child->name + 16];
    if (strncmp(child->name, prefix, strlen(prefix)) == 0)
        return MOOD_OK;
    int length = snprintf(name, sizeof name, "%s%s", prefix, layer_label(child));
    if (length < 0 || (size_t)length >= sizeof child->name)
        return unsupported(err, "layer \"%s\": the name of its layer is longer than %zu bytes", layer_label(layer),
                           sizeof child->name - 1 - strlen(prefix));
    strcpy(child->name, name);
    return MOOD_OK;
}

/* Without a backward_layer it is a copy of the other one, which runs in the other direction. */
static mood_status make_backward(struct layer *layer, mood_error *err) {
    const struct layer *forward = layer->children[FORWARD];
    mood_status status = layer_copy(forward, &layer->children[BACKWARD], err);
    if (status != MOOD_OK)
        return status;
    struct layer *backward = layer->children[BACKWARD];
    const struct field *field = layer_type_field(backward->type, "go_backwards");
    bool *go_backwards = (bool *)((char *)backward->settings + field->offset);
    *go_backwards = !*go_backwards;
    if (strncmp(backward->name, "forward_", 8) == 0)
        memmove(backward->name, backward->name + 8, strlen(backward->name + 8) + 1);
    return MOOD_OK;
}

static mood_status check_child(const struct layer *layer, const struct layer *child, mood_error *err) {
    if (layer_setting(child, "go_backwards") && layer_setting(child, "return_sequences"))
        return MOOD_OK;
    return unsupported(err, "layer \"%s\": it takes a recurrent layer, not a %s", layer_label(layer),
                       child->type->class_name);
}

static mood_status check_pair(const struct layer *layer, mood_error *err) {
    const struct layer *forward = layer->children[FORWARD], *backward = layer->children[BACKWARD];
    if (flag_of(forward, "go_backwards") == flag_of(backward, "go_backwards"))
        return broken(err, "layer \"%s\": its two layers have the same go_backwards", layer_label(layer));
    if (flag_of(forward, "return_sequences") != flag_of(backward, "return_sequences"))
        return broken(err, "layer \"%s\": its two layers differ in return_sequences", layer_label(layer));
    if (forward->type->width(forward, 0) != backward->type->width(backward, 0))
        return unsupported(err, "layer \"%s\": its two layers have different units", layer_label(layer));
    return MOOD_OK;
}

static mood_status bidirectional_check(struct layer *layer, mood_error *err) {
    mood_status status = MOOD_OK;
    if (!layer->children[FORWARD])
        return broken(err, "layer \"%s\" has no \"layer\"", layer_label(layer));
    status = check_child(layer, layer->children[FORWARD], err);
    if (status == MOOD_OK && !layer->children[BACKWARD])
        status = make_backward(layer, err);
    if (status == MOOD_OK)
        status = check_child(layer, layer->children[BACKWARD], err);
    if (status == MOOD_OK)
        status = check_pair(layer, err);
    if (status == MOOD_OK)
        status = name_child(layer, layer->children[FORWARD], "forward_", err);
    return status == MOOD_OK ? name_child(layer, layer->children[BACKWARD], "backward_", err) : status;
}

/* ---- shapes and buffers -------------------------------------------------------------------------- */

static size_t bidirectional_width(const struct layer *layer, size_t in) {
    size_t units = layer->children[FORWARD]->type->width(layer->children[FORWARD], in);
    return mode_of(layer) == MODE_CONCAT ? 2 * units : units;
}

static void set_paths(struct layer *child, const char *group) {
    for (size_t i = 0; i < child->variable_count; i++) {
        struct variable *variable = &child->variables[i];
        char path[sizeof variable->path];
        snprintf(path, sizeof path, "%s%s%.16s", group, *variable->path ? "/" : "", variable->path);
        strcpy(variable->path, path);
    }
}

static mood_status bidirectional_build(struct layer *layer, const struct shape *in, mood_error *err) {
    mood_status status = MOOD_OK;
    for (int i = 0; i < CHILDREN && status == MOOD_OK; i++) {
        struct layer *child = layer->children[i];
        child->in = *in;
        child->index = layer->index + ((size_t)i << 16); /* random numbers of its own */
        child->trainable = child->trainable && layer->trainable;
        child->variable_count = 0;
        status = child->type->build(child, in, err);
        if (status == MOOD_OK)
            set_paths(child, i == FORWARD ? "forward_layer" : "backward_layer");
    }
    if (status != MOOD_OK)
        return status;
    layer->out = layer->children[FORWARD]->out;
    layer->out.D = bidirectional_width(layer, in->D);
    return MOOD_OK;
}

static mood_status bidirectional_prepare(struct layer *layer, struct queue *queue, mood_error *err) {
    mood_status status = MOOD_OK;
    for (int i = 0; i < CHILDREN && status == MOOD_OK; i++) {
        struct layer *child = layer->children[i];
        child->needs_backward = layer->needs_backward;
        status = child->type->prepare ? child->type->prepare(child, queue, err) : MOOD_OK;
    }
    return status;
}

static size_t bidirectional_table_bytes(const struct layer *layer, const struct layer *embedding,
                                        const mood_device *device) {
    size_t sum = 0;
    for (int i = 0; i < CHILDREN; i++) {
        const struct layer *child = layer->children[i];
        size_t bytes = child->type->table_bytes ? child->type->table_bytes(child, embedding, device) : 0;
        if (bytes == 0)
            return 0;
        sum += bytes;
    }
    return sum;
}

/* Both layers take the ids, or neither. */
static mood_status bidirectional_fold(struct layer *layer, const struct layer *embedding, struct queue *queue,
                                      bool *folded, mood_error *err) {
    mood_status status = MOOD_OK;
    *folded = true;
    for (int i = 0; i < CHILDREN && status == MOOD_OK && *folded; i++) {
        struct layer *child = layer->children[i];
        status = child->type->fold(child, embedding, queue, folded, err);
    }
    return status;
}

static mood_status plan_child(const struct layer *layer, int i, struct queue *queue, struct work *work,
                              mood_error *err) {
    struct work *child = &work->children[i];
    *child = (struct work){.B = work->B, .training = work->training, .counting = work->counting};
    mood_status status = layer->children[i]->type->plan(layer->children[i], queue, child, err);
    work_count_bytes(&work->bytes, child->bytes);
    if (child->largest > work->largest)
        work->largest = child->largest;
    return status;
}

static mood_status bidirectional_plan(const struct layer *layer, struct queue *queue, struct work *work,
                                      mood_error *err) {
    size_t rows = work->B * layer->out.T, bytes = layer->out.D * sizeof(float);
    work->children = calloc(LAYER_MAX_CHILDREN, sizeof *work->children);
    mood_status status = work->children ? MOOD_OK : out_of_memory(err, "planning a batch");
    for (int i = 0; i < CHILDREN && status == MOOD_OK; i++)
        status = plan_child(layer, i, queue, work, err);
    if (status == MOOD_OK)
        status = work_allocate(work, queue, rows, bytes, &work->buffers[OUT], err);
    if (status == MOOD_OK && work->training)
        status = work_allocate(work, queue, rows, layer->children[FORWARD]->out.D * sizeof(float),
                               &work->buffers[D_FORWARD], err);
    if (status == MOOD_OK && work->training)
        status = work_allocate(work, queue, rows, layer->children[FORWARD]->out.D * sizeof(float),
                               &work->buffers[D_BACKWARD], err);
    if (status == MOOD_OK && work->training)
        status = work_allocate(work, queue, work->B * layer->in.T, layer->in.D * sizeof(float), &work->d_in, err);
    return status;
}

/* ---- runs ------------------------------------------------------------------------------------------ */

static void launch_steps(struct launch *launch, const struct sequence *out) {
    const struct packing *packing = out->packing;
    launch_buffer(launch, packing ? &packing->steps : NULL);
    launch_buffer(launch, packing ? &packing->start : NULL);
    launch_int(launch, out->rows);
    launch_int(launch, packing ? packing->T : 1);
}

static mood_status merge(const struct layer *layer, const struct pass *pass, struct work *work, mood_error *err) {
    size_t H = layer->children[FORWARD]->out.D;
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "bidirectional_merge", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, &work->children[FORWARD].out.data);
    launch_buffer(&launch, &work->children[BACKWARD].out.data);
    launch_buffer(&launch, &work->buffers[OUT]);
    launch_steps(&launch, &work->out);
    launch_int(&launch, H);
    launch_int(&launch, mode_of(layer));
    return launch_run(&launch, layer_step_items(pass->queue->device, work->out.rows, H),
                      layer_group_size(pass->queue->device), err);
}

static mood_status bidirectional_run_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                                             const struct sequence *in, mood_error *err) {
    mood_status status = MOOD_OK;
    for (int i = 0; i < CHILDREN && status == MOOD_OK; i++)
        status = layer->children[i]->type->forward(layer->children[i], pass, &work->children[i], in, err);
    work->out = work->children[FORWARD].out;
    work->out.data = work->buffers[OUT];
    work->out.D = layer->out.D;
    return status == MOOD_OK ? merge(layer, pass, work, err) : status;
}

static mood_status split(const struct layer *layer, const struct pass *pass, struct work *work,
                         const struct buffer *d_out, mood_error *err) {
    size_t H = layer->children[FORWARD]->out.D;
    struct launch launch;
    mood_status status = launch_begin(pass->queue, "bidirectional_split", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, d_out);
    launch_buffer(&launch, &work->children[FORWARD].out.data);
    launch_buffer(&launch, &work->children[BACKWARD].out.data);
    launch_buffer(&launch, &work->buffers[D_FORWARD]);
    launch_buffer(&launch, &work->buffers[D_BACKWARD]);
    launch_steps(&launch, &work->out);
    launch_int(&launch, H);
    launch_int(&launch, mode_of(layer));
    return launch_run(&launch, layer_step_items(pass->queue->device, work->out.rows, H),
                      layer_group_size(pass->queue->device), err);
}

/* d_in is the sum of both layers'. */
static mood_status add_inputs(struct queue *queue, struct work *work, const struct sequence *in, mood_error *err) {
    mood_status status =
        layer_add_to(queue, &work->children[BACKWARD].d_in, &work->children[FORWARD].d_in, in->rows * in->D, err);
    struct buffer sum = work->children[FORWARD].d_in;
    work->children[FORWARD].d_in = work->d_in;
    work->d_in = sum;
    return status;
}

static mood_status bidirectional_run_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                                              const struct sequence *in, const struct buffer *d_out, unsigned want,
                                              mood_error *err) {
    mood_status status = split(layer, pass, work, d_out, err);
    for (int i = 0; i < CHILDREN && status == MOOD_OK; i++) {
        const struct layer *child = layer->children[i];
        unsigned child_want = child->trainable ? want : want & ~(unsigned)WANT_VARIABLES;
        const struct buffer *d_child = &work->buffers[i == FORWARD ? D_FORWARD : D_BACKWARD];
        status = child->type->backward(child, pass, &work->children[i], in, d_child, child_want, err);
    }
    return status == MOOD_OK && want & WANT_INPUT ? add_inputs(pass->queue, work, in, err) : status;
}

/* It is random if one of its layers is. */
static unsigned bidirectional_more_traits(const struct layer *layer) {
    return (layer_traits(layer->children[FORWARD]) | layer_traits(layer->children[BACKWARD])) & ROW_RANDOM;
}

static const struct bidirectional_settings defaults = {MODE_CONCAT};

static const struct field fields[] = {
    {"layer", FIELD_LAYER, FORWARD, NULL},
    {"merge_mode", FIELD_CHOICE, offsetof(struct bidirectional_settings, mode), mode_names},
    {"backward_layer", FIELD_LAYER, BACKWARD, NULL},
};

extern const struct layer_type bidirectional_type;
const struct layer_type bidirectional_type = {
    .class_name = "Bidirectional",
    .base_name = "bidirectional",
    .settings_size = sizeof(struct bidirectional_settings),
    .defaults = &defaults,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .traits = NEEDS_ALL_STEPS | USES_MASK,
    .more_traits = bidirectional_more_traits,
    .width = bidirectional_width,
    .check = bidirectional_check,
    .build = bidirectional_build,
    .prepare = bidirectional_prepare,
    .table_bytes = bidirectional_table_bytes,
    .fold = bidirectional_fold,
    .plan = bidirectional_plan,
    .forward = bidirectional_run_forward,
    .backward = bidirectional_run_backward,
};
