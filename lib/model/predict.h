/* Evaluation over rows, for evaluate and for fit's validation. */
#ifndef MODEL_PREDICT_H
#define MODEL_PREDICT_H

#include "model/batch.h"

mood_status evaluate_rows(struct mood_model *model, const struct rows *rows, size_t batch_size, mood_metrics *metrics,
                          mood_error *err);

#endif
