/* Scores for the texts of a batch. */
#ifndef STREAM_SCORE_H
#define STREAM_SCORE_H

#include "stream/run.h"

/* Score the texts among items [first, end). A text that cannot be scored becomes a bad item. */
mood_status score_items(struct run *run, size_t first, size_t end, mood_error *err);

#endif
