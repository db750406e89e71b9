/* mood stream kafka --help and mood stream lines --help: list the options of one connector. */
#include <string.h>

#include "stream.h"

enum { MOST_OPTIONS = 64 };

struct connector_help {
    const char *name;
    struct argp_option words[8]; /* options with a different text for this connector */
    const char *unused[8];       /* options that the connector rejects */
    /* Derived from stream_argp: */
    struct argp argp;
    struct argp_option options[MOST_OPTIONS];
    char doc[4096];
};

static struct connector_help kafka = {
    .name = "kafka",
    .words = {{"input", 0, "TOPIC", 0, "the topic to read", 0},
              {"output", 0, "TOPIC", 0, "the topic to write", 0},
              {"dead-letters", 0, "TOPIC", 0, "the topic for records that can't be scored", 0}},
};
static struct connector_help lines = {
    .name = "lines",
    .words = {{"input", 0, "FILE", 0, "the file to read (standard input)", 0},
              {"output", 0, "FILE", 0, "the file to write (standard output)", 0},
              {"dead-letters", 0, "FILE", 0, "the file for records that can't be scored", 0},
              {"guarantee", 0, "at-least-once|at-most-once", 0,
               "what a crash may cause: records scored twice, or records lost (at-least-once)", 0}},
    .unused = {"brokers", "group", "property", "on-missing-offset", "instance", "demo"},
};

static void adapt_option(struct argp_option *option, const struct connector_help *help) {
    for (const struct argp_option *words = help->words; words->name; words++)
        if (strcmp(words->name, option->name) == 0) {
            option->arg = words->arg;
            option->doc = words->doc;
        }
    for (const char *const *unused = help->unused; *unused; unused++)
        if (strcmp(*unused, option->name) == 0)
            option->flags |= OPTION_HIDDEN;
}

/* Copy stream_argp's text without the examples for the other connector. */
static void copy_doc(struct connector_help *help) {
    static const char example[] = "  mood stream ";
    size_t size = 0;
    for (const char *line = stream_argp.doc; *line;) {
        const char *newline = strchr(line, '\n');
        size_t length = newline ? (size_t)(newline - line) + 1 : strlen(line);
        bool other = strncmp(line, example, strlen(example)) == 0 &&
                     strncmp(line + strlen(example), help->name, strlen(help->name)) != 0;
        if (!other && size + length < sizeof help->doc) {
            memcpy(help->doc + size, line, length);
            size += length;
        }
        line += length;
    }
    help->doc[size] = '\0';
}

static const struct argp *make_argp(struct connector_help *help) {
    size_t count = 0;
    for (; stream_argp.options[count].name && count < MOST_OPTIONS - 1; count++) {
        help->options[count] = stream_argp.options[count];
        adapt_option(&help->options[count], help);
    }
    help->options[count] = (struct argp_option){0};
    copy_doc(help);
    help->argp = stream_argp;
    help->argp.options = help->options;
    help->argp.args_doc = help->name;
    help->argp.doc = help->doc;
    return &help->argp;
}

const struct argp *stream_argp_for(const char *connector) {
    if (strcmp(connector, "kafka") == 0)
        return make_argp(&kafka);
    if (strcmp(connector, "lines") == 0)
        return make_argp(&lines);
    return &stream_argp;
}

const struct argp *stream_argp_for_arguments(int argc, char **argv) {
    const struct argp *argp = &stream_argp;
    for (int i = 1; i < argc && argp == &stream_argp; i++)
        argp = stream_argp_for(argv[i]);
    return argp;
}
