// The mock upstream: plays an OpenAI-compatible chat server as fast as it can.
//
// What to answer stands in the request's `user` member, which every gateway passes on:
//   "answer/BYTES"                       a JSON answer of about that size
//   "stream/ID/EVENTS/GAP/BATCH"         a stream of EVENTS events, BATCH of them per write, a write every GAP
//                                        microseconds; GAP 0: in rounds, the next write when every such
//                                        stream has its `upstream_credit(ID)`
// Each event carries the time of its write and its number: see `event.h`.
#ifndef BENCH_UPSTREAM_H
#define BENCH_UPSTREAM_H

#include <stdint.h>

/// Listens on 127.0.0.1.
///
/// - connections: how many may be open at the same time; streams are numbered below it.
void upstream_open(uint16_t port, uint32_t connections);
/// The client has seen everything of this stream so far: the next write may go out.
void upstream_credit(uint32_t stream);

#endif
