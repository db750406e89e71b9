/* Appends several layers to a model. */
#ifndef TESTS_LAYERS_H
#define TESTS_LAYERS_H

#include "mood/model.h"

/* Each layer is written as for mood_model_add; the list ends with NULL. */
static inline mood_status append_layers(mood_model *model, const char *const *layers, mood_error *error) {
    mood_status status = MOOD_OK;
    for (; *layers && status == MOOD_OK; layers++)
        status = mood_model_add(model, *layers, error);
    return status;
}

#define LAYERS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
