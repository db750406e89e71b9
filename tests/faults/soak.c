/* A long run with random faults. */
#include "faults.h"

int soak(struct cluster *cluster, const char *folder, double minutes) {
    (void)cluster, (void)folder, (void)minutes;
    die("not there yet");
}
