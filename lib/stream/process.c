/* Process one batch: parse, score, publish in order, acknowledge. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/errors.h"
#include "stream/dead_letter.h"
#include "stream/histogram.h"
#include "stream/process.h"
#include "stream/score.h"

enum { LOGGED_RECORDS = 10 };

/* ---- parse --------------------------------------------------------------------------------------------- */

static bool parse_record(struct run *run, size_t index) {
    if (run->replay)
        return dead_letter_read(&run->batch.items[index], &run->batch.records[index], run->replay);
    return item_read(&run->batch.items[index], &run->batch.records[index], run->options,
                     &run->channel.counts.now.bad_bytes);
}

static mood_status parse(struct run *run, mood_error *err) {
    for (size_t i = 0; i < run->batch.count; i++) {
        bool revoked = run->batch.items[i].revoked;
        if (!parse_record(run, i))
            return error_no_memory(err);
        run->batch.items[i].revoked = revoked;
    }
    return MOOD_OK;
}

/* The end of the items from `first` on that can be sent: the first one at which the stream has to stop. */
static size_t find_stop(const struct run *run, size_t first) {
    size_t end = first;
    while (end < run->batch.count &&
           (run->options->on_error != MOOD_ON_ERROR_STOP || run->batch.items[end].kind != ITEM_BAD))
        end++;
    return end;
}

/* ---- publish ---------------------------------------------------------------------------------------------- */

static void log_bad(struct run *run, size_t index, const char *action) {
    const mood_position *at = &run->batch.records[index].position;
    uint64_t seen = run->channel.counts.now.dead_letters + run->channel.counts.now.skipped;
    channel_log(&run->channel, seen <= LOGGED_RECORDS ? MOOD_LOG_NOTE : MOOD_LOG_DETAIL,
                "%s/%" PRId32 "/%" PRId64 " %s: %s: %s", at->topic, at->partition, at->offset, action,
                run->batch.items[index].stage, item_reason(&run->batch.items[index]));
}

static mood_status stop_at(struct run *run, size_t index, const char *hint, mood_error *err) {
    const mood_position *at = &run->batch.records[index].position;
    run->channel.end = MOOD_STREAM_FAILED;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "%s/%" PRId32 "/%" PRId64 ": %s: %s%s; all records before it are finished", at->topic,
                          at->partition, at->offset, run->batch.items[index].stage,
                          item_reason(&run->batch.items[index]), hint);
}

static mood_status handle_bad(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    if (run->replay)
        return stop_at(run, index, "", err);
    if (run->options->on_error == MOOD_ON_ERROR_STOP)
        return stop_at(run, index, " (--dead-letters stores such records separately, --on-error skip skips them)", err);
    if (run->options->on_error == MOOD_ON_ERROR_SKIP) {
        run->channel.counts.now.skipped++;
        log_bad(run, index, "is skipped");
        *sent = SENT_OK;
        return MOOD_OK;
    }
    mood_status status = outlet_dead_letter(&run->outlet, index, sent, err);
    if (status == MOOD_OK && *sent == SENT_REJECTED)
        return stop_at(run, index, ", also as a dead letter", err);
    if (status == MOOD_OK && *sent == SENT_OK) {
        run->channel.counts.now.dead_letters++;
        log_bad(run, index, "is a dead letter");
    }
    return status;
}

static void count_result(struct run *run, size_t index) {
    const struct batch_scorer *scorer = run->scorer;
    const mood_head *head = &scorer->head;
    const float *scores = batch_scores(&run->batch, index);
    size_t label = run->batch.items[index].label;
    counts_add_result(&run->channel.counts, head, scores, label);
    if (!run->options->on_scored)
        return;
    const mood_scored scored = {.size = sizeof scored,
                                .record = &run->batch.records[index],
                                .text = run->batch.items[index].text,
                                .label = label,
                                .label_name = scorer->labels[label],
                                .scores = scores,
                                .outputs = head->outputs,
                                .head = head,
                                .labels = scorer->labels};
    run->options->on_scored(&scored, run->options->user);
}

static mood_status send_item(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    const struct item *item = &run->batch.items[index];
    mood_stream_statistics *counts = &run->channel.counts.now;
    mood_status status = MOOD_OK;
    *sent = SENT_LOST;
    switch (item->kind) {
    case ITEM_TEXT:
        status = outlet_score(&run->outlet, index, sent, err);
        if (status == MOOD_OK && *sent == SENT_OK)
            count_result(run, index);
        break;
    case ITEM_TOMBSTONE:
        status = outlet_tombstone(&run->outlet, index, sent, err);
        counts->tombstones += status == MOOD_OK && *sent == SENT_OK;
        break;
    case ITEM_DEAD_LETTER:
        status = outlet_replay(&run->outlet, index, sent, err);
        counts->replayed[item->origin] += status == MOOD_OK && *sent == SENT_OK;
        break;
    case ITEM_BAD: return handle_bad(run, index, sent, err);
    case ITEM_LOST: break;
    }
    if (status == MOOD_OK && *sent == SENT_REJECTED)
        return handle_bad(run, index, sent, err);
    return status;
}

/* The record is finished: a restart can begin after it. False: out of memory. */
static bool mark_finished(struct run *run, size_t index) {
    const mood_position *at = &run->batch.records[index].position;
    return positions_set(&run->finished, at, at->offset + 1);
}

/* Count the latency of results [first, end). The clocks are read once for all of them. */
static void count_time(struct run *run, size_t first, size_t end) {
    double in_batch = clock_seconds() - run->batch.start, now = clock_unix_seconds();
    for (size_t i = first; i < end; i++) {
        int64_t timestamp = run->batch.records[i].timestamp;
        double seconds = timestamp < 0 ? in_batch : now - (double)timestamp / 1e3;
        if (run->batch.items[i].kind == ITEM_TEXT) /* negative if the clocks of two machines differ */
            histogram_add(&run->channel.counts.now.end_to_end, seconds > 0 ? seconds : 0);
    }
}

/* Send items [first, end) in order; ends early if time runs out. */
static mood_status send_all(struct run *run, size_t first, size_t end, mood_error *err) {
    mood_status status = MOOD_OK;
    size_t i = first;
    for (; i < end; i++) {
        enum sent sent;
        status = send_item(run, i, &sent, err);
        if (status != MOOD_OK || sent == SENT_NOT)
            break;
        if (sent == SENT_OK && run->options->guarantee != MOOD_AT_MOST_ONCE && !mark_finished(run, i)) {
            status = error_no_memory(err);
            break;
        }
    }
    count_time(run, first, i);
    return status;
}

/* ---- acknowledge ---------------------------------------------------------------------------------------- */

/* At least once: the connector commits the offsets when the outputs before them are delivered. */
static mood_status acknowledge(struct run *run, mood_error *err) {
    if (run->finished.count == 0)
        return MOOD_OK;
    mood_connector_result result = channel_commit(&run->channel, &run->finished, 0, err);
    positions_empty(&run->finished);
    return result == MOOD_CONNECTOR_OK ? MOOD_OK : channel_failed(&run->channel, result, err);
}

/* Rewind to the first record of each partition from item `first` on; none of them was finished. */
static mood_status read_again(struct run *run, size_t first, mood_error *err) {
    struct positions begin = {0};
    mood_status status = MOOD_OK;
    if (!channel_can(&run->channel, MOOD_CONNECTOR_REWIND))
        return MOOD_OK;
    if (!batch_first_positions(&run->batch, first, &begin))
        status = error_no_memory(err);
    else {
        mood_connector_result result = channel_rewind(&run->channel, &begin, err);
        if (result != MOOD_CONNECTOR_OK && result != MOOD_CONNECTOR_RETRY)
            status = channel_failed(&run->channel, result, err);
    }
    positions_free(&begin);
    return status;
}

/* At most once: commit the offsets of items [first, end) before their outputs. *committed is false if some of their
 * partitions belong to another member; then nothing is published, and the records of the other partitions are read
 * again. */
static mood_status commit_first(struct run *run, size_t first, size_t end, bool *committed, mood_error *err) {
    mood_connector_result result = MOOD_CONNECTOR_OK;
    mood_error failure = {0};
    *committed = true;
    if (run->options->guarantee != MOOD_AT_MOST_ONCE)
        return MOOD_OK;
    for (size_t i = first; i < end; i++)
        if (!mark_finished(run, i))
            return error_no_memory(err);
    if (run->finished.count)
        result = channel_commit(&run->channel, &run->finished, 0, &failure);
    positions_empty(&run->finished);
    *committed = result == MOOD_CONNECTOR_OK;
    if (*committed || result == MOOD_CONNECTOR_RETRY)
        return MOOD_OK;
    if (result == MOOD_CONNECTOR_ABORT)
        return read_again(run, first, err);
    *err = failure;
    return channel_failed(&run->channel, result, err);
}

/* ---- the batch -------------------------------------------------------------------------------------------- */

/* Process items from `first` on, up to the one at which the stream has to stop: *end. */
static mood_status process_part(struct run *run, size_t first, size_t *end, mood_error *err) {
    bool committed;
    *end = find_stop(run, first);
    mood_status status = commit_first(run, first, *end, &committed, err);
    if (!committed)
        *end = run->batch.count;
    if (status != MOOD_OK || !committed || (status = score_items(run, first, *end, err)) != MOOD_OK)
        return status;
    *end = find_stop(run, first);
    status = send_all(run, first, *end, err);
    if (transaction_wanted(&run->transaction)) /* its commit includes the offsets */
        return status;
    mood_error failure = {0};
    mood_status acknowledged = acknowledge(run, &failure);
    if (status == MOOD_OK && acknowledged != MOOD_OK) {
        *err = failure;
        status = acknowledged;
    }
    return status;
}

/* In parts: when a record at which the stream would stop is reached, its partition may belong to another member. Then
 * the records after it are processed as another part. */
static mood_status process_parts(struct run *run, mood_error *err) {
    mood_status status = transaction_add(&run->transaction, &run->batch, err);
    if (status == MOOD_OK)
        status = parse(run, err);
    for (size_t first = 0, end; status == MOOD_OK && first < run->batch.count; first = end + 1) {
        status = process_part(run, first, &end, err);
        if (status != MOOD_OK || deadline_expired(&run->channel.deadline) || run->transaction.broken)
            break;
        if (end < run->batch.count && run->batch.items[end].kind == ITEM_BAD)
            status = handle_bad(run, end, &(enum sent){SENT_OK}, err);
    }
    return status;
}

mood_status process_batch(struct run *run, mood_error *err) {
    mood_stream_statistics *counts = &run->channel.counts.now;
    counts->batches++;
    histogram_add(&counts->batch_sizes, (double)run->batch.count);
    histogram_add(&counts->batch_waits, clock_seconds() - run->batch.start);
    mood_status status = run->scorer->renew ? run->scorer->renew(run->scorer, NULL, err) : MOOD_OK;
    if (status == MOOD_OK)
        status = process_parts(run, err);
    batch_release(&run->batch, &run->channel);
    return status;
}
