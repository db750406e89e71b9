/* Server-sent events: the data of the page, once a second. A connection without a pending event is suspended. A
 * slow connection skips the events that occur while it is still receiving one, and does not delay others. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "server.h"

enum { BLOCK = 4096 };

/* ---- events --------------------------------------------------------------------------------------------------- */

/* The JSON must not contain a newline. Takes ownership of data. NULL: out of memory. */
static struct event *make_event(const char *name, json_t *data) {
    char *text = data ? json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    size_t size = text ? strlen(name) + strlen(text) + 32 : 0;
    struct event *event = text ? malloc(sizeof *event + size) : NULL;
    if (event) {
        event->references = 1;
        event->size = (size_t)snprintf(event->data, size, "event: %s\ndata: %s\n\n", name, text);
    }
    free(text);
    json_decref(data);
    return event;
}

static void drop_event(struct event *event) {
    if (event && --event->references == 0)
        free(event);
}

static json_t *make_labels(const struct listener *listener) {
    json_t *labels = json_array();
    for (size_t i = 0; i < listener->about.label_count; i++) {
        uint64_t count = i < listener->snapshot.statistics.label_count ? listener->snapshot.labels[i] : 0;
        json_array_append_new(labels, json_pack("[oI]", log_string(listener->about.labels[i]), (json_int_t)count));
    }
    return labels;
}

/* Samples after number *after, which becomes the number of the newest one. */
static json_t *make_samples(const struct listener *listener, uint64_t *after) {
    struct sample samples[SAMPLES];
    size_t n = observer_samples(listener->options.observer, *after, samples);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{sI so sI sf sb ss%}", "number", (json_int_t)samples[i].number, "label",
                                              log_string(samples[i].label), "class", (json_int_t)samples[i].class,
                                              "score", samples[i].score, "cut", samples[i].cut, "text", samples[i].text,
                                              samples[i].text_size));
    if (n > 0)
        *after = samples[n - 1].number;
    return list;
}

static json_t *make_state(const struct listener *listener, size_t points, uint64_t *samples_after) {
    const mood_stream_statistics *now = &listener->snapshot.statistics;
    char reason[160];
    bool ready = is_ready(&listener->snapshot, monotonic_seconds(), reason, sizeof reason);
    const char *group = now->connector.group;
    return json_pack("{so sb ss ss so so? sI sI sI sI sI sI so so}", "points",
                     history_points(&listener->history, points), "ready", ready, "reason", reason, "weights",
                     listener->about.model.weights, "device", log_string(listener->about.model.device), "group",
                     group ? log_string(group) : NULL, "received", (json_int_t)now->received, "scored",
                     (json_int_t)now->scored, "tombstones", (json_int_t)now->tombstones, "dead_letters",
                     (json_int_t)now->dead_letters, "skipped", (json_int_t)now->skipped, "in_flight",
                     (json_int_t)now->connector.in_flight, "labels", make_labels(listener), "samples",
                     make_samples(listener, samples_after));
}

/* The first event: the configuration, and the last minutes. */
static struct event *make_first_event(const struct listener *listener) {
    const struct listen_options *options = &listener->options;
    uint64_t samples = 0;
    json_t *state = make_state(listener, POINTS, &samples);
    json_t *about = json_pack("{ss ss so so so sb}", "version", listener->about.version, "guarantee",
                              options->guarantee, "model", log_string(options->model), "input",
                              log_string(options->input), "output", log_string(options->output), "samples",
                              options->samples);
    if (!state || json_object_set_new(state, "about", about) != 0) {
        json_decref(state);
        return NULL;
    }
    return make_event("hello", state);
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static void rest(struct event_stream *stream) {
    stream->suspended = true;
    MHD_suspend_connection(stream->connection);
}

static ssize_t read_events(void *user, uint64_t position, char *to, size_t most) {
    struct event_stream *stream = user;
    struct listener *listener = stream->listener;
    (void)position;
    if (atomic_load(&listener->stop))
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!stream->event && stream->number == listener->number) {
        rest(stream);
        return 0;
    }
    if (!stream->event) {
        stream->event = listener->newest;
        stream->event->references++;
        stream->number = listener->number;
        stream->sent = 0;
    }
    size_t left = stream->event->size - stream->sent, size = left < most ? left : most;
    memcpy(to, stream->event->data + stream->sent, size);
    stream->sent += size;
    if (size == left) {
        drop_event(stream->event);
        stream->event = NULL;
    }
    return (ssize_t)size;
}

static void close_stream(void *user) {
    struct event_stream *stream = user, **at = &stream->listener->streams;
    while (*at && *at != stream)
        at = &(*at)->next;
    if (*at) {
        *at = stream->next;
        stream->listener->stream_count--;
    }
    drop_event(stream->event);
    free(stream);
}

static const char type[] = "text/event-stream; charset=utf-8";

static enum MHD_Result refuse(struct MHD_Connection *connection) {
    return answer_line(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many open pages");
}

enum MHD_Result events_head(struct listener *listener, struct MHD_Connection *connection) {
    if (listener->stream_count >= EVENT_STREAMS)
        return refuse(connection);
    struct MHD_Response *nothing = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    return send_response(connection, MHD_HTTP_OK, type, nothing);
}

enum MHD_Result events_open(struct listener *listener, struct MHD_Connection *connection) {
    if (listener->stream_count >= EVENT_STREAMS)
        return refuse(connection);
    struct event_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return MHD_NO;
    *stream = (struct event_stream){.listener = listener,
                                    .connection = connection,
                                    .event = make_first_event(listener),
                                    .number = listener->number,
                                    .next = listener->streams};
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_events, stream, close_stream);
    if (!response || !stream->event) {
        if (response) /* the response keeps its own reference */
            MHD_destroy_response(response);
        else {
            drop_event(stream->event);
            free(stream);
        }
        return MHD_NO;
    }
    listener->streams = stream;
    listener->stream_count++;
    peer_of(connection)->streaming = true;
    return send_response(connection, MHD_HTTP_OK, type, response);
}

static void wake_all(struct listener *listener) {
    for (struct event_stream *stream = listener->streams; stream; stream = stream->next)
        if (stream->suspended) {
            stream->suspended = false;
            MHD_resume_connection(stream->connection);
        }
}

void events_update(struct listener *listener) {
    struct event *event = make_event("beat", make_state(listener, 1, &listener->samples));
    if (!event)
        return;
    drop_event(listener->newest);
    listener->newest = event;
    listener->number++;
    wake_all(listener);
}

void events_close(struct listener *listener) {
    wake_all(listener);
}
