/* The parts of a run. */
#include "stream/run.h"

mood_status run_init(struct run *run, const mood_stream_options *options, struct batch_scorer *scorer,
                     const mood_replay *replay, mood_error *err) {
    *run = (struct run){.options = options, .scorer = scorer, .replay = replay};
    run->channel.options = options;
    run->channel.type = options->connector;
    run->channel.deadline = (struct deadline){.stop = options->stop, .total_ms = options->deadline_ms};
    run->transaction.channel = &run->channel;
    run->intake = (struct intake){
        .channel = &run->channel, .batch = &run->batch, .transaction = &run->transaction, .finished = &run->finished};
    mood_status status = counts_init(&run->channel.counts, scorer->head.labels, err);
    if (status == MOOD_OK)
        status = batch_init(&run->batch, options->batch, scorer->head.outputs, err);
    if (status == MOOD_OK)
        status = outlet_init(&run->outlet, &run->intake, scorer, replay, err);
    return status == MOOD_OK ? channel_open(&run->channel, err) : status;
}

void run_clear(struct run *run) {
    outlet_clear(&run->outlet);
    batch_clear(&run->batch);
    positions_free(&run->transaction.begin);
    positions_free(&run->finished);
    counts_clear(&run->channel.counts);
}
