/* The hash function of all tables, and its key. */
#include "text/table.h"

#include <pthread.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "text/siphash.h"

static uint64_t key[2];

/* If getrandom fails (a sandbox may forbid it), the key is derived from time, process id and an address, which is
 * weaker but better than a constant. */
static void choose_key(void) {
    if (getrandom(key, sizeof key, 0) == (ssize_t)sizeof key)
        return;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    key[0] = (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec;
    key[1] = (uint64_t)getpid() << 32 ^ (uintptr_t)&now;
}

uint32_t table_hash(const void *data, size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose_key);
    return (uint32_t)siphash(data, size, key, 1, 3);
}
