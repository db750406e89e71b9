/* Checks the options of mood fit that depend on each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "plot.h"
#include "preset.h"

#define AUTO_SPLIT 0.1 /* the validation split of --preset auto */

static void refuse_expression(struct argp_state *state, const char *name, const char *value,
                              const char *(*class_at)(size_t index), const mood_error *err) {
    char hint[80];
    expression_hint(value, class_at, hint, sizeof hint);
    argp_error(state, "%s: %s%s", name, err->message, hint);
}

static void check_optimizer(struct fit_arguments *arguments, struct argp_state *state) {
    char rate[60];
    mood_error err;
    snprintf(rate, sizeof rate, "learning_rate=%.17g", arguments->learning_rate);
    const char *default_optimizer = preset_applies(arguments) ? "Adam(global_clipnorm=1.0)" : "adam";
    arguments->new_optimizer = keras_expression(arguments->optimizer ? arguments->optimizer : default_optimizer,
                                                arguments->learning_rate_given ? rate : NULL);
    if (!arguments->new_optimizer)
        argp_failure(state, EXIT_FAILURE, 0, "out of memory");
    else if (mood_optimizer_check(arguments->new_optimizer, &err))
        refuse_expression(state, "--optimizer", arguments->optimizer ? arguments->optimizer : "adam",
                          mood_optimizer_class_at, &err);
}

static void check_loss(const struct fit_arguments *arguments, struct argp_state *state) {
    char *loss = arguments->loss ? keras_expression(arguments->loss, NULL) : NULL;
    mood_error err;
    if (arguments->loss && !loss)
        argp_failure(state, EXIT_FAILURE, 0, "out of memory");
    else if (loss && mood_loss_check(loss, &err))
        refuse_expression(state, "--loss", arguments->loss, mood_loss_class_at, &err);
    free(loss);
}

/* Callbacks monitor val_loss, or --monitor. */
static void check_callbacks(const struct fit_arguments *arguments, struct argp_state *state) {
    const char *option = arguments->early_stopping_given ? "--early-stopping"
                         : arguments->reduce_lr_given    ? "--reduce-lr"
                         : arguments->save_best          ? "--save-best"
                                                         : NULL;
    bool validates = arguments->validation || arguments->validation_split != 0;
    if (!option && arguments->monitor_given &&
        !(preset_applies(arguments) && validates && !arguments->no_early_stopping))
        argp_error(state, "--monitor is for --early-stopping, --reduce-lr and --save-best");
    if (option && !validates && strncmp(arguments->monitor, "val_", 4) == 0)
        argp_error(state, "%s needs validation rows: use --validation or --validation-split", option);
    if ((arguments->calibrate || arguments->threshold_f1) && !validates)
        argp_error(state, "%s needs validation rows: use --validation or --validation-split",
                   arguments->calibrate ? "--calibrate" : "--threshold f1");
}

/* A TextVectorization decides about padding, or the mode of bags of words, itself: the recipe's options become its. */
static void take_vectorization(mood_recipe_options *given, const mood_tokenizer *vectorizer, size_t length,
                               struct argp_state *state) {
    mood_matrix_mode matrix = mood_tokenizer_get_matrix(vectorizer);
    if (given->padding != MOOD_PAD_UNSET || given->truncating != MOOD_PAD_UNSET || given->matrix != MOOD_MATRIX_NONE)
        argp_error(state,
                   "--padding, --truncating and --matrix can't be combined with a TextVectorization: it pads and "
                   "truncates at the end, and its output_mode is the mode of bags of words");
    if (given->maxlen && (length || matrix != MOOD_MATRIX_NONE))
        argp_error(state, "--maxlen can't be combined with this --vectorizer: %s",
                   length ? "it has an output_sequence_length" : "all words of a text go into its bag");
    given->matrix = matrix;
    if (matrix != MOOD_MATRIX_NONE)
        return;
    given->padding = given->truncating = MOOD_PAD_POST;
    if (length)
        given->maxlen = length;
}

static void check_preparation(const struct fit_arguments *arguments, mood_tokenizer *tokenizer,
                              struct argp_state *state) {
    mood_error err;
    if (mood_tokenizer_set_preparation(tokenizer, arguments->clean, NULL, &err))
        argp_error(state, "--clean: %s", err.message);
    else if (mood_tokenizer_set_preparation(tokenizer, arguments->clean, arguments->segment, &err))
        argp_error(state, "--segment: %s", err.message);
}

static void check_vectorizer(struct fit_arguments *arguments, struct argp_state *state) {
    mood_tokenizer *vectorizer = NULL;
    size_t length = 0;
    mood_error err;
    const char *expression = arguments->vectorizer ? arguments->vectorizer : "Tokenizer()";
    if (arguments->vectorizer && arguments->num_words_given)
        argp_error(state, "--num-words and --vectorizer can't be combined: write max_tokens=N or num_words=N in it");
    if (mood_tokenizer_create_from_expression(expression, &vectorizer, &length, &err))
        argp_error(state, "--vectorizer: %s", err.message);
    if (vectorizer && mood_tokenizer_is_text_vectorization(vectorizer))
        take_vectorization(&arguments->recipe.options, vectorizer, length, state);
    if (vectorizer && (arguments->clean || arguments->segment))
        check_preparation(arguments, vectorizer, state);
    mood_tokenizer_destroy(vectorizer);
}

/* Whether --layers and the other options are for the same input: rows of ids, or bags of words. */
static void check_input(const struct fit_arguments *arguments, struct argp_state *state) {
    const mood_recipe_options *given = &arguments->recipe.options;
    bool bags = given->matrix != MOOD_MATRIX_NONE;
    mood_error err;
    if (bags && (given->padding != MOOD_PAD_UNSET || given->truncating != MOOD_PAD_UNSET || given->maxlen))
        argp_error(state,
                   "--padding, --truncating and --maxlen can't be combined with --matrix: all words of a text go "
                   "into its bag");
    if (bags && arguments->vectors)
        argp_error(state, "--vectors can't be combined with bags of words: a model of bags of words has no Embedding");
    if (arguments->layers_given && architecture_check_input(&arguments->layers, bags, &err))
        argp_error(state, "%s", err.message);
}

static void check_freeze(const struct fit_arguments *arguments, struct argp_state *state) {
    if (!arguments->freeze_vectors_given)
        return;
    if (!arguments->vectors && !preset_applies(arguments))
        argp_error(state, "--freeze-vectors needs word vectors; use --vectors FILE, or remove the option");
    if (arguments->settings.given[PRESET_TRAIN_VECTORS])
        argp_error(state, "--freeze-vectors can't be combined with auto:train_vectors; --freeze-vectors 0 trains the "
                          "vectors from the first epoch on");
}

/* Columns of soft labels replace the column of labels. */
static void check_probabilities(const struct fit_arguments *arguments, struct argp_state *state) {
    const struct data_options *reading = &arguments->reading;
    const char *other = reading->label             ? "--label"
                        : reading->positive        ? "--positive"
                        : reading->label_separator ? "--label-separator"
                        : reading->skip.count      ? "--skip"
                        : arguments->class_weight  ? "--class-weight"
                                                   : NULL;
    size_t count = reading->probabilities.count, labels = count == 1 ? 2 : count;
    for (size_t i = 0; i < count; i++)
        if (!*reading->probabilities.names[i])
            argp_error(state, "--probabilities: a name of a column is empty");
    if (count && other)
        argp_error(state, "%s can't be combined with --probabilities", other);
    if (count && arguments->recipe.options.labels && arguments->recipe.options.label_count != labels)
        argp_error(state, "--labels: %zu column%s of --probabilities need%s %zu labels", count, count == 1 ? "" : "s",
                   count == 1 ? "s" : "", labels);
}

void fit_check(const struct fit_parsing *parsing, struct argp_state *state) {
    struct fit_arguments *arguments = parsing->arguments;
    if (!arguments->data)
        argp_error(state, "missing argument: a file of labelled texts");
    if (!arguments->output && !arguments->dry_run)
        argp_error(state, "missing -o MODEL.keras");
    if (arguments->plot && !plot_is_name(arguments->plot))
        argp_error(state, "--plot takes a file that ends in .svg or .png, or - for text, not '%s'", arguments->plot);
    if (arguments->plot && strcmp(arguments->plot, "-") == 0 && arguments->common.json)
        argp_error(state, "--plot - and --json both write to standard output");
    if (arguments->dry_run && arguments->resume)
        argp_error(state, "--dry-run is for a new model; it can't be combined with --resume");
    if (arguments->resume && parsing->fixed)
        argp_error(state, "%s can't be combined with --resume: the model determines it", parsing->fixed);
    if (!arguments->resume && (arguments->recipe.options.tokenizer || arguments->recipe.options.word_index))
        argp_error(state, "--%s is for --resume: a new model's tokenizer is fitted on the data",
                   arguments->recipe.options.tokenizer ? "tokenizer" : "word-index");
    const char *positive = data_options_compare(&arguments->reading) ? NULL : arguments->reading.positive;
    if (arguments->resume && positive)
        argp_error(state, "--positive can't be combined with --resume, except as a comparison such as '>=4': the model "
                          "determines it");
    if (arguments->recipe.options.labels && positive)
        argp_error(state, "--labels and --positive can't be combined: the last of two labels is the positive one");
    if (arguments->resume && parsing->of_optimizer && !arguments->optimizer)
        argp_error(state, "%s with --resume needs a new optimizer: add --optimizer adam", parsing->of_optimizer);
    if (!arguments->resume)
        check_vectorizer(arguments, state);
    check_input(arguments, state);
    if (parsing->preset_given && !arguments->article && !preset_applies(arguments))
        argp_error(state, "--preset auto chooses the layers and the tokenizer; it can't be combined with --resume, "
                          "--layers, --architecture, --vectorizer and --matrix");
    if ((arguments->from || arguments->no_base_model) && !preset_applies(arguments))
        argp_error(state,
                   "--from is for --preset auto, which chooses the layers; to continue a training, use --resume");
    if (arguments->recipe.options.architecture && arguments->layers_given)
        argp_error(state, "--architecture and --layers can't be combined");
    if (arguments->validation && parsing->split_given)
        argp_error(state, "--validation and --validation-split can't be combined");
    if (arguments->validation && arguments->last_rows)
        argp_error(state, "--validation and --validation-split-mode can't be combined");
    if (arguments->validation && strcmp(arguments->validation, "-") == 0 && strcmp(arguments->data, "-") == 0)
        argp_error(state, "standard input can be read once only");
    if (preset_applies(arguments) && !parsing->split_given)
        arguments->validation_split = AUTO_SPLIT;
    check_freeze(arguments, state);
    check_probabilities(arguments, state);
    check_callbacks(arguments, state);
    check_optimizer(arguments, state);
    check_loss(arguments, state);
}
