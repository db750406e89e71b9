/* The Kafka connector: its table of functions, and opening. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kafka.h"

int64_t clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool kafka_stopping(const mood_connector *kafka) {
    return kafka->stop && *kafka->stop > 0;
}

bool kafka_hurried(const mood_connector *kafka) {
    return kafka->stop && *kafka->stop > 1;
}

/* ---- open --------------------------------------------------------------------------------------- */

static void write_topic(FILE *to, const char *role, const char *topic, int32_t partitions) {
    if (topic)
        fprintf(to, "%s '%s' (%d partition%s), ", role, topic, partitions, partitions == 1 ? "" : "s");
}

/* What was found and what was chosen, before anything is read. */
static void log_settings(mood_connector *kafka) {
    const struct settings *settings = &kafka->settings;
    char line[MOOD_MESSAGE_SIZE] = "";
    FILE *to = kafka->consumer ? fmemopen(line, sizeof line, "w") : NULL;
    if (!to)
        return;
    write_topic(to, "input", settings->input, kafka->input_partitions);
    write_topic(to, "output", settings->output, kafka->output.partitions);
    write_topic(to, "dead letters", settings->dead_letters, kafka->dead_letters.partitions);
    fprintf(to, "group '%s'", settings->group);
    if (settings->instance)
        fprintf(to, ", instance '%s'", settings->instance);
    fclose(to);
    line[sizeof line - 1] = '\0';
    kafka_log(kafka, MOOD_LOG_NOTE, "%s", line);
}

static mood_status set_up(mood_connector *kafka, const mood_connector_config *config, mood_error *err) {
    mood_status status;
    kafka->tracker = tracker_create();
    kafka->owned = rd_kafka_topic_partition_list_new(16);
    if (!kafka->tracker || !kafka->owned)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    if ((status = settings_read(config, &kafka->settings, err)) != MOOD_OK)
        return status;
    bool names_outputs = kafka->settings.guarantee == MOOD_EXACTLY_ONCE; /* the host may */
    bool writes = kafka->settings.output || kafka->settings.dead_letters || names_outputs;
    if (writes && (status = producer_open(kafka, config, err)) != MOOD_OK)
        return status;
    if (kafka->settings.input && (status = consumer_open(kafka, config, err)) != MOOD_OK)
        return status;
    if ((status = cluster_check(kafka, err)) != MOOD_OK || (status = targets_open(kafka, err)) != MOOD_OK)
        return status;
    log_settings(kafka);
    versions_warn(kafka);
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
    kafka->log = config->log;
    kafka->user = config->user;
    kafka->stop = config->stop;
    mood_status status = set_up(kafka, config, err);
    if (status != MOOD_OK) {
        kafka->log = NULL; /* the error has said it */
        kafka_close(kafka, 0, NULL);
        return status == MOOD_ERR_UNSUPPORTED ? MOOD_CONNECTOR_UNSUPPORTED : MOOD_CONNECTOR_FATAL;
    }
    *connector = kafka;
    return MOOD_CONNECTOR_OK;
}

/* ---- the table's other functions --------------------------------------------------------------------------- */

static void kafka_poll(mood_connector *kafka, size_t max_records, int timeout_ms, mood_event *event) {
    event->type = MOOD_EVENT_NONE;
    event->record_count = event->position_count = 0;
    producer_serve(kafka, kafka->consumer ? 0 : timeout_ms);
    if (kafka->consumer && kafka->failure == MOOD_CONNECTOR_OK) {
        commits_send(kafka);
        consumer_poll(kafka, max_records, timeout_ms, event);
    }
    if (event->type == MOOD_EVENT_NONE && kafka->failure != MOOD_CONNECTOR_OK) {
        event->type = MOOD_EVENT_ERROR;
        event->result = kafka_failure(kafka, &event->error);
    }
}

static void kafka_release(mood_connector *kafka, const mood_record *records, size_t n) {
    (void)kafka;
    consumer_release(records, n);
}

static mood_connector_result kafka_flush(mood_connector *kafka, int timeout_ms, mood_error *err) {
    mood_connector_result result = producer_flush(kafka, timeout_ms, err);
    if (kafka->consumer)
        commits_send(kafka);
    return result;
}

static mood_connector_result commit_now(mood_connector *kafka, const mood_position *positions, size_t n, int timeout_ms,
                                        mood_error *err) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
            positions[i].offset;
    mood_connector_result result = commits_wait(kafka, list, timeout_ms, err);
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

static mood_connector_result acknowledge(mood_connector *kafka, const mood_position *positions, size_t n,
                                         mood_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (!rd_kafka_topic_partition_list_find(kafka->owned, positions[i].topic, positions[i].partition))
            continue; /* it went away: not ours to commit */
        if (!tracker_acknowledge(kafka->tracker, positions[i].partition, positions[i].offset)) {
            mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
            return MOOD_CONNECTOR_FATAL;
        }
    }
    commits_send(kafka);
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result kafka_commit(mood_connector *kafka, const mood_position *positions, size_t n,
                                          int timeout_ms, mood_error *err) {
    if (kafka->failure != MOOD_CONNECTOR_OK || !kafka->consumer)
        return kafka_failure(kafka, err);
    if (n == 0 && kafka->settings.guarantee != MOOD_EXACTLY_ONCE)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (kafka->settings.guarantee == MOOD_EXACTLY_ONCE)
        result = transaction_commit(kafka, positions, n, timeout_ms, err);
    else if (kafka->settings.guarantee == MOOD_AT_MOST_ONCE)
        result = commit_now(kafka, positions, n, timeout_ms, err);
    if (result == MOOD_CONNECTOR_RETRY) /* the host may ask for this again and again, without a poll in between */
        consumer_look_for_input(kafka);
    if (kafka->failure != MOOD_CONNECTOR_OK)
        return kafka_failure(kafka, err);
    return result == MOOD_CONNECTOR_OK ? acknowledge(kafka, positions, n, err) : result;
}

static mood_connector_result kafka_rewind(mood_connector *kafka, const mood_position *positions, size_t n,
                                          int timeout_ms, mood_error *err) {
    (void)timeout_ms;
    return assignment_rewind(kafka, positions, n, err);
}

static mood_connector_result kafka_pause(mood_connector *kafka, mood_error *err) {
    return assignment_pause(kafka, true, err);
}

static mood_connector_result kafka_resume(mood_connector *kafka, mood_error *err) {
    return assignment_pause(kafka, false, err);
}

static mood_connector_result kafka_statistics(mood_connector *kafka, mood_connector_statistics *statistics,
                                              mood_error *err) {
    size_t n = (size_t)kafka->owned->cnt;
    if (n > kafka->partition_capacity) {
        mood_partition_statistics *partitions = reallocarray(kafka->partitions, n, sizeof *partitions);
        if (!partitions) {
            mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
            return MOOD_CONNECTOR_FATAL;
        }
        kafka->partitions = partitions;
        kafka->partition_capacity = n;
    }
    for (size_t i = 0; i < n; i++) {
        const rd_kafka_topic_partition_t *owned = &kafka->owned->elems[i];
        int64_t low = -1, high = -1;
        if (rd_kafka_get_watermark_offsets(kafka->consumer, owned->topic, owned->partition, &low, &high) || high < 0)
            high = -1;
        int64_t position = assignment_position(kafka, owned);
        if (position < 0 && low > 0) /* nothing was done of it yet: what is there begins there */
            position = low;
        kafka->partitions[i] = (mood_partition_statistics){owned->topic, owned->partition, position, high};
    }
    *statistics = (mood_connector_statistics){
        .size = sizeof *statistics,
        .assigned = kafka->assigned,
        .received = kafka->received,
        .published = kafka->published,
        .delivered = kafka->settings.guarantee == MOOD_EXACTLY_ONCE ? kafka->committed : kafka->delivered,
        .in_flight = kafka->published - kafka->delivered - kafka->failed,
        .rebalances = kafka->rebalances,
        .group = kafka->consumer ? kafka->settings.group : NULL,
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
    .publish = producer_publish,
    .flush = kafka_flush,
    .begin = transaction_begin,
    .commit = kafka_commit,
    .abort = transaction_abort,
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
