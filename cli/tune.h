/* mood tune: searches settings for mood fit. A trial is a set of options of mood fit. */
#ifndef CLI_TUNE_H
#define CLI_TUNE_H

#include "asha.h"
#include "command_line.h"
#include "fit.h"
#include "training.h"

enum tune_metric { TUNE_ACCURACY, TUNE_MACRO_F1, TUNE_LOG_LOSS };
enum { TUNE_METRIC_COUNT = TUNE_LOG_LOSS + 1 };
extern const char *const tune_metric_names[TUNE_METRIC_COUNT]; /* as in --metric and the log */

enum {
    TUNE_REDUCTION = 3,
    TUNE_MOST_TRIALS = 100000,
    TUNE_DEFAULT_EPOCHS = 30, /* those of mood fit */
    TUNE_DEFAULT_FOLDS = 5
};

struct tune_arguments {
    struct common common;
    const char *data, *output, *validation, *preset;
    char *log; /* new */
    bool trials_given, metric_given, dry_run;
    size_t trials;        /* SIZE_MAX: no limit */
    double minutes;       /* 0: no limit */
    size_t epochs, folds; /* folds 0: by the number of rows */
    uint64_t seed;
    enum tune_metric metric;
    struct command_line given; /* options of mood fit */
};

/* ---- tune_facts.c ------------------------------------------------------------------------------------------ */

/* Facts about the data, and the defaults of mood fit for them. */
struct tune_facts {
    size_t rows, labels, batch_size;
    bool multi_label, uneven;
    bool vectors;               /* the defaults have word vectors */
    bool base_model;            /* they have a base model (--from) */
    bool trained;               /* the words' vectors are trained */
    bool characters;            /* texts are split into characters */
    char digest[65];            /* of the file, in hex */
    char validation_digest[65]; /* of that of --validation; "": none */
};

/* The words of mood fit's command: its name (for messages), the data, the given options and `more` (NULL: none). False:
 * out of memory. */
bool tune_make_command(const struct tune_arguments *arguments, const char *name, const struct command_line *more,
                       struct command_line *command);

/* Parse such a command, whose words must outlive *fit; a wrong one ends the program. Release with
 * fit_arguments_clear. */
void tune_parse_command(struct command_line *command, struct fit_arguments *fit);

/* Prepare a training with the default settings and print what is in the data. */
MOOD_MUST_CHECK mood_status tune_find_facts(struct tune_arguments *arguments, struct tune_facts *facts,
                                            mood_error *err);

/* ---- tune_run.c -------------------------------------------------------------------------------------------- */

/* Search, train the best settings on all rows, and report. Returns the exit status. */
int tune_run(struct tune_arguments *arguments);

#endif
