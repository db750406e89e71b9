/* The inside of lib/keras: Keras 3's file, a zip of config.json, metadata.json and model.weights.h5, with
 * tokenizer.json and mood.json beside them. save.c and load.c are the two ways through it. */
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
    unsigned char *data; /* malloc'ed; NULL when there are none */
    size_t size;
};

/* ---- file.c: files --------------------------------------------------------------------------- */

/* Open a regular file for reading; others (a FIFO, say) are an error at once. *file is new (fclose). */
mood_status file_open(const char *path, FILE **file, size_t *size, mood_error *err);

/* A regular file whole, of at most so many bytes [most]. */
mood_status file_read(const char *path, size_t most, struct blob *bytes, mood_error *err);

/* The same of an open file, which is closed. Its first byte must be one of starts (NULL: any); empty is an error. */
mood_status file_read_open(int fd, size_t most, const char *starts, struct blob *bytes, mood_error *err);

/* The same of JSON: how it begins is checked before the rest is read. */
mood_status file_read_json(const char *path, size_t most, struct blob *bytes, mood_error *err);
/* The same of a tokenizer: JSON or a pickle. */
mood_status file_read_tokenizer(const char *path, size_t most, struct blob *bytes, mood_error *err);

/* Put those bytes in the place of a file, or leave it as it was: written beside it, then renamed. */
mood_status file_replace(const char *path, const void *data, size_t size, mood_error *err);

/* ---- magic.c --------------------------------------------------------------------------------- */

/* What the first bytes [size] of a file say that it is, for "is …"; NULL when they are none of the known. */
const char *magic_kind(const unsigned char *data, size_t size);

/* ---- archive.c: the zip ---------------------------------------------------------------------- */

enum member {
    MEMBER_METADATA,
    MEMBER_CONFIG,
    MEMBER_WEIGHTS,
    MEMBER_TOKENIZER,
    MEMBER_RECIPE,
    MEMBER_VOCABULARY,        /* of a TextVectorization, one word per line */
    MEMBER_LOOKUP_VOCABULARY, /* of the StringLookup inside it: the same */
    MEMBER_COUNT
};

struct archive {
    struct blob members[MEMBER_COUNT];
    bool legacy;        /* the weights are those of an .h5 file: see legacy.h */
    bool vectorization; /* the model begins with a TextVectorization: see text_vectorization.c */
    bool makes_bags;    /* which makes bags of words; else ids */
};

#define TOKENIZER_MAX_SIZE ((size_t)256 << 20) /* of tokenizer.json, in a model's file or beside it */
#define CONFIG_MAX_SIZE ((size_t)16 << 20)
#define WEIGHTS_MAX_SIZE ((size_t)4096 << 20)
#define MODEL_MAX_SIZE ((size_t)6144 << 20) /* of a file that is copied with all of its members */

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
/* A zip of all members that are there, stored without compression as Keras does. base: NULL, or a zip whose members of
 * other names are copied as they are. */
mood_status archive_write(const struct blob *base, const struct archive *archive, struct blob *bytes, mood_error *err);
void archive_clear(struct archive *archive);

/* ---- folder.c: the same, not zipped -------------------------------------------------------------- */

bool folder_is(const char *path);
mood_status folder_read(const char *path, struct archive *archive, mood_error *err);

/* ---- text_vectorization.c ------------------------------------------------------------------------ */

/* If the model begins with a TextVectorization, take it out of config.json and make it the tokenizer. */
mood_status archive_take_text_vectorization(struct archive *archive, mood_error *err);

/* ---- json.c ---------------------------------------------------------------------------------- */

/* *document is new (json_decref). member is its name, for messages. */
mood_status json_read(const struct blob *text, const char *member, json_t **document, mood_error *err);

/* ---- config_write.c, config_read.c: config.json ---------------------------------------------- */

/* The text of config.json. */
mood_status config_write(const mood_model *model, struct blob *text, mood_error *err);

/* What config.json says beside the layers. */
struct config {
    size_t T;         /* the input's length; 0 when the file leaves it open, or the model takes bags of words */
    bool has_weights; /* the layers' weights are in a file beside it */
    json_t *compiled; /* its compile_config, owned by the document; NULL without */
    json_t *document; /* json_decref */
};

/* Append the layers to an empty model, and find the rest. metadata: metadata.json, which has the version of Keras; NULL or
 * absent: the text itself may have it. Without weights beside it every initializer has to be one that mood knows. */
mood_status config_read(const struct blob *text, const struct blob *metadata, bool has_weights, mood_model *model,
                        struct config *config, mood_error *err);

/* ---- compile_config.c: loss and optimizer ---------------------------------------------------- */

/* Empty for a model that was never compiled. */
json_t *compile_write(const mood_model *model);
/* Compile a built model as its file says. Where mood does not train like that the model stays uncompiled, with the
 * reason (model->uncompiled); that is no error. */
mood_status compile_read(json_t *compiled, mood_model *model, mood_error *err);

/* ---- weights_write.c, weights_read.c: model.weights.h5 --------------------------------------- */

#define WEIGHTS_PATH_SIZE 160

/* The group of a layer in the file: "layers/lstm_1", numbered by class whatever the layer's own name. */
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
/* The number of their first array: after the steps done, and the learning rate if it is no schedule. */
size_t weights_first_slot(const mood_model *model);

mood_status weights_write(const mood_model *model, struct blob *file, mood_error *err);

/* Whether the file holds what the model's layers need for rows of T steps; before anything of that size is
 * allocated. */
mood_status weights_check(const struct blob *file, const mood_model *model, size_t T, mood_error *err);
/* Into a built model. With optimizer, its state too, where the file has one. */
mood_status weights_read(const struct blob *file, mood_model *model, bool optimizer, mood_error *err);

/* ---- recipe.c, recipe_*.c: tokenizer.json and mood.json ------------------------------------------------ */

/* Scores the recipe's check texts. */
mood_status recipe_write(const mood_model *model, const mood_recipe *recipe, struct archive *archive, mood_error *err);

/* Scores that check texts had when the file was written. */
struct checks {
    size_t T;      /* of the rows; 0 when the file does not say */
    float *scores; /* [check_count, O] */
    size_t count;  /* of scores */
};

/* *recipe is new, or NULL when the archive has none. */
mood_status recipe_read(const struct archive *archive, mood_recipe **recipe, struct checks *checks, mood_error *err);
/* Give labels to a recipe that has none: negative and positive, or numbers from 0. */
mood_status recipe_name_labels(mood_recipe *recipe, const mood_model *model, mood_error *err);

/* Errors: MOOD_ERR_ARGUMENT. */
mood_status recipe_options_check(const mood_recipe_options *options, mood_error *err);
/* *tokenizer is new, or NULL if the options give none, and on failure, whose message names the path. */
mood_status recipe_read_tokenizer(const mood_recipe_options *options, mood_tokenizer **tokenizer, mood_error *err);
/* Whether these options are for the model's input. Errors: MOOD_ERR_ARGUMENT. */
mood_status recipe_match_options(const mood_recipe_options *options, const mood_model *model, mood_error *err);
/* For a model of bags of words: assume a mode if there is no mood.json. Errors: mood.json is for the other kind of
 * input. */
mood_status recipe_choose_matrix(mood_recipe *recipe, const mood_model *model, mood_error *err);
/* If the recipe's tokenizer is a TextVectorization that makes bags of words, its mode becomes the recipe's. */
void recipe_follow_tokenizer(mood_recipe *recipe);
/* Set the model's mode to the recipe's. Errors: MOOD_ERR_FORMAT and MOOD_ERR_STATE if the tokenizer does not belong to
 * the model. */
mood_status recipe_set_matrix(const mood_recipe *recipe, mood_model *model, mood_error *err);
/* Complete a recipe for that model: the options replace what the file says, defaults stand for what neither says.
 * *recipe: the file's, or NULL, which becomes a new one. *tokenizer: that of the options, or
 * NULL; the recipe takes it, which leaves NULL. */
mood_status recipe_apply(mood_recipe **recipe, const mood_recipe_options *options, mood_tokenizer **tokenizer,
                         mood_model *model, mood_error *err);
/* Whether the model still gives those scores. */
mood_status recipe_check(const mood_recipe *recipe, const struct checks *checks, mood_model *model, mood_error *err);

/* ---- load.c ---------------------------------------------------------------------------------- */

/* mood_model_load from memory, and from a zip's members. */
mood_status model_load_bytes(mood_device *device, const void *data, size_t size, const mood_recipe_options *options,
                             mood_model **model, mood_recipe **recipe, mood_error *err);
mood_status model_load_archive(mood_device *device, const struct archive *archive, const mood_recipe_options *options,
                               mood_model **model, mood_recipe **recipe, mood_error *err);

/* ---- digest.c -------------------------------------------------------------------------------- */

/* SHA-256 in hex over all weights, little-endian, in Keras's order (get_weights()). */
mood_status model_weights_digest(const mood_model *model, char hex[65], mood_error *err);

#endif
