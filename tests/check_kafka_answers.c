/* Transactions when brokers answer requests with errors: retryable ones, ones that abort the transaction, ones that
 * need a new producer, and fatal ones. On librdkafka's mock cluster, where errors can be injected. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "kafka_fixture.h"

/* Kafka's API keys. */
enum {
    PRODUCE = 0,
    OFFSET_FETCH = 9,
    FIND_COORDINATOR = 10,
    JOIN_GROUP = 11,
    INIT_PRODUCER_ID = 22,
    ADD_PARTITIONS = 24,
    ADD_OFFSETS = 25,
    END_TRANSACTION = 26,
    TXN_OFFSET_COMMIT = 28
};

/* ---- errors in the requests of a transaction ---------------------------------------------------------------- */

/* The mock cluster does not store positions of transactions, and shows outputs of aborted ones. So this test sees
 * whether all outputs arrived, whether a transaction was aborted, and whether there was a new producer. librdkafka
 * retries sending positions after half a second; a call with a shorter timeout aborts the transaction, which is
 * also correct. */
enum outcome { GOES_ON, MAY_BE_UNDONE, IS_UNDONE, IS_RENEWED };

static const struct {
    int request;
    const char *name;
    enum outcome outcome;
    rd_kafka_resp_err_t codes[6]; /* in this order; 0: end */
} answers[] = {
    {ADD_PARTITIONS,
     "AddPartitionsToTxn",
     GOES_ON,
     {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR__TRANSPORT}},
    {ADD_OFFSETS,
     "AddOffsetsToTxn",
     GOES_ON,
     {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT}},
    {TXN_OFFSET_COMMIT,
     "TxnOffsetCommit",
     MAY_BE_UNDONE,
     {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR}},
    {TXN_OFFSET_COMMIT,
     "TxnOffsetCommit",
     MAY_BE_UNDONE,
     {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT}},
    {END_TRANSACTION,
     "EndTxn",
     GOES_ON,
     {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR__TRANSPORT}},
    {INIT_PRODUCER_ID,
     "InitProducerId",
     GOES_ON,
     {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR__TRANSPORT}},
    {FIND_COORDINATOR,
     "FindCoordinator",
     GOES_ON,
     {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR__TRANSPORT}},
    {OFFSET_FETCH,
     "OffsetFetch",
     GOES_ON,
     {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT}},
    {JOIN_GROUP,
     "JoinGroup",
     GOES_ON,
     {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR__TRANSPORT}},
    {ADD_PARTITIONS, "AddPartitionsToTxn", IS_UNDONE, {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID}},
    {ADD_PARTITIONS, "AddPartitionsToTxn", IS_UNDONE, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING}},
    {ADD_OFFSETS, "AddOffsetsToTxn", IS_UNDONE, {RD_KAFKA_RESP_ERR_UNKNOWN}},
    {TXN_OFFSET_COMMIT, "TxnOffsetCommit", IS_UNDONE, {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION}},
    {TXN_OFFSET_COMMIT, "TxnOffsetCommit", IS_UNDONE, {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID}},
    {TXN_OFFSET_COMMIT, "TxnOffsetCommit", IS_UNDONE, {RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID}},
    {END_TRANSACTION, "EndTxn", IS_UNDONE, {RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID}},
    {END_TRANSACTION, "EndTxn", IS_UNDONE, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING}},
    {ADD_PARTITIONS, "AddPartitionsToTxn", IS_RENEWED, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED}},
    {ADD_OFFSETS, "AddOffsetsToTxn", IS_RENEWED, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH}},
    {TXN_OFFSET_COMMIT, "TxnOffsetCommit", IS_RENEWED, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH}},
    {END_TRANSACTION, "EndTxn", IS_RENEWED, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED}},
    {END_TRANSACTION, "EndTxn", IS_RENEWED, {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE}},
    {ADD_PARTITIONS, "AddPartitionsToTxn", IS_RENEWED, {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE}},
};

static void push_answers(int request, const rd_kafka_resp_err_t *codes, size_t most) {
    for (size_t i = 0; i < most && codes[i]; i++)
        rd_kafka_mock_push_request_errors(cluster, (int16_t)request, 1, codes[i]);
}

START_TEST(transactions_survive_retryable_errors) {
    enum { N = 300 };
    mood_stream_end how;
    mood_error err = {0};
    int records;
    feed(N);
    configure();
    config.guarantee = MOOD_EXACTLY_ONCE;
    push_answers(answers[_i].request, answers[_i].codes, sizeof answers[_i].codes / sizeof *answers[_i].codes);
    const char *name = answers[_i].name, *code = rd_kafka_err2name(answers[_i].codes[0]);
    ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s, %s: %s", name, code, err.message);
    ck_assert_int_eq(how, MOOD_STREAM_INPUT_ENDED);
    rd_kafka_mock_clear_request_errors(cluster, (int16_t)answers[_i].request);
    if (answers[_i].outcome != MAY_BE_UNDONE)
        ck_assert_msg((undone > 0) == (answers[_i].outcome != GOES_ON), "%s, %s: %d undone", name, code, undone);
    ck_assert_msg((renewed > 0) == (answers[_i].outcome == IS_RENEWED), "%s, %s: %d producers anew", name, code,
                  renewed);
    ck_assert_msg(count_output(N, &records) == N, "%s, %s: some did not come out", name, code);
    if (!undone)
        ck_assert_msg(records == N, "%s, %s: %d records", name, code, records);
}
END_TEST

/* Fatal errors: the remedy is a change of permissions or limits, so a retry does not help. */
static const struct {
    int request;
    const char *name;
    const char *advice;           /* the advice in the message besides the broker's text */
    rd_kafka_resp_err_t codes[4]; /* either client asks for a coordinator */
} refusals[] = {
    {PRODUCE, "Produce", "max.message.bytes", {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE}},
    {ADD_PARTITIONS, "AddPartitionsToTxn", "ACL", {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}},
    {ADD_PARTITIONS, "AddPartitionsToTxn", "ACL", {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}},
    {ADD_OFFSETS, "AddOffsetsToTxn", "ACL", {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED}},
    {ADD_OFFSETS, "AddOffsetsToTxn", "ACL", {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}},
    {TXN_OFFSET_COMMIT, "TxnOffsetCommit", "ACL", {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED}},
    {TXN_OFFSET_COMMIT, "TxnOffsetCommit", "ACL", {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}},
    {TXN_OFFSET_COMMIT, "TxnOffsetCommit", "ACL", {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}},
    {END_TRANSACTION, "EndTxn", "ACL", {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}},
    {INIT_PRODUCER_ID, "InitProducerId", "ACL", {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}},
    {FIND_COORDINATOR,
     "FindCoordinator",
     "ACL",
     {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}},
    {FIND_COORDINATOR,
     "FindCoordinator",
     "ACL",
     {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED}},
    {OFFSET_FETCH, "OffsetFetch", "ACL", {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED}},
    {OFFSET_FETCH, "OffsetFetch", "ACL", {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}},
    {JOIN_GROUP, "JoinGroup", "ACL", {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED}},
};

START_TEST(fatal_broker_errors_end_the_stream) {
    enum { N = 300 };
    mood_stream_end how;
    mood_error err = {0};
    feed(N);
    configure();
    config.guarantee = MOOD_EXACTLY_ONCE;
    push_answers(refusals[_i].request, refusals[_i].codes, sizeof refusals[_i].codes / sizeof *refusals[_i].codes);
    const char *name = refusals[_i].name, *code = rd_kafka_err2name(refusals[_i].codes[0]);
    ck_assert_msg(run_stream(&how, &err) == MOOD_ERR_CONNECTOR, "%s, %s: it goes on", name, code);
    ck_assert_int_eq(how, MOOD_STREAM_FAILED);
    ck_assert_msg(strstr(err.message, refusals[_i].advice) != NULL, "%s, %s: %s", name, code, err.message);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("brokers' answers");
    TCase *transactions = tcase_create("transactions");
    tcase_add_checked_fixture(transactions, begin, end);
    tcase_set_timeout(transactions, 60);
    tcase_add_loop_test(transactions, transactions_survive_retryable_errors, 0, sizeof answers / sizeof *answers);
    suite_add_tcase(suite, transactions);
    TCase *final = tcase_create("final answers");
    tcase_add_checked_fixture(final, begin, end);
    tcase_set_timeout(final, 30);
    tcase_add_loop_test(final, fatal_broker_errors_end_the_stream, 0, sizeof refusals / sizeof *refusals);
    suite_add_tcase(suite, final);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
