/* The fault matrix: real brokers, real workers, something that goes wrong, and a judge of what came out.
 *
 * An id is a record of the input: partition id % partitions, offset id / partitions. So all that is expected of an
 * output follows from its key, and the judge needs a byte an id. */
#ifndef FAULTS_H
#define FAULTS_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { PARTITIONS = 4, WORKERS = 4, NODES = 3, PATH_SIZE = 512 };

/* What a guarantee promises; bits, so that a fault can name those that it is for. */
enum mode { AT_MOST_ONCE = 1, AT_LEAST_ONCE = 2, EXACTLY_ONCE = 4, ALL_MODES = 7 };
const char *mode_name(enum mode mode);
enum mode mode_of(const char *name); /* 0: there is none */

/* ---- tools.c ----------------------------------------------------------------------------------------------------- */

extern volatile sig_atomic_t interrupted;
double now(void);
void nap(double seconds);
long chance(long from, long to); /* [from, to) */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
__attribute__((format(printf, 3, 4))) void print_path(char *path, size_t size, const char *format, ...);
__attribute__((format(printf, 1, 2))) int shell(const char *format, ...); /* the exit status */

/* ---- proxy.c: between clients and a broker, and what a network does to them ----------------------------------------- */

struct proxy;
struct proxy *proxy_open(int port, int to);
void proxy_close(struct proxy *proxy);
void proxy_reset(struct proxy *proxy);               /* every connection, once */
void proxy_hold(struct proxy *proxy, bool hold);     /* nothing comes through, and nobody is told */
void proxy_delay(struct proxy *proxy, int delay_ms); /* every piece, both ways */

/* ---- cluster.c: brokers ------------------------------------------------------------------------------------------- */

struct cluster {
    char folder[PATH_SIZE];
    int nodes;
    char brokers[256], proxied[64]; /* proxied: of one node, by way of the proxy */
    struct proxy *proxy;
    rd_kafka_t *client;
};
bool cluster_start(struct cluster *cluster, const char *folder, int nodes);
void cluster_stop(struct cluster *cluster);
pid_t cluster_pid(const struct cluster *cluster, int node); /* 0: it is down */
void cluster_signal(const struct cluster *cluster, int node, int number);
void cluster_restart(const struct cluster *cluster, int node);
void cluster_mend(const struct cluster *cluster); /* every node runs again */

/* ---- topics.c: what the brokers are told and asked ------------------------------------------------------------------ */

rd_kafka_t *client_new(rd_kafka_type_t type, const char *brokers, const char *const *properties); /* pairs, NULL */
void topic_create(const struct cluster *cluster, const char *name, const char *property, const char *value);
void topic_delete(const struct cluster *cluster, const char *name);
void topic_configure(const struct cluster *cluster, const char *name, const char *property, const char *value);
void topic_cut(const struct cluster *cluster, const char *name, int partition, int64_t before);
int topic_leader(const struct cluster *cluster, const char *name, int partition); /* 0: unknown */
bool topic_ends(const struct cluster *cluster, const char *name, bool committed, int64_t ends[PARTITIONS]);
bool group_positions(const struct cluster *cluster, const char *group, const char *topic, int64_t at[PARTITIONS]);
void group_forget(const struct cluster *cluster, const char *group);

/* ---- load.c: the input --------------------------------------------------------------------------------------------- */

/* What comes of a record. */
enum kind { SCORED, TOMBSTONE, DEAD };

struct load {
    const struct cluster *cluster;
    char topic[64];
    long ids;
    double rate;                                     /* a second */
    enum kind (*kind)(long id);                      /* NULL: all are scored */
    int (*value)(long id, char *value, size_t size); /* NULL: a short text; -1: a tombstone */
    atomic_long sent, delivered, failed;
    int64_t there[PARTITIONS]; /* records that a producer which died had left */
    atomic_bool stop;
    pthread_t thread;
};
void load_start(struct load *load);
void load_join(struct load *load);

/* ---- oracle.c: what came out ---------------------------------------------------------------------------------------- */

struct oracle {
    const struct cluster *cluster;
    const char *input, *output, *dead_letters; /* dead_letters: may be NULL */
    const struct load *load;
    bool committed;      /* read what is committed only */
    unsigned char *seen; /* [ids] how often, up to 255 */
    long ids;
    int64_t last[2][PARTITIONS]; /* offset of the newest id that came for the first time */
    atomic_long records, distinct, doubled, disordered, misplaced, foreign;
    /* [partition][n] offsets of records, where they are wanted */
    int64_t *offsets[PARTITIONS];
    size_t offset_count[PARTITIONS], offset_capacity[PARTITIONS];
    bool keep_offsets;
    FILE *notes; /* what is wrong, a line each */
    atomic_bool stop;
    pthread_t thread;
};
void oracle_open(struct oracle *oracle, const struct load *load);
void oracle_follow(struct oracle *oracle); /* with a thread, until stopped */
void oracle_stop(struct oracle *oracle);
bool oracle_read(struct oracle *oracle, double seconds); /* all that is there; false: not in that time */
void oracle_close(struct oracle *oracle);
long oracle_aborts(const struct oracle *committed, const struct oracle *all); /* of a partition, the most */

/* ---- worker.c ------------------------------------------------------------------------------------------------------- */

struct worker {
    pid_t pid; /* 0: none */
    char log[PATH_SIZE];
};

struct run;
void worker_warm_up(const char *caches); /* where a first start would take seconds */
/* `fault` is the shim's plan, or NULL; `more` further options, ended by NULL, or NULL. */
void worker_start(struct run *run, int slot, const char *fault, const char *const *more);
void worker_signal(struct run *run, int slot, int number);
int worker_wait(struct run *run, int slot, double seconds); /* waitpid's status; -1: it runs on */
bool file_says(const char *path, const char *text);
bool worker_says(const struct run *run, int slot, const char *text);
bool worker_await(struct run *run, int slot, const char *text, double seconds);
long worker_memory(const struct run *run, int slot); /* KiB; 0: it is gone */

/* ---- run.c: one run of a fault ------------------------------------------------------------------------------------------ */

struct fault {
    const char *name, *what;
    unsigned modes, unordered, repeats; /* unordered: those that promise no order here; repeats: may double */
    bool one, three;                    /* for that many nodes */
    bool undoes;                        /* exactly once: has to undo a transaction, else it did not bite */
    bool undoes_one;                    /* the same with one broker; of three, others take over while it waits */
    bool proxied, named, dead_letters;
    bool may_fail; /* a worker may end by itself; it is started again, as a supervisor would */
    long ids;
    double rate;
    enum kind (*kind)(long id);
    int (*value)(long id, char *value, size_t size);
    const char *const *options; /* of every worker */
    void (*inject)(struct run *run);
};
extern const struct fault worker_faults[], broker_faults[], network_faults[], record_faults[]; /* ended by no name */

struct run {
    const struct fault *fault;
    enum mode mode, judged; /* how it runs, and what it is judged as */
    struct cluster *cluster;
    const char *caches; /* where workers keep what they build */
    char folder[PATH_SIZE], output[64], dead_letters[64], group[64];
    struct load load;
    struct oracle oracle;
    struct worker workers[WORKERS];
    double start;
    int starts, failures;
    long undone;                       /* transactions, told by workers */
    bool bit;                          /* the fault happened while there was work */
    bool over;                         /* the input is no more: what came out is judged, what did not is not */
    int64_t cut_from[PARTITIONS], cut; /* so many records from there on were deleted: they are not lost */
    char why[1024];                    /* empty: all is well so far */
};

struct verdict {
    long records, aborted, lost, doubled, disordered;
    double seconds;
    char why[1024]; /* "ok" and maybe more, or what is wrong */
};
void run_play(struct run *run, struct verdict *verdict);
bool is_well(const char *why);
bool is_blunt(const char *why);
#define BLUNT "did not bite" /* how the reason of a run begins that shows nothing */

/* For faults. */
__attribute__((format(printf, 2, 3))) void run_fail(struct run *run, const char *format, ...);
bool run_await(struct run *run, double part); /* that part of the ids came out; false: no more in 60 s */
bool run_done(const struct run *run);
void run_one_worker(struct run *run);           /* slot 0, without a fault of its own, until it owns partitions */
bool run_killed(struct run *run, int slot);     /* wait until its fault kills it; false: all was done before */
void run_rest(struct run *run, double seconds); /* while workers are looked after */

/* ---- results.c, soak.c ------------------------------------------------------------------------------------------------- */

/* A digest of the program, its library and its plugin, as they are now. */
const char *build_name(void);
/* A build's runs only; NULL: of any. What failed or did not bite is in the file, but is no run that was wanted. */
void results_add(const char *file, const char *build, const struct run *run, const struct verdict *verdict);
int results_count(const char *file, const char *build, const char *fault, const char *mode, int nodes);
void results_table(const char *file, const char *build);
int soak(struct cluster *cluster, const char *folder, const char *caches, enum mode mode,
         double minutes); /* the exit status */

#endif
