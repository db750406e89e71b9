/* Score an endless stream that a connector reads and writes, and replay its dead letters. */
#ifndef MOOD_STREAM_H
#define MOOD_STREAM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mood/connector.h>
#include <mood/scorer.h>
#include <mood/status.h>
#include <mood/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Largest number of bounds of a histogram. */
#define MOOD_HISTOGRAM_BOUNDS 24

/** Format of a record's value. */
typedef enum mood_format {
    MOOD_FORMAT_TEXT = 0, /**< UTF-8 text */
    MOOD_FORMAT_JSON = 1  /**< a JSON object with the text in one of its members */
} mood_format;

/** What to do with a record that cannot be scored. */
typedef enum mood_on_error {
    MOOD_ON_ERROR_STOP = 0,       /**< stop at the record; a restart begins with it */
    MOOD_ON_ERROR_SKIP = 1,       /**< count the record and skip it */
    MOOD_ON_ERROR_DEAD_LETTER = 2 /**< send it to the dead letter topic, unchanged, with headers that give the reason */
} mood_on_error;

/** The step at which a record became a dead letter: its header mood.error.stage. */
typedef enum mood_stage {
    MOOD_STAGE_PARSE = 0,   /**< its value did not have the format, or the connector reported a problem with it */
    MOOD_STAGE_SCORE = 1,   /**< the model gave no score */
    MOOD_STAGE_PUBLISH = 2, /**< its result could not be delivered */
    MOOD_STAGE_UNKNOWN = 3, /**< it has no such header */
    MOOD_STAGES = 4
} mood_stage;

/** counts[i] is the number of values above bounds[i - 1] and up to bounds[i]; the last one, counts[bound_count], is
 *  the number of values above all bounds. */
typedef struct mood_histogram {
    const double *bounds; /**< [bound_count], ascending; never changes */
    size_t bound_count;
    uint64_t counts[MOOD_HISTOGRAM_BOUNDS + 1];
    uint64_t count; /**< of all values */
    double sum;     /**< of all values */
} mood_histogram;

/** Counted from the start of the run. With exactly-once, records of an open transaction are not yet counted in scored,
 *  tombstones, dead_letters, skipped, replayed, bad_bytes, labels and end_to_end, so these never decrease. */
typedef struct mood_stream_statistics {
    size_t size;
    uint64_t received;              /**< records read from the input, including repeated reads */
    uint64_t scored;                /**< results published */
    uint64_t tombstones;            /**< passed through without a score */
    uint64_t dead_letters;          /**< records sent to the dead letter topic */
    uint64_t skipped;               /**< records skipped */
    uint64_t replayed[MOOD_STAGES]; /**< dead letters replayed, by the step at which they failed */
    uint64_t bad_bytes;             /**< U+FFFD characters inserted for invalid UTF-8 */
    uint64_t batches;
    uint64_t transactions;         /**< exactly-once: committed */
    uint64_t aborted_transactions; /**< exactly-once: aborted; their records are read again */
    uint64_t words;                /**< in the scored texts, including those scored again */
    uint64_t unknown_words;        /**< of those, not in the model's vocabulary */
    const uint64_t *labels;        /**< [label_count] results by label; of a multi-label model each label that applied;
                                 valid during the callback only */
    size_t label_count;
    mood_histogram batch_sizes; /**< records per batch */
    mood_histogram batch_waits; /**< time that a batch waited for more records after its first [s] */
    mood_histogram inference;   /**< time of a batch within the scorer [s] */
    /** Time from a record's timestamp (if it has none, from the first record of its batch) until its result was passed
     *  to the connector [s]; delivery comes after. */
    mood_histogram end_to_end;
    double seconds;                      /**< since the start of the run */
    double scoring_seconds;              /**< of those, within the scorer */
    double first_seconds;                /**< from the start until the first record arrived; 0: none yet */
    mood_connector_statistics connector; /**< its arrays are valid only during the callback */
} mood_stream_statistics;

/** One result that was just passed to the connector; everything is valid only during the callback. */
typedef struct mood_scored {
    size_t size;
    const mood_record *record;
    mood_text text; /**< the scored text, as UTF-8 */
    size_t label;   /**< index of the label; of a multi-label model the strongest one, whether or not it applies */
    const char *label_name;
    const float *scores; /**< [outputs] */
    size_t outputs;
    const mood_head *head;     /**< the meaning of scores */
    const char *const *labels; /**< [head->labels] */
} mood_scored;

/** How a run ended. */
typedef enum mood_stream_end {
    MOOD_STREAM_FAILED = 0,
    MOOD_STREAM_INPUT_ENDED = 1,
    MOOD_STREAM_STOPPED = 2,  /**< on request; all outputs were delivered and acknowledged */
    MOOD_STREAM_DEADLINE = 3, /**< on request, but the deadline came first: unfinished records are read again */
    MOOD_STREAM_FENCED = 4    /**< another process took over the instance name */
} mood_stream_end;

typedef struct mood_stream_options {
    size_t size;
    const mood_connector_type *connector; /**< from mood_connector_load, or the application's own */
    mood_scorer *scorer;                  /**< borrowed */
    /** Returns the scorer to use next. Called in the stream's thread; may be NULL.
     *  Before each batch (failure NULL): return NULL to keep the scorer.
     *  After a lost device (failure is the error): return one on another device, or on the same device opened again,
     *  and the texts are scored again; return NULL if there is none, and the run fails.
     *  When it returns another scorer, the previous one is no longer used. The new one must have the same outputs and
     *  labels, otherwise the run fails (MOOD_ERR_ARGUMENT). */
    mood_scorer *(*next_scorer)(const mood_error *failure, void *user);
    const mood_setting *settings; /**< the connector's; [setting_count] */
    size_t setting_count;
    const mood_setting *properties; /**< [property_count] */
    size_t property_count;
    /** MOOD_EXACTLY_ONCE needs a connector with transactions, and consumers that read only committed records. */
    mood_guarantee guarantee;
    const char *instance;
    size_t batch; /**< maximum records per batch; a batch with 16 MiB of keys, values and headers is also full */
    int wait_ms;  /**< how long a batch waits for more records after its first; with exactly-once at most 5000 */
    mood_format format;
    const char *field;  /**< JSON: the member with the text */
    bool keep;          /**< JSON: write the input object, with the result inserted */
    const char *member; /**< keep: the member that gets the result */
    mood_on_error on_error;
    int deadline_ms; /**< from the request to stop until the connector is closed */
    /** Set by the application, for example in a signal handler: 1 stops after finishing the current records, 2 at once.
     *  NULL: never. */
    const volatile sig_atomic_t *stop;
    int statistics_ms; /**< interval of on_statistics; 0: none. It is always called once at the end */
    void (*on_statistics)(const mood_stream_statistics *statistics, void *user);
    /** Called for every result, in the stream's thread, so it must be fast. Its transaction may still be aborted. */
    void (*on_scored)(const mood_scored *scored, void *user);
    void (*log)(mood_log_level level, const char *message, void *user);
    void *user;
} mood_stream_options;
#define MOOD_STREAM_OPTIONS                                                                                            \
    {                                                                                                                  \
        sizeof(mood_stream_options), NULL, NULL, NULL, NULL, 0, NULL, 0, MOOD_AT_LEAST_ONCE, NULL, 1024, 2,            \
            MOOD_FORMAT_TEXT, "text", false, "sentiment", MOOD_ON_ERROR_STOP, 30000, NULL, 0, NULL, NULL, NULL, NULL   \
    }

/** Run until the input ends, a stop is requested, or something fails; *end (may be NULL) is set to which. The output
 * has the input's order within each partition, and its keys, headers and timestamps. Headers whose names begin with
 *  "mood." are reserved: those of the input are removed.
 *  Errors: MOOD_ERR_ARGUMENT (options), MOOD_ERR_UNSUPPORTED, MOOD_ERR_CONNECTOR, MOOD_ERR_FORMAT (a
 *  record that cannot be scored; the message names it), those of the scorer. A stop and the deadline are not errors. */
MOOD_API MOOD_MUST_CHECK mood_status mood_stream_run(const mood_stream_options *options, mood_stream_end *end,
                                                     mood_error *err);

/** Options of a replay of dead letters. */
typedef struct mood_replay {
    size_t size;
    /** Unique name of this run; replayed records carry it in the header mood.replay. */
    const char *id;
    /** Destination of all records; the key selects the partition. NULL: each record goes back to the topic and
     *  partition that its headers name; a record without these headers stops the run. */
    const char *topic;
} mood_replay;
#define MOOD_REPLAY                                                                                                    \
    { sizeof(mood_replay), NULL, NULL }

/** Put dead letters, which are the input, back into the topics and partitions that they came from, in order: key,
 * value, timestamp and headers are unchanged, without mood's own headers (mood.*). The options for scoring and the
 * scorer are ignored; the connector needs no output. With exactly-once, each record is put back once. A record that was
 * put back in this run and became a dead letter again stops the run: the cause is not fixed. Errors: as
 * mood_stream_run; MOOD_ERR_FORMAT (a record that cannot be put back; the message names it). */
MOOD_API MOOD_MUST_CHECK mood_status mood_stream_replay(const mood_stream_options *options, const mood_replay *replay,
                                                        mood_stream_end *end, mood_error *err);

/** Only open and close the connector, to check the options and the connection. Does not join the group. */
MOOD_API MOOD_MUST_CHECK mood_status mood_stream_check(const mood_stream_options *options, mood_error *err);

#ifdef __cplusplus
}
#endif
#endif
