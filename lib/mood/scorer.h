/* Text in, scores out: a tokenizer and a model from one file. */
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

/** Its weights never change, and it may be called from any number of threads at once. */
typedef struct mood_scorer mood_scorer;

typedef struct mood_scorer_options {
    size_t size;
    mood_device *device;      /**< borrowed; NULL: the scorer opens one by `selector` */
    const char *selector;     /**< as mood_device_open's */
    const mood_recipe_options *recipe; /**< as mood_model_load's, borrowed for the call; NULL */
    size_t batch_size;        /**< rows a launch at most; 0: one that suits the device */
} mood_scorer_options;
#define MOOD_SCORER_OPTIONS {sizeof(mood_scorer_options), NULL, NULL, NULL, 0}

/** Open a .keras file. *scorer is new.
 *  Errors: those of mood_model_load and mood_model_get_head, and MOOD_ERR_FORMAT when there is no tokenizer. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_open(const char *path, const mood_scorer_options *options,
                                                      mood_scorer **scorer, mood_error *err);

/** NULL is fine. No call may be under way. */
MOOD_API void mood_scorer_destroy(mood_scorer *scorer);

/** Score texts [n] into scores [n, O] (mood_scorer_get_outputs): probabilities, also of a model that gives logits (see
 *  mood_scorer_get_head). Of two labels and one output the score is the second label's probability, whichever label the
 *  text gets: mood_head_label_score gives the other's. Bytes that are not UTF-8 count as
 *  U+FFFD. A text with no known word is scored as Keras does: as a row of padding. A text's scores are
 *  the same to the bit whatever else is in the call.
 *  Errors: MOOD_ERR_STATE of class MOOD_CLASS_INPUT when a score is NaN or infinite, since the model's weights are too
 *  large (names the text). */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_score(mood_scorer *scorer, const mood_text *texts, size_t n,
                                                       float *scores, mood_error *err);

/** The same; counts [n] (may be NULL; undefined on failure): each text's words, and how many of them the model does not
 *  know. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_score_counted(mood_scorer *scorer, const mood_text *texts,
                                                               size_t n, float *scores,
                                                               mood_sequence_counts *counts, mood_error *err);

/** How texts become rows, what the classes are called, and which of that was assumed or overridden; belongs to the
 *  scorer. */
MOOD_API const mood_recipe *mood_scorer_get_recipe(const mood_scorer *scorer);

MOOD_API size_t mood_scorer_get_outputs(const mood_scorer *scorer); /**< O: 1 for a binary model */
MOOD_API size_t mood_scorer_get_labels(const mood_scorer *scorer);  /**< number of classes: 2 for O = 1 */
MOOD_API const char *mood_scorer_get_label(const mood_scorer *scorer, size_t index); /**< its name; NULL past the end */

/** The label of a row of scores [O]: mood_head_decide of the scorer's head. A text may have several labels, or none, in a
 *  multi-label model: mood_head_applies says which. */
MOOD_API size_t mood_scorer_decide(const mood_scorer *scorer, const float *scores);

/** What the scores mean; belongs to the scorer. */
MOOD_API const mood_head *mood_scorer_get_head(const mood_scorer *scorer);

/** A row of scores [O] as a JSON object, NUL-terminated in *json, new (mood_free):
 *      {"label":"negative","score":0.002,"confidence":0.998,"scores":{"negative":0.998,"positive":0.002}}
 *  score is the positive label's of two labels and one output, else the label's own; confidence the label's own in any
 *  case; scores that of each label. A multi-label model gives {"labels":[…],"scores":{…}}, with the labels that apply.
 *  Scores that are no probabilities have no confidence, and one output of that kind no scores.
 *  Errors: MOOD_ERR_FORMAT (a score is not a number), MOOD_ERR_MEMORY. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_write_json(const mood_scorer *scorer, const float *scores, char **json,
                                                            mood_error *err);

/** SHA-256 of the weights in hex, 64 digits; belongs to the scorer. */
MOOD_API const char *mood_scorer_get_digest(const mood_scorer *scorer);

/** The device in use. */
MOOD_API const mood_device_info *mood_scorer_get_device(const mood_scorer *scorer);

#ifdef __cplusplus
}
#endif
#endif
