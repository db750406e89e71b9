/* Conformance: the properties that a stream needs from any connector. Runs on lines, on kafka with a mock cluster,
 * and on kafka with a real broker if MOOD_TEST_BROKERS names one. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector_world.h"

static void (*make_world)(struct world *world);
static struct world world;

static void begin(void) {
    make_world(&world);
}

static void end(void) {
    world_end(&world);
}

/* ---- helpers --------------------------------------------------------------------------------------------- */

static void on_log(mood_log_level level, const char *message, void *user) {
    (void)user;
    if (getenv("MOOD_TEST_VERBOSE"))
        fprintf(stderr, "%d %s\n", level, message);
}

static mood_connector *open_for(mood_guarantee guarantee) {
    const mood_connector_config config = {.size = sizeof config,
                                          .guarantee = guarantee,
                                          .log = on_log,
                                          .settings = world.settings,
                                          .setting_count = world.setting_count,
                                          .properties = world.properties,
                                          .property_count = world.property_count};
    mood_connector *connector = NULL;
    mood_error err;
    ck_assert_msg(world.type->open(&config, &connector, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    return connector;
}

static mood_connector *open_connector(void) {
    return open_for(MOOD_AT_LEAST_ONCE);
}

static void close_connector(mood_connector *connector) {
    mood_error err = {0};
    ck_assert_msg(world.type->close(connector, 20000, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
}

static bool can(mood_connector_ability ability) {
    return (world.type->abilities & ability) != 0;
}

static int number_of(const mood_record *record) {
    char text[32] = "";
    int number;
    ck_assert_uint_lt(record->value_size, sizeof text);
    memcpy(text, record->value, record->value_size);
    ck_assert_int_eq(sscanf(text, "text %d", &number), 1);
    ck_assert_ptr_null(strchr(text, '\r'));
    return number;
}

static mood_event poll_once(mood_connector *connector, size_t most, int timeout_ms) {
    mood_event event = {.size = sizeof event};
    world.type->poll(connector, most, timeout_ms, &event);
    ck_assert_msg(event.type != MOOD_EVENT_ERROR, "%s", event.error.message);
    ck_assert_uint_le(event.record_count, most);
    return event;
}

/* Take up to `most` records, or up to the end, a few per poll, so that they outlive later polls. */
static size_t take(mood_connector *connector, mood_record *records, size_t most) {
    size_t count = 0;
    while (count < most) {
        mood_event event = poll_once(connector, most - count < 64 ? most - count : 64, 500);
        if (event.type == MOOD_EVENT_END)
            break;
        if (event.type != MOOD_EVENT_RECORDS)
            continue;
        memcpy(records + count, event.records, event.record_count * sizeof *records);
        count += event.record_count;
    }
    return count;
}

static void publish(mood_connector *connector, const mood_record *record) {
    mood_error err;
    char value[32], source[200];
    mood_header headers[8];
    snprintf(value, sizeof value, "out %d", number_of(record));
    snprintf(source, sizeof source, "%d/%lld", record->position.partition, (long long)record->position.offset);
    ck_assert_uint_lt(record->header_count, 8);
    if (record->header_count)
        memcpy(headers, record->headers, record->header_count * sizeof *headers);
    headers[record->header_count] = (mood_header){"source", source, strlen(source)};
    mood_output output = MOOD_OUTPUT;
    output.source = record->position;
    output.key = record->key;
    output.key_size = record->key_size;
    output.timestamp = record->timestamp;
    output.headers = headers;
    output.header_count = record->header_count + 1;
    output.value = value;
    output.value_size = strlen(value);
    mood_connector_result result;
    while ((result = world.type->publish(connector, &output, &err)) == MOOD_CONNECTOR_RETRY)
        world.type->flush(connector, 100, &err);
    ck_assert_msg(result == MOOD_CONNECTOR_OK, "%s", err.message);
}

/* Positions after records [n], one per partition. */
static size_t positions_of(const mood_record *records, size_t n, mood_position *positions) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < count && positions[at].partition != records[i].position.partition)
            at++;
        count += at == count;
        positions[at] = records[i].position;
        positions[at].offset++;
    }
    return count;
}

static void commit(mood_connector *connector, const mood_record *records, size_t n) {
    mood_position positions[16];
    mood_error err;
    size_t count = positions_of(records, n, positions);
    ck_assert_int_eq(world.type->commit(connector, positions, count, 5000, &err), MOOD_CONNECTOR_OK);
}

static void flush(mood_connector *connector) {
    mood_error err;
    ck_assert_msg(world.type->flush(connector, 20000, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
}

static void assert_in_order(const mood_record *records, size_t n) {
    int64_t last[16];
    int numbers[16];
    memset(last, -1, sizeof last);
    memset(numbers, -1, sizeof numbers);
    for (size_t i = 0; i < n; i++) {
        int32_t partition = records[i].position.partition;
        ck_assert(partition >= 0 && partition < world.partitions);
        ck_assert_int_gt(records[i].position.offset, last[partition]);
        ck_assert_int_gt(number_of(&records[i]), numbers[partition]);
        last[partition] = records[i].position.offset;
        numbers[partition] = number_of(&records[i]);
    }
}

/* The number of occurrences of each number 0 … n-1. */
static int *tally(const mood_record *records, size_t count, int n) {
    int *times = calloc((size_t)n, sizeof *times);
    for (size_t i = 0; i < count; i++) {
        int number = number_of(&records[i]);
        ck_assert(number >= 0 && number < n);
        times[number]++;
    }
    return times;
}

static void assert_each_once(const mood_record *records, size_t count, int from, int n) {
    int *times = tally(records, count, n);
    for (int i = 0; i < n; i++)
        ck_assert_msg(times[i] == (i >= from), "record %d came %d times", i, times[i]);
    free(times);
}

/* ---- tests -------------------------------------------------------------------------------------------------- */

START_TEST(everything_once_and_in_order) {
    enum { N = 1000 };
    mood_record *records = calloc(N + 1, sizeof *records);
    world_feed(&world, 0, N);
    mood_connector *connector = open_connector();
    size_t count = take(connector, records, N + 1);
    ck_assert_uint_eq(count, N);
    assert_in_order(records, count);
    assert_each_once(records, count, 0, N);
    if (world.has_keys)
        for (size_t i = 0; i < count; i++) {
            ck_assert_int_eq(records[i].timestamp, 1700000000000 + number_of(&records[i]));
            ck_assert_uint_eq(records[i].header_count, 1);
            ck_assert_str_eq(records[i].headers[0].name, "number");
        }
    for (size_t i = 0; i < count; i++)
        publish(connector, &records[i]);
    commit(connector, records, count);
    world.type->release(connector, records, count);
    close_connector(connector);

    struct seen *seen = world_output(&world, &count);
    ck_assert_uint_eq(count, N);
    int last[16];
    memset(last, -1, sizeof last);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_gt(seen[i].number, last[seen[i].partition]);
        last[seen[i].partition] = seen[i].number;
        if (!world.has_keys)
            continue;
        char number[16];
        snprintf(number, sizeof number, "%d", seen[i].number);
        ck_assert_str_eq(seen[i].key, number);
        ck_assert_str_eq(seen[i].header, number);
        ck_assert_int_eq(seen[i].timestamp, 1700000000000 + seen[i].number);
        ck_assert_int_eq(atoi(seen[i].source), seen[i].partition); /* the input's partition */
    }
    free(seen);
    free(records);
}
END_TEST

START_TEST(committed_records_are_not_read_again) {
    enum { N = 200 };
    mood_record records[N + 1];
    if (!can(MOOD_CONNECTOR_GROUPS))
        return; /* it does not store positions */
    world_feed(&world, 0, N);
    mood_connector *connector = open_connector();
    ck_assert_uint_eq(take(connector, records, N), N);
    for (size_t i = 0; i < N; i++)
        publish(connector, &records[i]);
    flush(connector);
    commit(connector, records, N);
    world.type->release(connector, records, N);
    close_connector(connector);
    world_feed(&world, N, N + 50);
    connector = open_connector();
    size_t count = take(connector, records, N);
    assert_each_once(records, count, N, N + 50);
    world.type->release(connector, records, count);
    close_connector(connector);
}
END_TEST

START_TEST(uncommitted_records_are_read_again) {
    enum { N = 100 };
    mood_record records[N + 1];
    int *times;
    if (!can(MOOD_CONNECTOR_GROUPS))
        return;
    world_feed(&world, 0, N);
    mood_connector *connector = open_connector();
    ck_assert_uint_eq(take(connector, records, N), N);
    for (size_t i = 0; i < N / 2; i++)
        publish(connector, &records[i]); /* delivered, but not acknowledged by the host */
    flush(connector);
    commit(connector, records, N / 4);
    times = tally(records, N / 4, N);
    world.type->release(connector, records, N);
    close_connector(connector);
    connector = open_connector();
    size_t count = take(connector, records, N);
    ck_assert_uint_eq(count, N - N / 4);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(times[number_of(&records[i])], 0);
    free(times);
    world.type->release(connector, records, count);
    close_connector(connector);
}
END_TEST

START_TEST(rewind_reads_again) {
    enum { N = 300 };
    mood_record records[N + 1];
    mood_position start[16];
    mood_error err;
    world_feed(&world, 0, N);
    mood_connector *connector = open_connector();
    ck_assert_uint_eq(take(connector, records, N), N);
    size_t partitions = positions_of(records, N, start);
    for (size_t i = 0; i < partitions; i++)
        start[i].offset = 0;
    ck_assert_int_eq(world.type->begin(connector, &err), MOOD_CONNECTOR_UNSUPPORTED); /* not for exactly-once */
    ck_assert_int_eq(world.type->abort(connector, 100, &err), MOOD_CONNECTOR_UNSUPPORTED);
    world.type->release(connector, records, N);
    mood_connector_result result = world.type->rewind(connector, start, partitions, 5000, &err);
    if (can(MOOD_CONNECTOR_REWIND)) {
        ck_assert_int_eq(result, MOOD_CONNECTOR_OK);
        size_t count = take(connector, records, N + 1);
        assert_in_order(records, count);
        assert_each_once(records, count, 0, N);
        world.type->release(connector, records, count);
    } else
        ck_assert_int_eq(result, MOOD_CONNECTOR_UNSUPPORTED);
    close_connector(connector);
}
END_TEST

static void begin_transaction(mood_connector *connector) {
    mood_connector_result result;
    mood_error err = {0};
    for (int tries = 0; (result = world.type->begin(connector, &err)) == MOOD_CONNECTOR_RETRY && tries < 60; tries++)
        ;
    ck_assert_msg(result == MOOD_CONNECTOR_OK, "%s", err.message);
}

static void commit_transaction(mood_connector *connector, const mood_position *positions, size_t n) {
    mood_connector_result result;
    mood_error err = {0};
    for (int tries = 0;
         (result = world.type->commit(connector, positions, n, 500, &err)) == MOOD_CONNECTOR_RETRY && tries < 60;
         tries++)
        ;
    ck_assert_msg(result == MOOD_CONNECTOR_OK, "%s", err.message);
}

/* Aborted transactions are read again; committed ones are not, even after the connector was opened again. */
START_TEST(transactions_are_aborted_or_committed) {
    enum { N = 100 };
    mood_record records[N + 1];
    mood_position start[16], behind[16];
    mood_error err = {0};
    if (!can(MOOD_CONNECTOR_TRANSACTIONS))
        return;
    world_feed(&world, 0, N);
    mood_connector *connector = open_for(MOOD_EXACTLY_ONCE);
    begin_transaction(connector);
    ck_assert_uint_eq(take(connector, records, N), N);
    size_t partitions = positions_of(records, N, behind);
    memcpy(start, behind, sizeof start);
    for (size_t i = 0; i < partitions; i++)
        start[i].offset = 0;
    publish(connector, &records[0]);
    world.type->release(connector, records, N);
    ck_assert_msg(world.type->abort(connector, 10000, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    ck_assert_int_eq(world.type->rewind(connector, start, partitions, 5000, &err), MOOD_CONNECTOR_OK);
    begin_transaction(connector);
    size_t count = take(connector, records, N + 1);
    assert_each_once(records, count, 0, N);
    for (size_t i = 0; i < count; i++)
        publish(connector, &records[i]);
    world.type->release(connector, records, count);
    commit_transaction(connector, behind, partitions);
    begin_transaction(connector);
    close_connector(connector);
    connector = open_for(MOOD_EXACTLY_ONCE);
    if (strstr(world.name, "mock")) { /* it ignores positions that are sent in transactions */
        close_connector(connector);
        return;
    }
    begin_transaction(connector);
    ck_assert_uint_eq(take(connector, records, 1), 0);
    close_connector(connector);
}
END_TEST

START_TEST(a_paused_connector_returns_nothing) {
    enum { N = 400 };
    mood_error err;
    if (!can(MOOD_CONNECTOR_PAUSE))
        return;
    mood_record *records = calloc(N + 1, sizeof *records);
    world_feed(&world, 0, N);
    mood_connector *connector = open_connector();
    size_t count = take(connector, records, 100);
    ck_assert_int_eq(world.type->pause(connector, &err), MOOD_CONNECTOR_OK);
    for (int i = 0; i < 5; i++)
        ck_assert_int_ne(poll_once(connector, 64, 100).type, MOOD_EVENT_RECORDS);
    ck_assert_int_eq(world.type->resume(connector, &err), MOOD_CONNECTOR_OK);
    count += take(connector, records + count, N + 1 - count);
    assert_in_order(records, count);
    assert_each_once(records, count, 0, N);
    world.type->release(connector, records, count);
    close_connector(connector);
    free(records);
}
END_TEST

/* Two members share the input. When the second joins, the first has a partial batch of partitions that it must hand
 * over: it finishes these records, and the second never receives them. */
START_TEST(revocation_with_a_half_built_batch) {
    /* On a busy machine the group may rebalance often, and each time records are repeated. */
    enum { N = 2000, HELD = 300, TURNS = 600, MOST = 100, ROOM = HELD + TURNS * MOST };
    size_t count = 0, others = 0, done = 0;
    bool revoked = false; /* on a real broker no record is repeated */
    int calm = 0;
    if (!can(MOOD_CONNECTOR_GROUPS))
        return;
    mood_record *first = calloc(ROOM, sizeof *first), *second = calloc(ROOM, sizeof *second);
    world_feed(&world, 0, N);
    mood_connector *a = open_connector(), *b = NULL;
    count = take(a, first, HELD);
    ck_assert_uint_eq(count, HELD);
    b = open_connector();
    for (int turns = 0; turns < TURNS && calm < 5; turns++) {
        mood_event event = poll_once(a, revoked ? MOST : 1, revoked ? 20 : 50);
        if (event.type == MOOD_EVENT_REVOKED) {
            ck_assert_uint_gt(event.position_count, 0);
            ck_assert_int_gt(event.deadline_ms, 0);
            for (; done < count; done++)
                publish(a, &first[done]);
            flush(a);
            commit(a, first, count);
            revoked = true;
        } else if (event.type == MOOD_EVENT_RECORDS) {
            memcpy(first + count, event.records, event.record_count * sizeof *first);
            count += event.record_count;
        }
        bool a_ends = event.type == MOOD_EVENT_END;
        event = poll_once(b, MOST, 20);
        if (event.type == MOOD_EVENT_RECORDS) {
            memcpy(second + others, event.records, event.record_count * sizeof *second);
            others += event.record_count;
        }
        calm = revoked && a_ends && event.type == MOOD_EVENT_END ? calm + 1 : 0;
    }
    ck_assert(revoked);
    ck_assert_uint_gt(others, 0);
    ck_assert_int_eq(calm, 5);
    int *by_a = tally(first, count, N), *by_b = tally(second, others, N);
    for (int i = 0; i < N; i++) {
        int times = by_a[i] + by_b[i];
        ck_assert_msg(world.commits_while_rebalancing ? times == 1 : times >= 1,
                      "record %d: %d times in the first, %d in the second", i, by_a[i], by_b[i]);
    }
    free(by_a);
    free(by_b);
    world.type->release(a, first, count);
    world.type->release(b, second, others);
    close_connector(a);
    close_connector(b);
    free(first);
    free(second);
}
END_TEST

/* While a group rebalances no partition is assigned: this is not the end of the input. */
START_TEST(no_end_during_a_rebalance) {
    enum { N = 300 };
    mood_record records[N + 1];
    mood_error err;
    mood_event event = {0};
    if (!can(MOOD_CONNECTOR_GROUPS) || !can(MOOD_CONNECTOR_PAUSE))
        return;
    world_feed(&world, 0, N);
    mood_connector *a = open_connector();
    world.type->release(a, records, take(a, records, 10));
    ck_assert_int_eq(world.type->pause(a, &err), MOOD_CONNECTOR_OK); /* it must not reach the end of its partitions */
    mood_connector *b = open_connector();
    for (int turns = 0; turns < 600 && event.type != MOOD_EVENT_RECORDS; turns++) {
        poll_once(a, 1, 20);
        event = poll_once(b, 1, 20);
    }
    ck_assert_int_eq(event.type, MOOD_EVENT_RECORDS);
    world.type->release(b, event.records, event.record_count);
    close_connector(b);
    for (int turns = 0; turns < 600 && event.type != MOOD_EVENT_REVOKED; turns++)
        event = poll_once(a, 1, 20);
    ck_assert_int_eq(event.type, MOOD_EVENT_REVOKED);
    ck_assert_int_eq(world.type->resume(a, &err), MOOD_CONNECTOR_OK);
    size_t count = take(a, records, N + 1); /* nothing was committed: all records again */
    assert_each_once(records, count, 0, N);
    world.type->release(a, records, count);
    close_connector(a);
}
END_TEST

START_TEST(close_in_every_state) {
    enum { N = 500, MOST = 20 * N };
    static mood_record records[MOST];
    mood_error err;
    world.type->close(NULL, 0, &err);
    world_feed(&world, 0, N);
    close_connector(open_connector()); /* never polled */

    mood_connector *connector = open_connector(); /* possibly while joining */
    mood_event event = poll_once(connector, 1, 10);
    if (event.record_count)
        world.type->release(connector, event.records, event.record_count);
    close_connector(connector);

    connector = open_connector(); /* in the middle of the input, paused */
    size_t count = take(connector, records, 10);
    world.type->release(connector, records, count);
    if (can(MOOD_CONNECTOR_PAUSE))
        ck_assert_int_eq(world.type->pause(connector, &err), MOOD_CONNECTOR_OK);
    close_connector(connector);

    connector = open_connector(); /* with outputs in flight and no time */
    count = take(connector, records, 100);
    for (size_t i = 0; i < count; i++)
        publish(connector, &records[i]);
    commit(connector, records, count);
    world.type->release(connector, records, count);
    mood_connector_result result = world.type->close(connector, 0, &err);
    ck_assert(result == MOOD_CONNECTOR_OK || result == MOOD_CONNECTOR_RETRY);

    if (can(MOOD_CONNECTOR_GROUPS)) { /* undelivered outputs were not acknowledged: no record is lost */
        size_t arrived;
        struct seen *seen = world_output(&world, &arrived);
        connector = open_connector();
        count = take(connector, records, MOST); /* to the end: a rebalance repeats records */
        int *times = tally(records, count, N);
        for (size_t i = 0; i < arrived; i++)
            times[seen[i].number]++;
        for (int i = 0; i < N; i++)
            ck_assert_msg(times[i] > 0, "record %d is lost", i);
        free(times);
        free(seen);
        world.type->release(connector, records, count);
        close_connector(connector);
    }
}
END_TEST

START_TEST(close_with_a_revocation_pending) {
    mood_record records[100];
    if (!can(MOOD_CONNECTOR_GROUPS))
        return;
    world_feed(&world, 0, 100);
    mood_connector *a = open_connector();
    size_t count = take(a, records, 20);
    mood_connector *b = open_connector();
    mood_event event = {0};
    for (int i = 0; i < 300 && event.type != MOOD_EVENT_REVOKED; i++) {
        mood_event other = poll_once(b, 10, 20);
        if (other.record_count)
            world.type->release(b, other.records, other.record_count);
        event = poll_once(a, 1, 20);
        if (event.type == MOOD_EVENT_RECORDS)
            world.type->release(a, event.records, event.record_count);
    }
    ck_assert_int_eq(event.type, MOOD_EVENT_REVOKED);
    world.type->release(a, records, count);
    close_connector(a);
    close_connector(b);
}
END_TEST

START_TEST(statistics_add_up) {
    enum { N = 150 };
    mood_record records[N];
    mood_connector_statistics statistics = {.size = sizeof statistics};
    mood_error err;
    world_feed(&world, 0, N);
    mood_connector *connector = open_connector();
    size_t count = take(connector, records, N);
    for (size_t i = 0; i < count; i++)
        publish(connector, &records[i]);
    flush(connector);
    commit(connector, records, count);
    ck_assert_int_eq(world.type->statistics(connector, &statistics, &err), MOOD_CONNECTOR_OK);
    ck_assert(statistics.assigned);
    ck_assert_uint_eq(statistics.received, N);
    ck_assert_uint_eq(statistics.published, N);
    ck_assert_uint_eq(statistics.delivered, N);
    ck_assert_uint_eq(statistics.in_flight, 0);
    int64_t sum = 0;
    for (size_t i = 0; i < statistics.partition_count; i++)
        sum += statistics.partitions[i].committed > 0 ? statistics.partitions[i].committed : 0;
    if (can(MOOD_CONNECTOR_GROUPS))
        ck_assert_int_eq(sum, N);
    world.type->release(connector, records, count);
    close_connector(connector);
}
END_TEST

START_TEST(bad_settings_are_refused) {
    const mood_setting unknown = {"nosuch", "1", false};
    mood_connector_config config = {.size = sizeof config, .settings = &unknown, .setting_count = 1};
    mood_connector *connector = NULL;
    mood_error err = {0};
    ck_assert_int_ne(world.type->open(&config, &connector, &err), MOOD_CONNECTOR_OK);
    ck_assert_ptr_nonnull(strstr(err.message, "nosuch"));
    config.size--;
    ck_assert_int_ne(world.type->open(&config, &connector, &err), MOOD_CONNECTOR_OK);
    config = (mood_connector_config){.size = sizeof config, .guarantee = MOOD_EXACTLY_ONCE};
    if (!can(MOOD_CONNECTOR_TRANSACTIONS))
        ck_assert_int_eq(world.type->open(&config, &connector, &err), MOOD_CONNECTOR_UNSUPPORTED);
    ck_assert_ptr_null(connector);
}
END_TEST

START_TEST(the_table_is_checked) {
    mood_connector_type type = *world.type;
    mood_error err;
    ck_assert_int_eq(mood_connector_check(&type, &err), MOOD_OK);
    type.abi++;
    ck_assert_int_eq(mood_connector_check(&type, &err), MOOD_ERR_CONNECTOR);
    type = *world.type;
    type.size--;
    ck_assert_int_eq(mood_connector_check(&type, &err), MOOD_ERR_CONNECTOR);
    type.size += 2;
    ck_assert_int_eq(mood_connector_check(&type, &err), MOOD_ERR_CONNECTOR);
    type = *world.type;
    type.rewind = NULL;
    ck_assert_int_eq(mood_connector_check(&type, &err), MOOD_ERR_CONNECTOR);
    ck_assert_int_eq(mood_connector_check(NULL, &err), MOOD_ERR_ARGUMENT);
}
END_TEST

START_TEST(only_plugins_are_loaded) {
    const mood_connector_type *type;
    mood_error err;
    ck_assert_int_eq(mood_connector_load("nosuch", &type, &err), MOOD_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "nosuch"));
    ck_assert_int_eq(mood_connector_load("../plugin/lines", &type, &err), MOOD_ERR_ARGUMENT);
    ck_assert_int_eq(mood_connector_load("", &type, &err), MOOD_ERR_ARGUMENT);
    ck_assert_int_eq(mood_connector_load(NULL, &type, &err), MOOD_ERR_ARGUMENT);
}
END_TEST

/* ---- all tests, on each connector --------------------------------------------------------------------------- */

static int run(void (*make)(struct world *), const char *name) {
    make_world = make;
    Suite *suite = suite_create(name);
    TCase *all = tcase_create("conformance");
    tcase_add_checked_fixture(all, begin, end);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, everything_once_and_in_order);
    tcase_add_test(all, committed_records_are_not_read_again);
    tcase_add_test(all, uncommitted_records_are_read_again);
    tcase_add_test(all, rewind_reads_again);
    tcase_add_test(all, transactions_are_aborted_or_committed);
    tcase_add_test(all, a_paused_connector_returns_nothing);
    tcase_add_test(all, revocation_with_a_half_built_batch);
    tcase_add_test(all, no_end_during_a_rebalance);
    tcase_add_test(all, close_in_every_state);
    tcase_add_test(all, close_with_a_revocation_pending);
    tcase_add_test(all, statistics_add_up);
    tcase_add_test(all, bad_settings_are_refused);
    tcase_add_test(all, the_table_is_checked);
    tcase_add_test(all, only_plugins_are_loaded);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

int main(int argc, char **argv) {
    const char *only = argc > 1 ? argv[1] : NULL;
    int failed = 0;
    if (!only || strcmp(only, "lines") == 0)
        failed |= run(world_lines, "lines");
#ifdef WITH_KAFKA
    if (!only || strcmp(only, "mock") == 0)
        failed |= run(world_mock, "kafka, mock cluster");
    if (only && strcmp(only, "broker") == 0) /* tests/kafka starts a broker and this program */
        failed |= run(world_broker, "kafka, real broker");
#endif
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
