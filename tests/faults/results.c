/* Results: a line a run, which names the build that it was a run of; and the table made of them. */
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

/* ---- the build ---------------------------------------------------------------------------------------------------------- */

static void take_in(SHA2_CTX *context, const char *path) {
    unsigned char bytes[65536];
    FILE *file = fopen(path, "rb");
    for (size_t n; file && (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        SHA256Update(context, bytes, n);
    if (file)
        fclose(file);
}

/* What libtool made lies in .libs, and a script in its place. */
static void digest_build(char digest[SHA256_DIGEST_STRING_LENGTH]) {
    static const char *const below[] = {"mood", "libmood.so", "kafka.so"};
    char folder[PATH_SIZE], path[2 * PATH_SIZE];
    SHA2_CTX context;
    SHA256Init(&context);
    take_in(&context, FAULTS_MOOD);
    print_path(folder, sizeof folder, "%s", FAULTS_MOOD);
    *strrchr(folder, '/') = '\0';
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        print_path(path, sizeof path, "%s/.libs/%s", i == 2 ? FAULTS_PLUGINS : folder, below[i]);
        take_in(&context, path);
    }
    SHA256End(&context, digest);
}

const char *build_name(void) {
    static char digest[SHA256_DIGEST_STRING_LENGTH];
    enum { SHOWN = 12 };
    if (!*digest)
        digest_build(digest);
    digest[SHOWN] = '\0';
    return digest;
}

/* ---- rows --------------------------------------------------------------------------------------------------------------- */

struct row {
    char fault[64], mode[32], why[1024], build[32];
    int nodes;
    long records, aborted, lost, doubled, disordered;
    double seconds;
};

void results_add(const char *path, const char *build, const struct run *run, const struct verdict *verdict) {
    FILE *file = fopen(path, "a");
    if (!file)
        die("%s can't be written", path);
    fprintf(file, "%s\t%s\t%d\t%ld\t%ld\t%ld\t%ld\t%ld\t%s\t%.1f\t%s\n", run->fault->name, mode_name(run->mode),
            run->cluster->nodes, verdict->records, verdict->aborted, verdict->lost, verdict->doubled,
            verdict->disordered, verdict->why, verdict->seconds, build);
    if (fclose(file) != 0)
        die("%s can't be written", path);
}

/* A line that was cut off counts for nothing; one that names no build is of none that is known. */
static bool next_row(FILE *file, struct row *row) {
    char line[2048];
    while (file && fgets(line, sizeof line, file)) {
        strcpy(row->build, "?");
        if (sscanf(line, "%63[^\t]\t%31[^\t]\t%d\t%ld\t%ld\t%ld\t%ld\t%ld\t%1023[^\t]\t%lf\t%31s\n", row->fault,
                   row->mode, &row->nodes, &row->records, &row->aborted, &row->lost, &row->doubled, &row->disordered,
                   row->why, &row->seconds, row->build) >= 10 &&
            strchr(line, '\n'))
            return true;
    }
    return false;
}

static bool is_of(const struct row *row, const char *build, const char *fault, const char *mode, int nodes) {
    return strcmp(row->fault, fault) == 0 && strcmp(row->mode, mode) == 0 && row->nodes == nodes &&
           (!build || strcmp(row->build, build) == 0);
}

int results_count(const char *path, const char *build, const char *fault, const char *mode, int nodes) {
    struct row row;
    int count = 0;
    FILE *file = fopen(path, "r");
    while (next_row(file, &row))
        count += is_of(&row, build, fault, mode, nodes) && is_well(row.why);
    if (file)
        fclose(file);
    return count;
}

/* ---- the table -------------------------------------------------------------------------------------------------------- */

struct sum {
    int runs, well, blunt; /* blunt: no runs, they show nothing */
    long records, aborted, lost, doubled, disordered;
};

static struct sum sum_up(const char *path, const char *build, const struct fault *fault, const char *mode, int nodes) {
    struct row row;
    struct sum sum = {0};
    FILE *file = fopen(path, "r");
    while (next_row(file, &row)) {
        if (!is_of(&row, build, fault->name, mode, nodes))
            continue;
        if (is_blunt(row.why)) {
            sum.blunt++;
            continue;
        }
        sum.runs++;
        sum.well += is_well(row.why);
        sum.records += row.records;
        sum.aborted += row.aborted;
        sum.lost += row.lost;
        sum.doubled += row.doubled;
        sum.disordered += row.disordered;
    }
    if (file)
        fclose(file);
    return sum;
}

static void print_fault(const char *path, const char *build, const struct fault *fault) {
    static const enum mode modes[] = {EXACTLY_ONCE, AT_LEAST_ONCE, AT_MOST_ONCE};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (int nodes = 1; nodes <= NODES; nodes += 2) {
            struct sum sum = sum_up(path, build, fault, mode_name(modes[i]), nodes);
            if (sum.runs + sum.blunt)
                printf("| %s | %s | %d | %d of %d | %d | %ld | %ld | %ld | %ld | %ld |\n", fault->what,
                       mode_name(modes[i]), nodes, sum.well, sum.runs, sum.blunt, sum.records, sum.aborted, sum.lost,
                       sum.doubled, sum.disordered);
        }
}

void results_table(const char *path, const char *build) {
    const struct fault *const lists[] = {worker_faults, broker_faults, network_faults, record_faults};
    printf("| fault | guarantee | brokers | passed | no effect | records out | aborted | lost | duplicated | out of "
           "order |\n"
           "|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const struct fault *fault = lists[i]; fault->name; fault++)
            print_fault(path, build, fault);
}
