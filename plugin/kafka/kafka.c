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

/* ---- logs and failures ---------------------------------------------------------------------------------- */

void kafka_log(mood_connector *kafka, mood_log_level level, const char *format, ...) {
    if (!kafka->log)
        return;
    char message[MOOD_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    kafka->log(level, message, kafka->user);
}

void kafka_fail(mood_connector *kafka, mood_connector_result result, const char *format, ...) {
    if (kafka->failure != MOOD_CONNECTOR_OK)
        return;
    char message[MOOD_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    kafka->failure = result;
    mood_error_set(&kafka->failure_error, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "%s", message);
}

mood_connector_result kafka_failure(const mood_connector *kafka, mood_error *err) {
    if (kafka->failure != MOOD_CONNECTOR_OK && err)
        *err = kafka->failure_error;
    return kafka->failure;
}

bool kafka_is_final(rd_kafka_resp_err_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return true;
    default:
        return false;
    }
}

const char *kafka_permission(rd_kafka_resp_err_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return " (this user needs ACLs: Read on the input topic, Write on the output and on the dead letters)";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return " (this user needs an ACL: Read on the group)";
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        return " (this user needs ACLs: Write and Describe on the transactional ids that begin with mood-GROUP-)";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return " (this user needs ACLs: Write on the output topic; before Kafka 2.8 IdempotentWrite on the cluster, "
               "too)";
    default:
        return "";
    }
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
    mood_connector *kafka = rd_kafka_opaque(client);
    kafka_log(kafka, level <= 3 ? MOOD_LOG_NOTE : MOOD_LOG_DETAIL, "librdkafka: %s: %s", facility, text);
}

/* Another process of our name is seen by the group, which knows static members; a producer alone is fenced when its
 * transaction took too long, too. */
static bool is_fenced(const mood_connector *kafka, rd_kafka_resp_err_t code) {
    if (kafka->consumer && rd_kafka_fatal_error(kafka->consumer, NULL, 0) == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return true;
    return code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

static bool is_epoch(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

void kafka_fatal(mood_connector *kafka, rd_kafka_t *client) {
    char reason[512];
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, reason, sizeof reason);
    if (is_fenced(kafka, code))
        kafka_fail(kafka, MOOD_CONNECTOR_FENCED, "another process took over the instance name '%s': %s",
                   kafka->settings.instance ? kafka->settings.instance : "", reason);
    else if (is_epoch(code))
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "the brokers gave the transactions up, maybe for their time-out "
                   "(-X producer.transaction.timeout.ms=…): %s; what was in them was undone, and a restart scores it",
                   reason);
    else
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "%s%s", reason, kafka_permission(code));
}

/* What a second try complains of may tell less than the first: a connection that broke. */
static bool is_vaguer(const mood_connector *kafka, int code) {
    bool telling = kafka->trouble_code == RD_KAFKA_RESP_ERR__SSL ||
                   kafka->trouble_code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    return telling && code == RD_KAFKA_RESP_ERR__TRANSPORT;
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque) {
    mood_connector *kafka = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        if (client == kafka->producer)
            transaction_spend(kafka, reason, NULL);
        else
            kafka_fatal(kafka, client);
        return;
    }
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && client == kafka->consumer && !kafka->missing_since)
        kafka->missing_since = clock_ms();
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        kafka->all_down = true;
    else if (!is_vaguer(kafka, code)) {
        snprintf(kafka->trouble, sizeof kafka->trouble, "%s", reason);
        kafka->trouble_code = code;
    }
    kafka_log(kafka, MOOD_LOG_DETAIL, "librdkafka: %s", reason);
}

static bool has_tokens(const rd_kafka_conf_t *conf) {
    char mechanism[64] = "";
    size_t size = sizeof mechanism;
    return rd_kafka_conf_get(conf, "sasl.mechanisms", mechanism, &size) == RD_KAFKA_CONF_OK &&
           strcmp(mechanism, "OAUTHBEARER") == 0;
}

void kafka_renew_tokens(mood_connector *kafka, rd_kafka_t *client) {
    if (!has_tokens(rd_kafka_conf(client)))
        return;
    rd_kafka_error_t *error = rd_kafka_sasl_background_callbacks_enable(client);
    if (!error)
        return;
    kafka_log(kafka, MOOD_LOG_WARNING, "tokens are renewed between batches only: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

void kafka_conf_callbacks(mood_connector *kafka, rd_kafka_conf_t *conf) {
    if (has_tokens(conf))
        rd_kafka_conf_enable_sasl_queue(conf, 1);
    rd_kafka_conf_set_opaque(conf, kafka);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
}

/* ---- open --------------------------------------------------------------------------------------- */

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
        assignment_store(kafka);
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
        assignment_store(kafka);
    return result;
}

static mood_connector_result commit_now(mood_connector *kafka, const mood_position *positions, size_t n,
                                        int timeout_ms, mood_error *err) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
            positions[i].offset;
    mood_connector_result result = assignment_commit(kafka, list, timeout_ms, err);
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
    assignment_store(kafka);
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
        .delivered = kafka->delivered,
        .in_flight = kafka->published - kafka->delivered - kafka->failed,
        .rebalances = kafka->rebalances,
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
