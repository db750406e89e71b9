/* The stream between a connector in memory and a scorer that counts letters: batches, order, positions, dead
 * letters, output, and all ways to stop. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stream/histogram.h"
#include "stream_fixture.h"

/* ---- results ------------------------------------------------------------------------------------------------- */

START_TEST(a_text_becomes_a_result) {
    memory_add(0, "five!");
    run_well();
    ck_assert_int_eq(stream_end, MOOD_STREAM_INPUT_ENDED);
    ck_assert_uint_eq(memory.output_count, 1);
    const struct memory_output *output = &memory.outputs[0];
    assert_value(0, NEGATIVE("0.0500000007", "0.949999988"));
    ck_assert_str_eq(output->key, "key");
    ck_assert_int_eq(output->timestamp, 1000);
    ck_assert(!output->dead_letter);
    ck_assert_str_eq(output->headers, "color=blue,empty=,mood.model=0123456789ab,mood.source=reviews/0/0");
    ck_assert_int_eq(memory.committed[0], 1);
}
END_TEST

/* Headers of an input record with mood's names are not passed on: only mood writes these names. */
static const mood_header forged[] = {
    {"mood.source", "elsewhere/0/0", 13},
    {"color", "blue", 4},
    {"mood.error.topic", "victim", 6},
    {"mood.model", "000000000000", 12},
    {"mood.replay", "run-a", 5},
    {"mood.replay", "run-b", 5},
    {"mood.future", NULL, 0},
    {"moody", "passes", 6},
};

START_TEST(forged_headers_do_not_pass) {
    memory_add(0, "five!");
    memory_set_headers(forged, sizeof forged / sizeof *forged);
    memory_add(0, NULL);
    memory_set_headers(forged, sizeof forged / sizeof *forged);
    run_well();
    for (size_t i = 0; i < 2; i++) {
        char expected[128];
        snprintf(expected, sizeof expected, "color=blue,moody=passes,mood.model=0123456789ab,mood.source=reviews/0/%zu",
                 i);
        ck_assert_str_eq(memory.outputs[i].headers, expected);
    }
}
END_TEST

START_TEST(dead_letters_drop_forged_headers) {
    use_json(false);
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    memory_add(0, "no JSON");
    memory_set_headers(forged, sizeof forged / sizeof *forged);
    run_well();
    const char *headers = memory.outputs[0].headers; /* a replay recognizes its own records by this header */
    ck_assert_ptr_eq(strstr(headers, "color=blue,moody=passes,mood.model=0123456789ab,mood.replay=run-b,"
                                     "mood.error.topic=reviews,mood.error.partition=0,mood.error.offset=0,"),
                     headers);
    ck_assert_ptr_null(strstr(headers, "victim"));
}
END_TEST

START_TEST(a_label_is_escaped) {
    char text[80];
    memset(text, 'x', 79);
    text[79] = '\0';
    memory_add(0, text);
    run_well();
    assert_value(0, "{\"label\":\"posi\\\"tive\",\"score\":0.790000021,\"confidence\":0.790000021,"
                    "\"scores\":{\"negative\":0.209999979,\"posi\\\"tive\":0.790000021}}");
}
END_TEST

START_TEST(more_classes_have_all_scores) {
    test_outputs = 3;
    memory_add(0, "ab");
    run_well();
    assert_value(0, "{\"label\":\"negative\",\"score\":0.0199999996,\"confidence\":0.0199999996,\"scores\":{"
                    "\"negative\":0.0199999996,"
                    "\"posi\\\"tive\":0.0198019799,\"third\":0.0196078438}}");
}
END_TEST

START_TEST(two_classes_with_an_output_each) {
    test_outputs = 2;
    memory_add(0, "ab");
    run_well();
    assert_value(0, "{\"label\":\"negative\",\"score\":0.0199999996,\"confidence\":0.0199999996,"
                    "\"scores\":{\"negative\":0.0199999996,\"posi\\\"tive\":0.0198019799}}");
}
END_TEST

/* The score is the positive label's, the confidence the label's own. */
START_TEST(confidence_is_the_label_s_own_score) {
    char text[100] = {0};
    memset(text, 'x', 79);
    memory_add(0, text);
    memory_add(0, "ab");
    run_well();
    assert_value(0, "{\"label\":\"posi\\\"tive\",\"score\":0.790000021,\"confidence\":0.790000021,"
                    "\"scores\":{\"negative\":0.209999979,\"posi\\\"tive\":0.790000021}}");
    assert_value(1, NEGATIVE("0.0199999996", "0.980000019"));
}
END_TEST

static uint64_t counted[3];

static void count_labels(const mood_stream_statistics *statistics, void *user) {
    (void)user;
    for (size_t i = 0; i < statistics->label_count; i++)
        counted[i] = statistics->labels[i];
}

START_TEST(several_labels_are_written_and_counted) {
    char text[100] = {0};
    test_outputs = 3;
    test_multi_label = true;
    memset(text, 'x', 51); /* scores 0.51, 51/101, and 51/102, which is not above 0.5 */
    memory_add(0, text);
    memory_add(0, "ab");
    options.on_statistics = count_labels;
    run_well();
    assert_value(0, "{\"labels\":[\"negative\",\"posi\\\"tive\"],\"scores\":{\"negative\":0.50999999,"
                    "\"posi\\\"tive\":0.504950523,\"third\":0.5}}");
    assert_value(1, "{\"labels\":[],\"scores\":{\"negative\":0.0199999996,\"posi\\\"tive\":0.0198019799,"
                    "\"third\":0.0196078438}}");
    ck_assert_uint_eq(counted[0], 1);
    ck_assert_uint_eq(counted[1], 1);
    ck_assert_uint_eq(counted[2], 0);
}
END_TEST

START_TEST(scores_that_are_not_probabilities_have_no_confidence) {
    test_numbers = true;
    memory_add(0, "ab");
    run_well();
    assert_value(0, "{\"label\":\"negative\",\"score\":0.0199999996}");
}
END_TEST

START_TEST(a_tombstone_passes) {
    memory_add(0, NULL);
    memory_add(0, ""); /* not a tombstone: an empty text */
    run_well();
    assert_value(0, NULL);
    ck_assert_str_eq(memory.outputs[0].headers, "color=blue,empty=,mood.model=0123456789ab,mood.source=reviews/0/0");
    assert_value(1, NEGATIVE("0", "1"));
    ck_assert_int_eq(memory.committed[0], 2);
}
END_TEST

START_TEST(bytes_that_are_not_utf8_are_replaced) {
    memory_add_bytes(0, "a\xff\xfe\0z", 5); /* two U+FFFD of three bytes; a NUL stays */
    run_well();
    assert_value(0, NEGATIVE("0.0900000036", "0.909999967"));
}
END_TEST

/* ---- JSON
 * ------------------------------------------------------------------------------------------------------------ */

START_TEST(a_field_is_scored) {
    use_json(false);
    options.field = "body";
    memory_add(0, "{\"text\":\"no\",\"body\":\"\\u00e9\\u0000x\"}"); /* é, NUL and x: four bytes */
    memory_add(0, "\n [1]");
    run();
    assert_value(0, NEGATIVE("0.0399999991", "0.959999979"));
    ck_assert_ptr_nonnull(strstr(error.message, "reviews/0/1: parse: JSON, but not an object"));
}
END_TEST

static const struct {
    const char *value, *result;
} spliced[] = {
#define RESULT NEGATIVE("0.0199999996", "0.980000019")
    {"{\"text\":\"ab\"}", "{\"text\":\"ab\",\"sentiment\":" RESULT "}"},
    {"{\"text\":\"ab\" }  \n", "{\"text\":\"ab\" ,\"sentiment\":" RESULT "}  \n"},
    {"  {\"n\":1.50e+3,\"text\":\"ab\",\"big\":123456789012345678901234567890}",
     "  {\"n\":1.50e+3,\"text\":\"ab\",\"big\":123456789012345678901234567890,\"sentiment\":" RESULT "}"},
    {"{\"text\":\"x\",\"a\":{},\"text\":\"ab\"}", "{\"text\":\"x\",\"a\":{},\"text\":\"ab\",\"sentiment\":" RESULT "}"},
    {"{\"\\u0074ext\":\"a\\u0062\"}", "{\"\\u0074ext\":\"a\\u0062\",\"sentiment\":" RESULT "}"},
    {"{\"text\":\"ab\",\"bad\":\"\xff\"}", "{\"text\":\"ab\",\"bad\":\"\xff\",\"sentiment\":" RESULT "}"},
    {"{\"text\":\"ab\",\"s\":\"}\"\t}", "{\"text\":\"ab\",\"s\":\"}\"\t,\"sentiment\":" RESULT "}"},
#undef RESULT
};

START_TEST(the_result_is_spliced_into_the_bytes) {
    use_json(true);
    memory_add(0, spliced[_i].value);
    run_well();
    assert_value(0, spliced[_i].result);
}
END_TEST

START_TEST(the_member_can_be_named) {
    use_json(true);
    options.member = "a\"b";
    memory_add(0, "{\"text\":\"ab\",\"sentiment\":0}");
    run_well();
    assert_value(0, "{\"text\":\"ab\",\"sentiment\":0,\"a\\\"b\":" NEGATIVE("0.0199999996", "0.980000019") "}");
}
END_TEST

static const struct {
    const char *value, *reason;
} bad_json[] = {
    {"", "not JSON"},
    {"text", "not JSON"},
    {"\"text\"", "not JSON"},
    {"{\"text\":\"ab\"} x", "not JSON"},
    {"{\"text\":\"ab\"", "not JSON"},
    {"[\"text\"]", "not an object"},
    {"{\"text\":\"ab\",\"n\":1e999}", "message=JSON with a number out of range"},
    {"{}", "there is no member 'text'"},
    {"{\"text\":1}", "'text' is not a string"},
    {"{\"text\":null}", "'text' is not a string"},
    {"{\"text\":\"ab\",\"sentiment\":null}", "'sentiment' already"},
};

START_TEST(bad_json_is_a_dead_letter) {
    use_json(true);
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    memory_add(0, "{\"text\":\"ab\"}");
    memory_add(0, bad_json[_i].value);
    memory_add(0, "{\"text\":\"cd\"}");
    run_well();
    ck_assert_uint_eq(memory.output_count, 3);
    const struct memory_output *dead = &memory.outputs[1];
    ck_assert(dead->dead_letter);
    ck_assert_str_eq(dead->value, bad_json[_i].value);
    ck_assert_str_eq(dead->key, "key");
    ck_assert_int_eq(dead->timestamp, 1001);
    ck_assert_ptr_nonnull(strstr(dead->headers, "color=blue,empty=,mood.model=0123456789ab,mood.error.topic=reviews,"
                                                "mood.error.partition=0,mood.error.offset=1,mood.error.stage=parse,"
                                                "mood.error.message="));
    ck_assert_msg(strstr(dead->headers, bad_json[_i].reason) != NULL, "%s", dead->headers);
    ck_assert(!memory.outputs[2].dead_letter);
    ck_assert_int_eq(memory.committed[0], 3);
}
END_TEST

/* ---- records that can't be scored -------------------------------------------------------------------------------- */

START_TEST(a_bad_record_stops_without_dead_letters) {
    use_json(false);
    memory_add(0, "{\"text\":\"ab\"}");
    memory_add(1, "{\"text\":\"ab\"}");
    memory_add(0, "bad");
    memory_add(1, "{\"text\":\"never\"}");
    ck_assert_int_eq(run(), MOOD_ERR_FORMAT);
    ck_assert_int_eq(error.error_class, MOOD_CLASS_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "reviews/0/1: parse: not JSON"));
    ck_assert_int_eq(stream_end, MOOD_STREAM_FAILED);
    ck_assert_uint_eq(memory.output_count, 2); /* the records before it are delivered and acknowledged */
    ck_assert_int_eq(memory.committed[0], 1);
    ck_assert_int_eq(memory.committed[1], 1);
    ck_assert(memory.closed);
}
END_TEST

START_TEST(skipping_continues_after_it) {
    use_json(false);
    options.on_error = MOOD_ON_ERROR_SKIP;
    memory_add(0, "bad");
    memory_add(0, "{\"text\":\"ab\"}");
    memory_add(0, "bad");
    run_well();
    ck_assert_uint_eq(memory.output_count, 1);
    ck_assert_int_eq(memory.committed[0], 3);
}
END_TEST

START_TEST(a_rejected_output_is_a_dead_letter) {
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    memory.reject_output = 2;
    memory_add(0, "one");
    memory_add(0, "two!");
    run_well();
    ck_assert(memory.outputs[1].dead_letter);
    ck_assert_str_eq(memory.outputs[1].value, "two!");
    ck_assert_ptr_nonnull(strstr(memory.outputs[1].headers, "mood.error.stage=publish"));
    ck_assert_int_eq(memory.committed[0], 2);
}
END_TEST

START_TEST(a_rejected_output_stops_without_dead_letters) {
    memory.reject_output = 2;
    memory_add(0, "one");
    memory_add(0, "two!");
    ck_assert_int_eq(run(), MOOD_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "reviews/0/1: publish: the output is refused"));
    ck_assert_int_eq(memory.committed[0], 1);
}
END_TEST

/* ---- batches ------------------------------------------------------------------------------------------------- */

START_TEST(batches_are_bounded_by_count) {
    options.batch = 4;
    options.wait_ms = 1000;
    memory.poll_most = 3;
    for (int i = 0; i < 10; i++)
        memory_add(i % 2, "text");
    run_well();
    ck_assert_uint_eq(memory.output_count, 10);
    ck_assert_uint_eq(test_scorer.calls, 3);
    ck_assert_uint_eq(test_scorer.sizes[0], 4);
    ck_assert_uint_eq(test_scorer.sizes[1], 4);
    ck_assert_uint_eq(test_scorer.sizes[2], 2);
    for (size_t i = 0; i < 10; i++) { /* in the input's order */
        ck_assert_int_eq(memory.outputs[i].source.partition, (int)(i % 2));
        ck_assert_int_eq(memory.outputs[i].source.offset, (int)(i / 2));
    }
    ck_assert_int_eq(memory.committed[0], 5);
    ck_assert_int_eq(memory.committed[1], 5);
}
END_TEST

START_TEST(batches_are_bounded_by_bytes) {
    size_t size = 9 << 20;
    char *large = calloc(size, 1);
    ck_assert_ptr_nonnull(large);
    memset(large, 'a', size);
    options.wait_ms = 1000;
    memory.poll_most = 1;
    for (int i = 0; i < 5; i++)
        memory_add_bytes(0, large, size);
    free(large);
    run_well();
    ck_assert_uint_eq(memory.output_count, 5);
    ck_assert_uint_eq(test_scorer.calls, 3);
    ck_assert_uint_eq(test_scorer.sizes[0], 2);
    ck_assert_uint_eq(test_scorer.sizes[2], 1);
}
END_TEST

/* Keys and headers count as memory. */
START_TEST(keys_and_headers_count_as_bytes) {
    size_t size = 9 << 20;
    char *large = calloc(size, 1);
    ck_assert_ptr_nonnull(large);
    const mood_header header = {"large", large, size};
    options.wait_ms = 1000;
    memory.poll_most = 1;
    for (int i = 0; i < 5; i++) {
        memory_add(0, "text");
        if (i % 2) {
            memory.records[i].key = large;
            memory.records[i].key_size = size;
        } else
            memory_set_headers(&header, 1);
    }
    run_well();
    free(large);
    ck_assert_uint_eq(test_scorer.calls, 3);
    ck_assert_uint_eq(test_scorer.sizes[0], 2);
}
END_TEST

/* A record that the connector could not read completely. */
START_TEST(a_record_with_a_problem_is_bad) {
    memory_add(0, "the beginning of");
    memory.records[0].problem = "it has 99 bytes";
    memory_add(0, "good");
    options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    run_well();
    ck_assert(memory.outputs[0].dead_letter);
    assert_value(0, "the beginning of");
    ck_assert_ptr_nonnull(
        strstr(memory.outputs[0].headers, "mood.error.stage=parse,mood.error.message=it has 99 bytes"));
    ck_assert(!memory.outputs[1].dead_letter);
}
END_TEST

static double first_publish;
static void note_publish(size_t count) {
    if (count == 1)
        first_publish = clock_seconds();
    if (count == memory.record_count)
        stop = 1;
}

START_TEST(batches_are_bounded_by_time) {
    options.wait_ms = 150;
    memory.endless = true;
    memory.on_publish = note_publish;
    memory_add(0, "one");
    memory_add(0, "two");
    double start = clock_seconds();
    run_well();
    ck_assert_uint_eq(test_scorer.calls, 1); /* the batch was not full but was sent */
    ck_assert_double_ge(first_publish - start, 0.14);
    ck_assert_double_le(first_publish - start, 1.0);
    ck_assert_int_eq(stream_end, MOOD_STREAM_STOPPED);
}
END_TEST

START_TEST(acknowledged_after_it_is_published) {
    memory_add(0, "one");
    run_well();
    ck_assert_uint_eq(memory.commits, 1);
    ck_assert_uint_eq(memory.outputs_at_commit, 1);
    ck_assert(memory.flushed_since_publish);
}
END_TEST

START_TEST(at_most_once_acknowledges_before) {
    options.guarantee = MOOD_AT_MOST_ONCE;
    memory_add(0, "one");
    run_well();
    ck_assert_uint_eq(memory.commits, 1);
    ck_assert_uint_eq(memory.outputs_at_commit, 0);
    ck_assert_uint_eq(memory.output_count, 1);
}
END_TEST

/* A rebalancing group rejects positions: records of partitions that stay assigned are read again, and delivered
 * once. */
START_TEST(at_most_once_reads_again_what_was_not_committed) {
    options.guarantee = MOOD_AT_MOST_ONCE;
    memory.commit_result = MOOD_CONNECTOR_ABORT;
    memory.commit_refusals = 2;
    memory_add(0, "one");
    memory_add(1, "two");
    memory_add(0, "three");
    run_well();
    ck_assert_uint_eq(memory.output_count, 3);
    ck_assert_int_eq(memory.committed[0], 2);
    ck_assert_int_eq(memory.committed[1], 1);
}
END_TEST

/* ---- back-pressure ------------------------------------------------------------------------------------------- */

START_TEST(waits_while_the_queue_is_full) {
    memory.refuse_publish = 3;
    memory_add(0, "one");
    memory_add(0, "two");
    run_well();
    ck_assert_uint_eq(memory.output_count, 2);
    ck_assert_uint_ge(memory.flushes, 3);
    ck_assert_uint_eq(memory.pauses, 0);
}
END_TEST

static double pressure_start;
static void ease_pressure(void) {
    if (memory.paused && clock_seconds() - pressure_start > 1.5)
        memory.refuse_publish = 0;
}

START_TEST(pauses_the_input_while_the_queue_is_full) {
    memory.refuse_publish = 1000000;
    memory.on_poll = ease_pressure;
    pressure_start = clock_seconds();
    memory_add(0, "one");
    memory_add(0, "two");
    run_well();
    ck_assert_uint_eq(memory.output_count, 2);
    ck_assert_uint_eq(memory.pauses, 1);
    ck_assert_uint_eq(memory.resumes, 1);
    ck_assert_uint_lt(memory.publishes, 5000); /* it waits and does not poll in a loop */
    ck_assert_int_eq(memory.committed[0], 2);
}
END_TEST

/* ---- revoked and lost partitions ----------------------------------------------------------------------------- */

START_TEST(revoked_with_a_half_built_batch) {
    options.batch = 100;
    options.wait_ms = 5000;
    memory_add(0, "one");
    memory_add(1, "two");
    memory_add(0, "late");
    memory.events[0] =
        (struct memory_event){.after = 2, .type = MOOD_EVENT_REVOKED, .partition = 0, .deadline_ms = 5000};
    memory.event_count = 1;
    run_well();
    ck_assert_uint_eq(test_scorer.sizes[0], 2); /* the records in progress are finished at once */
    ck_assert_uint_eq(memory.output_count, 3);
    ck_assert_int_eq(memory.committed[0], 2);
}
END_TEST

START_TEST(lost_records_are_dropped) {
    options.batch = 100;
    options.wait_ms = 5000;
    memory_add(0, "one");
    memory_add(1, "two");
    memory.events[0] = (struct memory_event){.after = 2, .type = MOOD_EVENT_LOST, .partition = 0};
    memory.event_count = 1;
    run_well();
    ck_assert_uint_eq(memory.output_count, 1);
    ck_assert_int_eq(memory.outputs[0].source.partition, 1);
    ck_assert_int_eq(memory.committed[0], -1);
    ck_assert_int_eq(memory.committed[1], 1);
}
END_TEST

/* Revoked while the output accepts nothing: records are kept until the deadline, then dropped. */
START_TEST(revoked_under_back_pressure) {
    memory.refuse_publish = 1000000;
    memory.on_poll = ease_pressure;
    pressure_start = clock_seconds() + 1; /* the output accepts records only after the deadline of the revocation */
    memory_add(0, "one");
    memory_add(1, "two");
    memory.events[0] =
        (struct memory_event){.after = 2, .type = MOOD_EVENT_REVOKED, .partition = 0, .deadline_ms = 1000};
    memory.event_count = 1;
    options.batch = 2;
    run_well();
    ck_assert_uint_eq(memory.output_count, 1);
    ck_assert_int_eq(memory.outputs[0].source.partition, 1);
    ck_assert_int_eq(memory.committed[0], -1);
    ck_assert_int_eq(memory.committed[1], 1);
}
END_TEST

/* Its first output was accepted before the deadline but does not count: if the partition is assigned again, its
 * position is the group's. */
START_TEST(outputs_of_a_dropped_partition_are_not_acknowledged) {
    memory.refuse_publish = 1000000;
    memory.refuse_from = 1;
    memory.on_poll = ease_pressure;
    pressure_start = clock_seconds() + 1;
    memory_add(0, "one");
    memory_add(0, "two");
    memory_add(1, "three");
    memory.events[0] =
        (struct memory_event){.after = 3, .type = MOOD_EVENT_REVOKED, .partition = 0, .deadline_ms = 1000};
    memory.event_count = 1;
    options.batch = 3;
    run_well();
    ck_assert_uint_eq(memory.output_count, 2);
    ck_assert_int_eq(memory.committed[0], -1);
    ck_assert_int_eq(memory.committed[1], 1);
}
END_TEST

START_TEST(outputs_of_a_lost_partition_are_not_acknowledged) {
    memory.refuse_publish = 1000000;
    memory.refuse_from = 1;
    memory.on_poll = ease_pressure;
    pressure_start = clock_seconds();
    memory_add(0, "one");
    memory_add(0, "two");
    memory_add(1, "three");
    memory.events[0] = (struct memory_event){.after = 3, .type = MOOD_EVENT_LOST, .partition = 0};
    memory.event_count = 1;
    options.batch = 3;
    run_well();
    ck_assert_uint_eq(memory.output_count, 2);
    ck_assert_int_eq(memory.committed[0], -1);
    ck_assert_int_eq(memory.committed[1], 1);
}
END_TEST

/* The partition of the record at which the stream would stop is revoked while earlier records wait for the output;
 * later records, of a partition that stays assigned, are still processed. */
START_TEST(a_bad_record_of_a_revoked_partition_does_not_stop) {
    use_json(false);
    memory.refuse_publish = 1000000;
    memory.on_poll = ease_pressure;
    pressure_start = clock_seconds();
    memory_add(1, "{\"text\":\"ab\"}");
    memory_add(0, "bad");
    memory_add(1, "{\"text\":\"cd\"}");
    memory.events[0] = (struct memory_event){.after = 3, .type = MOOD_EVENT_LOST, .partition = 0};
    memory.event_count = 1;
    options.batch = 3;
    run_well();
    ck_assert_uint_eq(memory.output_count, 2);
    ck_assert_int_eq(memory.outputs[1].source.offset, 1);
    ck_assert_int_eq(memory.committed[0], -1);
    ck_assert_int_eq(memory.committed[1], 2);
}
END_TEST

/* The same, but the scorer rejects the text after it: that record stops the stream, not one of the first part. */
START_TEST(a_bad_text_after_a_revoked_record) {
    use_json(false);
    memory.refuse_publish = 1000000;
    memory.on_poll = ease_pressure;
    pressure_start = clock_seconds();
    test_scorer.bad_text = "cd";
    memory_add(1, "{\"text\":\"ab\"}");
    memory_add(0, "bad");
    memory_add(1, "{\"text\":\"cd\"}");
    memory.events[0] = (struct memory_event){.after = 3, .type = MOOD_EVENT_LOST, .partition = 0};
    memory.event_count = 1;
    options.batch = 3;
    ck_assert_int_eq(run(), MOOD_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "/1/1: score: the scorer cannot read this"));
    ck_assert_uint_eq(memory.output_count, 1);
    ck_assert_int_eq(memory.committed[1], 1);
}
END_TEST

/* ---- stopping
 * --------------------------------------------------------------------------------------------------------- */

static void stop_at_three(size_t count) {
    if (count == 3)
        stop = 1;
}

START_TEST(a_stop_finishes_the_batch) {
    options.batch = 5;
    memory.endless = true;
    memory.on_publish = stop_at_three;
    for (int i = 0; i < 20; i++)
        memory_add(0, "text");
    run_well();
    ck_assert_int_eq(stream_end, MOOD_STREAM_STOPPED);
    ck_assert_uint_eq(memory.output_count, 5);
    ck_assert_int_eq(memory.committed[0], 5);
    ck_assert(memory.flushed_since_publish);
}
END_TEST

static void stop_now(void) {
    stop = 1;
}

START_TEST(a_stop_while_idle) {
    memory.endless = true;
    memory.on_poll = stop_now;
    run_well();
    ck_assert_int_eq(stream_end, MOOD_STREAM_STOPPED);
}
END_TEST

START_TEST(the_deadline_comes_first) {
    memory.flush_never = true;
    memory.endless = true;
    memory.on_publish = stop_at_three;
    options.deadline_ms = 4000; /* on a busy machine it may wait hundreds of milliseconds */
    for (int i = 0; i < 3; i++)
        memory_add(0, "text");
    double start = clock_seconds();
    run_well();
    ck_assert_int_eq(stream_end, MOOD_STREAM_DEADLINE);
    ck_assert_double_ge(clock_seconds() - start, 2.9);
    ck_assert_int_ge(memory.close_ms, 20); /* the last quarter is for committing and leaving the group */
    ck_assert_int_le(memory.close_ms, 1000);
}
END_TEST

START_TEST(the_deadline_under_back_pressure) {
    memory.refuse_publish = 1000000;
    memory.refuse_from = 3;
    memory.on_publish = stop_at_three; /* the fourth is not accepted */
    options.deadline_ms = 200;
    for (int i = 0; i < 5; i++)
        memory_add(0, "text");
    run_well();
    ck_assert_int_eq(stream_end, MOOD_STREAM_DEADLINE);
    ck_assert_uint_eq(memory.output_count, 3);
    ck_assert_int_eq(memory.committed[0], 3); /* only those three */
}
END_TEST

static void force(size_t count) {
    stop = count == 1 ? 2 : stop;
}

START_TEST(a_second_signal_forces) {
    options.deadline_ms = 60000;
    memory.flush_never = true;
    memory.on_publish = force;
    memory_add(0, "text");
    double start = clock_seconds();
    run_well();
    ck_assert_int_eq(stream_end, MOOD_STREAM_DEADLINE);
    ck_assert_int_eq(memory.close_ms, 0);
    ck_assert_double_le(clock_seconds() - start, 4);
}
END_TEST

/* ---- failures ------------------------------------------------------------------------------------------------ */

START_TEST(a_connector_that_fails) {
    memory_add(0, "one");
    memory_add(0, "two");
    memory.events[0] = (struct memory_event){.after = 1, .type = MOOD_EVENT_ERROR, .result = MOOD_CONNECTOR_FATAL};
    memory.event_count = 1;
    ck_assert_int_eq(run(), MOOD_ERR_CONNECTOR);
    ck_assert_str_eq(error.message, "trouble from outside");
    ck_assert(memory.closed);
}
END_TEST

START_TEST(a_transient_failure) {
    memory_add(0, "one");
    memory.events[0] = (struct memory_event){.after = 0, .type = MOOD_EVENT_ERROR, .result = MOOD_CONNECTOR_RETRY};
    memory.event_count = 1;
    run_well();
    ck_assert_uint_eq(memory.output_count, 1);
}
END_TEST

START_TEST(fenced_by_another_instance) {
    memory.events[0] = (struct memory_event){.after = 0, .type = MOOD_EVENT_ERROR, .result = MOOD_CONNECTOR_FENCED};
    memory.event_count = 1;
    ck_assert_int_eq(run(), MOOD_ERR_CONNECTOR);
    ck_assert_int_eq(stream_end, MOOD_STREAM_FENCED);
}
END_TEST

START_TEST(an_output_that_fails) {
    memory.fail_publish = 2;
    memory_add(0, "one");
    memory_add(0, "two");
    memory_add(0, "three");
    ck_assert_int_eq(run(), MOOD_ERR_CONNECTOR);
    ck_assert_int_eq(memory.committed[0], 1); /* the first alone */
    ck_assert(memory.closed);
}
END_TEST

START_TEST(a_commit_that_fails) {
    memory.commit_result = MOOD_CONNECTOR_FATAL;
    memory.commit_refusals = 1;
    memory_add(0, "one");
    ck_assert_int_eq(run(), MOOD_ERR_CONNECTOR);
    ck_assert_str_eq(error.message, "the commit is refused");
}
END_TEST

START_TEST(options_are_checked) {
    const mood_setting refuse = {"refuse", "", false};
    options.settings = &refuse;
    options.setting_count = 1;
    ck_assert_int_eq(run(), MOOD_ERR_ARGUMENT);
    ck_assert_str_eq(error.message, "refused as it should be");
    ck_assert(!memory.closed);
    options.setting_count = 0;
    options.batch = 0;
    ck_assert_int_eq(run(), MOOD_ERR_ARGUMENT);
    options.batch = 10;
    options.keep = true; /* of a text */
    ck_assert_int_eq(run(), MOOD_ERR_ARGUMENT);
    options.format = MOOD_FORMAT_JSON;
    options.member = options.field;
    ck_assert_int_eq(run(), MOOD_ERR_ARGUMENT);
    options.keep = false;
    mood_connector_type plain = memory_type;
    plain.abilities &= ~(uint32_t)MOOD_CONNECTOR_TRANSACTIONS;
    options.connector = &plain;
    options.guarantee = MOOD_EXACTLY_ONCE;
    ck_assert_int_eq(run(), MOOD_ERR_UNSUPPORTED);
    options.guarantee = MOOD_AT_LEAST_ONCE;
    options.connector = &memory_type;
    options.size--;
    ck_assert_int_eq(run(), MOOD_ERR_ARGUMENT);
    ck_assert_int_eq(mood_stream_run(NULL, NULL, NULL), MOOD_ERR_ARGUMENT);
    ck_assert_int_eq(mood_stream_check(NULL, NULL), MOOD_ERR_ARGUMENT);
}
END_TEST

static mood_stream_statistics last;
static void keep_statistics(const mood_stream_statistics *statistics, void *user) {
    last = *statistics;
    ++*(int *)user;
}

START_TEST(everything_is_counted) {
    int calls = 0;
    use_json(false);
    options.on_error = MOOD_ON_ERROR_SKIP;
    options.on_statistics = keep_statistics;
    options.user = &calls;
    memory_add(0, "{\"text\":\"a\xff\"}");
    memory_add(0, NULL);
    memory_add(0, "bad");
    memory_add(0, "{\"text\":\"b\"}");
    run_well();
    ck_assert_int_ge(calls, 1);
    ck_assert_uint_eq(last.received, 4);
    ck_assert_uint_eq(last.scored, 2);
    ck_assert_uint_eq(last.tombstones, 1);
    ck_assert_uint_eq(last.skipped, 1);
    ck_assert_uint_eq(last.bad_bytes, 1);
    ck_assert_uint_eq(last.batches, 1);
    ck_assert_uint_eq(last.words, 4); /* numbers of the scorer */
    ck_assert_uint_eq(last.unknown_words, 2);
    ck_assert_uint_eq(last.batch_sizes.count, 1);
    ck_assert_uint_eq(last.batch_sizes.counts[2], 1); /* above 2, up to 4 */
    ck_assert_uint_eq(last.batch_waits.count, 1);
    ck_assert_uint_eq(last.inference.count, 1);
    ck_assert_uint_eq(last.end_to_end.count, 2);
    ck_assert_uint_eq(last.end_to_end.counts[last.end_to_end.bound_count], 2); /* of 1970 */
}
END_TEST

static uint64_t labels[3];
static void keep_labels(const mood_stream_statistics *statistics, void *user) {
    (void)user;
    ck_assert_uint_eq(statistics->label_count, 2);
    memcpy(labels, statistics->labels, 2 * sizeof *labels);
}

static char scored_texts[256];
static void keep_scored(const mood_scored *scored, void *user) {
    (void)user;
    ck_assert_uint_eq(scored->size, sizeof *scored);
    ck_assert_uint_eq(scored->outputs, 1);
    ck_assert_uint_eq(scored->label, scored->scores[0] > 0.5f);
    snprintf(scored_texts + strlen(scored_texts), 120, "%s/%d:%.*s ", scored->label_name,
             (int)scored->record->position.offset, (int)scored->text.size, scored->text.data);
}

START_TEST(results_are_reported_and_counted_by_label) {
    char letters[81] = "";
    memset(letters, 'x', 80);
    scored_texts[0] = '\0';
    options.on_statistics = keep_labels;
    options.on_scored = keep_scored;
    options.on_error = MOOD_ON_ERROR_SKIP;
    memory_add(0, "a");
    memory_add(0, NULL);
    memory_add(0, "nan");
    memory_add(0, letters);
    memory_add(0, "b");
    run_well();
    ck_assert_uint_eq(labels[0], 2);
    ck_assert_uint_eq(labels[1], 1);
    ck_assert(strncmp(scored_texts, "negative/0:a posi\"tive/3:xxx", 28) == 0);
    ck_assert(strstr(scored_texts, "x negative/4:b ") != NULL);
}
END_TEST

/* jansson's messages quote the text at the error, which may be confidential data of a record. */
START_TEST(messages_do_not_quote_records) {
    use_json(false);
    memory_add(0, "{\"text\":secretly}");
    ck_assert_int_eq(run(), MOOD_ERR_FORMAT);
    ck_assert_ptr_null(strstr(error.message, "secret"));
    ck_assert_ptr_nonnull(strstr(error.message, "invalid token (byte "));
}
END_TEST

START_TEST(histograms_count_all_values) {
    mood_histogram histogram = histogram_of_seconds();
    const double values[] = {0, 0.0001, 0.00011, 3600, 3601, 1e9};
    for (size_t i = 0; i < 6; i++)
        histogram_add(&histogram, values[i]);
    ck_assert_uint_eq(histogram.count, 6);
    ck_assert_uint_eq(histogram.counts[0], 2);
    ck_assert_uint_eq(histogram.counts[1], 1);
    ck_assert_uint_eq(histogram.counts[histogram.bound_count - 1], 1);
    ck_assert_uint_eq(histogram.counts[histogram.bound_count], 2);
    ck_assert_double_eq(histogram.sum, 0.00021 + 7201 + 1e9);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("stream");
    TCase *all = tcase_create("stream");
    tcase_add_checked_fixture(all, begin, end);
    tcase_set_timeout(all, 30);
    tcase_add_test(all, a_text_becomes_a_result);
    tcase_add_test(all, forged_headers_do_not_pass);
    tcase_add_test(all, dead_letters_drop_forged_headers);
    tcase_add_test(all, a_label_is_escaped);
    tcase_add_test(all, more_classes_have_all_scores);
    tcase_add_test(all, two_classes_with_an_output_each);
    tcase_add_test(all, confidence_is_the_label_s_own_score);
    tcase_add_test(all, several_labels_are_written_and_counted);
    tcase_add_test(all, scores_that_are_not_probabilities_have_no_confidence);
    tcase_add_test(all, a_tombstone_passes);
    tcase_add_test(all, bytes_that_are_not_utf8_are_replaced);
    tcase_add_test(all, a_field_is_scored);
    tcase_add_loop_test(all, the_result_is_spliced_into_the_bytes, 0, sizeof spliced / sizeof *spliced);
    tcase_add_test(all, the_member_can_be_named);
    tcase_add_loop_test(all, bad_json_is_a_dead_letter, 0, sizeof bad_json / sizeof *bad_json);
    tcase_add_test(all, a_bad_record_stops_without_dead_letters);
    tcase_add_test(all, skipping_continues_after_it);
    tcase_add_test(all, a_rejected_output_is_a_dead_letter);
    tcase_add_test(all, a_rejected_output_stops_without_dead_letters);
    tcase_add_test(all, batches_are_bounded_by_count);
    tcase_add_test(all, batches_are_bounded_by_bytes);
    tcase_add_test(all, keys_and_headers_count_as_bytes);
    tcase_add_test(all, a_record_with_a_problem_is_bad);
    tcase_add_test(all, batches_are_bounded_by_time);
    tcase_add_test(all, acknowledged_after_it_is_published);
    tcase_add_test(all, at_most_once_acknowledges_before);
    tcase_add_test(all, at_most_once_reads_again_what_was_not_committed);
    tcase_add_test(all, waits_while_the_queue_is_full);
    tcase_add_test(all, pauses_the_input_while_the_queue_is_full);
    tcase_add_test(all, revoked_with_a_half_built_batch);
    tcase_add_test(all, lost_records_are_dropped);
    tcase_add_test(all, revoked_under_back_pressure);
    tcase_add_test(all, outputs_of_a_dropped_partition_are_not_acknowledged);
    tcase_add_test(all, outputs_of_a_lost_partition_are_not_acknowledged);
    tcase_add_test(all, a_bad_record_of_a_revoked_partition_does_not_stop);
    tcase_add_test(all, a_bad_text_after_a_revoked_record);
    tcase_add_test(all, a_stop_finishes_the_batch);
    tcase_add_test(all, a_stop_while_idle);
    tcase_add_test(all, the_deadline_comes_first);
    tcase_add_test(all, the_deadline_under_back_pressure);
    tcase_add_test(all, a_second_signal_forces);
    tcase_add_test(all, a_connector_that_fails);
    tcase_add_test(all, a_transient_failure);
    tcase_add_test(all, fenced_by_another_instance);
    tcase_add_test(all, an_output_that_fails);
    tcase_add_test(all, a_commit_that_fails);
    tcase_add_test(all, options_are_checked);
    tcase_add_test(all, everything_is_counted);
    tcase_add_test(all, results_are_reported_and_counted_by_label);
    tcase_add_test(all, messages_do_not_quote_records);
    tcase_add_test(all, histograms_count_all_values);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
