/* From the user's settings and properties to librdkafka's configuration. */
#ifdef HAVE_CONFIG_H
#include "config.h" /* first: it asks the system headers for GNU's functions */
#endif
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "properties.h"
#include "settings.h"

const char *const setting_names[] = {"brokers",           "group", "input", "output", "dead-letters", "end",
                                     "on-missing-offset", NULL};

/* Properties that a guarantee, or the program itself, depends on, and properties that run external code; with the
 * alternative. Other properties that name files (keys, certificates, key stores, tokens) are read as data. */
static const struct refused {
    const char *name, *instead;
} refused[] = {
    {"bootstrap.servers", "--brokers sets it"},
    {"metadata.broker.list", "--brokers sets it"},
    {"group.id", "--group sets it"},
    {"group.instance.id", "--instance sets it"},
    {"group.protocol", "only the classic protocol is supported"},
    {"transactional.id", "--instance sets it"},
    {"enable.partition.eof", "mood needs it (--end stops there)"},
    {"auto.offset.reset", "--on-missing-offset sets it"},
    {"enable.auto.commit", "--guarantee decides when positions are committed"},
    {"auto.commit.enable", "--guarantee decides when positions are committed"},
    {"enable.auto.offset.store", "--guarantee decides when positions are committed"},
    {"isolation.level", "--guarantee sets it"},
    {"acks", "--guarantee sets it"},
    {"request.required.acks", "--guarantee sets it"},
    {"enable.idempotence", "--guarantee sets it"},
    {"delivery.report.only.error", "the guarantee depends on delivery reports"},
    {"offset.store.method", "positions are stored by the brokers"},
    {"enabled_events", "it would turn off librdkafka's callbacks, which mood needs"},
    {"log.queue", "the program writes the log lines"},
    {"plugin.library.paths", "it loads code, which could change what is acknowledged"},
    {"ssl.engine.location", "it loads code; keys come from files (ssl.key.location)"},
    {"ssl.providers", "it loads code; OpenSSL's own configuration (openssl.cnf) can activate providers"},
    {"sasl.kerberos.kinit.cmd", "it runs a command; renew the ticket outside (k5start, cron) and set "
                                "sasl.kerberos.min.time.before.relogin=0"},
};

/* librdkafka puts these into the command of sasl.kerberos.kinit.cmd, which a shell runs. */
static const char *const shell_words[] = {"sasl.kerberos.keytab", "sasl.kerberos.principal"};
static const char plain_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@:+,=";

/* ---- the connector's own settings ------------------------------------------------------------------ */

static mood_status copy(const char *value, char **to, mood_error *err) {
    free(*to);
    *to = strdup(value);
    if (!*to)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_OK;
}

static mood_status read_missing(const char *value, enum missing *missing, mood_error *err) {
    if (strcmp(value, "stop") == 0)
        *missing = MISSING_STOP;
    else if (strcmp(value, "earliest") == 0)
        *missing = MISSING_EARLIEST;
    else if (strcmp(value, "latest") == 0)
        *missing = MISSING_LATEST;
    else
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "on-missing-offset takes stop, earliest or latest");
    return MOOD_OK;
}

static mood_status read_setting(struct settings *settings, const mood_setting *setting, mood_error *err) {
    if (strcmp(setting->name, "brokers") == 0)
        return copy(setting->value, &settings->brokers, err);
    if (strcmp(setting->name, "group") == 0)
        return copy(setting->value, &settings->group, err);
    if (strcmp(setting->name, "input") == 0)
        return copy(setting->value, &settings->input, err);
    if (strcmp(setting->name, "output") == 0)
        return copy(setting->value, &settings->output, err);
    if (strcmp(setting->name, "dead-letters") == 0)
        return copy(setting->value, &settings->dead_letters, err);
    if (strcmp(setting->name, "on-missing-offset") == 0)
        return read_missing(setting->value, &settings->missing, err);
    if (strcmp(setting->name, "end") == 0) {
        settings->end = strcmp(setting->value, "true") == 0;
        return MOOD_OK;
    }
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the kafka connector has no setting '%s'",
                          setting->name);
}

static mood_status must_differ(const char *one, const char *name, const char *other, const char *other_name,
                               mood_error *err) {
    if (one && other && strcmp(one, other) == 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "the %s and the %s are the same topic, '%s': the stream would read what it writes", name,
                              other_name, one);
    return MOOD_OK;
}

static mood_status check(struct settings *settings, mood_error *err) {
    if (!settings->brokers || !*settings->brokers)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "missing --brokers HOST:PORT");
    if (!settings->input && !settings->output && !settings->dead_letters)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "missing --input TOPIC and --output TOPIC");
    mood_status status;
    if ((status = must_differ(settings->input, "input", settings->output, "output", err)) != MOOD_OK ||
        (status = must_differ(settings->input, "input", settings->dead_letters, "dead letters", err)) != MOOD_OK ||
        (status = must_differ(settings->output, "output", settings->dead_letters, "dead letters", err)) != MOOD_OK)
        return status;
    if (settings->group || !settings->input)
        return MOOD_OK;
    /* Each pair of topics gets a separate group: two streams in one group would each receive half of the records. */
    if (asprintf(&settings->group, "mood-%s-%s", settings->input, settings->output ? settings->output : "") < 0) {
        settings->group = NULL;
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    }
    return MOOD_OK;
}

/* With an instance name the id is stable: a restarted process ends the open transaction of the previous one at once. */
static mood_status name_transactions(struct settings *settings, mood_error *err) {
    uint64_t chance = 0;
    int length = -1;
    if (settings->instance) /* with the group's length, or group a-b's c would be group a's b-c */
        length = asprintf(&settings->transactional_id, "mood-%s-%s.%zu", settings->group, settings->instance,
                          strlen(settings->group));
    else if (getrandom(&chance, sizeof chance, 0) == sizeof chance)
        length = asprintf(&settings->transactional_id, "mood-%s-%016" PRIx64, settings->group, chance);
    if (length >= 0)
        return MOOD_OK;
    settings->transactional_id = NULL;
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "can't generate a name for the process");
}

mood_status settings_read(const mood_connector_config *config, struct settings *settings, mood_error *err) {
    mood_status status;
    settings->guarantee = config->guarantee;
    for (size_t i = 0; i < config->setting_count; i++)
        if ((status = read_setting(settings, &config->settings[i], err)) != MOOD_OK)
            return status;
    if (config->instance && (status = copy(config->instance, &settings->instance, err)) != MOOD_OK)
        return status;
    if ((status = check(settings, err)) != MOOD_OK || settings->guarantee != MOOD_EXACTLY_ONCE)
        return status;
    return name_transactions(settings, err);
}

void settings_clear(struct settings *settings) {
    free(settings->brokers);
    free(settings->group);
    free(settings->input);
    free(settings->output);
    free(settings->dead_letters);
    free(settings->instance);
    free(settings->transactional_id);
    *settings = (struct settings){0};
}

/* ---- properties ---------------------------------------------------------------------------------------- */

static mood_status set(rd_kafka_conf_t *conf, const char *name, const char *value, mood_error *err) {
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s: %s", name, reason);
    return MOOD_OK;
}

/* librdkafka's reason may quote the value. It is hidden unless it was given on the command line, because it may be a
 * secret in the wrong property. */
static mood_status set_value(rd_kafka_conf_t *conf, const char *name, const mood_setting *property, mood_error *err) {
    mood_error reason = {0};
    mood_status status = set(conf, name, property->value, &reason);
    if (status != MOOD_OK && property->exposed && err)
        *err = reason;
    else if (status != MOOD_OK)
        mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                       "%s: librdkafka does not accept its value (it is not shown: it may be a secret)",
                       property->name);
    return status;
}

static bool is_shell_word(const char *name) {
    for (size_t i = 0; i < sizeof shell_words / sizeof *shell_words; i++)
        if (strcmp(shell_words[i], name) == 0)
            return true;
    return false;
}

static bool is_secret(const char *name) {
    return strstr(name, "password") || strstr(name, "passphrase") || strstr(name, "secret") || strstr(name, "key.pem");
}

/* "consumer.NAME" is for one side, "NAME" for both. */
static const char *strip_side(const char *name, bool *consumer, bool *producer) {
    *consumer = strncmp(name, "producer.", 9) != 0;
    *producer = strncmp(name, "consumer.", 9) != 0;
    return *consumer && *producer ? name : name + 9;
}

static mood_status set_property(rd_kafka_conf_t *conf, rd_kafka_type_t side, const mood_setting *property,
                                mood_error *err) {
    bool to_consumer, to_producer, of_consumer, of_producer;
    const char *name = strip_side(property->name, &to_consumer, &to_producer);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(refused[i].name, name) == 0)
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s can't be set here: %s", property->name,
                                  refused[i].instead);
    if (!property_find(name, &of_consumer, &of_producer))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "librdkafka %s has no property '%s'",
                              rd_kafka_version_str(), name);
    if (property->exposed && is_secret(name))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "%s: other users can read a command line; write %s='${env:NAME}' or '${file:PATH}', or "
                              "put it in a properties file (-F)",
                              property->name, property->name);
    if (is_shell_word(name) && property->value[strspn(property->value, plain_characters)])
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "%s may contain only letters, digits and ._-/@:+,=, because a shell reads it",
                              property->name);
    bool wanted = side == RD_KAFKA_CONSUMER ? to_consumer && of_consumer : to_producer && of_producer;
    return wanted ? set_value(conf, name, property, err) : MOOD_OK;
}

struct pair {
    const char *name, *value;
};

static mood_status set_pairs(rd_kafka_conf_t *conf, const struct pair *pairs, mood_error *err) {
    mood_status status = MOOD_OK;
    for (; pairs->name && status == MOOD_OK; pairs++)
        status = set(conf, pairs->name, pairs->value, err);
    return status;
}

/* ---- the two sides ------------------------------------------------------------------------------------ */

/* librdkafka 2.0 stops fetching for a second each time queued.min.messages is reached, so that limit is
 * set out of reach, and the limit in bytes applies. The user's properties override these. */
static const struct pair consumer_defaults[] = {
    {"client.id", "mood"},
    {"partition.assignment.strategy", "range"},
    {"auto.commit.interval.ms", "1000"}, /* limits the records that are scored again after a crash */
    {"queued.min.messages", "1000000"},
    {"queued.max.messages.kbytes", "32768"},
    {NULL, NULL},
};

/* Newer versions have a property for that second; it is set to a short time. */
static const struct pair consumer_backoff[] = {{"fetch.queue.backoff.ms", "10"}, {NULL, NULL}};

/* An output is retried as long as the stream runs: dropping it would lose it or end the stream. */
static const struct pair producer_defaults[] = {
    {"client.id", "mood"}, {"partitioner", "murmur2_random"}, {"queue.buffering.max.kbytes", "65536"},
    {"linger.ms", "1"}, /* outputs arrive in batches, so a long wait for more is not needed */
    {NULL, NULL},
};
static const struct pair producer_plain[] = {{"message.timeout.ms", "0"}, {NULL, NULL}};

/* An open transaction of a process that died delays readers for this long, unless a process with the same instance
 * name starts. librdkafka limits message.timeout.ms to it; then outputs are sent again in the next transaction. */
static const struct pair producer_transactional[] = {{"transaction.timeout.ms", "15000"}, {NULL, NULL}};

static mood_status set_consumer(rd_kafka_conf_t *conf, const struct settings *settings, mood_error *err) {
    static const char *const resets[] = {
        [MISSING_STOP] = "error", [MISSING_EARLIEST] = "earliest", [MISSING_LATEST] = "latest"};
    const struct pair pairs[] = {
        {"bootstrap.servers", settings->brokers},
        {"group.id", settings->group},
        {"auto.offset.reset", resets[settings->missing]},
        {"enable.partition.eof", "true"},
        {"enable.auto.offset.store", "false"},
        {"enable.auto.commit", "false"}, /* the reason is in commits.c */
        {"isolation.level", "read_committed"},
        {"log.queue", "true"},
        {settings->instance ? "group.instance.id" : NULL, settings->instance},
        {NULL, NULL},
    };
    return set_pairs(conf, pairs, err);
}

static mood_status set_producer(rd_kafka_conf_t *conf, const struct settings *settings, mood_error *err) {
    const struct pair pairs[] = {
        {"bootstrap.servers", settings->brokers},
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"log.queue", "true"},
        {settings->transactional_id ? "transactional.id" : NULL, settings->transactional_id},
        {NULL, NULL},
    };
    return set_pairs(conf, pairs, err);
}

mood_status settings_conf(const mood_connector_config *config, const struct settings *settings, rd_kafka_type_t side,
                          rd_kafka_conf_t **conf, mood_error *err) {
    bool consumer = side == RD_KAFKA_CONSUMER;
    rd_kafka_conf_t *new_conf = rd_kafka_conf_new();
    mood_status status = set_pairs(new_conf, consumer ? consumer_defaults : producer_defaults, err);
    bool known, other;
    if (status == MOOD_OK && consumer && property_find(consumer_backoff->name, &known, &other))
        status = set_pairs(new_conf, consumer_backoff, err);
    if (status == MOOD_OK && !consumer)
        status = set_pairs(new_conf, settings->transactional_id ? producer_transactional : producer_plain, err);
    for (size_t i = 0; i < config->property_count && status == MOOD_OK; i++)
        status = set_property(new_conf, side, &config->properties[i], err);
    if (status == MOOD_OK)
        status = consumer ? set_consumer(new_conf, settings, err) : set_producer(new_conf, settings, err);
    if (status != MOOD_OK) {
        rd_kafka_conf_destroy(new_conf);
        return status;
    }
    *conf = new_conf;
    return MOOD_OK;
}
