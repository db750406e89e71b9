/* The Kafka connector: its table of functions, and opening. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "close.h"
#include "cluster.h"
#include "demo.h"
#include "connector.h"
#include "properties.h"
#include "records.h"
#include "versions.h"

/* ---- open --------------------------------------------------------------------------------------- */

static void write_topic(FILE *to, const char *role, const char *topic, int32_t partitions) {
    if (topic)
        fprintf(to, "%s '%s' (%d partition%s), ", role, topic, partitions, partitions == 1 ? "" : "s");
}

/* The topics and names in use, before anything is read. */
static void log_settings(const mood_connector *kafka, const struct topic_sizes *sizes) {
    const struct settings *settings = &kafka->clients.settings;
    char line[MOOD_MESSAGE_SIZE] = "";
    FILE *to = kafka->clients.consumer ? fmemopen(line, sizeof line, "w") : NULL;
    if (!to)
        return;
    write_topic(to, "input", settings->input, sizes->input);
    write_topic(to, "output", settings->output, sizes->output);
    write_topic(to, "dead letters", settings->dead_letters, sizes->dead_letters);
    fprintf(to, "group '%s'", settings->group);
    if (settings->instance)
        fprintf(to, ", instance '%s'", settings->instance);
    fclose(to);
    line[sizeof line - 1] = '\0';
    clients_log(&kafka->clients, MOOD_LOG_NOTE, "%s", line);
}

static bool is_exactly_once(const mood_connector *kafka) {
    return kafka->clients.settings.guarantee == MOOD_EXACTLY_ONCE;
}

/* Connect the parts. */
static mood_status init_parts(mood_connector *kafka, mood_error *err) {
    struct clients *clients = &kafka->clients;
    kafka->tracker = tracker_create();
    kafka->producer.clients = kafka->producer.targets.clients = clients;
    kafka->producer.tracker = kafka->consumer.tracker = kafka->tracker;
    kafka->consumer.clients = kafka->transaction.clients = clients;
    kafka->transaction.producer = &kafka->producer;
    kafka->transaction.assignment = &kafka->consumer.assignment;
    mood_status status = consumer_init(&kafka->consumer, err);
    if (status == MOOD_OK && !kafka->tracker)
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return status;
}

static mood_status open_clients(mood_connector *kafka, const mood_connector_config *config, mood_error *err) {
    const struct settings *settings = &kafka->clients.settings;
    bool outputs_name_topics = is_exactly_once(kafka); /* the host's outputs may */
    mood_status status = MOOD_OK;
    if (settings->output || settings->dead_letters || outputs_name_topics)
        status = producer_open(&kafka->producer, config, err);
    if (status == MOOD_OK && settings->input)
        status = consumer_open(&kafka->consumer, config, err);
    return status;
}

static mood_status set_up(mood_connector *kafka, const mood_connector_config *config, mood_error *err) {
    struct topic_sizes sizes = {0};
    mood_status status = init_parts(kafka, err);
    if (status == MOOD_OK)
        status = settings_read(config, &kafka->clients.settings, err);
    if (status == MOOD_OK)
        status = open_clients(kafka, config, err);
    if (status == MOOD_OK)
        status = cluster_check(&kafka->clients, &sizes, err);
    if (status == MOOD_OK)
        status = targets_open(&kafka->producer.targets, err);
    if (status != MOOD_OK)
        return status;
    targets_set_sizes(&kafka->producer.targets, &sizes);
    log_settings(kafka, &sizes);
    versions_warn(&kafka->clients);
    return MOOD_OK;
}

static mood_connector_result kafka_open(const mood_connector_config *config, mood_connector **connector,
                                        mood_error *err) {
    if (config->size != sizeof *config) {
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the host's configuration has another size");
        return MOOD_CONNECTOR_FATAL;
    }
    mood_connector *kafka = calloc(1, sizeof *kafka);
    if (!kafka) {
        mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        return MOOD_CONNECTOR_FATAL;
    }
    kafka->clients.log = config->log;
    kafka->clients.user = config->user;
    kafka->clients.stop = config->stop;
    mood_status status = set_up(kafka, config, err);
    if (status != MOOD_OK) {
        kafka->clients.log = NULL; /* *err has the reason */
        kafka_close(kafka, 0, NULL);
        return status == MOOD_ERR_UNSUPPORTED ? MOOD_CONNECTOR_UNSUPPORTED : MOOD_CONNECTOR_FATAL;
    }
    *connector = kafka;
    return MOOD_CONNECTOR_OK;
}

/* ---- reading and writing ------------------------------------------------------------------------------------ */

static void kafka_poll(mood_connector *kafka, size_t max_records, int timeout_ms, mood_event *event) {
    struct clients *clients = &kafka->clients;
    event->type = MOOD_EVENT_NONE;
    event->record_count = event->position_count = 0;
    producer_serve(&kafka->producer, clients->consumer ? 0 : timeout_ms);
    if (clients->consumer && clients->failure == MOOD_CONNECTOR_OK) {
        commits_send(&kafka->consumer.commits);
        consumer_poll(&kafka->consumer, max_records, timeout_ms, event);
    }
    if (event->type == MOOD_EVENT_NONE && clients->failure != MOOD_CONNECTOR_OK) {
        event->type = MOOD_EVENT_ERROR;
        event->result = clients_failure(clients, &event->error);
    }
}

static void kafka_release(mood_connector *kafka, const mood_record *records, size_t n) {
    (void)kafka;
    records_release(records, n);
}

static mood_connector_result kafka_publish(mood_connector *kafka, const mood_output *output, mood_error *err) {
    return is_exactly_once(kafka) ? transaction_publish(&kafka->transaction, output, err)
                                  : producer_publish(&kafka->producer, output, err);
}

static mood_connector_result kafka_flush(mood_connector *kafka, int timeout_ms, mood_error *err) {
    mood_connector_result result = producer_flush(&kafka->producer, timeout_ms, err);
    if (kafka->clients.consumer)
        commits_send(&kafka->consumer.commits);
    return result;
}

/* ---- commit and abort ------------------------------------------------------------------------------------------ */

static mood_connector_result refuse_transactions(mood_error *err) {
    mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL, "transactions are for exactly-once");
    return MOOD_CONNECTOR_UNSUPPORTED;
}

static mood_connector_result kafka_begin(mood_connector *kafka, mood_error *err) {
    return is_exactly_once(kafka) ? transaction_begin(&kafka->transaction, err) : refuse_transactions(err);
}

static mood_connector_result kafka_abort(mood_connector *kafka, int timeout_ms, mood_error *err) {
    return is_exactly_once(kafka) ? transaction_abort(&kafka->transaction, timeout_ms, err) : refuse_transactions(err);
}

static mood_connector_result commit_now(mood_connector *kafka, const mood_position *positions, size_t n, int timeout_ms,
                                        mood_error *err) {
    rd_kafka_topic_partition_list_t *list = positions_to_list(positions, n);
    mood_connector_result result = commits_wait(&kafka->consumer.commits, list, timeout_ms, err);
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

/* Partitions that were removed belong to another member, which commits their offsets. */
static mood_connector_result acknowledge(mood_connector *kafka, const mood_position *positions, size_t n,
                                         mood_error *err) {
    const struct assignment *assignment = &kafka->consumer.assignment;
    for (size_t i = 0; i < n; i++) {
        if (!rd_kafka_topic_partition_list_find(assignment->owned, positions[i].topic, positions[i].partition))
            continue;
        if (!tracker_acknowledge(kafka->tracker, positions[i].partition, positions[i].offset)) {
            mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
            return MOOD_CONNECTOR_FATAL;
        }
    }
    commits_send(&kafka->consumer.commits);
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result kafka_commit(mood_connector *kafka, const mood_position *positions, size_t n,
                                          int timeout_ms, mood_error *err) {
    struct clients *clients = &kafka->clients;
    mood_guarantee guarantee = clients->settings.guarantee;
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (clients->failure != MOOD_CONNECTOR_OK || !clients->consumer)
        return clients_failure(clients, err);
    if (n == 0 && guarantee != MOOD_EXACTLY_ONCE)
        return MOOD_CONNECTOR_OK;
    if (guarantee == MOOD_EXACTLY_ONCE)
        result = transaction_commit(&kafka->transaction, positions, n, timeout_ms, err);
    else if (guarantee == MOOD_AT_MOST_ONCE)
        result = commit_now(kafka, positions, n, timeout_ms, err);
    if (result == MOOD_CONNECTOR_RETRY) /* the host may repeat the commit without a poll between */
        consumer_check_input(&kafka->consumer);
    if (clients->failure != MOOD_CONNECTOR_OK)
        return clients_failure(clients, err);
    return result == MOOD_CONNECTOR_OK ? acknowledge(kafka, positions, n, err) : result;
}

static mood_connector_result kafka_rewind(mood_connector *kafka, const mood_position *positions, size_t n,
                                          int timeout_ms, mood_error *err) {
    (void)timeout_ms;
    return assignment_rewind(&kafka->consumer.assignment, positions, n, &kafka->transaction.in_doubt, err);
}

static mood_connector_result kafka_pause(mood_connector *kafka, mood_error *err) {
    return assignment_pause(&kafka->consumer.assignment, true, err);
}

static mood_connector_result kafka_resume(mood_connector *kafka, mood_error *err) {
    return assignment_pause(&kafka->consumer.assignment, false, err);
}

/* ---- statistics ------------------------------------------------------------------------------------------------- */

static bool reserve_partitions(mood_connector *kafka, size_t n) {
    if (n <= kafka->partition_capacity)
        return true;
    mood_partition_statistics *partitions = reallocarray(kafka->partitions, n, sizeof *partitions);
    if (!partitions)
        return false;
    kafka->partitions = partitions;
    kafka->partition_capacity = n;
    return true;
}

static mood_partition_statistics read_partition(const mood_connector *kafka, const rd_kafka_topic_partition_t *owned) {
    int64_t low = -1, high = -1;
    if (rd_kafka_get_watermark_offsets(kafka->clients.consumer, owned->topic, owned->partition, &low, &high) ||
        high < 0)
        high = -1;
    int64_t position = assignment_position(&kafka->consumer.assignment, owned);
    if (position < 0 && low > 0) /* no record is finished yet: the partition begins there */
        position = low;
    return (mood_partition_statistics){owned->topic, owned->partition, position, high};
}

static mood_connector_result kafka_statistics(mood_connector *kafka, mood_connector_statistics *statistics,
                                              mood_error *err) {
    const struct assignment *assignment = &kafka->consumer.assignment;
    const struct producer *producer = &kafka->producer;
    size_t n = (size_t)assignment->owned->cnt;
    if (!reserve_partitions(kafka, n)) {
        mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        return MOOD_CONNECTOR_FATAL;
    }
    for (size_t i = 0; i < n; i++)
        kafka->partitions[i] = read_partition(kafka, &assignment->owned->elems[i]);
    *statistics = (mood_connector_statistics){
        .size = sizeof *statistics,
        .assigned = assignment->assigned,
        .received = kafka->consumer.received,
        .published = producer->published,
        .delivered = is_exactly_once(kafka) ? kafka->transaction.committed : producer->delivered,
        .in_flight = producer->published - producer->delivered - producer->failed,
        .rebalances = assignment->rebalances,
        .group = kafka->clients.consumer ? kafka->clients.settings.group : NULL,
        .partitions = kafka->partitions,
        .partition_count = n,
    };
    return MOOD_CONNECTOR_OK;
}

static const mood_connector_type type = {
    .abi = MOOD_CONNECTOR_ABI,
    .size = sizeof(mood_connector_type),
    .name = "kafka",
    .summary = "topics of a Kafka cluster",
    .abilities = MOOD_CONNECTOR_TRANSACTIONS | MOOD_CONNECTOR_REWIND | MOOD_CONNECTOR_PAUSE | MOOD_CONNECTOR_GROUPS,
    .settings = setting_names,
    .properties = property_names,
    .open = kafka_open,
    .poll = kafka_poll,
    .release = kafka_release,
    .publish = kafka_publish,
    .flush = kafka_flush,
    .begin = kafka_begin,
    .commit = kafka_commit,
    .abort = kafka_abort,
    .rewind = kafka_rewind,
    .pause = kafka_pause,
    .resume = kafka_resume,
    .statistics = kafka_statistics,
    .close = kafka_close,
    .embed = demo_embed,
    .dismantle = demo_dismantle,
};

const mood_connector_type *mood_connector_plugin(uint32_t host_abi, size_t host_size) {
    bool fits = host_abi == MOOD_CONNECTOR_ABI && host_size == sizeof(mood_connector_type);
    return fits ? &type : NULL;
}
