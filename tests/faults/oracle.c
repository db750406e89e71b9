/* What came out: each record is held against what its key says of it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

enum { OUTPUT, DEAD_LETTERS };

void oracle_open(struct oracle *oracle, const struct load *load) {
    oracle->load = load;
    oracle->ids = load->ids;
    oracle->seen = calloc((size_t)load->ids, 1);
    if (!oracle->seen)
        die("out of memory");
    memset(oracle->last, -1, sizeof oracle->last);
}

void oracle_close(struct oracle *oracle) {
    free(oracle->seen);
    for (int i = 0; i < PARTITIONS; i++)
        free(oracle->offsets[i]);
}

/* ---- one record ------------------------------------------------------------------------------------------------------ */

static void note(struct oracle *oracle, const char *what, long id, const rd_kafka_message_t *message) {
    if (oracle->notes)
        fprintf(oracle->notes, "%s: id %ld of input %ld/%ld, at %s/%" PRId32 "/%" PRId64 "\n", what, id,
                id % PARTITIONS, id / PARTITIONS, rd_kafka_topic_name(message->rkt), message->partition,
                message->offset);
}

static bool header_is(const rd_kafka_headers_t *headers, const char *name, const char *wanted) {
    const void *value;
    size_t size;
    return rd_kafka_header_get_last(headers, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           size == strlen(wanted) && memcmp(value, wanted, size) == 0;
}

/* The place it has, and the place that it says to come from. */
static bool is_in_place(const struct oracle *oracle, const rd_kafka_message_t *message, int to, long id) {
    char partition[24], offset[24], source[128];
    rd_kafka_headers_t *headers;
    if (message->partition != id % PARTITIONS || rd_kafka_message_headers(message, &headers))
        return false;
    snprintf(partition, sizeof partition, "%ld", id % PARTITIONS);
    snprintf(offset, sizeof offset, "%ld", id / PARTITIONS);
    snprintf(source, sizeof source, "%s/%s/%s", oracle->input, partition, offset);
    return to == OUTPUT ? header_is(headers, "mood.source", source)
                        : header_is(headers, "mood.error.partition", partition) &&
                              header_is(headers, "mood.error.offset", offset);
}

static bool is_right(const struct oracle *oracle, const rd_kafka_message_t *message, int to, long id) {
    enum kind kind = oracle->load->kind ? oracle->load->kind(id) : SCORED;
    if ((kind == DEAD) != (to == DEAD_LETTERS))
        return false;
    if (kind == TOMBSTONE)
        return !message->payload;
    return kind == DEAD || memmem(message->payload, message->len, "{\"label\":\"", 10);
}

/* First sights are in the order of the input, whatever is doubled. */
static void judge(struct oracle *oracle, const rd_kafka_message_t *message) {
    char key[24] = "", *rest = key;
    int to = strcmp(rd_kafka_topic_name(message->rkt), oracle->output) == 0 ? OUTPUT : DEAD_LETTERS;
    if (message->key && message->key_len < sizeof key)
        memcpy(key, message->key, message->key_len);
    long id = strtol(key, &rest, 10);
    atomic_fetch_add(&oracle->records, 1);
    if (rest == key || *rest || id < 0 || id >= oracle->ids) {
        atomic_fetch_add(&oracle->foreign, 1);
        note(oracle, "foreign", -1, message);
        return;
    }
    if (!is_in_place(oracle, message, to, id) || !is_right(oracle, message, to, id)) {
        atomic_fetch_add(&oracle->misplaced, 1);
        note(oracle, "misplaced", id, message);
    }
    bool first = oracle->seen[id] == 0;
    oracle->seen[id] += oracle->seen[id] < 255;
    if (!first) {
        atomic_fetch_add(&oracle->doubled, 1);
        note(oracle, "doubled", id, message);
        return;
    }
    int64_t *last = &oracle->last[to][id % PARTITIONS];
    if (id / PARTITIONS < *last) {
        atomic_fetch_add(&oracle->disordered, 1);
        note(oracle, "out of order", id, message);
    } else
        *last = id / PARTITIONS;
    atomic_fetch_add(&oracle->distinct, 1);
}

static void keep_offset(struct oracle *oracle, const rd_kafka_message_t *message) {
    int i = message->partition;
    if (!oracle->keep_offsets || strcmp(rd_kafka_topic_name(message->rkt), oracle->output) != 0)
        return;
    if (oracle->offset_count[i] == oracle->offset_capacity[i]) {
        oracle->offset_capacity[i] = 2 * oracle->offset_capacity[i] + 1024;
        oracle->offsets[i] = reallocarray(oracle->offsets[i], oracle->offset_capacity[i], sizeof(int64_t));
        if (!oracle->offsets[i])
            die("out of memory");
    }
    oracle->offsets[i][oracle->offset_count[i]++] = message->offset;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

static rd_kafka_t *open_reader(const struct oracle *oracle) {
    const char *const properties[] = {"group.id",
                                      "judge",
                                      "enable.auto.commit",
                                      "false",
                                      "isolation.level",
                                      oracle->committed ? "read_committed" : "read_uncommitted",
                                      "enable.partition.eof",
                                      "true",
                                      "fetch.wait.max.ms",
                                      "50",
                                      "auto.offset.reset",
                                      "earliest",
                                      NULL};
    rd_kafka_t *client = client_new(RD_KAFKA_CONSUMER, oracle->cluster->brokers, properties);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(2 * PARTITIONS);
    for (int i = 0; i < PARTITIONS; i++) {
        rd_kafka_topic_partition_list_add(list, oracle->output, i)->offset = 0;
        if (oracle->dead_letters)
            rd_kafka_topic_partition_list_add(list, oracle->dead_letters, i)->offset = 0;
    }
    rd_kafka_assign(client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return client;
}

/* Where a reader is: one bit a partition that is at its end. */
static unsigned bit_of(const struct oracle *oracle, const rd_kafka_message_t *message) {
    bool output = strcmp(rd_kafka_topic_name(message->rkt), oracle->output) == 0;
    return 1u << (message->partition + (output ? 0 : PARTITIONS));
}

static unsigned all_bits(const struct oracle *oracle) {
    return (1u << (oracle->dead_letters ? 2 * PARTITIONS : PARTITIONS)) - 1;
}

static void take(struct oracle *oracle, rd_kafka_t *client, unsigned *at_end) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(client, 50);
    if (!message)
        return;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        *at_end |= bit_of(oracle, message);
    else if (!message->err) {
        *at_end &= ~bit_of(oracle, message);
        judge(oracle, message);
        keep_offset(oracle, message);
    }
    rd_kafka_message_destroy(message);
}

static void *follow(void *user) {
    struct oracle *oracle = user;
    rd_kafka_t *client = open_reader(oracle);
    unsigned at_end = 0;
    while (!oracle->stop)
        take(oracle, client, &at_end);
    at_end = 0; /* of now: what was there when it was told to stop is read too */
    double patience = now() + 1;
    while (now() < patience) {
        long before = oracle->records;
        take(oracle, client, &at_end);
        if (oracle->records > before)
            patience = now() + 1;
    }
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return NULL;
}

void oracle_follow(struct oracle *oracle) {
    if (pthread_create(&oracle->thread, NULL, follow, oracle) != 0)
        die("no thread for the judge");
}

void oracle_stop(struct oracle *oracle) {
    oracle->stop = true;
    pthread_join(oracle->thread, NULL);
}

bool oracle_read(struct oracle *oracle, double seconds) {
    rd_kafka_t *client = open_reader(oracle);
    unsigned at_end = 0;
    double end = now() + seconds;
    while (at_end != all_bits(oracle) && now() < end)
        take(oracle, client, &at_end);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return at_end == all_bits(oracle);
}

/* Records that only a reader of everything sees, in runs: between two transactions there is a control record. */
long oracle_aborts(const struct oracle *committed, const struct oracle *all) {
    long most = 0;
    for (int i = 0; i < PARTITIONS; i++) {
        long runs = 0;
        size_t seen = 0;
        int64_t last = -2;
        for (size_t at = 0; at < all->offset_count[i]; at++) {
            int64_t offset = all->offsets[i][at];
            while (seen < committed->offset_count[i] && committed->offsets[i][seen] < offset)
                seen++;
            if (seen < committed->offset_count[i] && committed->offsets[i][seen] == offset)
                continue;
            runs += offset != last + 1;
            last = offset;
        }
        most = runs > most ? runs : most;
    }
    return most;
}
