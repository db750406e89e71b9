/* The known-answer test of training: the gradients of the known-answer model, and a step of Adam with them. */
#ifndef MODEL_KNOWN_GRADIENTS_H
#define MODEL_KNOWN_GRADIENTS_H

#include "device/device.h"

/* Compute gradients with the kernels that the device's class trains with, as for any model, and with tiles of each
 * height; then one step of Adam. *right: all results are as expected; if not, reason [size] describes the first
 * difference. Errors: those of the device. */
mood_status known_gradients_test(mood_device *device, bool *right, char *reason, size_t size, mood_error *err);

/* For each of the model's weights, in order: the gradient's scalar product with the fixed direction, and its norm.
 * For the test that compares them with plain C. */
enum { KNOWN_GRADIENTS_COUNT = 11 };
struct known_gradient {
    double product, norm;
};
extern const struct known_gradient known_gradients[KNOWN_GRADIENTS_COUNT];

float known_gradients_label(size_t row);
float known_gradients_direction(size_t weight, size_t index);

#endif
