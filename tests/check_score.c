/* Scoring a batch: retries, lost devices, records that can't be scored, and replacing the scorer. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "stream_fixture.h"

/* ---- records that can't be scored ------------------------------------------------------------------------------- */

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

START_TEST(a_score_that_is_not_finite) {
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

/* ---- scorers that fail, and replacements --------------------------------------------------------------------- */

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

/* A lost device is replaced if there is another one. */
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

/* A failing device does not make a valid record a dead letter, whether there are one or several records. */
START_TEST(a_failing_device_makes_no_dead_letter) {
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

/* A record that makes every device fail, among valid records. */
START_TEST(a_poison_record_is_isolated) {
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

START_TEST(the_model_is_replaced_between_batches) {
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
    tcase_add_test(all, a_score_that_is_not_finite);
    tcase_add_test(all, a_scorer_that_recovers);
    tcase_add_test(all, a_scorer_that_does_not_recover);
    tcase_add_test(all, a_lost_device_is_replaced);
    tcase_add_test(all, without_another_device_the_stream_stops);
    tcase_add_loop_test(all, a_failing_device_makes_no_dead_letter, 0, 4);
    tcase_add_loop_test(all, a_poison_record_is_isolated, 0, 6);
    tcase_add_test(all, the_model_is_replaced_between_batches);
    tcase_add_test(all, a_model_that_does_not_fit_stops_before_the_batch);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
