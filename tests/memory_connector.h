/* A connector in memory, for tests: its input and its output are arrays, and it returns the results that a test
 * sets. */
#ifndef MEMORY_CONNECTOR_H
#define MEMORY_CONNECTOR_H

#include "mood/connector.h"

struct memory_output {
    char topic[64]; /* "": the configured one */
    int32_t partition;
    bool dead_letter;
    mood_position source;
    char *key, *value; /* NUL-terminated copies; NULL if the output has none */
    size_t value_size;
    int64_t timestamp;
    char headers[512]; /* "name=value,…" */
};

/* An event that poll returns after this number of records. */
struct memory_event {
    size_t after;
    mood_event_type type;
    int32_t partition; /* revoked, lost */
    mood_connector_result result;
    int deadline_ms;
};

/* State of the only open connector, set and read by tests. */
struct memory {
    mood_record *records; /* [record_count] */
    size_t record_count;
    struct memory_event events[8];
    size_t event_count;
    bool endless;          /* no end after the last record */
    size_t poll_most;      /* maximum records per poll; 0: no limit */
    size_t refuse_publish; /* number of publishes that return RETRY, from refuse_from on */
    size_t refuse_from;
    size_t reject_output;   /* the publish (from 1) that returns REJECTED; 0: none */
    size_t fail_publish;    /* the same for FATAL */
    bool flush_never;       /* flush returns RETRY */
    size_t commit_refusals; /* number of commits that return commit_result */
    mood_connector_result commit_result;
    size_t abort_publish;                                   /* the publish (from 1) that returns ABORT; 0: none */
    size_t begin_refusals, abort_refusals, rewind_refusals; /* number of these calls that return RETRY */
    void (*on_publish)(size_t count);                       /* called for each accepted output */
    void (*on_poll)(void);

    /* Results. */
    struct memory_output *outputs; /* [output_count] */
    size_t output_count, publishes, next, next_event, held, polls, flushes, commits, pauses, resumes;
    int close_ms; /* timeout argument of close */
    bool paused, closed, flushed_since_publish;
    bool in_transaction;
    size_t begins, aborts, rewinds, outputs_at_begin;
    int64_t committed[8]; /* by partition */
    size_t outputs_at_commit;
};

extern struct memory memory;
extern const mood_connector_type memory_type;

/* Add a record at the partition's next offset; value NULL: a tombstone. */
void memory_add(int32_t partition, const char *value);
void memory_add_bytes(int32_t partition, const void *value, size_t size);
/* Set the newest record's headers; they are borrowed. */
void memory_set_headers(const mood_header *headers, size_t n);
void memory_reset(void);

#endif
