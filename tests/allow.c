/* allow BROKERS USER topic|group NAME OPERATION: adds an ACL. kcat can't do this, and Kafka's own tool is not among
 * the jars that a broker needs. OPERATION is read, write or describe. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

enum { LIMIT_MS = 10000 };

static rd_kafka_AclOperation_t operation_of(const char *name) {
    return strcmp(name, "read") == 0    ? RD_KAFKA_ACL_OPERATION_READ
           : strcmp(name, "write") == 0 ? RD_KAFKA_ACL_OPERATION_WRITE
                                        : RD_KAFKA_ACL_OPERATION_DESCRIBE;
}

static int complain(const char *reason) {
    fprintf(stderr, "allow: %s\n", reason);
    return 1;
}

static int add(rd_kafka_t *client, rd_kafka_AclBinding_t *rule) {
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_CreateAcls(client, &rule, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, LIMIT_MS);
    int status = event ? 0 : complain("no answer");
    if (event && rd_kafka_event_error(event))
        status = complain(rd_kafka_event_error_string(event));
    else if (event) {
        size_t n;
        const rd_kafka_acl_result_t **results =
            rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &n);
        const rd_kafka_error_t *error = n > 0 ? rd_kafka_acl_result_error(results[0]) : NULL;
        if (error)
            status = complain(rd_kafka_error_string(error));
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return status;
}

int main(int argc, char **argv) {
    char reason[512], user[256];
    if (argc != 6)
        return complain("BROKERS USER topic|group NAME OPERATION");
    snprintf(user, sizeof user, "User:%s", argv[2]);
    rd_kafka_ResourceType_t type = strcmp(argv[3], "group") == 0 ? RD_KAFKA_RESOURCE_GROUP : RD_KAFKA_RESOURCE_TOPIC;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], reason, sizeof reason) != RD_KAFKA_CONF_OK)
        return complain(reason);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!client)
        return complain(reason);
    rd_kafka_AclBinding_t *rule = rd_kafka_AclBinding_new(type, argv[4], RD_KAFKA_RESOURCE_PATTERN_LITERAL, user, "*",
                                                          operation_of(argv[5]), RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
                                                          reason, sizeof reason);
    int status = rule ? add(client, rule) : complain(reason);
    if (rule)
        rd_kafka_AclBinding_destroy(rule);
    rd_kafka_destroy(client);
    return status;
}
