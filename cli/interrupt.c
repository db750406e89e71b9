/* Ctrl-C during a long computation. */
#include <signal.h>

#include "interrupt.h"

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
    (void)number;
    interrupted = 1;
}

bool interrupt_caught(void) {
    return interrupted;
}

void clear_interrupt(void) {
    interrupted = 0;
}

void catch_interrupts(void) {
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
