/* Exactly-once: transactions with outputs and the group's offsets.
 *
 * librdkafka's calls block; each gets a short timeout and is resumed, so that the host can stop. An error leads to one
 * of: retry, abort the transaction, replace the producer, or stop (a final error; another process with the same name).
 */
#include <stdio.h>

#include "clock.h"
#include "error_code.h"
#include "transaction.h"

/* librdkafka waits half a second before it sends offsets again, and has the transaction aborted if that is more than
 * its timeout, so SEND_MS is longer; the connector does not wait for it longer than its own time. */
enum { CALL_MS = 500, SEND_MS = 2000 };

static const char no_more_outputs[] = "the transaction accepts no more outputs";

static bool is_open(const struct transaction *transaction) {
    return transaction->state != TRANSACTION_NONE;
}

static mood_connector_result abort_because(mood_error *err, const char *reason) {
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%s", reason);
    return MOOD_CONNECTOR_ABORT;
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

/* An earlier call, which timed out, is still in progress; librdkafka cannot continue after another call. */
static bool is_stuck(const rd_kafka_error_t *error) {
    return rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__CONFLICT ||
           rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS;
}

static bool can_retry(const rd_kafka_error_t *error) {
    return rd_kafka_error_is_retriable(error) || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__TIMED_OUT;
}

/* Destroys the error; NULL is OK. */
static mood_connector_result classify(struct transaction *transaction, const char *what, rd_kafka_error_t *error,
                                      mood_error *err) {
    if (!error)
        return MOOD_CONNECTOR_OK;
    struct clients *clients = transaction->clients;
    mood_connector_result result;
    char reason[MOOD_MESSAGE_SIZE];
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    snprintf(reason, sizeof reason, "%s: %s%s", what, rd_kafka_error_string(error), error_advice(code));
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%s", reason);
    if (error_is_final(code) && !rd_kafka_error_is_retriable(error)) {
        clients_fail(clients, MOOD_CONNECTOR_FATAL, "%s", reason);
        result = clients_failure(clients, err);
    } else if (rd_kafka_error_is_fatal(error) || is_stuck(error))
        result = producer_mark_unusable(transaction->producer, reason, err);
    else if (rd_kafka_error_txn_requires_abort(error))
        result = MOOD_CONNECTOR_ABORT;
    else
        result = can_retry(error) ? MOOD_CONNECTOR_RETRY : producer_mark_unusable(transaction->producer, reason, err);
    rd_kafka_error_destroy(error);
    return result;
}

/* An output or offsets were refused. librdkafka gives the reason when it is asked for a commit, which it refuses then.
 */
static mood_connector_result find_reason(struct transaction *transaction, mood_error *err) {
    mood_connector_result result = classify(transaction, no_more_outputs,
                                            rd_kafka_commit_transaction(transaction->clients->producer, CALL_MS), err);
    return result == MOOD_CONNECTOR_RETRY || result == MOOD_CONNECTOR_OK ? abort_because(err, no_more_outputs) : result;
}

/* ---- begin ---------------------------------------------------------------------------------------------------- */

/* A new producer has no transaction, and is not registered. */
static mood_connector_result replace_producer(struct transaction *transaction, mood_error *err) {
    if (!transaction->producer->unusable)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result = producer_replace(transaction->producer, err);
    if (result == MOOD_CONNECTOR_OK)
        transaction->state = TRANSACTION_NONE;
    return result;
}

/* Register the transactional id, which ends an open transaction of an earlier process with that id. Not when the
 * connector is opened: mood_stream_check must not disturb a running process. */
static mood_connector_result register_id(struct transaction *transaction, mood_error *err) {
    if (transaction->producer->registered)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result = classify(transaction, "the brokers are not ready for transactions yet",
                                            rd_kafka_init_transactions(transaction->clients->producer, CALL_MS), err);
    transaction->producer->registered = result == MOOD_CONNECTOR_OK;
    return result;
}

mood_connector_result transaction_begin(struct transaction *transaction, mood_error *err) {
    struct clients *clients = transaction->clients;
    if (!clients->producer || !clients->consumer) {
        mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                       "transactions are for exactly-once, with an input and an output");
        return MOOD_CONNECTOR_UNSUPPORTED;
    }
    if (clients->failure != MOOD_CONNECTOR_OK)
        return clients_failure(clients, err);
    mood_connector_result result = replace_producer(transaction, err);
    if (result == MOOD_CONNECTOR_OK)
        result = register_id(transaction, err);
    if (result == MOOD_CONNECTOR_OK)
        result =
            classify(transaction, "a transaction can't be started", rd_kafka_begin_transaction(clients->producer), err);
    if (result == MOOD_CONNECTOR_ABORT) /* nothing is open that could be aborted */
        return MOOD_CONNECTOR_RETRY;
    if (result == MOOD_CONNECTOR_OK) {
        transaction->state = TRANSACTION_OPEN;
        transaction->outputs = 0;
    }
    return result;
}

/* ---- publish -------------------------------------------------------------------------------------------------- */

mood_connector_result transaction_publish(struct transaction *transaction, const mood_output *output, mood_error *err) {
    mood_connector_result result = producer_publish(transaction->producer, output, err);
    if (result == MOOD_CONNECTOR_ABORT && !transaction->producer->unusable)
        return find_reason(transaction, err);
    if (result == MOOD_CONNECTOR_OK && transaction->outputs++ == 0)
        transaction->assignment->removed = false; /* partitions that were removed before have no outputs in it */
    return result;
}

/* ---- commit --------------------------------------------------------------------------------------------------- */

/* Brokers let a member commit the offsets of any partition, so the connector checks that it owns them. */
static bool owns_all(const struct transaction *transaction, const mood_position *positions, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!rd_kafka_topic_partition_list_find(transaction->assignment->owned, positions[i].topic,
                                                positions[i].partition))
            return false;
    return true;
}

static bool has_lost_outputs(const struct transaction *transaction) {
    return transaction->assignment->removed && transaction->outputs > 0;
}

/* NULL: this process is not a member of the group now. Membership is checked after the metadata were read, so that they
 * are those of a member. */
static rd_kafka_consumer_group_metadata_t *read_group(const struct transaction *transaction) {
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(transaction->clients->consumer);
    if (group && !assignment_is_member(transaction->assignment)) {
        rd_kafka_consumer_group_metadata_destroy(group);
        group = NULL;
    }
    return group;
}

static mood_connector_result await_sending(struct transaction *transaction, int timeout_ms, rd_kafka_error_t **error,
                                           mood_error *err) {
    if (sending_await(&transaction->sending, timeout_ms, error))
        return MOOD_CONNECTOR_OK;
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the group's coordinator does not answer yet");
    return MOOD_CONNECTOR_RETRY;
}

/* If the same offsets are being sent already, wait for that. */
static mood_connector_result send_offsets(struct transaction *transaction, const mood_position *positions, size_t n,
                                          int timeout_ms, mood_error *err) {
    rd_kafka_error_t *error = NULL;
    if (!transaction->sending) {
        rd_kafka_consumer_group_metadata_t *group = read_group(transaction);
        if (!group)
            return abort_because(err, "the consumer is not in a group now");
        transaction->sending =
            sending_start(transaction->clients->producer, positions_to_list(positions, n), group, SEND_MS);
        if (!transaction->sending)
            return abort_because(err, "a thread can't be started");
    }
    mood_connector_result result = await_sending(transaction, timeout_ms, &error, err);
    if (result == MOOD_CONNECTOR_OK)
        result = classify(transaction, "offsets can't be added to the transaction", error, err);
    bool refused = result == MOOD_CONNECTOR_ABORT && !transaction->producer->unusable;
    return refused ? find_reason(transaction, err) : result;
}

mood_connector_result transaction_commit(struct transaction *transaction, const mood_position *positions, size_t n,
                                         int timeout_ms, mood_error *err) {
    struct producer *producer = transaction->producer;
    mood_connector_result result = MOOD_CONNECTOR_OK;
    int64_t end = clock_ms() + timeout_ms;
    if (!is_open(transaction)) {
        mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "no transaction is open");
        return MOOD_CONNECTOR_FATAL;
    }
    if (producer->unusable)
        return producer_mark_unusable(producer, producer->unusable_reason, err);
    if (has_lost_outputs(transaction) || !owns_all(transaction, positions, n))
        return abort_because(err, "partitions were revoked or lost before it was committed");
    if (transaction->state == TRANSACTION_OPEN && n > 0)
        result = send_offsets(transaction, positions, n, timeout_ms, err);
    if (result != MOOD_CONNECTOR_OK)
        return result;
    transaction->state = TRANSACTION_OFFSETS_SENT;
    int left = clock_left_ms(end);
    result = classify(transaction, "the transaction can't be committed",
                      rd_kafka_commit_transaction(transaction->clients->producer, left > 1 ? left : 1), err);
    if (result == MOOD_CONNECTOR_OK) {
        transaction->state = TRANSACTION_NONE;
        transaction->committed += transaction->outputs;
        producer->replacements = 0;
    }
    return result;
}

/* ---- abort ---------------------------------------------------------------------------------------------------- */

static mood_connector_result abort_open(struct transaction *transaction, int timeout_ms, mood_error *err) {
    struct producer *producer = transaction->producer;
    if (!is_open(transaction) || producer->unusable)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result = classify(transaction, "the transaction can't be aborted",
                                            rd_kafka_abort_transaction(transaction->clients->producer, timeout_ms),
                                            err);
    if (result == MOOD_CONNECTOR_OK)
        transaction->state = TRANSACTION_NONE;
    else if (result == MOOD_CONNECTOR_ABORT && !producer->unusable)
        result = producer_mark_unusable(producer, err->message, err);
    return result;
}

mood_connector_result transaction_abort(struct transaction *transaction, int timeout_ms, mood_error *err) {
    struct clients *clients = transaction->clients;
    if (clients->failure != MOOD_CONNECTOR_OK)
        return clients_failure(clients, err);
    mood_connector_result result = await_sending(transaction, timeout_ms, NULL, err); /* its result is aborted, too */
    if (result != MOOD_CONNECTOR_OK)
        return result;
    result = abort_open(transaction, timeout_ms, err);
    if (transaction->producer->unusable && clients->failure == MOOD_CONNECTOR_OK) {
        transaction->in_doubt = true;
        result = replace_producer(transaction, err);
    }
    if (result == MOOD_CONNECTOR_OK && transaction->in_doubt)
        result = register_id(transaction, err);
    return result == MOOD_CONNECTOR_ABORT ? MOOD_CONNECTOR_RETRY : result;
}

/* ---- close ---------------------------------------------------------------------------------------------------- */

/* Also after another failure, as long as the producer works. False: it cannot be aborted. */
static bool try_abort(struct transaction *transaction, int timeout_ms) {
    rd_kafka_t *client = transaction->clients->producer;
    if (transaction->producer->unusable || rd_kafka_fatal_error(client, NULL, 0))
        return false;
    if (!sending_await(&transaction->sending, timeout_ms, NULL))
        return true;
    rd_kafka_error_t *error = rd_kafka_abort_transaction(client, timeout_ms);
    if (!error) {
        transaction->state = TRANSACTION_NONE;
        return true;
    }
    bool retry = can_retry(error);
    rd_kafka_error_destroy(error);
    return retry;
}

/* An open transaction delays the readers of committed records until its timeout ends it. */
void transaction_close(struct transaction *transaction, int64_t end) {
    int left;
    while (is_open(transaction) && (left = clock_left_ms(end)) > 0 && !clients_hurried(transaction->clients))
        if (!try_abort(transaction, left < CALL_MS ? left : CALL_MS))
            return;
}
