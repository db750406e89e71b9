/* --tokenizer, --word-index, --padding, --truncating, --maxlen, --matrix, --labels, --activation and --architecture;
 * --temperature and --threshold. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_options.h"
#include "recipe_options.h"

enum {
    OPTION_TOKENIZER = 0x2000,
    OPTION_WORD_INDEX,
    OPTION_INDEX_FROM,
    OPTION_PADDING,
    OPTION_TRUNCATING,
    OPTION_MAXLEN,
    OPTION_MATRIX,
    OPTION_LABELS,
    OPTION_ACTIVATION,
    OPTION_ARCHITECTURE,
    OPTION_TEMPERATURE,
    OPTION_THRESHOLD
};
enum { LONGEST_ROW = 1 << 20, LARGEST_INDEX_FROM = 1000 };

const struct argp_option recipe_option_table[] = {
    {"tokenizer", OPTION_TOKENIZER, "FILE", 0,
     "the tokenizer: the JSON that Keras's tokenizer.to_json() returned, the pickled Tokenizer, or a "
     "TextVectorization's vocabulary",
     0},
    {"word-index", OPTION_WORD_INDEX, "FILE.json", 0, "instead of a tokenizer: a JSON object of words and their ids",
     0},
    {"index-from", OPTION_INDEX_FROM, "N", 0,
     "add N to the ids of --word-index, as Keras's imdb.load_data() does with 3; id 2 is an unknown word then (0)", 0},
    {"padding", OPTION_PADDING, "pre|post", 0, "where texts with too few words are filled with zeros (pre)", 0},
    {"truncating", OPTION_TRUNCATING, "pre|post", 0, "where texts with too many words are cut (pre)", 0},
    {"maxlen", OPTION_MAXLEN, "N", 0, "words per text (the model's input length; mood fit: 50)", 0},
    {"matrix", OPTION_MATRIX, "binary|count|freq|tfidf", 0,
     "for a model without an embedding: how texts become bags of words, the mode of Keras's texts_to_matrix (binary)",
     0},
    {"labels", OPTION_LABELS, "NAME,NAME...", 0,
     "the names of the classes, in the order of the model's outputs (negative,positive)", 0},
    {"activation", OPTION_ACTIVATION, "sigmoid|softmax|linear", 0,
     "how outputs become scores, if the file does not contain it: sigmoid or softmax for logits, or linear", 0},
    {"architecture", OPTION_ARCHITECTURE, "FILE.json", 0,
     "the layers, as Keras's model.to_json() returns them: for an .h5 file of weights alone; with mood fit also for a "
     "new model",
     0},
    {NULL, 0, NULL, 0, NULL, 0},
};

const struct argp_option score_option_table[] = {
    {"temperature", OPTION_TEMPERATURE, "NUMBER", 0,
     "divide the logits of the scores by this (the file's); 1: the scores of Keras's model.predict", 0},
    {"threshold", OPTION_THRESHOLD, "NUMBER", 0,
     "two labels: the second one applies above this score; multi-label: each label above it (the file's, else 0.5)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* ---- values ----------------------------------------------------------------------------------------------------- */

static mood_status set_side(const char *name, const char *value, mood_padding *side, mood_error *err) {
    bool post = strcmp(value, "post") == 0;
    if (!post && strcmp(value, "pre") != 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s must be pre or post, not '%s'", name,
                              value);
    *side = post ? MOOD_PAD_POST : MOOD_PAD_PRE;
    return MOOD_OK;
}

static mood_status set_matrix(const char *name, const char *value, mood_matrix_mode *matrix, mood_error *err) {
    for (mood_matrix_mode mode = MOOD_MATRIX_BINARY; mode <= MOOD_MATRIX_TFIDF; mode++)
        if (strcmp(mood_matrix_name(mode), value) == 0) {
            *matrix = mode;
            return MOOD_OK;
        }
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s must be binary, count, freq or tfidf, not '%s'",
                          name, value);
}

static mood_status set_number(const char *name, const char *value, unsigned long least, unsigned long most, size_t *set,
                              mood_error *err) {
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || errno || number < least || number > most)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "%s must be a whole number from %lu to %lu, not '%s'", name, least, most, value);
    *set = number;
    return MOOD_OK;
}

static mood_status set_temperature(const char *name, const char *value, double *temperature, mood_error *err) {
    char *end;
    *temperature = strtod(value, &end);
    if (end == value || *end || !(*temperature >= MOOD_LEAST_TEMPERATURE && *temperature <= MOOD_MOST_TEMPERATURE))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s must be a number from %g to %g, not '%s'",
                              name, MOOD_LEAST_TEMPERATURE, MOOD_MOST_TEMPERATURE, value);
    return MOOD_OK;
}

mood_status threshold_parse(const char *name, const char *value, float *threshold, mood_error *err) {
    char *end;
    *threshold = strtof(value, &end);
    if (end == value || *end || !isfinite(*threshold))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s must be a number, not '%s'", name, value);
    return MOOD_OK;
}

static void clear_labels(struct recipe_arguments *arguments) {
    free(arguments->label_text);
    free(arguments->labels);
    arguments->label_text = NULL;
    arguments->options.labels = arguments->labels = NULL;
    arguments->options.label_count = 0;
}

static mood_status set_labels(struct recipe_arguments *arguments, const char *value, mood_error *err) {
    size_t count = 1;
    for (const char *at = value; *at; at++)
        count += *at == ',';
    clear_labels(arguments);
    arguments->label_text = strdup(value);
    arguments->labels = calloc(count, sizeof *arguments->labels);
    if (!arguments->label_text || !arguments->labels)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    char *rest = arguments->label_text;
    for (size_t i = 0; i < count; i++)
        arguments->labels[i] = strsep(&rest, ",");
    arguments->options.labels = arguments->labels;
    arguments->options.label_count = count;
    mood_status status = mood_labels_check(arguments->labels, count, err);
    if (status != MOOD_OK)
        mood_error_prefix(err, "labels");
    return status;
}

mood_status recipe_set(struct recipe_arguments *arguments, const char *name, const char *value, mood_error *err) {
    mood_recipe_options *options = &arguments->options;
    if (strcmp(name, "tokenizer") == 0)
        options->tokenizer = value;
    else if (strcmp(name, "padding") == 0)
        return set_side(name, value, &options->padding, err);
    else if (strcmp(name, "truncating") == 0)
        return set_side(name, value, &options->truncating, err);
    else if (strcmp(name, "maxlen") == 0)
        return set_number(name, value, 1, LONGEST_ROW, &options->maxlen, err);
    else if (strcmp(name, "matrix") == 0)
        return set_matrix(name, value, &options->matrix, err);
    else if (strcmp(name, "index-from") == 0)
        return set_number(name, value, 0, LARGEST_INDEX_FROM, &options->index_from, err);
    else if (strcmp(name, "labels") == 0)
        return set_labels(arguments, value, err);
    else if (strcmp(name, "temperature") == 0)
        return set_temperature(name, value, &options->temperature, err);
    else if (strcmp(name, "threshold") == 0)
        return threshold_parse(name, value, &options->threshold, err);
    else if (strcmp(name, "activation") == 0)
        options->activation = value;
    else if (strcmp(name, "word-index") == 0)
        options->word_index = value;
    else if (strcmp(name, "architecture") == 0)
        options->architecture = value;
    return MOOD_OK;
}

bool recipe_gives_any(const mood_recipe_options *given) {
    return given->tokenizer || given->word_index || given->padding != MOOD_PAD_UNSET ||
           given->truncating != MOOD_PAD_UNSET || given->maxlen || given->matrix != MOOD_MATRIX_NONE || given->labels ||
           given->activation || given->temperature > 0 || !isnan(given->threshold);
}

void recipe_arguments_clear(struct recipe_arguments *arguments) {
    clear_labels(arguments);
}

/* ---- the command line ------------------------------------------------------------------------------------------- */

static error_t parse_option(int key, char *value, struct argp_state *state) {
    const struct argp_option *tables[] = {recipe_option_table, score_option_table};
    mood_error err;
    if (key == ARGP_KEY_INIT && state->child_inputs)
        state->child_inputs[0] = state->input; /* of score_children */
    for (size_t i = 0; i < 2; i++)
        for (const struct argp_option *option = tables[i]; option->name; option++)
            if (option->key == key) {
                if (recipe_set(state->input, option->name, value, &err) != MOOD_OK)
                    argp_error(state, "--%s", err.message);
                return 0;
            }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp score_option_argp = {.options = score_option_table, .parser = parse_option};
static const struct argp_child score_children[] = {
    {&score_option_argp, 0, SCORE_HEADER, 11},
    {NULL, 0, NULL, 0},
};
static const struct argp fit_option_argp = {.options = recipe_option_table, .parser = parse_option};
static const struct argp recipe_option_argp = {
    .options = recipe_option_table, .parser = parse_option, .children = score_children};

const struct argp_child recipe_children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {&recipe_option_argp, 0, RECIPE_HEADER, 10},
    {NULL, 0, NULL, 0},
};

const struct argp_child fit_children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {&fit_option_argp, 0, RECIPE_HEADER, 10},
    {&data_option_argp, 0, DATA_HEADER, 5},
    {NULL, 0, NULL, 0},
};

const struct argp_child labelled_children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {&recipe_option_argp, 0, RECIPE_HEADER, 10},
    {&data_option_argp, 0, DATA_HEADER, 5},
    {NULL, 0, NULL, 0},
};

const struct argp_child table_children[] = {
    {&common_argp, 0, "Everywhere:", -1},
    {&recipe_option_argp, 0, RECIPE_HEADER, 10},
    {&table_option_argp, 0, TABLE_HEADER, 5},
    {NULL, 0, NULL, 0},
};

/* ---- notes ------------------------------------------------------------------------------------------------------ */

static void write_labels(FILE *out, const mood_recipe *recipe) {
    fprintf(out, "labels %s %s %s", recipe->labels[0], recipe->label_count == 2 ? "and" : "to",
            recipe->labels[recipe->label_count - 1]);
}

const char *padding_name(mood_padding side) {
    return side == MOOD_PAD_POST ? "post" : "pre";
}

/* ", " before every item but the first. */
static FILE *next_item(FILE *out) {
    if (ftell(out) > 0)
        fputs(", ", out);
    return out;
}

unsigned recipe_optional_settings(const mood_recipe *recipe) {
    return (recipe->activation ? MOOD_RECIPE_ACTIVATION : 0u) |
           (fabs(recipe->temperature - 1.0) > 0 ? MOOD_RECIPE_TEMPERATURE : 0u) |
           (isnan(recipe->threshold) ? 0u : MOOD_RECIPE_THRESHOLD);
}

char *recipe_list_settings(const mood_recipe *recipe, unsigned which) {
    char *list = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&list, &size);
    if (!out)
        return NULL;
    if (which & MOOD_RECIPE_TOKENIZER)
        fputs("tokenizer", next_item(out));
    if (which & MOOD_RECIPE_PADDING)
        fprintf(next_item(out), "padding=%s", padding_name(recipe->padding));
    if (which & MOOD_RECIPE_TRUNCATING)
        fprintf(next_item(out), "truncating=%s", padding_name(recipe->truncating));
    if (which & MOOD_RECIPE_MAXLEN)
        fprintf(next_item(out), "maxlen=%zu", recipe->maxlen);
    if (which & MOOD_RECIPE_MATRIX)
        fprintf(next_item(out), "matrix=%s", mood_matrix_name(recipe->matrix));
    if (which & MOOD_RECIPE_LABELS)
        write_labels(next_item(out), recipe);
    if (which & MOOD_RECIPE_ACTIVATION)
        fprintf(next_item(out), "activation=%s", recipe->activation);
    if (which & MOOD_RECIPE_TEMPERATURE)
        fprintf(next_item(out), "temperature=%.4g", recipe->temperature);
    if (which & MOOD_RECIPE_THRESHOLD)
        fprintf(next_item(out), "threshold=%.4g", (double)recipe->threshold);
    return fclose(out) == 0 ? list : NULL;
}

/* The options for what was assumed. */
static const char *options_to_set(unsigned assumed) {
    bool labels = assumed & MOOD_RECIPE_LABELS;
    if (assumed == MOOD_RECIPE_LABELS)
        return "--labels";
    if (assumed & MOOD_RECIPE_MATRIX)
        return labels ? "--matrix and --labels" : "--matrix";
    return labels ? "--padding, --truncating and --labels" : "--padding and --truncating";
}

static void print_assumed(const struct common *common, const char *path, const mood_recipe *recipe) {
    unsigned assumed = recipe->assumed;
    char *list = recipe_list_settings(recipe, assumed);
    const char *what = assumed == MOOD_RECIPE_LABELS ? "labels" : "preprocessing settings";
    if (list)
        print_note(common,
                   "mood: %s: no %s in the file; assuming %s; set them with %s, or write them into the file with mood "
                   "recipe",
                   path, what, list, options_to_set(assumed));
    free(list);
}

void recipe_print_notes(const struct common *common, const char *path, const mood_recipe *recipe) {
    if (recipe->assumed && recipe->tokenizer)
        print_assumed(common, path, recipe);
    char *replaced = recipe->overridden ? recipe_list_settings(recipe, recipe->overridden) : NULL;
    if (replaced)
        print_note(common, "mood: %s: for this run the options replace the file's own settings: %s", path, replaced);
    free(replaced);
}
