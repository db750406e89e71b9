/* The arguments of mood fit. */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include "architecture.h"
#include "command.h"
#include "data_options.h"
#include "preset_settings.h"
#include "recipe_options.h"

struct fit_arguments {
    struct common common;
    struct recipe_arguments recipe;
    struct data_options reading; /* of data and validation */
    const char *data, *output, *validation, *history, *plot, *resume, *optimizer, *class_weight, *vectors, *loss,
        *monitor, *clean, *segment, *from;
    char *vectorizer;     /* in Keras's notation, new; NULL: a Tokenizer of --num-words */
    const char **metrics; /* [metric_count], new; NULL: not given */
    size_t metric_count;
    size_t num_words, epochs, batch_size;
    double validation_split, learning_rate;
    uint64_t seed;
    size_t early_stopping, reduce_lr; /* patience [epochs] */
    size_t freeze_vectors;            /* [epochs] */
    double reduce_lr_factor;
    bool early_stopping_given, no_early_stopping, reduce_lr_given, save_best;
    bool calibrate, threshold_f1;
    float threshold; /* MOOD_NO_THRESHOLD: not given, or f1 */
    bool dry_run;
    bool article;       /* --preset article; false: auto */
    bool no_vectors;    /* --vectors none */
    bool no_base_model; /* --from none */
    bool last_rows;     /* the validation split takes the last rows of the file, not a stratified sample */
    bool monitor_given, learning_rate_given, layers_given, num_words_given, epochs_given, batch_size_given,
        freeze_vectors_given;
    char *new_optimizer; /* in Keras's notation, from --optimizer and --learning-rate */
    struct architecture layers;
    struct preset_settings settings; /* of --preset auto */
    size_t folds, fold;              /* of mood tune: number of folds (0: none), and the fold for validation, from 0 */
};

/* fit_options.c: argp's options, which fill a struct fit_parsing. */
struct fit_parsing {
    struct fit_arguments *arguments;
    const char *fixed;        /* a given option that --resume does not allow */
    const char *of_optimizer; /* a given option that --resume allows only together with --optimizer */
    bool split_given, preset_given;
};

/* fit_check.c: end the program with a message if options contradict each other. Complete dependent ones. */
void fit_check(const struct fit_parsing *parsing, struct argp_state *state);

/* The values of options that are not given. */
struct fit_arguments fit_defaults(void);
void fit_arguments_clear(struct fit_arguments *arguments);

#endif
