/* The line of --layers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "command.h"

static const char *const kind_names[] = {"embedding", "lstm", "dense"};
static const char *const activation_names[] = {"linear", "relu", "sigmoid", "tanh", "softmax"};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MOST_UNITS 1000000

static mood_status refuse(const char *word, const char *why, mood_error *err) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "--layers: '%s': %s", word, why);
}

/* The index of a name; COUNT of them when it is none, and then the error names the nearest. */
static mood_status find_name(const char *word, const char *name, const char *const *names, size_t count, size_t *index,
                             mood_error *err) {
    for (*index = 0; *index < count; (*index)++)
        if (strcmp(names[*index], name) == 0)
            return MOOD_OK;
    const char *nearest = nearest_name(name, names, count);
    char why[256], list[128] = "";
    for (size_t i = 0; i < count; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    if (nearest)
        snprintf(why, sizeof why, "unknown name '%.40s'; did you mean '%s'?", name, nearest);
    else
        snprintf(why, sizeof why, "unknown name '%.40s'; known names: %s", name, list);
    return refuse(word, why, err);
}

/* KIND:UNITS[:ACTIVATION], in a copy that may be cut up. */
static mood_status parse_layer(const char *word, struct layer_choice *layer, mood_error *err) {
    char copy[80];
    if (strlen(word) >= sizeof copy)
        return refuse(word, "too long", err);
    strcpy(copy, word);
    char *rest = copy, *kind = strsep(&rest, ":"), *units = strsep(&rest, ":"), *activation = strsep(&rest, ":");

    size_t index;
    mood_status status = find_name(word, kind, kind_names, COUNT(kind_names), &index, err);
    if (status)
        return status;
    layer->kind = (enum layer_kind)index;

    char *end = NULL;
    unsigned long count = units && *units >= '0' && *units <= '9' ? strtoul(units, &end, 10) : 0;
    if (count == 0 || count > MOST_UNITS || *end)
        return refuse(word, "needs a number of units, as in lstm:64", err);
    layer->units = count;

    layer->activation = MOOD_LINEAR;
    if (!activation)
        return MOOD_OK;
    if (layer->kind != LAYER_DENSE || rest)
        return refuse(word, "only a dense layer can have an activation, and only one", err);
    status = find_name(word, activation, activation_names, COUNT(activation_names), &index, err);
    layer->activation = (mood_activation)index; /* the names stand in the enumeration's order */
    return status;
}

mood_status architecture_parse(const char *line, struct architecture *architecture, mood_error *err) {
    char *copy = strdup(line);
    if (!copy)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = MOOD_OK;
    char *rest = NULL;
    architecture->count = 0;
    for (char *word = strtok_r(copy, " ,\t", &rest); word; word = strtok_r(NULL, " ,\t", &rest)) {
        if (architecture->count == ARCHITECTURE_MAX_LAYERS) {
            status = refuse(word, "too many layers", err);
            break;
        }
        struct layer_choice *layer = &architecture->layers[architecture->count];
        status = parse_layer(word, layer, err);
        if (status)
            break;
        if ((architecture->count == 0) != (layer->kind == LAYER_EMBEDDING)) {
            status = refuse(word, "the first layer must be an embedding, and no other layer can be one", err);
            break;
        }
        architecture->count++;
    }
    if (status == MOOD_OK && architecture->count == 0)
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "--layers: no layers given");
    free(copy);
    return status;
}

void architecture_article(struct architecture *architecture, size_t outputs, mood_activation last) {
    *architecture = (struct architecture){
        .layers = {{LAYER_EMBEDDING, 32, MOOD_LINEAR},
                   {LAYER_LSTM, 64, MOOD_LINEAR},
                   {LAYER_LSTM, 32, MOOD_LINEAR},
                   {LAYER_DENSE, 16, MOOD_RELU},
                   {LAYER_DENSE, outputs, last}},
        .count = 5,
    };
}

mood_status architecture_add(const struct architecture *architecture, size_t vocabulary, mood_model *model,
                             mood_error *err) {
    size_t last_lstm = 0;
    for (size_t i = 0; i < architecture->count; i++)
        if (architecture->layers[i].kind == LAYER_LSTM)
            last_lstm = i;

    for (size_t i = 0; i < architecture->count; i++) {
        const struct layer_choice *layer = &architecture->layers[i];
        mood_lstm_options lstm = MOOD_LSTM_OPTIONS;
        mood_dense_options dense = MOOD_DENSE_OPTIONS;
        mood_status status = MOOD_OK;
        lstm.return_sequences = i != last_lstm;
        dense.activation = layer->activation;
        switch (layer->kind) {
        case LAYER_EMBEDDING: status = mood_model_add_embedding(model, vocabulary, layer->units, NULL, err); break;
        case LAYER_LSTM: status = mood_model_add_lstm(model, layer->units, &lstm, err); break;
        case LAYER_DENSE: status = mood_model_add_dense(model, layer->units, &dense, err); break;
        }
        if (status)
            return status;
    }
    return MOOD_OK;
}
