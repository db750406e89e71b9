/* The time in seconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Since an arbitrary point in the past; never set back. For durations and deadlines. */
double clock_seconds(void);

/* Since 1970. May be set back. */
double clock_unix_seconds(void);

#endif
