/* Functional models: how their layers are connected, in Keras 3's spelling. */
#ifndef KERAS_FUNCTIONAL_H
#define KERAS_FUNCTIONAL_H

#include <jansson.h>

#include "keras/keras.h"

/* What is known of a Functional model while its layers are read. functional_clear frees it. */
struct functional {
    const char *input; /* the name of its InputLayer; NULL: there was none yet */
    json_t *masks;     /* the operations that compute masks; see functional.c */
};
void functional_clear(struct functional *functional);

/* Whether an object of "layers" is no layer but one of Keras's operations; functional: what was read before it, or NULL. */
bool functional_is_operation(const struct functional *functional, json_t *object);

/* Read an operation. Keras writes those that compute the mask of an Embedding and hand it on; others are refused. */
mood_status functional_read_operation(struct functional *functional, json_t *object, const char *name, mood_error *err);

/* Where a layer is called: the layers of the model whose outputs it takes. */
struct call {
    size_t sources[LAYER_MAX_INPUTS];
    size_t count; /* 0: it takes the model's input */
    bool masked;  /* it gets the mask of the ids */
};
mood_status functional_read_call(const struct functional *functional, json_t *object, const char *name,
                                 const mood_model *model, struct call *call, mood_error *err);

/* Whether the model's output is its last layer's, and nothing else; ends: "output_layers". */
mood_status functional_check_output(json_t *ends, const mood_model *model, mood_error *err);

/* A model's config as a Functional one: {"name": …, "layers": […], "input_layers": …, "output_layers": …}; input: its
 * InputLayer, which is taken. NULL: out of memory. */
json_t *functional_write(const mood_model *model, json_t *input);

#endif
