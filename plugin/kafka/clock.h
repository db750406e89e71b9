/* The time in milliseconds. */
#ifndef KAFKA_CLOCK_H
#define KAFKA_CLOCK_H

#include <stdint.h>

/* Since an arbitrary point in the past; never set back. */
int64_t clock_ms(void);

/* Milliseconds until then; 0 if it has passed. At most INT_MAX. */
int clock_left_ms(int64_t end);

#endif
