/* mqtt.h - shared by the files of MQTT 3.1, 3.1.1 and 5 (OASIS). */
#ifndef TL_DISSECTORS_MQTT_H
#define TL_DISSECTORS_MQTT_H

#include "core/transaction.h"
#include "dissectors/framed.h"

enum tl_mqtt_type {
    MQTT_CONNECT = 1, MQTT_CONNACK, MQTT_PUBLISH, MQTT_PUBACK, MQTT_PUBREC, MQTT_PUBREL, MQTT_PUBCOMP, MQTT_SUBSCRIBE,
    MQTT_SUBACK, MQTT_UNSUBSCRIBE, MQTT_UNSUBACK, MQTT_PINGREQ, MQTT_PINGRESP, MQTT_DISCONNECT, MQTT_AUTH,
};

/* What was read of a message, in place. */
struct tl_mqtt_publish {
    struct tl_bytes topic, payload;
    uint64_t payload_len;
    uint16_t id;
    uint8_t qos;
    bool retain;
};

struct tl_mqtt_connect {
    struct tl_bytes name, client, user, will_topic, will;
    uint16_t keep_alive;
    bool clean;
};

enum { TL_MQTT_ALIASES = 64 }; /* of a side, from 1 on, whose topics are kept; most servers allow 5 to 10 */

struct tl_mqtt_flow {
    struct tl_framed_side side[2];  /* the client's, the server's */
    struct tl_transactions connects, publishes, subscribes;
    uint32_t aliases[2];            /* the client's, the server's: a table of kept topics, itself kept; 0: none */
    uint32_t current;               /* the subscription that is read; 0: none */
    uint16_t server_port;           /* 0: not known */
    uint8_t version;                /* 3, 4, 5; 0: not known */
    bool confirmed;
};

extern const struct tl_record_def tl_mqtt_connect_def, tl_mqtt_publish_def, tl_mqtt_subscribe_def;

void tl_mqtt_connected(struct tl_dissection *d, struct tl_mqtt_flow *f, const struct tl_mqtt_connect *connect);
void tl_mqtt_answered(struct tl_dissection *d, struct tl_mqtt_flow *f, const char *status);
void tl_mqtt_published(struct tl_dissection *d, struct tl_mqtt_flow *f, bool client, const struct tl_mqtt_publish *publish);
/* An acknowledgement of type `type`, sent by the client or the server. */
void tl_mqtt_acknowledged(struct tl_dissection *d, struct tl_mqtt_flow *f, bool client, uint8_t type, uint16_t id);
void tl_mqtt_subscribing(struct tl_dissection *d, struct tl_mqtt_flow *f, uint16_t id, bool off);
void tl_mqtt_topic(struct tl_dissection *d, struct tl_mqtt_flow *f, struct tl_bytes topic, int qos);
void tl_mqtt_subscribed(struct tl_dissection *d, struct tl_mqtt_flow *f, uint16_t id, bool off, int granted);
/* Writes what has waited too long; all: whatever waits. */
void tl_mqtt_expire(struct tl_dissection *d, struct tl_mqtt_flow *f, bool all);

#endif
