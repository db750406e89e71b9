/* Transactions: outputs, and the group's positions, all at once.
 *
 * librdkafka's calls block; each gets a little time and is resumed, so that the host stays able to stop. What comes
 * back is one of: again, undo it, or never (a fatal error; or another process that has our name). */
#include <stdio.h>
#include <string.h>

#include "kafka.h"

/* Producers in a row before the stream gives up: each undoes the transaction before it. */
enum { BEGIN_MS = 500, RENEWALS = 5 };

/* librdkafka waits half a second before it sends positions again, and has the transaction undone where that is more than
 * it has; we don't wait for it longer than we have ourselves. */
enum { SEND_MS = 2000 };

static bool is_open(const mood_connector *kafka) {
    return kafka->transaction == TRANSACTION_OPEN || kafka->transaction == TRANSACTION_POSITIONS_SENT;
}

static mood_connector_result abort_for(mood_error *err, const char *reason) {
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%s", reason);
    return MOOD_CONNECTOR_ABORT;
}

/* ---- a producer that can do nothing more ------------------------------------------------------------------------ */

static void give_up(mood_connector *kafka) {
    if (rd_kafka_fatal_error(kafka->producer, NULL, 0))
        kafka_fatal(kafka, kafka->producer);
    else
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "%s", kafka->spent_reason);
}

mood_connector_result transaction_spend(mood_connector *kafka, const char *reason, mood_error *err) {
    bool first = kafka->transaction == TRANSACTION_NAMELESS && kafka->renewals == 0;
    if (reason != kafka->spent_reason)
        snprintf(kafka->spent_reason, sizeof kafka->spent_reason, "%s", reason);
    kafka->spent = true;
    bool final = kafka_is_final(rd_kafka_fatal_error(kafka->producer, NULL, 0)); /* another one would hear the same */
    if (!kafka->producer_conf || first || final || kafka->renewals >= RENEWALS) {
        give_up(kafka);
        return kafka_failure(kafka, err);
    }
    return abort_for(err, kafka->spent_reason);
}

/* Its successor has its name: taking it ends what is open under that name, be it undone or, when only the answer was
 * lost, committed. */
static mood_connector_result renew(mood_connector *kafka, mood_error *err) {
    if (!kafka->spent)
        return MOOD_CONNECTOR_OK;
    if (rd_kafka_fatal_error(kafka->consumer, NULL, 0)) { /* whoever has our name by now keeps it */
        kafka_fatal(kafka, kafka->consumer);
        return kafka_failure(kafka, err);
    }
    kafka_log(kafka, MOOD_LOG_NOTE, "starting a new producer: %s", kafka->spent_reason);
    if (producer_renew(kafka, err) != MOOD_OK) {
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "%s", err->message);
        return kafka_failure(kafka, err);
    }
    kafka->spent = false;
    kafka->renewals++;
    kafka->transaction = TRANSACTION_NAMELESS;
    return MOOD_CONNECTOR_OK;
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

/* A call is under way that was given up for another: librdkafka has no way back from there. */
static bool is_stuck(const rd_kafka_error_t *error) {
    return rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__CONFLICT ||
           rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS;
}

static bool may_pass(const rd_kafka_error_t *error) {
    return rd_kafka_error_is_retriable(error) || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__TIMED_OUT;
}

/* Destroys the error. */
static mood_connector_result classify(mood_connector *kafka, const char *what, rd_kafka_error_t *error,
                                      mood_error *err) {
    if (!error)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result;
    char reason[MOOD_MESSAGE_SIZE];
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    snprintf(reason, sizeof reason, "%s: %s%s", what, rd_kafka_error_string(error), kafka_advice(code));
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%s", reason);
    if (kafka_is_final(code) && !rd_kafka_error_is_retriable(error)) {
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "%s", reason);
        result = kafka_failure(kafka, err);
    } else if (rd_kafka_error_is_fatal(error) || is_stuck(error))
        result = transaction_spend(kafka, reason, err);
    else if (rd_kafka_error_txn_requires_abort(error))
        result = MOOD_CONNECTOR_ABORT;
    else
        result = may_pass(error) ? MOOD_CONNECTOR_RETRY : transaction_spend(kafka, reason, err);
    rd_kafka_error_destroy(error);
    return result;
}

/* librdkafka tells what was wrong with what is open when it is asked for the next step, which it refuses then. */
mood_connector_result transaction_refused(mood_connector *kafka, mood_error *err) {
    mood_connector_result result = classify(kafka, "the transaction accepts no more outputs",
                                            rd_kafka_commit_transaction(kafka->producer, BEGIN_MS), err);
    return result == MOOD_CONNECTOR_RETRY || result == MOOD_CONNECTOR_OK
               ? abort_for(err, "the transaction accepts no more outputs")
               : result;
}

/* Taking the name ends what a predecessor of that name had open. Only now: a check takes nobody's name. */
static mood_connector_result take_name(mood_connector *kafka, mood_error *err) {
    if (kafka->transaction != TRANSACTION_NAMELESS)
        return MOOD_CONNECTOR_OK;
    mood_connector_result result = classify(kafka, "the brokers are not ready for transactions yet",
                                            rd_kafka_init_transactions(kafka->producer, BEGIN_MS), err);
    if (result == MOOD_CONNECTOR_OK)
        kafka->transaction = TRANSACTION_NONE;
    return result;
}

mood_connector_result transaction_begin(mood_connector *kafka, mood_error *err) {
    if (kafka->settings.guarantee != MOOD_EXACTLY_ONCE || !kafka->producer || !kafka->consumer) {
        mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL,
                       "transactions are for exactly-once, with an input and an output");
        return MOOD_CONNECTOR_UNSUPPORTED;
    }
    if (kafka->failure != MOOD_CONNECTOR_OK)
        return kafka_failure(kafka, err);
    mood_connector_result result = renew(kafka, err);
    if (result == MOOD_CONNECTOR_OK)
        result = take_name(kafka, err);
    if (result == MOOD_CONNECTOR_OK)
        result = classify(kafka, "a transaction can't be started", rd_kafka_begin_transaction(kafka->producer), err);
    if (result == MOOD_CONNECTOR_ABORT) /* there is nothing to abort */
        return MOOD_CONNECTOR_RETRY;
    if (result == MOOD_CONNECTOR_OK) {
        kafka->transaction = TRANSACTION_OPEN;
        kafka->transaction_outputs = 0;
        kafka->transaction_lost = false;
    }
    return result;
}

/* ---- commit --------------------------------------------------------------------------------------------------- */

/* A group's member may commit any partition's position; that it has the partition is ours to see. */
static bool all_ours(const mood_connector *kafka, const mood_position *positions, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!rd_kafka_topic_partition_list_find(kafka->owned, positions[i].topic, positions[i].partition))
            return false;
    return true;
}

/* NULL: in none now. It is looked at after the metadata were taken, so that they are those of a member. */
static rd_kafka_consumer_group_metadata_t *find_group(const mood_connector *kafka) {
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(kafka->consumer);
    if (group && !assignment_stands(kafka)) {
        rd_kafka_consumer_group_metadata_destroy(group);
        group = NULL;
    }
    return group;
}

static mood_connector_result await_sending(mood_connector *kafka, int timeout_ms, rd_kafka_error_t **error,
                                           mood_error *err) {
    if (sending_await(kafka, timeout_ms, error))
        return MOOD_CONNECTOR_OK;
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the group's coordinator does not answer yet");
    return MOOD_CONNECTOR_RETRY;
}

/* What was begun with the same positions is waited for. */
static mood_connector_result send_positions(mood_connector *kafka, const mood_position *positions, size_t n,
                                            int timeout_ms, mood_error *err) {
    rd_kafka_error_t *error = NULL;
    if (!kafka->sending) {
        rd_kafka_consumer_group_metadata_t *group = find_group(kafka);
        if (!group)
            return abort_for(err, "the consumer is not in a group now");
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
        for (size_t i = 0; i < n; i++)
            rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
                positions[i].offset;
        if (!sending_start(kafka, list, group, SEND_MS))
            return abort_for(err, "a thread can't be started");
    }
    mood_connector_result result = await_sending(kafka, timeout_ms, &error, err);
    if (result == MOOD_CONNECTOR_OK)
        result = classify(kafka, "positions can't be added to the transaction", error, err);
    return result == MOOD_CONNECTOR_ABORT && !kafka->spent ? transaction_refused(kafka, err) : result;
}

mood_connector_result transaction_commit(mood_connector *kafka, const mood_position *positions, size_t n,
                                         int timeout_ms, mood_error *err) {
    mood_connector_result result = MOOD_CONNECTOR_OK;
    int64_t end = clock_ms() + timeout_ms;
    if (!is_open(kafka)) {
        mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "no transaction is open");
        return MOOD_CONNECTOR_FATAL;
    }
    if (kafka->spent)
        return transaction_spend(kafka, kafka->spent_reason, err);
    if (kafka->transaction_lost || !all_ours(kafka, positions, n))
        return abort_for(err, "partitions were revoked or lost before it was committed");
    if (kafka->transaction == TRANSACTION_OPEN && n > 0)
        result = send_positions(kafka, positions, n, timeout_ms, err);
    if (result != MOOD_CONNECTOR_OK)
        return result;
    kafka->transaction = TRANSACTION_POSITIONS_SENT;
    int64_t left = end - clock_ms();
    result = classify(kafka, "the transaction can't be committed",
                      rd_kafka_commit_transaction(kafka->producer, left > 1 ? (int)left : 1), err);
    if (result == MOOD_CONNECTOR_OK) {
        kafka->transaction = TRANSACTION_NONE;
        kafka->committed += kafka->transaction_outputs;
        kafka->renewals = 0;
    }
    return result;
}

/* ---- abort ---------------------------------------------------------------------------------------------------- */

mood_connector_result transaction_abort(mood_connector *kafka, int timeout_ms, mood_error *err) {
    if (kafka->settings.guarantee != MOOD_EXACTLY_ONCE) {
        mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_FATAL, "transactions are for exactly-once");
        return MOOD_CONNECTOR_UNSUPPORTED;
    }
    if (kafka->failure != MOOD_CONNECTOR_OK)
        return kafka_failure(kafka, err);
    mood_connector_result result = await_sending(kafka, timeout_ms, NULL, err); /* whatever came of it is undone now */
    if (result != MOOD_CONNECTOR_OK)
        return result;
    if (is_open(kafka) && !kafka->spent) {
        result = classify(kafka, "the transaction can't be aborted",
                          rd_kafka_abort_transaction(kafka->producer, timeout_ms), err);
        if (result == MOOD_CONNECTOR_OK)
            kafka->transaction = TRANSACTION_NONE;
        else if (result == MOOD_CONNECTOR_ABORT && !kafka->spent)
            result = transaction_spend(kafka, err->message, err);
    }
    if (kafka->spent && kafka->failure == MOOD_CONNECTOR_OK) {
        kafka->in_doubt = true;
        result = renew(kafka, err);
    }
    if (result == MOOD_CONNECTOR_OK && kafka->in_doubt)
        result = take_name(kafka, err);
    return result == MOOD_CONNECTOR_ABORT ? MOOD_CONNECTOR_RETRY : result;
}

void transaction_lose(mood_connector *kafka) {
    kafka->transaction_lost = is_open(kafka) && kafka->transaction_outputs > 0;
}

/* Whatever else has failed, as long as the producer works. False: it can't be undone. */
static bool undo(mood_connector *kafka, int timeout_ms) {
    if (kafka->spent || rd_kafka_fatal_error(kafka->producer, NULL, 0))
        return false;
    if (!sending_await(kafka, timeout_ms, NULL))
        return true;
    rd_kafka_error_t *error = rd_kafka_abort_transaction(kafka->producer, timeout_ms);
    if (!error) {
        kafka->transaction = TRANSACTION_NONE;
        return true;
    }
    bool again = may_pass(error);
    rd_kafka_error_destroy(error);
    return again;
}

/* Left open, its time-out would end it; until then readers of what is committed would wait. */
void transaction_close(mood_connector *kafka, int64_t end) {
    int64_t left;
    while (is_open(kafka) && (left = end - clock_ms()) > 0 && !kafka_hurried(kafka))
        if (!undo(kafka, left < BEGIN_MS ? (int)left : BEGIN_MS))
            return;
}
