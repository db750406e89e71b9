/* mood report: a page about a pile of texts. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "data_options.h"
#include "interrupt.h"
#include "mistakes.h"
#include "new_file.h"
#include "output.h"
#include "recipe_options.h"
#include "report.h"
#include "shipped.h"
#include "terminal.h"

struct arguments {
    struct common common;
    struct recipe_arguments recipe;
    struct data_options data;
    const char *model, *input, *output;
    const char *time, *group; /* columns; NULL: none */
};

enum { OPTION_TIME = 0x200, OPTION_GROUP };

static const struct argp_option options[] = {
    {"output", 'o', "REPORT.html", 0, "write the page here; - is standard output", 0},
    {"time", OPTION_TIME, "COLUMN", 0,
     "show the labels over time: a column of dates, such as 2026-11-30, or of seconds since 1970", 0},
    {"group", OPTION_GROUP, "COLUMN", 0, "show the labels of the 20 most frequent values of this column", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        state->child_inputs[1] = &arguments->recipe;
        state->child_inputs[2] = &arguments->data;
        return 0;
    case 'o': arguments->output = argument; return 0;
    case OPTION_TIME: arguments->time = argument; return 0;
    case OPTION_GROUP: arguments->group = argument; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "too many arguments: '%s'", argument);
        if (state->arg_num == 0)
            arguments->model = model_argument(argument);
        else
            arguments->input = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->input)
            argp_error(state, "missing arguments: a model and a file of texts");
        if (!arguments->output)
            argp_error(state, "missing -o REPORT.html");
        if (arguments->common.json && strcmp(arguments->output, "-") == 0)
            argp_error(state, "--json needs standard output; name a file with -o");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp report_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "MODEL.keras FILE -o REPORT.html",
    .doc = "Score a file of texts and write a page about them: the labels, over time and by group, the words that tell "
           "them apart, the surest and the most doubtful texts, and unknown words."
           "\vThe page is one file without scripts, which needs nothing else. The file is CSV or JSON lines, also "
           "compressed, as for mood predict.\n\n"
           "Examples:\n"
           "  mood report reviews.keras comments.csv -o report.html\n"
           "  mood report reviews.keras shops.jsonl -o page.html --time date --group shop",
    .children = table_children,
};

/* ---- output ----------------------------------------------------------------------------------------- */

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

static mood_status print_json(const struct report *report, const mood_dataset_info *info, mood_error *err) {
    const uint64_t *total = tallies_row(&report->total, 0);
    json_t *labels = json_object();
    for (size_t i = 0; i < report->head->labels; i++)
        json_object_set_new(labels, mood_scorer_get_label(report->scorer, i),
                            json_integer((json_int_t)total[TALLY_LABELS + i]));
    json_t *object = json_pack("{sI sI so sI sI sI}", "texts", (json_int_t)total[TALLY_TEXTS], "skipped",
                               (json_int_t)info->rows_skipped, "labels", labels, "words",
                               (json_int_t)total[TALLY_WORDS], "unknown", (json_int_t)total[TALLY_UNKNOWN],
                               "unknown_texts", (json_int_t)report->counts.unknown_texts);
    if (!object)
        return no_memory(err);
    dump_json(stdout, object, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
    return MOOD_OK;
}

static mood_status write_page(const struct arguments *arguments, const struct report *report,
                              const struct report_origin *origin, struct new_file *file, mood_error *err) {
    struct buffer page = {0};
    mood_status status = report_write_page(report, origin, &page) ? MOOD_OK : no_memory(err);
    if (status == MOOD_OK)
        status = new_file_write(file, buffer_part(&page, 0, page.size), err);
    if (status == MOOD_OK)
        status = new_file_commit(file, err);
    buffer_free(&page);
    if (status == MOOD_OK && arguments->common.json)
        status = print_json(report, origin->info, err);
    return status;
}

/* ---- run -------------------------------------------------------------------------------------------- */

static const char *input_name(const struct arguments *arguments) {
    return strcmp(arguments->input, "-") == 0 ? "standard input" : arguments->input;
}

static mood_status make_report(const struct arguments *arguments, mood_scorer *scorer, mood_table *table,
                               struct new_file *file, mood_error *err) {
    const struct report_origin origin = {input_name(arguments), arguments->model, mood_table_get_info(table),
                                         arguments->time, arguments->group};
    struct report report;
    mood_status status = report_create(&report, scorer, arguments->time != NULL, arguments->group != NULL, err);
    if (status != MOOD_OK)
        return status;
    const struct scored_rows_user user = {report_add_row, report_add_batch, &report};
    status = score_table(&arguments->common, scorer, table, origin.input, &user, &report.counts, err);
    print_row_notes(&arguments->common, origin.input, origin.info);
    if (status == MOOD_OK)
        status = write_page(arguments, &report, &origin, file, err);
    if (status == MOOD_OK) {
        word_counts_print(&arguments->common, &report.counts);
        if (report.timeless)
            print_note(&arguments->common, "mood: %s: %llu of %zu rows: no time that can be read in the column %s",
                       origin.input, (unsigned long long)report.timeless, report.counts.texts, arguments->time);
    }
    report_free(&report);
    return status;
}

static mood_status open_table(const struct arguments *arguments, mood_table **table, mood_error *err) {
    const char *const inputs[] = {arguments->input, arguments->model};
    const char *columns[2];
    mood_table_options reading = MOOD_TABLE_OPTIONS;
    table_options_apply(&arguments->data, &reading);
    reading.columns = columns;
    if (arguments->time)
        columns[reading.column_count++] = arguments->time;
    if (arguments->group)
        columns[reading.column_count++] = arguments->group;
    mood_status status = MOOD_OK;
    if (strcmp(arguments->output, "-") != 0)
        status = check_not_input("-o", arguments->output, inputs, 2, err);
    if (status == MOOD_OK)
        status = mood_table_open(arguments->input, &reading, table, err);
    if (status == MOOD_OK)
        print_format_notes(&arguments->common, input_name(arguments), &arguments->data, mood_table_get_info(*table));
    return status;
}

static mood_status report_file(const struct arguments *arguments, mood_scorer *scorer, mood_error *err) {
    mood_table *table = NULL;
    struct new_file file = {0};
    mood_status status = open_table(arguments, &table, err);
    if (status == MOOD_OK) {
        catch_interrupts();
        status = new_file_open(&file, arguments->output, err);
    }
    if (status == MOOD_OK) {
        status = make_report(arguments, scorer, table, &file, err);
        new_file_discard(&file);
    }
    mood_table_destroy(table);
    return status;
}

int report_command(int argc, char **argv) {
    struct arguments arguments = {.recipe = RECIPE_ARGUMENTS};
    mood_error err = {0};
    mood_device *device = NULL;
    mood_scorer *scorer = NULL;
    mood_scorer_options scoring = MOOD_SCORER_OPTIONS;
    if (parse_arguments(&report_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    mood_status status = open_device(&arguments.common, &device, &err);
    scoring.device = device;
    scoring.recipe = &arguments.recipe.options;
    if (status == MOOD_OK)
        status = mood_scorer_open(arguments.model, &scoring, &scorer, &err);
    if (status == MOOD_OK) {
        recipe_print_notes(&arguments.common, arguments.model, mood_scorer_get_recipe(scorer));
        status = report_file(&arguments, scorer, &err);
    }
    int result = status == MOOD_OK ? EXIT_SUCCESS : fail(&arguments.common, &err);
    if (status != MOOD_OK && device && !scorer)
        note_model_argument(&arguments.common, arguments.model, (char *const *)&arguments.input, 1,
                            "mood report MODEL.keras FILE -o REPORT.html");
    mood_scorer_destroy(scorer);
    mood_device_destroy(device);
    data_options_clear(&arguments.data);
    recipe_arguments_clear(&arguments.recipe);
    return result;
}
