/* mood explain: which words of a text move its score. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "lines.h"
#include "mistakes.h"
#include "output.h"
#include "recipe_options.h"
#include "shipped.h"

enum { OPTION_LABEL = 0x100, OPTION_HTML, OPTION_WORDS };
enum { BATCH = 256, MOST_WORDS = 1000000 };

struct arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *model, *label, *html;
    size_t words;
    char **texts;
    size_t count;
};

static const struct argp_option options[] = {
    {"label", OPTION_LABEL, "NAME", 0, "explain the score of this label, not of the predicted one", 1},
    {"words", OPTION_WORDS, "N", 0, "list at most N words per text (default: 10)", 1},
    {"html", OPTION_HTML, "FILE", 0, "also write a page of HTML with the coloured texts", 1},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        return 0;
    case OPTION_LABEL: arguments->label = argument; return 0;
    case OPTION_WORDS: arguments->words = parse_count(state, "--words", argument, 0, MOST_WORDS); return 0;
    case OPTION_HTML: arguments->html = argument; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            return ARGP_ERR_UNKNOWN; /* texts: ARGP_KEY_ARGS handles all of them */
        arguments->model = model_argument(argument);
        return 0;
    case ARGP_KEY_ARGS:
        arguments->texts = state->argv + state->next;
        arguments->count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        if (!arguments->count)
            argp_error(state, "missing arguments: a model, and texts or - for standard input");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp explain_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "MODEL.keras TEXT…\nMODEL.keras -",
    .doc =
        "Show which words of a text move the score of its label: integrated gradients. With - the lines of standard "
        "input are explained."
        "\vFor each text a line with the label, its score and the text, on a terminal with coloured words: green ones "
        "raise the score of the label, red ones lower it. Then the score of an empty text, and the words with the "
        "largest contributions. The contributions of all words are the difference between both scores.\n\n"
        "Examples:\n"
        "  mood explain reviews.keras \"What a great film!\"\n"
        "  mood explain --html page.html reviews.keras - < comments.txt",
    .children = recipe_children,
};

/* ---- one text --------------------------------------------------------------------------------------- */

struct explaining {
    const struct arguments *arguments;
    mood_scorer *scorer;
    size_t label;
    FILE *page; /* of --html; NULL: none */
    bool colours;
    size_t done, bad; /* texts; bytes that are not valid UTF-8 */
};

static mood_status print(struct explaining *explaining, const struct explained *explained, mood_error *err) {
    const struct arguments *arguments = explaining->arguments;
    bool done = arguments->common.json ? explain_print_json(stdout, explained)
                                       : explain_print_text(stdout, explained, explaining->colours, arguments->words);
    if (!done)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    if (explaining->page)
        explain_print_html(explaining->page, explained);
    if (!explained->explanation->complete)
        print_note(&arguments->common,
                   "mood: text %zu: the contributions add up to %.4f instead of %.4f after %zu integration steps",
                   explaining->done + 1, explained->explanation->sum,
                   explained->explanation->score - explained->explanation->empty, explained->explanation->steps);
    return fflush(stdout) == 0
               ? MOOD_OK
               : mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "standard output can't be written: %m");
}

static mood_status explain_text(struct explaining *explaining, mood_text text, mood_error *err) {
    char *repaired;
    size_t size, replaced;
    mood_explanation *explanation = NULL;
    mood_status status = mood_text_repair(text, &repaired, &size, &replaced, err);
    if (status != MOOD_OK)
        return status;
    struct explained explained = {.text = {repaired, size}};
    explaining->bad += replaced;
    status = mood_scorer_explain(explaining->scorer, explained.text, explaining->label, &explanation, err);
    if (status != MOOD_OK && err->error_class == MOOD_CLASS_INPUT)
        mood_error_prefix(err, "text %zu", explaining->done + 1);
    if (status == MOOD_OK) {
        explained.explanation = explanation;
        explained.largest = explained_largest(explanation);
        explained.label = mood_scorer_get_label(explaining->scorer, explanation->label);
        status = print(explaining, &explained, err);
    }
    explaining->done++;
    mood_explanation_destroy(explanation);
    mood_free(repaired);
    return status;
}

/* ---- all texts -------------------------------------------------------------------------------------- */

static mood_status explain_arguments(struct explaining *explaining, mood_error *err) {
    const struct arguments *arguments = explaining->arguments;
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < arguments->count && status == MOOD_OK; i++)
        status = explain_text(explaining, (mood_text){arguments->texts[i], strlen(arguments->texts[i])}, err);
    return status;
}

static mood_status explain_lines(struct explaining *explaining, mood_error *err) {
    struct lines lines;
    mood_text batch[BATCH];
    size_t n = 0;
    mood_status status;
    lines_start(&lines, STDIN_FILENO);
    do {
        status = lines_take(&lines, batch, BATCH, &n, err);
        for (size_t i = 0; i < n && status == MOOD_OK; i++)
            status = explain_text(explaining, batch[i], err);
    } while (status == MOOD_OK && n);
    lines_stop(&lines);
    return status;
}

static mood_status find_label(struct explaining *explaining, mood_error *err) {
    const char *wanted = explaining->arguments->label;
    char names[400] = "";
    explaining->label = MOOD_DECIDED_LABEL;
    for (size_t i = 0; wanted && i < mood_scorer_get_labels(explaining->scorer); i++) {
        const char *name = mood_scorer_get_label(explaining->scorer, i);
        if (strcmp(name, wanted) == 0) {
            explaining->label = i;
            return MOOD_OK;
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", name);
    }
    return wanted ? mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "--label %s: the model's labels are %s",
                                   wanted, names)
                  : MOOD_OK;
}

static mood_status close_page(struct explaining *explaining, mood_status status, mood_error *err) {
    const char *path = explaining->arguments->html;
    if (!explaining->page)
        return status;
    explain_end_html(explaining->page);
    bool failed = ferror(explaining->page) != 0;
    failed |= fclose(explaining->page) != 0;
    if (failed && status == MOOD_OK)
        status = mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be written: %s", path, strerror(errno));
    return status;
}

static mood_status open_page(struct explaining *explaining, mood_error *err) {
    const struct arguments *arguments = explaining->arguments;
    const char *inputs[] = {arguments->model};
    mood_status status = check_not_input("--html", arguments->html, inputs, 1, err);
    if (status != MOOD_OK || !arguments->html)
        return status;
    explaining->page = fopen(arguments->html, "we");
    if (!explaining->page)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "%s: can't be written: %s", arguments->html,
                              strerror(errno));
    explain_begin_html(explaining->page, file_name(arguments->model));
    return MOOD_OK;
}

static mood_status explain(const struct arguments *arguments, mood_scorer *scorer, mood_error *err) {
    struct explaining explaining = {
        .arguments = arguments, .scorer = scorer, .colours = !arguments->common.json && explain_has_colours(stdout)};
    bool from_input = arguments->count == 1 && strcmp(arguments->texts[0], "-") == 0;
    mood_status status = find_label(&explaining, err);
    if (status == MOOD_OK)
        status = open_page(&explaining, err);
    if (status != MOOD_OK)
        return status;
    if (!from_input)
        note_file_names(&arguments->common, arguments->model, arguments->texts, arguments->count);
    status = (from_input ? explain_lines : explain_arguments)(&explaining, err);
    status = close_page(&explaining, status, err);
    if (explaining.bad)
        print_note(&arguments->common, "mood: %zu byte%s not UTF-8 and replaced by U+FFFD", explaining.bad,
                   explaining.bad == 1 ? " was" : "s were");
    return status;
}

int explain_command(int argc, char **argv) {
    struct arguments arguments = {.recipe = RECIPE_ARGUMENTS, .words = 10};
    mood_error err = {0};
    mood_device *device = NULL;
    mood_scorer *scorer = NULL;
    mood_scorer_options scoring = MOOD_SCORER_OPTIONS;
    const char *dashed = find_dashed_text(argc, argv, &explain_argp);
    if (dashed) {
        print_error(
            "'%s' begins with '-' and is read as an option; put -- before the texts: mood explain MODEL.keras -- "
            "'%s'",
            dashed, dashed);
        return EXIT_USAGE;
    }
    if (parse_arguments(&explain_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    mood_status status = open_device(&arguments.common, &device, &err);
    scoring.device = device;
    scoring.recipe = &arguments.recipe.options;
    scoring.batch_size = 1;
    if (status == MOOD_OK)
        status = mood_scorer_open(arguments.model, &scoring, &scorer, &err);
    if (status == MOOD_OK) {
        recipe_print_notes(&arguments.common, arguments.model, mood_scorer_get_recipe(scorer));
        status = explain(&arguments, scorer, &err);
    }
    int result = status == MOOD_OK ? EXIT_SUCCESS : fail(&arguments.common, &err);
    if (status != MOOD_OK && device && !scorer)
        note_model_argument(&arguments.common, arguments.model, arguments.texts, arguments.count,
                            "mood explain MODEL.keras TEXT...");
    mood_scorer_destroy(scorer);
    mood_device_destroy(device);
    recipe_arguments_clear(&arguments.recipe);
    return result;
}
