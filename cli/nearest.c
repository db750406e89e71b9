/* "Did you mean …?": the nearest name by edit distance. */
#include <string.h>

#include "command.h"

#define LONGEST 63

/* The Damerau-Levenshtein distance: a swap of two neighbours counts as one edit. */
static size_t distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    size_t rows[3][LONGEST + 1]; /* of the table: row i is rows[i % 3] */
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *above_that = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above_that[j - 2] + 1 < best)
                best = above_that[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

const char *nearest_name(const char *word, const char *const *names, size_t count) {
    const char *nearest = NULL;
    size_t least = strlen(word) / 2 + 1; /* a name that needs more edits is not similar */
    for (size_t i = 0; i < count; i++) {
        size_t edits = distance(word, names[i]);
        bool begins = *word && strncmp(names[i], word, strlen(word)) == 0;
        if (begins)
            edits = 1;
        if (edits < least) {
            least = edits;
            nearest = names[i];
        }
    }
    return nearest;
}
