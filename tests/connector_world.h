/* The environment of a connector for the conformance test: an input with known records, and access to the output. */
#ifndef CONNECTOR_WORLD_H
#define CONNECTOR_WORLD_H

#include "mood/connector.h"

struct world {
    const char *name;
    const mood_connector_type *type;
    int32_t partitions;
    mood_setting settings[8]; /* settings of a connector that reads the input, writes the output and stops at the end */
    size_t setting_count;
    mood_setting properties[4];
    size_t property_count;
    bool has_keys;                  /* keys, headers and timestamps are passed through */
    bool commits_while_rebalancing; /* as in Kafka; librdkafka's mock cluster rejects it */
    /* State of the implementations. */
    char input[128], output[128], dead_letters[128], group[128];
    mood_embedded *embedded;
};

/* Each creates a new environment, within a test. */
void world_lines(struct world *world);
void world_mock(struct world *world);
void world_broker(struct world *world); /* at MOOD_TEST_BROKERS */
void world_end(struct world *world);

/* Write records 0 … n-1 to the input: value "text N", and with keys key N, a header "number" and a timestamp. */
void world_feed(struct world *world, int from, int to);

/* The numbers in the output's values, in the order of each partition; *count of them, new. Values read
 * "out N". */
struct seen {
    int number;
    int32_t partition;
    int64_t timestamp;
    char key[16], header[16], source[160];
};
struct seen *world_output(struct world *world, size_t *count);

#endif
