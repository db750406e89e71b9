/* Learning rates and their schedules. Source: keras/src/optimizers/schedules/learning_rate_schedule.py */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "layers/keras_object.h"
#include "optimizers/learning_rate.h"

/* ---- the schedules ----------------------------------------------------------------------------- */

static const float pi = 3.14159265f;

/* Periods done; with staircase only whole ones. */
static float periods(const struct schedule_settings *s, float step) {
    float p = step / (float)s->decay_steps;
    return s->staircase ? floorf(p) : p;
}

static float exponential_decay(const struct schedule_settings *s, float step) {
    return (float)s->initial_learning_rate * powf((float)s->decay_rate, periods(s, step));
}

static float inverse_time_decay(const struct schedule_settings *s, float step) {
    return (float)s->initial_learning_rate / (1 + (float)s->decay_rate * periods(s, step));
}

/* values[i] up to and including step boundaries[i], the last value after that. */
static float piecewise_constant_decay(const struct schedule_settings *s, float step) {
    size_t i = 0;
    while (i < s->boundaries.count && (double)step > floor(s->boundaries.at[i]))
        i++;
    return (float)s->values.at[i];
}

static mood_status check_pieces(const struct schedule_settings *s, mood_error *err) {
    if (s->boundaries.count == 0 || s->values.count != s->boundaries.count + 1)
        return broken(err,
                      "PiecewiseConstantDecay has %zu boundaries and %zu values; it needs one boundary at least, "
                      "and one value more",
                      s->boundaries.count, s->values.count);
    for (size_t i = 1; i < s->boundaries.count; i++)
        if (s->boundaries.at[i] < s->boundaries.at[i - 1])
            return broken(err, "the boundaries of PiecewiseConstantDecay must increase");
    return MOOD_OK;
}

/* To end_learning_rate within decay_steps; with cycle, within the next multiple of them. */
static float polynomial_decay(const struct schedule_settings *s, float step) {
    float start = (float)s->initial_learning_rate, end = (float)s->end_learning_rate, steps = (float)s->decay_steps;
    if (s->cycle)
        steps *= step == 0 ? 1 : ceilf(step / steps);
    else
        step = fminf(step, steps);
    return (start - end) * powf(1 - step / steps, (float)s->power) + end;
}

static float cosine(float fraction, float alpha) {
    return (1 - alpha) * (0.5f * (1 + cosf(pi * fraction))) + alpha;
}

/* With a warm-up, linearly to warmup_target first. */
static float cosine_decay(const struct schedule_settings *s, float step) {
    float steps = (float)s->decay_steps, start = (float)s->initial_learning_rate, alpha = (float)s->alpha;
    if (isnan(s->warmup_target))
        return start * cosine(fminf(step, steps) / steps, alpha);
    float warmup = (float)s->warmup_steps, target = (float)s->warmup_target;
    step = fminf(step, steps + warmup);
    if (step < warmup)
        return (target - start) * (step / warmup) + start;
    return target * cosine((step - warmup) / steps, alpha);
}

/* Period i is t_mul^i times as long as the first one, and starts at m_mul^i times its rate. */
static float cosine_decay_restarts(const struct schedule_settings *s, float step) {
    float t_mul = (float)s->t_mul, alpha = (float)s->alpha, fraction = step / (float)s->first_decay_steps, restarts;
    if (t_mul == 1) {
        restarts = floorf(fraction);
        fraction -= restarts;
    } else {
        restarts = floorf(logf(1 - fraction * (1 - t_mul)) / logf(t_mul));
        float length = powf(t_mul, restarts), before = (1 - length) / (1 - t_mul);
        fraction = (fraction - before) / length;
    }
    float decayed = 0.5f * powf((float)s->m_mul, restarts) * (1 + cosf(pi * fraction));
    return (float)s->initial_learning_rate * ((1 - alpha) * decayed + alpha);
}

/* ---- the table --------------------------------------------------------------------------------- */

#define FIELD(key, kind)                                                                                               \
    { #key, kind, offsetof(struct schedule_settings, key), NULL }

static const struct field decay_fields[] = {FIELD(initial_learning_rate, FIELD_NUMBER),
                                            FIELD(decay_steps, FIELD_POSITIVE), FIELD(decay_rate, FIELD_NUMBER),
                                            FIELD(staircase, FIELD_BOOL)};
static const struct field piecewise_fields[] = {FIELD(boundaries, FIELD_NUMBERS), FIELD(values, FIELD_NUMBERS)};
static const struct field polynomial_fields[] = {
    FIELD(initial_learning_rate, FIELD_NUMBER), FIELD(decay_steps, FIELD_POSITIVE),
    FIELD(end_learning_rate, FIELD_NUMBER), FIELD(power, FIELD_NUMBER), FIELD(cycle, FIELD_BOOL)};
static const struct field cosine_fields[] = {FIELD(initial_learning_rate, FIELD_NUMBER),
                                             FIELD(decay_steps, FIELD_POSITIVE), FIELD(alpha, FIELD_NUMBER),
                                             FIELD(warmup_target, FIELD_OPTIONAL), FIELD(warmup_steps, FIELD_NUMBER)};
static const struct field restarts_fields[] = {FIELD(initial_learning_rate, FIELD_NUMBER),
                                               FIELD(first_decay_steps, FIELD_POSITIVE), FIELD(t_mul, FIELD_POSITIVE),
                                               FIELD(m_mul, FIELD_NUMBER), FIELD(alpha, FIELD_NUMBER)};

#define FIELDS(table) .fields = table, .field_count = sizeof table / sizeof *table
#define NO_DEFAULT(key) .key = -1

/* A default of -1: there is none. */
static const struct schedule_type types[] = {
    {.class_name = "ExponentialDecay",
     .defaults = {NO_DEFAULT(initial_learning_rate), NO_DEFAULT(decay_steps), NO_DEFAULT(decay_rate)},
     FIELDS(decay_fields),
     .rate = exponential_decay},
    {.class_name = "PiecewiseConstantDecay",
     FIELDS(piecewise_fields),
     .rate = piecewise_constant_decay,
     .check = check_pieces},
    {.class_name = "PolynomialDecay",
     .defaults = {NO_DEFAULT(initial_learning_rate), NO_DEFAULT(decay_steps), .end_learning_rate = 0.0001, .power = 1},
     FIELDS(polynomial_fields),
     .rate = polynomial_decay},
    {.class_name = "InverseTimeDecay",
     .defaults = {NO_DEFAULT(initial_learning_rate), NO_DEFAULT(decay_steps), NO_DEFAULT(decay_rate)},
     FIELDS(decay_fields),
     .rate = inverse_time_decay},
    {.class_name = "CosineDecay",
     .defaults = {NO_DEFAULT(initial_learning_rate), NO_DEFAULT(decay_steps), .warmup_target = NAN},
     FIELDS(cosine_fields),
     .rate = cosine_decay},
    {.class_name = "CosineDecayRestarts",
     .defaults = {NO_DEFAULT(initial_learning_rate), NO_DEFAULT(first_decay_steps), .t_mul = 2, .m_mul = 1},
     FIELDS(restarts_fields),
     .rate = cosine_decay_restarts},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

const struct schedule_type *schedule_type_find(const char *class_name) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcasecmp(types[i].class_name, class_name) == 0)
            return &types[i];
    return NULL;
}

double learning_rate_at(const struct learning_rate *rate, uint64_t step) {
    return rate->schedule ? (double)rate->schedule->rate(&rate->settings, (float)step) : rate->value;
}

/* ---- as JSON ----------------------------------------------------------------------------------- */

json_t *learning_rate_write(const struct learning_rate *rate) {
    if (!rate->schedule)
        return json_real(rate->value);
    json_t *config = json_object();
    for (size_t i = 0; i < rate->schedule->field_count; i++) {
        const struct field *field = &rate->schedule->fields[i];
        if (json_object_set_new(config, field->key, field_write(field, &rate->settings)) < 0) {
            json_decref(config);
            return NULL;
        }
    }
    return json_pack("{s: s, s: s, s: o, s: n}", "module", "keras.optimizers.schedules", "class_name",
                     rate->schedule->class_name, "config", config, "registered_name");
}

static mood_status read_settings(const struct schedule_type *type, json_t *config, struct schedule_settings *settings,
                                 mood_error *err) {
    const char *key;
    json_t *value;
    mood_status status = MOOD_OK;
    json_object_foreach(config, key, value) {
        const struct field *field = field_find(type->fields, type->field_count, key);
        if (field)
            status = field_read(field, value, settings, err);
        else if (strcmp(key, "name") != 0 && !setting_is_harmless(key, value))
            status = unsupported(err, "this version does not know \"%.64s\"", key);
        if (status != MOOD_OK)
            return status;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        bool is_number = field->kind == FIELD_NUMBER || field->kind == FIELD_POSITIVE;
        if (is_number && *(const double *)((const char *)settings + field->offset) < 0)
            return broken(err, "there is no \"%s\"", field->key);
    }
    return type->check ? type->check(settings, err) : MOOD_OK;
}

mood_status learning_rate_read(json_t *value, struct learning_rate *rate, mood_error *err) {
    static const struct field constant = {"learning_rate", FIELD_NUMBER, 0, NULL};
    if (!json_is_object(value)) {
        rate->schedule = NULL;
        return field_read(&constant, value, &rate->value, err);
    }
    const char *name = object_name(value);
    const struct schedule_type *type = name ? schedule_type_find(name) : NULL;
    if (!type)
        return unsupported(err, "the schedule %.64s is not one that this version knows", name ? name : "");
    struct schedule_settings settings = type->defaults;
    mood_status status = read_settings(type, json_object_get(value, "config"), &settings, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "%s", type->class_name);
        return status;
    }
    rate->schedule = type;
    rate->settings = settings;
    return MOOD_OK;
}
