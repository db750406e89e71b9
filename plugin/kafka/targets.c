/* The topics that are written, and the partition for an output. */
#include <stdlib.h>
#include <string.h>

#include "targets.h"

/* ---- open ------------------------------------------------------------------------------------------------ */

static mood_status open_topic(struct targets *targets, const char *name, struct target *target, mood_error *err) {
    if (!name || target->topic)
        return MOOD_OK;
    target->topic = rd_kafka_topic_new(targets->clients->producer, name, NULL);
    if (!target->topic)
        return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the topic '%s' can't be written: %s", name,
                              rd_kafka_err2str(rd_kafka_last_error()));
    return MOOD_OK;
}

mood_status targets_open(struct targets *targets, mood_error *err) {
    mood_status status = open_topic(targets, targets->clients->settings.output, &targets->output, err);
    if (status == MOOD_OK)
        status = open_topic(targets, targets->clients->settings.dead_letters, &targets->dead_letters, err);
    return status;
}

void targets_set_sizes(struct targets *targets, const struct topic_sizes *sizes) {
    targets->output.partitions = sizes->output;
    targets->dead_letters.partitions = sizes->dead_letters;
    targets->same_partitions = sizes->output == sizes->input;
}

/* ---- topics that outputs name ------------------------------------------------------------------------------ */

static struct target *find_other(const struct targets *targets, const char *name) {
    for (size_t i = 0; i < targets->other_count; i++)
        if (strcmp(targets->others[i].name, name) == 0)
            return &targets->others[i];
    return NULL;
}

static struct target *add_other(struct targets *targets, const char *name, int32_t partitions) {
    struct target *others = reallocarray(targets->others, targets->other_count + 1, sizeof *others);
    char *copy = strdup(name);
    if (others)
        targets->others = others;
    if (!others || !copy) {
        free(copy);
        return NULL;
    }
    others[targets->other_count] = (struct target){.name = copy, .partitions = partitions};
    return &others[targets->other_count++];
}

/* Writing must not create a topic: if it was deleted, its owner decides whether it comes back. */
static mood_connector_result find_named(struct targets *targets, const char *name, struct target **target,
                                        mood_error *err) {
    int32_t partitions;
    *target = find_other(targets, name);
    if (!*target) {
        mood_connector_result result = cluster_count_partitions(targets->clients, name, &partitions, err);
        if (result != MOOD_CONNECTOR_OK)
            return result;
        *target = add_other(targets, name, partitions);
    }
    if (*target)
        return open_topic(targets, name, *target, err) == MOOD_OK ? MOOD_CONNECTOR_OK : MOOD_CONNECTOR_FATAL;
    mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_CONNECTOR_FATAL;
}

mood_connector_result targets_find(struct targets *targets, const mood_output *output, struct target **target,
                                   mood_error *err) {
    if (output->topic && targets->clients->producer)
        return find_named(targets, output->topic, target, err);
    *target = output->dead_letter ? &targets->dead_letters : &targets->output;
    if ((*target)->topic)
        return MOOD_CONNECTOR_OK;
    mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "no topic to write to");
    return MOOD_CONNECTOR_REJECTED;
}

/* Dead letters of one partition go to one partition, so they keep their order. */
int32_t targets_partition(const struct targets *targets, const mood_output *output, const struct target *target) {
    bool from_input = output->source.topic && targets->clients->consumer;
    if (output->partition >= 0 && output->partition < target->partitions)
        return output->partition;
    if (from_input && target == &targets->dead_letters && target->partitions > 0)
        return output->source.partition % target->partitions;
    if (from_input && target == &targets->output && targets->same_partitions)
        return output->source.partition;
    return RD_KAFKA_PARTITION_UA;
}

/* ---- close ------------------------------------------------------------------------------------------------ */

static void close_topic(struct target *target) {
    if (target->topic)
        rd_kafka_topic_destroy(target->topic);
    target->topic = NULL;
}

void targets_close(struct targets *targets) {
    close_topic(&targets->output);
    close_topic(&targets->dead_letters);
    for (size_t i = 0; i < targets->other_count; i++)
        close_topic(&targets->others[i]);
}

void targets_free(struct targets *targets) {
    for (size_t i = 0; i < targets->other_count; i++)
        free(targets->others[i].name);
    free(targets->others);
}
