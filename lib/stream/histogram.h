/* How often values were so large: an increment a value. */
#ifndef STREAM_HISTOGRAM_H
#define STREAM_HISTOGRAM_H

#include "mood/stream.h"

mood_histogram histogram_of_sizes(void);   /* 1 to 2^20, by twos */
mood_histogram histogram_of_seconds(void); /* a tenth of a millisecond to an hour */

void histogram_add(mood_histogram *histogram, double value);

#endif
