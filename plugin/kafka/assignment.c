/* The partitions that the group has assigned to this process, and the positions in them. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assignment.h"
#include "error_code.h"

/* The time for reading the group's offsets; how long a failed seek waits for the reason, and in which steps. */
enum { READ_OFFSETS_MS = 1000, REASON_MS = 2000, STEP_MS = 50 };

mood_status assignment_init(struct assignment *assignment, mood_error *err) {
    assignment->owned = rd_kafka_topic_partition_list_new(16);
    if (!assignment->owned)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_OK;
}

void assignment_free(struct assignment *assignment) {
    if (assignment->owned)
        rd_kafka_topic_partition_list_destroy(assignment->owned);
    if (assignment->pending_list)
        rd_kafka_topic_partition_list_destroy(assignment->pending_list);
    free(assignment->read);
}

/* ---- rebalances ----------------------------------------------------------------------------------------------- */

static bool is_cooperative(const struct assignment *assignment) {
    const char *protocol = rd_kafka_rebalance_protocol(assignment->clients->consumer);
    return protocol && strcmp(protocol, "COOPERATIVE") == 0;
}

static void log_error(struct assignment *assignment, const char *what, rd_kafka_error_t *error) {
    if (!error)
        return;
    clients_log(assignment->clients, MOOD_LOG_WARNING, "%s: %s", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

/* librdkafka waits for this call. In a cooperative group only the partitions of the list are removed. */
static void unassign(struct assignment *assignment, const rd_kafka_topic_partition_list_t *list) {
    rd_kafka_error_t *error =
        is_cooperative(assignment) ? rd_kafka_incremental_unassign(assignment->clients->consumer, list) : NULL;
    rd_kafka_resp_err_t code =
        error || !is_cooperative(assignment) ? rd_kafka_assign(assignment->clients->consumer, NULL) : 0;
    log_error(assignment, "unassign", error);
    if (code)
        clients_log(assignment->clients, MOOD_LOG_DETAIL, "unassign: %s", rd_kafka_err2str(code));
}

/* As "0-3,7". Sorts the list. */
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

/* Rebalances are always logged, because they explain pauses and records that are scored again. */
static void log_change(struct assignment *assignment, const char *what, rd_kafka_topic_partition_list_t *list) {
    char partitions[256];
    write_partitions(list, partitions, sizeof partitions);
    clients_log(assignment->clients, assignment->clients->closing ? MOOD_LOG_DETAIL : MOOD_LOG_NOTE,
                "partitions of '%s' %s: %s; %d assigned now", assignment->clients->settings.input, what,
                *partitions ? partitions : "none", assignment->owned->cnt);
}

static void clear_pending(struct assignment *assignment) {
    if (assignment->pending_list)
        rd_kafka_topic_partition_list_destroy(assignment->pending_list);
    assignment->pending_list = NULL;
    assignment->pending = PENDING_NONE;
}

void assignment_set_pending(struct assignment *assignment, enum pending pending,
                            const rd_kafka_topic_partition_list_t *list) {
    clear_pending(assignment);
    assignment->rebalances++;
    assignment->pending = pending;
    assignment->pending_list = rd_kafka_topic_partition_list_copy(list);
}

bool assignment_is_leaving(const struct assignment *assignment) {
    return assignment->pending == PENDING_REVOKE || assignment->pending == PENDING_LOSE;
}

/* In a cooperative group the partitions have to be accepted before they are given back. */
void assignment_refuse(struct assignment *assignment) {
    const rd_kafka_topic_partition_list_t *list = assignment->pending_list;
    if (is_cooperative(assignment))
        log_error(assignment, "assign", rd_kafka_incremental_assign(assignment->clients->consumer, list));
    else
        unassign(assignment, list);
    clear_pending(assignment);
}

/* ---- adding partitions ---------------------------------------------------------------------------------------- */

static void report_offset_error(struct assignment *assignment, rd_kafka_resp_err_t code) {
    if (error_is_final(code))
        clients_fail(assignment->clients, MOOD_CONNECTOR_FATAL, "the positions of the group '%s' can't be read: %s%s",
                     assignment->clients->settings.group, rd_kafka_err2str(code), error_advice(code));
    else
        clients_log(assignment->clients, MOOD_LOG_NOTE, "the group's positions can't be read yet: %s",
                    rd_kafka_err2str(code));
}

/* Set the offset at which each partition is read: the group's, or the beginning if the group has none. If the group's
 * offset does not exist any more, auto.offset.reset decides. */
static bool read_start_offsets(struct assignment *assignment, rd_kafka_topic_partition_list_t *list) {
    rd_kafka_resp_err_t code = list->cnt ? rd_kafka_committed(assignment->clients->consumer, list, READ_OFFSETS_MS) : 0;
    for (int i = 0; i < list->cnt && !code; i++)
        code = list->elems[i].err;
    if (code) {
        report_offset_error(assignment, code);
        return false;
    }
    int without = 0;
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset < 0) {
            list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
            without++;
        }
    if (without) /* brokers delete the offsets of a group that has no member for a week */
        clients_log(assignment->clients, MOOD_LOG_NOTE,
                    "group '%s' has no committed offsets for %d of %d partitions; starting at the "
                    "earliest",
                    assignment->clients->settings.group, without, list->cnt);
    return true;
}

static void add_owned(struct assignment *assignment, const rd_kafka_topic_partition_list_t *list) {
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *partition = &list->elems[i];
        rd_kafka_topic_partition_t *owned =
            rd_kafka_topic_partition_list_find(assignment->owned, partition->topic, partition->partition);
        if (!owned)
            owned = rd_kafka_topic_partition_list_add(assignment->owned, partition->topic, partition->partition);
        owned->offset = RD_KAFKA_OFFSET_INVALID; /* its end is not known yet */
        tracker_forget(assignment->tracker, partition->partition);
        assignment_mark_read(assignment, partition->partition, 0);
        if (partition->offset >= 0)
            tracker_acknowledge(assignment->tracker, partition->partition, partition->offset);
    }
}

/* False: no records would ever come; after a restart the process joins the group again. */
static bool assign(struct assignment *assignment, const rd_kafka_topic_partition_list_t *list) {
    rd_kafka_resp_err_t code;
    if (is_cooperative(assignment)) {
        rd_kafka_error_t *error = rd_kafka_incremental_assign(assignment->clients->consumer, list);
        code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
        if (error)
            rd_kafka_error_destroy(error);
    } else
        code = rd_kafka_assign(assignment->clients->consumer, list);
    if (code && rd_kafka_fatal_error(assignment->clients->consumer, NULL, 0))
        clients_fail_fatal(assignment->clients, assignment->clients->consumer);
    else if (code)
        clients_fail(assignment->clients, MOOD_CONNECTOR_FATAL, "the group's partitions can't be taken over: %s",
                     rd_kafka_err2str(code));
    return !code;
}

void assignment_add(struct assignment *assignment) {
    rd_kafka_topic_partition_list_t *list = assignment->pending_list;
    if (!read_start_offsets(assignment, list))
        return;
    if (!assign(assignment, list))
        return;
    add_owned(assignment, list);
    assignment->assigned = true;
    log_change(assignment, "assigned", list);
    clear_pending(assignment);
    if (assignment->paused)
        rd_kafka_pause_partitions(assignment->clients->consumer, assignment->owned);
}

/* ---- removing partitions ------------------------------------------------------------------------------------ */

void assignment_forget(struct assignment *assignment) {
    const struct clients *clients = assignment->clients;
    rd_kafka_topic_partition_list_t *list = assignment->pending_list;
    bool lost = assignment->pending == PENDING_LOSE;
    if (lost && list->cnt && clients->settings.guarantee == MOOD_AT_LEAST_ONCE) /* brokers refuse their offsets now */
        clients_log(clients, MOOD_LOG_NOTE, "%d partitions were lost: their latest records may be scored again",
                    list->cnt);
    for (int i = 0; i < list->cnt; i++) {
        tracker_forget(assignment->tracker, list->elems[i].partition);
        rd_kafka_topic_partition_list_del(assignment->owned, list->elems[i].topic, list->elems[i].partition);
    }
}

void assignment_remove(struct assignment *assignment) {
    const struct clients *clients = assignment->clients;
    rd_kafka_topic_partition_list_t *list = assignment->pending_list;
    bool lost = assignment->pending == PENDING_LOSE;
    assignment->removed = true;
    assignment_forget(assignment);
    if (assignment->paused) /* otherwise they would still be paused when they are assigned again */
        rd_kafka_resume_partitions(clients->consumer, list);
    unassign(assignment, list);
    if (assignment->owned->cnt == 0) /* unknown until this process has joined the group again */
        assignment->assigned = false;
    log_change(assignment, lost ? "lost" : "revoked", list);
    clear_pending(assignment);
}

/* ---- positions ------------------------------------------------------------------------------------------- */

/* After the brokers removed the member it joins again only with the next poll. */
bool assignment_is_member(const struct assignment *assignment) {
    char *member = rd_kafka_memberid(assignment->clients->consumer);
    bool known = member && *member && !rd_kafka_assignment_lost(assignment->clients->consumer);
    if (member)
        rd_kafka_mem_free(assignment->clients->consumer, member);
    return known;
}

static bool stays(const struct assignment *assignment, const mood_position *at) {
    bool leaves = assignment_is_leaving(assignment) &&
                  rd_kafka_topic_partition_list_find(assignment->pending_list, at->topic, at->partition);
    return !leaves && rd_kafka_topic_partition_list_find(assignment->owned, at->topic, at->partition);
}

/* Replace the offsets by those of the group, if it has any: the transaction may have been committed and only the
 * response lost. */
static bool read_committed(struct assignment *assignment, rd_kafka_topic_partition_list_t *list, mood_error *err) {
    rd_kafka_topic_partition_list_t *committed = rd_kafka_topic_partition_list_copy(list);
    rd_kafka_resp_err_t code = list->cnt ? rd_kafka_committed(assignment->clients->consumer, committed, READ_OFFSETS_MS)
                                         : 0;
    for (int i = 0; i < list->cnt && !code; i++)
        code = committed->elems[i].err;
    for (int i = 0; i < list->cnt && !code; i++)
        if (committed->elems[i].offset >= 0)
            list->elems[i].offset = committed->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(committed);
    if (code)
        report_offset_error(assignment, code);
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the group's positions can't be read yet");
    return !code;
}

static mood_connector_result refuse_seek(const rd_kafka_topic_partition_t *partition, mood_error *err) {
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "%s/%d can't be read again from %lld: %s",
                   partition->topic, partition->partition, (long long)partition->offset,
                   rd_kafka_err2str(partition->err));
    return MOOD_CONNECTOR_FATAL;
}

/* Without a timeout: librdkafka 2.0 divides it by a thousand, and seeking is local and fast. A consumer that was fenced
 * cannot seek, but may report the reason only later. */
static mood_connector_result seek(struct assignment *assignment, rd_kafka_topic_partition_list_t *list,
                                  mood_error *err) {
    mood_connector_result result = MOOD_CONNECTOR_OK;
    rd_kafka_error_t *error = list->cnt ? rd_kafka_seek_partitions(assignment->clients->consumer, list, -1) : NULL;
    if (error) {
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "reading again from an earlier offset failed: %s",
                       rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        result = MOOD_CONNECTOR_FATAL;
    }
    for (int i = 0; i < list->cnt && result == MOOD_CONNECTOR_OK; i++)
        if (list->elems[i].err)
            result = refuse_seek(&list->elems[i], err);
    for (int waited = 0; result != MOOD_CONNECTOR_OK && waited < REASON_MS && !clients_hurried(assignment->clients);
         waited += STEP_MS) {
        if (rd_kafka_fatal_error(assignment->clients->consumer, NULL, 0)) {
            clients_fail_fatal(assignment->clients, assignment->clients->consumer);
            return clients_failure(assignment->clients, err);
        }
        poll(NULL, 0, STEP_MS);
    }
    return result;
}

rd_kafka_topic_partition_list_t *positions_to_list(const mood_position *positions, size_t n) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
            positions[i].offset;
    return list;
}

static rd_kafka_topic_partition_list_t *list_staying(const struct assignment *assignment,
                                                     const mood_position *positions, size_t n) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        if (stays(assignment, &positions[i]))
            rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
                positions[i].offset;
    return list;
}

static void reset_positions(struct assignment *assignment, const rd_kafka_topic_partition_list_t *list) {
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *partition = &list->elems[i];
        assignment_mark_more(assignment, partition->partition);
        tracker_forget(assignment->tracker, partition->partition);
        tracker_acknowledge(assignment->tracker, partition->partition, partition->offset);
    }
}

mood_connector_result assignment_rewind(struct assignment *assignment, const mood_position *positions, size_t n,
                                        bool *in_doubt, mood_error *err) {
    struct clients *clients = assignment->clients;
    if (!clients->consumer)
        return clients_failure(clients, err);
    rd_kafka_topic_partition_list_t *list = list_staying(assignment, positions, n);
    mood_connector_result result = MOOD_CONNECTOR_OK;
    if (*in_doubt && !read_committed(assignment, list, err))
        result = clients->failure == MOOD_CONNECTOR_OK ? MOOD_CONNECTOR_RETRY : clients_failure(clients, err);
    else {
        *in_doubt = false;
        result = seek(assignment, list, err);
    }
    if (result == MOOD_CONNECTOR_OK)
        reset_positions(assignment, list);
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

/* ---- pause, ends ------------------------------------------------------------------------------------- */

mood_connector_result assignment_pause(struct assignment *assignment, bool pause, mood_error *err) {
    if (!assignment->clients->consumer || assignment->paused == pause)
        return MOOD_CONNECTOR_OK;
    rd_kafka_resp_err_t code = pause ? rd_kafka_pause_partitions(assignment->clients->consumer, assignment->owned)
                                     : rd_kafka_resume_partitions(assignment->clients->consumer, assignment->owned);
    if (code) {
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%s partitions failed: %s",
                       pause ? "pausing" : "resuming", rd_kafka_err2str(code));
        return MOOD_CONNECTOR_RETRY;
    }
    assignment->paused = pause;
    return MOOD_CONNECTOR_OK;
}

static rd_kafka_topic_partition_t *find_owned(const struct assignment *assignment, int32_t partition) {
    return rd_kafka_topic_partition_list_find(assignment->owned, assignment->clients->settings.input, partition);
}

void assignment_mark_end(struct assignment *assignment, int32_t partition, int64_t offset) {
    rd_kafka_topic_partition_t *found = find_owned(assignment, partition);
    if (!found)
        return;
    found->opaque = assignment;
    found->offset = offset;
}

void assignment_mark_more(struct assignment *assignment, int32_t partition) {
    rd_kafka_topic_partition_t *found = find_owned(assignment, partition);
    if (found)
        found->opaque = NULL;
}

void assignment_mark_read(struct assignment *assignment, int32_t partition, int64_t next) {
    size_t count = assignment->read_count;
    if ((size_t)partition >= count) {
        count = (size_t)partition + 1;
        int64_t *grown = reallocarray(assignment->read, count, sizeof *grown);
        if (!grown)
            return; /* out of memory: only statistics are less exact */
        memset(grown + assignment->read_count, 0, (count - assignment->read_count) * sizeof *grown);
        assignment->read = grown;
        assignment->read_count = count;
    }
    assignment->read[partition] = next;
}

int64_t assignment_position(const struct assignment *assignment, const rd_kafka_topic_partition_t *owned) {
    int64_t done = tracker_position(assignment->tracker, owned->partition);
    int64_t next = (size_t)owned->partition < assignment->read_count ? assignment->read[owned->partition] : 0;
    bool all_done = owned->offset >= 0 && next <= owned->offset && (next == 0 || next <= done);
    return all_done && owned->offset > done ? owned->offset : done;
}

bool assignment_at_end(const struct assignment *assignment) {
    if (!assignment->assigned || assignment->pending != PENDING_NONE)
        return false;
    for (int i = 0; i < assignment->owned->cnt; i++)
        if (!assignment->owned->elems[i].opaque)
            return false;
    return true;
}
