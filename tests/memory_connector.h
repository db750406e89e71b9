/* A connector within a test: its input is an array, its output another, and it does as it is told. */
#ifndef MEMORY_CONNECTOR_H
#define MEMORY_CONNECTOR_H

#include "mood/connector.h"

struct memory_output {
    char topic[64]; /* "": the configured one */
    int32_t partition;
    bool dead_letter;
    mood_position source;
    char *key, *value; /* NUL-terminated copies; NULL as in the output */
    size_t value_size;
    int64_t timestamp;
    char headers[512]; /* "name=value,…" */
};

/* What the next poll brings beside records, after so many of them were handed out. */
struct memory_event {
    size_t after;
    mood_event_type type;
    int32_t partition; /* revoked, lost */
    mood_connector_result result;
    int deadline_ms;
};

/* The test's view of the only open connector. */
struct memory {
    mood_record *records; /* [record_count] */
    size_t record_count;
    struct memory_event events[8];
    size_t event_count;
    bool endless;          /* no end after the last record */
    size_t poll_most;      /* records a poll at most; 0: no limit */
    size_t refuse_publish; /* publishes that are answered RETRY, from refuse_from on */
    size_t refuse_from;
    size_t reject_output;   /* the publish (from 1) that is answered REJECTED; 0: none */
    size_t fail_publish;    /* likewise FATAL */
    bool flush_never;       /* flush answers RETRY */
    size_t commit_refusals; /* commits that are answered commit_result */
    mood_connector_result commit_result;
    size_t abort_publish;                                   /* the publish (from 1) that is answered ABORT; 0: none */
    size_t begin_refusals, abort_refusals, rewind_refusals; /* of these calls are answered RETRY */
    void (*on_publish)(size_t count);                       /* called for each that was taken */
    void (*on_poll)(void);

    /* What happened. */
    struct memory_output *outputs; /* [output_count] */
    size_t output_count, publishes, next, next_event, held, polls, flushes, commits, pauses, resumes;
    int close_ms; /* the time that close was given */
    bool paused, closed, flushed_since_publish;
    bool in_transaction;
    size_t begins, aborts, rewinds, outputs_at_begin;
    int64_t committed[8]; /* by partition */
    size_t outputs_at_commit;
};

extern struct memory memory;
extern const mood_connector_type memory_type;

/* Records of that partition at the next offset; value NULL is a tombstone. */
void memory_add(int32_t partition, const char *value);
void memory_add_bytes(int32_t partition, const void *value, size_t size);
/* The newest record's headers, which have to outlive it. */
void memory_set_headers(const mood_header *headers, size_t n);
void memory_reset(void);

#endif
