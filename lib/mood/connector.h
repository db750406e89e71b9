/* Connectors: what carries records between a stream and the world outside. A connector is a plugin
 * (a shared object of the plugin folder) or a mood_connector_type of the application's own.
 *
 * The host (mood_stream_run, mood_stream_replay) owns batching, order, positions and the retry of batches; a
 * connector owns its protocol and nothing else. One connector is used by one thread at a time; no function
 * but open may keep what is passed to it. None blocks longer than its timeout by more than a moment, but where
 * partitions are handed over, or what is missing is looked for: that may take some seconds.
 *
 * The rhythm, at least once:     poll … publish … commit(positions), again; flush; close
 * exactly once:                  begin, poll … publish … commit(positions), again; on
 *                                MOOD_CONNECTOR_ABORT: abort, rewind(where the transaction began), begin
 * at most once:                  poll … commit(positions), publish …, again */
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

/** Raised whenever anything here changes, additions too: both sides have the same structs, or don't work together.
 *  The sizes of mood_connector_type and mood_connector_config are compared where the two sides meet. */
#define MOOD_CONNECTOR_ABI 3

/** One open connector: the plugin's own. */
typedef struct mood_connector mood_connector;

/** What the host should do next. The mood_error beside it says why. */
typedef enum mood_connector_result {
    MOOD_CONNECTOR_OK = 0,
    MOOD_CONNECTOR_RETRY = 1,       /**< nothing happened yet, time ran out or there is no room: call again */
    MOOD_CONNECTOR_REJECTED = 2,    /**< this output can never be delivered; others can */
    MOOD_CONNECTOR_ABORT = 3,       /**< abort the transaction, rewind, begin again */
    MOOD_CONNECTOR_FATAL = 4,       /**< close; opening anew may help */
    MOOD_CONNECTOR_FENCED = 5,      /**< another instance of the same name took over: close, don't restart */
    MOOD_CONNECTOR_UNSUPPORTED = 6  /**< this connector never does that; see its abilities */
} mood_connector_result;

/** What a connector can do beyond poll, publish, flush and commit. */
typedef enum mood_connector_ability {
    MOOD_CONNECTOR_TRANSACTIONS = 1 << 0, /**< begin, abort; commit is atomic with what was published */
    MOOD_CONNECTOR_REWIND = 1 << 1,       /**< rewind */
    MOOD_CONNECTOR_PAUSE = 1 << 2,        /**< pause, resume */
    MOOD_CONNECTOR_GROUPS = 1 << 3        /**< shares its input with others: revoked and lost happen */
} mood_connector_ability;

/** The promise about every record: at most once, at least once or exactly once in the output. */
typedef enum mood_guarantee {
    MOOD_AT_LEAST_ONCE = 0,
    MOOD_AT_MOST_ONCE = 1,
    MOOD_EXACTLY_ONCE = 2
} mood_guarantee;

/* ---- records ----------------------------------------------------------------------------------- */

/** A place in the input. Of a record: its own; for commit and rewind: the next one to be read. */
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

/** One record of the input. All it points to stays valid until it is released. */
typedef struct mood_record {
    mood_position position;
    const void *key; /**< NULL: no key */
    size_t key_size;
    const void *value; /**< NULL: a tombstone */
    size_t value_size;
    int64_t timestamp; /**< milliseconds since 1970; -1: none */
    const mood_header *headers;
    size_t header_count;
    /** NULL; or why the record can't be processed (it is too large, say), as text for a person. The host handles it as a
     *  record that can't be scored; value is then what the connector kept of it, for a dead letter. */
    const char *problem;
    void *held; /**< the connector's own, for release */
} mood_record;

/** One record for the output; borrowed for the call. */
typedef struct mood_output {
    size_t size;
    const char *topic;    /**< NULL: the configured one. There is none of that name: REJECTED */
    int32_t partition;    /**< -1, or none of the topic's: the connector chooses, by the key where topic is set */
    bool dead_letter;     /**< to the dead letters, not to the output */
    mood_position source; /**< the record that it comes from; topic NULL: from none */
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    int64_t timestamp;
    const mood_header *headers;
    size_t header_count;
} mood_output;
#define MOOD_OUTPUT {sizeof(mood_output), NULL, -1, false, {NULL, -1, -1}, NULL, 0, NULL, 0, -1, NULL, 0}

/* ---- events ------------------------------------------------------------------------------------ */

typedef enum mood_event_type {
    MOOD_EVENT_NONE = 0,    /**< the time is over */
    MOOD_EVENT_RECORDS = 1, /**< in order within each partition */
    /** Partitions go to somebody else. Finish what is in hand of them, or drop it, flush and commit within
     *  the deadline; the next poll hands them over. */
    MOOD_EVENT_REVOKED = 2,
    MOOD_EVENT_LOST = 3, /**< partitions are gone already: drop what is in hand of them, commit nothing */
    MOOD_EVENT_END = 4,  /**< the input is at its end; more may come where input can grow */
    MOOD_EVENT_ERROR = 5 /**< see result and error; an output that was taken and can't be delivered is FATAL */
} mood_event_type;

/** Filled by poll; the arrays are the connector's, valid until the next call. */
typedef struct mood_event {
    size_t size;
    mood_event_type type;
    const mood_record *records; /**< copy them to keep them; each has to be released once */
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
    bool exposed; /**< stood in a command line, where a process list shows it: no place for a secret */
} mood_setting;

typedef enum mood_log_level { MOOD_LOG_WARNING = 0, MOOD_LOG_NOTE = 1, MOOD_LOG_DETAIL = 2 } mood_log_level;

/** What open gets; borrowed for the call, but log, user and stop, which are kept until close returns. */
typedef struct mood_connector_config {
    size_t size;
    mood_guarantee guarantee;
    const char *instance;         /**< this process's stable name; NULL: a random one */
    const mood_setting *settings; /**< the connector's own options: brokers, input, output … */
    size_t setting_count;
    const mood_setting *properties; /**< passed through to the protocol's library */
    size_t property_count;
    /** Only ever called during a call of the connector's functions, from the caller's thread. May be NULL. */
    void (*log)(mood_log_level level, const char *message, void *user);
    void *user;
    /** The host's, set from a signal handler: 1: open may give up (MOOD_ERR_STOPPED), 2: close does what it can
     *  without waiting. NULL: never. */
    const volatile sig_atomic_t *stop;
} mood_connector_config;

/* ---- statistics -------------------------------------------------------------------------------- */

typedef struct mood_partition_statistics {
    const char *topic; /**< valid until the next call */
    int32_t partition;
    int64_t committed; /**< next offset that a restart would read; -1: not known */
    int64_t end;       /**< end of the partition as last heard; -1: not known */
} mood_partition_statistics;

typedef struct mood_connector_statistics {
    size_t size;
    bool assigned;      /**< takes part: has, or has been told that it has no, partitions */
    uint64_t received;  /**< records handed out */
    uint64_t published; /**< outputs taken, those of aborted transactions too */
    uint64_t delivered; /**< outputs acknowledged by the other side; with transactions, those of committed ones */
    uint64_t in_flight; /**< outputs neither acknowledged nor failed */
    uint64_t rebalances;
    const char *group; /**< the consumer group, valid until close; NULL: none */
    const mood_partition_statistics *partitions; /**< valid until the next call */
    size_t partition_count;
} mood_connector_statistics;

/* ---- the connector itself ------------------------------------------------------------------------ */

/** A broker of the connector's own, for demonstrations and tests: nothing outlives it. */
typedef struct mood_embedded mood_embedded;

/** A kind of connector. Functions that a connector has no use for are still there and return
 *  MOOD_CONNECTOR_UNSUPPORTED; embed and dismantle alone may be NULL. */
typedef struct mood_connector_type {
    uint32_t abi;        /**< MOOD_CONNECTOR_ABI that it was built with */
    size_t size;         /**< sizeof(mood_connector_type) that it was built with */
    const char *name;    /**< "kafka" */
    const char *summary; /**< a line of help */
    uint32_t abilities;  /**< mood_connector_ability, or-ed */
    const char *const *settings; /**< names that it knows; the last is NULL */

    /** Names of the properties that it passes through; the last is NULL; belongs to the plugin. NULL when
     *  there are none. */
    const char *const *(*properties)(void);

    /** *connector is new; close it, whatever happens. Says what is wrong with settings (MOOD_ERR_ARGUMENT)
     *  and with the other side, as far as that can be known without taking part. */
    mood_connector_result (*open)(const mood_connector_config *config, mood_connector **connector,
                                  mood_error *err);

    /** Wait for up to timeout_ms; at most max_records records, and no more once they have a few MiB. */
    void (*poll)(mood_connector *connector, size_t max_records, int timeout_ms, mood_event *event);
    /** Give records [n] back; each once, all before close. */
    void (*release)(mood_connector *connector, const mood_record *records, size_t n);

    /** Take an output; delivery goes on behind. RETRY: no room yet. REJECTED: never, e.g. too large. */
    mood_connector_result (*publish)(mood_connector *connector, const mood_output *output, mood_error *err);
    /** Wait until all that was published is delivered. RETRY: not yet. */
    mood_connector_result (*flush)(mood_connector *connector, int timeout_ms, mood_error *err);

    mood_connector_result (*begin)(mood_connector *connector, mood_error *err);
    /** The host is done with everything before positions [n]. With a transaction: end it together with
     *  them. At least once: they count once all that came from before them is delivered. At most once:
     *  they count on return. */
    mood_connector_result (*commit)(mood_connector *connector, const mood_position *positions, size_t n,
                                    int timeout_ms, mood_error *err);
    /** Undo what was published since begin. OK where no transaction is open. */
    mood_connector_result (*abort)(mood_connector *connector, int timeout_ms, mood_error *err);
    /** Read on from positions [n], or from where the other side knows that a transaction thought undone was
     *  committed; records in hand of their partitions have to be released, not used. RETRY: not yet. */
    mood_connector_result (*rewind)(mood_connector *connector, const mood_position *positions, size_t n,
                                    int timeout_ms, mood_error *err);

    /** No records until resume, of partitions that come later neither; events go on. */
    mood_connector_result (*pause)(mood_connector *connector, mood_error *err);
    mood_connector_result (*resume)(mood_connector *connector, mood_error *err);

    mood_connector_result (*statistics)(mood_connector *connector, mood_connector_statistics *statistics,
                                        mood_error *err);

    /** Deliver, make final what may be, leave, and release everything, all within the time; frees the connector
     *  always, NULL is fine. An open transaction is undone. RETRY: the time was over before all was delivered
     *  and its positions were final; what was not will be read again. */
    mood_connector_result (*close)(mood_connector *connector, int timeout_ms, mood_error *err);

    /** Start a broker within this process with topics of so many partitions. settings: what connectors
     *  need to reach it, the broker's own. Only for a moment's data. */
    mood_connector_result (*embed)(const char *const *topics, size_t topic_count, int32_t partitions,
                                   mood_embedded **embedded, const mood_setting **settings,
                                   size_t *setting_count, mood_error *err);
    void (*dismantle)(mood_embedded *embedded);
} mood_connector_type;

/** The one symbol that a plugin exports. host_abi and host_size are what the host was built with; NULL
 *  when the plugin can't serve such a host. */
MOOD_API const mood_connector_type *mood_connector_plugin(uint32_t host_abi, size_t host_size);

/** Find a connector: lib NAME of the plugin folder, or of the environment's MOOD_PLUGIN_DIR (for running
 *  from a build tree; not heeded by a program with more rights than its user). It stays loaded.
 *  Errors: MOOD_ERR_ARGUMENT (no such plugin), MOOD_ERR_CONNECTOR (built for another version). */
MOOD_API MOOD_MUST_CHECK mood_status mood_connector_load(const char *name, const mood_connector_type **type,
                                                         mood_error *err);

/** Whether this library can drive that type: both sides' versions and sizes are checked. */
MOOD_API MOOD_MUST_CHECK mood_status mood_connector_check(const mood_connector_type *type, mood_error *err);

#ifdef __cplusplus
}
#endif
#endif
