/* What the brokers are told and asked: topics, positions, ends. Asked again while brokers fail on purpose. */
#include <stdlib.h>
#include <string.h>

#include "faults.h"

enum { ASK_MS = 5000 };
static const double patience = 60;

rd_kafka_t *client_new(rd_kafka_type_t type, const char *brokers, const char *const *properties) {
    char reason[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof reason);
    rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof reason); /* brokers come and go here */
    rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "500", reason, sizeof reason);
    for (; properties && *properties; properties += 2)
        if (rd_kafka_conf_set(conf, properties[0], properties[1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
            die("%s", reason);
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!client)
        die("%s", reason);
    return client;
}

/* ---- requests to the cluster ----------------------------------------------------------------------------------------- */

/* Of the one topic or group of a request. */
static rd_kafka_resp_err_t result_of(rd_kafka_event_t *event) {
    size_t n = 0;
    const rd_kafka_topic_result_t **topics = NULL;
    const rd_kafka_group_result_t **groups = NULL;
    const rd_kafka_ConfigResource_t **resources = NULL;
    if (rd_kafka_event_error(event))
        return rd_kafka_event_error(event);
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
        topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
    else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DELETETOPICS_RESULT)
        topics = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &n);
    else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ALTERCONFIGS_RESULT)
        resources = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &n);
    else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DELETEGROUPS_RESULT)
        groups = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &n);
    if (n > 0 && topics)
        return rd_kafka_topic_result_error(topics[0]);
    if (n > 0 && resources)
        return rd_kafka_ConfigResource_error(resources[0]);
    if (n > 0 && groups && rd_kafka_group_result_error(groups[0]))
        return rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Ask until it is done, or as it was to be. */
static void insist(const struct cluster *cluster, const char *what,
                   void (*ask)(rd_kafka_t *, void *, rd_kafka_queue_t *), void *user, rd_kafka_resp_err_t done) {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(cluster->client);
    for (double end = now() + patience; now() < end; nap(0.2)) {
        ask(cluster->client, user, queue);
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ASK_MS);
        code = event ? result_of(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
        if (event)
            rd_kafka_event_destroy(event);
        if (!code || code == done)
            break;
    }
    rd_kafka_queue_destroy(queue);
    if (code && code != done)
        die("%s: %s", what, rd_kafka_err2str(code));
}

static void ask_create(rd_kafka_t *client, void *user, rd_kafka_queue_t *queue) {
    rd_kafka_NewTopic_t *topic = user;
    rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
}

void topic_create(const struct cluster *cluster, const char *name, const char *property, const char *value) {
    char reason[256];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, PARTITIONS, cluster->nodes, reason, sizeof reason);
    if (property)
        rd_kafka_NewTopic_set_config(topic, property, value);
    insist(cluster, name, ask_create, topic, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS);
    rd_kafka_NewTopic_destroy(topic);
    int64_t ends[PARTITIONS];
    for (double end = now() + patience; !topic_ends(cluster, name, false, ends) && now() < end; nap(0.05))
        ; /* it is known before its partitions have leaders */
}

static void ask_delete(rd_kafka_t *client, void *user, rd_kafka_queue_t *queue) {
    rd_kafka_DeleteTopic_t *topic = user;
    rd_kafka_DeleteTopics(client, &topic, 1, NULL, queue);
}

void topic_delete(const struct cluster *cluster, const char *name) {
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);
    insist(cluster, name, ask_delete, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    rd_kafka_DeleteTopic_destroy(topic);
}

static void ask_configure(rd_kafka_t *client, void *user, rd_kafka_queue_t *queue) {
    rd_kafka_ConfigResource_t *resource = user;
    rd_kafka_AlterConfigs(client, &resource, 1, NULL, queue);
}

void topic_configure(const struct cluster *cluster, const char *name, const char *property, const char *value) {
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name);
    rd_kafka_ConfigResource_set_config(resource, property, value);
    insist(cluster, name, ask_configure, resource, RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_ConfigResource_destroy(resource);
}

static void ask_cut(rd_kafka_t *client, void *user, rd_kafka_queue_t *queue) {
    rd_kafka_DeleteRecords_t *records = user;
    rd_kafka_DeleteRecords(client, &records, 1, NULL, queue);
}

void topic_cut(const struct cluster *cluster, const char *name, int partition, int64_t before) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, name, partition)->offset = before;
    rd_kafka_DeleteRecords_t *records = rd_kafka_DeleteRecords_new(list);
    insist(cluster, name, ask_cut, records, RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_DeleteRecords_destroy(records);
    rd_kafka_topic_partition_list_destroy(list);
}

static void ask_forget(rd_kafka_t *client, void *user, rd_kafka_queue_t *queue) {
    rd_kafka_DeleteGroup_t *group = user;
    rd_kafka_DeleteGroups(client, &group, 1, NULL, queue);
}

void group_forget(const struct cluster *cluster, const char *group) {
    rd_kafka_DeleteGroup_t *delete = rd_kafka_DeleteGroup_new(group);
    insist(cluster, group, ask_forget, delete, RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND);
    rd_kafka_DeleteGroup_destroy(delete);
}

/* ---- questions ----------------------------------------------------------------------------------------------------------- */

int topic_leader(const struct cluster *cluster, const char *name, int partition) {
    const struct rd_kafka_metadata *metadata;
    int leader = 0;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(cluster->client, name, NULL);
    if (rd_kafka_metadata(cluster->client, 0, topic, &metadata, ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (int i = 0; metadata->topic_cnt > 0 && i < metadata->topics[0].partition_cnt; i++)
            if (metadata->topics[0].partitions[i].id == partition)
                leader = metadata->topics[0].partitions[i].leader;
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(topic);
    return leader > 0 ? leader : 0;
}

bool topic_ends(const struct cluster *cluster, const char *name, bool committed, int64_t ends[PARTITIONS]) {
    const char *isolation[] = {"isolation.level", committed ? "read_committed" : "read_uncommitted", NULL};
    rd_kafka_t *client = client_new(RD_KAFKA_CONSUMER, cluster->brokers, isolation);
    bool known = true;
    for (int i = 0; i < PARTITIONS && known; i++) {
        int64_t low;
        known = rd_kafka_query_watermark_offsets(client, name, i, &low, &ends[i], ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_destroy(client);
    return known;
}

bool group_positions(const struct cluster *cluster, const char *group, const char *topic, int64_t at[PARTITIONS]) {
    const char *properties[] = {"group.id", group, NULL};
    rd_kafka_t *client = client_new(RD_KAFKA_CONSUMER, cluster->brokers, properties);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    rd_kafka_topic_partition_list_add_range(list, topic, 0, PARTITIONS - 1);
    bool known = rd_kafka_committed(client, list, ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; i < PARTITIONS; i++) {
        at[i] = list->elems[i].offset > 0 ? list->elems[i].offset : 0;
        known = known && !list->elems[i].err;
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
    return known;
}
