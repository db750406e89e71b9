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

/* Input or output of a layer for one row: ids [T], a sequence [T,D], a vector [D], or a bag of words: a vector of
 * which only the words that occur are stored (model/bag.h). */
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
    const char *name; /* as in Keras: kernel, recurrent_kernel, bias, embeddings */
    char path[40];    /* within the layer's group in a Keras file: "", "cell", "forward_layer/cell" */
    size_t rank, dims[VARIABLE_MAX_RANK], count;
    enum role role;
    struct regularizer regularizer;
    struct constraint constraint;
    struct initializer initializer;
    bool unit_forget_bias;         /* bias of an LSTM: the second quarter is initialized to 1 */
    bool not_negative;             /* its square root is used */
    size_t offset;                 /* in floats, into the flat buffers; aligned for sub-buffers */
    struct buffer value, gradient; /* parts of the flat buffers; gradient only while training, if trainable */
};

/* A packed sequence: the time steps of a batch's rows that are stored. Rows are sorted by their first stored time step,
 * start. Time step t is stored for the rows 0 … at[t+1]-at[t]-1 only, at index at[t] + row. All rows end with time step
 * T-1. PyTorch's packed sequences are similar, but there all rows begin with time step 0. The time steps before start:
 * - none: start is 0;
 * - shared padding: computed once for all rows;
 * - masked: the unmasked time steps are moved to the end of the row, and the state before them is zero. The last
 * `empty` rows have no unmasked time step: their start is T. */
struct packing {
    size_t B, T;
    const int32_t *at;          /* [T+1]: at[T] is the number of stored rows of D numbers */
    size_t padding_steps;       /* the last row's first time step: the number of padding steps that are needed */
    size_t empty;               /* masked: number of rows without an unmasked time step, at the end */
    struct buffer steps, start; /* on the device: at [T+1]; each row's first step [B] */
    struct buffer places;       /* each row's index in the order of training rows [B] */
    struct buffer source; /* masked: the source positions of all time steps of all rows [T,B] int, see kernels/steps.cl;
                             or absent */
};

/* The number of stored time steps of all rows. */
static inline size_t packing_all(const struct packing *packing) {
    return (size_t)packing->at[packing->T];
}

/* The number of rows that have begun at time step t. */
static inline size_t packing_rows(const struct packing *packing, size_t t) {
    return (size_t)(packing->at[t + 1] - packing->at[t]);
}

/* The output of a layer and input of the next, for a batch. */
struct sequence {
    struct buffer data; /* [rows,D]; int ids [rows] for the first layer; for bags the ids of their words */
    size_t rows, D;
    const struct packing *packing; /* of a sequence, which has at[T] rows; NULL: one vector per row of the batch */
    bool is_ids, is_bags;

    /* For bags: row b has the words data[starts[b]] … data[starts[b + 1] - 1], and values are their numbers; entry
     * i belongs to row owners[i]. `places` is the number of entries. */
    size_t places;
    struct buffer starts, values, owners;
    const struct buffer *d_values; /* [places]: layers with WANT_INPUT add the gradient of the values; NULL: none do */

    /* For ids and bags in training: indices of the entries sorted by id. Segment s, all of id ids[s], covers
     * order[bounds[s]] … order[bounds[s + 1] - 1]. */
    struct buffer order, bounds, ids;
    size_t segments;

    const struct sequence *bags; /* of a model's ids: its second input, bags of n-grams; NULL: none */
};

/* A layer's buffers for batches of up to B rows; each context has its own. */
#define WORK_MAX_BUFFERS 16
struct work {
    size_t B;
    bool training;
    bool stepwise;          /* one launch for several layers (layer_type.stage): only the current time step is stored */
    bool keep_steps;        /* stepwise, but the next layer is launched separately and needs all time steps */
    bool is_shared_padding; /* shared padding: its only row is all T time steps of padding; states are kept */
    bool reached;           /* of shared padding in training: gradients of rows that begin after it have been added */
    struct work
        *shared_padding;     /* the work of the shared padding for these rows; NULL: all rows begin at time step 0 */
    struct sequence out;     /* the first of the layer's buffers, whose memory it shares */
    struct buffer logits;    /* of a Dense: values before activation; borrowed */
    bool d_out_is_of_logits; /* the loss computed the gradient of logits, not of the outputs; set by the model */
    struct buffer d_in;      /* gradient for the layer below, shaped as its output */
    struct buffer buffers[WORK_MAX_BUFFERS];
    struct packing steps; /* packing of the output, if its time steps differ from the input's (work_plan_steps) */
    int32_t *steps_at;    /* its array at, and the number of rows for which it is current */
    size_t steps_rows;
    struct work *children; /* [LAYER_MAX_CHILDREN], of a wrapper; NULL: none */
    bool counting;         /* dry run: plan allocates nothing but counts bytes: the total, and the largest buffer */
    size_t bytes, largest;
};

/* ---- layers ----------------------------------------------------------------------------------- */

struct layer;

/* One pass through the layers with a batch. */
struct pass {
    struct queue *queue;
    bool training;               /* dropout and noise are active */
    uint64_t seed, step;         /* for random numbers: fit's seed, the number of the training step */
    const struct buffer *places; /* training: each row's index in the order of rows [B] int, independent of slices */
};

/* Gradients that backward computes. */
enum want { WANT_INPUT = 1, WANT_VARIABLES = 2 };

/* Properties of a layer type. */
enum trait {
    HAS_STATE = 1,  /* a time step depends on earlier ones, but not on later ones */
    HAS_LOGITS = 2, /* stores its values before activation (work.logits), from which a loss can be computed */
    ROW_RANDOM = 4, /* in training its output depends on the row's index in the batch */
    IDENTITY_AT_INFERENCE = 8, /* does nothing at inference */
    NEEDS_ALL_STEPS = 16,      /* a time step depends on later ones: padding cannot be shared, layers cannot be fused */
    NOT_TRAINABLE = 32,        /* has no setting "trainable" in Keras */
    MAKES_MASK = 64,           /* masks the time steps whose id is 0, or whose vector is zero (masks_zero_vectors) */
    PASSES_MASK = 128,         /* computes each time step independently; its output has the mask of its input */
    USES_MASK = 256,           /* skips masked time steps */
    MERGES = 512,              /* has 2 to LAYER_MAX_INPUTS inputs */
    USES_MASKED_STEPS = 1024,  /* merges: computes masked time steps differently */
    WHOLE_BATCH = 2048, /* in training a row's output depends on all rows of the batch and all their time steps: the
                           batch is not cut into slices, and padding is part of the rows */
    TAKES_BAGS = 4096,  /* accepts stored bags */
    NORMALIZES_BAGS = 1048576,              /* divides bags by their length */
    NOT_A_STAGE = 8192,                     /* with these settings the type's stage is not used */
    REARRANGES = 32768,                     /* computes nothing: its output has as many numbers as its input */
    LOSES_MASKED_STEPS = 65536,             /* uses the mask; masked time steps of its output are undefined */
    SEPARATE_INPUTS = 131072,               /* merges: in Keras its inputs are separate arguments, not a list */
    NO_SHARED_PADDING_IN_TRAINING = 262144, /* its backward pass does not support shared padding */
    MASKS_ZERO_VECTORS = 524288,            /* masks the time steps whose input vector is zero */
    STEPS_DIFFER = 16384, /* computes time steps differently from each other: masked ones are not skipped before it */
};

struct layer_type {
    const char *class_name; /* as in Keras: "LSTM" */
    const char *base_name;  /* default names are base_name, base_name_1 …: "lstm" */
    size_t settings_size;
    const void *defaults; /* settings with Keras's default values */
    const struct field *fields;
    size_t field_count;
    unsigned traits;            /* bitwise or of enum trait */
    enum activation activation; /* the type's fixed activation, if it is not a setting; else linear */
    /* Additional traits that depend on the settings. May be NULL. */
    unsigned (*more_traits)(const struct layer *layer);

    /* The width D of the output for an input of that width, before shapes are known; 0: unknown. NULL: same as the
     * input. */
    size_t (*width)(const struct layer *layer, size_t in);

    /* Check that the settings are supported and consistent. May be NULL. */
    mood_status (*check)(struct layer *layer, mood_error *err);
    /* Check the settings against the incoming shapes (one, or layer->source_count), set layer->out, and list the
     * variables. */
    mood_status (*build)(struct layer *layer, const struct shape *in, mood_error *err);
    /* Compute what is derived from the weights (packed copies); called after each change. The data for backward are
     * computed only if layer->needs_backward. Must not use variables of the role STATE. May be NULL. */
    mood_status (*prepare)(struct layer *layer, struct queue *queue, mood_error *err);
    /* For inference: the bytes of the table that fold makes; 0: not supported with these settings, or on this device.
     * NULL: never supported. */
    size_t (*table_bytes)(const struct layer *layer, const struct layer *embedding, const mood_device *device);
    /* For inference, after prepare: fold the preceding Embedding into this layer, so that forward takes the
     * Embedding's ids; results are bitwise identical. *folded: true if it was folded; false: the device has no memory
     * for the table. NULL with table_bytes. */
    mood_status (*fold)(struct layer *layer, const struct layer *embedding, struct queue *queue, bool *folded,
                        mood_error *err);
    /* Allocate a context's buffers for work->B rows. */
    mood_status (*plan)(const struct layer *layer, struct queue *queue, struct work *work, mood_error *err);
    /* in → work->out. A layer that merges gets an array of inputs. */
    mood_status (*forward)(const struct layer *layer, const struct pass *pass, struct work *work,
                           const struct sequence *in, mood_error *err);
    /* Describe forward as a stage of a launch for several layers, for a work that was planned stepwise; work->out
     * becomes its output (the caller sets rows). words: the folded table; the caller decides whether it is used.
     * NULL: the type can't be a stage. */
    void (*stage)(const struct layer *layer, struct work *work, struct stage *stage);
    /* d_out [shape of work->out] → work->d_in (WANT_INPUT; for layers that merge see work_d_in), and added to the
     * gradients of the variables (WANT_VARIABLES). May overwrite data that forward stored. If rows have shared
     * padding: adds the gradients of its states to the work of the shared padding. For shared padding itself:
     * called after backward of all its rows; d_out is NULL if the layer above does not take a sequence. */
    mood_status (*backward)(const struct layer *layer, const struct pass *pass, struct work *work,
                            const struct sequence *in, const struct buffer *d_out, unsigned want, mood_error *err);
};

struct layer {
    const struct layer_type *type;
    char name[64];
    void *settings; /* type->settings_size bytes */
    char *kept;     /* settings of its file that mood does not use but writes back, as a JSON object; NULL: none */
    bool trainable;
    bool given_mask;         /* the file says that the layer gets the mask of the ids */
    bool masks_zero_vectors; /* of an Embedding: a Masking layer follows; words whose vector is zero are masked */
    bool needs_backward;     /* prepare also computes the data for backward */
    size_t index;            /* index within the model */
    size_t sources[LAYER_MAX_INPUTS]; /* [source_count]: indices of the layers whose outputs are its inputs */
    size_t source_count;              /* 0: its input is the model's */
    struct shape in, out;             /* in: the first input */
    size_t row_numbers;               /* size of the largest buffer per row, except in and out; set by build; or 0 */
    size_t input_sizes[LAYER_MAX_INPUTS];           /* of a layer that merges: numbers per row, set by build */
    struct variable variables[LAYER_MAX_VARIABLES]; /* without those of its children */
    size_t variable_count;
    struct layer *children[LAYER_MAX_CHILDREN]; /* of a wrapper: owned; NULL: none */
    struct buffer derived[LAYER_MAX_DERIVED];   /* computed by prepare */
};

/* The type for that Keras class; NULL: unknown. */
const struct layer_type *layer_type_find(const char *class_name);
const struct layer_type *layer_type_at(size_t index);
/* The class names, for messages: "Embedding, LSTM, Dense". */
void layer_type_list(char *names, size_t size);
/* NULL if the type has no such setting. */
const struct field *layer_type_field(const struct layer_type *type, const char *key);

/* The variables of a layer and its children, in Keras's order. */
size_t layer_count_variables(const struct layer *layer);
struct variable *layer_variable(const struct layer *layer, size_t index);

/* The most numbers per row in one buffer of a built layer, except the four gates of an LSTM; SIZE_MAX: overflow.
 * The output of a Flatten contains all time steps. */
size_t layer_row_numbers(const struct layer *layer);

/* After build: check that the output for one row is so small that products of sizes cannot overflow. */
mood_status layer_check_size(const struct layer *layer, mood_error *err);

/* The work-group size for kernels whose work-items compute several vectors. Small groups occupy all cores of a CPU. */
size_t layer_group_size(const mood_device *device);

/* The number of work-items for [rows,D]; see step_blocks in kernels/steps.cl. */
size_t layer_step_items(const mood_device *device, size_t rows, size_t D);

/* The traits of its type and of its settings. */
unsigned layer_traits(const struct layer *layer);

/* The value of a setting; NULL: the layer has no such setting. */
const void *layer_setting(const struct layer *layer, const char *key);
/* Its setting "activation", else that of its type. */
enum activation layer_activation(const struct layer *layer);

/* Create a layer with a copy of the settings (type->settings_size bytes); *layer is new. */
mood_status layer_create(const struct layer_type *type, const char *name, const void *settings, struct layer **layer,
                         mood_error *err);
void layer_destroy(struct layer *layer);
/* A copy of an unbuilt layer without children; *copy is new. */
mood_status layer_copy(const struct layer *layer, struct layer **copy, mood_error *err);

/* Its name; the type's base name if it has none yet. */
const char *layer_label(const struct layer *layer);

/* The settings of a weight: initial values, penalty, and constraint. */
struct weight_settings {
    struct initializer initializer;
    struct regularizer regularizer;
    struct constraint constraint;
};

/* As rows of a type's table. key: "kernel"; member: the struct weight_settings in the settings. */
#define WEIGHT_FIELDS(key, settings, member)                                                                           \
    {key "_initializer", FIELD_INITIALIZER, offsetof(settings, member.initializer), NULL},                             \
        {key "_regularizer", FIELD_REGULARIZER, offsetof(settings, member.regularizer), NULL}, {                       \
        key "_constraint", FIELD_CONSTRAINT, offsetof(settings, member.constraint), NULL                               \
    }

/* Default value: only an initializer of that kind. */
#define WEIGHT(kind)                                                                                                   \
    { .initializer = INITIALIZER(kind) }

/* For a type's build: add a variable of that shape. */
#define LAYER_LARGEST_VARIABLE ((size_t)1 << 30) /* indices within one weight fit an int */
mood_status layer_add_variable(struct layer *layer, const char *name, size_t rank, const size_t *dims,
                               const struct weight_settings *weight, mood_error *err);
/* The same for a variable that training changes without gradients (STATE). */
mood_status layer_add_state(struct layer *layer, const char *name, size_t count, const struct initializer *initializer,
                            mood_error *err);
#define DIMS(...) (sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t)), ((const size_t[]){__VA_ARGS__})

/* For a type's plan: create a buffer of the work. */
mood_status work_allocate(struct work *work, struct queue *queue, size_t count, size_t size, struct buffer *buffer,
                          mood_error *err);
void work_destroy(struct work *work);
/* Saturating addition: *total becomes at most WORK_MOST_BYTES. */
#define WORK_MOST_BYTES (SIZE_MAX / 8)
void work_count_bytes(size_t *total, size_t bytes);

/* The gradient for input k: work->d_in; a layer that merges has one buffer for each input. */
#define WORK_FIRST_D_INPUT 1
static inline const struct buffer *work_d_in(const struct layer *layer, const struct work *work, size_t k) {
    return layer->source_count > 1 ? &work->buffers[WORK_FIRST_D_INPUT + k] : &work->d_in;
}

/* For a type whose output has its own number of time steps T, all stored for each row: plan the buffers for them;
 * and set work->out.packing for B rows. */
mood_status work_plan_steps(struct work *work, struct queue *queue, size_t T, mood_error *err);
mood_status work_set_steps(struct work *work, struct queue *queue, size_t B, mood_error *err);

/* For a type's build: the error that the layer needs a sequence. */
mood_status layer_needs_sequence(const struct layer *layer, const struct shape *in, mood_error *err);

/* Dropout in training, for types with built-in dropout: y [rows,D] from x, which may be y. A repeated call has the
 * same mask, so it is also used for the gradient. */
struct dropout {
    float rate;
    unsigned stream;               /* a layer's number for this dropout, 0 … 255 */
    const struct packing *packing; /* of a sequence; NULL: rows of one time step */
    size_t rows, D;
    bool shared_by_steps; /* all time steps of a row have the same mask, as rows of one time step do */
};
mood_status layer_dropout(const struct layer *layer, const struct pass *pass, const struct dropout *dropout,
                          const struct buffer *x, const struct buffer *y, mood_error *err);
/* Random numbers: larger than any index of a layer and its child. */
#define LAYER_STREAM_BIT 20

/* For types that process time backwards: y [rows,D] = x [rows,D] with each row's time steps in reverse order. */
mood_status layer_reverse_steps(struct queue *queue, const struct buffer *x, const struct buffer *y,
                                const struct packing *packing, size_t D, mood_error *err);

/* For a type's backward: y [count] += x [count]. */
mood_status layer_add_to(struct queue *queue, const struct buffer *x, const struct buffer *y, size_t count,
                         mood_error *err);

/* For a type's backward: out [N], from `offset` floats on, += the column sums of A [M,N], rows from first to last. */
mood_status layer_add_column_sums(struct queue *queue, const struct buffer *A, size_t M, size_t N,
                                  const struct buffer *out, size_t offset, mood_error *err);

/* ---- layer_json.c: a layer as an object of Keras's config.json --------------------------------- */

json_t *layer_write(const struct layer *layer);

/* name: for messages, and the layer's; NULL: none yet. has_weights: the weights are in a file, so initializers that
 * mood does not know are kept only to be written back. *layer is new. The name is not checked. */
mood_status layer_read(json_t *object, const char *name, bool has_weights, struct layer **layer, mood_error *err);

/* True if layer_read knows the object's class. */
bool layer_class_is_known(json_t *object);

/* Check that a name is printable: no control characters, fewer bytes than `room`. noun: "layer", "model". */
mood_status layer_check_name(const char *name, const char *noun, size_t room, mood_error *err);

mood_status layer_refuse_setting(const char *name, const char *key, json_t *value, mood_error *err);

#endif
