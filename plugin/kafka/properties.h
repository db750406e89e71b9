/* The configuration properties of librdkafka. */
#ifndef KAFKA_PROPERTIES_H
#define KAFKA_PROPERTIES_H

#include <stdbool.h>

/* Their names; the last is NULL. Belongs to the plugin. */
const char *const *property_names(void);

/* False: librdkafka does not know the property. Otherwise *consumer and *producer are set. */
bool property_find(const char *name, bool *consumer, bool *producer);

#endif
