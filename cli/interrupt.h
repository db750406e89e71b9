/* Ctrl-C during a long computation. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on the first SIGINT (Ctrl-C) or SIGTERM only sets a flag; a second one ends the program. */
void catch_interrupts(void);

/* True if a signal has asked to stop. */
bool interrupt_caught(void);

/* Forget a signal that was received. The next one ends the program, unless catch_interrupts is called again. */
void clear_interrupt(void);

#endif
