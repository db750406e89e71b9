/* The topics that are written. */
#ifndef KAFKA_TARGETS_H
#define KAFKA_TARGETS_H

#include "clients.h"
#include "cluster.h"

/* A topic that is written. */
struct target {
    char *name;              /* owned; NULL: that of the settings */
    rd_kafka_topic_t *topic; /* belongs to the current producer; NULL: not open */
    int32_t partitions;
};

struct targets {
    struct clients *clients;
    struct target output, dead_letters;
    struct target *others; /* [other_count]: topics that outputs name */
    size_t other_count;
    bool same_partitions; /* input and output have the same number of partitions */
};

/* Open the topics of the settings with the current producer. */
mood_status targets_open(struct targets *targets, mood_error *err);

void targets_set_sizes(struct targets *targets, const struct topic_sizes *sizes);

/* The topic of an output. RETRY: it is not known yet whether it exists. REJECTED: it does not exist. */
mood_connector_result targets_find(struct targets *targets, const mood_output *output, struct target **target,
                                   mood_error *err);

/* The partition for an output; RD_KAFKA_PARTITION_UA: librdkafka chooses by the key. */
int32_t targets_partition(const struct targets *targets, const mood_output *output, const struct target *target);

/* Before the producer is destroyed. */
void targets_close(struct targets *targets);
void targets_free(struct targets *targets);

#endif
