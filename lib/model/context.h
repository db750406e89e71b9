/* The buffers for the pass of a batch through the layers. Weights belong to the model and do not change, so several
 * contexts, each with its own queue, may run at the same time. */
#ifndef MODEL_CONTEXT_H
#define MODEL_CONTEXT_H

#include "model/batch.h"
#include "model/schedule.h"

/* The gradient of a layer's output, in training. */
struct gradient {
    bool wanted;                    /* the layer or one before it has trainable variables */
    const struct buffer *of_output; /* [rows,D], during the backward pass */
    struct buffer sum;              /* if several layers use the output: the sum of their gradients */
};

struct context {
    const struct mood_model *model;
    struct schedule schedule;
    struct pass pass;   /* its queue is borrowed */
    size_t B;           /* largest number of rows */
    size_t layer_count; /* nodes of the schedule that run; of shared padding: up to the last one with a state */
    struct buffer stages, taken;    /* of the fused layers; taken: the number of groups that work-items have taken */
    void **reached;                 /* the addresses in the stages */
    struct batch batch;             /* rows of predictions, and of shared padding */
    struct work *works;             /* [layer_count] */
    struct gradient *gradients;     /* [layer_count] */
    struct sequence expanded;       /* the bags of words as vectors [B,V], if the first layer takes vectors only */
    struct context *shared_padding; /* for training: owned; else the model's; NULL: padding is not shared */
    size_t shared_padding_steps;    /* of shared padding: number of time steps that are up to date with the weights */
};

/* The model must be built, and for inference prepared; B rows must fit (slice.h). */
mood_status context_create(const struct mood_model *model, struct queue *queue, size_t B, bool training,
                           struct context **context, mood_error *err);
void context_destroy(struct context *context); /* waits first; NULL is allowed */

/* For shared_padding.c: a context for shared padding. Its layers end with the last one with a state. */
mood_status context_create_shared_padding(const struct mood_model *model, struct queue *queue, bool training,
                                          struct context **shared_padding, mood_error *err);

/* The bytes of all buffers per row, and of the largest one. */
mood_status context_count_bytes(const struct mood_model *model, bool training, size_t *bytes, size_t *largest,
                                mood_error *err);

/* Run the layers on input (at most B rows of the context); derived buffers must be up to date. The result is the
 * last work's `out`. */
mood_status context_forward(struct context *context, const struct sequence *input, mood_error *err);

/* The same in two calls, in training of a model without shared padding: the first node, whose output the caller may
 * change, then the others. */
mood_status context_forward_first(struct context *context, const struct sequence *input, mood_error *err);
mood_status context_forward_others(struct context *context, const struct sequence *input, mood_error *err);

/* Add the gradients of all trainable variables, from the gradient of the last layer's logits (from_logits) or
 * outputs. A batch may consist of slices: call forward and backward for each; at the end of the batch the gradients
 * of the shared padding are added. */
mood_status context_backward(struct context *context, const struct sequence *input, const struct buffer *d_logits,
                             mood_error *err);
mood_status context_end_batch(struct context *context, mood_error *err);

struct work *context_last(const struct context *context);

/* Outputs for rows first … first+n-1 of the host, n at most B, to y [n,O]. The device works between start and
 * finish; rows are not read after start. */
mood_status context_start(struct context *context, const struct rows *rows, size_t first, size_t n, mood_error *err);
mood_status context_finish(struct context *context, size_t n, float *y, mood_error *err);

/* The default batch size: enough rows to use the whole device, few enough for caches. */
size_t context_default_batch(const struct mood_model *model);

#endif
