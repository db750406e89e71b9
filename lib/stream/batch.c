/* One batch: parse, score, send out in order, acknowledge. Of dead letters that go back nothing is scored. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "stream/run.h"

enum { LOGGED_RECORDS = 10 };

/* ---- parse --------------------------------------------------------------------------------------------- */

static bool parse_record(struct run *run, size_t index) {
    if (run->replay)
        return item_read_letter(&run->items[index], &run->records[index], run->replay);
    return item_read(&run->items[index], &run->records[index], run->options, &run->statistics.bad_bytes);
}

static mood_status parse(struct run *run, mood_error *err) {
    for (size_t i = 0; i < run->count; i++) {
        bool leaving = run->items[i].leaving;
        if (!parse_record(run, i))
            return error_no_memory(err);
        run->items[i].leaving = leaving;
    }
    return MOOD_OK;
}

/* Items [first, end) may go out: all before the one at which the stream has to stop. */
static size_t sound(const struct run *run, size_t first) {
    size_t end = first;
    while (end < run->count && (run->options->on_error != MOOD_ON_ERROR_STOP || run->items[end].kind != ITEM_BAD))
        end++;
    return end;
}

/* ---- send ---------------------------------------------------------------------------------------------- */

static void log_bad(struct run *run, size_t index, const char *fate) {
    const mood_position *at = &run->records[index].position;
    uint64_t seen = run->statistics.dead_letters + run->statistics.skipped;
    run_log(run, seen <= LOGGED_RECORDS ? MOOD_LOG_NOTE : MOOD_LOG_DETAIL, "%s/%" PRId32 "/%" PRId64 " %s: %s: %s",
            at->topic, at->partition, at->offset, fate, run->items[index].stage, item_reason(&run->items[index]));
}

static mood_status stop_at(struct run *run, size_t index, const char *more, mood_error *err) {
    const mood_position *at = &run->records[index].position;
    run->end = MOOD_STREAM_FAILED;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT,
                          "%s/%" PRId32 "/%" PRId64 ": %s: %s%s; all records before it are finished", at->topic,
                          at->partition, at->offset, run->items[index].stage, item_reason(&run->items[index]), more);
}

static mood_status put_aside(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    if (run->replay)
        return stop_at(run, index, "", err);
    if (run->options->on_error == MOOD_ON_ERROR_STOP)
        return stop_at(run, index, " (--dead-letters stores such records separately, --on-error skip skips them)", err);
    if (run->options->on_error == MOOD_ON_ERROR_SKIP) {
        run->statistics.skipped++;
        log_bad(run, index, "is skipped");
        *sent = SENT_OK;
        return MOOD_OK;
    }
    mood_status status = outlet_dead_letter(run, index, sent, err);
    if (status == MOOD_OK && *sent == SENT_REJECTED)
        return stop_at(run, index, ", also as a dead letter", err);
    if (status == MOOD_OK && *sent == SENT_OK) {
        run->statistics.dead_letters++;
        log_bad(run, index, "is a dead letter");
    }
    return status;
}

static void count_result(struct run *run, size_t index) {
    const struct judge *judge = run->judge;
    const mood_head *head = &judge->head;
    const float *scores = score_of(run, index);
    size_t label = mood_head_decide(head, scores);
    run->statistics.scored++;
    if (!head->multi_label)
        run->labels[label]++;
    for (size_t i = 0; head->multi_label && i < head->labels; i++)
        run->labels[i] += mood_head_applies(head, scores, i);
    if (!run->options->on_scored)
        return;
    const mood_scored scored = {
        sizeof scored, &run->records[index], run->items[index].text, label, judge->labels[label], scores, head->outputs,
        head,          judge->labels};
    run->options->on_scored(&scored, run->options->user);
}

static mood_status send_item(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    mood_status status = MOOD_OK;
    *sent = SENT_GONE;
    if (run->items[index].kind == ITEM_TEXT) {
        status = outlet_score(run, index, score_of(run, index), sent, err);
        if (status == MOOD_OK && *sent == SENT_OK)
            count_result(run, index);
    } else if (run->items[index].kind == ITEM_TOMBSTONE) {
        status = outlet_tombstone(run, index, sent, err);
        run->statistics.tombstones += status == MOOD_OK && *sent == SENT_OK;
    } else if (run->items[index].kind == ITEM_LETTER) {
        status = outlet_letter(run, index, sent, err);
        run->statistics.replayed[run->items[index].origin] += status == MOOD_OK && *sent == SENT_OK;
    } else if (run->items[index].kind == ITEM_BAD)
        return put_aside(run, index, sent, err);
    if (status == MOOD_OK && *sent == SENT_REJECTED)
        return put_aside(run, index, sent, err);
    return status;
}

static double calendar_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The record is done with: a restart may begin behind it. False: out of memory. */
static bool advance(struct run *run, size_t index) {
    const mood_position *at = &run->records[index].position;
    return positions_set(&run->positions, at, at->offset + 1);
}

/* How long results [first, end) took, with one look at the clocks for all of them. */
static void count_time(struct run *run, size_t first, size_t end) {
    double in_hand = clock_seconds() - run->batch_start, now = calendar_seconds();
    for (size_t i = first; i < end; i++) {
        int64_t timestamp = run->records[i].timestamp;
        double seconds = timestamp < 0 ? in_hand : now - (double)timestamp / 1e3;
        if (run->items[i].kind == ITEM_TEXT) /* clocks differ: nothing comes before its time */
            histogram_add(&run->statistics.end_to_end, seconds > 0 ? seconds : 0);
    }
}

/* Items [first, end) in order; stops early where time ran out. */
static mood_status send_all(struct run *run, size_t first, size_t end, mood_error *err) {
    mood_status status = MOOD_OK;
    size_t i = first;
    for (; i < end; i++) {
        enum sent sent;
        status = send_item(run, i, &sent, err);
        if (status != MOOD_OK || sent == SENT_NOT)
            break;
        if (sent == SENT_OK && run->options->guarantee != MOOD_AT_MOST_ONCE && !advance(run, i)) {
            status = error_no_memory(err);
            break;
        }
    }
    count_time(run, first, i);
    return status;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

/* Read on from the first record of each partition from that item on: none of them was done. */
static mood_status read_again(struct run *run, size_t first, mood_error *err) {
    struct positions begin = {0};
    mood_status status = MOOD_OK;
    if (!run_can(run, MOOD_CONNECTOR_REWIND))
        return MOOD_OK;
    if (!run_note_beginnings(run, first, &begin))
        status = error_no_memory(err);
    else {
        mood_connector_result result = run_rewind(run, &begin, err);
        if (result != MOOD_CONNECTOR_OK && result != MOOD_CONNECTOR_RETRY)
            status = run_failed(run, result, err);
    }
    positions_free(&begin);
    return status;
}

/* At most once: positions first. Where they can't be committed some partitions are somebody else's; records of
 * those that are not come again. */
static mood_status commit_ahead(struct run *run, size_t first, size_t end, bool *ours, mood_error *err) {
    *ours = true;
    if (run->options->guarantee != MOOD_AT_MOST_ONCE)
        return MOOD_OK;
    for (size_t i = first; i < end; i++)
        if (!advance(run, i))
            return error_no_memory(err);
    mood_connector_result result = MOOD_CONNECTOR_OK;
    mood_error refusal = {0};
    if (run->positions.count)
        do {
            result = run->type->commit(run->connector, run->positions.list, run->positions.count, run_step_ms(run, 500),
                                       &refusal);
            run_tick(run);
        } while (result == MOOD_CONNECTOR_RETRY && !(run_stopping(run) && run_forced(run)));
    positions_empty(&run->positions);
    *ours = result == MOOD_CONNECTOR_OK;
    if (*ours || result == MOOD_CONNECTOR_RETRY)
        return MOOD_OK;
    if (result == MOOD_CONNECTOR_ABORT)
        return read_again(run, first, err);
    *err = refusal;
    return run_failed(run, result, err);
}

/* From that item on up to the one at which the stream has to stop, which is *end. */
static mood_status process_part(struct run *run, size_t first, size_t *end, mood_error *err) {
    bool ours;
    *end = sound(run, first);
    mood_status status = commit_ahead(run, first, *end, &ours, err);
    if (!ours)
        *end = run->count;
    if (status != MOOD_OK || !ours || (status = score_items(run, first, *end, err)) != MOOD_OK)
        return status;
    *end = sound(run, first);
    status = send_all(run, first, *end, err);
    if (transaction_wanted(run)) /* its end is not the batch's */
        return status;
    mood_error uncommitted = {0};
    mood_status committed = outlet_commit(run, &uncommitted);
    if (status == MOOD_OK && committed != MOOD_OK) {
        *err = uncommitted;
        status = committed;
    }
    return status;
}

/* In parts, since a record at which the stream has to stop may be somebody else's when its turn comes: those
 * behind it are not. */
static mood_status process(struct run *run, mood_error *err) {
    mood_status status = transaction_take(run, err);
    if (status == MOOD_OK)
        status = parse(run, err);
    for (size_t first = 0, end; status == MOOD_OK && first < run->count; first = end + 1) {
        status = process_part(run, first, &end, err);
        if (status != MOOD_OK || run_forced(run) || run->transaction.broken)
            break;
        if (end < run->count && run->items[end].kind == ITEM_BAD)
            status = put_aside(run, end, &(enum sent){SENT_OK}, err);
    }
    return status;
}

mood_status batch_process(struct run *run, mood_error *err) {
    run->statistics.batches++;
    histogram_add(&run->statistics.batch_sizes, (double)run->count);
    histogram_add(&run->statistics.batch_waits, clock_seconds() - run->batch_start);
    mood_status status = run->judge->renew ? run->judge->renew(run->judge, NULL, err) : MOOD_OK;
    if (status == MOOD_OK)
        status = process(run, err);
    intake_release(run);
    return status;
}
