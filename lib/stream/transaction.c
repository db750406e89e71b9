/* Exactly once: outputs and positions become visible together, or not at all.
 *
 * A transaction has whole batches. It ends as soon as the input has nothing more at hand, so that a slow stream's
 * outputs can be read soon; under load it goes on for a while, since ending one costs a fast stream a round trip to the
 * brokers. What can't be finished is undone, and read again from where it began. */
#include <string.h>

#include "stream/run.h"

/* How long one takes in batches; and how the pause after one that had to be undone grows. */
static const double longest = 0.1, first_pause = 0.1, longest_pause = 5;
enum { STEP_MS = 500 };

bool transaction_wanted(const struct run *run) {
    return run->options->guarantee == MOOD_EXACTLY_ONCE;
}

bool transaction_has_content(const struct run *run) {
    return run->transaction.open && run->transaction.began.count > 0;
}

double transaction_end(const struct run *run) {
    double wait = run->options->wait_ms / 1e3; /* whoever waits longer for a batch does not mind */
    return transaction_has_content(run) ? run->transaction.start + (wait > longest ? wait : longest) : 0;
}

/* ---- what breaks one --------------------------------------------------------------------------------------- */

static void break_off(struct run *run, const char *reason) {
    if (!run->transaction.broken)
        run_log(run, MOOD_LOG_NOTE, "a transaction is aborted, its records will be read again: %s", reason);
    run->transaction.broken = true;
}

bool transaction_breaks(struct run *run, mood_connector_result result, const mood_error *reason) {
    if (result != MOOD_CONNECTOR_ABORT || !run->transaction.open)
        return false;
    break_off(run, reason->message);
    return true;
}

/* What was published of them can't be taken out of the transaction. */
void transaction_lose(struct run *run, const mood_position *partitions, size_t n) {
    for (size_t i = 0; i < run->transaction.began.count; i++)
        if (position_is_of(&run->transaction.began.list[i], partitions, n))
            break_off(run, "partitions were revoked or lost before it was committed");
}

/* ---- begin ---------------------------------------------------------------------------------------------------- */

static mood_status open_transaction(struct run *run, mood_error *err) {
    mood_error waiting = {0};
    mood_connector_result result = run->type->begin(run->connector, &waiting);
    if (result == MOOD_CONNECTOR_RETRY) {
        if (!run->transaction.waiting)
            run_log(run, MOOD_LOG_NOTE, "%s", waiting.message);
        run->transaction.waiting = true;
        return MOOD_OK;
    }
    if (result != MOOD_CONNECTOR_OK) {
        *err = waiting;
        return run_failed(run, result, err);
    }
    run->transaction.waiting = false;
    run->transaction.open = true;
    run->transaction.before = run->statistics;
    memcpy(run->labels_before, run->labels, run->judge->head.labels * sizeof *run->labels);
    return MOOD_OK;
}

/* While none can be opened the group is heeded all the same: its other members wait for us in a rebalance. */
mood_status transaction_begin(struct run *run, mood_error *err) {
    bool paused = false;
    mood_status status = MOOD_OK;
    while (transaction_wanted(run) && !run->transaction.open && !run_stopping(run) && status == MOOD_OK) {
        status = open_transaction(run, err);
        run_tick(run);
        if (status == MOOD_OK && !run->transaction.open)
            status = intake_watch_paused(run, &paused, err);
        if (run->revoke_end > 0) /* nothing of them is in hand: the next poll hands them over */
            run->revoke_end = 0;
    }
    return paused && status == MOOD_OK ? intake_resume(run, err) : status;
}

mood_status transaction_take(struct run *run, mood_error *err) {
    if (!transaction_wanted(run))
        return MOOD_OK;
    if (run->transaction.began.count == 0)
        run->transaction.start = clock_seconds();
    return run_note_beginnings(run, 0, &run->transaction.began) ? MOOD_OK : error_no_memory(err);
}

/* ---- end -------------------------------------------------------------------------------------------------------- */

static void forget(struct run *run) {
    positions_empty(&run->transaction.began);
    positions_empty(&run->positions);
    run->transaction.open = run->transaction.broken = false;
}

static bool out_of_time(struct run *run) {
    return (run_stopping(run) && run_forced(run)) || (run->revoke_end > 0 && clock_seconds() > run->revoke_end);
}

static mood_status commit(struct run *run, mood_error *err) {
    mood_connector_result result;
    mood_error refusal = {0};
    do {
        result = run->type->commit(run->connector, run->positions.list, run->positions.count, run_step_ms(run, STEP_MS),
                                   &refusal);
        run_tick(run);
    } while (result == MOOD_CONNECTOR_RETRY && !out_of_time(run));
    if (result == MOOD_CONNECTOR_OK) {
        run->statistics.transactions++;
        run->transaction.pause = 0;
        forget(run);
    } else if (result == MOOD_CONNECTOR_RETRY)
        break_off(run, refusal.message);
    else if (!transaction_breaks(run, result, &refusal)) {
        *err = refusal;
        return run_failed(run, result, err);
    }
    return MOOD_OK;
}

/* What was counted since it began did not happen; all but that it was undone, and what the time went to. */
static void restore(mood_stream_statistics *counts, const mood_stream_statistics *before) {
    counts->scored = before->scored;
    counts->tombstones = before->tombstones;
    counts->dead_letters = before->dead_letters;
    counts->skipped = before->skipped;
    memcpy(counts->replayed, before->replayed, sizeof counts->replayed);
    counts->bad_bytes = before->bad_bytes;
    counts->end_to_end = before->end_to_end;
}

static void take_counts_back(struct run *run) {
    restore(&run->statistics, &run->transaction.before);
    memcpy(run->labels, run->labels_before, run->judge->head.labels * sizeof *run->labels);
    run->statistics.aborted_transactions++;
}

void transaction_tell(const struct run *run, mood_stream_statistics *told) {
    if (!run->transaction.open)
        return;
    restore(told, &run->transaction.before);
    told->labels = run->labels_before;
}

/* However long brokers take, the group is heeded meanwhile; but partitions that are to be handed over are, by the next
 * poll, when their time is over or all is undone. */
static mood_status undo(struct run *run, mood_connector_result *result, mood_error *err) {
    bool paused = false;
    mood_status status = MOOD_OK;
    do {
        *result = run->type->abort(run->connector, run_step_ms(run, STEP_MS), err);
        run_tick(run);
        bool heed = run->revoke_end == 0 || clock_seconds() > run->revoke_end;
        if (*result == MOOD_CONNECTOR_RETRY && heed)
            status = intake_watch_paused(run, &paused, err);
    } while (*result == MOOD_CONNECTOR_RETRY && status == MOOD_OK && !(run_stopping(run) && run_forced(run)));
    return paused && status == MOOD_OK ? intake_resume(run, err) : status;
}

/* Left to closing where no time is left. */
static mood_status abort_transaction(struct run *run, mood_error *err) {
    struct transaction *transaction = &run->transaction;
    mood_connector_result result;
    if (!run_note_beginnings(run, 0, &transaction->began)) /* a batch in hand comes again with the rest */
        return error_no_memory(err);
    intake_release(run);
    mood_status status = undo(run, &result, err);
    if (status != MOOD_OK)
        return status;
    if (result == MOOD_CONNECTOR_OK)
        result = run_rewind(run, &transaction->began, err);
    if (result == MOOD_CONNECTOR_RETRY)
        return MOOD_OK;
    if (result != MOOD_CONNECTOR_OK)
        return run_failed(run, result, err);
    take_counts_back(run);
    run->input_ended = false;
    forget(run);
    transaction->pause = transaction->pause == 0 ? first_pause : transaction->pause * 2;
    if (transaction->pause > longest_pause)
        transaction->pause = longest_pause;
    run_nap(run, transaction->pause);
    return MOOD_OK;
}

mood_status transaction_settle(struct run *run, bool idle, mood_error *err) {
    mood_status status = MOOD_OK;
    bool due = idle || run->revoke_end > 0 || run->input_ended || run_stopping(run) ||
               clock_seconds() >= transaction_end(run);
    if (transaction_has_content(run) && !run->transaction.broken && due)
        status = commit(run, err);
    if (status == MOOD_OK && run->transaction.broken)
        status = abort_transaction(run, err);
    return status;
}
