// The load generator: keeps connections to the proxy busy, checks every answer, measures.
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "histogram.h"

enum mode { MODE_BLOCKING, MODE_STREAM };

struct client_options {
  enum mode mode;
  uint16_t port;
  /// Connections; in stream mode also the number of concurrent streams.
  uint32_t connections;
  /// Blocking requests per second, arriving at random; 0: each connection asks again as soon as it has its answer.
  double rate;
  /// Bytes of the blocking answer, and of the filling in the prompt.
  uint32_t answer_bytes, prompt_bytes;
  /// Of each stream: events, microseconds between two writes (0: on credit), events per write.
  uint32_t events, gap, batch;
  /// Mean microseconds, exponentially distributed, between the end of a stream and the next one on its connection.
  uint32_t pause;
  /// Model names and keys that requests choose from at random; 0: always the same one.
  uint32_t models, keys;
  /// Requests in all; 0: until `client_finish`.
  uint64_t requests;
};

/// What has been measured while `client_measures` was set; the errors of the whole run.
struct client_results {
  uint64_t requests, events, bytes, reconnects;
  /// Blocking: from the moment the request was due to its last byte. Streams: from the upstream's write to here.
  struct histogram latency;
  /// From the request to the first event.
  struct histogram first_event;
  /// Connect, not 200, framing, an event out of order, an answer cut short, unfinished at the end.
  uint64_t failed_connect, failed_status, failed_framing, failed_order, failed_cut, failed_unfinished;
};

extern struct client_results client_results;
extern bool client_measures;

/// Connects and begins. The upstream runs in this process, so credit is given by a call.
void client_open(const struct client_options *options);
/// Starts nothing new from now on.
void client_finish(void);
/// Requests under way.
uint32_t client_busy(void);
/// Streams that have shown their first event, or answers received; for waiting until the load stands.
uint32_t client_streaming(void);
uint64_t client_failures(void);

#endif
