/* Committed positions never pass an undelivered output. */
#include <check.h>
#include <stdlib.h>

#include "../plugin/kafka/tracker.h"

static struct tracker *tracker;

static void begin(void) {
    tracker = tracker_create();
    ck_assert_ptr_nonnull(tracker);
}

static void end(void) {
    tracker_destroy(tracker);
}

static void assert_taken(int32_t partition, int64_t position) {
    int32_t taken_partition;
    int64_t taken;
    ck_assert(tracker_take(tracker, &taken_partition, &taken));
    ck_assert_int_eq(taken_partition, partition);
    ck_assert_int_eq(taken, position);
}

static void assert_nothing_to_take(void) {
    int32_t partition;
    int64_t position;
    ck_assert(!tracker_take(tracker, &partition, &position));
}

START_TEST(nothing_is_known_at_first) {
    ck_assert_int_eq(tracker_position(tracker, 0), -1);
    ck_assert_int_eq(tracker_position(tracker, 99), -1);
    ck_assert_int_eq(tracker_position(tracker, -1), -1);
    assert_nothing_to_take();
}
END_TEST

START_TEST(waits_for_the_oldest) {
    struct delivery *deliveries[5];
    for (int i = 0; i < 5; i++)
        deliveries[i] = tracker_add(tracker, 2, 100 + i);
    ck_assert(tracker_acknowledge(tracker, 2, 105));
    ck_assert_uint_eq(tracker_outstanding(tracker), 5);
    assert_taken(2, 100);
    tracker_done(tracker, deliveries[1]);
    tracker_done(tracker, deliveries[3]);
    ck_assert_int_eq(tracker_position(tracker, 2), 100);
    assert_nothing_to_take();
    tracker_done(tracker, deliveries[0]); /* 0 and 1 were delivered */
    assert_taken(2, 102);
    tracker_done(tracker, deliveries[2]);
    assert_taken(2, 104);
    tracker_done(tracker, deliveries[4]);
    assert_taken(2, 105);
    ck_assert_uint_eq(tracker_outstanding(tracker), 0);
    assert_nothing_to_take();
}
END_TEST

START_TEST(waits_for_the_host) {
    struct delivery *delivery = tracker_add(tracker, 0, 7);
    tracker_done(tracker, delivery);
    ck_assert_int_eq(tracker_position(tracker, 0), -1); /* delivered, but not acknowledged */
    assert_nothing_to_take();
    ck_assert(tracker_acknowledge(tracker, 0, 8));
    assert_taken(0, 8);
    ck_assert(tracker_acknowledge(tracker, 0, 12)); /* records without an output */
    assert_taken(0, 12);
}
END_TEST

START_TEST(taken_again) {
    tracker_take_again(tracker, 1); /* there is no such partition */
    assert_nothing_to_take();
    ck_assert(tracker_acknowledge(tracker, 1, 9));
    assert_taken(1, 9);
    tracker_take_again(tracker, 1);
    assert_taken(1, 9);
    ck_assert(tracker_acknowledge(tracker, 1, 10));
    tracker_take_again(tracker, 1);
    assert_taken(1, 10); /* once, and the newest */
    assert_nothing_to_take();
}
END_TEST

START_TEST(several_outputs_of_a_record) {
    struct delivery *one = tracker_add(tracker, 0, 5), *two = tracker_add(tracker, 0, 5);
    ck_assert(tracker_acknowledge(tracker, 0, 6));
    tracker_done(tracker, two);
    ck_assert_int_eq(tracker_position(tracker, 0), 5);
    tracker_done(tracker, one);
    ck_assert_int_eq(tracker_position(tracker, 0), 6);
}
END_TEST

START_TEST(out_of_order) {
    struct delivery *late = tracker_add(tracker, 0, 9), *early = tracker_add(tracker, 0, 4);
    ck_assert(tracker_acknowledge(tracker, 0, 10));
    ck_assert_int_eq(tracker_position(tracker, 0), 4);
    tracker_done(tracker, late);
    ck_assert_int_eq(tracker_position(tracker, 0), 4);
    tracker_done(tracker, early);
    ck_assert_int_eq(tracker_position(tracker, 0), 10);
}
END_TEST

START_TEST(taken_back) {
    struct delivery *one = tracker_add(tracker, 0, 1), *two = tracker_add(tracker, 0, 2);
    ck_assert(tracker_acknowledge(tracker, 0, 3));
    tracker_take_back(tracker, two);
    tracker_done(tracker, one);
    ck_assert_int_eq(tracker_position(tracker, 0), 3);
    ck_assert_uint_eq(tracker_outstanding(tracker), 0);
}
END_TEST

START_TEST(forgotten_partitions_are_not_counted) {
    struct delivery *one = tracker_add(tracker, 1, 50), *two = tracker_add(tracker, 1, 51);
    ck_assert(tracker_acknowledge(tracker, 1, 52));
    tracker_done(tracker, two);
    tracker_forget(tracker, 1);
    ck_assert_int_eq(tracker_position(tracker, 1), -1);
    ck_assert_uint_eq(tracker_outstanding(tracker), 0);
    assert_nothing_to_take();
    struct delivery *again = tracker_add(tracker, 1, 10); /* assigned again, at an earlier offset */
    ck_assert(tracker_acknowledge(tracker, 1, 11));
    tracker_done(tracker, one); /* a late report from the previous assignment */
    ck_assert_int_eq(tracker_position(tracker, 1), 10);
    tracker_done(tracker, again);
    ck_assert_int_eq(tracker_position(tracker, 1), 11);
}
END_TEST

START_TEST(a_failed_output_holds_the_position) {
    struct delivery *one = tracker_add(tracker, 0, 1), *two = tracker_add(tracker, 0, 2);
    struct delivery *three = tracker_add(tracker, 0, 3);
    ck_assert(tracker_acknowledge(tracker, 0, 4));
    tracker_failed(tracker, two);
    tracker_done(tracker, one);
    tracker_done(tracker, three);
    ck_assert_int_eq(tracker_position(tracker, 0), 2);
    tracker_forget(tracker, 0); /* releases two and three */
    struct delivery *late = tracker_add(tracker, 0, 9);
    tracker_forget(tracker, 0);
    tracker_failed(tracker, late); /* releases itself */
}
END_TEST

/* Every order of arrival: the position always equals that of a simple reference. */
START_TEST(any_order_of_arrival) {
    enum { N = 200 };
    struct delivery *deliveries[N];
    bool arrived[N] = {false};
    srand((unsigned)_i);
    for (int i = 0; i < N; i++)
        deliveries[i] = tracker_add(tracker, i % 3, i);
    for (int partition = 0; partition < 3; partition++)
        ck_assert(tracker_acknowledge(tracker, partition, N));
    for (int left = N; left > 0; left--) {
        int nth = rand() % left, pick = 0;
        while (arrived[pick] || nth-- > 0)
            pick++;
        tracker_done(tracker, deliveries[pick]);
        arrived[pick] = true;
        for (int partition = 0; partition < 3; partition++) {
            int64_t expected = N;
            for (int i = N - 1; i >= 0; i--)
                if (i % 3 == partition && !arrived[i])
                    expected = i;
            ck_assert_int_eq(tracker_position(tracker, partition), expected);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tracker");
    TCase *all = tcase_create("tracker");
    tcase_add_checked_fixture(all, begin, end);
    tcase_add_test(all, nothing_is_known_at_first);
    tcase_add_test(all, waits_for_the_oldest);
    tcase_add_test(all, waits_for_the_host);
    tcase_add_test(all, taken_again);
    tcase_add_test(all, several_outputs_of_a_record);
    tcase_add_test(all, out_of_order);
    tcase_add_test(all, taken_back);
    tcase_add_test(all, forgotten_partitions_are_not_counted);
    tcase_add_test(all, a_failed_output_holds_the_position);
    tcase_add_loop_test(all, any_order_of_arrival, 0, 20);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
