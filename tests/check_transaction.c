/* Exactly-once: outputs and positions become visible together, despite errors, lost partitions and stops. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stream_fixture.h"

static mood_stream_statistics last;
static void keep_statistics(const mood_stream_statistics *statistics, void *user) {
    (void)user;
    ck_assert_msg(statistics->scored >= last.scored && statistics->labels[0] == statistics->scored &&
                      statistics->end_to_end.count == statistics->scored,
                  "what was told is never taken back");
    last = *statistics;
}

static void begin_exactly_once(void) {
    begin();
    options.guarantee = MOOD_EXACTLY_ONCE;
    options.on_statistics = keep_statistics;
    options.statistics_ms = 1;
    last = (mood_stream_statistics){0};
}

static void add_records(size_t n) {
    for (size_t i = 0; i < n; i++)
        memory_add((int32_t)(i % 2), "text");
}

/* Each of the first n records of add_records is delivered once, in its partition's order. */
static void assert_out_once(size_t n) {
    assert_each_once(n);
    ck_assert(!memory.in_transaction);
}

START_TEST(outputs_and_positions_together) {
    add_records(5);
    run_well();
    assert_out_once(5);
    ck_assert_uint_eq(memory.commits, 1);
    ck_assert_uint_eq(memory.outputs_at_commit, 5);
    ck_assert_int_eq(memory.committed[0], 3);
    ck_assert_int_eq(memory.committed[1], 2);
    ck_assert_uint_eq(memory.aborts, 0);
    ck_assert_uint_eq(last.transactions, 1);
}
END_TEST

/* Under load a transaction contains many batches. */
START_TEST(batches_share_a_transaction) {
    options.batch = 2;
    add_records(20);
    run_well();
    assert_out_once(20);
    ck_assert_uint_eq(test_scorer.calls, 10);
    ck_assert_uint_lt(memory.commits, 10);
}
END_TEST

static void stop_when_all_is_committed(void) {
    if (memory.commits == 1)
        stop = 1;
}

/* At the end of the input the transaction is committed without delay. */
START_TEST(an_idle_input_ends_it) {
    memory.endless = true;
    memory.on_poll = stop_when_all_is_committed;
    add_records(3);
    double start = clock_seconds();
    run_well();
    ck_assert(clock_seconds() - start < 5);
    assert_out_once(3);
    ck_assert_uint_eq(memory.commits, 1);
    ck_assert_int_eq(stream_end, MOOD_STREAM_STOPPED);
}
END_TEST

START_TEST(a_rejected_commit_is_aborted_and_repeated) {
    memory.commit_result = MOOD_CONNECTOR_ABORT;
    memory.commit_refusals = 2;
    add_records(5);
    run_well();
    assert_out_once(5);
    ck_assert_uint_eq(memory.aborts, 2);
    ck_assert_uint_eq(memory.rewinds, 2);
    ck_assert_int_eq(memory.committed[0], 3);
    ck_assert_uint_eq(last.scored, 5);    /* aborted ones are not counted */
    ck_assert_uint_eq(last.received, 15); /* read records are counted */
    ck_assert_uint_eq(last.aborted_transactions, 2);
    ck_assert_int_eq(stream_end, MOOD_STREAM_INPUT_ENDED);
}
END_TEST

START_TEST(a_slow_commit) {
    memory.commit_result = MOOD_CONNECTOR_RETRY;
    memory.commit_refusals = 3;
    add_records(5);
    run_well();
    assert_out_once(5);
    ck_assert_uint_eq(memory.aborts, 0);
    ck_assert_uint_eq(memory.commits, 4);
}
END_TEST

START_TEST(a_failed_publish_aborts_it) {
    memory.abort_publish = 3;
    memory.abort_refusals = 2;
    memory.rewind_refusals = 4;
    add_records(5);
    run_well();
    assert_out_once(5);
    ck_assert_uint_eq(memory.aborts, 3);
    ck_assert_uint_eq(memory.rewinds, 5);
    ck_assert_uint_eq(last.scored, 5);
}
END_TEST

START_TEST(begin_is_retried) {
    memory.begin_refusals = 3;
    add_records(2);
    run_well();
    assert_out_once(2);
    ck_assert_uint_eq(memory.begins, 4);
}
END_TEST

static void the_commit_before_the_next_poll(void) {
    if (memory.next_event == 1)
        ck_assert_uint_eq(memory.outputs_at_commit, 4);
}

START_TEST(a_revocation_ends_it) {
    options.batch = 100;
    options.wait_ms = 5000;
    memory.on_poll = the_commit_before_the_next_poll;
    memory.events[0] =
        (struct memory_event){.after = 4, .type = MOOD_EVENT_REVOKED, .partition = 0, .deadline_ms = 5000};
    memory.event_count = 1;
    add_records(4);
    run_well();
    assert_out_once(4);
    ck_assert_uint_eq(memory.aborts, 0);
}
END_TEST

START_TEST(a_revocation_that_it_can_not_be_committed_for) {
    memory.commit_result = MOOD_CONNECTOR_RETRY;
    memory.commit_refusals = 1000000;
    options.batch = 4;
    options.deadline_ms = 100;
    memory.events[0] =
        (struct memory_event){.after = 4, .type = MOOD_EVENT_REVOKED, .partition = 0, .deadline_ms = 200};
    memory.events[1] =
        (struct memory_event){.after = 4, .type = MOOD_EVENT_ERROR, .result = MOOD_CONNECTOR_FENCED, .deadline_ms = 0};
    memory.event_count = 2;
    options.wait_ms = 5000;
    options.batch = 100;
    add_records(4);
    ck_assert_int_eq(run(), MOOD_ERR_CONNECTOR);
    ck_assert_uint_ge(memory.aborts, 1);
    assert_out_once(0);
}
END_TEST

/* The first batch is in the transaction when its partition is lost. */
START_TEST(a_lost_partition_aborts_it) {
    options.batch = 4;
    memory.events[0] = (struct memory_event){.after = 4, .type = MOOD_EVENT_LOST, .partition = 0};
    memory.event_count = 1;
    add_records(8);
    run_well();
    assert_out_once(8);
    ck_assert_uint_eq(memory.aborts, 1);
}
END_TEST

START_TEST(a_bad_record_stops_after_earlier_ones_are_committed) {
    use_json(false);
    memory_add(0, "{\"text\":\"good\"}");
    memory_add(0, "bad");
    memory_add(0, "{\"text\":\"never\"}");
    ck_assert_int_eq(run(), MOOD_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "all records before it are finished"));
    assert_out_once(1);
    ck_assert_int_eq(memory.committed[0], 1);
}
END_TEST

START_TEST(dead_letters_are_in_it) {
    use_json(false);
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    memory.commit_result = MOOD_CONNECTOR_ABORT;
    memory.commit_refusals = 1;
    memory_add(0, "bad");
    memory_add(0, "{\"text\":\"good\"}");
    run_well();
    assert_out_once(2);
    ck_assert(memory.outputs[0].dead_letter);
    ck_assert_uint_eq(last.dead_letters, 1);
}
END_TEST

static void stop_now(size_t count) {
    if (count == 3)
        stop = 1;
}

START_TEST(a_stop_commits) {
    memory.endless = true;
    memory.on_publish = stop_now;
    add_records(4);
    run_well();
    assert_out_once(4);
    ck_assert_int_eq(stream_end, MOOD_STREAM_STOPPED);
    ck_assert_int_eq(memory.committed[1], 2);
}
END_TEST

START_TEST(the_deadline_comes_before_the_commit) {
    memory.endless = true;
    memory.on_publish = stop_now;
    memory.commit_result = MOOD_CONNECTOR_RETRY;
    memory.commit_refusals = memory.abort_refusals = 100000000;
    add_records(4);
    run_well();
    assert_out_once(0); /* aborted by close */
    ck_assert_int_eq(stream_end, MOOD_STREAM_DEADLINE);
    ck_assert_int_eq(memory.committed[0], -1);
}
END_TEST

START_TEST(fenced) {
    memory.commit_result = MOOD_CONNECTOR_FENCED;
    memory.commit_refusals = 1;
    add_records(4);
    ck_assert_int_eq(run(), MOOD_ERR_CONNECTOR);
    ck_assert_int_eq(stream_end, MOOD_STREAM_FENCED);
    assert_out_once(0);
}
END_TEST

START_TEST(a_scorer_that_fails_for_good) {
    options.batch = 2;
    test_scorer.fail_class = MOOD_CLASS_FATAL;
    test_scorer.fail_calls = 1;
    add_records(2);
    ck_assert_int_eq(run(), MOOD_ERR_DEVICE);
    assert_out_once(0);
    ck_assert_int_eq(memory.committed[0], -1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("transaction");
    TCase *all = tcase_create("transaction");
    tcase_add_checked_fixture(all, begin_exactly_once, end);
    tcase_set_timeout(all, 30);
    tcase_add_test(all, outputs_and_positions_together);
    tcase_add_test(all, batches_share_a_transaction);
    tcase_add_test(all, an_idle_input_ends_it);
    tcase_add_test(all, a_rejected_commit_is_aborted_and_repeated);
    tcase_add_test(all, a_slow_commit);
    tcase_add_test(all, a_failed_publish_aborts_it);
    tcase_add_test(all, begin_is_retried);
    tcase_add_test(all, a_revocation_ends_it);
    tcase_add_test(all, a_revocation_that_it_can_not_be_committed_for);
    tcase_add_test(all, a_lost_partition_aborts_it);
    tcase_add_test(all, a_bad_record_stops_after_earlier_ones_are_committed);
    tcase_add_test(all, dead_letters_are_in_it);
    tcase_add_test(all, a_stop_commits);
    tcase_add_test(all, the_deadline_comes_before_the_commit);
    tcase_add_test(all, fenced);
    tcase_add_test(all, a_scorer_that_fails_for_good);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
