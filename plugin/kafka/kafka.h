/* The inside of the Kafka connector: a consumer of a group, a producer, and what is between them. */
#ifndef KAFKA_KAFKA_H
#define KAFKA_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "mood/connector.h"
#include "tracker.h"

/* ---- settings.c: what the user says, and librdkafka's configuration from it ------------------------ */

enum missing { MISSING_STOP, MISSING_EARLIEST, MISSING_LATEST };

/* Copies of the connector's settings; NULL where nothing is said. */
struct settings {
    char *brokers, *group, *input, *output, *dead_letters, *instance;
    char *transactional_id; /* NULL: no transactions */
    bool end;               /* stop at the end of the input */
    enum missing missing;   /* what to do where offsets are gone */
    mood_guarantee guarantee;
};

extern const char *const setting_names[];

mood_status settings_read(const mood_connector_config *config, struct settings *settings, mood_error *err);
void settings_clear(struct settings *settings);

/* librdkafka's configuration of one side (RD_KAFKA_CONSUMER or _PRODUCER); *conf is new. */
mood_status settings_conf(const mood_connector_config *config, const struct settings *settings, rd_kafka_type_t side,
                          rd_kafka_conf_t **conf, mood_error *err);

/* ---- properties.c: the names that librdkafka knows ------------------------------------------------- */

const char *const *property_names(void);

/* Whether librdkafka knows the property, and which side it is for. */
bool property_find(const char *name, bool *consumer, bool *producer);

/* ---- the connector --------------------------------------------------------------------------------- */

/* A rebalance that librdkafka waits for us to carry out. */
enum pending { PENDING_NONE, PENDING_ASSIGN, PENDING_REVOKE, PENDING_LOSE };

/* A topic that is written. */
struct target {
    char *name;              /* NULL: the settings' */
    rd_kafka_topic_t *topic; /* the producer's, and gone with it; NULL: not opened */
    int32_t partitions;
};

/* Where the producer's transactions are. */
enum transaction {
    TRANSACTION_NAMELESS, /* its name is not taken yet */
    TRANSACTION_NONE,
    TRANSACTION_OPEN,
    TRANSACTION_POSITIONS_SENT
};

struct mood_connector {
    struct settings settings;
    void (*log)(mood_log_level level, const char *message, void *user);
    void *user;
    const volatile sig_atomic_t *stop;

    rd_kafka_t *producer;           /* NULL when nothing is written */
    rd_kafka_conf_t *producer_conf; /* for another one, where this one can come to be spent; NULL */
    int32_t input_partitions;
    struct target output, dead_letters;
    struct target *others; /* [other_count], those that outputs name */
    size_t other_count;
    bool same_partitions; /* the output has as many as the input */

    enum transaction transaction;
    struct sending *sending;      /* positions on their way into it; NULL: none are */
    uint64_t transaction_outputs; /* published since it began */
    bool transaction_lost;        /* partitions went away with outputs of theirs in it, maybe */
    bool spent;                   /* the producer can do nothing more; spent_reason says why */
    char spent_reason[512];
    int renewals;  /* producers since a transaction was last committed */
    bool in_doubt; /* whether the newest transaction was committed: the group's positions tell */

    rd_kafka_t *consumer; /* NULL when nothing is read */
    bool subscribed, assigned, paused, closing;
    enum pending pending;
    bool told; /* the host knows of the pending revocation */
    rd_kafka_topic_partition_list_t *pending_list;
    rd_kafka_topic_partition_list_t *owned; /* opaque of an element is not NULL: it is at its end */
    struct tracker *tracker;
    rd_kafka_queue_t *commits; /* responses to commits; NULL: no consumer */
    bool commit_in_flight;     /* sent, no response yet */
    bool commit_failed;        /* the newest periodic one */
    int commit_interval_ms;    /* 0: no periodic commits */
    int64_t commit_due;        /* the next periodic commit, not before [clock_ms] */

    mood_record *records; /* [record_capacity], of the newest event */
    size_t record_capacity;
    mood_position *positions; /* [position_capacity], of the newest event */
    size_t position_capacity;
    mood_partition_statistics *partitions; /* [partition_capacity], of the newest statistics */
    size_t partition_capacity;
    int64_t *read; /* [read_count] by partition, the offset behind the newest record; 0: none since it is ours */
    size_t read_count;

    mood_connector_result failure; /* not OK: nothing goes on, and failure_error says why */
    mood_error failure_error;
    char trouble[512]; /* the newest thing that a connection complained of */
    rd_kafka_resp_err_t trouble_code;
    int64_t missing_since; /* when a broker first said that it does not know the input topic; 0: none did */
    bool all_down;         /* there was a moment when no broker could be reached */

    uint64_t received, published, delivered, failed, rebalances;
    uint64_t committed; /* outputs in transactions that were committed */
};

/* ---- kafka.c ------------------------------------------------------------------------------------------ */

int64_t clock_ms(void);
bool kafka_stopping(const mood_connector *kafka); /* the host was asked to stop */
bool kafka_hurried(const mood_connector *kafka);  /* at once */

/* ---- errors.c: what the clients say, and what it means ------------------------------------------------------ */

void kafka_log(mood_connector *kafka, mood_log_level level, const char *format, ...) MOOD_PRINTF(3, 4);

/* Remember that nothing can go on; the first reason stays. */
void kafka_fail(mood_connector *kafka, mood_connector_result result, const char *format, ...) MOOD_PRINTF(3, 4);

/* The same, of a client that librdkafka has given up for good. */
void kafka_fatal(mood_connector *kafka, rd_kafka_t *client);

/* Whether trying it again, in another transaction, is no use. */
bool kafka_is_final(rd_kafka_resp_err_t code);

/* Behind an error's text: what somebody has to allow or raise, if that is what is lacking; else empty. */
const char *kafka_advice(rd_kafka_resp_err_t code);

/* Hand a remembered failure out. */
mood_connector_result kafka_failure(const mood_connector *kafka, mood_error *err);

/* Callbacks that both clients have: logs, errors of connections, fatal errors. */
void kafka_conf_callbacks(mood_connector *kafka, rd_kafka_conf_t *conf);

/* OAUTHBEARER: have librdkafka renew tokens in a thread of its own. Else they are renewed when we poll, which a long
 * batch holds up. For a client made with kafka_conf_callbacks. */
void kafka_renew_tokens(mood_connector *kafka, rd_kafka_t *client);

/* ---- close.c ----------------------------------------------------------------------------------------- */

mood_connector_result kafka_close(mood_connector *kafka, int timeout_ms, mood_error *err);

/* ---- cluster.c: are the brokers and the topics there ------------------------------------------------- */

mood_status cluster_check(mood_connector *kafka, mood_error *err);

/* How many partitions a topic has that an output names. RETRY: no answer yet. REJECTED: there is none. */
mood_connector_result cluster_count_partitions(mood_connector *kafka, const char *topic, int32_t *count,
                                               mood_error *err);

/* Whether the brokers answer, and don't know the input topic (any more). */
bool cluster_lacks_input(mood_connector *kafka);

/* ---- versions.c --------------------------------------------------------------------------------------- */

/* Warn of faults that the librdkafka in use is known to have, where they concern these settings. */
void versions_warn(mood_connector *kafka);

/* Behind an error's text, where one of them may be why a user is refused; else empty. */
const char *versions_refusal(const rd_kafka_t *client);

/* ---- producer.c ---------------------------------------------------------------------------------------- */

mood_status producer_open(mood_connector *kafka, const mood_connector_config *config, mood_error *err);
mood_status producer_renew(mood_connector *kafka, mood_error *err); /* another one in its place */
mood_connector_result producer_publish(mood_connector *kafka, const mood_output *output, mood_error *err);
mood_connector_result producer_flush(mood_connector *kafka, int timeout_ms, mood_error *err);
void producer_serve(mood_connector *kafka, int timeout_ms); /* delivery reports, logs */
void producer_destroy(mood_connector *kafka);               /* gives up what is not delivered */

/* ---- targets.c: the topics that are written ------------------------------------------------------------- */

mood_status targets_open(mood_connector *kafka, mood_error *err); /* the settings' */
mood_connector_result targets_find(mood_connector *kafka, const mood_output *output, struct target **target,
                                   mood_error *err);
int32_t targets_partition(const mood_connector *kafka, const mood_output *output, const struct target *target);
void targets_close(mood_connector *kafka); /* before their producer goes */
void targets_free(mood_connector *kafka);

/* ---- transaction.c: what an exactly-once connector's begin, commit and abort are -------------------- */

mood_connector_result transaction_begin(mood_connector *kafka, mood_error *err);
mood_connector_result transaction_commit(mood_connector *kafka, const mood_position *positions, size_t n,
                                         int timeout_ms, mood_error *err);
mood_connector_result transaction_abort(mood_connector *kafka, int timeout_ms, mood_error *err);
/* Why nothing can be published in it. */
mood_connector_result transaction_refused(mood_connector *kafka, mood_error *err);
void transaction_lose(mood_connector *kafka); /* partitions go away */
/* The producer can do nothing more. ABORT: another one will take its place; else the connector has failed. */
mood_connector_result transaction_spend(mood_connector *kafka, const char *reason, mood_error *err);
void transaction_close(mood_connector *kafka, int64_t end); /* undo what is open */

/* ---- sending.c: positions into a transaction ---------------------------------------------------------------- */

/* Takes both. False: no memory, no thread; nothing was sent. */
bool sending_start(mood_connector *kafka, rd_kafka_topic_partition_list_t *positions,
                   rd_kafka_consumer_group_metadata_t *group, int timeout_ms);
/* False: it is not over yet. Else none is under way, and *error is how the one that was ended (new), or as it was; error
 * NULL: nobody wants to know. */
bool sending_await(mood_connector *kafka, int timeout_ms, rd_kafka_error_t **error);
void sending_end(mood_connector *kafka); /* however long it takes */

/* ---- consumer.c ---------------------------------------------------------------------------------------- */

mood_status consumer_open(mood_connector *kafka, const mood_connector_config *config, mood_error *err);
void consumer_poll(mood_connector *kafka, size_t max_records, int timeout_ms, mood_event *event);
void consumer_look_for_input(mood_connector *kafka); /* fails where it is gone */
void consumer_release(const mood_record *records, size_t n);

/* Commit what may be, and leave the group; each no longer than until then. Not OK: positions were not committed. */
mood_connector_result consumer_leave(mood_connector *kafka, int64_t commit_end, int64_t leave_end, mood_error *err);

int consumer_property(const mood_connector *kafka, const char *name); /* a number; 0: not one */

/* ---- commits.c: committing offsets outside transactions ------------------------------------------------ */

void commits_open(mood_connector *kafka); /* after the consumer */
void commits_close(mood_connector *kafka);
/* At least once: send the offsets that can be committed, if a periodic commit is due. Does not wait. */
void commits_send(mood_connector *kafka);
/* At least once: commit the delivered offsets of partitions that are given up. Logs a failure. */
mood_connector_result commits_finish(mood_connector *kafka, const rd_kafka_topic_partition_list_t *leaving,
                                     int timeout_ms, mood_error *err);
/* Commit these offsets and wait. RETRY: no response within the time; ABORT: the partitions may be another member's. */
mood_connector_result commits_wait(mood_connector *kafka, const rd_kafka_topic_partition_list_t *list, int timeout_ms,
                                   mood_error *err);

/* ---- assignment.c: which partitions are ours, and their positions ------------------------------------ */

void assignment_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                          void *opaque);          /* librdkafka's rebalance callback */
void assignment_take_over(mood_connector *kafka); /* carry a pending assignment out; stays pending on trouble */
/* Carry a pending revocation or loss out; not OK: positions could not be committed within the time. */
mood_connector_result assignment_hand_over(mood_connector *kafka, int timeout_ms, mood_error *err);
/* Commit all that may be, for the last time. */
mood_connector_result assignment_finish(mood_connector *kafka, int timeout_ms, mood_error *err);
bool assignment_stands(const mood_connector *kafka); /* we are a member of the group, and hold what it gave us */
mood_connector_result assignment_rewind(mood_connector *kafka, const mood_position *positions, size_t n,
                                        mood_error *err);
mood_connector_result assignment_pause(mood_connector *kafka, bool pause, mood_error *err);
bool assignment_at_end(const mood_connector *kafka);
void assignment_mark_end(mood_connector *kafka, int32_t partition, int64_t offset); /* it was read up to there */
void assignment_mark_read(mood_connector *kafka, int32_t partition, int64_t next);  /* the offset behind a record */
void assignment_mark_more(mood_connector *kafka, int32_t partition);
/* What statistics tell as committed. Transactions' control records at a partition's end are nobody's to do: a
 * partition of which all was done stands at its end. */
int64_t assignment_position(const mood_connector *kafka, const rd_kafka_topic_partition_t *owned);

/* ---- demo.c ---------------------------------------------------------------------------------------------- */

mood_connector_result demo_embed(const char *const *topics, size_t topic_count, int32_t partitions,
                                 mood_embedded **embedded, const mood_setting **settings, size_t *setting_count,
                                 mood_error *err);
void demo_dismantle(mood_embedded *embedded);

#endif
