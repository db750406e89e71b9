/* Up to where partitions are committed, where that is not a transaction's to say.
 *
 * At least once, what was delivered is committed now and then, and when partitions go away; at most once, before records
 * are dealt with. One commit is under way at a time, and another waits for its end: brokers would take an older one that
 * librdkafka tries again after a newer one, and the group's positions would go back. */
#include <stdlib.h>

#include "kafka.h"

enum { STEP_MS = 50 };

/* ---- one commit -------------------------------------------------------------------------------------------- */

static mood_connector_result result_of(mood_connector *kafka, rd_kafka_resp_err_t code, mood_error *err) {
    mood_connector_result result;
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__NO_OFFSET:
        return MOOD_CONNECTOR_OK;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "another process took over the instance name '%s'",
                       kafka->settings.instance);
        return MOOD_CONNECTOR_FENCED;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
        result = MOOD_CONNECTOR_ABORT;
        break;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__FATAL:
        result = MOOD_CONNECTOR_FATAL;
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: /* for a moment, or for good: the next look tells */
        if (!kafka->missing_since)
            kafka->missing_since = clock_ms();
        result = MOOD_CONNECTOR_RETRY;
        break;
    default:
        result = MOOD_CONNECTOR_RETRY;
    }
    mood_error_set(err, MOOD_ERR_CONNECTOR, result == MOOD_CONNECTOR_RETRY ? MOOD_CLASS_RETRYABLE : MOOD_CLASS_FATAL,
                   "committing positions failed: %s%s", rd_kafka_err2str(code), kafka_advice(code));
    return result;
}

/* Where some partitions alone were refused, the whole has no error. */
static rd_kafka_resp_err_t code_of(rd_kafka_event_t *event) {
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    for (int i = 0; list && i < list->cnt && !code; i++)
        code = list->elems[i].err;
    return code;
}

static rd_kafka_resp_err_t start(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list) {
    kafka->committing = rd_kafka_queue_new(kafka->consumer); /* rd_kafka_commit itself knows no time-out */
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(kafka->consumer, list, kafka->committing, NULL, NULL);
    if (code)
        commits_drop(kafka);
    return code;
}

void commits_drop(mood_connector *kafka) {
    if (kafka->committing)
        rd_kafka_queue_destroy(kafka->committing);
    kafka->committing = NULL;
}

/* False: the one under way is not over yet. */
static bool await(mood_connector *kafka, int timeout_ms, rd_kafka_resp_err_t *code) {
    int64_t end = clock_ms() + timeout_ms;
    rd_kafka_event_t *event;
    *code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!kafka->committing)
        return true;
    while (!(event = rd_kafka_queue_poll(kafka->committing, timeout_ms < STEP_MS ? timeout_ms : STEP_MS)) &&
           clock_ms() < end && !kafka_hurried(kafka))
        ;
    if (!event)
        return false;
    *code = code_of(event);
    rd_kafka_event_destroy(event);
    commits_drop(kafka);
    return true;
}

mood_connector_result commits_now(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list, int timeout_ms,
                                  mood_error *err) {
    int64_t end = clock_ms() + timeout_ms, left;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!await(kafka, timeout_ms, &code))
        return result_of(kafka, RD_KAFKA_RESP_ERR__TIMED_OUT, err);
    left = end - clock_ms();
    code = start(kafka, list);
    if (!code && !await(kafka, left > 0 ? (int)left : 0, &code))
        code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    return result_of(kafka, code, err);
}

/* ---- what was delivered ---------------------------------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *delivered(const mood_connector *kafka,
                                                  const rd_kafka_topic_partition_list_t *of) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(of->cnt);
    for (int i = 0; i < of->cnt; i++) {
        int64_t position = tracker_position(kafka->tracker, of->elems[i].partition);
        if (position >= 0)
            rd_kafka_topic_partition_list_add(list, of->elems[i].topic, of->elems[i].partition)->offset = position;
    }
    return list;
}

mood_connector_result commits_tracked(mood_connector *kafka, const rd_kafka_topic_partition_list_t *leaving,
                                      int timeout_ms, mood_error *err) {
    if (kafka->settings.guarantee != MOOD_AT_LEAST_ONCE)
        return MOOD_CONNECTOR_OK;
    rd_kafka_topic_partition_list_t *list = delivered(kafka, leaving);
    mood_error reason = {0};
    mood_connector_result result = list->cnt ? commits_now(kafka, list, timeout_ms, &reason) : MOOD_CONNECTOR_OK;
    if (result != MOOD_CONNECTOR_OK) {
        kafka_log(kafka, MOOD_LOG_WARNING, "positions of partitions that go away were not committed, their newest "
                                           "records will be scored again: %s", reason.message);
        if (err)
            *err = reason;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

/* ---- now and then ---------------------------------------------------------------------------------------------- */

void commits_open(mood_connector *kafka) {
    char value[32] = "";
    size_t size = sizeof value;
    rd_kafka_conf_get(rd_kafka_conf(kafka->consumer), "auto.commit.interval.ms", value, &size);
    kafka->commit_interval_ms = atoi(value); /* 0: only when partitions go away, as librdkafka has it */
}

static bool has_moved(mood_connector *kafka) {
    int32_t partition;
    int64_t position;
    while (tracker_take(kafka->tracker, &partition, &position))
        kafka->uncommitted = true;
    return kafka->uncommitted;
}

/* One that was refused is tried again at the next turn, unless it is of no use. */
static void take_result(mood_connector *kafka, rd_kafka_resp_err_t code) {
    mood_error err;
    mood_connector_result result = result_of(kafka, code, &err);
    if (result == MOOD_CONNECTOR_OK)
        return;
    kafka->uncommitted = true;
    if (result == MOOD_CONNECTOR_FATAL || result == MOOD_CONNECTOR_FENCED)
        kafka_fail(kafka, result, "%s", err.message);
    else
        kafka_log(kafka, MOOD_LOG_DETAIL, "%s", err.message);
}

void commits_serve(mood_connector *kafka) {
    rd_kafka_resp_err_t code;
    if (kafka->settings.guarantee != MOOD_AT_LEAST_ONCE || !kafka->commit_interval_ms || !await(kafka, 0, &code))
        return;
    take_result(kafka, code);
    if (!has_moved(kafka) || clock_ms() < kafka->next_commit)
        return;
    rd_kafka_topic_partition_list_t *list = delivered(kafka, kafka->owned);
    kafka->next_commit = clock_ms() + kafka->commit_interval_ms;
    kafka->uncommitted = false;
    if (list->cnt)
        take_result(kafka, start(kafka, list));
    rd_kafka_topic_partition_list_destroy(list);
}
