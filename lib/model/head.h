/* The meaning of a model's outputs (mood_head), determined by the last layer's activation and the loss. */
#ifndef MODEL_HEAD_H
#define MODEL_HEAD_H

#include "mood/model.h"

/* What the loss of a compiled model says about the outputs. Also for a loss or an optimizer that mood can't train
 * with. */
struct head_loss {
    char name[64];              /* Keras's name; "": unknown */
    mood_activation activation; /* of a cross-entropy: converts logits to probabilities; else MOOD_LINEAR */
    bool from_logits;           /* of a cross-entropy: the outputs are logits */
    bool one_class;             /* a row has one class of several */
    bool signs;                 /* a hinge: it trains outputs towards -1 and 1 */
};

/* The activation of that name if it can compute scores: linear, sigmoid or softmax; false: it can't. */
bool head_activation_find(const char *name, mood_activation *activation);

/* The score of a label (mood_head_label_score) from a row of the model's outputs [O], before mood_head_apply; and its
 * gradient by them [O]. */
double head_differentiate(const mood_head *head, const float *outputs, size_t label, float *gradient);

#endif
