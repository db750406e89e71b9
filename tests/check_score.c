/* Scoring a batch: what is tried again, what becomes of a lost device and of a text that no scorer can read, and how another
 * scorer takes over. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "stream_fixture.h"

/* ---- texts that can't be scored --------------------------------------------------------------------------------- */

START_TEST(one_text_that_the_scorer_rejects) {
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    test_scorer.bad_text = "unreadable";
    memory_add(0, "one");
    memory_add(0, "unreadable");
    memory_add(0, "three");
    run_well();
    assert_value(0, NEGATIVE("0.0299999993", "0.970000029"));
    ck_assert(memory.outputs[1].dead_letter);
    ck_assert_ptr_nonnull(
        strstr(memory.outputs[1].headers, "mood.error.stage=score,mood.error.message=the scorer cannot"));
    assert_value(2, NEGATIVE("0.0500000007", "0.949999988"));
}
END_TEST

START_TEST(a_score_that_is_no_number) {
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    memory_add(0, "one");
    memory_add(0, "nan");
    memory_add(0, "three");
    run_well();
    ck_assert(memory.outputs[1].dead_letter);
    ck_assert_str_eq(memory.outputs[1].value, "nan");
    assert_value(2, NEGATIVE("0.0500000007", "0.949999988"));
}
END_TEST

/* ---- scorers that fail, and others --------------------------------------------------------------------------------- */

START_TEST(a_scorer_that_recovers) {
    test_scorer.fail_calls = 2;
    test_scorer.fail_class = MOOD_CLASS_RETRYABLE;
    memory_add(0, "one");
    run_well();
    ck_assert_uint_eq(test_scorer.calls, 3);
    ck_assert_uint_eq(memory.output_count, 1);
}
END_TEST

START_TEST(a_scorer_that_does_not_recover) {
    test_scorer.fail_calls = 1000;
    test_scorer.fail_class = MOOD_CLASS_FATAL;
    memory_add(0, "one");
    ck_assert_int_eq(run(), MOOD_ERR_DEVICE);
    ck_assert_ptr_nonnull(strstr(error.message, "scoring failed: the scorer is unavailable"));
    ck_assert_uint_eq(memory.output_count, 0);
    ck_assert_int_eq(memory.committed[0], -1);
    ck_assert(memory.closed);
}
END_TEST

/* A device that is lost is replaced, as often as there is another. */
static int replacements;
static mood_status replace(struct batch_scorer *scorer, const mood_error *failure, mood_error *err) {
    (void)scorer;
    if (!failure)
        return MOOD_OK;
    ck_assert_int_eq(failure->error_class, MOOD_CLASS_DEVICE_LOST);
    if (replacements-- > 0)
        return MOOD_OK;
    *err = *failure;
    return failure->status;
}

START_TEST(a_lost_device_is_replaced) {
    test_scorer.fail_calls = 2;
    test_scorer.fail_class = MOOD_CLASS_DEVICE_LOST;
    test_scorer.renew = replace;
    replacements = 2;
    memory_add(0, "one");
    memory_add(0, "two");
    run_well();
    ck_assert_uint_eq(test_scorer.calls, 3);
    ck_assert_uint_eq(memory.output_count, 2);
    ck_assert_int_eq(replacements, 0);
}
END_TEST

START_TEST(without_another_device_the_stream_stops) {
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    test_scorer.fail_calls = 1000;
    test_scorer.fail_class = MOOD_CLASS_DEVICE_LOST;
    test_scorer.renew = replace;
    replacements = 0;
    memory_add(0, "one");
    memory_add(0, "two");
    ck_assert_int_eq(run(), MOOD_ERR_DEVICE);
    ck_assert_ptr_nonnull(strstr(error.message, "scoring failed: the scorer is unavailable"));
    ck_assert_uint_eq(memory.output_count, 0);
    ck_assert_int_eq(memory.committed[0], -1);
}
END_TEST

/* Nor is a good record put aside for a device that answers nobody, be there one record or more. */
START_TEST(a_device_that_fails_is_no_bad_record) {
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    test_scorer.fail_calls = 1000;
    test_scorer.fail_class = _i % 2 ? MOOD_CLASS_RETRYABLE : MOOD_CLASS_DEVICE_LOST;
    test_scorer.renew = replace;
    replacements = 1000;
    for (int i = 0; i < (_i < 2 ? 1 : 3); i++)
        memory_add(0, "one");
    ck_assert_int_eq(run(), MOOD_ERR_DEVICE);
    ck_assert_uint_eq(memory.output_count, 0);
    ck_assert_int_eq(memory.committed[0], -1);
}
END_TEST

/* The text that no device survives, among those that all do. */
START_TEST(a_poisoned_batch_is_cut_down_to_the_record) {
    static const mood_error_class classes[] = {MOOD_CLASS_INPUT, MOOD_CLASS_RETRYABLE, MOOD_CLASS_DEVICE_LOST};
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    test_scorer.bad_text = "poison";
    test_scorer.bad_class = classes[_i % 3];
    test_scorer.renew = replace;
    replacements = 1000;
    int count = _i / 3 ? 1 : 100;
    for (int i = 0; i < count; i++)
        memory_add(0, i == count * 2 / 3 ? "poison" : "text");
    run_well();
    ck_assert_uint_eq(memory.output_count, (size_t)count);
    for (int i = 0; i < count; i++)
        ck_assert(memory.outputs[i].dead_letter == (i == count * 2 / 3));
    ck_assert_int_eq(memory.committed[0], count);
}
END_TEST

static const char *const digests[] = {"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", NULL};
static mood_status take_another(struct batch_scorer *scorer, const mood_error *failure, mood_error *err) {
    (void)failure;
    const char *next = digests[test_scorer.calls];
    if (!next)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no third");
    scorer->digest = next;
    return MOOD_OK;
}

START_TEST(another_model_between_two_batches) {
    options.batch = 2;
    test_scorer.renew = take_another;
    for (int i = 0; i < 4; i++)
        memory_add(0, "text");
    run_well();
    ck_assert_uint_eq(test_scorer.calls, 2);
    for (size_t i = 0; i < 4; i++)
        ck_assert_ptr_nonnull(
            strstr(memory.outputs[i].headers, i < 2 ? "mood.model=aaaaaaaaaaaa," : "mood.model=bbbbbbbbbbbb,"));
}
END_TEST

START_TEST(a_model_that_does_not_fit_stops_before_the_batch) {
    options.batch = 2;
    test_scorer.renew = take_another;
    for (int i = 0; i < 5; i++)
        memory_add(0, "text");
    ck_assert_int_eq(run(), MOOD_ERR_ARGUMENT);
    ck_assert_uint_eq(memory.output_count, 4);
    ck_assert_int_eq(memory.committed[0], 4);
    ck_assert(memory.closed);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("score");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, begin, end);
    tcase_set_timeout(all, 30);
    tcase_add_test(all, one_text_that_the_scorer_rejects);
    tcase_add_test(all, a_score_that_is_no_number);
    tcase_add_test(all, a_scorer_that_recovers);
    tcase_add_test(all, a_scorer_that_does_not_recover);
    tcase_add_test(all, a_lost_device_is_replaced);
    tcase_add_test(all, without_another_device_the_stream_stops);
    tcase_add_loop_test(all, a_device_that_fails_is_no_bad_record, 0, 4);
    tcase_add_loop_test(all, a_poisoned_batch_is_cut_down_to_the_record, 0, 6);
    tcase_add_test(all, another_model_between_two_batches);
    tcase_add_test(all, a_model_that_does_not_fit_stops_before_the_batch);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
