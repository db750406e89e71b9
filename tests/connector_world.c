/* Inputs and outputs for the conformance test: files, a mock cluster, a real broker. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "connector_world.h"
#ifdef WITH_KAFKA
#include "kafka_topics.h"
#endif

static void add_setting(struct world *world, const char *name, const char *value) {
    ck_assert_uint_lt(world->setting_count, 8);
    world->settings[world->setting_count++] = (mood_setting){name, value, false};
}

static void load(struct world *world, const char *plugin) {
    mood_error err;
    ck_assert_msg(mood_connector_load(plugin, &world->type, &err) == MOOD_OK, "%s", err.message);
}

/* ---- lines --------------------------------------------------------------------------------------------- */

void world_lines(struct world *world) {
    *world = (struct world){.name = "lines", .partitions = 1};
    load(world, "lines");
    strcpy(world->input, "/tmp/mood-input-XXXXXX");
    strcpy(world->output, "/tmp/mood-output-XXXXXX");
    int input = mkstemp(world->input), output = mkstemp(world->output);
    ck_assert(input >= 0 && output >= 0);
    close(input);
    close(output);
    add_setting(world, "input", world->input);
    add_setting(world, "output", world->output);
}

static void feed_lines(struct world *world, int from, int to) {
    FILE *file = fopen(world->input, "a");
    ck_assert_ptr_nonnull(file);
    for (int i = from; i < to; i++)
        fprintf(file, "text %d%s\n", i, i % 3 ? "" : "\r");
    ck_assert_int_eq(fclose(file), 0);
}

static struct seen *output_lines(struct world *world, size_t *count) {
    FILE *file = fopen(world->output, "r");
    char *line = NULL;
    size_t capacity = 0, n = 0;
    struct seen *seen = NULL;
    ck_assert_ptr_nonnull(file);
    while (getline(&line, &capacity, file) > 0) {
        seen = reallocarray(seen, n + 1, sizeof *seen);
        seen[n] = (struct seen){0};
        ck_assert_int_eq(sscanf(line, "out %d", &seen[n++].number), 1);
    }
    free(line);
    fclose(file);
    *count = n;
    return seen;
}

/* ---- kafka ---------------------------------------------------------------------------------------------- */

static void name_topics(struct world *world) {
    static int counter;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long id = now.tv_nsec % 1000000 + ++counter;
    snprintf(world->input, sizeof world->input, "input-%d-%ld", (int)getpid(), id);
    snprintf(world->output, sizeof world->output, "output-%d-%ld", (int)getpid(), id);
    snprintf(world->dead_letters, sizeof world->dead_letters, "dead-%d-%ld", (int)getpid(), id);
    snprintf(world->group, sizeof world->group, "group-%d-%ld", (int)getpid(), id);
}

static void set_kafka(struct world *world) {
    world->partitions = 4;
    world->has_keys = true;
    add_setting(world, "input", world->input);
    add_setting(world, "output", world->output);
    add_setting(world, "dead-letters", world->dead_letters);
    add_setting(world, "group", world->group);
    add_setting(world, "end", "true");
    world->properties[world->property_count++] = (mood_setting){"consumer.session.timeout.ms", "3000", false};
    world->properties[world->property_count++] = (mood_setting){"consumer.heartbeat.interval.ms", "500", false};
    world->properties[world->property_count++] = (mood_setting){"consumer.fetch.wait.max.ms", "20", false};
    world->properties[world->property_count++] = (mood_setting){"producer.linger.ms", "1", false};
}

void world_mock(struct world *world) {
    *world = (struct world){.name = "kafka, mock cluster"};
    load(world, "kafka");
    name_topics(world);
    const char *topics[] = {world->input, world->output, world->dead_letters};
    const mood_setting *settings;
    size_t count;
    mood_error err;
    if (world->type->embed(topics, 3, 4, &world->embedded, &settings, &count, &err) != MOOD_CONNECTOR_OK)
        ck_abort_msg("%s", err.message);
    for (size_t i = 0; i < count; i++)
        world->settings[world->setting_count++] = settings[i];
    set_kafka(world);
}

#ifdef WITH_KAFKA
static void make_topics(const char *brokers, const char *const *topics, size_t count, int partitions) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    ck_assert_int_eq(rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof reason), RD_KAFKA_CONF_OK);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    ck_assert_ptr_nonnull(client);
    for (size_t i = 0; i < count; i++)
        topic_make(client, topics[i], partitions);
    rd_kafka_destroy(client);
}
#endif

void world_broker(struct world *world) {
    *world = (struct world){.name = "kafka, real broker"};
    const char *brokers = getenv("MOOD_TEST_BROKERS");
    ck_assert_msg(brokers && *brokers, "MOOD_TEST_BROKERS names no broker");
    load(world, "kafka");
    name_topics(world);
#ifdef WITH_KAFKA
    const char *topics[] = {world->input, world->output, world->dead_letters};
    make_topics(brokers, topics, 3, 4);
#endif
    world->commits_while_rebalancing = true;
    add_setting(world, "brokers", brokers);
    set_kafka(world);
}

static const char *setting(const struct world *world, const char *name) {
    for (size_t i = 0; i < world->setting_count; i++)
        if (strcmp(world->settings[i].name, name) == 0)
            return world->settings[i].value;
    return NULL;
}

static void feed_kafka(struct world *world, int from, int to) {
    const mood_setting settings[] = {{"brokers", setting(world, "brokers"), false}, {"output", world->input, false}};
    const mood_connector_config config = {
        .size = sizeof config, .settings = settings, .setting_count = sizeof settings / sizeof *settings};
    mood_connector *connector;
    mood_error err;
    ck_assert_msg(world->type->open(&config, &connector, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    for (int i = from; i < to; i++) {
        char key[16], value[32];
        snprintf(key, sizeof key, "%d", i);
        snprintf(value, sizeof value, "text %d", i);
        const mood_header header = {"number", key, strlen(key)};
        mood_output output = MOOD_OUTPUT;
        output.key = key;
        output.key_size = strlen(key);
        output.value = value;
        output.value_size = strlen(value);
        output.timestamp = 1700000000000 + i;
        output.headers = &header;
        output.header_count = 1;
        ck_assert_msg(world->type->publish(connector, &output, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    }
    ck_assert_int_eq(world->type->flush(connector, 30000, &err), MOOD_CONNECTOR_OK);
    ck_assert_int_eq(world->type->close(connector, 10000, &err), MOOD_CONNECTOR_OK);
}

static void copy(char *to, size_t size, const void *from, size_t length) {
    if (length >= size)
        length = size - 1;
    if (length)
        memcpy(to, from, length);
    to[length] = '\0';
}

static void see(struct seen *seen, const mood_record *record) {
    char value[32];
    *seen = (struct seen){.partition = record->position.partition, .timestamp = record->timestamp};
    copy(value, sizeof value, record->value, record->value_size);
    ck_assert_int_eq(sscanf(value, "out %d", &seen->number), 1);
    copy(seen->key, sizeof seen->key, record->key, record->key_size);
    for (size_t i = 0; i < record->header_count; i++) {
        const mood_header *header = &record->headers[i];
        if (strcmp(header->name, "number") == 0)
            copy(seen->header, sizeof seen->header, header->value, header->size);
        if (strcmp(header->name, "source") == 0)
            copy(seen->source, sizeof seen->source, header->value, header->size);
    }
}

static struct seen *output_kafka(struct world *world, size_t *count) {
    char group[160];
    snprintf(group, sizeof group, "%s-look", world->output);
    const mood_setting settings[] = {{"brokers", setting(world, "brokers"), false},
                                     {"input", world->output, false},
                                     {"group", group, false},
                                     {"end", "true", false}};
    const mood_connector_config config = {
        .size = sizeof config, .settings = settings, .setting_count = sizeof settings / sizeof *settings};
    mood_connector *connector;
    mood_error err;
    mood_event event = {.size = sizeof event};
    struct seen *seen = NULL;
    size_t n = 0;
    ck_assert_msg(world->type->open(&config, &connector, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    do {
        world->type->poll(connector, 1000, 1000, &event);
        ck_assert_msg(event.type != MOOD_EVENT_ERROR, "%s", event.error.message);
        if (event.type != MOOD_EVENT_RECORDS)
            continue;
        seen = reallocarray(seen, n + event.record_count, sizeof *seen);
        for (size_t i = 0; i < event.record_count; i++)
            see(&seen[n++], &event.records[i]);
        world->type->release(connector, event.records, event.record_count);
    } while (event.type != MOOD_EVENT_END);
    world->type->close(connector, 5000, &err);
    *count = n;
    return seen;
}

/* ---- all kinds ------------------------------------------------------------------------------------------- */

void world_feed(struct world *world, int from, int to) {
    if (world->has_keys)
        feed_kafka(world, from, to);
    else
        feed_lines(world, from, to);
}

struct seen *world_output(struct world *world, size_t *count) {
    return world->has_keys ? output_kafka(world, count) : output_lines(world, count);
}

void world_end(struct world *world) {
    if (world->embedded)
        world->type->dismantle(world->embedded);
    if (!world->has_keys && world->type) {
        unlink(world->input);
        unlink(world->output);
    }
}
