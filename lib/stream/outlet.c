/* Output: results, tombstones, dead letters and replayed dead letters, in order, waiting for room. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errors.h"
#include "stream/dead_letter.h"
#include "stream/outlet.h"

/* How long to wait for room before reading is paused [s], and the length of one wait. */
static const double pause_after = 1.0;
enum { WAIT_MS = 50, OWN_HEADERS = 8 };

mood_status outlet_init(struct outlet *outlet, struct intake *intake, const struct batch_scorer *scorer,
                        const mood_replay *replay, mood_error *err) {
    *outlet = (struct outlet){.intake = intake, .scorer = scorer, .replay = replay};
    return result_writer_init(&outlet->writer, &scorer->head, scorer->labels, intake->channel->options->member, err);
}

void outlet_clear(struct outlet *outlet) {
    result_writer_clear(&outlet->writer);
    bytes_free(&outlet->value);
    free(outlet->headers);
    *outlet = (struct outlet){0};
}

/* ---- headers -------------------------------------------------------------------------------------------- */

/* Values of mood's own headers; they must exist until the output is published. */
struct header_values {
    char source[512], partition[16], offset[24], model[16];
};

static bool reserve_headers(struct outlet *outlet, size_t n) {
    mood_header *headers = array_grow(outlet->headers, &outlet->header_capacity, n, sizeof *headers);
    if (headers)
        outlet->headers = headers;
    return headers != NULL;
}

static void add_header(struct outlet *outlet, mood_output *output, const char *name, const char *value) {
    outlet->headers[output->header_count++] = (mood_header){name, value, strlen(value)};
    output->headers = outlet->headers;
}

/* An output with the record's key and timestamp, and no headers yet. False: out of memory. */
static bool begin_plain(struct outlet *outlet, const mood_record *record, mood_output *output) {
    if (!reserve_headers(outlet, record->header_count + OWN_HEADERS))
        return false;
    *output = (mood_output)MOOD_OUTPUT;
    output->source = record->position;
    output->key = record->key;
    output->key_size = record->key_size;
    output->timestamp = record->timestamp;
    output->headers = outlet->headers;
    return true;
}

/* The record's headers, without those whose names begin with "mood.": only mood writes them. Otherwise a record
 * could forge its origin, or its destination in a replay. */
static void pass_headers(struct outlet *outlet, const mood_record *record, mood_output *output) {
    for (size_t i = 0; i < record->header_count; i++)
        if (strncmp(record->headers[i].name, "mood.", 5) != 0)
            outlet->headers[output->header_count++] = record->headers[i];
}

/* False: out of memory. */
static bool begin_output(struct outlet *outlet, const mood_record *record, struct header_values *values,
                         mood_output *output) {
    if (!begin_plain(outlet, record, output))
        return false;
    pass_headers(outlet, record, output);
    snprintf(values->model, sizeof values->model, "%.12s", outlet->scorer->digest);
    snprintf(values->source, sizeof values->source, "%s/%" PRId32 "/%" PRId64, record->position.topic,
             record->position.partition, record->position.offset);
    add_header(outlet, output, "mood.model", values->model);
    return true;
}

/* ---- sending -------------------------------------------------------------------------------------------- */

/* When the time for revoked partitions has passed, the next poll hands them over, even if the batch still has their
 * records. */
static void give_up_revoked(struct intake *intake) {
    for (size_t i = 0; i < intake->batch->count; i++)
        if (intake->batch->items[i].revoked)
            intake_give_up(intake, &intake->batch->records[i].position, 1);
    intake->revoke_end = 0;
}

/* Wait a short time for deliveries. */
static mood_status wait_for_delivery(struct intake *intake, mood_error *err) {
    struct channel *channel = intake->channel;
    mood_error failure = {0};
    mood_connector_result result = channel->type->flush(channel->connector, WAIT_MS, &failure);
    if (result == MOOD_CONNECTOR_OK)
        poll(NULL, 0, 1); /* nothing is in flight, so flush did not wait */
    if (result == MOOD_CONNECTOR_OK || result == MOOD_CONNECTOR_RETRY ||
        transaction_breaks(intake->transaction, result, &failure))
        return MOOD_OK;
    *err = failure;
    return channel_failed(channel, result, err);
}

/* After the first second reading is paused, so that polling, and with it the membership in the group, continues without
 * new records. */
static mood_status wait_for_room(struct intake *intake, double since, bool *paused, mood_error *err) {
    struct channel *channel = intake->channel;
    if (intake_revoke_expired(intake))
        give_up_revoked(intake);
    bool watch = intake->revoke_end == 0 && channel_can(channel, MOOD_CONNECTOR_PAUSE) &&
                 clock_seconds() - since > pause_after;
    if (watch && !*paused)
        channel_log(channel, MOOD_LOG_NOTE, "the output accepts no records: reading is paused");
    if (watch) {
        mood_status status = intake_watch_paused(intake, paused, err);
        if (status != MOOD_OK || intake->revoke_end > 0)
            return status;
    }
    return wait_for_delivery(intake, err);
}

static mood_status resume(struct intake *intake, mood_error *err) {
    mood_status status = intake_resume(intake, err);
    if (status == MOOD_OK)
        channel_log(intake->channel, MOOD_LOG_NOTE, "the output accepts records again: reading continues");
    return status;
}

/* Publish, repeated while there is no room. */
static mood_status publish(struct intake *intake, const struct item *item, const mood_output *output,
                           mood_connector_result *result, mood_error *refusal, mood_error *err) {
    struct channel *channel = intake->channel;
    double since = clock_seconds();
    bool paused = false;
    while ((*result = channel->type->publish(channel->connector, output, refusal)) == MOOD_CONNECTOR_RETRY) {
        channel_tick(channel);
        if (deadline_expired(&channel->deadline))
            break;
        mood_status status = wait_for_room(intake, since, &paused, err);
        if (status != MOOD_OK)
            return status;
        if (item->kind == ITEM_LOST || intake->transaction->broken)
            break;
    }
    return paused ? resume(intake, err) : MOOD_OK;
}

static mood_status send(struct outlet *outlet, size_t index, const mood_output *output, enum sent *sent,
                        mood_error *err) {
    struct intake *intake = outlet->intake;
    struct item *item = &intake->batch->items[index];
    mood_error refusal = {0};
    mood_connector_result result;
    mood_status status = publish(intake, item, output, &result, &refusal, err);
    if (status != MOOD_OK)
        return status;
    if (result == MOOD_CONNECTOR_OK)
        *sent = SENT_OK;
    else if (intake->transaction->broken || transaction_breaks(intake->transaction, result, &refusal))
        *sent = SENT_NOT;
    else if (result == MOOD_CONNECTOR_RETRY)
        *sent = item->kind == ITEM_LOST ? SENT_LOST : SENT_NOT;
    else if (result == MOOD_CONNECTOR_REJECTED) {
        *sent = SENT_REJECTED;
        item_reject(item, "publish", "%s", refusal.message);
    } else {
        *err = refusal;
        return channel_failed(intake->channel, result, err);
    }
    return MOOD_OK;
}

/* ---- the four kinds of output -------------------------------------------------------------------------- */

static const mood_record *record_at(const struct outlet *outlet, size_t index) {
    return &outlet->intake->batch->records[index];
}

mood_status outlet_score(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err) {
    const mood_record *record = record_at(outlet, index);
    const struct item *item = &outlet->intake->batch->items[index];
    const float *scores = batch_scores(outlet->intake->batch, index);
    struct header_values values;
    mood_output output;
    outlet->value.size = 0;
    bool made = begin_output(outlet, record, &values, &output);
    if (made && outlet->intake->channel->options->keep) {
        const mood_text value = {record->value, record->value_size};
        made = result_splice(&outlet->writer, value, scores, item->label, &outlet->value);
    } else if (made)
        made = result_write(&outlet->writer, scores, item->label, &outlet->value);
    if (!made)
        return error_no_memory(err);
    add_header(outlet, &output, "mood.source", values.source);
    output.value = outlet->value.data;
    output.value_size = outlet->value.size;
    return send(outlet, index, &output, sent, err);
}

mood_status outlet_tombstone(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err) {
    struct header_values values;
    mood_output output;
    if (!begin_output(outlet, record_at(outlet, index), &values, &output))
        return error_no_memory(err);
    add_header(outlet, &output, "mood.source", values.source);
    return send(outlet, index, &output, sent, err);
}

/* A replay that put the record back recognizes it by this header when it comes as a dead letter again. */
static void pass_replay(struct outlet *outlet, const mood_record *record, mood_output *output) {
    const mood_header *header = header_find(record, "mood.replay");
    if (header)
        outlet->headers[output->header_count++] = *header;
}

mood_status outlet_dead_letter(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err) {
    const mood_record *record = record_at(outlet, index);
    const struct item *item = &outlet->intake->batch->items[index];
    struct header_values values;
    mood_output output;
    if (!begin_output(outlet, record, &values, &output))
        return error_no_memory(err);
    pass_replay(outlet, record, &output);
    char reason[MOOD_MESSAGE_SIZE]; /* a copy: the item's reason changes if this output is rejected, too */
    snprintf(reason, sizeof reason, "%s", item_reason(item));
    snprintf(values.partition, sizeof values.partition, "%" PRId32, record->position.partition);
    snprintf(values.offset, sizeof values.offset, "%" PRId64, record->position.offset);
    add_header(outlet, &output, "mood.error.topic", record->position.topic);
    add_header(outlet, &output, "mood.error.partition", values.partition);
    add_header(outlet, &output, "mood.error.offset", values.offset);
    add_header(outlet, &output, "mood.error.stage", item->stage);
    add_header(outlet, &output, "mood.error.message", reason);
    output.dead_letter = true;
    output.value = record->value;
    output.value_size = record->value_size;
    return send(outlet, index, &output, sent, err);
}

mood_status outlet_replay(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err) {
    const mood_record *record = record_at(outlet, index);
    const struct item *item = &outlet->intake->batch->items[index];
    mood_output output;
    if (!begin_plain(outlet, record, &output))
        return error_no_memory(err);
    pass_headers(outlet, record, &output);
    add_header(outlet, &output, "mood.replay", outlet->replay->id);
    output.topic = item->topic;
    output.partition = item->partition;
    output.value = record->value;
    output.value_size = record->value_size;
    return send(outlet, index, &output, sent, err);
}

/* ---- delivery --------------------------------------------------------------------------------------------- */

mood_status outlet_flush(struct outlet *outlet, double end, bool *flushed, mood_error *err) {
    struct channel *channel = outlet->intake->channel;
    *flushed = false;
    while (!*flushed && !deadline_expired(&channel->deadline) && (end == 0 || clock_seconds() < end)) {
        mood_error failure = {0};
        mood_connector_result result = channel->type->flush(channel->connector, WAIT_MS, &failure);
        *flushed = result == MOOD_CONNECTOR_OK;
        channel_tick(channel);
        if (transaction_breaks(outlet->intake->transaction, result, &failure))
            return MOOD_OK;
        if (result != MOOD_CONNECTOR_OK && result != MOOD_CONNECTOR_RETRY) {
            *err = failure;
            return channel_failed(channel, result, err);
        }
    }
    return MOOD_OK;
}
