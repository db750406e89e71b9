/* Any bytes as the log of mood tune: they are refused, or each result has valid members. */
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <stdio.h>
#include <unistd.h>

#include "tune_log.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(const struct tune_line *line) {
    if (line->trial < 1 || line->epochs < 1 || line->folds < 1 || line->result.parts < 1 ||
        !json_is_array(line->options) || !(line->result.seconds >= 0))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    struct tune_log log;
    struct tune_line line;
    char path[64];
    bool found = true;
    mood_error err;
    json_t *head = json_pack("{si}", "seed", 1);
    int file = memfd_create("fuzz", 0);
    if (!head || file < 0 || write(file, data, size) != (ssize_t)size)
        exit(2);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    mood_status status = tune_log_open(&log, path, head, &err);
    while (status == MOOD_OK && found) {
        status = tune_log_read(&log, &line, &found, &err);
        if (status == MOOD_OK && found)
            check(&line);
        json_decref(line.options);
    }
    if (status != MOOD_OK && !err.message[0])
        abort();
    tune_log_close(&log);
    json_decref(head);
    close(file);
    return 0;
}
