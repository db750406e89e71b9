/* mood replay: puts dead letters back into their topics. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"
#include "stream.h"
#include "terminal.h"

enum { OPTION_MISSING = 0x100, OPTION_INSTANCE, OPTION_BATCH, OPTION_DEADLINE, OPTION_LOG_FORMAT, OPTION_CHECK };

static const struct argp_option options[] = {
    {"brokers", 'b', "HOST:PORT", 0, "the brokers of the cluster, separated by commas", 1},
    {"group", 'G', "NAME", 0, "the consumer group; its positions record what was put back (mood-replay-TOPIC)", 1},
    {"input", 'i', "TOPIC", 0, "the topic of the dead letters", 1},
    {"output", 'o', "TOPIC", 0, "put all of them into this topic, instead of the topic that each came from", 1},
    {"property", 'X', "KEY=VALUE", 0,
     "set a property of librdkafka; consumer.KEY and producer.KEY are for one side only", 1},
    {"file", 'F', "FILE", 0, "read options from a properties file; the command line takes precedence", 1},
    {"on-missing-offset", OPTION_MISSING, "stop|earliest|latest", 0,
     "what to do if the group's committed offset does not exist any more (stop)", 1},
    {"instance", OPTION_INSTANCE, "NAME", 0,
     "the name of this process: the same after a restart, and different from all others", 1},
    {"batch", OPTION_BATCH, "N", 0, "put back at most N records at once (1024)", 2},
    {"deadline", OPTION_DEADLINE, "SECONDS", 0, "the time limit after SIGTERM (30)", 2},
    {"log-format", OPTION_LOG_FORMAT, "text|logfmt|json", 0, "the format of standard error (text)", 2},
    {"check", OPTION_CHECK, NULL, 0, "open everything, print what would run, and exit", 2},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* Options that a properties file may contain. */
static const char *const option_names[] = {"brokers",  "group", "input",    "output",     "on-missing-offset",
                                           "instance", "batch", "deadline", "log-format", NULL};

static void check_whole(struct argp_state *state, struct stream_arguments *arguments) {
    if (!arguments->plugin)
        argp_error(state, "name a connector: kafka");
    if (strcmp(arguments->plugin, "lines") == 0)
        argp_error(state, "lines do not contain where they came from; read a file of dead letters as an ordinary "
                          "input (mood stream lines -i FILE)");
    if (!stream_setting(arguments, "brokers") || !stream_setting(arguments, "input"))
        argp_error(state, "missing -b HOST:PORT or -i DEAD-LETTERS-TOPIC");
}

const struct argp replay_argp = {
    .options = options,
    .parser = stream_parse_option,
    .args_doc = "kafka",
    .doc =
        "Put dead letters back into the topics that they came from, after the cause was fixed."
        "\vEach record is put back once, into the topic and partition that its headers name, in order, and after all "
        "records written there meanwhile. The command ends at the end of the topic. Exit status: 0 success, 1 failure "
        "(also if a record that was put back failed again), 2 wrong usage, 3 stopped at the deadline; unfinished "
        "records will be read again, 4 another process with the same instance name took over.\n\n"
        "Examples:\n"
        "  mood replay kafka -b localhost:9092 -i reviews-dead\n"
        "  mood replay kafka -F replay.properties --check",
    .children = common_children,
};

/* ---- messages ------------------------------------------------------------------------------------------------- */

struct run_context {
    const struct stream_arguments *arguments;
    const mood_replay *replay;
    mood_stream_statistics last; /* the arrays are not copied */
};

static void on_log(mood_log_level level, const char *message, void *user) {
    const struct run_context *context = user;
    stream_log(context->arguments, level, message);
}

static void on_statistics(const mood_stream_statistics *now, void *user) {
    struct run_context *context = user;
    context->last = *now;
    context->last.connector.partitions = NULL;
    context->last.connector.group = NULL;
}

static void print_plan(const struct run_context *context) {
    const char *input = stream_setting(context->arguments, "input"), *output = context->replay->topic;
    json_t *plan = json_pack("{so so so? ss}", "connector", log_string(context->arguments->plugin), "input",
                             log_string(input), "output", output ? log_string(output) : NULL, "replay",
                             context->replay->id);
    log_event(&context->arguments->common, LOG_NOTE, "start", plan, "%s -> %s, as run %s", input,
              output ? output : "the topic that each came from", context->replay->id);
}

static json_t *counts_as_json(const struct run_context *context, uint64_t put_back) {
    const mood_stream_statistics *last = &context->last;
    const uint64_t *stages = last->replayed;
    return json_pack("{ss sI sI s{sI sI sI sI} sI sI sI sf}", "replay", context->replay->id, "received",
                     (json_int_t)last->received, "put_back", (json_int_t)put_back, "stages", "parse",
                     (json_int_t)stages[MOOD_STAGE_PARSE], "score", (json_int_t)stages[MOOD_STAGE_SCORE], "publish",
                     (json_int_t)stages[MOOD_STAGE_PUBLISH], "unknown", (json_int_t)stages[MOOD_STAGE_UNKNOWN],
                     "transactions", (json_int_t)last->transactions, "aborted_transactions",
                     (json_int_t)last->aborted_transactions, "delivered", (json_int_t)last->connector.delivered,
                     "seconds", last->seconds);
}

static void print_summary(const struct run_context *context) {
    const mood_stream_statistics *last = &context->last;
    const uint64_t *stages = last->replayed;
    uint64_t put_back = 0;
    for (size_t i = 0; i < MOOD_STAGES; i++)
        put_back += stages[i];
    json_t *counts = counts_as_json(context, put_back);
    log_event(&context->arguments->common, LOG_NOTE, "summary", json_incref(counts),
              "%" PRIu64 " dead letter%s put back in %.1f s, by stage: %" PRIu64 " parse, %" PRIu64 " score, %" PRIu64
              " publish, %" PRIu64 " unknown; in %" PRIu64 " transaction%s, %" PRIu64 " aborted",
              put_back, plural(put_back), last->seconds, stages[MOOD_STAGE_PARSE], stages[MOOD_STAGE_SCORE],
              stages[MOOD_STAGE_PUBLISH], stages[MOOD_STAGE_UNKNOWN], last->transactions, plural(last->transactions),
              last->aborted_transactions);
    if (context->arguments->common.json) {
        dump_json(stdout, counts, JSON_COMPACT | JSON_REAL_PRECISION(6));
        putchar('\n');
    }
    json_decref(counts);
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

/* Use a separate consumer group: the group of the scoring stream has its own positions. */
static mood_status add_settings(struct stream_arguments *arguments, mood_error *err) {
    char *group;
    mood_status status = stream_add_setting(arguments, "end", "true", err);
    if (status != MOOD_OK || stream_setting(arguments, "group"))
        return status;
    if (asprintf(&group, "mood-replay-%s", stream_setting(arguments, "input")) < 0)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    status = stream_add_setting(arguments, "group", group, err);
    free(group);
    return status;
}

/* A unique name for this run. */
static mood_status make_run_id(char *id, size_t size, mood_error *err) {
    uint64_t chance = 0;
    if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "can't generate a name for the run");
    snprintf(id, size, "%016" PRIx64, chance);
    return MOOD_OK;
}

static int run(struct stream_arguments *arguments, const mood_replay *replay) {
    struct run_context context = {.arguments = arguments, .replay = replay};
    mood_stream_options *run_options = &arguments->options;
    mood_stream_end end = MOOD_STREAM_FAILED;
    mood_error err = {0};
    run_options->guarantee = MOOD_EXACTLY_ONCE;
    run_options->log = on_log;
    run_options->on_statistics = on_statistics;
    run_options->user = &context;
    stream_catch_signals(run_options);
    print_plan(&context);
    mood_status status = arguments->check ? mood_stream_check(run_options, &err)
                                          : mood_stream_replay(run_options, replay, &end, &err);
    if (context.last.size)
        print_summary(&context);
    return stream_exit(arguments, status, end, &err, "will be put back by the next replay");
}

int replay_command(int argc, char **argv) {
    struct stream_arguments arguments = {.names = option_names, .options = MOOD_STREAM_OPTIONS};
    mood_replay replay = MOOD_REPLAY;
    mood_error err = {0};
    char id[17];
    if (!stream_parse(&replay_argp, check_whole, argc, argv, &arguments))
        return EXIT_USAGE;
    replay.id = id;
    replay.topic = stream_setting(&arguments, "output");
    mood_status status = make_run_id(id, sizeof id, &err);
    if (status == MOOD_OK)
        status = add_settings(&arguments, &err);
    if (status == MOOD_OK)
        status = stream_load_connector(&arguments, &err);
    int result = status == MOOD_OK ? run(&arguments, &replay) : fail(&arguments.common, &err);
    stream_arguments_clear(&arguments);
    return result;
}
