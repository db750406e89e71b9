/* How rows are cut into tiles, for the kernels of the tile class. It makes no difference to a bit. */
#ifndef DEVICE_TILES_H
#define DEVICE_TILES_H

#include "device/device.h"

/* Rows first … end-1 in tiles of that height, in that many groups. */
struct tiles {
    unsigned height;
    size_t first, end, items;
};

/* How so many rows are cut: so that all units are done soonest. */
struct tiles device_tiles(const mood_device *device, size_t rows);

/* Weights, in bytes, that no second cache holds: they come from afar for each group, or part, and step. */
#define LARGE_WEIGHTS ((size_t)1 << 20)

/* The same in up to two parts, one after the other, where all rows in tiles of one height would leave units waiting for
 * the last ones. Returns how many. */
#define MOST_PARTS 2
size_t device_parts(const mood_device *device, size_t rows, struct tiles parts[MOST_PARTS]);

/* The heights that the device's kernels have, and their times: as kept in the cache folder, else as such devices have
 * them about. Returns whether they were kept. */
bool tiles_open(mood_device *device);

/* The tallest that the device's kernels have. */
unsigned tiles_tallest(const mood_device *device);

/* A tile's time by its height, of those that the device has, in any unit, at least 1 (times[0] is nothing); and put it
 * into the cache folder for the next time. */
void tiles_set_times(mood_device *device, const unsigned times[TALLEST_TILE + 1]);
void tiles_keep_times(const mood_device *device);

/* Set times by which no other height pays. */
void tiles_take_only(mood_device *device, unsigned height);

#endif
