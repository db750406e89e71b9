/* Reading: the group's consumer, and its events for the host.
 *
 * librdkafka calls on_rebalance within poll, while the host may have an unfinished batch. The rebalance is only noted
 * then, poll returns, and librdkafka waits until the host has finished its records. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cluster.h"
#include "consumer.h"
#include "error_code.h"
#include "records.h"

/* REVOKE_MS: how long the host may take at most to finish the records of revoked partitions. MISSING_MS: how long the
 * input topic may be unknown. After GATHER_BYTES a poll ends, so that the host can end a batch of large records. */
enum {
    REVOKE_MS = 20000,
    MISSING_MS = 5000,
    HAND_OVER_MS = 5000,
    WATERMARK_MS = 5000,
    CLOSING_POLL_MS = 50,
    GATHER_BYTES = 4 << 20
};

/* A number; 0: the property is not one. */
static int read_property(const struct consumer *consumer, const char *name) {
    char value[32] = "";
    size_t size = sizeof value;
    rd_kafka_conf_get(rd_kafka_conf(consumer->clients->consumer), name, value, &size);
    return atoi(value);
}

/* ---- rebalances ------------------------------------------------------------------------------------------ */

/* Carry out a pending revocation or loss. Not OK: offsets could not be committed within the time. */
static mood_connector_result hand_over(struct consumer *consumer, int timeout_ms, mood_error *err) {
    struct assignment *assignment = &consumer->assignment;
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (assignment->pending == PENDING_REVOKE)
        result = commits_finish(&consumer->commits, assignment->pending_list, timeout_ms, err);
    assignment_remove(assignment);
    consumer->reported = false;
    return result;
}

static enum pending read_rebalance(const struct consumer *consumer, rd_kafka_resp_err_t code) {
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        return PENDING_ASSIGN;
    if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
        return rd_kafka_assignment_lost(consumer->clients->consumer) ? PENDING_LOSE : PENDING_REVOKE;
    clients_log(consumer->clients, MOOD_LOG_WARNING, "the group's rebalance failed: %s", rd_kafka_err2str(code));
    return PENDING_LOSE;
}

/* While closing, a rebalance is carried out at once: consumer_commit has committed the offsets. */
static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                         void *opaque) {
    struct consumer *consumer = opaque;
    assignment_set_pending(&consumer->assignment, read_rebalance(consumer, code), list);
    consumer->reported = false;
    if (!consumer->clients->closing)
        rd_kafka_yield(client);
    else if (consumer->assignment.pending == PENDING_ASSIGN)
        assignment_refuse(&consumer->assignment);
    else
        hand_over(consumer, 0, NULL);
}

/* ---- open --------------------------------------------------------------------------------------------------- */

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
    const struct consumer *consumer = rd_kafka_opaque(client);
    clients_log_line(consumer->clients, level, facility, text);
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque) {
    struct consumer *consumer = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        clients_fail_fatal(consumer->clients, client);
    else
        clients_note_error(consumer->clients, client, code, reason);
}

mood_status consumer_init(struct consumer *consumer, mood_error *err) {
    consumer->assignment.clients = consumer->commits.clients = consumer->clients;
    consumer->assignment.tracker = consumer->commits.tracker = consumer->tracker;
    consumer->commits.assignment = &consumer->assignment;
    return assignment_init(&consumer->assignment, err);
}

mood_status consumer_open(struct consumer *consumer, const mood_connector_config *config, mood_error *err) {
    rd_kafka_conf_t *conf;
    char reason[512];
    mood_status status = settings_conf(config, &consumer->clients->settings, RD_KAFKA_CONSUMER, &conf, err);
    if (status != MOOD_OK)
        return status;
    clients_prepare_tokens(conf);
    rd_kafka_conf_set_opaque(conf, consumer);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (!client) {
        rd_kafka_conf_destroy(conf);
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the consumer can't be set up: %s", reason);
    }
    consumer->clients->consumer = client;
    commits_open(&consumer->commits, read_property(consumer, "auto.commit.interval.ms"));
    rd_kafka_set_log_queue(client, NULL);
    clients_renew_tokens(consumer->clients, client);
    rd_kafka_poll_set_consumer(client);
    return MOOD_OK;
}

/* It has left its group, or the time for that is over. */
void consumer_free(struct consumer *consumer) {
    commits_close(&consumer->commits);
    if (consumer->clients->consumer)
        rd_kafka_destroy_flags(consumer->clients->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    assignment_free(&consumer->assignment);
    free(consumer->records);
    free(consumer->positions);
}

/* ---- errors ----------------------------------------------------------------------- */

static const char *remedy = "; continue with --on-missing-offset earliest or latest";

/* The group's committed offset is not in the topic. Report what continuing would mean. */
static void fail_missing(struct consumer *consumer, const rd_kafka_message_t *message) {
    const char *topic = consumer->clients->settings.input;
    int64_t low = -1, high = -1, at = -1;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, message->partition);
    if (!rd_kafka_committed(consumer->clients->consumer, list, WATERMARK_MS))
        at = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(consumer->clients->consumer, topic, message->partition,
                                                                &low, &high, WATERMARK_MS);
    if (code || at < 0)
        clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL,
                     "%s/%d: the group's committed offset is not in the topic any more (%s)%s", topic,
                     message->partition, rd_kafka_message_errstr(message), remedy);
    else if (at < low)
        clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL,
                     "%s/%d: the group's committed offset is %lld, but the topic now begins at %lld: %lld records were "
                     "deleted before they were scored%s (earliest: at %lld; latest: at %lld)",
                     topic, message->partition, (long long)at, (long long)low, (long long)(low - at), remedy,
                     (long long)low, (long long)high);
    else
        clients_fail(
            consumer->clients, MOOD_CONNECTOR_FATAL,
            "%s/%d: the group's committed offset is %lld, but the topic ends at %lld: it may have been deleted "
            "and created again%s (earliest scores its %lld records; latest skips them)",
            topic, message->partition, (long long)at, (long long)high, remedy, (long long)(high - low));
}

static void handle_error(struct consumer *consumer, const rd_kafka_message_t *message) {
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        assignment_mark_end(&consumer->assignment, message->partition, message->offset);
        return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: fail_missing(consumer, message); return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL,
                     "the topic '%s', or a partition of it, does not exist any more: %s",
                     consumer->clients->settings.input, rd_kafka_message_errstr(message));
        return;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
        clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL, "reading '%s' as group '%s' failed: %s%s",
                     consumer->clients->settings.input, consumer->clients->settings.group,
                     rd_kafka_message_errstr(message), error_advice(message->err));
        return;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        clients_fail(consumer->clients, MOOD_CONNECTOR_FENCED, "another process took over the instance name '%s'",
                     consumer->clients->settings.instance);
        return;
    case RD_KAFKA_RESP_ERR__FATAL:
        clients_fail_fatal(
            consumer->clients,
            consumer->clients->consumer); /* a consumer's comes as a message, not to the error callback */
        return;
    default: /* librdkafka retries */
        clients_log(consumer->clients, MOOD_LOG_DETAIL, "consumer: %s", rd_kafka_message_errstr(message));
    }
}

/* ---- poll -------------------------------------------------------------------------------------------------- */

static bool subscribe(struct consumer *consumer) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, consumer->clients->settings.input, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->clients->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL, "subscribing to '%s' failed: %s",
                     consumer->clients->settings.input, rd_kafka_err2str(code));
    return consumer->subscribed = !code;
}

static bool reserve_records(struct consumer *consumer, size_t n) {
    if (n <= consumer->record_capacity)
        return true;
    mood_record *records = reallocarray(consumer->records, n, sizeof *records);
    if (!records)
        return false;
    consumer->records = records;
    consumer->record_capacity = n;
    return true;
}

/* Add a message as record `index`. False: the connector has failed. */
static bool take_message(struct consumer *consumer, size_t index, rd_kafka_message_t *message, size_t *bytes) {
    if (!record_fill(&consumer->records[index], message, bytes)) {
        rd_kafka_message_destroy(message);
        clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL, "out of memory");
        return false;
    }
    const mood_position *position = &consumer->records[index].position;
    assignment_mark_read(&consumer->assignment, position->partition, position->offset + 1);
    if (consumer->clients->settings.end)
        assignment_mark_more(&consumer->assignment, position->partition);
    return true;
}

/* Read records until there are enough, none is ready, or a rebalance begins. If all partitions are at their end,
 * records that came since are still read, without waiting. */
static size_t gather(struct consumer *consumer, size_t max_records, int timeout_ms) {
    struct clients *clients = consumer->clients;
    struct assignment *assignment = &consumer->assignment;
    size_t count = 0, bytes = 0;
    bool ending = false;
    int64_t end = clock_ms() + timeout_ms;
    while (count < max_records && bytes < GATHER_BYTES && clients->failure == MOOD_CONNECTOR_OK) {
        int left = count || ending ? 0 : clock_left_ms(end);
        rd_kafka_message_t *message = rd_kafka_consumer_poll(clients->consumer, left);
        if (assignment->pending == PENDING_ASSIGN)
            assignment_add(assignment);
        if (message && message->err) {
            handle_error(consumer, message);
            rd_kafka_message_destroy(message);
        } else if (message) {
            if (!take_message(consumer, count, message, &bytes))
                break;
            count++;
        } else if (left == 0 || assignment->pending != PENDING_NONE)
            break;
        if (assignment_is_leaving(assignment))
            break;
        ending = clients->settings.end && assignment_at_end(assignment);
    }
    return count;
}

/* The group waits max.poll.interval.ms (default: 5 minutes) before it removes this member; committing and joining need
 * part of that time. */
static int revoke_ms(const struct consumer *consumer) {
    int half = read_property(consumer, "max.poll.interval.ms") / 2;
    return half > 0 && half < REVOKE_MS ? half : REVOKE_MS;
}

static void report_leaving(struct consumer *consumer, mood_event *event) {
    size_t n = (size_t)consumer->assignment.pending_list->cnt;
    if (n > consumer->position_capacity) {
        mood_position *positions = reallocarray(consumer->positions, n, sizeof *positions);
        if (!positions) {
            clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL, "out of memory");
            return;
        }
        consumer->positions = positions;
        consumer->position_capacity = n;
    }
    for (size_t i = 0; i < n; i++) {
        const rd_kafka_topic_partition_t *partition = &consumer->assignment.pending_list->elems[i];
        consumer->positions[i] = (mood_position){partition->topic, partition->partition, -1};
    }
    event->type = consumer->assignment.pending == PENDING_REVOKE ? MOOD_EVENT_REVOKED : MOOD_EVENT_LOST;
    event->positions = consumer->positions;
    event->position_count = n;
    event->deadline_ms = revoke_ms(consumer);
    consumer->reported = true;
}

/* A broker that restarts may not know its topics for a moment. librdkafka would go on asking for a topic that was
 * deleted. */
void consumer_check_input(struct consumer *consumer) {
    struct clients *clients = consumer->clients;
    if (!clients->missing_since || clock_ms() - clients->missing_since < MISSING_MS)
        return;
    clients->missing_since = 0;
    if (cluster_lacks_input(clients))
        clients_fail(clients, MOOD_CONNECTOR_FATAL, "the topic '%s' does not exist any more", clients->settings.input);
}

void consumer_poll(struct consumer *consumer, size_t max_records, int timeout_ms, mood_event *event) {
    struct assignment *assignment = &consumer->assignment;
    if (consumer->reported) /* the host has finished the records, or its time is over */
        hand_over(consumer, HAND_OVER_MS, NULL);
    else if (assignment->pending == PENDING_ASSIGN)
        assignment_add(assignment);
    consumer_check_input(consumer);
    if (!consumer->subscribed && !subscribe(consumer))
        return;
    if (!reserve_records(consumer, max_records)) {
        clients_fail(consumer->clients, MOOD_CONNECTOR_FATAL, "out of memory");
        return;
    }
    size_t count = assignment_is_leaving(assignment) ? 0 : gather(consumer, max_records, timeout_ms);
    consumer->received += count;
    if (count) {
        event->type = MOOD_EVENT_RECORDS;
        event->records = consumer->records;
        event->record_count = count;
    } else if (assignment_is_leaving(assignment))
        report_leaving(consumer, event);
    else if (consumer->clients->settings.end && assignment_at_end(assignment))
        event->type = MOOD_EVENT_END;
}

/* ---- close --------------------------------------------------------------------------------------------- */

mood_connector_result consumer_commit(struct consumer *consumer, int64_t end, mood_error *err) {
    struct assignment *assignment = &consumer->assignment;
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (!consumer->clients->consumer)
        return MOOD_CONNECTOR_OK;
    if (assignment->pending == PENDING_REVOKE)
        result = commits_finish(&consumer->commits, assignment->pending_list, clock_left_ms(end), err);
    if (assignment_is_leaving(assignment)) /* offsets of lost partitions can't be committed */
        assignment_forget(assignment);
    mood_connector_result rest = commits_finish(&consumer->commits, assignment->owned, clock_left_ms(end), err);
    for (int i = 0; i < assignment->owned->cnt; i++) /* committed now, or never */
        tracker_forget(consumer->tracker, assignment->owned->elems[i].partition);
    return result == MOOD_CONNECTOR_OK ? rest : result;
}

/* While it closes, a consumer's events come to the queue; so do records that were fetched before. */
static void serve_closing(struct consumer *consumer, rd_kafka_queue_t *queue) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CLOSING_POLL_MS);
    if (event && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
        on_rebalance(consumer->clients->consumer, rd_kafka_event_error(event),
                     rd_kafka_event_topic_partition_list(event), consumer);
    if (event)
        rd_kafka_event_destroy(event);
}

void consumer_leave(struct consumer *consumer, int64_t end) {
    rd_kafka_t *client = consumer->clients->consumer;
    if (!client)
        return;
    if (assignment_is_leaving(&consumer->assignment))
        assignment_remove(&consumer->assignment);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(client, queue);
    if (error)
        rd_kafka_error_destroy(error); /* a fatal error has closed it */
    else
        while (!rd_kafka_consumer_closed(client) && clock_ms() < end)
            serve_closing(consumer, queue);
    rd_kafka_queue_destroy(queue);
}
