/* --preset auto: what mood fit chooses for a new model from its data. doc/accuracy.md has the figures behind the
 * choices. An option that is given takes precedence. */
#ifndef CLI_PRESET_H
#define CLI_PRESET_H

#include "training.h"

/* Training rows from which on rare words and n-grams are dropped, and batches are larger. */
enum { PRESET_MANY_ROWS = 15000 };

/* Whether the preset applies: a new model whose layers, tokenizer and kind of input are not given. */
bool preset_applies(const struct fit_arguments *arguments);

/* Choose segmentation, cleaning, vectors, and the settings of training, from the data; before the tokenizer. */
MOOD_MUST_CHECK mood_status preset_choose(struct training *training, mood_error *err);

/* Make the tokenizer: words of the training rows and of the vectors. Sets training->words and training->T. */
MOOD_MUST_CHECK mood_status preset_make_words(struct training *training, mood_error *err);

/* Measure whether the shipped vectors fit the language of the texts. Use them if they do and --vectors is not given.
 * Call it after the tokenizer has counted the words. */
MOOD_MUST_CHECK mood_status preset_choose_vectors(struct training *training, mood_error *err);

/* Measure the share of the words in the training texts that have a vector. Call it after the vectors have been read,
 * also without --preset auto. Errors: MOOD_ERR_FORMAT if no word of the texts has a given vector. */
MOOD_MUST_CHECK mood_status preset_check_vectors(struct training *training, mood_error *err);

/* Add the layers to a new model. The training rows must have been made (training->train). */
MOOD_MUST_CHECK mood_status preset_add_layers(struct training *training, size_t words, size_t outputs,
                                              const char *activation, mood_error *err);

/* A setting of --preset auto: the given value or the default. The vectors must have been chosen. */
double preset_value(const struct training *training, enum preset_setting setting);

/* Whether the numbers of rows of the labels differ so much that labels need weights. */
bool preset_is_uneven(const mood_dataset *data);

/* Print what was chosen and why. */
void preset_print(const struct training *training);

#endif
