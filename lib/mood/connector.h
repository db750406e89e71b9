/* Connectors carry records between a stream and an external system. A connector is a plugin
 * (a shared object in the plugin folder) or a mood_connector_type of the application's own.
 *
 * The host (mood_stream_run, mood_stream_replay) controls batching, order, positions and the retry of batches; a
 * connector implements its protocol and nothing else. One connector is used by one thread at a time. No function
 * except open may keep its arguments. A call takes at most slightly longer than its timeout; a call that hands over
 * partitions, or that finds out what is missing, may take some seconds longer.
 *
 * Order of calls, at-least-once:  poll … publish … commit(positions), repeated; flush; close
 * exactly-once:                   begin, poll … publish … commit(positions), repeated; after
 *                                 MOOD_CONNECTOR_ABORT: abort, rewind(start of the transaction), begin
 * at-most-once:                   poll … commit(positions), publish …, repeated */
#ifndef MOOD_CONNECTOR_H
#define MOOD_CONNECTOR_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mood/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Increased with every change to this header, additions included: host and connector must use the same structs.
 *  The sizes of mood_connector_type and mood_connector_config are also compared when a connector is loaded. */
#define MOOD_CONNECTOR_ABI 3

/** One open connector; the plugin defines the struct. */
typedef struct mood_connector mood_connector;

/** What the host should do next. The mood_error of the same call gives the reason. */
typedef enum mood_connector_result {
    MOOD_CONNECTOR_OK = 0,
    MOOD_CONNECTOR_RETRY = 1,      /**< nothing done yet (timeout, or queue full): call again */
    MOOD_CONNECTOR_REJECTED = 2,   /**< this output can never be delivered; others may be */
    MOOD_CONNECTOR_ABORT = 3,      /**< abort the transaction, rewind, begin a new one */
    MOOD_CONNECTOR_FATAL = 4,      /**< close; a new open may succeed */
    MOOD_CONNECTOR_FENCED = 5,     /**< another process took over this instance name: close, do not restart */
    MOOD_CONNECTOR_UNSUPPORTED = 6 /**< this connector cannot do that; see its abilities */
} mood_connector_result;

/** What a connector can do beyond poll, publish, flush and commit. */
typedef enum mood_connector_ability {
    MOOD_CONNECTOR_TRANSACTIONS = 1 << 0, /**< begin, abort; commit is atomic with what was published */
    MOOD_CONNECTOR_REWIND = 1 << 1,       /**< rewind */
    MOOD_CONNECTOR_PAUSE = 1 << 2,        /**< pause, resume */
    MOOD_CONNECTOR_GROUPS = 1 << 3        /**< shares its input with a group: partitions can be revoked or lost */
} mood_connector_ability;

/** How often each record is in the output: at most once, at least once or exactly once. */
typedef enum mood_guarantee { MOOD_AT_LEAST_ONCE = 0, MOOD_AT_MOST_ONCE = 1, MOOD_EXACTLY_ONCE = 2 } mood_guarantee;

/* ---- records ----------------------------------------------------------------------------------- */

/** A position in the input: that of a record, or, for commit and rewind, the next offset to read. */
typedef struct mood_position {
    const char *topic;
    int32_t partition;
    int64_t offset;
} mood_position;

typedef struct mood_header {
    const char *name;
    const void *value; /**< NULL: a header without a value */
    size_t size;
} mood_header;

/** One input record. Everything it points to stays valid until the record is released. */
typedef struct mood_record {
    mood_position position;
    const void *key; /**< NULL: no key */
    size_t key_size;
    const void *value; /**< NULL: a tombstone */
    size_t value_size;
    int64_t timestamp; /**< milliseconds since 1970; -1: none */
    const mood_header *headers;
    size_t header_count;
    /** NULL; or why the record cannot be processed (for example, too large), as text for a person. The host handles it
     * as a record that cannot be scored; value is then what the connector kept of it, for a dead letter. */
    const char *problem;
    void *held; /**< for the connector's use, until release */
} mood_record;

/** One output record; borrowed for the call. */
typedef struct mood_output {
    size_t size;
    const char *topic;    /**< NULL: the configured one. If the topic does not exist: REJECTED */
    int32_t partition;    /**< -1, or not a partition of the topic: the connector chooses, by the key if topic is set */
    bool dead_letter;     /**< send it to the dead letter topic, not to the output */
    mood_position source; /**< the input record that it results from; topic NULL: none */
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    int64_t timestamp;
    const mood_header *headers;
    size_t header_count;
} mood_output;
#define MOOD_OUTPUT                                                                                                    \
    { sizeof(mood_output), NULL, -1, false, {NULL, -1, -1}, NULL, 0, NULL, 0, -1, NULL, 0 }

/* ---- events ------------------------------------------------------------------------------------ */

typedef enum mood_event_type {
    MOOD_EVENT_NONE = 0,    /**< timeout */
    MOOD_EVENT_RECORDS = 1, /**< in order within each partition */
    /** Partitions are going to another member. Finish or drop their records, flush and commit within the
     *  deadline; the next poll hands the partitions over. */
    MOOD_EVENT_REVOKED = 2,
    MOOD_EVENT_LOST = 3, /**< partitions are gone already: drop their records, commit nothing */
    MOOD_EVENT_END = 4,  /**< end of the input; more may follow if the input can grow */
    MOOD_EVENT_ERROR = 5 /**< see result and error; FATAL if an accepted output cannot be delivered */
} mood_event_type;

/** Filled by poll. The connector owns the arrays; they are valid until the next call. */
typedef struct mood_event {
    size_t size;
    mood_event_type type;
    const mood_record *records; /**< copy the structs to keep them; release each record once */
    size_t record_count;
    const mood_position *positions; /**< revoked, lost: the partitions */
    size_t position_count;
    int deadline_ms; /**< revoked: how long the host may take */
    mood_connector_result result;
    mood_error error;
} mood_event;

/* ---- settings ---------------------------------------------------------------------------------- */

typedef struct mood_setting {
    const char *name;
    const char *value;
    bool exposed; /**< given on a command line, which process lists show: must not contain a secret */
} mood_setting;

typedef enum mood_log_level { MOOD_LOG_WARNING = 0, MOOD_LOG_NOTE = 1, MOOD_LOG_DETAIL = 2 } mood_log_level;

/** Arguments of open; borrowed for the call, except log, user and stop, which are kept until close returns. */
typedef struct mood_connector_config {
    size_t size;
    mood_guarantee guarantee;
    const char *instance;         /**< this process's name, the same after a restart; NULL: a random one */
    const mood_setting *settings; /**< the connector's options: brokers, input, output … */
    size_t setting_count;
    const mood_setting *properties; /**< passed through to the protocol's library */
    size_t property_count;
    /** Called only during a call of the connector's functions, in the caller's thread. May be NULL. */
    void (*log)(mood_log_level level, const char *message, void *user);
    void *user;
    /** Set by the host, possibly in a signal handler. 1: open may give up (MOOD_ERR_STOPPED). 2: close does what
     *  it can without waiting. NULL: never stopped. */
    const volatile sig_atomic_t *stop;
} mood_connector_config;

/* ---- statistics -------------------------------------------------------------------------------- */

typedef struct mood_partition_statistics {
    const char *topic; /**< valid until the next call */
    int32_t partition;
    int64_t committed; /**< next offset that a restart would read; -1: unknown */
    int64_t end;       /**< end of the partition as last reported; -1: unknown */
} mood_partition_statistics;

typedef struct mood_connector_statistics {
    size_t size;
    bool assigned;      /**< member of the group: has partitions, or was assigned none */
    uint64_t received;  /**< records returned by poll */
    uint64_t published; /**< outputs accepted, including those of aborted transactions */
    uint64_t
        delivered; /**< outputs that the external system acknowledged; with transactions, those of committed ones */
    uint64_t in_flight; /**< outputs neither acknowledged nor failed */
    uint64_t rebalances;
    const char *group;                           /**< the consumer group, valid until close; NULL: none */
    const mood_partition_statistics *partitions; /**< valid until the next call */
    size_t partition_count;
} mood_connector_statistics;

/* ---- the connector itself ------------------------------------------------------------------------ */

/** A broker inside this process, for demonstrations and tests; its data is lost when it is dismantled. */
typedef struct mood_embedded mood_embedded;

/** A type of connector. Functions that a connector does not support must exist and return
 *  MOOD_CONNECTOR_UNSUPPORTED; only embed and dismantle may be NULL. */
typedef struct mood_connector_type {
    uint32_t abi;                /**< MOOD_CONNECTOR_ABI at compile time */
    size_t size;                 /**< sizeof(mood_connector_type) at compile time */
    const char *name;            /**< "kafka" */
    const char *summary;         /**< one line for --help */
    uint32_t abilities;          /**< bitwise or of mood_connector_ability */
    const char *const *settings; /**< names of its settings; the last is NULL */

    /** Names of the properties that it passes to the protocol's library; the last is NULL; belongs to the
     *  plugin. NULL if there are none. */
    const char *const *(*properties)(void);

    /** *connector is new; always close it, also after a failure. Reports errors in the settings
     *  (MOOD_ERR_ARGUMENT) and in the external system, as far as they can be found without joining the group. */
    mood_connector_result (*open)(const mood_connector_config *config, mood_connector **connector, mood_error *err);

    /** Wait for up to timeout_ms; at most max_records records, and no more once they have a few MiB. */
    void (*poll)(mood_connector *connector, size_t max_records, int timeout_ms, mood_event *event);
    /** Release records [n]; each record once, all of them before close. */
    void (*release)(mood_connector *connector, const mood_record *records, size_t n);

    /** Accept an output; it is delivered in the background. RETRY: queue full. REJECTED: never possible, e.g. too
     *  large. */
    mood_connector_result (*publish)(mood_connector *connector, const mood_output *output, mood_error *err);
    /** Wait until all published outputs are delivered. RETRY: not yet. */
    mood_connector_result (*flush)(mood_connector *connector, int timeout_ms, mood_error *err);

    mood_connector_result (*begin)(mood_connector *connector, mood_error *err);
    /** The host has finished all records before positions [n]. With a transaction: commit it together with the
     *  positions. At-least-once: the positions become final when all outputs of earlier records are delivered.
     *  At-most-once: they are final on return. */
    mood_connector_result (*commit)(mood_connector *connector, const mood_position *positions, size_t n, int timeout_ms,
                                    mood_error *err);
    /** Abort: discard what was published since begin. OK if no transaction is open. */
    mood_connector_result (*abort)(mood_connector *connector, int timeout_ms, mood_error *err);
    /** Continue reading at positions [n]; or, if a transaction that seemed aborted was in fact committed, at the
     *  positions that the external system has stored. The host must release, and not use, the records that it still
     *  holds of these partitions. RETRY: not yet. */
    mood_connector_result (*rewind)(mood_connector *connector, const mood_position *positions, size_t n, int timeout_ms,
                                    mood_error *err);

    /** Return no records until resume, also not of partitions assigned meanwhile; other events continue. */
    mood_connector_result (*pause)(mood_connector *connector, mood_error *err);
    mood_connector_result (*resume)(mood_connector *connector, mood_error *err);

    mood_connector_result (*statistics)(mood_connector *connector, mood_connector_statistics *statistics,
                                        mood_error *err);

    /** Deliver outputs, make positions final where possible, leave the group and release everything, within the
     *  timeout. Always frees the connector; NULL is allowed. Aborts an open transaction. RETRY: the timeout ended
     *  before everything was delivered and final; the rest will be read again. */
    mood_connector_result (*close)(mood_connector *connector, int timeout_ms, mood_error *err);

    /** Start a broker inside this process, with topics of that many partitions. *settings [*setting_count]: what
     *  connectors need to reach it; they belong to the broker. For small amounts of data only. */
    mood_connector_result (*embed)(const char *const *topics, size_t topic_count, int32_t partitions,
                                   mood_embedded **embedded, const mood_setting **settings, size_t *setting_count,
                                   mood_error *err);
    void (*dismantle)(mood_embedded *embedded);
} mood_connector_type;

/** The only symbol that a plugin exports. host_abi and host_size are the host's MOOD_CONNECTOR_ABI and
 *  sizeof(mood_connector_type). Returns NULL if the plugin does not support such a host. */
MOOD_API const mood_connector_type *mood_connector_plugin(uint32_t host_abi, size_t host_size);

/** Load the connector `name` from the plugin folder, or from the environment's MOOD_PLUGIN_DIR (for running from a
 *  build tree; ignored in a program with more privileges than its user). It stays loaded.
 *  Errors: MOOD_ERR_ARGUMENT (no such plugin), MOOD_ERR_CONNECTOR (built for another version). */
MOOD_API MOOD_MUST_CHECK mood_status mood_connector_load(const char *name, const mood_connector_type **type,
                                                         mood_error *err);

/** Check that this library can use a connector type: compares versions and sizes. */
MOOD_API MOOD_MUST_CHECK mood_status mood_connector_check(const mood_connector_type *type, mood_error *err);

#ifdef __cplusplus
}
#endif
#endif
