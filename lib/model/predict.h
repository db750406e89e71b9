/* Predictions and evaluation over rows. */
#ifndef MODEL_PREDICT_H
#define MODEL_PREDICT_H

#include "model/batch.h"

/* As mood_model_predict, for rows whose ids are in range. */
mood_status predict_rows(struct mood_model *model, const struct rows *rows, size_t batch_size, float *y,
                         mood_error *err);

/* For evaluate and for fit's validation: adds loss and metrics, with the prefix before their names. */
mood_status evaluate_rows(struct mood_model *model, const struct rows *rows, size_t batch_size, const char *prefix,
                          mood_metrics *metrics, mood_error *err);

#endif
