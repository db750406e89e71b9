/* What the clients say, and what it means: log lines, trouble that passes, failures. */
#include <stdio.h>
#include <string.h>

#include "kafka.h"

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

/* ---- what a code means ------------------------------------------------------------------------------------ */

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
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return true;
    default: return false;
    }
}

const char *kafka_advice(rd_kafka_resp_err_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return " (the limit is the topic's max.message.bytes, for all records of a batch together: raise it, or make "
               "batches smaller, -X producer.batch.size=…)";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return " (this user needs ACLs: Read on the input topic, Write on the output and on the dead letters)";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED: return " (this user needs an ACL: Read on the group)";
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        return " (this user needs ACLs: Write and Describe on the transactional ids that begin with mood-GROUP-)";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return " (this user needs ACLs: Write on the output topic; before Kafka 2.8 IdempotentWrite on the cluster, "
               "too)";
    default: return "";
    }
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
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL,
                   "the brokers aborted the transaction, possibly because of its timeout "
                   "(-X producer.transaction.timeout.ms=…): %s; after a restart its records are scored again",
                   reason);
    else
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "%s%s", reason, kafka_advice(code));
}

/* ---- callbacks -------------------------------------------------------------------------------------------- */

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
    mood_connector *kafka = rd_kafka_opaque(client);
    kafka_log(kafka, level <= 3 ? MOOD_LOG_NOTE : MOOD_LOG_DETAIL, "librdkafka: %s: %s", facility, text);
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
    kafka_log(kafka, MOOD_LOG_WARNING, "tokens are renewed only between batches: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

void kafka_conf_callbacks(mood_connector *kafka, rd_kafka_conf_t *conf) {
    if (has_tokens(conf))
        rd_kafka_conf_enable_sasl_queue(conf, 1);
    rd_kafka_conf_set_opaque(conf, kafka);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
}
