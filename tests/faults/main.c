/* faults: what mood's streams promise, held against real brokers while things go wrong.
 *
 * A run has topics and a group of its own; brokers serve many runs. Each finished run is a line in the results file,
 * and what the file holds already is not run again. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

enum {
    OPTION_RUNS = 0x100,
    OPTION_ONLY,
    OPTION_MODE,
    OPTION_NODES,
    OPTION_RESULTS,
    OPTION_TABLE,
    OPTION_SHORT,
    OPTION_SOAK,
    OPTION_JUDGE,
    OPTION_ANY_BUILD,
    OPTION_FULL,
    OPTION_FOLDER,
    OPTION_LIST,
    OPTION_SEED
};

static const struct argp_option options[] = {
    {"runs", OPTION_RUNS, "N", 0, "runs of each, gone well, that the results should hold (1)", 0},
    {"full", OPTION_FULL, NULL, 0, "until 20 runs of each fault went well, 5 of them with each guarantee", 0},
    {"only", OPTION_ONLY, "FAULT[,FAULT...]", 0, "these faults", 0},
    {"mode", OPTION_MODE, "MODE", 0, "this guarantee: exactly-once, at-least-once or at-most-once", 0},
    {"nodes", OPTION_NODES, "1|3", 0, "so many brokers (both, one after the other)", 0},
    {"results", OPTION_RESULTS, "FILE", 0, "the results (faults.tsv in the folder)", 0},
    {"folder", OPTION_FOLDER, "FOLDER", 0, "where brokers and failed runs are (a new one in /tmp)", 0},
    {"any-build", OPTION_ANY_BUILD, NULL, 0, "let runs of other builds of mood count too", 0},
    {"table", OPTION_TABLE, NULL, 0, "write the results as a table, and run nothing", 0},
    {"short", OPTION_SHORT, NULL, 0, "a selection that takes a few minutes", 0},
    {"soak", OPTION_SOAK, "MINUTES", 0, "three workers, three brokers, random faults, that long", 0},
    {"judge", OPTION_JUDGE, "MODE", 0, "judge runs as if they had this guarantee: to see the judge work", 0},
    {"seed", OPTION_SEED, "N", 0, "of what is left to chance", 0},
    {"list", OPTION_LIST, NULL, 0, "list the faults", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* At most a minute each on two busy cores; without those that wait for time-outs of seconds. */
static const struct {
    const char *fault;
    enum mode mode;
} selection[] = {
    {"kill-mid-batch", EXACTLY_ONCE},
    {"kill-before-positions", EXACTLY_ONCE},
    {"kill-after-positions", EXACTLY_ONCE},
    {"kill-after-commit", EXACTLY_ONCE},
    {"kill-mid-batch", AT_LEAST_ONCE},
    {"kill-after-positions", AT_MOST_ONCE},
    {"two-names", EXACTLY_ONCE},
    {"scale-range", EXACTLY_ONCE},
    {"broker-kill", EXACTLY_ONCE},
    {"network-reset", EXACTLY_ONCE},
    {"bad-records", EXACTLY_ONCE},
    {"device-launch", EXACTLY_ONCE},
};

struct arguments {
    int runs, nodes;
    const char *only, *results, *folder, *caches, *build; /* build: whose runs count; NULL: any's */
    enum mode mode, judged;
    bool table, quick, list, full, any_build;
    double soak;
};

/* ---- which of them -------------------------------------------------------------------------------------------------- */

static bool is_named(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; at && (at = strstr(at, name)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || !at[length]))
            return true;
    return false;
}

static bool is_selected(const struct fault *fault, enum mode mode) {
    for (size_t i = 0; i < sizeof selection / sizeof *selection; i++)
        if (strcmp(selection[i].fault, fault->name) == 0 && selection[i].mode == mode)
            return true;
    return false;
}

static bool is_wanted(const struct arguments *arguments, const struct fault *fault, enum mode mode, int nodes) {
    return (fault->modes & mode) && (nodes == 1 ? fault->one : fault->three) &&
           (!arguments->only || is_named(arguments->only, fault->name)) &&
           (!arguments->mode || arguments->mode == mode) && (!arguments->nodes || arguments->nodes == nodes) &&
           (!arguments->quick || (nodes == 1 && is_selected(fault, mode)));
}

/* ---- playing ------------------------------------------------------------------------------------------------------------ */

static struct cluster cluster;
static pid_t own;

static void stop_cluster(void) {
    if (getpid() == own)
        cluster_stop(&cluster);
}

static void have_cluster(const struct arguments *arguments, int nodes) {
    if (cluster.nodes == nodes)
        return;
    cluster_stop(&cluster);
    if (!cluster_start(&cluster, arguments->folder, nodes))
        die("%d brokers did not start", nodes);
}

static void tell(const struct run *run, const struct verdict *verdict) {
    printf("%s - %s, %s, %d broker%s: %s; %ld out, %ld undone, %ld lost, %ld doubled, %ld out of order; %.1f s\n",
           is_well(verdict->why) ? "ok" : "not ok", run->fault->name, mode_name(run->mode), cluster.nodes,
           cluster.nodes == 1 ? "" : "s", verdict->why, verdict->records, verdict->aborted, verdict->lost,
           verdict->doubled, verdict->disordered, verdict->seconds);
    if (is_well(verdict->why))
        shell("rm -rf %s", run->folder);
    else
        printf("# its logs and ids are in %s\n", run->folder);
    fflush(stdout);
}

/* On a machine that is busy a fault may come too late: a test that has to pass gets it twice more, and a full matrix
 * once. */
static int most_tries(const struct arguments *arguments) {
    return arguments->quick ? 3 : arguments->full ? 2 : 1;
}

static void play(const struct arguments *arguments, const struct fault *fault, enum mode mode, int *failed) {
    static int counter;
    struct run run;
    struct verdict verdict = {.why = BLUNT};
    for (int tries = most_tries(arguments); tries > 0 && is_blunt(verdict.why); tries--) {
        run = (struct run){.fault = fault,
                           .mode = mode,
                           .judged = arguments->judged ? arguments->judged : mode,
                           .cluster = &cluster,
                           .caches = arguments->caches};
        print_path(run.folder, sizeof run.folder, "%s/%s-%s-%d-%d.%d", arguments->folder, fault->name, mode_name(mode),
                   cluster.nodes, (int)getpid(), ++counter);
        mkdir(run.folder, 0755);
        run_play(&run, &verdict);
        if (interrupted)
            return;
        results_add(arguments->results, build_name(), &run, &verdict);
    }
    tell(&run, &verdict);
    *failed += !is_well(verdict.why);
}

/* Of each guarantee and number of brokers. */
static int runs_wanted(const struct arguments *arguments, const struct fault *fault) {
    enum { IN_ALL = 20, OF_A_MODE = 5 };
    int modes = __builtin_popcount(fault->modes & ALL_MODES), clusters = fault->one + fault->three;
    if (!arguments->full)
        return arguments->runs;
    int of_all = (IN_ALL + modes * clusters - 1) / (modes * clusters);
    int of_mode = (OF_A_MODE + clusters - 1) / clusters;
    return of_all > of_mode ? of_all : of_mode;
}

static void play_missing(const struct arguments *arguments, int nodes, int *failed) {
    static const struct fault *const lists[] = {worker_faults, broker_faults, network_faults, record_faults};
    static const enum mode modes[] = {EXACTLY_ONCE, AT_LEAST_ONCE, AT_MOST_ONCE};
    enum { most_runs = 20 };
    for (int run = 1; run <= (arguments->full ? most_runs : arguments->runs); run++)
        for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
            for (const struct fault *fault = lists[list]; fault->name; fault++)
                for (size_t i = 0; i < sizeof modes / sizeof *modes && !interrupted; i++) {
                    if (!is_wanted(arguments, fault, modes[i], nodes) || run > runs_wanted(arguments, fault) ||
                        results_count(arguments->results, arguments->build, fault->name, mode_name(modes[i]), nodes) >=
                            run)
                        continue;
                    have_cluster(arguments, nodes);
                    play(arguments, fault, modes[i], failed);
                }
}

static void list_faults(void) {
    static const struct fault *const lists[] = {worker_faults, broker_faults, network_faults, record_faults};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const struct fault *fault = lists[i]; fault->name; fault++)
            printf("%-22s %s%s%s%s%s %s\n", fault->name, fault->modes & EXACTLY_ONCE ? "e" : "-",
                   fault->modes & AT_LEAST_ONCE ? "l" : "-", fault->modes & AT_MOST_ONCE ? "m" : "-",
                   fault->one ? "1" : "-", fault->three ? "3" : "-", fault->what);
}

/* ---- the program ------------------------------------------------------------------------------------------------------- */

static enum mode read_mode(const char *name, struct argp_state *state) {
    if (!mode_of(name))
        argp_error(state, "there is no guarantee '%s'", name);
    return mode_of(name);
}

static error_t parse(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_RUNS: arguments->runs = atoi(value); return 0;
    case OPTION_FULL: arguments->full = true; return 0;
    case OPTION_ONLY: arguments->only = value; return 0;
    case OPTION_MODE: arguments->mode = read_mode(value, state); return 0;
    case OPTION_JUDGE: arguments->judged = read_mode(value, state); return 0;
    case OPTION_NODES: arguments->nodes = atoi(value); return 0;
    case OPTION_RESULTS: arguments->results = value; return 0;
    case OPTION_FOLDER: arguments->folder = value; return 0;
    case OPTION_ANY_BUILD: arguments->any_build = true; return 0;
    case OPTION_TABLE: arguments->table = true; return 0;
    case OPTION_SHORT: arguments->quick = true; return 0;
    case OPTION_SOAK: arguments->soak = atof(value); return 0;
    case OPTION_SEED: srandom((unsigned)atoi(value)); return 0;
    case OPTION_LIST: arguments->list = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void on_signal(int number) {
    (void)number;
    interrupted = 1;
}

static void choose_folder(struct arguments *arguments) {
    static char made[] = "/tmp/mood-faults-XXXXXX", results[PATH_SIZE], caches[PATH_SIZE];
    if (!arguments->folder)
        arguments->folder = mkdtemp(made);
    else if (mkdir(arguments->folder, 0755) != 0 && errno != EEXIST)
        die("%s: %s", arguments->folder, strerror(errno));
    if (!arguments->folder)
        die("no folder in /tmp");
    print_path(results, sizeof results, "%s/faults.tsv", arguments->folder);
    if (!arguments->results)
        arguments->results = results;
    print_path(caches, sizeof caches, "%s/caches", arguments->folder);
    arguments->caches = caches;
}

int main(int argc, char **argv) {
    static const struct argp argp = {options, parse, NULL, "Run mood's streams while things go wrong, and judge.",
                                     NULL,    NULL,  NULL};
    struct arguments arguments = {.runs = 1};
    struct sigaction action = {.sa_handler = on_signal};
    int failed = 0;
    srandom((unsigned)time(NULL) ^ (unsigned)getpid());
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return 2;
    if (arguments.list) {
        list_faults();
        return 0;
    }
    choose_folder(&arguments);
    arguments.build = arguments.any_build ? NULL : build_name();
    if (arguments.table) {
        results_table(arguments.results, arguments.build);
        return 0;
    }
    setenv("BROKER_TIMEOUT", "240", 0); /* a broker of a long run has much to read when it comes back */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    worker_warm_up(arguments.caches);
    own = getpid();
    atexit(stop_cluster);
    if (arguments.soak > 0) {
        have_cluster(&arguments, 3);
        return soak(&cluster, arguments.folder, arguments.caches, arguments.mode ? arguments.mode : EXACTLY_ONCE,
                    arguments.soak);
    }
    for (int nodes = 1; nodes <= NODES; nodes += 2)
        play_missing(&arguments, nodes, &failed);
    return interrupted ? 130 : failed > 0;
}
