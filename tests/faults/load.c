/* The input: ids in turn over the partitions, at a pace. */
#include <stdlib.h>
#include <string.h>

#include "faults.h"

static int short_text(long id, char *value, size_t size) {
    static const char *const openings[] = {"The film was", "I found the food", "Honestly, this phone is",
                                           "We thought the staff were", "My second order:"};
    static const char *const judgements[] = {"great",
                                             "awful, never again",
                                             "fine for the price",
                                             "a waste of money",
                                             "better than I hoped",
                                             "so boring that I left",
                                             "lovely"};
    static const char *const closings[] = {"Would come back.", "Don't buy it.", "The battery lasts a day.", ""};
    return snprintf(value, size, "%s %s. %s", openings[id % 5], judgements[id / 5 % 7], closings[id / 35 % 4]);
}

/* A record elsewhere than its id says would make the judge's work void. */
static void report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    struct load *load = opaque;
    char key[24] = "";
    if (rd_kafka_fatal_error(client, NULL, 0)) /* the next one will see what is there */
        return;
    memcpy(key, message->key, message->key_len < sizeof key ? message->key_len : sizeof key - 1);
    long id = strtol(key, NULL, 10);
    bool right = !message->err && message->partition == id % PARTITIONS && message->offset == id / PARTITIONS;
    atomic_fetch_add(right ? &load->delivered : &load->failed, 1);
}

static rd_kafka_t *open_producer(struct load *load) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char *const properties[] = {"bootstrap.servers",
                                      load->cluster->brokers,
                                      "enable.idempotence",
                                      "true",
                                      "message.timeout.ms",
                                      "0",
                                      "linger.ms",
                                      "2",
                                      "log_level",
                                      "0",
                                      "reconnect.backoff.max.ms",
                                      "500",
                                      NULL};
    for (const char *const *at = properties; *at; at += 2)
        if (rd_kafka_conf_set(conf, at[0], at[1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
            die("%s", reason);
    rd_kafka_conf_set_dr_msg_cb(conf, report);
    rd_kafka_conf_set_opaque(conf, load);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!client)
        die("%s", reason);
    return client;
}

/* False: the producer has died. */
static bool produce(struct load *load, rd_kafka_t *client, long id) {
    char key[24], value[4096];
    int key_size = snprintf(key, sizeof key, "%ld", id);
    int size = (load->value ? load->value : short_text)(id, value, sizeof value);
    void *text = size < 0 ? NULL : value;
    size_t text_size = size < 0 ? 0 : (size_t)size;
    rd_kafka_resp_err_t code;
    do {
        code = rd_kafka_producev(client, RD_KAFKA_V_TOPIC(load->topic), RD_KAFKA_V_PARTITION((int)(id % PARTITIONS)),
                                 RD_KAFKA_V_KEY(key, (size_t)key_size), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_VALUE(text, text_size), RD_KAFKA_V_END);
        rd_kafka_poll(client, code ? 50 : 0);
    } while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && !load->stop && !interrupted);
    if (code && code != RD_KAFKA_RESP_ERR__FATAL)
        atomic_fetch_add(&load->failed, 1);
    return code != RD_KAFKA_RESP_ERR__FATAL;
}

static int64_t count_records(const struct load *load, rd_kafka_t *client, int partition) {
    int64_t low, high;
    while (rd_kafka_query_watermark_offsets(client, load->topic, partition, &low, &high, 1000))
        if (load->stop || interrupted)
            return 0;
    return high;
}

/* librdkafka before 2.3 may lose count of an idempotent producer's records when their leader dies (librdkafka#4438),
 * and is of no use from then on. A new one goes on behind what is there, once nothing more can come of the old one: a
 * broker that stood still may have had something to read. Returns the id to go on from. */
static long replace_producer(struct load *load, rd_kafka_t **client) {
    char reason[512] = "";
    long from = load->ids, total = 0;
    rd_kafka_fatal_error(*client, reason, sizeof reason);
    fprintf(stderr, "the load's producer died and is replaced: %s\n", reason);
    rd_kafka_destroy(*client);
    *client = open_producer(load);
    for (double end = now() + 20; now() < end && !load->stop && !interrupted;)
        nap(0.1);
    for (int p = 0; p < PARTITIONS; p++) {
        int64_t count = load->there[p] = count_records(load, *client, p);
        total += count;
        if (count * PARTITIONS + p < from)
            from = count * PARTITIONS + p;
    }
    load->delivered = total;
    return from;
}

static bool is_there(const struct load *load, long id) {
    return id / PARTITIONS < load->there[id % PARTITIONS];
}

static void *feed(void *user) {
    struct load *load = user;
    rd_kafka_t *client = open_producer(load);
    double start = now();
    for (long id = 0; !load->stop && !interrupted;) {
        long due = (long)((now() - start + 0.01) * load->rate);
        if (rd_kafka_fatal_error(client, NULL, 0))
            id = replace_producer(load, &client);
        while (id < due && id < load->ids && (is_there(load, id) || produce(load, client, id)))
            id++;
        load->sent = id;
        rd_kafka_poll(client, 2);
        if (id == load->ids && rd_kafka_outq_len(client) == 0 && !rd_kafka_fatal_error(client, NULL, 0))
            break;
    }
    rd_kafka_destroy(client);
    return NULL;
}

void load_start(struct load *load) {
    if (pthread_create(&load->thread, NULL, feed, load) != 0)
        die("no thread for the load");
}

void load_join(struct load *load) {
    pthread_join(load->thread, NULL);
}
