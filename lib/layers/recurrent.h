/* Recurrent layers that run step by step: first the products of x for all steps, then for each step the product of the
 * state and one launch of a cell kernel (kernels/recurrent.cl). Used by GRU, SimpleRNN, and LSTMs with
 * recurrent_dropout or with other activations than tanh and sigmoid. */
#ifndef LAYERS_RECURRENT_H
#define LAYERS_RECURRENT_H

#include "layers/layer.h"
#include "layers/products.h"

struct recurrent_settings {
    size_t units;
    enum activation activation, recurrent_activation;
    bool use_bias, return_sequences, go_backwards;
    bool zero_output_for_mask; /* without masks it has no effect */
    bool unit_forget_bias;     /* LSTM */
    bool reset_after;          /* GRU: the reset gate is applied after the product with the state */
    struct weight_settings kernel, recurrent, bias;
    float dropout;           /* rate, of x in training; one mask for all steps */
    float recurrent_dropout; /* the same of the state; if above 0, each gate has separate masks, also of x */
};

/* The settings that all recurrent types have, as rows of a table, in the order of Keras's constructors. */
#define RECURRENT_FIELD(key, kind, member)                                                                             \
    { key, kind, offsetof(struct recurrent_settings, member), NULL }
#define RECURRENT_WEIGHTS                                                                                              \
    RECURRENT_FIELD("use_bias", FIELD_BOOL, use_bias), WEIGHT_FIELDS("kernel", struct recurrent_settings, kernel),     \
        WEIGHT_FIELDS("recurrent", struct recurrent_settings, recurrent),                                              \
        WEIGHT_FIELDS("bias", struct recurrent_settings, bias)
#define RECURRENT_OTHERS                                                                                               \
    RECURRENT_FIELD("return_sequences", FIELD_BOOL, return_sequences),                                                 \
        RECURRENT_FIELD("go_backwards", FIELD_BOOL, go_backwards),                                                     \
        RECURRENT_FIELD("zero_output_for_mask", FIELD_BOOL, zero_output_for_mask),                                     \
        RECURRENT_FIELD("dropout", FIELD_FLOAT, dropout),                                                              \
        RECURRENT_FIELD("recurrent_dropout", FIELD_FLOAT, recurrent_dropout)

/* Keras's defaults, as members of an initializer of settings; a type appends its own. */
#define RECURRENT_DEFAULTS                                                                                             \
    .activation = ACTIVATION_TANH, .recurrent_activation = ACTIVATION_SIGMOID, .use_bias = true,                       \
    .kernel = WEIGHT(INITIALIZER_GLOROT_UNIFORM), .recurrent = WEIGHT(INITIALIZER_ORTHOGONAL),                         \
    .bias = WEIGHT(INITIALIZER_ZEROS)

/* The common members of each type's struct layer_type; `defaults` and `fields` are the type's tables. */
#define RECURRENT_TYPE(class, base)                                                                                    \
    .class_name = class, .base_name = base, .settings_size = sizeof(struct recurrent_settings), .defaults = &defaults, \
    .fields = fields, .field_count = sizeof fields / sizeof *fields, .width = recurrent_width,                         \
    .check = recurrent_check, .build = recurrent_build

/* Backward does not compute gradients for the shared padding. */
#define RECURRENT_TRAITS (HAS_STATE | USES_MASK | NO_SHARED_PADDING_IN_TRAINING)

enum { RECURRENT_KERNEL, RECURRENT_RECURRENT, RECURRENT_BIAS }; /* variables */
enum { RECURRENT_KERNEL_T = 5, RECURRENT_RECURRENT_T };         /* derived, for backward; after those of lstm.h */
enum {                      /* buffers; rows are packed (struct packing). "training:" otherwise of one step, B rows */
       RECURRENT_H,         /* return_sequences, shared padding: [rows,H] */
       RECURRENT_X_GATES,   /* [rows,G*H] */
       RECURRENT_H_GATES,   /* training: [rows,G*H] */
       RECURRENT_LATEST,    /* [B,H]: the state; the output without return_sequences */
       RECURRENT_BEFORE,    /* training only: the state before each step [rows,H] */
       RECURRENT_D_DIRECT,  /* training only: the gradient of the state [B,H], except through the product; LSTM: of c */
       RECURRENT_D_PRODUCT, /* training only: [B,H] */
       RECURRENT_C,         /* LSTM: c [B,H], as RECURRENT_LATEST */
       RECURRENT_C_BEFORE,  /* LSTM, training only: c before each step [rows,H] */
       RECURRENT_RESET,     /* GRU without reset_after: r*h, training: [rows,H] */
       RECURRENT_RESET_GATES, /* its product with the recurrent kernel, training: [rows,G*H]; only the last third is
                                 used */
       RECURRENT_D_RESET,     /* training only: the gradient of r*h [B,H] */
       RECURRENT_REVERSED,    /* go_backwards: x in the order of processing [rows,E] */
       RECURRENT_DROPPED,     /* training with dropout: x after dropout [rows,E] */
       RECURRENT_MASKED,      /* training with recurrent_dropout: states after dropout [rows,H] */
};

/* The differences between the types. */
struct cell {
    const struct layer_type *type;
    size_t gates;
    bool has_c;                     /* a second state */
    const char *forward, *backward; /* kernels, with the same arguments for all */
};

const struct cell *recurrent_cell(const struct layer *layer);
/* A GRU without reset_after: its candidate takes a second product, of r*h. */
bool recurrent_resets_before(const struct layer *layer);

/* For the types: see struct layer_type. */
mood_status recurrent_check(struct layer *layer, mood_error *err);
unsigned recurrent_more_traits(const struct layer *layer);
size_t recurrent_width(const struct layer *layer, size_t in);
mood_status recurrent_build(struct layer *layer, const struct shape *in, mood_error *err);
mood_status recurrent_prepare(struct layer *layer, struct queue *queue, mood_error *err);
mood_status recurrent_plan(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err);
mood_status recurrent_forward(const struct layer *layer, const struct pass *pass, struct work *work,
                              const struct sequence *in, mood_error *err);
mood_status recurrent_backward(const struct layer *layer, const struct pass *pass, struct work *work,
                               const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err);

/* Set the outputs [B,H] of masked rows without an unmasked step to zero, because no kernel writes them. */
mood_status recurrent_clear_empty(struct queue *queue, const struct packing *packing, const struct buffer *out,
                                  size_t H, mood_error *err);

/* ---- one run, forward or backward --------------------------------------------------------------------- */

struct run {
    const struct layer *layer;
    const struct cell *cell;
    const struct pass *pass;
    struct work *work;
    const struct packing *packing;
    const struct buffer *x; /* after dropout, in the order of processing */
    size_t rows, E, units, width;
};

struct run recurrent_run(const struct layer *layer, const struct pass *pass, struct work *work,
                         const struct sequence *in);

/* The offset of step t, in floats: in a buffer [rows,width]; and in a buffer that is [rows,width] in training, and
 * [B,width], for one step, at inference. */
size_t run_step_at(const struct run *run, size_t t, size_t width);
size_t run_kept_at(const struct run *run, size_t t, size_t width);

bool run_has_bias(const struct run *run);
/* True in training with recurrent_dropout. */
bool run_drops_state(const struct run *run);
/* The number of products of x, or of the state, per step: the number of gates if each gate has a separate mask; else 1,
 * for all gates together. */
size_t run_x_parts(const struct run *run);
size_t run_h_parts(const struct run *run);
/* The width of each of `parts` products. */
size_t run_part_width(const struct run *run, size_t parts);

/* y [rows,H] = x [rows,H] after the recurrent dropout of gate `gate`; the rows are those of all steps, or of one. */
mood_status run_drop_state(const struct run *run, size_t gate, const struct buffer *x, const struct buffer *y,
                           size_t rows, const struct packing *packing, mood_error *err);
/* y [rows,E] = x [rows,E] after the dropout of gate `gate`, in the order of x. */
mood_status run_drop_input(const struct run *run, size_t gate, const struct buffer *x, const struct buffer *y,
                           mood_error *err);
/* Set run->x [rows,E] for gate `gate` from the layer's input. */
mood_status run_make_input(const struct run *run, size_t gate, const struct sequence *in, mood_error *err);

/* The work buffer; NULL if it was not planned. */
const struct buffer *run_planned(const struct run *run, size_t buffer);

/* Launch a cell's kernel for step t: append the last arguments, which all cell kernels have, and run it. */
mood_status run_cell(const struct run *run, struct launch *launch, size_t t, mood_error *err);

#endif
