/* Replay of dead letters: destinations, contents, errors, and each record once. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "stream_fixture.h"

static mood_replay replaying;
static mood_stream_statistics last;

static void keep_statistics(const mood_stream_statistics *statistics, void *user) {
    (void)user;
    for (size_t i = 0; i < MOOD_STAGES; i++)
        ck_assert_uint_ge(statistics->replayed[i], last.replayed[i]); /* counts never decrease */
    last = *statistics;
}

static void begin_replay(void) {
    begin();
    options.guarantee = MOOD_EXACTLY_ONCE;
    options.on_statistics = keep_statistics;
    options.statistics_ms = 1;
    replaying = (mood_replay)MOOD_REPLAY;
    replaying.id = "this-run";
    last = (mood_stream_statistics){0};
}

static mood_status replay(void) {
    return mood_stream_replay(&options, &replaying, &stream_end, &error);
}

static void replay_well(void) {
    mood_status status = replay();
    ck_assert_msg(status == MOOD_OK, "%s", error.message);
    ck_assert_int_eq(stream_end, MOOD_STREAM_INPUT_ENDED);
    ck_assert(memory.closed && !memory.in_transaction);
    ck_assert_uint_eq(test_scorer.calls, 0);
}

static void assert_stopped(const char *reason) {
    ck_assert_int_eq(replay(), MOOD_ERR_FORMAT);
    ck_assert_int_eq(error.error_class, MOOD_CLASS_INPUT);
    ck_assert_int_eq(stream_end, MOOD_STREAM_FAILED);
    ck_assert_msg(strstr(error.message, reason) != NULL, "'%s' is not in: %s", reason, error.message);
    ck_assert(memory.closed && !memory.in_transaction);
}

#define HEADER(name, text)                                                                                             \
    { name, text, sizeof text - 1 }
#define COUNT(array) (sizeof array / sizeof *array)

/* The headers that a stream writes: from partition 5 of "texts". */
static const mood_header letter[] = {
    HEADER("color", "blue"),
    {"empty", NULL, 0},
    HEADER("mood.model", "0123456789ab"),
    HEADER("mood.error.topic", "texts"),
    HEADER("mood.error.partition", "5"),
    HEADER("mood.error.offset", "77"),
    HEADER("mood.error.stage", "parse"),
    HEADER("mood.error.message", "not JSON"),
};

static void add_letter(int32_t partition, const char *value) {
    memory_add(partition, value);
    memory_set_headers(letter, COUNT(letter));
}

/* ---- contents ------------------------------------------------------------------------------------------------ */

START_TEST(a_dead_letter_is_replayed_unchanged) {
    add_letter(0, "{broken\xff");
    replay_well();
    ck_assert_uint_eq(memory.output_count, 1);
    const struct memory_output *output = &memory.outputs[0];
    assert_value(0, "{broken\xff");
    ck_assert_str_eq(output->topic, "texts");
    ck_assert_int_eq(output->partition, 5);
    ck_assert_str_eq(output->key, "key");
    ck_assert_int_eq(output->timestamp, 1000);
    ck_assert(!output->dead_letter);
    ck_assert_str_eq(output->headers, "color=blue,empty=,mood.replay=this-run");
    ck_assert_int_eq(memory.committed[0], 1);
}
END_TEST

START_TEST(a_tombstone_stays_one) {
    add_letter(0, NULL);
    add_letter(0, "");
    replay_well();
    assert_value(0, NULL);
    assert_value(1, "");
}
END_TEST

/* It became a dead letter, was replayed, and became one again in another partition: the newest headers are used. */
START_TEST(the_newest_headers_are_used) {
    static const mood_header again[] = {
        HEADER("mood.replay", "earlier-run"),
        HEADER("mood.error.topic", "others"),
        HEADER("mood.error.partition", "1"),
        HEADER("mood.error.stage", "parse"),
        HEADER("color", "red"),
        HEADER("mood.source", "x/1/2"),
        HEADER("mood.error.topic", "texts"),
        HEADER("mood.error.partition", "2147483647"),
        HEADER("mood.error.stage", "score"),
    };
    memory_add(0, "text");
    memory_set_headers(again, COUNT(again));
    replay_well();
    ck_assert_str_eq(memory.outputs[0].topic, "texts");
    ck_assert_int_eq(memory.outputs[0].partition, INT32_MAX);
    ck_assert_str_eq(memory.outputs[0].headers, "color=red,mood.replay=this-run");
    ck_assert_uint_eq(last.replayed[MOOD_STAGE_SCORE], 1);
}
END_TEST

START_TEST(a_topic_can_be_named) {
    replaying.topic = "elsewhere";
    add_letter(0, "one");
    memory_add(0, "nobody's"); /* no headers of mood's */
    replay_well();
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(memory.outputs[i].topic, "elsewhere");
        ck_assert_int_eq(memory.outputs[i].partition, -1);
        ck_assert_str_eq(memory.outputs[i].headers, "color=blue,empty=,mood.replay=this-run");
    }
    ck_assert_uint_eq(last.replayed[MOOD_STAGE_PARSE], 1);
    ck_assert_uint_eq(last.replayed[MOOD_STAGE_UNKNOWN], 1);
}
END_TEST

START_TEST(a_record_with_a_problem_stops_it) {
    add_letter(0, "one");
    add_letter(0, "the beginning of");
    memory.records[1].problem = "it has 99 bytes";
    assert_stopped("reviews/0/1: replay: it has 99 bytes");
    ck_assert_uint_eq(memory.output_count, 1);
}
END_TEST

/* ---- errors -------------------------------------------------------------------------------------------------- */

START_TEST(a_record_without_headers_stops_it) {
    options.on_error = MOOD_ON_ERROR_SKIP; /* an option of scoring: a replay skips nothing */
    add_letter(0, "one");
    memory_add(0, "nobody's");
    add_letter(0, "three");
    assert_stopped("reviews/0/1: replay: it has no headers mood.error.topic and");
    ck_assert_ptr_nonnull(strstr(error.message, "-o TOPIC"));
    ck_assert_uint_eq(memory.output_count, 1); /* records before it were replayed */
    ck_assert_int_eq(memory.committed[0], 1);
}
END_TEST

#define PLACE(topic, partition)                                                                                        \
    { HEADER("mood.error.topic", topic), HEADER("mood.error.partition", partition) }
static const struct {
    mood_header headers[2];
    const char *reason;
} bad_places[] = {
    {PLACE("", "1"), "it has no headers"},
    {PLACE("texts", ""), "it has no headers"},
    {PLACE("texts", "-1"), "it has no headers"},
    {PLACE("texts", "1x"), "it has no headers"},
    {PLACE("texts", "2147483648"), "it has no headers"},
    {PLACE("texts", "99999999999999999999999"), "it has no headers"},
    {{HEADER("mood.error.topic", "texts"), HEADER("color", "5")}, "it has no headers"},
    {{{"mood.error.topic", NULL, 0}, HEADER("mood.error.partition", "1")}, "it has no headers"},
    {PLACE("reviews\0", "1"), "it has no headers"},
    {PLACE("reviews", "1"), "names the topic that it is in"},
};

START_TEST(invalid_headers_stop_it) {
    memory_add(0, "text");
    memory_set_headers(bad_places[_i].headers, 2);
    assert_stopped(bad_places[_i].reason);
    ck_assert_uint_eq(memory.output_count, 0);
    ck_assert_int_eq(memory.committed[0], -1);
}
END_TEST

START_TEST(a_record_that_fails_again_stops_it) {
    static const mood_header fallen[] = {
        HEADER("mood.replay", "this-run"),         HEADER("mood.error.topic", "texts"),
        HEADER("mood.error.partition", "5"),       HEADER("mood.error.stage", "parse"),
        HEADER("mood.error.message", "not\nJSON"),
    };
    add_letter(0, "one");
    memory_add(0, "one");
    memory_set_headers(fallen, COUNT(fallen));
    replaying.topic = _i ? "elsewhere" : NULL;
    assert_stopped("reviews/0/1: replay: it was put back in this run and failed again, so the cause is not fixed: "
                   "parse: not JSON; all records");
    ck_assert_uint_eq(memory.output_count, 1);
    ck_assert_int_eq(memory.committed[0], 1);
}
END_TEST

START_TEST(an_output_that_is_rejected_stops_it) {
    memory.reject_output = 2;
    add_letter(0, "one");
    add_letter(0, "two");
    assert_stopped("reviews/0/1: publish: the output is refused; all records");
    ck_assert_int_eq(memory.committed[0], 1);
}
END_TEST

START_TEST(options_are_checked) {
    ck_assert_int_eq(mood_stream_replay(NULL, &replaying, NULL, NULL), MOOD_ERR_ARGUMENT);
    ck_assert_int_eq(mood_stream_replay(&options, NULL, NULL, NULL), MOOD_ERR_ARGUMENT);
    replaying.id = "";
    ck_assert_int_eq(replay(), MOOD_ERR_ARGUMENT);
    replaying.id = "this-run";
    replaying.size--;
    ck_assert_int_eq(replay(), MOOD_ERR_ARGUMENT);
    replaying.size++;
    options.batch = 0;
    ck_assert_int_eq(replay(), MOOD_ERR_ARGUMENT);
}
END_TEST

/* ---- each once, and in order --------------------------------------------------------------------------------- */

static void add_letters(size_t n) {
    for (size_t i = 0; i < n; i++)
        add_letter((int32_t)(i % 2), "text");
}

static void assert_back_once(size_t n) {
    assert_each_once(n);
    ck_assert_uint_eq(last.replayed[MOOD_STAGE_PARSE], n);
}

START_TEST(each_is_replayed_once) {
    options.batch = 3;
    add_letters(10);
    replay_well();
    assert_back_once(10);
    ck_assert_int_eq(memory.committed[0], 5);
    ck_assert_int_eq(memory.committed[1], 5);
}
END_TEST

START_TEST(aborted_records_are_read_again) {
    options.batch = 3;
    memory.abort_publish = 5;
    memory.commit_result = MOOD_CONNECTOR_ABORT;
    memory.commit_refusals = 1;
    add_letters(10);
    replay_well();
    assert_back_once(10);
    ck_assert_uint_eq(last.aborted_transactions, 2);
}
END_TEST

static void stop_now(size_t count) {
    if (count == 3)
        stop = 1;
}

START_TEST(a_stop_finishes_the_batch) {
    options.batch = 4;
    memory.endless = true;
    memory.on_publish = stop_now;
    add_letters(8);
    ck_assert_int_eq(replay(), MOOD_OK);
    ck_assert_int_eq(stream_end, MOOD_STREAM_STOPPED);
    assert_back_once(4);
    ck_assert_int_eq(memory.committed[1], 2);
}
END_TEST

START_TEST(fenced_by_another_instance) {
    memory.commit_result = MOOD_CONNECTOR_FENCED;
    memory.commit_refusals = 1;
    add_letters(4);
    ck_assert_int_eq(replay(), MOOD_ERR_CONNECTOR);
    ck_assert_int_eq(stream_end, MOOD_STREAM_FENCED);
    ck_assert_uint_eq(memory.output_count, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("replay");
    TCase *all = tcase_create("replay");
    tcase_add_checked_fixture(all, begin_replay, end);
    tcase_set_timeout(all, 30);
    tcase_add_test(all, a_dead_letter_is_replayed_unchanged);
    tcase_add_test(all, a_tombstone_stays_one);
    tcase_add_test(all, the_newest_headers_are_used);
    tcase_add_test(all, a_topic_can_be_named);
    tcase_add_test(all, a_record_with_a_problem_stops_it);
    tcase_add_test(all, a_record_without_headers_stops_it);
    tcase_add_loop_test(all, invalid_headers_stop_it, 0, COUNT(bad_places));
    tcase_add_loop_test(all, a_record_that_fails_again_stops_it, 0, 2);
    tcase_add_test(all, an_output_that_is_rejected_stops_it);
    tcase_add_test(all, options_are_checked);
    tcase_add_test(all, each_is_replayed_once);
    tcase_add_test(all, aborted_records_are_read_again);
    tcase_add_test(all, a_stop_finishes_the_batch);
    tcase_add_test(all, fenced_by_another_instance);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
