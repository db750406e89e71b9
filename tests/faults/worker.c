/* Workers: `mood stream kafka`, each slot with a cache and, where the fault wants it, a name of its own. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

enum { ARGUMENTS = 64 };

struct arguments {
    const char *list[ARGUMENTS];
    int count;
};

static void add(struct arguments *arguments, const char *argument) {
    if (arguments->count >= ARGUMENTS - 1)
        die("too many arguments");
    arguments->list[arguments->count++] = argument;
}

static void add_all(struct arguments *arguments, const char *const *more) {
    for (; more && *more; more++)
        add(arguments, *more);
}

static void fill(struct arguments *arguments, const struct run *run, const char *name, const char *const *more) {
    static const char *const usual[] = {"--batch",
                                        "256",
                                        "--wait",
                                        "5",
                                        "-v",
                                        "-X",
                                        "consumer.session.timeout.ms=3000",
                                        "-X",
                                        "consumer.heartbeat.interval.ms=300",
                                        "-X",
                                        "reconnect.backoff.max.ms=500",
                                        NULL};
    add_all(arguments, (const char *const[]){FAULTS_MOOD, "stream", "kafka", "-m", FAULTS_MODEL, "-b", NULL});
    add(arguments, run->fault->proxied ? run->cluster->proxied : run->cluster->brokers);
    add_all(arguments, (const char *const[]){"-i", run->load.topic, "-o", run->output, "-G", run->group, "--guarantee",
                                             mode_name(run->mode), NULL});
    add_all(arguments, usual);
    if (run->fault->dead_letters)
        add_all(arguments, (const char *const[]){"--dead-letters", run->dead_letters, NULL});
    if (run->fault->named)
        add_all(arguments, (const char *const[]){"--instance", name, NULL});
    add_all(arguments, run->fault->options);
    add_all(arguments, more);
}

/* What is compiled already, where the environment says, is as good for the first one, and its cache for all. */
void worker_warm_up(const char *caches) {
    shell("mkdir -p %s/0 && { cp -R \"${POCL_CACHE_DIR:-/nowhere}/.\" %s/0 2>%s/0/log; "
          "XDG_CACHE_HOME=%s/0 POCL_CACHE_DIR=%s/0 %s predict %s 'A fine film.' >>%s/0/log 2>&1; }",
          caches, caches, caches, caches, caches, FAULTS_MOOD, FAULTS_MODEL, caches);
    for (int slot = 1; slot < WORKERS; slot++)
        shell("mkdir -p %s/%d && cp -R %s/0/. %s/%d", caches, slot, caches, caches, slot);
}

/* Caches are not safe to share between processes that run at once. */
static void set_environment(const struct run *run, int slot, const char *fault) {
    char cache[2 * PATH_SIZE];
    snprintf(cache, sizeof cache, "%s/%d", run->caches, slot);
    setenv("XDG_CACHE_HOME", cache, 1);
    setenv("POCL_CACHE_DIR", cache, 1);
    setenv("MOOD_PLUGIN_DIR", FAULTS_PLUGINS, 1);
    if (fault) {
        setenv("MOOD_FAULT", fault, 1);
        setenv("LD_PRELOAD", FAULTS_SHIM, 1);
    }
}

static void become(const struct run *run, int slot, const char *fault, const char *log, struct arguments *arguments) {
    sigset_t none;
    sigemptyset(&none);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644), null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    set_environment(run, slot, fault);
    execv(FAULTS_MOOD, (char *const *)arguments->list);
    _exit(127);
}

void worker_start(struct run *run, int slot, const char *fault, const char *const *more) {
    struct worker *worker = &run->workers[slot];
    struct arguments arguments = {{NULL}, 0};
    char name[16];
    snprintf(name, sizeof name, "worker-%d", slot);
    fill(&arguments, run, name, more);
    print_path(worker->log, sizeof worker->log, "%s/worker-%d.%d.log", run->folder, slot, ++run->starts);
    sigset_t all, before; /* a signal before it is the program would end in our own handler, and be lost */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    worker->pid = fork();
    if (worker->pid != 0)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (worker->pid < 0)
        die("fork: %s", strerror(errno));
    if (worker->pid == 0)
        become(run, slot, fault, worker->log, &arguments);
}

void worker_signal(struct run *run, int slot, int number) {
    if (run->workers[slot].pid > 0)
        kill(run->workers[slot].pid, number);
}

/* What it tells at its end. */
static void count_undone(struct run *run, const struct worker *worker) {
    char line[1024];
    FILE *file = fopen(worker->log, "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *at = strstr(line, " transactions, ");
        long undone;
        if (at && sscanf(at, " transactions, %ld aborted", &undone) == 1)
            run->undone += undone;
    }
    if (file)
        fclose(file);
}

int worker_wait(struct run *run, int slot, double seconds) {
    struct worker *worker = &run->workers[slot];
    double end = now() + seconds;
    int status;
    if (worker->pid <= 0)
        return -1;
    while (waitpid(worker->pid, &status, WNOHANG) == 0) {
        if (now() >= end)
            return -1;
        nap(0.01);
    }
    worker->pid = 0;
    count_undone(run, worker);
    return status;
}

bool file_says(const char *path, const char *text) {
    char line[1024];
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file && !found && fgets(line, sizeof line, file))
        found = strstr(line, text) != NULL;
    if (file)
        fclose(file);
    return found;
}

bool worker_says(const struct run *run, int slot, const char *text) {
    return file_says(run->workers[slot].log, text);
}

bool worker_await(struct run *run, int slot, const char *text, double seconds) {
    for (double end = now() + seconds; now() < end && !interrupted; nap(0.05))
        if (worker_says(run, slot, text))
            return true;
    return false;
}

long worker_memory(const struct run *run, int slot) {
    char path[64], line[256];
    long size = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)run->workers[slot].pid);
    FILE *file = run->workers[slot].pid > 0 ? fopen(path, "r") : NULL;
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "VmRSS: %ld", &size);
    if (file)
        fclose(file);
    return size;
}
