/* Prometheus's text format, version 0.0.4. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exposition.h"
#include "mood/text.h"

static void head(FILE *to, const char *name, const char *type, const char *help) {
    fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void counter(FILE *to, const char *name, const char *help, uint64_t value) {
    head(to, name, "counter", help);
    fprintf(to, "%s %" PRIu64 "\n", name, value);
}

static void gauge(FILE *to, const char *name, const char *help, double value) {
    head(to, name, "gauge", help);
    if (isnan(value))
        fprintf(to, "%s NaN\n", name);
    else
        fprintf(to, "%s %.15g\n", name, value);
}

static void escape(FILE *to, const char *value) {
    for (; *value; value++)
        if (*value == '\n')
            fputs("\\n", to);
        else {
            if (*value == '\\' || *value == '"')
                fputc('\\', to);
            fputc(*value, to);
        }
}

/* NAME="VALUE", escaped and in UTF-8: values are untrusted. */
static void label(FILE *to, const char *name, const char *value) {
    char *repaired = NULL;
    bool fine = mood_text_repair((mood_text){value, strlen(value)}, &repaired, NULL, NULL, NULL) == MOOD_OK;
    fprintf(to, "%s=\"", name);
    escape(to, fine ? repaired : "");
    fputc('"', to);
    mood_free(repaired);
}

static void histogram(FILE *to, const char *name, const char *help, const mood_histogram *values) {
    uint64_t sum = 0;
    head(to, name, "histogram", help);
    for (size_t i = 0; i < values->bound_count; i++) {
        sum += values->counts[i];
        fprintf(to, "%s_bucket{le=\"%.7g\"} %" PRIu64 "\n", name, values->bounds[i], sum);
    }
    fprintf(to, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, values->count);
    fprintf(to, "%s_sum %.15g\n%s_count %" PRIu64 "\n", name, values->sum, name, values->count);
}

/* ---- the stream ------------------------------------------------------------------------------------------- */

static void write_records(FILE *to, const mood_stream_statistics *now) {
    const struct {
        const char *stage;
        uint64_t count;
    } stages[] = {
        {"received", now->received},        {"scored", now->scored},   {"tombstone", now->tombstones},
        {"dead_letter", now->dead_letters}, {"skipped", now->skipped}, {"delivered", now->connector.delivered},
    };
    head(to, "mood_records_total", "counter",
         "Records by stage; delivered: outputs that the external system acknowledged.");
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        fprintf(to, "mood_records_total{stage=\"%s\"} %" PRIu64 "\n", stages[i].stage, stages[i].count);
    counter(to, "mood_dead_letters_total", "Records sent to the dead letters.", now->dead_letters);
}

static void write_labels(FILE *to, const struct about *about, const mood_stream_statistics *now) {
    head(to, "mood_labels_total", "counter", "Results by label.");
    for (size_t i = 0; i < about->label_count && i < now->label_count; i++) {
        fputs("mood_labels_total{", to);
        label(to, "label", about->labels[i]);
        fprintf(to, "} %" PRIu64 "\n", now->labels[i]);
    }
}

static void write_partitions(FILE *to, const mood_connector_statistics *connector) {
    head(to, "mood_consumer_lag", "gauge", "Records of a partition that are not committed yet.");
    for (size_t i = 0; i < connector->partition_count; i++) {
        const mood_partition_statistics *partition = &connector->partitions[i];
        int64_t lag = partition_lag(partition);
        if (lag < 0)
            continue;
        fputs("mood_consumer_lag{", to);
        label(to, "topic", partition->topic);
        fprintf(to, ",partition=\"%" PRId32 "\"} %" PRId64 "\n", partition->partition, lag);
    }
    gauge(to, "mood_assigned_partitions", "Partitions assigned to this process.", (double)connector->partition_count);
    gauge(to, "mood_in_flight_records", "Outputs that are not acknowledged yet.", (double)connector->in_flight);
    counter(to, "mood_rebalances_total", "Rebalances of the consumer group.", connector->rebalances);
}

static void write_transactions(FILE *to, const mood_stream_statistics *now) {
    head(to, "mood_transactions_total", "counter", "Transactions by result.");
    fprintf(to, "mood_transactions_total{result=\"committed\"} %" PRIu64 "\n", now->transactions);
    fprintf(to, "mood_transactions_total{result=\"aborted\"} %" PRIu64 "\n", now->aborted_transactions);
}

static void write_stream(FILE *to, const struct snapshot *snapshot, const struct about *about) {
    const mood_stream_statistics *now = &snapshot->statistics;
    write_records(to, now);
    write_labels(to, about, now);
    write_partitions(to, &now->connector);
    write_transactions(to, now);
    histogram(to, "mood_batch_size", "Records per batch.", &now->batch_sizes);
    histogram(to, "mood_batch_wait_seconds", "Time that a batch waited for more records after its first.",
              &now->batch_waits);
    histogram(to, "mood_inference_seconds", "Time of a batch within the scorer.", &now->inference);
    histogram(to, "mood_end_to_end_seconds",
              "Time from a record's timestamp until its result was passed to the connector; delivery comes after.",
              &now->end_to_end);
    counter(to, "mood_words_total", "Words in the scored texts.", now->words);
    counter(to, "mood_unknown_words_total", "Words in the scored texts that are not in the vocabulary.",
            now->unknown_words);
    counter(to, "mood_bad_bytes_total", "Invalid bytes of UTF-8, scored as U+FFFD.", now->bad_bytes);
}

/* ---- the process -------------------------------------------------------------------------------------------- */

/* In pages. The second number of statm is the resident size. */
static double resident_bytes(void) {
    unsigned long total, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double seconds_of(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Seconds since 1970. The kernel reports clock ticks since boot. The program's name precedes this field and may
 * contain any characters, so the search starts from the last parenthesis. */
static double start_seconds(void) {
    char line[1024];
    unsigned long long ticks = 0;
    FILE *file = fopen("/proc/self/stat", "r");
    size_t size = file ? fread(line, 1, sizeof line - 1, file) : 0;
    if (file)
        fclose(file);
    line[size] = '\0';
    const char *at = strrchr(line, ')');
    if (!at ||
        sscanf(at, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", &ticks) != 1)
        return NAN;
    return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void write_process(FILE *to) {
    gauge(to, "process_resident_memory_bytes", "Resident memory size.", resident_bytes());
    head(to, "process_cpu_seconds_total", "counter", "User and system CPU time.");
    fprintf(to, "process_cpu_seconds_total %.6f\n", seconds_of(CLOCK_PROCESS_CPUTIME_ID));
    head(to, "process_start_time_seconds", "gauge", "Start time of the process since 1970.");
    fprintf(to, "process_start_time_seconds %.2f\n", start_seconds());
}

/* ---- all metrics ---------------------------------------------------------------------------------------------- */

static void write_about(FILE *to, const struct snapshot *snapshot, const struct about *about) {
    char reason[160];
    head(to, "mood_build_info", "gauge", "Version, weights, device and guarantee as labels; always 1.");
    fputs("mood_build_info{", to);
    label(to, "version", about->version);
    fputc(',', to);
    label(to, "weights", about->model.weights);
    fputc(',', to);
    label(to, "device", about->model.device);
    fputc(',', to);
    label(to, "guarantee", about->guarantee);
    fputs("} 1\n", to);
    head(to, "mood_model_reloads_total", "counter", "Attempts to load a new model at run time, by result.");
    fprintf(to, "mood_model_reloads_total{result=\"loaded\"} %lu\n", about->model.loaded);
    fprintf(to, "mood_model_reloads_total{result=\"refused\"} %lu\n", about->model.refused);
    bool ready = is_ready(snapshot, monotonic_seconds(), reason, sizeof reason);
    gauge(to, "mood_ready", "1 if /readyz returns 200: partitions are assigned, and the stream is not stalled.", ready);
}

char *exposition_write(const struct snapshot *snapshot, const struct about *about, double unknown_ratio, size_t *size) {
    char *text = NULL;
    FILE *to = open_memstream(&text, size);
    if (!to)
        return NULL;
    write_about(to, snapshot, about);
    if (snapshot->statistics.size > 0)
        write_stream(to, snapshot, about);
    if (!isnan(unknown_ratio)) /* NaN would make averages over this metric NaN for their whole range */
        gauge(to, "mood_unknown_word_ratio",
              "Share of unknown words in the last minute. If it is far from its usual "
              "value, the texts have changed.",
              unknown_ratio);
    write_process(to);
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
