/* Behaviour that is specific to the kafka connector: refused properties, missing offsets, failed deliveries, broker
 * errors. On librdkafka's mock cluster, with injected errors; `check_kafka broker` on a real broker at
 * MOOD_TEST_BROKERS, where errors can't be injected but offsets can really be deleted. */
#include <check.h>
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kafka_fixture.h"
#include "stream/loop.h"

/* Kafka's API keys. */
enum { PRODUCE = 0, FETCH = 1, COMMIT = 8, HEARTBEAT = 12 };

/* ---- helpers ------------------------------------------------------------------------------------------------- */

static void assert_refused(const char *reason) {
    mood_connector *connector = NULL;
    mood_error err = {0};
    ck_assert_int_ne(type->open(&config, &connector, &err), MOOD_CONNECTOR_OK);
    ck_assert_int_eq(err.status, MOOD_ERR_ARGUMENT);
    ck_assert_msg(strstr(err.message, reason) != NULL, "'%s' is not in: %s", reason, err.message);
}

/* Set the group's committed offsets from outside. */
static void set_offsets(int64_t first, int64_t second) {
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof reason);
    rd_kafka_conf_set(conf, "group.id", group, reason, sizeof reason);
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(list, input, 0)->offset = first;
    rd_kafka_topic_partition_list_add(list, input, 1)->offset = second;
    rd_kafka_resp_err_t code = rd_kafka_commit(consumer, list, 0);
    ck_assert_msg(!code, "%s", rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

static int64_t committed(void) {
    char reason[256];
    int64_t sum = 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof reason);
    rd_kafka_conf_set(conf, "group.id", group, reason, sizeof reason);
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(list, input, 0);
    rd_kafka_topic_partition_list_add(list, input, 1);
    ck_assert_int_eq(rd_kafka_committed(consumer, list, 20000), 0);
    for (int i = 0; i < 2; i++)
        sum += list->elems[i].offset > 0 ? list->elems[i].offset : 0;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return sum;
}

/* Poll until records, the end or an error; records are released. */
static mood_event first_event(mood_connector *connector) {
    mood_event event = {.size = sizeof event};
    for (int i = 0; i < 300 && event.type == MOOD_EVENT_NONE; i++)
        type->poll(connector, 1000, 100, &event);
    if (event.type == MOOD_EVENT_RECORDS)
        type->release(connector, event.records, event.record_count);
    return event;
}

/* ---- settings ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *value;
    bool exposed;
    const char *reason;
} refused[] = {
    {"enable.auto.commit", "false", true, "--guarantee"},
    {"consumer.isolation.level", "read_uncommitted", true, "--guarantee"},
    {"acks", "1", true, "--guarantee"},
    {"producer.enable.idempotence", "false", false, "--guarantee"},
    {"transactional.id", "x", true, "--instance"},
    {"auto.offset.reset", "latest", true, "--on-missing-offset"},
    {"bootstrap.servers", "x", true, "--brokers"},
    {"group.id", "x", true, "--group"},
    {"delivery.report.only.error", "true", true, "delivery reports"},
    {"no.such.property", "1", true, "no property 'no.such.property'"},
    {"linger.ms", "ten", true, "linger.ms"},
    {"linger.ms", "hunter2", false, "linger.ms: librdkafka does not accept its value (it is not shown"},
    {"producer.compression.type", "hunter2", false, "producer.compression.type: librdkafka does not accept"},
    {"security.protocol", "hunter2", false, "security.protocol: librdkafka does not accept"},
    {"enabled_events", "1", true, "callbacks"},
    {"plugin.library.paths", "/tmp/evil.so", true, "it loads code"},
    {"producer.ssl.engine.location", "/tmp/evil.so", false, "it loads code"},
    {"ssl.providers", "/tmp/evil", true, "it loads code"},
    {"consumer.sasl.kerberos.kinit.cmd", "touch /tmp/evil", true, "it runs a command"},
    {"sasl.kerberos.principal", "me; touch /tmp/evil", true, "a shell reads it"},
    {"sasl.kerberos.keytab", "/etc/$(touch /tmp/evil)", false, "a shell reads it"},
    {"test.mock.num.brokers", "3", true, "no property"},
    {"sasl.password", "hunter2", true, "${env:NAME}"},
    {"producer.ssl.key.password", "hunter2", true, "${env:NAME}"},
};

START_TEST(properties_are_refused) {
    const mood_setting property = {refused[_i].name, refused[_i].value, refused[_i].exposed};
    mood_error err = {0};
    mood_connector *connector = NULL;
    configure();
    config.properties = &property;
    config.property_count = 1;
    assert_refused(refused[_i].reason);
    type->open(&config, &connector, &err);
    ck_assert_ptr_null(strstr(err.message, "hunter2"));
}
END_TEST

START_TEST(properties_pass_through) {
    const mood_setting properties[] = {{"client.id", "me", true},
                                       {"consumer.fetch.min.bytes", "10", true},
                                       {"fetch.min.bytes", "10", true}, /* the consumer's alone */
                                       {"linger.ms", "1", true},        /* the producer's alone */
                                       {"sasl.password", "from a file", false}};
    configure();
    config.properties = properties;
    config.property_count = sizeof properties / sizeof *properties;
    close_connector(open_connector());
    ck_assert_str_eq(warnings, "");
}
END_TEST

START_TEST(topics_differ) {
    configure();
    settings[2].value = input;
    assert_refused("same topic");
    configure();
    settings[4] = (mood_setting){"dead-letters", output, false};
    assert_refused("same topic");
    settings[4] = (mood_setting){"dead-letters", input, false};
    assert_refused("same topic");
    configure();
    settings[4] = (mood_setting){"on-missing-offset", "sometimes", false};
    assert_refused("earliest or latest");
    config.setting_count = 0;
    assert_refused("brokers");
}
END_TEST

START_TEST(topics_have_to_be_there) {
    mood_connector *connector = NULL;
    mood_error err = {0};
    configure();
    settings[2].value = "nosuch";
    ck_assert_int_eq(type->open(&config, &connector, &err), MOOD_CONNECTOR_FATAL);
    ck_assert_ptr_nonnull(strstr(err.message, "output topic 'nosuch' does not exist"));
    configure();
    settings[1].value = "nosuch";
    ck_assert_int_eq(type->open(&config, &connector, &err), MOOD_CONNECTOR_FATAL);
    ck_assert_ptr_nonnull(strstr(err.message, "input topic 'nosuch' does not exist"));
}
END_TEST

START_TEST(other_numbers_of_partitions) {
    enum { N = 100 };
    mood_stream_end how;
    mood_error err = {0};
    int records;
    snprintf(output, sizeof output, "three-%s", input + 3);
    make_topic(output, 3);
    feed(N);
    configure();
    ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s", err.message);
    ck_assert_msg(strstr(warnings, "murmur2") != NULL, "%s", warnings);
    ck_assert_int_eq(count_output(N, &records), N);
}
END_TEST

/* ---- destination of outputs
 * ------------------------------------------------------------------------------------------ */

static int64_t end_of(const char *topic, int32_t partition) {
    int64_t low, high;
    rd_kafka_t *looker = open_looker();
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(looker, topic, partition, &low, &high, 10000);
    ck_assert_msg(!code, "%s", rd_kafka_err2str(code));
    rd_kafka_destroy(looker);
    return high;
}

static void put(mood_connector *connector, const char *topic, int32_t partition) {
    mood_output one = MOOD_OUTPUT;
    mood_error err;
    one.topic = topic;
    one.partition = partition;
    one.key = one.value = "some key";
    one.key_size = one.value_size = 8;
    ck_assert_msg(type->publish(connector, &one, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
}

START_TEST(a_topic_and_a_partition_can_be_named) {
    char places[96];
    mood_error err;
    snprintf(places, sizeof places, "places-%s", input + 3);
    make_topic(places, 3);
    configure();
    mood_connector *connector = open_connector();
    for (int i = 0; i < 5; i++)
        put(connector, places, 1);
    put(connector, NULL, 1);
    ck_assert_int_eq(type->flush(connector, 20000, &err), MOOD_CONNECTOR_OK);
    ck_assert_int_eq(end_of(places, 1), 5);
    ck_assert_int_eq(end_of(output, 1), 1);
    put(connector, places, -1);
    put(connector, places, 3); /* there is no such partition: the key selects one, as without a partition */
    ck_assert_int_eq(type->flush(connector, 20000, &err), MOOD_CONNECTOR_OK);
    int64_t ends[] = {end_of(places, 0), end_of(places, 1), end_of(places, 2)};
    ck_assert(ends[0] + ends[1] + ends[2] == 7 && (ends[0] == 2 || ends[1] == 7 || ends[2] == 2));
    close_connector(connector);
}
END_TEST

START_TEST(missing_topics_are_not_created) {
    const struct rd_kafka_metadata *metadata;
    mood_output one = MOOD_OUTPUT;
    mood_error err = {0};
    one.topic = "nosuch-topic";
    configure();
    mood_connector *connector = open_connector();
    ck_assert_int_eq(type->publish(connector, &one, &err), MOOD_CONNECTOR_REJECTED);
    ck_assert_msg(strstr(err.message, "'nosuch-topic' does not exist") != NULL, "%s", err.message);
    close_connector(connector);
    rd_kafka_t *looker = open_looker();
    ck_assert_int_eq(rd_kafka_metadata(looker, 1, NULL, &metadata, 10000), 0);
    for (int i = 0; i < metadata->topic_cnt; i++)
        ck_assert_str_ne(metadata->topics[i].topic, "nosuch-topic");
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_destroy(looker);
}
END_TEST

/* Dead letters of one partition stay in order. */
START_TEST(dead_letters_of_a_partition_stay_together) {
    char five[96], dead[96];
    mood_output one = MOOD_OUTPUT;
    mood_error err;
    snprintf(dead, sizeof dead, "dead-%s", input + 3);
    snprintf(five, sizeof five, "five-%s", input + 3);
    make_topic(five, 5);
    make_topic(dead, 3);
    configure();
    settings[1].value = five;
    settings[config.setting_count++] = (mood_setting){"dead-letters", dead, false};
    mood_connector *connector = open_connector();
    one.dead_letter = true;
    for (int32_t partition = 0; partition < 5; partition++)
        for (int i = 0; i < 10; i++) {
            one.source = (mood_position){five, partition, i};
            ck_assert_int_eq(type->publish(connector, &one, &err), MOOD_CONNECTOR_OK);
        }
    ck_assert_int_eq(type->flush(connector, 20000, &err), MOOD_CONNECTOR_OK);
    ck_assert_int_eq(end_of(dead, 0), 20); /* of 0 and 3 */
    ck_assert_int_eq(end_of(dead, 1), 20); /* of 1 and 4 */
    ck_assert_int_eq(end_of(dead, 2), 10);
    close_connector(connector);
}
END_TEST

/* ---- missing offsets ----------------------------------------------------------------------------------------- */

START_TEST(an_offset_past_the_end_stops) {
    feed(50);
    set_offsets(5000, 1);
    configure();
    mood_connector *connector = open_connector();
    mood_event event = {0};
    for (int i = 0; i < 100 && event.type != MOOD_EVENT_ERROR; i++)
        event = first_event(connector);
    ck_assert_int_eq(event.type, MOOD_EVENT_ERROR);
    ck_assert_int_eq(event.result, MOOD_CONNECTOR_FATAL);
    ck_assert_msg(strstr(event.error.message, "/0: the group's committed offset is 5000, but the topic ends at") !=
                      NULL,
                  "%s", event.error.message);
    ck_assert_ptr_nonnull(strstr(event.error.message, "--on-missing-offset"));
    close_connector(connector);
}
END_TEST

START_TEST(on_missing_offset_selects_the_start) {
    enum { N = 50 };
    mood_stream_end how;
    mood_error err = {0};
    int records;
    feed(N);
    set_offsets(5000, 5000);
    configure();
    settings[config.setting_count++] = (mood_setting){"on-missing-offset", "earliest", false};
    ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s", err.message);
    ck_assert_int_eq(count_output(N, &records), N);
    ck_assert_int_eq(committed(), N);
}
END_TEST

START_TEST(an_offset_before_the_start_stops) {
    if (!on_broker)
        return; /* the mock cluster deletes no records */
    feed(50);
    set_offsets(1, 1);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(list, input, 0)->offset = RD_KAFKA_OFFSET_END;
    rd_kafka_topic_partition_list_add(list, input, 1)->offset = RD_KAFKA_OFFSET_END;
    rd_kafka_DeleteRecords_t *deletion = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteRecords(client, &deletion, 1, NULL, queue);
    rd_kafka_event_t *done = rd_kafka_queue_poll(queue, 30000);
    ck_assert_int_eq(rd_kafka_event_error(done), 0);
    rd_kafka_event_destroy(done);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteRecords_destroy(deletion);
    rd_kafka_topic_partition_list_destroy(list);
    configure();
    mood_connector *connector = open_connector();
    mood_event event = first_event(connector);
    ck_assert_int_eq(event.type, MOOD_EVENT_ERROR);
    ck_assert_msg(strstr(event.error.message, "records were deleted before they were scored") != NULL, "%s",
                  event.error.message);
    close_connector(connector);
}
END_TEST

/* ---- deliveries -------------------------------------------------------------------------------------------------- */

START_TEST(too_large_is_rejected_at_once) {
    mood_error err = {0};
    size_t size = 2000000;
    char *value = calloc(1, size);
    configure();
    mood_connector *connector = open_connector();
    mood_output one = MOOD_OUTPUT;
    one.value = value;
    one.value_size = size;
    ck_assert_int_eq(type->publish(connector, &one, &err), MOOD_CONNECTOR_REJECTED);
    ck_assert_ptr_nonnull(strstr(err.message, "message.max.bytes"));
    one.value_size = 10; /* others can still be delivered */
    ck_assert_int_eq(type->publish(connector, &one, &err), MOOD_CONNECTOR_OK);
    one.dead_letter = true; /* there is no such topic */
    ck_assert_int_eq(type->publish(connector, &one, &err), MOOD_CONNECTOR_REJECTED);
    close_connector(connector);
    free(value);
}
END_TEST

START_TEST(a_delivery_that_fails_is_never_acknowledged) {
    enum { N = 200 };
    mood_stream_end how;
    mood_error err = {0};
    if (on_broker)
        return; /* errors can't be injected */
    feed(N);
    configure();
    rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    ck_assert_int_eq(run_stream(&how, &err), MOOD_ERR_CONNECTOR);
    ck_assert_int_eq(how, MOOD_STREAM_FAILED);
    ck_assert_msg(strncmp(err.message, "the output of in-", 17) == 0 && strstr(err.message, "could not be delivered"),
                  "%s", err.message);
    ck_assert_ptr_nonnull(strstr(err.message, "max.message.bytes"));
    int records;
    int there = count_output(N, &records);
    ck_assert_int_lt(there, N);
    ck_assert_int_le(committed(), there); /* no committed position after the missing output */
    err = (mood_error){0};
    ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s", err.message); /* a restart delivers the rest */
    ck_assert_int_eq(count_output(N, &records), N);
    ck_assert_int_eq(committed(), N);
}
END_TEST

START_TEST(broker_errors_lose_no_record) {
    enum { N = 2000 };
    mood_stream_end how;
    mood_error err = {0};
    int records;
    if (on_broker)
        return;
    feed(N);
    configure();
    rd_kafka_mock_push_request_errors(cluster, PRODUCE, 4, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    rd_kafka_mock_push_request_errors(cluster, FETCH, 2, RD_KAFKA_RESP_ERR__TRANSPORT,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    rd_kafka_mock_push_request_errors(cluster, COMMIT, 2, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                      RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
    rd_kafka_mock_push_request_errors(cluster, HEARTBEAT, 1, RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
    ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s", err.message);
    ck_assert_int_eq(how, MOOD_STREAM_INPUT_ENDED);
    ck_assert_int_eq(count_output(N, &records), N);
    ck_assert_int_eq(committed(), N);
}
END_TEST

/* Records up to the n-th, released; then the position of each partition. */
static void read_positions(mood_connector *connector, int n, mood_position last[2]) {
    for (int32_t partition = 0; partition < 2; partition++)
        last[partition] = (mood_position){input, partition, 0};
    while (last[0].offset + last[1].offset < n) {
        mood_event event = {.size = sizeof event};
        type->poll(connector, (size_t)n, 100, &event);
        ck_assert_msg(event.type != MOOD_EVENT_ERROR, "%s", event.error.message);
        for (size_t i = 0; event.type == MOOD_EVENT_RECORDS && i < event.record_count; i++)
            last[event.records[i].position.partition].offset = event.records[i].position.offset + 1;
        if (event.type == MOOD_EVENT_RECORDS)
            type->release(connector, event.records, event.record_count);
    }
}

static void poll_for(mood_connector *connector, double seconds) {
    for (double until = clock_seconds() + seconds; clock_seconds() < until;) {
        mood_event event = {.size = sizeof event};
        type->poll(connector, 100, 10, &event);
        ck_assert_int_ne(event.type, MOOD_EVENT_RECORDS);
    }
}

/* librdkafka retries a commit 100 ms after a retryable error of the broker. A later commit must wait for it. */
START_TEST(a_retried_commit_never_overwrites_a_later_one) {
    enum { N = 50 };
    const mood_setting often[] = {{"consumer.auto.commit.interval.ms", "100", false},
                                  {"consumer.fetch.wait.max.ms", "20", false}};
    const mood_position first[] = {{input, 0, 1}, {input, 1, 1}};
    mood_position last[2];
    mood_error err = {0};
    if (on_broker)
        return; /* errors can't be injected */
    feed(N);
    configure();
    config.properties = often;
    config.property_count = sizeof often / sizeof *often;
    mood_connector *connector = open_connector();
    read_positions(connector, N, last);
    rd_kafka_mock_push_request_errors(cluster, COMMIT, 1, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(type->commit(connector, first, 2, 1000, &err), MOOD_CONNECTOR_OK);
    poll_for(connector, 0.11);
    ck_assert_int_eq(type->commit(connector, last, 2, 1000, &err), MOOD_CONNECTOR_OK);
    ck_assert_msg(type->close(connector, 60000, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    ck_assert_int_eq(committed(), N);
}
END_TEST

/* The same for a commit whose timeout has passed for the host. */
START_TEST(a_timed_out_commit_never_overwrites_a_later_one) {
    enum { N = 50 };
    const mood_position first[] = {{input, 0, 1}, {input, 1, 1}};
    mood_position last[2];
    mood_error err = {0};
    if (on_broker)
        return; /* errors can't be injected */
    feed(N);
    configure();
    config.guarantee = MOOD_AT_MOST_ONCE;
    mood_connector *connector = open_connector();
    read_positions(connector, N, last);
    rd_kafka_mock_push_request_errors(cluster, COMMIT, 1, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    ck_assert_int_eq(type->commit(connector, first, 2, 20, &err), MOOD_CONNECTOR_RETRY);
    mood_connector_result result;
    while ((result = type->commit(connector, last, 2, 20, &err)) == MOOD_CONNECTOR_RETRY)
        ;
    ck_assert_int_eq(result, MOOD_CONNECTOR_OK);
    poll_for(connector, 0.3);
    ck_assert_msg(type->close(connector, 60000, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    ck_assert_int_eq(committed(), N);
}
END_TEST

START_TEST(at_most_once_commits_first) {
    enum { N = 300 };
    mood_stream_end how;
    mood_error err = {0};
    int records;
    feed(N);
    configure();
    config.guarantee = MOOD_AT_MOST_ONCE;
    ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s", err.message);
    ck_assert_int_eq(count_output(N, &records), N);
    ck_assert_int_eq(records, N);
    ck_assert_int_eq(committed(), N);
}
END_TEST

START_TEST(at_most_once_reads_again_what_was_not_committed) {
    enum { N = 300 };
    mood_stream_end how;
    mood_error err = {0};
    int records;
    if (on_broker)
        return; /* errors can't be injected */
    feed(N);
    configure();
    config.guarantee = MOOD_AT_MOST_ONCE;
    rd_kafka_mock_push_request_errors(cluster, COMMIT, 2, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
                                      RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS);
    ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s", err.message);
    ck_assert_int_eq(count_output(N, &records), N);
    ck_assert_int_eq(records, N);
    ck_assert_int_eq(committed(), N);
}
END_TEST

/* A clean end leaves the committed positions unchanged, whatever offset the run began at. */
START_TEST(at_most_once_positions_never_decrease) {
    enum { N = 100 };
    mood_stream_end how;
    mood_error err = {0};
    int records;
    for (int runs = 1; runs <= 3; runs++) {
        if (runs < 3)
            feed(N);
        configure();
        config.guarantee = MOOD_AT_MOST_ONCE;
        ck_assert_msg(run_stream(&how, &err) == MOOD_OK, "%s", err.message);
        ck_assert_int_eq(committed(), runs < 3 ? runs * N : 2 * N);
    }
    count_output(N, &records);
    ck_assert_int_eq(records, 2 * N);
}
END_TEST

/* ---- close respects its timeout ---------------------------------------------------------------------------- */

static volatile sig_atomic_t stop;

/* A connector that has read, written and delivered all N records, but has not committed their positions. */
static mood_connector *work_through(int n) {
    feed(n);
    configure();
    config.stop = &stop;
    stop = 0;
    mood_connector *connector = open_connector();
    mood_position positions[2];
    mood_error err;
    size_t count = 0;
    for (int done = 0; done < n;) {
        mood_event event = {.size = sizeof event};
        type->poll(connector, 1000, 100, &event);
        ck_assert_msg(event.type != MOOD_EVENT_ERROR, "%s", event.error.message);
        for (size_t i = 0; event.type == MOOD_EVENT_RECORDS && i < event.record_count; i++, done++) {
            const mood_record *record = &event.records[i];
            mood_output one = MOOD_OUTPUT;
            one.source = record->position;
            one.value = "done", one.value_size = 4;
            ck_assert_int_eq(type->publish(connector, &one, &err), MOOD_CONNECTOR_OK);
            size_t at = 0;
            while (at < count && positions[at].partition != record->position.partition)
                at++;
            count += at == count;
            positions[at] = (mood_position){input, record->position.partition, record->position.offset + 1};
        }
        if (event.type == MOOD_EVENT_RECORDS)
            type->release(connector, event.records, event.record_count);
    }
    ck_assert_int_eq(type->flush(connector, 20000, &err), MOOD_CONNECTOR_OK);
    ck_assert_int_eq(type->commit(connector, positions, count, 1000, &err), MOOD_CONNECTOR_OK);
    return connector;
}

START_TEST(closing_does_not_wait_for_a_broker_that_hangs) {
    mood_error err = {0};
    if (on_broker)
        return; /* tests/kafka stops the broker's process there */
    mood_connector *connector = work_through(50);
    rd_kafka_mock_broker_set_rtt(cluster, 1, 30000);
    double start = clock_seconds();
    stop = _i; /* 2: at once */
    ck_assert_int_eq(type->close(connector, _i == 2 ? 20000 : 1000, &err), MOOD_CONNECTOR_RETRY);
    ck_assert_msg(strstr(err.message, "committing offsets failed") != NULL, "%s", err.message);
    ck_assert_double_lt(clock_seconds() - start, 3); /* it answers after 30 seconds */
}
END_TEST

/* Offsets of lost partitions can't be committed; that is not an error of close. */
START_TEST(closing_after_a_loss_commits_the_rest) {
    mood_error err = {0};
    mood_event event = {.size = sizeof event};
    if (on_broker)
        return;
    mood_connector *connector = work_through(50);
    rd_kafka_mock_push_request_errors(cluster, HEARTBEAT, 2, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
                                      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    for (double end = clock_seconds() + 60; event.type != MOOD_EVENT_LOST && clock_seconds() < end;) {
        event = (mood_event){.size = sizeof event};
        type->poll(connector, 1000, 100, &event);
    }
    ck_assert_int_eq(event.type, MOOD_EVENT_LOST);
    mood_connector_result result = type->close(connector, 20000, &err);
    ck_assert_msg(result == MOOD_CONNECTOR_OK, "%s", err.message);
}
END_TEST

/* Replaces librdkafka's rd_kafka_assign, also for its calls from the connector: it blocks while assign_hangs is set. */
static volatile bool assign_hangs;

MOOD_API rd_kafka_resp_err_t rd_kafka_assign(rd_kafka_t *consumer, const rd_kafka_topic_partition_list_t *partitions) {
    rd_kafka_resp_err_t (*assign)(rd_kafka_t *, const rd_kafka_topic_partition_list_t *);
    *(void **)&assign = dlsym(RTLD_NEXT, "rd_kafka_assign");
    while (assign_hangs)
        poll(NULL, 0, 10);
    return assign(consumer, partitions);
}

START_TEST(closing_does_not_wait_for_a_call_that_hangs) {
    mood_error err = {0};
    mood_connector *connector = work_through(50);
    double start = clock_seconds();
    assign_hangs = true;
    stop = _i;
    mood_connector_result result = type->close(connector, 1000, &err);
    ck_assert(result == MOOD_CONNECTOR_OK || _i == 2); /* a host that stops at once may not wait for the commit */
    ck_assert_double_lt(clock_seconds() - start, 3);
    if (_i == 1) /* less: rd_kafka_assign was not called; a host that stops at once does not leave the group */
        ck_assert_double_gt(clock_seconds() - start, 0.8);
    assign_hangs = false;
}
END_TEST

START_TEST(opening_gives_up_when_told_to_stop) {
    mood_connector *connector = NULL;
    mood_error err = {0};
    configure();
    stop = 1;
    config.stop = &stop;
    settings[0].value = "127.0.0.1:1";
    double start = clock_seconds();
    ck_assert_int_ne(type->open(&config, &connector, &err), MOOD_CONNECTOR_OK);
    ck_assert_int_eq(err.status, MOOD_ERR_STOPPED);
    ck_assert_double_lt(clock_seconds() - start, 3);
}
END_TEST

static void delete_topic(const char *name) {
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);
    rd_kafka_DeleteTopics(client, &topic, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 30000);
    ck_assert_ptr_nonnull(event);
    ck_assert_int_eq(rd_kafka_event_error(event), 0);
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
}

START_TEST(a_topic_that_is_deleted_ends_it) {
    mood_error err = {0};
    mood_event event = {0};
    if (!on_broker)
        return; /* the mock cluster deletes no topics */
    mood_connector *connector = work_through(50);
    delete_topic(input);
    for (double end = clock_seconds() + 30; event.type != MOOD_EVENT_ERROR && clock_seconds() < end;)
        event = first_event(connector); /* the only other event is the end */
    ck_assert_int_eq(event.type, MOOD_EVENT_ERROR);
    ck_assert_msg(strstr(event.error.message, "does not exist any more") != NULL, "%s", event.error.message);
    double start = clock_seconds();
    ck_assert_int_ne(type->close(connector, 1000, &err), MOOD_CONNECTOR_OK);
    ck_assert_double_lt(clock_seconds() - start, 3);
}
END_TEST

int main(int argc, char **argv) {
    on_broker = argc > 1 && strcmp(argv[1], "broker") == 0;
    if (on_broker && !getenv("MOOD_TEST_BROKERS")) {
        puts("skip - MOOD_TEST_BROKERS names no broker");
        return 77;
    }
    Suite *suite = suite_create(on_broker ? "kafka, real broker" : "kafka, mock cluster");
    TCase *all = tcase_create("kafka");
    tcase_add_checked_fixture(all, begin, end);
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, properties_are_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(all, properties_pass_through);
    tcase_add_test(all, topics_differ);
    tcase_add_test(all, topics_have_to_be_there);
    tcase_add_test(all, other_numbers_of_partitions);
    tcase_add_test(all, a_topic_and_a_partition_can_be_named);
    tcase_add_test(all, missing_topics_are_not_created);
    tcase_add_test(all, dead_letters_of_a_partition_stay_together);
    tcase_add_test(all, an_offset_past_the_end_stops);
    tcase_add_test(all, on_missing_offset_selects_the_start);
    tcase_add_test(all, an_offset_before_the_start_stops);
    tcase_add_test(all, too_large_is_rejected_at_once);
    tcase_add_test(all, a_delivery_that_fails_is_never_acknowledged);
    tcase_add_test(all, broker_errors_lose_no_record);
    tcase_add_test(all, a_retried_commit_never_overwrites_a_later_one);
    tcase_add_test(all, a_timed_out_commit_never_overwrites_a_later_one);
    tcase_add_test(all, at_most_once_commits_first);
    tcase_add_test(all, at_most_once_reads_again_what_was_not_committed);
    tcase_add_test(all, at_most_once_positions_never_decrease);
    tcase_add_loop_test(all, closing_does_not_wait_for_a_broker_that_hangs, 1, 3);
    tcase_add_test(all, closing_after_a_loss_commits_the_rest);
    tcase_add_loop_test(all, closing_does_not_wait_for_a_call_that_hangs, 1, 3);
    tcase_add_test(all, opening_gives_up_when_told_to_stop);
    tcase_add_test(all, a_topic_that_is_deleted_ends_it);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
