/* Records in: fill a batch by count and time, and heed what else the connector tells. */
#include <string.h>

#include "stream/run.h"

/* How soon a request to stop is seen; and the bytes after which a batch is full, whatever its count: a thousand records of
 * a megabyte are not held at once. */
enum { IDLE_MS = 100, WATCH_MS = 50, BATCH_BYTES = 16 << 20 };

/* Partitions that are somebody else's already: what is in hand of them is theirs to score, and what was sent of
 * them not ours to acknowledge, even should they come back. Items exist while a batch is processed; then their
 * records are released with the batch. */
void intake_give_up(struct run *run, const mood_position *partitions, size_t n) {
    for (size_t i = 0; i < run->count; i++)
        if (position_is_of(&run->records[i].position, partitions, n))
            run->items[i].kind = ITEM_GONE;
    positions_remove(&run->positions, partitions, n);
    transaction_lose(run, partitions, n);
}

static void drop(struct run *run, const mood_position *partitions, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < run->count; i++)
        if (position_is_of(&run->records[i].position, partitions, n))
            run->type->release(run->connector, &run->records[i], 1);
        else
            run->records[kept++] = run->records[i];
    run->count = kept;
    transaction_lose(run, partitions, n);
}

static void mark_leaving(struct run *run, const mood_event *event) {
    for (size_t i = 0; i < run->count; i++)
        run->items[i].leaving = position_is_of(&run->records[i].position, event->positions, event->position_count);
    run->revoke_end = clock_seconds() + event->deadline_ms / 1e3;
}

static mood_status heed_error(struct run *run, const mood_event *event, mood_error *err) {
    if (event->result == MOOD_CONNECTOR_RETRY || event->result == MOOD_CONNECTOR_OK) {
        run_log(run, MOOD_LOG_NOTE, "%s", event->error.message);
        return MOOD_OK;
    }
    *err = event->error;
    return run_failed(run, event->result, err);
}

static mood_event poll_connector(struct run *run, size_t max_records, int timeout_ms) {
    mood_event event = {.size = sizeof event};
    run->type->poll(run->connector, max_records, timeout_ms, &event);
    return event;
}

static size_t size_of(const mood_record *record) {
    size_t size = record->key_size + record->value_size;
    for (size_t i = 0; i < record->header_count; i++)
        size += record->headers[i].size;
    return size;
}

static size_t take(struct run *run, const mood_event *event) {
    size_t bytes = 0;
    if (run->statistics.received == 0)
        run->statistics.first_seconds = clock_seconds() - run->start;
    memcpy(run->records + run->count, event->records, event->record_count * sizeof *event->records);
    run->count += event->record_count;
    run->statistics.received += event->record_count;
    for (size_t i = 0; i < event->record_count; i++)
        bytes += size_of(&event->records[i]);
    return bytes;
}

/* A transaction that has content already does not wait for more. */
static double end_of_batch(struct run *run) {
    run->batch_start = clock_seconds();
    double end = run->batch_start + run->options->wait_ms / 1e3, transaction = transaction_end(run);
    return transaction > 0 && transaction < end ? transaction : end;
}

static int time_left(const struct run *run, double batch_end) {
    if (run->count == 0) /* a transaction that nothing comes to is not held open */
        return transaction_has_content(run) ? 0 : IDLE_MS;
    double left = (batch_end - clock_seconds()) * 1e3;
    return left <= 0 ? 0 : left < IDLE_MS ? (int)left + 1 : IDLE_MS;
}

mood_status intake_collect(struct run *run, mood_error *err) {
    double batch_end = 0;
    size_t bytes = 0;
    while (run->count < run->options->batch && bytes < BATCH_BYTES && !run_stopping(run)) {
        size_t before = run->count;
        int timeout_ms = time_left(run, batch_end);
        mood_event event = poll_connector(run, run->options->batch - run->count, timeout_ms);
        switch (event.type) {
        case MOOD_EVENT_RECORDS: bytes += take(run, &event); break;
        case MOOD_EVENT_REVOKED:
            run->revoke_end = clock_seconds() + event.deadline_ms / 1e3;
            mark_leaving(run, &event);
            return MOOD_OK;
        case MOOD_EVENT_LOST:
            drop(run, event.positions, event.position_count);
            if (run->transaction.broken)
                return MOOD_OK;
            break;
        case MOOD_EVENT_END: run->input_ended = true; return MOOD_OK;
        case MOOD_EVENT_ERROR: {
            mood_status status = heed_error(run, &event, err);
            if (status != MOOD_OK)
                return status;
            break;
        }
        case MOOD_EVENT_NONE:
            if (run->count == 0 && transaction_has_content(run))
                return MOOD_OK;
            break;
        }
        run_tick(run);
        if (before == 0 && run->count > 0)
            batch_end = end_of_batch(run);
        if (run->count > 0 && clock_seconds() >= batch_end)
            break;
    }
    return MOOD_OK;
}

mood_status intake_watch(struct run *run, int timeout_ms, mood_error *err) {
    mood_event event = poll_connector(run, run->options->batch, timeout_ms);
    switch (event.type) {
    case MOOD_EVENT_RECORDS:
        run->type->release(run->connector, event.records, event.record_count);
        return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL,
                              "the connector '%s' returned records while paused", run->type->name);
    case MOOD_EVENT_REVOKED: mark_leaving(run, &event); return MOOD_OK;
    case MOOD_EVENT_LOST: intake_give_up(run, event.positions, event.position_count); return MOOD_OK;
    case MOOD_EVENT_ERROR: return heed_error(run, &event, err);
    case MOOD_EVENT_END: /* comes again */
    case MOOD_EVENT_NONE: break;
    }
    return MOOD_OK;
}

mood_status intake_watch_paused(struct run *run, bool *paused, mood_error *err) {
    mood_error waiting = {0};
    if (!run_can(run, MOOD_CONNECTOR_PAUSE))
        return MOOD_OK;
    if (!*paused)
        *paused = run->type->pause(run->connector, &waiting) == MOOD_CONNECTOR_OK;
    return *paused ? intake_watch(run, WATCH_MS, err) : MOOD_OK;
}

mood_status intake_resume(struct run *run, mood_error *err) {
    mood_connector_result result = run->type->resume(run->connector, err);
    return result == MOOD_CONNECTOR_OK ? MOOD_OK : run_failed(run, result, err);
}

void intake_release(struct run *run) {
    for (size_t i = 0; i < run->count; i++)
        item_clear(&run->items[i]);
    if (run->count)
        run->type->release(run->connector, run->records, run->count);
    run->count = 0;
}
