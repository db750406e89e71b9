/* How rows are divided into tiles. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/cache.h"
#include "device/program.h"
#include "device/tiles.h"

/* The four gates of a tile's rows must fit into the vector registers: 32 of 16 floats, otherwise 16. */
static const unsigned *heights_of(unsigned width) {
    static const unsigned many[] = {1, 2, 4, 6, 0}, few[] = {1, 2, 3, 0};
    return width == 16 ? many : few;
}

/* Most tiles per work-item: their states should stay in the cache, and other work-items should get tiles, too. */
#define MOST_TILES 8

static struct tiles best_tiles(const mood_device *device, size_t first, size_t end, size_t *time) {
    size_t units = device->info.compute_units, rows = end - first;
    struct tiles best = {0};
    *time = SIZE_MAX;
    for (const unsigned *height = device->heights; *height; height++) {
        size_t count = (rows + *height - 1) / *height, turns = (count + units - 1) / units;
        size_t waves = (turns + MOST_TILES - 1) / MOST_TILES, all = turns * device->tile_times[*height];
        if (all > *time)
            continue;
        *time = all;
        best = (struct tiles){*height, first, end, waves * units < count ? waves * units : count};
    }
    return best;
}

struct tiles device_tiles(const mood_device *device, size_t rows) {
    size_t time;
    return best_tiles(device, 0, rows, &time);
}

/* The first part has as many rows as fill all units a whole number of times with some height, or a few times fewer. A
 * second launch must save at least 1/WORTH of the time. */
size_t device_parts(const mood_device *device, size_t rows, struct tiles parts[MOST_PARTS]) {
    enum { FEW = 2, WORTH = 32 };
    size_t units = device->info.compute_units, least, count = 1;
    parts[0] = best_tiles(device, 0, rows, &least);
    for (const unsigned *height = device->heights; *height; height++) {
        size_t turn = units * *height, most = rows / turn;
        for (size_t turns = most > FEW ? most - FEW : 1; turns <= most && turns * turn < rows; turns++) {
            size_t rest, whole;
            struct tiles second = best_tiles(device, turns * turn, rows, &rest);
            struct tiles first = best_tiles(device, 0, turns * turn, &whole);
            if (whole + rest >= least - least / WORTH)
                continue;
            least = whole + rest;
            parts[0] = first;
            parts[1] = second;
            count = 2;
        }
    }
    return count;
}

void tiles_set_times(mood_device *device, const unsigned times[TALLEST_TILE + 1]) {
    for (const unsigned *height = device->heights; *height; height++)
        device->tile_times[*height] = times[*height];
}

void tiles_take_only(mood_device *device, unsigned height) {
    unsigned times[TALLEST_TILE + 1];
    for (unsigned each = 0; each <= TALLEST_TILE; each++)
        times[each] = each == height ? 1 : INT_MAX;
    tiles_set_times(device, times);
}

unsigned tiles_tallest(const mood_device *device) {
    const unsigned *height = device->heights;
    while (height[1])
        height++;
    return *height;
}

static const char *const key_name = "tile_times";

/* One line "HEIGHT TIME" for each height, in ascending order. False: anything else. */
static bool parse(const mood_device *device, const char *text, unsigned times[TALLEST_TILE + 1]) {
    for (const unsigned *height = device->heights; *height; height++) {
        unsigned stated;
        int length = 0;
        if (sscanf(text, "%u %u\n%n", &stated, &times[*height], &length) != 2 || stated != *height || !times[*height])
            return false;
        text += length;
    }
    return true;
}

static bool read_kept(const mood_device *device, unsigned times[TALLEST_TILE + 1]) {
    char key[SHA256_DIGEST_STRING_LENGTH], text[128];
    unsigned char *kept;
    size_t size;
    program_key(&device->info, key_name, key);
    if (!cache_read(device->cache_folder, key, &kept, &size))
        return false;
    snprintf(text, sizeof text, "%.*s", (int)(size < sizeof text ? size : sizeof text - 1), (const char *)kept);
    free(kept);
    return parse(device, text, times);
}

bool tiles_open(mood_device *device) {
    unsigned times[TALLEST_TILE + 1];
    device->heights = heights_of(device->vector_width);
    bool kept = read_kept(device, times);
    for (unsigned height = 1; height <= TALLEST_TILE && !kept; height++)
        times[height] = 1 + height; /* in units of the time of one row; the weights are read once per tile */
    tiles_set_times(device, times);
    return kept;
}

void tiles_keep_times(const mood_device *device) {
    char key[SHA256_DIGEST_STRING_LENGTH], text[128];
    int length = 0;
    for (const unsigned *height = device->heights; *height; height++)
        length +=
            snprintf(text + length, sizeof text - (size_t)length, "%u %u\n", *height, device->tile_times[*height]);
    program_key(&device->info, key_name, key);
    cache_write(device->cache_folder, key, (const unsigned char *)text, (size_t)length);
}
