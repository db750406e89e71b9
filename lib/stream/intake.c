/* Input: fill a batch, and handle the connector's other events. */
#include "base/clock.h"
#include "stream/intake.h"

/* POLL_MS limits how long a request to stop may go unnoticed. A batch of BATCH_BYTES is full whatever its count, so
 * that large records do not fill the memory. */
enum { POLL_MS = 100, WATCH_MS = 50, BATCH_BYTES = 16 << 20 };

/* Outputs of these partitions that were sent must not be acknowledged, even if the partitions come back. */
void intake_give_up(struct intake *intake, const mood_position *partitions, size_t n) {
    batch_mark_lost(intake->batch, partitions, n);
    positions_remove(intake->finished, partitions, n);
    transaction_lose(intake->transaction, partitions, n);
}

bool intake_revoke_expired(const struct intake *intake) {
    return intake->revoke_end > 0 && clock_seconds() > intake->revoke_end;
}

/* ---- events ------------------------------------------------------------------------------------------------- */

static mood_event poll_connector(struct intake *intake, size_t max_records, int timeout_ms) {
    mood_event event = {.size = sizeof event};
    intake->channel->type->poll(intake->channel->connector, max_records, timeout_ms, &event);
    return event;
}

static void handle_revoked(struct intake *intake, const mood_event *event) {
    batch_mark_revoked(intake->batch, event->positions, event->position_count);
    intake->revoke_end = clock_seconds() + event->deadline_ms / 1e3;
}

static mood_status handle_error(struct intake *intake, const mood_event *event, mood_error *err) {
    if (event->result == MOOD_CONNECTOR_RETRY || event->result == MOOD_CONNECTOR_OK) {
        channel_log(intake->channel, MOOD_LOG_NOTE, "%s", event->error.message);
        return MOOD_OK;
    }
    *err = event->error;
    return channel_failed(intake->channel, event->result, err);
}

/* ---- a batch ---------------------------------------------------------------------------------------------------- */

static size_t take_records(struct intake *intake, const mood_event *event) {
    struct counts *counts = &intake->channel->counts;
    if (counts->now.received == 0)
        counts->now.first_seconds = clock_seconds() - counts->start;
    counts->now.received += event->record_count;
    return batch_append(intake->batch, event->records, event->record_count);
}

/* Returns the end of the batch [clock_seconds]: at the latest when the open transaction is due. */
static double start_batch(struct intake *intake) {
    intake->batch->start = clock_seconds();
    double end = intake->batch->start + intake->channel->options->wait_ms / 1e3;
    double due = transaction_due(intake->transaction);
    return due > 0 && due < end ? due : end;
}

/* If the batch is empty and the open transaction has content, do not wait, so that the transaction is committed. */
static int time_left_ms(const struct intake *intake, double batch_end) {
    if (intake->batch->count == 0)
        return transaction_has_content(intake->transaction) ? 0 : POLL_MS;
    double left = (batch_end - clock_seconds()) * 1e3;
    return left <= 0 ? 0 : left < POLL_MS ? (int)left + 1 : POLL_MS;
}

/* Handle one event; *done: the batch does not wait for more. */
static mood_status collect_event(struct intake *intake, const mood_event *event, size_t *bytes, bool *done,
                                 mood_error *err) {
    switch (event->type) {
    case MOOD_EVENT_RECORDS: *bytes += take_records(intake, event); break;
    case MOOD_EVENT_REVOKED:
        handle_revoked(intake, event);
        *done = true;
        break;
    case MOOD_EVENT_LOST:
        batch_remove(intake->batch, intake->channel, event->positions, event->position_count);
        transaction_lose(intake->transaction, event->positions, event->position_count);
        *done = intake->transaction->broken;
        break;
    case MOOD_EVENT_END: *done = intake->ended = true; break;
    case MOOD_EVENT_ERROR: return handle_error(intake, event, err);
    case MOOD_EVENT_NONE: *done = intake->batch->count == 0 && transaction_has_content(intake->transaction); break;
    }
    return MOOD_OK;
}

mood_status intake_collect(struct intake *intake, mood_error *err) {
    struct batch *batch = intake->batch;
    double batch_end = 0;
    size_t bytes = 0;
    bool done = false;
    mood_status status = MOOD_OK;
    while (!done && status == MOOD_OK && batch->count < batch->capacity && bytes < BATCH_BYTES &&
           !deadline_stopping(&intake->channel->deadline)) {
        bool empty = batch->count == 0;
        mood_event event = poll_connector(intake, batch->capacity - batch->count, time_left_ms(intake, batch_end));
        status = collect_event(intake, &event, &bytes, &done, err);
        if (done || status != MOOD_OK)
            break;
        channel_tick(intake->channel);
        if (empty && batch->count > 0)
            batch_end = start_batch(intake);
        done = batch->count > 0 && clock_seconds() >= batch_end;
    }
    return status;
}

/* ---- pause ------------------------------------------------------------------------------------------------------ */

static mood_status watch(struct intake *intake, int timeout_ms, mood_error *err) {
    mood_event event = poll_connector(intake, intake->batch->capacity, timeout_ms);
    switch (event.type) {
    case MOOD_EVENT_RECORDS:
        intake->channel->type->release(intake->channel->connector, event.records, event.record_count);
        return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL,
                              "the connector '%s' returned records while paused", intake->channel->type->name);
    case MOOD_EVENT_REVOKED: handle_revoked(intake, &event); break;
    case MOOD_EVENT_LOST: intake_give_up(intake, event.positions, event.position_count); break;
    case MOOD_EVENT_ERROR: return handle_error(intake, &event, err);
    case MOOD_EVENT_END: /* repeated by a later poll */
    case MOOD_EVENT_NONE: break;
    }
    return MOOD_OK;
}

mood_status intake_watch_paused(struct intake *intake, bool *paused, mood_error *err) {
    mood_error not_paused = {0};
    if (!channel_can(intake->channel, MOOD_CONNECTOR_PAUSE))
        return MOOD_OK;
    if (!*paused)
        *paused = intake->channel->type->pause(intake->channel->connector, &not_paused) == MOOD_CONNECTOR_OK;
    return *paused ? watch(intake, WATCH_MS, err) : MOOD_OK;
}

mood_status intake_resume(struct intake *intake, mood_error *err) {
    mood_connector_result result = intake->channel->type->resume(intake->channel->connector, err);
    return result == MOOD_CONNECTOR_OK ? MOOD_OK : channel_failed(intake->channel, result, err);
}
