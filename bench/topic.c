/* topic COMMAND BROKERS …: what bench/stream needs beside mood: fill a topic, copy one as plainly as can be, and see how
 * long records take from one to another.
 *
 *     topic fill BROKERS TOPIC PARTITIONS RECORDS <TEXTS       lines in turn, cut to 240 bytes, with a key each
 *     topic copy BROKERS INPUT OUTPUT RECORDS MODE LINGER      seconds from the first record read to the last delivered
 *     topic pace BROKERS INPUT OUTPUT RATE SECONDS WARM <TEXTS milliseconds from one topic into the other
 *
 * copy is the loop that mood stream is, without mood: one thread, one batch after the other, delivery reports, positions
 * committed for what was delivered; MODE exactly-once has transactions of 100 ms. pace reads what is committed. */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_SIZE = 240, BATCH = 1024, WAIT_MS = 60000 };
static const double transaction_seconds = 0.1;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("topic: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void check(rd_kafka_error_t *error, const char *what) {
    if (error)
        die("%s: %s", what, rd_kafka_error_string(error));
}

/* ---- clients ---------------------------------------------------------------------------------------------------- */

static long delivered, failed;

static void report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client, (void)opaque;
    if (message->err)
        failed++;
    else
        delivered++;
}

static rd_kafka_t *client_new(rd_kafka_type_t type, const char *brokers, const char *const *properties) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        die("%s", reason);
    for (; *properties; properties += 2)
        if (rd_kafka_conf_set(conf, properties[0], properties[1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
            die("%s", reason);
    if (type == RD_KAFKA_PRODUCER)
        rd_kafka_conf_set_dr_msg_cb(conf, report);
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!client)
        die("%s", reason);
    if (type == RD_KAFKA_CONSUMER)
        rd_kafka_poll_set_consumer(client);
    return client;
}

static rd_kafka_t *producer_new(const char *brokers, const char *linger, bool transactional) {
    char name[64];
    snprintf(name, sizeof name, "topic-%d", (int)getpid());
    /* Names and values in pairs. */
    /* clang-format off */
    const char *const properties[] = {"enable.idempotence", "true", "acks", "all", "linger.ms", linger,
                                      transactional ? "transactional.id" : NULL, name, NULL};
    /* clang-format on */
    rd_kafka_t *producer = client_new(RD_KAFKA_PRODUCER, brokers, properties);
    if (transactional)
        check(rd_kafka_init_transactions(producer, WAIT_MS), "init_transactions");
    return producer;
}

static rd_kafka_t *consumer_new(const char *brokers, const char *topic, const char *reset, bool commits) {
    char group[64];
    snprintf(group, sizeof group, "topic-%d", (int)getpid());
    /* Names and values in pairs. */
    /* clang-format off */
    const char *const properties[] = {
        "group.id", group, "auto.offset.reset", reset, "enable.auto.offset.store", "false", "enable.auto.commit",
        commits ? "true" : "false", "auto.commit.interval.ms", "1000", "isolation.level", "read_committed",
        "queued.min.messages", "1000000", "queued.max.messages.kbytes", "32768", NULL};
    /* clang-format on */
    rd_kafka_t *consumer = client_new(RD_KAFKA_CONSUMER, brokers, properties);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(consumer, list))
        die("subscribing failed");
    rd_kafka_topic_partition_list_destroy(list);
    return consumer;
}

static void consumer_end(rd_kafka_t *consumer) {
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

struct texts {
    char (*lines)[TEXT_SIZE + 1];
    size_t count;
};

/* Cut between characters. */
static void cut(char *line) {
    size_t size = strcspn(line, "\r\n");
    if (size > TEXT_SIZE)
        size = TEXT_SIZE;
    while (size > 0 && ((unsigned char)line[size] & 0xC0) == 0x80)
        size--;
    line[size] = '\0';
}

static struct texts read_texts(void) {
    struct texts texts = {0};
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, stdin) > 0) {
        cut(line);
        if (!*line)
            continue;
        texts.lines = reallocarray(texts.lines, texts.count + 1, sizeof *texts.lines);
        if (!texts.lines)
            die("out of memory");
        strcpy(texts.lines[texts.count++], line);
    }
    free(line);
    if (!texts.count)
        die("no texts on standard input");
    return texts;
}

static void produce(rd_kafka_t *producer, const char *topic, int32_t partition, const void *key, size_t key_size,
                    const void *value, size_t size) {
    rd_kafka_resp_err_t code;
    while ((code = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                     RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_VALUE((void *)value, size),
                                     RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) ==
           RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(producer, 10);
    if (code)
        die("producing to %s: %s", topic, rd_kafka_err2str(code));
}

/* ---- fill --------------------------------------------------------------------------------------------------------- */

static void create_topic(rd_kafka_t *client, const char *name, int partitions) {
    char reason[256];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, reason, sizeof reason);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, WAIT_MS);
    size_t n = 0;
    const rd_kafka_topic_result_t **results =
        event ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n) : NULL;
    if (n != 1 || rd_kafka_topic_result_error(results[0]))
        die("%s can't be created: %s", name, n == 1 ? rd_kafka_err2str(rd_kafka_topic_result_error(results[0])) : "?");
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(topic);
}

static void fill(char **argv) {
    const char *topic = argv[3];
    int partitions = atoi(argv[4]);
    long records = atol(argv[5]);
    struct texts texts = records ? read_texts() : (struct texts){0};
    rd_kafka_t *producer = producer_new(argv[2], "5", false);
    create_topic(producer, topic, partitions);
    for (long i = 0; i < records; i++) {
        char key[24];
        int size = snprintf(key, sizeof key, "%ld", i);
        const char *text = texts.lines[(size_t)i % texts.count];
        produce(producer, topic, (int32_t)(i % partitions), key, (size_t)size, text, strlen(text));
        if (i % BATCH == 0)
            rd_kafka_poll(producer, 0);
    }
    rd_kafka_flush(producer, WAIT_MS);
    if (delivered != records)
        die("%ld of %ld records were delivered", delivered, records);
    rd_kafka_destroy(producer);
    free(texts.lines);
}

/* ---- copy --------------------------------------------------------------------------------------------------------- */

struct copy {
    rd_kafka_t *consumer, *producer;
    const char *output;
    bool transactions;
    rd_kafka_topic_partition_list_t *positions;
    double first, begun;
    long copied;
};

static void note_position(struct copy *copy, const rd_kafka_message_t *message) {
    const char *topic = rd_kafka_topic_name(message->rkt);
    rd_kafka_topic_partition_t *at = rd_kafka_topic_partition_list_find(copy->positions, topic, message->partition);
    if (!at)
        at = rd_kafka_topic_partition_list_add(copy->positions, topic, message->partition);
    at->offset = message->offset + 1;
}

static void commit(struct copy *copy) {
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(copy->consumer);
    check(rd_kafka_send_offsets_to_transaction(copy->producer, copy->positions, group, WAIT_MS), "send_offsets");
    check(rd_kafka_commit_transaction(copy->producer, WAIT_MS), "commit_transaction");
    rd_kafka_consumer_group_metadata_destroy(group);
}

/* A batch; false: nothing came. */
static bool copy_batch(struct copy *copy, long records) {
    int count = 0;
    for (; count < BATCH && copy->copied < records; count++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(copy->consumer, count ? 0 : 20);
        if (!message)
            break;
        if (message->err)
            die("reading: %s", rd_kafka_message_errstr(message));
        if (!copy->first)
            copy->first = now();
        if (copy->transactions && !copy->begun) {
            check(rd_kafka_begin_transaction(copy->producer), "begin_transaction");
            copy->begun = now();
        }
        produce(copy->producer, copy->output, message->partition, message->key, message->key_len, message->payload,
                message->len);
        note_position(copy, message);
        rd_kafka_message_destroy(message);
        copy->copied++;
    }
    rd_kafka_poll(copy->producer, 0);
    return count > 0;
}

static void settle(struct copy *copy, bool idle, bool last) {
    if (copy->transactions && copy->begun && (idle || last || now() - copy->begun > transaction_seconds)) {
        commit(copy);
        copy->begun = 0;
    } else if (!copy->transactions && copy->positions->cnt) {
        if (last)
            rd_kafka_flush(copy->producer, WAIT_MS);
        rd_kafka_offsets_store(copy->consumer, copy->positions);
    }
}

static void copy(char **argv) {
    long records = atol(argv[5]);
    struct copy copy = {.output = argv[4], .transactions = strcmp(argv[6], "exactly-once") == 0};
    copy.producer = producer_new(argv[2], argv[7], copy.transactions);
    copy.consumer = consumer_new(argv[2], argv[3], "earliest", !copy.transactions);
    copy.positions = rd_kafka_topic_partition_list_new(16);
    while (copy.copied < records) {
        bool any = copy_batch(&copy, records);
        settle(&copy, !any, copy.copied == records);
    }
    double seconds = now() - copy.first;
    if (delivered != records || failed)
        die("%ld of %ld were delivered", delivered, records);
    printf("%.4f\n", seconds);
    rd_kafka_topic_partition_list_destroy(copy.positions);
    consumer_end(copy.consumer);
    rd_kafka_destroy(copy.producer);
}

/* ---- pace --------------------------------------------------------------------------------------------------------- */

static int by_size(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static void print_percentiles(double *values, size_t n) {
    static const double shares[] = {0.5, 0.9, 0.99, 0.999, 1};
    qsort(values, n, sizeof *values, by_size);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        size_t index = (size_t)(shares[i] * (double)n);
        printf("%.2f ", values[index < n ? index : n - 1] * 1e3);
    }
    printf("%zu\n", n);
}

static void await_partitions(rd_kafka_t *consumer) {
    int count = 0;
    while (count == 0) {
        rd_kafka_topic_partition_list_t *owned = NULL;
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        if (message)
            rd_kafka_message_destroy(message);
        if (rd_kafka_assignment(consumer, &owned))
            die("no assignment");
        count = owned->cnt;
        rd_kafka_topic_partition_list_destroy(owned);
    }
}

/* The key of a record is its number; when it was sent we know. One thread, so that one clock and no lock are needed. */
static void pace(char **argv) {
    double rate = atof(argv[5]), seconds = atof(argv[6]), warm = atof(argv[7]);
    long records = (long)(rate * (seconds + warm)), skipped = (long)(rate * warm), sent = 0, seen = 0;
    struct texts texts = read_texts();
    double *times = calloc((size_t)records, sizeof *times), *taken = calloc((size_t)records, sizeof *taken);
    rd_kafka_t *producer = producer_new(argv[2], "0", false);
    rd_kafka_t *consumer = consumer_new(argv[2], argv[4], "earliest", false);
    if (!times || !taken)
        die("out of memory");
    await_partitions(consumer);
    double start = now(), quiet = start;
    while (seen < records) {
        for (; sent < records && now() - start >= (double)sent / rate; sent++) {
            char key[24];
            int size = snprintf(key, sizeof key, "%ld", sent);
            const char *text = texts.lines[(size_t)sent % texts.count];
            times[sent] = now();
            produce(producer, argv[3], (int32_t)(sent % 4), key, (size_t)size, text, strlen(text));
        }
        rd_kafka_poll(producer, 0);
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1);
        if (message && !message->err && message->key_len < 24) {
            char key[24] = "";
            memcpy(key, message->key, message->key_len);
            long number = atol(key);
            if (number >= skipped && number < records)
                taken[number - skipped] = now() - times[number];
            seen++;
            quiet = now();
        }
        if (message)
            rd_kafka_message_destroy(message);
        if (now() - quiet > 60)
            die("%ld of %ld came", seen, records);
    }
    print_percentiles(taken, (size_t)(records - skipped));
    consumer_end(consumer);
    rd_kafka_destroy(producer);
    free(texts.lines);
    free(times);
    free(taken);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int arguments;
        void (*run)(char **argv);
    } commands[] = {{"fill", 6, fill}, {"copy", 8, copy}, {"pace", 8, pace}};
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0 && argc == commands[i].arguments) {
            commands[i].run(argv);
            return 0;
        }
    die("usage: see the head of bench/topic.c");
}
