/* Counts of texts by day, and the days in bins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_days.h"

#define FIRST_YEAR 1900
#define EPOCH_DAY 25567 /* 1970-01-01 */
#define MOST_BINS 60

/* ---- the calendar ----------------------------------------------------------------------------------- */

static bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static size_t day_of_year(int year) {
    size_t day = 0;
    for (int before = FIRST_YEAR; before < year; before++)
        day += is_leap(before) ? 366 : 365;
    return day;
}

static size_t day_of(int year, int month, int day) {
    size_t days = day_of_year(year);
    for (int before = 1; before < month; before++)
        days += (size_t)days_of_month(year, before);
    return days + (size_t)day - 1;
}

static void date_of(size_t index, int *year, int *month, int *day) {
    *year = FIRST_YEAR + (int)(index / 366);
    while (day_of_year(*year + 1) <= index)
        ++*year;
    index -= day_of_year(*year);
    for (*month = 1; index >= (size_t)days_of_month(*year, *month); ++*month)
        index -= (size_t)days_of_month(*year, *month);
    *day = (int)index + 1;
}

/* ---- parsing ---------------------------------------------------------------------------------------- */

static bool digits(mood_text text, size_t at, size_t count, int *value) {
    *value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.size || text.data[i] < '0' || text.data[i] > '9')
            return false;
        *value = *value * 10 + (text.data[i] - '0');
    }
    return true;
}

static size_t parse_date(mood_text time) {
    int year, month, day;
    if (!digits(time, 0, 4, &year) || !digits(time, 5, 2, &month) || !digits(time, 8, 2, &day) ||
        (time.data[4] != '-' && time.data[4] != '/') || time.data[7] != time.data[4])
        return NO_DAY;
    if (time.size > 10 && time.data[10] != 'T' && time.data[10] != 't' && time.data[10] != ' ')
        return NO_DAY;
    if (year < FIRST_YEAR || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return NO_DAY;
    return day_of(year, month, day);
}

/* 9 to 10 digits are seconds, 12 to 13 milliseconds; seconds may have a fraction. */
static size_t parse_seconds(mood_text time) {
    const char *point = memchr(time.data, '.', time.size);
    size_t size = point ? (size_t)(point - time.data) : time.size;
    unsigned long long seconds = 0;
    for (size_t i = 0; i < time.size; i++)
        if (&time.data[i] != point && (time.data[i] < '0' || time.data[i] > '9'))
            return NO_DAY;
    if (size != 9 && size != 10 && (point || (size != 12 && size != 13)))
        return NO_DAY;
    for (size_t i = 0; i < size; i++)
        seconds = seconds * 10 + (unsigned long long)(time.data[i] - '0');
    if (size >= 12)
        seconds /= 1000;
    return EPOCH_DAY + (size_t)(seconds / 86400);
}

size_t day_parse(mood_text time) {
    while (time.size > 0 && time.data[0] == ' ')
        time = (mood_text){time.data + 1, time.size - 1};
    while (time.size > 0 && time.data[time.size - 1] == ' ')
        time.size--;
    if (time.size < 9)
        return NO_DAY;
    size_t day = time.size > 4 && (time.data[4] == '-' || time.data[4] == '/') ? parse_date(time) : parse_seconds(time);
    return day < DAYS ? day : NO_DAY;
}

/* ---- bins ------------------------------------------------------------------------------------------- */

/* Number of a day's bin; their difference counts bins. 1900-01-01 was a Monday. */
static size_t bin_by_day(size_t day) {
    return day;
}

static size_t bin_by_week(size_t day) {
    return day / 7;
}

static size_t bin_by_month(size_t index) {
    int year, month, day;
    date_of(index, &year, &month, &day);
    return (size_t)(year - FIRST_YEAR) * 12 + (size_t)month - 1;
}

static size_t bin_by_quarter(size_t day) {
    return bin_by_month(day) / 3;
}

static size_t bin_by_year(size_t day) {
    return bin_by_month(day) / 12;
}

static void name_date(char name[16], size_t index) {
    int year, month, day;
    date_of(index, &year, &month, &day);
    snprintf(name, 16, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
}

static void name_week(char name[16], size_t bin) {
    name_date(name, bin * 7);
}

static void name_month(char name[16], size_t bin) {
    snprintf(name, 16, "%04u-%02u", (unsigned)(FIRST_YEAR + bin / 12) % 10000, (unsigned)(bin % 12 + 1));
}

static void name_quarter(char name[16], size_t bin) {
    snprintf(name, 16, "%04u Q%u", (unsigned)(FIRST_YEAR + bin / 4) % 10000, (unsigned)(bin % 4 + 1));
}

static void name_year(char name[16], size_t bin) {
    snprintf(name, 16, "%04u", (unsigned)(FIRST_YEAR + bin) % 10000);
}

static const struct unit {
    const char *name;
    size_t (*bin)(size_t day);
    void (*write)(char name[16], size_t bin);
} units[] = {
    {"day", bin_by_day, name_date},      {"week", bin_by_week, name_week},
    {"month", bin_by_month, name_month}, {"quarter", bin_by_quarter, name_quarter},
    {"year", bin_by_year, name_year},
};
#define UNITS (sizeof units / sizeof *units)

bool bins_create(struct bins *bins, const struct tallies *days) {
    size_t first = 0, last = days->rows - 1, which = 0;
    while (tallies_row(days, first)[TALLY_TEXTS] == 0)
        first++;
    while (tallies_row(days, last)[TALLY_TEXTS] == 0)
        last--;
    while (which + 1 < UNITS && units[which].bin(last) - units[which].bin(first) >= MOST_BINS)
        which++;
    const struct unit *unit = &units[which];
    size_t start = unit->bin(first), n = unit->bin(last) - start + 1;
    *bins = (struct bins){.unit = unit->name, .n = n, .names = calloc(n, sizeof *bins->names)};
    if (!bins->names || !tallies_create(&bins->tallies, days->labels, n)) {
        bins_free(bins);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        unit->write(bins->names[i], start + i);
    for (size_t day = first; day <= last; day++)
        if (tallies_row(days, day)[TALLY_TEXTS] > 0)
            tally_merge(days, tallies_row(&bins->tallies, unit->bin(day) - start), tallies_row(days, day));
    return true;
}

void bins_free(struct bins *bins) {
    tallies_free(&bins->tallies);
    free(bins->names);
    *bins = (struct bins){0};
}
