/* Options that take Keras's notation: "sgd:momentum=0.9" becomes "sgd(momentum=0.9)". */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "expression.h"

char *keras_expression(const char *option, const char *argument) {
    char *expression;
    size_t name = strcspn(option, ":("), size = strlen(option);
    const char *arguments = option[name] ? option + name + 1 : option + name;
    size_t argument_size = (size_t)(option + size - arguments);
    if (option[name] == '(') {
        if (option[size - 1] != ')')
            return strdup(option); /* the library reports errors in it */
        argument_size--;
    }
    if (!argument && argument_size == 0)
        return strndup(option, name);
    if (asprintf(&expression, "%.*s(%.*s%s%s)", (int)name, option, (int)argument_size, arguments,
                 argument && argument_size ? ", " : "", argument ? argument : "") < 0)
        return NULL;
    return expression;
}

/* The comma after the first part, or the end of the string. */
static char *find_end(char *at) {
    int depth = 0;
    char quote = '\0';
    for (; *at && (depth > 0 || quote || *at != ','); at++) {
        if (quote)
            quote = *at == quote ? '\0' : quote;
        else if (*at == '\'' || *at == '"')
            quote = *at;
        else
            depth += (strchr("([", *at) != NULL) - (strchr(")]", *at) != NULL);
    }
    return at;
}

static void trim(char *part) {
    size_t size = strlen(part);
    while (size > 0 && part[size - 1] == ' ')
        part[--size] = '\0';
}

size_t split_expressions(char *list, const char ***parts) {
    size_t count = 0;
    *parts = NULL;
    for (char *at = list, *end; at; at = end) {
        const char **grown = reallocarray(*parts, count + 1, sizeof **parts);
        if (!grown) {
            free(*parts);
            *parts = NULL;
            return 0;
        }
        *parts = grown;
        end = find_end(at);
        end = *end ? (*end = '\0', end + 1) : NULL;
        at += strspn(at, " ");
        trim(at);
        grown[count++] = at;
    }
    return count;
}

/* ---- similar names ------------------------------------------------------------------------------------------- */

enum { MAX_CLASSES = 64, CLASS_SIZE = 48 };

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

/* "KLDivergence" as "kl_divergence". */
static void to_snake_case(const char *class_name, char name[CLASS_SIZE]) {
    size_t size = 0;
    for (size_t i = 0; class_name[i] && size + 2 < CLASS_SIZE; i++) {
        bool word = is_upper(class_name[i]) && i > 0 && (is_lower(class_name[i - 1]) || is_lower(class_name[i + 1]));
        if (word)
            name[size++] = '_';
        name[size++] = (char)(is_upper(class_name[i]) ? class_name[i] - 'A' + 'a' : class_name[i]);
    }
    name[size] = '\0';
}

void expression_hint(const char *option, const char *(*class_at)(size_t index), char *hint, size_t size) {
    char given[CLASS_SIZE], word[CLASS_SIZE], names[MAX_CLASSES][CLASS_SIZE];
    const char *list[MAX_CLASSES], *class_name, *nearest;
    size_t count = 0;
    snprintf(given, sizeof given, "%.*s", (int)strcspn(option, ":("), option);
    to_snake_case(given, word);
    for (; count < MAX_CLASSES && (class_name = class_at(count)); count++) {
        to_snake_case(class_name, names[count]);
        list[count] = names[count];
    }
    nearest = nearest_name(word, list, count);
    *hint = '\0';
    if (nearest && strcmp(nearest, word) != 0)
        snprintf(hint, size, "; did you mean '%s'?", nearest);
}
