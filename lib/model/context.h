/* One thread's buffers for a batch on its way through the layers. The weights are the model's and do not change, so several
 * contexts, each with its own queue, may run at once. */
#ifndef MODEL_CONTEXT_H
#define MODEL_CONTEXT_H

#include "model/batch.h"
#include "model/schedule.h"

/* The gradient of a layer's output, in training. */
struct gradient {
    bool wanted;                    /* the layer or one before it has trained variables */
    const struct buffer *of_output; /* [rows,D], during the backward pass */
    struct buffer sum;              /* if several layers take the output: the sum of their gradients */
};

struct context {
    const struct mood_model *model;
    struct schedule schedule;
    struct pass pass;            /* its queue is borrowed */
    size_t B;                    /* rows at most */
    size_t layer_count;          /* the first so many of the schedule; a lead ends with the last that has a state */
    struct buffer stages, taken; /* of the fused layers; the latter: how many groups of rows are taken */
    void **reached;              /* the addresses that the stages point to */
    struct batch batch;          /* of rows to predict, and a lead's */
    struct work *works;          /* [layer_count] */
    struct gradient *gradients;  /* [layer_count] */
    struct sequence expanded;    /* the bags of words as vectors [B,V], if the first layer takes vectors only */
    struct context *lead;        /* in training its own, else the model's; NULL: padding is not shared */
    size_t lead_steps;           /* of a lead: so many are up to date with the weights */
};

/* The model is built, and for inference prepared; B rows fit (slice.h). */
mood_status context_create(const struct mood_model *model, struct queue *queue, size_t B, bool training,
                           struct context **context, mood_error *err);
void context_destroy(struct context *context); /* waits first; NULL is allowed */

/* For lead.c: a context for the padding. Its layers end with the last one that has a state. */
mood_status context_create_lead(const struct mood_model *model, struct queue *queue, bool training,
                                struct context **lead, mood_error *err);

/* The bytes of all buffers for one row, and of the largest one. */
mood_status context_count_bytes(const struct mood_model *model, bool training, size_t *bytes, size_t *largest,
                                mood_error *err);

/* Run the layers over input (its B rows at most the context's); the derived buffers are up to date. The
 * result is the last work's `out`. */
mood_status context_forward(struct context *context, const struct sequence *input, mood_error *err);

/* Add to the gradients of all trainable variables, from that of the last layer's logits (with from_logits: its outputs).
 * A batch may come in slices: forward and backward each, and at its end the padding that their rows share. */
mood_status context_backward(struct context *context, const struct sequence *input, const struct buffer *d_logits,
                             mood_error *err);
mood_status context_end_batch(struct context *context, mood_error *err);

struct work *context_last(const struct context *context);

/* Outputs for rows first … first+n-1 of the host, n at most B: to y [n,O]. In two parts, the device works between
 * them; the rows are not read after the first. */
mood_status context_start(struct context *context, const struct rows *rows, size_t first, size_t n, mood_error *err);
mood_status context_finish(struct context *context, size_t n, float *y, mood_error *err);

/* The default batch size: enough rows to fill the device, few enough for caches. */
size_t context_default_batch(const struct mood_model *model);

#endif
