/* The table of losses, and their common functions. */
#include "losses/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"

/* Each row is a loss: TYPE for `TYPE_type`. */
/* clang-format off */
#define LOSS_TYPES(row) \
    row(binary_crossentropy)             \
    row(categorical_crossentropy)        \
    row(sparse_categorical_crossentropy) \
    row(binary_focal_crossentropy)       \
    row(categorical_focal_crossentropy)  \
    row(hinge)                           \
    row(squared_hinge)                   \
    row(categorical_hinge)               \
    row(mean_squared_error)              \
    row(mean_absolute_error)             \
    row(mean_absolute_percentage_error)  \
    row(mean_squared_logarithmic_error)  \
    row(huber)                           \
    row(log_cosh)                        \
    row(cosine_similarity)               \
    row(kl_divergence)                   \
    row(poisson)
/* clang-format on */

#define DECLARE(type) extern const struct loss_type type##_type;
#define ADDRESS(type) &type##_type,
LOSS_TYPES(DECLARE)
static const struct loss_type *const types[] = {LOSS_TYPES(ADDRESS)};
enum { TYPE_COUNT = sizeof types / sizeof *types };

const struct loss_type *loss_type_at(size_t index) {
    return index < TYPE_COUNT ? types[index] : NULL;
}

const struct loss_type *loss_type_find(const char *name) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcasecmp(types[i]->class_name, name) == 0 || strcmp(types[i]->name, name) == 0 ||
            (types[i]->alias && strcasecmp(types[i]->alias, name) == 0))
            return types[i];
    return NULL;
}

void loss_type_list(char *names, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < TYPE_COUNT && used < size; i++)
        used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", types[i]->class_name);
}

mood_status loss_create(const struct loss_type *type, struct loss **made, mood_error *err) {
    struct loss *loss = calloc(1, sizeof *loss);
    *made = NULL;
    if (loss)
        loss->settings = malloc(type->settings_size + 1);
    if (!loss || !loss->settings) {
        free(loss);
        return out_of_memory(err, "making a loss");
    }
    loss->type = type;
    if (type->settings_size)
        memcpy(loss->settings, type->defaults, type->settings_size);
    *made = loss;
    return MOOD_OK;
}

void loss_destroy(struct loss *loss) {
    if (!loss)
        return;
    free(loss->settings);
    free(loss);
}

bool loss_from_logits(const struct loss *loss) {
    const struct field *field = field_find(loss->type->fields, loss->type->field_count, "from_logits");
    return field && *(const bool *)((const char *)loss->settings + field->offset);
}

/* ---- labels ---------------------------------------------------------------------------------- */

static bool is_class(float label, size_t O) {
    return label >= 0 && label < (float)O && label == floorf(label);
}

/* Keras converts labels 0 and 1 to -1 and 1 only if a batch has no other labels. With both 0 and -1 in the data, the
 * conversion would depend on the batch, so this is an error. */
static mood_status check_signs(const float *y, size_t n, size_t L, const char *name, mood_error *err) {
    bool zero = false, minus = false;
    for (size_t i = 0; i < n * L; i++) {
        zero |= y[i] == 0;
        minus |= y[i] == -1;
        if ((y[i] != 0 && y[i] != 1 && y[i] != -1) || (zero && minus))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                                  "row %zu: label %g: the labels of %s are 0 and 1, or -1 and 1", i / L, (double)y[i],
                                  name);
    }
    return MOOD_OK;
}

mood_status loss_check_labels(const struct loss_type *type, const float *y, size_t n, size_t L, size_t O,
                              mood_error *err) {
    for (size_t i = 0; i < n * L; i++)
        if (!isfinite(y[i]) || (type->takes_classes && !is_class(y[i], O)))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "row %zu: label %g is not %s", i / L,
                                  (double)y[i], type->takes_classes ? "a class of the model" : "a number");
    return type->signs ? check_signs(y, n, L, type->class_name, err) : MOOD_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

mood_status loss_launch(const struct loss *loss, const struct loss_run *run, struct queue *queue, mood_error *err) {
    const struct loss_type *type = loss->type;
    bool logits = run->logits || loss_from_logits(loss), own = logits && type->logits_kernel;
    struct launch launch;
    mood_status status = launch_begin(queue, own ? type->logits_kernel : type->kernel, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, run->values);
    launch_buffer(&launch, run->labels);
    launch_buffer(&launch, run->weights);
    launch_buffer(&launch, run->d_values);
    launch_buffer(&launch, run->row_loss);
    if (own)
        launch_buffer(&launch, run->row_correct);
    launch_int(&launch, (long long)run->B);
    launch_int(&launch, (long long)run->O);
    launch_int(&launch, (long long)run->batch);
    if (type->arguments)
        type->arguments(loss->settings, logits, &launch);
    return launch_run(&launch, run->B, 16, err);
}
