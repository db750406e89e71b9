/* Results of known-answer tests: one cache entry per candidate, "right" or the reason why it is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "device/cache.h"
#include "device/program.h"
#include "device/verdict.h"
#include "mood/status.h"

/* A failure may have come from a full disk or a memory limit. A wrong score stays wrong. */
static const char failure[] = "cannot be used: ";
#define SECONDS_BEFORE_RETRY 3600

size_t verdict_candidates(const mood_device_info *info, enum kernel_class forced,
                          enum kernel_class candidates[MOST_CANDIDATES]) {
    static const enum kernel_class on_cpus[MOST_CANDIDATES] = {CLASS_AUTO, CLASS_GROUP, CLASS_GEMM};
    static const enum kernel_class on_gpus[MOST_CANDIDATES] = {CLASS_AUTO, CLASS_GEMM, CLASS_TILE};
    if (forced != CLASS_AUTO) {
        candidates[0] = forced;
        return 1;
    }
    memcpy(candidates, info->type == MOOD_DEVICE_CPU ? on_cpus : on_gpus, sizeof on_cpus);
    return MOST_CANDIDATES;
}

const char *verdict_class_name(const mood_device_info *info, enum kernel_class candidate) {
    switch (candidate) {
    case CLASS_AUTO: return info->type == MOOD_DEVICE_CPU ? "tile" : "gemm and group";
    case CLASS_TILE: return "tile";
    case CLASS_GROUP: return "group";
    case CLASS_GEMM: return "gemm";
    }
    return "unknown";
}

static void make_key(const mood_device_info *info, enum known_test test, enum kernel_class candidate,
                     char key[SHA256_DIGEST_STRING_LENGTH]) {
    static const char *const names[] = {"answers", "gradients", "answers of tiles"};
    char named[96];
    int height = test > KNOWN_HEIGHT ? (int)test - KNOWN_HEIGHT : 0;
    snprintf(named, sizeof named, "known %s %d %d %s", names[height ? KNOWN_HEIGHT : test], height, (int)candidate,
             mood_version());
    program_key(info, named, key);
}

static const char right[] = "right";

enum verdict verdict_read(const mood_device_info *info, enum known_test test, enum kernel_class candidate, char *reason,
                          size_t size) {
    char folder[4096], key[SHA256_DIGEST_STRING_LENGTH];
    unsigned char *kept;
    size_t length;
    cache_choose_folder(folder, sizeof folder);
    make_key(info, test, candidate, key);
    if (!cache_read(folder, key, &kept, &length))
        return VERDICT_UNKNOWN;
    enum verdict verdict = VERDICT_WRONG;
    if (length == strlen(right) && memcmp(kept, right, length) == 0)
        verdict = VERDICT_RIGHT;
    else if (length > strlen(failure) && memcmp(kept, failure, strlen(failure)) == 0 &&
             time(NULL) - cache_time(folder, key) >= SECONDS_BEFORE_RETRY)
        verdict = VERDICT_UNKNOWN;
    else
        snprintf(reason, size, "%.*s", (int)(length < size ? length : size), (const char *)kept);
    free(kept);
    return verdict;
}

void verdict_write(const mood_device_info *info, enum known_test test, enum kernel_class candidate,
                   const char *reason) {
    char folder[4096], key[SHA256_DIGEST_STRING_LENGTH];
    const char *text = reason ? reason : right;
    cache_choose_folder(folder, sizeof folder);
    make_key(info, test, candidate, key);
    cache_write(folder, key, (const unsigned char *)text, strlen(text));
}

void verdict_write_failure(const mood_device_info *info, enum known_test test, enum kernel_class candidate,
                           const char *why) {
    char reason[REASON_SIZE];
    snprintf(reason, sizeof reason, "%s%s", failure, why);
    verdict_write(info, test, candidate, reason);
}

static void make_seconds_key(const mood_device_info *info, char key[SHA256_DIGEST_STRING_LENGTH]) {
    char named[64];
    snprintf(named, sizeof named, "known seconds %s", mood_version());
    program_key(info, named, key);
}

void verdict_write_seconds(const mood_device_info *info, double seconds) {
    char folder[4096], key[SHA256_DIGEST_STRING_LENGTH], text[40];
    cache_choose_folder(folder, sizeof folder);
    make_seconds_key(info, key);
    number_write(text, sizeof text, 9, seconds);
    cache_write(folder, key, (const unsigned char *)text, strlen(text));
}

double verdict_seconds(const mood_device_info *info) {
    char folder[4096], key[SHA256_DIGEST_STRING_LENGTH], text[40];
    unsigned char *kept;
    size_t length;
    cache_choose_folder(folder, sizeof folder);
    make_seconds_key(info, key);
    if (!cache_read(folder, key, &kept, &length))
        return 0;
    snprintf(text, sizeof text, "%.*s", (int)(length < sizeof text ? length : sizeof text - 1), (const char *)kept);
    free(kept);
    double seconds = number_read(text, NULL);
    return seconds > 0 && seconds < 1e6 ? seconds : 0;
}

bool verdict_can_be_kept(void) {
    char folder[4096];
    cache_choose_folder(folder, sizeof folder);
    return folder[0] && access(folder, W_OK) == 0;
}

/* "kernel class tile, group cannot be used: …; kernel class gemm computes …; to test the device again, remove FOLDER"
 */
static void describe(const mood_device_info *info, const enum kernel_class *candidates,
                     const char reasons[MOST_CANDIDATES][REASON_SIZE], size_t count, FILE *out) {
    char folder[4096];
    for (size_t i = 0; i < count; i++) {
        bool goes_on = i > 0 && strcmp(reasons[i], reasons[i - 1]) == 0;
        fprintf(out, "%s%s",
                goes_on ? ", "
                : i > 0 ? "; kernel class "
                        : "kernel class ",
                verdict_class_name(info, candidates[i]));
        if (i + 1 == count || strcmp(reasons[i], reasons[i + 1]) != 0)
            fprintf(out, " %s", reasons[i]);
    }
    cache_choose_folder(folder, sizeof folder);
    fprintf(out, "; to test the device again, remove %s", folder);
}

enum verdict verdict_of_device(const mood_device_info *info, enum kernel_class forced, char *reason, size_t size) {
    enum kernel_class candidates[MOST_CANDIDATES];
    char reasons[MOST_CANDIDATES][REASON_SIZE];
    size_t count = verdict_candidates(info, forced, candidates);
    for (size_t i = 0; i < count; i++) {
        enum verdict verdict = verdict_read(info, KNOWN_SCORES, candidates[i], reasons[i], REASON_SIZE);
        if (verdict != VERDICT_WRONG)
            return verdict;
    }
    reason[0] = reason[size - 1] = '\0';
    FILE *out = fmemopen(reason, size - 1, "w");
    if (!out)
        return VERDICT_WRONG;
    describe(info, candidates, reasons, count, out);
    fclose(out);
    return VERDICT_WRONG;
}
