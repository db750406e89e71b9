/* The statistics of a run, and a copy from the begin of the open transaction. */
#ifndef STREAM_COUNTS_H
#define STREAM_COUNTS_H

#include "mood/stream.h"

struct counts {
    mood_stream_statistics now; /* its labels are in: */
    uint64_t *labels;           /* [label_count] */
    size_t label_count;
    bool saved; /* a transaction is open: */
    mood_stream_statistics before;
    uint64_t *labels_before; /* [label_count] */
    double start;            /* of the run [clock_seconds] */
};

/* Call counts_clear after a failure, too. */
mood_status counts_init(struct counts *counts, size_t label_count, mood_error *err);
void counts_clear(struct counts *counts);

/* A transaction begins (save), is aborted (restore: subtract its outputs), or is committed (keep). */
void counts_save(struct counts *counts);
void counts_restore(struct counts *counts);
void counts_keep(struct counts *counts);

/* Count a result with these scores [head->outputs] and this label. */
void counts_add_result(struct counts *counts, const mood_head *head, const float *scores, size_t label);

/* The statistics to report, without the connector's. Outputs of the open transaction are not included. */
mood_stream_statistics counts_report(const struct counts *counts);

#endif
