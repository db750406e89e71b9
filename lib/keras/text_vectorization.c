/* A model that begins with a TextVectorization, as Keras saves it, becomes one that begins with its Embedding, and the
 * layer becomes the tokenizer: the members of the archive are changed in memory. Keras saves the vocabulary in the
 * layer's config if it was given to the constructor, otherwise as a text file beside it. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "keras/legacy.h"
#include "text/vectorization_json.h"

static bool has_class(json_t *object, const char *name) {
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    return class_name && strcmp(class_name, name) == 0 && object_is_keras(object);
}

static json_t *layers_of(json_t *document) {
    return json_object_get(json_object_get(document, "config"), "layers");
}

/* The layer, if it is the first, with or without an InputLayer; NULL otherwise. */
static json_t *find_layer(json_t *document, json_t **input) {
    json_t *first = json_array_get(layers_of(document), 0);
    *input = has_class(first, "InputLayer") ? first : NULL;
    json_t *layer = *input ? json_array_get(layers_of(document), 1) : first;
    return has_class(layer, "TextVectorization") ? layer : NULL;
}

/* ---- what goes in -------------------------------------------------------------------------------- */

/* One text per row: [batch], or [batch, 1]. */
static mood_status check_shape(json_t *config, mood_error *err) {
    json_t *shape = json_object_get(config, "batch_shape");
    if (!shape)
        shape = json_object_get(config, "batch_input_shape");
    size_t rank = json_array_size(shape);
    if (rank == 1 || (rank == 2 && json_integer_value(json_array_get(shape, 1)) == 1))
        return MOOD_OK;
    return unsupported(err, "begins with a TextVectorization, but the shape of its input is neither () nor (1,)");
}

static mood_status check_input(json_t *input, mood_error *err) {
    json_t *config = json_object_get(input, "config");
    const char *dtype = json_string_value(json_object_get(config, "dtype"));
    if (!dtype || strcmp(dtype, "string") != 0)
        return unsupported(err, "begins with a TextVectorization, but the dtype of its input is not \"string\"");
    return check_shape(config, err);
}

/* Of a Functional model: the layer is called once, with the input. */
static mood_status check_call(json_t *layer, json_t *input, mood_error *err) {
    json_t *nodes = json_object_get(layer, "inbound_nodes"), *args = json_object_get(json_array_get(nodes, 0), "args");
    json_t *tensor = json_object_get(json_array_get(args, 0), "config");
    const char *source = json_string_value(json_array_get(json_object_get(tensor, "keras_history"), 0));
    const char *name = json_string_value(json_object_get(json_object_get(input, "config"), "name"));
    if (json_array_size(nodes) == 1 && json_array_size(args) == 1 && source && name && strcmp(source, name) == 0)
        return MOOD_OK;
    return unsupported(err, "is a Functional model in which the TextVectorization is not called once, with the input");
}

static mood_status read_length(json_t *config, json_t **length, mood_error *err) {
    *length = json_object_get(config, "output_sequence_length");
    if (!*length || json_is_null(*length))
        *length = json_null();
    else if (!json_is_integer(*length) || json_integer_value(*length) < 1)
        return broken(err, "TextVectorization: \"output_sequence_length\" is not a length");
    return MOOD_OK;
}

/* ---- the vocabulary -------------------------------------------------------------------------------- */

/* Keras writes the same file twice, for the layer and for the StringLookup inside. */
static mood_status find_lines(const struct archive *archive, const struct blob **lines, mood_error *err) {
    const struct blob *outer = &archive->members[MEMBER_VOCABULARY];
    const struct blob *inner = &archive->members[MEMBER_LOOKUP_VOCABULARY];
    *lines = inner->data ? inner : outer;
    if (!(*lines)->data)
        return broken(err, "has no vocabulary for its TextVectorization: neither a list in config.json nor the member "
                           "vocabulary.txt; save it in Keras with model.save(\"name.keras\")");
    if (outer->data && inner->data &&
        (outer->size != inner->size || memcmp(outer->data, inner->data, inner->size) != 0))
        return broken(err, "has two different vocabularies for its TextVectorization; save it in Keras again");
    return MOOD_OK;
}

static mood_status read_lines(const struct archive *archive, json_t *config, mood_error *err) {
    const struct blob *lines = NULL;
    struct bytes list = {0};
    mood_status status = find_lines(archive, &lines, err);
    if (status == MOOD_OK &&
        (status = vocabulary_lines_to_json((const char *)lines->data, lines->size, &list, err)) != MOOD_OK)
        mood_error_prefix(err, "vocabulary.txt");
    json_t *words = status == MOOD_OK ? json_loadb(list.data, list.size, JSON_ALLOW_NUL, NULL)
                                      : NULL; /* as it was just written */
    bytes_free(&list);
    if (status == MOOD_OK && (!words || json_object_set_new(config, "vocabulary", words) < 0))
        status = out_of_memory(err, "reading vocabulary.txt");
    return status;
}

static mood_status dump(json_t *document, struct blob *member, mood_error *err) {
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    if (!text)
        return out_of_memory(err, "reading config.json");
    free(member->data);
    *member = (struct blob){(unsigned char *)text, strlen(text)};
    return MOOD_OK;
}

/* Unless mood has given the file another tokenizer. */
static mood_status make_tokenizer(struct archive *archive, json_t *layer, mood_error *err) {
    json_t *config = json_object_get(layer, "config"), *words = json_object_get(config, "vocabulary");
    struct blob *member = &archive->members[MEMBER_TOKENIZER];
    if (member->data)
        return MOOD_OK;
    mood_status status = !words || json_is_null(words) ? read_lines(archive, config, err) : MOOD_OK;
    if (status != MOOD_OK)
        return status;
    json_t *document = json_pack("{s: s, s: O}", "class_name", "TextVectorization", "config", config);
    status = dump(document, member, err);
    json_decref(document);
    return status;
}

/* ---- the model without it --------------------------------------------------------------------------- */

/* An InputLayer for ids takes the layer's place and its name, which the layers after it refer to. Other settings of the
 * first InputLayer stay, so that they are checked. */
static json_t *make_input(json_t *layer, json_t *input, json_t *length) {
    json_t *made = input ? json_deep_copy(input) : json_pack("{s: s, s: {}}", "class_name", "InputLayer", "config");
    json_t *config = json_object_get(made, "config");
    json_t *name = json_object_get(json_object_get(layer, "config"), "name");
    bool named = made && json_object_set(config, "name", name) == 0 && json_object_set(made, "name", name) == 0 &&
                 json_object_set_new(config, "dtype", json_string("int64")) == 0 &&
                 json_object_set_new(config, "batch_shape", json_pack("[n, O]", length)) == 0;
    (void)json_object_del(config, "batch_input_shape");
    if (named)
        return made;
    json_decref(made);
    return NULL;
}

static mood_status replace_layer(json_t *document, json_t *layer, json_t *input, json_t *length, mood_error *err) {
    json_t *layers = layers_of(document), *made = make_input(layer, input, length);
    bool has_input = input != NULL;
    if (!made || json_array_set_new(layers, 0, made) < 0)
        return out_of_memory(err, "reading config.json");
    if (has_input)
        (void)json_array_remove(layers, 1); /* the layer; without an InputLayer it was replaced */
    (void)json_object_del(json_object_get(document, "config"), "build_input_shape"); /* of the texts */
    (void)json_object_del(document, "build_config");
    return MOOD_OK;
}

static mood_status take_layer(struct archive *archive, json_t *document, json_t *layer, json_t *input,
                              mood_error *err) {
    json_t *config = json_object_get(layer, "config"), *length = NULL;
    if (!json_is_string(json_object_get(config, "name")))
        return broken(err, "config.json has a layer without a name");
    mood_status status = input ? check_input(input, err) : MOOD_OK;
    if (status == MOOD_OK && has_class(document, "Functional"))
        status = check_call(layer, input, err);
    if (status == MOOD_OK)
        status = read_length(config, &length, err);
    if (status == MOOD_OK)
        status = make_tokenizer(archive, layer, err);
    if (status == MOOD_OK) {
        json_incref(layer); /* its settings are read while it is replaced */
        status = replace_layer(document, layer, input, length, err);
        json_decref(layer);
    }
    archive->vectorization = status == MOOD_OK;
    return status == MOOD_OK ? dump(document, &archive->members[MEMBER_CONFIG], err) : status;
}

mood_status archive_take_text_vectorization(struct archive *archive, mood_error *err) {
    const struct blob *config = &archive->members[MEMBER_CONFIG];
    json_t *document, *input = NULL;
    if (!config->data || !memmem(config->data, config->size, "TextVectorization", 17))
        return MOOD_OK;
    mood_status status = json_read(config, "config.json", &document, err);
    if (status != MOOD_OK)
        return status;
    status = config_upgrade(document, &archive->members[MEMBER_METADATA], err);
    json_t *layer = status == MOOD_OK ? find_layer(document, &input) : NULL;
    if (layer)
        status = take_layer(archive, document, layer, input, err);
    json_decref(document);
    return status;
}
