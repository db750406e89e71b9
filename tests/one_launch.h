/* Predicts with the kernel predict_tile on a device without shared memory, so that a simulator can check it. */
#ifndef TESTS_ONE_LAUNCH_H
#define TESTS_ONE_LAUNCH_H

#include "model/model.h"

/* Call this before any other function of the model: it builds the device's programs including predict_tile. */
void one_launch_build(mood_model *model);

/* y [n,1] of x [n,T], in tiles of that height; the model is built and one_launch_build was called. The device's buffers
 * must keep their addresses. */
void one_launch_predict(mood_model *model, const int32_t *x, size_t n, unsigned height, float *y);

#endif
