/* mood stream kafka --demo: starts an embedded broker, writes real reviews to it, and reads the scores from the
 * output topic. */
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shipped.h"
#include "stream.h"
#include "terminal.h"

#define INPUT "reviews"
#define OUTPUT "sentiment"

enum {
    PARTITIONS = 4,
    SHOWN = 20,          /* number of scores that are printed */
    MEASURED = 30000,    /* records of the throughput test */
    TIMEOUT_SECONDS = 60 /* time limit without a score [seconds] */
};

struct demo {
    struct stream_arguments *arguments;
    const mood_connector_type *type;
    mood_scorer *scorer;
    mood_dataset *reviews;
    mood_embedded *embedded;
    const mood_setting *broker; /* settings for connecting to it */
    size_t broker_count;

    /* The thread of the stream. */
    pthread_t thread;
    volatile sig_atomic_t stop; /* read by that thread */
    mood_status status;         /* valid after it has ended */
    mood_error error;
    pthread_mutex_t lock;
    bool over;

    uint64_t agreed, seen;
    bool *shown_before; /* [reviews] */
};

/* The mock broker delays fetch responses up to this limit. */
static const mood_setting fetch_wait = {"consumer.fetch.wait.max.ms", "20", false};

static struct demo *running; /* for the signal handler */

static double clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- connectors -------------------------------------------------------------------------------------------- */

/* Open a connector to the embedded broker, with up to three more settings. */
static mood_connector *open_connector(struct demo *demo, const char *name, const char *topic, const char *group,
                                      mood_error *err) {
    mood_setting settings[8];
    size_t n = 0;
    for (; n < demo->broker_count && n < 6; n++)
        settings[n] = demo->broker[n];
    settings[n++] = (mood_setting){name, topic, false};
    if (group)
        settings[n++] = (mood_setting){"group", group, false};
    const mood_connector_config config = {.size = sizeof config,
                                          .settings = settings,
                                          .setting_count = n,
                                          .properties = &fetch_wait,
                                          .property_count = 1};
    mood_connector *connector = NULL;
    return demo->type->open(&config, &connector, err) == MOOD_CONNECTOR_OK ? connector : NULL;
}

static bool put(struct demo *demo, mood_connector *writer, size_t number, size_t index, mood_error *err) {
    const mood_text text = mood_dataset_get_texts(demo->reviews)[index];
    char key[32];
    snprintf(key, sizeof key, "review-%zu", number);
    mood_output output = MOOD_OUTPUT;
    output.key = key;
    output.key_size = strlen(key);
    output.value = text.data;
    output.value_size = text.size;
    mood_connector_result result;
    while ((result = demo->type->publish(writer, &output, err)) == MOOD_CONNECTOR_RETRY && !demo->stop)
        demo->type->flush(writer, 50, err);
    return result == MOOD_CONNECTOR_OK;
}

/* Write n records: the reviews in order, repeatedly. */
static bool write_reviews(struct demo *demo, size_t n, mood_error *err) {
    size_t count = mood_dataset_get_count(demo->reviews);
    mood_connector *writer = open_connector(demo, "output", INPUT, NULL, err);
    bool fine = writer != NULL;
    for (size_t i = 0; i < n && fine && !demo->stop; i++)
        fine = put(demo, writer, i, i % count, err);
    if (writer && demo->type->close(writer, 10000, fine ? err : NULL) != MOOD_CONNECTOR_OK)
        fine = false;
    return fine;
}

/* ---- the stream ---------------------------------------------------------------------------------------------- */

static void *stream_thread(void *user) {
    struct demo *demo = user;
    mood_setting settings[8];
    size_t n = 0;
    for (; n < demo->broker_count && n < 6; n++)
        settings[n] = demo->broker[n];
    settings[n++] = (mood_setting){"input", INPUT, false};
    settings[n++] = (mood_setting){"output", OUTPUT, false};
    mood_stream_options options = demo->arguments->options;
    options.scorer = demo->scorer;
    options.settings = settings;
    options.setting_count = n;
    options.properties = &fetch_wait;
    options.property_count = 1;
    options.stop = &demo->stop;
    mood_error err = {0};
    mood_status status = mood_stream_run(&options, NULL, &err);
    pthread_mutex_lock(&demo->lock);
    demo->status = status;
    demo->error = err;
    demo->over = true;
    pthread_mutex_unlock(&demo->lock);
    return NULL;
}

static bool is_over(struct demo *demo) {
    pthread_mutex_lock(&demo->lock);
    bool over = demo->over;
    pthread_mutex_unlock(&demo->lock);
    return over;
}

/* ---- results -------------------------------------------------------------------------------------------------- */

/* The review's number, from the record's key. */
static bool find_review(const struct demo *demo, const mood_record *record, size_t *index) {
    char key[32] = "";
    if (record->key_size == 0 || record->key_size >= sizeof key)
        return false;
    memcpy(key, record->key, record->key_size);
    if (sscanf(key, "review-%zu", index) != 1)
        return false;
    *index %= mood_dataset_get_count(demo->reviews);
    return true;
}

/* Truncate a text to the width of the line. */
static mood_text cut(mood_text text, size_t columns, bool *whole) {
    size_t at = 0, characters = 0;
    for (; at < text.size && characters < columns; characters++) {
        at++;
        while (at < text.size && ((unsigned char)text.data[at] & 0xC0) == 0x80)
            at++;
    }
    *whole = at >= text.size;
    return (mood_text){text.data, at};
}

static size_t line_columns(void) {
    size_t columns = terminal_columns(STDOUT_FILENO);
    return columns >= 60 ? columns : 100;
}

static void print_score(const struct demo *demo, const char *label, double score, size_t index, bool agrees) {
    bool whole;
    mood_text text = cut(mood_dataset_get_texts(demo->reviews)[index], line_columns() - 30, &whole);
    printf("  %.3f  %-10s  %-8s ", score, label, agrees ? "yes" : "no");
    print_column(stdout, text);
    puts(whole ? "" : "…");
    fflush(stdout);
}

static void handle_score(struct demo *demo, const mood_record *record) {
    size_t index;
    json_error_t error;
    json_t *result = json_loadb(record->value, record->value_size, 0, &error);
    const char *label = json_string_value(json_object_get(result, "label"));
    if (label && find_review(demo, record, &index)) {
        const char *known =
            mood_dataset_get_label(demo->reviews, (size_t)mood_dataset_get_classes(demo->reviews)[index]);
        bool agrees = known && strcmp(label, known) == 0;
        if (!demo->shown_before[index]) {
            demo->agreed += agrees;
            if (demo->seen < SHOWN || demo->arguments->common.verbose)
                print_score(demo, label, json_number_value(json_object_get(result, "score")), index, agrees);
        }
        demo->shown_before[index] = true;
        demo->seen++;
    }
    json_decref(result);
}

/* Read scores until there are `wanted`; false: they did not arrive. */
static bool read_scores(struct demo *demo, mood_connector *reader, uint64_t wanted, mood_error *err) {
    double last = clock_seconds();
    while (demo->seen < wanted) {
        mood_event event = {.size = sizeof event};
        demo->type->poll(reader, 1000, 100, &event);
        if (event.type == MOOD_EVENT_RECORDS) {
            for (size_t i = 0; i < event.record_count; i++)
                handle_score(demo, &event.records[i]);
            demo->type->release(reader, event.records, event.record_count);
            last = clock_seconds();
        } else if (event.type == MOOD_EVENT_ERROR && event.result != MOOD_CONNECTOR_RETRY) {
            *err = event.error;
            return false;
        }
        if (is_over(demo) || demo->stop)
            return false; /* the stream failed, or a signal was received */
        if (clock_seconds() - last > TIMEOUT_SECONDS) {
            mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "no scores for %d s", TIMEOUT_SECONDS);
            return false;
        }
    }
    return true;
}

/* ---- the two parts --------------------------------------------------------------------------------------------- */

static void print_table(const struct demo *demo) {
    printf("\n%zu reviews that the model was not trained on, from the topic '" INPUT "' through the model into '" OUTPUT
           "',\nread back from there:\n\n  score  label       correct  review\n",
           mood_dataset_get_count(demo->reviews));
    fflush(stdout);
}

static bool show(struct demo *demo, mood_connector *reader, mood_error *err) {
    size_t count = mood_dataset_get_count(demo->reviews);
    print_table(demo);
    if (!write_reviews(demo, count, err) || !read_scores(demo, reader, count, err))
        return false;
    if (count > SHOWN && !demo->arguments->common.verbose)
        printf("  … and %zu more (-v shows all)\n", count - SHOWN);
    printf("\n%" PRIu64 " of %zu are correct (same label as a person gave): %.1f %%\n", demo->agreed, count,
           100.0 * (double)demo->agreed / (double)count);
    fflush(stdout);
    return true;
}

static bool measure_throughput(struct demo *demo, mood_connector *reader, mood_error *err) {
    uint64_t before = demo->seen;
    double start = clock_seconds();
    if (!write_reviews(demo, MEASURED, err) || !read_scores(demo, reader, before + MEASURED, err))
        return false;
    double seconds = clock_seconds() - start;
    printf("throughput test: %d records through both topics in %.1f s, %.0f records/s, on %s\n", MEASURED, seconds,
           MEASURED / seconds, mood_scorer_get_device(demo->scorer)->name);
    return true;
}

static void print_next(void) {
    puts("\nThat was librdkafka's mock broker within this program. With a broker of your own:\n"
         "\n  mood stream kafka -m MODEL.keras -b HOST:9092 -i " INPUT " -o " OUTPUT "\n\nTo see the output:  kcat -b "
         "HOST:9092 -t " OUTPUT);
}

/* ---- setup and cleanup ---------------------------------------------------------------------------------------- */

static void on_signal(int number) {
    (void)number;
    if (running)
        running->stop = running->stop ? 2 : 1;
}

static mood_status open_reviews(struct demo *demo, mood_error *err) {
    char *path = shipped_path("demo-reviews.csv");
    if (!path)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = mood_dataset_open(path, NULL, &demo->reviews, err);
    free(path);
    if (status == MOOD_OK) {
        demo->shown_before = calloc(mood_dataset_get_count(demo->reviews), sizeof *demo->shown_before);
        if (!demo->shown_before)
            status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    }
    return status;
}

static mood_status start_broker(struct demo *demo, mood_error *err) {
    static const char *const topics[] = {INPUT, OUTPUT};
    if (!demo->type->embed)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the connector '%s' has no --demo; use kafka",
                              demo->type->name);
    mood_connector_result result =
        demo->type->embed(topics, 2, PARTITIONS, &demo->embedded, &demo->broker, &demo->broker_count, err);
    return result == MOOD_CONNECTOR_OK ? MOOD_OK : err->status;
}

static void catch_signals(struct demo *demo) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    running = demo;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

/* Run both parts while the stream runs. */
static mood_status run_parts(struct demo *demo, mood_error *err) {
    mood_error trouble = {0};
    mood_connector *reader = open_connector(demo, "input", OUTPUT, "mood-demo", &trouble);
    bool fine = reader && show(demo, reader, &trouble) && measure_throughput(demo, reader, &trouble);
    bool asked = demo->stop;
    if (!demo->stop)
        demo->stop = 1;
    pthread_join(demo->thread, NULL);
    if (reader)
        demo->type->close(reader, 2000, NULL);
    if (demo->status != MOOD_OK)
        *err = demo->error;
    else if (!fine && !asked)
        *err = trouble;
    if (fine)
        print_next();
    return demo->status != MOOD_OK ? demo->status : !fine && !asked ? trouble.status : MOOD_OK;
}

int stream_demo(struct stream_arguments *arguments, mood_scorer *scorer) {
    struct demo demo = {.arguments = arguments,
                        .type = arguments->options.connector,
                        .scorer = scorer,
                        .lock = PTHREAD_MUTEX_INITIALIZER};
    mood_error err = {0};
    mood_status status = open_reviews(&demo, &err);
    if (status == MOOD_OK)
        status = start_broker(&demo, &err);
    if (status != MOOD_OK)
        goto done;
    catch_signals(&demo);
    if (pthread_create(&demo.thread, NULL, stream_thread, &demo) != 0)
        status = mood_error_set(&err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "a thread can't be started");
    else
        status = run_parts(&demo, &err);
    running = NULL;
done:
    if (demo.embedded)
        demo.type->dismantle(demo.embedded);
    free(demo.shown_before);
    mood_dataset_destroy(demo.reviews);
    return status == MOOD_OK ? EXIT_SUCCESS : fail(&arguments->common, &err);
}
