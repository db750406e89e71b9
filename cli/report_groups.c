/* Counts of texts by the value of a column. */
#include <stdlib.h>
#include <string.h>

#include "report_groups.h"

bool groups_create(struct groups *groups, size_t labels) {
    *groups = (struct groups){.index = json_object()};
    return tallies_create(&groups->tallies, labels, 0) && groups->index;
}

void groups_free(struct groups *groups) {
    json_decref(groups->index);
    tallies_free(&groups->tallies);
    free(groups->names);
    *groups = (struct groups){0};
}

/* Copy a value: up to a whole character that fits, without NULs. */
static void make_name(char name[GROUP_NAME_MAX + 1], mood_text value) {
    size_t size = value.size < GROUP_NAME_MAX ? value.size : GROUP_NAME_MAX;
    while (size > 0 && size < value.size && ((unsigned char)value.data[size] & 0xC0) == 0x80)
        size--;
    for (size_t i = 0; i < size; i++)
        name[i] = value.data[i] ? value.data[i] : ' ';
    name[size] = '\0';
}

static bool make_room(struct groups *groups) {
    if (groups->count < groups->capacity)
        return true;
    size_t capacity = groups->capacity ? 2 * groups->capacity : 64;
    char(*names)[GROUP_NAME_MAX + 1] = reallocarray(groups->names, capacity, sizeof *names);
    if (!names)
        return false;
    groups->names = names;
    if (!tallies_grow(&groups->tallies, capacity))
        return false;
    groups->capacity = capacity;
    return true;
}

bool groups_find(struct groups *groups, mood_text value, size_t *number) {
    char name[GROUP_NAME_MAX + 1];
    make_name(name, value.data ? value : (mood_text){"", 0});
    if (!*name)
        strcpy(name, "(none)");
    const json_t *known = json_object_get(groups->index, name);
    *number = known ? (size_t)json_integer_value(known) : SIZE_MAX;
    if (known || groups->count == GROUPS_MAX)
        return true;
    if (!make_room(groups) || json_object_set_new(groups->index, name, json_integer((json_int_t)groups->count)) != 0)
        return false;
    strcpy(groups->names[groups->count], name);
    *number = groups->count++;
    return true;
}

size_t groups_most_frequent(const struct groups *groups, size_t numbers[GROUPS_SHOWN]) {
    size_t n = 0;
    for (size_t i = 0; i < groups->count; i++) {
        uint64_t texts = tallies_row(&groups->tallies, i)[TALLY_TEXTS];
        size_t at = n < GROUPS_SHOWN ? n : GROUPS_SHOWN;
        while (at > 0 && tallies_row(&groups->tallies, numbers[at - 1])[TALLY_TEXTS] < texts)
            at--;
        if (at == GROUPS_SHOWN)
            continue;
        n += n < GROUPS_SHOWN;
        memmove(numbers + at + 1, numbers + at, (n - at - 1) * sizeof *numbers);
        numbers[at] = i;
    }
    return n;
}
