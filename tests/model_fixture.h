/* Small models and rows for tests of whole models. */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include "devices.h"
#include "model/context.h"
#include "mood/model.h"

enum { V = 23, E = 5, T = 6, N = 11 };

struct data {
    int32_t x[N * T];
    float y[N * 3];
};

/* Add an Embedding, and a layer for each letter: see model_fixture.c. 0 as the first character: with mask_zero. */
void add_layers(mood_model *model, const char *layers);

/* Rows with some padding, and labels that fit the loss. */
void fill_data(struct data *data, const char *loss, size_t O);

/* Gradients of all trainable variables from the backward pass of one step, with slices of that many rows; new. */
float *gradients_of(mood_model *model, const struct data *data, size_t O, size_t slice);

/* The loss of such a step, with dropout, noise and penalties. */
double training_loss(mood_model *model, const struct data *data, size_t O, size_t slice);

/* The loss of mood_model_evaluate. */
double evaluated_loss(mood_model *model, const struct data *data, size_t O, size_t batch_size);

/* Compare gradients [trainable_count] with numeric slopes of the loss, at some elements of each variable. */
void check_slopes(mood_model *model, const struct data *data, size_t O, const float *gradients);

/* The call failed with that status, and its message contains the words. */
void refused(mood_status status, const mood_error *said, mood_status expected, const char *words);

#endif
