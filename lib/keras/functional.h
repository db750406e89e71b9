/* Functional models: connections between layers, in the format of Keras 3. */
#ifndef KERAS_FUNCTIONAL_H
#define KERAS_FUNCTIONAL_H

#include <jansson.h>

#include "keras/keras.h"

/* State while the layers of a Functional model are read. functional_clear frees it. */
struct functional {
    const char *input;     /* name of its InputLayer; NULL: not read yet */
    const char *ngrams;    /* name of the InputLayer of n-grams; NULL: not read yet, or none */
    const char *embedding; /* name of its Embedding; NULL: not read yet */
    bool masking;          /* a Masking layer was read: its mask replaces that of the ids */
    json_t *masks;         /* the operations that compute masks; see functional.c */
};
void functional_clear(struct functional *functional);

/* Note the names that masks depend on: of the Embedding and of a Masking layer. */
void functional_note_layer(struct functional *functional, json_t *object, const char *name);

/* True if an object in "layers" is one of Keras's operations and not a layer; functional: the state so far, or
 * NULL. */
bool functional_is_operation(const struct functional *functional, json_t *object);

/* Read an operation. Those that compute or pass the mask of an Embedding are accepted; others are rejected. */
mood_status functional_read_operation(struct functional *functional, json_t *object, const char *name, mood_error *err);

/* A call of a layer: the layers of the model whose outputs are its inputs. */
struct call {
    size_t sources[LAYER_MAX_INPUTS];
    size_t count; /* 0: its input is the model's */
    bool masked;  /* it gets the mask of the ids */
};
mood_status functional_read_call(const struct functional *functional, json_t *object, const char *name,
                                 const mood_model *model, struct call *call, mood_error *err);

/* Check that the model's only output is that of its last layer; ends: "output_layers". */
mood_status functional_check_output(json_t *ends, const mood_model *model, mood_error *err);

/* A model's config as a Functional one: {"name": …, "layers": […], "input_layers": …, "output_layers": …}; input,
 * ngrams: its InputLayers, whose references are taken; ngrams NULL: none. NULL: out of memory. */
json_t *functional_write(const mood_model *model, json_t *input, json_t *ngrams);

#endif
