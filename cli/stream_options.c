/* Sets options of mood stream and mood replay by name, from the command line or a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "secrets.h"
#include "stream.h"

static mood_status refuse(mood_error *err, const char *name, const char *takes, const char *value) {
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s is %s, not '%s'", name, takes, value);
}

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

/* ---- strings ---------------------------------------------------------------------------------------------- */

/* Takes ownership of the string. NULL: out of memory, or string is NULL. */
static char *keep_string(struct stream_arguments *arguments, char *string) {
    char **strings = string ? reallocarray(arguments->strings, arguments->string_count + 1, sizeof *strings) : NULL;
    if (!strings) {
        free(string);
        return NULL;
    }
    arguments->strings = strings;
    return strings[arguments->string_count++] = string;
}

void stream_arguments_clear(struct stream_arguments *arguments) {
    for (size_t i = 0; i < arguments->string_count; i++) {
        explicit_bzero(arguments->strings[i], strlen(arguments->strings[i])); /* some are secrets */
        free(arguments->strings[i]);
    }
    recipe_arguments_clear(&arguments->recipe);
    free(arguments->files);
    free(arguments->strings);
    free(arguments->settings);
    free(arguments->properties);
    secrets_forget();
}

/* *resolved belongs to the arguments; *hidden: a placeholder was replaced. */
static mood_status resolve(struct stream_arguments *arguments, const char *name, const char *value, char **resolved,
                           bool *hidden, mood_error *err) {
    char *text;
    mood_status status = placeholders_fill(value, &text, hidden, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "%s", name);
        return status;
    }
    *resolved = keep_string(arguments, text);
    return *resolved ? MOOD_OK : no_memory(err);
}

/* ---- settings and properties -------------------------------------------------------------------------------- */

static mood_status append(mood_setting **list, size_t *count, mood_setting setting, mood_error *err) {
    mood_setting *grown = reallocarray(*list, *count + 1, sizeof *grown);
    if (!grown)
        return no_memory(err);
    *list = grown;
    grown[(*count)++] = setting;
    return MOOD_OK;
}

static mood_status add_setting(struct stream_arguments *arguments, const char *name, const char *value,
                               mood_error *err) {
    return append(&arguments->settings, &arguments->options.setting_count, (mood_setting){name, value, false}, err);
}

mood_status stream_add_setting(struct stream_arguments *arguments, const char *name, const char *value,
                               mood_error *err) {
    char *copy = keep_string(arguments, strdup(value));
    return copy ? add_setting(arguments, name, copy, err) : no_memory(err);
}

void stream_drop_setting(struct stream_arguments *arguments, const char *name) {
    size_t kept = 0;
    for (size_t i = 0; i < arguments->options.setting_count; i++)
        if (strcmp(arguments->settings[i].name, name) != 0)
            arguments->settings[kept++] = arguments->settings[i];
    arguments->options.setting_count = kept;
}

const char *stream_setting(const struct stream_arguments *arguments, const char *name) {
    for (size_t i = arguments->options.setting_count; i-- > 0;)
        if (strcmp(arguments->settings[i].name, name) == 0)
            return arguments->settings[i].value;
    return NULL;
}

mood_status stream_set_property(struct stream_arguments *arguments, const char *key, const char *value, bool exposed,
                                mood_error *err) {
    char *name = keep_string(arguments, strdup(key)), *resolved;
    bool hidden;
    if (!name)
        return no_memory(err);
    mood_status status = resolve(arguments, key, value, &resolved, &hidden, err);
    if (status != MOOD_OK)
        return status;
    mood_setting property = {name, resolved, exposed && !hidden};
    return append(&arguments->properties, &arguments->options.property_count, property, err);
}

static const char *without_side(const char *name) {
    bool sided = strncmp(name, "consumer.", 9) == 0 || strncmp(name, "producer.", 9) == 0;
    return sided ? name + 9 : name;
}

mood_status stream_check_properties(const struct stream_arguments *arguments, mood_error *err) {
    const mood_connector_type *type = arguments->options.connector;
    if (!type->properties)
        return MOOD_OK; /* opening the connector rejects unknown settings */
    const char *const *names = type->properties();
    size_t count = 0;
    while (names[count])
        count++;
    for (size_t i = 0; i < arguments->options.property_count; i++) {
        const char *name = without_side(arguments->properties[i].name);
        bool found = false;
        for (size_t j = 0; j < count && !found; j++)
            found = strcmp(names[j], name) == 0;
        if (found)
            continue;
        const char *nearest = nearest_name(name, names, count);
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown property '%s'%s%s%s", name,
                              nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    }
    return MOOD_OK;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static mood_status read_count(const char *name, const char *value, long least, long most, long *count,
                              mood_error *err) {
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (errno || *value < '0' || *value > '9' || *end || number < least || number > most)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "%s takes a whole number from %ld to %ld, not '%s'", name, least, most, value);
    *count = number;
    return MOOD_OK;
}

static mood_status read_bool(const char *name, const char *value, bool *flag, mood_error *err) {
    *flag = strcmp(value, "true") == 0;
    return *flag || strcmp(value, "false") == 0 ? MOOD_OK : refuse(err, name, "true or false", value);
}

static mood_status read_guarantee(const char *value, mood_guarantee *guarantee, mood_error *err) {
    if (strcmp(value, "at-least-once") == 0)
        *guarantee = MOOD_AT_LEAST_ONCE;
    else if (strcmp(value, "at-most-once") == 0)
        *guarantee = MOOD_AT_MOST_ONCE;
    else if (strcmp(value, "exactly-once") == 0)
        *guarantee = MOOD_EXACTLY_ONCE;
    else
        return refuse(err, "guarantee", "at-least-once, at-most-once or exactly-once", value);
    return MOOD_OK;
}

static mood_status read_format(struct stream_arguments *arguments, const char *value, enum origin origin,
                               mood_error *err) {
    bool text = strcmp(value, "text") == 0;
    if (!text && strcmp(value, "json") != 0)
        return refuse(err, "format", "text or json", value);
    arguments->options.format = text ? MOOD_FORMAT_TEXT : MOOD_FORMAT_JSON;
    arguments->text = text ? origin : ORIGIN_NONE;
    return MOOD_OK;
}

static mood_status read_on_error(struct stream_arguments *arguments, const char *value, enum origin origin,
                                 mood_error *err) {
    arguments->on_error = origin;
    if (strcmp(value, "stop") == 0)
        arguments->options.on_error = MOOD_ON_ERROR_STOP;
    else if (strcmp(value, "skip") == 0)
        arguments->options.on_error = MOOD_ON_ERROR_SKIP;
    else
        return refuse(err, "on-error", "stop or skip", value);
    return MOOD_OK;
}

static mood_status read_log_format(const char *value, mood_error *err) {
    static const char *const names[] = {[LOG_TEXT] = "text", [LOG_LOGFMT] = "logfmt", [LOG_JSON] = "json"};
    for (int i = LOG_TEXT; i <= LOG_JSON; i++)
        if (strcmp(value, names[i]) == 0) {
            log_use((enum log_format)i);
            return MOOD_OK;
        }
    return refuse(err, "log-format", "text, logfmt or json", value);
}

static bool is(const char *name, const char *other) {
    return strcmp(name, other) == 0;
}

static mood_status set_number(struct stream_arguments *arguments, const char *name, const char *value,
                              mood_error *err) {
    long number = 0;
    mood_status status = is(name, "batch")  ? read_count(name, value, 1, 1 << 20, &number, err)
                         : is(name, "wait") ? read_count(name, value, 0, 3600000, &number, err)
                                            : read_count(name, value, 0, 86400, &number, err);
    if (status != MOOD_OK)
        return status;
    if (is(name, "batch"))
        arguments->options.batch = (size_t)number;
    else if (is(name, "wait"))
        arguments->options.wait_ms = (int)number;
    else if (is(name, "report"))
        arguments->report = (double)number;
    else
        arguments->options.deadline_ms = (int)(number * 1000);
    return MOOD_OK;
}

static bool is_among(const char *name, const char *const *names) {
    for (; *names; names++)
        if (is(name, *names))
            return true;
    return false;
}

static mood_status set_resolved(struct stream_arguments *arguments, const char *name, char *value, enum origin origin,
                                mood_error *err) {
    static const char *const connectors[] = {"brokers", "group", "input", "output", "on-missing-offset", "end", NULL};
    static const char *const numbers[] = {"batch", "wait", "deadline", "report", NULL};
    mood_stream_options *options = &arguments->options;
    if (is_among(name, numbers))
        return set_number(arguments, name, value, err);
    if (is_among(name, connectors)) {
        const char *const *known = arguments->names;
        while (!is(*known, name))
            known++;
        return add_setting(arguments, *known, value, err); /* the name in the table stays valid */
    }
    if (is(name, "dead-letters")) {
        arguments->dead_letters = origin;
        return add_setting(arguments, "dead-letters", value, err);
    }
    if (is(name, "keep")) {
        arguments->keep = origin;
        return read_bool(name, value, &options->keep, err);
    }
    if (is(name, "guarantee"))
        return read_guarantee(value, &options->guarantee, err);
    if (is(name, "format"))
        return read_format(arguments, value, origin, err);
    if (is(name, "log-format"))
        return read_log_format(value, err);
    if (is(name, "samples"))
        return read_bool(name, value, &arguments->samples, err);
    if (is(name, "on-error"))
        return read_on_error(arguments, value, origin, err);
    if (is(name, "field")) {
        options->field = value;
        arguments->field = origin;
    } else if (is(name, "member"))
        options->member = value;
    else if (is(name, "instance"))
        options->instance = value;
    else if (is(name, "model"))
        arguments->model = value;
    else if (is(name, "listen"))
        arguments->listen = value;
    else if (is(name, "listen-host"))
        arguments->listen_host = value;
    else if (is(name, "device"))
        arguments->common.device = value;
    else
        return recipe_set(&arguments->recipe, name, value, err);
    return MOOD_OK;
}

static mood_status refuse_name(const char *name, const char *const *names, mood_error *err) {
    size_t count = 0;
    while (names[count])
        count++;
    const char *nearest = nearest_name(name, names, count);
    if (nearest)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "unknown option '%s'; did you mean '%s'?", name,
                              nearest);
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "unknown option '%s' (properties of the connector's library begin with consumer. or "
                          "producer.)",
                          name);
}

mood_status stream_set(struct stream_arguments *arguments, const char *name, const char *value, enum origin origin,
                       mood_error *err) {
    char *resolved;
    bool hidden;
    if (!is_among(name, arguments->names))
        return refuse_name(name, arguments->names, err);
    mood_status status = resolve(arguments, name, value, &resolved, &hidden, err);
    if (status != MOOD_OK)
        return status; /* the message names the placeholder */
    status = set_resolved(arguments, name, resolved, origin, err);
    if (status == MOOD_ERR_ARGUMENT && hidden) /* the message would show the value */
        return mood_error_set(err, status, MOOD_CLASS_FATAL, "%s: the value that was filled in for '%s' is not valid",
                              name, value);
    return status;
}
