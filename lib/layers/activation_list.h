// The activations that mood computes, and Keras's names. The host and the kernels compile this list.
//
// LINEAR to TANH are computed where a product ends; the others by activation_forward. After SOFTMAX come those whose
// derivative is computed from their input, and last those of a whole row, as SOFTMAX is. HARD_SIGMOID_2 is hard_sigmoid
// as Keras 2 defines it; Keras 3 can have it as a registered function of that name.
#ifndef LAYERS_ACTIVATION_LIST_H
#define LAYERS_ACTIVATION_LIST_H

#define ACTIVATIONS(row)                                                                                               \
    row(LINEAR, "linear") row(RELU, "relu") row(SIGMOID, "sigmoid") row(TANH, "tanh") row(SOFTMAX, "softmax")          \
        row(RELU6, "relu6") row(LEAKY_RELU, "leaky_relu") row(ELU, "elu") row(SELU, "selu") row(CELU, "celu")          \
            row(GELU, "gelu") row(SILU, "silu") row(MISH, "mish") row(SOFTPLUS, "softplus") row(SOFTSIGN, "softsign")  \
                row(SQUAREPLUS, "squareplus") row(EXPONENTIAL, "exponential") row(LOG_SIGMOID, "log_sigmoid")          \
                    row(HARD_SIGMOID, "hard_sigmoid") row(HARD_SIGMOID_2, "keras2>hard_sigmoid")                       \
                        row(HARD_SILU, "hard_silu") row(HARD_TANH, "hard_tanh") row(SOFT_SHRINK, "soft_shrink")        \
                            row(HARD_SHRINK, "hard_shrink") row(TANH_SHRINK, "tanh_shrink")                            \
                                row(SPARSE_PLUS, "sparse_plus") row(SPARSE_SIGMOID, "sparse_sigmoid")                  \
                                    row(LOG_SOFTMAX, "log_softmax")

#define ACTIVATION_ENUMERATOR(name, text) ACTIVATION_##name,
enum activation { ACTIVATIONS(ACTIVATION_ENUMERATOR) };

#endif
