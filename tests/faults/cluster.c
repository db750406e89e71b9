/* Brokers: tests/kafka-broker starts them, signals come from here. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults.h"

/* Of one node: clients' port, the controller's, the one behind the proxy, and the proxy's own. */
enum { CLIENTS, CONTROLLER, BEHIND, PROXY, PORTS };

static bool is_free(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    bool bound = bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0;
    close(descriptor);
    return bound;
}

static int free_ports(int n) {
    for (int tries = 0; tries < 100; tries++) {
        int port = (int)chance(20000, 32000), i = 0;
        while (i < n && is_free(port + i))
            i++;
        if (i == n)
            return port;
    }
    die("found no free ports");
}

static void write_properties(const char *path, int nodes, int port) {
    FILE *file = fopen(path, "w");
    if (!file)
        die("%s can't be written", path);
    fprintf(file, "auto.create.topics.enable=false\nlog.retention.ms=-1\ngroup.max.session.timeout.ms=60000\n");
    if (nodes == 1)
        fprintf(file,
                "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d,PROXIED://127.0.0.1:%d\n"
                "advertised.listeners=PLAINTEXT://127.0.0.1:%d,PROXIED://127.0.0.1:%d\n"
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT\n",
                port + CLIENTS, port + CONTROLLER, port + BEHIND, port + CLIENTS, port + PROXY);
    if (fclose(file) != 0)
        die("%s can't be written", path);
}

bool cluster_start(struct cluster *cluster, const char *folder, int nodes) {
    char properties[PATH_SIZE], command[3 * PATH_SIZE], line[512] = "";
    int port = free_ports(nodes == 1 ? PORTS : 2 * nodes);
    *cluster = (struct cluster){.nodes = nodes};
    print_path(cluster->folder, sizeof cluster->folder, "%s/brokers-%d", folder, nodes);
    print_path(properties, sizeof properties, "%s/brokers-%d.properties", folder, nodes);
    write_properties(properties, nodes, port);
    print_path(command, sizeof command, "BROKER_CONFIG=%s %s start %s --nodes %d --port %d", properties, FAULTS_BROKER,
               cluster->folder, nodes, port);
    FILE *output = popen(command, "r");
    bool started = output && fgets(line, sizeof line, output) && strncmp(line, "bootstrap=", 10) == 0;
    if (output && pclose(output) != 0)
        started = false;
    if (!started)
        return false;
    line[strcspn(line, "\n")] = '\0';
    print_path(cluster->brokers, sizeof cluster->brokers, "%s", line + 10);
    if (nodes == 1) {
        print_path(cluster->proxied, sizeof cluster->proxied, "127.0.0.1:%d", port + PROXY);
        cluster->proxy = proxy_open(port + PROXY, port + BEHIND);
    }
    cluster->client = client_new(RD_KAFKA_PRODUCER, cluster->brokers, NULL);
    return true;
}

void cluster_stop(struct cluster *cluster) {
    if (!cluster->nodes)
        return;
    if (cluster->client)
        rd_kafka_destroy(cluster->client);
    if (cluster->proxy)
        proxy_close(cluster->proxy);
    for (int node = 1; node <= cluster->nodes; node++)
        cluster_signal(cluster, node, SIGKILL); /* its data are of no use any more */
    shell("%s stop %s && rm -rf %s", FAULTS_BROKER, cluster->folder, cluster->folder);
    cluster->nodes = 0;
}

pid_t cluster_pid(const struct cluster *cluster, int node) {
    char path[PATH_SIZE + 64];
    int pid = 0;
    print_path(path, sizeof path, "%s/node-%d/pid", cluster->folder, node);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%d", &pid) != 1 || kill(pid, 0) != 0)
        pid = 0;
    fclose(file);
    return pid;
}

void cluster_signal(const struct cluster *cluster, int node, int number) {
    pid_t pid = cluster_pid(cluster, node);
    if (pid > 0)
        kill(pid, number);
}

void cluster_restart(const struct cluster *cluster, int node) {
    if (shell("%s restart %s %d", FAULTS_BROKER, cluster->folder, node) != 0)
        die("node %d does not come back; its log is in %s/node-%d", node, cluster->folder, node);
}

void cluster_mend(const struct cluster *cluster) {
    if (cluster->proxy) {
        proxy_hold(cluster->proxy, false);
        proxy_delay(cluster->proxy, 0);
    }
    for (int node = 1; node <= cluster->nodes; node++) {
        cluster_signal(cluster, node, SIGCONT);
        if (!cluster_pid(cluster, node))
            cluster_restart(cluster, node);
    }
}
