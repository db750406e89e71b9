/* Exactly-once: outputs and offsets become visible together, or not at all.
 *
 * A transaction contains whole batches. It ends when no input is waiting, so that the outputs of a slow stream can be
 * read soon; under load it continues for a while, because each commit costs a round trip to the brokers. If it cannot
 * be completed, it is aborted, and reading resumes at its first records. */
#include "base/clock.h"
#include "base/errors.h"
#include "stream/exactly_once.h"

static const double first_pause = 0.1, max_pause = 5; /* after an abort [s] */
enum { ABORT_MS = 500 };

/* ---- begin ---------------------------------------------------------------------------------------------------- */

static mood_status try_begin(struct run *run, mood_error *err) {
    struct transaction *transaction = &run->transaction;
    mood_error failure = {0};
    mood_connector_result result = run->channel.type->begin(run->channel.connector, &failure);
    if (result == MOOD_CONNECTOR_RETRY) {
        if (!transaction->waiting)
            channel_log(&run->channel, MOOD_LOG_NOTE, "%s", failure.message);
        transaction->waiting = true;
        return MOOD_OK;
    }
    if (result != MOOD_CONNECTOR_OK) {
        *err = failure;
        return channel_failed(&run->channel, result, err);
    }
    transaction->waiting = false;
    transaction->open = true;
    counts_save(&run->channel.counts);
    return MOOD_OK;
}

mood_status exactly_once_begin(struct run *run, mood_error *err) {
    bool paused = false;
    mood_status status = MOOD_OK;
    while (transaction_wanted(&run->transaction) && !run->transaction.open &&
           !deadline_stopping(&run->channel.deadline) && status == MOOD_OK) {
        status = try_begin(run, err);
        channel_tick(&run->channel);
        if (status == MOOD_OK && !run->transaction.open)
            status = intake_watch_paused(&run->intake, &paused, err);
        run->intake.revoke_end = 0; /* the batch is empty: the next poll hands revoked partitions over */
    }
    return paused && status == MOOD_OK ? intake_resume(&run->intake, err) : status;
}

/* ---- commit --------------------------------------------------------------------------------------------------- */

static mood_status commit(struct run *run, mood_error *err) {
    mood_error failure = {0};
    mood_connector_result result = channel_commit(&run->channel, &run->finished, run->intake.revoke_end, &failure);
    if (result == MOOD_CONNECTOR_OK) {
        counts_keep(&run->channel.counts);
        positions_empty(&run->finished);
        transaction_reset(&run->transaction);
        run->transaction.pause = 0;
    } else if (result == MOOD_CONNECTOR_RETRY)
        transaction_break(&run->transaction, failure.message);
    else if (!transaction_breaks(&run->transaction, result, &failure)) {
        *err = failure;
        return channel_failed(&run->channel, result, err);
    }
    return MOOD_OK;
}

/* ---- abort ------------------------------------------------------------------------------------------------------ */

/* The group's events are handled meanwhile; but revoked partitions are handed over only when their time is over or
 * everything is aborted. */
static mood_status abort_outputs(struct run *run, mood_connector_result *result, mood_error *err) {
    struct channel *channel = &run->channel;
    bool paused = false;
    mood_status status = MOOD_OK;
    do {
        *result = channel->type->abort(channel->connector, deadline_step_ms(&channel->deadline, ABORT_MS), err);
        channel_tick(channel);
        bool watch = run->intake.revoke_end == 0 || intake_revoke_expired(&run->intake);
        if (*result == MOOD_CONNECTOR_RETRY && watch)
            status = intake_watch_paused(&run->intake, &paused, err);
    } while (*result == MOOD_CONNECTOR_RETRY && status == MOOD_OK && !deadline_expired(&channel->deadline));
    return paused && status == MOOD_OK ? intake_resume(&run->intake, err) : status;
}

/* So that a transaction that keeps failing does not load the brokers. */
static void pause_after_abort(struct run *run) {
    double pause = run->transaction.pause == 0 ? first_pause : run->transaction.pause * 2;
    run->transaction.pause = pause < max_pause ? pause : max_pause;
    deadline_sleep(&run->channel.deadline, run->transaction.pause);
}

/* If the deadline expires, closing the connector aborts the transaction. */
static mood_status abort_transaction(struct run *run, mood_error *err) {
    struct transaction *transaction = &run->transaction;
    mood_connector_result result;
    if (!batch_first_positions(&run->batch, 0, &transaction->begin)) /* the batch is read again with the rest */
        return error_no_memory(err);
    batch_release(&run->batch, &run->channel);
    mood_status status = abort_outputs(run, &result, err);
    if (status != MOOD_OK)
        return status;
    if (result == MOOD_CONNECTOR_OK)
        result = channel_rewind(&run->channel, &transaction->begin, err);
    if (result == MOOD_CONNECTOR_RETRY)
        return MOOD_OK;
    if (result != MOOD_CONNECTOR_OK)
        return channel_failed(&run->channel, result, err);
    counts_restore(&run->channel.counts);
    positions_empty(&run->finished);
    transaction_reset(transaction);
    run->intake.ended = false;
    pause_after_abort(run);
    return MOOD_OK;
}

mood_status exactly_once_settle(struct run *run, bool idle, mood_error *err) {
    struct transaction *transaction = &run->transaction;
    mood_status status = MOOD_OK;
    bool due = idle || run->intake.revoke_end > 0 || run->intake.ended || deadline_stopping(&run->channel.deadline) ||
               clock_seconds() >= transaction_due(transaction);
    if (transaction_has_content(transaction) && !transaction->broken && due)
        status = commit(run, err);
    if (status == MOOD_OK && transaction->broken)
        status = abort_transaction(run, err);
    return status;
}
