/* The topics that are written, and which partition of them an output goes to. */
#include <stdlib.h>
#include <string.h>

#include "kafka.h"

/* ---- open ------------------------------------------------------------------------------------------------ */

static mood_status open_topic(mood_connector *kafka, const char *name, struct target *target, mood_error *err) {
    if (!name || target->topic)
        return MOOD_OK;
    target->topic = rd_kafka_topic_new(kafka->producer, name, NULL);
    if (!target->topic)
        return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the topic '%s' can't be written: %s", name,
                              rd_kafka_err2str(rd_kafka_last_error()));
    return MOOD_OK;
}

mood_status targets_open(mood_connector *kafka, mood_error *err) {
    mood_status status = open_topic(kafka, kafka->settings.output, &kafka->output, err);
    if (status == MOOD_OK)
        status = open_topic(kafka, kafka->settings.dead_letters, &kafka->dead_letters, err);
    return status;
}

/* ---- those that outputs name ------------------------------------------------------------------------------ */

static struct target *find_other(const mood_connector *kafka, const char *name) {
    for (size_t i = 0; i < kafka->other_count; i++)
        if (strcmp(kafka->others[i].name, name) == 0)
            return &kafka->others[i];
    return NULL;
}

static struct target *add_other(mood_connector *kafka, const char *name, int32_t partitions) {
    struct target *others = reallocarray(kafka->others, kafka->other_count + 1, sizeof *others);
    char *copy = strdup(name);
    if (others)
        kafka->others = others;
    if (!others || !copy) {
        free(copy);
        return NULL;
    }
    others[kafka->other_count] = (struct target){.name = copy, .partitions = partitions};
    return &others[kafka->other_count++];
}

/* One that nobody has made is not made by writing to it: where a topic was deleted, that is for its owner to undo. */
static mood_connector_result find_named(mood_connector *kafka, const char *name, struct target **target,
                                        mood_error *err) {
    int32_t partitions;
    *target = find_other(kafka, name);
    if (!*target) {
        mood_connector_result result = cluster_count_partitions(kafka, name, &partitions, err);
        if (result != MOOD_CONNECTOR_OK)
            return result;
        *target = add_other(kafka, name, partitions);
    }
    if (*target)
        return open_topic(kafka, name, *target, err) == MOOD_OK ? MOOD_CONNECTOR_OK : MOOD_CONNECTOR_FATAL;
    mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_CONNECTOR_FATAL;
}

mood_connector_result targets_find(mood_connector *kafka, const mood_output *output, struct target **target,
                                   mood_error *err) {
    if (output->topic && kafka->producer)
        return find_named(kafka, output->topic, target, err);
    *target = output->dead_letter ? &kafka->dead_letters : &kafka->output;
    if ((*target)->topic)
        return MOOD_CONNECTOR_OK;
    mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "no topic to write to");
    return MOOD_CONNECTOR_REJECTED;
}

/* Dead letters of one partition stay together, and so in order, whatever their topic looks like. */
int32_t targets_partition(const mood_connector *kafka, const mood_output *output, const struct target *target) {
    bool from_input = output->source.topic && kafka->consumer;
    if (output->partition >= 0 && output->partition < target->partitions)
        return output->partition;
    if (from_input && target == &kafka->dead_letters && target->partitions > 0)
        return output->source.partition % target->partitions;
    if (from_input && target == &kafka->output && kafka->same_partitions)
        return output->source.partition;
    return RD_KAFKA_PARTITION_UA;
}

/* ---- close ------------------------------------------------------------------------------------------------ */

static void close_topic(struct target *target) {
    if (target->topic)
        rd_kafka_topic_destroy(target->topic);
    target->topic = NULL;
}

void targets_close(mood_connector *kafka) {
    close_topic(&kafka->output);
    close_topic(&kafka->dead_letters);
    for (size_t i = 0; i < kafka->other_count; i++)
        close_topic(&kafka->others[i]);
}

void targets_free(mood_connector *kafka) {
    for (size_t i = 0; i < kafka->other_count; i++)
        free(kafka->others[i].name);
    free(kafka->others);
}
