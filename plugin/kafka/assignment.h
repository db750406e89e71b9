/* The partitions that the group has assigned to this process, and the positions in them. */
#ifndef KAFKA_ASSIGNMENT_H
#define KAFKA_ASSIGNMENT_H

#include "clients.h"
#include "tracker.h"

/* A rebalance that librdkafka waits for. */
enum pending { PENDING_NONE, PENDING_ASSIGN, PENDING_REVOKE, PENDING_LOSE };

struct assignment {
    struct clients *clients;
    struct tracker *tracker;
    bool assigned, paused;
    enum pending pending;
    rd_kafka_topic_partition_list_t *pending_list;
    rd_kafka_topic_partition_list_t *owned; /* an element's opaque is not NULL if its end was reached */
    bool removed;                           /* partitions were removed since a transaction reset it */
    int64_t *read; /* [read_count] by partition: the offset after the newest record; 0: none since it was assigned */
    size_t read_count;
    uint64_t rebalances;
};

/* clients and tracker are set. Call assignment_free after a failure, too. */
mood_status assignment_init(struct assignment *assignment, mood_error *err);
void assignment_free(struct assignment *assignment);

/* ---- rebalances ---- */

/* Note a rebalance; it replaces one that is pending. */
void assignment_set_pending(struct assignment *assignment, enum pending pending,
                            const rd_kafka_topic_partition_list_t *list);

/* Whether partitions are to be handed over: pending is PENDING_REVOKE or PENDING_LOSE. */
bool assignment_is_leaving(const struct assignment *assignment);

/* Carry out a pending assignment. It stays pending if the group's offsets cannot be read yet. */
void assignment_add(struct assignment *assignment);

/* Remove the partitions of a pending revocation or loss from `owned` and from the tracker. */
void assignment_forget(struct assignment *assignment);

/* Carry out a pending revocation or loss; offsets were committed before. */
void assignment_remove(struct assignment *assignment);

/* Refuse a pending assignment, because the connector is closing. */
void assignment_refuse(struct assignment *assignment);

/* Whether this process is a member of the group and its partitions are not lost. If not, librdkafka would commit
 * offsets without member id and generation, which brokers accept unchecked in a transaction. */
bool assignment_is_member(const struct assignment *assignment);

/* ---- positions ---- */

/* Continue reading at positions [n]; partitions that are leaving are ignored. *in_doubt: it is unknown whether the
 * newest transaction was committed, so reading continues at the group's offsets; false afterwards. RETRY: these cannot
 * be read yet. */
mood_connector_result assignment_rewind(struct assignment *assignment, const mood_position *positions, size_t n,
                                        bool *in_doubt, mood_error *err);

mood_connector_result assignment_pause(struct assignment *assignment, bool pause, mood_error *err);

/* Whether the ends of all partitions were reached. */
bool assignment_at_end(const struct assignment *assignment);
void assignment_mark_end(struct assignment *assignment, int32_t partition, int64_t offset);
void assignment_mark_more(struct assignment *assignment, int32_t partition); /* a record came after the end */
void assignment_mark_read(struct assignment *assignment, int32_t partition, int64_t next);

/* The committed offset for statistics. A partition whose records are all finished is at its end, although control
 * records of transactions may come before it. */
int64_t assignment_position(const struct assignment *assignment, const rd_kafka_topic_partition_t *owned);

/* Positions [n] as a new list of librdkafka. */
rd_kafka_topic_partition_list_t *positions_to_list(const mood_position *positions, size_t n);

#endif
