/* What happens to brokers, and between them and the workers. */
#include <signal.h>

#include "faults.h"

/* The one that matters most: it leads the output's first partition. */
static int victim(const struct run *run) {
    int leader = topic_leader(run->cluster, run->output, 0);
    return leader ? leader : 1;
}

static void kill_broker(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.25);
    int node = victim(run);
    run->bit = !run_done(run);
    cluster_signal(run->cluster, node, SIGKILL);
    run_rest(run, run->cluster->nodes == 1 ? 1 : 6);
    cluster_restart(run->cluster, node);
}

static void stop_broker(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.25);
    int node = victim(run);
    run->bit = !run_done(run);
    cluster_signal(run->cluster, node, SIGSTOP);
    run_rest(run, 7);
    cluster_signal(run->cluster, node, SIGCONT);
}

static void roll_brokers(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.15);
    run->bit = !run_done(run);
    for (int node = 1; node <= run->cluster->nodes; node++) {
        cluster_restart(run->cluster, node);
        run_rest(run, 1);
    }
}

/* Both at once, as when a machine goes. */
static void kill_both(struct run *run) {
    enum { TIMES = 3 };
    run_one_worker(run);
    for (int i = 0; i < TIMES; i++) {
        run_await(run, 0.15 + 0.2 * i + (double)chance(0, 100) / 1000);
        int node = victim(run);
        run->bit = run->bit || !run_done(run);
        cluster_signal(run->cluster, node, SIGKILL);
        worker_signal(run, 0, SIGKILL);
        worker_wait(run, 0, 10);
        cluster_restart(run->cluster, node);
        worker_start(run, 0, NULL, NULL);
    }
}

/* Writing needs all three; with one away nothing goes on, and nothing may be given up. */
static void lack_replicas_for(struct run *run, double seconds) {
    topic_configure(run->cluster, run->output, "min.insync.replicas", "3");
    run_one_worker(run);
    run_await(run, 0.25);
    int node = victim(run);
    cluster_signal(run->cluster, node, SIGKILL);
    run_rest(run, 6);
    long before = run->oracle.distinct;
    run_rest(run, seconds);
    run->bit = !run_done(run) && run->oracle.distinct == before;
    cluster_restart(run->cluster, node);
}

static void lack_replicas(struct run *run) {
    lack_replicas_for(run, 3);
}

static void stall_output(struct run *run) {
    lack_replicas_for(run, 16);
}

/* One row per fault. */
/* clang-format off */
const struct fault broker_faults[] = {
    {.name = "broker-kill", .what = "SIGKILL of the leader broker, then restart", .modes = ALL_MODES, .one = true,
     .three = true, .undoes_one = true, .ids = 40000, .inject = kill_broker},
    {.name = "broker-stop", .what = "SIGSTOP of the leader broker for 7 s, then SIGCONT", .modes = ALL_MODES,
     .one = true, .three = true, .undoes_one = true, .ids = 40000, .inject = stop_broker},
    {.name = "broker-rolling", .what = "every broker restarted in turn", .modes = ALL_MODES, .one = true,
     .three = true, .ids = 60000, .inject = roll_brokers},
    {.name = "replicas-short", .what = "the output topic has too few in-sync replicas, then enough", .modes = ALL_MODES,
     .three = true, .ids = 40000, .inject = lack_replicas},
    {.name = "output-stalls", .what = "the output topic accepts nothing for more than 16 s", .modes = ALL_MODES,
     .three = true, .ids = 40000, .inject = stall_output},
    {.name = "broker-and-worker-kill",
     .what = "SIGKILL of the leader broker and of the worker at the same time, three times", .modes = ALL_MODES, .one = true,
     .three = true, .named = true, .ids = 40000, .inject = kill_both},
    {.name = NULL},
};
/* clang-format on */

/* ---- the network ----------------------------------------------------------------------------------------------------- */

static void reset_connections(struct run *run) {
    run_one_worker(run);
    for (int i = 0; i < 6; i++) {
        run_await(run, 0.1 + 0.1 * i);
        run->bit = run->bit || !run_done(run);
        proxy_reset(run->cluster->proxy);
        run_rest(run, (double)chance(50, 500) / 1e3);
    }
}

static void hold_connections(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.25);
    run->bit = !run_done(run);
    proxy_hold(run->cluster->proxy, true);
    run_rest(run, 5);
    proxy_hold(run->cluster->proxy, false);
}

static void delay_connections(struct run *run) {
    run_one_worker(run);
    run_await(run, 0.25);
    run->bit = !run_done(run);
    proxy_delay(run->cluster->proxy, 3000);
    run_rest(run, 8);
    proxy_delay(run->cluster->proxy, 0);
}

static const char *const impatient[] = {"-X", "socket.timeout.ms=2000", NULL};

/* One row per fault. */
/* clang-format off */
const struct fault network_faults[] = {
    {.name = "network-reset", .what = "every connection is reset, six times", .modes = ALL_MODES, .one = true,
     .proxied = true, .inject = reset_connections},
    {.name = "network-hold", .what = "the network passes nothing for 5 s", .modes = ALL_MODES, .one = true, .undoes = true,
     .proxied = true, .ids = 40000, .inject = hold_connections},
    {.name = "network-delay", .what = "the network delays everything by 3 s, for 8 s, with a request timeout of 2 s",
     .modes = ALL_MODES, .one = true, .undoes = true, .proxied = true, .ids = 40000,
     .may_fail = true, .options = impatient, .inject = delay_connections},
    {.name = NULL},
};
/* clang-format on */
