/* Summary: the table that Keras prints. Source: keras/src/utils/summary_utils.py */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

enum { COLUMNS = 3 };

static const char *const headings[COLUMNS] = {"Layer (type)", "Output Shape", "Param #"};

/* Column widths between the bars: Keras's shares of the line, which its table printer then shrinks to the
 * line, a share of the excess from each column, rounded to even. */
static void column_widths(size_t columns, size_t width[COLUMNS]) {
    double line = columns ? (double)columns - 4 : 76;
    line = line > 88 ? 88 : line < 30 ? 30 : line;
    double ends[COLUMNS] = {floor(0.45 * line), floor(0.8 * line), line};
    double excess = -line + 4;
    for (int i = 0; i < COLUMNS; i++) {
        double w = ends[i] - (i ? ends[i - 1] : 0) + 2;
        width[i] = (size_t)w;
        excess += w;
    }
    for (int i = 0; i < COLUMNS; i++) {
        double share = nearbyint(excess / (COLUMNS - i));
        width[i] -= (size_t)share;
        excess -= share;
    }
}

static void rule(FILE *out, const size_t width[COLUMNS], const char *left, const char *line, const char *middle,
                 const char *right) {
    fputs(left, out);
    for (int i = 0; i < COLUMNS; i++) {
        for (size_t k = 0; k < width[i]; k++)
            fputs(line, out);
        fputs(i + 1 < COLUMNS ? middle : right, out);
    }
    fputc('\n', out);
}

static bool continues(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

static size_t characters(const char *text, size_t bytes) {
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += !continues(text[i]);
    return count;
}

/* How many bytes of text go on a line of `room` characters: up to a space where that is possible. */
static size_t line_of(const char *text, size_t room) {
    size_t bytes = 0, count = 0, at_space = 0;
    while (text[bytes]) {
        if (!continues(text[bytes]) && count++ == room)
            return at_space ? at_space : bytes;
        if (text[bytes] == ' ')
            at_space = bytes;
        bytes++;
    }
    return bytes;
}

static void row(FILE *out, const size_t width[COLUMNS], const char *bar, const char *const cells[COLUMNS]) {
    const char *rest[COLUMNS] = {cells[0], cells[1], cells[2]};
    do {
        for (int i = 0; i < COLUMNS; i++) {
            size_t room = width[i] - 2, bytes = line_of(rest[i], room), pad = room - characters(rest[i], bytes);
            bool right = i == COLUMNS - 1;
            fprintf(out, "%s %*s%.*s%*s ", bar, right ? (int)pad : 0, "", (int)bytes, rest[i], right ? 0 : (int)pad,
                    "");
            rest[i] += bytes;
            rest[i] += strspn(rest[i], " ");
        }
        fprintf(out, "%s\n", bar);
    } while (*rest[0] || *rest[1] || *rest[2]);
}

static void grouped(size_t number, char *text, size_t size) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%zu", number);
    size_t used = 0;
    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
}

static void total(FILE *out, const char *what, size_t count) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    char number[48];
    double bytes = (double)count * sizeof(float);
    size_t unit = 0;
    while (bytes >= 1024 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    grouped(count, number, sizeof number);
    fprintf(out, " %s: %s (%.2f %s)\n", what, number, bytes, units[unit]);
}

static void layer_row(FILE *out, const size_t width[COLUMNS], const struct layer *layer, bool built) {
    char name[160], shape[96] = "?", params[48] = "0 (unbuilt)";
    size_t count = 0;
    snprintf(name, sizeof name, "%s (%s)", layer->name, layer->type->class_name);
    if (built) {
        for (size_t i = 0; i < layer_count_variables(layer); i++)
            count += layer_variable(layer, i)->count;
        grouped(count, params, sizeof params);
        if (layer->out.kind == SHAPE_SEQUENCE)
            snprintf(shape, sizeof shape, "(None, %zu, %zu)", layer->out.T, layer->out.D);
        else
            snprintf(shape, sizeof shape, "(None, %zu)", layer->out.D);
    }
    row(out, width, "│", (const char *const[]){name, shape, params});
}

/* The optimizer's own numbers: its slots, the steps done, the learning rate if it is no schedule, and Nadam's product. */
static size_t count_optimizer(const mood_model *model) {
    struct slot slots[OPTIMIZER_MAX_SLOTS];
    if (!model->has_state)
        return 0;
    return optimizer_slots(model->optimizer, slots) * model->trainable_params + 1 +
           (optimizer_common(model->optimizer)->learning_rate.schedule == NULL) +
           (model->optimizer->type->factor != NULL);
}

mood_status mood_model_summary(const mood_model *model, size_t columns, char **text, mood_error *err) {
    size_t width[COLUMNS], size;
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory writing a summary");
    column_widths(columns, width);
    fprintf(out, "Model: \"%s\"\n", model->name);
    rule(out, width, "┏", "━", "┳", "┓");
    row(out, width, "┃", headings);
    rule(out, width, "┡", "━", "╇", "┩");
    for (size_t i = 0; i < model->layer_count; i++) {
        if (i)
            rule(out, width, "├", "─", "┼", "┤");
        layer_row(out, width, model->layers[i], model->built);
    }
    rule(out, width, "└", "─", "┴", "┘");
    size_t params = model->param_count, trainable = model->trainable_params, optimizer = count_optimizer(model);
    total(out, "Total params", params + optimizer);
    total(out, "Trainable params", trainable);
    total(out, "Non-trainable params", params - trainable);
    if (optimizer)
        total(out, "Optimizer params", optimizer);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(*text);
        *text = NULL;
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory writing a summary");
    }
    return MOOD_OK;
}
