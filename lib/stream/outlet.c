/* Records out: results, tombstones and dead letters there and back, in order, waiting where there is no room. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "stream/run.h"

/* How long to wait for room before the intake is paused, and how often to look. */
static const double patience = 1.0;
enum { LOOK_MS = 50, OWN_HEADERS = 8 };

/* ---- headers -------------------------------------------------------------------------------------------- */

/* Texts of our own headers; they have to live until the output is published. */
struct labels {
    char source[512], partition[16], offset[24], model[16];
};

static bool reserve_headers(struct run *run, size_t n) {
    mood_header *headers = array_grow(run->headers, &run->header_capacity, n, sizeof *headers);
    if (headers)
        run->headers = headers;
    return headers != NULL;
}

static void add_header(struct run *run, mood_output *output, const char *name, const char *value) {
    run->headers[output->header_count++] = (mood_header){name, value, strlen(value)};
    output->headers = run->headers;
}

/* Key and timestamp pass through; there are no headers yet. False: out of memory. */
static bool begin_plain(struct run *run, const mood_record *record, mood_output *output) {
    if (!reserve_headers(run, record->header_count + OWN_HEADERS))
        return false;
    *output = (mood_output)MOOD_OUTPUT;
    output->source = record->position;
    output->key = record->key;
    output->key_size = record->key_size;
    output->timestamp = record->timestamp;
    output->headers = run->headers;
    return true;
}

/* The record's headers, without those whose names begin with "mood.": only mood writes them. Else a record could forge its
 * origin, or where a replay puts it. */
static void pass_headers(struct run *run, const mood_record *record, mood_output *output) {
    for (size_t i = 0; i < record->header_count; i++)
        if (strncmp(record->headers[i].name, "mood.", 5) != 0)
            run->headers[output->header_count++] = record->headers[i];
}

/* False: out of memory. */
static bool begin_output(struct run *run, const mood_record *record, struct labels *labels, mood_output *output) {
    if (!begin_plain(run, record, output))
        return false;
    pass_headers(run, record, output);
    snprintf(labels->model, sizeof labels->model, "%.12s", run->judge->digest);
    snprintf(labels->source, sizeof labels->source, "%s/%" PRId32 "/%" PRId64, record->position.topic,
             record->position.partition, record->position.offset);
    add_header(run, output, "mood.model", labels->model);
    return true;
}

/* ---- sending -------------------------------------------------------------------------------------------- */

/* Partitions that had to be handed over by now are handed over by the next poll, whatever we hold. */
static void give_up_revoked(struct run *run) {
    for (size_t i = 0; i < run->count; i++)
        if (run->items[i].leaving)
            intake_give_up(run, &run->records[i].position, 1);
    run->revoke_end = 0;
}

/* Let the connector work. Past the first second the intake is paused, so that polling (and with it our
 * membership in the group) goes on without new records. */
static mood_status wait_for_room(struct run *run, double since, bool *paused, mood_error *err) {
    mood_error waiting = {0};
    if (run->revoke_end > 0 && clock_seconds() > run->revoke_end)
        give_up_revoked(run);
    bool watch = run->revoke_end == 0 && run_can(run, MOOD_CONNECTOR_PAUSE) && clock_seconds() - since > patience;
    if (watch && !*paused)
        run_log(run, MOOD_LOG_NOTE, "the output accepts no records: reading is paused");
    if (watch) {
        mood_status status = intake_watch_paused(run, paused, err);
        if (status != MOOD_OK || run->revoke_end > 0)
            return status;
    }
    mood_connector_result result = run->type->flush(run->connector, LOOK_MS, &waiting);
    if (result == MOOD_CONNECTOR_OK)
        poll(NULL, 0, 1); /* nothing is under way, so flushing does not wait; nor do we spin */
    if (result == MOOD_CONNECTOR_OK || result == MOOD_CONNECTOR_RETRY || transaction_breaks(run, result, &waiting))
        return MOOD_OK;
    *err = waiting;
    return run_failed(run, result, err);
}

static mood_status resume(struct run *run, mood_error *err) {
    mood_status status = intake_resume(run, err);
    if (status == MOOD_OK)
        run_log(run, MOOD_LOG_NOTE, "the output accepts records again: reading continues");
    return status;
}

/* *sent is not SENT_OK when the output went nowhere; SENT_REJECTED leaves the reason in the item. */
static mood_status send(struct run *run, size_t index, const mood_output *output, enum sent *sent, mood_error *err) {
    double since = clock_seconds();
    bool paused = false;
    mood_error refusal = {0};
    mood_connector_result result;
    mood_status status = MOOD_OK;
    while ((result = run->type->publish(run->connector, output, &refusal)) == MOOD_CONNECTOR_RETRY) {
        run_tick(run);
        if (run_stopping(run) && run_forced(run))
            break;
        if ((status = wait_for_room(run, since, &paused, err)) != MOOD_OK)
            return status;
        if (run->items[index].kind == ITEM_GONE || run->transaction.broken)
            break;
    }
    if (paused && (status = resume(run, err)) != MOOD_OK)
        return status;
    if (result == MOOD_CONNECTOR_OK)
        *sent = SENT_OK;
    else if (run->transaction.broken || transaction_breaks(run, result, &refusal))
        *sent = SENT_NOT;
    else if (result == MOOD_CONNECTOR_RETRY)
        *sent = run->items[index].kind == ITEM_GONE ? SENT_GONE : SENT_NOT;
    else if (result == MOOD_CONNECTOR_REJECTED) {
        *sent = SENT_REJECTED;
        item_spoil(&run->items[index], "publish", "%s", refusal.message);
    } else {
        *err = refusal;
        return run_failed(run, result, err);
    }
    return MOOD_OK;
}

/* ---- the four kinds of output -------------------------------------------------------------------------- */

mood_status outlet_score(struct run *run, size_t index, const float *scores, enum sent *sent, mood_error *err) {
    const mood_record *record = &run->records[index];
    struct labels labels;
    mood_output output;
    run->value.size = 0;
    bool made = begin_output(run, record, &labels, &output);
    if (made && run->options->keep) {
        const mood_text value = {record->value, record->value_size};
        made = result_splice(&run->writer, value, scores, &run->value);
    } else if (made)
        made = result_write(&run->writer, scores, &run->value);
    if (!made)
        return error_no_memory(err);
    add_header(run, &output, "mood.source", labels.source);
    output.value = run->value.data;
    output.value_size = run->value.size;
    return send(run, index, &output, sent, err);
}

mood_status outlet_tombstone(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    struct labels labels;
    mood_output output;
    if (!begin_output(run, &run->records[index], &labels, &output))
        return error_no_memory(err);
    add_header(run, &output, "mood.source", labels.source);
    return send(run, index, &output, sent, err);
}

/* A replay that put the record back recognizes it by this header when it comes as a dead letter again. */
static void pass_replay(struct run *run, const mood_record *record, mood_output *output) {
    const mood_header *header = header_find(record, "mood.replay");
    if (header)
        run->headers[output->header_count++] = *header;
}

mood_status outlet_dead_letter(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    const mood_record *record = &run->records[index];
    const struct item *item = &run->items[index];
    struct labels labels;
    mood_output output;
    if (!begin_output(run, record, &labels, &output))
        return error_no_memory(err);
    pass_replay(run, record, &output);
    char reason[MOOD_MESSAGE_SIZE]; /* the item's own changes when this is refused, too */
    snprintf(reason, sizeof reason, "%s", item_reason(item));
    snprintf(labels.partition, sizeof labels.partition, "%" PRId32, record->position.partition);
    snprintf(labels.offset, sizeof labels.offset, "%" PRId64, record->position.offset);
    add_header(run, &output, "mood.error.topic", record->position.topic);
    add_header(run, &output, "mood.error.partition", labels.partition);
    add_header(run, &output, "mood.error.offset", labels.offset);
    add_header(run, &output, "mood.error.stage", item->stage);
    add_header(run, &output, "mood.error.message", reason);
    output.dead_letter = true;
    output.value = record->value;
    output.value_size = record->value_size;
    return send(run, index, &output, sent, err);
}

mood_status outlet_letter(struct run *run, size_t index, enum sent *sent, mood_error *err) {
    const mood_record *record = &run->records[index];
    const struct item *item = &run->items[index];
    mood_output output;
    if (!begin_plain(run, record, &output))
        return error_no_memory(err);
    pass_headers(run, record, &output);
    add_header(run, &output, "mood.replay", run->replay->id);
    output.topic = item->topic;
    output.partition = item->partition;
    output.value = record->value;
    output.value_size = record->value_size;
    return send(run, index, &output, sent, err);
}

/* ---- delivery and acknowledgement ------------------------------------------------------------------------ */

mood_status outlet_flush(struct run *run, double end, bool *flushed, mood_error *err) {
    *flushed = false;
    while (!*flushed && !run_forced(run) && (end == 0 || clock_seconds() < end)) {
        mood_error waiting = {0};
        mood_connector_result result = run->type->flush(run->connector, LOOK_MS, &waiting);
        *flushed = result == MOOD_CONNECTOR_OK;
        run_stopping(run); /* starts the deadline, where it is asked for meanwhile */
        run_tick(run);
        if (transaction_breaks(run, result, &waiting))
            return MOOD_OK;
        if (result != MOOD_CONNECTOR_OK && result != MOOD_CONNECTOR_RETRY) {
            *err = waiting;
            return run_failed(run, result, err);
        }
    }
    return MOOD_OK;
}

mood_status outlet_commit(struct run *run, mood_error *err) {
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (run->positions.count == 0)
        return MOOD_OK;
    do {
        mood_error waiting = {0};
        result = run->type->commit(run->connector, run->positions.list, run->positions.count,
                                   run_step_ms(run, LOOK_MS * 10), &waiting);
        run_stopping(run);
        run_tick(run);
        if (result != MOOD_CONNECTOR_OK)
            *err = waiting;
    } while (result == MOOD_CONNECTOR_RETRY && !run_forced(run));
    positions_empty(&run->positions);
    return result == MOOD_CONNECTOR_OK ? MOOD_OK : run_failed(run, result, err);
}
