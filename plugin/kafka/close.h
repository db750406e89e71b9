/* Closing the connector within one deadline. */
#ifndef KAFKA_CLOSE_H
#define KAFKA_CLOSE_H

#include "mood/connector.h"

/* mood_connector_type.close. */
mood_connector_result kafka_close(mood_connector *kafka, int timeout_ms, mood_error *err);

#endif
