/* Copies the stream's statistics and samples from its thread to other threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "observer.h"

enum { SAMPLES_PER_UPDATE = 6 }; /* a few samples suffice at thousands of records per second */

struct observer {
    pthread_mutex_t lock; /* guards all members except budget, which only the stream's thread uses */
    struct snapshot newest;
    uint64_t last_progress;         /* the last value of progress_counter() */
    struct sample samples[SAMPLES]; /* ring buffer: sample n is at n % SAMPLES */
    uint64_t sample_count;
    int budget; /* samples until the next report; always 0 without samples */
    bool wanted;
};

double monotonic_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- snapshots ------------------------------------------------------------------------------------------ */

static bool reserve(struct snapshot *snapshot, size_t labels, size_t partitions) {
    if (labels > snapshot->label_capacity) {
        uint64_t *grown = reallocarray(snapshot->labels, labels, sizeof *grown);
        if (!grown)
            return false;
        snapshot->labels = grown;
        snapshot->label_capacity = labels;
    }
    if (partitions > snapshot->partition_capacity) {
        mood_partition_statistics *grown = reallocarray(snapshot->partitions, partitions, sizeof *grown);
        if (!grown)
            return false;
        snapshot->partitions = grown;
        char(*topics)[TOPIC_SIZE] = reallocarray(snapshot->topics, partitions, sizeof *topics);
        if (!topics)
            return false;
        snapshot->topics = topics;
        snapshot->partition_capacity = partitions;
    }
    return true;
}

/* False: out of memory; the snapshot is unchanged. */
static bool copy_statistics(struct snapshot *snapshot, const mood_stream_statistics *from) {
    const mood_connector_statistics *connector = &from->connector;
    if (!reserve(snapshot, from->label_count, connector->partition_count))
        return false;
    snapshot->statistics = *from;
    if (from->label_count)
        memcpy(snapshot->labels, from->labels, from->label_count * sizeof *from->labels);
    snapshot->statistics.labels = snapshot->labels;
    for (size_t i = 0; i < connector->partition_count; i++) {
        snapshot->partitions[i] = connector->partitions[i];
        snprintf(snapshot->topics[i], TOPIC_SIZE, "%s", connector->partitions[i].topic);
        snapshot->partitions[i].topic = snapshot->topics[i];
    }
    snapshot->statistics.connector.partitions = snapshot->partitions;
    snprintf(snapshot->group, sizeof snapshot->group, "%s", connector->group ? connector->group : "");
    snapshot->statistics.connector.group = connector->group ? snapshot->group : NULL;
    return true;
}

void snapshot_clear(struct snapshot *snapshot) {
    free(snapshot->labels);
    free(snapshot->partitions);
    free(snapshot->topics);
    *snapshot = (struct snapshot){0};
}

int64_t partition_lag(const mood_partition_statistics *partition) {
    if (partition->end < 0)
        return -1;
    int64_t begin = partition->committed > 0 ? partition->committed : 0;
    return partition->end > begin ? partition->end - begin : 0;
}

int64_t connector_lag(const mood_connector_statistics *connector) {
    int64_t sum = 0;
    for (size_t i = 0; i < connector->partition_count; i++) {
        int64_t lag = partition_lag(&connector->partitions[i]);
        sum += lag > 0 ? lag : 0;
    }
    return sum;
}

int64_t snapshot_lag(const struct snapshot *snapshot) {
    return connector_lag(&snapshot->statistics.connector);
}

uint64_t snapshot_done(const struct snapshot *snapshot) {
    const mood_stream_statistics *now = &snapshot->statistics;
    return now->scored + now->tombstones + now->dead_letters + now->skipped;
}

/* ---- called by the stream's thread ---------------------------------------------------------------------- */

struct observer *observer_create(bool samples) {
    struct observer *observer = calloc(1, sizeof *observer);
    if (!observer)
        return NULL;
    pthread_mutex_init(&observer->lock, NULL);
    observer->wanted = samples;
    observer->budget = samples ? SAMPLES_PER_UPDATE : 0;
    return observer;
}

void observer_destroy(struct observer *observer) {
    if (!observer)
        return;
    snapshot_clear(&observer->newest);
    pthread_mutex_destroy(&observer->lock);
    free(observer);
}

/* A value that changes whenever the stream makes progress: processed records and committed positions, in either
 * direction. Records that are only read again do not count. */
static uint64_t progress_counter(const struct snapshot *snapshot) {
    uint64_t sum = snapshot_done(snapshot);
    for (size_t i = 0; i < snapshot->statistics.connector.partition_count; i++)
        sum += (uint64_t)snapshot->partitions[i].committed;
    return sum;
}

void observer_update(struct observer *observer, const mood_stream_statistics *now) {
    double at = monotonic_seconds();
    pthread_mutex_lock(&observer->lock);
    struct snapshot *newest = &observer->newest;
    bool first = newest->statistics.size == 0;
    if (copy_statistics(newest, now)) {
        uint64_t last_progress = progress_counter(newest);
        bool waits = snapshot_lag(newest) > 0 || now->connector.in_flight > 0;
        if (first || !waits || last_progress != observer->last_progress)
            newest->progressed = at;
        observer->last_progress = last_progress;
        newest->at = at;
    }
    pthread_mutex_unlock(&observer->lock);
    observer->budget = observer->wanted ? SAMPLES_PER_UPDATE : 0;
}

/* The number of bytes of whole characters that fit into room. */
static size_t whole_characters(mood_text text, size_t room) {
    if (text.size <= room)
        return text.size;
    while (room > 0 && ((unsigned char)text.data[room] & 0xC0) == 0x80)
        room--;
    return room;
}

static void copy_text(struct sample *sample, mood_text text) {
    sample->text_size = whole_characters(text, SAMPLE_TEXT);
    sample->cut = sample->text_size < text.size;
    memcpy(sample->text, text.data, sample->text_size);
}

static void add_label(struct sample *sample, const char *label) {
    size_t used = strlen(sample->label);
    size_t size = whole_characters((mood_text){label, strlen(label)}, SAMPLE_LABEL - 1 - used);
    memcpy(sample->label + used, label, size);
    sample->label[used + size] = '\0';
}

/* The label, or all labels that apply. */
static void copy_labels(struct sample *sample, const mood_scored *scored) {
    sample->label[0] = '\0';
    if (!scored->head->multi_label)
        add_label(sample, scored->label_name);
    for (size_t i = 0; scored->head->multi_label && i < scored->head->labels; i++)
        if (mood_head_applies(scored->head, scored->scores, i)) {
            add_label(sample, sample->label[0] ? ", " : "");
            add_label(sample, scored->labels[i]);
        }
    if (!sample->label[0])
        add_label(sample, "–");
}

void observer_sample(struct observer *observer, const mood_scored *scored) {
    if (observer->budget == 0)
        return;
    observer->budget--;
    pthread_mutex_lock(&observer->lock);
    struct sample *sample = &observer->samples[++observer->sample_count % SAMPLES];
    sample->number = observer->sample_count;
    sample->class = scored->label;
    sample->score = (double)scored->scores[scored->outputs == 1 ? 0 : scored->label];
    copy_labels(sample, scored);
    copy_text(sample, scored->text);
    pthread_mutex_unlock(&observer->lock);
}

void observer_stopping(struct observer *observer) {
    pthread_mutex_lock(&observer->lock);
    observer->newest.stopping = true;
    pthread_mutex_unlock(&observer->lock);
}

/* ---- called by other threads ---------------------------------------------------------------------------- */

bool observer_snapshot(struct observer *observer, struct snapshot *snapshot) {
    pthread_mutex_lock(&observer->lock);
    const struct snapshot *newest = &observer->newest;
    bool fine = copy_statistics(snapshot, &newest->statistics);
    if (fine) {
        snapshot->at = newest->at;
        snapshot->progressed = newest->progressed;
        snapshot->stopping = newest->stopping;
    }
    pthread_mutex_unlock(&observer->lock);
    return fine;
}

size_t observer_samples(struct observer *observer, uint64_t after, struct sample *samples) {
    size_t n = 0;
    pthread_mutex_lock(&observer->lock);
    uint64_t newest = observer->sample_count;
    uint64_t first = newest > SAMPLES ? newest - SAMPLES : 0;
    for (uint64_t number = (after > first ? after : first) + 1; number <= newest; number++)
        samples[n++] = observer->samples[number % SAMPLES];
    pthread_mutex_unlock(&observer->lock);
    return n;
}
