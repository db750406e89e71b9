/* Results: a line a run, and the table made of them. */
#include <stdlib.h>
#include <string.h>

#include "faults.h"

struct row {
    char fault[64], mode[32], why[1024];
    int nodes;
    long records, aborted, lost, doubled, disordered;
    double seconds;
};

void results_add(const char *path, const struct run *run, const struct verdict *verdict) {
    FILE *file = fopen(path, "a");
    if (!file)
        die("%s can't be written", path);
    fprintf(file, "%s\t%s\t%d\t%ld\t%ld\t%ld\t%ld\t%ld\t%s\t%.1f\n", run->fault->name, mode_name(run->mode),
            run->cluster->nodes, verdict->records, verdict->aborted, verdict->lost, verdict->doubled,
            verdict->disordered, verdict->why, verdict->seconds);
    if (fclose(file) != 0)
        die("%s can't be written", path);
}

/* A line that was cut off counts for nothing. */
static bool next_row(FILE *file, struct row *row) {
    char line[2048];
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "%63[^\t]\t%31[^\t]\t%d\t%ld\t%ld\t%ld\t%ld\t%ld\t%1023[^\t]\t%lf\n", row->fault, row->mode,
                   &row->nodes, &row->records, &row->aborted, &row->lost, &row->doubled, &row->disordered, row->why,
                   &row->seconds) == 10)
            return true;
    return false;
}

int results_count(const char *path, const char *fault, const char *mode, int nodes) {
    struct row row;
    int count = 0;
    FILE *file = fopen(path, "r");
    while (next_row(file, &row))
        count += strcmp(row.fault, fault) == 0 && strcmp(row.mode, mode) == 0 && row.nodes == nodes;
    if (file)
        fclose(file);
    return count;
}

/* ---- the table -------------------------------------------------------------------------------------------------------- */

struct sum {
    int runs, well;
    long records, aborted, lost, doubled, disordered;
};

static struct sum sum_up(const char *path, const struct fault *fault, const char *mode, int nodes) {
    struct row row;
    struct sum sum = {0};
    FILE *file = fopen(path, "r");
    while (next_row(file, &row)) {
        if (strcmp(row.fault, fault->name) != 0 || strcmp(row.mode, mode) != 0 || row.nodes != nodes)
            continue;
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

static void print_fault(const char *path, const struct fault *fault) {
    static const enum mode modes[] = {EXACTLY_ONCE, AT_LEAST_ONCE, AT_MOST_ONCE};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (int nodes = 1; nodes <= NODES; nodes += 2) {
            struct sum sum = sum_up(path, fault, mode_name(modes[i]), nodes);
            if (sum.runs)
                printf("| %s | %s | %d | %d of %d | %ld | %ld | %ld | %ld | %ld |\n", fault->what, mode_name(modes[i]),
                       nodes, sum.well, sum.runs, sum.records, sum.aborted, sum.lost, sum.doubled, sum.disordered);
        }
}

void results_table(const char *path) {
    const struct fault *const lists[] = {worker_faults, broker_faults, network_faults, record_faults};
    printf("| fault | guarantee | brokers | runs well | records out | undone | lost | doubled | out of order |\n"
           "|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const struct fault *fault = lists[i]; fault->name; fault++)
            print_fault(path, fault);
}
