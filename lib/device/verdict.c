/* Results of known-answer tests: one cache entry per candidate, "right" or the reason why it is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/cache.h"
#include "device/program.h"
#include "device/verdict.h"

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

static void make_key(const mood_device_info *info, enum kernel_class candidate, char key[SHA256_DIGEST_STRING_LENGTH]) {
    char named[64];
    snprintf(named, sizeof named, "known answers %d", (int)candidate);
    program_key(info, named, key);
}

static const char right[] = "right";

enum verdict verdict_read(const mood_device_info *info, enum kernel_class candidate, char *reason, size_t size) {
    char folder[4096], key[SHA256_DIGEST_STRING_LENGTH];
    unsigned char *kept;
    size_t length;
    cache_choose_folder(folder, sizeof folder);
    make_key(info, candidate, key);
    if (!cache_read(folder, key, &kept, &length))
        return VERDICT_UNKNOWN;
    bool is_right = length == strlen(right) && memcmp(kept, right, length) == 0;
    if (!is_right)
        snprintf(reason, size, "%.*s", (int)(length < size ? length : size), (const char *)kept);
    free(kept);
    return is_right ? VERDICT_RIGHT : VERDICT_WRONG;
}

void verdict_write(const mood_device_info *info, enum kernel_class candidate, const char *reason) {
    char folder[4096], key[SHA256_DIGEST_STRING_LENGTH];
    const char *text = reason ? reason : right;
    cache_choose_folder(folder, sizeof folder);
    make_key(info, candidate, key);
    cache_write(folder, key, (const unsigned char *)text, strlen(text));
}

bool verdict_can_be_kept(void) {
    char folder[4096];
    cache_choose_folder(folder, sizeof folder);
    return folder[0] && access(folder, W_OK) == 0;
}

enum verdict verdict_of_device(const mood_device_info *info, enum kernel_class forced, char *reason, size_t size) {
    enum kernel_class candidates[MOST_CANDIDATES];
    size_t count = verdict_candidates(info, forced, candidates), used = 0;
    for (size_t i = 0; i < count; i++) {
        char why[200];
        enum verdict verdict = verdict_read(info, candidates[i], why, sizeof why);
        if (verdict != VERDICT_WRONG)
            return verdict;
        if (used < size)
            used += (size_t)snprintf(reason + used, size - used, "%skernel class %s %s", used ? "; " : "",
                                     verdict_class_name(info, candidates[i]), why);
    }
    return VERDICT_WRONG;
}
