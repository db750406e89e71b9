/* Makes allocations fail. */
#include "allocations.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uclean.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *string);

static bool failing, failed;
static size_t left;

static bool fails(void) {
    if (!failing)
        return false;
    if (left > 0) {
        left--;
        return false;
    }
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *string) {
    char *copy = __wrap_malloc(strlen(string) + 1);
    return copy ? strcpy(copy, string) : NULL;
}

static void *U_CALLCONV icu_malloc(const void *context, size_t size) {
    (void)context;
    return __wrap_malloc(size);
}

static void *U_CALLCONV icu_realloc(const void *context, void *memory, size_t size) {
    (void)context;
    return __wrap_realloc(memory, size);
}

static void U_CALLCONV icu_free(const void *context, void *memory) {
    (void)context;
    free(memory);
}

void allocations_hook(void) {
    UErrorCode code = U_ZERO_ERROR;
    u_setMemoryFunctions(NULL, icu_malloc, icu_realloc, icu_free, &code);
    if (U_FAILURE(code))
        abort();
    json_set_alloc_funcs(__wrap_malloc, free);
}

void allocations_fail_after(size_t spared) {
    left = spared;
    failed = false;
    failing = true;
}

bool allocations_restore(void) {
    failing = false;
    return failed;
}
