/* The loop of a run: read a batch, process it, repeat until something ends the run. */
#include <string.h>

#include "stream/exactly_once.h"
#include "stream/loop.h"
#include "stream/process.h"

enum { MAX_BATCH = 1 << 20, MAX_WAIT_MS = 5000 };

static mood_status check(const mood_stream_options *options, mood_error *err) {
    if (!options || options->size != sizeof *options)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the options are not a mood_stream_options of this library's version");
    mood_status status = mood_connector_check(options->connector, err);
    if (status != MOOD_OK)
        return status;
    const uint32_t needed = MOOD_CONNECTOR_TRANSACTIONS | MOOD_CONNECTOR_REWIND;
    if (options->guarantee == MOOD_EXACTLY_ONCE && (options->connector->abilities & needed) != needed)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                              "the connector '%s' has no transactions, so it can't do exactly-once",
                              options->connector->name);
    if (options->batch == 0 || options->batch > MAX_BATCH || options->wait_ms < 0 || options->deadline_ms < 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "batch must be 1 to %d, and waiting times must not be negative", MAX_BATCH);
    if (options->guarantee == MOOD_EXACTLY_ONCE && options->wait_ms > MAX_WAIT_MS)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "with exactly-once a batch waits at most %d ms, so that its transaction does not time "
                              "out",
                              MAX_WAIT_MS);
    if (options->keep && options->format != MOOD_FORMAT_JSON)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the input can be kept only if it is a JSON object (format json)");
    if (!options->field || !options->member)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "field and member need names");
    if (options->keep && strcmp(options->field, options->member) == 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the member to add ('%s') is the one with the text; choose another name with --member",
                              options->member);
    return MOOD_OK;
}

/* ---- the loop ---------------------------------------------------------------------------------------------- */

/* Partitions are revoked, and the batch is processed: wait for delivery while there is time. The next poll hands the
 * partitions over. */
static mood_status flush_revoked(struct run *run, mood_error *err) {
    bool flushed;
    if (run->intake.revoke_end == 0)
        return MOOD_OK;
    mood_status status = outlet_flush(&run->outlet, run->intake.revoke_end, &flushed, err);
    run->intake.revoke_end = 0;
    return status;
}

static mood_status loop(struct run *run, mood_error *err) {
    mood_status status = MOOD_OK;
    while (!deadline_stopping(&run->channel.deadline) && !run->intake.ended && status == MOOD_OK) {
        status = exactly_once_begin(run, err);
        if (status == MOOD_OK)
            status = intake_collect(&run->intake, err);
        bool idle = run->batch.count == 0;
        if (status == MOOD_OK && !idle && !run->transaction.broken)
            status = process_batch(run, err);
        if (status == MOOD_OK)
            status = exactly_once_settle(run, idle, err);
        if (status == MOOD_OK)
            status = flush_revoked(run, err);
        channel_tick(&run->channel);
    }
    return status;
}

/* ---- the end ------------------------------------------------------------------------------------------------- */

/* Commit or abort the open transaction, also if the run failed. The first error is kept. */
static mood_status settle(struct run *run, mood_status status, mood_error *err) {
    mood_error failure = {0};
    if (run->channel.failed || exactly_once_settle(run, true, &failure) == MOOD_OK || status != MOOD_OK)
        return status;
    *err = failure;
    return err->status;
}

/* Wait until everything is delivered, acknowledge it, close the connector. */
static mood_status finish(struct run *run, mood_status status, mood_error *err) {
    struct channel *channel = &run->channel;
    bool flushed = false;
    batch_release(&run->batch, channel);
    status = settle(run, status, err);
    if (status == MOOD_OK)
        status = outlet_flush(&run->outlet, 0, &flushed, err);
    channel_report(channel);
    if (status != MOOD_OK) /* the caller reports the error */
        channel_log(channel, MOOD_LOG_NOTE, "the stream failed; closing the connector '%s'", channel->type->name);
    mood_error failure = {0};
    mood_connector_result closed = channel_close(channel, status != MOOD_OK, &failure);
    if (status != MOOD_OK)
        return status;
    if (!flushed || closed == MOOD_CONNECTOR_RETRY || transaction_has_content(&run->transaction)) {
        channel->end = MOOD_STREAM_DEADLINE;
        return MOOD_OK;
    }
    if (closed != MOOD_CONNECTOR_OK) {
        *err = failure;
        return channel_failed(channel, closed, err);
    }
    channel->end = run->intake.ended ? MOOD_STREAM_INPUT_ENDED : MOOD_STREAM_STOPPED;
    return MOOD_OK;
}

mood_status stream_run(const mood_stream_options *options, struct batch_scorer *scorer, const mood_replay *replay,
                       mood_stream_end *end, mood_error *err) {
    mood_error failure = {0};
    struct run run = {0};
    mood_status status = check(options, &failure);
    if (status == MOOD_OK) {
        status = run_init(&run, options, scorer, replay, &failure);
        if (status == MOOD_OK)
            status = finish(&run, loop(&run, &failure), &failure);
        else if (status == MOOD_ERR_STOPPED) { /* while the connector was opened; no record was read */
            run.channel.end = MOOD_STREAM_STOPPED;
            status = MOOD_OK;
        }
    }
    if (end)
        *end = run.channel.end;
    run_clear(&run);
    if (status != MOOD_OK && err)
        *err = failure;
    return status;
}

mood_status mood_stream_check(const mood_stream_options *options, mood_error *err) {
    mood_error failure = {0};
    struct channel channel = {.options = options};
    mood_status status = check(options, &failure);
    if (status == MOOD_OK) {
        channel.type = options->connector;
        channel.deadline.total_ms = options->deadline_ms;
        status = channel_open(&channel, &failure);
    }
    if (status == MOOD_OK)
        channel_close(&channel, false, NULL);
    else if (err)
        *err = failure;
    return status;
}
