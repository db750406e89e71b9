/* One batch: parse, score, send out in order, acknowledge. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "stream/run.h"

enum { SCORE_TRIES = 5, LOGGED_RECORDS = 10 };

/* ---- parse --------------------------------------------------------------------------------------------- */

static mood_status parse(struct run *run, mood_error *err) {
    for (size_t i = 0; i < run->count; i++) {
        bool leaving = run->items[i].leaving;
        if (!item_read(&run->items[i], &run->records[i], run->options, &run->statistics.bad_bytes))
            return error_no_memory(err);
        run->items[i].leaving = leaving;
    }
    return MOOD_OK;
}

/* How many of the first items may go out: all before the one at which the stream has to stop. */
static size_t sound(const struct run *run, size_t n) {
    for (size_t i = 0; run->options->on_error == MOOD_ON_ERROR_STOP && i < n; i++)
        if (run->items[i].kind == ITEM_BAD)
            return i;
    return n;
}

/* ---- score --------------------------------------------------------------------------------------------- */

static void nap(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static mood_status score_texts(struct run *run, size_t n, mood_error *err) {
    mood_status status = MOOD_OK;
    mood_error failure = {0};
    double wait = 0.1;
    for (int tries = 1; tries <= SCORE_TRIES; tries++, wait *= 2) {
        double start = clock_seconds();
        status = run->judge->score(run->judge->user, run->texts, n, run->scores, &failure);
        run->statistics.scoring_seconds += clock_seconds() - start;
        bool again = status != MOOD_OK && failure.error_class == MOOD_CLASS_RETRYABLE && tries < SCORE_TRIES;
        if (!again || run_stopping(run))
            break;
        run_log(run, MOOD_LOG_NOTE, "scoring failed and is tried again: %s", failure.message);
        nap(wait);
    }
    if (status != MOOD_OK)
        *err = failure;
    return status;
}

static float *row_of(const struct run *run, size_t index) {
    return run->scores + run->items[index].row * run->judge->outputs;
}

/* The batch as a whole was refused for one of its texts: find which. */
static mood_status score_one_by_one(struct run *run, size_t n, mood_error *err) {
    for (size_t i = 0; i < n; i++) {
        mood_error refusal = {0};
        if (run->items[i].kind != ITEM_TEXT)
            continue;
        mood_status status = run->judge->score(run->judge->user, &run->items[i].text, 1, row_of(run, i), &refusal);
        if (status != MOOD_OK && refusal.error_class != MOOD_CLASS_INPUT) {
            *err = refusal;
            return status;
        }
        if (status != MOOD_OK)
            item_spoil(&run->items[i], "score", "%s", refusal.message);
    }
    return MOOD_OK;
}

static void check_scores(struct run *run, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (run->items[i].kind == ITEM_TEXT && !result_is_finite(&run->writer, row_of(run, i)))
            item_spoil(&run->items[i], "score", "the model's answer is not a number");
}

static mood_status score(struct run *run, size_t n, mood_error *err) {
    size_t texts = 0;
    for (size_t i = 0; i < n; i++)
        if (run->items[i].kind == ITEM_TEXT) {
            run->items[i].row = texts;
            run->texts[texts++] = run->items[i].text;
        }
    mood_status status = texts ? score_texts(run, texts, err) : MOOD_OK;
    if (status != MOOD_OK && err->error_class == MOOD_CLASS_INPUT)
        status = score_one_by_one(run, n, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "scoring failed");
    else
        check_scores(run, n);
    return status;
}

/* ---- send ---------------------------------------------------------------------------------------------- */

/* The record is done with: a restart may begin behind it. */
static void advance(struct run *run, const mood_record *record) {
    for (size_t i = 0; i < run->position_count; i++)
        if (run->positions[i].partition == record->position.partition &&
            strcmp(run->positions[i].topic, record->position.topic) == 0) {
            run->positions[i].offset = record->position.offset + 1;
            return;
        }
    run->positions[run->position_count] = record->position;
    run->positions[run->position_count++].offset++;
}

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
                          "%s/%" PRId32 "/%" PRId64 ": %s: %s%s; everything before it is done",
                          at->topic, at->partition, at->offset, run->items[index].stage,
                          item_reason(&run->items[index]), more);
}

static mood_status put_aside(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    if (run->options->on_error == MOOD_ON_ERROR_STOP)
        return stop_at(run, index, " (--dead-letters TOPIC puts such records aside, --on-error skip leaves them out)",
                       err);
    if (run->options->on_error == MOOD_ON_ERROR_SKIP) {
        run->statistics.skipped++;
        log_bad(run, index, "is skipped");
        *sent = SENT_OK;
        return MOOD_OK;
    }
    mood_status status = outlet_dead_letter(run, index, sent, err);
    if (status == MOOD_OK && *sent == SENT_REJECTED)
        return stop_at(run, index, ", as a dead letter too", err);
    if (status == MOOD_OK && *sent == SENT_OK) {
        run->statistics.dead_letters++;
        log_bad(run, index, "is a dead letter");
    }
    return status;
}

static mood_status send_item(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    mood_status status = MOOD_OK;
    *sent = SENT_GONE;
    if (run->items[index].kind == ITEM_TEXT) {
        status = outlet_score(run, index, row_of(run, index), sent, err);
        run->statistics.scored += status == MOOD_OK && *sent == SENT_OK;
    } else if (run->items[index].kind == ITEM_TOMBSTONE) {
        status = outlet_tombstone(run, index, sent, err);
        run->statistics.tombstones += status == MOOD_OK && *sent == SENT_OK;
    } else if (run->items[index].kind == ITEM_BAD)
        return put_aside(run, index, sent, err);
    if (status == MOOD_OK && *sent == SENT_REJECTED)
        return put_aside(run, index, sent, err);
    return status;
}

/* The first n items in order; stops early where time ran out. */
static mood_status send_all(struct run *run, size_t n, mood_error *err) {
    for (size_t i = 0; i < n; i++) {
        enum sent sent;
        mood_status status = send_item(run, i, &sent, err);
        if (status != MOOD_OK || sent == SENT_FORCED)
            return status;
        if (sent == SENT_OK && run->options->guarantee != MOOD_AT_MOST_ONCE)
            advance(run, &run->records[i]);
    }
    return MOOD_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

/* At most once: positions first. When they can't be committed any more, somebody else has the records. */
static mood_status commit_ahead(struct run *run, size_t n, bool *ours, mood_error *err) {
    *ours = true;
    if (run->options->guarantee != MOOD_AT_MOST_ONCE)
        return MOOD_OK;
    for (size_t i = 0; i < n; i++)
        advance(run, &run->records[i]);
    mood_connector_result result;
    mood_error refusal = {0};
    do
        result = run->type->commit(run->connector, run->positions, run->position_count, 500, &refusal);
    while (result == MOOD_CONNECTOR_RETRY && !(run_stopping(run) && run_forced(run)));
    run->position_count = 0;
    *ours = result == MOOD_CONNECTOR_OK;
    if (*ours || result == MOOD_CONNECTOR_ABORT || result == MOOD_CONNECTOR_RETRY)
        return MOOD_OK;
    *err = refusal;
    return run_failed(run, result, err);
}

static mood_status process(struct run *run, mood_error *err) {
    bool ours;
    mood_status status = parse(run, err);
    if (status != MOOD_OK)
        return status;
    size_t n = sound(run, run->count);
    if ((status = commit_ahead(run, n, &ours, err)) != MOOD_OK || !ours)
        return status;
    if ((status = score(run, n, err)) != MOOD_OK)
        return status;
    n = sound(run, n);
    status = send_all(run, n, err);
    mood_error uncommitted = {0};
    mood_status committed = outlet_commit(run, &uncommitted);
    if (status == MOOD_OK && committed != MOOD_OK) {
        *err = uncommitted;
        status = committed;
    }
    if (status == MOOD_OK && n < run->count && run->items[n].kind == ITEM_BAD && !run_forced(run))
        status = put_aside(run, n, &(enum sent){SENT_OK}, err);
    return status;
}

mood_status batch_process(struct run *run, mood_error *err) {
    run->statistics.batches++;
    mood_status status = process(run, err);
    intake_release(run);
    return status;
}
