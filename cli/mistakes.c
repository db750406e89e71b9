/* Detects arguments that are probably mistakes: a file's name as a text, a text as the model, a text as an option. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mistakes.h"

/* ---- files ------------------------------------------------------------------------------------------------------ */

static bool is_file(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* True if a file begins like a zip file (.keras) or like HDF5 (.h5). */
static bool is_model(const char *path) {
    char start[4] = "";
    FILE *file = is_file(path) ? fopen(path, "re") : NULL;
    if (!file)
        return false;
    bool whole = fread(start, 1, sizeof start, file) == sizeof start;
    fclose(file);
    return whole && (memcmp(start, "PK\3\4", sizeof start) == 0 || memcmp(start, "\x89HDF", sizeof start) == 0);
}

void note_file_names(const struct common *common, const char *model, char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_file(texts[i])) {
            print_note(
                common,
                "mood: '%s' names a file, but is scored as a text; to score the file: mood predict %s %s -o OUT, or "
                "each of its lines: mood predict %s - < %s",
                texts[i], model, texts[i], model, texts[i]);
            return;
        }
}

void note_model_argument(const struct common *common, const char *model, char *const *others, size_t count,
                         const char *usage) {
    if (is_model(model))
        return;
    for (size_t i = 0; i < count; i++)
        if (is_model(others[i])) {
            print_note(common, "mood: the model is the first argument, and '%s' looks like one: %s", others[i], usage);
            return;
        }
    if (is_file(model))
        print_note(common, "mood: '%s' is not a model; the model is the first argument: %s", model, usage);
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

/* True if a long option, possibly abbreviated, takes a value. */
static bool takes_value(const struct argp *argp, const char *name) {
    for (const struct argp_option *option = argp->options; option && (option->name || option->doc); option++)
        if (option->name && option->arg && strncmp(option->name, name, strlen(name)) == 0)
            return true;
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        if (takes_value(child->argp, name))
            return true;
    return false;
}

/* True for "-5 stars" and "-- a text": no short option is a digit, and no option's name contains a space. */
static bool is_dashed_text(const char *argument) {
    size_t name = strcspn(argument, "=");
    return argument[0] == '-' && argument[1] != '\0' &&
           (isdigit((unsigned char)argument[1]) || memchr(argument, ' ', name));
}

const char *find_dashed_text(int argc, char *const *argv, const struct argp *argp) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_dashed_text(argv[i]))
            return argv[i];
        bool is_long = strncmp(argv[i], "--", 2) == 0 && !strchr(argv[i], '=');
        if (is_long && takes_value(argp, argv[i] + 2))
            i++;
    }
    return NULL;
}
