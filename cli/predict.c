/* mood predict: scores texts, the lines of standard input, or a whole file. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "lines.h"
#include "mistakes.h"
#include "mood/scorer.h"
#include "predict_file.h"
#include "recipe_options.h"
#include "shipped.h"
#include "terminal.h"
#include "word_counts.h"

#define BATCH 4096 /* several batches of the scorer, which tokenizes one while the device computes another */

struct arguments {
    struct common common;
    struct recipe_arguments recipe;
    struct data_options data; /* of a file */
    const char *model;
    const char *output; /* NULL: the arguments are texts */
    bool all_scores;
    char **texts;
    size_t count;
};

enum { OPTION_ALL_SCORES = 0x200 };

static const struct argp_option options[] = {
    {"output", 'o', "OUT", 0,
     "score a whole file, and write its rows with the columns label, score and confidence here; - is standard output",
     0},
    {"all-scores", OPTION_ALL_SCORES, NULL, 0, "with -o: also a column score_LABEL for each label", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void check_arguments(const struct arguments *arguments, struct argp_state *state) {
    const struct data_options *data = &arguments->data;
    if (!arguments->count)
        argp_error(state, arguments->output ? "missing arguments: a model and a file"
                                            : "missing arguments: a model, and texts or - for standard input");
    if (arguments->output && arguments->count > 1)
        argp_error(state, "with -o the only argument after the model is a file, but there is '%s', too",
                   arguments->texts[1]);
    if (!arguments->output && (arguments->all_scores || data->text || data->separator || data->no_header ||
                               data->no_quotes || data->encoding || data->skip_errors))
        argp_error(state, "--all-scores and the options of a file need -o OUT: without it the arguments are texts");
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        state->child_inputs[2] = &arguments->data;
        return 0;
    case 'o': arguments->output = argument; return 0;
    case OPTION_ALL_SCORES: arguments->all_scores = true; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            return ARGP_ERR_UNKNOWN; /* texts: ARGP_KEY_ARGS handles all of them */
        arguments->model = model_argument(argument);
        return 0;
    case ARGP_KEY_ARGS:
        arguments->texts = state->argv + state->next;
        arguments->count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END: check_arguments(arguments, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp predict_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "MODEL.keras TEXT…\nMODEL.keras -\nMODEL.keras FILE -o OUT",
    .doc = "Score texts, with - the lines of standard input, or with -o a whole file."
           "\vOne line per text: its label, its score and the text, separated by tabs. With two labels and one output "
           "the score is the probability of the positive label, also if the label is the negative one; else it is the "
           "probability of the label. A multi-label model prints the labels with a score above the threshold (0.5), "
           "joined by |, and "
           "LABEL=SCORE of all labels, joined by |. "
           "With --json, confidence is the probability of the label, and scores has that of each label. In the text a "
           "tab, a newline and a backslash are written \\t, \\n and \\\\; bytes that are not UTF-8 become U+FFFD.\n\n"
           "With -o the argument is a file: CSV with any separator or JSON lines, also compressed; - is standard "
           "input. OUT gets all of its columns and the new ones, as CSV (.csv, .tsv) or JSON lines (.jsonl), also "
           "with .gz; with another name, in the file's format. OUT is complete or absent.\n\n"
           "Examples:\n"
           "  mood predict reviews.keras \"What a film!\" \"It broke after a week.\"\n"
           "  mood predict --json reviews.keras - < comments.txt\n"
           "  mood predict reviews.keras comments.csv.gz -o scored.csv --text comment",
    .children = table_children,
};

/* ---- output ----------------------------------------------------------------------------------------- */

/* The record of the scores, with the text and its numbers of words as the last members. */
static mood_status write_json(const mood_scorer *scorer, mood_text text, const mood_sequence_counts *counts,
                              const float *row, mood_error *err) {
    char *record;
    mood_status status = mood_scorer_write_json(scorer, row, &record, err);
    if (status != MOOD_OK)
        return status;
    json_t *object = json_loads(record, 0, NULL);
    mood_free(record);
    if (!object || json_object_set_new(object, "text", json_stringn(text.data, text.size)) != 0 ||
        json_object_set_new(object, "words", json_integer((json_int_t)counts->words)) != 0 ||
        json_object_set_new(object, "unknown", json_integer((json_int_t)counts->unknown)) != 0)
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "a record can't be written as JSON");
    else {
        dump_json(stdout, object, JSON_COMPACT | JSON_REAL_PRECISION(9));
        putchar('\n');
    }
    json_decref(object);
    return status;
}

/* Two columns: the labels that apply, and each label's score. */
static void write_several(const mood_scorer *scorer, const float *row) {
    const mood_head *head = mood_scorer_get_head(scorer);
    const char *before = "";
    for (size_t i = 0; i < head->labels; i++)
        if (mood_head_applies(head, row, i)) {
            printf("%s%s", before, mood_scorer_get_label(scorer, i));
            before = "|";
        }
    for (size_t i = 0; i < head->labels; i++)
        printf("%s%s=%.9g", i ? "|" : "\t", mood_scorer_get_label(scorer, i), (double)row[i]);
}

static void write_line(const mood_scorer *scorer, mood_text text, const float *row) {
    const mood_head *head = mood_scorer_get_head(scorer);
    size_t label = mood_head_decide(head, row);
    if (head->multi_label)
        write_several(scorer, row);
    else
        printf("%s\t%.9g", mood_scorer_get_label(scorer, label), (double)row[head->outputs == 1 ? 0 : label]);
    putchar('\t');
    print_column(stdout, text);
    putchar('\n');
}

/* ---- scoring ---------------------------------------------------------------------------------------- */

/* Buffers for a batch, and totals. */
struct prediction {
    const struct arguments *arguments;
    mood_scorer *scorer;
    mood_text *texts;             /* [BATCH] */
    float *scores;                /* [BATCH, O] */
    mood_sequence_counts *counts; /* [BATCH] */
    struct word_counts words;
    size_t bad; /* bytes that are not valid UTF-8 */
};

static mood_status write_text(struct prediction *prediction, size_t i, mood_error *err) {
    const struct arguments *arguments = prediction->arguments;
    const float *row = prediction->scores + i * mood_scorer_get_outputs(prediction->scorer);
    const mood_sequence_counts *counts = &prediction->counts[i];
    char *repaired;
    size_t size, replaced;
    mood_status status = mood_text_repair(prediction->texts[i], &repaired, &size, &replaced, err);
    if (status != MOOD_OK)
        return status;
    mood_text text = {repaired, size};
    prediction->bad += replaced;
    if (arguments->common.json)
        status = write_json(prediction->scorer, text, counts, row, err);
    else
        write_line(prediction->scorer, text, row);
    mood_free(repaired);
    print_detail(&arguments->common, "text %zu: %zu word%s, %zu unknown", prediction->words.texts + i + 1,
                 counts->words, counts->words == 1 ? "" : "s", counts->unknown);
    return status;
}

/* Score and print the texts first to first + n - 1 of the batch. If a text can't be scored, those before it are
 * printed, and the error contains its number, from 1. */
static mood_status score_texts(struct prediction *prediction, size_t first, size_t n, mood_error *err) {
    float *scores = prediction->scores + first * mood_scorer_get_outputs(prediction->scorer);
    mood_status status = mood_scorer_score_counted(prediction->scorer, prediction->texts + first, n, scores,
                                                   prediction->counts + first, err);
    if (status != MOOD_OK && err->error_class == MOOD_CLASS_INPUT && n > 1) {
        status = MOOD_OK;
        for (size_t i = 0; i < n && status == MOOD_OK; i++)
            status = score_texts(prediction, first + i, 1, err);
        return status;
    }
    if (status != MOOD_OK && err->error_class == MOOD_CLASS_INPUT)
        mood_error_prefix(err, "text %zu", prediction->words.texts + first + 1);
    for (size_t i = 0; i < n && status == MOOD_OK; i++)
        status = write_text(prediction, first + i, err);
    return status;
}

static mood_status score_batch(struct prediction *prediction, size_t n, mood_error *err) {
    mood_status status = score_texts(prediction, 0, n, err);
    if (status == MOOD_OK && fflush(stdout) != 0)
        status = mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "standard output can't be written: %m");
    if (status == MOOD_OK)
        word_counts_add(&prediction->words, prediction->counts, n);
    return status;
}

static mood_status score_arguments(struct prediction *prediction, mood_error *err) {
    const struct arguments *arguments = prediction->arguments;
    mood_status status = MOOD_OK;
    for (size_t done = 0; done < arguments->count && status == MOOD_OK;) {
        size_t n = 0;
        for (; n < BATCH && done < arguments->count; n++, done++)
            prediction->texts[n] = (mood_text){arguments->texts[done], strlen(arguments->texts[done])};
        status = score_batch(prediction, n, err);
    }
    return status;
}

static mood_status score_lines(struct prediction *prediction, mood_error *err) {
    struct lines lines;
    lines_start(&lines, STDIN_FILENO);
    size_t n = 0;
    mood_status status;
    do {
        status = lines_take(&lines, prediction->texts, BATCH, &n, err);
        if (status == MOOD_OK && n)
            status = score_batch(prediction, n, err);
    } while (status == MOOD_OK && n);
    lines_stop(&lines);
    return status;
}

static mood_status predict(const struct arguments *arguments, mood_scorer *scorer, mood_error *err) {
    struct prediction prediction = {
        .arguments = arguments,
        .scorer = scorer,
        .texts = calloc(BATCH, sizeof *prediction.texts),
        .scores = calloc(BATCH * mood_scorer_get_outputs(scorer), sizeof *prediction.scores),
        .counts = calloc(BATCH, sizeof *prediction.counts),
    };
    bool from_input = arguments->count == 1 && strcmp(arguments->texts[0], "-") == 0;
    mood_status status = MOOD_OK;
    if (!prediction.texts || !prediction.scores || !prediction.counts)
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    else {
        if (!from_input)
            note_file_names(&arguments->common, arguments->model, arguments->texts, arguments->count);
        status = (from_input ? score_lines : score_arguments)(&prediction, err);
    }
    if (prediction.bad)
        print_note(&arguments->common, "mood: %zu byte%s not UTF-8 and replaced by U+FFFD", prediction.bad,
                   prediction.bad == 1 ? " was" : "s were");
    word_counts_print(&arguments->common, &prediction.words);
    free(prediction.texts);
    free(prediction.scores);
    free(prediction.counts);
    return status;
}

int predict_command(int argc, char **argv) {
    struct arguments arguments = {.recipe = RECIPE_ARGUMENTS};
    mood_error err = {0};
    mood_device *device = NULL;
    mood_scorer *scorer = NULL;
    mood_scorer_options scoring = MOOD_SCORER_OPTIONS;

    const char *dashed = find_dashed_text(argc, argv, &predict_argp);
    if (dashed) {
        print_error(
            "'%s' begins with '-' and is read as an option; put -- before the texts: mood predict MODEL.keras -- "
            "'%s'",
            dashed, dashed);
        return EXIT_USAGE;
    }
    if (parse_arguments(&predict_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    const struct predict_file job = {&arguments.common,  &arguments.data,  arguments.model,
                                     arguments.texts[0], arguments.output, arguments.all_scores};
    mood_status status = open_device(&arguments.common, &device, &err);
    scoring.device = device;
    scoring.recipe = &arguments.recipe.options;
    if (!arguments.output && strcmp(arguments.texts[0], "-") != 0 && arguments.count < BATCH)
        scoring.batch_size = arguments.count;
    if (status == MOOD_OK)
        status = mood_scorer_open(arguments.model, &scoring, &scorer, &err);
    if (status == MOOD_OK) {
        recipe_print_notes(&arguments.common, arguments.model, mood_scorer_get_recipe(scorer));
        status = arguments.output ? predict_file(&job, scorer, &err) : predict(&arguments, scorer, &err);
    }
    int result = status == MOOD_OK ? EXIT_SUCCESS : fail(&arguments.common, &err);
    if (status != MOOD_OK && device && !scorer)
        note_model_argument(
            &arguments.common, arguments.model, arguments.texts, arguments.count,
            "mood predict MODEL.keras TEXT..., or for the lines of a file mood predict MODEL.keras - < FILE");
    mood_scorer_destroy(scorer);
    mood_device_destroy(device);
    data_options_clear(&arguments.data);
    recipe_arguments_clear(&arguments.recipe);
    return result;
}
