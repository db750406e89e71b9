/* The table of optimizers, and their common functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "optimizers/optimizer.h"

/* Each row is an optimizer: TYPE for `TYPE_type`. */
/* clang-format off */
#define OPTIMIZER_TYPES(row) \
    row(sgd)      \
    row(rmsprop)  \
    row(adam)     \
    row(adamw)    \
    row(adagrad)  \
    row(adadelta) \
    row(adamax)   \
    row(nadam)
/* clang-format on */

#define DECLARE(type) extern const struct optimizer_type type##_type;
#define ADDRESS(type) &type##_type,
OPTIMIZER_TYPES(DECLARE)
static const struct optimizer_type *const types[] = {OPTIMIZER_TYPES(ADDRESS)};
enum { TYPE_COUNT = sizeof types / sizeof *types };

const struct optimizer_type *optimizer_type_at(size_t index) {
    return index < TYPE_COUNT ? types[index] : NULL;
}

const struct optimizer_type *optimizer_type_find(const char *class_name) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcasecmp(types[i]->class_name, class_name) == 0)
            return types[i];
    return NULL;
}

void optimizer_type_list(char *names, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < TYPE_COUNT && used < size; i++)
        used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "", types[i]->class_name);
}

/* ---- an optimizer ------------------------------------------------------------------------------ */

static bool has_slot(const struct optimizer *optimizer, size_t slot) {
    const struct optimizer_type *type = optimizer->type;
    return !type->has_slot || type->has_slot(optimizer->settings, slot);
}

size_t optimizer_slots(const struct optimizer *optimizer, struct slot slots[OPTIMIZER_MAX_SLOTS]) {
    size_t count = 0;
    if (optimizer_common(optimizer)->use_ema)
        slots[count++] = (struct slot){.name = "average", .block = 0};
    for (size_t i = 0; i < optimizer->type->slot_count; i++)
        if (has_slot(optimizer, i)) {
            slots[count] = optimizer->type->slots[i];
            slots[count++].block++; /* after the average */
        }
    return count;
}

mood_status optimizer_create(const struct optimizer_type *type, struct optimizer **created, mood_error *err) {
    struct optimizer *optimizer = calloc(1, sizeof *optimizer);
    *created = NULL;
    if (optimizer)
        optimizer->settings = malloc(type->settings_size);
    if (!optimizer || !optimizer->settings) {
        free(optimizer);
        return out_of_memory(err, "making an optimizer");
    }
    optimizer->type = type;
    optimizer->product = 1;
    memcpy(optimizer->settings, type->defaults, type->settings_size);
    *created = optimizer;
    return MOOD_OK;
}

void optimizer_destroy(struct optimizer *optimizer) {
    if (!optimizer)
        return;
    free(optimizer->settings);
    free(optimizer);
}

mood_status optimizer_run(const struct optimizer *optimizer, const struct update *update, struct queue *queue,
                          const struct buffer *value, const struct buffer *gradient, const struct buffer *slots,
                          size_t count, size_t chunk, mood_error *err) {
    const struct optimizer_common *common = optimizer_common(optimizer);
    double decay = isnan(common->weight_decay) ? 0 : common->weight_decay * update->rate;
    size_t next = common->use_ema ? 1 : 0;
    struct launch launch;
    mood_status status = launch_begin(queue, optimizer->type->kernel, &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, value);
    launch_buffer(&launch, gradient);
    for (size_t i = 0; i < optimizer->type->slot_count; i++)
        launch_buffer(&launch, has_slot(optimizer, i) ? &slots[next++] : NULL);
    launch_int(&launch, (long long)count);
    launch_int(&launch, (long long)chunk);
    launch_float(&launch, (float)decay);
    optimizer->type->arguments(optimizer->settings, update, &launch);
    return launch_run(&launch, (count + chunk - 1) / chunk, chunk > 16 ? 1 : 64, err);
}
