/* What is wrong with records, topics and positions. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "faults.h"

/* ---- records that can't be scored ------------------------------------------------------------------------------------ */

/* Of each hundred: no JSON, no text, a tombstone, bytes that are not UTF-8. */
static enum kind mixed_kind(long id) {
    long n = id / PARTITIONS % 100;
    return n == 7 || n == 8 || n == 50 ? DEAD : n == 60 ? TOMBSTONE : SCORED;
}

static int mixed_value(long id, char *value, size_t size) {
    switch (id / PARTITIONS % 100) {
    case 7: return snprintf(value, size, "this is no JSON, number %ld", id);
    case 8: return snprintf(value, size, "{\"body\":\"no text here, number %ld\"}", id);
    case 50: return snprintf(value, size, "{\"text\":%ld}", id);
    case 60: return -1;
    case 70: return snprintf(value, size, "{\"text\":\"b\377d food, number %ld\"}", id);
    default: return snprintf(value, size, "{\"text\":\"The film was %s, number %ld\"}", id % 3 ? "great" : "awful", id);
    }
}

/* Some fit into a dead letter, and are more than the producer takes with a score in them: its name is long. */
enum { LARGE = 1400 };
#define TEN "long-name-"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static enum kind large_kind(long id) {
    return id / PARTITIONS % 50 == 13 ? DEAD : SCORED;
}

static int large_value(long id, char *value, size_t size) {
    int width = large_kind(id) == DEAD ? LARGE : 40;
    return snprintf(value, size, "{\"text\":\"%-*s\"}", width, id % 3 ? "a great film" : "an awful film");
}

/* Killed while it writes to both topics: scores and dead letters come together, or not at all. */
static void mix_records(struct run *run) {
    char plan[128];
    for (int i = 0; i < 3; i++) {
        snprintf(plan, sizeof plan, "rd_kafka_produceva kill-before %ld 0", chance(1000, 4000));
        worker_start(run, 0, plan, NULL);
        if (!run_killed(run, 0))
            return;
    }
    worker_start(run, 0, NULL, NULL);
}

/* ---- an output that can't be delivered ----------------------------------------------------------------------------------- */

/* It ends, says what is in the way, and goes on from there once that is mended. */
static void refuse_outputs(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.25);
    run->bit = !run_done(run);
    topic_configure(run->cluster, run->output, "max.message.bytes", "100");
    int status = worker_wait(run, 0, 40);
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 1)
        run_fail(run, "a delivery that fails for good did not end the worker with status 1 (%x)", (unsigned)status);
    if (!worker_says(run, 0, "max.message.bytes"))
        run_fail(run, "it does not say which limit is in the way");
    topic_configure(run->cluster, run->output, "max.message.bytes", "1000000");
    if (status != -1)
        worker_start(run, 0, NULL, NULL);
}

/* ---- the input is gone ------------------------------------------------------------------------------------------------- */

/* It stops and names what is missing; the judge sees that nothing else was done. */
static void expect_end(struct run *run, const char *words) {
    int status = worker_wait(run, 0, 40);
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 1)
        run_fail(run, "it did not end with status 1 (%x)", (unsigned)status);
    if (!worker_says(run, 0, words))
        run_fail(run, "it does not say '%s'", words);
    if (status == -1) {
        worker_signal(run, 0, SIGKILL);
        worker_wait(run, 0, 10);
    }
}

/* Records that nobody read yet are deleted while no worker runs. What is left comes out with --on-missing-offset. */
static void cut_input(struct run *run) {
    static const char *const earliest[] = {"--on-missing-offset", "earliest", NULL};
    int64_t at[PARTITIONS];
    run_one_worker(run);
    run_await(run, 0.25);
    worker_signal(run, 0, SIGTERM);
    if (worker_wait(run, 0, 40) != 0)
        run_fail(run, "SIGTERM did not end well");
    nap(0.5);
    if (!group_positions(run->cluster, run->group, run->load.topic, at))
        run_fail(run, "the brokers don't tell the group's positions");
    run->cut = 100;
    for (int i = 0; i < PARTITIONS; i++) {
        run->cut_from[i] = at[i];
        topic_cut(run->cluster, run->load.topic, i, at[i] + run->cut);
    }
    run->bit = !run_done(run);
    worker_start(run, 0, NULL, NULL);
    expect_end(run, run->load.topic);
    worker_start(run, 0, NULL, earliest);
}

/* Under the worker's eyes. */
static void delete_input(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.25);
    run->bit = !run_done(run);
    run->load.stop = true;
    run->over = true;
    topic_delete(run->cluster, run->load.topic);
    expect_end(run, run->load.topic);
}

/* All of it is there, and the worker has read a part. */
static void build_backlog(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.1);
    for (double end = now() + 30; run->load.delivered < run->load.ids && now() < end; nap(0.01))
        ;
    run->bit = run->load.delivered == run->load.ids && !run_done(run);
    run->over = true;
}

static void delete_backlog(struct run *run) {
    build_backlog(run);
    topic_delete(run->cluster, run->load.topic);
    expect_end(run, run->load.topic);
}

/* Empty again: a group's positions in the old one mean nothing in the new one. */
static void remake_input(struct run *run) {
    build_backlog(run);
    topic_delete(run->cluster, run->load.topic);
    topic_create(run->cluster, run->load.topic, NULL, NULL);
    expect_end(run, run->load.topic);
}

/* A group without positions is a new one: whoever joins begins with the oldest record, and what came out comes out
 * again, whatever the guarantee, since what it says is within a group's positions. */
static void forget_positions(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.25);
    worker_signal(run, 0, SIGTERM);
    if (worker_wait(run, 0, 40) != 0)
        run_fail(run, "SIGTERM did not end well");
    run->bit = !run_done(run);
    group_forget(run->cluster, run->group);
    worker_start(run, 0, NULL, NULL);
}

static const char *const json[] = {"--field", "text", NULL};
static const char *const large[] = {"--field",
                                    "text",
                                    "--keep",
                                    "--member",
                                    HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED,
                                    "-X",
                                    "producer.message.max.bytes=2000",
                                    NULL};

/* One row per fault. */
/* clang-format off */
const struct fault record_faults[] = {
    {.name = "bad-records", .what = "invalid JSON, missing texts, tombstones, invalid UTF-8, with dead letters and SIGKILL",
     .modes = ALL_MODES, .one = true, .three = true, .undoes = true, .named = true, .dead_letters = true,
     .kind = mixed_kind, .value = mixed_value, .options = json, .inject = mix_records},
    {.name = "large-records", .what = "oversized outputs, with dead letters and SIGKILL", .modes = ALL_MODES,
     .one = true, .undoes = true, .named = true, .dead_letters = true, .kind = large_kind, .value = large_value,
     .options = large, .inject = mix_records},
    {.name = "output-refused", .what = "the output topic's max.message.bytes is too small, then corrected", .modes = ALL_MODES,
     .one = true, .named = true, .inject = refuse_outputs},
    {.name = "input-cut", .what = "records are deleted before they are read: the stream stops, and continues on request",
     .modes = ALL_MODES, .one = true, .named = true, .inject = cut_input},
    {.name = "input-deleted", .what = "the input topic is deleted: the stream stops and names the topic", .modes = ALL_MODES,
     .one = true, .named = true, .inject = delete_input},
    {.name = "input-deleted-behind", .what = "the input topic is deleted while there is a backlog: the same",
     .modes = ALL_MODES, .one = true, .named = true, .ids = 100000, .rate = 60000, .inject = delete_backlog},
    {.name = "input-remade", .what = "the input topic is deleted and created again while there is a backlog: the same",
     .modes = ALL_MODES, .one = true, .named = true, .ids = 100000, .rate = 60000, .inject = remake_input},
    {.name = "positions-deleted", .what = "the group's offsets are deleted while no worker runs: all records are scored again",
     .modes = ALL_MODES, .repeats = ALL_MODES, .one = true, .named = true, .inject = forget_positions},
    {.name = NULL},
};
/* clang-format on */
