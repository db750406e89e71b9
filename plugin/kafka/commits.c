/* Committing offsets outside transactions: one commit at a time.
 *
 * librdkafka retries a commit 100 ms after a temporary error of the broker, and does not delay later commits meanwhile.
 * The older offsets would then be stored last. So the next commit waits for the response to the previous one, even if
 * the caller of that one no longer waits. librdkafka's own periodic commits would not wait: they are disabled. */
#include "clock.h"
#include "commits.h"
#include "error_code.h"

/* How soon a second signal ends a wait. */
enum { STEP_MS = 50 };

void commits_open(struct commits *commits, int interval_ms) {
    commits->responses = rd_kafka_queue_new(commits->clients->consumer);
    commits->interval_ms = interval_ms;
}

void commits_close(struct commits *commits) {
    if (commits->responses)
        rd_kafka_queue_destroy(commits->responses);
    commits->responses = NULL;
}

/* ---- responses ------------------------------------------------------------------------------------------- */

/* Sets err unless the result is OK. */
static mood_connector_result classify(struct commits *commits, rd_kafka_resp_err_t code, mood_error *err) {
    mood_connector_result result;
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__NO_OFFSET: return MOOD_CONNECTOR_OK;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "another process took over the instance name '%s'",
                       commits->clients->settings.instance);
        return MOOD_CONNECTOR_FENCED;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST: result = MOOD_CONNECTOR_ABORT; break;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__FATAL: result = MOOD_CONNECTOR_FATAL; break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: /* temporary or not: consumer_check_input finds out */
        clients_note_missing_input(commits->clients);
        result = MOOD_CONNECTOR_RETRY;
        break;
    default: result = MOOD_CONNECTOR_RETRY;
    }
    mood_error_set(err, MOOD_ERR_CONNECTOR, result == MOOD_CONNECTOR_RETRY ? MOOD_CLASS_RETRYABLE : MOOD_CLASS_FATAL,
                   "committing offsets failed: %s%s", rd_kafka_err2str(code), error_advice(code));
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
static bool await_response(struct commits *commits, int timeout_ms, rd_kafka_resp_err_t *code) {
    int64_t end = clock_ms() + timeout_ms;
    rd_kafka_event_t *event;
    while (!(event = rd_kafka_queue_poll(commits->responses, timeout_ms < STEP_MS ? timeout_ms : STEP_MS)) &&
           clock_ms() < end && !clients_hurried(commits->clients))
        ;
    if (!event)
        return false;
    commits->in_flight = false;
    *code = event_error(event);
    rd_kafka_event_destroy(event);
    return true;
}

/* Handle the result of a commit whose caller no longer waits: if it failed, its offsets have to be committed again. */
static void handle_result(struct commits *commits, rd_kafka_resp_err_t code) {
    mood_error reason = {0};
    mood_connector_result result = classify(commits, code, &reason);
    bool failed_before = commits->failed;
    commits->failed = result != MOOD_CONNECTOR_OK;
    if (!commits->failed)
        return;
    if (result == MOOD_CONNECTOR_FATAL || result == MOOD_CONNECTOR_FENCED)
        clients_fail(commits->clients, result, "%s", reason.message);
    else if (!failed_before) /* once, not every second while a broker is away */
        clients_log(commits->clients, MOOD_LOG_NOTE, "%s; trying again", reason.message);
    for (int i = 0; i < commits->assignment->owned->cnt; i++)
        tracker_take_again(commits->tracker, commits->assignment->owned->elems[i].partition);
}

/* False: a commit is still in flight. */
static bool await_previous(struct commits *commits, int timeout_ms) {
    rd_kafka_resp_err_t code;
    if (!commits->in_flight)
        return true;
    if (!await_response(commits, timeout_ms, &code))
        return false;
    handle_result(commits, code);
    return true;
}

static rd_kafka_resp_err_t send_commit(struct commits *commits, const rd_kafka_topic_partition_list_t *list) {
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(commits->clients->consumer, list, commits->responses, NULL, NULL);
    commits->in_flight = !code;
    return code;
}

/* ---- at least once: delivered offsets --------------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *take_positions(struct commits *commits) {
    int32_t partition;
    int64_t position;
    rd_kafka_topic_partition_list_t *list = NULL;
    while (tracker_take(commits->tracker, &partition, &position)) {
        if (!list)
            list = rd_kafka_topic_partition_list_new(16);
        rd_kafka_topic_partition_list_add(list, commits->clients->settings.input, partition)->offset = position;
    }
    return list;
}

void commits_send(struct commits *commits) {
    if (commits->clients->settings.guarantee != MOOD_AT_LEAST_ONCE || !await_previous(commits, 0) ||
        commits->interval_ms == 0 || clock_ms() < commits->due || !assignment_is_member(commits->assignment))
        return;
    rd_kafka_topic_partition_list_t *list = take_positions(commits);
    if (!list)
        return;
    rd_kafka_resp_err_t code = send_commit(commits, list);
    if (code)
        handle_result(commits, code);
    commits->due = clock_ms() + commits->interval_ms;
    rd_kafka_topic_partition_list_destroy(list);
}

mood_connector_result commits_finish(struct commits *commits, const rd_kafka_topic_partition_list_t *leaving,
                                     int timeout_ms, mood_error *err) {
    if (commits->clients->settings.guarantee != MOOD_AT_LEAST_ONCE)
        return MOOD_CONNECTOR_OK;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(leaving->cnt);
    for (int i = 0; i < leaving->cnt; i++) {
        int64_t position = tracker_position(commits->tracker, leaving->elems[i].partition);
        if (position >= 0)
            rd_kafka_topic_partition_list_add(list, leaving->elems[i].topic, leaving->elems[i].partition)->offset =
                position;
    }
    mood_error reason = {0};
    mood_connector_result result = list->cnt ? commits_wait(commits, list, timeout_ms, &reason) : MOOD_CONNECTOR_OK;
    if (result != MOOD_CONNECTOR_OK) {
        clients_log(
            commits->clients, MOOD_LOG_WARNING,
            "the offsets of revoked partitions were not committed; their latest records will be scored again: %s",
            reason.message);
        if (err)
            *err = reason;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

/* ---- any guarantee ----------------------------------------------------------------------------------------- */

mood_connector_result commits_wait(struct commits *commits, const rd_kafka_topic_partition_list_t *list, int timeout_ms,
                                   mood_error *err) {
    int64_t end = clock_ms() + timeout_ms;
    bool failed_before = commits->clients->failure != MOOD_CONNECTOR_OK; /* earlier delivered offsets are committed */
    if (!await_previous(commits, timeout_ms))
        return classify(commits, RD_KAFKA_RESP_ERR__TIMED_OUT, err);
    if (!failed_before && commits->clients->failure != MOOD_CONNECTOR_OK)
        return clients_failure(commits->clients, err);
    if (!assignment_is_member(commits->assignment))
        return classify(commits, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, err);
    rd_kafka_resp_err_t code = send_commit(commits, list);
    if (!code && !await_response(commits, clock_left_ms(end), &code))
        code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    return classify(commits, code, err);
}
