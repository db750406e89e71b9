/* An embedded broker. */
#ifndef KAFKA_DEMO_H
#define KAFKA_DEMO_H

#include "mood/connector.h"

/* mood_connector_type.embed and .dismantle. */
mood_connector_result demo_embed(const char *const *topics, size_t topic_count, int32_t partitions,
                                 mood_embedded **embedded, const mood_setting **settings, size_t *setting_count,
                                 mood_error *err);
void demo_dismantle(mood_embedded *embedded);

#endif
