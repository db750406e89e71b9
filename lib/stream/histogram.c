/* Histograms whose bounds never change, so that those of different times and processes can be added. */
#include "stream/histogram.h"

static const double sizes[] = {1,    2,    4,    8,     16,    32,    64,     128,    256,    512,    1024,
                               2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576};
static const double seconds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                 0.5,    1,       2.5,    5,     10,     30,    60,   300,   1800, 3600};

_Static_assert(sizeof sizes / sizeof *sizes <= MOOD_HISTOGRAM_BOUNDS, "sizes fit");
_Static_assert(sizeof seconds / sizeof *seconds <= MOOD_HISTOGRAM_BOUNDS, "seconds fit");

mood_histogram histogram_of_sizes(void) {
    return (mood_histogram){.bounds = sizes, .bound_count = sizeof sizes / sizeof *sizes};
}

mood_histogram histogram_of_seconds(void) {
    return (mood_histogram){.bounds = seconds, .bound_count = sizeof seconds / sizeof *seconds};
}

void histogram_add(mood_histogram *histogram, double value) {
    size_t low = 0, high = histogram->bound_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (value <= histogram->bounds[middle])
            high = middle;
        else
            low = middle + 1;
    }
    histogram->counts[low]++;
    histogram->count++;
    histogram->sum += value;
}
