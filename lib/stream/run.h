/* One run of a stream or of a replay: its parts, which the files above this header use together. */
#ifndef STREAM_RUN_H
#define STREAM_RUN_H

#include "stream/batch.h"
#include "stream/batch_scorer.h"
#include "stream/channel.h"
#include "stream/intake.h"
#include "stream/outlet.h"
#include "stream/transaction.h"

struct run {
    const mood_stream_options *options;
    struct batch_scorer *scorer;
    const mood_replay *replay; /* the run puts dead letters back without scoring; NULL: a stream */
    struct channel channel;
    struct batch batch;
    struct positions finished; /* next offsets to read, not yet passed to the connector for a commit */
    struct transaction transaction;
    struct intake intake;
    struct outlet outlet;
};

/* options->connector is valid. Opens the connector last. Call run_clear after a failure, too. */
mood_status run_init(struct run *run, const mood_stream_options *options, struct batch_scorer *scorer,
                     const mood_replay *replay, mood_error *err);
/* The connector must be closed. */
void run_clear(struct run *run);

#endif
