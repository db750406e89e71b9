/* Committing offsets outside transactions: one commit at a time.
 *
 * librdkafka retries a commit 100 ms after a temporary error of the broker, and does not delay later commits meanwhile.
 * The older offsets would then be stored last. So the next commit waits for the response to the previous one, even if
 * the caller of that one no longer waits. librdkafka's own periodic commits would not wait: they are disabled. */
#include "kafka.h"

/* How soon a second signal ends a wait. */
enum { STEP_MS = 50 };

void commits_open(mood_connector *kafka) {
    kafka->commits = rd_kafka_queue_new(kafka->consumer);
    kafka->commit_interval_ms = consumer_property(kafka, "auto.commit.interval.ms");
}

void commits_close(mood_connector *kafka) {
    if (kafka->commits)
        rd_kafka_queue_destroy(kafka->commits);
    kafka->commits = NULL;
}

/* ---- responses ------------------------------------------------------------------------------------------- */

/* Sets err unless the result is OK. */
static mood_connector_result classify(mood_connector *kafka, rd_kafka_resp_err_t code, mood_error *err) {
    mood_connector_result result;
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__NO_OFFSET: return MOOD_CONNECTOR_OK;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "another process took over the instance name '%s'",
                       kafka->settings.instance);
        return MOOD_CONNECTOR_FENCED;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST: result = MOOD_CONNECTOR_ABORT; break;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__FATAL: result = MOOD_CONNECTOR_FATAL; break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: /* temporary or not: consumer_look_for_input finds out */
        if (!kafka->missing_since)
            kafka->missing_since = clock_ms();
        result = MOOD_CONNECTOR_RETRY;
        break;
    default: result = MOOD_CONNECTOR_RETRY;
    }
    mood_error_set(err, MOOD_ERR_CONNECTOR, result == MOOD_CONNECTOR_RETRY ? MOOD_CLASS_RETRYABLE : MOOD_CLASS_FATAL,
                   "committing offsets failed: %s%s", rd_kafka_err2str(code), kafka_advice(code));
    return result;
}

/* A commit can fail for some of its partitions. */
static rd_kafka_resp_err_t event_error(rd_kafka_event_t *event) {
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    for (int i = 0; list && i < list->cnt && !code; i++)
        code = list->elems[i].err;
    return code;
}

/* False: no response within the time, or a second signal ended the wait. */
static bool await_response(mood_connector *kafka, int timeout_ms, rd_kafka_resp_err_t *code) {
    int64_t end = clock_ms() + timeout_ms;
    rd_kafka_event_t *event;
    while (!(event = rd_kafka_queue_poll(kafka->commits, timeout_ms < STEP_MS ? timeout_ms : STEP_MS)) &&
           clock_ms() < end && !kafka_hurried(kafka))
        ;
    if (!event)
        return false;
    kafka->commit_in_flight = false;
    *code = event_error(event);
    rd_kafka_event_destroy(event);
    return true;
}

/* Handle the result of a commit whose caller no longer waits: if it failed, its offsets have to be committed again. */
static void handle_result(mood_connector *kafka, rd_kafka_resp_err_t code) {
    mood_error reason = {0};
    mood_connector_result result = classify(kafka, code, &reason);
    bool failed_before = kafka->commit_failed;
    kafka->commit_failed = result != MOOD_CONNECTOR_OK;
    if (!kafka->commit_failed)
        return;
    if (result == MOOD_CONNECTOR_FATAL || result == MOOD_CONNECTOR_FENCED)
        kafka_fail(kafka, result, "%s", reason.message);
    else if (!failed_before) /* once, not every second while a broker is away */
        kafka_log(kafka, MOOD_LOG_NOTE, "%s; trying again", reason.message);
    for (int i = 0; i < kafka->owned->cnt; i++)
        tracker_take_again(kafka->tracker, kafka->owned->elems[i].partition);
}

/* False: a commit is still in flight. */
static bool await_previous(mood_connector *kafka, int timeout_ms) {
    rd_kafka_resp_err_t code;
    if (!kafka->commit_in_flight)
        return true;
    if (!await_response(kafka, timeout_ms, &code))
        return false;
    handle_result(kafka, code);
    return true;
}

static rd_kafka_resp_err_t send_commit(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list) {
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(kafka->consumer, list, kafka->commits, NULL, NULL);
    kafka->commit_in_flight = !code;
    return code;
}

/* ---- at least once: what was delivered -------------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *take_positions(mood_connector *kafka) {
    int32_t partition;
    int64_t position;
    rd_kafka_topic_partition_list_t *list = NULL;
    while (tracker_take(kafka->tracker, &partition, &position)) {
        if (!list)
            list = rd_kafka_topic_partition_list_new(16);
        rd_kafka_topic_partition_list_add(list, kafka->settings.input, partition)->offset = position;
    }
    return list;
}

void commits_send(mood_connector *kafka) {
    if (kafka->settings.guarantee != MOOD_AT_LEAST_ONCE || !await_previous(kafka, 0) ||
        kafka->commit_interval_ms == 0 || clock_ms() < kafka->commit_due || !assignment_stands(kafka))
        return;
    rd_kafka_topic_partition_list_t *list = take_positions(kafka);
    if (!list)
        return;
    rd_kafka_resp_err_t code = send_commit(kafka, list);
    if (code)
        handle_result(kafka, code);
    kafka->commit_due = clock_ms() + kafka->commit_interval_ms;
    rd_kafka_topic_partition_list_destroy(list);
}

mood_connector_result commits_finish(mood_connector *kafka, const rd_kafka_topic_partition_list_t *leaving,
                                     int timeout_ms, mood_error *err) {
    if (kafka->settings.guarantee != MOOD_AT_LEAST_ONCE)
        return MOOD_CONNECTOR_OK;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(leaving->cnt);
    for (int i = 0; i < leaving->cnt; i++) {
        int64_t position = tracker_position(kafka->tracker, leaving->elems[i].partition);
        if (position >= 0)
            rd_kafka_topic_partition_list_add(list, leaving->elems[i].topic, leaving->elems[i].partition)->offset =
                position;
    }
    mood_error reason = {0};
    mood_connector_result result = list->cnt ? commits_wait(kafka, list, timeout_ms, &reason) : MOOD_CONNECTOR_OK;
    if (result != MOOD_CONNECTOR_OK) {
        kafka_log(kafka, MOOD_LOG_WARNING,
                  "the offsets of revoked partitions were not committed; their latest records will be scored again: %s",
                  reason.message);
        if (err)
            *err = reason;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

/* ---- any guarantee ----------------------------------------------------------------------------------------- */

mood_connector_result commits_wait(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list, int timeout_ms,
                                   mood_error *err) {
    int64_t end = clock_ms() + timeout_ms;
    bool failed_before = kafka->failure != MOOD_CONNECTOR_OK; /* what was delivered before that is committed */
    if (!await_previous(kafka, timeout_ms))
        return classify(kafka, RD_KAFKA_RESP_ERR__TIMED_OUT, err);
    if (!failed_before && kafka->failure != MOOD_CONNECTOR_OK)
        return kafka_failure(kafka, err);
    if (!assignment_stands(kafka))
        return classify(kafka, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, err);
    rd_kafka_resp_err_t code = send_commit(kafka, list);
    int64_t left = end - clock_ms();
    if (!code && !await_response(kafka, left > 0 ? (int)left : 0, &code))
        code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    return classify(kafka, code, err);
}
