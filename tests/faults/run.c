/* One run: input, workers, the fault, and what came out of it. */
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

static const double standstill = 60, stop_patience = 45, end_patience = 25, longest = 240; /* seconds */
static const double slowest_reader = 20000;                                                /* records a second */
enum { most_offsets = 4000000 }; /* so that hours need no memory; workers tell what they undid */

void run_fail(struct run *run, const char *format, ...) {
    va_list arguments;
    if (*run->why)
        return; /* the first reason is the one */
    va_start(arguments, format);
    vsnprintf(run->why, sizeof run->why, format, arguments);
    va_end(arguments);
}

/* ---- workers -------------------------------------------------------------------------------------------------------- */

static void describe(int status, char text[64]) {
    if (WIFSIGNALED(status))
        snprintf(text, 64, "signal %d", WTERMSIG(status));
    else
        snprintf(text, 64, "status %d", WEXITSTATUS(status));
}

/* One in half a minute may be the fault's; many are a worker that can't live. */
static int most_failures(const struct run *run) {
    return 10 + (int)((now() - run->start) / 30);
}

/* What ends by itself is started again where the fault lets it, as a supervisor would. */
static void look_after(struct run *run) {
    char how[64];
    for (int slot = 0; slot < WORKERS; slot++) {
        int status = worker_wait(run, slot, 0);
        if (status == -1)
            continue;
        describe(status, how);
        run->failures++;
        bool finally = WIFEXITED(status) && WEXITSTATUS(status) == 4; /* it says itself: don't restart */
        if (!run->fault->may_fail || finally || run->failures > most_failures(run))
            run_fail(run, "worker %d ended by itself with %s", slot, how);
        if (run->failures <= most_failures(run))
            worker_start(run, slot, NULL, NULL);
    }
}

void run_one_worker(struct run *run) {
    worker_start(run, 0, NULL, NULL);
    if (!worker_await(run, 0, "assigned now", 30))
        run_fail(run, "a worker got no partitions in 30 s");
}

bool run_done(const struct run *run) {
    return run->oracle.distinct >= run->load.ids - run->cut * PARTITIONS;
}

static bool is_cut(const struct run *run, long id) {
    int64_t from = run->cut_from[id % PARTITIONS], offset = id / PARTITIONS;
    return offset >= from && offset < from + run->cut;
}

bool run_killed(struct run *run, int slot) {
    int status = -1;
    char how[64];
    for (double end = now() + standstill; status == -1 && now() < end && !run_done(run) && !interrupted;)
        status = worker_wait(run, slot, 0.05);
    if (status == -1)
        return false;
    describe(status, how);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        run_fail(run, "worker %d was to be killed and ended with %s", slot, how);
    run->bit = run->bit || !run_done(run);
    return true;
}

/* Where its threads stand, if there is a debugger to tell. */
static void write_stacks(const struct run *run, int slot) {
    shell(
        "command -v gdb >/dev/null && timeout 30 gdb -p %d -batch -ex 'thread apply all bt' >%s/worker-%d.stacks 2>&1",
        (int)run->workers[slot].pid, run->folder, slot);
}

static void stop_workers(struct run *run) {
    char how[64];
    for (int slot = 0; slot < WORKERS; slot++)
        if (run->workers[slot].pid > 0)
            worker_await(run, slot, "batches of", 20); /* until then the signal just kills */
    for (int slot = 0; slot < WORKERS; slot++)
        worker_signal(run, slot, SIGTERM);
    for (int slot = 0; slot < WORKERS; slot++) {
        if (run->workers[slot].pid <= 0)
            continue;
        int status = worker_wait(run, slot, stop_patience);
        describe(status, how);
        if (status == -1) {
            run_fail(run, "worker %d does not stop", slot);
            write_stacks(run, slot);
            worker_signal(run, slot, SIGKILL);
            worker_wait(run, slot, 10);
        } else if (status != 0 && run->fault->may_fail)
            run->failures++;
        else if (status != 0)
            run_fail(run, "worker %d stopped with %s at the end", slot, how);
    }
}

/* ---- waiting ---------------------------------------------------------------------------------------------------------- */

bool run_await(struct run *run, double part) {
    long wanted = (long)(part * (double)run->load.ids), last = run->oracle.records;
    double since = now();
    while (run->oracle.distinct < wanted && !interrupted) {
        look_after(run);
        if (run->oracle.records != last) {
            last = run->oracle.records;
            since = now();
        }
        if (now() - since > standstill) {
            run_fail(run, "nothing came out for %.0f s, at %ld of %ld", standstill, (long)run->oracle.distinct,
                     run->load.ids);
            return false;
        }
        nap(0.01);
    }
    return true;
}

void run_rest(struct run *run, double seconds) {
    for (double end = now() + seconds; now() < end && !interrupted; nap(0.02))
        look_after(run);
}

static bool is_committed(const struct run *run) {
    int64_t positions[PARTITIONS], ends[PARTITIONS];
    return group_positions(run->cluster, run->group, run->load.topic, positions) &&
           topic_ends(run->cluster, run->load.topic, false, ends) && memcmp(positions, ends, sizeof ends) == 0;
}

/* All came out; or positions are at the end of the input, and nothing more comes. */
static void await_end(struct run *run) {
    long last = -1;
    double since = now(), asked = now(), end = now() + longest + (double)run->load.ids / run->load.rate;
    while (!run_done(run) && !run->over && !interrupted && run->failures <= most_failures(run)) {
        look_after(run);
        if (run->oracle.records != last) {
            last = run->oracle.records;
            since = now();
        }
        bool quiet = now() - since > 1 && run->load.delivered + run->load.failed >= run->load.ids;
        if (quiet && now() - asked > 1) {
            asked = now();
            if (is_committed(run) && now() - since > (run->mode == EXACTLY_ONCE ? 20 : 2))
                break;
        }
        if (now() - since > standstill) {
            run_fail(run, "nothing came out for %.0f s, at %ld of %ld", standstill, (long)run->oracle.distinct,
                     run->load.ids);
            break;
        }
        if (now() > end) {
            run_fail(run, "the end was not reached in time, at %ld of %ld", (long)run->oracle.distinct, run->load.ids);
            break;
        }
        nap(0.02);
    }
}

/* At least once, all may have come out while what a worker left uncommitted is being scored again: that comes out, too.
 * Where the group took partitions away before they could be committed, whoever has them next commits. */
static void await_repeats(struct run *run) {
    long last = -1;
    double since = now(), end = now() + end_patience;
    bool lost = false;
    for (int slot = 0; slot < WORKERS; slot++)
        lost = lost || (run->workers[slot].pid > 0 && worker_says(run, slot, "partitions were lost"));
    while (run->mode == AT_LEAST_ONCE && now() < end && !interrupted) {
        look_after(run);
        if (run->oracle.records != last) {
            last = run->oracle.records;
            since = now();
        }
        if (now() - since > 0.4 && (!lost || is_committed(run)))
            return;
        nap(0.05);
    }
}

/* ---- the judgement -------------------------------------------------------------------------------------------------------- */

static FILE *open_notes(const struct run *run, const char *name) {
    char path[2 * PATH_SIZE];
    print_path(path, sizeof path, "%s/%s", run->folder, name);
    return fopen(path, "w");
}

static void open_oracle(const struct run *run, struct oracle *oracle, bool committed, const char *notes) {
    *oracle = (struct oracle){.cluster = run->cluster,
                              .input = run->load.topic,
                              .output = run->output,
                              .dead_letters = run->fault->dead_letters ? run->dead_letters : NULL,
                              .committed = committed,
                              .notes = notes ? open_notes(run, notes) : NULL};
    oracle_open(oracle, &run->load);
}

static void close_oracle(struct oracle *oracle) {
    if (oracle->notes)
        fclose(oracle->notes);
    oracle_close(oracle);
}

static long list_lost(const struct run *run, const struct oracle *oracle) {
    long lost = 0;
    FILE *file = open_notes(run, "lost.txt");
    for (long id = 0; id < run->load.ids; id++)
        if (!oracle->seen[id] && !is_cut(run, id)) {
            lost++;
            if (file)
                fprintf(file, "id %ld of input %ld/%ld\n", id, id % PARTITIONS, id / PARTITIONS);
        }
    if (file)
        fclose(file);
    return lost;
}

static void check_ends(struct run *run) {
    int64_t committed[PARTITIONS], all[PARTITIONS];
    bool same = false;
    for (double end = now() + end_patience; !same && now() < end && !interrupted; nap(0.1))
        same = topic_ends(run->cluster, run->output, true, committed) &&
               topic_ends(run->cluster, run->output, false, all) && memcmp(committed, all, sizeof all) == 0;
    if (!same)
        run_fail(run, "readers of what is committed are held up: a transaction stays open");
}

static void check_positions(struct run *run) {
    int64_t positions[PARTITIONS], ends[PARTITIONS];
    if (!group_positions(run->cluster, run->group, run->load.topic, positions) ||
        !topic_ends(run->cluster, run->load.topic, false, ends)) {
        run_fail(run, "the brokers don't tell the group's positions");
        return;
    }
    for (int i = 0; i < PARTITIONS; i++)
        if (positions[i] != ends[i])
            run_fail(run, "the group's position of partition %d is %" PRId64 ", its end %" PRId64, i, positions[i],
                     ends[i]);
}

static bool has_to_undo(const struct run *run) {
    bool undoes = run->fault->undoes || (run->fault->undoes_one && run->cluster->nodes == 1);
    return undoes && run->mode == EXACTLY_ONCE;
}

static void check_promise(struct run *run, const struct verdict *verdict, const struct oracle *oracle) {
    enum mode mode = run->judged;
    if (verdict->lost && mode != AT_MOST_ONCE)
        run_fail(run, "%ld lost", verdict->lost);
    if (verdict->doubled && mode != AT_LEAST_ONCE && !(mode & run->fault->repeats))
        run_fail(run, "%ld doubled", verdict->doubled);
    if (verdict->disordered && !(mode & run->fault->unordered))
        run_fail(run, "%ld out of order", verdict->disordered);
    if (oracle->misplaced || oracle->foreign)
        run_fail(run, "%ld in a wrong place or form, %ld of nobody", (long)oracle->misplaced, (long)oracle->foreign);
    if (run->load.failed && !run->over)
        run_fail(run, "the load itself failed: %ld records", (long)run->load.failed);
    if (!run->bit)
        run_fail(run, BLUNT);
    else if (has_to_undo(run) && verdict->aborted == 0)
        run_fail(run, BLUNT ": no transaction was undone");
}

/* The reader that watched, and two that come afterwards: of what is committed, and of everything. */
static void judge(struct run *run, struct verdict *verdict) {
    struct oracle later, all;
    open_oracle(run, &later, true, "afterwards.txt");
    open_oracle(run, &all, false, NULL);
    later.keep_offsets = all.keep_offsets = run->load.ids <= most_offsets;
    check_ends(run);
    double patience = end_patience + (double)run->load.ids / slowest_reader;
    if (!oracle_read(&later, patience) || !oracle_read(&all, patience))
        run_fail(run, "the output can't be read to its end");
    oracle_stop(&run->oracle);
    long broken = oracle_aborts(&later, &all);
    verdict->records = later.records;
    verdict->aborted = broken > run->undone ? broken : run->undone;
    verdict->lost = run->over ? 0 : list_lost(run, &later);
    verdict->doubled = later.doubled;
    verdict->disordered = later.disordered;
    check_promise(run, verdict, &later);
    if (memcmp(later.seen, run->oracle.seen, (size_t)run->load.ids) != 0)
        run_fail(run, "who read during the run saw other records (%ld) than who read afterwards (%ld)",
                 (long)run->oracle.records, (long)later.records);
    if (!run->over)
        check_positions(run);
    close_oracle(&later);
    close_oracle(&all);
}

/* ---- play ------------------------------------------------------------------------------------------------------------------- */

static void name_topics(struct run *run) {
    static int counter;
    char name[32];
    snprintf(name, sizeof name, "%d-%lx-%d", (int)getpid(), (long)time(NULL), ++counter);
    snprintf(run->load.topic, sizeof run->load.topic, "in-%s", name);
    snprintf(run->output, sizeof run->output, "out-%s", name);
    snprintf(run->dead_letters, sizeof run->dead_letters, "dead-%s", name);
    snprintf(run->group, sizeof run->group, "group-%s", name);
    topic_create(run->cluster, run->load.topic, NULL, NULL);
    topic_create(run->cluster, run->output, NULL, NULL);
    if (run->fault->dead_letters)
        topic_create(run->cluster, run->dead_letters, NULL, NULL);
}

static void forget_topics(const struct run *run) {
    topic_delete(run->cluster, run->load.topic);
    topic_delete(run->cluster, run->output);
    if (run->fault->dead_letters)
        topic_delete(run->cluster, run->dead_letters);
}

void run_play(struct run *run, struct verdict *verdict) {
    run->start = now();
    *verdict = (struct verdict){0};
    name_topics(run);
    run->load.cluster = run->cluster;
    run->load.ids = run->fault->ids ? run->fault->ids : 20000;
    run->load.rate = run->fault->rate > 0 ? run->fault->rate : 5000;
    run->load.kind = run->fault->kind;
    run->load.value = run->fault->value;
    open_oracle(run, &run->oracle, true, "meanwhile.txt");
    oracle_follow(&run->oracle);
    load_start(&run->load);
    run->fault->inject(run);
    cluster_mend(run->cluster);
    await_end(run);
    await_repeats(run);
    stop_workers(run);
    run->load.stop = true;
    load_join(&run->load);
    judge(run, verdict);
    close_oracle(&run->oracle);
    forget_topics(run);
    verdict->seconds = now() - run->start;
    if (*run->why)
        snprintf(verdict->why, sizeof verdict->why, "%s", run->why);
    else if (run->failures)
        snprintf(verdict->why, sizeof verdict->why, "ok, ended by itself and started again: %d", run->failures);
    else
        strcpy(verdict->why, "ok");
}

bool is_blunt(const char *why) {
    return strncmp(why, BLUNT, strlen(BLUNT)) == 0;
}

bool is_well(const char *why) {
    return strcmp(why, "ok") == 0 || strncmp(why, "ok,", 3) == 0;
}
