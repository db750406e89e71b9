/* Score an endless stream: records in by a connector, scores out by the same connector; and put back what fell out. */
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

/** Bounds of a histogram at most. */
#define MOOD_HISTOGRAM_BOUNDS 24

/** What a record's value is. */
typedef enum mood_format {
    MOOD_FORMAT_TEXT = 0, /**< UTF-8 text */
    MOOD_FORMAT_JSON = 1  /**< a JSON object with the text in one of its members */
} mood_format;

/** What becomes of a record that can't be scored. */
typedef enum mood_on_error {
    MOOD_ON_ERROR_STOP = 0,       /**< the stream stops at it; a restart begins with it */
    MOOD_ON_ERROR_SKIP = 1,       /**< it is counted and skipped */
    MOOD_ON_ERROR_DEAD_LETTER = 2 /**< it goes to the dead letters as it was, with headers saying why */
} mood_on_error;

/** Where on its way a record became a dead letter: its header mood.error.stage. */
typedef enum mood_stage {
    MOOD_STAGE_PARSE = 0,   /**< its value was not what the format says, or the connector gave a problem with it */
    MOOD_STAGE_SCORE = 1,   /**< the model had no answer */
    MOOD_STAGE_PUBLISH = 2, /**< its result could not be delivered */
    MOOD_STAGE_UNKNOWN = 3, /**< it does not say */
    MOOD_STAGES = 4
} mood_stage;

/** How often values were so large. counts[i] are those up to bounds[i] and above the bound before; the last,
 *  counts[bound_count], are above all. */
typedef struct mood_histogram {
    const double *bounds; /**< [bound_count], ascending; never changes */
    size_t bound_count;
    uint64_t counts[MOOD_HISTOGRAM_BOUNDS + 1];
    uint64_t count; /**< of all values */
    double sum;     /**< of all values */
} mood_histogram;

/** Counted from the start of the run. Exactly once, what an open transaction may still undo is not in scored,
 *  tombstones, dead_letters, skipped, replayed, bad_bytes, labels and end_to_end yet: they never go back. */
typedef struct mood_stream_statistics {
    size_t size;
    uint64_t received;     /**< records taken from the input, those that were read again too */
    uint64_t scored;       /**< results published */
    uint64_t tombstones;   /**< passed on without a score */
    uint64_t dead_letters; /**< records that went there */
    uint64_t skipped;      /**< records skipped */
    uint64_t replayed[MOOD_STAGES]; /**< dead letters put back, by where they had fallen out */
    uint64_t bad_bytes;    /**< U+FFFD put in place of bytes that are not UTF-8 */
    uint64_t batches;
    uint64_t transactions;         /**< exactly once: committed */
    uint64_t aborted_transactions; /**< exactly once: undone; their records come again */
    uint64_t words;         /**< in the texts that were scored, those that were scored again too */
    uint64_t unknown_words; /**< of those, not in the model's vocabulary */
    const uint64_t *labels; /**< [label_count] results by label, each label of a multi-label model that applied;
                                 valid during the callback only */
    size_t label_count;
    mood_histogram batch_sizes; /**< records a batch */
    mood_histogram batch_waits; /**< seconds that a batch waited, from its first record on */
    mood_histogram inference;   /**< seconds of a batch within the scorer */
    /** Seconds from a record's timestamp (where it has none, from its batch's first record) until its result was
     *  handed to the connector; delivery comes after. */
    mood_histogram end_to_end;
    double seconds;         /**< since the start */
    double scoring_seconds; /**< of those, within the scorer */
    double first_seconds;   /**< from the start until the first record came; 0: none has */
    mood_connector_statistics connector; /**< the arrays are valid during the callback only */
} mood_stream_statistics;

/** One result, just handed to the connector; all of it is valid during the callback only. */
typedef struct mood_scored {
    size_t size;
    const mood_record *record;
    mood_text text; /**< what was scored, as UTF-8 */
    size_t label;   /**< the label's number; of a multi-label model the strongest one's, whether it applies or not */
    const char *label_name;
    const float *scores; /**< [outputs] */
    size_t outputs;
    const mood_head *head;     /**< what scores mean */
    const char *const *labels; /**< [head->labels] */
} mood_scored;

/** How a run came to its end. */
typedef enum mood_stream_end {
    MOOD_STREAM_FAILED = 0,
    MOOD_STREAM_INPUT_ENDED = 1,
    MOOD_STREAM_STOPPED = 2,  /**< asked to; everything in hand was delivered and acknowledged */
    MOOD_STREAM_DEADLINE = 3, /**< asked to, and the deadline came first: what was in hand comes again */
    MOOD_STREAM_FENCED = 4    /**< another instance of the same name took over */
} mood_stream_end;

typedef struct mood_stream_options {
    size_t size;
    const mood_connector_type *connector; /**< from mood_connector_load, or one's own */
    mood_scorer *scorer;                  /**< borrowed */
    /** Asked before each batch (failure NULL), in the stream's own thread: the scorer to go on with. NULL, the function
     *  or what it gives: the same as before. Also asked when scoring failed for a lost device (failure says how): for
     *  one on another device, or the same opened anew; the texts are scored again. NULL: there is none, and the run
     *  fails. Once it has returned another, the one before is not used any more. Another one has the outputs and labels
     *  of the first, else the run fails (MOOD_ERR_ARGUMENT). */
    mood_scorer *(*next_scorer)(const mood_error *failure, void *user);
    const mood_setting *settings;         /**< the connector's; [setting_count] */
    size_t setting_count;
    const mood_setting *properties; /**< [property_count] */
    size_t property_count;
    /** MOOD_EXACTLY_ONCE: of a connector with transactions, and for readers who read what is committed only. */
    mood_guarantee guarantee;
    const char *instance;
    size_t batch; /**< records per batch at most; a batch with 16 MiB of keys, values and headers is full, too */
    int wait_ms;  /**< how long a batch waits for more, from its first record on; exactly once at most 5000 */
    mood_format format;
    const char *field;   /**< JSON: the member with the text */
    bool keep;           /**< JSON: the input object comes out, with the result spliced in */
    const char *member;  /**< keep: the member that gets the result */
    mood_on_error on_error;
    int deadline_ms; /**< from the request to stop until everything is given back */
    /** Set from a signal handler, say: 1 stops in good order, 2 at once. NULL: never. */
    const volatile sig_atomic_t *stop;
    int statistics_ms; /**< how often on_statistics is called; 0: never. Once at the end in any case */
    void (*on_statistics)(const mood_stream_statistics *statistics, void *user);
    /** Called for every result, in the stream's own thread: it has to be quick. A transaction may undo it. */
    void (*on_scored)(const mood_scored *scored, void *user);
    void (*log)(mood_log_level level, const char *message, void *user);
    void *user;
} mood_stream_options;
#define MOOD_STREAM_OPTIONS                                                                                  \
    {sizeof(mood_stream_options), NULL, NULL, NULL, NULL, 0, NULL, 0, MOOD_AT_LEAST_ONCE, NULL, 1024, 2,      \
     MOOD_FORMAT_TEXT, "text", false, "sentiment", MOOD_ON_ERROR_STOP, 30000, NULL, 0, NULL, NULL, NULL, NULL}

/** Run until the input ends, a stop is asked for, or something fails; *end says which (may be NULL). Input
 *  and output keep their order within each partition, and key, headers, timestamp. Headers whose names begin with
 *  "mood." are mood's own: those of the input do not pass.
 *  Errors: MOOD_ERR_ARGUMENT (options), MOOD_ERR_UNSUPPORTED, MOOD_ERR_CONNECTOR, MOOD_ERR_FORMAT (a
 *  record that can't be scored, named), those of the scorer. Not an error: a stop, the deadline. */
MOOD_API MOOD_MUST_CHECK mood_status mood_stream_run(const mood_stream_options *options, mood_stream_end *end,
                                                     mood_error *err);

/** Dead letters that are put back. */
typedef struct mood_replay {
    size_t size;
    /** This run's, and no other's: what is put back carries it in the header mood.replay. */
    const char *id;
    /** Where all of them go, each to the partition of its key. NULL: back into the topic and the partition that
     *  it came from, which its headers name; a record without them stops the run. */
    const char *topic;
} mood_replay;
#define MOOD_REPLAY {sizeof(mood_replay), NULL, NULL}

/** Put dead letters, which are the input, back where they fell out, in their order: key, value, timestamp and
 *  headers as they were, without mood's own (mood.*). Of the options, scorer and what
 *  is said of scoring have no meaning here; the connector needs no output. Exactly once, each is put back once.
 *  A record that was put back in this run and fell out again stops it: the fix does not hold.
 *  Errors: as mood_stream_run; MOOD_ERR_FORMAT (a record that can't be put back, named). */
MOOD_API MOOD_MUST_CHECK mood_status mood_stream_replay(const mood_stream_options *options, const mood_replay *replay,
                                                        mood_stream_end *end, mood_error *err);

/** Open and close the connector only: do the options hold, does the other side answer? Takes no part. */
MOOD_API MOOD_MUST_CHECK mood_status mood_stream_check(const mood_stream_options *options, mood_error *err);

#ifdef __cplusplus
}
#endif
#endif
