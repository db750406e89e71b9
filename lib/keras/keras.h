/* The internals of lib/keras: Keras 3's file, a zip of config.json, metadata.json and model.weights.h5, and in
 * addition tokenizer.json and mood.json. save.c and load.c are the entry points. */
#ifndef KERAS_KERAS_H
#define KERAS_KERAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "base/errors.h"
#include "layers/keras_object.h"
#include "model/model.h"

struct blob {
    unsigned char *data; /* malloc'ed; NULL: none */
    size_t size;
};

/* ---- file.c: files --------------------------------------------------------------------------- */

/* Open a regular file for reading; for other types, such as a FIFO, return an error at once. *file is new (fclose). */
mood_status file_open(const char *path, FILE **file, size_t *size, mood_error *err);

/* Read a whole regular file of at most `most` bytes. */
mood_status file_read(const char *path, size_t most, struct blob *bytes, mood_error *err);

/* The same of an open file, which is closed. Its first byte must be one of starts (NULL: any); empty is an error. */
mood_status file_read_open(int fd, size_t most, const char *starts, struct blob *bytes, mood_error *err);

/* The same of JSON: how it begins is checked before the rest is read. */
mood_status file_read_json(const char *path, size_t most, struct blob *bytes, mood_error *err);
/* The same for a tokenizer: JSON or a pickle. */
mood_status file_read_tokenizer(const char *path, size_t most, struct blob *bytes, mood_error *err);

/* Replace a file atomically: write a temporary file next to it, then rename. On failure it is unchanged. */
mood_status file_replace(const char *path, const void *data, size_t size, mood_error *err);

/* ---- magic.c --------------------------------------------------------------------------------- */

/* The type of a file according to its first bytes [size], for "is …"; NULL: unknown. */
const char *magic_kind(const unsigned char *data, size_t size);

/* ---- archive.c: the zip ---------------------------------------------------------------------- */

enum member {
    MEMBER_METADATA,
    MEMBER_CONFIG,
    MEMBER_WEIGHTS,
    MEMBER_TOKENIZER,
    MEMBER_RECIPE,
    MEMBER_VOCABULARY,        /* of a TextVectorization, one word per line */
    MEMBER_LOOKUP_VOCABULARY, /* of the StringLookup in it: the same */
    MEMBER_NGRAMS,            /* of a model with a second input, of n-grams */
    MEMBER_COUNT
};

struct archive {
    struct blob members[MEMBER_COUNT];
    bool legacy;        /* the weights are in the format of an .h5 file: see legacy.h */
    bool vectorization; /* the model begins with a TextVectorization: see text_vectorization.c */
    bool makes_bags;    /* which makes bags of words; else ids */
};

#define TOKENIZER_MAX_SIZE ((size_t)256 << 20) /* of tokenizer.json, in a model's file or separate */
#define CONFIG_MAX_SIZE ((size_t)16 << 20)
#define WEIGHTS_MAX_SIZE ((size_t)4096 << 20)
#define MODEL_MAX_SIZE ((size_t)6144 << 20) /* of a file that is copied with all its members */

struct member_rule {
    const char *name;
    size_t max_size;
    const char *starts; /* one of these bytes comes first; NULL: any */
};
extern const struct member_rule member_rules[MEMBER_COUNT];

/* Forms of a Keras model that are not one weights file are refused by name. */
mood_status archive_check_weights(const struct archive *archive, bool has_shards, bool has_npz, mood_error *err);

/* Take the members that mood knows out of a zip; nothing else in it is read. From a file, which is closed, no more
 * than the directory and these members is read. */
mood_status archive_read(const void *data, size_t size, struct archive *archive, mood_error *err);
mood_status archive_read_file(FILE *file, struct archive *archive, mood_error *err);
/* Create a zip of all existing members, without compression, as Keras does. base: NULL, or a zip whose other
 * members are copied unchanged. The archive is cleared as soon as the zip has its members. */
mood_status archive_write(const struct blob *base, struct archive *archive, struct blob *bytes, mood_error *err);
void archive_clear(struct archive *archive);

/* ---- folder.c: the same, not zipped -------------------------------------------------------------- */

bool folder_is(const char *path);
mood_status folder_read(const char *path, struct archive *archive, mood_error *err);

/* ---- text_vectorization.c ------------------------------------------------------------------------ */

/* If the model begins with a TextVectorization, remove it from config.json and convert it to the tokenizer. */
mood_status archive_take_text_vectorization(struct archive *archive, mood_error *err);

/* ---- json.c ---------------------------------------------------------------------------------- */

/* *document is new (json_decref). member: its name, for messages. */
mood_status json_read(const struct blob *text, const char *member, json_t **document, mood_error *err);

/* ---- config_write.c, config_read.c: config.json ---------------------------------------------- */

/* The text of config.json. */
mood_status config_write(const mood_model *model, struct blob *text, mood_error *err);

/* The contents of config.json besides the layers. */
struct config {
    size_t T;         /* the input's length; 0: not fixed, or the model takes bags of words */
    bool has_weights; /* the file also contains the weights of the layers */
    json_t *compiled; /* its compile_config, owned by the document; NULL: none */
    json_t *document; /* json_decref */
};

/* Append the layers to an empty model, and read the other settings. metadata: metadata.json, which contains the
 * version of Keras; NULL or absent: the text itself may contain it. Without weights in the file, all initializers
 * must be supported. */
mood_status config_read(const struct blob *text, const struct blob *metadata, bool has_weights, mood_model *model,
                        struct config *config, mood_error *err);

/* ---- compile_config.c: loss and optimizer ---------------------------------------------------- */

/* Empty for a model that was never compiled. */
json_t *compile_write(const mood_model *model);
/* Compile a built model as its file says. If mood does not support this training, the model stays uncompiled, with
 * the reason (model->uncompiled); this is not an error. */
mood_status compile_read(json_t *compiled, mood_model *model, mood_error *err);

/* ---- ngrams_member.c: ngrams.json ---------------------------------------------------------------- */

/* Empty for a model without n-grams. */
mood_status ngrams_write(const mood_model *model, struct blob *member, mood_error *err);
/* Set the n-grams of an empty model; does nothing if there is no such member. */
mood_status ngrams_read(const struct blob *member, mood_model *model, mood_error *err);

/* ---- weights_write.c, weights_read.c: model.weights.h5 --------------------------------------- */

#define WEIGHTS_PATH_SIZE 160

/* The group of a layer in the file: "layers/lstm_1". It is numbered by class and does not depend on the layer's
 * name. */
void weights_folder(const mood_model *model, size_t layer, char path[WEIGHTS_PATH_SIZE]);
/* The path of one of its variables: "layers/lstm_1/cell/vars/0". */
void weights_path(const char *folder, const struct layer *layer, size_t index, char path[WEIGHTS_PATH_SIZE]);

/* Visit the optimizer's arrays in Keras's order: for each its path, "optimizer/vars/2", the slot, and the variable
 * `index` of a layer. first: the number of the first array; *next: that after them. Ends at the first status that is not
 * MOOD_OK. */
typedef mood_status slot_visitor(const char *path, int slot, const struct layer *layer, size_t index, void *user,
                                 mood_error *err);
mood_status weights_visit_slots(const mood_model *model, size_t first, slot_visitor *visit, void *user, size_t *next,
                                mood_error *err);
/* The number of the first slot's array: after the number of steps, and the learning rate unless it is a schedule. */
size_t weights_first_slot(const mood_model *model);

mood_status weights_write(const mood_model *model, struct blob *file, mood_error *err);

/* Check that the file contains what the model's layers need for rows of T time steps, before memory of that size is
 * allocated. */
mood_status weights_check(const struct blob *file, const mood_model *model, size_t T, mood_error *err);
/* Read into a built model; with_optimizer: also its state, if the file has one. */
mood_status weights_read(const struct blob *file, mood_model *model, bool optimizer, mood_error *err);

/* ---- recipe.c, recipe_*.c: tokenizer.json and mood.json ------------------------------------------------ */

/* Also computes the scores of the recipe's check texts. */
mood_status recipe_write(const mood_model *model, const mood_recipe *recipe, struct archive *archive, mood_error *err);

/* The rest of mood.json: the scores of the check texts at the time when the file was written, and the preparation of
 * texts, until a tokenizer takes it. Initialize with {0}; checks_clear. */
struct checks {
    size_t T;                        /* of the rows; 0: the file does not contain it */
    float *scores;                   /* [check_count, O] */
    size_t count;                    /* of scores */
    struct preparation *preparation; /* NULL: none */
};
void checks_clear(struct checks *checks);

/* *recipe is new; NULL: the archive has none. */
mood_status recipe_read(const struct archive *archive, mood_recipe **recipe, struct checks *checks, mood_error *err);
/* Give the file's preparation of texts to the recipe's tokenizer, if it has one. Errors: MOOD_ERR_ARGUMENT: it is a
 * TextVectorization. */
mood_status recipe_set_preparation(mood_recipe *recipe, struct checks *checks, mood_error *err);
/* Assign default labels to a recipe without labels: negative and positive, or numbers from 0. */
mood_status recipe_name_labels(mood_recipe *recipe, const mood_model *model, mood_error *err);

/* Errors: MOOD_ERR_ARGUMENT. */
mood_status recipe_options_check(const mood_recipe_options *options, mood_error *err);
/* *tokenizer is new; NULL: the options contain none, or an error, whose message contains the path. */
mood_status recipe_read_tokenizer(const mood_recipe_options *options, mood_tokenizer **tokenizer, mood_error *err);
/* Check that the options fit the model's input. Errors: MOOD_ERR_ARGUMENT. */
mood_status recipe_match_options(const mood_recipe_options *options, const mood_model *model, mood_error *err);
/* For a model of bags of words: assume a mode if there is no mood.json. Errors: mood.json is for the other kind of
 * input. */
mood_status recipe_choose_matrix(mood_recipe *recipe, const mood_model *model, mood_error *err);
/* If the recipe's tokenizer is a TextVectorization that makes bags of words, its mode becomes the recipe's. */
void recipe_follow_tokenizer(mood_recipe *recipe);
/* Set the model's mode to the recipe's. Errors: MOOD_ERR_FORMAT and MOOD_ERR_STATE if the tokenizer does not belong to
 * the model. */
mood_status recipe_set_matrix(const mood_recipe *recipe, mood_model *model, mood_error *err);
/* Complete a recipe for that model: the options take precedence over the file, and defaults are used for the rest.
 * *recipe: the file's; if NULL, it becomes a new one. *tokenizer: that of the options, or NULL; its ownership is
 * taken, and it becomes NULL. */
mood_status recipe_apply(mood_recipe **recipe, const mood_recipe_options *options, mood_tokenizer **tokenizer,
                         mood_model *model, mood_error *err);
/* Check that the model still gives those scores. */
mood_status recipe_check(const mood_recipe *recipe, const struct checks *checks, mood_model *model, mood_error *err);

/* ---- load.c ---------------------------------------------------------------------------------- */

/* mood_model_load from memory, and from the members of a zip. */
mood_status model_load_bytes(mood_device *device, const void *data, size_t size, const mood_recipe_options *options,
                             mood_model **model, mood_recipe **recipe, mood_error *err);
mood_status model_load_archive(mood_device *device, const struct archive *archive, const mood_recipe_options *options,
                               mood_model **model, mood_recipe **recipe, mood_error *err);

/* ---- digest.c -------------------------------------------------------------------------------- */

/* SHA-256 in hex of all weights, little-endian, in Keras's order (get_weights()). */
mood_status model_weights_digest(const mood_model *model, char hex[65], mood_error *err);

/* The digest of what determines scores and labels besides the texts' rows: that of the weights; with a temperature or a
 * threshold in the recipe, that of this digest and the two numbers. */
mood_status model_digest(const mood_model *model, const mood_recipe *recipe, char hex[65], mood_error *err);

#endif
