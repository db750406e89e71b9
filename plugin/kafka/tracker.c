/* Positions that may be committed: the contiguous delivered prefix of each partition. */
#include <stdlib.h>

#include "tracker.h"

struct delivery {
    struct track *track; /* NULL: the partition was forgotten */
    int32_t partition;
    int64_t offset;
    bool done, failed; /* the delivery report has arrived */
    struct delivery *before, *next;
};

struct track {
    struct delivery *first, *last; /* by offset; the first one is never done */
    int64_t acknowledged;          /* -1: nothing yet */
    int64_t taken;                 /* position that tracker_take last returned */
    bool changed;
};

struct tracker {
    struct track **tracks; /* [count], by partition number, since the numbers are dense */
    size_t count;
    size_t outstanding;
    size_t changed; /* number of tracks that are marked as changed */
};

struct tracker *tracker_create(void) {
    return calloc(1, sizeof(struct tracker));
}

static struct track *find(const struct tracker *tracker, int32_t partition) {
    return partition >= 0 && (size_t)partition < tracker->count ? tracker->tracks[partition] : NULL;
}

static struct track *find_or_make(struct tracker *tracker, int32_t partition) {
    if (partition < 0)
        return NULL;
    size_t index = (size_t)partition;
    if (index >= tracker->count) {
        size_t count = index + 16;
        struct track **tracks = reallocarray(tracker->tracks, count, sizeof *tracks);
        if (!tracks)
            return NULL;
        for (size_t i = tracker->count; i < count; i++)
            tracks[i] = NULL;
        tracker->tracks = tracks;
        tracker->count = count;
    }
    if (!tracker->tracks[index]) {
        struct track *track = calloc(1, sizeof *track);
        if (!track)
            return NULL;
        track->acknowledged = track->taken = -1;
        tracker->tracks[index] = track;
    }
    return tracker->tracks[index];
}

static void mark(struct tracker *tracker, struct track *track) {
    tracker->changed += !track->changed;
    track->changed = true;
}

static void unlink_delivery(struct track *track, struct delivery *delivery) {
    if (delivery->before)
        delivery->before->next = delivery->next;
    else
        track->first = delivery->next;
    if (delivery->next)
        delivery->next->before = delivery->before;
    else
        track->last = delivery->before;
}

struct delivery *tracker_add(struct tracker *tracker, int32_t partition, int64_t offset) {
    struct track *track = find_or_make(tracker, partition);
    struct delivery *delivery = track ? calloc(1, sizeof *delivery) : NULL;
    if (!delivery)
        return NULL;
    delivery->track = track;
    delivery->partition = partition;
    delivery->offset = offset;
    /* Outputs arrive in the input's order. The loop handles a host that reads records again without a rewind. */
    struct delivery *before = track->last;
    while (before && before->offset > offset)
        before = before->before;
    delivery->before = before;
    delivery->next = before ? before->next : track->first;
    if (delivery->next)
        delivery->next->before = delivery;
    else
        track->last = delivery;
    if (before)
        before->next = delivery;
    else
        track->first = delivery;
    tracker->outstanding++;
    return delivery;
}

int32_t tracker_partition(const struct delivery *delivery) {
    return delivery->partition;
}

int64_t tracker_offset(const struct delivery *delivery) {
    return delivery->offset;
}

void tracker_done(struct tracker *tracker, struct delivery *delivery) {
    struct track *track = delivery->track;
    if (!track) {
        free(delivery);
        return;
    }
    delivery->done = true;
    tracker->outstanding--;
    while (track->first && track->first->done) {
        struct delivery *first = track->first;
        unlink_delivery(track, first);
        free(first);
        mark(tracker, track);
    }
}

void tracker_failed(struct tracker *tracker, struct delivery *delivery) {
    (void)tracker;
    delivery->failed = true;
    if (!delivery->track)
        free(delivery);
}

void tracker_take_back(struct tracker *tracker, struct delivery *delivery) {
    if (delivery->track) {
        unlink_delivery(delivery->track, delivery);
        tracker->outstanding--;
    }
    free(delivery);
}

bool tracker_acknowledge(struct tracker *tracker, int32_t partition, int64_t position) {
    struct track *track = find_or_make(tracker, partition);
    if (!track)
        return false;
    track->acknowledged = position;
    mark(tracker, track);
    return true;
}

static int64_t track_position(const struct track *track) {
    if (track->first && track->first->offset < track->acknowledged)
        return track->first->offset;
    return track->acknowledged;
}

int64_t tracker_position(const struct tracker *tracker, int32_t partition) {
    const struct track *track = find(tracker, partition);
    return track ? track_position(track) : -1;
}

bool tracker_take(struct tracker *tracker, int32_t *partition, int64_t *position) {
    for (size_t i = 0; tracker->changed > 0 && i < tracker->count; i++) {
        struct track *track = tracker->tracks[i];
        if (!track || !track->changed)
            continue;
        track->changed = false;
        tracker->changed--;
        int64_t now = track_position(track);
        if (now < 0 || now == track->taken)
            continue;
        track->taken = now;
        *partition = (int32_t)i;
        *position = now;
        return true;
    }
    return false;
}

void tracker_take_again(struct tracker *tracker, int32_t partition) {
    struct track *track = find(tracker, partition);
    if (!track)
        return;
    track->taken = -1;
    mark(tracker, track);
}

void tracker_forget(struct tracker *tracker, int32_t partition) {
    struct track *track = find(tracker, partition);
    if (!track)
        return;
    for (struct delivery *delivery = track->first, *next; delivery; delivery = next) {
        next = delivery->next;
        delivery->track = NULL;
        tracker->outstanding -= !delivery->done;
        if (delivery->done || delivery->failed)
            free(delivery); /* the last reference to it */
    }
    tracker->changed -= track->changed;
    *track = (struct track){.acknowledged = -1, .taken = -1};
}

size_t tracker_outstanding(const struct tracker *tracker) {
    return tracker->outstanding;
}

void tracker_destroy(struct tracker *tracker) {
    if (!tracker)
        return;
    for (size_t i = 0; i < tracker->count; i++) {
        struct track *track = tracker->tracks[i];
        if (!track)
            continue;
        for (struct delivery *delivery = track->first, *next; delivery; delivery = next) {
            next = delivery->next;
            free(delivery);
        }
        free(track);
    }
    free(tracker->tracks);
    free(tracker);
}
