/* Hours of it: three workers, three brokers, every 20 s something else goes wrong. The judge takes a byte an id; what
 * workers take is written down, and must not grow. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

enum { SOAKERS = 3, RATE = 2000 };
static const double between = 20, memory_every = 30;
static double end_of_soak, start_of_soak;

/* ---- what goes wrong ------------------------------------------------------------------------------------------------ */

static void kill_worker(struct run *run) {
    int slot = (int)chance(0, SOAKERS);
    worker_signal(run, slot, SIGKILL);
    worker_wait(run, slot, 10);
    worker_start(run, slot, NULL, NULL);
}

static void stop_worker(struct run *run) {
    int slot = (int)chance(0, SOAKERS);
    worker_signal(run, slot, SIGSTOP);
    run_rest(run, 6);
    worker_signal(run, slot, SIGCONT);
}

static void end_worker(struct run *run) {
    int slot = (int)chance(0, SOAKERS);
    worker_signal(run, slot, SIGTERM);
    if (worker_wait(run, slot, 45) != 0)
        run_fail(run, "SIGTERM did not end worker %d well", slot);
    run_rest(run, 3);
    worker_start(run, slot, NULL, NULL);
}

static void kill_broker(struct run *run) {
    int node = (int)chance(1, run->cluster->nodes + 1);
    cluster_signal(run->cluster, node, SIGKILL);
    run_rest(run, 5);
    cluster_restart(run->cluster, node);
}

static void stop_broker(struct run *run) {
    int node = (int)chance(1, run->cluster->nodes + 1);
    cluster_signal(run->cluster, node, SIGSTOP);
    run_rest(run, 6);
    cluster_signal(run->cluster, node, SIGCONT);
}

static void restart_broker(struct run *run) {
    cluster_restart(run->cluster, (int)chance(1, run->cluster->nodes + 1));
}

static const struct {
    const char *name;
    void (*happen)(struct run *run);
} mishaps[] = {{"SIGKILL of a worker", kill_worker}, {"SIGSTOP of a worker", stop_worker},
               {"SIGTERM of a worker", end_worker},  {"SIGKILL of a broker", kill_broker},
               {"SIGSTOP of a broker", stop_broker}, {"restart of a broker", restart_broker}};

/* ---- memory ------------------------------------------------------------------------------------------------------- */

/* Of a worker that has run for a while: what it takes after five minutes, and what it takes last. */
static const double first_look = 300, settled = 30, most_growth = 1.25;
static struct {
    pid_t pid;
    double since;
    long first, last; /* KiB; 0: not known */
} memory[SOAKERS];

static void look_at_memory(const struct run *run) {
    for (int slot = 0; slot < SOAKERS; slot++) {
        long size = worker_memory(run, slot);
        if (memory[slot].pid != run->workers[slot].pid) {
            memory[slot].pid = run->workers[slot].pid;
            memory[slot].since = now();
        }
        if (!size || now() - start_of_soak < first_look || now() - memory[slot].since < settled)
            continue;
        if (!memory[slot].first)
            memory[slot].first = size;
        memory[slot].last = size;
    }
}

/* The one that grew the most; -1: it was not long enough. */
static int largest_growth(void) {
    int most = -1;
    for (int slot = 0; slot < SOAKERS; slot++)
        if (memory[slot].first && (most < 0 || (double)memory[slot].last / (double)memory[slot].first >
                                                   (double)memory[most].last / (double)memory[most].first))
            most = slot;
    return most;
}

static void judge_memory(struct run *run) {
    int slot = largest_growth();
    if (slot >= 0 && (double)memory[slot].last > most_growth * (double)memory[slot].first)
        run_fail(run, "worker %d grew", slot);
}

static void tell_memory(void) {
    int slot = largest_growth();
    if (slot < 0)
        printf("; too short to judge memory\n");
    else
        printf("; memory grew the most in worker %d, from %.1f to %.1f MiB\n", slot, (double)memory[slot].first / 1024,
               (double)memory[slot].last / 1024);
}

/* ---- the soak --------------------------------------------------------------------------------------------------------- */

static void tell(const struct run *run, const char *what) {
    printf("%.0f s: %ld of %ld came out, %ld doubled, %ld out of order; workers' memory", now() - start_of_soak,
           (long)run->oracle.distinct, (long)run->load.delivered, (long)run->oracle.doubled,
           (long)run->oracle.disordered);
    for (int slot = 0; slot < SOAKERS; slot++)
        printf(" %.1f", (double)worker_memory(run, slot) / 1024);
    printf(" MiB%s%s\n", what ? "; next: " : "", what ? what : "");
    fflush(stdout);
}

static void rest_and_tell(struct run *run, double seconds) {
    static double told;
    for (double end = now() + seconds; now() < end && !interrupted; run_rest(run, 0.5)) {
        look_at_memory(run);
        if (now() - told > memory_every) {
            tell(run, NULL);
            told = now();
        }
    }
}

static void go_wrong(struct run *run) {
    for (int slot = 0; slot < SOAKERS; slot++)
        worker_start(run, slot, NULL, NULL);
    run->bit = true;
    while (now() < end_of_soak && !interrupted && !*run->why) {
        rest_and_tell(run, between);
        size_t which = (size_t)chance(0, sizeof mishaps / sizeof *mishaps);
        tell(run, mishaps[which].name);
        mishaps[which].happen(run);
    }
    tell(run, NULL);
    judge_memory(run);
}

int soak(struct cluster *cluster, const char *folder, const char *caches, enum mode mode, double minutes) {
    static const char *const options[] = {"-X", "producer.transaction.timeout.ms=10000", NULL};
    const struct fault fault = {.name = "soak",
                                .what = "random faults",
                                .modes = ALL_MODES,
                                .undoes = true,
                                .may_fail = true,
                                .ids = (long)(minutes * 60 * RATE),
                                .rate = RATE,
                                .options = options,
                                .inject = go_wrong};
    struct run run = {.fault = &fault, .mode = mode, .judged = mode, .cluster = cluster, .caches = caches};
    struct verdict verdict;
    print_path(run.folder, sizeof run.folder, "%s/soak-%d", folder, (int)getpid());
    mkdir(run.folder, 0755);
    start_of_soak = now();
    end_of_soak = start_of_soak + minutes * 60;
    run_play(&run, &verdict);
    printf("%s - soak, %s, %.1f minutes: %s; %ld out, %ld undone, %ld lost, %ld doubled, %ld out of order, workers "
           "ended by themselves %d times",
           is_well(verdict.why) ? "ok" : "not ok", mode_name(mode), minutes, verdict.why, verdict.records,
           verdict.aborted, verdict.lost, verdict.doubled, verdict.disordered, run.failures);
    tell_memory();
    return !is_well(verdict.why);
}
