/* The scores of a trained model on its validation rows. */
#ifndef CLI_TUNE_SCORE_H
#define CLI_TUNE_SCORE_H

#include "tune_log.h"

/* Predict the training's validation rows, cut them into parts of equal size, and write one score and one row of figures
 * per part to scores [parts] and figures [parts]. Errors: MOOD_ERR_ARGUMENT if there are fewer rows than parts, or if
 * the metric is log_loss and the scores are not probabilities. */
MOOD_MUST_CHECK mood_status tune_score(const struct training *training, enum tune_metric metric, size_t parts,
                                       double *scores, double (*figures)[TUNE_METRIC_COUNT], mood_error *err);

#endif
