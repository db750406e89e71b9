/* The known-answer test: a small model with fixed weights predicts rows whose scores are known. */
#ifndef MODEL_KNOWN_ANSWER_H
#define MODEL_KNOWN_ANSWER_H

#include "device/device.h"
#include "mood/model.h"

/* Predict on an open device with the kernels of its class, as for any model. If the driver compiles whole programs,
 * all heights of tiles run. PoCL compiles each kernel at its first launch; there the test launches no more kernels
 * than scoring one text does, and known_answer_test_height tests the others. *right: all scores are as expected; if
 * not, reason [size] describes the first difference. Errors: those of the device. */
mood_status known_answer_test(mood_device *device, bool *right, char *reason, size_t size, mood_error *err);

/* On PoCL: test predictions with tiles of a height before their first use; the result is stored like that of the
 * device. Afterwards the height is in right_heights, or its time is so long that it is not chosen. Thread-safe. */
mood_status known_answer_test_height(mood_device *device, unsigned height, mood_error *err);

/* The shortest of several predictions after the test [s], to compare CPU drivers. */
mood_status known_answer_seconds(mood_device *device, double *seconds, mood_error *err);

/* Rows, expected scores and model, for the test that compares them with plain C. */
#define KNOWN_ANSWER_ROWS 4
struct known_answers {
    size_t T;
    float scores[KNOWN_ANSWER_ROWS];
};
extern const struct known_answers known_answers_short, known_answers_long;
void known_answer_rows(size_t T, int32_t *x); /* [KNOWN_ANSWER_ROWS,T] */
float known_answer_number(uint32_t i); /* element i of a fixed pseudo-random sequence, -0.5 to 0.5, exact in float32 */
mood_status known_answer_model(mood_device *device, size_t T, mood_model **model, mood_error *err);

#endif
