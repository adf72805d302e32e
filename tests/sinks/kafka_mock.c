/*
 * kafka_mock.c - the mock cluster of librdkafka, for the tests of --to.
 *
 * usage: kafka_mock FILE <WORDS
 * Writes `HOST:PORT,..` to FILE. Words on standard input, one a line: down, up (all brokers), topic NAME (makes it, with
 * four partitions), refuse NAME CODE (errors of a topic's metadata), read NAME OUT (writes the values of all
 * records of a topic to OUT, with their keys to OUT.keys). Each is answered with a line. Ends with its input.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BROKERS = 2, PARTITIONS = 4 };

static rd_kafka_t *make(rd_kafka_type_t type, const char *servers)
{
    char text[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (servers != NULL)
        rd_kafka_conf_set(conf, "bootstrap.servers", servers, text, sizeof text);
    if (type == RD_KAFKA_CONSUMER) {
        rd_kafka_conf_set(conf, "group.id", "test", text, sizeof text);
        rd_kafka_conf_set(conf, "enable.partition.eof", "true", text, sizeof text);
        rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", text, sizeof text);
    }
    rd_kafka_t *handle = rd_kafka_new(type, conf, text, sizeof text);
    if (handle == NULL) {
        fprintf(stderr, "kafka_mock: %s\n", text);
        exit(1);
    }
    return handle;
}

static void set_all(rd_kafka_mock_cluster_t *cluster, int up)
{
    for (int broker = 1; broker <= BROKERS; broker++) {
        if (up)
            rd_kafka_mock_broker_set_up(cluster, broker);
        else
            rd_kafka_mock_broker_set_down(cluster, broker);
    }
}

static void read_topic(const char *servers, const char *topic, const char *path)
{
    char keys_path[300];
    snprintf(keys_path, sizeof keys_path, "%s.keys", path);
    FILE *out = fopen(path, "w"), *keys = fopen(keys_path, "w");
    rd_kafka_t *consumer = make(RD_KAFKA_CONSUMER, servers);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int i = 0; i < PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    for (int ended = 0, idle = 0; out != NULL && keys != NULL && ended < PARTITIONS && idle < 100;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        idle = message != NULL ? 0 : idle + 1;
        if (message == NULL)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ended++;
        } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            fprintf(out, "%.*s\n", (int)message->len, (const char *)message->payload);
            fprintf(keys, "%d\t%.*s", message->partition, (int)message->key_len, (const char *)message->key);
            rd_kafka_headers_t *headers;
            const char *name;
            const void *value;
            size_t size;
            if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
                for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; i++)
                    fprintf(keys, "\t%s=%.*s", name, (int)size, (const char *)value);
            fputc('\n', keys);
        }
        rd_kafka_message_destroy(message);
    }
    if (out != NULL)
        fclose(out);
    if (keys != NULL)
        fclose(keys);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

int main(int argc, char **argv)
{
    char line[400], word[20], name[100], rest[200];
    rd_kafka_t *handle = make(RD_KAFKA_PRODUCER, NULL);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(handle, BROKERS);
    const char *servers = rd_kafka_mock_cluster_bootstraps(cluster);
    FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (file == NULL)
        return 2;
    fprintf(file, "%s\n", servers);
    fclose(file);
    while (fgets(line, sizeof line, stdin) != NULL) {
        int words = sscanf(line, "%19s %99s %199s", word, name, rest);
        if (words >= 1 && (strcmp(word, "up") == 0 || strcmp(word, "down") == 0))
            set_all(cluster, word[0] == 'u');
        else if (words >= 2 && strcmp(word, "topic") == 0)
            rd_kafka_mock_topic_create(cluster, name, PARTITIONS, 1);
        else if (words >= 3 && strcmp(word, "refuse") == 0)
            rd_kafka_mock_topic_set_error(cluster, name, (rd_kafka_resp_err_t)strtol(rest, NULL, 10));
        else if (words >= 3 && strcmp(word, "read") == 0)
            read_topic(servers, name, rest);
        printf("done\n");
        fflush(stdout);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(handle);
    return 0;
}
