/* The inside of mood_model, for lib/model, lib/keras and lib/scorer.c. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "device/device.h"
#include "layers/layer.h"
#include "model/bag.h"
#include "model/head.h"
#include "model/objective.h"
#include "mood/model.h"
#include "optimizers/optimizer.h"

struct mood_model {
    mood_device *device;
    struct queue *queue; /* the model's own; scorers make one a thread */
    char name[64];       /* as Keras names it: "sequential" */
    struct layer **layers;
    size_t layer_count;
    struct bag bag; /* of a model of bags of words: its input */

    /* Set by mood_model_build. */
    bool built;
    size_t T;                  /* 0: bags of words, whose rows of ids may have any length */
    size_t param_count;        /* numbers in all weights */
    size_t trainable_params;   /* those of them that are trained */
    size_t flat_count;         /* floats in the flat buffer of weights, alignment included */
    size_t trainable_count;    /* its first part: the trainable variables */
    struct buffer values;      /* [flat_count] */
    bool shares_padding;       /* the padding that rows begin with is computed once for all; tests turn it off */
    bool prepared;             /* layers' derived buffers are up to date */
    unsigned tile_height;      /* of predictions in one launch; 0: the device's choice, see stages.c */
    struct context *predictor; /* the last one that predict and evaluate used; NULL */

    /* What inference needs besides; set by model_prepare_inference. */
    bool ready;
    bool folded;          /* the layer above the Embedding takes ids */
    struct context *lead; /* the padding's way through the layers */

    /* Set by mood_model_compile or by a file; the buffers by the first fit or by loading. */
    bool compiled;
    mood_compile_options compile; /* the texts of what follows; if there is only a loss: no optimizer */
    struct objective objective;   /* a file's loss is kept if its optimizer is not supported; of its metrics those that
                                     mood computes */
    mood_error uncompiled;        /* why the file's training can't be continued; status MOOD_OK: there is no file */
    char *compile_config;         /* of the file, as JSON, to write back what mood does not follow; NULL: none */
    struct head_loss head;        /* what the loss says about the outputs; also of one that mood can't train with */
    struct optimizer *optimizer;  /* NULL: not compiled */
    char *optimizer_text;         /* as an expression: compile.optimizer */
    uint64_t iterations;          /* optimizer steps done */
    bool has_state;               /* the optimizer's slots are there */
    struct buffer gradients;      /* [trainable_count]; absent before training */
    struct buffer slots[OPTIMIZER_MAX_SLOTS]; /* the optimizer's, [trainable_count] each; absent without has_state */
    struct buffer norms;                      /* of the gradients (clip.h); absent if they are not clipped to a norm */
};

/* Append a layer made with layer_create, which takes the outputs of those layers (indexes; NULL: of the one before); takes
 * it, on failure too. An unnamed layer is named here. */
mood_status model_append(struct mood_model *model, struct layer *layer, const size_t *sources, size_t source_count,
                         mood_error *err);

/* The shapes of what layer i takes, from the outputs of the layers before it, in shapes [LAYER_MAX_INPUTS]; T: of rows. */
void model_input_shapes(const struct mood_model *model, size_t i, const struct shape *outputs, size_t T,
                        struct shape *shapes);

/* Whether each layer goes one after the other. */
bool model_is_sequential(const struct mood_model *model);

/* What the first layer takes; T: of rows of ids. */
struct shape model_input_shape(const struct mood_model *model, size_t T);

/* Build with weights of zero, for a file that brings its own. */
mood_status model_build_empty(struct mood_model *model, size_t T, mood_error *err);

/* A flat buffer of the model's: its weights, or slot 0, 1 … of the optimizer. */
#define MODEL_VALUES (-1)

/* Copy one variable's numbers [variable->count] out of, or into, a store. The slots are made when they are not there
 * yet. */
mood_status model_read(const struct mood_model *model, int store, const struct variable *variable, float *values,
                       mood_error *err);
mood_status model_write(struct mood_model *model, int store, const struct variable *variable, const float *values,
                        mood_error *err);

/* Check that a variable's numbers in a store are finite, and that they are not negative if their square root is taken. The
 * error has that status, names the weight and the place in it, and ends with what to do. */
mood_status model_check_values(const struct mood_model *model, int store, const struct variable *variable,
                               const float *values, mood_status status, const char *remedy, mood_error *err);

/* Check that outputs y [n,O] are finite: weights that are finite but huge overflow with some rows. The error names the
 * first row that is not, from 0, as a `noun`; a single one goes without its number. */
mood_status model_check_outputs(const float *y, size_t n, size_t O, const char *noun, mood_error *err);

/* Train with this optimizer from now on, whose state starts anew; takes it, on failure too. */
mood_status model_take_optimizer(struct mood_model *model, struct optimizer *optimizer, mood_error *err);

/* Make the model uncompiled, but for its loss; the caller sets model->uncompiled. */
void model_drop_optimizer(struct mood_model *model);

/* The optimizer's learning rate after the steps so far; and change it, unless it is a schedule. */
double model_get_learning_rate(const struct mood_model *model);
mood_status model_set_learning_rate(struct mood_model *model, double rate, mood_error *err);

/* Bring layers' derived buffers up to date with the weights; and what inference needs besides (lead.c). */
mood_status model_prepare(struct mood_model *model, mood_error *err);
mood_status model_prepare_inference(struct mood_model *model, mood_error *err);

/* MOOD_ERR_STATE, with the reason, if the model is not compiled; task is for the message: "training it". */
mood_status model_check_compiled(const struct mood_model *model, const char *task, mood_error *err);

/* What training needs besides the weights, when it is not there yet: gradients; the optimizer's slots at their initial
 * values. */
mood_status model_make_gradients(struct mood_model *model, mood_error *err);
mood_status model_make_slots(struct mood_model *model, mood_error *err);

/* ---- check.c: checks of data ---- */

/* Ids have to lie in 0 … input_dim-1; the error names the row, counted from 0. */
mood_status model_check_ids(const struct mood_model *model, const int32_t *x, size_t n, size_t T, mood_error *err);

/* Labels have to go with loss and metrics: y [n,L]. */
mood_status model_check_labels(const struct mood_model *model, const float *y, size_t n, size_t L, mood_error *err);

/* The model is built for T (any, if it takes bags of words) and ends in a vector. */
mood_status model_check_built(const struct mood_model *model, size_t T, mood_error *err);

#endif
