/* What a model's outputs mean (mood_head): decided by the last layer's activation and the loss. */
#ifndef MODEL_HEAD_H
#define MODEL_HEAD_H

#include "mood/model.h"

/* The loss that a model was compiled with, as far as it says what the outputs are. Also of a loss or an optimizer that
 * mood can't train with. */
struct head_loss {
    char name[64];              /* Keras's; "": none is known */
    mood_activation activation; /* of a cross-entropy: what makes probabilities of logits; else MOOD_LINEAR */
    bool from_logits;           /* of a cross-entropy: the outputs are logits */
    bool one_class;             /* the outputs of a row are for one class of several */
    bool signs;                 /* a hinge: it trains outputs towards -1 and 1 */
};

/* The activation that scores can be made with, of that name: linear, sigmoid or softmax; false: there is none. */
bool head_activation_find(const char *name, mood_activation *activation);

#endif
