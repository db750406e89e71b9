/* mood stream: scores an endless stream. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen.h"
#include "log.h"
#include "models.h"
#include "notify.h"
#include "output.h"
#include "shipped.h"
#include "stream.h"
#include "terminal.h"

enum {
    OPTION_DEAD_LETTERS = 0x100,
    OPTION_MISSING,
    OPTION_INSTANCE,
    OPTION_GUARANTEE,
    OPTION_BATCH,
    OPTION_WAIT,
    OPTION_FORMAT,
    OPTION_FIELD,
    OPTION_KEEP,
    OPTION_MEMBER,
    OPTION_ON_ERROR,
    OPTION_DEADLINE,
    OPTION_REPORT,
    OPTION_LISTEN,
    OPTION_LISTEN_HOST,
    OPTION_SAMPLES,
    OPTION_LOG_FORMAT,
    OPTION_CHECK,
    OPTION_DEMO
};

enum { LOADING_MS = 1000 }; /* at exit: how long to wait for a model that is being loaded */

static const struct argp_option options[] = {
    {"model", 'm', "MODEL.keras", 0, "the model", 1},
    {"brokers", 'b', "HOST:PORT", 0, "the brokers of the cluster, separated by commas", 2},
    {"group", 'G', "NAME", 0, "the consumer group (mood-INPUT-OUTPUT)", 2},
    {"input", 'i', "TOPIC", 0, "the topic (lines: file) to read", 2},
    {"output", 'o', "TOPIC", 0, "the topic (lines: file) to write", 2},
    {"dead-letters", OPTION_DEAD_LETTERS, "TOPIC", 0, "the topic (lines: file) for records that can't be scored", 2},
    {"property", 'X', "KEY=VALUE", 0,
     "set a property of librdkafka; consumer.KEY and producer.KEY are for one side only", 2},
    {"file", 'F', "FILE", 0, "read options from a properties file; the command line takes precedence", 2},
    {"end", 'e', NULL, 0, "stop at the end of the input", 2},
    {"on-missing-offset", OPTION_MISSING, "stop|earliest|latest", 0,
     "what to do if the group's committed offset does not exist any more (stop)", 2},
    {"instance", OPTION_INSTANCE, "NAME", 0,
     "the name of this process: the same after a restart, and different from all others", 2},
    {"guarantee", OPTION_GUARANTEE, "at-least-once|at-most-once|exactly-once", 0,
     "what a crash may cause: records scored twice, records lost, or neither (at-least-once)", 2},
    {"format", OPTION_FORMAT, "text|json", 0, "the format of a record's value (text)", 3},
    {"field", OPTION_FIELD, "NAME", 0, "the member of the JSON object with the text (text); implies --format json", 3},
    {"keep", OPTION_KEEP, "true|false", OPTION_ARG_OPTIONAL,
     "write the input object with the result added as a member; implies --format json", 3},
    {"member", OPTION_MEMBER, "NAME", 0, "the member that --keep adds (sentiment)", 3},
    {"on-error", OPTION_ON_ERROR, "stop|skip", 0,
     "what to do with a record that can't be scored, without dead letters (stop)", 3},
    {"batch", OPTION_BATCH, "N", 0, "score at most N records at once (1024)", 4},
    {"wait", OPTION_WAIT, "MS", 0, "how long to wait for a batch to fill (2)", 4},
    {"deadline", OPTION_DEADLINE, "SECONDS", 0, "the time limit after SIGTERM (30)", 4},
    {"report", OPTION_REPORT, "SECONDS", 0, "print a line of progress at this interval (10 on a terminal, else never)",
     4},
    {"listen", OPTION_LISTEN, "[HOST:]PORT", 0,
     "serve /metrics, /livez, /readyz and a page over HTTP, on loopback unless HOST is given", 5},
    {"listen-host", OPTION_LISTEN_HOST, "NAME[,NAME...]", 0,
     "further names by which clients address the server: those of a proxy or a service", 5},
    {"samples", OPTION_SAMPLES, "true|false", OPTION_ARG_OPTIONAL, "show some of the scored texts on the page", 5},
    {"log-format", OPTION_LOG_FORMAT, "text|logfmt|json", 0, "the format of standard error (text)", 5},
    {"check", OPTION_CHECK, NULL, 0, "open everything, print what would run, and exit", 5},
    {"demo", OPTION_DEMO, NULL, 0, "start an embedded broker, score real reviews through it, and show the results", 5},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* Options that a properties file may contain. */
static const char *const option_names[] = {
    "model",     "tokenizer", "device",     "brokers",    "group",  "input",       "output",     "dead-letters",
    "end",       "instance",  "batch",      "wait",       "format", "field",       "keep",       "on-missing-offset",
    "on-error",  "deadline",  "report",     "log-format", "listen", "listen-host", "samples",    "guarantee",
    "member",    "padding",   "truncating", "maxlen",     "matrix", "labels",      "activation", "temperature",
    "threshold", NULL};

static void check_whole(struct argp_state *state, struct stream_arguments *arguments) {
    if (!arguments->plugin)
        argp_error(state, "missing argument: the connector, kafka or lines");
    stream_resolve_conflict(state, arguments);
    if (arguments->options.guarantee == MOOD_EXACTLY_ONCE && strcmp(arguments->plugin, "lines") == 0)
        argp_error(state, "lines has no transactions: --guarantee exactly-once needs kafka");
    if (arguments->samples && !arguments->listen)
        argp_error(state, "--samples needs --listen PORT");
    if (arguments->listen_host && !arguments->listen)
        argp_error(state, "--listen-host needs --listen PORT");
    if (arguments->listen && arguments->demo)
        argp_error(state, "--demo and --listen can't be combined");
    if (arguments->demo)
        return;
    if (!arguments->model)
        argp_error(state, "missing -m MODEL.keras");
    if (strcmp(arguments->plugin, "kafka") == 0 &&
        !(stream_setting(arguments, "brokers") && stream_setting(arguments, "input") &&
          stream_setting(arguments, "output")))
        argp_error(state, "missing -b HOST:PORT, -i TOPIC or -o TOPIC; --demo needs none of them");
}

const struct argp stream_argp = {
    .options = options,
    .parser = stream_parse_option,
    .args_doc = "kafka|lines",
    .doc =
        "Score an endless stream: read records, score them and write the results, until stopped."
        "\vThe value of a record is a text, or a JSON object with a text. The result is "
        "{\"label\":…,\"score\":…,\"confidence\":…,\"scores\":{…}}: with two labels and one output the score is the "
        "probability of the positive label, also if the label is the negative one; confidence is the probability of "
        "the label, and scores has that of each label. A multi-label model gives {\"labels\":[…],\"scores\":{…}}. Key, "
        "headers and timestamp are passed through. Exit status: 0 success, 1 failure, 2 wrong usage, 3 stopped at the "
        "deadline; unfinished records will be read again, 4 another process with the same instance name took over.\n\n"
        "Examples:\n"
        "  mood stream kafka --demo\n"
        "  mood stream kafka -m reviews.keras -b localhost:9092 -i reviews -o sentiment\n"
        "  mood stream kafka -F stream.properties --listen 9464\n"
        "  mood stream lines -m reviews.keras < comments.txt > scores.jsonl",
    .children = stream_children,
};

/* ---- messages ------------------------------------------------------------------------------------------------- */

struct run_context {
    const struct stream_arguments *arguments;
    struct models *models;
    struct observer *observer; /* NULL: no --listen */
    struct notify notify;
    mood_stream_statistics last; /* the arrays are not copied */
    double next;
};

static void on_log(mood_log_level level, const char *message, void *user) {
    const struct run_context *context = user;
    stream_log(context->arguments, level, message);
}

static void on_statistics(const mood_stream_statistics *now, void *user) {
    struct run_context *context = user;
    double report = context->arguments->report;
    bool stopping = *context->arguments->options.stop > 0;
    if (context->observer) {
        observer_update(context->observer, now);
        if (stopping)
            observer_stopping(context->observer);
    }
    notify_update(&context->notify, now, stopping);
    if (report > 0 && now->seconds >= context->next) {
        double seconds = now->seconds - context->last.seconds;
        uint64_t records = now->received - context->last.received;
        double rate = seconds > 0 ? (double)records / seconds : 0;
        int64_t lag = connector_lag(&now->connector);
        json_t *fields = json_pack("{sI sf sI sI}", "records", (json_int_t)now->received, "rate", rate, "lag",
                                   (json_int_t)lag, "dead_letters", (json_int_t)now->dead_letters);
        log_event(&context->arguments->common, LOG_NOTE, "progress", fields,
                  "%" PRIu64 " record%s, %.0f records/s, lag %" PRId64 ", %" PRIu64 " dead letter%s", now->received,
                  plural(now->received), rate, lag, now->dead_letters, plural(now->dead_letters));
        context->next = now->seconds + report;
    }
    context->last = *now;
    context->last.connector.partitions = NULL;
    context->last.connector.group = NULL;
}

static json_t *counts_as_json(const mood_stream_statistics *last) {
    return json_pack("{sI sI sI sI sI sI sI sI sI sI sf sf sf}", "received", (json_int_t)last->received, "scored",
                     (json_int_t)last->scored, "tombstones", (json_int_t)last->tombstones, "dead_letters",
                     (json_int_t)last->dead_letters, "skipped", (json_int_t)last->skipped, "bad_bytes",
                     (json_int_t)last->bad_bytes, "batches", (json_int_t)last->batches, "transactions",
                     (json_int_t)last->transactions, "aborted_transactions", (json_int_t)last->aborted_transactions,
                     "delivered", (json_int_t)last->connector.delivered, "seconds", last->seconds, "first_seconds",
                     last->first_seconds, "scoring_seconds", last->scoring_seconds);
}

static void on_scored(const mood_scored *scored, void *user) {
    const struct run_context *context = user;
    observer_sample(context->observer, scored);
}

static mood_scorer *next_scorer(const mood_error *failure, void *user) {
    const struct run_context *context = user;
    return models_next(context->models, failure);
}

static void print_summary(const struct run_context *context) {
    const mood_stream_statistics *last = &context->last;
    char transactions[96] = "";
    if (context->arguments->options.guarantee == MOOD_EXACTLY_ONCE)
        snprintf(transactions, sizeof transactions, " in %" PRIu64 " transactions, %" PRIu64 " aborted",
                 last->transactions, last->aborted_transactions);
    json_t *counts = counts_as_json(last);
    log_event(&context->arguments->common, LOG_NOTE, "summary", json_incref(counts),
              "%" PRIu64 " record%s in %.1f s, %" PRIu64 " scored, %" PRIu64 " tombstone%s, %" PRIu64
              " dead letter%s, %" PRIu64 " skipped, %" PRIu64 " bad byte%s; %" PRIu64 " delivered%s",
              last->received, plural(last->received), last->seconds, last->scored, last->tombstones,
              plural(last->tombstones), last->dead_letters, plural(last->dead_letters), last->skipped, last->bad_bytes,
              plural(last->bad_bytes), last->connector.delivered, transactions);
    /* With the connector lines, standard output contains the results. */
    if (context->arguments->common.json && strcmp(context->arguments->plugin, "lines") != 0) {
        dump_json(stdout, counts, JSON_COMPACT | JSON_REAL_PRECISION(6));
        putchar('\n');
    }
    json_decref(counts);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static void on_hangup(int number) {
    (void)number;
    models_request_reload();
}

/* nohup ignores SIGHUP, so it must not reload the model. Must be called before OpenCL is used, because LLVM
 * installs a handler. */
static bool hangup_is_ignored(void) {
    struct sigaction inherited;
    return sigaction(SIGHUP, NULL, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
}

static void catch_hangup(bool ignore) {
    struct sigaction action = {.sa_handler = ignore ? SIG_IGN : on_hangup};
    sigemptyset(&action.sa_mask);
    sigaction(SIGHUP, &action, NULL);
}

static const char *or_else(const char *text, const char *other) {
    return text ? text : other;
}

/* The values of --guarantee. */
static const char *const guarantees[] = {
    [MOOD_AT_LEAST_ONCE] = "at-least-once", [MOOD_AT_MOST_ONCE] = "at-most-once", [MOOD_EXACTLY_ONCE] = "exactly-once"};

static void print_plan(const struct stream_arguments *arguments, mood_scorer *scorer) {
    static const char *const fates[] = {[MOOD_ON_ERROR_STOP] = "stops the stream",
                                        [MOOD_ON_ERROR_SKIP] = "is skipped",
                                        [MOOD_ON_ERROR_DEAD_LETTER] = "goes to "};
    bool lines = strcmp(arguments->plugin, "lines") == 0;
    const char *input = or_else(stream_setting(arguments, "input"), lines ? "standard input" : "?");
    const char *output = or_else(stream_setting(arguments, "output"), lines ? "standard output" : "?");
    const char *device = mood_scorer_get_device(scorer)->name;
    char digest[13];
    snprintf(digest, sizeof digest, "%.12s", mood_scorer_get_digest(scorer));
    json_t *plan = json_pack("{so so so ss so}", "connector", log_string(arguments->plugin), "input", log_string(input),
                             "output", log_string(output), "weights", digest, "device", log_string(device));
    log_event(&arguments->common, LOG_NOTE, "start", plan, "%s -> %s -> %s, on %s", input, arguments->model, output,
              device);
    log_event(&arguments->common, arguments->check ? LOG_NOTE : LOG_DETAIL, "start", NULL,
              "batches of at most %zu records, wait %d ms; deadline %d s; weights %s", arguments->options.batch,
              arguments->options.wait_ms, arguments->options.deadline_ms / 1000, digest);
    if (arguments->check)
        log_event(&arguments->common, LOG_NOTE, "check", NULL, "%s; format %s; a record that cannot be scored %s%s",
                  guarantees[arguments->options.guarantee],
                  arguments->options.format == MOOD_FORMAT_JSON ? "json" : "text", fates[arguments->options.on_error],
                  or_else(stream_setting(arguments, "dead-letters"), ""));
}

/* The server starts before the stream, so that a port in use is reported before any record is read. */
static mood_status begin_listening(struct run_context *context, struct listener **listener, mood_error *err) {
    const struct stream_arguments *arguments = context->arguments;
    const char *url;
    if (!arguments->listen)
        return MOOD_OK;
    if (arguments->check)
        return listen_check(arguments->listen, arguments->listen_host, err);
    context->observer = observer_create(arguments->samples);
    if (!context->observer)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    const struct listen_options serving = {
        .address = arguments->listen,
        .names = arguments->listen_host,
        .common = &arguments->common,
        .observer = context->observer,
        .models = context->models,
        .samples = arguments->samples,
        .input = or_else(stream_setting(arguments, "input"), "standard input"),
        .output = or_else(stream_setting(arguments, "output"), "standard output"),
        .guarantee = guarantees[arguments->options.guarantee],
        .model = file_name(arguments->model),
    };
    mood_status status = listen_start(&serving, listener, &url, err);
    if (status == MOOD_OK)
        log_event(&arguments->common, LOG_NOTE, "listen", json_pack("{so}", "url", log_string(url)), "listening at %s",
                  url);
    return status;
}

static mood_status run_stream(struct run_context *context, mood_stream_end *end, mood_error *err) {
    struct listener *listener = NULL;
    const mood_stream_options *running = &context->arguments->options;
    mood_status status = begin_listening(context, &listener, err);
    if (status == MOOD_OK && context->arguments->check)
        status = mood_stream_check(running, err);
    else if (status == MOOD_OK && (status = models_watch(context->models, err)) == MOOD_OK) {
        notify_begin(&context->notify, running->deadline_ms);
        status = mood_stream_run(running, end, err);
    }
    listen_stop(listener);
    observer_destroy(context->observer);
    context->observer = NULL;
    return status;
}

static int run(struct stream_arguments *arguments, struct models *models) {
    struct run_context context = {.arguments = arguments, .models = models};
    mood_stream_options *run_options = &arguments->options;
    mood_stream_end end = MOOD_STREAM_FAILED;
    mood_error err = {0};
    run_options->scorer = models_first(models);
    run_options->next_scorer = next_scorer;
    run_options->log = on_log;
    run_options->on_statistics = on_statistics;
    run_options->on_scored = arguments->samples ? on_scored : NULL;
    run_options->statistics_ms = 500;
    run_options->user = &context;
    stream_catch_signals(run_options);
    print_plan(arguments, run_options->scorer);
    mood_status status = run_stream(&context, &end, &err);
    if (context.last.size)
        print_summary(&context);
    if (status != MOOD_OK)
        notify_failure(&context.notify, err.message);
    return stream_exit(arguments, status, end, &err,
                       run_options->guarantee == MOOD_AT_MOST_ONCE ? "are lost (at-most-once)"
                                                                   : "will be scored again");
}

/* *path is new: the file that is opened and watched. */
static mood_status open_models(struct stream_arguments *arguments, char **path, struct models **models,
                               mood_error *err) {
    *path = arguments->model ? model_path(arguments->model) : shipped_path("english-reviews.keras");
    if (!*path)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    const struct models_options opening = {&arguments->common, *path, &arguments->recipe.options};
    return models_open(&opening, models, err);
}

/* Check the output files of the connector lines. The connector itself checks that they differ from the input. */
static mood_status check_outputs(const struct stream_arguments *arguments, mood_error *err) {
    const mood_recipe_options *given = &arguments->recipe.options;
    const char *const models[] = {arguments->model, given->tokenizer, given->word_index, given->architecture};
    static const char *const outputs[] = {"output", "dead-letters"};
    mood_status status = MOOD_OK;
    for (size_t i = 0; i < 2 && status == MOOD_OK && strcmp(arguments->plugin, "lines") == 0; i++) {
        const char *output = stream_setting(arguments, outputs[i]);
        status = check_not_input(outputs[i], output, models, 4, err);
        if (status == MOOD_OK)
            status = check_not_input(outputs[i], output, arguments->files, arguments->file_count, err);
    }
    return status;
}

int stream_command(int argc, char **argv) {
    /* static: a thread that is still loading a model at exit uses it until the process ends */
    static struct stream_arguments arguments = {.recipe = RECIPE_ARGUMENTS, .options = MOOD_STREAM_OPTIONS};
    mood_error err = {0};
    struct models *models = NULL;
    char *path = NULL;
    bool ignore_hangup = hangup_is_ignored();
    int result;

    arguments.names = option_names;
    arguments.report = isatty(STDERR_FILENO) ? 10 : 0;
    if (!stream_parse(stream_argp_for_arguments(argc, argv), check_whole, argc, argv, &arguments))
        return EXIT_USAGE;
    if (arguments.dead_letters)
        arguments.options.on_error = MOOD_ON_ERROR_DEAD_LETTER;
    mood_status status = check_outputs(&arguments, &err);
    if (status == MOOD_OK)
        status = stream_load_connector(&arguments, &err);
    if (status == MOOD_OK)
        status = open_models(&arguments, &path, &models, &err);
    if (status != MOOD_OK)
        result = fail(&arguments.common, &err);
    else if (arguments.demo)
        result = stream_demo(&arguments, models_first(models));
    else {
        catch_hangup(ignore_hangup);
        result = run(&arguments, models);
    }
    if (models_close(models, stream_time_left(&arguments, LOADING_MS))) {
        free(path);
        stream_arguments_clear(&arguments);
    }
    return result;
}
