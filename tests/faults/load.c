/* The input: ids in turn over the partitions, at a pace. */
#include <stdlib.h>
#include <string.h>

#include "faults.h"

static int short_text(long id, char *value, size_t size) {
    static const char *const openings[] = {"The film was", "I found the food", "Honestly, this phone is",
                                           "We thought the staff were", "My second order:"};
    static const char *const judgements[] = {"great", "awful, never again", "fine for the price", "a waste of money",
                                             "better than I hoped", "so boring that I left", "lovely"};
    static const char *const closings[] = {"Would come back.", "Don't buy it.", "The battery lasts a day.", ""};
    return snprintf(value, size, "%s %s. %s", openings[id % 5], judgements[id / 5 % 7], closings[id / 35 % 4]);
}

/* A record elsewhere than its id says would make the judge's work void. */
static void report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    struct load *load = opaque;
    char key[24] = "";
    (void)client;
    memcpy(key, message->key, message->key_len < sizeof key ? message->key_len : sizeof key - 1);
    long id = strtol(key, NULL, 10);
    bool right = !message->err && message->partition == id % PARTITIONS && message->offset == id / PARTITIONS;
    atomic_fetch_add(right ? &load->delivered : &load->failed, 1);
}

static rd_kafka_t *open_producer(struct load *load) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char *const properties[] = {"bootstrap.servers", load->cluster->brokers, "enable.idempotence", "true",
                                      "message.timeout.ms", "0", "linger.ms", "2", "log_level", "0",
                                      "reconnect.backoff.max.ms", "500", NULL};
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

static void produce(struct load *load, rd_kafka_t *client, long id) {
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
    } while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && !load->stop);
    if (code)
        atomic_fetch_add(&load->failed, 1);
}

static void *feed(void *user) {
    struct load *load = user;
    rd_kafka_t *client = open_producer(load);
    double start = now();
    for (long id = 0; id < load->ids && !load->stop;) {
        long due = (long)((now() - start + 0.01) * load->rate);
        for (; id < due && id < load->ids; id++)
            produce(load, client, id);
        load->sent = id;
        rd_kafka_poll(client, 2);
    }
    while (rd_kafka_outq_len(client) > 0 && !load->stop && !interrupted)
        rd_kafka_poll(client, 20);
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
