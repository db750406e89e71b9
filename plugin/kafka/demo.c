/* An embedded broker: librdkafka's mock cluster. It keeps a partition's newest 5 MB or 100,000 records and has no
 * transactions: for demonstrations and tests, not a replacement for a broker. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

#include "demo.h"

struct mood_embedded {
    rd_kafka_t *client; /* the cluster lives on its threads */
    rd_kafka_mock_cluster_t *cluster;
    mood_setting settings[1];
};

void demo_dismantle(mood_embedded *embedded) {
    if (!embedded)
        return;
    if (embedded->cluster)
        rd_kafka_mock_cluster_destroy(embedded->cluster);
    if (embedded->client)
        rd_kafka_destroy(embedded->client);
    free(embedded);
}

static rd_kafka_t *make_client(mood_error *err) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!client) {
        rd_kafka_conf_destroy(conf);
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the embedded broker can't be set up: %s", reason);
    }
    return client;
}

mood_connector_result demo_embed(const char *const *topics, size_t topic_count, int32_t partitions,
                                 mood_embedded **embedded, const mood_setting **settings, size_t *setting_count,
                                 mood_error *err) {
    mood_embedded *made = calloc(1, sizeof *made);
    if (!made) {
        mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        return MOOD_CONNECTOR_FATAL;
    }
    made->client = make_client(err);
    if (!made->client)
        goto fail;
    made->cluster = rd_kafka_mock_cluster_new(made->client, 1);
    if (!made->cluster) {
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the embedded broker did not start");
        goto fail;
    }
    for (size_t i = 0; i < topic_count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(made->cluster, topics[i], partitions, 1);
        if (code) {
            mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL,
                           "the embedded broker can't create the topic '%s': %s", topics[i], rd_kafka_err2str(code));
            goto fail;
        }
    }
    made->settings[0] = (mood_setting){"brokers", rd_kafka_mock_cluster_bootstraps(made->cluster), false};
    *embedded = made;
    *settings = made->settings;
    *setting_count = 1;
    return MOOD_CONNECTOR_OK;

fail:
    demo_dismantle(made);
    return MOOD_CONNECTOR_FATAL;
}
