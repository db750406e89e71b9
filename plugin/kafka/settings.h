/* The connector's settings, and librdkafka's configuration from them. */
#ifndef KAFKA_SETTINGS_H
#define KAFKA_SETTINGS_H

#include <librdkafka/rdkafka.h>

#include "mood/connector.h"

/* What to do if the committed offset is not in the topic: on-missing-offset. */
enum missing { MISSING_STOP, MISSING_EARLIEST, MISSING_LATEST };

/* Owned copies of the connector's settings; NULL: not set. */
struct settings {
    char *brokers, *group, *input, *output, *dead_letters, *instance;
    char *transactional_id; /* NULL: no transactions */
    bool end;               /* stop at the end of the input */
    enum missing missing;
    mood_guarantee guarantee;
};

extern const char *const setting_names[];

/* Call settings_clear after a failure, too. Errors: MOOD_ERR_ARGUMENT. */
mood_status settings_read(const mood_connector_config *config, struct settings *settings, mood_error *err);
void settings_clear(struct settings *settings);

/* librdkafka's configuration of one side (RD_KAFKA_CONSUMER or _PRODUCER); *conf is new. */
mood_status settings_conf(const mood_connector_config *config, const struct settings *settings, rd_kafka_type_t side,
                          rd_kafka_conf_t **conf, mood_error *err);

#endif
