/* mood predict MODEL IN -o OUT: scores a whole file. */
#ifndef CLI_PREDICT_FILE_H
#define CLI_PREDICT_FILE_H

#include "data_options.h"
#include "mood/scorer.h"
#include "word_counts.h"

struct predict_file {
    const struct common *common;
    const struct data_options *options; /* those of a table */
    const char *model, *input, *output; /* paths; "-" is standard input or output */
    bool all_scores;
};

/* Copy the input to the output, with columns added. */
MOOD_MUST_CHECK mood_status predict_file(const struct predict_file *job, mood_scorer *scorer, mood_error *err);

#endif
