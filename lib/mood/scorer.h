/* A scorer turns texts into scores: a tokenizer and a model, loaded from one file. */
#ifndef MOOD_SCORER_H
#define MOOD_SCORER_H

#include <stddef.h>
#include <stdint.h>

#include <mood/device.h>
#include <mood/model.h>
#include <mood/status.h>
#include <mood/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Its weights never change, and any number of threads may use it at once. */
typedef struct mood_scorer mood_scorer;

typedef struct mood_scorer_options {
    size_t size;
    mood_device *device;               /**< borrowed; NULL: the scorer opens the one that `selector` chooses */
    const char *selector;              /**< as for mood_device_open */
    const mood_recipe_options *recipe; /**< as for mood_model_load, borrowed for the call; may be NULL */
    size_t batch_size;                 /**< most rows per launch; 0: chosen for the device */
} mood_scorer_options;
#define MOOD_SCORER_OPTIONS                                                                                            \
    { sizeof(mood_scorer_options), NULL, NULL, NULL, 0 }

/** Open a model file: .keras, or an .h5 file with options for the tokenizer (see mood_model_load). *scorer is new.
 *  Errors: those of mood_model_load and mood_model_get_head, and MOOD_ERR_FORMAT if there is no tokenizer. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_open(const char *path, const mood_scorer_options *options,
                                                      mood_scorer **scorer, mood_error *err);

/** NULL is allowed. No other call may be running. */
MOOD_API void mood_scorer_destroy(mood_scorer *scorer);

/** Score texts [n] into scores [n, O] (mood_scorer_get_outputs): probabilities, also of a model that gives logits (see
 *  mood_scorer_get_head). With two labels and one output the score is the probability of the second label, also if
 *  the text gets the first one: mood_head_label_score returns that label's. Bytes that are not UTF-8 count as
 *  U+FFFD. A text without a known word is scored as a row of padding, as in Keras. The scores of a text do not depend
 * on the other texts of the call (bitwise identical). Errors: MOOD_ERR_STATE of class MOOD_CLASS_INPUT if a score is
 * NaN or infinite because the model's weights are too large; the message names the text. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_score(mood_scorer *scorer, const mood_text *texts, size_t n,
                                                       float *scores, mood_error *err);

/** The same; counts [n] (may be NULL; undefined on failure): for each text the number of words, and how many of them
 *  are not in the vocabulary. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_score_counted(mood_scorer *scorer, const mood_text *texts, size_t n,
                                                               float *scores, mood_sequence_counts *counts,
                                                               mood_error *err);

/** How texts become rows, the names of the classes, and which of these settings were assumed or overridden; belongs to
 *  the scorer. */
MOOD_API const mood_recipe *mood_scorer_get_recipe(const mood_scorer *scorer);

MOOD_API size_t mood_scorer_get_outputs(const mood_scorer *scorer); /**< O: 1 for a binary model */
MOOD_API size_t mood_scorer_get_labels(const mood_scorer *scorer);  /**< number of classes: 2 for O = 1 */
MOOD_API const char *mood_scorer_get_label(const mood_scorer *scorer,
                                           size_t index); /**< class name; NULL past the end */

/** The label of a row of scores [O]: mood_head_decide with the scorer's head. With a multi-label model a text may have
 *  several labels, or none: mood_head_applies returns which. */
MOOD_API size_t mood_scorer_decide(const mood_scorer *scorer, const float *scores);

/** What the scores mean; belongs to the scorer. */
MOOD_API const mood_head *mood_scorer_get_head(const mood_scorer *scorer);

/** A row of scores [O] as a JSON object, NUL-terminated in *json, new (mood_free):
 *      {"label":"negative","score":0.002,"confidence":0.998,"scores":{"negative":0.998,"positive":0.002}}
 *  score is the positive label's if there are two labels and one output, else the label's own; confidence is always the
 *  label's own; scores has that of each label. A multi-label model gives {"labels":[…],"scores":{…}}, with the labels
 *  that apply. If scores are not probabilities there is no confidence, and with one output no scores either.
 *  Errors: MOOD_ERR_FORMAT (a score is not a number), MOOD_ERR_MEMORY. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_write_json(const mood_scorer *scorer, const float *scores, char **json,
                                                            mood_error *err);

/** SHA-256 of the weights in hex, 64 digits; belongs to the scorer. */
MOOD_API const char *mood_scorer_get_digest(const mood_scorer *scorer);

/** The device in use; belongs to the scorer. */
MOOD_API const mood_device_info *mood_scorer_get_device(const mood_scorer *scorer);

#ifdef __cplusplus
}
#endif
#endif
