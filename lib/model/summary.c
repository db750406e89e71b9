/* Summary: the table that Keras prints. Source: keras/src/utils/summary_utils.py */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* A model with branches has another column: the inputs of each layer. */
enum { NAME, SHAPE, PARAMS, CONNECTIONS, MOST_COLUMNS };

struct table {
    FILE *out;
    int columns;
    size_t width[MOST_COLUMNS]; /* of each column, between the bars */
};

static const char *const headings[MOST_COLUMNS] = {"Layer (type)", "Output Shape", "Param #", "Connected to"};

/* Column widths between the bars: Keras's shares of the line, reduced as by its table printer: a share of the
 * excess from each column, rounded to even. */
static void set_widths(struct table *table, size_t columns) {
    static const double chain[] = {0.45, 0.8, 1}, branches[] = {0.3, 0.56, 0.74, 1};
    bool has_branches = table->columns == MOST_COLUMNS;
    const double *shares = has_branches ? branches : chain;
    double line = columns ? (double)columns - 4 : 76, most = has_branches ? 108 : 88, excess, end = 0;
    line = line > most ? most : line < 30 ? 30 : line;
    excess = table->columns + 1 - line;
    for (int i = 0; i < table->columns; i++) {
        double w = floor(shares[i] * line) - end + 2;
        end = floor(shares[i] * line);
        table->width[i] = (size_t)w;
        excess += w;
    }
    for (int i = 0; i < table->columns; i++) {
        double share = nearbyint(excess / (table->columns - i));
        table->width[i] -= (size_t)share;
        excess -= share;
    }
}

static void rule(const struct table *table, const char *left, const char *line, const char *middle, const char *right) {
    fputs(left, table->out);
    for (int i = 0; i < table->columns; i++) {
        for (size_t k = 0; k < table->width[i]; k++)
            fputs(line, table->out);
        fputs(i + 1 < table->columns ? middle : right, table->out);
    }
    fputc('\n', table->out);
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

/* The number of bytes that fit into a line of `room` characters: up to a space if possible. */
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

static void row(const struct table *table, const char *bar, const char *const cells[MOST_COLUMNS]) {
    const char *rest[MOST_COLUMNS];
    bool more = true;
    memcpy(rest, cells, sizeof rest);
    while (more) {
        more = false;
        for (int i = 0; i < table->columns; i++) {
            size_t room = table->width[i] - 2, bytes = line_of(rest[i], room), pad = room - characters(rest[i], bytes);
            bool right = i == PARAMS;
            fprintf(table->out, "%s %*s%.*s%*s ", bar, right ? (int)pad : 0, "", (int)bytes, rest[i],
                    right ? 0 : (int)pad, "");
            rest[i] += bytes;
            rest[i] += strspn(rest[i], " ");
            more = more || *rest[i];
        }
        fprintf(table->out, "%s\n", bar);
    }
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

/* Inputs as Keras writes them: "embedding[0][0], lstm[0][0]". The indices are those of a call and of an output;
 * here each layer has one of each. */
static void write_connections(const mood_model *model, const struct layer *layer, char *text, size_t size) {
    size_t used = (size_t)snprintf(text, size, "%s", layer->source_count ? "" : "-");
    for (size_t k = 0; k < layer->source_count && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s[0][0]", k ? ", " : "",
                                 model->layers[layer->sources[k]]->name);
}

static void layer_row(const struct table *table, const mood_model *model, const struct layer *layer) {
    char name[160], shape[96] = "?", params[48] = "0 (unbuilt)", connections[LAYER_MAX_INPUTS * 80];
    size_t count = 0;
    snprintf(name, sizeof name, "%s (%s)", layer->name, layer->type->class_name);
    if (model->built) {
        for (size_t i = 0; i < layer_count_variables(layer); i++)
            count += layer_variable(layer, i)->count;
        grouped(count, params, sizeof params);
        if (layer->out.kind == SHAPE_SEQUENCE)
            snprintf(shape, sizeof shape, "(None, %zu, %zu)", layer->out.T, layer->out.D);
        else
            snprintf(shape, sizeof shape, "(None, %zu)", layer->out.D);
    }
    write_connections(model, layer, connections, sizeof connections);
    row(table, "│", (const char *const[]){name, shape, params, connections});
}

/* The number of elements of the optimizer's state: its slots, the number of steps, the learning rate unless it is a
 * schedule, and Nadam's product. */
static size_t count_optimizer(const mood_model *model) {
    struct slot slots[OPTIMIZER_MAX_SLOTS];
    if (!model->has_state)
        return 0;
    return optimizer_slots(model->optimizer, slots) * model->trainable_params + 1 +
           (optimizer_common(model->optimizer)->learning_rate.schedule == NULL) +
           (model->optimizer->type->factor != NULL);
}

mood_status mood_model_summary(const mood_model *model, size_t columns, char **text, mood_error *err) {
    struct table table = {.columns = model_is_sequential(model) ? CONNECTIONS : MOST_COLUMNS};
    size_t size;
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_RETRYABLE, "out of memory writing a summary");
    table.out = out;
    set_widths(&table, columns);
    fprintf(out, "Model: \"%s\"\n", model->name);
    rule(&table, "┏", "━", "┳", "┓");
    row(&table, "┃", headings);
    rule(&table, "┡", "━", "╇", "┩");
    for (size_t i = 0; i < model->layer_count; i++) {
        if (i)
            rule(&table, "├", "─", "┼", "┤");
        layer_row(&table, model, model->layers[i]);
    }
    rule(&table, "└", "─", "┴", "┘");
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
