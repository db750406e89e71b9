/* Reading: the group's consumer, and what it tells the host. */
#include <stdlib.h>
#include <string.h>

#include "kafka.h"

/* How long the host may take at most to finish what it holds of revoked partitions; and the bytes after which one poll
 * ends, so that the host can stop filling a batch of large records. */
enum { REVOKE_MS = 20000, MISSING_MS = 5000, HAND_OVER_MS = 5000, WATERMARK_MS = 5000, GATHER_BYTES = 4 << 20 };

/* A record's message, and its headers in the host's form. */
struct held {
    rd_kafka_message_t *message;
    mood_header headers[];
};

int consumer_property(const mood_connector *kafka, const char *name) {
    char value[32] = "";
    size_t size = sizeof value;
    rd_kafka_conf_get(rd_kafka_conf(kafka->consumer), name, value, &size);
    return atoi(value);
}

mood_status consumer_open(mood_connector *kafka, const mood_connector_config *config, mood_error *err) {
    rd_kafka_conf_t *conf;
    char reason[512];
    mood_status status = settings_conf(config, &kafka->settings, RD_KAFKA_CONSUMER, &conf, err);
    if (status != MOOD_OK)
        return status;
    kafka_conf_callbacks(kafka, conf);
    rd_kafka_conf_set_rebalance_cb(conf, assignment_rebalance);
    kafka->consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (!kafka->consumer) {
        rd_kafka_conf_destroy(conf);
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the consumer can't be set up: %s", reason);
    }
    commits_open(kafka);
    rd_kafka_set_log_queue(kafka->consumer, NULL);
    kafka_renew_tokens(kafka, kafka->consumer);
    rd_kafka_poll_set_consumer(kafka->consumer);
    return MOOD_OK;
}

/* ---- records -------------------------------------------------------------------------------------------- */

/* *bytes: key, value and headers. */
static struct held *hold(rd_kafka_message_t *message, size_t *header_count, size_t *bytes) {
    rd_kafka_headers_t *headers = NULL;
    size_t count = rd_kafka_message_headers(message, &headers) ? 0 : rd_kafka_header_cnt(headers);
    struct held *held = malloc(sizeof *held + count * sizeof *held->headers); /* count is the broker's: < 2^31 */
    if (!held)
        return NULL;
    held->message = message;
    *bytes = message->key_len + message->len;
    for (size_t i = 0; i < count; i++) {
        mood_header *header = &held->headers[i];
        if (rd_kafka_header_get_all(headers, i, &header->name, &header->value, &header->size))
            *header = (mood_header){"", NULL, 0};
        *bytes += header->size;
    }
    *header_count = count;
    return held;
}

/* *bytes grows by the record's size. */
static bool add_record(mood_connector *kafka, size_t index, rd_kafka_message_t *message, size_t *bytes) {
    size_t header_count, size;
    struct held *held = hold(message, &header_count, &size);
    if (!held)
        return false;
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(message, &type);
    kafka->records[index] = (mood_record){
        .position = {rd_kafka_topic_name(message->rkt), message->partition, message->offset},
        .key = message->key,
        .key_size = message->key_len,
        .value = message->payload,
        .value_size = message->len,
        .timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp,
        .headers = held->headers,
        .header_count = header_count,
        .held = held,
    };
    *bytes += size;
    return true;
}

void consumer_release(const mood_record *records, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct held *held = records[i].held;
        rd_kafka_message_destroy(held->message);
        free(held);
    }
}

/* ---- what a consumer complains of ----------------------------------------------------------------------- */

static const char *ways_out = "; continue with --on-missing-offset earliest or latest";

/* The position that the group has is not in the topic (any more). Say what going on would mean. */
static void fail_missing(mood_connector *kafka, const rd_kafka_message_t *message) {
    const char *topic = kafka->settings.input;
    int64_t low = -1, high = -1, at = -1;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, message->partition);
    if (!rd_kafka_committed(kafka->consumer, list, WATERMARK_MS))
        at = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(kafka->consumer, topic, message->partition, &low, &high, WATERMARK_MS);
    if (code || at < 0)
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL,
                   "%s/%d: the group's committed offset is not in the topic any more (%s)%s", topic, message->partition,
                   rd_kafka_message_errstr(message), ways_out);
    else if (at < low)
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL,
                   "%s/%d: the group's committed offset is %lld, but the topic now begins at %lld: %lld records were "
                   "deleted before they were scored%s (earliest: at %lld; latest: at %lld)",
                   topic, message->partition, (long long)at, (long long)low, (long long)(low - at), ways_out,
                   (long long)low, (long long)high);
    else
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL,
                   "%s/%d: the group's committed offset is %lld, but the topic ends at %lld: it may have been deleted "
                   "and created again%s (earliest scores its %lld records; latest skips them)",
                   topic, message->partition, (long long)at, (long long)high, ways_out, (long long)(high - low));
}

static void complain(mood_connector *kafka, const rd_kafka_message_t *message) {
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: assignment_mark_end(kafka, message->partition, message->offset); return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: fail_missing(kafka, message); return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "the topic '%s', or a partition of it, does not exist any more: %s",
                   kafka->settings.input, rd_kafka_message_errstr(message));
        return;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "reading '%s' as group '%s' failed: %s%s", kafka->settings.input,
                   kafka->settings.group, rd_kafka_message_errstr(message), kafka_advice(message->err));
        return;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        kafka_fail(kafka, MOOD_CONNECTOR_FENCED, "another process took over the instance name '%s'",
                   kafka->settings.instance);
        return;
    case RD_KAFKA_RESP_ERR__FATAL:
        kafka_fatal(kafka, kafka->consumer); /* of a consumer it comes as a message, not to the error callback */
        return;
    default: /* librdkafka goes on trying by itself */
        kafka_log(kafka, MOOD_LOG_DETAIL, "consumer: %s", rd_kafka_message_errstr(message));
    }
}

/* ---- poll -------------------------------------------------------------------------------------------------- */

static bool subscribe(mood_connector *kafka) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, kafka->settings.input, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(kafka->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "subscribing to '%s' failed: %s", kafka->settings.input,
                   rd_kafka_err2str(code));
    return kafka->subscribed = !code;
}

static bool reserve_records(mood_connector *kafka, size_t n) {
    if (n <= kafka->record_capacity)
        return true;
    mood_record *records = reallocarray(kafka->records, n, sizeof *records);
    if (!records)
        return false;
    kafka->records = records;
    kafka->record_capacity = n;
    return true;
}

/* Records until there are enough, none is ready, or something happens. That all partitions are at their end was so when
 * they were fetched; what came since is at hand. */
static size_t gather(mood_connector *kafka, size_t max_records, int timeout_ms) {
    size_t count = 0, bytes = 0;
    bool ending = false;
    int64_t end = clock_ms() + timeout_ms;
    while (count < max_records && bytes < GATHER_BYTES && kafka->failure == MOOD_CONNECTOR_OK) {
        int64_t left = count || ending ? 0 : end - clock_ms();
        rd_kafka_message_t *message = rd_kafka_consumer_poll(kafka->consumer, left > 0 ? (int)left : 0);
        if (kafka->pending == PENDING_ASSIGN)
            assignment_take_over(kafka);
        if (message && message->err) {
            complain(kafka, message);
            rd_kafka_message_destroy(message);
        } else if (message) {
            if (!add_record(kafka, count, message, &bytes)) {
                rd_kafka_message_destroy(message);
                kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "out of memory");
                break;
            }
            const mood_position *at = &kafka->records[count].position;
            assignment_mark_read(kafka, at->partition, at->offset + 1);
            if (kafka->settings.end)
                assignment_mark_more(kafka, at->partition);
            count++;
        } else if (left <= 0 || kafka->pending != PENDING_NONE)
            break;
        if (kafka->pending == PENDING_REVOKE || kafka->pending == PENDING_LOSE)
            break;
        ending = kafka->settings.end && assignment_at_end(kafka);
    }
    return count;
}

/* The group waits max.poll.interval.ms (5 minutes unless set) before it goes on without us; committing and joining
 * want some of it. */
static int revoke_ms(const mood_connector *kafka) {
    int half = consumer_property(kafka, "max.poll.interval.ms") / 2;
    return half > 0 && half < REVOKE_MS ? half : REVOKE_MS;
}

static void tell_of_pending(mood_connector *kafka, mood_event *event) {
    size_t n = (size_t)kafka->pending_list->cnt;
    if (n > kafka->position_capacity) {
        mood_position *positions = reallocarray(kafka->positions, n, sizeof *positions);
        if (!positions) {
            kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "out of memory");
            return;
        }
        kafka->positions = positions;
        kafka->position_capacity = n;
    }
    for (size_t i = 0; i < n; i++) {
        const rd_kafka_topic_partition_t *partition = &kafka->pending_list->elems[i];
        kafka->positions[i] = (mood_position){partition->topic, partition->partition, -1};
    }
    event->type = kafka->pending == PENDING_REVOKE ? MOOD_EVENT_REVOKED : MOOD_EVENT_LOST;
    event->positions = kafka->positions;
    event->position_count = n;
    event->deadline_ms = revoke_ms(kafka);
    kafka->told = true;
}

/* A broker that restarts may not know its topics for a moment; one that was deleted it never knows again, and
 * librdkafka would go on asking for it. */
void consumer_look_for_input(mood_connector *kafka) {
    if (!kafka->missing_since || clock_ms() - kafka->missing_since < MISSING_MS)
        return;
    kafka->missing_since = 0;
    if (cluster_lacks_input(kafka))
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "the topic '%s' does not exist any more", kafka->settings.input);
}

void consumer_poll(mood_connector *kafka, size_t max_records, int timeout_ms, mood_event *event) {
    if (kafka->told) /* the host has finished with them, or had its time */
        assignment_hand_over(kafka, HAND_OVER_MS, NULL);
    else if (kafka->pending == PENDING_ASSIGN)
        assignment_take_over(kafka);
    consumer_look_for_input(kafka);
    if (!kafka->subscribed && !subscribe(kafka))
        return;
    if (!reserve_records(kafka, max_records)) {
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "out of memory");
        return;
    }
    bool waiting = kafka->pending == PENDING_REVOKE || kafka->pending == PENDING_LOSE;
    size_t count = waiting ? 0 : gather(kafka, max_records, timeout_ms);
    kafka->received += count;
    if (count) {
        event->type = MOOD_EVENT_RECORDS;
        event->records = kafka->records;
        event->record_count = count;
    } else if (kafka->pending == PENDING_REVOKE || kafka->pending == PENDING_LOSE)
        tell_of_pending(kafka, event);
    else if (kafka->settings.end && assignment_at_end(kafka))
        event->type = MOOD_EVENT_END;
}

/* ---- close --------------------------------------------------------------------------------------------- */

/* While it closes, a consumer's events come to the queue given; records that were fetched already, too. */
static void serve_closing(mood_connector *kafka, rd_kafka_queue_t *queue) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 50);
    if (event && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
        assignment_rebalance(kafka->consumer, rd_kafka_event_error(event), rd_kafka_event_topic_partition_list(event),
                             kafka);
    if (event)
        rd_kafka_event_destroy(event);
}

mood_connector_result consumer_leave(mood_connector *kafka, int64_t commit_end, int64_t leave_end, mood_error *err) {
    if (!kafka->consumer)
        return MOOD_CONNECTOR_OK;
    int64_t left = commit_end - clock_ms();
    mood_connector_result result = assignment_finish(kafka, left > 0 ? (int)left : 0, err);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka->consumer);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(kafka->consumer, queue);
    if (error)
        rd_kafka_error_destroy(error); /* closed already by a fatal error */
    else
        while (!rd_kafka_consumer_closed(kafka->consumer) && clock_ms() < leave_end && !kafka_hurried(kafka))
            serve_closing(kafka, queue);
    rd_kafka_queue_destroy(queue);
    return result;
}
