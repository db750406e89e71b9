/* Histograms of a stream: a value is counted in the first bucket whose bound is not below it. */
#ifndef STREAM_HISTOGRAM_H
#define STREAM_HISTOGRAM_H

#include "mood/stream.h"

mood_histogram histogram_of_sizes(void);   /* bounds 1 to 2^20, powers of two */
mood_histogram histogram_of_seconds(void); /* bounds 0.1 ms to one hour */

void histogram_add(mood_histogram *histogram, double value);

#endif
