/* librdkafka's properties: their names and the side that each is for, read from its own documentation
 * table, so that they are those of the library in use. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "properties.h"

static char *table;        /* the names, NUL-terminated, in this memory */
static const char **names; /* [count], then NULL */
static char *sides;        /* [count]: 'C', 'P' or '*' */
static size_t count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A row reads "name | C/P | range | default | …": one side's letter, or * for both. */
static void read_row(char *line) {
    char *bar = strchr(line, '|');
    if (!bar || strchr("#-|", *line))
        return;
    char *side = bar + 1 + strspn(bar + 1, " ");
    char *end = line + strcspn(line, " |");
    if (end == line || !strchr("CP*", *side) || strncmp(line, "Property", 8) == 0)
        return;
    sides[count] = *side;
    names[count++] = line;
    *end = '\0';
}

static void read_table(void) {
    size_t size = 0;
    FILE *stream = open_memstream(&table, &size);
    if (!stream)
        return;
    rd_kafka_conf_properties_show(stream);
    if (fclose(stream) != 0)
        return;
    size_t lines = 1;
    for (const char *at = table; (at = strchr(at, '\n')); at++)
        lines++;
    names = calloc(lines + 1, sizeof *names);
    sides = calloc(lines + 1, 1);
    if (!names || !sides)
        return;
    char *rest = NULL;
    for (char *line = strtok_r(table, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        read_row(line);
}

/* The plugin stays loaded until the process ends. This release is for leak checkers. */
__attribute__((destructor)) static void drop_table(void) {
    free(names);
    free(sides);
    free(table);
}

const char *const *property_names(void) {
    static const char *const none[] = {NULL};
    pthread_once(&once, read_table);
    return names && sides ? (const char *const *)names : none;
}

bool property_find(const char *name, bool *consumer, bool *producer) {
    const char *const *list = property_names();
    *consumer = *producer = false;
    for (size_t i = 0; list[i]; i++) {
        if (strcmp(list[i], name) != 0)
            continue;
        *consumer |= sides[i] != 'P';
        *producer |= sides[i] != 'C';
    }
    return *consumer || *producer;
}
