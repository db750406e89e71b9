/* What happens to workers: killed at any point, stopped, doubled, joined by others, asked to end. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "faults.h"

/* ---- SIGKILL at one point of the code -------------------------------------------------------------------------------- */

enum { KILLS = 3 };

/* One after the other, each under the same name, each at its nth call; the last one lives. */
static void kill_at(struct run *run, const char *function, const char *when, long from, long to) {
    char plan[128];
    for (int i = 0; i < KILLS; i++) {
        snprintf(plan, sizeof plan, "%s %s %ld 0", function, when, chance(from, to));
        worker_start(run, 0, plan, NULL);
        if (!run_killed(run, 0))
            break;
    }
    if (run->workers[0].pid <= 0)
        worker_start(run, 0, NULL, NULL);
}

static void kill_mid_batch(struct run *run) {
    kill_at(run, "rd_kafka_produceva", "kill-before", 1000, 4000);
}

/* What tells the positions differs; where it is called once a poll, more calls pass. */
static void kill_at_positions(struct run *run, const char *when) {
    if (run->mode == EXACTLY_ONCE)
        kill_at(run, "rd_kafka_send_offsets_to_transaction", when, 2, 8);
    else if (run->mode == AT_LEAST_ONCE)
        kill_at(run, "rd_kafka_offsets_store", when, 2, 20);
    else
        kill_at(run, "rd_kafka_commit_queue", when, 2, 20);
}

static void kill_before_positions(struct run *run) {
    kill_at_positions(run, "kill-before");
}

static void kill_after_positions(struct run *run) {
    kill_at_positions(run, "kill-after");
}

static void kill_before_commit(struct run *run) {
    kill_at(run, "rd_kafka_commit_transaction", "kill-before", 2, 8);
}

static void kill_after_commit(struct run *run) {
    kill_at(run, "rd_kafka_commit_transaction", "kill-after", 2, 8);
}

/* Of two, so that the other takes over; while it publishes, so that a transaction is open. */
static void kill_one_of_two(struct run *run) {
    static const long from[] = {2000, 9000}, to[] = {6000, 13000};
    char plan[128];
    for (int i = 0; i < 2; i++) {
        snprintf(plan, sizeof plan, "rd_kafka_produceva kill-before %ld 0", chance(from[i], to[i]));
        worker_start(run, i, plan, NULL);
    }
    for (int i = 0; i < 2; i++)
        if (run_killed(run, i))
            worker_start(run, i, NULL, NULL);
}

/* ---- SIGSTOP past the session's time-out ---------------------------------------------------------------------------------- */

/* It stops while it publishes, and the other one takes over; what the first one does when it wakes up must not count.
 * Only a transaction keeps it from writing the batch that it had in hand: at most once, that comes late, and out of
 * order. */
static void stop_and_go(struct run *run) {
    char plan[64];
    snprintf(plan, sizeof plan, "rd_kafka_produceva stop %ld 0", chance(4000, 7000));
    worker_start(run, 0, plan, NULL);
    worker_start(run, 1, NULL, NULL);
    if (!worker_await(run, 0, "shim: ", 30) || !worker_await(run, 1, "assigned now", 20))
        run_fail(run, "the first worker did not stop, or the second one got nothing");
    run->bit = !run_done(run);
    nap(6);
    worker_signal(run, 0, SIGCONT);
    run_rest(run, 2);
    worker_signal(run, 1, SIGTERM); /* now it has to do the rest */
    if (worker_wait(run, 1, 40) != 0)
        run_fail(run, "SIGTERM of the other worker did not end well");
}

/* ---- two with one name -------------------------------------------------------------------------------------------------- */

/* At most once, the older one may still be writing what it committed when the newer one goes on behind that. */
static void two_names(struct run *run) {
    static const char *const same[] = {"--instance", "worker-0", NULL};
    run_one_worker(run);
    run_await(run, 0.25);
    run->bit = !run_done(run);
    worker_start(run, 1, NULL, same);
    int status = worker_wait(run, 0, 30);
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 4)
        run_fail(run, "the older of two with one name did not end with status 4 (%d)", status);
    if (!worker_says(run, 0, "another process took over the instance name"))
        run_fail(run, "the older of two with one name does not say why it ends");
}

/* ---- more and fewer of them ------------------------------------------------------------------------------------------------ */

static void scale(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.15);
    worker_start(run, 1, NULL, NULL);
    worker_start(run, 2, NULL, NULL);
    bool all = worker_await(run, 1, "assigned now", 20) && worker_await(run, 2, "assigned now", 20);
    run_await(run, 0.6);
    run->bit = all && !run_done(run);
    for (int slot = 1; slot <= 2; slot++) {
        worker_signal(run, slot, SIGTERM);
        int status = worker_wait(run, slot, 40);
        if (status != 0)
            run_fail(run, "worker %d left with status %x", slot, (unsigned)status);
    }
}

/* ---- SIGTERM ---------------------------------------------------------------------------------------------------------------- */

/* Before it is ready the signal kills; afterwards it ends in good order. */
static void end_after(struct run *run, double seconds, int signals) {
    worker_start(run, 0, NULL, NULL);
    if (seconds < 0)
        worker_await(run, 0, "assigned now", 20);
    else
        nap(seconds);
    for (int i = 0; i < signals; i++, nap(0.01))
        worker_signal(run, 0, SIGTERM);
    int status = worker_wait(run, 0, 40);
    bool early = seconds >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
    bool forced = signals > 1 && WIFEXITED(status) && WEXITSTATUS(status) == 3;
    if (status != 0 && !early && !forced)
        run_fail(run, "SIGTERM after %.2f s ended in status %x", seconds, (unsigned)status);
}

static void terminate(struct run *run) {
    static const double moments[] = {0.05, 0.2, 0.3, 0.4, -1, -1, 0.6, 0.8, 1.2};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        end_after(run, moments[i], 1);
    end_after(run, 1.1, 2);
    run->bit = !run_done(run);
    worker_start(run, 0, NULL, NULL); /* in a rebalance */
    worker_await(run, 0, "assigned now", 20);
    worker_start(run, 1, NULL, NULL);
    nap(0.7);
    worker_signal(run, 0, SIGTERM);
    if (worker_wait(run, 0, 40) != 0)
        run_fail(run, "SIGTERM in a rebalance did not end well");
}

/* ---- the device ------------------------------------------------------------------------------------------------------------- */

/* In one of the first batches, be they as large as they may: each has one launch, and several calls of the others. */
static void spoil_device(struct run *run, const char *function, const char *how, long code) {
    bool once = strcmp(function, "clEnqueueNDRangeKernel") == 0;
    char plan[128];
    snprintf(plan, sizeof plan, "%s %s %ld %ld", function, how, once ? chance(3, 15) : chance(8, 40), code);
    worker_start(run, 0, plan, NULL);
    struct worker first = run->workers[0]; /* it may be started again: the first log tells */
    run_await(run, 0.9);
    run->bit = file_says(first.log, "shim: ");
}

static void fail_device(struct run *run, const char *function, long code) {
    spoil_device(run, function, "fail", code);
}

static void fail_argument(struct run *run) {
    fail_device(run, "clSetKernelArg", -6 /* CL_OUT_OF_HOST_MEMORY */);
}

/* Buffers are kept from batch to batch: they are made again only where a device is opened anew, so that fails too. */
static void fail_buffer(struct run *run) {
    char plan[128];
    snprintf(plan, sizeof plan, "clEnqueueNDRangeKernel fail %ld -5; clCreateBuffer fail %ld -4", chance(3, 15),
             chance(1, 4));
    worker_start(run, 0, plan, NULL);
    struct worker first = run->workers[0];
    run_await(run, 0.9);
    run->bit = file_says(first.log, "shim: clCreateBuffer");
}

static void fail_launch(struct run *run) {
    fail_device(run, "clEnqueueNDRangeKernel", -5 /* CL_OUT_OF_RESOURCES */);
}

static void fail_memory(struct run *run) {
    fail_device(run, "clEnqueueNDRangeKernel", -4 /* CL_MEM_OBJECT_ALLOCATION_FAILURE */);
}

static void fail_as_gone(struct run *run) {
    fail_device(run, "clEnqueueNDRangeKernel", -2 /* CL_DEVICE_NOT_AVAILABLE */);
}

static void fail_finish(struct run *run) {
    fail_device(run, "clFinish", -5 /* CL_OUT_OF_RESOURCES */);
}

static void break_device(struct run *run) {
    spoil_device(run, "clEnqueueNDRangeKernel", "break", -2 /* CL_DEVICE_NOT_AVAILABLE */);
    if (run->failures == 0)
        run_fail(run, "a device that never comes back did not end the worker");
}

/* Slower than a transaction may take: in the midst of one, mostly. */
static void slow_device(struct run *run) {
    char plan[256];
    snprintf(plan, sizeof plan, "clEnqueueNDRangeKernel delay %ld 4000; clFinish delay %ld 4000", chance(100, 150),
             chance(180, 270));
    worker_start(run, 0, plan, NULL);
    if (!worker_await(run, 0, "shim: ", 30))
        return;
    run->bit = !run_done(run);
    run_await(run, 0.9);
}

static const char *const short_transactions[] = {"-X", "producer.transaction.timeout.ms=5000", NULL};
static const char *const shorter_transactions[] = {"-X", "producer.transaction.timeout.ms=2000", "--batch", "64", NULL};
static const char *const short_cooperative[] = {"-X", "producer.transaction.timeout.ms=5000", "-X",
                                                "consumer.partition.assignment.strategy=cooperative-sticky", NULL};
static const char *const cooperative[] = {"-X", "consumer.partition.assignment.strategy=cooperative-sticky", NULL};

/* One row per fault. */
/* clang-format off */
const struct fault worker_faults[] = {
    {.name = "kill-mid-batch", .what = "SIGKILL while publishing a batch, three times", .modes = ALL_MODES,
     .one = true, .three = true, .undoes = true, .named = true, .inject = kill_mid_batch},
    {.name = "kill-before-positions", .what = "SIGKILL before offsets are passed to librdkafka, three times", .modes = ALL_MODES,
     .one = true, .three = true, .undoes = true, .named = true, .inject = kill_before_positions},
    {.name = "kill-after-positions", .what = "SIGKILL after offsets are passed to librdkafka, three times", .modes = ALL_MODES,
     .one = true, .three = true, .undoes = true, .named = true, .inject = kill_after_positions},
    {.name = "kill-before-commit", .what = "SIGKILL before the transaction is committed, three times", .modes = EXACTLY_ONCE,
     .one = true, .three = true, .undoes = true, .named = true, .inject = kill_before_commit},
    {.name = "kill-after-commit", .what = "SIGKILL after the transaction is committed, three times", .modes = EXACTLY_ONCE,
     .one = true, .three = true, .named = true, .inject = kill_after_commit},
    {.name = "kill-one-of-two", .what = "SIGKILL of one of two workers without instance names while it publishes, twice",
     .modes = ALL_MODES, .one = true, .three = true, .undoes = true, .ids = 40000, .options = short_transactions, .inject = kill_one_of_two},
    {.name = "stop", .what = "SIGSTOP of one of two workers until its session times out, then SIGCONT; the other one leaves", .modes = ALL_MODES,
     .unordered = AT_MOST_ONCE, .one = true, .three = true, .undoes = true, .ids = 40000, .rate = 3000,
     .may_fail = true, .options = short_transactions, .inject = stop_and_go},
    {.name = "stop-cooperative", .what = "the same, assignor cooperative-sticky", .modes = ALL_MODES,
     .unordered = AT_MOST_ONCE, .one = true, .three = true, .undoes = true, .ids = 40000, .rate = 3000,
     .may_fail = true, .options = short_cooperative, .inject = stop_and_go},
    {.name = "two-names", .what = "a second process with the same instance name", .modes = ALL_MODES,
     .unordered = AT_MOST_ONCE, .one = true, .three = true, .named = true, .inject = two_names},
    {.name = "scale-range", .what = "1 → 3 → 1 workers under load, assignor range", .modes = ALL_MODES, .one = true,
     .three = true, .ids = 50000, .inject = scale},
    {.name = "scale-cooperative", .what = "1 → 3 → 1 workers under load, assignor cooperative-sticky",
     .modes = ALL_MODES, .one = true, .three = true, .ids = 40000, .options = cooperative, .inject = scale},
    {.name = "terminate", .what = "SIGTERM while opening, joining, scoring, rebalancing; two SIGTERMs at once",
     .modes = ALL_MODES, .one = true, .three = true, .ids = 60000, .named = false, .inject = terminate},
    {.name = "device-launch", .what = "a kernel launch fails with CL_OUT_OF_RESOURCES: the device is opened again",
     .modes = ALL_MODES, .one = true, .named = true, .inject = fail_launch},
    {.name = "device-memory", .what = "a kernel launch fails with CL_MEM_OBJECT_ALLOCATION_FAILURE",
     .modes = ALL_MODES, .one = true, .named = true, .inject = fail_memory},
    {.name = "device-gone", .what = "a kernel launch fails with CL_DEVICE_NOT_AVAILABLE", .modes = ALL_MODES,
     .one = true, .named = true, .inject = fail_as_gone},
    {.name = "device-finish", .what = "waiting for scores fails with CL_OUT_OF_RESOURCES", .modes = ALL_MODES,
     .one = true, .named = true, .inject = fail_finish},
    {.name = "device-argument", .what = "setting a kernel's argument fails with CL_OUT_OF_HOST_MEMORY",
     .modes = ALL_MODES, .one = true, .named = true, .inject = fail_argument},
    {.name = "device-buffer", .what = "a kernel launch fails, then also a buffer of the device that is opened again",
     .modes = ALL_MODES, .one = true, .may_fail = true, .named = true, .inject = fail_buffer},
    {.name = "device-dead", .what = "the only device is lost and does not come back: the worker ends and is restarted",
     .modes = ALL_MODES, .one = true, .may_fail = true, .named = true, .inject = break_device},
    {.name = "slow-device", .what = "scoring takes longer than the transaction timeout", .modes = EXACTLY_ONCE, .one = true,
     .three = true, .undoes = true, .may_fail = true, .options = shorter_transactions, .inject = slow_device},
    {.name = "slow-device-named", .what = "scoring takes longer than the transaction timeout, with an instance name",
     .modes = EXACTLY_ONCE, .one = true, .three = true, .undoes = true, .may_fail = true, .named = true,
     .options = shorter_transactions, .inject = slow_device},
    {.name = NULL},
};
/* clang-format on */
