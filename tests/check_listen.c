/* The server of a stream: which requests are answered, readiness, and histograms. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "history.h"
#include "stream/histogram.h"

static mood_error err;

/* ---- addresses ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *host, *port;
} good_addresses[] = {
    {"9464", "127.0.0.1", "9464"},   {":9464", "127.0.0.1", "9464"}, {"localhost:0", "localhost", "0"},
    {"0.0.0.0:80", "0.0.0.0", "80"}, {"[::1]:9464", "::1", "9464"},  {"host.example:65535", "host.example", "65535"},
};

START_TEST(an_address_is_read) {
    struct address address;
    ck_assert_int_eq(address_parse(good_addresses[_i].text, &address, &err), MOOD_OK);
    ck_assert_str_eq(address.host, good_addresses[_i].host);
    ck_assert_str_eq(address.port, good_addresses[_i].port);
}
END_TEST

static const char *const bad_addresses[] = {"",           ":",      "host",    "host:",   "host:x",
                                            "host:65536", "::1:80", "host:-1", "host:1x", "host:123456789"};

START_TEST(invalid_addresses_are_refused) {
    struct address address;
    ck_assert_int_eq(address_parse(bad_addresses[_i], &address, &err), MOOD_ERR_ARGUMENT);
}
END_TEST

START_TEST(names_have_no_port) {
    static const char *const bad[] = {"", ",", "a,", ",a", "a,,b", "a:80", "a,b:80", "http://a", "a b", "*"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(address_check_names(bad[i], &err) == MOOD_ERR_ARGUMENT, "'%s'", bad[i]);
    ck_assert_int_eq(address_check_names(NULL, &err), MOOD_OK);
    ck_assert_int_eq(address_check_names("a,b.example,c", &err), MOOD_OK);
}
END_TEST

START_TEST(hosts_are_ours_or_not) {
    static const char *const ours[] = {"localhost", "LOCALHOST:1", "127.0.0.1:9464", "127.1.2.3",
                                       "[::1]",     "[::1]:80",    "mine.example:80"};
    static const char *const others[] = {"",
                                         ":80",
                                         "evil.example",
                                         "localhost.evil.example",
                                         "127.0.0.1.evil.example",
                                         "10.0.0.1",
                                         "localhost:",
                                         "localhost:x",
                                         "[::1",
                                         "[::1]x",
                                         "[::2]:80",
                                         "localhost@evil.example",
                                         "local host"};
    struct address address;
    ck_assert_int_eq(address_parse("mine.example:80", &address, &err), MOOD_OK);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        ck_assert_msg(address_is_host(&address, ours[i]), "%s is ours", ours[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_msg(!address_is_host(&address, others[i]), "%s is not ours", others[i]);
    ck_assert(!address_is_host(&address, NULL));
    ck_assert(!address_is_host(&address, "scorer"));
    address.names = "scorer,second.example";
    ck_assert(address_is_host(&address, "scorer:80") && address_is_host(&address, "Second.Example"));
    ck_assert(!address_is_host(&address, "score") && !address_is_host(&address, "scorer,second.example"));
    address.everywhere = true; /* then numeric addresses, which DNS can't rebind, but no other names */
    ck_assert(address_is_host(&address, "10.0.0.1:80"));
    ck_assert(!address_is_host(&address, "evil.example"));
}
END_TEST

/* ---- health -------------------------------------------------------------------------------------------------- */

static char reason[160];
static struct observer *observer;
static mood_stream_statistics now;
static uint64_t labels[2];
static mood_partition_statistics partitions[1];
static struct snapshot snapshot;

static void begin(void) {
    observer = observer_create(true);
    partitions[0] = (mood_partition_statistics){"reviews", 0, 10, 10};
    labels[0] = labels[1] = 0;
    now = (mood_stream_statistics){.size = sizeof now, .labels = labels, .label_count = 2};
    now.connector = (mood_connector_statistics){
        .size = sizeof now.connector, .assigned = true, .partitions = partitions, .partition_count = 1};
    now.end_to_end = histogram_of_seconds();
    snapshot = (struct snapshot){0};
}

static void end(void) {
    snapshot_clear(&snapshot);
    observer_destroy(observer);
}

static void tell(void) {
    observer_update(observer, &now);
    ck_assert(observer_snapshot(observer, &snapshot));
}

/* Readiness after this number of seconds. */
static bool ready_in(double seconds) {
    return is_ready(&snapshot, monotonic_seconds() + seconds, reason, sizeof reason);
}

START_TEST(it_is_ready_once_partitions_are_assigned) {
    ck_assert(observer_snapshot(observer, &snapshot));
    ck_assert(!ready_in(0) && strstr(reason, "starting"));
    ck_assert(is_alive(&snapshot, monotonic_seconds() + 1e6, reason, sizeof reason)); /* opening has its own limits */
    now.connector.assigned = false;
    tell();
    ck_assert(!ready_in(0) && strstr(reason, "no partitions"));
    now.connector.assigned = true;
    tell();
    ck_assert(ready_in(0));
    observer_stopping(observer);
    tell();
    ck_assert(!ready_in(0) && strstr(reason, "stopping"));
    ck_assert(is_alive(&snapshot, monotonic_seconds() + 1e6, reason, sizeof reason));
}
END_TEST

/* Readiness if the last report was this long ago, but the loop ran since. */
static bool ready_after(double seconds) {
    double progressed = snapshot.progressed;
    snapshot.progressed -= seconds;
    bool ready = ready_in(0);
    snapshot.progressed = progressed;
    return ready;
}

START_TEST(work_without_progress_is_a_stall) {
    tell();
    partitions[0].end = 15; /* a lag of five */
    tell();
    ck_assert(ready_after(STALLED_SECONDS - 1));
    ck_assert(!ready_after(STALLED_SECONDS + 1));
    ck_assert_msg(strstr(reason, "stalled: lag 5") != NULL, "%s", reason);
    double before = snapshot.progressed;
    now.received += 100; /* repeated reads */
    tell();
    ck_assert(snapshot.progressed == before);
    now.scored++;
    tell();
    ck_assert(snapshot.progressed > before);
    before = snapshot.progressed;
    partitions[0].committed++;
    tell();
    ck_assert(snapshot.progressed > before);
    before = snapshot.progressed;
    tell();
    ck_assert(snapshot.progressed == before);
    partitions[0].end = partitions[0].committed; /* no work is left */
    tell();
    ck_assert(snapshot.progressed > before);
    before = snapshot.progressed;
    now.connector.in_flight = 3;
    tell();
    ck_assert(snapshot.progressed == before);
}
END_TEST

START_TEST(a_blocked_loop_is_not_alive) {
    tell();
    ck_assert(is_alive(&snapshot, snapshot.at + STUCK_SECONDS - 1, reason, sizeof reason));
    ck_assert(!is_alive(&snapshot, snapshot.at + STUCK_SECONDS + 1, reason, sizeof reason));
    ck_assert(strstr(reason, "has been blocked"));
    ck_assert(!ready_in(STUCK_SECONDS + 1));
}
END_TEST

START_TEST(lag_is_never_negative_nor_guessed) {
    ck_assert_int_eq(partition_lag(&(mood_partition_statistics){"t", 0, -1, -1}), -1);
    ck_assert_int_eq(partition_lag(&(mood_partition_statistics){"t", 0, -1, 7}), 7);
    ck_assert_int_eq(partition_lag(&(mood_partition_statistics){"t", 0, 9, 7}), 0);
}
END_TEST

/* ---- samples --------------------------------------------------------------------------------------------------- */

static const mood_head head = {.outputs = 1, .labels = 2, .activation = MOOD_LINEAR, .probabilities = true};

static void score(const char *text, size_t size) {
    const float score = 0.25f;
    const mood_scored scored = {.size = sizeof scored,
                                .text = {text, size},
                                .label_name = "negative",
                                .scores = &score,
                                .outputs = 1,
                                .head = &head};
    observer_sample(observer, &scored);
}

START_TEST(a_few_samples_are_kept) {
    struct sample samples[SAMPLES];
    char text[SAMPLE_TEXT + 100];
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    memcpy(text, "x", 1), memcpy(text + 1, "\xc3\xa9", 2); /* é crosses the limit */
    for (size_t i = 3; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    score(text, sizeof text - 1);
    score("a\0b", 3);
    ck_assert_uint_eq(observer_samples(observer, 0, samples), 2);
    ck_assert(samples[0].cut);
    ck_assert(mood_text_validate((mood_text){samples[0].text, samples[0].text_size}, NULL));
    ck_assert_uint_eq(samples[0].text_size, SAMPLE_TEXT - 1);
    ck_assert_uint_eq(samples[1].text_size, 3);
    ck_assert(!samples[1].cut);
    for (int i = 0; i < 100; i++)
        score("more", 4);
    ck_assert_uint_lt(observer_samples(observer, 0, samples), SAMPLES);
    for (int i = 0; i < 10; i++) {
        tell();
        score("more", 4);
    }
    ck_assert_uint_eq(observer_samples(observer, 0, samples), SAMPLES);
    ck_assert_uint_eq(samples[SAMPLES - 1].number, 16);
    ck_assert_uint_eq(observer_samples(observer, 15, samples), 1);
    ck_assert_uint_eq(observer_samples(observer, 16, samples), 0);
}
END_TEST

START_TEST(a_long_label_is_cut_between_characters) {
    struct sample samples[SAMPLES];
    const float score = 0.5f;
    char label[SAMPLE_LABEL + 10] = "x"; /* so that é crosses the limit */
    for (size_t i = 1; i + 1 < sizeof label - 1; i += 2)
        memcpy(label + i, "\xc3\xa9", 2);
    const mood_scored scored = {
        .size = sizeof scored, .text = {"a", 1}, .label_name = label, .scores = &score, .outputs = 1, .head = &head};
    observer_sample(observer, &scored);
    memmove(label, label + 1, sizeof label - 1);
    observer_sample(observer, &scored);
    ck_assert_uint_eq(observer_samples(observer, 0, samples), 2);
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(samples[i].label);
        ck_assert_uint_ge(size, SAMPLE_LABEL - 2);
        ck_assert(mood_text_validate((mood_text){samples[i].label, size}, NULL));
    }
}
END_TEST

/* ---- history ---------------------------------------------------------------------------------------------------- */

START_TEST(quantiles_are_of_the_difference) {
    mood_histogram before = histogram_of_seconds(), after;
    for (int i = 0; i < 1000; i++)
        histogram_add(&before, 100);
    after = before;
    ck_assert(isnan(histogram_quantile(&after, &before, 0.5)));
    for (int i = 0; i < 99; i++)
        histogram_add(&after, 0.003); /* above 2.5 ms, up to 5 */
    histogram_add(&after, 1e6);
    double median = histogram_quantile(&after, &before, 0.5);
    ck_assert(median > 0.0025 && median < 0.005);
    ck_assert_double_eq(histogram_quantile(&after, &before, 0.999), 3600);
}
END_TEST

START_TEST(words_count_from_the_first) {
    static struct history history;
    now.words = 8, now.unknown_words = 2; /* before the first snapshot */
    tell();
    history_add(&history, &snapshot);
    ck_assert_double_eq(history_unknown_ratio(&history), 0.25);
}
END_TEST

START_TEST(points_are_differences) {
    static struct history history;
    tell();
    snapshot.at = 100;
    history_add(&history, &snapshot);
    ck_assert(isnan(history.points[0].rate));
    ck_assert(isnan(history_unknown_ratio(&history)));
    now.scored = 30, now.words = 200, now.unknown_words = 50;
    labels[0] = 6, labels[1] = 24;
    tell();
    snapshot.at = 102;
    history_add(&history, &snapshot);
    ck_assert_double_eq(history.points[1].rate, 15);
    ck_assert_double_eq(history.points[1].share, 0.8);
    ck_assert_double_eq(history.points[1].unknown, 0.25);
    history_add(&history, &snapshot);         /* nothing new */
    ck_assert(isnan(history.points[2].rate)); /* a gap, not a rate of 0 */
    ck_assert(isnan(history.points[2].share));
    ck_assert_double_eq(history_unknown_ratio(&history), 0.25);
    for (int i = 0; i < 2 * POINTS; i++)
        history_add(&history, &snapshot);
    json_t *points = history_points(&history, POINTS);
    ck_assert_uint_eq(json_array_size(points), POINTS);
    json_decref(points);
    ck_assert(isnan(history_unknown_ratio(&history)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("listen");
    TCase *tests = tcase_create("listen");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, an_address_is_read, 0, sizeof good_addresses / sizeof *good_addresses);
    tcase_add_loop_test(tests, invalid_addresses_are_refused, 0, sizeof bad_addresses / sizeof *bad_addresses);
    tcase_add_test(tests, hosts_are_ours_or_not);
    tcase_add_test(tests, names_have_no_port);
    tcase_add_test(tests, it_is_ready_once_partitions_are_assigned);
    tcase_add_test(tests, work_without_progress_is_a_stall);
    tcase_add_test(tests, a_blocked_loop_is_not_alive);
    tcase_add_test(tests, lag_is_never_negative_nor_guessed);
    tcase_add_test(tests, a_few_samples_are_kept);
    tcase_add_test(tests, a_long_label_is_cut_between_characters);
    tcase_add_test(tests, quantiles_are_of_the_difference);
    tcase_add_test(tests, words_count_from_the_first);
    tcase_add_test(tests, points_are_differences);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
