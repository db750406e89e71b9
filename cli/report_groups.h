/* Counts of texts by the value of a column. */
#ifndef CLI_REPORT_GROUPS_H
#define CLI_REPORT_GROUPS_H

#include <jansson.h>

#include "tally.h"

#define GROUPS_MAX 10000 /* different values that are counted; the texts of others are others */
#define GROUPS_SHOWN ((size_t)20)
#define GROUP_NAME_MAX 200 /* bytes of a value; a longer one is cut */

struct groups {
    json_t *index; /* value to number */
    struct tallies tallies;
    size_t count; /* values */
    char (*names)[GROUP_NAME_MAX + 1];
    size_t capacity;
    uint64_t others; /* texts whose value is not counted */
};

/* False: out of memory. */
bool groups_create(struct groups *groups, size_t labels);
void groups_free(struct groups *groups);

/* The number of a value, new if it occurs for the first time; SIZE_MAX: not counted. False: out of memory. */
bool groups_find(struct groups *groups, mood_text value, size_t *number);

/* The numbers of the most frequent groups, of most texts first; returns how many. */
size_t groups_most_frequent(const struct groups *groups, size_t numbers[GROUPS_SHOWN]);

#endif
