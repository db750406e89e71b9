/* Fixture of the tests of the kafka connector: an input and an output with two partitions, new for each test. */
#ifndef KAFKA_FIXTURE_H
#define KAFKA_FIXTURE_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>

#include "mood/connector.h"
#include "mood/stream.h"

extern bool on_broker; /* at MOOD_TEST_BROKERS; else on a mock cluster */
extern const mood_connector_type *type;
extern rd_kafka_t *client;
extern rd_kafka_mock_cluster_t *cluster; /* NULL: a real broker */
extern char brokers[256], input[64], output[96], group[96], warnings[4096];
extern int undone, renewed; /* aborted transactions and new producers, counted in the log */

/* Settings of the next connector or stream. */
extern mood_setting settings[8];
extern mood_connector_config config;

void begin(void); /* a checked fixture */
void end(void);
void make_topic(const char *name, int partitions);
void configure(void); /* a connector that reads the input, writes the output and stops at the end */
mood_connector *open_connector(void);
void close_connector(mood_connector *connector);
void feed(int n); /* write records with the keys 0 … n-1 to the input */
void on_log(mood_log_level level, const char *message, void *user);

/* The whole stream, with a scorer of the test. */
mood_status run_stream(mood_stream_end *how, mood_error *err);

rd_kafka_t *open_looker(void);         /* a separate client, in no group */
int count_output(int n, int *records); /* the number of keys 0 … n-1 in the output, and of all records */

#endif
