/* One run of a stream. Within it err is never NULL, and begins as {0}. */
#ifndef STREAM_RUN_H
#define STREAM_RUN_H

#include "result.h"
#include "stream/histogram.h"
#include "stream/item.h"
#include "stream/judge.h"
#include "stream/positions.h"

/* Exactly once: what is open now. */
struct transaction {
    bool open, broken;             /* broken: it can only be undone */
    bool waiting;                  /* it was said that there can be none yet */
    struct positions began;        /* by partition, the first record that is in it */
    double start;                  /* when the first record came; of no meaning before */
    double pause;                  /* after the newest one that was undone; 0: the one before went well */
    mood_stream_statistics before; /* what was counted when it began; its labels are run->labels_before */
};

struct run {
    const mood_stream_options *options;
    struct judge *judge;       /* the same for a whole batch */
    const mood_replay *replay; /* dead letters are put back, and nothing is judged; NULL */
    const mood_connector_type *type;
    mood_connector *connector;
    struct result_writer writer;

    /* The batch in hand; each array has room for options->batch. */
    mood_record *records; /* [count], not released yet */
    struct item *items;   /* [count], read while the batch is processed */
    mood_text *texts;     /* of the items that are scored */
    float *scores;        /* [·, O] of texts */
    size_t count;
    double batch_start; /* when its first record came */

    struct positions positions; /* behind what is done with, and the connector has not been told */
    struct transaction transaction;

    struct bytes value; /* of the output being made */
    mood_header *headers;
    size_t header_capacity;

    mood_stream_statistics statistics; /* without labels, which are here: */
    uint64_t *labels, *labels_before;  /* [judge->head.labels] */
    double start, next_statistics;
    double deadline;   /* when all has to be given back; 0: nobody asked to stop */
    double revoke_end; /* when revoked partitions have to be given back; 0: none are */
    bool input_ended;
    bool failed;         /* the connector can't go on */
    mood_stream_end end; /* set once it is known */
};

/* run.c */
mood_status stream_run(const mood_stream_options *options, struct judge *judge, const mood_replay *replay,
                       mood_stream_end *end, mood_error *err);
double clock_seconds(void);
bool run_stopping(struct run *run);               /* asked to stop: take nothing new */
bool run_forced(struct run *run);                 /* no time is left but for closing */
int run_step_ms(const struct run *run, int most); /* how long a call may wait, so that it is seen when time is over */
bool run_can(const struct run *run, mood_connector_ability ability);
void run_log(const struct run *run, mood_log_level level, const char *format, ...) MOOD_PRINTF(3, 4);
void run_tick(struct run *run); /* statistics, when it is time */
mood_status run_failed(struct run *run, mood_connector_result result, mood_error *err); /* a connector's word */
/* RETRY: no time is left for it. */
mood_connector_result run_rewind(struct run *run, const struct positions *positions, mood_error *err);
void run_nap(struct run *run, double seconds); /* ends early when the run is asked to stop */
/* The first position of each partition from that record of the batch on, where there is none. False: no memory. */
bool run_note_beginnings(struct run *run, size_t first, struct positions *positions);

/* intake.c: records in, and what else a connector tells. */
mood_status intake_collect(struct run *run, mood_error *err);               /* a batch, or less, or nothing */
mood_status intake_watch(struct run *run, int timeout_ms, mood_error *err); /* events while the intake is paused */
/* The same, pausing it first, where the connector can; *paused: it is. And go on. */
mood_status intake_watch_paused(struct run *run, bool *paused, mood_error *err);
mood_status intake_resume(struct run *run, mood_error *err);
void intake_give_up(struct run *run, const mood_position *partitions, size_t n); /* somebody else has them */
void intake_release(struct run *run);                                            /* give the batch back */

/* transaction.c: exactly once. Each does nothing where another guarantee is wanted. */
bool transaction_wanted(const struct run *run);
bool transaction_has_content(const struct run *run);
double transaction_end(const struct run *run); /* when it should be committed; 0: nothing is in it */
bool transaction_breaks(struct run *run, mood_connector_result result, const mood_error *reason); /* ABORT in one */
void transaction_lose(struct run *run, const mood_position *partitions, size_t n);
mood_status transaction_begin(struct run *run, mood_error *err);
mood_status transaction_take(struct run *run, mood_error *err);              /* the batch in hand */
mood_status transaction_settle(struct run *run, bool idle, mood_error *err); /* commit when due, abort when broken */

/* What may be told of the counts: without those that may still be undone. */
void transaction_tell(const struct run *run, mood_stream_statistics *told);

/* score.c: of items [first, end), those with texts. What no scorer can read is spoiled. */
mood_status score_items(struct run *run, size_t first, size_t end, mood_error *err);
float *score_of(const struct run *run, size_t index); /* an item's scores [O] */

/* batch.c: score what was taken in, or find where it goes back to, and send it out. */
mood_status batch_process(struct run *run, mood_error *err);

/* outlet.c: one output, waiting for room; and the acknowledgement. */
enum sent { SENT_OK, SENT_REJECTED, SENT_GONE, SENT_NOT };
/* SENT_NOT: time ran out, or the transaction is broken; nothing more of this batch goes out. */
mood_status outlet_score(struct run *run, size_t index, const float *scores, enum sent *sent, mood_error *err);
mood_status outlet_tombstone(struct run *run, size_t index, enum sent *sent, mood_error *err);
mood_status outlet_dead_letter(struct run *run, size_t index, enum sent *sent, mood_error *err);
mood_status outlet_letter(struct run *run, size_t index, enum sent *sent, mood_error *err); /* back to its place */
mood_status outlet_flush(struct run *run, double end, bool *flushed,
                         mood_error *err);                   /* end 0: no other than the run's */
mood_status outlet_commit(struct run *run, mood_error *err); /* run->positions */

#endif
