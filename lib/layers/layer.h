/* The interface of a layer type. A new layer is one file with one `struct layer_type`, and one row in the table of
 * layer.c. */
#ifndef LAYERS_LAYER_H
#define LAYERS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/buffer.h"
#include "device/queue.h"
#include "layers/activation_list.h"
#include "layers/constraint.h"
#include "layers/initializer.h"
#include "layers/regularizer.h"
#include "layers/settings.h"
#include "layers/kernel_types.h"
#include "mood/model.h"

/* ---- sizes, weights, data --------------------------------------------------------------------- */

/* Input or output of a layer for one row: ids [T], a sequence [T,D], a vector [D], or one of which only the words that
 * occur are stored, a bag of words (model/bag.h). */
enum shape_kind { SHAPE_IDS, SHAPE_SEQUENCE, SHAPE_VECTOR, SHAPE_BAG };

struct shape {
    enum shape_kind kind;
    size_t T, D; /* T = 1 for a vector and a bag, D = 1 for ids */
};

#define LAYER_MAX_VARIABLES 8
#define LAYER_MAX_DERIVED 7
#define LAYER_MAX_CHILDREN 2
#define LAYER_MAX_INPUTS 8
#define VARIABLE_MAX_RANK 4

/* Variables are sorted by role in the model's flat buffers: the optimizer runs over the trainable part. STATE: not
 * trainable, but changed by forward in training, such as moving averages. */
enum role { TRAINABLE, FROZEN, STATE };

/* A weight: its shape, its part of the model's flat buffers, and its initial values. */
struct variable {
    const char *name; /* Keras's: kernel, recurrent_kernel, bias, embeddings */
    char path[40];    /* within the layer's group in a Keras file: "", "cell", "forward_layer/cell" */
    size_t rank, dims[VARIABLE_MAX_RANK], count;
    enum role role;
    struct regularizer regularizer;
    struct constraint constraint;
    struct initializer initializer;
    bool unit_forget_bias;         /* of an LSTM's bias: the second quarter starts at 1 */
    bool not_negative;             /* its square root is taken */
    size_t offset;                 /* in floats, within the flat buffers; aligned for sub-buffers */
    struct buffer value, gradient; /* parts of the flat buffers; gradient only while training, if trainable */
};

/* A packed sequence: the steps of a batch's rows that are stored. Rows are sorted by their first stored step, start.
 * Step t is stored for the rows 0 … at[t+1]-at[t]-1 only, and row b's step t is at index at[t] + b. All rows end with
 * step T-1. PyTorch's packed sequences are similar, but there all rows begin with step 0. The steps before start are:
 * - none: start is 0;
 * - shared padding: the lead computes it once for all rows;
 * - masked: the unmasked steps are moved to the end of the row, and the state before them is zero. The last `empty`
 *   rows have no unmasked step: their start is T. */
struct packing {
    size_t B, T;
    const int32_t *at;          /* [T+1]: at[T] rows of D numbers in all */
    size_t lead;                /* the last row's first step: as much of the padding is needed */
    size_t empty;               /* masked: the rows without a step, at the end */
    struct buffer steps, start; /* on the device: at [T+1]; each row's first step [B] */
    struct buffer places;       /* each row's place in the order of training rows [B] */
    struct buffer source;       /* masked: where all steps of all rows are [T,B] int, see kernels/steps.cl; or absent */
};

/* All steps of all rows. */
static inline size_t packing_all(const struct packing *packing) {
    return (size_t)packing->at[packing->T];
}

/* The rows that have begun at step t. */
static inline size_t packing_rows(const struct packing *packing, size_t t) {
    return (size_t)(packing->at[t + 1] - packing->at[t]);
}

/* The output of one layer and input of the next, for a batch. */
struct sequence {
    struct buffer data; /* [rows,D]; int ids [rows] for the first layer; of bags the ids of their words */
    size_t rows, D;
    const struct packing *packing; /* of a sequence, which has at[T] rows; NULL: one vector per row of the batch */
    bool is_ids, is_bags;

    /* Of bags: row b has the words data[starts[b]] … data[starts[b + 1] - 1] with the numbers in values; a word's place
     * belongs to row owners[place]. */
    size_t places;
    struct buffer starts, values, owners;

    /* Of ids and bags in training: the places sorted by id. Segment s, all of id ids[s], covers
     * order[bounds[s]] … order[bounds[s + 1] - 1]. */
    struct buffer order, bounds, ids;
    size_t segments;
};

/* A layer's buffers for batches of up to B rows; each context has its own. */
#define WORK_MAX_BUFFERS 16
struct work {
    size_t B;
    bool training;
    bool stepwise;           /* one launch for several layers (layer_type.stage): only the current step is stored */
    bool keep_steps;         /* stepwise, but the next layer is launched by itself and needs all steps */
    bool is_lead;            /* its only row is the padding, all T steps of it; states are kept */
    bool reached;            /* of a lead in training: gradients of rows that go on from it have been added up */
    struct work *lead;       /* that row's, for the other rows; NULL: all begin at step 0 */
    struct sequence out;     /* the first of the layer's buffers, whose memory it borrows */
    struct buffer logits;    /* of a Dense: its values before activation; borrowed */
    bool d_out_is_of_logits; /* the loss gave the gradient of these, not of the outputs; set by the model */
    struct buffer d_in;      /* gradient for the layer below, shaped as its output */
    struct buffer buffers[WORK_MAX_BUFFERS];
    struct packing steps; /* of the output, if it has other steps than the input (work_plan_steps) */
    int32_t *steps_at;    /* its at, and the rows for which it is up to date */
    size_t steps_rows;
    struct work *children; /* [LAYER_MAX_CHILDREN], of a wrapper; NULL: none */
    bool counting;         /* plan allocates nothing, but counts bytes: in all, and in the largest buffer */
    size_t bytes, largest;
};

/* ---- layers ----------------------------------------------------------------------------------- */

struct layer;

/* One run of the layers over a batch. */
struct pass {
    struct queue *queue;
    bool training;               /* dropout and noise are active */
    uint64_t seed, step;         /* of their random numbers: fit's seed, the number of the training step */
    const struct buffer *places; /* training: each row's place in the order of rows [B] int, whatever the slices */
};

/* What backward has to compute. */
enum want { WANT_INPUT = 1, WANT_VARIABLES = 2 };

/* Properties of a layer type. */
enum trait {
    HAS_STATE = 1,  /* a step depends on those before it, and on none after it */
    HAS_LOGITS = 2, /* keeps its outputs before activation (work.logits), from which a loss can be computed */
    ROW_RANDOM = 4, /* in training its output depends on the row's place in the batch */
    IDENTITY_AT_INFERENCE = 8,  /* does nothing at inference */
    NEEDS_ALL_STEPS = 16,       /* a step depends on those after it: padding cannot be shared, nor layers be fused */
    NOT_TRAINABLE = 32,         /* has no setting "trainable" in Keras */
    MAKES_MASK = 64,            /* masks the steps whose id is 0 */
    PASSES_MASK = 128,          /* computes each step by itself; its output has the mask of its input */
    USES_MASK = 256,            /* skips masked steps */
    MERGES = 512,               /* takes the outputs of 2 to LAYER_MAX_INPUTS layers */
    USES_MASKED_STEPS = 1024,   /* merges: masked steps of an input are computed in another way than others */
    WHOLE_BATCH = 2048,         /* in training a row's output depends on all rows of the batch and all their steps: the
                                  batch is not cut into slices, and padding is part of the rows */
    TAKES_BAGS = 4096,          /* as the first layer it takes bags of words as they are stored */
    NOT_A_STAGE = 8192,         /* with these settings the type's stage is not used */
    REARRANGES = 32768,         /* computes nothing: it has as many numbers as its input, or its output */
    LOSES_MASKED_STEPS = 65536, /* uses the mask; the values of masked steps of its output are not known */
    SEPARATE_INPUTS = 131072,   /* merges: in Keras its inputs are several arguments, not a list */
    STEPS_DIFFER = 16384,       /* computes each step in another way: masked steps are not skipped before it */
};

struct layer_type {
    const char *class_name; /* Keras's: "LSTM" */
    const char *base_name;  /* names are base_name, base_name_1 …: "lstm" */
    size_t settings_size;
    const void *defaults; /* settings with Keras's defaults */
    const struct field *fields;
    size_t field_count;
    unsigned traits;            /* a sum of enum trait */
    enum activation activation; /* what the type itself applies, where that is not a setting; else linear */
    /* Further traits that depend on the settings. May be NULL. */
    unsigned (*more_traits)(const struct layer *layer);

    /* The width D of the output for an input of that width, before shapes are known; 0: unknown. NULL: the same. */
    size_t (*width)(const struct layer *layer, size_t in);

    /* Whether the settings go together and are supported. May be NULL. */
    mood_status (*check)(struct layer *layer, mood_error *err);
    /* Check the settings against the incoming shapes (one, or layer->source_count), set layer->out, and list the
     * variables. */
    mood_status (*build)(struct layer *layer, const struct shape *in, mood_error *err);
    /* Make what is derived from the weights (packed copies); called after they changed. What backward
     * needs is made only if layer->needs_backward. Nothing may be derived from variables of the role STATE. May be
     * NULL. */
    mood_status (*prepare)(struct layer *layer, struct queue *queue, mood_error *err);
    /* For inference, after prepare: take in the Embedding below, so that forward takes its ids, with the same results to
     * the bit. *folded tells whether it did. NULL: it never does. */
    mood_status (*fold)(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                        mood_error *err);
    /* Allocate a context's buffers for work->B rows. */
    mood_status (*plan)(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err);
    /* in → work->out. A layer that merges has an array of inputs. */
    mood_status (*forward)(const struct layer *layer, const struct pass *pass, struct work *work,
                           const struct sequence *in, mood_error *err);
    /* What forward does, as a stage of a launch for all layers, of a work that was planned stepwise; work->out is where
     * it will be (rows are the caller's to say). words is what was folded; the caller says whether to use it. NULL: it
     * can't be a stage. */
    void (*stage)(const struct layer *layer, struct work *work, struct stage *stage);
    /* d_out [shape of work->out] → work->d_in (WANT_INPUT; for layers that merge see work_d_in), and added to the
     * gradients of the variables (WANT_VARIABLES). May overwrite what forward kept. If rows share their padding: adds
     * the gradients of the shared steps up in the lead's work. For a lead, called after backward of all its rows: d_out
     * is NULL where the layer above takes no sequence. */
    mood_status (*backward)(const struct layer *layer, const struct pass *pass, struct work *work,
                            const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err);
};

struct layer {
    const struct layer_type *type;
    char name[64];
    void *settings; /* type->settings_size bytes */
    char *kept;     /* settings of its file that mood does not use and writes back, as a JSON object; NULL: none */
    bool trainable;
    bool given_mask;                      /* a file says that it gets the mask of the ids */
    bool needs_backward;                  /* prepare makes what backward reads, too */
    size_t index;                         /* within the model */
    size_t sources[LAYER_MAX_INPUTS];     /* [source_count]: the layers whose outputs it takes, by their index */
    size_t source_count;                  /* 0: it takes the model's input */
    struct shape in, out;                 /* in: the first input's */
    size_t row_numbers;                   /* of a buffer for a row that is neither in nor out, set by build; or 0 */
    size_t input_sizes[LAYER_MAX_INPUTS]; /* of a layer that merges: numbers per row, set by build */
    struct variable variables[LAYER_MAX_VARIABLES]; /* its own */
    size_t variable_count;
    struct layer *children[LAYER_MAX_CHILDREN]; /* of a wrapper, its own; NULL: none */
    struct buffer derived[LAYER_MAX_DERIVED];   /* what prepare makes */
};

/* The type of that Keras class; NULL if mood has none. */
const struct layer_type *layer_type_find(const char *class_name);
const struct layer_type *layer_type_at(size_t index);
/* Their names, for messages: "Embedding, LSTM, Dense". */
void layer_type_list(char *names, size_t size);
/* NULL if the type has no such setting. */
const struct field *layer_type_field(const struct layer_type *type, const char *key);

/* The variables of a layer and its children, in Keras's order. */
size_t layer_count_variables(const struct layer *layer);
struct variable *layer_variable(const struct layer *layer, size_t index);

/* The most numbers that one buffer of a built layer holds for a row, but for the four gates of an LSTM; SIZE_MAX if they
 * are too many to count. A Flatten has all steps in one vector. */
size_t layer_row_numbers(const struct layer *layer);

/* After build: whether the output for one row is so small that products of sizes cannot overflow. */
mood_status layer_check_size(const struct layer *layer, mood_error *err);

/* Its type's traits, and those that its settings give it. */
unsigned layer_traits(const struct layer *layer);

/* A layer's value of that setting; NULL if it has none. */
const void *layer_setting(const struct layer *layer, const char *key);
/* Its setting "activation"; that of its type if it has none. */
enum activation layer_activation(const struct layer *layer);

/* A layer with a copy of those settings (type->settings_size bytes); *layer is new. */
mood_status layer_create(const struct layer_type *type, const char *name, const void *settings, struct layer **layer,
                         mood_error *err);
void layer_destroy(struct layer *layer);
/* A copy of an unbuilt layer without children; *copy is new. */
mood_status layer_copy(const struct layer *layer, struct layer **copy, mood_error *err);

/* Its name, or its type's base name while it has none. */
const char *layer_label(const struct layer *layer);

/* The settings of a weight: its initial values, the penalty on it, what it is projected to after each step. */
struct weight_settings {
    struct initializer initializer;
    struct regularizer regularizer;
    struct constraint constraint;
};

/* As rows of a type's table; key: "kernel"; member: of the settings, a struct weight_settings. */
#define WEIGHT_FIELDS(key, settings, member)                                                                           \
    {key "_initializer", FIELD_INITIALIZER, offsetof(settings, member.initializer), NULL},                             \
        {key "_regularizer", FIELD_REGULARIZER, offsetof(settings, member.regularizer), NULL}, {                       \
        key "_constraint", FIELD_CONSTRAINT, offsetof(settings, member.constraint), NULL                               \
    }

/* Its defaults: that kind of initializer, nothing else. */
#define WEIGHT(kind)                                                                                                   \
    { .initializer = INITIALIZER(kind) }

/* For a type's build: list one more variable of that shape. */
#define LAYER_LARGEST_VARIABLE ((size_t)1 << 30) /* indices within one weight fit an int */
mood_status layer_add_variable(struct layer *layer, const char *name, size_t rank, const size_t *dims,
                               const struct weight_settings *weight, mood_error *err);
/* The same for a variable that training changes without gradients (STATE). */
mood_status layer_add_state(struct layer *layer, const char *name, size_t count, const struct initializer *initializer,
                            mood_error *err);
#define DIMS(...) (sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t)), ((const size_t[]){__VA_ARGS__})

/* For a type's plan: make a buffer of the work. */
mood_status work_allocate(struct work *work, struct queue *queue, size_t count, size_t size, struct buffer *buffer,
                          mood_error *err);
void work_destroy(struct work *work);
/* Saturating addition: *total becomes at most WORK_MOST_BYTES. */
#define WORK_MOST_BYTES (SIZE_MAX / 8)
void work_count_bytes(size_t *total, size_t bytes);

/* The gradient for input k: work->d_in, but for a layer that merges, which has one of its buffers for each. */
#define WORK_FIRST_D_INPUT 1
static inline const struct buffer *work_d_in(const struct layer *layer, const struct work *work, size_t k) {
    return layer->source_count > 1 ? &work->buffers[WORK_FIRST_D_INPUT + k] : &work->d_in;
}

/* For a type whose output has T steps of its own, all of each row: plan room for them; and set work->out.packing for B
 * rows. */
mood_status work_plan_steps(struct work *work, struct queue *queue, size_t T, mood_error *err);
mood_status work_set_steps(struct work *work, struct queue *queue, size_t B, mood_error *err);

/* For a type's build: the error that it takes a sequence. */
mood_status layer_needs_sequence(const struct layer *layer, const struct shape *in, mood_error *err);

/* Dropout in training, for types that have it built in: y [rows,D] from x, which may be y. The same run again has the same
 * mask, so that it also serves for the gradient. */
struct dropout {
    float rate;
    unsigned stream;               /* of several of a layer: its number, 0 … 255 */
    const struct packing *packing; /* of a sequence; NULL: rows of one step */
    size_t rows, D;
    bool shared_by_steps; /* all steps of a row have the same mask, which is also that of rows of one step */
};
mood_status layer_dropout(const struct layer *layer, const struct pass *pass, const struct dropout *dropout,
                          const struct buffer *x, const struct buffer *y, mood_error *err);
/* One more number than layers and their children have bits for, in random numbers. */
#define LAYER_STREAM_BIT 20

/* For types that run through time backwards: y [rows,D] = x [rows,D] with each row's steps in reverse order. */
mood_status layer_reverse_steps(struct queue *queue, const struct buffer *x, const struct buffer *y,
                                const struct packing *packing, size_t D, mood_error *err);

/* For a type's backward: out [N], from `offset` floats on, += the sums of the columns of A [M,N], rows from first to
 * last. */
mood_status layer_add_column_sums(struct queue *queue, const struct buffer *A, size_t M, size_t N,
                                  const struct buffer *out, size_t offset, mood_error *err);

/* ---- layer_json.c: a layer as an object of Keras's config.json --------------------------------- */

json_t *layer_write(const struct layer *layer);

/* name: for messages, and the layer's; NULL: none yet. has_weights: the weights are in a file, so that initializers which
 * mood does not know are kept only to be written back. *layer is new. The name is not checked. */
mood_status layer_read(json_t *object, const char *name, bool has_weights, struct layer **layer, mood_error *err);

/* Whether layer_read knows the object's class. */
bool layer_class_is_known(json_t *object);

/* A name is printed: no control characters, fewer bytes than `room`. noun: "layer", "model". */
mood_status layer_check_name(const char *name, const char *noun, size_t room, mood_error *err);

mood_status layer_refuse_setting(const char *name, const char *key, json_t *value, mood_error *err);

#endif
