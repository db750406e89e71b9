/* The loop of a run: read a batch, process it, repeat until something ends the run. */
#ifndef STREAM_LOOP_H
#define STREAM_LOOP_H

#include "mood/stream.h"
#include "stream/batch_scorer.h"

/* Run a stream, or with replay (NULL: none) a replay. *end, which may be NULL, is set to how it ended. */
mood_status stream_run(const mood_stream_options *options, struct batch_scorer *scorer, const mood_replay *replay,
                       mood_stream_end *end, mood_error *err);

#endif
