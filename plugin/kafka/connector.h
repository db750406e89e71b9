/* The Kafka connector: a consumer of a group, a producer, and the state that connects them. */
#ifndef KAFKA_CONNECTOR_H
#define KAFKA_CONNECTOR_H

#include "clients.h"
#include "consumer.h"
#include "producer.h"
#include "tracker.h"
#include "transaction.h"

struct mood_connector {
    struct clients clients;
    struct tracker *tracker;
    struct producer producer;
    struct consumer consumer;
    struct transaction transaction;
    mood_partition_statistics *partitions; /* [partition_capacity], of the newest statistics */
    size_t partition_capacity;
    int64_t leave_end; /* while closing: deadline for leaving the group [clock_ms] */
};

#endif
