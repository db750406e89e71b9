/* How rows are divided into tiles, for the kernels of the tile class. Results are bitwise identical for all divisions.
 */
#ifndef DEVICE_TILES_H
#define DEVICE_TILES_H

#include "device/device.h"

/* Rows [first, end) in tiles of that height (rows per tile), processed by that many work-items. */
struct tiles {
    unsigned height;
    size_t first, end, items;
};

/* The division of `rows` rows with which all compute units finish first. */
struct tiles device_tiles(const mood_device *device, size_t rows);

/* Weights of this size [bytes] do not fit into a second-level cache: they are read from memory for each work-item, part
 * and time step. */
#define LARGE_WEIGHTS ((size_t)1 << 20)

/* The same in up to two parts, one after the other, if with a single height some units would wait for the last rows.
 * Returns the number of parts. */
#define MOST_PARTS 2
size_t device_parts(const mood_device *device, size_t rows, struct tiles parts[MOST_PARTS]);

/* Set the heights of the device's kernels, and their times: those in the cache directory, else typical ones. Returns
 * whether they were in the cache directory. */
bool tiles_open(mood_device *device);

/* The largest height of the device's kernels. */
unsigned tiles_tallest(const mood_device *device);

/* Set the time of one tile by its height, in any unit, at least 1 (times[0] is unused); and store the times in the
 * cache directory. */
void tiles_set_times(mood_device *device, const unsigned times[TALLEST_TILE + 1]);
void tiles_keep_times(const mood_device *device);

/* Set times with which only this height is chosen. */
void tiles_take_only(mood_device *device, unsigned height);

#endif
