/* Parses --layers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "command.h"

enum { EXPRESSION_SIZE = 4 * ARCHITECTURE_LAYER_SIZE, MAX_CLASSES = 64 };

static mood_status refuse(const char *word, const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "--layers: '%s': %s", word, why);
}

/* ---- one layer --------------------------------------------------------------------------------- */

/* The class name at the beginning of a word. */
static void class_of(const char *word, char class_name[ARCHITECTURE_LAYER_SIZE]) {
    snprintf(class_name, ARCHITECTURE_LAYER_SIZE, "%.*s", (int)strcspn(word, ":"), word);
}

static bool has_setting(const char *word, const char *setting) {
    char class_name[ARCHITECTURE_LAYER_SIZE];
    class_of(word, class_name);
    return mood_layer_has_setting(class_name, setting);
}

/* The part of a word that takes return_sequences: "lstm:64" of "bidirectional:lstm:64". NULL: no recurrent layer. */
static const char *recurrent_part(const char *word) {
    const char *colon = strchr(word, ':');
    if (has_setting(word, "return_sequences"))
        return word;
    return colon && has_setting(word, "layer") ? recurrent_part(colon + 1) : NULL;
}

/* A layer in Keras's notation while it is being written. */
struct expression {
    char *text; /* [EXPRESSION_SIZE] */
    bool has_arguments;
};

static void add_argument(struct expression *expression, const char *key, const char *value) {
    size_t used = strlen(expression->text);
    snprintf(expression->text + used, EXPRESSION_SIZE - 1 - used, "%s%s%s", expression->has_arguments ? ", " : "", key,
             value);
    expression->has_arguments = true;
}

/* Write a word as a layer in Keras's notation: "dense:16:relu" as "dense(16, activation=relu)",
 * "bidirectional:lstm:64" as "bidirectional(lstm(64))". sequences: return_sequences of the recurrent layer. */
static void write_expression(const char *word, size_t vocabulary, bool sequences, char text[EXPRESSION_SIZE]) {
    char copy[ARCHITECTURE_LAYER_SIZE], inner[EXPRESSION_SIZE], number[24], *rest = copy, *part;
    struct expression expression = {.text = text};
    snprintf(copy, sizeof copy, "%s", word);
    snprintf(text, EXPRESSION_SIZE, "%s(", strsep(&rest, ":"));
    if (has_setting(word, "input_dim")) {
        snprintf(number, sizeof number, "%zu", vocabulary);
        add_argument(&expression, "", number);
    }
    if (rest && has_setting(word, "layer")) {
        write_expression(rest, vocabulary, sequences, inner);
        add_argument(&expression, "", inner);
        rest = NULL;
    }
    while ((part = strsep(&rest, ":"))) {
        bool is_value = (*part && strchr("-.([", *part)) || (*part >= '0' && *part <= '9');
        add_argument(&expression, is_value || strchr(part, '=') ? "" : "activation=", part);
    }
    if (sequences && has_setting(word, "return_sequences"))
        add_argument(&expression, "return_sequences=", "True");
    strcat(text, ")");
}

static mood_status check_class(const char *word, mood_error *err) {
    const char *names[MAX_CLASSES];
    char class_name[ARCHITECTURE_LAYER_SIZE], lower[MAX_CLASSES][40], why[ARCHITECTURE_LAYER_SIZE + 300] = "";
    size_t count = 0, used;
    class_of(word, class_name);
    for (const char *name; count < MAX_CLASSES && (name = mood_layer_class_at(count)); count++) {
        size_t i = 0;
        if (strcasecmp(name, class_name) == 0)
            return MOOD_OK;
        for (; name[i] && i + 1 < sizeof *lower; i++)
            lower[count][i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 'a' - 'A' : name[i]);
        lower[count][i] = '\0';
        names[count] = lower[count];
    }
    const char *nearest = nearest_name(class_name, names, count);
    used = (size_t)snprintf(why, sizeof why, "unknown layer '%.40s'; ", class_name);
    if (nearest)
        snprintf(why + used, sizeof why - used, "did you mean '%s'?", nearest);
    else
        for (size_t i = 0; i < count && used < sizeof why; i++)
            used += (size_t)snprintf(why + used, sizeof why - used, "%s%s", i ? ", " : "known layers: ", names[i]);
    return refuse(word, why, err);
}

static mood_status check_word(const char *word, bool is_first, mood_error *err) {
    char expression[EXPRESSION_SIZE];
    mood_status status = check_class(word, err);
    if (status != MOOD_OK)
        return status;
    if (!is_first && has_setting(word, "input_dim"))
        return refuse(word, "only the first layer can be an embedding", err);
    write_expression(word, 2, false, expression);
    status = mood_layer_check(expression, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "--layers: '%s'", word);
    return status;
}

/* ---- the whole line ---------------------------------------------------------------------------- */

static mood_status add_word(const char *word, struct architecture *architecture, mood_error *err) {
    if (architecture->count == ARCHITECTURE_MAX_LAYERS)
        return refuse(word, "too many layers", err);
    if (strlen(word) >= ARCHITECTURE_LAYER_SIZE)
        return refuse(word, "too long", err);
    mood_status status = check_word(word, architecture->count == 0, err);
    if (status == MOOD_OK)
        strcpy(architecture->layers[architecture->count++], word);
    return status;
}

/* Cuts the next word off a line; NULL at the end. A list in brackets belongs to its word. */
static char *next_word(char **rest) {
    char *word = *rest + strspn(*rest, " ,\t"), *end = word;
    for (int depth = 0; *end && (depth > 0 || !strchr(" ,\t", *end)); end++)
        depth += (*end == '(' || *end == '[') - (*end == ')' || *end == ']');
    *rest = *end ? end + 1 : end;
    *end = '\0';
    return *word ? word : NULL;
}

mood_status architecture_parse(const char *line, struct architecture *architecture, mood_error *err) {
    char *copy = strdup(line), *rest = copy;
    if (!copy)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = MOOD_OK;
    architecture->count = 0;
    for (char *word; status == MOOD_OK && (word = next_word(&rest));)
        status = add_word(word, architecture, err);
    if (status == MOOD_OK && architecture->count == 0)
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "--layers: no layers given");
    free(copy);
    return status;
}

mood_status architecture_check_input(const struct architecture *architecture, bool bags, mood_error *err) {
    const char *first = architecture->layers[0];
    if (has_setting(first, "input_dim") != bags)
        return MOOD_OK;
    return refuse(first,
                  bags ? "an embedding takes rows of ids, not bags of words (--matrix)"
                       : "the first layer must be an embedding; for bags of words without one, add --matrix",
                  err);
}

void architecture_article(struct architecture *architecture, size_t dim, bool masks, size_t outputs,
                          const char *activation) {
    *architecture = (struct architecture){.layers = {"", "lstm:64", "lstm:32", "dense:16:relu"}, .count = 5};
    snprintf(architecture->layers[0], ARCHITECTURE_LAYER_SIZE, "embedding:%zu%s", dim ? dim : 32,
             masks ? ":mask_zero=True" : "");
    snprintf(architecture->layers[4], ARCHITECTURE_LAYER_SIZE, "dense:%zu:%s", outputs, activation);
}

void architecture_bags(struct architecture *architecture, size_t outputs, const char *activation) {
    *architecture = (struct architecture){.layers = {"dense:16:relu", "dropout:0.5"}, .count = 3};
    snprintf(architecture->layers[2], ARCHITECTURE_LAYER_SIZE, "dense:%zu:%s", outputs, activation);
}

/* Index of the last recurrent layer, which returns one vector; count if there is none. */
static size_t last_recurrent(const struct architecture *architecture) {
    size_t last = architecture->count;
    for (size_t i = 0; i < architecture->count; i++)
        if (recurrent_part(architecture->layers[i]))
            last = i;
    return last;
}

mood_status architecture_add(const struct architecture *architecture, size_t vocabulary, mood_model *model,
                             mood_error *err) {
    char expression[EXPRESSION_SIZE];
    size_t last = last_recurrent(architecture);
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < architecture->count && status == MOOD_OK; i++) {
        const char *word = architecture->layers[i];
        bool sequences = i != last && !strstr(word, "return_sequences=");
        write_expression(word, vocabulary, sequences, expression);
        status = mood_model_add(model, expression, err);
    }
    return status;
}
