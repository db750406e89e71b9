/* Process one batch. */
#ifndef STREAM_PROCESS_H
#define STREAM_PROCESS_H

#include "stream/run.h"

/* Parse, score, publish in order, acknowledge, and release the batch. A replay publishes without scoring. */
mood_status process_batch(struct run *run, mood_error *err);

#endif
