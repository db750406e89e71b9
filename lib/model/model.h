/* The internals of mood_model, for lib/model, lib/keras and lib/scorer.c. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "device/device.h"
#include "layers/layer.h"
#include "model/bag.h"
#include "model/head.h"
#include "model/ngrams.h"
#include "model/objective.h"
#include "mood/model.h"
#include "optimizers/optimizer.h"

struct mood_model {
    mood_device *device;
    struct queue *queue; /* owned; scorers create one per thread */
    char name[64];       /* as in Keras: "sequential" */
    struct layer **layers;
    size_t layer_count;
    struct bag bag;             /* of a model of bags of words: its input */
    struct ngram_input *ngrams; /* of a model of ids: its second input, bags of n-grams; NULL: none */

    /* Set by mood_model_build. */
    bool built;
    size_t T;                    /* 0: bags of words, whose rows of ids have any length */
    size_t param_count;          /* number of elements of all weights */
    size_t trainable_params;     /* those of trainable weights */
    size_t flat_count;           /* floats in the flat buffer of weights, alignment included */
    size_t trainable_count;      /* its first part: the trainable variables */
    struct buffer values;        /* [flat_count] */
    unsigned char *masked_words; /* [V], of a model with a Masking layer: 1 if the word is masked; else NULL */
    bool deterministic;        /* training passes are those of inference, and compute gradients of the input (copy.h) */
    bool shares_padding;       /* padding at the beginning of rows is computed once for all; tests disable it */
    bool prepared;             /* the layers' derived buffers are up to date */
    unsigned tile_height;      /* of predictions in one launch; 0: chosen by the device, see stages.c */
    struct context *predictor; /* the last context of predict and evaluate; NULL: none */

    /* Additional data for inference; set by model_prepare_inference. */
    bool ready;
    bool folded;                    /* the layer after the Embedding takes ids */
    size_t words;                   /* ids scored with these weights, without padding */
    size_t max_table_bytes;         /* the limit that decided `folded` */
    struct context *shared_padding; /* the context of shared padding */

    /* Set by mood_model_compile or by loading a file; the buffers by the first fit or by loading. */
    bool compiled;
    mood_compile_options compile; /* strings of the settings below; a model with only a loss has no optimizer */
    struct objective objective;  /* a file's loss is kept even if its optimizer is not supported, and its metrics as far
                                    as mood supports them */
    mood_error uncompiled;       /* the reason why the training of a file can't be continued; status MOOD_OK: none */
    char *compile_config;        /* of the file, as JSON, to write back unsupported settings; NULL: none */
    struct head_loss head;       /* meaning of the outputs according to the loss, even if mood can't train with it */
    struct optimizer *optimizer; /* NULL: not compiled */
    char *optimizer_text;        /* as an expression: compile.optimizer */
    uint64_t iterations;         /* number of optimizer steps */
    bool has_state;              /* the slots of the optimizer exist */
    struct buffer gradients;     /* [trainable_count]; absent before training */
    struct buffer slots[OPTIMIZER_MAX_SLOTS]; /* of the optimizer, [trainable_count] each; absent without has_state */
    struct buffer norms;                      /* of the gradients (clip.h); absent if they are not clipped to a norm */
};

/* Append a layer made with layer_create, with these layers as inputs (indices; NULL: the previous layer). Takes
 * ownership, also after an error. A layer without a name is named here. */
mood_status model_append(struct mood_model *model, struct layer *layer, const size_t *sources, size_t source_count,
                         mood_error *err);

/* The shapes of layer i's inputs, from the outputs of the layers before it, in shapes [LAYER_MAX_INPUTS]; T: of
 * rows. */
void model_input_shapes(const struct mood_model *model, size_t i, const struct shape *outputs, size_t T,
                        struct shape *shapes);

/* True if each layer's only input is the previous layer. */
bool model_is_sequential(const struct mood_model *model);

/* The shape of the model's input; T: of rows of ids. */
struct shape model_input_shape(const struct mood_model *model, size_t T);

/* Build with zero weights, for a file that contains weights. */
mood_status model_build_empty(struct mood_model *model, size_t T, mood_error *err);

/* Assign the variables' offsets by their roles, and create values [flat_count] of zeros for them. */
mood_status model_place_variables(struct mood_model *model, struct buffer *values, mood_error *err);
/* Make the variables parts of model->values. */
mood_status model_bind_variables(struct mood_model *model, mood_error *err);

/* The index of the layer of that name. Errors: MOOD_ERR_ARGUMENT. */
mood_status model_find_layer(const struct mood_model *model, const char *name, size_t *index, mood_error *err);

/* True if the layer has frozen weights. Moving averages do not count. */
bool model_has_frozen_weights(const struct mood_model *model, size_t layer);

/* A flat buffer of the model: its weights, or slot 0, 1 … of the optimizer. */
#define MODEL_VALUES (-1)

/* Copy the elements [variable->count] of one variable from or to a store. The slots are created if they do not
 * exist. */
mood_status model_read(const struct mood_model *model, int store, const struct variable *variable, float *values,
                       mood_error *err);
mood_status model_write(struct mood_model *model, int store, const struct variable *variable, const float *values,
                        mood_error *err);

/* Check that a variable's elements in a store are finite, and not negative if their square root is used. The error
 * has that status, names the weight and the element, and ends with the remedy. */
mood_status model_check_values(const struct mood_model *model, int store, const struct variable *variable,
                               const float *values, mood_status status, const char *remedy, mood_error *err);

/* Check that outputs y [n,O] are finite: finite but huge weights overflow for some rows. The error names the first
 * such row, from 0, as a `noun`, without a number if n is 1. */
mood_status model_check_outputs(const float *y, size_t n, size_t O, const char *noun, mood_error *err);

/* Set the optimizer, with a new state. Takes ownership, also after an error. */
mood_status model_take_optimizer(struct mood_model *model, struct optimizer *optimizer, mood_error *err);

/* Make the model uncompiled, but keep its loss; the caller sets model->uncompiled. */
void model_drop_optimizer(struct mood_model *model);

/* The optimizer's current learning rate; and set it, unless it is a schedule. */
double model_get_learning_rate(const struct mood_model *model);
mood_status model_set_learning_rate(struct mood_model *model, double rate, mood_error *err);

/* Update the layers' derived buffers. */
mood_status model_prepare(struct mood_model *model, mood_error *err);
/* As model_prepare, and make the additional data for inference (shared_padding.c). words: the number of ids that the
 * caller will score, padding included; it decides how large the table of a folded Embedding can be. Can destroy
 * model->predictor. */
mood_status model_prepare_inference(struct mood_model *model, size_t words, mood_error *err);

/* MOOD_ERR_STATE, with the reason, if the model is not compiled; task, for the message: "training it". */
mood_status model_check_compiled(const struct mood_model *model, const char *task, mood_error *err);

/* Create the additional data for training unless they exist: gradients; the optimizer's slots with their initial
 * values. */
mood_status model_make_gradients(struct mood_model *model, mood_error *err);
mood_status model_make_slots(struct mood_model *model, mood_error *err);

/* ---- check.c: checks of data ---- */

/* Ids must be in 0 … input_dim-1; the error names the row, from 0. */
mood_status model_check_ids(const struct mood_model *model, const int32_t *x, size_t n, size_t T, mood_error *err);

/* Labels y [n,L] must fit the loss and the metrics. */
mood_status model_check_labels(const struct mood_model *model, const float *y, size_t n, size_t L, mood_error *err);

/* The model must be built for T (any T if it takes bags of words) and end with a vector. */
mood_status model_check_built(const struct mood_model *model, size_t T, mood_error *err);

#endif
