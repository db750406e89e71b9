/* Expressions as they are written in Keras: a recursive descent over the grammar in the header. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/errors.h"
#include "base/number.h"
#include "layers/constraint.h"
#include "layers/expression.h"
#include "layers/initializer.h"
#include "layers/keras_object.h"
#include "layers/regularizer.h"

enum { MAX_DEPTH = 8, MAX_SIZE = 65536, MAX_POSITIONAL = 3, NAME_SIZE = 64 };

struct parser {
    const struct expression_kind *kind;
    const char *text, *at;
    int depth;
    mood_error *err;
};

/* ---- errors and tokens ----------------------------------------------------------------------- */

/* The error shows the rest of the text from where it is wrong. Returns NULL, as the functions below do. */
static json_t *expected(struct parser *parser, const char *what) {
    if (*parser->at)
        mood_error_set(parser->err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s '%.60s': expected %s at '%.20s'",
                       parser->kind->noun, parser->text, what, parser->at);
    else
        mood_error_set(parser->err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s '%.60s': expected %s at the end",
                       parser->kind->noun, parser->text, what);
    return NULL;
}

static json_t *no_memory(struct parser *parser) {
    (void)!out_of_memory(parser->err, "reading an expression");
    return NULL;
}

static void skip_spaces(struct parser *parser) {
    parser->at += strspn(parser->at, " \t\r\n");
}

static bool take(struct parser *parser, char c) {
    skip_spaces(parser);
    if (*parser->at != c)
        return false;
    parser->at++;
    return true;
}

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The last part of a dotted name; its length is 0 if there is none, or if it is too long. */
static size_t take_name(struct parser *parser, char name[NAME_SIZE]) {
    size_t size;
    do {
        skip_spaces(parser);
        size = is_name_start(*parser->at) ? strspn(parser->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                               "0123456789_")
                                          : 0;
        if (size == 0 || size >= NAME_SIZE)
            return 0;
        memcpy(name, parser->at, size);
        name[size] = '\0';
        parser->at += size;
    } while (take(parser, '.'));
    return size;
}

/* ---- values ---------------------------------------------------------------------------------- */

static json_t *parse_value(struct parser *parser);

static json_t *parse_number(struct parser *parser) {
    size_t size = strspn(parser->at, "+-0123456789.eE_");
    char number[40], *end;
    if (size == 0)
        return expected(parser, "a value");
    if (size >= sizeof number)
        return expected(parser, "a number of fewer digits");
    memcpy(number, parser->at, size);
    number[size] = '\0';
    bool is_real = strpbrk(number, ".eE") != NULL;
    double real = number_read(number, &end);
    if (*end != '\0')
        return expected(parser, "a number");
    parser->at += size;
    json_t *value = is_real ? json_real(real) : json_integer(strtoll(number, NULL, 10));
    return value ? value : expected(parser, "a finite number");
}

static json_t *parse_string(struct parser *parser) {
    char quote = *parser->at;
    const char *end = strchr(parser->at + 1, quote);
    if (!end || memchr(parser->at, '\\', (size_t)(end - parser->at)))
        return expected(parser, "a string without escapes that ends with the same quote");
    json_t *value = json_stringn(parser->at + 1, (size_t)(end - parser->at - 1));
    if (!value)
        return expected(parser, "a string in UTF-8");
    parser->at = end + 1;
    return value;
}

static json_t *parse_list(struct parser *parser, char end) {
    json_t *list = json_array();
    parser->at++;
    while (list && !take(parser, end)) {
        json_t *value = parse_value(parser);
        if (!value || json_array_append_new(list, value) < 0) {
            json_decref(list);
            return value ? no_memory(parser) : NULL;
        }
        if (!take(parser, ',') && *parser->at != end) {
            json_decref(list);
            return expected(parser, end == ']' ? "',' or ']'" : "',' or ')'");
        }
    }
    return list ? list : no_memory(parser);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* A class whose arguments mood knows. */
struct callee {
    const char *class_name;
    struct expression_class type; /* fields NULL: an initializer, or another class */
    enum initializer_kind initializer;
    bool is_initializer;
};

static struct callee find_callee(const struct parser *parser, const char *name) {
    struct callee callee = {.class_name = name};
    if (parser->kind->find(name, parser->depth > 0, &callee.type))
        callee.class_name = callee.type.class_name;
    else
        callee.is_initializer = initializer_find(name, &callee.initializer);
    return callee;
}

/* NULL if there is no argument of that position. */
static const char *positional_key(const struct callee *callee, size_t position) {
    if (position >= MAX_POSITIONAL)
        return NULL;
    if (callee->type.class_name)
        return position < callee->type.field_count ? callee->type.fields[position].key : NULL;
    if (!callee->is_initializer)
        return constraint_argument_at(callee->class_name, position)
                   ? constraint_argument_at(callee->class_name, position)
                   : regularizer_argument_at(callee->class_name, position);
    const struct initializer_argument *argument = initializer_argument_at(callee->initializer, position);
    return argument ? argument->key : NULL;
}

/* The key has to be known: a misspelt one whose value is "off" would have no effect otherwise. */
static bool check_key(struct parser *parser, const struct callee *callee, const char *key) {
    char known[400] = "none";
    const struct expression_class *type = &callee->type;
    if (!type->class_name || field_find(type->fields, type->field_count, key) || is_one_of(key, parser->kind->common))
        return true;
    for (size_t i = 0; i < type->field_count; i++) {
        size_t used = i ? strlen(known) : 0;
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", type->fields[i].key);
    }
    (void)!mood_error_set(parser->err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                          "%s '%.60s': this version's %s has no argument %s; it has %s", parser->kind->noun,
                          parser->text, callee->class_name, key, known);
    return false;
}

/* Up to three arguments may be without a key, before those with one. */
static bool parse_key(struct parser *parser, const struct callee *callee, size_t *position, char key[NAME_SIZE]) {
    const char *start = parser->at;
    if (take_name(parser, key) > 0 && take(parser, '=')) {
        *position = MAX_POSITIONAL;
        return check_key(parser, callee, key);
    }
    parser->at = start;
    const char *name = positional_key(callee, (*position)++);
    if (name)
        snprintf(key, NAME_SIZE, "%s", name);
    else
        expected(parser, "an argument with its name, as in units=64");
    return name != NULL;
}

/* *config takes the arguments; false on failure. */
static bool parse_arguments(struct parser *parser, const struct callee *callee, json_t *config) {
    size_t position = 0;
    char key[NAME_SIZE];
    while (!take(parser, ')')) {
        if (!parse_key(parser, callee, &position, key))
            return false;
        if (json_object_get(config, key))
            return expected(parser, "each argument once") != NULL;
        json_t *value = parse_value(parser);
        if (!value)
            return false;
        if (json_object_set_new(config, key, value) < 0)
            return no_memory(parser) != NULL;
        if (!take(parser, ',') && *parser->at != ')')
            return expected(parser, "',' or ')'") != NULL;
    }
    return true;
}

static json_t *parse_call(struct parser *parser, const char *name) {
    struct callee callee = find_callee(parser, name);
    json_t *config = json_object();
    if (!config)
        return no_memory(parser);
    if (take(parser, '(') && !parse_arguments(parser, &callee, config)) {
        json_decref(config);
        return NULL;
    }
    json_t *object = json_pack("{s: s, s: o}", "class_name", callee.class_name, "config", config);
    return object ? object : no_memory(parser);
}

/* A name alone is a string. */
static json_t *parse_name(struct parser *parser) {
    char name[NAME_SIZE];
    if (take_name(parser, name) == 0)
        return expected(parser, "a value");
    skip_spaces(parser);
    if (*parser->at == '(')
        return parse_call(parser, name);
    if (strcmp(name, "True") == 0 || strcmp(name, "true") == 0)
        return json_true();
    if (strcmp(name, "False") == 0 || strcmp(name, "false") == 0)
        return json_false();
    if (strcmp(name, "None") == 0)
        return json_null();
    json_t *string = json_string(name);
    return string ? string : no_memory(parser);
}

static json_t *parse_value(struct parser *parser) {
    json_t *value;
    skip_spaces(parser);
    if (++parser->depth > MAX_DEPTH)
        return expected(parser, "fewer levels");
    switch (*parser->at) {
    case '\'':
    case '"': value = parse_string(parser); break;
    case '[': value = parse_list(parser, ']'); break;
    case '(': value = parse_list(parser, ')'); break;
    default: value = is_name_start(*parser->at) ? parse_name(parser) : parse_number(parser); break;
    }
    parser->depth--;
    return value;
}

/* An unknown class is an error before its arguments are looked at. */
static json_t *parse_root(struct parser *parser) {
    char name[NAME_SIZE], known[700], what[40];
    if (take_name(parser, name) == 0) {
        snprintf(what, sizeof what, "%s %s's name", strchr("aeiou", *parser->kind->noun) ? "an" : "a",
                 parser->kind->noun);
        return expected(parser, what);
    }
    if (find_callee(parser, name).type.class_name)
        return parse_call(parser, name);
    parser->kind->list(known, sizeof known);
    (void)!unsupported(parser->err, "unknown %s %s; this version knows %s", parser->kind->noun, name, known);
    return NULL;
}

mood_status expression_parse(const struct expression_kind *kind, const char *text, json_t **object, mood_error *err) {
    mood_error said = {0};
    struct parser parser = {.kind = kind, .text = text, .at = text, .err = &said};
    *object = NULL;
    if (strlen(text) > MAX_SIZE)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s: its text is longer than %d bytes",
                              kind->noun, MAX_SIZE);
    *object = parse_root(&parser);
    skip_spaces(&parser);
    if (*object && *parser.at) {
        expected(&parser, "the end");
        json_decref(*object);
        *object = NULL;
    }
    if (*object)
        return MOOD_OK;
    if (err)
        *err = said;
    return said.status;
}
