/* Which partitions are ours, where they are read from, and up to where they are committed.
 *
 * librdkafka calls assignment_rebalance in the middle of our own poll, with a batch half-built in the host's
 * hands. Nothing is carried out there: the change is noted, poll returns, and librdkafka waits until the host
 * has finished with what it holds. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka.h"

/* How long looking positions up may hold everything up, how soon a request to hurry is seen, and how long a seek that
 * fails waits for the reason. */
enum { LOOK_UP_MS = 1000, STEP_MS = 50, FENCE_MS = 2000 };

static bool cooperative(const mood_connector *kafka) {
    const char *protocol = rd_kafka_rebalance_protocol(kafka->consumer);
    return protocol && strcmp(protocol, "COOPERATIVE") == 0;
}

static void log_error(mood_connector *kafka, const char *what, rd_kafka_error_t *error) {
    if (!error)
        return;
    kafka_log(kafka, MOOD_LOG_WARNING, "%s: %s", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

/* librdkafka waits until it is told; a cooperative group's partitions go one by one, lost ones too. */
static void unassign(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list) {
    rd_kafka_error_t *error = cooperative(kafka) ? rd_kafka_incremental_unassign(kafka->consumer, list) : NULL;
    rd_kafka_resp_err_t code = error || !cooperative(kafka) ? rd_kafka_assign(kafka->consumer, NULL) : 0;
    log_error(kafka, "unassign", error);
    if (code)
        kafka_log(kafka, MOOD_LOG_DETAIL, "unassign: %s", rd_kafka_err2str(code));
}

/* "0-3,7": the list is sorted here. */
static void write_partitions(rd_kafka_topic_partition_list_t *list, char *text, size_t size) {
    size_t used = 0;
    *text = '\0';
    rd_kafka_topic_partition_list_sort(list, NULL, NULL);
    for (int i = 0, end; i < list->cnt && used < size; i = end) {
        int32_t first = list->elems[i].partition, last = first;
        for (end = i + 1; end < list->cnt && list->elems[end].partition == last + 1; end++)
            last++;
        used += (size_t)snprintf(text + used, size - used, "%s%d", i ? "," : "", first);
        if (last > first && used < size)
            used += (size_t)snprintf(text + used, size - used, "-%d", last);
    }
}

/* A rebalance is always logged: it explains a pause, and records that are scored again. */
static void log_change(mood_connector *kafka, const char *what, rd_kafka_topic_partition_list_t *list) {
    char partitions[256];
    write_partitions(list, partitions, sizeof partitions);
    kafka_log(kafka, kafka->closing ? MOOD_LOG_DETAIL : MOOD_LOG_NOTE, "partitions of '%s' %s: %s; %d assigned now",
              kafka->settings.input, what, *partitions ? partitions : "none", kafka->owned->cnt);
}

static void settle(mood_connector *kafka) {
    if (kafka->pending_list)
        rd_kafka_topic_partition_list_destroy(kafka->pending_list);
    kafka->pending_list = NULL;
    kafka->pending = PENDING_NONE;
    kafka->told = false;
}

void assignment_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                          void *opaque) {
    mood_connector *kafka = opaque;
    settle(kafka);
    kafka->rebalances++;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        kafka->pending = PENDING_ASSIGN;
    else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
        kafka->pending = rd_kafka_assignment_lost(consumer) ? PENDING_LOSE : PENDING_REVOKE;
    else {
        kafka_log(kafka, MOOD_LOG_WARNING, "the group's rebalance failed: %s", rd_kafka_err2str(code));
        kafka->pending = PENDING_LOSE;
    }
    kafka->pending_list = rd_kafka_topic_partition_list_copy(list);
    if (!kafka->closing)
        rd_kafka_yield(consumer);
    else if (kafka->pending == PENDING_ASSIGN) {
        if (cooperative(kafka)) /* too late to begin with anything: they are taken to be given back */
            log_error(kafka, "assign", rd_kafka_incremental_assign(consumer, list));
        else
            unassign(kafka, list);
        settle(kafka);
    } else
        assignment_hand_over(kafka, 0, NULL); /* assignment_finish has committed */
}

/* ---- taking over ---------------------------------------------------------------------------------------- */

static void miss_positions(mood_connector *kafka, rd_kafka_resp_err_t code) {
    if (kafka_is_final(code))
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "the positions of the group '%s' can't be read: %s%s",
                   kafka->settings.group, rd_kafka_err2str(code), kafka_advice(code));
    else
        kafka_log(kafka, MOOD_LOG_NOTE, "the group's positions can't be read yet: %s", rd_kafka_err2str(code));
}

/* Where the group has no offset a partition begins at its start; anything else is the broker's affair, and
 * auto.offset.reset's where the offset is gone. */
static bool find_positions(mood_connector *kafka, rd_kafka_topic_partition_list_t *list) {
    rd_kafka_resp_err_t code = list->cnt ? rd_kafka_committed(kafka->consumer, list, LOOK_UP_MS) : 0;
    for (int i = 0; i < list->cnt && !code; i++)
        code = list->elems[i].err;
    if (code) {
        miss_positions(kafka, code);
        return false;
    }
    int without = 0;
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset < 0) {
            list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
            without++;
        }
    if (without) /* brokers forget those of a group that had no member for a week */
        kafka_log(kafka, MOOD_LOG_NOTE,
                  "group '%s' has no committed offsets for %d of %d partitions; starting at the "
                  "earliest",
                  kafka->settings.group, without, list->cnt);
    return true;
}

static void own(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list) {
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *partition = &list->elems[i];
        rd_kafka_topic_partition_t *owned =
            rd_kafka_topic_partition_list_find(kafka->owned, partition->topic, partition->partition);
        if (!owned)
            owned = rd_kafka_topic_partition_list_add(kafka->owned, partition->topic, partition->partition);
        owned->offset = RD_KAFKA_OFFSET_INVALID; /* its end is not known yet */
        tracker_forget(kafka->tracker, partition->partition);
        assignment_mark_read(kafka, partition->partition, 0);
        if (partition->offset >= 0)
            tracker_acknowledge(kafka->tracker, partition->partition, partition->offset);
    }
}

/* False: nothing would ever come; a restart joins the group anew. */
static bool assign(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list) {
    rd_kafka_resp_err_t code;
    if (cooperative(kafka)) {
        rd_kafka_error_t *error = rd_kafka_incremental_assign(kafka->consumer, list);
        code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
        if (error)
            rd_kafka_error_destroy(error);
    } else
        code = rd_kafka_assign(kafka->consumer, list);
    if (code && rd_kafka_fatal_error(kafka->consumer, NULL, 0))
        kafka_fatal(kafka, kafka->consumer);
    else if (code)
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "the group's partitions can't be taken over: %s",
                   rd_kafka_err2str(code));
    return !code;
}

void assignment_take_over(mood_connector *kafka) {
    rd_kafka_topic_partition_list_t *list = kafka->pending_list;
    if (!find_positions(kafka, list))
        return;
    if (!assign(kafka, list))
        return;
    own(kafka, list);
    kafka->assigned = true;
    log_change(kafka, "assigned", list);
    settle(kafka);
    if (kafka->paused)
        rd_kafka_pause_partitions(kafka->consumer, kafka->owned);
}

/* ---- handing over --------------------------------------------------------------------------------------- */

mood_connector_result assignment_hand_over(mood_connector *kafka, int timeout_ms, mood_error *err) {
    rd_kafka_topic_partition_list_t *list = kafka->pending_list;
    mood_connector_result result = MOOD_CONNECTOR_OK;
    transaction_lose(kafka);
    if (kafka->pending == PENDING_REVOKE)
        result = commits_finish(kafka, list, timeout_ms, err);
    else if (list->cnt && kafka->settings.guarantee == MOOD_AT_LEAST_ONCE) /* brokers take no positions of theirs now */
        kafka_log(kafka, MOOD_LOG_NOTE, "%d partitions were lost: their latest records may be scored again", list->cnt);
    for (int i = 0; i < list->cnt; i++) {
        tracker_forget(kafka->tracker, list->elems[i].partition);
        rd_kafka_topic_partition_list_del(kafka->owned, list->elems[i].topic, list->elems[i].partition);
    }
    if (kafka->paused) /* else they would be paused still when they come back */
        rd_kafka_resume_partitions(kafka->consumer, list);
    unassign(kafka, list);
    if (kafka->owned->cnt == 0) /* until the group has joined again nobody knows which are ours: maybe none */
        kafka->assigned = false;
    log_change(kafka, kafka->pending == PENDING_REVOKE ? "revoked" : "lost", list);
    settle(kafka);
    return result;
}

mood_connector_result assignment_finish(mood_connector *kafka, int timeout_ms, mood_error *err) {
    mood_connector_result result = MOOD_CONNECTOR_OK;
    int64_t end = clock_ms() + timeout_ms;
    if (kafka->pending == PENDING_REVOKE || kafka->pending == PENDING_LOSE)
        result = assignment_hand_over(kafka, timeout_ms, err);
    int64_t left = end - clock_ms();
    mood_connector_result rest = commits_finish(kafka, kafka->owned, left > 0 ? (int)left : 0, err);
    for (int i = 0; i < kafka->owned->cnt; i++)
        tracker_forget(kafka->tracker, kafka->owned->elems[i].partition); /* committed, or never */
    return result == MOOD_CONNECTOR_OK ? rest : result;
}

/* ---- positions ------------------------------------------------------------------------------------------- */

/* Once the brokers have dropped us, librdkafka would send positions as nobody's, without member or generation; in a
 * transaction brokers take those unchecked, whoever has the partitions by then, and otherwise they find that a static
 * member's name is another's. It joins again only after the next poll. */
bool assignment_stands(const mood_connector *kafka) {
    char *member = rd_kafka_memberid(kafka->consumer);
    bool known = member && *member && !rd_kafka_assignment_lost(kafka->consumer);
    if (member)
        rd_kafka_mem_free(kafka->consumer, member);
    return known;
}

static bool stays_ours(const mood_connector *kafka, const mood_position *at) {
    bool leaves = kafka->pending_list && kafka->pending != PENDING_ASSIGN &&
                  rd_kafka_topic_partition_list_find(kafka->pending_list, at->topic, at->partition);
    return !leaves && rd_kafka_topic_partition_list_find(kafka->owned, at->topic, at->partition);
}

/* Where the group stands, if it stands anywhere, is where it goes on: the transaction that is thought undone may
 * have been committed, its answer lost. */
static bool find_committed(mood_connector *kafka, rd_kafka_topic_partition_list_t *list, mood_error *err) {
    rd_kafka_topic_partition_list_t *committed = rd_kafka_topic_partition_list_copy(list);
    rd_kafka_resp_err_t code = list->cnt ? rd_kafka_committed(kafka->consumer, committed, LOOK_UP_MS) : 0;
    for (int i = 0; i < list->cnt && !code; i++)
        code = committed->elems[i].err;
    for (int i = 0; i < list->cnt && !code; i++)
        if (committed->elems[i].offset >= 0)
            list->elems[i].offset = committed->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(committed);
    if (code)
        miss_positions(kafka, code);
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the group's positions can't be read yet");
    return !code;
}

static mood_connector_result refuse_seek(const rd_kafka_topic_partition_t *partition, mood_error *err) {
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "%s/%d can't be read again from %lld: %s",
                   partition->topic, partition->partition, (long long)partition->offset,
                   rd_kafka_err2str(partition->err));
    return MOOD_CONNECTOR_FATAL;
}

/* A time-out is taken a thousand times too short by librdkafka 2.0; seeking is local and quick. A consumer that was fenced
 * reads nothing any more, and may say so only a moment later. */
static mood_connector_result seek(mood_connector *kafka, rd_kafka_topic_partition_list_t *list, mood_error *err) {
    mood_connector_result result = MOOD_CONNECTOR_OK;
    rd_kafka_error_t *error = list->cnt ? rd_kafka_seek_partitions(kafka->consumer, list, -1) : NULL;
    if (error) {
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "reading again from an earlier offset failed: %s",
                       rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        result = MOOD_CONNECTOR_FATAL;
    }
    for (int i = 0; i < list->cnt && result == MOOD_CONNECTOR_OK; i++)
        if (list->elems[i].err)
            result = refuse_seek(&list->elems[i], err);
    for (int waited = 0; result != MOOD_CONNECTOR_OK && waited < FENCE_MS && !kafka_hurried(kafka); waited += STEP_MS) {
        if (rd_kafka_fatal_error(kafka->consumer, NULL, 0)) {
            kafka_fatal(kafka, kafka->consumer);
            return kafka_failure(kafka, err);
        }
        poll(NULL, 0, STEP_MS);
    }
    return result;
}

mood_connector_result assignment_rewind(mood_connector *kafka, const mood_position *positions, size_t n,
                                        mood_error *err) {
    if (!kafka->consumer)
        return kafka_failure(kafka, err);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        if (stays_ours(kafka, &positions[i]))
            rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
                positions[i].offset;
    if (kafka->in_doubt && !find_committed(kafka, list, err)) {
        rd_kafka_topic_partition_list_destroy(list);
        return kafka->failure == MOOD_CONNECTOR_OK ? MOOD_CONNECTOR_RETRY : kafka_failure(kafka, err);
    }
    kafka->in_doubt = false;
    mood_connector_result result = seek(kafka, list, err);
    for (int i = 0; i < list->cnt && result == MOOD_CONNECTOR_OK; i++) {
        const rd_kafka_topic_partition_t *partition = &list->elems[i];
        assignment_mark_more(kafka, partition->partition);
        tracker_forget(kafka->tracker, partition->partition);
        tracker_acknowledge(kafka->tracker, partition->partition, partition->offset);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

/* ---- pausing, ends ------------------------------------------------------------------------------------- */

mood_connector_result assignment_pause(mood_connector *kafka, bool pause, mood_error *err) {
    if (!kafka->consumer || kafka->paused == pause)
        return MOOD_CONNECTOR_OK;
    rd_kafka_resp_err_t code = pause ? rd_kafka_pause_partitions(kafka->consumer, kafka->owned)
                                     : rd_kafka_resume_partitions(kafka->consumer, kafka->owned);
    if (code) {
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%s partitions failed: %s",
                       pause ? "pausing" : "resuming", rd_kafka_err2str(code));
        return MOOD_CONNECTOR_RETRY;
    }
    kafka->paused = pause;
    return MOOD_CONNECTOR_OK;
}

static rd_kafka_topic_partition_t *find_owned(const mood_connector *kafka, int32_t partition) {
    return rd_kafka_topic_partition_list_find(kafka->owned, kafka->settings.input, partition);
}

void assignment_mark_end(mood_connector *kafka, int32_t partition, int64_t offset) {
    rd_kafka_topic_partition_t *found = find_owned(kafka, partition);
    if (!found)
        return;
    found->opaque = kafka;
    found->offset = offset;
}

void assignment_mark_more(mood_connector *kafka, int32_t partition) {
    rd_kafka_topic_partition_t *found = find_owned(kafka, partition);
    if (found)
        found->opaque = NULL;
}

void assignment_mark_read(mood_connector *kafka, int32_t partition, int64_t next) {
    size_t count = kafka->read_count;
    if ((size_t)partition >= count) {
        count = (size_t)partition + 1;
        int64_t *grown = reallocarray(kafka->read, count, sizeof *grown);
        if (!grown)
            return; /* statistics alone are the worse for it */
        memset(grown + kafka->read_count, 0, (count - kafka->read_count) * sizeof *grown);
        kafka->read = grown;
        kafka->read_count = count;
    }
    kafka->read[partition] = next;
}

int64_t assignment_position(const mood_connector *kafka, const rd_kafka_topic_partition_t *owned) {
    int64_t done = tracker_position(kafka->tracker, owned->partition);
    int64_t next = (size_t)owned->partition < kafka->read_count ? kafka->read[owned->partition] : 0;
    bool all_done = owned->offset >= 0 && next <= owned->offset && (next == 0 || next <= done);
    return all_done && owned->offset > done ? owned->offset : done;
}

bool assignment_at_end(const mood_connector *kafka) {
    if (!kafka->assigned || kafka->pending != PENDING_NONE)
        return false;
    for (int i = 0; i < kafka->owned->cnt; i++)
        if (!kafka->owned->elems[i].opaque)
            return false;
    return true;
}
