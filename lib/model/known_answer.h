/* The known-answer test: a small model with fixed weights predicts rows whose scores are known. */
#ifndef MODEL_KNOWN_ANSWER_H
#define MODEL_KNOWN_ANSWER_H

#include "device/device.h"
#include "mood/model.h"

/* Predict on an open device with the kernels that its class predicts with, in the same way as any model does.
 * Where the driver compiles whole programs, all heights of tiles run; PoCL compiles each kernel at its first launch, and
 * there the test launches no more kernels than scoring one text does: known_answer_test_height tests the others.
 * *right: whether all scores are as expected; if not, reason [size] says how one differs. Errors: the device's. */
mood_status known_answer_test(mood_device *device, bool *right, char *reason, size_t size, mood_error *err);

/* On PoCL: test predictions with tiles of a height before they are first used; the result is kept like the device's. After
 * it, the height is one of right_heights, or its time is so long that it is not chosen. Thread-safe. */
mood_status known_answer_test_height(mood_device *device, unsigned height, mood_error *err);

/* The shortest of some predictions after the test, to compare CPU drivers [s]. */
mood_status known_answer_seconds(mood_device *device, double *seconds, mood_error *err);

/* The rows, their expected scores, and the model, for the test that compares them with plain C. */
#define KNOWN_ANSWER_ROWS 4
struct known_answers {
    size_t T;
    float scores[KNOWN_ANSWER_ROWS];
};
extern const struct known_answers known_answers_short, known_answers_long;
void known_answer_rows(size_t T, int32_t *x); /* [KNOWN_ANSWER_ROWS,T] */
float known_answer_number(
    uint32_t i); /* number i of a fixed sequence that looks random, -0.5 to 0.5, exact in float32 */
mood_status known_answer_model(mood_device *device, size_t T, mood_model **model, mood_error *err);

#endif
