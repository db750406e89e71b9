/* A scorer turns texts into scores: a tokenizer and a model, loaded from one file. */
#ifndef MOOD_SCORER_H
#define MOOD_SCORER_H

#include <stdbool.h>
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
    size_t batch_size; /**< most rows per launch; 0: chosen for the device. With 0 or 32 and more, a scorer can take
                            up to 256 MB for a table of a large vocabulary, which makes scoring faster */
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
 *  mood_scorer_get_head), calibrated if the model has a temperature. With two labels and one output the score is the
 *  probability of the second label, also if the text gets the first one: mood_head_label_score returns that label's.
 *  Bytes that are not UTF-8 count as U+FFFD. A text without a known word is scored as a row of padding, as in Keras.
 *  The scores of a text do not depend on the other texts of the call (bitwise identical). Errors: MOOD_ERR_STATE of
 *  class MOOD_CLASS_INPUT if a score is NaN or infinite because the model's weights are too large; the message names
 *  the text. */
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

/* ---- explanations --------------------------------------------------------------------------------- */

/** A word of an explained text. */
typedef struct mood_word {
    mood_text text;      /**< as the model sees it: after cleaning, lower case and filters; NUL-terminated */
    size_t begin, size;  /**< its bytes in the text; size 0: not known, because cleaning has changed the text */
    double contribution; /**< to the score; 0 if the model does not use the word */
    bool known;          /**< false: it is not in the vocabulary; its contribution is not 0 if there is an oov_token */
    bool cut;            /**< true: the text has more words than the model takes, and this one was cut off */
} mood_word;

/** Only the library makes it; later versions can have more members at the end. */
typedef struct mood_explanation {
    size_t label;  /**< the explained label */
    double score;  /**< the label's score (mood_head_label_score) */
    double empty;  /**< the same of an empty text */
    double sum;    /**< of all contributions: score - empty, except for the error of the integration */
    size_t steps;  /**< points of the integration; 0: the text has no word that the model uses */
    bool complete; /**< sum is right within 1 % of score - empty, or within 0.0001 if that is more */
    bool located;  /**< the places of all words are known */
    size_t count;
    const mood_word *words; /**< [count], in the order of the text */
    const float *scores;    /**< [O], as mood_scorer_score gives them */
} mood_explanation;

/** In place of a label: that of mood_scorer_decide. */
#define MOOD_DECIDED_LABEL SIZE_MAX

/** Which words of a text move the score of a label: integrated gradients (Sundararajan et al. 2017) from the empty
 *  text to the text, computed on the device. The contributions of all words add up to the difference of both scores.
 *  The number of integration steps grows from 32 to at most 1,024, until the sum is right.
 *
 *  Models of ids: the path of the words' vectors begins at padding's vector. If padding is masked, an empty text has no
 *  steps: the difference between it and a text of as many unmasked paddings is divided equally among the words. Bags
 *  (of words, or of n-grams): the path begins at the empty bag, and an n-gram's contribution is divided equally among
 *  its words. Dropout is inactive. A model whose scores jump, for instance with a threshold in a ReLU, has no complete
 *  explanation.
 *
 *  *explanation is new (mood_explanation_destroy) and does not refer to the text. The first call copies the model's
 *  weights on the device. Calls from several threads wait for each other; scoring does not wait.
 *  Errors: MOOD_ERR_ARGUMENT (no such label), MOOD_ERR_DEVICE (the device computes wrong gradients), those of
 *  mood_scorer_score. */
MOOD_API MOOD_MUST_CHECK mood_status mood_scorer_explain(mood_scorer *scorer, mood_text text, size_t label,
                                                         mood_explanation **explanation, mood_error *err);

/** NULL is allowed. */
MOOD_API void mood_explanation_destroy(mood_explanation *explanation);

/** SHA-256 of the weights in hex, 64 digits; of a model with a temperature or a threshold, of weights, temperature and
 *  threshold. Belongs to the scorer. */
MOOD_API const char *mood_scorer_get_digest(const mood_scorer *scorer);

/** The device in use; belongs to the scorer. */
MOOD_API const mood_device_info *mood_scorer_get_device(const mood_scorer *scorer);

#ifdef __cplusplus
}
#endif
#endif
