/* Known faults of librdkafka's releases. */
#include <string.h>

#include "versions.h"

/* Versions as of rd_kafka_version(): 0xMMmmrrpp. Faults of functions that this connector does not call are not listed.
 */
static const struct fault {
    int from, before;
    bool cooperative; /* only with the cooperative-sticky assignor */
    const char *what;
} faults[] = {
    {0x020100ff, 0x020300ff, false,
     "reading a partition may stop after its leader has moved (librdkafka#4425, fixed in 2.3.0)"},
    {0, 0x020a00ff, true,
     "rebalances with cooperative-sticky may lose or stall partitions (librdkafka#4528, #4381, #4908); range is "
     "the safe choice"},
};

/* Whether the value of a property of the client contains this text. */
static bool uses(const rd_kafka_t *client, const char *property, const char *text) {
    char value[256] = "";
    size_t size = sizeof value;
    rd_kafka_conf_res_t found = rd_kafka_conf_get(rd_kafka_conf((rd_kafka_t *)client), property, value, &size);
    return found == RD_KAFKA_CONF_OK && strstr(value, text) != NULL;
}

/* Not in the list of warnings: it concerns only logins that are refused. */
const char *versions_refusal(const rd_kafka_t *client) {
    bool faulty = rd_kafka_version() < 0x02060100 && uses(client, "sasl.mechanisms", "SCRAM");
    return faulty ? " Or: this librdkafka is older than 2.6.1, and brokers from Kafka 4.0 on refuse its SCRAM, "
                    "whatever the password (librdkafka#4895); PLAIN works"
                  : "";
}

void versions_warn(const struct clients *clients) {
    int version = rd_kafka_version() | 0xff;
    if (!clients->consumer)
        return;
    bool cooperative = uses(clients->consumer, "partition.assignment.strategy", "cooperative");
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (version >= faults[i].from && version < faults[i].before && (cooperative || !faults[i].cooperative))
            clients_log(clients, MOOD_LOG_WARNING, "librdkafka %s has a known fault: %s", rd_kafka_version_str(),
                        faults[i].what);
}
