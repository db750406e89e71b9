/* Keras's names of activations. */
#include <string.h>

#include "layers/activation.h"

static const char *const names[] = {
    [MOOD_LINEAR] = "linear", [MOOD_RELU] = "relu",       [MOOD_SIGMOID] = "sigmoid",
    [MOOD_TANH] = "tanh",     [MOOD_SOFTMAX] = "softmax",
};

const char *activation_name(mood_activation activation) {
    return (size_t)activation < sizeof names / sizeof *names ? names[activation] : NULL;
}

bool activation_find(const char *name, mood_activation *activation) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *activation = (mood_activation)i;
            return true;
        }
    return false;
}
