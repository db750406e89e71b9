/* The penalty of regularizers, which is part of the loss. */
#ifndef MODEL_PENALTY_H
#define MODEL_PENALTY_H

#include "model/model.h"

/* The number of partial sums; 0 if no trainable variable has a regularizer. */
size_t penalty_count_partials(const struct mood_model *model);

/* Add the penalty, times the number of rows, to the loss in totals [places,2] at `place`; with_gradients: also its
 * gradients. partials [penalty_count_partials]. Does nothing without regularizers. */
mood_status penalty_run(const struct mood_model *model, struct queue *queue, bool with_gradients, size_t rows,
                        const struct buffer *partials, const struct buffer *totals, size_t place, mood_error *err);

#endif
