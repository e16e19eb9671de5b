/*
 * The way of log lines and spans to the shipper, the process that hands them to Loki and to an OTLP collector
 * (net/shipper.h). One datagram each over a socket pair, never waited for: what the socket cannot take at once is
 * dropped and counted (torrentclou_telemetry_dropped_total). So a collector that is slow or dead, and a shipper that
 * died, cost a job nothing. Without telemetry_open() every call returns at once.
 */
#ifndef TC_BASE_TELEMETRY_H
#define TC_BASE_TELEMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum telemetry_kind { TELEMETRY_LOG, TELEMETRY_SPAN, TELEMETRY__MAX };

/* What stands before the bytes of a datagram. */
struct telemetry_head {
    int64_t at_us; /* wall clock */
    uint8_t kind;
    uint8_t level; /* of a log line: enum log_level */
};

enum { TELEMETRY_BYTES_MAX = 16 * 1024 }; /* longer ones are dropped */

/* telemetry_open(fd, kinds): a connected SOCK_SEQPACKET socket, and a bit (1 << kind) for each kind that somebody
 * wants. Before threads start; forked children share it, and the shipper ends with the last of them. -1: close it. */
void telemetry_open(int fd, unsigned kinds);

/* telemetry_on(kind): would telemetry_send do anything. */
bool telemetry_on(enum telemetry_kind kind);

/* telemetry_send: hand over one record. Keeps errno, takes no lock, never waits. */
void telemetry_send(enum telemetry_kind kind, uint8_t level, int64_t at_us, const void *bytes, size_t n);

/* telemetry_kind_name(kind): "log", "span": the label of the counter. */
const char *telemetry_kind_name(enum telemetry_kind kind);

#endif
